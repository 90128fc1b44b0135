//! Shared blocks: what sites paste into each other's pages.
//!
//! In: the second stories pasted into pages, the lines of furniture, and scored pairs of passages.
//! Out: blocks, each with the pages it stands on, and the page whose story it is. Different cuts
//! and spellings of one story are one block. Does not: join stories; a block edge never does.

use crate::pages::{PageId, PageTable, PassageId};
use crate::union_find::UnionFind;
use crate::verify::BlockPair;

/// A second story that stands on several pages, or that is the story of another page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryBlock {
    /// Numbers in [`PageTable::embedded`] of its occurrences, ascending.
    pub occurrences: Vec<u32>,
    /// A page whose story it is.
    pub story: Option<PageId>,
}

/// Which embedded story stands for those of equal folded text: itself, or an earlier one.
pub fn lead_embedded(table: &PageTable) -> Vec<u32> {
    let mut order: Vec<u32> = (0..table.embedded.len() as u32).collect();
    let hash = |e: u32| table.embedded[e as usize].hash;
    order.sort_unstable_by_key(|&e| (hash(e), e));
    let mut lead: Vec<u32> = (0..order.len() as u32).collect();
    for run in order.chunk_by(|&a, &b| hash(a) == hash(b)) {
        for &e in run {
            lead[e as usize] = run[0];
        }
    }
    lead
}

/// Gathers embedded stories into blocks from pairs that are of one story.
///
/// A pair joins two embedded stories, or an embedded story with the stories of a page; two
/// embedded stories of the same page's story (or of copies of it) are one block. `story_of` gives
/// the page that stands for a page's story cluster.
pub fn story_blocks(
    table: &PageTable,
    lead: &[u32],
    pairs: &[BlockPair],
    story_of: impl Fn(PageId) -> PageId,
) -> Vec<StoryBlock> {
    let pages = table.len() as PassageId;
    // Passages are the nodes: stories by the page that stands for them, then embedded stories.
    let mut sets = UnionFind::new(table.len() + table.embedded.len());
    for (e, &first) in lead.iter().enumerate() {
        sets.union(pages + e as u32, pages + first);
    }
    let node = |passage: PassageId| if passage < pages { story_of(passage) } else { passage };
    for pair in pairs.iter().filter(|pair| pair.one_story) {
        sets.union(node(pair.a), node(pair.b));
    }
    let mut members: Vec<(u32, u32)> = (0..table.embedded.len() as u32)
        .filter(|&e| table.embedded[e as usize].words > 0)
        .map(|e| (sets.find(pages + e), e))
        .collect();
    members.sort_unstable();
    let mut best: Vec<(u32, Link)> = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.one_story && pair.a < pages) {
        let link = Link { shared: pair.score.shared, page: std::cmp::Reverse(pair.a) };
        best.push((sets.find(pages + lead[(pair.b - pages) as usize]), link));
    }
    best.sort_unstable();
    members
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|run| {
            let occurrences: Vec<u32> = run.iter().map(|&(_, e)| e).collect();
            let after = best.partition_point(|(root, _)| *root <= run[0].0);
            let story = after
                .checked_sub(1)
                .map(|at| best[at])
                .filter(|(root, _)| *root == run[0].0)
                .map(|(_, link)| link.page.0);
            let mut on: Vec<PageId> =
                occurrences.iter().map(|&e| table.embedded[e as usize].page).collect();
            on.dedup();
            (on.len() > 1 || story.is_some()).then_some(StoryBlock { occurrences, story })
        })
        .collect()
}

/// How well a page's story fits a block: the most shared shingles, then the first page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    shared: u32,
    page: std::cmp::Reverse<PageId>,
}
