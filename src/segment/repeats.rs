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

use super::cells::{self, Cell, Ending, Lead, last_sentence};
use super::date_lines::date_words;
use super::filter::{Fetch, Filter};
use super::headlines::is_row;
use super::looked::following_key;
use super::occurrences::{KEPT, NEXT_BITS, Occurrences, Record};
use super::pieces::{LINE_WORDS, TITLE_WORDS};
use super::titles::{OPENING_LINES, Title, Titles, opening};
use super::{PageText, Scratch, key};
use crate::sorted::HashIndex;

/// Pages that must hold a line, no two alike, before it counts as repeating.
pub(crate) const LEAST_PAGES: u8 = 3;
/// Slots of a sketch; each is one byte.
const SLOTS: usize = 8;
/// Slots in which two sketches may agree and still be of unlike pages. Copies with Jaccard .6
/// agree in more with probability .95, pages that share a tenth of their shingles with .04.
const CHANCE_AGREEMENTS: usize = 2;
/// Words of prose that go into a sketch: the page's own story, which comes first. More of them reach
/// into the second story of a short page, and make unlike pages that carry one look like copies.
const SKETCH_WORDS: usize = 160;
/// Words of a line that is prose, and so tells pages apart.
const PROSE_WORDS: usize = 16;
/// Lines among which the title is looked for.
const TITLE_LINES: usize = 5;
/// Longest label of a line, in words.
const LABEL_WORDS: usize = 4;
/// Fewest words after a label that may be another page's title.
const LEAST_TITLE: usize = 4;
/// Longest heading, in words.
const HEADING_WORDS: usize = 6;
/// Of what is known of a line, where the line begins that usually comes next, and its bits.
const USUAL_SHIFT: u32 = 10;
const USUAL_BITS: u32 = NEXT_BITS - USUAL_SHIFT;

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

