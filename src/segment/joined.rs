//! Pages whose line ends were lost: what still tells where their lines were.

use super::PageText;
use super::cells::{Break, Cell, Ending, cell, ending, is_space};
use super::places::{NEAR_WORDS, begins_sentence};

/// Fewest signs of a kind between two sentences that show what line ends were replaced by.
const LEAST_SIGNS: usize = 3;
/// Fewest words of a text in which such a sign is looked for.
const SIGNED_WORDS: usize = 40;

/// The sign that a text without line ends has in their place: alone between spaces after three full
/// stops and more, and as often there as in the midst of sentences or half as often, since titles and
/// headings end in no full stop.
pub(super) fn separator(page: &PageText<'_>) -> Option<char> {
    let tokens = page.folded.tokens();
    if tokens.len() < SIGNED_WORDS {
        return None;
    }
    let (text, bytes) = (page.text, page.text.as_bytes());
    let mut seen: Vec<(char, usize, usize)> = Vec::new();
    // Dashes, bullets, arrows and paragraph signs beyond ASCII begin with one of two bytes.
    let signs = memchr::memchr3_iter(b'|', b'-', 0xE2, bytes);
    for at in signs.chain(memchr::memchr3_iter(b'*', b'/', 0xC2, bytes)) {
        let Some(sign) = text.get(at..).and_then(|rest| rest.chars().next()) else {
            continue;
        };
        let spaced = |at: usize| bytes.get(at) == Some(&b' ');
        if !at.checked_sub(1).is_some_and(spaced)
            || !spaced(at + sign.len_utf8())
            || matches!(sign, '“' | '”' | '…' | '«' | '»' | '\u{A0}' | '\u{2028}' | '\u{2029}')
        {
            continue;
        }
        let before = text[..at].trim_end_matches(is_space);
        let stops = before.ends_with(['.', '؟', '!', '»', '"', '”']);
        match seen.iter_mut().find(|s| s.0 == sign) {
            Some(s) => {
                s.1 += usize::from(stops);
                s.2 += usize::from(!stops);
            }
            None => seen.push((sign, usize::from(stops), usize::from(!stops))),
        }
    }
    let found = seen.iter().max_by_key(|s| (s.1, s.0))?;
    (found.1 >= LEAST_SIGNS && 2 * found.1 >= found.2).then_some(found.0)
}

/// A break where `sign` stands alone between spaces.
pub(super) fn find_sign(text: &str, from: usize, to: usize, sign: char) -> Option<Break> {
    let gap = text.get(from..to)?;
    let (at, _) = gap.match_indices(sign).find(|&(at, _)| {
        gap[..at].ends_with(' ') && gap[at + sign.len_utf8()..].starts_with(' ')
    })?;
    let signs = from + at;
    Some(Break { signs, at: signs + sign.len_utf8() + 1, spaces: 0 })
}

/// Whether a sentence ends before this word, or so few words before it that they may be furniture.
pub(super) fn near_sentence(page: &PageText<'_>, word: u32) -> bool {
    let first = word.saturating_sub(NEAR_WORDS);
    first == 0 || (first..=word).any(|at| begins_sentence(page, at as usize))
}

/// Splits the cells of a page that has lost its lines after every full stop but those before one of
/// the tokens `kept`, ascending: there a line may have ended.
pub(crate) fn split_sentences(
    page: &PageText<'_>,
    kept: impl Iterator<Item = u32>,
    cells: &mut Vec<Cell>,
) {
    let (text, tokens) = (page.text, page.folded.tokens());
    let mut kept = kept.peekable();
    for whole in std::mem::take(cells) {
        let (mut first, mut start, mut spaces) = (whole.first, whole.start, whole.spaces);
        for at in whole.first + 1..whole.last {
            let (a, b) = (&tokens[at as usize - 1], &tokens[at as usize]);
            let (from, to) = (a.span.end as usize, b.span.start as usize);
            if to <= from + 1 || !text.as_bytes()[from..to].contains(&b'.') {
                continue;
            }
            while kept.next_if(|&token| token < at).is_some() {}
            let gap = text.get(from..to).unwrap_or("");
            // A letter and a stop are a part of a name; a short number and one begin an item.
            let initial = a.end - a.start <= 2;
            let stop = gap.rfind('.').unwrap_or(0);
            let space = gap[stop..].find(is_space).map(|n| stop + n);
            let space = space.filter(|_| !initial && kept.peek() != Some(&at));
            if let Some(n) = space.filter(|_| ending(gap) == Ending::Stop) {
                // Signs before the next word, such as a bullet, stand on its line.
                let byte = from + n + gap[n..].chars().next().map_or(0, char::len_utf8);
                let words = first as usize..at as usize;
                cells
                    .push(Cell { spaces, ..cell(text, tokens, words, start as usize..byte, byte) });
                (first, start, spaces) = (at, byte as u32, 0);
            }
        }
        let (words, bytes) =
            (first as usize..whole.last as usize, start as usize..whole.end as usize);
        let last = cell(text, tokens, words, bytes, start as usize);
        cells.push(Cell { ending: whole.ending, spaces, ..last });
    }
}
