//! The character rules in one pass over UTF-8 bytes.
//!
//! Nearly all words are runs of letters between spaces, which [`super::runs`] has found and folded
//! before. What is left is read a character at a time: Arabic letters are two bytes whose lead is
//! D8–DB; tables of 256 entries turn such a pair into its folded bytes. ASCII has a table of its own.
//! All else (some punctuation, presentation forms, other scripts) goes through [`tables::action`].
//! [`super::reference`] does the same slowly; tests prove them equal.
#![allow(clippy::inline_always, reason = "one loop over the words, as fast when it was measured")]

use super::gaps;
use super::letters::{self, Letters};
use super::markup::{self, Markup};
use super::mojibake;
use super::particles::Window;
use super::runs::Runs;
use super::tables::{self, Action, To};
use super::words::Words;
use super::{Keep, Out, Profile};

/// An entry of the page: two folded bytes, how many of them count (0 or 2), and the class.
///
/// Class 0 is written as it stands: a letter (two bytes) or a dropped mark (none).
pub(super) const LENGTH: u32 = 16;
pub(super) const CLASS: u32 = 24;
pub(super) const BOUNDARY: u32 = 1;
pub(super) const DIGIT: u32 = 2;
const HAMZA: u32 = 3;
pub(super) const TATWEEL: u32 = 4;

type Page = [u32; 256];

const PAGES: [Page; 3] = [page(Profile::Strict), page(Profile::Standard), page(Profile::Loose)];

/// U+0600–06FF under a profile.
const fn page(profile: Profile) -> Page {
    let mut page = [0; 256];
    let mut at = 0;
    while at < 256 {
        let code = 0x600 + at as u32;
        let letter = match tables::find(tables::STRICT, code) {
            Some(To::Letter(letter)) => Some(letter),
            None => char::from_u32(code),
            Some(_) => None,
        };
        page[at] = match letter {
            Some(letter) if letter.is_ascii() => letter as u32 | DIGIT << CLASS,
            Some(letter) => {
                let [lead, second] = encode(tables::fold_letter(profile, letter));
                lead as u32 | (second as u32) << 8 | 2 << LENGTH
            }
            None => match tables::find(tables::STRICT, code) {
                Some(To::Boundary) => BOUNDARY << CLASS,
                Some(To::Hamza) => HAMZA << CLASS,
                Some(To::Tatweel) => TATWEEL << CLASS,
                _ => 0,
            },
        };
        at += 1;
    }
    page
}

/// The letters of each profile.
pub(super) static LETTERS: [Letters; 3] =
    [letters(&PAGES[0]), letters(&PAGES[1]), letters(&PAGES[2])];

const fn letters(page: &Page) -> Letters {
    let mut letters = [0; 256];
    let mut at = 0;
    while at < 256 {
        if page[at] >> LENGTH == 2 {
            letters[at] = page[at] as u16;
        }
        at += 1;
    }
    letters
}

/// ASCII: the lower-case letter or the digit, or 0 for a boundary.
pub(super) static ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut at = 0;
    while at < 128 {
        table[at] = match tables::find(tables::STRICT, at as u32) {
            Some(To::Letter(letter)) => letter as u8,
            None => at as u8,
            Some(_) => 0,
        };
        at += 1;
    }
    table
};

/// ASCII: whether it is a boundary that leaves no gap to be noted and begins no entity or tag.
#[cfg(any(test, target_arch = "x86_64"))]
pub(super) static VISIBLE_BOUNDARY: [bool; 128] = {
    let mut table = [false; 128];
    let mut at = b' ' as usize;
    while at < 128 {
        table[at] = ASCII[at] == 0 && !begins_markup(at as u8);
        at += 1;
    }
    table
};

/// Whether an entity or a tag begins with this byte.
pub(super) const fn begins_markup(byte: u8) -> bool {
    matches!(byte, b'&' | b'<')
}

pub(super) const fn is_arabic_lead(byte: u8) -> bool {
    byte & 0xFC == 0xD8
}

