//! The `tikrar` command.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::signals::install();
    cli::run()
}
