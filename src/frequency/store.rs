//! Frequencies as they are stored with a run, so that its decisions can be made again.
//!
//! Little-endian: eight bytes of magic, the version of this form, the version of the fold (hashes of
//! another fold mean nothing here), the number of shingle counters, the weights of all word counters
//! (two bytes each), a bit for each shingle counter (whether it is formula; the lowest first, in words
//! of eight bytes), and the xxh3-64 of everything before it. A run compresses it as a whole.

use std::io::{self, Read, Write};

use xxhash_rust::xxh3::xxh3_64;

use super::shingles::SHINGLE_COUNTERS;
use super::{COUNTERS, Frequencies, built_in_weight};
use crate::fold::FOLD_VERSION;

const MAGIC: &[u8; 8] = b"tikrarFQ";

/// Bytes before the weights.
const HEAD: usize = 24;

/// Version of the form.
const VERSION: u32 = 2;

/// Why stored frequencies were refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// They could not be read to their end.
    #[error("frequencies cannot be read: {0}")]
    Read(#[from] io::Error),
    /// They do not begin as frequencies do.
    #[error("these are no frequencies of a run")]
    Magic,
    /// They were written by another version.
    #[error(
        "frequencies of form {form} and fold {fold}; this program has form {VERSION} and fold {FOLD_VERSION}"
    )]
    Version {
        /// Their form.
        form: u32,
        /// Their fold.
        fold: u32,
    },
    /// Their size is impossible, or their bytes are not those that were written.
    #[error("frequencies are damaged")]
    Damaged,
}

impl Frequencies {
    /// Writes the frequencies.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let built_in: Vec<u16>;
        let weights = if self.weights.is_empty() {
            built_in = (0..COUNTERS as u32).map(built_in_weight).collect();
            &built_in
        } else {
            &self.weights
        };
        let mut bytes = Vec::with_capacity(HEAD + 2 * weights.len() + 8 * self.formula.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&FOLD_VERSION.to_le_bytes());
        bytes.extend_from_slice(&(64 * self.formula.len() as u64).to_le_bytes());
        bytes.resize(bytes.len() + 2 * weights.len(), 0);
        let (places, _) = bytes[HEAD..].as_chunks_mut();
        for (place, weight) in places.iter_mut().zip(weights) {
            *place = weight.to_le_bytes();
        }
        bytes.extend(self.formula.iter().flat_map(|bits| bits.to_le_bytes()));
        let check = xxh3_64(&bytes).to_le_bytes();
        out.write_all(&bytes)?;
        out.write_all(&check)
    }

    /// Reads what [`Frequencies::write_to`] wrote.
    ///
    /// # Errors
    /// When it is something else, of another version, or damaged.
    pub fn read_from(input: &mut impl Read) -> Result<Self, StoreError> {
        let mut head = [0; HEAD];
        input.read_exact(&mut head)?;
        let (magic, rest) = head.split_at(8);
        if magic != MAGIC {
            return Err(StoreError::Magic);
        }
        let word =
            |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
        let (form, fold) = (word(0), word(4));
        if (form, fold) != (VERSION, FOLD_VERSION) {
            return Err(StoreError::Version { form, fold });
        }
        let wide = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        let shingles = usize::try_from(wide(8)).map_err(|_| StoreError::Damaged)?;
        let (fewest, most) = SHINGLE_COUNTERS;
        if !shingles.is_power_of_two() || !(fewest..=most).contains(&shingles) {
            return Err(StoreError::Damaged);
        }
        let mut body = vec![0; 2 * COUNTERS + shingles / 8];
        input.read_exact(&mut body)?;
        let mut check = [0; 8];
        input.read_exact(&mut check)?;
        let mut all = head.to_vec();
        all.extend_from_slice(&body);
        if xxh3_64(&all).to_le_bytes() != check {
            return Err(StoreError::Damaged);
        }
        let (weights, formula) = body.split_at(2 * COUNTERS);
        let (weights, formula) = (weights.as_chunks().0, formula.as_chunks().0);
        let weights = weights.iter().map(|&bytes| u16::from_le_bytes(bytes)).collect();
        let formula = formula.iter().map(|&bytes| u64::from_le_bytes(bytes)).collect();
        Ok(Self { weights, formula })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frequency::Counts;

    #[test]
    fn what_is_stored_is_what_is_read() {
        let mut counts = Counts::new(100);
        for page in 0..50u64 {
            let words: Vec<u64> =
                (0..200).map(|word| xxh3_64(&(word * page % 331).to_le_bytes())).collect();
            counts.add(&words);
        }
        let stored = Frequencies::new(counts, 3);
        let mut bytes = Vec::new();
        stored.write_to(&mut bytes).unwrap();
        let read = Frequencies::read_from(&mut bytes.as_slice()).unwrap();
        assert_eq!(read.weights, stored.weights);
        assert_eq!(read.formula, stored.formula);

        let table = Frequencies::built_in();
        let mut of_table = Vec::new();
        table.write_to(&mut of_table).unwrap();
        let read = Frequencies::read_from(&mut of_table.as_slice()).unwrap();
        assert!((0..64).all(|word| read.weight(word << 58) == table.weight(word << 58)));

        for at in [0, 9, 13, 17, 25, 40, bytes.len() - 1] {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            assert!(Frequencies::read_from(&mut broken.as_slice()).is_err(), "byte {at}");
        }
        assert!(Frequencies::read_from(&mut &bytes[..bytes.len() - 1]).is_err());
    }
}
