//! Cells: the lines of a page, and the pieces of a line that runs of spaces set apart.
//!
//! Scrapes keep line breaks, or replace them by runs of spaces, or lose them. A cell is what is
//! left of a line in the first two cases; the third is the matter of the inline rules.

use super::PageText;
use super::joined::{find_sign, separator};
use super::tags::{block_tags, find_tagged_break, has_tags};
use crate::fold::{Gap, Token};

/// Fewest words of a cell whose last sentence is looked at by itself.
const LONG_WORDS: usize = 24;
/// Most words of that sentence.
const SENTENCE_WORDS: usize = 20;
/// How the words of a cell end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// No sign after the last word, or one that ends nothing.
    #[default]
    Open,
    /// A full stop, and nothing else: how prose ends.
    Stop,
    /// A question or exclamation mark, or several dots: prose and titles end so.
    Mark,
    /// A colon: how a heading ends.
    Colon,
}

/// What stands before the first word of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lead {
    /// Nothing, or quotes and brackets.
    #[default]
    None,
    /// A bullet; dashes of all lengths are one bullet.
    Bullet(char),
    /// A number and a separator; the number is the first token.
    Number,
}

/// One cell: a run of tokens and the bytes it owns.
///
/// The cells of a page tile its text: spaces and line ends after a cell belong to it, indentation
/// and bullets to the cell they precede.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// First token.
    pub first: u32,
    /// One past the last token.
    pub last: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What stands before the first word.
    pub lead: Lead,
    /// How the words end.
    pub ending: Ending,
    /// How many spaces set it apart from the cell before; 0 if a line end does.
    pub spaces: u32,
}

impl Cell {
    /// Number of words, a list number not counted.
    pub(crate) fn words(&self) -> usize {
        (self.last - self.content()) as usize
    }

    /// The first token after a list number.
    pub(crate) fn content(&self) -> u32 {
        self.first + u32::from(self.lead == Lead::Number && self.first + 1 < self.last)
    }
}

/// Whether `c` is white space of any width that does not end a line.
pub(crate) fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// Whether `c` ends a line.
pub(crate) fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether `c` has no width and says nothing: directional marks, joiners, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}'
    )
}

/// The bullet that `c` is, if it is one.
pub(crate) fn bullet(c: char) -> Option<char> {
    match c {
        '-' | '–' | '—' | '−' | 'ـ' | '‐' | '‑' => Some('-'),
        '•' | '◦' | '▪' | '■' | '□' | '●' | '○' | '·' | '*' | '»' | '›' | '◄' | '►' | '▶' | '◀'
        | '✦' | '➤' | '✔' | '∙' | '‣' | '⁃' | '◆' | '◾' | '⬅' | '←' | '→' | '#' | '+' | '>'
        | '~' | '⇐' | '◼' | '▸' | '◂' | '©' | '|' => Some(c),
        c if is_pictograph(c) => Some(c),
        _ => None,
    }
}

/// Whether `c` is an arrow, a geometric shape, a dingbat or an emoji: signs that editors put before
/// headings and items.
fn is_pictograph(c: char) -> bool {
    matches!(
        c,
        '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{27BF}'
            | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}'
    )
}

/// The bullet, other than a dash, that the signs before a word end in.
pub(crate) fn lead_bullet(signs: &str) -> Option<char> {
    let last = signs.chars().rev().find(|&c| !is_space(c))?;
    bullet(last).filter(|&b| b == last && !matches!(b, '-' | '»' | '#' | '+' | '>' | '~'))
}

/// The ending that the signs after a word make.
pub(super) fn ending(signs: &str) -> Ending {
    let mut found = Ending::Open;
    for c in signs.chars() {
        found = match c {
            '.' | '۔' if found == Ending::Open => Ending::Stop,
            '.' | '!' | '?' | '؟' | '…' => Ending::Mark,
            ':' | '：' | '؛' => Ending::Colon,
            ',' | '،' => Ending::Open,
            _ => found,
        };
    }
    found
}

