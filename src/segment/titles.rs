//! The titles of the archive's pages: what tells where a teaser ends.
//!
//! A related block names other pages. Where neither line breaks nor punctuation set it apart from
//! the story, the words after the marker are compared with the titles that the archive has.

use super::filter::Filter;
use super::key;
use crate::fold::{Folded, hash_word};
use crate::sorted::HashIndex;

/// Fewest words of a title that is looked for inside a line.
const LEAST_WORDS: usize = 4;
/// Most words of such a title.
const MOST_WORDS: usize = 32;
/// Words by which a title is found.
const PREFIX: usize = 3;
/// Titles with equal remaining words of which the first or last one is compared.
const TRIED: usize = 8;
/// Letters of a word within which another one may end.
const LETTERS: usize = 40;
/// Fewest words of a line with which a story may open.
pub(super) const OPENING_LEAST: usize = 10;
/// How many of them are compared.
const OPENING_WORDS: usize = 6;
/// Lines after a title among which its story opens: date, author and place may stand between.
pub(super) const OPENING_LINES: usize = 6;
/// Unlike pages with one first line: then it is no title but a name of the site or a column.
const TOO_MANY: u8 = 4;

/// The title of one page, as counted.
#[derive(Clone, Debug)]
pub(crate) struct Title {
    key: u64,
    /// Key of the first words of its story; 0 if none was found.
    next: u64,
    /// Spread sketch of the page.
    page: u64,
    /// Which of the page's lines it is, of those that may be the title.
    rank: u8,
    /// Keys of the first words, and of the title without its first, its last, and both words.
    parts: Option<Parts>,
}

#[derive(Clone, Copy, Debug)]
struct Parts {
    prefix: u64,
    tail_prefix: u64,
    tail: u64,
    init: u64,
    middle: u64,
    first: u64,
    last: u64,
    words: u8,
}

impl Title {
    /// The title of the page with this sketch: its words, and how its story [opens](opening).
    #[inline]
    pub(crate) fn new(words: &[u64], next: u64, page: u64, rank: u8) -> Self {
        let n = words.len();
        let parts = (LEAST_WORDS..=MOST_WORDS).contains(&n).then(|| Parts {
            prefix: key(&words[..PREFIX]),
            tail_prefix: key(&words[1..=PREFIX]),
            tail: key(&words[1..]),
            init: key(&words[..n - 1]),
            middle: key(&words[1..n - 1]),
            first: words[0],
            last: words[n - 1],
            words: n as u8,
        });
        Self { key: key(words), next, page, rank, parts }
    }

    /// The key of its words.
    pub(crate) fn key(&self) -> u64 {
        self.key
    }
}

