//! The `tikrar` command.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::memory::give_back();
    cli::signals::install();
    cli::run()
}
