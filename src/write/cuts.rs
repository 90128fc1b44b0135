//! Kept pages without their furniture (`cuts.jsonl`), or with what was found about them.
//!
//! In: the decisions of a run. Out: the spans that are cut, and the bytes of every kept record as
//! they are written. Cutting takes bytes out of a record and changes no other, so `kept/` and
//! `cuts.jsonl` together hold every byte of the kept pages. Pages are cut again whenever they are
//! needed; memory holds a batch of them.

use std::borrow::Cow;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::archive::{LeftOut, Sink, write_kept_by};
use super::blocks::BlockIndex;
use super::clusters::cluster_name;
use super::records::Role;
use super::run::{Outcome, id_of};
use super::segments::SegmentLine;
use super::{OutDir, OutFile};
use crate::error::{Error, ErrorKind, Result};
use crate::pages::{PageId, line_key};
use crate::passage::{PassageScratch, words_in};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::{Format, PageRecord, RawSpans, minimal_escape, with_member, without};
use crate::segment::{Segment, SegmentKind};
use crate::types::ByteSpan;

/// Name of the member that annotates a record.
pub const ANNOTATION: &str = "tikrar";

/// A line of `cuts.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CutLine {
    /// Page id.
    pub id: String,
    /// Input file.
    pub path: String,
    /// First byte of the page's record in the decompressed input file.
    pub offset: u64,
    /// First byte of the span in the page's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Kind of the segment.
    pub kind: Cow<'static, str>,
    /// The shared block that it belongs to.
    pub block: Option<String>,
    /// Its text.
    pub text: String,
    /// How the record spelled it: in JSON inside the quotes, where that is not `text` with only those
    /// characters escaped that must be; in a text file where that is not `text`.
    pub raw: Option<String>,
    /// Encoding of a `.txt` where it is not UTF-8, by its label.
    pub encoding: Option<Cow<'static, str>>,
}

/// What was cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutTotals {
    /// Pages with a cut.
    pub pages: u64,
    /// Bytes of their texts that were cut.
    pub bytes: u64,
    /// What is worth saying.
    pub warnings: Vec<String>,
}

/// What [`ANNOTATION`] holds.
#[derive(Serialize)]
struct Annotation<'a> {
    cluster: Option<&'a str>,
    role: &'static str,
    segments: Vec<SegmentLine>,
    /// The value that the record had under this name before, as it stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<&'a serde_json::value::RawValue>,
}

/// Bytes of records that are worked on at a time.
const BATCH_BYTES: u64 = 8 << 20;
/// Pages that are worked on at a time.
const BATCH_PAGES: usize = 4096;
/// Pages of a batch from which it is worth being shared between threads.
const SHARED: usize = 32;

type Scratches = Pool<PassageScratch, fn() -> PassageScratch>;

/// Cuts and annotates the kept pages of a run.
pub(super) struct Editor<'r> {
    run: &'r Outcome<'r>,
    index: &'r BlockIndex,
    gone: &'r [LeftOut],
    clusters: Membership,
    scratches: Scratches,
}

/// A page with its parts, and which of them are cut.
struct Parts<'r> {
    record: PageRecord<'r>,
    segments: Vec<Segment>,
    /// Which segments are cut, in order, and where they stand in the record. None of them where
    /// the record cannot be cut.
    cut: Vec<(Segment, Option<u32>)>,
    raw: RawSpans,
    /// There was something to cut in a record that cannot be cut.
    refused: bool,
}

impl<'r> Editor<'r> {
    /// An editor of all pages but those at `gone` (sorted).
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub(super) fn new(
        run: &'r Outcome<'r>,
        index: &'r BlockIndex,
        gone: &'r [LeftOut],
    ) -> Result<Self> {
        let clusters =
            if run.output.annotate { Membership::new(run)? } else { Membership::default() };
        Ok(Self { run, index, gone, clusters, scratches: Pool::new(PassageScratch::default) })
    }

