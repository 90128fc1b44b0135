//! Work on all threads whose results are taken in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Results that wait for those before them.
struct Line<O, S> {
    due: usize,
    waiting: BTreeMap<usize, O>,
    idle: Vec<O>,
    sink: S,
}

/// Works on every item on the threads of the current pool, and hands the results to `sink` one at a
/// time in the order of the items.
///
/// Threads take items in order, so hardly more results are held at once than there are threads;
/// each is used again once `sink` is done with it, and comes to `work` as `sink` left it. `sink` runs on
/// whatever thread has the next result, while others work on. A thread that is busy with something else is
/// not waited for. Neither `work` nor `sink` may use the pool themselves: a thread that waits there for
/// another would begin with the next items.
///
/// # Errors
/// The error of the first item of all that `work` fails for; what is being worked on is still finished.
pub fn in_order<I: Sync, O: Default + Send, E: Send>(
    items: &[I],
    work: impl Fn(&I, &mut O) -> Result<(), E> + Sync,
    sink: impl FnMut(&mut O) + Send,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let line = Mutex::new(Line { due: 0, waiting: BTreeMap::new(), idle: Vec::new(), sink });
    let locked = || line.lock().unwrap_or_else(PoisonError::into_inner);
    // Items before one that fails were taken before it, so they are finished and known.
    let failed: Mutex<Option<(usize, E)>> = Mutex::new(None);
    let on_a_thread = |_: usize| {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let idle = locked().idle.pop();
            let mut out = idle.unwrap_or_default();
            if let Err(error) = work(item, &mut out) {
                next.store(items.len(), Ordering::Relaxed);
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|&(first, _)| at < first) {
                    *failed = Some((at, error));
                }
                return;
            }
            let mut line = locked();
            line.waiting.insert(at, out);
            let Line { due, waiting, idle, sink } = &mut *line;
            while let Some(mut out) = waiting.remove(due) {
                *due += 1;
                sink(&mut out);
                idle.push(out);
            }
        }
    };
    let threads = rayon::current_num_threads().min(items.len());
    (0..threads).into_par_iter().with_max_len(1).for_each(on_a_thread);
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), |(_, error)| Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::{Duration, Instant};

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        let items: Vec<u64> = (0..5_000).collect();
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut seen = Vec::new();
            let work = |item: &u64, out: &mut Vec<u64>| {
                out.extend(0..item % 7);
                out.push(*item);
                Ok::<(), ()>(())
            };
            pool.install(|| {
                in_order(&items, work, |out| {
                    seen.extend(out.last().copied());
                    out.clear();
                })
            })
            .unwrap();
            assert_eq!(seen, items);
        }
    }

    #[test]
    fn a_busy_thread_is_not_waited_for() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let (busy, done) = (AtomicBool::new(false), AtomicBool::new(false));
        let wait_for = |flag: &AtomicBool| {
            let begun = Instant::now();
            while !flag.load(Ordering::Relaxed) {
                assert!(begun.elapsed() < Duration::from_mins(1), "waited in vain");
                std::thread::yield_now();
            }
        };
        let work = || {
            wait_for(&busy);
            let mut seen = 0;
            let copy = |item: &u64, out: &mut u64| {
                *out = *item;
                Ok::<(), ()>(())
            };
            in_order(&[1, 2, 3], copy, |out| seen += *out).unwrap();
            done.store(true, Ordering::Relaxed);
            seen
        };
        let other = || {
            busy.store(true, Ordering::Relaxed);
            wait_for(&done);
        };
        assert_eq!(pool.install(|| rayon::join(work, other)), (6, ()));
    }

    #[test]
    fn an_error_ends_the_work() {
        let items: Vec<u64> = (0..1_000).collect();
        let mut seen = 0;
        let work = |item: &u64, _: &mut u64| if *item == 500 { Err(*item) } else { Ok(()) };
        assert_eq!(in_order(&items, work, |_| seen += 1), Err(500));
        assert!(seen <= 500, "{seen}");
    }

    #[test]
    fn the_error_is_that_of_the_first_item() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for failing in 0..100_u64 {
            let items: Vec<u64> = (0..100).collect();
            let work = |item: &u64, _: &mut u64| if *item >= failing { Err(*item) } else { Ok(()) };
            assert_eq!(pool.install(|| in_order(&items, work, |_| ())), Err(failing));
        }
    }
}
