//! Shared anchors to pairs: texts with a run in common, however unequal their lengths.

use rayon::prelude::*;

use crate::sketch::Anchors;

/// An anchor held by more passages than this is a formula or a shared block: it links its passages
/// star-wise only.
const ANCHOR_CAP: usize = 32;

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
    /// Anchors above the cap.
    pub hot: u64,
}

/// Anchors are gathered in so many ranges of their hashes, one after another on one thread: what is
/// sorted is an eighth of all.
const RANGE_BITS: u32 = 3;

/// Pairs of passages that share at least two anchors (one, if one of them has at most three).
///
/// Of an anchor above the cap the first passage is paired with each of the others, and each with
/// the next one, so that pairs stay linear in anchors, and only if they are `alike`: pages that have
/// nothing but a formula in common are not even read. `wanted` says which passages take part. Cost:
/// a sort of eight bytes an anchor and of eight a pair and shared anchor, and a pass over the anchors
/// for each of eight ranges.
pub fn anchor_candidates(
    anchors: &Anchors,
    wanted: impl Fn(u32) -> bool + Sync,
    alike: impl Fn(u32, u32) -> bool + Sync,
) -> Sharing {
    let in_range = |mut found: Hits, range: u32| {
        let mut entries: Vec<u64> = Vec::with_capacity(anchors.len() >> RANGE_BITS);
        for (passage, own) in (0..).zip(anchors.each()) {
            if wanted(passage) {
                let own = own.iter().filter(|&hash| hash >> (u32::BITS - RANGE_BITS) == range);
                entries.extend(own.map(|&hash| u64::from(hash) << 32 | u64::from(passage)));
            }
        }
        entries.sort_unstable();
        entries.dedup();
        for holders in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|run| run.len() > 1) {
            found.add(holders, &alike);
        }
        found
    };
    let ranges = 1_usize << RANGE_BITS;
    let a_thread = ranges.div_ceil(rayon::current_num_threads());
    let ranges = (0..ranges as u32).into_par_iter().with_min_len(a_thread);
    let mut found = ranges.fold(Hits::default, in_range).reduce(Hits::default, Hits::join);
    found.settle();
    let few: Vec<bool> = anchors.each().map(has_few).collect();
    let enough = |run: &&[u64]| {
        let (a, b) = ((run[0] >> 32) as usize, run[0] as u32 as usize);
        run.len() >= LEAST_SHARED || few[a] || few[b]
    };
    let pairs = found.pairs.chunk_by(|x, y| x == y).filter(enough);
    let pairs = pairs.map(|run| ((run[0] >> 32) as u32, run[0] as u32)).collect();
    Sharing { pairs, hot: found.hot }
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

/// Pairs, once for every anchor that they were seen to share.
#[derive(Default)]
struct Hits {
    /// Sorted, and each no more often than tells that it shares enough.
    pairs: Vec<u64>,
    fresh: Vec<u64>,
    hot: u64,
}

/// Fresh pairs from which on they are sorted into the others.
const MANY_FRESH: usize = 1 << 19;

impl Hits {
    /// Adds the pairs of one anchor's passages, which come in order.
    fn add(&mut self, holders: &[u64], alike: impl Fn(u32, u32) -> bool) {
        let pair = |a: u64, b: u64| u64::from(a as u32) << 32 | u64::from(b as u32);
        if holders.len() <= ANCHOR_CAP {
            for (i, &a) in holders.iter().enumerate() {
                self.fresh.extend(holders[i + 1..].iter().map(|&b| pair(a, b)));
            }
        } else {
            self.hot += 1;
            let first = holders[0];
            for (&before, &b) in holders.iter().zip(&holders[1..]) {
                for a in [Some(first), Some(before).filter(|&before| before != first)] {
                    let a = a.filter(|&a| alike(a as u32, b as u32));
                    self.fresh.extend(a.map(|a| pair(a, b)));
                }
            }
        }
        if self.fresh.len() > self.pairs.len() / 2 + MANY_FRESH {
            self.settle();
        }
    }

    fn join(mut self, mut other: Self) -> Self {
        self.settle();
        other.settle();
        self.fresh = other.pairs;
        self.hot += other.hot;
        self.settle();
        self
    }

    /// Sorts the fresh pairs into the others.
    fn settle(&mut self) {
        self.fresh.sort_unstable();
        // From the end, where there is room.
        let (mut old, mut fresh) = (self.pairs.len(), self.fresh.len());
        self.pairs.resize(old + fresh, 0);
        while fresh > 0 {
            let take_old = old > 0 && self.pairs[old - 1] > self.fresh[fresh - 1];
            let from = if take_old { &mut old } else { &mut fresh };
            *from -= 1;
            let pair = if take_old { self.pairs[old] } else { self.fresh[fresh] };
            self.pairs[old + fresh] = pair;
        }
        self.fresh.clear();
        let mut seen = (u64::MAX, 0);
        self.pairs.retain(|&pair| {
            seen = if pair == seen.0 { (pair, seen.1 + 1) } else { (pair, 1) };
            seen.1 <= LEAST_SHARED
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn sharing(passages: &[&[u32]], wanted: impl Fn(u32) -> bool + Sync) -> Sharing {
        anchor_candidates(&Anchors::of(passages), wanted, |_, _| true)
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
        let alike = anchor_candidates(&anchors, |_| true, |a, b| a % 2 == 0 && b % 2 == 0);
        assert_eq!(alike.pairs, (2..500).step_by(2).map(|p| (0, p)).collect::<Vec<_>>());
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
