//! The words of a text as they are written, and the word rules R25 and R28.
//!
//! A word that stands for itself is written once and stays; those of R27 are written again when their
//! window is settled. Everything happens at the end of the buffer.
#![allow(clippy::inline_always, reason = "the kernel's loop calls this for every word")]

use super::gaps::{Gap, stands_out};
use super::hash::{hash_within, hash_words};
use super::kernel::Scan;
use super::names::name_cut;
use super::particles::{Glue, Window, waits};
use super::runs::{LONGEST, Runs, Stretch};
use super::tables::{self, Action};
use super::touched::{Touched, Word, is_plain};
use super::{Keep, Out, Profile, Token};
use crate::types::ByteSpan;

/// Bytes that a word may need beyond what is left of the source.
const SLACK: usize = 64;

/// The words written so far, and the one in the making.
pub(super) struct Words<'a, 'o> {
    profile: Profile,
    keep: Keep,
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
    gaps: &'o mut Vec<Gap>,
    window: &'o mut Window,
}

impl<'a, 'o> Words<'a, 'o> {
    /// The known words of `out` and no others yet; what else it holds is lost. Where hashes alone are kept,
    /// it is those of which there are so many.
    pub(super) fn new(
        profile: Profile,
        source: &'a str,
        out: &'o mut Out<'_>,
        window: &'o mut Window,
    ) -> Self {
        let Out { keep, known, buffer, tokens, hashes, gaps } = out;
        tokens.truncate(if *keep == Keep::Hashes { 0 } else { *known });
        hashes.truncate(*known);
        window.first = None;
        let end = tokens.last().map_or(0, |last| last.end as usize + 1);
        // What stands in the buffer is written over or, by `close`, cut off.
        if buffer.len() < end + source.len() + SLACK {
            buffer.resize(end + source.len() + SLACK, 0);
        }
        if let Some(last) = end.checked_sub(1) {
            buffer[last] = b' ';
        }
        let keep = *keep;
        Self {
            profile,
            keep,
            source,
            buffer,
            word: end,
            end,
            done: 0,
            tokens,
            hashes,
            gaps,
            window,
        }
    }

    /// The buffer and the place to write on; holds as many bytes as are left of the source, and eight.
    pub(super) fn room(&mut self) -> (&mut [u8], usize) {
        (self.buffer, self.end)
    }

    /// Tells how far [`Words::room`] was written.
    pub(super) fn wrote(&mut self, end: usize) {
        self.end = end;
    }

    /// Notes a gap at this byte of the source.
    #[cold]
    pub(super) fn note_gap(&mut self, at: u32) {
        self.gaps.push(Gap { at, words: self.tokens.len() as u32 });
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
        let word = &self.buffer[self.word..self.end];
        // Numbers and Latin words have no rules, but single letters wait.
        let foreign = match *word {
            [first, .., last] => first.is_ascii() && last.is_ascii(),
            [only] => only.is_ascii_digit(),
            [] => false,
        };
        if foreign && self.window.first.is_none() {
            self.done = end;
            self.write(ByteSpan::new(start as u32, end as u32));
        } else {
            self.finish_run(start, end);
        }
    }

    /// [`Words::finish`] for a word of letters.
    #[inline(always)]
    pub(super) fn finish_run(&mut self, start: usize, end: usize) {
        self.done = end;
        let span = ByteSpan::new(start as u32, end as u32);
        let plain = || is_plain(&self.buffer[self.word..], self.end - self.word);
        if self.profile == Profile::Strict || (self.window.first.is_none() && plain()) {
            self.write(span);
        } else {
            self.finish_by_rules(span);
        }
    }

    /// Writes the words from `start` on, where a run of `runs` begins, up to one that has to be read a
    /// character at a time; returns where it came to.
    #[inline(always)]
    pub(super) fn plain(&mut self, runs: &mut Runs, scan: Scan<'_>, start: usize) -> usize {
        if self.window.first.is_some() {
            return start;
        }
        self.hash_written();
        let mut at = start;
        loop {
            let stop = runs.stop(at);
            at = self.take_runs(runs, at, stop);
            let touched = scan.touched(runs, stop);
            if self.keep != Keep::Hashes && !matches!(touched, Touched::Odd) {
                for gap in runs.gaps(at, stop) {
                    self.note_gap(gap);
                }
            }
            match touched {
                Touched::Word(word) => {
                    runs.next += word.runs;
                    at = word.span.end as usize;
                    self.done = at;
                    self.accept(&word);
                }
                Touched::Boundary(next) => {
                    if self.keep != Keep::Hashes && stands_out(scan.source.as_bytes(), stop) {
                        self.note_gap(stop as u32);
                    }
                    at = next;
                }
                Touched::Odd => return at,
            }
        }
    }

