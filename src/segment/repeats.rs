//! Repetition: the lines that stand on several pages which are not copies of one another, and the
//! titles of the archive, from one counting pass before any page is cut.
//!
//! A line that recurs is not yet furniture: agency copy recurs with its whole page. So each
//! occurrence carries a small sketch of the page it stands on (a one-permutation `MinHash` of word
//! 3-shingles: Li, Owen, Zhang 2012), and only pages whose sketches disagree count.
//!
//! Memory is 16 bytes for a line and a few words for a title; above a bound the pass goes on with
//! a sample of the pages that their sketches alone decide, so that neither the order of the pages
//! nor the number of threads shows in the result.

use super::cells::{self, Cell, Ending, Lead};
use super::pieces::{LINE_WORDS, TITLE_WORDS};
use super::titles::{Title, Titles};
use super::{PageText, Scratch, key};

/// Occurrences kept of one line.
const KEPT: usize = 12;
/// Pages that must hold a line, no two alike, before it counts as repeating.
pub(crate) const LEAST_PAGES: u8 = 3;
/// Slots of a sketch; each is one byte.
const SLOTS: usize = 8;
/// Slots in which two sketches may agree and still be of unlike pages. Copies with Jaccard .6
/// agree in more with probability .95, pages that share a tenth of their shingles with .04.
const CHANCE_AGREEMENTS: usize = 2;
/// Words of a line that is prose, and so tells pages apart.
const PROSE_WORDS: usize = 16;
/// Longest heading, in words.
const HEADING_WORDS: usize = 6;
/// Bits of a record's line that say which line follows.
const NEXT_BITS: u32 = 24;

/// How to count.
#[derive(Clone, Copy, Debug)]
pub struct RepeatOptions {
    /// Most bytes that the counts of one counter may take; above it pages are sampled.
    pub max_bytes: usize,
}

impl Default for RepeatOptions {
    fn default() -> Self {
        Self { max_bytes: 512 << 20 }
    }
}

/// One line on one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    /// High bits of the line's key, and of the key of the line that follows a possible heading.
    line: u64,
    /// The sketch of the page, spread by [`spread`] so that it sorts as the sample is drawn.
    page: u64,
}

