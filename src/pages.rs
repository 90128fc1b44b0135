//! The table of pages: a few words a page, all texts left where they lie.
//!
//! In: the opened archive. Out: [`PageTable`] and the sketches of all passages. One pass over the
//! archive in chunks of about a mebibyte; the table is in input order for any number of threads.

mod build;
mod furniture;
mod ids;
mod open;
mod packed;
mod passages;

pub use build::{list_pages, read_pages};
pub use furniture::{Furniture, line_key};
pub use open::OpenPages;
pub use passages::PassageReader;

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use ids::{made_id, own_id};
use packed::PackedParts;

use crate::error::{Error, ErrorKind, Reject, Result};
use crate::fold::{Folded, Folder, Profile, WordHashes};
use crate::in_order::in_order;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::{Chunk, Corpus, Entry, InputFile, PageRecord, RecordAt};
use crate::segment::{self, Day, PageText, RepeatCounter, RepeatOptions, Repeats};
use crate::shingle::Shingle;
use crate::sketch::{Anchors, SketchMatrix, SketchPlan};
use crate::sources::Sources;
use crate::spill::Spilled;
use crate::types::ByteSpan;

/// Number of a page: its place in the input, files by name.
pub type PageId = u32;

/// Number of a passage: the story of page `p` is passage `p`, and embedded stories follow the
/// stories in page order.
pub type PassageId = u32;

/// A second story pasted into a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbeddedAt {
    /// The page it stands in.
    pub page: PageId,
    /// Which of the page's embedded stories it is, from 0.
    pub nth: u32,
    /// Its words.
    pub words: u32,
    /// Hash of its folded text.
    pub hash: u128,
    /// Its bytes in the page's text, title included.
    pub span: ByteSpan,
}

/// Stands for no day.
const NO_DAY: i32 = i32::MIN;

/// What is kept of every page.
#[derive(Debug, Default)]
pub struct PageTable {
    /// Where its record lies.
    pub at: Vec<RecordAt>,
    /// Its day as days since 1970-01-01; [`NO_DAY`] if it has none.
    day: Vec<i32>,
    /// Words of its story.
    pub words: Vec<u32>,
    /// Whether its story breaks off.
    pub cut_off: Vec<bool>,
    /// Where its passages lie. Empty where whole pages are compared.
    parts: PackedParts,
    /// Hash of its folded story, to find exact copies by; no proof of sameness.
    pub story_hash: Vec<u64>,
    /// Second stories, in page order.
    pub embedded: Vec<EmbeddedAt>,
    /// Outlets, and whom pages credit.
    pub sources: Sources,
    /// Lines of furniture.
    pub furniture: Furniture,
    /// Keys of titles; in a file, since only the last stage asks for them.
    titles: Spilled,
    /// Pages whose id is made of path and line, with that line: those without an id, the second and
    /// later page of an id, and those whose own id is what one of these is called. Sorted.
    made_ids: Vec<(PageId, u64)>,
    /// The second and later pages of an id: how many, and the first of them.
    repeated_ids: (u64, PageId),
    /// What was not understood, in input order.
    pub rejects: Vec<Reject>,
    /// Blank lines and byte order marks, in bytes.
    pub blank_bytes: u64,
}

/// The sketches of all passages.
#[derive(Debug, Default)]
pub struct Sketches {
    /// Of every passage with a word, by the shingle of long texts.
    pub long: SketchMatrix,
    /// Of stories under [`SHORT_WORDS`](crate::shingle::SHORT_WORDS) words, by [`Shingle::SHORT`];
    /// empty when a shingle was asked for by name.
    pub short: SketchMatrix,
    /// Anchors of every passage; of none unless the plan wants them.
    pub anchors: Anchors,
}

