//! Markers: the phrases that furniture begins with, read from a table that users can extend.
//!
//! A marker is matched on the hashes of folded words, so spelling, marks and punctuation do not
//! matter. Finding the markers of a page costs one look into a small bitmap for every word.

use super::rows::{Marker, MarkerError, parse_row};
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
    /// For some bits of a hash, what words with such a hash may be.
    roles: Box<[u8; ROLES]>,
}

/// Bits of what a word may be: the first word of a phrase; the word that a phrase is found by; the
/// second word of one whose first may have another glued to it; the last word but one of one whose
/// last may.
const FIRST: u32 = 0;
const ANCHOR: u32 = 1;
const SECOND: u32 = 2;
const BEFORE: u32 = 3;
/// Not in the table: a word so long that it may be two.
const LONG: u32 = 4;
/// Bits of the only hash that has an entry; 0 if several have.
const PRINT: u8 = 0b1110_0000;
/// Fewest bytes of a folded word that two words glued together make.
const GLUED_BYTES: u32 = 12;
/// Entries of the table of roles. A few hundred are taken.
const ROLES: usize = 1 << 14;

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
            roles: Box::new([0; ROLES]),
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
        self.roles.fill(0);
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
            self.mark(words[0], FIRST);
            if self.rows[from..to].iter().any(|row| row.inline) {
                self.by_anchor.push((anchor, range));
                self.mark(anchor, ANCHOR);
            }
            if self.rows[from..to].iter().any(Marker::glues) {
                self.by_second.push((words[1], range));
                self.mark(words[1], SECOND);
                if let Some(stem) = self.rows[from].last_word.as_bytes().first_chunk() {
                    let stem = u64::from_le_bytes(*stem);
                    self.by_stem.push((stem, range));
                    self.stems |= 1 << stem_bit(stem);
                    self.mark(words[words.len() - 2], BEFORE);
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

    /// Notes what a word with this hash may be.
    fn mark(&mut self, hash: u64, role: u32) {
        let roles = &mut self.roles[slot(hash)];
        let others = *roles != 0 && *roles & PRINT != print(hash);
        *roles = if others { *roles & !PRINT } else { *roles | print(hash) } | 1 << role;
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
            if self.roles[slot(words[0])] >> FIRST & 1 == 0 {
                continue;
            }
            for &(_, rows) in equal(&self.by_first, words[0]) {
                let marker = &self.rows[rows.0 as usize];
                if words.starts_with(&marker.words) {
                    let (from, to) = (start, start + marker.words.len() as u32);
                    out.push(Hit { rows, from, to, glued_before: false, glued_after: false });
                }
            }
        }
        self.find_inside(folded, out);
        // Longer phrases last, and none inside a longer one that began before it. Where a phrase
        // stands as it is, no other is glued to something.
        out.sort_unstable_by_key(|hit| (hit.from, hit.to, hit.is_glued(), hit.rows));
        out.dedup_by(|b, a| {
            a == b || ((a.from, a.to) == (b.from, b.to) && b.is_glued() && !a.is_glued())
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

    /// Finds the phrases inside lines. Words are tested without branches, sixty-four at a time; only
    /// what is likely is looked at.
    fn find_inside(&self, folded: &Folded, out: &mut Vec<Hit>) {
        let blocks = folded.hashes().chunks(64).zip(folded.tokens().chunks(64));
        let mut last = false;
        for (from, (hashes, tokens)) in (0..).step_by(64).zip(blocks) {
            let (mut found, mut before, mut long) = (0_u64, 0_u64, 0_u64);
            let eights = hashes.chunks(8).zip(tokens.chunks(8));
            for (shift, (hashes, tokens)) in (0..).step_by(8).zip(eights) {
                let roles = self.roles_of(hashes, tokens);
                found |= gather(roles >> ANCHOR | roles >> SECOND) << shift;
                before |= gather(roles >> BEFORE) << shift;
                long |= gather(roles >> LONG) << shift;
            }
            while found != 0 {
                let k = found.trailing_zeros() as usize;
                found &= found - 1;
                self.find_at(folded, from + k, hashes[k], out);
            }
            // The word before a glued one is a word of the phrase, or its end is the first of two.
            before |= long;
            let mut glued = long & (before << 1 | u64::from(last));
            last = before >> 63 != 0;
            while glued != 0 {
                let k = glued.trailing_zeros() as usize;
                glued &= glued - 1;
                let start = tokens[k].start as usize;
                let Some(stem) = folded.text().as_bytes()[start..].first_chunk() else {
                    continue;
                };
                let stem = u64::from_le_bytes(*stem);
                if self.stems >> stem_bit(stem) & 1 != 0 {
                    self.find_glued(folded, from + k, stem, out);
                }
            }
        }
    }

    /// What up to eight words may be, a byte for each.
    #[inline]
    fn roles_of(&self, hashes: &[u64], tokens: &[Token]) -> u64 {
        let role = |hash: u64, token: &Token| {
            let long = u8::from(token.end - token.start >= GLUED_BYTES);
            u64::from(self.roles[slot(hash)] | long << LONG)
        };
        let push = |roles: u64, (&hash, token)| roles >> 8 | role(hash, token) << 56;
        if let (Some(hashes), Some(tokens)) = (hashes.as_array::<8>(), tokens.as_array::<8>()) {
            return hashes.iter().zip(tokens).fold(0, push);
        }
        let few = hashes.iter().zip(tokens).fold(0, push);
        few >> (8 * (8 - hashes.len()))
    }

    /// Finds the phrases whose anchor is word `i`, and those whose second word it is.
    fn find_at(&self, folded: &Folded, i: usize, h: u64, out: &mut Vec<Hit>) {
        let (hashes, role) = (folded.hashes(), self.roles[slot(h)]);
        if role & PRINT != 0 && role & PRINT != print(h) {
            return;
        }
        let anchored = if role >> ANCHOR & 1 != 0 { equal(&self.by_anchor, h) } else { &[] };
        for &(_, rows) in anchored {
            let marker = &self.rows[rows.0 as usize];
            let Some(from) = i.checked_sub(marker.anchor) else {
                continue;
            };
            let to = from + marker.words.len();
            if hashes.get(from..to).is_some_and(|words| words.iter().eq(&marker.words)) {
                let (from, to) = (from as u32, to as u32);
                out.push(Hit { rows, from, to, glued_before: false, glued_after: false });
            }
        }
        let Some(before) = i.checked_sub(1).filter(|_| role >> SECOND & 1 != 0) else {
            return;
        };
        for &(_, rows) in equal(&self.by_second, h) {
            let marker = &self.rows[rows.0 as usize];
            let to = before + marker.words.len();
            if hashes.get(i..to).is_some_and(|words| words.iter().eq(&marker.words[1..]))
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
    fn find_glued(&self, folded: &Folded, i: usize, stem: u64, out: &mut Vec<Hit>) {
        for &(_, rows) in equal(&self.by_stem, stem) {
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

/// The place of the bit that stands for a stem.
fn stem_bit(stem: u64) -> u64 {
    stem.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58
}

/// The lowest bits of eight bytes.
fn gather(bytes: u64) -> u64 {
    (bytes & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Some bits of a hash, not all 0, that its slot does not tell.
fn print(hash: u64) -> u8 {
    (hash >> 56) as u8 & 0b1100_0000 | 0b0010_0000
}

/// The entry of a hash in the table of roles.
fn slot(hash: u64) -> usize {
    hash as usize % ROLES
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
    fn a_glued_word_that_looks_like_another_word_of_the_table_is_seen() {
        let table = MarkerTable::default();
        let folder = Folder::new(Profile::Standard);
        let letters: Vec<char> = "بتجدرسعفقكلمن".chars().collect();
        let of = |n: usize| letters[n % letters.len()];
        let word = (0..20_000)
            .map(|n| {
                String::from_iter([
                    "أيضا".to_owned(),
                    String::from_iter([of(n), of(n / 13), of(n / 169), of(n / 2197)]),
                ])
            })
            .find(|word| {
                let role = table.roles[slot(folder.fold(word).hashes()[0])];
                (role >> ANCHOR | role >> SECOND) & 1 != 0
            })
            .unwrap();
        assert_eq!(hits(&table, &format!("اقرأ {word} تستضيف")), [(0, 2, false, true)]);
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
