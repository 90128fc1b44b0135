//! Equal band keys to pairs, by sorting.
//!
//! A band is packed into `(key, row)` words of 64 bits and sorted; rows of one key are neighbors.
//! Sorting needs no table whose keys scraped text could choose, and the order of the result does
//! not depend on threads.

use rayon::prelude::*;

use super::keys::{BANDS, BandKeys};
use crate::sketch::{Row, SketchMatrix};
use crate::sorted::sort_spread;

/// All pairs of a bucket are tried up to this many rows. Exact copies have been joined before, so
/// a larger bucket is one story in very many versions, a template or a shared block.
const BUCKET_CAP: usize = 64;

/// In a larger bucket every row is tried with the first row and with this many that follow it in
/// an order in which like rows lie close together; and of these only with rows that are alike: what
/// all have in common may be no more than a block that many pages carry.
const NEIGHBORS: usize = 8;

/// Neighbors that a row is tried with over all its hot buckets: near copies of one text share most
/// of their bands, and would be tried again and again with others.
const HOT_PAIRS: u8 = 24;

/// Candidate pairs and what was left out of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Pairs of rows, the smaller first, sorted, each once.
    pub pairs: Vec<(Row, Row)>,
    /// Buckets above the cap.
    pub hot_buckets: u64,
    /// Pairs of hot buckets that were not tried because of the cap (a pair that shares several hot
    /// buckets counts in each).
    pub cut_pairs: u64,
    /// Neighbors in hot buckets that a row was paired with so far.
    spent: Vec<u8>,
}

impl Candidates {
    /// Pairs that another search found.
    pub fn of(pairs: Vec<(Row, Row)>) -> Self {
        Self { pairs, ..Self::default() }
    }

    /// Adds the candidates of another search over the same rows.
    pub fn join(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.hot_buckets += other.hot_buckets;
        self.cut_pairs += other.cut_pairs;
        self.sort();
    }

    pub(super) fn sort(&mut self) {
        sort_spread(&mut self.pairs, |pair| pair.0, |&pair| pair);
        self.pairs.dedup();
    }

    fn spent_by(&mut self, row: Row) -> &mut u8 {
        let row = row as usize;
        if self.spent.len() <= row {
            self.spent.resize(row + 1, 0);
        }
        &mut self.spent[row]
    }

    /// Adds the pairs of one bucket. `near` is a hash by which like rows are likely neighbors;
    /// `alike` says whether a row of a hot bucket is worth being tried with the first row, and
    /// `neighbors` whether with one that follows it.
    pub(super) fn add_bucket(
        &mut self,
        rows: &[Row],
        near: impl Fn(Row) -> (u64, Row),
        alike: impl Fn(Row, Row) -> bool,
        neighbors: impl Fn(Row, Row) -> bool,
    ) {
        if rows.len() <= BUCKET_CAP {
            add_all(rows, &mut self.pairs);
            return;
        }
        let mut order = rows.to_vec();
        order.sort_unstable_by_key(|&row| near(row));
        let first = rows.iter().copied().min().unwrap_or_default();
        let before = self.pairs.len();
        for (i, &a) in order.iter().enumerate() {
            let spent = self.spent_by(a);
            let some = NEIGHBORS.min(usize::from(HOT_PAIRS.saturating_sub(*spent)));
            *spent += some as u8;
            let following = order[i + 1..].iter().take(some).filter(|&&b| neighbors(a, b));
            self.pairs.extend(following.map(|&b| pair(a, b)));
            if a != first && alike(first, a) {
                self.pairs.push(pair(first, a));
            }
        }
        let all = rows.len() as u64 * (rows.len() as u64 - 1) / 2;
        self.hot_buckets += 1;
        self.cut_pairs += all.saturating_sub((self.pairs.len() - before) as u64);
    }
}

fn pair(a: Row, b: Row) -> (Row, Row) {
    (a.min(b), a.max(b))
}

