//! The words of two texts as small numbers.
//!
//! In: two sequences of word hashes. Out: the same as dense ids, with how often each side has each
//! word. A text that is paired with many others is looked up once: its words are known by numbers from
//! then on. Cost: linear; memory is kept from pair to pair. Does not: look at letters.

use super::numbers::Numbers;

/// One word of either text.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Its number among all words that are known.
    pub(super) known: u32,
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
    /// The words of all texts that are known.
    known: Numbers,
    /// The last pair that has a known word, and its id there.
    met: Vec<(u32, u32)>,
    pair: u32,
    texts: [Vec<u32>; 2],
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

    /// Makes the words of a text known: `text` becomes their numbers among all known words, in order
    /// of first appearance.
    pub(super) fn know(&mut self, hashes: &[u64], text: &mut Vec<u32>) {
        text.clear();
        self.known.number_all(hashes, text);
    }

    /// How many words are known.
    pub(super) fn known(&self) -> usize {
        self.known.len()
    }

    /// Forgets all texts; the numbers of their words mean nothing any more.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.met.clear();
        self.pair = 0;
    }

    /// Numbers the words of two known texts; what was numbered before goes.
    pub(super) fn number_known(&mut self, a: &[u32], b: &[u32]) {
        self.met.resize(self.known.len(), (0, 0));
        if self.pair == u32::MAX {
            self.met.fill((0, 0));
            self.pair = 0;
        }
        self.pair += 1;
        self.words.clear();
        self.a.clear();
        self.b.clear();
        let Self { words, met, pair, .. } = self;
        self.a.extend(a.iter().map(|&number| {
            let id = id(words, met, *pair, number);
            words[id as usize].in_a += 1;
            id
        }));
        self.b.extend(b.iter().map(|&number| {
            let id = id(words, met, *pair, number);
            words[id as usize].in_b += 1;
            id
        }));
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

/// The id of a known word in the pair in hand.
#[inline]
fn id(words: &mut Vec<Word>, met: &mut [(u32, u32)], pair: u32, number: u32) -> u32 {
    let (last, id) = &mut met[number as usize];
    if *last != pair {
        (*last, *id) = (pair, words.len() as u32);
        words.push(Word { known: number, in_a: 0, in_b: 0 });
    }
    *id
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
                let known = |&id: &u32| vocabulary.words()[id as usize].known;
                ids.iter().map(known).map(|number| vocabulary.known.hash(number)).collect()
            };
            prop_assert_eq!(back(vocabulary.a()), a.clone());
            prop_assert_eq!(back(vocabulary.b()), b.clone());
            for word in vocabulary.words() {
                let count = |side: &[u64]| {
                    let hash = vocabulary.known.hash(word.known);
                    side.iter().filter(|&&word| word == hash).count() as u32
                };
                prop_assert_eq!((word.in_a, word.in_b), (count(&a), count(&b)));
            }
            // Known texts are numbered the same, whatever else is known.
            let (mut known_a, mut known_b, mut ids) = (Vec::new(), Vec::new(), Vec::new());
            vocabulary.know(&[55, 3, 56], &mut known_a);
            vocabulary.know(&b, &mut known_b);
            vocabulary.know(&a, &mut known_a);
            for _ in 0..2 {
                vocabulary.number_known(&known_b, &known_a);
                vocabulary.number_known(&known_a, &known_b);
                ids.push((vocabulary.a().to_vec(), vocabulary.b().to_vec()));
            }
            vocabulary.number(&a, &b);
            ids.push((vocabulary.a().to_vec(), vocabulary.b().to_vec()));
            prop_assert!(ids.windows(2).all(|two| two[0] == two[1]));
        }
    }
}
