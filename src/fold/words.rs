//! The word rules R25, R27 and R28, applied to words as they are finished.
//!
//! A word that stands for itself is written once and stays. A single letter or an article (R27) waits
//! in a window until a word comes that needs none of its neighbors; then the window is settled: letters
//! of an agency fuse, particles are glued to the word after them or dropped before a number.

use super::kernel::Scan;
use super::tables::{self, AGENCIES, Action, PROCLITICS};
use super::{Profile, Token};
use crate::types::ByteSpan;

/// Bytes that a word may need beyond what is left of the source.
const SLACK: usize = 64;

/// Memory for words that wait, used again from text to text.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// The first waiting token.
    first: Option<usize>,
    pub(super) tokens: Vec<Token>,
    pub(super) text: Vec<u8>,
    fused: Vec<Fused>,
}

/// One or more waiting tokens that are one word.
#[derive(Clone, Copy, Debug)]
struct Fused {
    first: usize,
    last: usize,
    /// The word, where it is that of an agency.
    agency: Option<&'static str>,
}

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
    window: &'o mut Window,
}

impl<'a, 'o> Words<'a, 'o> {
    /// No words yet; the content of the buffers is dropped.
    pub(super) fn new(
        profile: Profile,
        source: &'a str,
        buffer: &'o mut Vec<u8>,
        tokens: &'o mut Vec<Token>,
        window: &'o mut Window,
    ) -> Self {
        buffer.clear();
        buffer.resize(source.len() + SLACK, 0);
        tokens.clear();
        window.first = None;
        Self { profile, source, buffer, word: 0, end: 0, done: 0, tokens, window }
    }

    /// The buffer and the place to write on; holds as many bytes as are left of the source.
    pub(super) fn room(&mut self) -> (&mut [u8], usize) {
        (self.buffer, self.end)
    }

    /// Tells how far [`Words::room`] was written.
    pub(super) fn wrote(&mut self, end: usize) {
        self.end = end;
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

    /// Keeps the promise of [`Words::room`] after `more` bytes that the source does not account for.
    fn ensure(&mut self, more: usize) {
        let needed = self.end + more + (self.source.len() - self.done) + SLACK;
        if self.buffer.len() < needed {
            self.buffer.resize(needed.max(self.buffer.len() * 2), 0);
        }
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
        if self.profile == Profile::Strict {
            self.write_token(span);
            return;
        }
        if self.buffer[self.word..self.end].ends_with("يء".as_bytes())
            && self.ends_in_maksura_hamza(span)
        {
            self.end -= 4;
            self.push(tables::fold_letter(self.profile, 'ئ'));
        }
        let waits = waits(&self.buffer[self.word..self.end]);
        if self.window.first.is_none() && !waits {
            self.write_token(span);
            self.split_last();
            return;
        }
        self.window.first.get_or_insert(self.tokens.len());
        self.write_token(span);
        if !waits {
            self.settle();
        }
    }

    /// Ends the text: settles what waits and cuts the buffer to its words.
    pub(super) fn close(&mut self) {
        self.settle();
        self.buffer.truncate(self.end.saturating_sub(1));
    }

    fn write_token(&mut self, span: ByteSpan) {
        self.ensure(1);
        self.tokens.push(Token { start: self.word as u32, end: self.end as u32, span });
        self.buffer[self.end] = b' ';
        self.end += 1;
        self.word = self.end;
    }

    /// R25: whether the word of this span ends in alef maksura and hamza.
    ///
    /// In the buffer the maksura is a yeh already; `شيء` keeps its hamza.
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
    fn settle(&mut self) {
        let Some(first) = self.window.first.take() else {
            return;
        };
        let mut window = std::mem::take(self.window);
        window.tokens.clear();
        window.tokens.extend_from_slice(&self.tokens[first..]);
        let from = window.tokens[0].start;
        for token in &mut window.tokens {
            token.start -= from;
            token.end -= from;
        }
        window.text.clear();
        window.text.extend_from_slice(&self.buffer[from as usize..self.end]);
        self.tokens.truncate(first);
        self.word = from as usize;
        self.end = self.word;

        window.fuse_agencies(Scan::new(self.profile, self.source));
        let mut at = 0;
        while at < window.fused.len() {
            match window.gluing(at, self.source) {
                Glue::Apart => self.write_fused(&window, &[at]),
                Glue::BeforeNumber => {}
                Glue::Next => {
                    self.write_fused(&window, &[at, at + 1]);
                    at += 1;
                }
            }
            at += 1;
        }
        *self.window = window;
    }

    fn write_fused(&mut self, window: &Window, parts: &[usize]) {
        let (mut start, mut end) = (u32::MAX, 0);
        for &part in parts {
            let word = window.word(part);
            self.ensure(word.len());
            self.buffer[self.end..self.end + word.len()].copy_from_slice(word);
            self.end += word.len();
            let fused = window.fused[part];
            start = start.min(window.tokens[fused.first].span.start);
            end = window.tokens[fused.last].span.end;
        }
        self.write_token(ByteSpan::new(start, end));
        self.split_last();
    }

    /// R28: splits the last token where it is a name written together.
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
        let scan = Scan::new(self.profile, self.source);
        let (mut place, mut folded) = (span.start as usize, 0);
        while let Some((action, next)) = scan.at(place) {
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

/// What becomes of a waiting word.
enum Glue {
    Apart,
    BeforeNumber,
    Next,
}

impl Window {
    fn token_word(&self, token: usize) -> &[u8] {
        let token = self.tokens[token];
        &self.text[token.start as usize..token.end as usize]
    }

    fn word(&self, fused: usize) -> &[u8] {
        let Fused { first, agency, .. } = self.fused[fused];
        agency.map_or_else(|| self.token_word(first), str::as_bytes)
    }

    /// Fuses the letters of agencies: fills `fused`.
    fn fuse_agencies(&mut self, scan: Scan<'_>) {
        self.fused.clear();
        let mut first = 0;
        while first < self.tokens.len() {
            let agency = AGENCIES.iter().find(|(parts, _)| self.spells(first, parts, scan));
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
                || !(self.fused.last().is_some_and(|_| is_single(self.word(self.fused.len() - 1)))
                    || (after < self.tokens.len() && is_single(self.token_word(after)))))
    }

    fn gluing(&self, at: usize, source: &str) -> Glue {
        let word = self.word(at);
        if !PROCLITICS.iter().any(|proclitic| proclitic.as_bytes() == word)
            || at + 1 == self.fused.len()
            || (at > 0 && is_single(self.word(at - 1)))
        {
            return Glue::Apart;
        }
        let next = self.word(at + 1);
        let end = self.tokens[self.fused[at].last].span.end as usize;
        let start = self.tokens[self.fused[at + 1].first].span.start as usize;
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
fn waits(word: &[u8]) -> bool {
    is_single(word)
        || (word.len() == 4
            && ["ال", "لل", "اف", "فب", "دب", "با"].iter().any(|part| part.as_bytes() == word))
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
