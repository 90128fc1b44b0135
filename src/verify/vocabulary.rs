//! The words of two texts as small numbers.
//!
//! In: two sequences of word hashes. Out: the same as numbers, with how often each side has each word.
//! A text that is paired with many others is looked up once: its words are known by their numbers from
//! then on, and how often it has each. Cost: linear in words once, in distinct words for a pair; memory
//! is kept from pair to pair. Does not: look at letters.

use super::align::SEED;
use super::numbers::Numbers;

/// One word of either text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Word {
    /// Its number among all words that are known.
    pub number: u32,
    /// How often the first text has it.
    pub in_a: u32,
    /// How often the second text has it.
    pub in_b: u32,
}

/// A text whose words are known.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownText {
    /// The number of each word.
    words: Vec<u32>,
    /// By the word it begins with, a hash of each seed: of [`SEED`] words in a row.
    seeds: Vec<u32>,
    /// Its distinct words by their numbers, and how often it has each, in order of first appearance.
    distinct: Vec<(u32, u32)>,
    /// Words in digits that are parts of dates in this text.
    pub(super) dates: Vec<u32>,
    /// What its words weigh together.
    pub(super) weight: u64,
}

impl KnownText {
    /// Whether it has no word: as before it is made known.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of each word.
    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }

    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.seeds.clear();
        self.distinct.clear();
        self.dates.clear();
        self.weight = 0;
    }
}

/// The words of two texts, by numbers that are the same for all texts that are known.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// The distinct words of the last pair, and how many there are.
    words: Vec<Word>,
    count: usize,
    a: Vec<u32>,
    b: Vec<u32>,
    seeds: [Vec<u32>; 2],
    /// The words of all texts that are known.
    known: Numbers,
    /// The last text that was made known and the last pair, each counted by the same count, that has
    /// a known word; and its place in a list of theirs.
    met: Vec<(u32, u32)>,
    time: u32,
    texts: [KnownText; 2],
}

impl Vocabulary {
    /// Numbers the words of two texts; what was there before goes, and so do all known texts.
    pub fn number(&mut self, a: &[u64], b: &[u64]) {
        self.forget();
        let [mut known_a, mut known_b] = std::mem::take(&mut self.texts);
        self.know(a, &mut known_a);
        self.know(b, &mut known_b);
        self.number_known(&known_a, &known_b);
        self.texts = [known_a, known_b];
    }

    /// Makes a text known: `text` becomes the numbers of its words among all known words, in order of
    /// first appearance.
    pub(super) fn know(&mut self, hashes: &[u64], text: &mut KnownText) {
        text.clear();
        self.known.number_all(hashes, &mut text.words);
        text.seeds.extend(hashes.array_windows().map(seed));
        let time = self.next_time();
        for &number in &text.words {
            let (last, place) = &mut self.met[number as usize];
            if *last != time {
                (*last, *place) = (time, text.distinct.len() as u32);
                text.distinct.push((number, 0));
            }
            text.distinct[*place as usize].1 += 1;
        }
    }

    /// How many words are known; their numbers are below it.
    pub(super) fn known(&self) -> usize {
        self.known.len()
    }

    /// Forgets all texts; the numbers of their words mean nothing any more.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.met.clear();
        self.time = 0;
    }

    /// A time at which no word was met; room for all known words.
    fn next_time(&mut self) -> u32 {
        self.met.resize(self.known.len(), (0, 0));
        if self.time == u32::MAX {
            self.met.fill((0, 0));
            self.time = 0;
        }
        self.time += 1;
        self.time
    }

    /// Puts two known texts side by side; the pair before goes.
    pub(super) fn number_known(&mut self, a: &KnownText, b: &KnownText) {
        self.a.clone_from(&a.words);
        self.b.clone_from(&b.words);
        self.seeds[0].clone_from(&a.seeds);
        self.seeds[1].clone_from(&b.seeds);
        let most = a.distinct.len() + b.distinct.len();
        if self.words.len() < most {
            self.words.resize(most, Word::default());
        }
        let time = self.next_time();
        let Self { words, met, .. } = self;
        for ((at, word), &(number, in_a)) in (0..).zip(&mut *words).zip(&a.distinct) {
            *word = Word { number, in_a, in_b: 0 };
            met[number as usize] = (time, at);
        }
        // Whether the first text has a word is hard to guess: no jump depends on it.
        let mut count = a.distinct.len();
        for &(number, times) in &b.distinct {
            let (last, at) = met[number as usize];
            words[count] = Word { number, in_a: 0, in_b: 0 };
            let place = if last == time { at as usize } else { count };
            words[place].in_b = times;
            count += usize::from(last != time);
        }
        self.count = count;
    }

    /// The distinct words of both.
    pub fn words(&self) -> &[Word] {
        &self.words[..self.count]
    }

    /// The first text as numbers.
    pub fn a(&self) -> &[u32] {
        &self.a
    }

    /// The second text as numbers.
    pub fn b(&self) -> &[u32] {
        &self.b
    }

    /// The seeds of the first and the second text, by the word they begin with: equal ones have equal
    /// hashes.
    pub(super) fn seeds(&self) -> [&[u32]; 2] {
        [&self.seeds[0], &self.seeds[1]]
    }
}

fn seed(&[x, y, z]: &[u64; SEED]) -> u32 {
    // An odd number without a pattern: the fraction of the golden ratio.
    let mixed = (x.rotate_left(42) ^ y.rotate_left(21) ^ z).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ids_are_the_words(
            a in proptest::collection::vec(0..40_u64, 0..80),
            b in proptest::collection::vec(20..60_u64, 0..80),
        ) {
            let mut vocabulary = Vocabulary::default();
            vocabulary.number(&[7, 7, 7], &[9]);
            // Whatever else is known.
            let mut others = [KnownText::default(), KnownText::default(), KnownText::default()];
            vocabulary.know(&[55, 3, 56, 3], &mut others[0]);
            vocabulary.know(&b, &mut others[1]);
            vocabulary.know(&a, &mut others[2]);
            for (a, b, known_a, known_b) in
                [(&a, &b, 2, 1), (&b, &a, 1, 2), (&a, &a, 2, 2), (&a, &b, 2, 1)]
            {
                vocabulary.number_known(&others[known_a], &others[known_b]);
                check(&vocabulary, a, b)?;
            }
            vocabulary.number(&a, &b);
            check(&vocabulary, &a, &b)?;
        }
    }

    fn check(vocabulary: &Vocabulary, a: &[u64], b: &[u64]) -> Result<(), TestCaseError> {
        let back = |numbers: &[u32]| -> Vec<u64> {
            numbers.iter().map(|&number| vocabulary.known.hash(number)).collect()
        };
        prop_assert_eq!(back(vocabulary.a()), a);
        prop_assert_eq!(back(vocabulary.b()), b);
        let numbers: BTreeSet<u32> = vocabulary.words().iter().map(|word| word.number).collect();
        prop_assert_eq!(numbers.len(), vocabulary.words().len(), "each once");
        prop_assert_eq!(numbers.len(), a.iter().chain(b).collect::<BTreeSet<_>>().len());
        for word in vocabulary.words() {
            let count = |side: &[u64]| {
                let hash = vocabulary.known.hash(word.number);
                side.iter().filter(|&&word| word == hash).count() as u32
            };
            prop_assert_eq!((word.in_a, word.in_b), (count(a), count(b)));
        }
        for (text, seeds) in [a, b].into_iter().zip(vocabulary.seeds()) {
            let expected: Vec<u32> = text.array_windows().map(seed).collect();
            prop_assert_eq!(seeds, expected);
        }
        Ok(())
    }
}