/// A bijection that makes the order of sketches random.
fn spread(sketch: u64) -> u64 {
    let x = (sketch ^ (sketch >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Whether the pages of two spread sketches are not copies of one another.
fn unlike(a: [u8; SLOTS], b: [u8; SLOTS]) -> bool {
    a.iter().zip(&b).filter(|(x, y)| x == y).count() <= CHANCE_AGREEMENTS
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
        if chosen.len() < KEPT && chosen.iter().all(|&c| unlike(c, page)) {
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
    records: Occurrences,
    titles: Vec<Title>,
}

impl RepeatCounter {
    /// An empty counter.
    pub fn new(options: &RepeatOptions) -> Self {
        Self {
            most: (options.max_bytes / (2 * size_of::<Record>())).max(1024),
            level: 0,
            records: Occurrences::default(),
            titles: Vec::new(),
        }
    }

    /// Counts the lines and the title of one page, of whose fold no letter is read. Linear in its length.
    pub fn observe(&mut self, page: &PageText<'_>, scratch: &mut Scratch) {
        cells::split(page, &mut scratch.cells);
        let cells = &scratch.cells;
        let hashes = page.folded.hashes();
        let sketch = spread(sketch(hashes, cells));
        let from = self.titles.len();
        if page.title.is_empty() {
            for (rank, at) in title_cells(page, cells).enumerate() {
                let title = words(hashes, &cells[at]);
                let next = story_opening(page, &cells[at + 1..], title);
                self.titles.push(Title::new(title, next, sketch, rank as u8));
            }
        } else {
            // The first line may repeat the field.
            let own = page.title;
            let next = story_opening(page, cells, own);
            self.titles.push(Title::new(own, next, sketch, 0));
        }
        let own = &self.titles[from..];
        if sketch.leading_zeros() < self.level {
            return;
        }
        let (mut next, mut prose, mut titleish) = (0, false, false);
        for (n, cell) in cells.iter().enumerate().rev() {
            let words = words(hashes, cell);
            let mut line = 0;
            if !words.is_empty() && words.len() <= LINE_WORDS {
                line = key(words);
                // A heading is short, stands alone and is followed by another page's title.
                let alone = cell.lead == Lead::None
                    || cells.get(n + 1).is_some_and(|next| next.lead != cell.lead);
                let heads = words.len() <= HEADING_WORDS
                    && cell.ending != Ending::Stop
                    && alone
                    && n > 0
                    && own.iter().all(|t| t.key() != next);
                let follows = if heads && titleish {
                    before_title(next)
                } else {
                    before_other(next, prose && !heads)
                };
                let line = line >> NEXT_BITS << NEXT_BITS | follows;
                self.records.push(Record { line, page: sketch });
                if let Some(label) = label_words(page, cell) {
                    let line = label_key(&words[..label]) >> NEXT_BITS << NEXT_BITS;
                    let rest = &words[label..];
                    let titled = (LEAST_TITLE..=TITLE_WORDS).contains(&rest.len())
                        && cell.ending != Ending::Stop;
                    let titled =
                        titled.then(|| key(rest)).filter(|&k| own.iter().all(|t| t.key() != k));
                    let follows = titled.map_or(before_other(0, prose), before_title);
                    self.records.push(Record { line: line | follows, page: sketch });
                }
            }
            if let Some(from) = last_sentence(page, cell) {
                let line = key(&hashes[from..cell.last as usize]) >> NEXT_BITS << NEXT_BITS;
                let follows = before_other(0, prose);
                self.records.push(Record { line: line | follows, page: sketch });
            }
            next = if line == 0 { following_key(page, cell) } else { line };
            titleish = words.len() <= if cell.ending == Ending::Stop { 14 } else { TITLE_WORDS };
            prose = words.len() >= PROSE_WORDS
                || (cell.ending == Ending::Stop && words.len() >= PROSE_WORDS / 2);
        }
        if self.records.len() >= 2 * self.most {
            self.settle();
        }
    }

    /// Adds the counts of another part of the archive.
    pub fn merge(&mut self, other: Self) {
        self.level = self.level.max(other.level);
        self.most = self.most.min(other.most);
        self.records.append(other.records);
        self.titles.extend(other.titles);
        if self.records.len() >= 2 * self.most || self.level > 0 {
            self.settle();
        }
    }

    /// Samples the pages if there are too many lines even with the first few occurrences of each alone.
    /// Their order is that of the sample, so that trimming before or after sampling comes to the same.
    fn settle(&mut self) {
        loop {
            self.records.sample(self.level);
            if self.records.len() <= self.most {
                break;
            }
            if !self.records.has_more_lines(self.most) {
                self.records.trim();
                if self.records.len() <= self.most {
                    break;
                }
            }
            self.level += 1;
        }
    }

    /// What repeats.
    pub fn finish(mut self) -> Repeats {
        // It depends on all lines how large a sample is.
        self.settle();
        // Beside one another, since all threads wait for both. One thread begins with the first, which
        // leaves little of the records.
        let titles = std::mem::take(&mut self.titles);
        let keep_repeating = || {
            self.records.drop_rare(LEAST_PAGES);
            self.records.trim();
            self.records.shrink_to_fit();
        };
        let ((), titles) = rayon::join(keep_repeating, || Titles::new(titles));
        let line_of = |group: &[Record]| {
            if group.len() < usize::from(LEAST_PAGES) {
                return None;
            }
            let pages = distinct(group.iter().map(|r| r.page));
            if pages < LEAST_PAGES {
                return None;
            }
            let follows = |r: &Record| r.line & ((1 << NEXT_BITS) - 1);
            let before_title =
                |r: &&Record| follows(r) & 1 == 0 && titles.may_start_with(follows(r), NEXT_BITS);
            let amid = group.iter().any(|r| follows(r) & 3 == 3);
            let headed = group.iter().filter(before_title).count();
            let heads = headed * 4 >= group.len()
                && distinct(group.iter().filter(before_title).map(|r| r.page)) >= LEAST_PAGES;
            let line = group[0].key() << NEXT_BITS;
            let next = u64::from(usual_next(group.iter().map(|r| follows(r) & !3)));
            let known = u64::from(pages) << 2 | u64::from(amid) << 1 | u64::from(heads);
            Some(line | next << USUAL_SHIFT | known)
        };
        let mut lines = self.records.each_line(line_of);
        lines.shrink_to_fit();
        let places = HashIndex::new(lines.iter().copied());
        let filter = Filter::new(lines.iter().copied());
        let heads: Vec<u64> = lines.iter().copied().filter(|line| line & 1 == 1).collect();
        let known: Vec<u64> = lines.iter().copied().chain(titles.keys()).collect();
        let (known, heads) = (Filter::new(known.into_iter()), Filter::new(heads.into_iter()));
        Repeats { lines, places, filter, known, heads, titles }
    }
}

/// What is noted of the line after a possible heading: bits of its key.
fn before_title(next: u64) -> u64 {
    (next >> (64 - NEXT_BITS)) & !1
}

/// What is noted of the line after another one: bits of its key, and whether it is prose.
fn before_other(next: u64, prose: bool) -> u64 {
    (next >> (64 - NEXT_BITS)) & !3 | u64::from(prose) << 1 | 1
}

/// Which line comes after a line on more than half of its pages, by what is noted of it there; 0 if none.
fn usual_next(next: impl Iterator<Item = u64>) -> u16 {
    let (mut all, mut usual, mut lead) = ([0; KEPT], 0, 0);
    let mut count = 0;
    for (kept, next) in all.iter_mut().zip(next) {
        *kept = usual_bits(next << (64 - NEXT_BITS));
        count += 1;
    }
    // What more than half of them are is left over when unlike ones are crossed out in pairs.
    for &next in &all[..count] {
        if lead == 0 {
            usual = next;
        }
        lead = if next == usual { lead + 1 } else { lead - 1 };
    }
    let often = all[..count].iter().filter(|&&next| next == usual).count();
    if 2 * often > count { usual } else { 0 }
}

/// The bits that are kept of the key of the line that usually comes next.
fn usual_bits(next: u64) -> u16 {
    ((next >> (64 - USUAL_BITS)) as u16).max(1)
}

/// The number of words before a colon with which a cell begins, if more words follow.
pub(crate) fn label_words(page: &PageText<'_>, cell: &Cell) -> Option<usize> {
    let tokens = page.folded.tokens();
    let first = cell.content() as usize;
    (first..(cell.last as usize - 1).min(first + LABEL_WORDS))
        .position(|i| {
            let (from, to) = (tokens[i].span.end as usize, tokens[i + 1].span.start as usize);
            to > from + 1 && page.text.as_bytes()[from..to].contains(&b':')
        })
        .map(|n| n + 1)
}

/// The key of such words: another one than that of a line of the same words.
pub(crate) fn label_key(words: &[u64]) -> u64 {
    key(words).wrapping_mul(0xa076_1d64_78bd_642f)
}

/// The words of a cell without a list number.
fn words<'a>(hashes: &'a [u64], cell: &Cell) -> &'a [u64] {
    &hashes[cell.content() as usize..cell.last as usize]
}

/// How the story of a title opens: the first of these lines, near the title, that is long enough.
fn story_opening(page: &PageText<'_>, cells: &[Cell], title: &[u64]) -> u64 {
    let lines = cells.iter().take(OPENING_LINES).map(|c| {
        let line = words(page.folded.hashes(), c);
        match line.strip_prefix(title).filter(|rest| !rest.is_empty()) {
            // On a page that has lost its lines the date and the story follow the title on the same one.
            Some(rest) => {
                let from = c.last as usize - rest.len();
                &rest[date_words(page.folded, from..c.last as usize).unwrap_or(0)..]
            }
            None => line,
        }
    });
    lines.filter(|&line| line != title).map(opening).find(|&next| next != 0).unwrap_or(0)
}

/// The lines that may be the title: the short ones before the prose, headings left out.
fn title_cells(page: &PageText<'_>, cells: &[Cell]) -> impl Iterator<Item = usize> {
    let fits = |c: &Cell| c.words() <= TITLE_WORDS && (c.ending != Ending::Stop || c.words() <= 14);
    let lines = cells.len().saturating_sub(1).min(TITLE_LINES);
    let upto = cells[..lines].iter().take_while(|c| fits(c) || is_row(page, c)).count();
    let title = |c: &Cell| c.words() >= 2 && c.ending != Ending::Colon && !is_row(page, c);
    (0..upto).filter(move |&n| title(&cells[n])).take(3)
}

/// A sketch of what the page says: of its prose, or of everything if it has little.
fn sketch(hashes: &[u64], cells: &[Cell]) -> u64 {
    // Two rows of slots in turn, so that a shingle need not wait for the one before.
    let mut least = [[u64::MAX; SLOTS]; 2];
    let mut add = |words: &[u64]| {
        for (n, w) in words.windows(3).enumerate() {
            let h = (w[0].wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ w[1])
                .wrapping_mul(0xd6e8_feb8_6659_fd93)
                .wrapping_add(w[2]);
            let slot = &mut least[n & 1][(h >> 61) as usize];
            *slot = h.min(*slot);
        }
    };
    let prose = |c: &&Cell| c.words() >= PROSE_WORDS;
    if cells.iter().filter(prose).map(Cell::words).sum::<usize>() * 2 >= hashes.len() {
        let mut left = SKETCH_WORDS;
        for c in cells.iter().filter(prose) {
            let words = words(hashes, c);
            add(&words[..words.len().min(left)]);
            left = left.saturating_sub(words.len());
        }
    } else {
        add(hashes);
    }
    let [even, odd] = least;
    let least: [u64; SLOTS] = std::array::from_fn(|slot| match even[slot].min(odd[slot]) {
        u64::MAX => u64::MAX,
        // The high bits are the slot's.
        h => h << 3,
    });
    u64::from_le_bytes(
        least.map(|h| (h ^ h >> 29).wrapping_mul(0xa076_1d64_78bd_642f).to_be_bytes()[0]),
    )
}

/// What repeats in an archive: lines, and the titles of its pages.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    /// High bits of the key, bits of the line that usually follows, pages, whether prose follows, whether it is
    /// a heading; sorted.
    lines: Vec<u64>,
    places: HashIndex,
    filter: Filter,
    /// Of lines and titles together.
    known: Filter,
    /// Of the headings alone, which are few.
    heads: Filter,
    titles: Titles,
}

/// What is known of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Pages that are not copies of one another and hold it, up to a small bound; 0 if too few.
    pub pages: u8,
    /// Prose follows it on one of them.
    pub amid: bool,
    /// Titles of other pages follow it.
    pub heads: bool,
    /// Bits of the key of the line that comes next on most pages; 0 if no line does.
    next: u16,
}

