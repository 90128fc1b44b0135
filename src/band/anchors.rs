//! Shared anchors to pairs: texts with a run in common, however unequal their lengths.

use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};

use rayon::prelude::*;

use crate::sketch::{Anchors, Each};

/// An anchor held by more passages than this is a formula or a shared block: it links its passages
/// star-wise only.
const ANCHOR_CAP: usize = 32;

/// An anchor held by more passages than this says nothing about two of them: what it stands for is a
/// block that many pages carry. (In 20,329 articles a border of 32 costs one of 8,045 copies, one of
/// 128 none.)
const FORMULA: usize = 256;

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

/// Anchors are sorted in so many ranges of their hashes, one after another: what is sorted is an
/// eighth of all.
const RANGE_BITS: u32 = 3;

/// Pairs are gathered in so many ranges of their first passage, one after another. Most share one
/// anchor by chance and are dropped at once; all together they would take more memory than the
/// anchors.
const PAIR_RANGES: usize = 16;

/// Pairs of a range at least.
const LEAST_RANGE: usize = 1 << 20;

/// Passages whose anchors, or whose pairs, one task looks through.
const TASK_PASSAGES: usize = 1 << 12;

/// Holders of anchors that one task looks through, about.
const TASK_HOLDERS: usize = 1 << 18;

/// Pairs of passages that share at least two anchors (one, if one of them has at most three).
///
/// Of an anchor above the cap the first passage is paired with each of the others, and each with
/// the next one, so that pairs stay linear in anchors, and only if they are `alike`: pages that have
/// nothing but a formula in common are not even read. For the same reason those of `others` (pairs
/// that were found otherwise, the smaller first, sorted) are sorted out that share such anchors of very
/// many passages, none below the cap, and are not `alike`. `wanted` says which passages take part. Cost:
/// a sort of eight bytes an anchor, a pass over the anchors for each of eight ranges, and some
/// nanoseconds a pair and shared anchor. Memory: beside the anchors, which are freed half way, four
/// bytes for each that another passage has too, one byte an anchor, and four for a sixteenth of all
/// pairs.
pub fn anchor_candidates(
    anchors: Anchors,
    wanted: impl Fn(u32) -> bool + Sync,
    alike: impl Fn(u32, u32) -> bool + Sync,
    others: &[(u32, u32)],
) -> Sharing {
    if anchors.is_empty() {
        return Sharing { others: others.to_vec(), ..Sharing::default() };
    }
    let few: Vec<bool> = anchors.each().map(has_few).collect();
    let shared = shared_anchors(&anchors, wanted);
    drop(anchors);
    let room: Vec<AtomicUsize> = few.iter().map(|_| AtomicUsize::new(0)).collect();
    let marks: Vec<AtomicU64> = few.iter().map(|_| AtomicU64::new(0)).collect();
    shared.par_iter().enumerate().for_each(|(number, some)| {
        let all = 0..few.len() as u32;
        some.each_first(all, |a, seconds| {
            room[a as usize].fetch_add(seconds.of().len(), Relaxed);
        });
        for (at, holders) in some.each().enumerate().filter(|held| held.1.len() > FORMULA) {
            let mark = 1 << ((number + at) % 64);
            for &passage in holders {
                marks[passage as usize].fetch_or(mark, Relaxed);
            }
        }
    });
    let room: Vec<usize> = room.into_iter().map(AtomicUsize::into_inner).collect();
    let marks = marks.into_iter().map(AtomicU64::into_inner).collect();
    let gather = Gather { shared, room, few, marks, others, alike };
    let mut sharing = Sharing::default();
    for range in ranges(&gather.room) {
        for mut found in gather.in_range(range) {
            sharing.pairs.append(&mut found.pairs);
            sharing.others.append(&mut found.others);
        }
    }
    sharing.hot = gather.shared.iter().map(|some| some.hot).sum();
    sharing
}

fn is_hot(holders: &[u32]) -> bool {
    holders.len() > ANCHOR_CAP
}

/// Ranges of first passages, none of which has many pairs unless a single passage has.
fn ranges(room: &[usize]) -> Vec<Range<u32>> {
    let all: usize = room.iter().sum();
    let most = (all / PAIR_RANGES).max(LEAST_RANGE);
    let mut ranges = Vec::new();
    let (mut from, mut pairs) = (0, 0);
    for (at, &more) in (0..).zip(room) {
        if pairs > 0 && pairs + more > most {
            ranges.push(from..at);
            (from, pairs) = (at, 0);
        }
        pairs += more;
    }
    ranges.push(from..room.len() as u32);
    ranges
}

/// What pairs are gathered from.
struct Gather<'a, F> {
    shared: Vec<Shared>,
    /// How many pairs each passage is the first of, with all repeats.
    room: Vec<usize>,
    few: Vec<bool>,
    /// Bits of the anchors of very many passages that each passage has; two of them may have the same
    /// bit.
    marks: Vec<u64>,
    others: &'a [(u32, u32)],
    alike: F,
}

