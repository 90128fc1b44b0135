//! Order-free alignment of two texts: the runs of words they share.
//!
//! In: two texts as word ids ([`Vocabulary`]). Out: tiles, that is runs of [`SEED`] or more words
//! that stand in both, each word used at most once, and the gaps between neighboring tiles.
//! Method: Greedy String Tiling (Wise 1993), longest match first; matches are found by seeds of
//! [`SEED`] words and extended. Paragraphs may change places, which an edit script cannot say.
//! Cost: linear in words, times a constant; the texts of an attacker cost at most
//! [`WORK_PER_WORD`] comparisons a word. Does not: know what a word means.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::vocabulary::Vocabulary;

/// Words of the shortest run that counts as shared text: the size of the shingles that candidates
/// are found by. Runs of two are common between unrelated news (their mean Jaccard on neighbors in
/// topic is .08 by two words and .05 by three).
pub const SEED: usize = 3;

/// Words of the longest gap, on either side, that is read word by word as a changed place in
/// shared text. A longer one is a sentence of its own, left out or put in.
pub const LONGEST_GAP: u32 = 12;

/// Steps through the places of one seed. News repeats a seed a dozen times at most (the names of a
/// royal family in a list of guests); only texts made to be slow do so hundreds of times, and what
/// they repeat beyond this goes unaligned.
const PLACES_PER_SEED: usize = 48;

/// Word comparisons per word of both texts before the search for matches ends.
pub const WORK_PER_WORD: usize = 64;

/// No position.
const NONE: u32 = u32::MAX;

/// A run of words that stands in both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// First word in the first text.
    pub a: u32,
    /// First word in the second text.
    pub b: u32,
    /// Words.
    pub len: u32,
}

impl Run {
    fn a_end(self) -> u32 {
        self.a + self.len
    }

    fn b_end(self) -> u32 {
        self.b + self.len
    }
}

/// What lies between two runs that are neighbors in both texts: half-open ranges of words, either
/// of which may be empty, none longer than [`LONGEST_GAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First word and one past the last in the first text.
    pub a: (u32, u32),
    /// First word and one past the last in the second text.
    pub b: (u32, u32),
}

/// A match by the order in which it is taken: longest first, then by place.
type Candidate = (u32, Reverse<u32>, Reverse<u32>);

/// Aligns pairs of texts, one after the other, in the same memory.
#[derive(Debug, Default)]
pub struct Aligner {
    /// Seed slot to the first place of a seed in the first text.
    heads: Vec<u32>,
    /// Place to the next place of the same slot.
    next: Vec<u32>,
    candidates: Vec<Candidate>,
    used_a: Vec<bool>,
    used_b: Vec<bool>,
    runs: Vec<Run>,
    /// Indices of runs, by their place in the second text.
    by_b: Vec<u32>,
    gaps: Vec<Gap>,
}

impl Aligner {
    /// Aligns the two texts of `vocabulary`.
    pub fn align(&mut self, vocabulary: &Vocabulary) {
        self.find(vocabulary);
        self.tile(vocabulary.a().len(), vocabulary.b().len());
        self.find_gaps();
    }

