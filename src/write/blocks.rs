//! `blocks.jsonl`: what sites paste into each other's pages, with every place it stands.

use std::borrow::Cow;
use std::cmp::Reverse;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::OutDir;
use super::lines::{Lines, write_made};
use super::run::{Outcome, id_of};
use crate::error::Result;
use crate::in_order::in_order;
use crate::pages::{OpenPages, PageId};
use crate::passage::Parts;
use crate::processor::fetch;
use crate::segment::{Segment, SegmentKind};
use crate::sorted::HashIndex;
use crate::types::ByteSpan;

/// A line of `blocks.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BlockLine<'a> {
    /// Hash of its folded variants.
    pub block: String,
    /// What it is.
    pub kind: Cow<'static, str>,
    /// Pages it stands on.
    pub pages: usize,
    /// Their outlets, sorted, each once.
    pub outlets: Vec<Cow<'a, str>>,
    /// Title of an embedded story, of its longest variant.
    pub title: Option<String>,
    /// Text of its longest variant.
    pub text: String,
    /// Bytes of that text.
    pub bytes: usize,
    /// Id of a page whose story it is; of a line of a list, of the one page whose title it is.
    pub story: Option<String>,
    /// Ids of the first pages with that title, where they are several.
    pub stories: Vec<String>,
    /// Where it stands.
    pub occurrences: Vec<OccurrenceLine<'a>>,
}

/// A place where a block stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OccurrenceLine<'a> {
    /// Page id.
    pub id: Cow<'a, str>,
    /// Its outlet, if known.
    pub outlet: Option<Cow<'a, str>>,
    /// First byte in the page's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    block: u32,
    page: PageId,
    span: ByteSpan,
    kind: SegmentKind,
}

/// Which block every embedded story and every furniture line belongs to.
pub struct BlockIndex {
    /// Of every embedded story its block, or `NONE`.
    of_embedded: Vec<u32>,
    /// Keys of shared lines; their blocks follow the story blocks in this order.
    lines: Vec<u64>,
    places: HashIndex,
    /// Hash of the folded variants, of every block.
    names: Vec<u64>,
    /// Number of story blocks.
    stories: usize,
    /// Keys of the titles of pages, and the pages; sorted.
    titles: Vec<(u64, PageId)>,
    title_places: HashIndex,
}

const NONE: u32 = u32::MAX;

/// Most pages with one title that a line of a list names.
const MOST_STORIES: usize = 8;

impl BlockIndex {
    /// Numbers the blocks of a run: those of embedded stories, then shared lines.
    pub fn new(run: &Outcome<'_>) -> Self {
        let mut of_embedded = vec![NONE; run.table.embedded.len()];
        let mut names = Vec::with_capacity(run.blocks.len());
        for (number, block) in run.blocks.iter().enumerate() {
            let mut variants: Vec<u128> = Vec::with_capacity(block.occurrences.len());
            for &e in &block.occurrences {
                of_embedded[e as usize] = number as u32;
                variants.push(run.table.embedded[e as usize].hash);
            }
            variants.sort_unstable();
            variants.dedup();
            let bytes: Vec<u8> = variants.iter().flat_map(|hash| hash.to_le_bytes()).collect();
            names.push(xxh3_64(&bytes));
        }
        let lines = run.table.furniture.shared();
        let places = HashIndex::new(lines.iter().copied());
        names.extend(&lines);
        let mut titles: Vec<(u64, PageId)> =
            run.table.titles().zip(0..).filter(|title| title.0 != 0).collect();
        titles.par_sort_unstable();
        let title_places = HashIndex::new(titles.iter().map(|title| title.0));
        let stories = run.blocks.len();
        Self { of_embedded, lines, places, names, stories, titles, title_places }
    }

    /// The pages whose title a block of lines is, in input order.
    fn titled(&self, block: u32) -> impl Iterator<Item = PageId> + '_ {
        let key = (block as usize).checked_sub(self.stories).map(|line| self.lines[line]);
        let around = &self.titles[key.map_or(0..0, |key| self.title_places.around(key))];
        let from = around.partition_point(|t| Some(t.0) < key);
        around[from..].iter().take_while(move |t| Some(t.0) == key).map(|t| t.1)
    }

    /// The block of an embedded story.
    pub fn of_embedded(&self, embedded: usize) -> Option<u32> {
        self.of_embedded.get(embedded).copied().filter(|&block| block != NONE)
    }

    /// The block of a furniture line, by its key.
    pub fn of_line(&self, key: u64) -> Option<u32> {
        let around = self.places.around(key);
        let at = self.lines[around.clone()].binary_search(&key).ok()?;
        Some((self.stories + around.start + at) as u32)
    }

    /// A block's name in files.
    pub fn name(&self, block: u32) -> String {
        format!("{:016x}", self.names[block as usize])
    }
}

