//! Exact copies: stories whose folded texts are equal byte for byte.
//!
//! They are found by a hash and believed only after a comparison: two different texts of equal
//! hash can be written down by hand. One member of each class goes on to be sketched, banded
//! and verified, which is the cure for skew: a hundred thousand copies of one text are one row.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::pages::{PageId, PageTable};
use crate::passage::{PassageMaker, PassageScratch};
use crate::read::{Corpus, PageReader};
use crate::sorted::sort;

/// Which page stands for each class of exact copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExactCopies {
    /// For every page the page that stands for it: itself unless it is an exact copy.
    pub stands_for: Vec<PageId>,
    /// Pages that another stands for.
    pub copies: u64,
}

impl ExactCopies {
    /// Whether the page goes on to be compared.
    pub fn leads(&self, page: PageId) -> bool {
        self.stands_for[page as usize] == page
    }

    /// The classes of two or more: the page that stands for them first, the others ascending.
    pub fn classes(&self) -> Vec<Vec<PageId>> {
        let mut copies: Vec<(PageId, PageId)> = (0..self.stands_for.len() as PageId)
            .filter(|&page| !self.leads(page))
            .map(|page| (self.stands_for[page as usize], page))
            .collect();
        copies.sort_unstable();
        copies
            .chunk_by(|a, b| a.0 == b.0)
            .map(|run| std::iter::once(run[0].0).chain(run.iter().map(|copy| copy.1)).collect())
            .collect()
    }
}

/// Joins stories of equal folded text; the page of lowest `rank` stands for each class. Stories
/// without a word are equal to nothing.
///
/// `story_hash` is the hash of every page's story ([`PageTable::story_hash`]); it is freed before pages
/// are read. Cost: one sort of the hashes, and reading every member of a class once more; those that
/// differ in their spelling are folded again.
///
/// # Errors
/// When a record cannot be read again.
pub fn join_exact_copies<R: Ord>(
    corpus: &Corpus,
    table: &PageTable,
    story_hash: Vec<u64>,
    maker: &PassageMaker<'_>,
    rank: impl Fn(PageId) -> R + Sync,
) -> Result<ExactCopies> {
    let mut hashes: Vec<(u64, PageId)> = (0..table.len() as PageId)
        .filter(|&page| table.words[page as usize] > 0)
        .map(|page| (story_hash[page as usize], page))
        .collect();
    drop(story_hash);
    sort(&mut hashes);
    let runs: Vec<&[(u64, PageId)]> =
        hashes.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1).collect();
    let in_run = |memory: &mut Memory<'_>, run: &[(u64, PageId)], copies: &mut Vec<_>| {
        let (scratch, reader) = memory;
        let pages = run.iter().map(|&(_, page)| page);
        let mut classes = equal_stories(
            pages,
            |page| Ok((page, reader.page_at(table.at[page as usize])?)),
            |(_, a), (_, b)| a.title == b.title && a.text == b.text,
            |(page, record)| {
                let story = maker.make_again(record, table.parts(*page), scratch);
                story.text().to_owned()
            },
        )?;
        for class in &mut classes {
            put_lowest_first(class, &rank);
            copies.extend(class[1..].iter().map(|&page| (page, class[0])));
        }
        Ok::<(), Error>(())
    };
    let memory = || (PassageScratch::default(), corpus.reader());
    // Copies and who stands for them, in few lists: a small one for each class leaves holes between what
    // stays.
    let copies: Vec<Vec<(PageId, PageId)>> = runs
        .par_chunks(TASK_RUNS)
        .map_init(memory, |memory, runs| {
            let mut copies = Vec::new();
            runs.iter().try_for_each(|run| in_run(memory, run, &mut copies))?;
            Ok(copies)
        })
        .collect::<Result<_>>()?;
    let mut out =
        ExactCopies { stands_for: (0..table.len() as PageId).collect(), ..ExactCopies::default() };
    for &(page, first) in copies.iter().flatten() {
        out.stands_for[page as usize] = first;
        out.copies += 1;
    }
    Ok(out)
}

/// What pages are read and folded with.
type Memory<'c> = (PassageScratch, PageReader<'c>);

/// Runs of equal hashes that a thread takes at a time.
const TASK_RUNS: usize = 64;

/// A page that others may be equal to.
struct First<T> {
    fields: T,
    /// Its folded story, once it was asked for.
    story: Option<String>,
    class: Vec<PageId>,
}

/// Splits pages of equal hash into classes of equal story, the first page of each in front. What
/// stands in their fields byte for byte makes one story; only where it differs are they folded.
fn equal_stories<T>(
    pages: impl Iterator<Item = PageId>,
    mut read: impl FnMut(PageId) -> Result<T>,
    same: impl Fn(&T, &T) -> bool,
    mut fold: impl FnMut(&T) -> String,
) -> Result<Vec<Vec<PageId>>> {
    let mut firsts: Vec<First<T>> = Vec::new();
    for page in pages {
        let fields = read(page)?;
        if let Some(first) = firsts.iter_mut().find(|first| same(&first.fields, &fields)) {
            first.class.push(page);
            continue;
        }
        // The first page of most runs is folded with its second, or never.
        let story = (!firsts.is_empty()).then(|| fold(&fields));
        for first in firsts.iter_mut().filter(|first| first.story.is_none()) {
            first.story = Some(fold(&first.fields));
        }
        match firsts.iter_mut().find(|first| first.story == story) {
            Some(first) => first.class.push(page),
            None => firsts.push(First { fields, story, class: vec![page] }),
        }
    }
    Ok(firsts.into_iter().map(|first| first.class).collect())
}

fn put_lowest_first<R: Ord>(class: &mut [PageId], rank: &impl Fn(PageId) -> R) {
    if class.len() > 1 {
        let ranked = class.iter().enumerate().map(|(at, &page)| (rank(page), at));
        let first = ranked.min().map_or(0, |(_, at)| at);
        class.swap(0, first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(pages: &[(&str, &str)]) -> (Vec<Vec<PageId>>, Vec<String>) {
        let mut folded = Vec::new();
        let classes = equal_stories(
            0..pages.len() as PageId,
            |page| Ok(pages[page as usize]),
            |a, b| a.0 == b.0,
            |page| {
                folded.push(page.0.to_owned());
                page.1.to_owned()
            },
        );
        (classes.unwrap(), folded)
    }

    #[test]
    fn stories_of_equal_hash_are_told_apart() {
        let pages = [("سلام", "س"), ("حرب", "ح"), ("سلامٌ", "س"), ("حربٌ", "ح"), ("هدنة", "ه")];
        assert_eq!(classes(&pages).0, [vec![0, 2], vec![1, 3], vec![4]]);
    }

    #[test]
    fn only_what_differs_is_folded() {
        let same = [("سلام", "س"); 4];
        assert_eq!(classes(&same), (vec![vec![0, 1, 2, 3]], vec![]));
        let respelled = [("سلام", "س"), ("سلام", "س"), ("سلامٌ", "س"), ("سلام", "س")];
        let (found, folded) = classes(&respelled);
        assert_eq!((found, folded.len()), (vec![vec![0, 1, 2, 3]], 2));
    }

    #[test]
    fn classes_list_who_stands_first() {
        let copies = ExactCopies { stands_for: vec![2, 1, 2, 2, 4], copies: 2 };
        assert_eq!(copies.classes(), [vec![2, 0, 3]]);
        assert!(copies.leads(1) && !copies.leads(0));
    }
}