/// Adds all pairs of some rows.
fn add_all(rows: &[Row], pairs: &mut Vec<(Row, Row)>) {
    for (i, &a) in rows.iter().enumerate() {
        pairs.extend(rows[i + 1..].iter().map(|&b| pair(a, b)));
    }
}

/// What a part of a band gives.
#[derive(Default)]
struct Part {
    /// The pairs of its buckets up to the cap.
    pairs: Vec<(Row, Row)>,
    /// The rows of each bucket above it, by key.
    hot: Vec<Vec<Row>>,
}

/// Space that is used again for every part.
#[derive(Default)]
struct Scratch {
    words: Vec<u64>,
    counts: Vec<u64>,
    bucket: Vec<Row>,
}

impl Part {
    /// The pairs of the `nth` band that was packed, in one of its parts.
    fn of(keys: &BandKeys, nth: usize, part: usize, scratch: &mut Scratch) -> Self {
        let Scratch { words, counts, bucket } = scratch;
        keys.part_into(nth, part, words);
        let kept = drop_lone(words, counts);
        words.truncate(kept);
        sort_spread(words, |&word| (word >> 32) as u32, |&word| word);
        let mut out = Self::default();
        for run in words.chunk_by(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
            bucket.clear();
            bucket.extend(run.iter().map(|&word| word as Row));
            if bucket.len() <= BUCKET_CAP {
                add_all(bucket, &mut out.pairs);
            } else {
                out.hot.push(bucket.clone());
            }
        }
        out
    }
}

/// Pairs of rows that share a key in at least one band.
///
/// `wanted` says which rows take part (exact copies send one member on), and `alike` whether two rows
/// that share a hot bucket are tried. Cost: two looks at eight bytes a row and band and a sort of those
/// that share a key, or seem to; pairs are bounded by `BUCKET_CAP / 2` a row and band.
pub fn band_candidates(
    matrix: &SketchMatrix,
    wanted: impl Fn(Row) -> bool + Sync,
    alike: impl Fn(Row, Row) -> bool,
) -> Candidates {
    let rows: Vec<Row> = (0..matrix.len() as Row).filter(|&row| wanted(row)).collect();
    let mut found = Candidates::default();
    let mut keys = BandKeys::default();
    for band in 0..matrix.bands() {
        let nth = band % BANDS;
        if nth == 0 {
            keys.pack(matrix, &rows, band);
        }
        let parts = (0..keys.parts()).into_par_iter();
        let of = |scratch: &mut Scratch, part| Part::of(&keys, nth, part, scratch);
        let parts: Vec<Part> = parts.map_init(Scratch::default, of).collect();
        // Another band's key brings like rows of a hot bucket together: rows that agree there too
        // are far likelier copies than the rest of the bucket.
        let other = matrix.band((band + 1) % matrix.bands());
        let near = |row: Row| (u64::from(other(row)), row);
        // What strangers share is one band, hardly ever the next one as well; copies meet in other
        // buckets too.
        let neighbors = |a: Row, b: Row| other(a) == other(b) && alike(a, b);
        for part in parts {
            found.pairs.extend(part.pairs);
            for bucket in part.hot {
                found.add_bucket(&bucket, near, &alike, neighbors);
            }
        }
        // Copies meet in most bands; dropping repeats now and then bounds the memory by what is
        // really different.
        if found.pairs.len() > 2 * rows.len() + (1 << 20) {
            found.sort();
        }
    }
    found.sort();
    // Pairs were many more before their repeats were dropped.
    found.pairs.shrink_to_fit();
    found
}

/// Counters for every key, to tell most keys that stand alone from others.
const COUNTERS: usize = 4;