/// A bijection that makes the order of sketches random.
fn spread(sketch: u64) -> u64 {
    let x = (sketch ^ (sketch >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Whether the pages of two spread sketches are not copies of one another.
fn unlike(a: &[u8; SLOTS], b: &[u8; SLOTS]) -> bool {
    a.iter().zip(b).filter(|(x, y)| x == y).count() <= CHANCE_AGREEMENTS
}

/// Undoes [`spread`].
fn gather(page: u64) -> [u8; SLOTS] {
    // The inverse of the odd multiplier modulo 2^64.
    const INVERSE: u64 = 0xcfee_444d_8b59_a89b;
    let x = page.wrapping_mul(INVERSE);
    let x = (x ^ (x >> 32)).wrapping_mul(INVERSE);
    (x ^ (x >> 32)).to_le_bytes()
}

/// The number of sketches of which no two are alike, chosen greedily in the order given.
pub(super) fn distinct(pages: impl Iterator<Item = u64>) -> u8 {
    let mut chosen: Vec<[u8; SLOTS]> = Vec::with_capacity(KEPT);
    for page in pages {
        let page = gather(page);
        if chosen.len() < KEPT && chosen.iter().all(|c| unlike(c, &page)) {
            chosen.push(page);
        }
    }
    chosen.len() as u8
}

/// Counts lines and titles, page by page. Counters of parts of an archive are merged in any order.
#[derive(Clone, Debug)]
pub struct RepeatCounter {
    most: usize,
    /// Only pages whose spread sketch has this many leading zeros are kept.
    level: u32,
    records: Vec<Record>,
    titles: Vec<Title>,
}

impl RepeatCounter {
    /// An empty counter.
    pub fn new(options: &RepeatOptions) -> Self {
        Self {
            most: (options.max_bytes / (2 * size_of::<Record>())).max(1024),
            level: 0,
            records: Vec::new(),
            titles: Vec::new(),
        }
    }

    /// Counts the lines and the title of one page. Linear in its length.
    pub fn observe(&mut self, page: &PageText<'_>, scratch: &mut Scratch) {
        cells::split(page, &mut scratch.cells);
        let cells = &scratch.cells;
        let hashes = page.folded.hashes();
        let sketch = spread(sketch(hashes, cells));
        scratch.title.clear();
        if let Some(title) = page.title {
            scratch.folder.fold_into(title, &mut scratch.title);
        }
        let own = title_cell(cells);
        let own_key = match own {
            _ if !scratch.title.is_empty() => key(scratch.title.hashes()),
            Some(at) => key(words(hashes, &cells[at])),
            None => 0,
        };
        let field = (!scratch.title.is_empty()).then_some(&scratch.title);
        if let Some(title) = Title::of(page, cells, own, field, sketch) {
            self.titles.push(title);
        }
        if sketch.leading_zeros() < self.level {
            return;
        }
        let mut next = 0;
        for (n, cell) in cells.iter().enumerate().rev() {
            let words = words(hashes, cell);
            if words.is_empty() || words.len() > LINE_WORDS {
                next = 0;
                continue;
            }
            let line = key(words);
            // A heading is short, stands alone and is followed by another page's title.
            let heads = words.len() <= HEADING_WORDS
                && cell.ending != Ending::Stop
                && cell.lead == Lead::None
                && n > 0
                && next != own_key;
            self.push(line, if heads { next } else { 0 }, sketch);
            next = line;
        }
        if self.records.len() >= 2 * self.most {
            self.settle();
        }
    }

    fn push(&mut self, line: u64, next: u64, page: u64) {
        let line = line >> NEXT_BITS << NEXT_BITS | next >> (64 - NEXT_BITS);
        self.records.push(Record { line, page });
    }

    /// Adds the counts of another part of the archive.
    pub fn merge(&mut self, other: Self) {
        self.level = self.level.max(other.level);
        self.most = self.most.min(other.most);
        self.records.extend(other.records);
        self.titles.extend(other.titles);
        if self.records.len() >= 2 * self.most || self.level > 0 {
            self.settle();
        }
    }

    /// Sorts, keeps the first few occurrences of each line, and samples the pages if that is not
    /// enough. The order of a line's occurrences is that of the sample, so that trimming before
    /// or after sampling comes to the same.
    fn settle(&mut self) {
        let order = |r: &Record| (r.line >> NEXT_BITS, r.page, r.line);
        loop {
            let level = self.level;
            self.records.retain(|r| r.page.leading_zeros() >= level);
            self.records.sort_unstable_by_key(order);
            self.records.dedup();
            let (mut line, mut n) = (u64::MAX, 0);
            self.records.retain(|r| {
                n = if r.line >> NEXT_BITS == line { n + 1 } else { 0 };
                line = r.line >> NEXT_BITS;
                n < KEPT
            });
            if self.records.len() <= self.most {
                break;
            }
            self.level += 1;
        }
    }

    /// What repeats.
    pub fn finish(mut self) -> Repeats {
        self.settle();
        let titles = Titles::new(self.titles);
        let mut lines = Vec::new();
        for group in self.records.chunk_by(|a, b| a.line >> NEXT_BITS == b.line >> NEXT_BITS) {
            if group.len() < usize::from(LEAST_PAGES) {
                continue;
            }
            let pages = distinct(group.iter().map(|r| r.page));
            if pages < LEAST_PAGES {
                continue;
            }
            let before_title =
                |r: &&Record| titles.may_start_with(r.line & ((1 << NEXT_BITS) - 1), NEXT_BITS);
            let headed = group.iter().filter(before_title).count();
            let heads = headed * 4 >= group.len()
                && distinct(group.iter().filter(before_title).map(|r| r.page)) >= LEAST_PAGES;
            let line = group[0].line >> NEXT_BITS << NEXT_BITS;
            lines.push(line | u64::from(pages) << 1 | u64::from(heads));
        }
        Repeats { lines, titles }
    }
}

/// The words of a cell without a list number.
fn words<'a>(hashes: &'a [u64], cell: &Cell) -> &'a [u64] {
    &hashes[cell.content() as usize..cell.last as usize]
}

/// The line of the text that is likely its title: the first one that is short and not a heading.
fn title_cell(cells: &[Cell]) -> Option<usize> {
    let found =
        cells.iter().take(4).position(|c| c.words() >= 2 && !matches!(c.ending, Ending::Colon))?;
    let c = &cells[found];
    let fits = c.words() <= TITLE_WORDS && (c.ending != Ending::Stop || c.words() <= 14);
    (fits && found + 1 < cells.len()).then_some(found)
}

/// A sketch of what the page says: of its prose, or of everything if it has none.
fn sketch(hashes: &[u64], cells: &[Cell]) -> u64 {
    let mut least = [u64::MAX; SLOTS];
    let mut add = |words: &[u64]| {
        for w in words.windows(3) {
            let h = (w[0].wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ w[1])
                .wrapping_mul(0xd6e8_feb8_6659_fd93)
                .wrapping_add(w[2])
                .wrapping_mul(0xa076_1d64_78bd_642f);
            let slot = (h >> 61) as usize;
            least[slot] = least[slot].min(h << 3);
        }
    };
    let mut prose = false;
    for c in cells.iter().filter(|c| c.words() >= PROSE_WORDS) {
        add(words(hashes, c));
        prose = true;
    }
    if !prose {
        add(hashes);
    }
    u64::from_le_bytes(
        least.map(|h| (h ^ h >> 29).wrapping_mul(0xa076_1d64_78bd_642f).to_be_bytes()[0]),
    )
}

/// What repeats in an archive: lines, and the titles of its pages.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    /// High bits of the key, pages, and whether it is a heading; sorted.
    lines: Vec<u64>,
    titles: Titles,
}

