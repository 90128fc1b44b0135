//! The shingles of a few texts as small numbers, so that sets are compared without sorting them.
//!
//! In: hashes. Out: sets of dense numbers, and how many two sets share. Cost: one look into a table a
//! hash; a look into a list for each member of the second set. Memory is kept from text to text.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Where hashes stand in a table of open addressing.
///
/// No author of a page knows the key, so no page can be made to fill one corner of a table; and no
/// result may depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableKey([u64; 2]);

impl Default for TableKey {
    fn default() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1) | 1])
    }
}

impl TableKey {
    /// The first place to look for a hash, in a table of any size that is a power of two.
    #[inline]
    pub(super) fn place(self, hash: u64) -> usize {
        let mixed = u128::from(hash ^ self.0[0]) * u128::from(self.0[1]);
        (mixed >> 64) as usize ^ mixed as usize
    }
}

/// For tables of small numbers that nobody chose: those of pages.
impl BuildHasher for TableKey {
    type Hasher = NumberHasher;

    fn build_hasher(&self) -> NumberHasher {
        NumberHasher { key: *self, hash: 0 }
    }
}

/// Hashes numbers by one product each.
pub(super) struct NumberHasher {
    key: TableKey,
    hash: u64,
}

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(byte.into());
        }
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.write_u32(number.into());
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.hash = self.key.place(self.hash.rotate_left(32) ^ u64::from(number)) as u64;
    }
}

/// Distinct hashes, numbered in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The hash of every number.
    hashes: Vec<u64>,
    /// For every number the last set that has it.
    sets: Vec<u32>,
    /// Open addressing; 0 is empty, else a number + 1.
    slots: Vec<u32>,
    key: TableKey,
    /// The last set that was numbered.
    set: u32,
    /// For every number the last time it was marked.
    marks: Vec<u32>,
    time: u32,
}

/// Slots for each hash at least: a look rarely ends far beyond the first.
const ROOM: usize = 2;

/// Slots of a table that has any, and most that are kept when all hashes are forgotten: for a few texts
/// this is roomy, and emptied at once; a large table is slower for a few.
const FEWEST_SLOTS: usize = 1 << 12;

impl Numbers {
    /// How many hashes are known.
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Forgets all hashes; numbers given before mean nothing any more.
    pub(super) fn clear(&mut self) {
        if self.hashes.is_empty() {
            return;
        }
        if self.slots.len() > FEWEST_SLOTS {
            self.slots.clear();
        } else {
            self.slots.fill(0);
        }
        self.hashes.clear();
        self.sets.clear();
        self.marks.clear();
        (self.set, self.time) = (0, 0);
    }

    /// Appends the numbers of `hashes` to `set`, each once.
    pub(super) fn number_into(&mut self, hashes: &[u64], set: &mut Vec<u32>) {
        self.set += 1;
        let this = self.set;
        let start = set.len();
        set.resize(start + hashes.len(), 0);
        // Written and counted without a branch: which hash comes a second time cannot be foretold.
        let (out, mut count) = (&mut set[start..], 0);
        self.number_each(hashes, |number, last_set| {
            out[count] = number;
            count += usize::from(*last_set != this);
            *last_set = this;
        });
        set.truncate(start + count);
    }

    /// Appends the number of each of `hashes` to `text`.
    pub(super) fn number_all(&mut self, hashes: &[u64], text: &mut Vec<u32>) {
        text.reserve(hashes.len());
        self.number_each(hashes, |number, _| text.push(number));
    }

    /// Hands out the number of each hash, the next one if it has none, and the last set that has it.
    #[inline]
    fn number_each(&mut self, hashes: &[u64], mut each: impl FnMut(u32, &mut u32)) {
        self.make_room(hashes.len());
        let mut next = self.hashes.len();
        // One more, so that there is something to look at behind the last.
        self.hashes.resize(next + hashes.len() + 1, 0);
        self.sets.resize(next + hashes.len() + 1, 0);
        let Self { hashes: known, sets, slots, key, .. } = self;
        let (known, slots) = (&mut known[..], &mut slots[..]);
        let sets = &mut sets[..known.len()];
        let mask = slots.len().wrapping_sub(1);
        let mut following = 0;
        for &hash in hashes {
            // Copies have their hashes in the same order, by which they are numbered.
            let number = if following < next && known[following] == hash {
                following
            } else {
                match find(known, slots, key.place(hash) & mask, hash) {
                    Ok(number) => number,
                    Err(slot) => {
                        known[next] = hash;
                        next += 1;
                        slots[slot] = next as u32;
                        next - 1
                    }
                }
            };
            each(number as u32, &mut sets[number]);
            following = number + 1;
        }
        self.hashes.truncate(next);
        self.sets.truncate(next);
    }

    /// The hash that has a number.
    #[cfg(test)]
    pub(super) fn hash(&self, number: u32) -> u64 {
        self.hashes[number as usize]
    }

    fn make_room(&mut self, more: usize) {
        let wanted = ((self.hashes.len() + more) * ROOM).next_power_of_two().max(FEWEST_SLOTS);
        if wanted <= self.slots.len() {
            return;
        }
        self.slots.clear();
        self.slots.resize(wanted, 0);
        for (number, &hash) in self.hashes.iter().enumerate() {
            let mut at = self.key.place(hash) & (wanted - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (wanted - 1);
            }
            self.slots[at] = number as u32 + 1;
        }
    }

    /// Marks a set; [`shared`](Self::shared) counts what others share with the one marked last.
    pub(super) fn mark(&mut self, set: &[u32]) {
        self.marks.resize(self.hashes.len(), 0);
        self.time += 1;
        for &number in set {
            self.marks[number as usize] = self.time;
        }
    }

    /// How many numbers of `set` are marked.
    pub(super) fn shared(&self, set: &[u32]) -> usize {
        let marked = |&number: &u32| self.marks.get(number as usize) == Some(&self.time);
        set.iter().map(|number| usize::from(marked(number))).sum()
    }
}

/// The number of a hash, else the slot where it would go; looks from slot `at` on. There must be an empty
/// slot.
#[inline]
fn find(known: &[u64], slots: &[u32], mut at: usize, hash: u64) -> Result<usize, usize> {
    loop {
        match slots[at] {
            0 => return Err(at),
            taken if known[taken as usize - 1] == hash => return Ok(taken as usize - 1),
            _ => at = (at + 1) & (slots.len() - 1),
        }
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
            let (mut sets, mut sorted, mut last) = (Vec::new(), Vec::new(), Vec::new());
            for text in &texts {
                let mut hashes: Vec<u64> = text.iter().map(|h| h.wrapping_mul(spread)).collect();
                // A copy of what came before, from somewhere on.
                hashes.extend(last.iter().skip(text.len() % 7).copied());
                last.clone_from(&hashes);
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
        numbers.number_into(&[0], &mut b);
        assert_eq!((numbers.len(), numbers.hash(4)), (5, 0));
        numbers.clear();
        assert_eq!(numbers.len(), 0);
    }
}