/// Drops words whose key no other word has: most of them, which then need not be sorted. Some stay whose
/// key falls on the counter of another. Returns how many stay; they stand first, in the order they had.
/// `counts` is scratch space, a byte or two a word.
pub(super) fn drop_lone(packed: &mut [u64], counts: &mut Vec<u64>) -> usize {
    // Counters of two bits, which say whether a key came once and whether it came again.
    let bits = (packed.len() * COUNTERS).next_power_of_two().trailing_zeros().max(5);
    counts.clear();
    counts.resize(1 << (bits - 5), 0);
    let place = |word: u64| {
        let counter = (word >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits);
        ((counter / 32) as usize, 2 * (counter % 32))
    };
    for &word in packed.iter() {
        let (at, shift) = place(word);
        let count = &mut counts[at];
        *count |= (1 | (*count >> shift & 1) << 1) << shift;
    }
    let mut kept = 0;
    for at in 0..packed.len() {
        let word = packed[at];
        packed[kept] = word;
        let (at, shift) = place(word);
        kept += (counts[at] >> shift >> 1 & 1) as usize;
    }
    kept
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sketch::{Banding, MinHasher, Scheme, SketchPart, SketchPlan, SketchWriter};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn matrix(texts: &[Vec<u64>], banding: Banding) -> SketchMatrix {
        let hasher = MinHasher::new(Scheme::Fast, 64, 5);
        let plan = SketchPlan { hasher, banding, simhash: false };
        let mut part = SketchPart::default();
        for (i, text) in texts.iter().enumerate() {
            part.push(i as u32, text, &plan);
        }
        let mut matrix = SketchWriter::new(64, banding, None);
        matrix.append(0, &part);
        matrix.finish().unwrap()
    }

    proptest! {
        #[test]
        fn finds_every_pair_that_shares_a_key(
            texts in prop::collection::vec(prop::collection::vec(0u64..40, 1..12), 0..40),
        ) {
            let matrix = matrix(&texts, Banding::new(16, 4).unwrap());
            let mut expected = BTreeSet::new();
            for band in 0..matrix.bands() {
                let key = matrix.band(band);
                for a in 0..matrix.len() as Row {
                    for b in a + 1..matrix.len() as Row {
                        if key(a) == key(b) && a % 3 != 1 && b % 3 != 1 {
                            expected.insert((a, b));
                        }
                    }
                }
            }
            let found = band_candidates(&matrix, |row| row % 3 != 1, |_, _| false);
            prop_assert_eq!(found.pairs, expected.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(found.cut_pairs, 0);
        }
    }

    proptest! {
        #[test]
        fn words_that_share_a_key_stay(keys in prop::collection::vec(0u64..400, 0..300)) {
            let words: Vec<u64> =
                keys.iter().zip(0..).map(|(&key, row): (_, u64)| key << 32 | row).collect();
            let mut packed = words.clone();
            let kept = drop_lone(&mut packed, &mut vec![u64::MAX; 3]);
            packed.truncate(kept);
            let shared = |word: &&u64| words.iter().filter(|w| *w >> 32 == **word >> 32).count() > 1;
            let kept: Vec<u64> = packed.iter().filter(shared).copied().collect();
            prop_assert_eq!(kept, words.iter().filter(shared).copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn most_words_of_lone_keys_go() {
        let mut packed: Vec<u64> = (0..10_000_u64).map(|key| key << 32 | 7).collect();
        let kept = drop_lone(&mut packed, &mut Vec::new());
        assert!(kept < 3_000, "{kept}");
    }

    #[test]
    fn a_hot_bucket_is_tried_star_wise_and_counted() {
        let texts: Vec<Vec<u64>> = vec![vec![1, 2, 3]; 1_000];
        let matrix = matrix(&texts, Banding::new(4, 4).unwrap());
        let found = band_candidates(&matrix, |_| true, |_, _| true);
        assert!(found.pairs.len() <= 1_000 * (NEIGHBORS + 1));
        assert!((1..1_000).all(|b| found.pairs.binary_search(&(0, b)).is_ok()));
        assert_eq!(found.hot_buckets, 4);
        assert!(found.cut_pairs > 0);
        let unlike = band_candidates(&matrix, |_| true, |_, _| false);
        assert!(unlike.pairs.is_empty());
        assert_eq!(unlike.cut_pairs, 4 * 1_000 * 999 / 2);
    }
}
