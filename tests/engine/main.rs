//! The engine end to end: by its library, and by its command.
//!
//! One program, so that what the tests share is compiled once.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod cli;
mod cuts;
mod determinism;
mod evidence;
mod explain;
mod hostile_run;
mod ledger;
mod measure;
mod oracle;
mod outlets;
mod pasted;
mod proof;
mod report;
mod restore;
