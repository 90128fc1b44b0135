//! The table of pages: a few words a page, all texts left where they lie.
//!
//! In: the opened archive. Out: [`PageTable`] and the sketches of all stories. One pass over the
//! archive in chunks of about a mebibyte; the table is in input order for any number of threads.

use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::error::{Error, ErrorKind, Reject, Result};
use crate::passage::{StoryMaker, StoryScratch, breaks_off};
use crate::progress::Progress;
use crate::read::{Chunk, Corpus, Entry, Format, InputFile, PageRecord, RecordAt};
use crate::segment::{Day, parse_day};
use crate::shingle::{SHORT_WORDS, Shingle};
use crate::sketch::{Banding, MinHasher, SketchMatrix, SketchPart};

/// Number of a page: its place in the input, files by name.
pub type PageId = u32;

/// What is kept of every page.
#[derive(Debug, Default)]
pub struct PageTable {
    /// Where its record lies.
    pub at: Vec<RecordAt>,
    /// Its day.
    pub day: Vec<Option<Day>>,
    /// Words of its story.
    pub words: Vec<u32>,
    /// Whether its text breaks off.
    pub cut_off: Vec<bool>,
    /// Hash of its folded story, to find exact copies by; no proof of sameness.
    pub story_hash: Vec<u128>,
    /// Pages whose id is made of path and line, with that line: those without an id, and the
    /// second and later page of an id. Sorted.
    made_ids: Vec<(PageId, u64)>,
    /// What was not understood, in input order.
    pub rejects: Vec<Reject>,
    /// Blank lines and byte order marks, in bytes.
    pub blank_bytes: u64,
}

/// The sketches of all stories.
#[derive(Debug, Default)]
pub struct Sketches {
    /// Of every story with a word, by the shingle of long texts.
    pub long: SketchMatrix,
    /// Of stories under [`SHORT_WORDS`] words, by [`Shingle::SHORT`]; empty when a shingle was
    /// asked for by name.
    pub short: SketchMatrix,
}

/// How stories are sketched.
#[derive(Clone, Debug)]
pub struct SketchPlan {
    /// Makes signatures.
    pub hasher: MinHasher,
    /// Cuts them into bands.
    pub banding: Banding,
    /// Shingle of long texts.
    pub long: Shingle,
    /// Whether short texts get sketches of their own.
    pub short: bool,
}

#[derive(Default)]
struct Part {
    at: Vec<RecordAt>,
    day: Vec<Option<Day>>,
    words: Vec<u32>,
    cut_off: Vec<bool>,
    story_hash: Vec<u128>,
    id_hash: Vec<Option<u64>>,
    rejects: Vec<Reject>,
    blank_bytes: u64,
    long: SketchPart,
    short: SketchPart,
}

#[derive(Default)]
struct Scratch {
    story: StoryScratch,
    shingles: Vec<u64>,
}