    /// Writes `cuts.jsonl` if pages are cut, and counts. Without a folder everything is counted,
    /// and nothing written.
    ///
    /// # Errors
    /// When a record cannot be read again, the file cannot be written, or the caller cancels.
    pub(super) fn write_cuts(
        &self,
        dir: Option<&OutDir>,
        progress: &dyn Progress,
    ) -> Result<CutTotals> {
        let mut totals = CutTotals::default();
        if self.run.output.cut_blocks {
            let mut file = dir.map(|dir| dir.file("cuts.jsonl")).transpose()?;
            let pages: Vec<PageId> =
                (0..self.run.table.len() as PageId).filter(|&page| self.is_kept(page)).collect();
            let mut refused: Vec<PageId> = Vec::new();
            for batch in self.batches(&pages) {
                refuse_cancelled(progress)?;
                for (page, found) in self.map(batch, |page, scratch| self.lines(page, scratch))? {
                    let (lines, uncut) = found;
                    refused.extend(uncut.then_some(page));
                    totals.pages += u64::from(!lines.is_empty());
                    totals.bytes += write_lines(&lines, file.as_mut())?;
                }
            }
            if let Some(file) = file {
                file.finish()?;
            }
            if let Some(&first) = refused.first() {
                totals.warnings.push(format!(
                    "{} pages were left uncut, since their encoding could not be told from the \
                     rest of their text, first {}; convert them to UTF-8",
                    refused.len(),
                    id_of(self.run, first)?
                ));
            }
        }
        if self.run.output.annotate {
            let pages = 0..self.run.table.len() as PageId;
            let plain =
                pages.filter(|&page| self.is_kept(page) && self.format(page) == Format::Txt);
            let count = plain.count();
            if count > 0 {
                totals.warnings.push(format!(
                    "{count} .txt pages carry no annotation, since they have no fields; see \
                     clusters.jsonl and segments.jsonl for them"
                ));
            }
        }
        Ok(totals)
    }

    /// Writes `kept/`, its records cut and annotated.
    ///
    /// # Errors
    /// When a record cannot be read again, a file cannot be written, or the caller cancels.
    pub(super) fn write_kept(&self, dir: &OutDir, progress: &dyn Progress) -> Result<()> {
        write_kept_by(dir, self.run.corpus, self.gone, |file, start, length, sink| {
            self.write_stretch(file, start, start + length, progress, sink)
        })?;
        Ok(())
    }

    /// Hands the bytes of a stretch of a file, which begins and ends between records, to `sink`.
    fn write_stretch(
        &self,
        file: u32,
        start: u64,
        end: u64,
        progress: &dyn Progress,
        sink: Sink<'_>,
    ) -> Result<()> {
        let (table, corpus) = (self.run.table, self.run.corpus);
        let first = table.at.partition_point(|at| (at.file, at.offset) < (file, start));
        let after = table.at.partition_point(|at| (at.file, at.offset) < (file, end));
        let pages: Vec<PageId> = (first as PageId..after as PageId).collect();
        let mut at = start;
        for batch in self.batches(&pages) {
            refuse_cancelled(progress)?;
            let before = at;
            for (page, bytes) in self.map(batch, |page, scratch| self.edited(page, scratch))? {
                let place = table.at[page as usize];
                sink(&corpus.bytes(file, at, place.offset - at))?;
                sink(&bytes)?;
                at = place.offset + u64::from(place.length);
            }
            progress.add(0, at - before);
        }
        sink(&corpus.bytes(file, at, end - at))
    }

    /// Runs `work` on the pages of a batch; results in their order.
    fn map<T: Send>(
        &self,
        batch: &[PageId],
        work: impl Fn(PageId, &mut PassageScratch) -> Result<T> + Sync,
    ) -> Result<Vec<(PageId, T)>> {
        let one = |&page: &PageId| {
            self.scratches.lend(|scratch| work(page, scratch)).map(|made| (page, made))
        };
        // A file of one page is one task already.
        if batch.len() < SHARED {
            batch.iter().map(one).collect()
        } else {
            batch.par_iter().map(one).collect()
        }
    }

    /// Cuts a list of pages into batches by number and bytes.
    fn batches<'p>(&'p self, mut pages: &'p [PageId]) -> impl Iterator<Item = &'p [PageId]> {
        std::iter::from_fn(move || {
            let mut bytes = 0;
            let fits = pages.iter().take(BATCH_PAGES).take_while(|&&page| {
                let room = bytes < BATCH_BYTES;
                bytes += u64::from(self.run.table.at[page as usize].length);
                room
            });
            let (batch, rest) = pages.split_at(fits.count());
            pages = rest;
            (!batch.is_empty()).then_some(batch)
        })
    }

