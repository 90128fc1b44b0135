//! A small set of bits that says quickly which keys are not in a table.

use crate::processor::fetch;

/// Bits for every key of the table.
const BITS_PER_KEY: usize = 16;

/// The steps of looking up a key: each tells where to look next, far from the core. Those who look up many
/// ask for one step of all of them before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// Whether the table may hold the key.
    Filter,
    /// Where it stands, if it does.
    Place,
    /// What stands there.
    Line,
}

/// Two bits of one word for each key, chosen by its high bits (a blocked Bloom filter): a key whose
/// bits are not set is not in the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    /// The filter of these keys, whose high bits must be random.
    pub(crate) fn new(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        let bits = (keys.len() * BITS_PER_KEY).next_power_of_two().max(64);
        let words = bits / 64;
        let mut out = Self { bits: vec![0; words], shift: 64 - words.trailing_zeros() };
        for key in keys {
            let (word, bits) = out.place(key);
            out.bits[word] |= bits;
        }
        out
    }

    /// The word of a key, and its bits there.
    fn place(&self, key: u64) -> (usize, u64) {
        let word = key.checked_shr(self.shift).unwrap_or(0);
        let bit = |from: u32| 1 << (key >> self.shift.saturating_sub(from) & 63);
        (word as usize, bit(6) | bit(12))
    }

    /// Asks for what [`may_hold`](Self::may_hold) looks at.
    #[inline]
    pub(crate) fn fetch(&self, key: u64) {
        fetch(&self.bits, self.place(key).0);
    }

    /// Whether the table may hold this key.
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        let (word, bits) = self.place(key);
        self.bits.get(word).is_some_and(|word| word & bits == bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_key_is_denied(keys in prop::collection::vec(any::<u64>(), 0..200), other: u64) {
            let filter = Filter::new(keys.iter().copied());
            prop_assert!(keys.iter().all(|&k| filter.may_hold(k)));
            prop_assert!(!Filter::default().may_hold(other));
        }
    }
}
