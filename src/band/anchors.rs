//! Shared anchors to pairs: texts with a run in common, however unequal their lengths.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU64};

use rayon::prelude::*;

use super::shared::{Ranges, Run, Seconds, Shared, shared_anchors};
use crate::error::Result;
use crate::sketch::Anchors;
use crate::spill::Word;

/// An anchor held by more passages than this is a formula or a shared block: it links its passages
/// star-wise only.
const ANCHOR_CAP: usize = 32;

/// An anchor held by more passages than this says nothing about two of them: what it stands for is a
/// block that many pages carry. (In 20,329 articles a border of 32 costs one of 8,045 copies, one of
/// 128 none.)
pub(super) const FORMULA: usize = 256;

/// Anchors two passages must share, unless one of them has hardly more: chance and formulas give
/// one, a run of text gives one for about every six words.
const LEAST_SHARED: usize = 2;

/// Anchors up to which one shared anchor is enough.
const FEW: usize = 3;

/// Passages that share anchors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Pairs of passages, the smaller first, sorted, each once.
    pub pairs: Vec<(u32, u32)>,
    /// Of the pairs that were found otherwise all but those that share nothing else than anchors of very
    /// many passages; sorted.
    pub others: Vec<(u32, u32)>,
    /// Anchors above the cap.
    pub hot: u64,
}

/// Pairs are gathered in so many ranges of their first passage at most, one after another. Most share
/// one anchor by chance and are dropped at once; all together they would take more memory than the
/// anchors.
pub(super) const PAIR_RANGES: usize = 32;

/// Passages of a range at least, on average.
pub(super) const LEAST_RANGE: usize = 1 << 12;

/// Anchors of a passage that are counted, at most.
const MOST_COUNTED: usize = u8::MAX as usize;

/// Percent of the anchors of two passages that they must share to be worth a comparison, if they share
/// hardly more than anchors above the cap. (Of 63,063 removals in 320,000 synthetic pages, whose largest
/// stories have two thousand versions, 40 costs none and 50 four; of 20,329 articles 45 costs none.)
const LEAST_ALIKE: usize = 45;

/// Parts of a range, whose pairs lie together: those of one stay near the core.
const PARTS: usize = 256;

/// Passages of a part at least.
const LEAST_PART: usize = 16;

/// Pairs of passages that share at least two anchors (one, if one of them has at most three).
///
/// Of an anchor above the cap the first passage is paired with each of the others, and each with
/// the next one, so that pairs stay linear in anchors, and only if they are `alike`: pages that have
/// nothing but a formula in common are not even read. For the same reason those of `others` (pairs
/// that were found otherwise, the smaller first, sorted) are sorted out that share such anchors of very
/// many passages, none below the cap, and are not `alike`; which is also told whether they may be by
/// what they share of such anchors at most. `wanted` says which passages take part. Cost:
/// a sort of eight bytes an anchor, a pass over the anchors for each of sixteen ranges, and some
/// nanoseconds a pair and shared anchor. Memory: eight bytes for a sixteenth of all anchors and for a
/// few hundredths of all pairs. Who shares which anchor lies in a private file in `folder`, at four
/// bytes for each passage and anchor and as many for the anchor; without a folder it stays in memory.
///
/// # Errors
/// When that file cannot be written.
pub fn anchor_candidates(
    anchors: &Anchors,
    wanted: impl Fn(u32) -> bool + Sync,
    alike: impl Fn(u32, u32, bool) -> bool + Sync,
    others: &[(u32, u32)],
    folder: Option<&Path>,
) -> Result<Sharing> {
    if anchors.is_empty() {
        return Ok(Sharing { others: others.to_vec(), ..Sharing::default() });
    }
    let few: Few = anchors.each().map(has_few).collect();
    let sizes: Vec<u8> = anchors.each().map(|own| own.len().min(MOST_COUNTED) as u8).collect();
    let passages = sizes.len();
    let ranges = Ranges::of(passages);
    let shared = shared_anchors(anchors, wanted, &ranges, folder)?;
    let marks: Vec<AtomicU64> = sizes.iter().map(|_| AtomicU64::new(0)).collect();
    let mut before = vec![(0, 0)];
    for some in &shared.runs {
        before.push(some.last(before[before.len() - 1]));
    }
    (0..shared.runs.len()).into_par_iter().zip(before).for_each(|(run, before)| {
        for (number, holders) in shared.formulas(run, before) {
            let mark = 1 << (number % 64);
            for passage in holders {
                marks[passage as usize].fetch_or(mark, Relaxed);
            }
        }
    });
    let hot_sizes: Vec<AtomicU8> = sizes.iter().map(|_| AtomicU8::new(0)).collect();
    (0..shared.runs.len()).into_par_iter().for_each(|run| {
        for passage in shared.hot_holders(run) {
            let more = |size: u8| size.checked_add(1);
            let _ = hot_sizes[passage as usize].fetch_update(Relaxed, Relaxed, more);
        }
    });
    let hot_sizes = hot_sizes.into_iter().map(AtomicU8::into_inner).collect();
    let hot = shared.runs.iter().map(|some| some.hot_anchors).sum();
    let marks = marks.into_iter().map(AtomicU64::into_inner).collect();
    let mut gather = Gather { shared, few, sizes, hot_sizes, marks, others, alike };
    let mut sharing = Sharing { hot, ..Sharing::default() };
    for (number, range) in ranges.each().enumerate() {
        for mut found in gather.in_range(number, &ranges, range) {
            sharing.pairs.append(&mut found.pairs);
            sharing.others.append(&mut found.others);
        }
    }
    Ok(sharing)
}

