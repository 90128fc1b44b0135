//! Folding: text to comparable words, with the way back to the original bytes.
//!
//! Two outlets that print the same story rarely print the same bytes: hamzas are left out, vowels
//! are added, quotation marks differ, a scraper turns letters into entities or reads the page in the
//! wrong encoding. Folding maps all of these to one spelling. The rules are data ([`Profile`] says
//! which of them hold) and are numbered R1–R33 throughout this folder.
//!
//! The order of work in one text: the encoding repair of R2 and R3, then the entities and tags of
//! R4, then one pass over the bytes for the character rules and the borders of words, then the word
//! rules R25–R28 in place. The first two are rare; they write a new text and a list of edits, through
//! which the spans of the finished tokens are led back.

mod append;
mod arabic;
#[cfg(target_arch = "x86_64")]
mod blocks;
#[cfg(target_arch = "x86_64")]
mod blocks_512;
mod blocks_plain;
mod entities;
mod gaps;
mod hash;
mod kernel;
mod layer;
mod letters;
mod loose;
mod markup;
mod mojibake;
mod names;
mod particles;
mod presentation;
pub mod reference;
mod runs;
pub mod tables;
mod touched;
mod words;

use crate::types::ByteSpan;
pub use gaps::Gap;
pub use hash::hash_word;
use kernel::Seen;
use layer::Layer;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Version of the folding rules; stamped into every run.
///
/// It rises with every change that gives any text other words. Hashes, signatures and band keys of
/// two versions must not be compared.
pub const FOLD_VERSION: u32 = 1;

/// How much spelling is folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Byte noise only (rules R1–R22).
    Strict,
    /// Strict and the spelling variants that outlets differ in (R23–R29).
    #[default]
    Standard,
    /// Standard and R30–R33, for short blocks.
    Loose,
}

impl Profile {
    /// All profiles, from the least folding to the most.
    pub const ALL: [Self; 3] = [Self::Strict, Self::Standard, Self::Loose];

    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Standard => "standard",
            Self::Loose => "loose",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A profile that does not exist was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fold profile is called {name:?}; there are strict, standard and loose")]
pub struct UnknownProfile {
    /// The name that was given.
    pub name: String,
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == name)
            .ok_or_else(|| UnknownProfile { name: name.to_owned() })
    }
}

/// One word of a folded text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// First byte in [`Folded::text`].
    pub start: u32,
    /// One past the last byte in [`Folded::text`].
    pub end: u32,
    /// The bytes of the original text that became this word.
    ///
    /// From the first letter to the next boundary or word, so that trailing marks belong to it. The
    /// words of one sign (U+FDFA) share a span; all other spans are disjoint and in order. A glued
    /// word (R27) reaches from its particle to its end, whatever stands between.
    pub span: ByteSpan,
}

/// A folded text: its words joined by single spaces, their hashes, and the way back.
///
/// The value also holds the working memory of the fold; use one for many texts.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    text: String,
    tokens: Vec<Token>,
    hashes: Vec<u64>,
    gaps: Vec<Gap>,
    scratch: Scratch,
}

/// Memory that is used again from text to text.
#[derive(Clone, Debug, Default)]
struct Scratch {
    /// R2 and R3.
    repaired: Layer,
    /// R4, two rounds of entities, then the tags.
    markup: markup::Markup,
    /// Of words of which nothing but the hashes is kept.
    letters: Vec<u8>,
    runs: runs::Runs,
    /// Words that wait for the word after them.
    window: particles::Window,
}

/// The hashes of the words of a text, for whoever wants nothing else of them.
///
/// The value also holds the working memory of the fold; use one for many texts.
#[derive(Clone, Debug, Default)]
pub struct WordHashes {
    hashes: Vec<u64>,
    /// Its words are not those of the text.
    memory: Folded,
}

impl WordHashes {
    /// [`hash_word`] of each word's folded bytes, in order.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Empties the list and keeps its memory.
    pub fn clear(&mut self) {
        self.hashes.clear();
    }
}

/// What a text is folded into.
struct Out<'o> {
    keep: Keep,
    /// Words that are there before and stay.
    known: usize,
    buffer: &'o mut Vec<u8>,
    tokens: &'o mut Vec<Token>,
    hashes: &'o mut Vec<u64>,
    gaps: &'o mut Vec<Gap>,
}

/// What is kept of the words of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Their letters, places and hashes.
    All,
    /// Their places and hashes.
    Places,
    /// Their hashes; the others are kept only as long as a word waits.
    Hashes,
}