impl<F: Fn(u32, u32) -> bool + Sync> Gather<'_, F> {
    /// The pairs whose first passage lies in a range, in order.
    fn in_range(&self, range: Range<u32>) -> Vec<Sharing> {
        let local = |passage: u32| (passage - range.start) as usize;
        let mut ends = Vec::with_capacity(range.len());
        let mut all = 0;
        for &room in &self.room[range.start as usize..range.end as usize] {
            ends.push(AtomicUsize::new(all));
            all += room;
        }
        // What is left of it stays the number of no passage.
        let seconds: Vec<AtomicU32> = (0..all).map(|_| AtomicU32::new(u32::MAX)).collect();
        self.shared.par_iter().for_each(|some| {
            some.each_first(range.clone(), |a, own| {
                let from = ends[local(a)].fetch_add(own.of().len(), Relaxed);
                for (place, &b) in seconds[from..].iter().zip(own.of()) {
                    if matches!(own, Seconds::All(_)) || (self.alike)(a, b) {
                        place.store(b, Relaxed);
                    }
                }
            });
        });
        let firsts: Vec<u32> = range.clone().collect();
        let gather = |firsts: &[u32]| {
            let (mut repeats, mut found) = (Repeats::default(), Sharing::default());
            for &a in firsts {
                let to = ends[local(a)].load(Relaxed);
                let own = &seconds[to - self.room[a as usize]..to];
                let own = own.iter().map(|b| b.load(Relaxed)).filter(|&b| b != u32::MAX);
                let enough = |b: u32| self.few[a as usize] || self.few[b as usize];
                found.pairs.extend(repeats.find(own, enough).iter().map(|&b| (a, b)));
                let from = self.others.partition_point(|pair| pair.0 < a);
                let others = self.others[from..].iter().take_while(|pair| pair.0 == a);
                found.others.extend(others.filter(|&&(a, b)| {
                    self.marks[a as usize] & self.marks[b as usize] == 0
                        || repeats.own.contains(&b)
                        || enough(b)
                        || (self.alike)(a, b)
                }));
            }
            found
        };
        firsts.par_chunks(TASK_PASSAGES).map(gather).collect()
    }
}

/// Finds what comes twice in short lists.
struct Repeats {
    /// Bits of what was met, and of what was met again or of chance shares a bit with it.
    met: [u64; Self::WORDS],
    again: [u64; Self::WORDS],
    own: Vec<u32>,
    found: Vec<u32>,
}

impl Default for Repeats {
    fn default() -> Self {
        let (own, found) = (Vec::new(), Vec::new());
        Self { met: [0; Self::WORDS], again: [0; Self::WORDS], own, found }
    }
}

impl Repeats {
    const WORDS: usize = 64;

