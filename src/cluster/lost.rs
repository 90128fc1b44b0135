//! What is lost with a page: the words that its keeper lacks altogether.

use std::cmp::Reverse;

use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::verify::Numbers;

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

/// The words of a page that is kept, to look the words of its copies up in. Its memory may be used
/// for page after page.
#[derive(Debug, Default)]
pub struct KeptWords {
    words: Numbers,
    set: Vec<u32>,
}

impl KeptWords {
    /// The words of a story.
    pub fn of(story: &Folded) -> Self {
        let mut words = Self::default();
        words.set(story);
        words
    }

    /// The words of another story; what was there before goes.
    pub fn set(&mut self, story: &Folded) {
        self.words.clear();
        self.set.clear();
        self.words.number_into(story.hashes(), &mut self.set);
    }

    /// The words of `story` that are not among these. Words are told apart by their hashes.
    pub fn lost(&self, story: &Folded, frequencies: &Frequencies) -> LostWords {
        let hashes = story.hashes().iter().enumerate();
        let mut lost: Vec<(Reverse<u32>, &str)> = hashes
            .filter(|&(_, &hash)| !self.words.has(hash))
            .map(|(at, &hash)| (Reverse(frequencies.weight(hash)), story.word(at)))
            .collect();
        let count = lost.len() as u64;
        lost.sort_unstable();
        lost.dedup();
        let rarest = lost.iter().take(RAREST).map(|&(_, word)| word.to_owned()).collect();
        LostWords { count, rarest }
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
        }
    }
}
