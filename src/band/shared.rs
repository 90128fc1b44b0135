//! Who shares which anchors: sorted range by range of their hashes, read range by range of passages. In
//! between they lie in a private file, in the order in which they are read.

use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::anchors::{FORMULA, LEAST_RANGE, PAIR_RANGES, is_hot};
use super::join::drop_lone;
use crate::error::Result;
use crate::processor::fetch;
use crate::sketch::{Anchors, Each, WINDOW};
use crate::sorted::sort_spread;
use crate::spill::{SpillWriter, Spilled, Word};

/// Anchors are sorted in so many ranges of their hashes, one after another: what is sorted is a
/// sixteenth of all.
const RANGE_BITS: u32 = 4;

/// The run of an anchor hangs on so many of its highest bits.
const STEP_BITS: u32 = 13;

/// The run of each step of the hashes. An anchor is the least of [`WINDOW`] hashes: half of them lie in
/// the lowest tenth, and runs of one width would be of very unequal lengths.
///
/// A hash is an anchor if of those beside it at least `WINDOW - 1` in a row, on both sides together, are
/// higher: one that has the share `a` of all hashes above it with probability `a^(w-1) (w - (w-1) a)`. Of
/// this the share of the anchors above it is the integral.
fn runs() -> Vec<u16> {
    let steps = 1_u32 << STEP_BITS;
    let run = |step: u32| {
        let above = 1.0 - f64::from(step) / f64::from(steps);
        // Multiplied, and not by `powi`: the same on every machine.
        let all_above = (0..WINDOW).fold(1.0, |product, _| product * above);
        let (more, fewer) = ((WINDOW + 1) as f64, (WINDOW - 1) as f64);
        let anchors_above = all_above * (more - fewer * above) / 2.0;
        let runs = 1_u16 << (RANGE_BITS + RUN_BITS);
        (((1.0 - anchors_above) * f64::from(runs)) as u16).min(runs - 1)
    };
    (0..steps).map(run).collect()
}

/// Each of these is cut into so many runs, which threads sort.
const RUN_BITS: u32 = 5;

/// Anchors of a range that are gathered before they are put where they belong, at least.
const ROOM: usize = 1 << 10;

/// Passages whose anchors one task looks through.
const TASK_PASSAGES: usize = 1 << 12;

/// The anchors that several passages have: who has each.
pub(super) struct Shared {
    lists: Spilled,
    pub(super) runs: Vec<Run>,
}

/// What is known of a run of anchors.
///
/// For each range of passages the file has the passages of the anchors up to the cap that pair a passage
/// of the range first of all, each after its number of passages, which ascend. The passages of the
/// anchors above the cap follow: of each the number in the range, marked if all others follow those
/// in the range and not only the next one, then the number of those that follow, then both.
#[derive(Default)]
pub(super) struct Run {
    /// The first of its words in the file.
    at: u64,
    /// Where, counted from there, what the file has for each range begins, and what it has above the cap.
    /// The end follows.
    ranges: Vec<(u32, u32)>,
    /// Anchors up to the cap that pair a passage of a later range next.
    later: Vec<List>,
    /// Anchors above the cap.
    pub(super) hot_anchors: u64,
    /// Those of very many passages, by hash.
    formulas: Vec<Formula>,
    /// The highest bits of the last anchor, and how many here have them.
    last: (u8, usize),
}

/// Lists that are asked for before they are read: they lie apart from one another.
const AHEAD: usize = 16;

/// Marks the first range of an anchor above the cap.
const FIRST: u32 = 1 << 31;

/// An anchor of very many passages.
struct Formula {
    /// Its highest bits, and how many anchors that have them come before it here.
    high: u8,
    at: usize,
    /// Its first range; where its passages begin, counted from what that range has above the cap; and
    /// their number.
    range: usize,
    first: usize,
    passages: usize,
}

/// Anchors that pair passages of one range with others.
#[derive(Default)]
struct List {
    /// Where the first passage of the range stands.
    firsts: Vec<u32>,
    /// How many passages follow it.
    seconds: Vec<u8>,
}

/// The lists of a run while they are made.
#[derive(Default)]
struct Making {
    counts: Vec<u64>,
    holders: Vec<u32>,
    /// For each range the anchors up to the cap, and those above it.
    ranges: Vec<(Vec<u32>, Vec<u32>)>,
    all: Vec<u32>,
}

