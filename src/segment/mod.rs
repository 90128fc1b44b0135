//! Segmentation: which bytes of a scraped page are its story, and what the others are.
//!
//! A scraped page is a story inside furniture: date line, source, keywords, promotion, and blocks
//! that name or even hold other stories. Two kinds of evidence tell them apart. *Markers*
//! ([`MarkerTable`]) are phrases that furniture begins with. *Repetition* ([`Repeats`]) is what one
//! counting pass over the archive has seen on several pages that are not copies of one another.
//! Where neither speaks clearly, the text stays body.
//!
//! The codes E0 to E9 in these files name the ways in which a block of furniture may end; the head
//! of `markers.tsv` lists them.

mod blocks;
mod cells;
mod credits;
mod cut;
mod date_lines;
mod dates;
mod fences;
mod filter;
mod glue;
mod headed;
mod headlines;
mod joined;
mod lists;
mod looked;
mod markers;
mod mixed;
mod occurrences;
mod openers;
mod pieces;
mod places;
mod prepare;
mod repeats;
mod returns;
mod rows;
mod shifts;
mod sieve;
mod signs;
mod tables;
mod tags;
mod titles;
mod told;
mod whose;

#[cfg(test)]
mod anatomy;
#[cfg(test)]
mod bulletins;
#[cfg(test)]
mod closings;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod layouts;
#[cfg(test)]
mod phrases;
#[cfg(test)]
mod resumed;
#[cfg(test)]
mod sites;

pub(crate) use credits::is_agency;
pub use dates::{Day, day_of_words, parse_day};
pub use markers::MarkerTable;
pub use repeats::{RepeatCounter, RepeatOptions, Repeats};
pub use rows::{Ends, MarkerClass, MarkerError};

use crate::fold::{Folded, Folder, Profile};
use crate::types::ByteSpan;
use serde::{Deserialize, Serialize};

/// What a part of a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// The title of the page's story, wherever the text prints it.
    Title,
    /// The date line.
    Date,
    /// Who wrote it.
    Byline,
    /// The story.
    Body,
    /// The source line.
    Source,
    /// The keyword line.
    Keywords,
    /// The heading of a related block.
    RelatedHead,
    /// The title of another story.
    RelatedTitle,
    /// The text of another story.
    RelatedStory,
    /// One line of a list of other stories' titles.
    RelatedList,
    /// Applications, channels, share buttons, copyright.
    Promo,
    /// Other furniture.
    Other,
}

impl SegmentKind {
    /// All kinds, in the order of the declaration.
    pub const ALL: [Self; 12] = [
        Self::Title,
        Self::Date,
        Self::Byline,
        Self::Body,
        Self::Source,
        Self::Keywords,
        Self::RelatedHead,
        Self::RelatedTitle,
        Self::RelatedStory,
        Self::RelatedList,
        Self::Promo,
        Self::Other,
    ];

    /// The name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Date => "date",
            Self::Byline => "byline",
            Self::Body => "body",
            Self::Source => "source",
            Self::Keywords => "keywords",
            Self::RelatedHead => "related_head",
            Self::RelatedTitle => "related_title",
            Self::RelatedStory => "related_story",
            Self::RelatedList => "related_list",
            Self::Promo => "promo",
            Self::Other => "other",
        }
    }
}

/// One part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// Its bytes, line end included.
    pub span: ByteSpan,
}

/// A page to be cut: borrowed text and its fold by the standard profile.
#[derive(Clone, Copy, Debug)]
pub struct PageText<'a> {
    /// Hashes of the words of the title field, folded like the text; none if there is no title.
    pub title: &'a [u64],
    /// The text field.
    pub text: &'a str,
    /// `text`, folded by [`Profile::Standard`].
    pub folded: &'a Folded,
}

/// A second story pasted into a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedded {
    /// The bytes of its title line, if it has one.
    pub title: Option<ByteSpan>,
    /// From the first to the last byte of its text; furniture between its parts is inside.
    pub story: ByteSpan,
    /// The parts of its text, in order, furniture left out.
    pub parts: Vec<ByteSpan>,
}

impl Embedded {
    /// The bytes from the title, or the text if there is no title, to the end of the text.
    pub fn span(&self) -> ByteSpan {
        ByteSpan::new(self.title.map_or(self.story.start, |t| t.start), self.story.end)
    }
}

