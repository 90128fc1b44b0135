//! The `tikrar` command.
fn main() {}