/// Reads every page once.
///
/// # Errors
/// When the caller cancels, or there are more pages than a `u32` counts.
pub fn read_pages(
    corpus: &Corpus,
    maker: &StoryMaker,
    plan: &SketchPlan,
    progress: &dyn Progress,
) -> Result<(PageTable, Sketches)> {
    let chunks = corpus.chunks();
    let parts: Vec<Part> = chunks
        .par_iter()
        .map_init(Scratch::default, |scratch, chunk| {
            if progress.cancelled() {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            let part = read_part(corpus, maker, plan, chunk, scratch);
            progress.add(part.at.len() as u64, chunk.bytes());
            Ok(part)
        })
        .collect::<Result<_>>()?;
    join(corpus, plan, parts)
}

fn read_part(
    corpus: &Corpus,
    maker: &StoryMaker,
    plan: &SketchPlan,
    chunk: &Chunk,
    scratch: &mut Scratch,
) -> Part {
    let mut part = Part::default();
    corpus.read_chunk(chunk, &mut |entry| match entry {
        Entry::Page(at, page) => {
            let file = &corpus.files()[at.file as usize];
            part.push(at, &page, file, maker, plan, scratch);
        }
        Entry::Reject(reject) => part.rejects.push(reject),
        Entry::Blank { length, .. } => part.blank_bytes += length,
    });
    part
}

impl Part {
    fn push(
        &mut self,
        at: RecordAt,
        page: &PageRecord<'_>,
        file: &InputFile,
        maker: &StoryMaker,
        plan: &SketchPlan,
        scratch: &mut Scratch,
    ) {
        let local = self.at.len() as u32;
        let story = maker.story(page, &mut scratch.story);
        self.at.push(at);
        self.day.push(page.date.as_deref().and_then(parse_day));
        self.words.push(story.len() as u32);
        self.cut_off.push(breaks_off(&page.text, story));
        self.story_hash.push(xxh3_128(story.text().as_bytes()));
        self.id_hash
            .push(own_id(page, file).map(|id| xxh3_64(id.as_bytes())));
        scratch.shingles.clear();
        plan.long.hash_into(story, &mut scratch.shingles);
        self.long
            .push(local, &scratch.shingles, &plan.hasher, plan.banding);
        if plan.short && story.len() < SHORT_WORDS {
            scratch.shingles.clear();
            Shingle::SHORT.hash_into(story, &mut scratch.shingles);
            self.short
                .push(local, &scratch.shingles, &plan.hasher, plan.banding);
        }
    }
}

fn join(corpus: &Corpus, plan: &SketchPlan, parts: Vec<Part>) -> Result<(PageTable, Sketches)> {
    let mut table = PageTable::default();
    let mut id_hash = Vec::new();
    let (mut long, mut short) = (Vec::new(), Vec::new());
    for mut part in parts {
        let base = table.at.len() as u32;
        if table.at.len() + part.at.len() > u32::MAX as usize {
            let needed = (table.at.len() + part.at.len()) as u64;
            let allowed = u64::from(u32::MAX);
            return Err(ErrorKind::OverBudget {
                resource: "pages",
                needed,
                allowed,
            }
            .into());
        }
        table.at.append(&mut part.at);
        table.day.append(&mut part.day);
        table.words.append(&mut part.words);
        table.cut_off.append(&mut part.cut_off);
        table.story_hash.append(&mut part.story_hash);
        id_hash.append(&mut part.id_hash);
        table.rejects.append(&mut part.rejects);
        table.blank_bytes += part.blank_bytes;
        long.push((base, part.long));
        short.push((base, part.short));
    }
    let slots = plan.hasher.slots();
    let sketches = Sketches {
        long: SketchMatrix::join(long, slots, plan.banding),
        short: SketchMatrix::join(short, slots, plan.banding),
    };
    let made = pages_without_own_id(corpus, &table, &id_hash)?;
    table.made_ids = with_lines(corpus, &table, &made);
    table
        .rejects
        .sort_by_key(|reject| (reject.file, reject.offset));
    corpus.number_lines(&mut table.rejects);
    Ok((table, sketches))
}

/// The id that a page brings along: its field, or the path of a text file.
fn own_id<'p>(record: &'p PageRecord<'_>, file: &'p InputFile) -> Option<&'p str> {
    let path = (file.format() == Format::Txt).then(|| file.name());
    record.id.as_deref().or(path)
}

/// Pages without an id, and the second and later page of every id, ascending. Ids are compared by
/// hash first, and by themselves where the hashes agree.
fn pages_without_own_id(
    corpus: &Corpus,
    table: &PageTable,
    id_hash: &[Option<u64>],
) -> Result<Vec<PageId>> {
    let mut made = Vec::new();
    let mut known: Vec<(u64, PageId)> = Vec::with_capacity(id_hash.len());
    for (page, hash) in id_hash.iter().enumerate() {
        match hash {
            Some(hash) => known.push((*hash, page as PageId)),
            None => made.push(page as PageId),
        }
    }
    known.par_sort_unstable();
    for run in known
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|run| run.len() > 1)
    {
        let mut seen: Vec<String> = Vec::new();
        for &(_, page) in run {
            let record = table.record(corpus, page)?;
            let id = own_id(&record, table.file(corpus, page)).unwrap_or_default();
            if seen.iter().any(|other| other == id) {
                made.push(page);
            } else {
                seen.push(id.to_owned());
            }
        }
    }
    made.sort_unstable();
    Ok(made)
}

fn with_lines(corpus: &Corpus, table: &PageTable, made: &[PageId]) -> Vec<(PageId, u64)> {
    let mut out = Vec::with_capacity(made.len());
    for run in made.chunk_by(|a, b| table.at[*a as usize].file == table.at[*b as usize].file) {
        let offsets: Vec<u64> = run
            .iter()
            .map(|&page| table.at[page as usize].offset)
            .collect();
        let lines = corpus.lines_of(table.at[run[0] as usize].file, &offsets);
        out.extend(run.iter().copied().zip(lines));
    }
    out
}

impl PageTable {
    /// Number of pages.
    pub fn len(&self) -> usize {
        self.at.len()
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
