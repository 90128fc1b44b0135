//! Classic MinHash: one random permutation a slot.
//!
//! Broder: "On the resemblance and containment of documents", 1997; permutations are modeled by
//! `(a x + b) mod p` with the Mersenne prime `p = 2^61 - 1` (Carter and Wegman 1979). It is the
//! reference that [`super::FastSimilaritySketcher`] is judged by, and can be chosen for comparison.

const MERSENNE_61: u64 = (1 << 61) - 1;

/// Makes signatures by `k` random permutations.
#[derive(Clone, Debug)]
pub struct ClassicMinHasher {
    permutations: Vec<(u64, u64)>,
}

impl ClassicMinHasher {
    /// A hasher of `slots` permutations drawn from `seed`.
    ///
    /// # Panics
    /// When `slots` is 0.
    pub fn new(slots: usize, seed: u64) -> Self {
        assert!(slots > 0, "a signature has at least one slot");
        let mut state = seed;
        let mut draw = || split_mix(&mut state) % MERSENNE_61;
        let permutations = (0..slots).map(|_| (draw().max(1), draw())).collect();
        Self { permutations }
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.permutations.len()
    }

    /// The signature of the set of `shingles` in `signature`. Cost: slots times shingles.
    ///
    /// # Panics
    /// When `shingles` is empty or `signature` has another length than [`Self::slots`].
    pub fn sketch_into(&self, shingles: &[u64], signature: &mut [u32]) {
        assert!(!shingles.is_empty(), "a text without shingles has no signature");
        assert_eq!(signature.len(), self.slots(), "length of the signature");
        for (slot, &(a, b)) in signature.iter_mut().zip(&self.permutations) {
            let least = shingles.iter().map(|&x| permute(a, b, x)).min();
            *slot = least.unwrap_or_default() as u32;
        }
    }
}

fn permute(a: u64, b: u64, x: u64) -> u64 {
    let x = (x & MERSENNE_61) + (x >> 61);
    let product = u128::from(a) * u128::from(x) + u128::from(b);
    let folded = (product & u128::from(MERSENNE_61)) as u64 + (product >> 61) as u64;
    let folded = (folded & MERSENNE_61) + (folded >> 61);
    if folded >= MERSENNE_61 { folded - MERSENNE_61 } else { folded }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): a fixed stream of random words.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn permutes_modulo_the_mersenne_prime(
            a in 1..MERSENNE_61, b in 0..MERSENNE_61, x in any::<u64>(),
        ) {
            let p = u128::from(MERSENNE_61);
            let expected = (u128::from(a) * (u128::from(x) % p) + u128::from(b)) % p;
            prop_assert_eq!(u128::from(permute(a, b, x)), expected);
        }
    }
}
