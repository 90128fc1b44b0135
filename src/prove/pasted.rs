//! The second stories of a run's pages, and what stays of them, told again from its files.

use std::cmp::Reverse;

use super::pages::Pages;
use super::removals::Membership;
use super::verify::Proof;
use crate::cluster::{Pasted, StoryBlock, lead_embedded};
use crate::error::Result;
use crate::pages::PageId;
use crate::passage::{Parts, Scope};
use crate::progress::Progress;
use crate::saved::Lines;
use crate::types::ByteSpan;
use crate::write::BlockLine;

/// What stays of the second stories of pages that go: first all copies, then `contained` pages in the order in
/// which a run takes them. A place of a block where no second story stands is a fault.
///
/// # Errors
/// When a file or record cannot be read.
pub(super) fn pasted<'p>(
    pages: &'p Pages,
    membership: &Membership,
    mut contained: Vec<PageId>,
    proof: &mut Proof,
    progress: &dyn Progress,
) -> Result<Pasted<'p>> {
    let table = pages.table();
    let blocks = match pages.run().matching.scope {
        Scope::Story => blocks(pages, proof, progress)?,
        Scope::Page => Vec::new(),
    };
    let keeper = |page| membership.keeper(page);
    let mut pasted = Pasted::new(table, lead_embedded(table), blocks, keeper);
    pasted.go(&membership.copies());
    contained.sort_unstable_by_key(|&page| (Reverse(table.words[page as usize]), page));
    for page in contained {
        pasted.go(&[page]);
    }
    Ok(pasted)
}

/// The blocks of second stories.
fn blocks(pages: &Pages, proof: &mut Proof, progress: &dyn Progress) -> Result<Vec<StoryBlock>> {
    let path = pages.run().dir.join("blocks.jsonl");
    let mut blocks: Vec<StoryBlock> = Vec::new();
    let mut places: Vec<(PageId, ByteSpan, usize)> = Vec::new();
    for line in Lines::<BlockLine<'static>>::open(&path, progress)? {
        let line = line?;
        if line.kind != "related_story" {
            continue;
        }
        for place in &line.occurrences {
            match pages.find(&place.id)? {
                Some(page) if place.start <= place.end => {
                    places.push((page, ByteSpan::new(place.start, place.end), blocks.len()));
                }
                Some(_) => proof.fault("block", &*place.id, nothing_there(place.start, place.end)),
                None => proof.fault("block", &*place.id, "it is no page of the archive".to_owned()),
            }
        }
        let story = match &line.story {
            Some(id) => pages.find(id)?,
            None => None,
        };
        if line.story.is_some() && story.is_none() {
            proof.fault("block", &line.block, "its story is no page of the archive".to_owned());
        }
        blocks.push(StoryBlock { occurrences: Vec::new(), story });
    }
    places.sort_unstable();
    let table = pages.table();
    let mut parts = Parts::default();
    for on_page in places.chunk_by(|a, b| a.0 == b.0) {
        let page = on_page[0].0;
        parts.unpack(table.parts(page));
        let first = table.embedded_of(page).start;
        for &(_, span, block) in on_page {
            // They stand in the page in this order.
            match parts.embedded.binary_search_by_key(&span.start, |at| at.story.start) {
                Ok(nth) if parts.embedded[nth].story == span => {
                    blocks[block].occurrences.push(first + nth as u32);
                }
                _ => {
                    proof.fault("block", pages.id(page)?, nothing_there(span.start, span.end));
                }
            }
        }
    }
    Ok(blocks)
}

fn nothing_there(start: u32, end: u32) -> String {
    format!("no second story stands there from byte {start} to {end}")
}