/// Writes `blocks.jsonl`, the blocks on most pages first, and returns how many there are.
///
/// # Errors
/// When a record cannot be read again or the file cannot be written.
pub fn write_blocks(run: &Outcome<'_>, index: &BlockIndex, dir: Option<&OutDir>) -> Result<u64> {
    let occurrences = occurrences(run, index);
    let mut groups: Vec<(usize, &[Occurrence])> = occurrences
        .chunk_by(|a, b| a.block == b.block)
        .map(|group| (group.chunk_by(|a, b| a.page == b.page).count(), group))
        .filter(|(pages, group)| *pages > 1 || stories(run, index, longest(group)).0.is_some())
        .collect();
    let name = |group: &[Occurrence]| index.names[group[0].block as usize];
    groups.sort_by_key(|&(pages, group)| (Reverse(pages), name(group)));
    let Some(dir) = dir else { return Ok(groups.len() as u64) };
    let ids = ids(run, &groups)?;
    let mut tasks = Vec::new();
    let mut rest = groups.as_slice();
    while !rest.is_empty() {
        let mut room = TASK_OCCURRENCES;
        let fits = rest.iter().take_while(|(_, group)| {
            let before = room;
            room = room.saturating_sub(group.len());
            before > 0
        });
        let (task, others) = rest.split_at(fits.count());
        tasks.push(task);
        rest = others;
    }
    let make = |task: &&[(usize, &[Occurrence])], lines: &mut Lines<()>| {
        let mut open = OpenPages::new(run.table, run.corpus.reader());
        task.iter().enumerate().try_for_each(|(nth, &(pages, group))| {
            // What is told of a place lies far from the core.
            for place in
                task.get(nth + AHEAD).into_iter().flat_map(|later| later.1).take(TASK_PAGES)
            {
                ids.fetch_end(place.page);
                run.table.sources.fetch_outlet(place.page);
            }
            lines.add(&block_line(run, index, &ids, pages, group, &mut open)?);
            Ok(())
        })
    };
    write_made(Some(dir.file("blocks.jsonl")?), &tasks, make, |_| {})?;
    Ok(groups.len() as u64)
}

/// Blocks whose places are asked for before their lines are made.
const AHEAD: usize = 4;

/// Occurrences whose lines a thread makes at a time, at least.
const TASK_OCCURRENCES: usize = 1 << 10;

/// Pages whose names are asked for before they are read.
const PAGES_AHEAD: PageId = 8;

/// Pages that a thread looks at at a time.
const TASK_PAGES: usize = 256;

/// Ids of the pages that blocks stand on: a page stands in many of them, and its record is read once.
struct Ids {
    /// Where the id of every page ends, of those before it; and where that of the last one ends.
    ends: Vec<u64>,
    text: String,
}

impl Ids {
    /// The id of a page that blocks stand on.
    fn of(&self, page: PageId) -> &str {
        let end = |at: usize| self.ends[at] as usize;
        &self.text[end(page as usize)..end(page as usize + 1)]
    }

    /// Asks for where the id of a page ends, before it is needed.
    fn fetch_end(&self, page: PageId) {
        fetch(&self.ends, page as usize);
    }

    /// Asks for the id itself.
    fn fetch(&self, page: PageId) {
        fetch(self.text.as_bytes(), self.ends[page as usize] as usize);
    }
}

/// All places of all blocks, by block, page and byte.
fn occurrences(run: &Outcome<'_>, index: &BlockIndex) -> Vec<Occurrence> {
    let table = run.table;
    let on_line = |(page, key, line): (PageId, u64, Segment)| {
        let block = index.of_line(key)?;
        Some(Occurrence { block, page, span: line.span, kind: line.kind })
    };
    let mut all: Vec<Occurrence> = table.furniture.lines().filter_map(on_line).collect();
    let (mut parts, mut unpacked) = (Parts::default(), None);
    all.extend(table.embedded.iter().enumerate().filter_map(|(embedded, at)| {
        let block = index.of_embedded(embedded)?;
        // A page has its second stories one after the other here.
        if unpacked.replace(at.page) != Some(at.page) {
            parts.unpack(table.parts(at.page));
        }
        let span = parts.embedded[at.nth as usize].story;
        Some(Occurrence { block, page: at.page, span, kind: SegmentKind::RelatedStory })
    }));
    // One number is compared faster than four; hardly any block stands on a page twice.
    let page_of = |place: &Occurrence| u64::from(place.block) << 32 | u64::from(place.page);
    all.par_sort_unstable_by_key(page_of);
    for on_page in all.chunk_by_mut(|a, b| page_of(a) == page_of(b)) {
        on_page.sort_unstable();
    }
    all
}

