//! Shared anchors to pairs: texts with a run in common, however unequal their lengths.

use rayon::prelude::*;

/// An anchor held by more passages than this is a formula or a shared block: it links its passages
/// star-wise only.
const ANCHOR_CAP: usize = 32;

/// Anchors two passages must share, unless one of them has hardly more: chance and formulas give
/// one, a run of text gives one for about every six words.
const LEAST_SHARED: u32 = 2;

/// Anchors up to which one shared anchor is enough.
const FEW: u32 = 3;

/// The anchors of all passages: 32 bits of the hash, then the passage.
#[derive(Clone, Debug, Default)]
pub struct AnchorIndex {
    /// `hash << 32 | passage`, sorted, each once.
    entries: Vec<u64>,
    /// Anchors of each passage.
    counts: Vec<u32>,
}

/// Passages that share anchors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Pairs of passages, the smaller first, sorted, each once.
    pub pairs: Vec<(u32, u32)>,
    /// Anchors above the cap.
    pub hot: u64,
}

impl AnchorIndex {
    /// An index of packed anchors ([`crate::sketch::pack_anchor`]) of passages `0..passages`.
    pub fn new(mut entries: Vec<u64>, passages: usize) -> Self {
        entries.par_sort_unstable();
        entries.dedup();
        let mut counts = vec![0; passages];
        for &entry in &entries {
            counts[entry as u32 as usize] += 1;
        }
        Self { entries, counts }
    }

    /// Pairs of passages that share at least two anchors (one, if one of them has at most three).
    ///
    /// Of an anchor above the cap the first passage is paired with each of the others, and each
    /// with the next one, so that pairs stay linear in entries. `wanted` says which passages take
    /// part. Cost: a sort of eight bytes an entry and of eight a pair and shared anchor.
    pub fn sharing(&self, wanted: impl Fn(u32) -> bool + Sync) -> Sharing {
        let mut hits: Vec<u64> = Vec::new();
        let mut hot = 0;
        let pair = |a: u32, b: u32| u64::from(a.min(b)) << 32 | u64::from(a.max(b));
        let mut holders: Vec<u32> = Vec::new();
        for run in self.entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|run| run.len() > 1) {
            holders.clear();
            holders.extend(run.iter().map(|&entry| entry as u32).filter(|&p| wanted(p)));
            if holders.len() <= ANCHOR_CAP {
                for (i, &a) in holders.iter().enumerate() {
                    hits.extend(holders[i + 1..].iter().map(|&b| pair(a, b)));
                }
            } else {
                hot += 1;
                hits.extend(holders[1..].iter().map(|&b| pair(holders[0], b)));
                hits.extend(holders[1..].windows(2).map(|w| pair(w[0], w[1])));
            }
        }
        hits.par_sort_unstable();
        let enough = |run: &&[u64]| {
            let (a, b) = ((run[0] >> 32) as usize, run[0] as u32 as usize);
            run.len() as u32 >= LEAST_SHARED || self.counts[a].min(self.counts[b]) <= FEW
        };
        let pairs = hits.chunk_by(|x, y| x == y).filter(enough);
        let pairs = pairs.map(|run| ((run[0] >> 32) as u32, run[0] as u32)).collect();
        Sharing { pairs, hot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::pack_anchor;

    fn index(passages: &[&[u64]]) -> AnchorIndex {
        let packed = passages
            .iter()
            .enumerate()
            .flat_map(|(p, anchors)| anchors.iter().map(move |&a| pack_anchor(a << 32, p as u32)))
            .collect();
        AnchorIndex::new(packed, passages.len())
    }

    #[test]
    fn two_shared_anchors_make_a_pair_and_one_is_enough_for_a_short_text() {
        let found = index(&[&[1, 2, 3, 4, 5], &[4, 5, 6, 7, 8], &[5, 9, 10, 11], &[9]]);
        assert_eq!(found.sharing(|_| true).pairs, [(0, 1), (2, 3)]);
        assert_eq!(found.sharing(|p| p != 1).pairs, [(2, 3)]);
    }

    #[test]
    fn a_formula_links_star_wise() {
        let passages: Vec<&[u64]> = vec![&[1, 2]; 500];
        let found = index(&passages).sharing(|_| true);
        assert!(found.pairs.len() < 1_000);
        assert_eq!(found.hot, 2);
        assert!((1..500).all(|p| found.pairs.contains(&(0, p))));
    }
}
