//! The shingles of a few texts as small numbers, so that sets are compared without sorting them.
//!
//! In: hashes. Out: sets of dense numbers, and how many two sets share. Cost: one look into a table a
//! hash; a look into a list for each member of the second set. Memory is kept from text to text.

use std::hash::{BuildHasher, RandomState};

/// Where hashes stand in a table of open addressing.
///
/// No author of a page knows the key, so no page can be made to fill one corner of a table; and no
/// result may depend on it.
#[derive(Clone, Copy, Debug)]
struct TableKey([u64; 2]);

impl Default for TableKey {
    fn default() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1) | 1])
    }
}

impl TableKey {
    /// The first place to look for a hash, in a table of any size that is a power of two.
    #[inline]
    fn place(self, hash: u64) -> usize {
        let mixed = u128::from(hash ^ self.0[0]) * u128::from(self.0[1]);
        (mixed >> 64) as usize ^ mixed as usize
    }
}

/// Distinct hashes, numbered in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    known: Vec<Known>,
    /// Open addressing; 0 is empty, else a number + 1.
    slots: Vec<u32>,
    key: TableKey,
    /// The last set that was numbered.
    set: u32,
    /// For every number the last time it was marked.
    marks: Vec<u32>,
    time: u32,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    hash: u64,
    /// The last set that has it.
    set: u32,
    slot: u32,
}

/// Slots for each hash at least: a look rarely ends beyond the first.
const ROOM: usize = 4;

/// Slots that are kept when all hashes are forgotten: a large table is slower for a few.
const KEPT_SLOTS: usize = 1 << 13;

impl Numbers {
    /// How many hashes are known.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Forgets all hashes; numbers given before mean nothing any more.
    pub(crate) fn clear(&mut self) {
        if self.slots.len() > KEPT_SLOTS {
            self.slots.clear();
        }
        for known in self.known.drain(..) {
            if let Some(slot) = self.slots.get_mut(known.slot as usize) {
                *slot = 0;
            }
        }
        self.marks.clear();
        (self.set, self.time) = (0, 0);
    }

    /// Appends the numbers of `hashes` to `set`, each once.
    pub(crate) fn number_into(&mut self, hashes: &[u64], set: &mut Vec<u32>) {
        self.make_room(hashes.len());
        self.set += 1;
        set.reserve(hashes.len());
        for &hash in hashes {
            let number = self.number(hash);
            let known = &mut self.known[number];
            if known.set != self.set {
                known.set = self.set;
                set.push(number as u32);
            }
        }
    }

    /// Appends the number of each of `hashes` to `text`.
    pub(super) fn number_all(&mut self, hashes: &[u64], text: &mut Vec<u32>) {
        self.make_room(hashes.len());
        text.extend(hashes.iter().map(|&hash| self.number(hash) as u32));
    }

    /// The hash that has a number.
    #[cfg(test)]
    pub(super) fn hash(&self, number: u32) -> u64 {
        self.known[number as usize].hash
    }

    /// The number of a hash, the next one if it has none. There must be an empty slot.
    #[inline]
    fn number(&mut self, hash: u64) -> usize {
        self.find(hash).unwrap_or_else(|slot| {
            self.known.push(Known { hash, set: 0, slot: slot as u32 });
            self.slots[slot] = self.known.len() as u32;
            self.known.len() - 1
        })
    }

    /// Whether a hash has a number.
    pub(crate) fn has(&self, hash: u64) -> bool {
        !self.slots.is_empty() && self.find(hash).is_ok()
    }

    /// The number of a hash, else the slot where it would go. There must be an empty slot.
    #[inline]
    fn find(&self, hash: u64) -> Result<usize, usize> {
        let mask = self.slots.len() - 1;
        let mut at = self.key.place(hash) & mask;
        loop {
            match self.slots[at] {
                0 => return Err(at),
                taken if self.known[taken as usize - 1].hash == hash => {
                    return Ok(taken as usize - 1);
                }
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn make_room(&mut self, more: usize) {
        let wanted = ((self.known.len() + more) * ROOM).next_power_of_two();
        if wanted <= self.slots.len() {
            return;
        }
        self.slots.clear();
        self.slots.resize(wanted, 0);
        for (number, known) in self.known.iter_mut().enumerate() {
            let mut at = self.key.place(known.hash) & (wanted - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (wanted - 1);
            }
            self.slots[at] = number as u32 + 1;
            known.slot = at as u32;
        }
    }

    /// Marks a set; [`shared`](Self::shared) counts what others share with the one marked last.
    pub(super) fn mark(&mut self, set: &[u32]) {
        self.marks.resize(self.known.len(), 0);
        self.time += 1;
        for &number in set {
            self.marks[number as usize] = self.time;
        }
    }

    /// How many numbers of `set` are marked.
    pub(super) fn shared(&self, set: &[u32]) -> usize {
        let marked = |&&number: &&u32| self.marks.get(number as usize) == Some(&self.time);
        set.iter().filter(marked).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::score::shared_reference;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sets_of_numbers_share_what_sorted_sets_share(
            texts in prop::collection::vec(prop::collection::vec(0..300_u64, 0..200), 1..12),
            spread in prop_oneof![Just(1_u64), Just(0x9E37_79B9_7F4A_7C15)],
        ) {
            let mut numbers = Numbers::default();
            numbers.number_into(&[7, 7, 9], &mut Vec::new());
            numbers.clear();
            let (mut sets, mut sorted) = (Vec::new(), Vec::new());
            for text in &texts {
                let mut hashes: Vec<u64> = text.iter().map(|h| h.wrapping_mul(spread)).collect();
                let mut set = Vec::new();
                numbers.number_into(&hashes, &mut set);
                hashes.sort_unstable();
                hashes.dedup();
                prop_assert_eq!(set.len(), hashes.len());
                sets.push(set);
                sorted.push(hashes);
            }
            for (a, left) in sets.iter().zip(&sorted) {
                numbers.mark(a);
                for (b, right) in sets.iter().zip(&sorted) {
                    prop_assert_eq!(numbers.shared(b), shared_reference(left, right));
                }
            }
        }
    }

    #[test]
    fn what_is_numbered_after_a_mark_is_not_marked() {
        let mut numbers = Numbers::default();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        numbers.number_into(&[1, 2, 3], &mut a);
        numbers.mark(&a);
        numbers.number_into(&[3, 4], &mut b);
        assert_eq!(numbers.shared(&b), 1);
        assert_eq!(numbers.len(), 4);
        assert!(numbers.has(4) && !numbers.has(0));
        numbers.number_into(&[0], &mut b);
        assert!(numbers.has(0));
        numbers.clear();
        assert!(!numbers.has(0) && !numbers.has(4));
    }
}