    fn bit(value: u32) -> (usize, u64) {
        let bit = value.wrapping_mul(0x9E37_79B1) >> 20;
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    /// Values that come at least [`LEAST_SHARED`] times, or for which one time is `enough`, sorted, each
    /// once.
    fn find(&mut self, values: impl Iterator<Item = u32>, enough: impl Fn(u32) -> bool) -> &[u32] {
        self.own.clear();
        self.own.extend(values);
        self.found.clear();
        self.met.fill(0);
        self.again.fill(0);
        for &value in &self.own {
            let (word, bit) = Self::bit(value);
            let again = self.met[word] & bit != 0 || enough(value);
            self.met[word] |= bit;
            self.again[word] |= if again { bit } else { 0 };
        }
        // Hardly any of the others is left.
        self.found.extend(self.own.iter().copied().filter(|&value| {
            let (word, bit) = Self::bit(value);
            self.again[word] & bit != 0
        }));
        self.found.sort_unstable();
        let mut kept = 0;
        let mut from = 0;
        while from < self.found.len() {
            let value = self.found[from];
            let count = self.found[from..].partition_point(|&other| other == value);
            if count >= LEAST_SHARED || enough(value) {
                self.found[kept] = value;
                kept += 1;
            }
            from += count;
        }
        &self.found[..kept]
    }
}

/// Whether a passage has at most [`FEW`] different anchors.
fn has_few(own: &[u32]) -> bool {
    let mut met = [0; FEW];
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

/// Some anchors that several passages have: who has each.
#[derive(Default)]
struct Shared {
    /// The passages, anchor by anchor; those of one ascend.
    holders: Vec<u32>,
    /// How many of them are each anchor's; 0 where it stands in `large`.
    counts: Vec<u8>,
    large: Vec<u32>,
    /// Anchors above the cap.
    hot: u64,
}

/// The passages that an anchor pairs one with.
enum Seconds<'a> {
    /// With each of these.
    All(&'a [u32]),
    /// With those of these that are alike.
    Alike(&'a [u32]),
}

impl<'a> Seconds<'a> {
    fn of(&self) -> &'a [u32] {
        match self {
            Self::All(seconds) | Self::Alike(seconds) => seconds,
        }
    }
}

/// The anchors that two of the wanted passages have.
fn shared_anchors(anchors: &Anchors, wanted: impl Fn(u32) -> bool + Sync) -> Vec<Shared> {
    const RANGES: usize = 1 << RANGE_BITS;
    let passages = (0..anchors.passages() as u32).into_par_iter();
    let wanted: Vec<bool> = passages.map(&wanted).collect();
    let range_of = |hash: u32| (hash >> (u32::BITS - RANGE_BITS)) as usize;
    let parts = anchors.parts(TASK_PASSAGES);
    let count = |(first, passages): &(u32, Each<'_>)| {
        let mut counts = [0; RANGES];
        for (passage, own) in (*first..).zip(passages.clone()) {
            let own = if wanted[passage as usize] { own } else { &[] };
            for &hash in own {
                counts[range_of(hash)] += 1;
            }
        }
        counts
    };
    let counts: Vec<[usize; RANGES]> = parts.par_iter().map(count).collect();
    let mut shared = Vec::new();
    for range in 0..RANGES {
        let mut entries = vec![0; counts.iter().map(|counts| counts[range]).sum()];
        let mut rest = entries.as_mut_slice();
        let mut places: Vec<&mut [u64]> = Vec::with_capacity(parts.len());
        for counts in &counts {
            let (place, others) = rest.split_at_mut(counts[range]);
            places.push(place);
            rest = others;
        }
        places.into_par_iter().zip(&parts).for_each(|(place, (first, passages))| {
            let mut place = place.iter_mut();
            for (passage, own) in (*first..).zip(passages.clone()) {
                let own = if wanted[passage as usize] { own } else { &[] };
                let own = own.iter().filter(|&&hash| range_of(hash) == range);
                for (&hash, entry) in own.zip(place.by_ref()) {
                    *entry = u64::from(hash) << 32 | u64::from(passage);
                }
            }
        });
        entries.par_sort_unstable();
        let mut rest = entries.as_slice();
        let mut tasks: Vec<&[u64]> = Vec::new();
        while !rest.is_empty() {
            // Behind the anchor that the border falls on.
            let at = TASK_HOLDERS.min(rest.len()) - 1;
            let end = at + rest[at..].partition_point(|entry| entry >> 32 == rest[at] >> 32);
            let (task, others) = rest.split_at(end);
            tasks.push(task);
            rest = others;
        }
        shared.extend(tasks.par_iter().map(|task| Shared::of(task)).collect::<Vec<Shared>>());
    }
    shared
}

impl Shared {
    /// From anchors and passages, sorted.
    fn of(entries: &[u64]) -> Self {
        let mut shared = Self::default();
        for run in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|run| run.len() > 1) {
            let before = shared.holders.len();
            for &entry in run {
                let passage = entry as u32;
                if shared.holders[before..].last() != Some(&passage) {
                    shared.holders.push(passage);
                }
            }
            let count = shared.holders.len() - before;
            match u8::try_from(count) {
                Ok(1) => {
                    shared.holders.pop();
                }
                Ok(count) => shared.counts.push(count),
                Err(_) => {
                    shared.counts.push(0);
                    shared.large.push(count as u32);
                }
            }
            shared.hot += u64::from(count > ANCHOR_CAP);
        }
        shared.holders.shrink_to_fit();
        shared.counts.shrink_to_fit();
        shared
    }

    /// Hands every passage of a range to `found` with those after it that an anchor pairs it with.
    fn each_first(&self, firsts: Range<u32>, mut found: impl FnMut(u32, Seconds<'_>)) {
        for holders in self.each() {
            let last = holders.len() - 1;
            if holders[0] >= firsts.end || holders[last] <= firsts.start {
                continue;
            }
            let hot = is_hot(holders);
            for (at, &a) in holders[..last].iter().enumerate().filter(|(_, a)| firsts.contains(a)) {
                let seconds = &holders[at + 1..];
                match (hot, at) {
                    (false, _) => found(a, Seconds::All(seconds)),
                    (true, 0) => found(a, Seconds::Alike(seconds)),
                    (true, _) => found(a, Seconds::Alike(&seconds[..1])),
                }
            }
        }
    }

    /// The holders of each anchor.
    fn each(&self) -> impl Iterator<Item = &[u32]> {
        let (mut rest, mut large) = (self.holders.as_slice(), self.large.iter());
        self.counts.iter().map(move |&count| {
            let count = match count {
                0 => large.next().map_or(0, |&count| count as usize),
                count => usize::from(count),
            };
            let (holders, others) = rest.split_at(count);
            rest = others;
            holders
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn sharing(passages: &[&[u32]], wanted: impl Fn(u32) -> bool + Sync) -> Sharing {
        anchor_candidates(Anchors::of(passages), wanted, |_, _| true, &[])
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
        let even = |a, b| a % 2 == 0 && b % 2 == 0;
        let alike = anchor_candidates(anchors, |_| true, even, &[]);
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
        let alike = |a, b| (a, b) == (10, 12);
        let found = anchor_candidates(Anchors::of(&passages), |_| true, alike, &others);
        assert_eq!(found.others, others[1..]);
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
