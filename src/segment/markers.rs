//! Markers: the phrases that furniture begins with, read from a table that users can extend.
//!
//! A marker is matched on the hashes of folded words, so spelling, marks and punctuation do not
//! matter. Finding the markers of a page costs two looks into small tables for every word: by its
//! hash, and by its end, which a word glued before it leaves as it is.

use super::cells::{Cell, Ending};
use super::key;
use super::rows::{Marker, MarkerError, parse_row};
use super::sieve::Sieve;
use crate::fold::{Folded, Token};

/// The rows that come with the crate.
const DEFAULT_ROWS: &str = include_str!("markers.tsv");

/// A place where the words of a marker stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Rows of the table with these words: a range of the sorted rows.
    pub rows: (u32, u32),
    /// First token of the phrase.
    pub from: u32,
    /// One past its last token.
    pub to: u32,
    /// A foreign word is glued to the first one.
    pub glued_before: bool,
    /// A foreign word is glued to the last one.
    pub glued_after: bool,
}

impl Hit {
    fn is_glued(&self) -> bool {
        self.glued_before || self.glued_after
    }
}

/// A phrase in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Phrase {
    /// What it is looked up by.
    hash: u64,
    /// The range of rows that have its words.
    rows: (u32, u32),
    /// The range of its words among those of all phrases.
    words: (u32, u32),
    /// Which of its words is the anchor.
    anchor: u32,
}

impl Phrase {
    /// Where it stands, if that begins the words from a token on.
    fn at(&self, all: &[u64], hashes: &[u64], from: usize) -> Option<Hit> {
        let own = &all[self.words.0 as usize..self.words.1 as usize];
        let there = hashes.get(from..from + own.len())?;
        own.iter().zip(there).all(|(x, y)| x == y).then(|| Hit {
            rows: self.rows,
            from: from as u32,
            to: (from + own.len()) as u32,
            glued_before: false,
            glued_after: false,
        })
    }
}

/// A table of markers, ready to be matched.
#[derive(Clone, Debug)]
pub struct MarkerTable {
    rows: Vec<Marker>,
    /// The words of all phrases, one after the other: near the core, where rows are not.
    words: Vec<u64>,
    /// Phrases by their first two words, or the only one: looked up where a line begins.
    by_start: Vec<Phrase>,
    /// Those that may stand inside a line, by anchor: looked up at every word.
    by_anchor: Vec<Phrase>,
    /// Headings of two words and more, by anchor: looked up where any word may begin a line.
    by_heading: Vec<Phrase>,
    /// Phrases to whose first or last word another may be glued, by the end of the first one: with a
    /// word glued before it that still ends so.
    by_end: Vec<Phrase>,
    /// First words of phrases of one word, and first two words of others.
    starts: Sieve<8192>,
    /// The words of `by_anchor`.
    anchors: Sieve<16384>,
    /// The words of `by_heading`.
    headings: Sieve<16384>,
    /// The ends of `by_end`, mixed.
    ends: Sieve<4096>,
    /// Which bits of the last eight bytes of a word are its end: all first words are so long.
    end_bits: u64,
}

/// Words after a phrase among which the next line of furniture begins.
const CHAINED_WORDS: u32 = 12;
/// Fewest bytes of a folded word that two words glued together make.
const GLUED_BYTES: usize = 12;
/// Fewest bytes of a last word to which others are glued: shorter ones begin many words.
const STEM_BYTES: usize = 8;

impl Default for MarkerTable {
    /// The rows that come with the crate.
    fn default() -> Self {
        let mut table = Self::none();
        if let Err(e) = table.extend(DEFAULT_ROWS) {
            debug_assert!(false, "built-in markers: {e}");
        }
        table
    }
}

impl MarkerTable {
    /// A table without rows: only repetition tells furniture from story.
    pub fn none() -> Self {
        Self {
            rows: Vec::new(),
            words: Vec::new(),
            by_start: Vec::new(),
            by_anchor: Vec::new(),
            by_heading: Vec::new(),
            by_end: Vec::new(),
            starts: Sieve::new(),
            anchors: Sieve::new(),
            headings: Sieve::new(),
            ends: Sieve::new(),
            end_bits: 0,
        }
    }

    /// Whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of phrases.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds the rows of a table in the format described at its head.
    ///
    /// # Errors
    /// The first line that is not understood; the table is then unchanged.
    pub fn extend(&mut self, rows: &str) -> Result<(), MarkerError> {
        let mut read = self.rows.clone();
        let mut folded = Folded::default();
        for (n, line) in rows.lines().enumerate() {
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            parse_row(line, &mut read, &mut folded)
                .map_err(|problem| MarkerError { line: n + 1, problem })?;
        }
        self.rows = read;
        self.index();
        Ok(())
    }