/// The parts of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments {
    /// The parts, in order; they tile the text: each begins where the one before ends.
    pub segments: Vec<Segment>,
    /// The first title line in the text, if the text prints the title.
    pub title: Option<ByteSpan>,
    /// What of the text is compared with other stories: the title once, and the body without
    /// credits. Where the title stands in its field only, it is not among these spans.
    pub story: Vec<ByteSpan>,
    /// Second stories, in order.
    pub embedded: Vec<Embedded>,
    /// Agency credits and datelines inside the body, in order.
    pub credits: Vec<ByteSpan>,
    /// The day of the date line.
    pub date: Option<Day>,
    /// The outlet that the last source line names.
    pub outlet: Option<ByteSpan>,
    /// Whom the page says its story is from: names in source lines, and the agencies that the
    /// credits of its story name.
    pub credited: Vec<ByteSpan>,
}

impl Segments {
    /// Empties the lists and keeps their memory.
    pub fn clear(&mut self) {
        self.segments.clear();
        self.story.clear();
        self.embedded.clear();
        self.credits.clear();
        self.title = None;
        self.date = None;
        self.outlet = None;
        self.credited.clear();
    }

    /// Makes the whole text the story.
    fn put_all(&mut self, text: &str) {
        let span = ByteSpan::new(0, text.len() as u32);
        self.segments.push(Segment { kind: SegmentKind::Body, span });
        self.story.push(span);
    }

    /// The lines of furniture that can be shared with other pages, in order: list items, titles of
    /// teasers, promotion, keywords and other furniture, each with its kind.
    pub fn lines(&self) -> impl Iterator<Item = Segment> + '_ {
        self.segments.iter().copied().filter(|s| {
            matches!(
                s.kind,
                SegmentKind::RelatedList
                    | SegmentKind::RelatedTitle
                    | SegmentKind::Promo
                    | SegmentKind::Keywords
                    | SegmentKind::Other
            )
        })
    }
}

/// Memory that one thread uses again for every page.
#[derive(Debug)]
pub struct Scratch {
    folder: Folder,
    cells: Vec<cells::Cell>,
    hits: Vec<markers::Hit>,
    pieces: Vec<pieces::Piece>,
    splits: Vec<pieces::Split>,
    looked: Vec<looked::Looked>,
    asked: Vec<looked::Asked>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            folder: Folder::new(Profile::Standard),
            cells: Vec::new(),
            hits: Vec::new(),
            pieces: Vec::new(),
            splits: Vec::new(),
            looked: Vec::new(),
            asked: Vec::new(),
        }
    }
}

/// Cuts pages into parts.
#[derive(Clone, Copy, Debug)]
pub struct Segmenter<'a> {
    markers: &'a MarkerTable,
    repeats: Option<&'a Repeats>,
}

impl<'a> Segmenter<'a> {
    /// A segmenter with these markers, and with what repeats in the archive if that was counted.
    pub fn new(markers: &'a MarkerTable, repeats: Option<&'a Repeats>) -> Self {
        Self { markers, repeats }
    }

    /// Cuts `page` into `out`, whose old content is dropped. Linear in the length of the page.
    pub fn segment(&self, page: &PageText<'_>, scratch: &mut Scratch, out: &mut Segments) {
        out.clear();
        self.look(page, scratch);
        let Scratch { cells, hits, looked, .. } = &*scratch;
        if hits.is_empty() && prepare::is_all_body(self.repeats, page, cells, looked) {
            out.put_all(page.text);
        } else {
            self.walk(page, scratch, out);
        }
        credits::find(page, out);
        debug_assert!(tiles(page.text, &out.segments));
    }