/// Whether the signs between two words end a sentence.
pub(crate) fn ends_sentence(signs: &str) -> bool {
    signs.chars().any(|c| matches!(c, '.' | '!' | '?' | '؟' | '…') || is_line_end(c))
}

/// A break in the text between two words.
pub(super) struct Break {
    /// Where the words before it, and their signs, end.
    pub(super) signs: usize,
    /// Where the next cell starts.
    pub(super) at: usize,
    /// Number of spaces; 0 for a line end.
    pub(super) spaces: u32,
}

/// Looks for a break between two words; `wide` is the least number of spaces that is one.
pub(super) fn find_break(text: &str, from: usize, to: usize, wide: usize) -> Option<Break> {
    let gap = text.get(from..to)?;
    if gap.is_ascii() {
        let characters = gap.bytes().enumerate().map(|(at, byte)| (at, char::from(byte)));
        return find_break_in(characters, from, wide);
    }
    find_break_in(gap.char_indices(), from, wide)
}

/// [`find_break`] in the characters of a gap that begins at `from`.
#[inline]
fn find_break_in(
    gap: impl Iterator<Item = (usize, char)>,
    from: usize,
    wide: usize,
) -> Option<Break> {
    let mut line: Option<Break> = None;
    let mut spaced: Option<Break> = None;
    let (mut run, mut run_at) = (0usize, from);
    for (at, c) in gap {
        let at = from + at;
        if is_line_end(c) {
            let signs = line.as_ref().map_or(at, |b| b.signs);
            line = Some(Break { signs, at: at + c.len_utf8(), spaces: 0 });
            run = 0;
        } else if is_space(c) {
            if run == 0 {
                run_at = at;
            }
            run += if c == '\t' { wide } else { 1 };
            if run >= wide {
                let signs = spaced.as_ref().map_or(run_at, |b| b.signs);
                spaced = Some(Break { signs, at: at + c.len_utf8(), spaces: run as u32 });
            }
        } else if !is_invisible(c) {
            run = 0;
        }
    }
    line.or(spaced)
}

/// Most characters of a line of a text that was broken into lines of one width: mail, terminals, old
/// converters. A paragraph on one line is longer.
const WRAPPED_WIDTH: usize = 100;
/// Fewest.
const LEAST_WIDTH: usize = 40;
/// Fewest line ends that stand where the next word would not have fitted, for a text to be such.
const LEAST_WRAPPED: usize = 4;

/// The width that a text was broken into lines of, if it was: no line is longer, and half of the line
/// ends or more stand where one more word would not have fitted. Ends at the first long line.
fn wrapped_width(text: &str) -> Option<usize> {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        // An Arabic letter has two bytes.
        if end - start > 2 * WRAPPED_WIDTH {
            return None;
        }
        start = end + 1;
    }
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    if !(LEAST_WIDTH..=WRAPPED_WIDTH).contains(&widest) {
        return None;
    }
    let (mut full, mut ends) = (0, 0);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(next) = lines.peek().filter(|next| !next.trim().is_empty())
            && !line.trim().is_empty()
        {
            ends += 1;
            full += usize::from(is_full(line, next, widest));
        }
    }
    (full >= LEAST_WRAPPED && 2 * full >= ends).then_some(widest)
}

/// Whether the first word of the next line would not have fitted on this one.
fn is_full(line: &str, next: &str, width: usize) -> bool {
    let word = next.split_whitespace().next().unwrap_or("");
    line.trim_end().chars().count() + 1 + word.chars().count() > width
}

/// Whether the only line end between two words is one of a text of this width.
fn is_wrapped(text: &str, from: usize, to: usize, width: usize) -> bool {
    let gap = &text.as_bytes()[from..to];
    let Some(end) = memchr::memchr(b'\n', gap) else {
        return false;
    };
    if memchr::memchr(b'\n', &gap[end + 1..]).is_some() {
        return false;
    }
    let end = from + end;
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..end]).map_or(0, |n| n + 1);
    let next = &text[end + 1..];
    let next = &next[..memchr::memchr(b'\n', next.as_bytes()).unwrap_or(next.len())];
    let item = next.trim_start().chars().next().is_some_and(|c| bullet(c).is_some());
    !item && is_full(&text[start..end], next, width)
}

