//! Lines looked up among those of other pages.

use super::cells::{Cell, last_sentence};
use super::filter::Fetch;
use super::pieces::{HEADING_WORDS, LINE_WORDS, TITLE_WORDS};
use super::repeats::{Fact, Repeats, label_key, label_words};
use super::{PageText, key, keys_of_beginnings};

/// Of a long line that follows another one, the words by which it is known.
const FOLLOWING_WORDS: usize = 12;

/// A line, and what other pages say of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looked {
    /// Hash of its words; 0 if it is too long to be a line of furniture.
    pub(super) key: u64,
    /// What repetition knows of it.
    pub(super) fact: Fact,
    /// Whether some page of the archive has it as its title.
    pub(super) known: bool,
    /// Words before a colon with which it begins; 0 if there are none, or if it is too long.
    pub(super) label: u8,
    /// What repetition knows of them.
    pub(super) tag: Fact,
    /// The first token of its last sentence, if that repeats.
    pub(super) sentence: Option<u32>,
}

/// A key that is looked up, and what it is of which line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    key: u64,
    line: u32,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Its words, and whether they are few enough to be a title.
    Line(bool),
    Label,
    Sentence(u32),
}

/// Looks up all lines of a page before anything hangs on an answer: the tables lie far from the core,
/// which waits for many of their words at a time.
pub(super) fn look_up(
    repeats: Option<&Repeats>,
    page: &PageText<'_>,
    cells: &[Cell],
    looked: &mut Vec<Looked>,
    asked: &mut Vec<Asked>,
) {
    let hashes = page.folded.hashes();
    looked.clear();
    looked
        .extend(cells.iter().map(|cell| Looked { key: line_key(page, cell), ..Looked::default() }));
    let Some(repeats) = repeats else {
        return;
    };
    asked.clear();
    for ((line, cell), own) in (0..).zip(cells).zip(looked.iter_mut()) {
        let (first, last) = (cell.content() as usize, cell.last as usize);
        if last - first <= LINE_WORDS {
            let part = Part::Line(last - first <= TITLE_WORDS);
            asked.push(Asked { key: own.key, line, part });
            if let Some(words) = label_words(page, cell) {
                own.label = words as u8;
                let key = label_key(&hashes[first..first + words]);
                asked.push(Asked { key, line, part: Part::Label });
            }
        }
        if let Some(token) = last_sentence(page, cell) {
            let part = Part::Sentence(token as u32);
            asked.push(Asked { key: key(&hashes[token..last]), line, part });
        }
    }
    for Asked { key, part, .. } in &*asked {
        match part {
            Part::Line(_) => repeats.fetch_known(*key),
            Part::Label | Part::Sentence(_) => repeats.fetch(*key, Fetch::Filter),
        }
    }
    let mut kept = 0;
    for at in 0..asked.len() {
        let one = asked[at];
        asked[kept] = one;
        kept += usize::from(match one.part {
            Part::Line(_) => repeats.may_know(one.key),
            Part::Label | Part::Sentence(_) => repeats.may_repeat(one.key),
        });
    }
    let kept = &asked[..kept];
    for step in [Fetch::Filter, Fetch::Place, Fetch::Line] {
        for Asked { key, part, .. } in kept {
            repeats.fetch(*key, step);
            if *part == Part::Line(true) {
                repeats.titles().fetch(*key, step);
            }
        }
    }
    for Asked { key, line, part } in kept {
        let (own, fact) = (&mut looked[*line as usize], repeats.line(*key));
        match *part {
            Part::Line(short) => {
                own.fact = fact;
                own.known = short && repeats.titles().contains(*key);
            }
            Part::Label => own.tag = fact,
            Part::Sentence(token) => own.sentence = (fact.pages > 0).then_some(token),
        }
    }
}

/// The key of a line; 0 if it is too long to be a line of furniture.
pub(super) fn line_key(page: &PageText<'_>, cell: &Cell) -> u64 {
    let words = cell.content() as usize..cell.last as usize;
    if words.len() <= LINE_WORDS { key(&page.folded.hashes()[words]) } else { 0 }
}

/// The key of a line as one that follows another: of a long one, that of its first words.
pub(super) fn following_key(page: &PageText<'_>, cell: &Cell) -> u64 {
    let words = &page.folded.hashes()[cell.content() as usize..cell.last as usize];
    if words.len() <= LINE_WORDS { key(words) } else { key(&words[..FOLLOWING_WORDS]) }
}

/// Whether no other page says anything about a line, its label, its first words or its last sentence.
pub(super) fn is_new(repeats: &Repeats, page: &PageText<'_>, cell: &Cell, line: &Looked) -> bool {
    if line.fact.pages > 0 || line.known || line.tag.pages > 0 || line.sentence.is_some() {
        return false;
    }
    let (first, last) = (cell.content() as usize, cell.last as usize);
    if last - first > LINE_WORDS {
        return true;
    }
    let most = HEADING_WORDS.min((last - first).saturating_sub(1));
    !keys_of_beginnings(&page.folded.hashes()[first..first + most]).any(|key| repeats.heads(key))
}
