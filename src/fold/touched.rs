//! Words that a stop of [`super::runs`] touches and that are plain nevertheless: with vowel marks, a tatweel
//! or signs without width in them, with letters of other alphabets, before a no-break space or a dash.
//!
//! One word in thirty is such. They are put together of runs, so that the kernel can go on with the next
//! run.
#![allow(clippy::inline_always, reason = "the kernel's loop calls this for every stop")]

use super::Profile;
use super::kernel::{ASCII, BOUNDARY, CLASS, DIGIT, LENGTH, Scan, TATWEEL, is_arabic_lead};
use super::runs::{LONGEST, Runs};
use super::words::is_plain;
use crate::types::ByteSpan;

/// What a stop touches.
pub(super) enum Touched {
    Word(Word),
    /// Something between words, up to this byte.
    Boundary(usize),
    /// Anything else, or nothing.
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

/// What follows a word.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Letter([u8; 2]),
    /// Nothing is left of it; so many bytes.
    Dropped(usize),
    /// Likewise, and a word ends there.
    Boundary(usize),
    /// A word of letters ends there, of which it is no part.
    End,
    Odd,
}

impl Scan<'_> {
    /// What `stop` touches, if the present run of `runs` is the first that ends there or behind.
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

    #[inline(always)]
    fn next(&self, at: usize) -> Next {
        let splits = self.profile != Profile::Strict;
        let bytes = &self.source.as_bytes()[at..];
        match *bytes {
            [] => Next::End,
            [lead, ..] if lead < 0x80 => match ASCII[usize::from(lead)] {
                0 => Next::End,
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
            [0xC2, 0xA0 | 0xAB | 0xBB, ..] => Next::Boundary(2),
            [0xE2, 0x80, third, ..] => match third {
                0x8C..=0x8F | 0xAA..=0xAE => Next::Dropped(3),
                0x90..=0xA7 => Next::Boundary(3),
                _ => Next::Odd,
            },
            _ => Next::Odd,
        }
    }
}
