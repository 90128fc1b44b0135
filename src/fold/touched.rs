//! Words that a stop of [`super::runs`] touches and that are plain nevertheless: with vowel marks, a tatweel
//! or signs without width in them, with letters of other alphabets, or right before a no-break space, a
//! dash or a quotation mark.
//!
//! They are put together of runs, so that the kernel goes on with the next run instead of reading them a
//! character at a time. Of the stops in news every second is such; the others are left: single letters,
//! names written together, Latin words, digits of Arabic.
#![allow(clippy::inline_always, reason = "the kernel's loop calls this for every stop")]

use super::Profile;
use super::kernel::{
    ASCII, BOUNDARY, CLASS, DIGIT, LENGTH, Scan, TATWEEL, begins_markup, is_arabic_lead,
};
use super::particles::PAIRS;
use super::runs::{LONGEST, Runs};
use crate::types::ByteSpan;

/// What a stop touches.
pub(super) enum Touched {
    Word(Word),
    /// One character between words, up to this byte.
    Boundary(usize),
    /// Anything else, or the end of the text.
    Odd,
}

/// A word with nothing that a word rule is about.
pub(super) struct Word {
    /// Its folded letters, and anything behind them.
    pub(super) letters: [u8; LONGEST],
    pub(super) length: usize,
    /// How many runs it is of.
    pub(super) runs: usize,
    pub(super) span: ByteSpan,
}

/// What a character is to a word of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    /// These bytes of the folded word.
    Letter([u8; 2]),
    /// Nothing; it has so many bytes.
    Dropped(usize),
    /// Its end, and no part of another; it has so many bytes.
    Boundary(usize),
    /// Its end.
    End,
    /// What needs a closer look.
    Odd,
}

impl Scan<'_> {
    /// What `stop` touches; the present run of `runs` is the first that ends there or behind.
    #[inline(always)]
    pub(super) fn touched(&self, runs: &Runs, stop: usize) -> Touched {
        let mut rest = &runs.borders[runs.next..];
        let mut start = rest[0][0] as usize;
        if stop < start {
            match self.next(stop) {
                Next::Letter(_) => start = stop,
                Next::Dropped(bytes) | Next::Boundary(bytes) => {
                    return Touched::Boundary(stop + bytes);
                }
                _ => return Touched::Odd,
            }
        }
        let (mut at, mut length) = (start, 0);
        let mut letters = [0; 2 * LONGEST];
        loop {
            let [from, to] = rest[0].map(|border| border as usize);
            if from == at
                && to - from <= LONGEST
                && let Some(run) = runs.folded[from..].first_chunk::<LONGEST>()
                && !run[0].is_ascii()
            {
                letters[length..length + LONGEST].copy_from_slice(run);
                length += to - from;
                at = to;
                rest = &rest[1..];
            } else {
                match self.next(at) {
                    Next::Letter(letter) => {
                        letters[length..length + 2].copy_from_slice(&letter);
                        length += 2;
                        at += 2;
                    }
                    Next::Dropped(bytes) => at += bytes,
                    Next::Boundary(_) | Next::End => break,
                    Next::Odd => return Touched::Odd,
                }
            }
            if length > LONGEST {
                return Touched::Odd;
            }
        }
        if self.profile != Profile::Strict && !is_plain(&letters, length) {
            return Touched::Odd;
        }
        let (letters, _) = letters.split_first_chunk().unwrap_or((&[0; LONGEST], &[]));
        Touched::Word(Word {
            letters: *letters,
            length,
            runs: runs.borders.len() - runs.next - rest.len(),
            span: ByteSpan::new(start as u32, at as u32),
        })
    }

    /// What the character at `at` is to a word of letters before it.
    #[inline(always)]
    fn next(&self, at: usize) -> Next {
        let splits = self.profile != Profile::Strict;
        let bytes = &self.source.as_bytes()[at..];
        match *bytes {
            [] => Next::End,
            [lead, ..] if lead < 0x80 => match ASCII[usize::from(lead)] {
                0 if begins_markup(lead) => Next::End,
                0 => Next::Boundary(1),
                letter if splits && letter.is_ascii_digit() => Next::End,
                _ => Next::Odd,
            },
            [lead, ..] if is_arabic_lead(lead) => {
                let e = self.entry(at);
                match e >> CLASS {
                    0 if e >> LENGTH == 0 => Next::Dropped(2),
                    0 => Next::Letter([e as u8, (e >> 8) as u8]),
                    TATWEEL => Next::Dropped(2),
                    BOUNDARY => Next::Boundary(2),
                    DIGIT if splits => Next::End,
                    _ => Next::Odd,
                }
            }
            // U+00A0, « and ».
            [0xC2, 0xA0 | 0xAB | 0xBB, ..] => Next::Boundary(2),
            [0xE2, 0x80, third, ..] => match third {
                // U+200C–200F and U+202A–202E: joiners and directions.
                0x8C..=0x8F | 0xAA..=0xAE => Next::Dropped(3),
                // U+2010–2027: dashes, quotation marks, bullets.
                0x90..=0xA7 => Next::Boundary(3),
                _ => Next::Odd,
            },
            _ => Next::Odd,
        }
    }
}

