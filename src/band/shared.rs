//! Who shares which anchors: sorted range by range of their hashes, read range by range of passages.

use rayon::prelude::*;

use super::anchors::{FORMULA, PAIR_RANGES, is_hot};
use super::join::drop_lone;
use crate::sketch::{Anchors, Each, WINDOW};

/// Anchors are sorted in so many ranges of their hashes, one after another: what is sorted is an
/// eighth of all.
const RANGE_BITS: u32 = 3;

/// The run of an anchor hangs on so many of its highest bits.
const STEP_BITS: u32 = 13;

/// The run of each step of the hashes. An anchor is the least of [`WINDOW`] hashes: of a million, half
/// lie in the lowest twentieth, and runs of one width would be of very unequal lengths.
fn runs() -> Vec<u8> {
    let steps = 1_u32 << STEP_BITS;
    let run = |step: u32| {
        let above = 1.0 - f64::from(step) / f64::from(steps);
        // Multiplied, and not by `powi`: the same on every machine.
        let all_above = (0..WINDOW).fold(1.0, |product, _| product * above);
        ((1.0 - all_above) * f64::from(1_u32 << (RANGE_BITS + RUN_BITS))) as u8
    };
    (0..steps).map(run).collect()
}

/// After so many ranges the anchors of ranges that are done are freed.
const FREED_RANGES: usize = 2;

/// Each of these is cut into so many runs, which threads sort.
const RUN_BITS: u32 = 5;

/// Passages whose anchors one task looks through.
const TASK_PASSAGES: usize = 1 << 12;

/// Some anchors that several passages have: who has each.
#[derive(Default)]
pub(super) struct Shared {
    /// The passages, anchor by anchor; those of one ascend.
    holders: Vec<u32>,
    /// The anchors up to the cap, each in the list of the range of passages in which it pairs next.
    lists: Vec<List>,
    /// Those above the cap, by range.
    hot: Vec<HotFirst>,
    /// How many those are.
    pub(super) hot_anchors: u64,
    /// Those of very many passages, by hash.
    formulas: Vec<Formula>,
    /// The highest bits of the last anchor, and how many here have them.
    last: (u8, usize),
}

/// An anchor of very many passages.
struct Formula {
    /// Its highest bits, and how many anchors that have them come before it here.
    high: u8,
    at: usize,
    first: usize,
    end: usize,
}

/// Anchors that pair passages of one range with others.
#[derive(Default)]
struct List {
    /// Where among the holders the first one of the range stands.
    firsts: Vec<u32>,
    /// How many holders follow it.
    seconds: Vec<u8>,
}

impl List {
    fn push(&mut self, first: u32, seconds: u8) {
        self.firsts.push(first);
        self.seconds.push(seconds);
    }
}

/// Where holders of an anchor above the cap stand that lie in one range.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct HotFirst {
    range: u32,
    /// The first holder of all, the first in the range, and one past the last of all.
    first: u32,
    from: u32,
    end: u32,
}

