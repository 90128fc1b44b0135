//! The words of one text, to look others up in.
//!
//! In: hashes. Out: whether another is among them. Cost: a look into a table that lies next to the core.
//! Does not: number or count them, as [`Numbers`](super::numbers::Numbers) does at twice the cost.

use super::numbers::TableKey;

/// Hashes, each once.
#[derive(Debug, Default)]
pub(crate) struct WordSet {
    /// A table of open addressing of which half stays empty; 0 is empty.
    slots: Vec<u64>,
    /// Whether one of them is 0.
    has_zero: bool,
    key: TableKey,
}

/// Slots of a table at least: as many as most stories need.
const FEWEST_SLOTS: usize = 1 << 10;

impl WordSet {
    /// Takes these hashes in; those before go.
    pub(crate) fn set(&mut self, hashes: &[u64]) {
        let size = (2 * hashes.len()).next_power_of_two().max(FEWEST_SLOTS);
        self.slots.clear();
        self.slots.resize(size, 0);
        self.has_zero = false;
        for &hash in hashes {
            self.has_zero |= hash == 0;
            let slot = self.slot(hash);
            self.slots[slot] = hash;
        }
    }

    /// Whether a hash is among them.
    pub(crate) fn has(&self, hash: u64) -> bool {
        match hash {
            0 => self.has_zero,
            _ => !self.slots.is_empty() && self.slots[self.slot(hash)] == hash,
        }
    }

    /// Where a hash stands, or would stand. There must be a table.
    #[inline]
    fn slot(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.key.place(hash) & mask;
        // One comparison: whether a slot is empty or has the hash cannot be foretold, that it is one of
        // them can.
        let is_other = |slot: u64| slot.min(slot ^ hash) != 0;
        while is_other(self.slots[at]) {
            at = (at + 1) & mask;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn has_what_was_taken_in_last(
            sets in prop::collection::vec(prop::collection::vec(0..3000_u64, 0..1500), 1..4),
        ) {
            let mut set = WordSet::default();
            prop_assert!(!set.has(0) && !set.has(1));
            for hashes in &sets {
                set.set(hashes);
                let expected: HashSet<u64> = hashes.iter().copied().collect();
                prop_assert!((0..3000).all(|hash| set.has(hash) == expected.contains(&hash)));
            }
        }
    }
}