const fn entry(page: &Page, lead: u8, second: u8) -> u32 {
    page[((lead & 3) as usize) << 6 | (second & 0x3F) as usize]
}

/// Folds `source` into `out`, whose old content is dropped but for the known words; where hashes alone are
/// kept, all else there holds nothing of use.
///
/// The buffer then holds the words joined by single spaces; the new spans are places of `source`. Entities
/// and tags are decoded into `markup` if there is one; if that changed anything, `out` holds nothing of use.
pub(super) fn fold(
    profile: Profile,
    source: &str,
    out: &mut Out<'_>,
    (runs, window): (&mut Runs, &mut Window),
    markup: Option<&mut Markup>,
) -> Seen {
    out.gaps.clear();
    runs.find(profile, source.as_bytes(), out.keep != Keep::Hashes);
    let mut pass = Pass {
        scan: Scan { profile, page: &PAGES[profile as usize], source },
        runs,
        words: Words::new(profile, source, out, window),
        splits: profile != Profile::Strict,
        markup,
        is_marked: false,
        odd: 0,
        western: 0,
    };
    pass.run();
    if pass.is_marked {
        Seen::Markup
    } else if pass.may_be_broken() {
        Seen::Broken
    } else {
        Seen::Sound
    }
}

/// What a text is seen to be while it is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Sound,
    /// It may have been read in a wrong encoding: always if [`super::mojibake::repair`] would change it.
    Broken,
    /// It has entities or tags, which are decoded now.
    Markup,
}

/// The folded bytes as text.
pub(super) fn into_text(buffer: Vec<u8>) -> String {
    debug_assert!(simdutf8::basic::from_utf8(&buffer).is_ok());
    // SAFETY: the buffer holds nothing but whole characters: `Words::push` encodes a `char`,
    // `Words::push_ascii` takes letters of `ASCII`, and a run of letters has only pairs of bytes that
    // `LETTERS` has, be it of `letters::run` or of `blocks`. The word rules move whole words and cut
    // between letters. (Checking again costs a tenth of the fold with simdutf8, and as much as all of
    // it with std.)
    unsafe { String::from_utf8_unchecked(buffer) }
}

/// Reads single characters of a text.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) profile: Profile,
    page: &'static Page,
    pub(super) source: &'a str,
}

impl<'a> Scan<'a> {
    pub(super) fn new(profile: Profile, source: &'a str) -> Self {
        Self { profile, page: &PAGES[profile as usize], source }
    }

    /// What becomes of the character at `at`, and where the next one is; none at the end.
    #[inline]
    pub(super) fn at(&self, at: usize) -> Option<(Action, usize)> {
        let bytes = self.source.as_bytes();
        let lead = *bytes.get(at)?;
        if lead < 0x80 {
            let action = match ASCII[usize::from(lead)] {
                0 => Action::Boundary,
                letter => Action::Letter(char::from(letter)),
            };
            return Some((action, at + 1));
        }
        if is_arabic_lead(lead) {
            let e = entry(self.page, lead, bytes[at + 1]);
            let action = match e >> CLASS {
                BOUNDARY => Action::Boundary,
                DIGIT => Action::Letter(char::from(e as u8)),
                HAMZA => Action::Hamza,
                TATWEEL => Action::Tatweel,
                _ if e >> LENGTH == 0 => Action::Drop,
                _ => Action::Letter(decode([e as u8, (e >> 8) as u8])),
            };
            return Some((action, at + 2));
        }
        let c = self.source[at..].chars().next()?;
        Some((tables::action(self.profile, c), at + c.len_utf8()))
    }

    /// The entry of the character at `at`, which has an Arabic lead.
    #[inline(always)]
    pub(super) fn entry(&self, at: usize) -> u32 {
        let bytes = self.source.as_bytes();
        entry(self.page, bytes[at], bytes[at + 1])
    }

    /// R14a: the end of a run of tatweel and dropped characters, if a letter follows it.
    fn letter_after_run(&self, mut at: usize) -> Option<usize> {
        while let Some((action, next)) = self.at(at) {
            match action {
                Action::Drop | Action::Hamza | Action::Tatweel => at = next,
                Action::Letter(c) => return (!c.is_ascii_digit()).then_some(at),
                Action::Form(_) => return Some(at),
                Action::Boundary | Action::Phrase(_) => return None,
            }
        }
        None
    }
}