/// The passages that an anchor pairs one with.
pub(super) enum Seconds<'a> {
    /// With each of these.
    All(&'a [Word]),
    /// With those of these that are alike.
    Alike(&'a [Word]),
}

fn number(word: Word) -> u32 {
    u32::from_ne_bytes(word)
}

/// Ranges of passages whose pairs are gathered one after another.
///
/// A pair belongs to the range of its first passage. The earlier a passage, the more stand behind it, and
/// of an anchor of very many all others are paired with the first: so the first ranges are the
/// narrowest, and widths grow evenly.
pub(super) struct Ranges {
    /// Where each begins, and the end of the last.
    bounds: Vec<u32>,
}

impl Ranges {
    /// The ranges of so many passages.
    pub(super) fn of(passages: usize) -> Self {
        let count = passages.div_ceil(LEAST_RANGE).clamp(1, PAIR_RANGES) as u64;
        let bound = |number: u64| (passages as u64 * number * number / (count * count)) as u32;
        Self { bounds: (0..=count).map(bound).collect() }
    }

    /// All ranges, in order.
    pub(super) fn each(&self) -> impl Iterator<Item = Range<u32>> {
        self.bounds.array_windows().map(|&[from, end]| from..end)
    }

    /// The range of a passage.
    fn number(&self, passage: u32) -> usize {
        self.bounds[1..].partition_point(|&end| end <= passage)
    }
}

/// The anchors that two of the wanted passages have, for these ranges of passages; their file lies in
/// `folder`. Without one they stay in memory.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn shared_anchors(
    anchors: &Anchors,
    wanted: impl Fn(u32) -> bool + Sync,
    ranges: &Ranges,
    folder: Option<&Path>,
) -> Result<Shared> {
    const RUNS: usize = 1 << RUN_BITS;
    let passages = (0..anchors.passages() as u32).into_par_iter();
    let wanted: Vec<bool> = passages.map(&wanted).collect();
    let run = runs();
    let step_of = |hash: u32| (hash >> (u32::BITS - STEP_BITS)) as usize;
    let first_of = |step: usize| (step as u64) << (u32::BITS - STEP_BITS);
    let run_of = |hash: u32| usize::from(run[step_of(hash)]);
    let each = |(first, passages): &(u32, Each<'_>), found: &mut dyn FnMut(u32, &[Word])| {
        let passages = (*first..).zip(passages.clone());
        passages
            .filter(|&(passage, _)| wanted[passage as usize])
            .for_each(|(p, own)| found(p, own));
    };
    let count = |part| {
        let mut counts = vec![0; RUNS << RANGE_BITS];
        each(part, &mut |_, own| own.iter().for_each(|&hash| counts[run_of(number(hash))] += 1));
        counts
    };
    let parts = anchors.parts(TASK_PASSAGES);
    let counts: Vec<Vec<u32>> = parts.par_iter().map(count).collect();
    let lists = Mutex::new(SpillWriter::new(folder));
    let mut shared = Vec::new();
    for first in (0..RUNS << RANGE_BITS).step_by(RUNS) {
        let step_from = |first: usize| run.partition_point(|&run| usize::from(run) < first);
        let steps = step_from(first)..step_from(first + RUNS);
        let runs = first..first + RUNS;
        let size = |run: usize| counts.iter().map(|counts| counts[run] as usize).sum::<usize>();
        let sizes: Vec<usize> = runs.clone().map(size).collect();
        let mut entries = vec![0_u64; sizes.iter().sum()];
        // Where each part puts its anchors: run by run, and inside a run part by part.
        let mut places: Vec<Vec<&mut [u64]>> = parts.iter().map(|_| Vec::new()).collect();
        let mut rest = entries.as_mut_slice();
        for run in runs.clone() {
            for (places, counts) in places.iter_mut().zip(&counts) {
                let (place, others) = rest.split_at_mut(counts[run] as usize);
                places.push(place);
                rest = others;
            }
        }
        let hashes = first_of(steps.start)..first_of(steps.end);
        places.into_par_iter().zip(&parts).for_each(|(mut places, part)| {
            let mut put = |entries: &[u64]| {
                for &entry in entries {
                    let place = &mut places[run_of((entry >> 32) as u32) - first];
                    if let Some((next, others)) = std::mem::take(place).split_first_mut() {
                        *next = entry;
                        *place = others;
                    }
                }
            };
            let (mut some, mut met) = (vec![0; ROOM], 0);
            each(part, &mut |passage, own| {
                if some.len() < met + own.len() {
                    put(&some[..met]);
                    met = 0;
                    some.resize(some.len().max(own.len()), 0);
                }
                // One in sixteen is of this range: listed without a jump that hangs on which.
                for hash in own.iter().map(|&hash| u64::from(number(hash))) {
                    some[met] = hash << 32 | u64::from(passage);
                    met += usize::from(hashes.contains(&hash));
                }
            });
            put(&some[..met]);
        });
        let mut rest = entries.as_mut_slice();
        let runs = sizes.iter().map(|&size| {
            let (run, others) = std::mem::take(&mut rest).split_at_mut(size);
            rest = others;
            run
        });
        let of = |making: &mut Making, run: &mut [u64]| {
            let kept = drop_lone(run, &mut making.counts);
            sort_spread(&mut run[..kept], |&entry| (entry >> 32) as u32, |&entry| entry);
            Run::of(&run[..kept], ranges, making, &lists)
        };
        let runs: Vec<&mut [u64]> = runs.collect();
        shared.par_extend(runs.into_par_iter().map_init(Making::default, of));
    }
    let lists = lists.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Shared { lists: lists.finish()?, runs: shared })
}

