//! The sketches of all passages: rows of short slots, for estimates and for candidates.
//!
//! Full signatures are not kept. A passage costs one byte a slot and eight for its SimHash if one is
//! wanted. The slots of a band are its key; where bands of three slots or fewer would let unlike
//! passages meet by chance, up to three bytes more a band, made of the full slots, tell them apart: they
//! lie in a private file.

use std::path::Path;

use super::{Banding, MinHasher, simhash};
use crate::error::Result;
use crate::spill::{SpillWriter, Spilled};

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

/// Sketches of a run of passages, made by one thread; joined by [`SketchWriter::append`].
#[derive(Clone, Debug, Default)]
pub struct SketchPart {
    passages: Vec<u32>,
    /// Short slots, row by row, and the further bytes of the bands' keys.
    bytes: Vec<u8>,
    checks: Vec<u8>,
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
        self.bytes.extend(self.signature.iter().map(|&slot| short(slot)));
        let checks = checks(plan.banding);
        if checks > 0 {
            let keys = plan.banding.keys(&self.signature);
            self.checks.extend(keys.flat_map(|key| key.to_be_bytes().into_iter().take(checks)));
        }
        if plan.simhash {
            self.simhashes.push(simhash(shingles));
        }
    }

    /// Forgets all passages, and keeps the room for others.
    pub fn clear(&mut self) {
        self.passages.clear();
        self.bytes.clear();
        self.checks.clear();
        self.simhashes.clear();
    }
}

/// Sketches that wait to be [joined](SketchWriter::join) to others, in a private file meanwhile.
#[derive(Debug, Default)]
pub struct SketchSpill {
    passages: Vec<u32>,
    bytes: SpillWriter,
    checks: SpillWriter,
    simhashes: Vec<u64>,
}

impl SketchSpill {
    /// No sketches; their file is to lie in `folder`. Without one they stay in memory.
    pub fn new(folder: Option<&Path>) -> Self {
        let (bytes, checks) = (SpillWriter::new(folder), SpillWriter::new(folder));
        Self { bytes, checks, ..Self::default() }
    }

    /// Adds the rows of a part whose passages are counted from `base`; passages ascend from part to
    /// part.
    pub fn append(&mut self, base: u32, part: &SketchPart) {
        self.passages.extend(part.passages.iter().map(|passage| base + passage));
        self.bytes.write(&part.bytes);
        self.checks.write(&part.checks);
        self.simhashes.extend_from_slice(&part.simhashes);
    }
}

/// Eight bits of a slot, taken from all of it.
fn short(slot: u32) -> u8 {
    (slot.wrapping_mul(0x9E37_79B1) >> 24) as u8
}

/// Bytes of a band's key at least: of a million unlike passages some thousand pairs share one.
const KEY_BYTES: usize = 4;

/// Bytes that a band's key takes besides its short slots.
fn checks(banding: Banding) -> usize {
    KEY_BYTES.saturating_sub(banding.rows() as usize)
}

/// Sketches of all passages that have a shingle, as they come from parts.
#[derive(Debug)]
pub struct SketchWriter {
    matrix: SketchMatrix,
    checks: SpillWriter,
}

impl SketchWriter {
    /// No sketches, for parts that are made with a hasher of `slots` slots and `banding`; the file of what
    /// only bands need is to lie in `folder`. Without one it stays in memory.
    pub fn new(slots: usize, banding: Banding, folder: Option<&Path>) -> Self {
        let matrix = SketchMatrix { slots, banding, ..SketchMatrix::default() };
        Self { matrix, checks: SpillWriter::new(folder) }
    }

    /// Adds the rows of a part whose passages are counted from `base`; passages ascend from part
    /// to part.
    pub fn append(&mut self, base: u32, part: &SketchPart) {
        let SketchMatrix { passages, bytes, simhashes, .. } = &mut self.matrix;
        passages.extend(part.passages.iter().map(|passage| base + passage));
        bytes.extend_from_slice(&part.bytes);
        simhashes.extend_from_slice(&part.simhashes);
        self.checks.write(&part.checks);
        debug_assert!(passages.is_sorted(), "parts come in page order");
    }