    fn is_kept(&self, page: PageId) -> bool {
        let at = self.run.table.at[page as usize];
        let place = |out: &LeftOut| (out.file, out.offset).cmp(&(at.file, at.offset));
        self.gone.binary_search_by(place).is_err()
    }

    fn format(&self, page: PageId) -> Format {
        self.run.table.file(self.run.corpus, page).format()
    }

    /// Cuts a page into its parts.
    fn parts(&self, page: PageId, scratch: &mut PassageScratch) -> Result<Parts<'r>> {
        let run = self.run;
        let record = run.table.record(run.corpus, page)?;
        run.maker.make(&record, scratch);
        let segments = scratch.segments().segments.clone();
        let mut parts =
            Parts { record, segments, cut: Vec::new(), raw: RawSpans::default(), refused: false };
        if !run.output.cut_blocks {
            return Ok(parts);
        }
        let wanted = parts.segments.iter().copied().filter(|part| is_cut(part.kind));
        parts.cut = wanted.map(|part| (part, self.block(page, part, scratch))).collect();
        if parts.cut.is_empty() {
            return Ok(parts);
        }
        let spans: Vec<ByteSpan> = parts.cut.iter().map(|(part, _)| part.span).collect();
        if let Some(raw) = run.corpus.raw_spans(run.table.at[page as usize], &spans) {
            parts.raw = raw;
        } else {
            parts.cut.clear();
            parts.refused = true;
        }
        Ok(parts)
    }

    /// The block of a part of the page that was cut last. A heading belongs to none.
    fn block(&self, page: PageId, part: Segment, scratch: &PassageScratch) -> Option<u32> {
        if part.kind == SegmentKind::RelatedHead {
            return None;
        }
        let pasted = || {
            let first = self.run.table.embedded.partition_point(|at| at.page < page);
            let embedded = &scratch.segments().embedded;
            let holds = |span: ByteSpan| span.start <= part.span.start && part.span.end <= span.end;
            let nth = embedded.iter().position(|embedded| holds(embedded.span()))?;
            self.index.of_embedded(first + nth)
        };
        let line = || {
            let words = &scratch.text().hashes()[words_in(scratch.text(), part.span)];
            if words.is_empty() { None } else { self.index.of_line(line_key(words)) }
        };
        match part.kind {
            SegmentKind::RelatedStory => pasted(),
            SegmentKind::RelatedTitle => pasted().or_else(line),
            _ => line(),
        }
    }

    /// The lines of a page in `cuts.jsonl`, and whether it should be cut and cannot be.
    fn lines(&self, page: PageId, scratch: &mut PassageScratch) -> Result<(Vec<CutLine>, bool)> {
        let parts = self.parts(page, scratch)?;
        if parts.cut.is_empty() {
            return Ok((Vec::new(), parts.refused));
        }
        let run = self.run;
        let at = run.table.at[page as usize];
        let bytes = run.corpus.record_bytes(at);
        let id = run.table.id(run.corpus, page, &parts.record);
        let path = run.table.file(run.corpus, page).name();
        let line = |(number, &(part, block)): (usize, &(Segment, Option<u32>))| {
            let text = parts.record.text.get(part.span.range()).unwrap_or_default();
            let raw = parts.raw.spelled(&bytes, number);
            let unusual = match self.format(page) {
                Format::Jsonl => raw != minimal_escape(text),
                Format::Txt => raw != text,
            };
            CutLine {
                id: id.clone(),
                path: path.to_owned(),
                offset: at.offset,
                start: part.span.start,
                end: part.span.end,
                kind: part.kind.as_str().into(),
                block: block.map(|block| self.index.name(block)),
                text: text.to_owned(),
                raw: unusual.then(|| raw.into_owned()),
                encoding: parts.raw.encoding.map(Cow::Borrowed),
            }
        };
        Ok((parts.cut.iter().enumerate().map(line).collect(), false))
    }

    /// The bytes of a record as they are written.
    fn edited(&self, page: PageId, scratch: &mut PassageScratch) -> Result<Cow<'r, [u8]>> {
        let run = self.run;
        let bytes = run.corpus.record_bytes(run.table.at[page as usize]);
        let annotated = run.output.annotate && self.format(page) == Format::Jsonl;
        if !annotated && !run.output.cut_blocks {
            return Ok(bytes);
        }
        let parts = self.parts(page, scratch)?;
        let bytes = match parts.raw.ranges.as_slice() {
            [] => bytes,
            ranges => Cow::Owned(without(&bytes, ranges)),
        };
        if !annotated {
            return Ok(bytes);
        }
        let member = with_member(&bytes, ANNOTATION, |was| {
            let (cluster, role) = self.clusters.of(page);
            let segments = rest(&parts);
            let was = was.and_then(|was| serde_json::from_str(was).ok());
            let annotation = Annotation { cluster, role, segments, was };
            serde_json::to_string(&annotation).unwrap_or_default()
        });
        Ok(member.map_or(bytes, Cow::Owned))
    }
}