impl Shared {
    /// The file, and what is known of each run of anchors.
    pub(super) fn split(&mut self) -> (&Spilled, &mut [Run]) {
        (&self.lists, &mut self.runs)
    }

    /// The passages of the anchors of a run above the cap, anchor after anchor.
    pub(super) fn hot_holders(&self, run: usize) -> impl Iterator<Item = u32> {
        let run = &self.runs[run];
        let words = run.words(&self.lists);
        let of_range = |range: &[(u32, u32)]| &words[range[0].1 as usize..range[1].0 as usize];
        let parts = run.ranges.windows(2).map(of_range).flat_map(hot_parts);
        let whole = parts.filter(|part| part.first).flat_map(|part| part.passages);
        whole.map(|&passage| number(passage))
    }

    /// The passages of each anchor of very many of a run, with a number that tells it from most others.
    /// `before` is what [`Run::last`] says of the anchors before those of the run.
    pub(super) fn formulas(
        &self,
        run: usize,
        before: (u8, usize),
    ) -> impl Iterator<Item = (usize, impl Iterator<Item = u32>)> {
        let run = &self.runs[run];
        let words = run.words(&self.lists);
        run.formulas.iter().map(move |formula| {
            let others = if before.0 == formula.high { before.1 } else { 0 };
            let number_of = usize::from(formula.high) + formula.at + others;
            let first = run.ranges[formula.range].1 as usize + formula.first;
            let passages = &words[first..first + formula.passages];
            (number_of, passages.iter().map(|&passage| number(passage)))
        })
    }
}

/// What the file has of an anchor above the cap for one range.
struct HotPart<'f> {
    /// Whether it is the first range of the anchor, and has all of its passages.
    first: bool,
    /// How many of the passages lie in the range; others follow.
    in_range: usize,
    passages: &'f [Word],
}

/// What the file has for one range of anchors above the cap, from its words.
fn hot_parts(mut rest: &[Word]) -> impl Iterator<Item = HotPart<'_>> {
    std::iter::from_fn(move || {
        let [in_range, following, others @ ..] = rest else { return None };
        let (in_range, following) = (number(*in_range), number(*following) as usize);
        let (first, in_range) = (in_range & FIRST == FIRST, (in_range & !FIRST) as usize);
        let (passages, others) = others.split_at(in_range + following);
        rest = others;
        Some(HotPart { first, in_range, passages })
    })
}

