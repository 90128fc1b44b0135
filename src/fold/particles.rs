//! Rule R27: single letters and articles, which belong to the word after them.
//!
//! They wait in a window until a word comes that needs none of its neighbors; then the letters of an
//! agency fuse, and particles are glued to the next word or dropped before a number.

use super::kernel::Scan;
use super::tables::{self, AGENCIES, Action, PROCLITICS};
use super::{Profile, Token};
use crate::types::ByteSpan;

/// Memory for words that wait, used again from text to text.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// The first waiting token.
    pub(super) first: Option<usize>,
    pub(super) tokens: Vec<Token>,
    pub(super) text: Vec<u8>,
    pub(super) fused: Vec<Fused>,
}

/// One or more waiting tokens that are one word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fused {
    first: usize,
    last: usize,
    /// The word, where it is that of an agency.
    agency: Option<&'static str>,
}

/// What becomes of a waiting word.
pub(super) enum Glue {
    /// It stays as it is.
    Apart,
    /// It is dropped.
    BeforeNumber,
    /// It is glued to the next word.
    Next,
}

impl Window {
    /// Takes the tokens from `first` on over, with their text, and fuses the agencies among them.
    pub(super) fn take(
        &mut self,
        first: usize,
        tokens: &mut Vec<Token>,
        text: &[u8],
        scan: Scan<'_>,
    ) {
        self.tokens.clear();
        self.tokens.extend(tokens.drain(first..));
        let from = self.tokens.first().map_or(0, |token| token.start);
        for token in &mut self.tokens {
            token.start -= from;
            token.end -= from;
        }
        self.text.clear();
        self.text.extend_from_slice(&text[from as usize..]);
        self.fuse_agencies(scan);
    }

    /// The bytes of the source that became a word.
    pub(super) fn span(&self, fused: usize) -> ByteSpan {
        let Fused { first, last, .. } = self.fused[fused];
        ByteSpan::new(self.tokens[first].span.start, self.tokens[last].span.end)
    }

    fn token_word(&self, token: usize) -> &[u8] {
        let token = self.tokens[token];
        &self.text[token.start as usize..token.end as usize]
    }

    /// The letters of a word.
    pub(super) fn word(&self, fused: usize) -> &[u8] {
        let Fused { first, agency, .. } = self.fused[fused];
        agency.map_or_else(|| self.token_word(first), str::as_bytes)
    }

    /// Fuses the letters of agencies: fills `fused`.
    fn fuse_agencies(&mut self, scan: Scan<'_>) {
        self.fused.clear();
        let mut first = 0;
        while first < self.tokens.len() {
            // The letters of agencies stand one or two together.
            let may_spell = first + 1 < self.tokens.len()
                && [first, first + 1].iter().all(|&part| self.token_word(part).len() <= 4);
            let agency = may_spell
                .then(|| AGENCIES.iter().find(|(parts, _)| self.spells(first, parts, scan)))
                .flatten();
            let length = agency.map_or(1, |(parts, _)| parts.len());
            self.fused.push(Fused {
                first,
                last: first + length - 1,
                agency: agency.map(|(_, word)| *word),
            });
            first += length;
        }
    }

    fn spells(&self, first: usize, parts: &[&str], scan: Scan<'_>) -> bool {
        let after = first + parts.len();
        after <= self.tokens.len()
            && (first..after).zip(parts).all(|(i, part)| self.token_word(i) == part.as_bytes())
            && (first + 1..after).all(|i| {
                let gap = self.tokens[i - 1].span.end as usize..self.tokens[i].span.start as usize;
                is_abbreviation_gap(&scan.source[gap])
            })
            // Two letters are an agency only where they are not part of a row of letters.
            && (parts != ["ا", "ب"]
                || !(self.fused.len().checked_sub(1).is_some_and(|last| is_single(self.word(last)))
                    || (after < self.tokens.len() && is_single(self.token_word(after)))))
    }

    /// Decides about the word `at`.
    pub(super) fn gluing(&self, at: usize, source: &str) -> Glue {
        let word = self.word(at);
        if !PROCLITIC_NUMBERS.contains(&number(word))
            || at + 1 == self.fused.len()
            || (at > 0 && is_single(self.word(at - 1)))
        {
            return Glue::Apart;
        }
        let next = self.word(at + 1);
        let (end, start) = (self.span(at).end as usize, self.span(at + 1).start as usize);
        if is_single(next) || has_line_end(&source[end..start]) {
            return Glue::Apart;
        }
        match next {
            [b'0'..=b'9', ..] => Glue::BeforeNumber,
            [0xD8..=0xDB, ..] if !begins_phrase(&source[start..]) => Glue::Next,
            _ => Glue::Apart,
        }
    }
}

/// Whether a folded word may take part in R27 as more than a neighbor.
pub(super) fn waits(word: &[u8]) -> bool {
    is_single(word) || PAIRS.contains(&number(word))
}

/// The pairs of letters that may take part.
pub(super) const PAIRS: [u32; 6] = numbers(["ال", "لل", "اف", "فب", "دب", "با"]);

const PROCLITIC_NUMBERS: [u32; PROCLITICS.len()] = numbers(PROCLITICS);

const fn numbers<const COUNT: usize>(words: [&str; COUNT]) -> [u32; COUNT] {
    let mut numbers = [0; COUNT];
    let mut at = 0;
    while at < COUNT {
        numbers[at] = number(words[at].as_bytes());
        assert!(numbers[at] != 0);
        at += 1;
    }
    numbers
}

/// A word of one or two letters as a number, its bytes in their order from the lowest; 0 for any that is
/// longer. So words are compared with a list of them without a call for each.
const fn number(word: &[u8]) -> u32 {
    match *word {
        [a] => u32::from_le_bytes([a, 0, 0, 0]),
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// Whether a folded word is one letter.
fn is_single(word: &[u8]) -> bool {
    match *word {
        [lead] => !lead.is_ascii_digit(),
        [lead, _] => lead >= 0xC0,
        [lead, _, _] => lead >= 0xE0,
        [lead, _, _, _] => lead >= 0xF0,
        _ => false,
    }
}

/// Whether only spaces and full stops stand between the letters of an abbreviation.
fn is_abbreviation_gap(gap: &str) -> bool {
    !has_line_end(gap)
        && gap.chars().all(|c| {
            c == '.' || c.is_whitespace() || tables::action(Profile::Strict, c) == Action::Drop
        })
}

/// R7: whether a line ends in a gap between words.
fn has_line_end(gap: &str) -> bool {
    gap.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

fn begins_phrase(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| matches!(tables::action(Profile::Strict, c), Action::Phrase(_)))
}
