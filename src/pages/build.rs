//! Building the table: one pass over the archive.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::furniture::{FurniturePart, FurnitureWriter};
use super::ids::{IdHashes, MadeIds, own_id};
use super::{EmbeddedAt, PageTable, ReadPlan, Sketches, line_key};
use crate::error::{Error, ErrorKind, Result};
use crate::frequency::{Counts, Frequencies};
use crate::in_order::in_order;
use crate::passage::{PassageMaker, PassageScratch, breaks_off, story_text, words_in};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::{Chunk, Corpus, Entry, InputFile, PageRecord, RecordAt};
use crate::segment::{Segment, parse_day};
use crate::shingle::{SHORT_WORDS, Shingle, text_hash};
use crate::sketch::{AnchorPart, AnchorWriter, Banding, SketchPart, SketchSpill, SketchWriter};
use crate::spill::SpillWriter;

/// Fewest words of a title by which a page is found in the lists of others.
const TITLE_WORDS: usize = 3;

/// Bytes of a record, about: how many pages to expect.
const EXPECTED_RECORD: u64 = 3000;

/// What is tallied over all stories.
#[derive(Debug)]
struct Tally {
    counts: Counts,
    outlets: BTreeSet<u64>,
}

/// Hashes of the stories met so far, by all threads; in seeded tables, since texts can be made whose
/// hashes would fall into one place of another.
#[derive(Default)]
struct Seen {
    shards: [Mutex<HashSet<u64>>; 32],
}

impl Seen {
    /// Whether no story of this hash was met before. Which of several equal stories is first
    /// depends on timing; that one of them is, does not.
    fn first(&self, hash: u64) -> bool {
        let shard = &self.shards[hash as usize % self.shards.len()];
        shard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash)
    }
}