    /// Writes a word that no rule is about; all before it are hashed.
    #[inline(always)]
    fn accept(&mut self, word: &Word) {
        let Word { letters, length, span, .. } = *word;
        self.hashes.push(hash_within(&letters, 0, length));
        match self.keep {
            Keep::Hashes => {}
            Keep::Places => self.tokens.push(Token { span, ..Token::default() }),
            Keep::All => {
                self.ensure(length);
                self.buffer[self.end..][..LONGEST].copy_from_slice(&letters);
                self.end += length;
                self.write_token(span);
            }
        }
    }

    /// Writes runs of letters as words, those of `runs` from the present one on that end before `stop`;
    /// returns the end of the last, else `start`.
    #[inline(always)]
    fn take_runs(&mut self, runs: &mut Runs, start: usize, stop: usize) -> usize {
        let stretch = runs.take_before(stop);
        let Stretch { borders, letters, .. } = stretch;
        let Some(&[_, reached]) = borders.last() else {
            return start;
        };
        self.done = reached as usize;
        if self.keep == Keep::Hashes {
            hash_runs(borders, letters, self.hashes);
            return self.done;
        }
        let known = self.tokens.len();
        let mut before = known as u32;
        let mut ended = borders.iter().peekable();
        for at in stretch.gaps(start, self.done) {
            while ended.next_if(|border| border[1] <= at).is_some() {
                before += 1;
            }
            self.gaps.push(Gap { at, words: before });
        }
        if self.keep == Keep::Places {
            let span = |&[start, end]: &[u32; 2]| ByteSpan::new(start, end);
            let token = |border| Token { span: span(border), ..Token::default() };
            self.tokens.extend(borders.iter().map(token));
            hash_runs(borders, letters, self.hashes);
            return self.done;
        }
        self.tokens.resize(known + borders.len(), Token::default());
        self.hashes.resize(known + borders.len(), 0);
        // Where letters and digits touch, a space is written that the source does not have.
        self.ensure(self.done - start + borders.len());
        let out = (&mut self.tokens[known..], &mut self.hashes[known..]);
        self.end = write_runs(borders, letters, self.buffer, self.end, out);
        self.word = self.end;
        self.done
    }

    /// Ends the word in the making, which is as it stays; no word waits.
    #[inline(always)]
    fn write(&mut self, span: ByteSpan) {
        if self.keep == Keep::Hashes && self.tokens.is_empty() {
            self.hashes.push(hash_within(self.buffer, self.word, self.end));
            self.end = self.word;
        } else {
            self.write_token(span);
        }
    }

    /// Hashes the words that are not hashed yet, none of which may wait; drops them where that is all that
    /// is wanted of them.
    #[inline(always)]
    fn hash_written(&mut self) {
        match self.keep {
            Keep::All => hash_words(self.buffer, self.tokens, self.hashes.len(), self.hashes),
            Keep::Places => {
                let known = self.hashes.len();
                hash_words(self.buffer, self.tokens, known, self.hashes);
                for token in &mut self.tokens[known..] {
                    (token.start, token.end) = (0, 0);
                }
                (self.word, self.end) = (0, 0);
            }
            Keep::Hashes if self.tokens.is_empty() => {}
            Keep::Hashes => {
                hash_words(self.buffer, self.tokens, 0, self.hashes);
                self.tokens.clear();
                (self.word, self.end) = (0, 0);
            }
        }
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
        self.hash_written();
        if self.keep == Keep::All {
            self.buffer.truncate(self.end.saturating_sub(1));
        }
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

/// Appends the hashes of runs of letters.
#[inline(always)]
fn hash_runs(borders: &[[u32; 2]], letters: &[u8], hashes: &mut Vec<u64>) {
    let hash = |&[start, end]: &[u32; 2]| hash_within(letters, start as usize, end as usize);
    hashes.extend(borders.iter().map(hash));
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
        if let Some(behind) = room.get_mut(length) {
            *behind = b' ';
        } else {
            buffer[at..at + length].copy_from_slice(&letters[start as usize..end as usize]);
            buffer[at + length] = b' ';
        }
        let word = at as u32;
        *token = Token { start: word, end: word + (end - start), span: ByteSpan::new(start, end) };
        *hash = hash_within(letters, start as usize, end as usize);
        at += length + 1;
    }
    at
}
