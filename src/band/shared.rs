//! Who shares which anchors: sorted range by range of their hashes, read range by range of passages.

use rayon::prelude::*;

use super::anchors::{PAIR_RANGES, is_hot};
use super::join::drop_lone;
use crate::sketch::{Anchors, Each};

/// Anchors are sorted in so many ranges of their hashes, one after another: what is sorted is an
/// eighth of all.
const RANGE_BITS: u32 = 3;

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
    /// How many of them are each anchor's; 0 where it stands in `large`.
    counts: Vec<u8>,
    large: Vec<u32>,
    /// The anchors up to the cap, each in the list of the range of passages in which it pairs next.
    lists: Vec<List>,
    /// Those above the cap, by range.
    hot: Vec<HotFirst>,
    /// How many those are.
    pub(super) hot_anchors: u64,
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
    let run_of = |hash: u32| (hash >> (u32::BITS - RANGE_BITS - RUN_BITS)) as usize;
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
        if first > 0 && (first / RUNS).is_multiple_of(FREED_RANGES) {
            anchors.retain(|hash| run_of(hash) >= first);
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
                for &hash in own {
                    if let Some(place) =
                        run_of(hash).checked_sub(first).and_then(|at| places.get_mut(at))
                    {
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
            match u8::try_from(count) {
                Ok(1) => {
                    shared.holders.pop();
                    continue;
                }
                Ok(count) => shared.counts.push(count),
                Err(_) => {
                    shared.counts.push(0);
                    shared.large.push(count as u32);
                }
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
        shared.counts.shrink_to_fit();
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

    /// The holders of each anchor.
    pub(super) fn each(&self) -> impl Iterator<Item = &[u32]> {
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