/// What is made of the pages of a chunk, numbered from 0.
#[derive(Default)]
struct Part {
    bytes: u64,
    table: PageTable,
    id_hash: Vec<Option<u64>>,
    stories: SketchPart,
    pasted: SketchPart,
    furniture: FurniturePart,
    titles: Vec<u64>,
    short: SketchPart,
    story_anchors: AnchorPart,
    pasted_anchors: AnchorPart,
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
    packed: Vec<u8>,
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
    let bytes = bytes_of(corpus);
    let expected = (bytes / EXPECTED_RECORD) as usize;
    let making = Making { maker, plan, seen: Seen::default() };
    let counts = plan.frequencies.then(|| Counts::new(expected));
    let pool = Pool::new(|| {
        let tally = |counts: &Counts| Tally { counts: counts.another(), outlets: BTreeSet::new() };
        Scratch { tally: counts.as_ref().map(tally), ..Scratch::default() }
    });
    let mut whole = Whole::new(bytes, Some(plan));
    let read = |chunk: &Chunk, part: &mut Part| {
        if progress.cancelled() {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        pool.lend(|scratch| read_part(corpus, &making, chunk, scratch, part))?;
        progress.add(part.table.len() as u64, chunk.bytes());
        Ok(())
    };
    in_order(&corpus.chunks(), read, |part| whole.append(part))?;
    // Counters and buffers go before the last sketches come.
    drop(making);
    let tallies = pool.into_all().into_iter().filter_map(|scratch| scratch.tally);
    let tally = tallies.reduce(|mut all, part| {
        all.counts.merge(part.counts);
        all.outlets.extend(part.outlets);
        all
    });
    let frequencies = match tally {
        Some(tally) => Frequencies::new(tally.counts, tally.outlets.len()),
        None => Frequencies::built_in(),
    };
    drop(counts);
    let (table, sketches) = whole.finish(corpus)?;
    Ok((table, sketches, frequencies))
}

/// Reads every page once and notes where its record lies and what its id is; nothing is made of the
/// texts, and the other lists of the table stay empty.
///
/// # Errors
/// When the caller cancels.
pub fn list_pages(corpus: &Corpus, progress: &dyn Progress) -> Result<PageTable> {
    let mut whole = Whole::new(bytes_of(corpus), None);
    let list = |chunk: &Chunk, part: &mut Part| {
        if progress.cancelled() {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        part.bytes = chunk.bytes();
        corpus.try_read_chunk(chunk, &mut |entry| match entry {
            Entry::Page(at, page) => part.list(at, page, &corpus.files()[at.file as usize]),
            other => part.no_page(other),
        })?;
        progress.add(part.table.len() as u64, chunk.bytes());
        Ok(())
    };
    in_order(&corpus.chunks(), list, |part| whole.append(part))?;
    Ok(whole.finish(corpus)?.0)
}

fn bytes_of(corpus: &Corpus) -> u64 {
    corpus.files().iter().map(InputFile::len).sum()
}

fn read_part(
    corpus: &Corpus,
    making: &Making<'_>,
    chunk: &Chunk,
    scratch: &mut Scratch,
    part: &mut Part,
) -> Result<()> {
    part.bytes = chunk.bytes();
    corpus.try_read_chunk(chunk, &mut |entry| match entry {
        Entry::Page(at, page) => {
            let file = &corpus.files()[at.file as usize];
            part.push(at, page, file, making, scratch);
        }
        other => part.no_page(other),
    })
}

impl Part {
    fn list(&mut self, at: RecordAt, page: &PageRecord<'_>, file: &InputFile) {
        self.table.at.push(at);
        self.id_hash.push(own_id(page, file).map(|id| xxh3_64(id.as_bytes())));
    }

    fn no_page(&mut self, entry: Entry<'_>) {
        match entry {
            Entry::Page(..) => {}
            Entry::Reject(reject) => self.table.rejects.push(reject),
            Entry::Blank { length, .. } => self.table.blank_bytes += length,
        }
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
        let Scratch { passages, shingles, packed, tally } = scratch;
        let local = self.table.len() as u32;
        let story = maker.hashes(page, passages);
        self.list(at, page, file);
        let table = &mut self.table;
        let words = story.len();
        table.words.push(words as u32);
        let hash = text_hash(story);
        table.story_hash.push(hash);
        let last = story.last().copied();
        if let Some(tally) = tally {
            // A text that stands in the archive many times says once how its words are used.
            if seen.first(hash) {
                tally.counts.add(story);
            }
            tally.outlets.extend(page.outlet.as_deref().map(|name| xxh3_64(name.as_bytes())));
        }
        shingles.clear();
        let by_words = plan.long.hash_words_into(story, shingles);
        let short = plan.short && words < SHORT_WORDS;
        if !by_words || short {
            maker.make_cut(page, passages);
        }
        if !by_words {
            plan.long.hash_into(passages.story(), shingles);
        }
        self.stories.push(local, shingles, &plan.sketch);
        if plan.anchors {
            self.story_anchors.push(shingles);
        }
        if short {
            shingles.clear();
            Shingle::SHORT.hash_into(passages.story(), shingles);
            self.short.push(local, shingles, &plan.sketch);
        }
        let segments = passages.segments();
        let field = page.date.as_deref().and_then(parse_day);
        table.push_day(field.or(segments.date));
        if maker.cuts() {
            let title = passages.title_hashes();
            self.titles.push(if title.len() >= TITLE_WORDS { line_key(title) } else { 0 });
            packed.clear();
            passages.parts().pack(packed);
            table.parts.push(packed);
        }
        table.cut_off.push(breaks_off(story_text(page, segments), last));
        table.sources.push(page, segments);
        let text = passages.text();
        let lines = segments.lines().filter_map(|line| {
            let words = &text.hashes()[words_in(text, line.span)];
            let line = Segment { span: line.span.trimmed(&page.text), ..line };
            (!words.is_empty()).then(|| (line_key(words), line))
        });
        self.furniture.push(local, lines);
        for nth in 0..segments.embedded.len() {
            let span = passages.segments().embedded[nth].span();
            let pasted = maker.embedded(nth, passages);
            let number = table.embedded.len() as u32;
            let (words, hash) = (pasted.len() as u32, xxh3_128(pasted.text().as_bytes()));
            table.embedded.push(EmbeddedAt { page: local, nth: nth as u32, words, hash, span });
            shingles.clear();
            plan.long.hash_into(pasted, shingles);
            self.pasted.push(number, shingles, &plan.sketch);
            if plan.anchors {
                self.pasted_anchors.push(shingles);
            }
        }
    }
}

/// The parts put together so far.
struct Whole {
    /// Of the input: those appended, and all.
    bytes: (u64, u64),
    table: PageTable,
    ids: IdHashes,
    long: SketchWriter,
    /// Passages as numbers of embedded stories.
    pasted: SketchSpill,
    furniture: FurnitureWriter,
    titles: SpillWriter,
    short: SketchWriter,
    anchors: AnchorWriter,
    pasted_anchors: AnchorWriter,
}

impl Whole {
    /// Nothing of an input of so many bytes. Without a plan there are no sketches.
    fn new(bytes: u64, plan: Option<&ReadPlan>) -> Self {
        let folder = plan.and_then(|plan| plan.spill.as_deref());
        let matrix = || match plan {
            Some(ReadPlan { sketch, .. }) => {
                SketchWriter::new(sketch.hasher.slots(), sketch.banding, folder)
            }
            None => SketchWriter::new(1, Banding::ONE, None),
        };
        Self {
            bytes: (0, bytes),
            table: PageTable::default(),
            ids: IdHashes::default(),
            long: matrix(),
            pasted: SketchSpill::new(folder),
            furniture: FurnitureWriter::new(folder),
            titles: SpillWriter::new(folder),
            short: matrix(),
            anchors: AnchorWriter::new(folder),
            pasted_anchors: AnchorWriter::new(folder),
        }
    }

    /// Adds the next part, and empties it.
    fn append(&mut self, part: &mut Part) {
        let (base, pasted_base) = (self.table.len() as u32, self.table.embedded.len() as u32);
        self.ids.append(base, &part.id_hash);
        self.table.append(&mut part.table);
        self.long.append(base, &part.stories);
        self.pasted.append(pasted_base, &part.pasted);
        self.furniture.append(base, &part.furniture);
        self.titles.write_longs(&part.titles);
        self.short.append(base, &part.short);
        self.anchors.append(&part.story_anchors);
        self.pasted_anchors.append(&part.pasted_anchors);
        part.id_hash.clear();
        part.stories.clear();
        part.pasted.clear();
        part.furniture.clear();
        part.titles.clear();
        part.short.clear();
        part.story_anchors.clear();
        part.pasted_anchors.clear();
        let first = self.bytes.0 == 0;
        self.bytes.0 += part.bytes;
        if first && self.bytes.0 > 0 {
            self.reserve();
        }
    }

    /// Makes room for the rest, going by the first part: lists that grow as they go leave holes
    /// between one another. Room that is not used costs addresses only.
    fn reserve(&mut self) {
        let (seen, all) = self.bytes;
        let times = (all / seen + all / seen / 8) as usize;
        let pages = self.table.len() * (times + 1);
        self.table.reserve(times);
        self.ids.reserve(pages);
        self.long.reserve(pages);
        self.anchors.reserve(times);
        self.furniture.reserve(times);
    }

    fn finish(self, corpus: &Corpus) -> Result<(PageTable, Sketches)> {
        let Self { mut table, ids, mut long, pasted, short, anchors, pasted_anchors, .. } = self;
        table.furniture = self.furniture.finish()?;
        table.titles = self.titles.finish()?;
        let passages = table.len() + table.embedded.len();
        if passages > u32::MAX as usize {
            let (needed, allowed) = (passages as u64, u64::from(u32::MAX));
            return Err(ErrorKind::OverBudget { resource: "passages", needed, allowed }.into());
        }
        let MadeIds { called, repeats } = ids.made(corpus, &table)?;
        (table.made_ids, table.repeated_ids) = (called, repeats);
        table.rejects.sort_by_key(|reject| (reject.file, reject.offset));
        corpus.number_lines(&mut table.rejects);
        long.join(table.len() as u32, pasted)?;
        let mut anchors = anchors.finish()?;
        anchors.join(pasted_anchors.finish()?);
        let (long, short) = (long.finish()?, short.finish()?);
        Ok((table, Sketches { long, short, anchors }))
    }
}
