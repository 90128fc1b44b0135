//! Bands and rows: the S-curve of locality-sensitive hashing.
//!
//! Two texts of Jaccard similarity `s` agree in all `r` slots of at least one of `b` bands with
//! probability `1 - (1 - s^r)^b` (Indyk and Motwani 1998; Leskovec, Rajaraman, Ullman, "Mining of
//! Massive Datasets", 3.4).

use serde::{Deserialize, Serialize};

/// A signature cut into `bands` bands of `rows` slots each; slots left over are not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banding {
    bands: u32,
    rows: u32,
}

/// Why bands and rows could not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BandingError {
    /// Bands or rows are zero.
    #[error("bands and rows must be at least 1")]
    Zero,
    /// More slots are asked for than the signature has.
    #[error("{bands} bands of {rows} rows need {} slots; the signature has {slots}", bands * rows)]
    TooManySlots {
        /// Bands asked for.
        bands: u32,
        /// Rows asked for.
        rows: u32,
        /// Slots there are.
        slots: u32,
    },
    /// No number of rows reaches the recall.
    #[error(
        "no banding of {slots} slots finds {recall} of the pairs at similarity {threshold}: ask for \
         a longer signature, a lower recall or a higher threshold"
    )]
    OutOfReach {
        /// The threshold.
        threshold: f64,
        /// The recall asked for.
        recall: f64,
        /// Slots there are.
        slots: u32,
    },
}

impl Banding {
    /// One band of one slot.
    pub const ONE: Self = Self { bands: 1, rows: 1 };

    /// `bands` bands of `rows` rows.
    ///
    /// # Errors
    /// When one of them is zero.
    pub fn new(bands: u32, rows: u32) -> Result<Self, BandingError> {
        if bands == 0 || rows == 0 { Err(BandingError::Zero) } else { Ok(Self { bands, rows }) }
    }

    /// The same, checked against the length of the signature.
    ///
    /// # Errors
    /// When one is zero or the signature is too short.
    pub fn within(bands: u32, rows: u32, slots: u32) -> Result<Self, BandingError> {
        if bands.saturating_mul(rows) > slots {
            return Err(BandingError::TooManySlots { bands, rows, slots });
        }
        Self::new(bands, rows)
    }

    /// The most selective banding (most rows, then fewest bands) of `slots` slots that finds a pair
    /// of similarity `threshold` with probability `recall`.
    ///
    /// # Errors
    /// When no banding does.
    pub fn for_recall(threshold: f64, recall: f64, slots: u32) -> Result<Self, BandingError> {
        (1..=slots)
            .rev()
            .find_map(|rows| {
                (1..=slots / rows)
                    .map(|bands| Self { bands, rows })
                    .find(|banding| banding.probability(threshold) >= recall)
            })
            .ok_or(BandingError::OutOfReach { threshold, recall, slots })
    }

    /// Number of bands.
    pub fn bands(self) -> u32 {
        self.bands
    }

    /// Slots of a band.
    pub fn rows(self) -> u32 {
        self.rows
    }

    /// The probability that a pair of Jaccard similarity `s` shares a band.
    pub fn probability(self, s: f64) -> f64 {
        1.0 - (1.0 - s.powi(self.rows as i32)).powi(self.bands as i32)
    }

    /// The key of each band of a signature, made of all of its slots.
    pub fn keys(self, signature: &[u32]) -> impl Iterator<Item = u32> + '_ {
        signature.chunks_exact(self.rows as usize).take(self.bands as usize).map(|band| {
            let key = band.iter().fold(0x243F_6A88_85A3_08D3_u64, |key, &slot| {
                let key = (key ^ u64::from(slot)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                key ^ (key >> 29)
            });
            (key.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_the_recall_asked_for() {
        for threshold in [0.3, 0.5, 0.7, 0.8, 0.9] {
            let banding = Banding::for_recall(threshold, 0.99, 128).unwrap();
            assert!(banding.probability(threshold) >= 0.99);
            assert!(banding.bands() * banding.rows() <= 128);
            let stricter = banding.rows() + 1;
            let best = Banding::new(128 / stricter, stricter).unwrap();
            assert!(best.probability(threshold) < 0.99, "{threshold}: {stricter} rows would do");
        }
    }

    #[test]
    fn says_when_it_is_out_of_reach() {
        assert!(matches!(
            Banding::for_recall(0.01, 0.999, 16),
            Err(BandingError::OutOfReach { .. })
        ));
        assert!(Banding::within(16, 9, 128).is_err());
        assert!(Banding::new(0, 3).is_err());
    }

    #[test]
    fn a_band_key_depends_on_its_rows_only() {
        let banding = Banding::new(2, 2).unwrap();
        let keys = |signature: &[u32]| banding.keys(signature).collect::<Vec<_>>();
        let a = keys(&[1, 2, 3, 4, 5]);
        let b = keys(&[1, 2, 9, 4, 6]);
        assert_eq!(a.len(), 2);
        assert_eq!(a[0], b[0]);
        assert_ne!(a[1], b[1]);
    }
}