/// Splits a page into cells.
///
/// A page without words has none. Linear in the gaps that
/// the fold has noted, and in their bytes.
pub(crate) fn split(page: &PageText<'_>, out: &mut Vec<Cell>) {
    out.clear();
    let (text, tokens) = (page.text, page.folded.tokens());
    let (Some(_), Some(tail)) = (tokens.first(), tokens.last()) else {
        return;
    };
    // A text with tags has lines where they say so; the fold has not noted those gaps.
    let tagged: Vec<Gap> = if has_tags(text) {
        (1..).zip(tokens).map(|(words, t)| Gap { at: t.span.end, words }).collect()
    } else {
        Vec::new()
    };
    let lines = has_lines(page);
    let sign = if lines || !tagged.is_empty() { None } else { separator(page) };
    let tagged = match sign {
        Some(_) => (1..).zip(tokens).map(|(words, t)| Gap { at: t.span.end, words }).collect(),
        None => tagged,
    };
    let gaps = if tagged.is_empty() { page.folded.gaps() } else { &tagged };
    let lined = lines || sign.is_some() || (!tagged.is_empty() && block_tags(text).is_some());
    let wide = if lined { 3 } else { 2 };
    let width = if lined && tagged.is_empty() { wrapped_width(text) } else { None };
    let mut first = 0;
    let mut start = 0;
    let mut spaces = 0;
    let (mut next, mut looked) = (0, 0);
    for gap in gaps {
        let at = gap.at as usize;
        if at < looked {
            continue;
        }
        next = first_after(tokens, next, *gap);
        let (Some(before), Some(after)) = (next.checked_sub(1), tokens.get(next)) else {
            continue;
        };
        let (from, to) = (tokens[before].span.end as usize, after.span.start as usize);
        if at < from {
            continue;
        }
        looked = to;
        let found = if let Some(sign) = sign {
            find_sign(text, from, to, sign)
        } else if tagged.is_empty() {
            find_break(text, from, to, wide)
        } else {
            find_tagged_break(text, from, to, wide)
        };
        let wrapped = || width.is_some_and(|width| is_wrapped(text, from, to, width));
        if let Some(b) = found.filter(|b| b.spaces > 0 || !wrapped()) {
            let words = first..next;
            out.push(Cell { spaces, ..cell(text, tokens, words, start..b.at, b.signs) });
            first = next;
            spaces = b.spaces;
            start = b.at;
        }
    }
    let signs = tail.span.end as usize;
    let tail_end = text[signs..].find(is_line_end).map_or(text.len(), |n| signs + n);
    let words = first..tokens.len();
    out.push(Cell { spaces, ..cell(text, tokens, words, start..text.len(), tail_end) });
    number_items(page, out);
}

/// The value of a digit of any of the scripts that Arabic is written beside.
fn digit_of(digit: char) -> Option<usize> {
    let zero = match digit {
        '0'..='9' => '0',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        _ => return None,
    };
    Some(digit as usize - zero as usize)
}

/// Fewest lines that begin with 1, 2, 3 and so on, whatever follows the numbers, for a list.
const LEAST_NUMBERED: usize = 3;

/// Finds lists whose numbers nothing but a space sets apart from the items.
fn number_items(page: &PageText<'_>, cells: &mut [Cell]) {
    // The letters of the fold may be missing where lines are counted.
    let number = |c: &Cell| {
        let span = page.folded.tokens()[c.first as usize].span;
        let digits = page.text.get(span.range()).filter(|digits| digits.len() <= 4)?;
        let value =
            digits.chars().try_fold(0, |value, digit| Some(10 * value + digit_of(digit)?))?;
        (c.lead == Lead::None && c.words() > 2).then_some(value)
    };
    if cells.len() < LEAST_NUMBERED {
        return;
    }
    let mut at = 0;
    while at < cells.len() {
        let run = (1_usize..).zip(&cells[at..]).take_while(|(n, c)| number(c) == Some(*n)).count();
        if run >= LEAST_NUMBERED {
            cells[at..at + run].iter_mut().for_each(|c| c.lead = Lead::Number);
        }
        at += run.max(1);
    }
}

