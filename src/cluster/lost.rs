//! What is lost with a page: the words that its keeper lacks altogether.

use std::cmp::Reverse;

use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::verify::WordSet;

/// Words of a page that its keeper lacks altogether.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostWords {
    /// How many, each as often as it stands in the page.
    pub count: u64,
    /// The rarest of them, at most five, rarest first.
    pub rarest: Vec<String>,
}

/// Most words that [`LostWords::rarest`] names.
const RAREST: usize = 5;

/// What is lost with many pages, numbered as it was added: some 70 bytes for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostTable {
    counts: Vec<u32>,
    /// Where the words of each end.
    ends: Vec<u64>,
    /// The rarest words, each with a space after it: a folded word holds none.
    words: String,
}

impl LostTable {
    /// The number that stands for nothing.
    pub const NOTHING: u32 = u32::MAX;

    /// How many are in it.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds what is lost with one page; returns its number.
    pub fn push<'w>(&mut self, count: u64, rarest: impl IntoIterator<Item = &'w str>) -> u32 {
        for word in rarest {
            self.words.push_str(word);
            self.words.push(' ');
        }
        // A page has fewer words than bytes, and those are counted by 32 bits.
        self.counts.push(u32::try_from(count).unwrap_or(u32::MAX));
        self.ends.push(self.words.len() as u64);
        self.len() as u32 - 1
    }

    /// How many words are lost with the page of a number; none with that of [`Self::NOTHING`].
    pub fn count(&self, number: u32) -> u64 {
        self.counts.get(number as usize).copied().map_or(0, u64::from)
    }

    /// The rarest words that are lost with the page of a number; none with that of [`Self::NOTHING`].
    pub fn rarest(&self, number: u32) -> impl Iterator<Item = &str> {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let words = match self.ends.get(at) {
            Some(&end) => &self.words[start.unwrap_or_default() as usize..end as usize],
            None => "",
        };
        words.split_terminator(' ')
    }

    /// What is lost with the page of a number; nothing with that of [`Self::NOTHING`].
    pub fn get(&self, number: u32) -> LostWords {
        LostWords {
            count: self.count(number),
            rarest: self.rarest(number).map(str::to_owned).collect(),
        }
    }

    /// Adds what is in another table, which is empty afterwards; its numbers go on from those here.
    pub fn append(&mut self, other: &mut Self) {
        let base = self.words.len() as u64;
        self.counts.append(&mut other.counts);
        self.ends.extend(other.ends.drain(..).map(|end| base + end));
        self.words.push_str(&other.words);
        other.words.clear();
    }
}

/// The words of a page that is kept, to look the words of its copies up in. Its memory may be used
/// for page after page.
#[derive(Debug, Default)]
pub struct KeptWords(WordSet);

impl KeptWords {
    /// The words of a story.
    pub fn of(story: &Folded) -> Self {
        let mut words = Self::default();
        words.set(story);
        words
    }

    /// Words that are to be set, in the memory of these.
    pub(super) fn reusing(words: WordSet) -> Self {
        Self(words)
    }

    /// The memory, for others.
    pub(super) fn into_memory(self) -> WordSet {
        self.0
    }

    /// The words of another story; what was there before goes.
    pub fn set(&mut self, story: &Folded) {
        self.0.set(story.hashes());
    }

    /// The words of `story` that are not among these. Words are told apart by their hashes.
    pub fn lost(&self, story: &Folded, frequencies: &Frequencies) -> LostWords {
        let (count, rarest) = self.rarest(story, frequencies);
        LostWords { count, rarest: rarest.map(str::to_owned).collect() }
    }

    /// Adds the words of `story` that are not among these to `table`, as [`KeptWords::lost`] tells them.
    pub fn put_lost(
        &self,
        story: &Folded,
        frequencies: &Frequencies,
        table: &mut LostTable,
    ) -> u32 {
        let (count, rarest) = self.rarest(story, frequencies);
        table.push(count, rarest)
    }

    fn rarest<'s>(
        &self,
        story: &'s Folded,
        frequencies: &Frequencies,
    ) -> (u64, impl Iterator<Item = &'s str> + use<'s>) {
        let hashes = story.hashes().iter().enumerate();
        let mut lost: Vec<(Reverse<u32>, &str)> = hashes
            .filter(|&(_, &hash)| !self.0.has(hash))
            .map(|(at, &hash)| (Reverse(frequencies.weight(hash)), story.word(at)))
            .collect();
        let count = lost.len() as u64;
        lost.sort_unstable();
        lost.dedup();
        (count, lost.into_iter().take(RAREST).map(|(_, word)| word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn lost_words_are_those_the_keeper_lacks(
            kept in prop::collection::vec(0..60_u32, 0..80),
            other in prop::collection::vec(20..90_u32, 0..80),
        ) {
            let folder = Folder::new(Profile::Standard);
            let text = |words: &[u32]| {
                let words: Vec<String> = words.iter().map(|word| format!("كلمة{word}")).collect();
                folder.fold(&words.join(" "))
            };
            let (kept, other) = (text(&kept), text(&other));
            let mut words = KeptWords::of(&folder.fold("كلمة70 غير"));
            words.set(&kept);
            let found = words.lost(&other, &Frequencies::built_in());
            let has: HashSet<&str> = (0..kept.len()).map(|at| kept.word(at)).collect();
            let lost: Vec<&str> =
                (0..other.len()).map(|at| other.word(at)).filter(|word| !has.contains(word)).collect();
            prop_assert_eq!(found.count, lost.len() as u64);
            let distinct: HashSet<&str> = lost.iter().copied().collect();
            prop_assert_eq!(found.rarest.len(), distinct.len().min(RAREST));
            prop_assert!(found.rarest.iter().all(|word| distinct.contains(word.as_str())));
            let (mut table, mut more) = (LostTable::default(), LostTable::default());
            table.push(3, ["أول", "ثان"]);
            words.put_lost(&other, &Frequencies::built_in(), &mut more);
            table.append(&mut more);
            prop_assert!(more.is_empty() && table.len() == 2);
            prop_assert_eq!(table.get(1), found);
            prop_assert_eq!(table.get(0).rarest, ["أول", "ثان"]);
            prop_assert_eq!(table.get(LostTable::NOTHING), LostWords::default());
        }
    }
}
