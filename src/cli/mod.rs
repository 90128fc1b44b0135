//! The command line: arguments to settings, results to a terminal, errors to exit codes.

pub(crate) mod args;
mod bench;
mod compare;
mod dedup;
mod evaluate;
mod explain;
pub(crate) mod memory;
mod outfile;
mod progress;
mod reading;
mod report;
mod restore;
mod schema;
mod segment;
mod show;
pub(crate) mod signals;
mod summary;
mod synth;
mod verify;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};

/// What ends a command early.
pub(crate) enum Failure {
    /// The library could not go on.
    Run(tikrar::error::Error),
    /// The terminal or pipe on stdout could not be written.
    Stdout(io::Error),
}

impl From<tikrar::error::Error> for Failure {
    fn from(error: tikrar::error::Error) -> Self {
        Self::Run(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Stdout(error)
    }
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe under `--help` is no error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let done = match cli.command {
        Command::Dedup(args) => dedup::run(&args),
        Command::Segment(args) => segment::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tikrar", &mut script);
            print(&script)
        }
        Command::Man => man(),
        Command::Schema { name } => print(schema::of(name).as_bytes()),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Stdout(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Stdout(error)) => {
            show::say(&format!("error: stdout cannot be written: {error}"));
            ExitCode::from(4)
        }
        Err(Failure::Run(error)) => {
            // The paths in a message are as hostile as the archive they come from.
            let message = show::clean(&error.to_string());
            show::say(&format!("error[{}]: {message}", error.code()));
            show::say(&format!(" help: {}", error.hint()));
            ExitCode::from(error.exit_code())
        }
    }
}

fn print(bytes: &[u8]) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(0)
}

/// The manual: the page of the command and, after it, those of its subcommands.
fn man() -> Result<u8, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = format!("tikrar-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone().name(name)).render(&mut page)?;
    }
    print(&page)
}