/// Whether an anchor of these passages links them star-wise only.
pub(super) fn is_hot(holders: &[u32]) -> bool {
    holders.len() > ANCHOR_CAP
}

/// Passages that have at most [`FEW`] anchors: a bit for each, so that all of them lie near the core.
struct Few(Vec<u64>);

impl Few {
    fn has(&self, passage: u32) -> bool {
        self.0[passage as usize / 64] >> (passage % 64) & 1 == 1
    }
}

impl FromIterator<bool> for Few {
    fn from_iter<I: IntoIterator<Item = bool>>(passages: I) -> Self {
        let mut bits = Vec::new();
        for (passage, few) in passages.into_iter().enumerate() {
            if passage % 64 == 0 {
                bits.push(0);
            }
            if let Some(last) = bits.last_mut() {
                *last |= u64::from(few) << (passage % 64);
            }
        }
        Self(bits)
    }
}

/// What pairs are gathered from.
struct Gather<'a, F> {
    shared: Shared,
    few: Few,
    /// How many anchors each passage has, and how many of them are above the cap; up to [`MOST_COUNTED`].
    sizes: Vec<u8>,
    hot_sizes: Vec<u8>,
    /// Bits of the anchors of very many passages that each passage has; two of them may have the same
    /// bit.
    marks: Vec<u64>,
    others: &'a [(u32, u32)],
    alike: F,
}

impl<F: Fn(u32, u32, bool) -> bool + Sync> Gather<'_, F> {
    /// The pairs whose first passage lies in a range, in order.
    fn in_range(&mut self, number: usize, ranges: &Ranges, range: Range<u32>) -> Vec<Sharing> {
        let width = range.len().div_ceil(PARTS).max(LEAST_PART) as u32;
        let parts = range.len().div_ceil(width as usize);
        // A few for each thread, which costs nothing where one has more to do than another.
        let (lists, runs) = self.shared.split();
        let task = runs.len().div_ceil(4 * rayon::current_num_threads()).max(1);
        let with = |a: u32, b: Word| packed(a, u32::from_ne_bytes(b));
        let find = |some: &mut [Run]| {
            let mut found: Vec<Found> = vec![Found::default(); parts];
            for some in some {
                some.each_first(lists, number, ranges, |a, seconds| {
                    let part = &mut found[((a - range.start) / width) as usize];
                    match seconds {
                        Seconds::All(all) => part.all.extend(all.iter().map(|&b| with(a, b))),
                        Seconds::Alike(some) => {
                            part.if_alike.extend(some.iter().map(|&b| with(a, b)));
                        }
                    }
                });
            }
            found
        };
        let found: Vec<Vec<Found>> = runs.par_chunks_mut(task).map(find).collect();
        let gather = |repeats: &mut Repeats, part: usize| {
            let from = range.start + part as u32 * width;
            let own = found.iter().map(|found| &found[part]);
            self.in_part(from..(from + width).min(range.end), own, repeats)
        };
        (0..parts).into_par_iter().map_init(Repeats::default, gather).collect()
    }

    /// The pairs whose first passage lies in a part of a range, from all `found` there.
    fn in_part<'f>(
        &self,
        part: Range<u32>,
        found: impl Iterator<Item = &'f Found>,
        repeats: &mut Repeats,
    ) -> Sharing {
        let enough = |pair: u64| {
            let (a, b) = unpacked(pair);
            self.few.has(a) | self.few.has(b)
        };
        let alike = |pair: u64| {
            let (a, b) = unpacked(pair);
            (self.alike)(a, b, self.may_be_alike(a, b))
        };
        let pairs = repeats.find(found, enough, alike).iter().map(|&pair| unpacked(pair)).collect();
        let from = self.others.partition_point(|pair| pair.0 < part.start);
        let others = self.others[from..].iter().take_while(|pair| pair.0 < part.end);
        let others = others.filter(|&&(a, b)| {
            self.marks[a as usize] & self.marks[b as usize] == 0
                || repeats.has(packed(a, b))
                || alike(packed(a, b))
        });
        Sharing { pairs, others: others.copied().collect(), hot: 0 }
    }
}