    /// Sorts the rows and fills the indexes.
    fn index(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|a, b| (b.words.len(), &b.words).cmp(&(a.words.len(), &a.words)));
        let glues = rows.iter().filter(|row| row.glues());
        let shortest = glues.map(|row| row.first_word.len()).min().unwrap_or(8).clamp(1, 8);
        *self = Self { end_bits: u64::MAX << (64 - 8 * shortest), ..Self::none() };
        let mut from = 0;
        for group in rows.chunk_by(|a, b| a.words == b.words) {
            let (first, rows) = (&group[0], (from, from + group.len() as u32));
            from = rows.1;
            let before = self.words.len() as u32;
            self.words.extend_from_slice(&first.words);
            let words = (before, self.words.len() as u32);
            let phrase = |hash| Phrase { hash, rows, words, anchor: first.anchor as u32 };
            self.by_start.push(phrase(start(&first.words)));
            self.starts.insert(start(&first.words));
            let anchor = first.words[first.anchor];
            if group.iter().any(|row| row.inline) {
                self.by_anchor.push(phrase(anchor));
                self.anchors.insert(anchor);
            }
            if first.words.len() > 1 && group.iter().any(|row| row.own && row.class.is_heading()) {
                self.by_heading.push(phrase(anchor));
                self.headings.insert(anchor);
            }
            if group.iter().any(Marker::glues) {
                let end = self.end(first.first_word.as_bytes());
                self.by_end.push(phrase(end));
                self.ends.insert(mixed(end));
            }
        }
        let indexes =
            [&mut self.by_start, &mut self.by_anchor, &mut self.by_heading, &mut self.by_end];
        for index in indexes {
            index.sort_unstable();
        }
        self.rows = rows;
    }

    /// The rows of a hit.
    pub(crate) fn rows(&self, hit: &Hit) -> &[Marker] {
        &self.rows[hit.rows.0 as usize..hit.rows.1 as usize]
    }

    /// Whether these words are the phrase of a heading that stands on a line of its own.
    pub(crate) fn is_heading(&self, words: &[u64]) -> bool {
        let heading = |m: &Marker| m.own && m.class.is_heading() && m.words == words;
        let rows = |p: &Phrase| &self.rows[p.rows.0 as usize..p.rows.1 as usize];
        !words.is_empty() && equal(&self.by_start, start(words)).iter().flat_map(rows).any(heading)
    }

    /// Whether the phrase of a heading of other stories is one of these lines; `hits` are those from
    /// the first of them on.
    pub(crate) fn heads(&self, lines: &[Cell], hits: &[Hit]) -> bool {
        let Some(end) = lines.last().map(|line| line.last) else {
            return false;
        };
        let heading = |hit: &Hit| {
            lines.iter().any(|line| {
                line.content() == hit.from && hit.to == line.last && line.ending != Ending::Stop
            }) && self.rows(hit).iter().any(|row| row.own && row.class.is_heading())
        };
        hits.iter().take_while(|hit| hit.from < end).any(heading)
    }

    /// Finds the places where phrases stand, by first word, then by length. A phrase inside a
    /// longer one that began before it is left out.
    ///
    /// `starts` are the words with which lines begin. Where phrases are `chained`, a line may also begin
    /// with any of the words after a phrase, and the heading of a block with any word of which this
    /// function says that it is near enough to the end of another line.
    pub(crate) fn find(
        &self,
        folded: &Folded,
        starts: impl Iterator<Item = u32>,
        chained: Option<&dyn Fn(u32) -> bool>,
        out: &mut Vec<Hit>,
    ) {
        out.clear();
        if self.rows.is_empty() {
            return;
        }
        starts.for_each(|first| self.find_from(folded, first, out));
        self.find_inside(folded, out);
        if let Some(near) = chained {
            let (hashes, from) = (folded.hashes(), out.len());
            let found = |i: usize| self.find_at(&self.by_heading, hashes, i, out);
            self.headings.each(hashes, |&hash| hash, found);
            let headings = out.split_off(from);
            out.extend(headings.into_iter().filter(|hit| near(hit.from)));
        }
        for nth in 0..if chained.is_some() { out.len() } else { 0 } {
            let after = out[nth].to..(out[nth].to + CHAINED_WORDS).min(folded.len() as u32);
            after.for_each(|first| self.find_from(folded, first, out));
        }
        // Longer phrases last, and none inside a longer one that began before it. Where a phrase
        // stands as it is, no other is glued to something, and one word is not cut in two places.
        out.sort_unstable_by_key(|hit| (hit.from, hit.to, hit.is_glued(), hit.rows));
        out.dedup_by(|b, a| {
            let worse = (b.is_glued() && !a.is_glued()) || (b.glued_after && a.glued_after);
            a == b || ((a.from, a.to) == (b.from, b.to) && worse)
        });
        let mut covered = (0, 0);
        out.retain(|hit| {
            let inside = hit.from > covered.0 && hit.to <= covered.1;
            if hit.to > covered.1 {
                covered = (hit.from, hit.to);
            }
            !inside
        });
    }

    /// Finds the phrases with which a line begins, at its first word.
    #[inline]
    fn find_from(&self, folded: &Folded, first: u32, out: &mut Vec<Hit>) {
        let hashes = folded.hashes();
        let words = &hashes[first as usize..];
        let starts = [start(&words[..1]), start(words)];
        for &own in &starts[..words.len().min(2)] {
            if self.starts.passes(own) {
                let phrases = equal(&self.by_start, own).iter();
                out.extend(phrases.filter_map(|p| p.at(&self.words, hashes, first as usize)));
            }
        }
    }

    /// Finds the phrases inside lines: those that stand as they are, and those with a word glued to
    /// them.
    fn find_inside(&self, folded: &Folded, out: &mut Vec<Hit>) {
        let (hashes, text) = (folded.hashes(), folded.text().as_bytes());
        let found = |i: usize| self.find_at(&self.by_anchor, hashes, i, out);
        self.anchors.each(hashes, |&hash| hash, found);
        let (tokens, end) =
            (folded.tokens(), |token: &Token| self.end(&text[..token.end as usize]));
        let glued = |i: usize| self.find_glued(folded, i, end(&tokens[i]), out);
        self.ends.each(tokens, |token| mixed(end(token)), glued);
    }

    /// Finds the phrases with which or with the end of which word `i` begins, if foreign words are
    /// glued to them: to the first word, to the last one, or to both.
    #[cold]
    fn find_glued(&self, folded: &Folded, i: usize, end: u64, out: &mut Vec<Hit>) {
        for &Phrase { rows, .. } in equal(&self.by_end, end) {
            let marker = &self.rows[rows.0 as usize];
            let last = marker.words.len() - 1;
            let Some(words) = folded.hashes().get(i..=i + last) else {
                continue;
            };
            if words[1..last] != marker.words[1..last] {
                continue;
            }
            let glued_before = words[0] != marker.words[0];
            let glued_after = words[last] != marker.words[last];
            let word = folded.word(i + last);
            if (glued_before || glued_after)
                && (!glued_before || glued_to(folded.word(i), &marker.first_word, false))
                && (!glued_after
                    || (word.len() >= GLUED_BYTES
                        && marker.last_word.len() >= STEM_BYTES
                        && glued_to(word, &marker.last_word, true)))
            {
                let (from, to) = (i as u32, (i + last) as u32 + 1);
                out.push(Hit { rows, from, to, glued_before, glued_after });
            }
        }
    }

    /// Finds the phrases of an index whose anchor is word `i`.
    fn find_at(&self, index: &[Phrase], hashes: &[u64], i: usize, out: &mut Vec<Hit>) {
        let found = |phrase: &Phrase| {
            phrase.at(&self.words, hashes, i.checked_sub(phrase.anchor as usize)?)
        };
        out.extend(equal(index, hashes[i]).iter().filter_map(found));
    }

    /// The end of the last word of a folded text, and of what stands before it if the word is short.
    #[inline]
    fn end(&self, text: &[u8]) -> u64 {
        let last =
            text.last_chunk().map_or_else(|| filled(text), |&bytes| u64::from_le_bytes(bytes));
        last & self.end_bits
    }
}

