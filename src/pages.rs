//! The table of pages: a few words a page, all texts left where they lie.
//!
//! In: the opened archive. Out: [`PageTable`] and the sketches of all passages. One pass over the
//! archive in chunks of about a mebibyte; the table is in input order for any number of threads.

mod ids;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use ids::{own_id, pages_without_own_id, with_lines};

use crate::error::{Error, ErrorKind, Reject, Result};
use crate::fold::{Folded, Folder, Profile};
use crate::frequency::{Counts, Frequencies};
use crate::passage::{PassageMaker, PassageScratch, breaks_off, story_text, words_in};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::{Chunk, Corpus, Entry, InputFile, PageRecord, RecordAt};
use crate::segment::{self, Day, PageText, RepeatCounter, RepeatOptions, Repeats, parse_day};
use crate::shingle::{SHORT_WORDS, Shingle};
use crate::sketch::{SketchMatrix, SketchPart, SketchPlan, pack_anchor, winnow};
use crate::sources::Sources;
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

/// What is kept of every page.
#[derive(Debug, Default)]
pub struct PageTable {
    /// Where its record lies.
    pub at: Vec<RecordAt>,
    /// Its day.
    pub day: Vec<Option<Day>>,
    /// Key of its title, as of a line of furniture; 0 if it has none or one of a word or two.
    pub title: Vec<u64>,
    /// Words of its story.
    pub words: Vec<u32>,
    /// Whether its story breaks off.
    pub cut_off: Vec<bool>,
    /// Hash of its folded story, to find exact copies by; no proof of sameness.
    pub story_hash: Vec<u128>,
    /// Second stories, in page order.
    pub embedded: Vec<EmbeddedAt>,
    /// Outlets, and whom pages credit.
    pub sources: Sources,
    /// Lines of furniture: hash of the folded words, and the page.
    pub lines: Vec<(u64, PageId)>,
    /// Pages whose id is made of path and line, with that line: those without an id, and the
    /// second and later page of an id. Sorted.
    made_ids: Vec<(PageId, u64)>,
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
    /// Of stories under [`SHORT_WORDS`] words, by [`Shingle::SHORT`]; empty when a shingle was
    /// asked for by name.
    pub short: SketchMatrix,
    /// Packed anchors of every passage, in no order; empty unless the plan wants them.
    pub anchors: Vec<u64>,
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
        let (title, text) = (Folded::default(), Folded::default());
        (RepeatCounter::new(options), title, text, segment::Scratch::default())
    });
    let count = |chunk: &Chunk| -> Result<u64> {
        if progress.cancelled() {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        let mut pages = 0;
        pool.lend(|(counter, title, text, scratch)| {
            corpus.read_chunk(chunk, &mut |entry| {
                if let Entry::Page(_, page) = entry {
                    folder.fold_into(&page.text, text);
                    folder.fold_into(page.title.as_deref().unwrap_or_default(), title);
                    let title = title.hashes();
                    let page = PageText { title, text: &page.text, folded: text };
                    counter.observe(&page, scratch);
                    pages += 1;
                }
            });
        });
        progress.add(pages, chunk.bytes());
        Ok(pages)
    };
    let pages = corpus.chunks().par_iter().map(count).try_reduce(|| 0, |a, b| Ok(a + b))?;
    let counters = pool.into_all().into_iter().map(|(counter, ..)| counter);
    let all = counters.reduce(|mut all, part| {
        all.merge(part);
        all
    });
    Ok((all.unwrap_or_else(|| RepeatCounter::new(options)).finish(), pages))
}

/// What is tallied over all stories.
#[derive(Debug)]
struct Tally {
    counts: Counts,
    outlets: BTreeSet<u64>,
}

/// Hashes of the stories met so far, by all threads.
#[derive(Default)]
struct Seen {
    shards: [Mutex<HashSet<u128>>; 32],
}

impl Seen {
    /// Whether no story of this hash was met before. Which of several equal stories is first
    /// depends on timing; that one of them is, does not.
    fn first(&self, hash: u128) -> bool {
        let shard = &self.shards[hash as usize % self.shards.len()];
        shard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash)
    }
}

/// Fewest words of a title by which a page is found in the lists of others.
const TITLE_WORDS: usize = 3;

/// Bytes of a record, about: how many pages to expect.
const EXPECTED_RECORD: u64 = 3000;

#[derive(Default)]
struct Part {
    at: Vec<RecordAt>,
    day: Vec<Option<Day>>,
    title: Vec<u64>,
    words: Vec<u32>,
    cut_off: Vec<bool>,
    story_hash: Vec<u128>,
    embedded: Vec<EmbeddedAt>,
    sources: Sources,
    lines: Vec<(u64, PageId)>,
    id_hash: Vec<Option<u64>>,
    rejects: Vec<Reject>,
    blank_bytes: u64,
    stories: SketchPart,
    pasted: SketchPart,
    short: SketchPart,
    story_anchors: Vec<(u64, u32)>,
    pasted_anchors: Vec<(u64, u32)>,
}

