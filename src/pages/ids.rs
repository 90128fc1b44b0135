//! Ids of pages: their own, and those that are made of path and line.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

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

    /// Pages that are called by path and line, ascending, each with its line: those without an id, the
    /// second and later page of every id, and those whose own id is what another one of these is called.
    /// And the second pages of an id: how many there are, and the first. Ids are compared by hash first,
    /// and by themselves where the hashes agree.
    pub(super) fn made(self, corpus: &Corpus, table: &PageTable) -> Result<MadeIds> {
        let Self { mut known, without: mut made } = self;
        sort(&mut known);
        let mut repeated = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        for run in known.chunk_by(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
            seen.clear();
            for &hashed in run {
                let page = hashed as PageId;
                let record = table.record(corpus, page)?;
                let id = own_id(&record, table.file(corpus, page)).unwrap_or_default();
                if seen.contains(id) {
                    repeated.push(page);
                } else {
                    seen.insert(id.to_owned());
                }
            }
        }
        let repeats = (repeated.len() as u64, repeated.iter().min().copied().unwrap_or_default());
        made.append(&mut repeated);
        made.sort_unstable();
        loop {
            let called = with_lines(corpus, table, &made);
            let mut taken = taken(&known, &called, corpus, table)?;
            taken.retain(|page| made.binary_search(page).is_err());
            if taken.is_empty() {
                return Ok(MadeIds { called, repeats });
            }
            made.append(&mut taken);
            made.sort_unstable();
            made.dedup();
        }
    }
}

/// Pages that are called by path and line.
pub(super) struct MadeIds {
    pub(super) called: Vec<(PageId, u64)>,
    /// The second and later pages of an id: how many, and the first of them.
    pub(super) repeats: (u64, PageId),
}

/// What a page is called that has no id of its own; a file has one name, and so has each of its pages.
pub(super) fn made_id(file: &InputFile, line: u64) -> String {
    format!("{}#{line}", file.name())
}

/// Pages whose own id is what one of those is called that have none. `known` is sorted.
fn taken(
    known: &[u64],
    called: &[(PageId, u64)],
    corpus: &Corpus,
    table: &PageTable,
) -> Result<Vec<PageId>> {
    let mut out = Vec::new();
    if known.is_empty() {
        return Ok(out);
    }
    for &(page, line) in called {
        let id = made_id(table.file(corpus, page), line);
        let high = xxh3_64(id.as_bytes()) >> 32;
        let first = known.partition_point(|hashed| hashed >> 32 < high);
        for &hashed in known[first..].iter().take_while(|&&hashed| hashed >> 32 == high) {
            let other = hashed as PageId;
            let record = table.record(corpus, other)?;
            if own_id(&record, table.file(corpus, other)) == Some(&id) {
                out.push(other);
            }
        }
    }
    Ok(out)
}

fn with_lines(corpus: &Corpus, table: &PageTable, made: &[PageId]) -> Vec<(PageId, u64)> {
    let mut out = Vec::with_capacity(made.len());
    for run in made.chunk_by(|a, b| table.at[*a as usize].file == table.at[*b as usize].file) {
        let offsets: Vec<u64> = run.iter().map(|&page| table.at[page as usize].offset).collect();
        let lines = corpus.lines_of(table.at[run[0] as usize].file, &offsets);
        out.extend(run.iter().copied().zip(lines));
    }
    out
}
