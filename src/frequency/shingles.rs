//! On how many pages the shingles of an archive stand: a table of small counters for all threads.
//!
//! In: the counters that pages touch, from any thread. Out: which of them stand at many pages. Memory: half a byte
//! a counter, or a byte where pages ask for more counters than there may be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::processor::fetch;

/// Shingle counters a page, which has some fifty sampled shingles, half of them its own:
/// a shingle meets a stranger in its counter now and then, and hardly ever a second.
const COUNTERS_A_PAGE: usize = 64;

/// Fewest and most shingle counters.
pub(super) const SHINGLE_COUNTERS: (usize, usize) = (1 << 16, 1 << 28);

/// On how many pages shingles stand, up to 255; counted by all threads, in parts of the table.
#[derive(Debug)]
pub(super) struct ShingleCounts {
    pub(super) counters: usize,
    parts: Vec<Mutex<Part>>,
}

/// A part of the table of shingles.
#[derive(Debug)]
pub(super) enum Part {
    /// Two counters a byte, the lower half first, each of which stops at [`HALF_FULL`]; and what those
    /// came to since, in order: one in a thousand where there are as many counters as pages ask for.
    Halves(Vec<u8>, Vec<(u32, u8)>),
    /// A counter a byte, for more pages than that: they would fill most halves.
    Bytes(Vec<u8>),
}

/// Counters that are asked for before they are raised.
const AHEAD: usize = 32;

/// Where the half of a byte is full.
pub(super) const HALF_FULL: u8 = 15;

impl Part {
    fn new(counters: usize, halves: bool) -> Self {
        if halves {
            Self::Halves(vec![0; counters / 2], Vec::new())
        } else {
            Self::Bytes(vec![0; counters])
        }
    }

    /// Raises counters by one each; what the list has afterwards is not said.
    fn raise(&mut self, counters: &mut [u32]) {
        match self {
            Self::Halves(halves, more) => {
                // No jump hangs on a counter, which lies far from the core: those that are full already are
                // listed first, where the list was.
                let mut full = 0;
                for nth in 0..counters.len() {
                    if let Some(&later) = counters.get(nth + AHEAD) {
                        fetch(halves, later as usize / 2);
                    }
                    let at = counters[nth];
                    let (half, shift) = (&mut halves[at as usize / 2], 4 * (at % 2));
                    let is_full = *half >> shift & HALF_FULL == HALF_FULL;
                    *half += u8::from(!is_full) << shift;
                    counters[full] = at;
                    full += usize::from(is_full);
                }
                add_full(more, &mut counters[..full]);
            }
            Self::Bytes(counts) => {
                for &mut at in counters {
                    let count = &mut counts[at as usize];
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// The counters that stand at so many pages or more, which are more than [`HALF_FULL`].
    fn at_least(&self, pages: u8, mut found: impl FnMut(usize)) {
        debug_assert!(pages > HALF_FULL);
        match self {
            Self::Halves(_, more) => {
                let enough = more.iter().filter(|more| more.1 >= pages - HALF_FULL);
                enough.for_each(|more| found(more.0 as usize));
            }
            Self::Bytes(counts) => {
                let enough = counts.iter().enumerate().filter(|(_, count)| **count >= pages);
                enough.for_each(|(at, _)| found(at));
            }
        }
    }
}

/// Adds one to what each of these counters, in any order, came to since it was full.
fn add_full(more: &mut Vec<(u32, u8)>, counters: &mut [u32]) {
    const MOST: u8 = u8::MAX - HALF_FULL;
    counters.sort_unstable();
    let mut new: Vec<(u32, u8)> = Vec::new();
    let mut at = 0;
    for same in counters.chunk_by(|a, b| a == b) {
        let (counter, times) = (same[0], same.len().min(u8::MAX.into()) as u8);
        at += more[at..].iter().take_while(|known| known.0 < counter).count();
        match more.get_mut(at) {
            Some((known, count)) if *known == counter => {
                *count = count.saturating_add(times).min(MOST);
            }
            _ => new.push((counter, times.min(MOST))),
        }
    }
    // Both are in order; joined from the end, where there is room.
    let mut known = more.len();
    more.resize(known + new.len(), (0, 0));
    for place in (0..more.len()).rev() {
        let Some(&last) = new.last() else { break };
        if known > 0 && more[known - 1].0 > last.0 {
            known -= 1;
            more[place] = more[known];
        } else {
            more[place] = last;
            new.pop();
        }
    }
}

/// Parts of the table of shingles: threads hardly ever want the same one.
pub(super) const PARTS: usize = 64;

/// Counters of a part that a thread sets aside before it has them raised: those of all parts come from some
/// thousand pages, and take a megabyte. What is raised together lies near the core for that time.
const PENDING: usize = 1 << 12;

/// Counters that wait to be raised, by parts of the table.
#[derive(Debug)]
pub(super) struct Pending {
    lists: [Vec<u32>; PARTS],
}

impl Default for Pending {
    fn default() -> Self {
        Self { lists: std::array::from_fn(|_| Vec::with_capacity(PENDING)) }
    }
}

impl ShingleCounts {
    pub(super) fn new(pages: usize) -> Self {
        let (fewest, most) = SHINGLE_COUNTERS;
        let wanted = pages.saturating_mul(COUNTERS_A_PAGE);
        let counters = wanted.clamp(fewest, most).next_power_of_two();
        Self::of(counters, wanted <= most)
    }

    pub(super) fn of(counters: usize, halves: bool) -> Self {
        let part = || Mutex::new(Part::new(counters / PARTS, halves));
        Self { counters, parts: std::iter::repeat_with(part).take(PARTS).collect() }
    }

    pub(super) fn part(&self, number: usize) -> MutexGuard<'_, Part> {
        self.parts[number].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a counter raised by one, sooner or later.
    #[inline]
    pub(super) fn raise(&self, at: u32, pending: &mut Pending) {
        let shift = (self.counters / PARTS).trailing_zeros();
        let part = (at >> shift) as usize % PARTS;
        let list = &mut pending.lists[part];
        list.push(at & ((1 << shift) - 1));
        if list.len() == PENDING {
            self.part(part).raise(list);
            list.clear();
        }
    }

    /// Raises all counters that wait for it.
    pub(super) fn settle(&self, pending: &mut Pending) {
        for (part, list) in pending.lists.iter_mut().enumerate() {
            self.part(part).raise(list);
            list.clear();
        }
    }

    /// A bit for each counter: whether it stands at so many pages or more, which are more than
    /// [`HALF_FULL`].
    pub(super) fn at_least(&self, pages: u8) -> Vec<u64> {
        let in_part = self.counters / PARTS;
        let mut bits = vec![0; self.counters / 64];
        for number in 0..PARTS {
            self.part(number).at_least(pages, |at| {
                let at = number * in_part + at;
                bits[at / 64] |= 1 << (at % 64);
            });
        }
        bits
    }
}