/// Whether parts of this kind are cut.
fn is_cut(kind: SegmentKind) -> bool {
    matches!(
        kind,
        SegmentKind::RelatedHead
            | SegmentKind::RelatedTitle
            | SegmentKind::RelatedStory
            | SegmentKind::RelatedList
            | SegmentKind::Keywords
            | SegmentKind::Promo
    )
}

/// The parts of a page that are left, where they stand in what is left of its text.
fn rest(parts: &Parts<'_>) -> Vec<SegmentLine> {
    let mut cut = 0;
    let mut left = Vec::with_capacity(parts.segments.len());
    for part in &parts.segments {
        if is_cut(part.kind) && !parts.cut.is_empty() {
            cut += part.span.len() as u32;
        } else {
            let (start, end) = (part.span.start - cut, part.span.end - cut);
            left.push(SegmentLine { kind: part.kind.as_str().into(), start, end });
        }
    }
    left
}

/// Writes the lines of a page; returns the bytes of text that they cut.
fn write_lines(lines: &[CutLine], mut file: Option<&mut OutFile<'_>>) -> Result<u64> {
    for line in lines {
        if let Some(file) = &mut file {
            file.line(line)?;
        }
    }
    Ok(lines.iter().map(|line| u64::from(line.end - line.start)).sum())
}

fn refuse_cancelled(progress: &dyn Progress) -> Result<()> {
    if progress.cancelled() { Err(Error::from(ErrorKind::Interrupted)) } else { Ok(()) }
}

/// Which cluster every page of one belongs to.
#[derive(Default)]
struct Membership {
    names: Vec<String>,
    /// Sorted: page, number of its cluster, its part in it.
    pages: Vec<(PageId, u32, Role)>,
}

impl Membership {
    fn new(run: &Outcome<'_>) -> Result<Self> {
        let name = |story: &crate::cluster::Story| {
            let pages = std::iter::once(story.keep).chain(story.copies.iter().map(|c| c.page));
            let ids = pages.map(|page| id_of(run, page)).collect::<Result<Vec<_>>>()?;
            Ok(cluster_name(ids))
        };
        let names = run.stories.par_iter().map(name).collect::<Result<_>>()?;
        let mut pages = Vec::new();
        for (number, story) in (0..).zip(run.stories) {
            pages.push((story.keep, number, Role::Keep));
            pages.extend(story.copies.iter().map(|copy| (copy.page, number, Role::Copy)));
        }
        pages.sort_unstable_by_key(|&(page, ..)| page);
        Ok(Self { names, pages })
    }

    /// The cluster of a page and its part in it; `single` if it is in none.
    fn of(&self, page: PageId) -> (Option<&str>, &'static str) {
        match self.pages.binary_search_by_key(&page, |&(page, ..)| page) {
            Err(_) => (None, "single"),
            Ok(at) => {
                let (_, cluster, role) = self.pages[at];
                let name = self.names.get(cluster as usize).map(String::as_str);
                (name, if role == Role::Keep { "keep" } else { "copy" })
            }
        }
    }
}