    /// The shared runs, by their place in the first text.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The short gaps between runs that are neighbors in both texts, by place in the first text.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Finds the maximal matches: those that no word before or after prolongs.
    fn find(&mut self, vocabulary: &Vocabulary) {
        let (a, b) = (vocabulary.a(), vocabulary.b());
        self.candidates.clear();
        if a.len() < SEED || b.len() < SEED {
            return;
        }
        let slots = (2 * a.len()).next_power_of_two();
        self.heads.clear();
        self.heads.resize(slots, NONE);
        self.next.clear();
        self.next.resize(a.len(), NONE);
        // From the end, so that the places of a slot come in order.
        for (at, seed) in a.windows(SEED).enumerate().rev() {
            if seed.iter().all(|&id| vocabulary.is_shared(id)) {
                let head = &mut self.heads[slot(seed, slots)];
                self.next[at] = *head;
                *head = at as u32;
            }
        }
        let mut work = WORK_PER_WORD * (a.len() + b.len());
        for (at_b, seed) in b.windows(SEED).enumerate() {
            if !seed.iter().all(|&id| vocabulary.is_shared(id)) {
                continue;
            }
            let mut place = self.heads[slot(seed, slots)];
            for _ in 0..PLACES_PER_SEED {
                if place == NONE {
                    break;
                }
                let at_a = place as usize;
                place = self.next[at_a];
                let starts = at_a == 0 || at_b == 0 || a[at_a - 1] != b[at_b - 1];
                if starts && a[at_a..at_a + SEED] == *seed {
                    let len = SEED
                        + (a[at_a + SEED..].iter().zip(&b[at_b + SEED..]))
                            .take(work)
                            .take_while(|(x, y)| x == y)
                            .count();
                    work = work.saturating_sub(len);
                    self.candidates.push((len as u32, Reverse(at_b as u32), Reverse(at_a as u32)));
                }
                work = work.saturating_sub(1);
            }
            if work == 0 {
                break;
            }
        }
    }

    /// Takes matches, longest first; what a longer one has used is clipped off the shorter. What is
    /// left of a match is never torn in the middle: a tile inside it would have to be shorter.
    fn tile(&mut self, a: usize, b: usize) {
        self.used_a.clear();
        self.used_a.resize(a, false);
        self.used_b.clear();
        self.used_b.resize(b, false);
        self.runs.clear();
        let mut heap = BinaryHeap::from(std::mem::take(&mut self.candidates));
        while let Some((len, Reverse(b), Reverse(a))) = heap.pop() {
            let used = |i: u32| self.used_a[(a + i) as usize] || self.used_b[(b + i) as usize];
            let Some(first) = (0..len).find(|&i| !used(i)) else {
                continue;
            };
            let free = (first..len).find(|&i| used(i)).unwrap_or(len) - first;
            if free == len {
                self.used_a[a as usize..(a + len) as usize].fill(true);
                self.used_b[b as usize..(b + len) as usize].fill(true);
                self.runs.push(Run { a, b, len });
            } else if free as usize >= SEED {
                heap.push((free, Reverse(b + first), Reverse(a + first)));
            }
        }
        self.candidates = heap.into_vec();
        self.runs.sort_unstable();
    }

    fn find_gaps(&mut self) {
        self.gaps.clear();
        self.by_b.clear();
        self.by_b.extend(0..self.runs.len() as u32);
        let runs = &self.runs;
        self.by_b.sort_unstable_by_key(|&i| runs[i as usize].b);
        for pair in self.by_b.windows(2) {
            let (before, after) = (runs[pair[0] as usize], runs[pair[1] as usize]);
            let gap = Gap { a: (before.a_end(), after.a), b: (before.b_end(), after.b) };
            if pair[1] == pair[0] + 1
                && gap.a.1 - gap.a.0 <= LONGEST_GAP
                && gap.b.1 - gap.b.0 <= LONGEST_GAP
            {
                self.gaps.push(gap);
            }
        }
        self.gaps.sort_unstable_by_key(|gap| gap.a);
    }
}

