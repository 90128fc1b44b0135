//! The titles of the archive's pages: what tells where a teaser ends.
//!
//! A related block names other pages. Where neither line breaks nor punctuation set it apart from
//! the story, the words after the marker are compared with the titles that the archive has.

use std::cmp::Ordering;
use std::ops::Range;

use super::filter::{Fetch, Filter};
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

/// Halves of keys among which one is looked for: a line of memory or two.
const TOGETHER: usize = 8;

/// The title of one page, as counted: 56 bytes.
///
/// Of keys and words by which a title is found the higher half is kept. Two of them are compared together,
/// or a whole key afterwards, so that a chance equality takes 64 equal bits.
#[derive(Clone, Debug)]
pub(crate) struct Title {
    key: u64,
    /// Spread sketch of the page.
    page: u64,
    /// Key of the first words of its story; 0 if none was found.
    next: u32,
    /// Keys of the first words, and of the title without its first, its last, and both words.
    prefix: u32,
    tail_prefix: u32,
    tail: u32,
    init: u32,
    middle: u32,
    first: u32,
    last: u32,
    /// Its words; 0 of a title that is not looked for inside a line, of which no part is known.
    words: u8,
    /// Which of the page's lines it is, of those that may be the title.
    rank: u8,
}

impl Title {
    /// The title of the page with this sketch: its words, and how its story [opens](opening).
    #[inline]
    pub(crate) fn new(words: &[u64], next: u64, page: u64, rank: u8) -> Self {
        let n = words.len();
        let whole = Self {
            key: key(words),
            page,
            next: high(next),
            prefix: 0,
            tail_prefix: 0,
            tail: 0,
            init: 0,
            middle: 0,
            first: 0,
            last: 0,
            words: 0,
            rank,
        };
        if !(LEAST_WORDS..=MOST_WORDS).contains(&n) {
            return whole;
        }
        Self {
            prefix: high(key(&words[..PREFIX])),
            tail_prefix: high(key(&words[1..=PREFIX])),
            tail: high(key(&words[1..])),
            init: high(key(&words[..n - 1])),
            middle: high(key(&words[1..n - 1])),
            first: high(words[0]),
            last: high(words[n - 1]),
            words: n as u8,
            ..whole
        }
    }

    /// The key of its words.
    pub(crate) fn key(&self) -> u64 {
        self.key
    }
}

/// The higher half of a key.
fn high(key: u64) -> u32 {
    (key >> 32) as u32
}