/// Whether a line end stands inside of the text, white space at its ends left out.
fn has_lines(page: &PageText<'_>) -> bool {
    let start = page.text.trim_start();
    let from = page.text.len() - start.len();
    // Every line end is in a gap that the fold has noted.
    let first = page.folded.gaps().iter().map(|gap| gap.at as usize).find(|&at| at >= from);
    let Some(rest) = first.and_then(|at| start.trim_end().get(at - from..)) else {
        return false;
    };
    has_line_end(rest.as_bytes())
}

/// Whether a character of this UTF-8 ends a line. Nearly all that do are line feeds; where there is none,
/// the others are looked for without a jump, by which the search becomes vectors.
fn has_line_end(text: &[u8]) -> bool {
    let other = |any, &[a, b, c]: &[u8; 3]| {
        let control = u8::from((0xB..=0xD).contains(&a));
        let next_line = u8::from(a == 0xC2) & u8::from(b == 0x85);
        let separator = u8::from(a == 0xE2) & u8::from(b == 0x80) & u8::from(c | 1 == 0xA9);
        any | control | next_line | separator
    };
    // What may begin in the last two bytes has no more than two.
    let mut last = [0; 4];
    let rest = &text[text.len().saturating_sub(2)..];
    last[..rest.len()].copy_from_slice(rest);
    memchr::memchr(b'\n', text).is_some()
        || text.array_windows().fold(0, other) > 0
        || last.array_windows().fold(0, other) > 0
}

/// The first of the tokens from `from` on that begins after a gap.
fn first_after(tokens: &[Token], from: usize, gap: Gap) -> usize {
    let after = |i: usize| tokens.get(i).is_none_or(|t| t.span.start > gap.at);
    let mut next = (gap.words as usize).clamp(from, tokens.len());
    while next > from && after(next - 1) {
        next -= 1;
    }
    while !after(next) {
        next += 1;
    }
    next
}

/// The cell of these tokens and bytes; its words and signs end at `signs`.
pub(crate) fn cell(
    text: &str,
    tokens: &[Token],
    words: std::ops::Range<usize>,
    bytes: std::ops::Range<usize>,
    signs: usize,
) -> Cell {
    let open = tokens[words.start].span.start as usize;
    let close = tokens[words.end - 1].span.end as usize;
    let before = text.get(bytes.start..open).unwrap_or("");
    // The end of a tag is no bullet.
    let tag = if before.len() > 2 && before.contains('<') { before.rfind('>') } else { None };
    let before = tag.map_or(before, |at| &before[at + 1..]);
    let mut lead = before.chars().find_map(bullet).map_or(Lead::None, Lead::Bullet);
    let number_end = tokens[words.start].span.end as usize;
    let spaced = text.as_bytes().get(number_end) == Some(&b' ');
    if lead == Lead::None && words.len() > 1 && !spaced {
        let digits = text.get(open..number_end).unwrap_or("");
        let gap_end = tokens[words.start + 1].span.start as usize;
        let gap = text.get(number_end..gap_end).unwrap_or("");
        if gap.starts_with(['.', ')', '-', '–', '/'])
            && digits.chars().count() <= 2
            && digits.chars().all(char::is_numeric)
            && gap.chars().any(is_space)
            && !text.get(bytes.start..open).is_some_and(|before| before.contains('('))
        {
            lead = Lead::Number;
        }
    }
    Cell {
        first: words.start as u32,
        last: words.end as u32,
        start: bytes.start as u32,
        end: bytes.end as u32,
        lead,
        ending: text.get(close..signs.max(close)).map_or(Ending::Open, ending),
        spaces: 0,
    }
}

