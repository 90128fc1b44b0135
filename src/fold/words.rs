//! The words of a text as they are written, and the word rules R25 and R28.
//!
//! A word that stands for itself is written once and stays; those of R27 are written again when their
//! window is settled. Everything happens at the end of the buffer.
#![allow(clippy::inline_always, reason = "the kernel's loop calls this for every word")]

use super::hash::{hash_letters, hash_words};
use super::kernel::Scan;
use super::particles::{Glue, Window, waits};
use super::runs::{LONGEST, Runs};
use super::tables::{self, Action};
use super::{Profile, Token};
use crate::types::ByteSpan;

/// Bytes that a word may need beyond what is left of the source.
const SLACK: usize = 64;

/// The words written so far, and the one in the making.
pub(super) struct Words<'a, 'o> {
    profile: Profile,
    source: &'a str,
    buffer: &'o mut Vec<u8>,
    /// Where the word in the making begins and ends in the buffer.
    word: usize,
    end: usize,
    /// Where in the source the last finished word ends.
    done: usize,
    tokens: &'o mut Vec<Token>,
    /// Hashes of the words of [`Words::tokens`] up to one that may still change.
    hashes: &'o mut Vec<u64>,
    window: &'o mut Window,
}

impl<'a, 'o> Words<'a, 'o> {
    /// The first `known` of `tokens`, whose hashes are known, and no words yet; what else the buffers hold
    /// is lost.
    pub(super) fn new(
        profile: Profile,
        source: &'a str,
        known: usize,
        buffer: &'o mut Vec<u8>,
        (tokens, hashes): (&'o mut Vec<Token>, &'o mut Vec<u64>),
        window: &'o mut Window,
    ) -> Self {
        tokens.truncate(known);
        hashes.truncate(known);
        window.first = None;
        let end = tokens.last().map_or(0, |last| last.end as usize + 1);
        // What stands in the buffer is written over or, by `close`, cut off.
        if buffer.len() < end + source.len() + SLACK {
            buffer.resize(end + source.len() + SLACK, 0);
        }
        if let Some(last) = end.checked_sub(1) {
            buffer[last] = b' ';
        }
        Self { profile, source, buffer, word: end, end, done: 0, tokens, hashes, window }
    }

    /// The buffer and the place to write on; holds as many bytes as are left of the source, and eight.
    pub(super) fn room(&mut self) -> (&mut [u8], usize) {
        (self.buffer, self.end)
    }

    /// Tells how far [`Words::room`] was written.
    pub(super) fn wrote(&mut self, end: usize) {
        self.end = end;
    }

    /// Number of words written.
    pub(super) fn count(&self) -> u32 {
        self.tokens.len() as u32
    }

    /// The last byte of the word in the making.
    pub(super) fn last(&self) -> Option<u8> {
        (self.end > self.word).then(|| self.buffer[self.end - 1])
    }

    /// Adds a letter to the word in the making.
    pub(super) fn push(&mut self, c: char) {
        self.ensure(c.len_utf8());
        self.end += c.encode_utf8(&mut self.buffer[self.end..]).len();
    }

    /// Adds a letter or digit of ASCII to the word in the making.
    #[inline]
    pub(super) fn push_ascii(&mut self, letter: u8) {
        self.ensure(1);
        self.buffer[self.end] = letter;
        self.end += 1;
    }

