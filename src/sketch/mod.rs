//! Sketches: sets of shingles to rows of fixed size.
//!
//! In: the shingle hashes of one text. Out: a MinHash signature ([`MinHasher`]) and a 64-bit
//! SimHash ([`simhash()`]). Cost: a few nanoseconds a shingle. Does not: keep texts or decide.
//!
//! A text without a shingle has no sketch; asking for one is a mistake of the caller, since all
//! such texts would look alike.

mod banding;
mod classic;
mod fast;
#[cfg(target_arch = "x86_64")]
mod fast_avx2;
mod matrix;
mod simhash;
mod winnow;

pub use banding::{Banding, BandingError};
pub use classic::ClassicMinHasher;
pub use fast::FastSimilaritySketcher;
pub use matrix::{Row, SketchMatrix, SketchPart, SketchPlan, SketchSpill, SketchWriter};
pub use simhash::{distance, simhash};
pub use winnow::{AnchorPart, AnchorWriter, Anchors, Each, WINDOW, winnow};

use serde::{Deserialize, Serialize};

/// Which MinHash is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Fast similarity sketching: one pass of a few rounds, lower error on short texts.
    #[default]
    Fast,
    /// Classic k permutations: the textbook reference, about ten times slower.
    Classic,
}

/// Makes MinHash signatures of a fixed number of slots by one [`Scheme`].
#[derive(Clone, Debug)]
pub enum MinHasher {
    /// By [`FastSimilaritySketcher`].
    Fast(FastSimilaritySketcher),
    /// By [`ClassicMinHasher`].
    Classic(ClassicMinHasher),
}

impl MinHasher {
    /// A hasher of `slots` slots whose random choices all come from `seed`.
    pub fn new(scheme: Scheme, slots: usize, seed: u64) -> Self {
        match scheme {
            Scheme::Fast => Self::Fast(FastSimilaritySketcher::new(slots, seed)),
            Scheme::Classic => Self::Classic(ClassicMinHasher::new(slots, seed)),
        }
    }

    /// Number of slots of a signature.
    pub fn slots(&self) -> usize {
        match self {
            Self::Fast(m) => m.slots(),
            Self::Classic(m) => m.slots(),
        }
    }

    /// The signature of the set of `shingles` (repeats change nothing), in `signature`, whose
    /// length must be [`MinHasher::slots`].
    ///
    /// # Panics
    /// When `shingles` is empty.
    pub fn sketch_into(&self, shingles: &[u64], signature: &mut [u32]) {
        match self {
            Self::Fast(m) => m.sketch_into(shingles, signature),
            Self::Classic(m) => m.sketch_into(shingles, signature),
        }
    }
}

/// The share of equal slots: an unbiased estimate of the Jaccard similarity of the two sets.
pub fn estimate(a: &[u32], b: &[u32]) -> f64 {
    let equal = a.iter().zip(b).filter(|(x, y)| x == y).count();
    equal as f64 / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A set of `n` hashes that shares `shared` with the set of the same `pair`.
    fn pair(n: usize, shared: usize, pair: u64) -> (Vec<u64>, Vec<u64>) {
        let hash = |i: u64| xxhash_rust::xxh3::xxh3_64(&(i ^ (pair << 32)).to_le_bytes());
        let a = (0..n as u64).map(hash).collect();
        let b = ((n - shared) as u64..(2 * n - shared) as u64).map(hash).collect();
        (a, b)
    }

    fn mean_error(scheme: Scheme, n: usize, shared: usize) -> (f64, f64) {
        let hasher = MinHasher::new(scheme, 128, 7);
        let exact = shared as f64 / (2 * n - shared) as f64;
        let (mut x, mut y) = (vec![0; 128], vec![0; 128]);
        let (mut bias, mut square) = (0.0, 0.0);
        let trials = 200;
        for i in 0..trials {
            let (a, b) = pair(n, shared, i);
            hasher.sketch_into(&a, &mut x);
            hasher.sketch_into(&b, &mut y);
            let error = estimate(&x, &y) - exact;
            bias += error / trials as f64;
            square += error * error / trials as f64;
        }
        let theory = (exact * (1.0 - exact) / 128.0).sqrt();
        (bias, square.sqrt() / theory)
    }

    #[test]
    fn both_schemes_estimate_jaccard_without_bias() {
        for scheme in [Scheme::Fast, Scheme::Classic] {
            for (n, shared) in [(10, 5), (60, 40), (200, 150), (900, 300), (900, 850)] {
                let (bias, ratio) = mean_error(scheme, n, shared);
                // 200 trials: the mean of an unbiased estimate stays within 4 / sqrt(200) of one
                // standard deviation.
                assert!(bias.abs() < 0.013, "{scheme:?} {n} {shared}: bias {bias}");
                assert!(ratio < 1.25, "{scheme:?} {n} {shared}: error {ratio} of theory");
            }
        }
    }

    #[test]
    fn fast_sketching_beats_classic_on_short_texts() {
        let (_, fast) = mean_error(Scheme::Fast, 60, 40);
        let (_, classic) = mean_error(Scheme::Classic, 60, 40);
        assert!(fast < classic, "{fast} {classic}");
    }

    #[test]
    fn equal_sets_have_equal_signatures_in_any_order_with_repeats() {
        let (mut a, _) = pair(77, 0, 3);
        for scheme in [Scheme::Fast, Scheme::Classic] {
            let hasher = MinHasher::new(scheme, 128, 1);
            let (mut x, mut y) = (vec![0; 128], vec![0; 128]);
            hasher.sketch_into(&a, &mut x);
            a.reverse();
            let twice: Vec<u64> = a.iter().chain(&a).copied().collect();
            hasher.sketch_into(&twice, &mut y);
            assert_eq!(x, y);
        }
    }
}