/// The first token of a short sentence without a full stop with which a long cell ends.
pub(crate) fn last_sentence(page: &PageText<'_>, cell: &Cell) -> Option<usize> {
    if cell.words() < LONG_WORDS || cell.ending == Ending::Stop {
        return None;
    }
    let tokens = page.folded.tokens();
    let last = cell.last as usize;
    let from = (last - SENTENCE_WORDS..last - 2).rev().find(|&i| {
        let (from, to) = (tokens[i - 1].span.end as usize, tokens[i].span.start as usize);
        to > from + 1 && page.text.get(from..to).is_some_and(ends_sentence)
    });
    from.filter(|&i| i > cell.content() as usize)
}

/// Where a new part that begins with token `at` should start in the bytes: after the spaces that
/// follow the word before it, so that opening quotes and brackets go with the part.
pub(crate) fn border(text: &str, tokens: &[Token], at: usize) -> usize {
    let to = tokens[at].span.start as usize;
    let Some(before) = at.checked_sub(1).and_then(|i| tokens.get(i)) else {
        return 0;
    };
    let from = before.span.end as usize;
    let Some(gap) = text.get(from..to) else {
        return to;
    };
    if let Some((n, c)) = gap.char_indices().rfind(|&(_, c)| is_space(c) || is_line_end(c)) {
        return from + n + c.len_utf8();
    }
    gap.char_indices()
        .rfind(|&(_, c)| !matches!(c, '(' | '[' | '«' | '“' | '"' | '‘' | '{'))
        .map_or(from, |(n, c)| from + n + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn line_ends_are_found_by_their_bytes(
            text in "([ا-ي «é\u{2000}-\u{2030}\u{80}-\u{90}\t\u{1}]{0,40}[\n\r\u{b}\u{c}\u{85}\u{2028}\u{2029}]?){0,2}",
        ) {
            prop_assert_eq!(has_line_end(text.as_bytes()), text.contains(is_line_end), "{:?}", text);
        }
    }
    use crate::fold::{Folder, Profile};

    fn cells(text: &str) -> Vec<(String, Lead, Ending)> {
        let folded = Folder::new(Profile::Standard).fold(text);
        let page = PageText { title: &[], text, folded: &folded };
        let mut out = Vec::new();
        split(&page, &mut out);
        assert_eq!(out.first().map_or(0, |c| c.start), 0);
        assert!(out.windows(2).all(|w| w[0].end == w[1].start && w[0].last == w[1].first));
        out.iter()
            .map(|c| (text[c.start as usize..c.end as usize].to_owned(), c.lead, c.ending))
            .collect()
    }

    #[test]
    fn line_ends_stay_with_the_line_before() {
        let got = cells("عنوان قصير\n\nنص الخبر هنا.\n  • سطر\nسؤال؟");
        assert_eq!(
            got,
            [
                ("عنوان قصير\n\n".into(), Lead::None, Ending::Open),
                ("نص الخبر هنا.\n".into(), Lead::None, Ending::Stop),
                ("  • سطر\n".into(), Lead::Bullet('•'), Ending::Open),
                ("سؤال؟".into(), Lead::None, Ending::Mark),
            ]
        );
    }

    #[test]
    fn runs_of_spaces_set_cells_apart() {
        let got = cells("الرئيسية    سياسة    - رياضة\nسطر  آخر");
        let texts: Vec<_> = got.iter().map(|c| c.0.as_str()).collect();
        assert_eq!(texts, ["الرئيسية    ", "سياسة    ", "- رياضة\n", "سطر  آخر"]);
        let one = cells("سطر  آخر: 1- بند");
        assert_eq!(one.len(), 2);
    }

    #[test]
    fn numbers_lead_list_items() {
        let got = cells("1. خبر أول\n2) خبر ثان\n2015 عام");
        assert_eq!(got[0].1, Lead::Number);
        assert_eq!(got[1].1, Lead::Number);
        assert_eq!(got[2].1, Lead::None);
    }
}