impl Folded {
    /// The words, joined by single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The words in order.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// [`hash_word`] of each word's folded bytes, in order.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The gaps between words where a line or a cell may end, ascending; of a text that was folded
    /// as one. A gap may be noted twice, and so may white space at the ends of the text.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether the text holds no word.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The folded bytes of word `i`.
    ///
    /// # Panics
    /// If there is no word `i`.
    pub fn word(&self, i: usize) -> &str {
        let token = self.tokens[i];
        &self.text[token.start as usize..token.end as usize]
    }

    /// Drops the first words; their letters stay in [`Folded::text`] if it has any.
    pub(crate) fn drop_first(&mut self, words: usize) {
        self.tokens.drain(..words);
        self.hashes.drain(..words);
    }

    /// Empties the buffers and keeps their memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.tokens.clear();
        self.hashes.clear();
        self.gaps.clear();
    }
}

/// Folds texts by one profile.
#[derive(Clone, Debug)]
pub struct Folder {
    profile: Profile,
    options: loose::Options,
}

impl Folder {
    /// A folder of this profile.
    pub fn new(profile: Profile) -> Self {
        Self { profile, options: loose::Options::default() }
    }

    /// The profile.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Whether `loose` also drops the free hamza ء (R31). Off at first: علماء becomes علما.
    #[must_use]
    pub fn dropping_hamza(mut self, on: bool) -> Self {
        self.options.drop_hamza = on;
        self
    }

    /// Whether `loose` also strips a leading و or ف where three letters stay (R32).
    ///
    /// Off at first: it is for texts of a dozen words, since واحد becomes احد.
    #[must_use]
    pub fn stripping_conjunctions(mut self, on: bool) -> Self {
        self.options.strip_conjunctions = on;
        self
    }

    /// Folds `text` into `out`, whose old content is dropped.
    ///
    /// `text` is any text of at most 4 GiB; there is no text that fails. One pass and no allocation
    /// once the buffers of `out` have grown, unless the text has entities, tags or a broken encoding,
    /// which cost a pass each. Time is linear in the length of the text.
    ///
    /// # Panics
    /// If `text` is longer than `u32::MAX` bytes.
    pub fn fold_into(&self, text: &str, out: &mut Folded) {
        self.fold_after(0, text, out);
    }

    /// Folds `text` and appends its words to those of `out`, as if it had been folded by itself; their
    /// spans are places of `text`. [`Folded::gaps`] are those of `text` alone, after all words of `out`.
    ///
    /// # Panics
    /// As [`Folder::fold_into`].
    pub fn fold_onto(&self, text: &str, out: &mut Folded) {
        if self.profile == Profile::Loose && !out.is_empty() {
            // Its own rules go over all words, and those of another text are folded already.
            let alone = self.fold(text);
            out.append(&alone, 0..alone.len());
            out.gaps.clear();
        } else {
            self.fold_after(out.len(), text, out);
        }
    }

    /// Folds `text` and appends the hashes of its words, as [`Folded::hashes`] has them, to those of
    /// `out`, for about two thirds of what they cost with letters and spans.
    ///
    /// # Panics
    /// As [`Folder::fold_into`].
    pub fn hash_onto(&self, text: &str, out: &mut WordHashes) {
        let WordHashes { hashes, memory } = out;
        if self.profile == Profile::Loose {
            // Its own rules go over finished words.
            self.fold_into(text, memory);
            hashes.extend_from_slice(memory.hashes());
        } else {
            let known = hashes.len();
            let Folded { tokens, gaps, scratch, .. } = memory;
            let mut buffer = std::mem::take(&mut scratch.letters);
            let out = Out { keep: Keep::Hashes, known, buffer: &mut buffer, tokens, hashes, gaps };
            self.fold_by(text, out, scratch);
            scratch.letters = buffer;
        }
    }

    /// Folds `text` into `out` as [`Folder::fold_into`] does, without letters: [`Folded::text`] and every
    /// [`Folded::word`] is empty, which takes a fifth off the time. Loose rules make letters nevertheless.
    ///
    /// # Panics
    /// As [`Folder::fold_into`].
    pub fn place_into(&self, text: &str, out: &mut Folded) {
        if self.profile == Profile::Loose {
            return self.fold_into(text, out);
        }
        out.text.clear();
        self.place_after(0, text, out);
    }

    /// Appends the words of `text` to those of `out`, which have no letters either, as
    /// [`Folder::fold_onto`] does.
    ///
    /// # Panics
    /// As [`Folder::fold_into`].
    pub fn place_onto(&self, text: &str, out: &mut Folded) {
        if self.profile == Profile::Loose {
            self.fold_onto(text, out);
        } else {
            self.place_after(out.len(), text, out);
        }
    }