/// What is made of every page.
#[derive(Clone, Debug)]
pub struct ReadPlan {
    /// How passages are sketched.
    pub sketch: SketchPlan,
    /// Shingle of long texts.
    pub long: Shingle,
    /// Whether short texts get sketches of their own.
    pub short: bool,
    /// Whether anchors are wanted.
    pub anchors: bool,
    /// Whether words are counted.
    pub frequencies: bool,
    /// Folder of the private files in which long lists lie (anchors, lines of furniture, titles, what of
    /// sketches is read once); without one they stay in memory.
    pub spill: Option<PathBuf>,
}

/// Counts what repeats over the archive; returns it with the number of pages.
///
/// # Errors
/// When the caller cancels.
pub fn count_repeats(
    corpus: &Corpus,
    options: &RepeatOptions,
    progress: &dyn Progress,
) -> Result<(Repeats, u64)> {
    let folder = Folder::new(Profile::Standard);
    let pool = Pool::new(|| {
        let (title, text) = (WordHashes::default(), Folded::default());
        (RepeatCounter::new(options), title, text, segment::Scratch::default())
    });
    let count = |chunk: &Chunk, pages: &mut u64| -> Result<()> {
        if progress.cancelled() {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        *pages = 0;
        pool.lend(|(counter, title, text, scratch)| {
            corpus.try_read_chunk(chunk, &mut |entry| {
                if let Entry::Page(_, page) = entry {
                    folder.place_into(&page.text, text);
                    title.clear();
                    folder.hash_onto(page.title.as_deref().unwrap_or_default(), title);
                    let title = title.hashes();
                    let page = PageText { title, text: &page.text, folded: text };
                    counter.observe(&page, scratch);
                    *pages += 1;
                }
            })
        })?;
        progress.add(*pages, chunk.bytes());
        Ok(())
    };
    let mut pages = 0;
    in_order(&corpus.chunks(), count, |some| pages += *some)?;
    let counters = pool.into_all().into_iter().map(|(counter, ..)| counter);
    let all = counters.reduce(|mut all, part| {
        all.merge(part);
        all
    });
    Ok((all.unwrap_or_else(|| RepeatCounter::new(options)).finish(), pages))
}

impl PageTable {
    /// Number of pages.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// The page of a passage, and which of its embedded stories it is; `None` for its story.
    pub fn part(&self, passage: PassageId) -> (PageId, Option<usize>) {
        match (passage as usize).checked_sub(self.len()) {
            None => (passage, None),
            Some(number) => {
                let at = self.embedded[number];
                (at.page, Some(at.nth as usize))
            }
        }
    }

    /// Numbers in [`PageTable::embedded`] of the second stories of a page.
    pub fn embedded_of(&self, page: PageId) -> Range<u32> {
        let before = |page: PageId| self.embedded.partition_point(|e| e.page < page) as u32;
        before(page)..before(page + 1)
    }

    /// Whether a page's id was made of path and line.
    pub fn has_made_id(&self, page: PageId) -> bool {
        self.made_ids.binary_search_by(|made| made.0.cmp(&page)).is_ok()
    }

    /// How many pages have an id that an earlier one has, and the first of them.
    pub fn repeated_ids(&self) -> Option<(u64, PageId)> {
        Some(self.repeated_ids).filter(|&(count, _)| count > 0)
    }

    /// Whether a page's story has no word.
    pub fn is_wordless(&self, page: PageId) -> bool {
        self.words[page as usize] == 0
    }

    /// Where the passages of a page lie, packed: [`PassageMaker::make_again`] need not cut it.
    ///
    /// [`PassageMaker::make_again`]: crate::passage::PassageMaker::make_again
    pub fn parts(&self, page: PageId) -> &[u8] {
        self.parts.of(page)
    }

    /// The day of a page, if it has one.
    pub fn day(&self, page: PageId) -> Option<Day> {
        Some(self.day[page as usize]).filter(|&day| day != NO_DAY).map(Day)
    }

    /// Keys of the titles of all pages, as of lines of furniture: 0 of a page that has none or one of a
    /// word or two. None where whole pages are compared.
    pub fn titles(&self) -> impl Iterator<Item = u64> {
        self.titles.longs().iter().map(|&key| u64::from_ne_bytes(key))
    }

    fn push_day(&mut self, day: Option<Day>) {
        self.day.push(day.map_or(NO_DAY, |day| day.0));
    }

    /// Adds the pages of a part, which is empty afterwards.
    fn append(&mut self, part: &mut Self) {
        let base = self.len() as PageId;
        self.at.append(&mut part.at);
        self.day.append(&mut part.day);
        self.words.append(&mut part.words);
        self.cut_off.append(&mut part.cut_off);
        self.parts.append(&part.parts);
        part.parts.clear();
        self.story_hash.append(&mut part.story_hash);
        let rebased = |at: EmbeddedAt| EmbeddedAt { page: base + at.page, ..at };
        self.embedded.extend(part.embedded.drain(..).map(rebased));
        self.sources.append(&part.sources);
        part.sources.clear();
        self.rejects.append(&mut part.rejects);
        self.blank_bytes += std::mem::take(&mut part.blank_bytes);
    }

    /// Makes room for `times` as many pages.
    fn reserve(&mut self, times: usize) {
        let more = self.len() * times;
        self.at.reserve_exact(more);
        self.day.reserve_exact(more);
        self.words.reserve_exact(more);
        self.cut_off.reserve_exact(more);
        self.parts.reserve(times);
        self.story_hash.reserve_exact(more);
        self.embedded.reserve_exact(self.embedded.len() * times);
    }

    /// Whether there is no page.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Reads the record of a page again.
    ///
    /// # Errors
    /// When it is no page any more: the input changed.
    pub fn record<'c>(&self, corpus: &'c Corpus, page: PageId) -> Result<PageRecord<'c>> {
        corpus.page_at(self.at[page as usize])
    }

    /// The file that a page stands in.
    pub fn file<'c>(&self, corpus: &'c Corpus, page: PageId) -> &'c InputFile {
        &corpus.files()[self.at[page as usize].file as usize]
    }

    /// The id of a page: its own, or path and line where it has none or shares it.
    pub fn id(&self, corpus: &Corpus, page: PageId, record: &PageRecord<'_>) -> String {
        let file = self.file(corpus, page);
        match self.made_ids.binary_search_by(|made| made.0.cmp(&page)) {
            Ok(at) => made_id(file, self.made_ids[at].1),
            Err(_) => own_id(record, file).unwrap_or_default().to_owned(),
        }
    }

    /// [`PageTable::id`] where nothing else is wanted of the record.
    ///
    /// # Errors
    /// When it has to be read again and is no page any more: the input changed.
    pub fn id_alone(&self, corpus: &Corpus, page: PageId) -> Result<String> {
        Ok(self.id_and_url(corpus, page)?.0.into_owned())
    }

    /// Asks for what [`id_and_url`](Self::id_and_url) looks at, before it is needed.
    pub(crate) fn fetch_names(&self, corpus: &Corpus, page: PageId) {
        if let Some(&at) = self.at.get(page as usize) {
            corpus.fetch_names(at);
        }
    }

    /// The id of a page, and its address if it has one, where nothing else is wanted of the record: as
    /// they lie in it if they are plain.
    ///
    /// # Errors
    /// When it has to be read again and is no page any more: the input changed.
    pub fn id_and_url<'c>(
        &self,
        corpus: &'c Corpus,
        page: PageId,
    ) -> Result<(Cow<'c, str>, Option<Cow<'c, str>>)> {
        let plain = corpus.names_at(self.at[page as usize]).filter(|_| !self.has_made_id(page));
        if let Some([Some(id), url]) = plain {
            return Ok((Cow::Borrowed(id), url.map(Cow::Borrowed)));
        }
        let record = self.record(corpus, page)?;
        Ok((Cow::Owned(self.id(corpus, page, &record)), record.url))
    }
}
