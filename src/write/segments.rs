//! `segments.jsonl`: the parts of every page.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::OutDir;
use super::run::Outcome;
use crate::error::Result;
use crate::pages::{PageId, PageTable};
use crate::passage::{PassageMaker, PassageScratch};
use crate::pool::Pool;
use crate::read::Corpus;

/// A line of `segments.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SegmentsLine {
    /// Page id.
    pub id: String,
    /// The parts; they tile the text.
    pub segments: Vec<SegmentLine>,
}

/// A part of a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SegmentLine {
    /// What it is.
    pub kind: Cow<'static, str>,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Pages whose lines are made at a time.
const BATCH: usize = 4096;

/// Makes the line of every page, in input order, and hands them to `sink`.
///
/// # Errors
/// When a record cannot be read again, and those of `sink`.
pub fn each_page<E: From<crate::error::Error>>(
    corpus: &Corpus,
    table: &PageTable,
    maker: &PassageMaker<'_>,
    mut sink: impl FnMut(SegmentsLine) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let pool = Pool::new(PassageScratch::default);
    let pages: Vec<PageId> = (0..table.len() as PageId).collect();
    for batch in pages.chunks(BATCH) {
        let lines: Vec<SegmentsLine> = batch
            .par_iter()
            .map(|&page| pool.lend(|scratch| line(corpus, table, maker, page, scratch)))
            .collect::<Result<_>>()?;
        lines.into_iter().try_for_each(&mut sink)?;
    }
    Ok(())
}

fn line(
    corpus: &Corpus,
    table: &PageTable,
    maker: &PassageMaker<'_>,
    page: PageId,
    scratch: &mut PassageScratch,
) -> Result<SegmentsLine> {
    let record = table.record(corpus, page)?;
    maker.make(&record, scratch);
    let segments = scratch.segments().segments.iter();
    let segments = segments
        .map(|part| SegmentLine {
            kind: part.kind.as_str().into(),
            start: part.span.start,
            end: part.span.end,
        })
        .collect();
    Ok(SegmentsLine { id: table.id(corpus, page, &record), segments })
}

pub(super) fn write_segments(run: &Outcome<'_>, dir: &OutDir) -> Result<()> {
    let mut file = dir.file("segments.jsonl")?;
    each_page(run.corpus, run.table, run.maker, |line| file.line(&line))?;
    file.finish()?;
    Ok(())
}
