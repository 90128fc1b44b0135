//! `tikrar synth`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use tikrar::error::ErrorKind;
use tikrar::read::Corpus;
use tikrar::synth::{Description, RELATED, SynthConfig, describe, synthesize};

use super::args::When;
use super::outfile::{OutFile, apart, is_device};
use super::progress::Talk;
use super::{Failure, reading, show, signals};

const EXAMPLES: &str = "\
Examples:
  tikrar synth --pages 20000 --out news.jsonl --truth truth.tsv
  tikrar dedup news.jsonl --out RUN && tikrar evaluate RUN --truth truth.tsv
  tikrar synth --describe real.jsonl news.jsonl   the two side by side in numbers

The same settings give the same bytes on every machine and for any number of threads. The truth has a \
line a page: id, story, and how far it was edited (0 the same, 1 respelled, 2 edited, 3 rewritten: not \
counted).";

/// Arguments of `tikrar synth`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SynthArgs {
    /// Pages to make
    #[arg(long, value_name = "N", required_unless_present = "describe")]
    pages: Option<u32>,
    /// File of the pages, JSONL
    #[arg(short, long, value_name = "FILE", required_unless_present = "describe")]
    out: Option<PathBuf>,
    /// File of the truth, for `tikrar evaluate --truth`
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Another seed makes another archive
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Share of the pages that are copies of another
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    copies: f64,
    /// Outlets
    #[arg(long, value_name = "N", default_value_t = 60)]
    outlets: u32,
    /// Share of the outlets that paste a second story below the first
    #[arg(long, value_name = "SHARE", default_value_t = RELATED)]
    related: f64,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
    /// Make nothing: print what these archives look like in numbers, a column each
    #[arg(long, value_name = "IN", num_args = 1..)]
    #[arg(conflicts_with_all = ["pages", "out", "truth", "seed", "copies", "outlets", "related", "force"])]
    describe: Vec<PathBuf>,
    /// Words of an archive to look at (--describe)
    #[arg(long, value_name = "N", default_value_t = 4_000_000, requires = "describe")]
    words: u64,
    /// Print errors only
    #[arg(short, long)]
    quiet: bool,
    /// Threads; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = super::args::threads())]
    #[arg(hide_short_help = true, allow_negative_numbers = true)]
    threads: usize,
}

/// Runs the command.
pub(super) fn run(args: &SynthArgs) -> Result<u8, Failure> {
    let pool = reading::threads(args.threads)?;
    match (&args.out, args.pages) {
        (Some(out), Some(pages)) => {
            let config = SynthConfig {
                pages,
                seed: args.seed,
                copies: args.copies,
                outlets: args.outlets,
                related: args.related,
                ..SynthConfig::new(pages)
            };
            pool.install(|| make(args, &config, out))
        }
        _ => columns(args),
    }
}

fn make(args: &SynthArgs, config: &SynthConfig, out: &Path) -> Result<u8, Failure> {
    config.validate()?;
    let begun = Instant::now();
    let files = [Some(out), args.truth.as_deref()];
    for path in files.into_iter().flatten() {
        if path.exists() && !is_device(path) && !args.force {
            let path = path.to_owned();
            return Err(Failure::Run(ErrorKind::OutputExists { path }.into()));
        }
    }
    let named = [("--out", Some(out)), ("--truth", args.truth.as_deref())];
    let named = named.into_iter().filter_map(|(flag, path)| Some((flag, path?)));
    apart(&named.collect::<Vec<_>>(), &[])?;
    let mut pages = OutFile::create(out)?;
    let mut truth = args.truth.as_deref().map(OutFile::create).transpose()?;
    let mut nowhere = io::sink();
    let to: &mut (dyn Write + Send) = match &mut truth {
        Some(truth) => truth,
        None => &mut nowhere,
    };
    let made = match synthesize(config, &mut pages, to, &signals::stop_asked)? {
        Ok(made) => made,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            return Err(Failure::Run(ErrorKind::Interrupted.into()));
        }
        Err(error) => return Err(Failure::Run(pages.error(error))),
    };
    pages.publish()?;
    truth.map_or(Ok(()), OutFile::publish)?;
    if !args.quiet {
        let seconds = begun.elapsed().as_secs_f64();
        show::say(&format!(
            "{} pages of {} stories, {} in {seconds:.1} s ({}/s)",
            show::count(made.pages),
            show::count(made.stories),
            show::bytes(made.bytes),
            show::bytes((made.bytes as f64 / seconds.max(1e-9)) as u64),
        ));
    }
    Ok(0)
}

/// A row of the table: its name, and how to tell its figure.
type Row = (&'static str, fn(&Description) -> String);

const ROWS: [Row; 16] = [
    ("pages", |d| show::count(d.pages)),
    ("words", |d| show::count(d.tokens)),
    ("bytes of a page, a quarter at most", |d| show::count(d.bytes[0])),
    ("  half at most", |d| show::count(d.bytes[1])),
    ("  three quarters at most", |d| show::count(d.bytes[2])),
    ("  19 of 20 at most", |d| show::count(d.bytes[3])),
    ("words of a page, a quarter at most", |d| show::count(d.words[0])),
    ("  half at most", |d| show::count(d.words[1])),
    ("  three quarters at most", |d| show::count(d.words[2])),
    ("  19 of 20 at most", |d| show::count(d.words[3])),
    ("different words in the first million", |d| show::count(d.types_in_a_million)),
    ("different words", |d| show::count(d.types)),
    ("  of them met once", |d| format!("{:.3}", d.types_once)),
    ("text of the 100 most frequent words", |d| format!("{:.3}", d.hundred_most_frequent)),
    ("letters of a word", |d| format!("{:.2}", d.letters)),
    ("runs of three words met once", |d| format!("{:.3}", d.shingles_once)),
];

fn columns(args: &SynthArgs) -> Result<u8, Failure> {
    let talk = Talk::new(When::Never, true, false);
    let mut columns = Vec::new();
    let mut problems = false;
    for path in &args.describe {
        let (inputs, stdin) = reading::inputs(std::slice::from_ref(path));
        let corpus = Corpus::open(inputs, &reading::plain(), stdin)?;
        for problem in corpus.problems() {
            show::say(&format!("problem: {}", show::clean(&problem.to_string())));
            problems = true;
        }
        columns.push(describe(&corpus, args.words, &talk)?);
    }
    let mut out = io::stdout().lock();
    write!(out, "{:<38}", "")?;
    for path in &args.describe {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        write!(out, " {:>16}", show::clean(&name))?;
    }
    writeln!(out)?;
    for (name, figure) in ROWS {
        write!(out, "{name:<38}")?;
        columns.iter().try_for_each(|column| write!(out, " {:>16}", figure(column)))?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(if problems { 3 } else { 0 })
}