/// Two halves of keys, so that the first of them sorts.
fn joined(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// A half of a key as a [`Filter`] has it: with random high bits.
fn filtered(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The titles, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Titles {
    /// The titles, and how the story of each opens; sorted by both.
    lines: Vec<u64>,
    nexts: Vec<u32>,
    places: HashIndex,
    /// The titles.
    known: Filter,
    /// The first words of titles, with and without their first word.
    starts: Filter,
    /// First words, and below them a bit for every length of a title that begins so.
    prefixes: Halves<u64>,
    /// The same without the first word.
    tail_prefixes: Halves<u64>,
    /// Titles without their first word, and below that this word.
    tails: Halves<u64>,
    /// Titles without their last word, and below that this word.
    inits: Halves<u64>,
    /// Titles without both, and those words.
    middles: Halves<(u32, u32, u32)>,
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
        drop(keys);
        let may_be_shared = Filter::new(shared.iter().copied());
        titles.retain(|t| !may_be_shared.may_hold(t.key) || shared.binary_search(&t.key).is_err());
        if titles.iter().any(|t| t.rank > 0) {
            let mut ranks: Vec<(u64, u8)> = titles.iter().map(|t| (t.page, t.rank)).collect();
            ranks.sort_unstable();
            ranks.dedup_by_key(|r| r.0);
            let first = |t: &Title| ranks.binary_search(&(t.page, t.rank)).is_ok();
            titles.retain(first);
        }
        let mut lines: Vec<(u64, u32)> = titles.iter().map(|t| (t.key, t.next)).collect();
        lines.sort_unstable();
        lines.dedup();
        let nexts = lines.iter().map(|l| l.1).collect();
        // No `into_iter`, which would keep the memory of the pairs.
        let lines: Vec<u64> = { lines }.iter().map(|l| l.0).collect();
        let found = |of: &dyn Fn(&Title) -> u64| {
            let found = titles.iter().filter(|t| t.words > 0).map(of);
            sorted(found.collect())
        };
        let bit = |words: u8| 1 << (words - 1);
        let tails = found(&|t| joined(t.tail, t.first));
        let inits = found(&|t| joined(t.init, t.last));
        let prefixes = merged(found(&|t| joined(t.prefix, bit(t.words))));
        let tail_prefixes = merged(found(&|t| joined(t.tail_prefix, bit(t.words - 1))));
        let middles = titles.iter().filter(|t| t.words > 0).map(|t| (t.middle, t.first, t.last));
        let middles = sorted(middles.collect());
        drop(titles);
        let places = HashIndex::new(lines.iter().copied());
        let known = Filter::new(lines.iter().copied());
        let starts: Vec<u32> = prefixes.iter().chain(&tail_prefixes).map(Half::half).collect();
        let starts = Filter::new(starts.into_iter().map(filtered));
        Self {
            lines,
            nexts,
            places,
            known,
            starts,
            prefixes: Halves::new(prefixes),
            tail_prefixes: Halves::new(tail_prefixes),
            tails: Halves::new(tails),
            inits: Halves::new(inits),
            middles: Halves::new(middles),
        }
    }

    /// The keys of all titles.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.lines.iter().copied()
    }

    /// Whether a title may begin with these words: no for nearly all.
    #[inline]
    pub(super) fn may_begin(&self, hashes: &[u64]) -> bool {
        let starts = |first| self.starts.may_hold(filtered(high(key(first))));
        hashes.get(..PREFIX).is_some_and(starts)
    }

    /// The number of words of the longest title that begins with these words, to which nothing is
    /// glued.
    pub(super) fn begins(&self, hashes: &[u64]) -> Option<usize> {
        let whole = self.lengths(&self.prefixes, hashes);
        bits(whole).find(|&n| n <= hashes.len() && self.contains(key(&hashes[..n])))
    }

    /// Whether a page has this title.
    pub(crate) fn contains(&self, title: u64) -> bool {
        self.known.may_hold(title)
            && self.places.find(&self.lines, title, |line| line == title).is_some()
    }

    /// Asks for what [`contains`](Self::contains) looks at, one step of [`Fetch`] after the other.
    pub(super) fn fetch(&self, title: u64, step: Fetch) {
        match step {
            Fetch::Filter => self.known.fetch(title),
            Fetch::Place if self.known.may_hold(title) => self.places.fetch(title),
            Fetch::Line if self.known.may_hold(title) => {
                self.places.fetch_hashes(&self.lines, title);
            }
            Fetch::Place | Fetch::Line => {}
        }
    }

    /// Whether the story of a page with this title opens so.
    pub(crate) fn leads_to(&self, title: u64, next: u64) -> bool {
        let around = self.places.around(title);
        let own = equal(&self.lines[around.clone()], |&line| line.cmp(&title));
        let nexts = &self.nexts[around.start + own.start..around.start + own.end];
        next != 0 && nexts.binary_search(&high(next)).is_ok()
    }

    /// Whether the high `bits` of some title's key are these, up to the last of them.
    pub(crate) fn may_start_with(&self, high: u64, bits: u32) -> bool {
        let of = |line: u64| line >> (64 - bits) & !1;
        let from = self.places.around(high << (64 - bits)).start;
        let mut following = self.lines[from..].iter().map(|&line| of(line));
        high > 1 && following.find(|&line| line >= high) == Some(high)
    }

    /// The lengths of the titles that begin with these words, as bits.
    fn lengths(&self, prefixes: &Halves<u64>, hashes: &[u64]) -> u32 {
        let Some(first) = hashes.get(..PREFIX).map(|words| high(key(words))) else {
            return 0;
        };
        if !self.starts.may_hold(filtered(first)) {
            return 0;
        }
        prefixes.with(first).first().map_or(0, |&lengths| lengths as u32)
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
            let wanted = self.inits.with(high(key(&hashes[..n - 1]))).iter();
            let word = folded.word(from + n - 1);
            if let Some(after) = wanted.take(TRIED).find_map(|&p| glued(p as u32, word, true)) {
                return Some(Found { from, to: from + n, before: 0, after });
            }
        }
        let (word, tail) = (folded.word(from), hashes.get(1..)?);
        for n in bits(self.lengths(&self.tail_prefixes, tail)).filter(|&n| n <= tail.len()) {
            let to = from + 1 + n;
            let wanted = self.tails.with(high(key(&tail[..n]))).iter();
            if let Some(before) = wanted.take(TRIED).find_map(|&p| glued(p as u32, word, false)) {
                return Some(Found { from, to, before, after: 0 });
            }
            let wanted = self.middles.with(high(key(&tail[..n - 1])));
            let both = |p: &(u32, u32, u32)| {
                Some((glued(p.1, word, false)?, glued(p.2, folded.word(to - 1), true)?))
            };
            if let Some((before, after)) = wanted.iter().take(TRIED).find_map(both) {
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

/// A sorted list without repeats, in no more memory than it needs: it stays as long as the archive is
/// read.
fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list.shrink_to_fit();
    list
}

/// A sorted list of keys and bits in which every key comes once, with all its bits.
fn merged(mut list: Vec<u64>) -> Vec<u64> {
    list.dedup_by(|next, kept| {
        let same = high(*next) == high(*kept);
        if same {
            *kept |= *next;
        }
        same
    });
    list.shrink_to_fit();
    list
}

/// Where in a sorted list those entries stand that are equal to what is wanted.
fn equal<T>(sorted: &[T], to_wanted: impl Fn(&T) -> Ordering) -> Range<usize> {
    let from = sorted.partition_point(|t| to_wanted(t).is_lt());
    from..from + sorted[from..].partition_point(|t| to_wanted(t).is_eq())
}

/// An entry of a list that is looked up by a half of a key.
trait Half {
    fn half(&self) -> u32;
}

impl Half for u64 {
    fn half(&self) -> u32 {
        high(*self)
    }
}

impl Half for (u32, u32, u32) {
    fn half(&self) -> u32 {
        self.0
    }
}

/// A sorted list of entries that begin with a half of a key, and where to look in it.
#[derive(Clone, Debug)]
struct Halves<T> {
    list: Vec<T>,
    places: HashIndex,
}

impl<T> Default for Halves<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashIndex::default() }
    }
}

impl<T: Half> Halves<T> {
    fn new(list: Vec<T>) -> Self {
        let places = HashIndex::with(TOGETHER, list.iter().map(|one| u64::from(one.half()) << 32));
        Self { list, places }
    }

    /// The entries with this half.
    fn with(&self, half: u32) -> &[T] {
        let around = &self.list[self.places.around(u64::from(half) << 32)];
        &around[equal(around, |one| one.half().cmp(&half))]
    }
}

/// The lengths in a set of bits, longest first.
fn bits(set: u32) -> impl Iterator<Item = usize> {
    (1..=32).rev().filter(move |n| set >> (n - 1) & 1 == 1)
}

/// If a word whose hash has this higher half begins (or ends) `word`, the number of bytes left over.
fn glued(hash: u32, word: &str, begins: bool) -> Option<usize> {
    word.char_indices().skip(2).take(LETTERS).find_map(|(at, _)| {
        let (part, left) = if begins { (&word[..at], word.len() - at) } else { (&word[at..], at) };
        (high(hash_word(part.as_bytes())) == hash).then_some(left)
    })
}
