//! Lines that are made on all threads and written in order.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::OutFile;
use crate::error::{Error, Result};
use crate::in_order::in_order;

/// The lines of one task, as they are written, and what else it leaves.
#[derive(Debug)]
pub(super) struct Lines<T> {
    bytes: Vec<u8>,
    /// For the caller, in the order of the tasks.
    pub(super) rest: Vec<T>,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { bytes: Vec::new(), rest: Vec::new() }
    }
}

impl<T> Lines<T> {
    /// Adds `value` as one line of JSON.
    pub(super) fn add(&mut self, value: &impl Serialize) {
        // Memory takes every byte, and the records of a run have no keys but strings.
        let written = serde_json::to_writer(&mut self.bytes, value);
        debug_assert!(written.is_ok(), "{written:?}");
        self.bytes.push(b'\n');
    }
}

/// Writes the lines that `make` makes of every task to `file`, in the order of the tasks, and hands what
/// else it leaves to `take`. Without a file nothing is written. One thread writes and hashes while others
/// make the next lines. None of the functions may use the pool themselves.
///
/// # Errors
/// Those of `make`, and when the file cannot be written.
pub(super) fn write_made<I: Sync, T: Send>(
    mut file: Option<OutFile<'_>>,
    tasks: &[I],
    make: impl Fn(&I, &mut Lines<T>) -> Result<()> + Sync,
    mut take: impl FnMut(&mut Vec<T>) + Send,
) -> Result<()> {
    let mut failed: Option<Error> = None;
    // Once a line cannot be written, as on a full disk, no more are made.
    let stopped = AtomicBool::new(false);
    let make = |task: &I, lines: &mut Lines<T>| {
        if stopped.load(Ordering::Relaxed) { Ok(()) } else { make(task, lines) }
    };
    in_order(tasks, make, |lines: &mut Lines<T>| {
        if let Some(file) = file.as_mut().filter(|_| failed.is_none()) {
            failed = file.write_all(&lines.bytes).err().map(|error| file.error(error));
            stopped.store(failed.is_some(), Ordering::Relaxed);
        }
        lines.bytes.clear();
        take(&mut lines.rest);
        lines.rest.clear();
    })?;
    failed.map_or(Ok(()), Err)?;
    file.map(OutFile::finish).transpose()?;
    Ok(())
}