    /// Adds rows that waited, of the same settings, whose passages are counted from `base`.
    ///
    /// # Errors
    /// When their file could not be written.
    pub fn join(&mut self, base: u32, others: SketchSpill) -> Result<()> {
        let SketchMatrix { passages, bytes, simhashes, .. } = &mut self.matrix;
        passages.reserve_exact(others.passages.len());
        passages.extend(others.passages.iter().map(|passage| base + passage));
        let waiting: Spilled = others.bytes.finish()?;
        bytes.reserve_exact(waiting.len());
        bytes.extend_from_slice(&waiting);
        simhashes.extend(others.simhashes);
        self.checks.write(&others.checks.finish()?);
        Ok(())
    }

    /// Makes room for `rows` rows in all.
    pub fn reserve(&mut self, rows: usize) {
        let SketchMatrix { passages, bytes, slots, .. } = &mut self.matrix;
        let more = rows.saturating_sub(passages.len());
        passages.reserve_exact(more);
        bytes.reserve_exact(more * *slots);
    }

    /// All sketches.
    ///
    /// # Errors
    /// When the file could not be written.
    pub fn finish(self) -> Result<SketchMatrix> {
        Ok(SketchMatrix { checks: self.checks.finish()?, ..self.matrix })
    }
}

/// Sketches of all passages that have a shingle, in ascending order of passage.
#[derive(Debug)]
pub struct SketchMatrix {
    slots: usize,
    banding: Banding,
    passages: Vec<u32>,
    /// Short slots, row by row.
    bytes: Vec<u8>,
    /// The further bytes of the bands' keys.
    checks: Spilled,
    simhashes: Vec<u64>,
}

impl Default for SketchMatrix {
    /// A matrix without a row.
    fn default() -> Self {
        Self {
            slots: 1,
            banding: Banding::ONE,
            passages: Vec::new(),
            bytes: Vec::new(),
            checks: Spilled::default(),
            simhashes: Vec::new(),
        }
    }
}

/// A row of a [`SketchMatrix`].
pub type Row = u32;

impl SketchMatrix {
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
        // Nearly all passages have a row: it stands before its number by as many as are left out.
        let left_out = self.passages.last().map_or(0, |&last| last as usize + 1 - self.len());
        let from = (passage as usize).saturating_sub(left_out).min(self.len());
        let to = (passage as usize + 1).min(self.len());
        let row = self.passages[from..to].binary_search(&passage).ok()?;
        Some((from + row) as Row)
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.banding.bands() as usize
    }

    /// The key of band `band` (counted from 0) of each row. Rows that agree in all slots of the band
    /// have equal keys; others hardly ever.
    pub fn band(&self, band: usize) -> impl Fn(Row) -> u32 + '_ {
        let rows = self.banding.rows() as usize;
        let checks = checks(self.banding);
        let from = band * rows;
        let check_from = band * checks;
        let check_stride = checks * self.bands();
        move |row| {
            let check_row = row as usize * check_stride;
            let row = row as usize * self.slots;
            if rows == KEY_BYTES
                && let Some(&slots) = self.bytes[row + from..].first_chunk()
            {
                return u32::from_le_bytes(slots);
            }
            if rows <= 8 {
                let slots = bytes_at(&self.bytes, row + from, rows);
                if rows > KEY_BYTES {
                    return (slots.wrapping_mul(MIX) >> 32) as u32;
                }
                let check = bytes_at(&self.checks, check_row + check_from, checks);
                return (slots | check.checked_shl(8 * rows as u32).unwrap_or(0)) as u32;
            }
            let slots = &self.bytes[row + from..row + from + rows];
            let key = slots.chunks(8).fold(0, |key: u64, eight| {
                let key = (key ^ bytes_at(eight, 0, eight.len())).wrapping_mul(MIX);
                key ^ (key >> 29)
            });
            (key.wrapping_mul(MIX) >> 32) as u32
        }
    }

    /// The keys of the four bands from this one on, by one look at a row; nothing where keys are not
    /// plainly four slots, or there are fewer bands.
    pub fn four_bands(&self, first: usize) -> Option<impl Fn(Row) -> [u32; 4] + '_> {
        const FOUR: usize = 4 * KEY_BYTES;
        let is_plain = self.banding.rows() as usize == KEY_BYTES && first + 4 <= self.bands();
        is_plain.then_some(move |row: Row| {
            let from = row as usize * self.slots + first * KEY_BYTES;
            let (keys, _) = self.bytes[from..from + FOUR].as_chunks();
            std::array::from_fn(|nth| u32::from_le_bytes(keys[nth]))
        })
    }

    fn slots_of(&self, row: Row) -> &[u8] {
        let from = row as usize * self.slots;
        &self.bytes[from..from + self.slots]
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
        let (a, b) = (self.slots_of(a), self.slots_of(b));
        let equal: u32 = a.iter().zip(b).map(|(x, y)| u32::from(x == y)).sum();
        let share = f64::from(equal) / self.slots as f64;
        ((share - CHANCE) / (1.0 - CHANCE)).max(0.0)
    }

    /// Whether the estimate of two rows lies so far below `threshold` that their exact similarity
    /// need not be computed: more than three standard deviations of a 128-slot binomial estimate.
    /// A sketch may reject a pair, never accept one (its short slots can be forged).
    pub fn far_below(&self, a: Row, b: Row, threshold: f64) -> bool {
        let deviation = (threshold * (1.0 - threshold) / self.slots as f64).sqrt();
        self.estimate(a, b) < threshold - 3.0 * deviation
    }
}

