//! Things that threads borrow for a chunk of work and hand back.

use std::sync::{Mutex, PoisonError};

/// A pool that makes a new thing only when all others are lent: at most one a thread.
///
/// What is lent to whom depends on timing; use it for buffers, and for tallies whose sum does not
/// depend on how they were split.
#[derive(Debug)]
pub struct Pool<T, F> {
    make: F,
    idle: Mutex<Vec<T>>,
}

impl<T, F: Fn() -> T> Pool<T, F> {
    /// An empty pool.
    pub fn new(make: F) -> Self {
        Self { make, idle: Mutex::new(Vec::new()) }
    }

    /// Lends a thing to `work`. The pool is locked before and after, not meanwhile.
    pub fn lend<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = idle().pop();
        let mut lent = lent.unwrap_or_else(&self.make);
        let out = work(&mut lent);
        idle().push(lent);
        out
    }

    /// Everything that was made.
    pub fn into_all(self) -> Vec<T> {
        self.idle.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn tallies_add_up_for_any_number_of_threads() {
        let pool = Pool::new(|| 0u64);
        (0..1000u64).into_par_iter().for_each(|n| pool.lend(|sum| *sum += n));
        let all = pool.into_all();
        assert!(all.len() <= rayon::current_num_threads());
        assert_eq!(all.iter().sum::<u64>(), 499_500);
    }
}
