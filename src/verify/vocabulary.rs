//! The words of two texts as small numbers.
//!
//! In: two sequences of word hashes. Out: the same as dense ids, with how often each side has each
//! word. Cost: linear; memory is kept from pair to pair. Does not: look at letters.

use std::hash::{BuildHasher, RandomState};

/// Where hashes stand in a table of open addressing.
///
/// No author of a page knows the key, so no page can be made to fill one corner of a table; and no
/// result may depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableKey([u64; 2]);

impl Default for TableKey {
    fn default() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1) | 1])
    }
}

impl TableKey {
    /// The first place to look for a hash, in a table of any size that is a power of two.
    #[inline]
    pub(crate) fn place(self, hash: u64) -> usize {
        let mixed = u128::from(hash ^ self.0[0]) * u128::from(self.0[1]);
        (mixed >> 64) as usize ^ mixed as usize
    }
}

/// One word of either text.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// The word's hash.
    pub hash: u64,
    /// How often the first text has it.
    pub in_a: u32,
    /// How often the second text has it.
    pub in_b: u32,
}

/// The words of two texts, numbered in order of first appearance.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: Vec<Word>,
    a: Vec<u32>,
    b: Vec<u32>,
    /// Open addressing; 0 is empty, else id + 1.
    slots: Vec<u32>,
    key: TableKey,
}

impl Vocabulary {
    /// Numbers the words of two texts; what was there before goes.
    pub fn number(&mut self, a: &[u64], b: &[u64]) {
        self.words.clear();
        self.a.clear();
        self.b.clear();
        self.slots.clear();
        self.slots.resize(((a.len() + b.len()) * 2).next_power_of_two().max(2), 0);
        for &hash in a {
            let id = self.id(hash);
            self.words[id as usize].in_a += 1;
            self.a.push(id);
        }
        for &hash in b {
            let id = self.id(hash);
            self.words[id as usize].in_b += 1;
            self.b.push(id);
        }
    }

    fn id(&mut self, hash: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = self.key.place(hash);
        loop {
            at &= mask;
            match self.slots[at] {
                0 => {
                    self.words.push(Word { hash, in_a: 0, in_b: 0 });
                    self.slots[at] = self.words.len() as u32;
                    return self.slots[at] - 1;
                }
                taken if self.words[taken as usize - 1].hash == hash => return taken - 1,
                _ => at += 1,
            }
        }
    }

    /// The distinct words of both, by id.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The first text as ids.
    pub fn a(&self) -> &[u32] {
        &self.a
    }

    /// The second text as ids.
    pub fn b(&self) -> &[u32] {
        &self.b
    }

    /// Whether both texts have the word.
    pub fn is_shared(&self, id: u32) -> bool {
        let word = self.words[id as usize];
        word.in_a > 0 && word.in_b > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_are_the_words(
            a in proptest::collection::vec(0..40_u64, 0..80),
            b in proptest::collection::vec(20..60_u64, 0..80),
        ) {
            let mut vocabulary = Vocabulary::default();
            vocabulary.number(&[7, 7, 7], &[9]);
            vocabulary.number(&a, &b);
            let back = |ids: &[u32]| -> Vec<u64> {
                ids.iter().map(|&id| vocabulary.words()[id as usize].hash).collect()
            };
            prop_assert_eq!(back(vocabulary.a()), a.clone());
            prop_assert_eq!(back(vocabulary.b()), b.clone());
            for word in vocabulary.words() {
                let count = |side: &[u64]| side.iter().filter(|&&w| w == word.hash).count() as u32;
                prop_assert_eq!((word.in_a, word.in_b), (count(&a), count(&b)));
            }
        }
    }
}