/// What all threads make passages with.
struct Making<'a> {
    maker: &'a PassageMaker<'a>,
    plan: &'a ReadPlan,
    seen: Seen,
}

#[derive(Default)]
struct Scratch {
    passages: PassageScratch,
    shingles: Vec<u64>,
    anchors: Vec<u64>,
    tally: Option<Tally>,
}

/// Reads every page once: the table, the sketches, and how rare words are (in the archive if the plan
/// wants it, else by the built-in table).
///
/// # Errors
/// When the caller cancels, or there are more passages than a `u32` counts.
pub fn read_pages(
    corpus: &Corpus,
    maker: &PassageMaker<'_>,
    plan: &ReadPlan,
    progress: &dyn Progress,
) -> Result<(PageTable, Sketches, Frequencies)> {
    let bytes: u64 = corpus.files().iter().map(InputFile::len).sum();
    let expected = (bytes / EXPECTED_RECORD) as usize;
    let making = Making { maker, plan, seen: Seen::default() };
    let pool = Pool::new(|| Scratch {
        tally: plan
            .frequencies
            .then(|| Tally { counts: Counts::new(expected), outlets: BTreeSet::new() }),
        ..Scratch::default()
    });
    let chunks = corpus.chunks();
    let parts: Vec<Part> = chunks
        .par_iter()
        .map(|chunk| {
            if progress.cancelled() {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            let part = pool.lend(|scratch| read_part(corpus, &making, chunk, scratch));
            progress.add(part.at.len() as u64, chunk.bytes());
            Ok(part)
        })
        .collect::<Result<_>>()?;
    let (table, sketches) = join(corpus, Some(plan), parts)?;
    let tallies = pool.into_all().into_iter().filter_map(|scratch| scratch.tally);
    let tally = tallies.reduce(|mut all, part| {
        all.counts.merge(&part.counts);
        all.outlets.extend(part.outlets);
        all
    });
    let frequencies = match tally {
        Some(tally) => Frequencies::new(&tally.counts, tally.outlets.len()),
        None => Frequencies::built_in(),
    };
    Ok((table, sketches, frequencies))
}

/// Reads every page once and notes where its record lies and what its id is; nothing is made of the
/// texts, and the other lists of the table stay empty.
///
/// # Errors
/// When the caller cancels.
pub fn list_pages(corpus: &Corpus, progress: &dyn Progress) -> Result<PageTable> {
    let parts: Vec<Part> = corpus
        .chunks()
        .par_iter()
        .map(|chunk| {
            if progress.cancelled() {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            let mut part = Part::default();
            corpus.read_chunk(chunk, &mut |entry| match entry {
                Entry::Page(at, page) => part.list(at, &page, &corpus.files()[at.file as usize]),
                Entry::Reject(reject) => part.rejects.push(reject),
                Entry::Blank { length, .. } => part.blank_bytes += length,
            });
            progress.add(part.at.len() as u64, chunk.bytes());
            Ok(part)
        })
        .collect::<Result<_>>()?;
    Ok(join(corpus, None, parts)?.0)
}

fn read_part(corpus: &Corpus, making: &Making<'_>, chunk: &Chunk, scratch: &mut Scratch) -> Part {
    let mut part = Part::default();
    corpus.read_chunk(chunk, &mut |entry| match entry {
        Entry::Page(at, page) => {
            let file = &corpus.files()[at.file as usize];
            part.push(at, &page, file, making, scratch);
        }
        Entry::Reject(reject) => part.rejects.push(reject),
        Entry::Blank { length, .. } => part.blank_bytes += length,
    });
    part
}

impl Part {
    fn list(&mut self, at: RecordAt, page: &PageRecord<'_>, file: &InputFile) {
        self.at.push(at);
        self.id_hash.push(own_id(page, file).map(|id| xxh3_64(id.as_bytes())));
    }

    fn push(
        &mut self,
        at: RecordAt,
        page: &PageRecord<'_>,
        file: &InputFile,
        making: &Making<'_>,
        scratch: &mut Scratch,
    ) {
        let Making { maker, plan, seen } = making;
        let Scratch { passages, shingles, anchors, tally } = scratch;
        let local = self.at.len() as u32;
        let story = maker.make(page, passages);
        self.list(at, page, file);
        self.words.push(story.len() as u32);
        let hash = xxh3_128(story.text().as_bytes());
        self.story_hash.push(hash);
        if let Some(tally) = tally {
            // A text that stands in the archive many times says once how its words are used.
            if seen.first(hash) {
                tally.counts.add(story.hashes());
            }
            tally.outlets.extend(page.outlet.as_deref().map(|name| xxh3_64(name.as_bytes())));
        }
        shingles.clear();
        plan.long.hash_into(story, shingles);
        self.stories.push(local, shingles, &plan.sketch);
        if plan.anchors {
            anchors.clear();
            winnow(shingles, anchors);
            self.story_anchors.extend(anchors.iter().map(|&anchor| (anchor, local)));
        }
        if plan.short && story.len() < SHORT_WORDS {
            shingles.clear();
            Shingle::SHORT.hash_into(story, shingles);
            self.short.push(local, shingles, &plan.sketch);
        }
        let segments = passages.segments();
        let field = page.date.as_deref().and_then(parse_day);
        self.day.push(field.or(segments.date));
        let title = passages.title_hashes();
        self.title.push(if title.len() >= TITLE_WORDS { line_key(title) } else { 0 });
        self.cut_off.push(breaks_off(story_text(page, segments), passages.story()));
        self.sources.push(page, segments);
        let text = passages.text().hashes();
        for line in segments.lines() {
            let words = &text[words_in(passages.text(), line.span)];
            if !words.is_empty() {
                self.lines.push((line_key(words), local));
            }
        }
        for nth in 0..segments.embedded.len() {
            let span = passages.segments().embedded[nth].span();
            let pasted = maker.embedded(nth, passages);
            let number = self.embedded.len() as u32;
            let (words, hash) = (pasted.len() as u32, xxh3_128(pasted.text().as_bytes()));
            self.embedded.push(EmbeddedAt { page: local, nth: nth as u32, words, hash, span });
            shingles.clear();
            plan.long.hash_into(pasted, shingles);
            self.pasted.push(number, shingles, &plan.sketch);
            if plan.anchors {
                anchors.clear();
                winnow(shingles, anchors);
                self.pasted_anchors.extend(anchors.iter().map(|&anchor| (anchor, number)));
            }
        }
    }
}

/// The key of a line of furniture: equal for lines of equal folded words.
pub fn line_key(words: &[u64]) -> u64 {
    words.iter().fold(words.len() as u64, |key, word| {
        (key.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

/// Puts the parts together. Without a plan there are no sketches.
fn join(
    corpus: &Corpus,
    plan: Option<&ReadPlan>,
    parts: Vec<Part>,
) -> Result<(PageTable, Sketches)> {
    let count = |of: fn(&Part) -> usize| parts.iter().map(of).sum::<usize>();
    let pages = count(|part| part.at.len());
    let passages = pages + count(|part| part.embedded.len());
    if passages > u32::MAX as usize {
        let (needed, allowed) = (passages as u64, u64::from(u32::MAX));
        return Err(ErrorKind::OverBudget { resource: "passages", needed, allowed }.into());
    }
    let mut table = PageTable::default();
    let mut sketches = Sketches::default();
    let mut id_hash = Vec::new();
    let (mut long, mut pasted, mut short) = (Vec::new(), Vec::new(), Vec::new());
    for mut part in parts {
        let base = table.at.len() as u32;
        let pasted_base = (pages + table.embedded.len()) as u32;
        table.at.append(&mut part.at);
        table.day.append(&mut part.day);
        table.title.append(&mut part.title);
        table.words.append(&mut part.words);
        table.cut_off.append(&mut part.cut_off);
        table.story_hash.append(&mut part.story_hash);
        let rebased = |at: EmbeddedAt| EmbeddedAt { page: base + at.page, ..at };
        table.embedded.extend(part.embedded.into_iter().map(rebased));
        table.sources.append(&part.sources);
        table.lines.extend(part.lines.iter().map(|&(key, page)| (key, base + page)));
        id_hash.append(&mut part.id_hash);
        table.rejects.append(&mut part.rejects);
        table.blank_bytes += part.blank_bytes;
        long.push((base, part.stories));
        pasted.push((pasted_base, part.pasted));
        short.push((base, part.short));
        let anchors = |from: &[(u64, u32)], base: u32, to: &mut Vec<u64>| {
            to.extend(from.iter().map(|&(anchor, local)| pack_anchor(anchor, base + local)));
        };
        anchors(&part.story_anchors, base, &mut sketches.anchors);
        anchors(&part.pasted_anchors, pasted_base, &mut sketches.anchors);
    }
    if let Some(ReadPlan { sketch, .. }) = plan {
        let (slots, banding) = (sketch.hasher.slots(), sketch.banding);
        sketches.long = SketchMatrix::join(long.into_iter().chain(pasted), slots, banding);
        sketches.short = SketchMatrix::join(short, slots, banding);
    }
    let made = pages_without_own_id(corpus, &table, &id_hash)?;
    table.made_ids = with_lines(corpus, &table, &made);
    table.rejects.sort_by_key(|reject| (reject.file, reject.offset));
    corpus.number_lines(&mut table.rejects);
    Ok((table, sketches))
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

    /// Whether a page's id was made of path and line.
    pub fn has_made_id(&self, page: PageId) -> bool {
        self.made_ids.binary_search_by(|made| made.0.cmp(&page)).is_ok()
    }

    /// Whether a page's story has no word.
    pub fn is_wordless(&self, page: PageId) -> bool {
        self.words[page as usize] == 0
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
            Ok(at) => format!("{}#{}", file.name(), self.made_ids[at].1),
            Err(_) => own_id(record, file).unwrap_or_default().to_owned(),
        }
    }
}