/// The titles, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Titles {
    /// Title and how its story opens; sorted.
    lines: Vec<(u64, u64)>,
    places: HashIndex,
    /// The titles.
    known: Filter,
    /// The first words of titles, with and without their first word.
    starts: Filter,
    /// First words, and a bit for every length of a title that begins so; sorted.
    prefixes: Vec<(u64, u32)>,
    /// The same without the first word.
    tail_prefixes: Vec<(u64, u32)>,
    /// Titles without their first word, and that word.
    tails: Vec<(u64, u64)>,
    /// Titles without their last word, and that word.
    inits: Vec<(u64, u64)>,
    /// Titles without both, and those words.
    middles: Vec<(u64, u64, u64)>,
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
    /// Sorts what was counted. Of the lines that may be a page's title the first one is taken that
    /// unlike pages do not share.
    pub(crate) fn new(mut titles: Vec<Title>) -> Self {
        let mut keys: Vec<(u64, u64)> = titles.iter().map(|t| (t.key, t.page)).collect();
        keys.sort_unstable();
        let shared: Vec<u64> = keys
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|group| group.len() >= usize::from(TOO_MANY))
            .filter(|group| super::repeats::distinct(group.iter().map(|t| t.1)) >= TOO_MANY)
            .map(|group| group[0].0)
            .collect();
        titles.retain(|t| shared.binary_search(&t.key).is_err());
        if titles.iter().any(|t| t.rank > 0) {
            let mut ranks: Vec<(u64, u8)> = titles.iter().map(|t| (t.page, t.rank)).collect();
            ranks.sort_unstable();
            ranks.dedup_by_key(|r| r.0);
            let first = |t: &Title| ranks.binary_search(&(t.page, t.rank)).is_ok();
            titles.retain(first);
        }
        let mut out = Self::default();
        for t in &titles {
            out.lines.push((t.key, t.next));
            if let Some(p) = t.parts {
                out.prefixes.push((p.prefix, 1 << (p.words - 1)));
                out.tail_prefixes.push((p.tail_prefix, 1 << (p.words - 2)));
                out.tails.push((p.tail, p.first));
                out.inits.push((p.init, p.last));
                out.middles.push((p.middle, p.first, p.last));
            }
        }
        out.lines.sort_unstable();
        out.lines.dedup();
        for pairs in [&mut out.tails, &mut out.inits] {
            pairs.sort_unstable();
            pairs.dedup();
        }
        out.middles.sort_unstable();
        out.middles.dedup();
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
        // What was dropped was a fifth, and stays as long as the archive is read.
        out.lines.shrink_to_fit();
        for pairs in [&mut out.tails, &mut out.inits] {
            pairs.shrink_to_fit();
        }
        out.middles.shrink_to_fit();
        for prefixes in [&mut out.prefixes, &mut out.tail_prefixes] {
            prefixes.shrink_to_fit();
        }
        out.places = HashIndex::new(out.lines.iter().map(|l| l.0));
        out.known = Filter::new(out.lines.iter().map(|l| l.0));
        let starts: Vec<u64> = out.prefixes.iter().chain(&out.tail_prefixes).map(|p| p.0).collect();
        out.starts = Filter::new(starts.into_iter());
        out
    }

    /// The keys of all titles.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.lines.iter().map(|l| l.0)
    }

    /// Whether a title may begin with these words: no for nearly all.
    #[inline]
    pub(super) fn may_begin(&self, hashes: &[u64]) -> bool {
        hashes.get(..PREFIX).is_some_and(|first| self.starts.may_hold(key(first)))
    }

    /// The number of words of the longest title that begins with these words, to which nothing is
    /// glued.
    pub(super) fn begins(&self, hashes: &[u64]) -> Option<usize> {
        let whole = self.lengths(&self.prefixes, hashes);
        bits(whole).find(|&n| n <= hashes.len() && self.contains(key(&hashes[..n])))
    }

    /// Whether a page has this title.
    pub(crate) fn contains(&self, title: u64) -> bool {
        self.known.may_hold(title) && {
            let around = &self.lines[self.places.around(title)];
            around.binary_search_by_key(&title, |l| l.0).is_ok()
        }
    }

    /// Whether the story of a page with this title opens so.
    pub(crate) fn leads_to(&self, title: u64, next: u64) -> bool {
        next != 0 && self.lines[self.places.around(title)].binary_search(&(title, next)).is_ok()
    }

    /// Whether the high `bits` of some title's key are these, up to the last of them.
    pub(crate) fn may_start_with(&self, high: u64, bits: u32) -> bool {
        let of = |l: &(u64, u64)| l.0 >> (64 - bits) & !1;
        let at = self.lines.partition_point(|l| of(l) < high);
        high > 1 && self.lines.get(at).is_some_and(|l| of(l) == high)
    }

    /// The lengths of the titles that begin with these words, as bits.
    fn lengths(&self, prefixes: &[(u64, u32)], hashes: &[u64]) -> u32 {
        let Some(first) = hashes.get(..PREFIX).map(key) else {
            return 0;
        };
        if !self.starts.may_hold(first) {
            return 0;
        }
        prefixes.binary_search_by_key(&first, |p| p.0).map_or(0, |at| prefixes[at].1)
    }

    /// The longest title that begins at word `from` and ends before `end`, whether its first or
    /// last word is glued to a neighbor or not.
    pub(crate) fn at(&self, folded: &Folded, from: usize, end: usize) -> Option<Found> {
        let hashes = folded.hashes().get(from..end)?;
        if let Some(n) = self.begins(hashes) {
            return Some(Found { from, to: from + n, before: 0, after: 0 });
        }
        let whole = self.lengths(&self.prefixes, hashes);
        for n in bits(whole).filter(|&n| n <= hashes.len()) {
            let wanted = equal(&self.inits, key(&hashes[..n - 1]), |p| p.0).iter();
            let word = folded.word(from + n - 1);
            if let Some(after) = wanted.take(TRIED).find_map(|p| glued(p.1, word, true)) {
                return Some(Found { from, to: from + n, before: 0, after });
            }
        }
        let (word, tail) = (folded.word(from), hashes.get(1..)?);
        for n in bits(self.lengths(&self.tail_prefixes, tail)).filter(|&n| n <= tail.len()) {
            let to = from + 1 + n;
            let wanted = equal(&self.tails, key(&tail[..n]), |p| p.0).iter();
            if let Some(before) = wanted.take(TRIED).find_map(|p| glued(p.1, word, false)) {
                return Some(Found { from, to, before, after: 0 });
            }
            let wanted = equal(&self.middles, key(&tail[..n - 1]), |p| p.0).iter();
            let both = |p: &(u64, u64, u64)| {
                Some((glued(p.1, word, false)?, glued(p.2, folded.word(to - 1), true)?))
            };
            if let Some((before, after)) = wanted.take(TRIED).find_map(both) {
                return Some(Found { from, to, before, after });
            }
        }
        None
    }
}

/// The key of the words with which a line opens a story, if it is long enough to; else 0.
#[inline]
pub(super) fn opening(line: &[u64]) -> u64 {
    if line.len() < OPENING_LEAST { 0 } else { key(&line[..OPENING_WORDS]) }
}

/// The entries of a sorted list with this key.
fn equal<T>(sorted: &[T], wanted: u64, of: impl Fn(&T) -> u64) -> &[T] {
    let from = sorted.partition_point(|t| of(t) < wanted);
    let to = sorted[from..].partition_point(|t| of(t) == wanted);
    &sorted[from..from + to]
}

/// The lengths in a set of bits, longest first.
fn bits(set: u32) -> impl Iterator<Item = usize> {
    (1..=32).rev().filter(move |n| set >> (n - 1) & 1 == 1)
}

/// If a word with this hash begins (or ends) `word`, the number of bytes left over.
fn glued(hash: u64, word: &str, begins: bool) -> Option<usize> {
    word.char_indices().skip(2).take(LETTERS).find_map(|(at, _)| {
        let (part, left) = if begins { (&word[..at], word.len() - at) } else { (&word[at..], at) };
        (hash_word(part.as_bytes()) == hash).then_some(left)
    })
}
