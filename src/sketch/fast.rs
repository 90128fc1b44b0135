//! Fast similarity sketching: MinHash slots filled by throwing each shingle a few times.
//!
//! Dahlgaard, Knudsen, Thorup: "Fast Similarity Sketching", FOCS 2017. In round `i` every shingle
//! is thrown into one slot with a value in `[i, i + 1)`; a slot keeps its least value; rounds go on
//! until no slot is empty, and from round `t` on round `t + j` throws everything into slot `j`, so
//! that it ends. Slots sample nearly without replacement, which is why the error on texts of about
//! `t` shingles lies below that of `t` independent permutations.

/// Makes signatures by fast similarity sketching.
#[derive(Clone, Debug)]
pub struct FastSimilaritySketcher {
    slots: usize,
    seed: u64,
}

const EMPTY: u64 = u64::MAX;

impl FastSimilaritySketcher {
    /// A sketcher of `slots` slots.
    ///
    /// # Panics
    /// When `slots` is 0.
    pub fn new(slots: usize, seed: u64) -> Self {
        assert!(slots > 0, "a signature has at least one slot");
        Self { slots, seed }
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The signature of the set of `shingles` in `signature`. Cost: the number of rounds (four or
    /// five for a text of as many shingles as slots, one for a long text) times the shingles.
    ///
    /// # Panics
    /// When `shingles` is empty or `signature` has another length than [`Self::slots`].
    pub fn sketch_into(&self, shingles: &[u64], signature: &mut [u32]) {
        assert!(!shingles.is_empty(), "a text without shingles has no signature");
        assert_eq!(signature.len(), self.slots, "length of the signature");
        if self.slots <= 256 {
            let mut slots = [EMPTY; 256];
            self.fill(shingles, &mut slots[..self.slots]);
            finish(&slots[..self.slots], signature);
        } else {
            let mut slots = vec![EMPTY; self.slots];
            self.fill(shingles, &mut slots);
            finish(&slots, signature);
        }
    }

    fn fill(&self, shingles: &[u64], slots: &mut [u64]) {
        let count = slots.len() as u64;
        if count.is_power_of_two() {
            // The same slot without a multiplication, of which there is room for one a cycle.
            let shift = 32 - count.trailing_zeros();
            self.fill_by(shingles, slots, |high| (high >> shift) as usize);
        } else {
            self.fill_by(shingles, slots, |high| ((high * count) >> 32) as usize);
        }
    }

    /// Fills the slots; `slot_of` scales 32 bits to a slot.
    #[inline]
    fn fill_by(&self, shingles: &[u64], slots: &mut [u64], slot_of: impl Fn(u64) -> usize) {
        let count = slots.len() as u64;
        for round in 0..count {
            let seed = self.round_seed(round);
            for &shingle in shingles {
                let hash = throw(shingle, seed);
                let slot = &mut slots[slot_of(hash >> 32)];
                *slot = (*slot).min(round << 32 | hash & 0xFFFF_FFFF);
            }
            if !slots.contains(&EMPTY) {
                return;
            }
        }
        for (slot, kept) in slots.iter_mut().enumerate().filter(|(_, kept)| **kept == EMPTY) {
            let round = count + slot as u64;
            let seed = self.round_seed(round);
            let least = shingles.iter().map(|&s| throw(s, seed) & 0xFFFF_FFFF).min();
            *kept = round << 32 | least.unwrap_or_default();
        }
    }

    fn round_seed(&self, round: u64) -> u64 {
        (self.seed ^ round.wrapping_mul(0xD6E8_FEB8_6659_FD93)).wrapping_mul(0xA076_1D64_78BD_642F)
    }
}

/// Shingles are mixed already: one multiplication, its halves folded together (Wang Yi, wyhash), makes
/// the throws of two rounds independent.
fn throw(shingle: u64, seed: u64) -> u64 {
    let product = u128::from(shingle ^ seed) * 0xE703_7ED1_A0B4_28DB;
    (product >> 64) as u64 ^ product as u64
}

fn finish(slots: &[u64], signature: &mut [u32]) {
    for (out, &value) in signature.iter_mut().zip(slots) {
        // The round goes in with a multiplication, so that equal low halves of two rounds differ.
        *out = (value as u32) ^ ((value >> 32) as u32).wrapping_mul(0x9E37_79B1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word for word: all rounds, least value of each slot.
    fn reference(sketcher: &FastSimilaritySketcher, shingles: &[u64]) -> Vec<u32> {
        let count = sketcher.slots as u64;
        let mut slots: Vec<Option<(u64, u32)>> = vec![None; sketcher.slots];
        for round in 0..2 * count {
            for &shingle in shingles {
                let hash = throw(shingle, sketcher.round_seed(round));
                let slot = if round < count {
                    (((hash >> 32) * count) >> 32) as usize
                } else {
                    (round - count) as usize
                };
                let value = (round, hash as u32);
                slots[slot] = Some(slots[slot].map_or(value, |old| old.min(value)));
            }
        }
        slots
            .into_iter()
            .map(|slot| slot.expect("round t + j fills slot j"))
            .map(|(round, low)| low ^ (round as u32).wrapping_mul(0x9E37_79B1))
            .collect()
    }

    proptest! {
        #[test]
        fn stops_early_without_changing_the_sketch(
            shingles in prop::collection::vec(any::<u64>(), 1..300),
            slots in 1usize..300,
            seed in any::<u64>(),
        ) {
            let sketcher = FastSimilaritySketcher::new(slots, seed);
            let mut signature = vec![0; slots];
            sketcher.sketch_into(&shingles, &mut signature);
            prop_assert_eq!(signature, reference(&sketcher, &shingles));
        }
    }
}
