//! The `tikrar` command.

mod cli;

use std::process::ExitCode;

#[global_allocator]
static MEMORY: cli::memory::OrExit = cli::memory::OrExit;

fn main() -> ExitCode {
    cli::memory::give_back();
    cli::signals::install();
    cli::run()
}
