//! The keys of some bands, put into parts by their highest bits.
//!
//! Rows of one key lie in one part, and a part lies near the core: what is counted and sorted there
//! waits for no memory, and threads take the parts of a band at once.

use rayon::prelude::*;

use crate::sketch::{Row, SketchMatrix};

/// Bands whose keys are packed together: a row lies far from the core, and is read for all of them at once.
pub(super) const BANDS: usize = 4;

/// Rows that one task packs.
const CHUNK: usize = 1 << 14;

/// Rows of a part at least, on average, and the most parts that a band is put into.
const LEAST_PART: usize = 1 << 13;
const MOST_PARTS: usize = 64;

/// Keys and rows of up to [`BANDS`] bands, as words of 64 bits with the key first.
///
/// The words of each chunk of rows lie together, band after band, in each band part after part, and there
/// in the order of the rows.
#[derive(Default)]
pub(super) struct BandKeys {
    rows: usize,
    /// Parts of a band; a power of two.
    parts: usize,
    words: Vec<u64>,
    /// For each chunk and band where its parts begin, counted from the first word of the band there, and
    /// where the last one ends.
    starts: Vec<u32>,
}

impl BandKeys {
    /// Packs the bands from `first` on in place of what was packed before.
    pub(super) fn pack(&mut self, matrix: &SketchMatrix, rows: &[Row], first: usize) {
        if let Some(keys) = matrix.four_bands(first) {
            return self.pack_by(rows, keys);
        }
        let keys: [_; BANDS] =
            std::array::from_fn(|nth| matrix.band((first + nth).min(matrix.bands() - 1)));
        self.pack_by(rows, |row| std::array::from_fn(|nth| keys[nth](row)));
    }

    fn pack_by(&mut self, rows: &[Row], keys: impl Fn(Row) -> [u32; BANDS] + Sync) {
        let parts = (rows.len() / LEAST_PART).next_power_of_two().min(MOST_PARTS);
        let part_of = |word: u64| (word >> 32 << parts.trailing_zeros() >> 32) as usize;
        self.rows = rows.len();
        self.parts = parts;
        self.words.resize(BANDS * rows.len(), 0);
        self.starts.resize(BANDS * (parts + 1) * rows.len().div_ceil(CHUNK), 0);
        let chunks = rows.par_chunks(CHUNK).zip(self.words.par_chunks_mut(BANDS * CHUNK));
        let chunks = chunks.zip(self.starts.par_chunks_mut(BANDS * (parts + 1)));
        chunks.for_each_init(Vec::new, |met, ((rows, words), starts)| {
            met.clear();
            met.extend(rows.iter().map(|&row| (row, keys(row))));
            let bands = words.chunks_mut(rows.len()).zip(starts.chunks_mut(parts + 1));
            for (band, (words, starts)) in bands.enumerate() {
                let all =
                    met.iter().map(|(row, keys)| u64::from(keys[band]) << 32 | u64::from(*row));
                starts.fill(0);
                all.clone().for_each(|word| starts[part_of(word)] += 1);
                // Each start is moved to its part's end and, word by word, back again.
                let mut end = 0;
                for start in &mut *starts {
                    end += *start;
                    *start = end;
                }
                for word in all.rev() {
                    let start = &mut starts[part_of(word)];
                    *start -= 1;
                    words[*start as usize] = word;
                }
            }
        });
    }

    /// Parts of each band; those of lower keys come first.
    pub(super) fn parts(&self) -> usize {
        self.parts
    }

    /// The words of one part of the `nth` of the bands, in place of what `out` holds.
    pub(super) fn part_into(&self, nth: usize, part: usize, out: &mut Vec<u64>) {
        out.clear();
        let starts = self.starts.chunks_exact(BANDS * (self.parts + 1));
        for (chunk, starts) in self.words.chunks(BANDS * CHUNK).zip(starts) {
            let rows = chunk.len() / BANDS;
            let starts = &starts[nth * (self.parts + 1) + part..][..2];
            out.extend_from_slice(&chunk[nth * rows..][starts[0] as usize..starts[1] as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_all_words_in_order() {
        for count in [0, 1, 7, LEAST_PART * 2, CHUNK * 5 + 3] {
            let rows: Vec<Row> = (0..count as Row).map(|row| 3 * row).collect();
            // The second band has one key, the last two hardly any that begin with a high bit.
            let keys = |row: Row| {
                let mixed = row.wrapping_mul(0x9E37_79B9);
                [mixed, 0xF000_0001, mixed >> 9, row]
            };
            let mut bands = BandKeys::default();
            bands.pack_by(&[1, 2, 3], keys);
            bands.pack_by(&rows, keys);
            let mut words = Vec::new();
            for nth in 0..BANDS {
                let mut found = Vec::new();
                for part in 0..bands.parts() {
                    bands.part_into(nth, part, &mut words);
                    assert!(words.is_sorted_by_key(|&word| word as Row));
                    let high = |word: u64| ((word >> 32) as usize * bands.parts()) >> 32;
                    assert!(words.iter().all(|&word| high(word) == part));
                    found.append(&mut words);
                }
                found.sort_unstable();
                let mut expected: Vec<u64> = rows
                    .iter()
                    .map(|&row| u64::from(keys(row)[nth]) << 32 | u64::from(row))
                    .collect();
                expected.sort_unstable();
                assert_eq!(found, expected, "{count} rows, band {nth}");
            }
        }
    }
}