/// The UTF-8 bytes of a letter of U+0080–07FF.
pub(super) const fn encode(c: char) -> [u8; 2] {
    [0xC0 | (c as u32 >> 6) as u8, 0x80 | (c as u32 & 0x3F) as u8]
}

/// The character of two UTF-8 bytes.
pub(super) const fn decode(bytes: [u8; 2]) -> char {
    match char::from_u32((bytes[0] as u32 & 0x1F) << 6 | (bytes[1] as u32 & 0x3F)) {
        Some(c) => c,
        None => char::REPLACEMENT_CHARACTER,
    }
}

struct Pass<'a, 'o> {
    scan: Scan<'a>,
    runs: &'o mut Runs,
    words: Words<'a, 'o>,
    /// R26 holds.
    splits: bool,
    /// Where entities and tags are to be decoded, until one may begin.
    markup: Option<&'o mut Markup>,
    /// There were some.
    is_marked: bool,
    /// Signs that only a broken encoding has right after ط and ظ.
    odd: usize,
    /// Characters of U+00C0–00FF.
    western: usize,
}

impl Pass<'_, '_> {
    #[inline(always)]
    fn run(&mut self) {
        let mut at = 0;
        while let Some(start) = self.seek(at) {
            at = self.plain_words(start);
            if at == start {
                at = self.word(start);
                self.words.finish(start, at);
            }
        }
        self.words.close();
    }

    /// Writes the words from `start` on that are runs of letters between plain boundaries, up to anything
    /// else; returns the end of the last. Nearly all words are such.
    #[inline(always)]
    fn plain_words(&mut self, start: usize) -> usize {
        if !self.runs.seek(start) {
            return start;
        }
        self.words.plain(self.runs, self.scan, start)
    }

    /// The next character that begins a word; phrases on the way are written.
    #[inline(always)]
    fn seek(&mut self, mut at: usize) -> Option<usize> {
        let bytes = self.scan.source.as_bytes();
        loop {
            let lead = *bytes.get(at)?;
            if lead < 0x80 {
                if ASCII[usize::from(lead)] != 0 {
                    return Some(at);
                }
                if begins_markup(lead) && self.decodes() {
                    return None;
                }
                if gaps::stands_out(bytes, at) {
                    self.words.note_gap(at as u32);
                }
                at += 1;
            } else if is_arabic_lead(lead) {
                let e = entry(self.scan.page, lead, bytes[at + 1]);
                if e >> LENGTH == 2 || e >> CLASS == DIGIT {
                    return Some(at);
                }
                at += 2;
            } else {
                let (action, next) = self.general(at)?;
                if gaps::stands_out(bytes, at) {
                    self.words.note_gap(at as u32);
                }
                match action {
                    Action::Letter(_) | Action::Form(_) => return Some(at),
                    Action::Phrase(phrase) => {
                        self.phrase(phrase, at, next);
                    }
                    Action::Drop | Action::Boundary | Action::Hamza | Action::Tatweel => {}
                }
                at = next;
            }
        }
    }

    /// Whether the text has entities or tags, when one may begin for the first time.
    #[cold]
    fn decodes(&mut self) -> bool {
        if let Some(layers) = self.markup.take() {
            self.is_marked = markup::decode(self.scan.source, layers);
        }
        self.is_marked
    }

