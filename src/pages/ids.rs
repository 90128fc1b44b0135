//! Ids of pages: their own, and those that are made of path and line.

use rayon::prelude::*;

use super::{PageId, PageTable};
use crate::error::Result;
use crate::read::{Corpus, Format, InputFile, PageRecord};

/// The id that a page brings along: its field, or the path of a text file.
pub(super) fn own_id<'p>(record: &'p PageRecord<'_>, file: &'p InputFile) -> Option<&'p str> {
    let path = (file.format() == Format::Txt).then(|| file.name());
    record.id.as_deref().or(path)
}

/// Pages without an id, and the second and later page of every id, ascending. Ids are compared by
/// hash first, and by themselves where the hashes agree.
pub(super) fn pages_without_own_id(
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
    for run in known.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
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

pub(super) fn with_lines(
    corpus: &Corpus,
    table: &PageTable,
    made: &[PageId],
) -> Vec<(PageId, u64)> {
    let mut out = Vec::with_capacity(made.len());
    for run in made.chunk_by(|a, b| table.at[*a as usize].file == table.at[*b as usize].file) {
        let offsets: Vec<u64> = run.iter().map(|&page| table.at[page as usize].offset).collect();
        let lines = corpus.lines_of(table.at[run[0] as usize].file, &offsets);
        out.extend(run.iter().copied().zip(lines));
    }
    out
}
