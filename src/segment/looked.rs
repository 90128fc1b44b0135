//! Lines looked up among those of other pages.

use super::cells::{Cell, last_sentence};
use super::pieces::{HEADING_WORDS, LINE_WORDS, TITLE_WORDS};
use super::repeats::{Repeats, label_key, label_words};
use super::{PageText, key, keys_of_beginnings};

/// A line as it is looked up among those of other pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked {
    /// Hash of its words; 0 if it is too long to be a line of furniture.
    pub(super) key: u64,
    /// Whether it may repeat or be a title.
    pub(super) may_know: bool,
    /// The first token of its last sentence and the key of that, if it may repeat.
    pub(super) sentence: Option<(u32, u64)>,
}

/// Looks up all lines of a page before anything hangs on an answer: the filters lie far from the core,
/// which waits for many of their words at a time.
pub(super) fn look_up(
    repeats: Option<&Repeats>,
    page: &PageText<'_>,
    cells: &[Cell],
    looked: &mut Vec<Looked>,
) {
    looked.clear();
    looked.extend(cells.iter().map(|cell| {
        let sentence = repeats.and_then(|_| last_sentence(page, cell)).map(|token| {
            let words = token..cell.last as usize;
            (token as u32, key(&page.folded.hashes()[words]))
        });
        Looked { key: line_key(page, cell), may_know: false, sentence }
    }));
    if let Some(repeats) = repeats {
        for line in looked {
            line.may_know = repeats.may_know(line.key);
            line.sentence = line.sentence.filter(|&(_, key)| repeats.may_repeat(key));
        }
    }
}

/// The key of a line; 0 if it is too long to be a line of furniture.
pub(super) fn line_key(page: &PageText<'_>, cell: &Cell) -> u64 {
    let words = cell.content() as usize..cell.last as usize;
    if words.len() <= LINE_WORDS { key(&page.folded.hashes()[words]) } else { 0 }
}

/// Whether no other page says anything about a line with this key, its label, its first words or its
/// last sentence.
pub(super) fn is_new(repeats: &Repeats, page: &PageText<'_>, cell: &Cell, line: u64) -> bool {
    let hashes = page.folded.hashes();
    let (first, last) = (cell.content() as usize, cell.last as usize);
    if last - first > LINE_WORDS {
        return last_sentence(page, cell)
            .is_none_or(|from| repeats.line(key(&hashes[from..last])).pages == 0);
    }
    let known = repeats.may_know(line)
        && (repeats.line(line).pages > 0
            || (last - first <= TITLE_WORDS && repeats.titles().contains(line)));
    if known {
        return false;
    }
    let most = HEADING_WORDS.min((last - first).saturating_sub(1));
    if keys_of_beginnings(&hashes[first..first + most]).any(|key| repeats.heads(key)) {
        return false;
    }
    let label = label_words(page, cell)
        .is_some_and(|n| repeats.line(label_key(&hashes[first..first + n])).pages > 0);
    let ends = || {
        last_sentence(page, cell)
            .is_some_and(|from| repeats.line(key(&hashes[from..last])).pages > 0)
    };
    !label && !ends()
}
