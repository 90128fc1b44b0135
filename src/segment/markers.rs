//! Markers: the phrases that furniture begins with, read from a table that users can extend.
//!
//! A marker is matched on the hashes of folded words, so spelling, marks and punctuation do not
//! matter. Finding the markers of a page costs one look into a small bitmap for every word.

use super::rows::{Marker, MarkerError, parse_row};
use crate::fold::Folded;

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

/// A table of markers, ready to be matched.
#[derive(Clone, Debug)]
pub struct MarkerTable {
    rows: Vec<Marker>,
    /// Ranges of rows that share their words, by first word: looked up where a line begins.
    by_first: Vec<(u64, (u32, u32))>,
    /// The same of phrases that may stand inside a line, by anchor: looked up at every word.
    by_anchor: Vec<(u64, (u32, u32))>,
    /// The same of phrases to whose first word another may be glued, by their second word.
    by_second: Vec<(u64, (u32, u32))>,
    /// The same of phrases to whose last word another may be glued, by the start of that word.
    by_stem: Vec<(u64, (u32, u32))>,
    /// A bit for each stem.
    stems: u64,
    seen: Box<[u64; SEEN_WORDS]>,
}

/// Fewest bytes of a folded word that two words glued together make.
const GLUED_BYTES: u32 = 12;
const SEEN_BITS: u64 = 1 << 14;
const SEEN_WORDS: usize = (SEEN_BITS / 64) as usize;

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
            by_first: Vec::new(),
            by_anchor: Vec::new(),
            by_second: Vec::new(),
            by_stem: Vec::new(),
            stems: 0,
            seen: Box::new([0; SEEN_WORDS]),
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
        for (n, line) in rows.lines().enumerate() {
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            parse_row(line, &mut read).map_err(|problem| MarkerError { line: n + 1, problem })?;
        }
        self.rows = read;
        self.index();
        Ok(())
    }

    /// Sorts the rows and fills the maps.
    fn index(&mut self) {
        self.rows.sort_by(|a, b| (b.words.len(), &b.words).cmp(&(a.words.len(), &a.words)));
        self.by_first.clear();
        self.by_anchor.clear();
        self.by_second.clear();
        self.by_stem.clear();
        self.stems = 0;
        self.seen.fill(0);
        let mut from = 0;
        while from < self.rows.len() {
            let words = self.rows[from].words.clone();
            let mut to = from;
            while to < self.rows.len() && self.rows[to].words == words {
                to += 1;
            }
            let range = (from as u32, to as u32);
            let anchor = words[self.rows[from].anchor];
            self.by_first.push((words[0], range));
            if self.rows[from..to].iter().any(|row| row.inline) {
                self.by_anchor.push((anchor, range));
                set(&mut self.seen, anchor);
            }
            if self.rows[from..to].iter().any(Marker::glues) {
                self.by_second.push((words[1], range));
                set(&mut self.seen, words[1]);
                if let Some(stem) = stem(self.rows[from].last_word.as_bytes()) {
                    self.by_stem.push((stem, range));
                    self.stems |= stem_bit(stem);
                }
            }
            from = to;
        }
        for index in
            [&mut self.by_first, &mut self.by_anchor, &mut self.by_second, &mut self.by_stem]
        {
            index.sort_unstable();
        }
    }

    /// The rows of a hit.
    pub(crate) fn rows(&self, hit: &Hit) -> &[Marker] {
        &self.rows[hit.rows.0 as usize..hit.rows.1 as usize]
    }

    /// Finds the places where phrases stand, by first word, then by length. A phrase inside a
    /// longer one that began before it is left out.
    ///
    /// `starts` are the words with which lines begin.
    pub(crate) fn find(
        &self,
        folded: &Folded,
        starts: impl Iterator<Item = u32>,
        out: &mut Vec<Hit>,
    ) {
        out.clear();
        if self.rows.is_empty() {
            return;
        }
        for start in starts {
            let words = &folded.hashes()[start as usize..];
            for &(_, rows) in equal(&self.by_first, words[0]) {
                let marker = &self.rows[rows.0 as usize];
                if words.starts_with(&marker.words) {
                    let (from, to) = (start, start + marker.words.len() as u32);
                    out.push(Hit { rows, from, to, glued_before: false, glued_after: false });
                }
            }
        }
        // Both tests are made for every word, so that only a likely hit is a branch.
        let text = folded.text().as_bytes();
        for (i, (&h, token)) in folded.hashes().iter().zip(folded.tokens()).enumerate() {
            let bit = h % SEEN_BITS;
            let seen = self.seen[(bit / 64) as usize] >> (bit % 64) & 1;
            let start = stem(text.get(token.start as usize..).unwrap_or_default());
            let long = u64::from(token.end - token.start >= GLUED_BYTES);
            let glued = self.stems & start.map_or(0, stem_bit);
            if seen | (u64::from(glued != 0) & long) == 0 {
                continue;
            }
            if seen != 0 {
                self.find_at(folded, i, h, out);
            } else if let Some(start) = start {
                self.find_glued(folded, i, start, out);
            }
        }
        // Longer phrases last, and none inside a longer one that began before it.
        out.sort_unstable_by_key(|hit| (hit.from, hit.to, hit.rows));
        out.dedup();
        let mut covered = (0, 0);
        out.retain(|hit| {
            let inside = hit.from > covered.0 && hit.to <= covered.1;
            if hit.to > covered.1 {
                covered = (hit.from, hit.to);
            }
            !inside
        });
    }

    /// Finds the phrases whose anchor is word `i`, and those whose second word it is.
    #[cold]
    fn find_at(&self, folded: &Folded, i: usize, h: u64, out: &mut Vec<Hit>) {
        let hashes = folded.hashes();
        for &(_, rows) in equal(&self.by_anchor, h) {
            let marker = &self.rows[rows.0 as usize];
            let Some(from) = i.checked_sub(marker.anchor) else {
                continue;
            };
            let to = from + marker.words.len();
            if hashes.get(from..to) == Some(&marker.words[..]) {
                let (from, to) = (from as u32, to as u32);
                out.push(Hit { rows, from, to, glued_before: false, glued_after: false });
            }
        }
        let Some(before) = i.checked_sub(1) else {
            return;
        };
        for &(_, rows) in equal(&self.by_second, h) {
            let marker = &self.rows[rows.0 as usize];
            let to = before + marker.words.len();
            if hashes.get(i..to) == Some(&marker.words[1..])
                && hashes[before] != marker.words[0]
                && glued_to(folded.word(before), &marker.first_word, false)
            {
                let (from, to) = (before as u32, to as u32);
                out.push(Hit { rows, from, to, glued_before: true, glued_after: false });
            }
        }
    }

    /// Finds the phrase whose last word begins word `i`, with a foreign word glued to it.
    #[cold]
    fn find_glued(&self, folded: &Folded, i: usize, start: u64, out: &mut Vec<Hit>) {
        for &(_, rows) in equal(&self.by_stem, start) {
            let marker = &self.rows[rows.0 as usize];
            let n = marker.words.len();
            let Some(from) = (i + 1).checked_sub(n) else {
                continue;
            };
            let (first, rest) = (folded.hashes()[from], &folded.hashes()[from + 1..i]);
            if rest != &marker.words[1..n - 1] {
                continue;
            }
            let exact = first == marker.words[0];
            let glued_before = !exact && glued_to(folded.word(from), &marker.first_word, false);
            if glued_to(folded.word(i), &marker.last_word, true) && (exact || glued_before) {
                let (from, to) = (from as u32, i as u32 + 1);
                out.push(Hit { rows, from, to, glued_before, glued_after: true });
                return;
            }
        }
    }
}

