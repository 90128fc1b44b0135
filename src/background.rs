//! Work that goes on beside the stages of a run, on whatever thread has nothing else to do.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{ErrorKind, Result};
use crate::progress::Progress;

/// What work beside the stages has taken so far, and whether its result is still wanted.
///
/// The work is to be done in steps of about a millisecond, so that it ends soon when it is not
/// wanted, and that the stages beside it can tell its time from theirs.
pub struct Background<'p> {
    progress: &'p dyn Progress,
    nanoseconds: AtomicU64,
    given_up: AtomicBool,
}

impl<'p> Background<'p> {
    /// No work yet; it is not wanted any more when the caller cancels.
    pub fn new(progress: &'p dyn Progress) -> Self {
        Self { progress, nanoseconds: AtomicU64::default(), given_up: AtomicBool::default() }
    }

    /// Does a step and adds the time that it took on its thread.
    ///
    /// # Errors
    /// When the work was given up, or the caller cancels; the step is not done then.
    pub fn step<R>(&self, step: impl FnOnce() -> R) -> Result<R> {
        if self.given_up.load(Ordering::Relaxed) || self.progress.cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
        let begun = thread_nanoseconds();
        let out = step();
        self.nanoseconds.fetch_add(thread_nanoseconds().saturating_sub(begun), Ordering::Relaxed);
        Ok(out)
    }

    /// Seconds that all steps so far have run.
    pub fn cpu_seconds(&self) -> f64 {
        self.nanoseconds.load(Ordering::Relaxed) as f64 / 1e9
    }

    /// Lets no further step begin.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

/// Nanoseconds that this thread has run.
fn thread_nanoseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::progress::NoProgress;

    #[test]
    fn time_of_steps_is_counted_until_they_are_given_up() {
        let background = Background::new(&NoProgress);
        let spin = || (0..200_000_u64).fold(1, |sum, n| std::hint::black_box(sum ^ (n << 7)));
        background.step(spin).unwrap();
        let once = background.cpu_seconds();
        assert!(once > 0.0);
        background.step(spin).unwrap();
        assert!(background.cpu_seconds() > once);
        background.give_up();
        let mut ran = false;
        assert_eq!(background.step(|| ran = true).unwrap_err().code(), "E130");
        assert!(!ran);
    }
}
