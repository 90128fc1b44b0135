//! Fast similarity sketching: MinHash slots filled by throwing each shingle a few times.
//!
//! Dahlgaard, Knudsen, Thorup: "Fast Similarity Sketching", FOCS 2017. In round `i` every shingle
//! is thrown into one slot with a value in `[i, i + 1)`; a slot keeps its least value; rounds go on
//! until no slot is empty, and from round `t` on round `t + j` throws everything into slot `j`, so
//! that it ends. Slots sample nearly without replacement, which is why the error on texts of about
//! `t` shingles lies below that of `t` independent permutations.

#[cfg(target_arch = "x86_64")]
use super::fast_avx2;

/// Makes signatures by fast similarity sketching.
#[derive(Clone, Debug)]
pub struct FastSimilaritySketcher {
    slots: usize,
    seed: u64,
}

/// More than any value.
pub(super) const EMPTY: u64 = u64::MAX;

/// Odd, its bits in no order.
pub(super) const FACTOR: u64 = 0xE703_7ED1_A0B4_28DB;

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
        match self.slots {
            ..=128 => self.sketch_by(shingles, &mut [EMPTY; 128], signature),
            129..=256 => self.sketch_by(shingles, &mut [EMPTY; 256], signature),
            _ => self.sketch_by(shingles, &mut vec![EMPTY; self.slots], signature),
        }
    }

    fn sketch_by(&self, shingles: &[u64], slots: &mut [u64], signature: &mut [u32]) {
        let slots = &mut slots[..self.slots];
        #[cfg(target_arch = "x86_64")]
        if fast_avx2::is_able(self.slots) {
            // SAFETY: this machine has what the function is compiled for.
            return unsafe { fast_avx2::sketch(self, shingles, slots, signature) };
        }
        self.sketch_plain(shingles, slots, signature);
    }

    /// The signature by plain code; all slots are empty before.
    fn sketch_plain(&self, shingles: &[u64], slots: &mut [u64], signature: &mut [u32]) {
        if !self.rounds(shingles, slots) {
            self.fill_one_by_one(shingles, slots);
        }
        finish(slots, signature);
    }

    /// The rounds that may fill any slot, until none is empty; tells whether none is.
    fn rounds(&self, shingles: &[u64], slots: &mut [u64]) -> bool {
        let count = slots.len() as u64;
        (0..count).any(|round| {
            // Of the usual numbers no slot has to be looked for beyond the last.
            if let Ok(slots) = <&mut [u64; 128]>::try_from(&mut *slots) {
                self.round(round, shingles, slots);
            } else if let Ok(slots) = <&mut [u64; 256]>::try_from(&mut *slots) {
                self.round(round, shingles, slots);
            } else if count.is_power_of_two() {
                self.round(round, shingles, slots);
            } else {
                self.round_by(round, shingles, slots, |high| ((high * count) >> 32) as usize);
            }
            !slots.contains(&EMPTY)
        })
    }

    /// One of these rounds, of a power of two slots: the same slot without a multiplication, of which
    /// there is room for one a cycle.
    #[inline(always)]
    pub(super) fn round(&self, round: u64, shingles: &[u64], slots: &mut [u64]) {
        let shift = 32 - slots.len().trailing_zeros();
        self.round_by(round, shingles, slots, |high| (high >> shift) as usize);
    }

    /// One round; `slot_of` scales 32 bits to a slot.
    #[inline(always)]
    fn round_by(
        &self,
        round: u64,
        shingles: &[u64],
        slots: &mut [u64],
        slot_of: impl Fn(u64) -> usize,
    ) {
        let seed = self.round_seed(round);
        let mut throw_in = |shingle| {
            let hash = throw(shingle, seed);
            let slot = &mut slots[slot_of(hash >> 32)];
            *slot = (*slot).min(value(round, hash));
        };
        // By fours, so that counting them is no work beside so little.
        let (fours, rest) = shingles.as_chunks::<4>();
        for four in fours {
            for &shingle in four {
                throw_in(shingle);
            }
        }
        for &shingle in rest {
            throw_in(shingle);
        }
    }

    /// Round `t + j` throws everything into slot `j`.
    pub(super) fn fill_one_by_one(&self, shingles: &[u64], slots: &mut [u64]) {
        let count = slots.len() as u64;
        for (slot, kept) in slots.iter_mut().enumerate().filter(|(_, kept)| **kept == EMPTY) {
            let round = count + slot as u64;
            let seed = self.round_seed(round);
            let least = shingles.iter().map(|&s| value(round, throw(s, seed))).min();
            *kept = least.unwrap_or(EMPTY);
        }
    }

    pub(super) fn round_seed(&self, round: u64) -> u64 {
        (self.seed ^ round.wrapping_mul(0xD6E8_FEB8_6659_FD93)).wrapping_mul(0xA076_1D64_78BD_642F)
    }
}

/// Shingles are mixed already: one multiplication, its halves folded together (Wang Yi, wyhash), makes
/// the throws of two rounds independent.
#[inline(always)]
pub(super) fn throw(shingle: u64, seed: u64) -> u64 {
    let product = u128::from(shingle ^ seed) * u128::from(FACTOR);
    (product >> 64) as u64 ^ product as u64
}

/// What a throw leaves in an empty slot.
#[inline(always)]
pub(super) fn value(round: u64, hash: u64) -> u64 {
    round << 32 | hash & 0xFFFF_FFFF
}

/// The slots as they are handed out.
#[inline(always)]
pub(super) fn finish(slots: &[u64], signature: &mut [u32]) {
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

    /// Texts of all lengths, a few of them of few shingles, which take the most rounds.
    fn texts() -> impl Strategy<Value = Vec<u64>> {
        let repeats = prop::collection::vec(0..5_u64, 1..40);
        prop_oneof![
            prop::collection::vec(any::<u64>(), 1..300),
            prop::collection::vec(any::<u64>(), 1..10),
            repeats.prop_map(|few| few.iter().map(|n| n.wrapping_mul(FACTOR)).collect()),
        ]
    }

    proptest! {
        #[test]
        fn stops_early_without_changing_the_sketch(
            shingles in texts(),
            slots in prop_oneof![1usize..300, (0..10_u32).prop_map(|bits| 1 << bits)],
            seed in any::<u64>(),
        ) {
            let sketcher = FastSimilaritySketcher::new(slots, seed);
            let mut signature = vec![0; slots];
            sketcher.sketch_into(&shingles, &mut signature);
            prop_assert_eq!(&signature, &reference(&sketcher, &shingles));
            sketcher.sketch_plain(&shingles, &mut vec![EMPTY; slots], &mut signature);
            prop_assert_eq!(signature, reference(&sketcher, &shingles));
        }
    }
}
