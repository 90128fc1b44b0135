//! A small set of bits that says quickly which keys are not in a table.

/// Bits for every key of the table.
const BITS_PER_KEY: usize = 16;

/// One bit for each key, chosen by its high bits: a key whose bit is not set is not in the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    /// The filter of these keys, whose high bits must be random.
    pub(crate) fn new(keys: impl ExactSizeIterator<Item = u64>) -> Self {
        let bits = (keys.len() * BITS_PER_KEY).next_power_of_two().max(64);
        let mut out = Self { bits: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() };
        for key in keys {
            let bit = key >> out.shift;
            out.bits[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        out
    }

    /// Whether the table may hold this key.
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        let bit = key.checked_shr(self.shift).unwrap_or(0);
        self.bits.get((bit / 64) as usize).is_some_and(|word| word >> (bit % 64) & 1 != 0)
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