impl Run {
    /// From anchors and passages, sorted.
    fn of(entries: &[u64], of: &Ranges, making: &mut Making, lists: &Mutex<SpillWriter>) -> Self {
        let mut out = Self::default();
        let count = of.bounds.len() - 1;
        out.later.resize_with(count, List::default);
        let Making { holders, ranges, all, .. } = making;
        ranges.resize_with(count, Default::default);
        for run in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|run| run.len() > 1) {
            holders.clear();
            holders.extend(run.iter().map(|&entry| entry as u32));
            holders.dedup();
            let count = holders.len();
            if count == 1 {
                continue;
            }
            let high = (run[0] >> 56) as u8;
            let at = if out.last.0 == high { out.last.1 } else { 0 };
            out.last = (high, at + 1);
            let first_range = of.number(holders[0]);
            if count > FORMULA {
                let first = ranges[first_range].1.len() + 2;
                out.formulas.push(Formula { high, at, range: first_range, first, passages: count });
            }
            if !is_hot(holders) {
                let list = &mut ranges[first_range].0;
                list.push(count as u32);
                list.extend_from_slice(holders);
                continue;
            }
            let mut from = 0;
            while from < count - 1 {
                let range = of.number(holders[from]);
                let firsts = &holders[from..count - 1];
                let firsts = firsts.partition_point(|&passage| passage < of.bounds[range + 1]);
                let (mark, end) = match from {
                    0 => (FIRST, count),
                    _ => (0, from + firsts + 1),
                };
                let list = &mut ranges[range].1;
                list.push(mark | firsts as u32);
                list.push((end - from - firsts) as u32);
                list.extend_from_slice(&holders[from..end]);
                from += firsts;
            }
            out.hot_anchors += 1;
        }
        all.clear();
        for (list, hot) in ranges {
            let at = all.len();
            all.append(list);
            out.ranges.push((at as u32, all.len() as u32));
            all.append(hot);
        }
        out.ranges.push((all.len() as u32, all.len() as u32));
        let mut lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
        out.at = lists.len() / size_of::<Word>() as u64;
        lists.write_words(all);
        out
    }

    /// What the file has of this run.
    fn words<'f>(&self, lists: &'f Spilled) -> &'f [Word] {
        let (at, end) = (self.at as usize, self.ranges.last().map_or(0, |end| end.0) as usize);
        &lists.words()[at..at + end]
    }

    /// Hands every passage of a range to `found` with those after it that an anchor pairs it with. Ranges
    /// come in order, each once; `lists` is the file.
    pub(super) fn each_first(
        &mut self,
        lists: &Spilled,
        range: usize,
        of: &Ranges,
        mut found: impl FnMut(u32, Seconds<'_>),
    ) {
        let end = of.bounds[range + 1];
        let words = self.words(lists);
        let (from, hot_from) = self.ranges[range];
        let list = std::mem::take(&mut self.later[range]);
        let mut pair = |first: usize, last: usize| {
            for at in first..last {
                let a = number(words[at]);
                if a >= end {
                    let later = &mut self.later[of.number(a)];
                    later.firsts.push(at as u32);
                    later.seconds.push((last - at) as u8);
                    break;
                }
                found(a, Seconds::All(&words[at + 1..=last]));
            }
        };
        let mut at = from as usize;
        while at < hot_from as usize {
            let count = number(words[at]) as usize;
            pair(at + 1, at + count);
            at += count + 1;
        }
        for (nth, (&first, &seconds)) in list.firsts.iter().zip(&list.seconds).enumerate() {
            if let Some(&later) = list.firsts.get(nth + AHEAD) {
                fetch(words, later as usize);
            }
            pair(first as usize, first as usize + usize::from(seconds));
        }
        for part in hot_parts(&words[at..self.ranges[range + 1].0 as usize]) {
            for (at, &a) in part.passages[..part.in_range].iter().enumerate() {
                let seconds = &part.passages[at + 1..];
                let paired = if part.first && at == 0 { seconds } else { &seconds[..1] };
                found(number(a), Seconds::Alike(paired));
            }
        }
    }

    /// The highest bits of the last anchor up to here, and how many have them.
    pub(super) fn last(&self, before: (u8, usize)) -> (u8, usize) {
        match self.last {
            (_, 0) => before,
            (high, count) if high == before.0 => (high, before.1 + count),
            last => last,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_of_anchors_are_about_equally_long() {
        let run = runs();
        assert!(run.is_sorted());
        let mut lengths = vec![0_u32; 1 << (RANGE_BITS + RUN_BITS)];
        let hash = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes());
        let hashes: Vec<u64> = (0..1 << 19).map(hash).collect();
        let mut anchors = Vec::new();
        crate::sketch::winnow(&hashes, &mut anchors);
        for anchor in &anchors {
            lengths[usize::from(run[*anchor as usize >> (u32::BITS - STEP_BITS)])] += 1;
        }
        // Two or three steps make a run where anchors are many.
        let (longest, mean) = (lengths.iter().max().unwrap(), anchors.len() / lengths.len());
        assert!((*longest as usize) < 2 * mean, "{longest} of {mean}");
    }

    proptest! {
        #[test]
        fn every_passage_lies_in_one_range(
            passages in prop_oneof![0..20_000_usize, Just(u32::MAX as usize)],
            at in 0.0..1.0_f64,
        ) {
            let ranges = Ranges::of(passages);
            prop_assert_eq!(ranges.bounds[0], 0);
            prop_assert_eq!(*ranges.bounds.last().unwrap() as usize, passages);
            prop_assert!(ranges.bounds.is_sorted() && ranges.each().count() <= PAIR_RANGES);
            let passage = (at * passages as f64) as u32;
            let own = ranges.each().nth(ranges.number(passage));
            prop_assert!(passages == 0 || own.unwrap().contains(&passage));
        }

        #[test]
        fn every_anchor_pairs_its_passages_once(
            anchors in prop::collection::vec(
                prop::collection::btree_set(0_u32..100, 1..60), 0..20),
            cuts in prop::collection::btree_set(1_u32..100, 0..8),
        ) {
            let bounds = [0].into_iter().chain(cuts).chain([100]).collect();
            let ranges = Ranges { bounds };
            let keyed = (0_u64..).zip(&anchors);
            let entries: Vec<u64> = keyed
                .flat_map(|(key, own)| own.iter().map(move |&p| key << 32 | u64::from(p)))
                .collect();
            let lists = Mutex::default();
            let mut run = Run::of(&entries, &ranges, &mut Making::default(), &lists);
            let lists = lists.into_inner().unwrap().finish().unwrap();
            let (mut all, mut alike) = (Vec::new(), Vec::new());
            for (number_of, range) in ranges.each().enumerate() {
                run.each_first(&lists, number_of, &ranges, |a, seconds| {
                    assert!(range.contains(&a));
                    match seconds {
                        Seconds::All(some) => all.extend(some.iter().map(|&b| (a, number(b)))),
                        Seconds::Alike(some) => alike.extend(some.iter().map(|&b| (a, number(b)))),
                    }
                });
            }
            let (mut expected, mut expected_alike) = (Vec::new(), Vec::new());
            for own in &anchors {
                let own: Vec<u32> = own.iter().copied().collect();
                for (at, &a) in own.iter().enumerate() {
                    let after = own[at + 1..].iter().map(|&b| (a, b));
                    if !is_hot(&own) {
                        expected.extend(after);
                    } else if at == 0 {
                        expected_alike.extend(after);
                    } else {
                        expected_alike.extend(after.take(1));
                    }
                }
            }
            for pairs in [&mut all, &mut alike, &mut expected, &mut expected_alike] {
                pairs.sort_unstable();
            }
            prop_assert_eq!((all, alike), (expected, expected_alike));
        }
    }

    #[test]
    fn formulas_have_one_number_however_they_are_parted() {
        let highs = [0_u64, 0, 0, 3, 3, 3, 3, 9];
        let holders = |nth: usize| if nth.is_multiple_of(3) { 2 } else { FORMULA as u64 + 1 };
        let entries = |some: std::ops::Range<usize>| {
            let anchors = some.flat_map(|nth| {
                let key = highs[nth] << 24 | nth as u64;
                (0..holders(nth)).map(move |passage| key << 32 | passage)
            });
            anchors.collect::<Vec<u64>>()
        };
        let numbers = |parts: &[Vec<u64>]| {
            let lists = Mutex::default();
            let of = |part: &Vec<u64>| {
                let ranges = Ranges::of(1 << 12);
                Run::of(part, &ranges, &mut Making::default(), &lists)
            };
            let runs = parts.iter().map(of).collect();
            let lists = lists.into_inner().unwrap().finish().unwrap();
            let shared = Shared { lists, runs };
            let (mut before, mut numbers) = ((0, 0), Vec::new());
            for (number, run) in shared.runs.iter().enumerate() {
                numbers.extend(shared.formulas(number, before).map(|formula| {
                    assert!(formula.1.eq(0..=FORMULA as u32));
                    formula.0
                }));
                before = run.last(before);
            }
            numbers
        };
        let whole = numbers(&[entries(0..8)]);
        assert_eq!(whole, [1, 2, 3 + 1, 3 + 2, 9]);
        for cut in 0..=8 {
            for second in cut..=8 {
                let parts = [entries(0..cut), entries(cut..second), entries(second..8)];
                assert_eq!(numbers(&parts), whole);
            }
        }
    }
}
