//! The sketches of all passages: short slots for estimates, band keys for candidates.
//!
//! Full signatures are not kept. A passage costs one byte a slot, four bytes a band and eight for
//! its SimHash; band keys lie band by band, so that a band is one array to sort.

use super::{Banding, MinHasher, simhash};

/// How passages are sketched.
#[derive(Clone, Debug)]
pub struct SketchPlan {
    /// Makes signatures.
    pub hasher: MinHasher,
    /// Cuts them into bands.
    pub banding: Banding,
    /// Whether SimHashes are wanted.
    pub simhash: bool,
}

/// Sketches of a run of passages, made by one thread; joined by [`SketchMatrix::join`].
#[derive(Clone, Debug, Default)]
pub struct SketchPart {
    passages: Vec<u32>,
    slots: Vec<u8>,
    keys: Vec<u32>,
    simhashes: Vec<u64>,
    signature: Vec<u32>,
}

impl SketchPart {
    /// Sketches the text of `passage` from the hashes of its shingles (repeats included); nothing
    /// happens for a text without shingles.
    pub fn push(&mut self, passage: u32, shingles: &[u64], plan: &SketchPlan) {
        if shingles.is_empty() {
            return;
        }
        self.signature.resize(plan.hasher.slots(), 0);
        plan.hasher.sketch_into(shingles, &mut self.signature);
        self.passages.push(passage);
        self.slots.extend(self.signature.iter().map(|&slot| short(slot)));
        self.keys.extend(plan.banding.keys(&self.signature));
        if plan.simhash {
            self.simhashes.push(simhash(shingles));
        }
    }
}

/// Eight bits of a slot, taken from all of it.
fn short(slot: u32) -> u8 {
    (slot.wrapping_mul(0x9E37_79B1) >> 24) as u8
}

/// Sketches of all passages that have a shingle, in ascending order of passage.
#[derive(Clone, Debug, Default)]
pub struct SketchMatrix {
    passages: Vec<u32>,
    width: usize,
    slots: Vec<u8>,
    bands: Vec<Vec<u32>>,
    simhashes: Vec<u64>,
}

/// A row of a [`SketchMatrix`].
pub type Row = u32;

impl SketchMatrix {
    /// Joins parts, each with the number that its passages are counted from; passages ascend from
    /// part to part. Every part must have been made with a hasher of `slots` slots and `banding`.
    pub fn join(
        parts: impl IntoIterator<Item = (u32, SketchPart)>,
        slots: usize,
        banding: Banding,
    ) -> Self {
        let bands = banding.bands() as usize;
        let mut all = Self { width: slots, bands: vec![Vec::new(); bands], ..Self::default() };
        for (base, part) in parts {
            all.passages.extend(part.passages.iter().map(|passage| base + passage));
            all.slots.extend_from_slice(&part.slots);
            all.simhashes.extend_from_slice(&part.simhashes);
            for row in part.keys.chunks_exact(bands) {
                for (band, key) in all.bands.iter_mut().zip(row) {
                    band.push(*key);
                }
            }
        }
        debug_assert!(all.passages.is_sorted(), "parts come in page order");
        all
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.passages.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.passages.is_empty()
    }

    /// The passage of each row, ascending.
    pub fn passages(&self) -> &[u32] {
        &self.passages
    }

    /// The row of a passage, if it has one.
    pub fn row_of(&self, passage: u32) -> Option<Row> {
        self.passages.binary_search(&passage).ok().map(|row| row as Row)
    }

    /// The keys of band `band`, one a row.
    pub fn band(&self, band: usize) -> &[u32] {
        &self.bands[band]
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.bands.len()
    }

    /// The SimHash of each row; empty unless the plan wants them.
    pub fn simhashes(&self) -> &[u64] {
        &self.simhashes
    }

    /// Estimates the Jaccard similarity of two rows from their short slots.
    ///
    /// Two different slots agree in eight bits once in 256 times; the estimate is corrected for
    /// that (b-bit minwise hashing, Li and König 2010).
    pub fn estimate(&self, a: Row, b: Row) -> f64 {
        const CHANCE: f64 = 1.0 / 256.0;
        let row = |r: Row| &self.slots[r as usize * self.width..(r as usize + 1) * self.width];
        let equal: u32 = row(a).iter().zip(row(b)).map(|(x, y)| u32::from(x == y)).sum();
        let share = f64::from(equal) / self.width as f64;
        ((share - CHANCE) / (1.0 - CHANCE)).max(0.0)
    }

    /// Whether the estimate of two rows lies so far below `threshold` that their exact similarity
    /// need not be computed: more than three standard deviations of a 128-slot binomial estimate.
    /// A sketch may reject a pair, never accept one (its short slots can be forged).
    pub fn far_below(&self, a: Row, b: Row, threshold: f64) -> bool {
        let deviation = (threshold * (1.0 - threshold) / self.width as f64).sqrt();
        self.estimate(a, b) < threshold - 3.0 * deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::Scheme;

    #[test]
    fn rows_follow_their_passages_and_estimate_likeness() {
        let banding = Banding::new(16, 8).unwrap();
        let hasher = MinHasher::new(Scheme::Fast, 128, 1);
        let plan = SketchPlan { hasher, banding, simhash: true };
        let hash = |i: u64| xxhash_rust::xxh3::xxh3_64(&i.to_le_bytes());
        let set = |from: u64| (from..from + 200).map(hash).collect::<Vec<_>>();
        let (mut first, mut second) = (SketchPart::default(), SketchPart::default());
        first.push(0, &set(0), &plan);
        first.push(1, &[], &plan);
        second.push(0, &set(20), &plan);
        second.push(3, &set(9_000), &plan);
        let matrix = SketchMatrix::join([(0, first), (2, second)], 128, banding);
        assert_eq!(matrix.passages(), [0, 2, 5]);
        assert_eq!(matrix.row_of(1), None);
        assert!((matrix.estimate(0, 1) - 180.0 / 220.0).abs() < 0.15);
        assert!(matrix.estimate(0, 2) < 0.05);
        assert!(matrix.far_below(0, 2, 0.5) && !matrix.far_below(0, 1, 0.8));
    }
}