impl Fact {
    /// Whether the line with this key comes next on most pages that have this one.
    pub(crate) fn leads_to(self, next: u64) -> bool {
        self.next == usual_bits(next)
    }
}

impl Repeats {
    /// The fact of the line with this key.
    pub(crate) fn line(&self, key: u64) -> Fact {
        if !self.filter.may_hold(key) {
            return Fact::default();
        }
        let line = key >> NEXT_BITS;
        match self.places.find(&self.lines, key, |known| known >> NEXT_BITS == line) {
            Some(at) => {
                let known = self.lines[at];
                let pages = (known >> 2 & 0xff) as u8;
                let next = (known >> USUAL_SHIFT) as u16 & ((1 << USUAL_BITS) - 1);
                Fact { pages, amid: known & 2 == 2, heads: known & 1 == 1, next }
            }
            None => Fact::default(),
        }
    }

    /// Asks for what [`line`](Self::line) looks at, one step after the other.
    pub(crate) fn fetch(&self, key: u64, step: Fetch) {
        match step {
            Fetch::Filter => self.filter.fetch(key),
            Fetch::Place if self.filter.may_hold(key) => self.places.fetch(key),
            Fetch::Line if self.filter.may_hold(key) => {
                self.places.fetch_hashes(&self.lines, key);
            }
            Fetch::Place | Fetch::Line => {}
        }
    }