impl<F> Gather<'_, F> {
    /// Whether two passages with hardly an anchor in common that is not above the cap can be alike by
    /// those that are: more than the fewer of them they do not share.
    fn may_be_alike(&self, a: u32, b: u32) -> bool {
        let of = |sizes: &[u8]| [a, b].map(|passage| usize::from(sizes[passage as usize]));
        let (sizes, hot) = (of(&self.sizes), of(&self.hot_sizes));
        if sizes.contains(&MOST_COUNTED) {
            return true;
        }
        let shared = hot[0].min(hot[1]);
        let all = sizes[0] + sizes[1] - shared;
        shared * 100 >= all * LEAST_ALIKE
    }
}

fn packed(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

fn unpacked(pair: u64) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

/// Pairs of some passages, as often as they share an anchor.
#[derive(Clone, Default)]
struct Found {
    all: Vec<u64>,
    /// Those that count only if the two are alike. Few come often enough to be asked for that, which
    /// takes two looks at sketches far apart.
    if_alike: Vec<u64>,
}

/// Finds which of some thousand pairs come twice.
struct Repeats {
    /// Bits of what was met, and of what was met again or of chance shares a bit with it.
    met: Vec<u64>,
    again: Vec<u64>,
    /// Pairs that count; then those that count only if the two are alike.
    own: Vec<u64>,
    counted: usize,
    /// Whether those that count are in order.
    ordered: bool,
    /// Pairs, and whether they count.
    found: Vec<(u64, bool)>,
    kept: Vec<u64>,
}

impl Default for Repeats {
    fn default() -> Self {
        let bits = || vec![0; 1 << (Self::BITS - 6)];
        let (own, found, kept) = (Vec::new(), Vec::new(), Vec::new());
        Self { met: bits(), again: bits(), own, counted: 0, ordered: false, found, kept }
    }
}

impl Repeats {
    /// Of the number of bits.
    const BITS: u32 = 16;

    fn bit(pair: u64) -> (usize, u64) {
        let bit = pair.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - Self::BITS);
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    /// Pairs that come at least [`LEAST_SHARED`] times, or for which one time is `enough`, sorted, each
    /// once.
    fn find<'f>(
        &mut self,
        pairs: impl Iterator<Item = &'f Found>,
        enough: impl Fn(u64) -> bool,
        alike: impl Fn(u64) -> bool,
    ) -> &[u64] {
        self.own.clear();
        self.ordered = false;
        let mut others = Vec::new();
        for some in pairs {
            self.own.extend_from_slice(&some.all);
            others.push(&some.if_alike);
        }
        self.counted = self.own.len();
        for some in others {
            self.own.extend_from_slice(some);
        }
        self.met.fill(0);
        self.again.fill(0);
        for &pair in &self.own {
            let (word, bit) = Self::bit(pair);
            let again = (self.met[word] & bit != 0) | enough(pair);
            self.met[word] |= bit;
            self.again[word] |= if again { bit } else { 0 };
        }
        // Hardly any of the others is left.
        self.found.clear();
        let counts = (0..).map(|at| at < self.counted);
        self.found.extend(self.own.iter().copied().zip(counts).filter(|&(pair, _)| {
            let (word, bit) = Self::bit(pair);
            self.again[word] & bit != 0
        }));
        self.found.sort_unstable();
        self.kept.clear();
        for run in self.found.chunk_by(|x, y| x.0 == y.0) {
            let pair = run[0].0;
            let least = if enough(pair) { 1 } else { LEAST_SHARED };
            let counted = run.iter().filter(|found| found.1).count();
            if counted >= least || run.len() >= least && alike(pair) {
                self.kept.push(pair);
            }
        }
        &self.kept
    }

    /// Whether a pair was among those looked through last that count.
    fn has(&mut self, pair: u64) -> bool {
        let (word, bit) = Self::bit(pair);
        if self.met[word] & bit == 0 {
            return false;
        }
        if !self.ordered {
            self.own[..self.counted].sort_unstable();
            self.ordered = true;
        }
        self.own[..self.counted].binary_search(&pair).is_ok()
    }
}