/// The entries of a sorted index with this hash.
fn equal(index: &[(u64, (u32, u32))], hash: u64) -> &[(u64, (u32, u32))] {
    let from = index.partition_point(|e| e.0 < hash);
    let n = index[from..].iter().take_while(|e| e.0 == hash).count();
    &index[from..from + n]
}

/// The bit that stands for a stem.
fn stem_bit(stem: u64) -> u64 {
    1 << (stem.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
}

fn set(seen: &mut [u64; SEEN_WORDS], h: u64) {
    let bit = h % SEEN_BITS;
    seen[(bit / 64) as usize] |= 1 << (bit % 64);
}

/// The first eight bytes of a text: four Arabic letters.
fn stem(text: &[u8]) -> Option<u64> {
    text.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Whether `word` is `phrase` with at least two more letters after it (or before it).
fn glued_to(word: &str, phrase: &str, after: bool) -> bool {
    let rest = if after { word.strip_prefix(phrase) } else { word.strip_suffix(phrase) };
    phrase.chars().count() >= 4 && rest.is_some_and(|r| r.chars().count() >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};

    fn hits(table: &MarkerTable, text: &str) -> Vec<(u32, u32, bool, bool)> {
        let folded = Folder::new(Profile::Standard).fold(text);
        let mut out = Vec::new();
        table.find(&folded, std::iter::once(0), &mut out);
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
            assert_eq!(hits(&table, text), [(0, 2, false, false)], "{text}");
        }
    }

    #[test]
    fn glued_neighbors_are_seen() {
        let table = MarkerTable::default();
        assert_eq!(hits(&table, "اقرأ أيضاًالمملكة تستضيف"), [(0, 2, false, true)]);
        assert_eq!(hits(&table, "غدااقرأ أيضاً الخبر"), [(0, 2, true, false)]);
        assert_eq!(hits(&table, "غدااقرأ أيضاًالمملكة تستضيف"), [(0, 2, true, true)]);
        assert_eq!(hits(&table, "أيضاًالمملكة"), []);
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