/// What is known of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Pages that are not copies of one another and hold it, up to a small bound; 0 if too few.
    pub pages: u8,
    /// Titles of other pages follow it.
    pub heads: bool,
}

impl Repeats {
    /// The fact of the line with this key.
    pub(crate) fn line(&self, key: u64) -> Fact {
        let line = key >> NEXT_BITS;
        let at = self.lines.partition_point(|l| l >> NEXT_BITS < line);
        match self.lines.get(at) {
            Some(l) if l >> NEXT_BITS == line => {
                Fact { pages: (l >> 1 & 0xff) as u8, heads: l & 1 == 1 }
            }
            _ => Fact::default(),
        }
    }

    /// The titles of the archive's pages.
    pub(crate) fn titles(&self) -> &Titles {
        &self.titles
    }

    /// Number of lines that repeat.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing repeats.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spreading_can_be_undone(sketch: u64) {
            prop_assert_eq!(gather(spread(sketch)), sketch.to_le_bytes());
        }
    }

    fn prose(seed: usize, words: usize) -> String {
        (0..words).map(|i| format!("كلمة{} ", (seed * 7919 + i * i * 31 + i) % 9973)).collect()
    }

    fn page(seed: usize, line: &str) -> String {
        format!("عنوان الصفحة رقم {seed} هنا\n{}\n{line}\n", prose(seed, 60))
    }

    fn count(pages: &[String], parts: usize, max_bytes: usize) -> RepeatCounter {
        let options = RepeatOptions { max_bytes };
        let folder = Folder::new(Profile::Standard);
        let mut scratch = Scratch::default();
        let mut all = RepeatCounter::new(&options);
        for part in 0..parts {
            let mut counter = RepeatCounter::new(&options);
            for text in pages.iter().skip(part).step_by(parts) {
                let folded = folder.fold(text);
                let page = PageText { title: None, text, folded: &folded };
                counter.observe(&page, &mut scratch);
            }
            all.merge(counter);
        }
        all
    }

    fn fact(repeats: &Repeats, line: &str) -> Fact {
        repeats.line(key(Folder::new(Profile::Standard).fold(line).hashes()))
    }

    #[test]
    fn a_line_amid_different_text_repeats_and_copies_do_not() {
        let line = "حملوا تطبيقنا الجديد مجانا";
        let mut pages: Vec<String> = (0..4).map(|n| page(n, line)).collect();
        let copied = "جملة من خبر واحد نشرته صحف كثيرة";
        pages.extend((0..6).map(|n| format!("{}زيادة {n}", page(99, copied))));
        let repeats = count(&pages, 1, 1 << 20).finish();
        assert!(fact(&repeats, line).pages >= 3);
        assert_eq!(fact(&repeats, copied).pages, 0);
    }

    #[test]
    fn a_heading_is_learned_from_the_titles_after_it() {
        let heading = "من دفاتر الزملاء";
        let mut pages: Vec<String> = (0..5)
            .map(|n| page(n, &format!("{heading}\nعنوان الصفحة رقم {} هنا", (n + 1) % 5)))
            .collect();
        pages.push(page(7, "سطر آخر"));
        let repeats = count(&pages, 1, 1 << 20).finish();
        assert!(fact(&repeats, heading).heads);
    }

    #[test]
    fn neither_order_nor_parts_nor_the_bound_show() {
        let pages: Vec<String> =
            (0..600).map(|n| page(n, &format!("سطر مكرر رقم {}", n % 40))).collect();
        let mut back = pages.clone();
        back.reverse();
        for bound in [1 << 10, 40_000, 1 << 22] {
            let one = count(&pages, 1, bound).finish();
            assert_eq!(one.lines, count(&back, 1, bound).finish().lines);
            assert_eq!(one.lines, count(&pages, 7, bound).finish().lines);
        }
        assert!(
            count(&pages, 1, 40_000).level > 0 || count(&pages, 1, 1 << 10).records.len() <= 4096
        );
    }
}