    /// Finds the cells of a page, what other pages say of them, and the phrases that may be markers.
    fn look(&self, page: &PageText<'_>, scratch: &mut Scratch) {
        let Scratch { cells, looked, asked, .. } = scratch;
        cells::split(page, cells);
        looked::look_up(self.repeats, page, cells, looked, asked);
        let cells = &scratch.cells;
        let starts = || {
            cells.iter().flat_map(|c| {
                let first = c.content();
                let numbered = (first > c.first).then_some(first);
                // Counts stand before their word: `3 minutes`.
                let number = |&i: &u32| places::is_number(page.folded, i as usize);
                let counts = if c.last - first <= places::COUNTED_WORDS {
                    (first..c.last - 1).take(places::COUNTS).take_while(number).count()
                } else {
                    0
                };
                let counted = (counts > 0).then_some(first + counts as u32);
                std::iter::once(c.first).chain(numbered).chain(counted)
            })
        };
        if !places::is_joined(cells) {
            self.markers.find(page.folded, starts(), None, &mut scratch.hits);
            return;
        }
        // Where the lines were joined by single spaces, one may begin after any sign, and where another
        // line of furniture ends.
        let apart = places::apart(page).map(|word| word as u32);
        let near = |word: u32| joined::near_sentence(page, word);
        self.markers.find(page.folded, starts().chain(apart), Some(&near), &mut scratch.hits);
    }

    /// Labels the pieces of a page and decides what each of them is.
    fn walk(&self, page: &PageText<'_>, scratch: &mut Scratch, out: &mut Segments) {
        let joined = pieces::label(self, page, scratch);
        cut::walk(self, page, joined, &mut scratch.pieces, out);
    }
}

/// Whether the segments tile the text on character borders.
fn tiles(text: &str, segments: &[Segment]) -> bool {
    let mut at = 0;
    for s in segments {
        if s.span.start != at || s.span.is_empty() || !text.is_char_boundary(s.span.end as usize) {
            return false;
        }
        at = s.span.end;
    }
    at as usize == text.len()
}

/// Factors of the words of a key, by their place: odd numbers without a pattern (`SplitMix64`).
static FACTORS: [u64; 64] = {
    let mut factors = [0; 64];
    let mut at = 0;
    while at < factors.len() {
        let x = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(at as u64 + 1);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        factors[at] = (x ^ (x >> 31)) | 1;
        at += 1;
    }
    factors
};

/// Mixes the hashes of words into one; the order of the words counts.
///
/// A sum of products, so that the words need not wait for one another.
fn key(hashes: &[u64]) -> u64 {
    let mut key = beginning(hashes.len());
    let mut rest = hashes;
    while rest.len() > FACTORS.len() {
        let (words, others) = rest.split_at(FACTORS.len());
        key = stirred(key.wrapping_add(sum(words)));
        rest = others;
    }
    key.wrapping_add(sum(rest))
}

/// The keys of the first word, of the first two and so on; of no more than a few dozen.
fn keys_of_beginnings(hashes: &[u64]) -> impl Iterator<Item = u64> {
    debug_assert!(hashes.len() <= FACTORS.len());
    let products = hashes.iter().zip(&FACTORS).map(|(word, factor)| word.wrapping_mul(*factor));
    let sums = products.scan(0_u64, |sum, product| {
        *sum = sum.wrapping_add(product);
        Some(*sum)
    });
    (1..).zip(sums).map(|(words, sum)| beginning(words).wrapping_add(sum))
}

fn sum(words: &[u64]) -> u64 {
    let products = words.iter().zip(&FACTORS).map(|(word, factor)| word.wrapping_mul(*factor));
    products.fold(0, u64::wrapping_add)
}

/// The key of so many words before any of them is in it.
fn beginning(words: usize) -> u64 {
    stirred(words as u64)
}

fn stirred(key: u64) -> u64 {
    (key ^ key >> 29).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The key by its definition: in runs of as many words as there are factors.
    fn key_by_runs(hashes: &[u64]) -> u64 {
        hashes.chunks(FACTORS.len()).fold(hashes.len() as u64, |key, words| {
            let sum = (0..words.len()).map(|at| words[at].wrapping_mul(FACTORS[at]));
            (key ^ key >> 29)
                .wrapping_mul(0xd6e8_feb8_6659_fd93)
                .wrapping_add(sum.fold(0, u64::wrapping_add))
        })
    }

    proptest! {
        #[test]
        fn keys_are_made_in_any_way(hashes in prop::collection::vec(any::<u64>(), 1..200)) {
            prop_assert_eq!(key(&hashes), key_by_runs(&hashes));
            let few = &hashes[..hashes.len().min(FACTORS.len())];
            for (words, beginning) in (1..).zip(keys_of_beginnings(few)) {
                prop_assert_eq!(beginning, key_by_runs(&hashes[..words]));
            }
            prop_assert_eq!(keys_of_beginnings(few).count(), few.len());
        }
    }
}
