//! The titles of the archive's pages: what tells where a teaser ends.
//!
//! A related block names other pages. Where neither line breaks nor punctuation set it apart from
//! the story, the words after the marker are compared with the titles that the archive has.

use super::PageText;
use super::cells::Cell;
use super::key;
use super::pieces::LINE_WORDS;
use crate::fold::Folded;
use xxhash_rust::xxh3::xxh3_64;

/// Fewest words of a title that is looked for inside a line.
const LEAST_WORDS: usize = 4;
/// Most words of such a title.
const MOST_WORDS: usize = 32;
/// Words by which a title is found.
const PREFIX: usize = 3;
/// Unlike pages with one first line: then it is no title but a name of the site or a column.
const TOO_MANY: u8 = 4;

/// The title of one page, as counted.
#[derive(Clone, Debug)]
pub(crate) struct Title {
    key: u64,
    /// Key of the line after it; 0 if that is too long to be asked for.
    next: u64,
    /// Spread sketch of the page.
    page: u64,
    /// Keys of the first words, of all but the first word and its first words, of all but the last.
    parts: Option<Parts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Parts {
    prefix: u64,
    tail_prefix: u64,
    tail: u64,
    init: u64,
    first: u64,
    last: u64,
    words: u8,
}

impl Title {
    /// The title of a page: its field, or the cell that is likely its title.
    pub(crate) fn of(
        page: &PageText<'_>,
        cells: &[Cell],
        own: Option<usize>,
        field: Option<&Folded>,
        sketch: u64,
    ) -> Option<Self> {
        let hashes = page.folded.hashes();
        let of_cell = |c: &Cell| &hashes[c.content() as usize..c.last as usize];
        let (words, next) = match (field, own) {
            (Some(field), _) => {
                // The first line may repeat the field.
                let first = cells.first().filter(|c| of_cell(c) != field.hashes());
                (field.hashes(), first.or(cells.get(1)))
            }
            (None, Some(at)) => (of_cell(&cells[at]), cells.get(at + 1)),
            (None, None) => return None,
        };
        let n = words.len();
        let parts = (LEAST_WORDS..=MOST_WORDS).contains(&n).then(|| Parts {
            prefix: key(&words[..PREFIX]),
            tail_prefix: key(&words[1..=PREFIX]),
            tail: key(&words[1..]),
            init: key(&words[..n - 1]),
            first: words[0],
            last: words[n - 1],
            words: n as u8,
        });
        let next = next.filter(|c| c.words() <= LINE_WORDS).map_or(0, |c| key(of_cell(c)));
        Some(Self { key: key(words), next, page: sketch, parts })
    }
}

/// The titles, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Titles {
    /// Title and the line after it; sorted.
    lines: Vec<(u64, u64)>,
    /// First words, and a bit for every length of a title that begins so; sorted.
    prefixes: Vec<(u64, u32)>,
    /// The same without the first word.
    tail_prefixes: Vec<(u64, u32)>,
    /// Titles without their first word, and that word.
    tails: Vec<(u64, u64)>,
    /// Titles without their last word, and that word.
    inits: Vec<(u64, u64)>,
}

/// A title found in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its first token; if `glued_before`, only the end of it is the title's first word.
    pub from: usize,
    /// One past its last token; if `glued_after`, only the start of that is the last word.
    pub to: usize,
    /// Letters (folded bytes) of the first token that are not the title's.
    pub before: usize,
    /// Letters (folded bytes) of the last token that are not the title's.
    pub after: usize,
}