/// The last eight bytes of a text of fewer, zeros before it.
#[cold]
fn filled(text: &[u8]) -> u64 {
    text.iter().fold(0, |end, &byte| end >> 8 | u64::from(byte) << 56)
}

/// The entries of a sorted index with this hash.
fn equal(index: &[Phrase], hash: u64) -> &[Phrase] {
    let from = index.partition_point(|phrase| phrase.hash < hash);
    let n = index[from..].iter().take_while(|phrase| phrase.hash == hash).count();
    &index[from..from + n]
}

/// What phrases are sifted by where a line begins: their first two words, or the only one.
fn start(words: &[u64]) -> u64 {
    key(&words[..words.len().min(2)])
}

/// A number whose lowest and highest bits are random, for the end of a word.
fn mixed(end: u64) -> u64 {
    end.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(52)
}

/// Whether `word` is `phrase` with at least two more letters after it (or before it).
fn glued_to(word: &str, phrase: &str, after: bool) -> bool {
    let rest = if after { word.strip_prefix(phrase) } else { word.strip_suffix(phrase) };
    rest.is_some_and(|r| r.chars().count() >= 2) && phrase.chars().count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};

    fn hits(table: &MarkerTable, text: &str) -> Vec<(u32, u32, bool, bool)> {
        let folded = Folder::new(Profile::Standard).fold(text);
        let mut out = Vec::new();
        table.find(&folded, std::iter::once(0), None, &mut out);
        out.iter().map(|h| (h.from, h.to, h.glued_before, h.glued_after)).collect()
    }

    #[test]
    fn the_built_in_table_is_read() {
        let mut table = MarkerTable::none();
        assert_eq!(table.extend(DEFAULT_ROWS), Ok(()));
        assert!(table.len() > 300);
    }

    #[test]
    fn spellings_meet_in_one_row() {
        let table = MarkerTable::default();
        for text in ["اقرأ أيضاً:", "إقرأ أيضًا", "أقرأ ايضا ..", "إقـرأ ايضآ", "اقرأ أيضأ"]
        {
            assert_eq!(hits(&table, text).last(), Some(&(0, 2, false, false)), "{text}");
        }
    }

    #[test]
    fn glued_neighbors_are_seen() {
        let table = MarkerTable::default();
        let last = |text| hits(&table, text).last().copied();
        assert_eq!(last("اقرأ أيضاًالمملكة تستضيف"), Some((0, 2, false, true)));
        assert_eq!(hits(&table, "غدااقرأ أيضاً الخبر"), [(0, 2, true, false)]);
        assert_eq!(hits(&table, "غدااقرأ أيضاًالمملكة تستضيف"), [(0, 2, true, true)]);
        assert_eq!(hits(&table, "أيضاًالمملكة"), []);
    }

    #[test]
    fn short_first_words_have_neighbors_too() {
        let mut table = MarkerTable::none();
        let row = "related\town,prefix,inline\tE0,E1\t-\tread معلومات\n";
        assert_eq!(table.extend(row), Ok(()));
        assert_eq!(hits(&table, "خبرread معلومات"), [(0, 2, true, false)]);
        assert_eq!(hits(&table, "aaread معلومات"), [(0, 2, true, false)]);
        assert_eq!(hits(&table, "خبر قديم read معلوماتالمدن"), [(2, 4, false, true)]);
        assert_eq!(hits(&table, "reed معلومات"), []);
    }

    #[test]
    fn of_a_glued_word_only_one_phrase_is_found() {
        let mut table = MarkerTable::none();
        let row = "related\town,prefix,inline\tE0,E1\t-\tاقرأ (أيضا|أيضاوغير)\n";
        assert_eq!(table.extend(row), Ok(()));
        assert_eq!(hits(&table, "اقرأ أيضاوغيرالمدن"), [(0, 2, false, true)]);
    }

    #[test]
    fn errors_name_the_line() {
        let mut table = MarkerTable::none();
        let error =
            table.extend("# head\nrelated\town\tE0\t-\tكلمة\nrelated\tnowhere\tE0\t-\tكلمة");
        assert_eq!(error.as_ref().map_err(|e| e.line), Err(3));
        assert!(table.is_empty(), "a table that is not understood changes nothing");
        for bad in [
            "related\town\tE0\t-",
            "mystery\town\tE0\t-\tكلمة",
            "related\town\tE8\t-\tكلمة",
            "related\town\tE0\tmax:x\tكلمة",
            "related\town\tE0\tnever\tكلمة",
            "related\town\tE0\t-\t(كلمة",
            "related\town\tE0\t-\t،",
        ] {
            assert!(table.extend(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rows_can_be_added() {
        let mut table = MarkerTable::none();
        assert!(table.extend("related\town\tE0,E3\t-\tمن (أرشيفنا|دفاترنا|)\r\n").is_ok());
        assert_eq!(table.len(), 3);
        assert_eq!(hits(&table, "من أرشيفنا"), [(0, 1, false, false), (0, 2, false, false)]);
    }
}