    /// Writes the word that begins at `at`; returns its end.
    #[inline(always)]
    fn word(&mut self, mut at: usize) -> usize {
        // Only where R26 holds: there a word is of digits or of letters.
        let mut digits = false;
        loop {
            let Some(&lead) = self.scan.source.as_bytes().get(at) else {
                return at;
            };
            if is_arabic_lead(lead) && !digits {
                let length = self.letters(at);
                at += length;
                if length > 0 {
                    continue;
                }
            }
            if lead < 0x80 {
                let letter = ASCII[usize::from(lead)];
                if letter == 0 {
                    return at;
                }
                if self.parts(letter.is_ascii_digit(), &mut digits) {
                    return at;
                }
                self.words.push_ascii(letter);
                at += 1;
                continue;
            }
            // The comma and the vowel marks of the page.
            if is_arabic_lead(lead) {
                match entry(self.scan.page, lead, self.scan.source.as_bytes()[at + 1]) {
                    0 => {
                        at += 2;
                        continue;
                    }
                    e if e >> CLASS == BOUNDARY => return at,
                    _ => {}
                }
            }
            let Some((action, next)) = self.general(at) else {
                return at;
            };
            match action {
                Action::Boundary | Action::Phrase(_) => return at,
                Action::Letter(c) => {
                    if self.parts(c.is_ascii_digit(), &mut digits) {
                        return at;
                    }
                    self.words.push(c);
                }
                Action::Form(_) if digits => return at,
                Action::Form(form) => self.form(form),
                Action::Hamza => {
                    if let Some(mark) = self.scan.source[at..].chars().next() {
                        self.words.compose(mark);
                    }
                }
                Action::Tatweel if self.words.last().is_some_and(|c| c.is_ascii_digit()) => {
                    match self.scan.letter_after_run(at) {
                        Some(letter) => {
                            at = letter;
                            continue;
                        }
                        None => return at,
                    }
                }
                Action::Tatweel | Action::Drop => {}
            }
            at = next;
        }
    }

    /// Writes the letters from `at` on, or some of them; returns their length.
    #[inline(always)]
    fn letters(&mut self, at: usize) -> usize {
        let letters = &LETTERS[self.scan.profile as usize];
        let (buffer, out) = self.words.room();
        let length = letters::run(letters, self.scan.source.as_bytes(), at, buffer, out);
        self.words.wrote(out + length);
        length
    }

    /// R26: whether a digit or a letter does not belong to the word before it, which is of `digits` or
    /// of letters.
    #[inline]
    fn parts(&self, digit: bool, digits: &mut bool) -> bool {
        if self.splits && digit != *digits {
            if self.words.last().is_some() {
                return true;
            }
            *digits = digit;
        }
        false
    }

    /// [`Scan::at`], with an eye on signs of a broken encoding.
    #[inline(never)]
    fn general(&mut self, at: usize) -> Option<(Action, usize)> {
        let bytes = self.scan.source.as_bytes();
        match *bytes.get(at)? {
            0xC3 => self.western += 1,
            0xC2 if at >= 2
                && matches!(bytes[at - 2..at], [0xD8, 0xB7 | 0xB8])
                && !matches!(bytes[at + 1], 0xA0 | 0xAB | 0xB7 | 0xBB) =>
            {
                self.odd += 1;
            }
            _ => {}
        }
        self.scan.at(at)
    }

    /// Whether the text may have been read in a wrong encoding.
    fn may_be_broken(&self) -> bool {
        if self.odd < 2 && self.western < 2 {
            return false;
        }
        // A letter of each run.
        let source = self.scan.source;
        let letters = self.runs.found().filter_map(|run| source[run[0] as usize..].chars().next());
        mojibake::may_repair(self.odd, self.western, letters)
    }

    /// Writes the words of one sign.
    #[cold]
    fn phrase(&mut self, phrase: &str, start: usize, end: usize) {
        for word in phrase.split(' ') {
            self.form(word);
            self.words.finish(start, end);
        }
    }

    /// Writes letters that still have to be folded.
    fn form(&mut self, letters: &str) {
        for c in letters.chars() {
            if let Action::Letter(c) = tables::action(self.scan.profile, c) {
                self.words.push(c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_say_what_the_tables_say() {
        for profile in Profile::ALL {
            for c in ('\0'..='\u{7F}').chain('\u{600}'..='\u{6FF}') {
                let text = String::from(c);
                let scanned = Scan::new(profile, &text).at(0);
                assert_eq!(scanned, Some((tables::action(profile, c), text.len())), "{c:?}");
            }
        }
    }
}