    /// Asks for what [`may_know`](Self::may_know) looks at.
    pub(crate) fn fetch_known(&self, key: u64) {
        self.known.fetch(key);
    }

    /// Whether the line with this key may repeat or be a title: no for nearly all lines.
    pub(crate) fn may_know(&self, key: u64) -> bool {
        self.known.may_hold(key)
    }

    /// Whether the line with this key may repeat: no for nearly all that do not.
    pub(crate) fn may_repeat(&self, key: u64) -> bool {
        self.filter.may_hold(key)
    }

    /// Whether the line with this key is a heading: [`Fact::heads`].
    pub(crate) fn heads(&self, key: u64) -> bool {
        self.heads.may_hold(key) && self.line(key).heads
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
        (0..words)
            .map(|i| format!("كلمة{} ", (seed * 7919 + i * i * 31 + i) % 9973))
            .collect::<Vec<_>>()
            .concat()
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
                let page = PageText { title: &[], text, folded: &folded };
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
    fn the_line_that_usually_comes_next_is_known() {
        let (first, second) = ("حملوا تطبيقنا الجديد مجانا", "شروط النشر في هذا الموقع");
        let drawn = ["كوب ماء", "ملعقة زيت", "رشة قرفة", "حبة ليمون"];
        let pages: Vec<String> = (0..9)
            .map(|n| {
                let other = drawn[n * 3 % 4];
                page(n, &format!("{}\n{other}\n{first}\n{second}", drawn[(n + n / 4) % 4]))
            })
            .collect();
        let repeats = count(&pages, 1, 1 << 20).finish();
        let key = |line: &str| key(Folder::new(Profile::Standard).fold(line).hashes());
        assert!(fact(&repeats, first).leads_to(key(second)));
        assert!(!fact(&repeats, second).leads_to(key(first)));
        // Nothing comes after the last line of all of them.
        assert!(fact(&repeats, second).leads_to(0));
        assert!(drawn.iter().all(|other| !fact(&repeats, drawn[0]).leads_to(key(other))));
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