const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// The first `count` of up to eight bytes from `at` on, as a number.
fn bytes_at(bytes: &[u8], at: usize, count: usize) -> u64 {
    debug_assert!(count <= 8);
    match bytes.get(at..at + 8) {
        Some(&[a, b, c, d, e, f, g, h]) if count > 0 => {
            u64::from_le_bytes([a, b, c, d, e, f, g, h]) & (u64::MAX >> (64 - 8 * count))
        }
        // The last row.
        _ => (0..count).fold(0, |all, n| all | u64::from(bytes[at + n]) << (8 * n)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sketch::Scheme;
    use proptest::prelude::*;

    fn set(from: u64, count: u64) -> Vec<u64> {
        (from..from + count).map(|i| xxhash_rust::xxh3::xxh3_64(&i.to_le_bytes())).collect()
    }

    #[test]
    fn rows_follow_their_passages_and_estimate_likeness() {
        let banding = Banding::new(16, 8).unwrap();
        let hasher = MinHasher::new(Scheme::Fast, 128, 1);
        let plan = SketchPlan { hasher, banding, simhash: true };
        let (mut first, mut second) = (SketchPart::default(), SketchPart::default());
        first.push(0, &set(0, 200), &plan);
        first.push(1, &[], &plan);
        second.push(0, &set(20, 200), &plan);
        second.push(3, &set(9_000, 200), &plan);
        let mut matrix = SketchWriter::new(128, banding, None);
        matrix.append(0, &first);
        let mut waiting = SketchSpill::new(None);
        waiting.append(0, &second);
        matrix.join(2, waiting).unwrap();
        let matrix = matrix.finish().unwrap();
        assert_eq!(matrix.passages(), [0, 2, 5]);
        assert_eq!(matrix.simhashes().len(), 3);
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(|p| matrix.row_of(p)), {
            let none = None;
            [Some(0), none, Some(1), none, none, Some(2), none]
        });
        assert!((matrix.estimate(0, 1) - 180.0 / 220.0).abs() < 0.15);
        assert!(matrix.estimate(0, 2) < 0.05);
        assert!(matrix.far_below(0, 2, 0.5) && !matrix.far_below(0, 1, 0.8));
    }

    proptest! {
        #[test]
        fn keys_are_equal_where_all_slots_of_the_band_are(
            rows in 1u32..12,
            bands in 1u32..8,
            shift in 0u64..60,
        ) {
            let banding = Banding::new(bands, rows).unwrap();
            let slots = (bands * rows) as usize + 3;
            let hasher = MinHasher::new(Scheme::Fast, slots, 1);
            let (mut a, mut b) = (vec![0; slots], vec![0; slots]);
            hasher.sketch_into(&set(0, 60), &mut a);
            hasher.sketch_into(&set(shift, 60), &mut b);
            let plan = SketchPlan { hasher, banding, simhash: false };
            let mut part = SketchPart::default();
            part.push(0, &set(0, 60), &plan);
            part.push(1, &set(shift, 60), &plan);
            let mut matrix = SketchWriter::new(slots, banding, None);
            matrix.append(0, &part);
            let matrix = matrix.finish().unwrap();
            let slots = |signature: &[u32], band: usize| {
                signature[band * rows as usize..][..rows as usize].to_vec()
            };
            for band in 0..bands as usize {
                let key = matrix.band(band);
                prop_assert_eq!(key(0) == key(1), slots(&a, band) == slots(&b, band));
            }
        }
    }
}