/// Whether it is plain that no word rule is about the first `length` of these bytes, behind which are at
/// least seven more.
///
/// Most words are; the few others that are not found plain are left to the rules. Without branches,
/// since the lengths of words cannot be foreseen.
#[inline(always)]
pub(super) fn is_plain(word: &[u8], length: usize) -> bool {
    let tail = word.get(..length).and_then(<[u8]>::last_chunk);
    let (Some(&head), Some(&tail)) = (word.first_chunk(), tail) else {
        return false;
    };
    let head = u64::from_le_bytes(head);
    let (first, second) = (head & NAME, head >> 16);
    let named = u8::from(first == ABD)
        | u8::from(first == ABU)
        | u8::from(second == ABD)
        | u8::from(second == ABU);
    let pair = head as u32;
    let waiting = PAIRS.iter().fold(0, |any, &waits| any | u8::from(pair == waits));
    // One letter may have four bytes, but none that others are made of.
    let rules = (u8::from(length == 4) & (waiting | u8::from(head as u8 >= 0xF0)))
        | (u8::from(length >= 12) & named)
        | u8::from(u32::from_le_bytes(tail) == YEH_HAMZA);
    rules == 0
}

/// Three letters in the low bytes of a word of 64 bits.
const NAME: u64 = 0xFFFF_FFFF_FFFF;
const ABD: u64 = word_of("عبد");
const ABU: u64 = word_of("ابو");

/// The letters of R25, folded.
const YEH_HAMZA: u32 = word_of("يء") as u32;

const fn word_of(letters: &str) -> u64 {
    let bytes = letters.as_bytes();
    let (mut word, mut at) = (0, 0);
    while at < bytes.len() {
        word |= (bytes[at] as u64) << (8 * at);
        at += 1;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::tables::{self, Action};

    #[test]
    fn what_follows_a_word_is_what_the_tables_say() {
        for profile in Profile::ALL {
            for c in '\0'..=char::MAX {
                let text = String::from(c);
                let expected = match tables::action(profile, c) {
                    Action::Drop | Action::Tatweel => Next::Dropped(c.len_utf8()),
                    Action::Letter(letter) if letter.is_ascii_digit() => Next::End,
                    Action::Letter(letter) if letter.len_utf8() == 2 => {
                        Next::Letter(crate::fold::kernel::encode(letter))
                    }
                    Action::Boundary if matches!(c, '&' | '<') => Next::End,
                    Action::Boundary => Next::Boundary(c.len_utf8()),
                    _ => Next::Odd,
                };
                let next = Scan::new(profile, &text).next(0);
                let is_digit = matches!(expected, Next::End) && c.is_numeric();
                assert!(
                    next == expected && !(is_digit && profile == Profile::Strict)
                        || next == Next::Odd,
                    "{c:?}"
                );
            }
        }
    }
}
