//! What the page's own story has told, and whether a text may speak of it: asked for every paragraph below
//! a pasted story, so that stems are made once and little is sorted.

use super::whose::{means_something, stem};
use crate::fold::Folded;

/// The stems of the words of a page, and those of its own story before a second one.
#[derive(Default)]
pub(super) struct Told {
    /// Where the page was when the story's were gathered.
    before: Option<(usize, u32)>,
    own: Vec<u64>,
    own_bits: Bits,
    /// One for every word of the page, or what is said of those that have none.
    stems: Vec<u64>,
}

/// Instead of a stem: nobody has asked.
const UNKNOWN: u64 = 0;
/// Instead of a stem: the word is too short to mean something.
const SHORT: u64 = 1;

impl Told {
    /// The stems of the page's own story, sorted, each once; gathered by `words` where the page is not where
    /// it was when that was done last.
    pub(super) fn gather<I: Iterator<Item = usize>>(
        &mut self,
        before: (usize, u32),
        folded: &Folded,
        words: impl FnOnce() -> I,
    ) {
        if self.before == Some(before) {
            return;
        }
        self.own = self.topic(folded, words());
        self.own_bits = Bits::default();
        for &stem in &self.own {
            self.own_bits.put(stem);
        }
        self.before = Some(before);
    }

    /// What [`Told::gather`] has gathered.
    pub(super) fn own(&self) -> &[u64] {
        &self.own
    }

    /// The stems of words that mean something, sorted, each once.
    pub(super) fn topic(
        &mut self,
        folded: &Folded,
        words: impl Iterator<Item = usize>,
    ) -> Vec<u64> {
        let mut topic: Vec<u64> = words.filter_map(|word| self.stem(folded, word)).collect();
        topic.sort_unstable();
        topic.dedup();
        topic
    }

    /// At most how many stems of these words the page's own story has, and at least how many different ones
    /// they are; without sorting them.
    pub(super) fn at_most(
        &mut self,
        folded: &Folded,
        words: impl Iterator<Item = usize>,
    ) -> (usize, usize) {
        let (mut shared, mut bits) = (0, Bits::default());
        for word in words {
            let Some(stem) = self.stem(folded, word) else { continue };
            bits.put(stem);
            if self.own_bits.has(stem) && self.own.binary_search(&stem).is_ok() {
                shared += 1;
            }
        }
        (shared, bits.len())
    }

    fn stem(&mut self, folded: &Folded, word: usize) -> Option<u64> {
        if self.stems.len() < folded.len() {
            self.stems.resize(folded.len(), UNKNOWN);
        }
        let known = &mut self.stems[word];
        if *known == UNKNOWN {
            *known = if means_something(folded, word) { stem(folded, word) } else { SHORT };
        }
        (*known > SHORT).then_some(*known)
    }
}

/// Twelve bits of each of some hashes.
struct Bits([u64; 64]);

impl Default for Bits {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Bits {
    fn place(hash: u64) -> (usize, u64) {
        ((hash >> 58) as usize, 1 << (hash >> 52 & 63))
    }

    fn put(&mut self, hash: u64) {
        let (at, bit) = Self::place(hash);
        self.0[at] |= bit;
    }

    /// Whether the hash may be among them.
    fn has(&self, hash: u64) -> bool {
        let (at, bit) = Self::place(hash);
        self.0[at] & bit != 0
    }

    /// At least how many they are.
    fn len(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use crate::segment::whose::topic;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_hold_of_what_is_sorted(
            words in prop::collection::vec("(ال|و|ب|وال)?[ا-ث]{1,5}", 1..80),
            cut in any::<prop::sample::Index>(),
        ) {
            let folded = Folder::new(Profile::Standard).fold(&words.join(" "));
            prop_assume!(!folded.is_empty());
            let cut = cut.index(folded.len());
            let mut told = Told::default();
            told.gather((1, 0), &folded, || 0..cut);
            let sorted = |words| topic(&folded, words, stem);
            let (own, rest) = (sorted(0..cut), sorted(cut..folded.len()));
            prop_assert_eq!(told.own(), &own);
            prop_assert_eq!(told.topic(&folded, cut..folded.len()), rest.clone());
            let (shared, different) = told.at_most(&folded, cut..folded.len());
            prop_assert!(different <= rest.len());
            prop_assert!(rest.iter().filter(|word| own.contains(word)).count() <= shared);
            told.gather((1, 0), &folded, || 0..0);
            prop_assert_eq!(told.own(), &own);
            told.gather((1, 1), &folded, || 0..0);
            prop_assert!(told.own().is_empty());
        }
    }
}