    /// Keeps the promise of [`Words::room`] after `more` bytes that the source does not account for.
    fn ensure(&mut self, more: usize) {
        let needed = self.end + more + (self.source.len() - self.done) + SLACK;
        if self.buffer.len() < needed {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        self.buffer.resize(needed.max(self.buffer.len() * 2), 0);
    }

    /// R10: lets the last letter take up a hamza or madda.
    pub(super) fn compose(&mut self, mark: char) {
        if let Some(&[.., lead, second]) = self.buffer.get(self.word..self.end)
            && matches!(lead, 0xD8 | 0xD9)
            && let Some(letter) = tables::compose(super::kernel::decode([lead, second]), mark)
        {
            self.end -= 2;
            self.push(tables::fold_letter(self.profile, letter));
        }
    }

    /// Ends the word in the making; `start..end` of the source became it.
    pub(super) fn finish(&mut self, start: usize, end: usize) {
        self.done = end;
        let span = ByteSpan::new(start as u32, end as u32);
        let word = &self.buffer[self.word..self.end];
        // Numbers and Latin words have no rules, but single letters wait.
        let foreign = match *word {
            [first, .., last] => first.is_ascii() && last.is_ascii(),
            [only] => only.is_ascii_digit(),
            [] => false,
        };
        if self.profile == Profile::Strict || foreign && self.window.first.is_none() {
            self.write_token(span);
        } else {
            self.finish_by_rules(span);
        }
    }

    /// Writes runs of letters as words, those of `runs` from the present one on that end before `stop`,
    /// unless one is very long; returns the end of the last, else `start`.
    #[inline(always)]
    pub(super) fn plain(&mut self, runs: &mut Runs, start: usize, stop: usize) -> usize {
        if self.window.first.is_some() {
            return start;
        }
        hash_words(self.buffer, self.tokens, self.hashes);
        let (borders, letters) = runs.take_before(stop);
        let Some(&[_, reached]) = borders.last() else {
            return start;
        };
        let known = self.tokens.len();
        self.tokens.resize(known + borders.len(), Token::default());
        self.hashes.resize(known + borders.len(), 0);
        let out = (&mut self.tokens[known..], &mut self.hashes[known..]);
        self.end = write_runs(borders, letters, self.buffer, self.end, out);
        self.word = self.end;
        self.done = reached as usize;
        self.done
    }

    /// [`Words::finish`] by R25, R27 and R28.
    #[inline(never)]
    fn finish_by_rules(&mut self, span: ByteSpan) {
        let word = &self.buffer[self.word..self.end];
        if word.ends_with("يء".as_bytes()) && self.ends_in_maksura_hamza(span) {
            self.end -= "يء".len();
            self.push(tables::fold_letter(self.profile, 'ئ'));
        }
        let waits = waits(&self.buffer[self.word..self.end]);
        if waits {
            self.window.first.get_or_insert(self.tokens.len());
        }
        self.write_token(span);
        if !waits {
            if self.window.first.is_some() {
                self.settle();
            } else {
                self.split_last();
            }
        }
    }

    /// Ends the text: settles what waits and cuts the buffer to its words.
    pub(super) fn close(&mut self) {
        self.settle();
        hash_words(self.buffer, self.tokens, self.hashes);
        self.buffer.truncate(self.end.saturating_sub(1));
    }

    #[inline]
    fn write_token(&mut self, span: ByteSpan) {
        self.ensure(1);
        self.tokens.push(Token { start: self.word as u32, end: self.end as u32, span });
        self.buffer[self.end] = b' ';
        self.end += 1;
        self.word = self.end;
    }

    /// R25: whether the word of this span ends in alef maksura and hamza, which the buffer has as `يء`.
    ///
    /// شيء, which has no maksura, stays.
    fn ends_in_maksura_hamza(&self, span: ByteSpan) -> bool {
        let mut last = ['\0'; 2];
        for c in self.source[span.range()].chars() {
            match tables::action(Profile::Strict, c) {
                Action::Letter(letter) => last = [last[1], letter],
                Action::Form(form) => {
                    for c in form.chars() {
                        if let Action::Letter(letter) = tables::action(Profile::Strict, c) {
                            last = [last[1], letter];
                        }
                    }
                }
                Action::Hamza => last[1] = tables::compose(last[1], c).unwrap_or(last[1]),
                Action::Drop | Action::Tatweel | Action::Boundary | Action::Phrase(_) => {}
            }
        }
        last == ['ى', 'ء']
    }

    /// R27 for the words that wait.
    #[inline(never)]
    fn settle(&mut self) {
        let Some(first) = self.window.first.take() else {
            return;
        };
        let mut window = std::mem::take(self.window);
        self.word = self.tokens[first].start as usize;
        let text = &self.buffer[..self.end];
        window.take(first, self.tokens, text, Scan::new(self.profile, self.source));
        self.end = self.word;
        let mut at = 0;
        while at < window.fused.len() {
            match window.gluing(at, self.source) {
                Glue::Apart => self.write_fused(&window, at, at),
                Glue::BeforeNumber => {}
                Glue::Next => {
                    self.write_fused(&window, at, at + 1);
                    at += 1;
                }
            }
            at += 1;
        }
        *self.window = window;
    }

    /// Writes the words `first..=last` of the window as one.
    fn write_fused(&mut self, window: &Window, first: usize, last: usize) {
        for part in first..=last {
            let word = window.word(part);
            self.ensure(word.len());
            self.buffer[self.end..self.end + word.len()].copy_from_slice(word);
            self.end += word.len();
        }
        self.write_token(ByteSpan::new(window.span(first).start, window.span(last).end));
        self.split_last();
    }

    /// R28: splits the last token where it is a name written together.
    #[inline(never)]
    fn split_last(&mut self) {
        let Some(&token) = self.tokens.last() else {
            return;
        };
        let mut rest = token;
        // Twice for أبو and عبد in one word; more would not be a name.
        for _ in 0..2 {
            let word = &self.buffer[rest.start as usize..rest.end as usize];
            let Some(cut) = name_cut(word) else {
                return;
            };
            let Some(border) = self.origin(rest.span, cut) else {
                return;
            };
            self.ensure(1);
            let at = rest.start as usize + cut;
            self.buffer.copy_within(at..self.end, at + 1);
            self.buffer[at] = b' ';
            self.end += 1;
            self.word = self.end;
            if let Some(last) = self.tokens.last_mut() {
                last.end = at as u32;
                last.span.end = border;
            }
            rest.start = at as u32 + 1;
            rest.end += 1;
            rest.span.start = border;
            self.tokens.push(rest);
        }
    }

    /// The place of the source from which the folded byte `at` of a word with this span came.
    ///
    /// None if it is inside of a sign that stands for several letters.
    fn origin(&self, span: ByteSpan, at: usize) -> Option<u32> {
        let characters = Scan::new(self.profile, self.source);
        let (mut place, mut folded) = (span.start as usize, 0);
        while let Some((action, next)) = characters.at(place) {
            let length = match action {
                Action::Letter(c) => c.len_utf8(),
                Action::Form(form) => form
                    .chars()
                    .map(|c| match tables::action(self.profile, c) {
                        Action::Letter(c) => c.len_utf8(),
                        _ => 0,
                    })
                    .sum(),
                _ => 0,
            };
            if length > 0 && folded >= at {
                return (folded == at).then_some(place as u32);
            }
            folded += length;
            place = next;
        }
        None
    }
}

/// Writes runs of letters, each and a space, from `at` on, and fills in as many tokens and hashes; returns
/// the end.
#[inline(always)]
fn write_runs(
    borders: &[[u32; 2]],
    letters: &[u8],
    buffer: &mut [u8],
    mut at: usize,
    (tokens, hashes): (&mut [Token], &mut [u64]),
) -> usize {
    for ((&[start, end], token), hash) in borders.iter().zip(tokens).zip(hashes) {
        let length = (end - start) as usize;
        let (Some(run), Some(room)) = (
            letters[start as usize..].first_chunk::<LONGEST>(),
            buffer[at..].first_chunk_mut::<{ LONGEST + 1 }>(),
        ) else {
            break;
        };
        room[..LONGEST].copy_from_slice(run);
        room[length.min(LONGEST)] = b' ';
        let word = at as u32;
        *token = Token { start: word, end: word + (end - start), span: ByteSpan::new(start, end) };
        *hash = hash_letters(run, length);
        at += length + 1;
    }
    at
}

/// R28: where a name written together is to be cut, in bytes of the folded word.
///
/// `عبد` and the name of God, `ابو` and a name of three letters or more; one particle may stand before.
fn name_cut(word: &[u8]) -> Option<usize> {
    if word.len() < 12 {
        return None;
    }
    let (abd, abu) = ("عبدال".as_bytes(), "ابو".as_bytes());
    if word.starts_with(abd) {
        return Some(6);
    }
    if word.starts_with(abu) {
        return is_name(&word[6..]).then_some(6);
    }
    if word.len() < 14 {
        return None;
    }
    let (particle, rest) = word.split_at(2);
    let among = |letters: &str| letters.as_bytes().chunks(2).any(|letter| letter == particle);
    if rest.starts_with(abd) && among("وفبلك") {
        return Some(8);
    }
    (rest.starts_with(abu) && among("وب") && is_name(&rest[6..])).then_some(8)
}

/// Whether what follows `ابو` is a name, not the rest of أبواب, أبواق or أبوتها.
fn is_name(rest: &[u8]) -> bool {
    !["اب", "اق"].iter().any(|start| rest.starts_with(start.as_bytes()))
        && !["تها", "تهم", "تنا", "هما", "كما"].iter().any(|end| rest == end.as_bytes())
}
