//! What is lost with a page: the words that its keeper lacks altogether.

use std::cmp::Reverse;

use crate::fold::{Folded, hash_word};
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

impl LostWords {
    /// Adds what is lost with another part of the same page.
    pub fn join(&mut self, other: Self, frequencies: &Frequencies) {
        self.count += other.count;
        self.rarest.extend(other.rarest);
        self.rarest.sort_by_cached_key(|word| {
            (Reverse(frequencies.weight(hash_word(word.as_bytes()))), word.clone())
        });
        self.rarest.dedup();
        self.rarest.truncate(RAREST);
    }
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

    /// [`LostTable::push`] of what is lost with one page.
    pub fn add(&mut self, lost: &LostWords) -> u32 {
        self.push(lost.count, lost.rarest.iter().map(String::as_str))
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
        self.set_hashes(story.hashes());
    }

    /// The words of these hashes.
    pub(super) fn set_hashes(&mut self, words: &[u64]) {
        self.0.set(words);
    }

    /// The words of `story` that are not among these. Words are told apart by their hashes.
    pub fn lost(&self, story: &Folded, frequencies: &Frequencies) -> LostWords {
        Self::named(self.lost_of(story.hashes(), frequencies), story)
    }

    /// Of the first `words` words of `story` those that are neither among these nor among `others`.
    pub(super) fn lost_beside(
        &self,
        others: &Self,
        (story, words): (&Folded, usize),
        frequencies: &Frequencies,
    ) -> LostWords {
        let is_lost = |hash| !self.0.has(hash) && !others.0.has(hash);
        Self::named(Lost::of(&story.hashes()[..words], is_lost, frequencies), story)
    }

    fn named(lost: Lost, story: &Folded) -> LostWords {
        let count = lost.count;
        let mut rarest = Vec::new();
        lost.name(
            |at, letters| letters.push_str(story.word(at)),
            |words| rarest.extend(words.iter().map(|&(_, word)| word.to_owned())),
        );
        LostWords { count, rarest }
    }

    /// Those of the words of these hashes that are not among these.
    pub(super) fn lost_of(&self, words: &[u64], frequencies: &Frequencies) -> Lost {
        Lost::of(words, |hash| !self.0.has(hash), frequencies)
    }
}

/// Words that are lost with a page, before they are named.
pub(super) struct Lost {
    count: u64,
    /// The weights and hashes of the rarest, and where each stands in the story.
    words: Vec<(Reverse<u32>, u64, usize)>,
}

impl Lost {
    /// Those of the words of these hashes that are lost.
    fn of(words: &[u64], is_lost: impl Fn(u64) -> bool, frequencies: &Frequencies) -> Self {
        let lost = words.iter().enumerate().filter(|&(_, &hash)| is_lost(hash));
        let mut words: Vec<(Reverse<u32>, u64, usize)> =
            lost.map(|(at, &hash)| (Reverse(frequencies.weight(hash)), hash, at)).collect();
        let count = words.len() as u64;
        words.sort_unstable();
        words.dedup_by_key(|word| word.1);
        // Those that are as rare are told apart by their letters.
        if let Some(&(least, ..)) = words.get(RAREST - 1) {
            words.truncate(words.partition_point(|word| word.0 <= least));
        }
        Self { count, words }
    }

    /// Adds them to `table`; `letters` appends those of the word at a place of the story.
    pub(super) fn put(self, letters: impl FnMut(usize, &mut String), table: &mut LostTable) {
        let count = self.count;
        self.name(letters, |rarest| {
            table.push(count, rarest.iter().map(|&(_, word)| word));
        });
    }

    /// Hands the rarest words over, by weight and letters.
    fn name(
        self,
        mut letters: impl FnMut(usize, &mut String),
        take: impl FnOnce(&[(Reverse<u32>, &str)]),
    ) {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(self.words.len());
        for &(.., at) in &self.words {
            letters(at, &mut text);
            ends.push(text.len());
        }
        let mut start = 0;
        let word = |(&(weight, ..), &end): (&(Reverse<u32>, u64, usize), &usize)| {
            (weight, &text[std::mem::replace(&mut start, end)..end])
        };
        let mut rarest: Vec<(Reverse<u32>, &str)> =
            self.words.iter().zip(&ends).map(word).collect();
        rarest.sort_unstable();
        rarest.truncate(RAREST);
        take(&rarest);
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
            // Some of them are common.
            let common = ["من", "علي", "يوم", "وقال", "الدوله", "امس"];
            let word = |word: &u32| match common.get(*word as usize % 12) {
                Some(&common) => common.to_owned(),
                None => format!("كلمة{word}"),
            };
            let text = |words: &[u32]| {
                let words: Vec<String> = words.iter().map(word).collect();
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
            let frequencies = Frequencies::built_in();
            let at = |word: &str| (0..other.len()).find(|&at| other.word(at) == word).unwrap_or(0);
            let weight = |word: &str| frequencies.weight(other.hashes()[at(word)]);
            let mut rarest: Vec<&str> = lost.clone();
            rarest.sort_unstable_by_key(|&word| (Reverse(weight(word)), word));
            rarest.dedup();
            rarest.truncate(RAREST);
            prop_assert_eq!(&found.rarest, &rarest);
            let (mut table, mut more) = (LostTable::default(), LostTable::default());
            table.push(3, ["أول", "ثان"]);
            let lost = words.lost_of(other.hashes(), &Frequencies::built_in());
            lost.put(|at, letters| letters.push_str(other.word(at)), &mut more);
            table.append(&mut more);
            prop_assert!(more.is_empty() && table.len() == 2);
            prop_assert_eq!(table.get(1), found);
            prop_assert_eq!(table.get(0).rarest, ["أول", "ثان"]);
            prop_assert_eq!(table.get(LostTable::NOTHING), LostWords::default());
        }
    }
}