/// The ids of the pages of these blocks.
fn ids(run: &Outcome<'_>, groups: &[(usize, &[Occurrence])]) -> Result<Ids> {
    let mut asked = vec![false; run.table.len()];
    for (_, group) in groups {
        group.iter().for_each(|place| asked[place.page as usize] = true);
    }
    let tasks: Vec<(PageId, &[bool])> =
        (0..).step_by(TASK_PAGES).zip(asked.chunks(TASK_PAGES)).collect();
    let (mut ends, mut text) = (Vec::with_capacity(asked.len() + 1), String::new());
    ends.push(0);
    let read = |(from, asked): &(PageId, &[bool]), ids: &mut Vec<String>| -> Result<()> {
        for (page, &asked) in (*from..).zip(*asked) {
            run.table.fetch_names(run.corpus, page + PAGES_AHEAD);
            ids.push(if asked { id_of(run, page)? } else { String::new() });
        }
        Ok(())
    };
    in_order(&tasks, read, |ids| {
        for id in ids.drain(..) {
            text.push_str(&id);
            ends.push(text.len() as u64);
        }
    })?;
    Ok(Ids { ends, text })
}

/// The place of a block's longest variant.
fn longest(group: &[Occurrence]) -> &Occurrence {
    let longest = group.iter().max_by_key(|o| (o.span.len(), Reverse((o.page, o.span.start))));
    longest.unwrap_or(&group[0])
}

/// The page whose story a block is, or whose title a line of a list is; or the first of them, if
/// several have that title. From the block's longest variant.
fn stories(
    run: &Outcome<'_>,
    index: &BlockIndex,
    longest: &Occurrence,
) -> (Option<PageId>, Vec<PageId>) {
    if let Some(block) = run.blocks.get(longest.block as usize) {
        return (block.story, Vec::new());
    }
    let titled: Vec<PageId> = match kind_name(longest.kind) {
        "related_list" => index.titled(longest.block).take(MOST_STORIES).collect(),
        _ => Vec::new(),
    };
    match titled[..] {
        [page] => (Some(page), Vec::new()),
        _ => (None, titled),
    }
}

fn block_line<'a>(
    run: &'a Outcome<'_>,
    index: &BlockIndex,
    ids: &'a Ids,
    pages: usize,
    group: &[Occurrence],
    open: &mut OpenPages<'_>,
) -> Result<BlockLine<'a>> {
    let longest = longest(group);
    let number = group[0].block;
    let (record, parts) = open.page(longest.page)?;
    let text = record.text.get(longest.span.range()).unwrap_or_default().to_owned();
    let is_story = (number as usize) < run.blocks.len();
    let title = is_story.then(|| title(parts, longest.span, &record.text)).flatten();
    let mut places = Vec::with_capacity(group.len());
    let mut outlets: Vec<u32> = Vec::new();
    for place in group {
        ids.fetch(place.page);
    }
    for place in group {
        let outlet = run.table.sources.outlet(place.page);
        // Most blocks are of one outlet.
        outlets.extend(outlet.filter(|outlet| outlets.last() != Some(outlet)));
        places.push(OccurrenceLine {
            id: ids.of(place.page).into(),
            outlet: outlet.map(|outlet| run.table.sources.name(outlet).into()),
            start: place.span.start,
            end: place.span.end,
        });
    }
    outlets.sort_unstable();
    outlets.dedup();
    let mut outlets: Vec<Cow<'_, str>> =
        outlets.into_iter().map(|outlet| run.table.sources.name(outlet).into()).collect();
    outlets.sort_unstable();
    let (story, stories) = stories(run, index, longest);
    Ok(BlockLine {
        block: index.name(number),
        kind: kind_name(longest.kind).into(),
        pages,
        outlets,
        title,
        bytes: text.len(),
        text,
        story: story.map(|page| id_of(run, page)).transpose()?,
        stories: stories.iter().map(|&page| id_of(run, page)).collect::<Result<_>>()?,
        occurrences: places,
    })
}

/// The title of the second story whose text is at `span`.
fn title(parts: &Parts, span: ByteSpan, text: &str) -> Option<String> {
    let at = parts.embedded.partition_point(|e| e.story.start < span.start);
    let here = parts.embedded.get(at).filter(|e| e.story == span)?;
    Some(text.get(here.title?.range())?.trim().to_owned())
}

/// The name of a block of this kind of segment.
fn kind_name(kind: SegmentKind) -> &'static str {
    match kind {
        SegmentKind::RelatedStory => "related_story",
        SegmentKind::RelatedList | SegmentKind::RelatedTitle | SegmentKind::RelatedHead => {
            "related_list"
        }
        SegmentKind::Keywords => "keywords",
        SegmentKind::Promo => "promo",
        _ => "boilerplate",
    }
}
