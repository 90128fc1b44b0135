//! Ids of pages: their own, and those that are made of path and line.

use std::collections::HashSet;

use super::{PageId, PageTable};
use crate::error::Result;
use crate::read::{Corpus, Format, InputFile, PageRecord};
use crate::sorted::sort;

/// The id that a page brings along: its field, or the path of a text file.
pub(super) fn own_id<'p>(record: &'p PageRecord<'_>, file: &'p InputFile) -> Option<&'p str> {
    let path = (file.format() == Format::Txt).then(|| file.name());
    record.id.as_deref().or(path)
}

/// Hashes of the ids of all pages.
#[derive(Default)]
pub(super) struct IdHashes {
    /// 32 bits of the hash, then the page.
    known: Vec<u64>,
    without: Vec<PageId>,
}

impl IdHashes {
    /// Adds pages counted from `base`.
    pub(super) fn append(&mut self, base: PageId, hashes: &[Option<u64>]) {
        for (page, hash) in (base..).zip(hashes) {
            match hash {
                Some(hash) => self.known.push(hash >> 32 << 32 | u64::from(page)),
                None => self.without.push(page),
            }
        }
    }

    /// Makes room for `pages` pages in all.
    pub(super) fn reserve(&mut self, pages: usize) {
        self.known.reserve_exact(pages.saturating_sub(self.known.len()));
    }

    /// Pages without an id, and the second and later page of every id, ascending. Ids are compared by
    /// hash first, and by themselves where the hashes agree.
    pub(super) fn pages_without_own_id(
        self,
        corpus: &Corpus,
        table: &PageTable,
    ) -> Result<Vec<PageId>> {
        let Self { mut known, without: mut made } = self;
        sort(&mut known);
        let mut seen: HashSet<String> = HashSet::new();
        for run in known.chunk_by(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
            seen.clear();
            for &hashed in run {
                let page = hashed as PageId;
                let record = table.record(corpus, page)?;
                let id = own_id(&record, table.file(corpus, page)).unwrap_or_default();
                if seen.contains(id) {
                    made.push(page);
                } else {
                    seen.insert(id.to_owned());
                }
            }
        }
        made.sort_unstable();
        Ok(made)
    }
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