    /// Places the words of `text` after the first `known` of `out`.
    fn place_after(&self, known: usize, text: &str, out: &mut Folded) {
        let Folded { tokens, hashes, gaps, scratch, .. } = out;
        let mut buffer = std::mem::take(&mut scratch.letters);
        let out = Out { keep: Keep::Places, known, buffer: &mut buffer, tokens, hashes, gaps };
        self.fold_by(text, out, scratch);
        scratch.letters = buffer;
    }

    /// Folds `text` after the first `known` words of `out`, where nothing but the words of `text` is left
    /// to the loose rules: there `known` is 0.
    fn fold_after(&self, known: usize, text: &str, out: &mut Folded) {
        let Folded { text: folded, tokens, hashes, gaps, scratch } = out;
        // Not emptied: filling it with zeros again would be a pass over memory.
        let mut buffer = std::mem::take(folded).into_bytes();
        let out = Out { keep: Keep::All, known, buffer: &mut buffer, tokens, hashes, gaps };
        self.fold_by(text, out, scratch);
        if self.profile == Profile::Loose {
            loose::fold(self.options, &mut buffer, tokens, &mut scratch.window);
            hashes.clear();
            hash::hash_words(&buffer, tokens, 0, hashes);
        }
        *folded = kernel::into_text(buffer);
    }

    /// All rules but those that only `loose` has.
    fn fold_by(&self, text: &str, mut out: Out<'_>, scratch: &mut Scratch) {
        assert!(u32::try_from(text.len()).is_ok(), "a text of {} bytes", text.len());
        let Scratch { repaired, markup, runs, window, .. } = scratch;

        // The kernel sees markup and signs of a broken encoding in passing, so that sound text is read once.
        let seen = kernel::fold(self.profile, text, &mut out, (runs, window), Some(markup));
        let mut marked = seen == Seen::Markup;
        let mended = seen != Seen::Sound && mojibake::repair(text, repaired);
        if mended {
            marked = markup::decode(&repaired.text, markup);
        }
        if mended || marked {
            let source = match (marked, mended) {
                (true, _) => markup::result(markup),
                (false, _) => &repaired.text,
            };
            kernel::fold(self.profile, source, &mut out, (runs, window), None);
            if out.keep == Keep::Hashes {
                return;
            }
            let tokens = &mut out.tokens[out.known..];
            if marked {
                for layer in markup.iter().rev() {
                    layer.lead_back(tokens);
                }
            }
            if mended {
                repaired.lead_back(tokens);
            }
            gaps::find(text, tokens, out.gaps);
        }
    }

    /// Folds `text` into a new [`Folded`].
    pub fn fold(&self, text: &str) -> Folded {
        let mut out = Folded::default();
        self.fold_into(text, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hashes_and_places_alone_are_those_of_the_words(
            texts in prop::collection::vec(
                "([ء-ي]{1,9}|[وفبلك]?عبدالله|ا ف ب|و|ال|ﷺ|شىء|[0-9]{1,7}|a|&quot;|<b>|ط§ظ„ط®ط¨ط±|[\u{64b}\u{650}\u{654}\u{640}]|[ ،.«»“”\n\u{a0}\u{200f}]{1,2}|[\u{64b}”] | ){0,60}",
                1..4,
            ),
        ) {
            for profile in Profile::ALL {
                let folder = Folder::new(profile);
                let mut hashes = WordHashes::default();
                let (mut expected, mut placed) = (Vec::new(), Folded::default());
                let (mut together, mut spans_of_all) = (Folded::default(), Vec::new());
                for text in &texts {
                    folder.hash_onto(text, &mut hashes);
                    let folded = folder.fold(text);
                    expected.extend_from_slice(folded.hashes());
                    prop_assert_eq!(hashes.hashes(), &expected, "{:?}", text);
                    folder.place_into(text, &mut placed);
                    prop_assert_eq!(placed.hashes(), folded.hashes());
                    prop_assert_eq!(placed.gaps(), folded.gaps());
                    let spans = |folded: &Folded| -> Vec<ByteSpan> {
                        folded.tokens().iter().map(|token| token.span).collect()
                    };
                    prop_assert_eq!(spans(&placed), spans(&folded));
                    folder.place_onto(text, &mut together);
                    spans_of_all.extend(spans(&folded));
                    prop_assert_eq!(together.hashes(), &expected);
                    prop_assert_eq!(spans(&together), &*spans_of_all);
                    let letters = (0..placed.len()).any(|word| !placed.word(word).is_empty());
                    prop_assert!(!letters || profile == Profile::Loose);
                }
            }
        }
    }
}