impl Titles {
    /// Sorts what was counted. First lines that unlike pages share are left out.
    pub(crate) fn new(mut titles: Vec<Title>) -> Self {
        titles.sort_unstable_by_key(|t| (t.key, t.page, t.next, t.parts));
        let mut out = Self::default();
        for group in titles.chunk_by(|a, b| a.key == b.key) {
            if super::repeats::distinct(group.iter().map(|t| t.page)) >= TOO_MANY {
                continue;
            }
            for t in group {
                out.lines.push((t.key, t.next));
            }
            if let Some(p) = group[0].parts {
                out.prefixes.push((p.prefix, 1 << (p.words - 1)));
                out.tail_prefixes.push((p.tail_prefix, 1 << (p.words - 2)));
                out.tails.push((p.tail, p.first));
                out.inits.push((p.init, p.last));
            }
        }
        out.lines.dedup();
        for pairs in [&mut out.tails, &mut out.inits] {
            pairs.sort_unstable();
            pairs.dedup();
        }
        for prefixes in [&mut out.prefixes, &mut out.tail_prefixes] {
            prefixes.sort_unstable();
            prefixes.dedup_by(|b, a| {
                let same = a.0 == b.0;
                if same {
                    a.1 |= b.1;
                }
                same
            });
        }
        out
    }

    /// Whether a page has this title.
    pub(crate) fn contains(&self, title: u64) -> bool {
        has(&self.lines, title)
    }

    /// Whether on a page with this title the line `next` follows it.
    pub(crate) fn leads_to(&self, title: u64, next: u64) -> bool {
        next != 0 && self.lines.binary_search(&(title, next)).is_ok()
    }

    /// Whether the high `bits` of some title's key are these.
    pub(crate) fn may_start_with(&self, high: u64, bits: u32) -> bool {
        let at = self.lines.partition_point(|l| l.0 >> (64 - bits) < high);
        high != 0 && self.lines.get(at).is_some_and(|l| l.0 >> (64 - bits) == high)
    }

    /// The longest title that begins at word `from` and ends before `end`, whether its first or
    /// last word is glued to a neighbor or not.
    pub(crate) fn at(&self, folded: &Folded, from: usize, end: usize) -> Option<Found> {
        let hashes = folded.hashes().get(from..end)?;
        let whole = lengths(&self.prefixes, hashes);
        if whole != 0 {
            for n in bits(whole).filter(|&n| n <= hashes.len()) {
                if self.contains(key(&hashes[..n])) {
                    return Some(Found { from, to: from + n, before: 0, after: 0 });
                }
            }
            for n in bits(whole).filter(|&n| n <= hashes.len()) {
                let word = folded.word(from + n - 1);
                if let Some(after) = glued(&self.inits, key(&hashes[..n - 1]), word, true) {
                    return Some(Found { from, to: from + n, before: 0, after });
                }
            }
        }
        let tail = hashes.get(1..)?;
        for n in bits(lengths(&self.tail_prefixes, tail)).filter(|&n| n <= tail.len()) {
            if let Some(before) = glued(&self.tails, key(&tail[..n]), folded.word(from), false) {
                return Some(Found { from, to: from + 1 + n, before, after: 0 });
            }
        }
        None
    }
}

/// Whether a sorted list of pairs has this first part.
fn has(pairs: &[(u64, u64)], first: u64) -> bool {
    let at = pairs.partition_point(|p| p.0 < first);
    pairs.get(at).is_some_and(|p| p.0 == first)
}

/// The lengths of the titles that begin with these words, as bits.
fn lengths(prefixes: &[(u64, u32)], hashes: &[u64]) -> u32 {
    let Some(first) = hashes.get(..PREFIX) else {
        return 0;
    };
    let first = key(first);
    prefixes.binary_search_by_key(&first, |p| p.0).map_or(0, |at| prefixes[at].1)
}

/// The lengths in a set of bits, longest first.
fn bits(set: u32) -> impl Iterator<Item = usize> {
    (1..=32).rev().filter(move |n| set >> (n - 1) & 1 == 1)
}

/// If the word that belongs to `rest` begins (or ends) `word`, the number of bytes left over.
fn glued(pairs: &[(u64, u64)], rest: u64, word: &str, begins: bool) -> Option<usize> {
    let from = pairs.partition_point(|p| p.0 < rest);
    let wanted = pairs[from..].iter().take_while(|p| p.0 == rest).take(8);
    for (_, hash) in wanted {
        for (at, _) in word.char_indices().skip(2).take(40) {
            let (part, left) =
                if begins { (&word[..at], word.len() - at) } else { (&word[at..], at) };
            if xxh3_64(part.as_bytes()) == *hash {
                return Some(left);
            }
        }
    }
    None
}
