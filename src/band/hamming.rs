//! Pairs of 64-bit SimHashes within a Hamming radius, by block tables.
//!
//! Manku, Jain, Das Sarma: "Detecting near-duplicates for web crawling", WWW 2007. The word is cut
//! into `m` blocks; two words that differ in at most `radius` bits agree in at least `m - radius`
//! whole blocks, so for one choice of `m - radius` blocks their bits are equal. Every choice is one
//! table: sort by its bits, compare inside equal runs.

use super::join::Candidates;
use crate::sketch::{Row, SketchMatrix, distance};

/// The largest radius: beyond it, blocks that must agree are too narrow to select anything.
pub const MAX_RADIUS: u32 = 8;

/// The masks of all tables for a radius: every pair within the radius agrees under one of them.
///
/// Three blocks more than the radius leave three that must agree: 24 bits at radius 5, 17 at
/// radius 8, with `C(radius + 3, 3)` tables (20 at radius 3, 165 at radius 8).
fn blocks_of(radius: u32) -> Vec<u64> {
    let blocks = radius + 3;
    let border = |i: u32| 64 * i / blocks;
    let mask = |i: u32| {
        let width = border(i + 1) - border(i);
        (u64::MAX >> (64 - width)) << border(i)
    };
    let mut masks = Vec::new();
    for a in 0..blocks {
        for b in a + 1..blocks {
            masks.extend((b + 1..blocks).map(|c| mask(a) | mask(b) | mask(c)));
        }
    }
    masks
}

/// Pairs of rows whose SimHashes differ in at most `radius` bits (at most [`MAX_RADIUS`]).
///
/// `wanted` says which rows take part. Cost: one sort of 16 bytes a row and table.
pub fn hamming_candidates(
    matrix: &SketchMatrix,
    radius: u32,
    wanted: impl Fn(Row) -> bool + Sync,
) -> Candidates {
    use rayon::prelude::*;
    let hashes = matrix.simhashes();
    let rows: Vec<Row> = (0..matrix.len() as Row).filter(|&row| wanted(row)).collect();
    let mut found = Candidates::default();
    let mut table: Vec<(u64, Row)> = Vec::new();
    let mut bucket = Vec::new();
    for mask in blocks_of(radius.min(MAX_RADIUS)) {
        table.clear();
        table.extend(rows.iter().map(|&row| (hashes[row as usize] & mask, row)));
        table.par_sort_unstable();
        let from = found.pairs.len();
        for run in table.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
            bucket.clear();
            bucket.extend(run.iter().map(|&(_, row)| row));
            let all = |_, _| true;
            found.add_bucket(&bucket, |row| (hashes[row as usize], row), all, all);
        }
        let near =
            |&(a, b): &(Row, Row)| distance(hashes[a as usize], hashes[b as usize]) <= radius;
        let fresh: Vec<(Row, Row)> = found.pairs.drain(from..).filter(near).collect();
        found.pairs.extend(fresh);
        if found.pairs.len() > 2 * rows.len() + (1 << 20) {
            found.sort();
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_within_the_radius_agree_under_a_mask(
            word in any::<u64>(),
            flips in prop::collection::vec(0u32..64, 0..=8),
            radius in 0u32..=MAX_RADIUS,
        ) {
            let other = flips.iter().take(radius as usize).fold(word, |w, bit| w ^ 1 << bit);
            prop_assert!(blocks_of(radius).iter().any(|mask| word & mask == other & mask));
        }
    }

    #[test]
    fn masks_use_every_bit() {
        for radius in 0..=MAX_RADIUS {
            assert_eq!(blocks_of(radius).iter().fold(0, |all, mask| all | mask), u64::MAX);
        }
    }
}