/// The passages that an anchor pairs one with.
pub(super) enum Seconds<'a> {
    /// With each of these.
    All(&'a [u32]),
    /// With those of these that are alike.
    Alike(&'a [u32]),
}

/// The anchors that two of the wanted passages have.
pub(super) fn shared_anchors(
    mut anchors: Anchors,
    wanted: impl Fn(u32) -> bool + Sync,
    step: u32,
) -> Vec<Shared> {
    const RUNS: usize = 1 << RUN_BITS;
    let passages = (0..anchors.passages() as u32).into_par_iter();
    let wanted: Vec<bool> = passages.map(&wanted).collect();
    let run = runs();
    let step_of = |hash: u32| (hash >> (u32::BITS - STEP_BITS)) as usize;
    let run_of = |hash: u32| usize::from(run[step_of(hash)]);
    let each = |(first, passages): &(u32, Each<'_>), found: &mut dyn FnMut(u32, &[u32])| {
        let passages = (*first..).zip(passages.clone());
        passages
            .filter(|&(passage, _)| wanted[passage as usize])
            .for_each(|(p, own)| found(p, own));
    };
    let count = |part| {
        let mut counts = vec![0; RUNS << RANGE_BITS];
        each(part, &mut |_, own| own.iter().for_each(|&hash| counts[run_of(hash)] += 1));
        counts
    };
    let counts: Vec<Vec<u32>> = anchors.parts(TASK_PASSAGES).par_iter().map(count).collect();
    let mut shared = Vec::new();
    for first in (0..RUNS << RANGE_BITS).step_by(RUNS) {
        let step_from = |first: usize| run.partition_point(|&run| usize::from(run) < first);
        let steps = step_from(first)..step_from(first + RUNS);
        if first > 0 && (first / RUNS).is_multiple_of(FREED_RANGES) {
            anchors.retain(|hash| step_of(hash) >= steps.start);
        }
        let parts = anchors.parts(TASK_PASSAGES);
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
        places.into_par_iter().zip(&parts).for_each(|(mut places, part)| {
            each(part, &mut |passage, own| {
                for &hash in own.iter().filter(|&&hash| steps.contains(&step_of(hash))) {
                    if let Some(place) = places.get_mut(run_of(hash) - first) {
                        let entry = u64::from(hash) << 32 | u64::from(passage);
                        if let Some((next, others)) = std::mem::take(place).split_first_mut() {
                            *next = entry;
                            *place = others;
                        }
                    }
                }
            });
        });
        let mut rest = entries.as_mut_slice();
        let runs = sizes.iter().map(|&size| {
            let (run, others) = std::mem::take(&mut rest).split_at_mut(size);
            rest = others;
            run
        });
        let of = |counts: &mut Vec<u64>, run: &mut [u64]| {
            let kept = drop_lone(run, counts);
            run[..kept].sort_unstable();
            Shared::of(&run[..kept], step)
        };
        let runs: Vec<&mut [u64]> = runs.collect();
        shared.par_extend(runs.into_par_iter().map_init(Vec::new, of));
    }
    shared
}

impl Shared {
    /// From anchors and passages, sorted; ranges are of `step` passages.
    fn of(entries: &[u64], step: u32) -> Self {
        let mut shared = Self::default();
        shared.lists.resize_with(PAIR_RANGES, List::default);
        for run in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|run| run.len() > 1) {
            let before = shared.holders.len();
            for &entry in run {
                let passage = entry as u32;
                if shared.holders[before..].last() != Some(&passage) {
                    shared.holders.push(passage);
                }
            }
            let count = shared.holders.len() - before;
            if count == 1 {
                shared.holders.pop();
                continue;
            }
            let high = (run[0] >> 56) as u8;
            let at = if shared.last.0 == high { shared.last.1 } else { 0 };
            shared.last = (high, at + 1);
            if count > FORMULA {
                let end = shared.holders.len();
                shared.formulas.push(Formula { high, at, first: before, end });
            }
            let (first, end) = (before as u32, shared.holders.len() as u32);
            let own = &shared.holders[before..];
            if !is_hot(own) {
                shared.lists[(own[0] / step) as usize].push(first, (count - 1) as u8);
                continue;
            }
            let mut from = first;
            for in_range in own[..count - 1].chunk_by(|a, b| a / step == b / step) {
                shared.hot.push(HotFirst { range: in_range[0] / step, first, from, end });
                from += in_range.len() as u32;
            }
            shared.hot_anchors += 1;
        }
        shared.holders.shrink_to_fit();
        shared.hot.sort_unstable();
        for list in &mut shared.lists {
            list.firsts.shrink_to_fit();
            list.seconds.shrink_to_fit();
        }
        shared
    }

    /// Hands every passage of a range of `step` passages to `found` with those after it that an anchor
    /// pairs it with. Ranges come in order, each once.
    pub(super) fn each_first(
        &mut self,
        range: usize,
        step: u32,
        mut found: impl FnMut(u32, Seconds<'_>),
    ) {
        let end = (range as u32 + 1).saturating_mul(step);
        let list = std::mem::take(&mut self.lists[range]);
        for (&first, &count) in list.firsts.iter().zip(&list.seconds) {
            let last = first as usize + usize::from(count);
            for at in first as usize..last {
                let a = self.holders[at];
                if a >= end {
                    self.lists[(a / step) as usize].push(at as u32, (last - at) as u8);
                    break;
                }
                found(a, Seconds::All(&self.holders[at + 1..=last]));
            }
        }
        let from = self.hot.partition_point(|first| (first.range as usize) < range);
        for hot in self.hot[from..].iter().take_while(|first| first.range as usize == range) {
            for at in hot.from as usize..hot.end as usize - 1 {
                let (a, seconds) = (self.holders[at], &self.holders[at + 1..hot.end as usize]);
                if a >= end {
                    break;
                }
                let paired = if at == hot.first as usize { seconds } else { &seconds[..1] };
                found(a, Seconds::Alike(paired));
            }
        }
    }

    /// The passages of each anchor above the cap.
    pub(super) fn hot_holders(&self) -> impl Iterator<Item = &[u32]> {
        let anchors = self.hot.iter().filter(|hot| hot.from == hot.first);
        anchors.map(|hot| &self.holders[hot.first as usize..hot.end as usize])
    }

    /// The passages of each anchor of very many, with a number that tells it from most others. `before`
    /// is what [`Shared::last`] says of the anchors before these.
    pub(super) fn formulas(&self, before: (u8, usize)) -> impl Iterator<Item = (usize, &[u32])> {
        self.formulas.iter().map(move |formula| {
            let others = if before.0 == formula.high { before.1 } else { 0 };
            let number = usize::from(formula.high) + formula.at + others;
            (number, &self.holders[formula.first..formula.end])
        })
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
mod tests {
    use super::*;

    #[test]
    fn runs_of_anchors_are_about_equally_long() {
        let run = runs();
        assert!(run.is_sorted());
        let mut lengths = vec![0_u32; 1 << (RANGE_BITS + RUN_BITS)];
        let hash = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) >> 32;
        for window in 0..1 << 16 {
            let least = (0..WINDOW as u64).map(|n| hash(window << 8 | n)).min().unwrap();
            lengths[usize::from(run[least as usize >> (u32::BITS - STEP_BITS)])] += 1;
        }
        // Steps are wider than runs where anchors are many: one of them is half again a run.
        let longest = lengths.iter().max().unwrap();
        assert!(*longest < 3 * (1 << 8), "{longest}");
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
            Shared::of(&anchors.collect::<Vec<u64>>(), 1 << 12)
        };
        let numbers = |parts: &[Shared]| {
            let (mut before, mut numbers) = ((0, 0), Vec::new());
            for part in parts {
                numbers.extend(part.formulas(before).map(|formula| formula.0));
                before = part.last(before);
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