/// Whether a passage has at most [`FEW`] different anchors.
fn has_few(own: &[Word]) -> bool {
    let mut met = [Word::default(); FEW];
    let mut different = 0;
    for hash in own {
        if !met[..different].contains(hash) {
            if different == FEW {
                return false;
            }
            met[different] = *hash;
            different += 1;
        }
    }
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn sharing(passages: &[&[u32]], wanted: impl Fn(u32) -> bool + Sync) -> Sharing {
        anchor_candidates(&Anchors::of(passages), wanted, |_, _, may_be| may_be, &[], None).unwrap()
    }

    #[test]
    fn two_shared_anchors_make_a_pair_and_one_is_enough_for_a_short_text() {
        let passages: [&[u32]; 4] = [&[1, 2, 3, 4, 5], &[4, 5, 6, 7, 8], &[5, 9, 10, 11], &[9]];
        assert_eq!(sharing(&passages, |_| true).pairs, [(0, 1), (2, 3)]);
        assert_eq!(sharing(&passages, |p| p != 1).pairs, [(2, 3)]);
    }

    #[test]
    fn a_formula_links_star_wise() {
        let passages: Vec<&[u32]> = vec![&[1, 2]; 500];
        let found = sharing(&passages, |_| true);
        assert!(found.pairs.len() < 1_000);
        assert_eq!(found.hot, 2);
        assert!((1..500).all(|p| found.pairs.contains(&(0, p))));
        let anchors = Anchors::of(&passages);
        let even = |a, b, _| a % 2 == 0 && b % 2 == 0;
        let alike = anchor_candidates(&anchors, |_| true, even, &[], None).unwrap();
        assert_eq!(alike.pairs, (2..500).step_by(2).map(|p| (0, p)).collect::<Vec<_>>());
    }

    #[test]
    fn pairs_with_nothing_but_a_formula_in_common_are_sorted_out() {
        let many = FORMULA as u32;
        let own = |at: u32| 1 << 16 | at;
        let mut passages: Vec<Vec<u32>> = (0..many).map(|at| vec![1, 2, 3, own(at)]).collect();
        passages.push(vec![1, 2, 3, 7, own(9)]);
        passages.push(vec![1, 2, 3, 7, own(many)]);
        passages.push(vec![5, 6, 7 << 8, 8 << 8]);
        let passages: Vec<&[u32]> = passages.iter().map(Vec::as_slice).collect();
        let others = [(3, 4), (9, many), (10, 12), (11, many + 2), (many, many + 1)];
        let alike = |a, b, _| (a, b) == (10, 12);
        let found = anchor_candidates(&Anchors::of(&passages), |_| true, alike, &others, None);
        let found = found.unwrap();
        assert_eq!(found.others, others[1..]);
    }

    #[test]
    fn pairs_that_share_a_block_of_many_and_little_else_are_not_tried() {
        // The block has three anchors; of the others a text has one, two or nine of its own.
        let own = |at: u32, count: u32| (0..count).map(move |nth| 1 << 16 | at << 8 | nth);
        let counts = [1, 2, 9];
        let passages: Vec<Vec<u32>> = (0..90)
            .map(|at| [1, 2, 3].into_iter().chain(own(at, counts[at as usize % 3])).collect())
            .collect();
        let passages: Vec<&[u32]> = passages.iter().map(Vec::as_slice).collect();
        let found = sharing(&passages, |_| true);
        // The first text is tried with those that share at least three anchors of six with it.
        let tried = |b: &u32| found.pairs.contains(&(0, *b));
        let expected: Vec<u32> = (1..90).filter(|b| b % 3 != 2).collect();
        assert_eq!((1..90).filter(tried).collect::<Vec<_>>(), expected);
    }

    proptest! {
        #[test]
        fn equals_counting_shared_anchors(
            passages in prop::collection::vec(prop::collection::vec(0u32..40, 0..9), 0..30),
        ) {
            let mut shared: BTreeMap<(u32, u32), usize> = BTreeMap::new();
            let sets: Vec<BTreeSet<u32>> =
                passages.iter().map(|own| own.iter().copied().collect()).collect();
            for (a, of_a) in (0..).zip(&sets) {
                for (b, of_b) in (0..).zip(&sets).skip(a as usize + 1) {
                    shared.insert((a, b), of_a.intersection(of_b).count());
                }
            }
            let few = |p: u32| sets[p as usize].len() <= FEW;
            let enough = |&(&(a, b), &n): &(&(u32, u32), &usize)| {
                n >= LEAST_SHARED || n == 1 && (few(a) || few(b))
            };
            let expected: Vec<_> = shared.iter().filter(enough).map(|(&pair, _)| pair).collect();
            // Spread over all ranges.
            let spread = |own: &Vec<u32>| -> Vec<u32> {
                own.iter().map(|hash| hash.wrapping_mul(0x9E37_79B1)).collect()
            };
            let spread: Vec<Vec<u32>> = passages.iter().map(spread).collect();
            let passages: Vec<&[u32]> = spread.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(sharing(&passages, |_| true).pairs, expected);
        }
    }
}