fn slot(seed: &[u32], slots: usize) -> usize {
    let mixed = seed.iter().fold(0_u64, |h, &id| {
        (h ^ u64::from(id)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
    });
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & (slots - 1)
}

/// What [`Aligner::runs`] must equal where texts do not repeat a seed more often than it looks:
/// every match of every pair of places, the longest free one taken, until none is left.
pub fn runs_reference(a: &[u64], b: &[u64]) -> Vec<Run> {
    let (mut used_a, mut used_b) = (vec![false; a.len()], vec![false; b.len()]);
    let mut runs = Vec::new();
    loop {
        let mut best = Run { a: 0, b: 0, len: 0 };
        for at_b in 0..b.len() {
            for at_a in 0..a.len() {
                let len = (at_a..a.len())
                    .zip(at_b..b.len())
                    .take_while(|&(i, j)| a[i] == b[j] && !used_a[i] && !used_b[j])
                    .count() as u32;
                if len > best.len {
                    best = Run { a: at_a as u32, b: at_b as u32, len };
                }
            }
        }
        if (best.len as usize) < SEED {
            runs.sort_unstable();
            return runs;
        }
        used_a[best.a as usize..best.a_end() as usize].fill(true);
        used_b[best.b as usize..best.b_end() as usize].fill(true);
        runs.push(best);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn align(a: &[u64], b: &[u64]) -> Aligner {
        let mut vocabulary = Vocabulary::default();
        vocabulary.number(a, b);
        let mut aligner = Aligner::default();
        aligner.align(&vocabulary);
        aligner
    }

    /// Two texts cut from one stock of sentences, with words changed: runs, moves and repeats.
    fn texts() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
        let text = || {
            proptest::collection::vec((0..8_u64, 1..9_u64, 0..12_usize, 0..30_u64), 0..8).prop_map(
                |parts| {
                    let mut text = Vec::new();
                    for (sentence, words, changed, word) in parts {
                        let from = text.len();
                        text.extend((0..words).map(|i| sentence * 100 + i));
                        if let Some(w) = text.get_mut(from + changed) {
                            *w = word;
                        }
                    }
                    text
                },
            )
        };
        (text(), text())
    }

    proptest! {
        #[test]
        fn runs_equal_reference((a, b) in texts()) {
            let aligner = align(&a, &b);
            prop_assert_eq!(aligner.runs(), runs_reference(&a, &b));
        }

        #[test]
        fn runs_are_shared_and_used_once(
            a in proptest::collection::vec(0..3_u64, 0..60),
            b in proptest::collection::vec(0..3_u64, 0..60),
        ) {
            let (mut used_a, mut used_b) = (vec![false; a.len()], vec![false; b.len()]);
            for run in align(&a, &b).runs() {
                prop_assert!(run.len as usize >= SEED);
                for i in 0..run.len as usize {
                    let (i, j) = (run.a as usize + i, run.b as usize + i);
                    prop_assert_eq!(a[i], b[j]);
                    prop_assert!(!std::mem::replace(&mut used_a[i], true));
                    prop_assert!(!std::mem::replace(&mut used_b[j], true));
                }
            }
        }
    }

    #[test]
    fn paragraphs_may_change_places() {
        let a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        let b = [6, 7, 8, 9, 10, 1, 2, 3, 4, 5];
        let aligner = align(&a, &b);
        assert_eq!(aligner.runs(), [Run { a: 0, b: 5, len: 5 }, Run { a: 5, b: 0, len: 5 }]);
        assert!(aligner.gaps().is_empty());
    }

    #[test]
    fn a_changed_word_is_a_gap() {
        let aligner = align(&[1, 2, 3, 4, 5, 6, 7], &[1, 2, 3, 50, 51, 5, 6, 7]);
        assert_eq!(aligner.gaps(), [Gap { a: (3, 4), b: (3, 5) }]);
    }

    #[test]
    fn texts_made_to_be_slow_are_not() {
        let same = vec![7; 100_000];
        let periodic: Vec<u64> = (0..170_000).map(|i| i % 5).collect();
        let broken: Vec<u64> = (0..170_000).map(|i| if i % 97 == 0 { i } else { i % 5 }).collect();
        let long: Vec<u64> = (0..170_000).map(|i| i * i % 100_003).collect();
        let mut moved = long.clone();
        moved.rotate_left(55_555);
        for (a, b) in [(&same, &same), (&periodic, &broken), (&broken, &same), (&long, &moved)] {
            let started = Instant::now();
            align(a, b);
            // Twenty times what it takes where this was written: a bound, not a benchmark.
            assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        }
    }
}
