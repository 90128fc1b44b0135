//! What is lost with pasted stories: with a page go the second stories that stand on it.
//!
//! In: blocks of embedded stories, and which pages go. Out: of a page that goes, the words of its embedded
//! stories that neither its keeper has nor the page that stays with the same block. Cost: nothing where
//! that page has the very text; else two or three passages are made again.

use std::cmp::Reverse;

use super::StoryBlock;
use super::lost::{KeptWords, LostWords};
use crate::error::Result;
use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::pages::{PageId, PageTable, PassageId, PassageReader};

/// What stays in the place of every embedded story whose page goes.
///
/// Pages go in turns ([`Pasted::go`]): with a page that goes later may be lost what stayed with it till
/// then, and its words tell so.
pub struct Pasted<'a> {
    table: &'a PageTable,
    /// Which embedded story stands for those of equal text.
    lead: Vec<u32>,
    /// The block of every embedded story, or [`NONE`].
    block_of: Vec<u32>,
    blocks: Vec<Places>,
    gone: Vec<bool>,
    /// Of every embedded story that stands for others how many of that text are on pages that stay.
    staying: Vec<u32>,
    /// What stays in the place of those whose pages went.
    instead: Vec<Instead>,
}

/// Where a block stands.
struct Places {
    /// A page that stays and whose story it is.
    story: Option<PageId>,
    /// Embedded stories; of those that stay the longest comes last.
    embedded: Vec<u32>,
}

/// What stays in the place of an embedded story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Instead {
    Nothing,
    /// The same story as this passage has it.
    Passage(PassageId),
    /// Every word of it.
    All,
}

/// Stands for no block.
const NONE: u32 = u32::MAX;

/// Reads what pages lose, in the memory of those before.
pub struct PastedReader<'a> {
    reader: PassageReader<'a>,
    frequencies: &'a Frequencies,
    kept: KeptWords,
    instead: KeptWords,
    instead_text: String,
    hashes: Vec<u64>,
}

impl<'a> PastedReader<'a> {
    /// Of passages that `reader` makes; `frequencies` tell how rare words are.
    pub fn new(reader: PassageReader<'a>, frequencies: &'a Frequencies) -> Self {
        let [kept, instead] = [(); 2].map(|()| KeptWords::default());
        let (instead_text, hashes) = <_>::default();
        Self { reader, frequencies, kept, instead, instead_text, hashes }
    }
}

impl<'a> Pasted<'a> {
    /// All embedded stories of `table` in their blocks, of which `lead` is [`lead_embedded`]; `keeper`
    /// tells the page that stays for a page's story.
    ///
    /// [`lead_embedded`]: super::lead_embedded
    pub fn new(
        table: &'a PageTable,
        lead: Vec<u32>,
        blocks: impl IntoIterator<Item = StoryBlock>,
        keeper: impl Fn(PageId) -> PageId,
    ) -> Self {
        let mut block_of = vec![NONE; table.embedded.len()];
        let place = |(number, block): (u32, StoryBlock)| {
            let StoryBlock { occurrences: mut embedded, story } = block;
            for &e in &embedded {
                block_of[e as usize] = number;
            }
            embedded.sort_unstable_by_key(|&e| (table.embedded[e as usize].words, Reverse(e)));
            Places { story: story.map(&keeper), embedded }
        };
        let blocks = (0..).zip(blocks).map(place).collect();
        let mut staying = vec![0; lead.len()];
        for &e in &lead {
            staying[e as usize] += 1;
        }
        let (gone, instead) = (vec![false; table.len()], vec![Instead::All; lead.len()]);
        Self { table, lead, block_of, blocks, gone, staying, instead }
    }

    /// These pages go. What stays of their embedded stories is what does when all of them have gone.
    pub fn go(&mut self, pages: &[PageId]) {
        for &page in pages {
            if std::mem::replace(&mut self.gone[page as usize], true) {
                continue;
            }
            for e in self.table.embedded_of(page) {
                self.staying[self.lead[e as usize] as usize] -= 1;
            }
        }
        for &page in pages {
            for e in self.table.embedded_of(page) {
                self.instead[e as usize] = self.instead_of(e);
            }
        }
    }

    /// A page that went last stays after all.
    pub fn stay(&mut self, page: PageId) {
        self.gone[page as usize] = false;
        let order = |e: u32| (self.table.embedded[e as usize].words, Reverse(e));
        for e in self.table.embedded_of(page) {
            self.staying[self.lead[e as usize] as usize] += 1;
            let Some(places) = self.blocks.get_mut(self.block_of[e as usize] as usize) else {
                continue;
            };
            if let Err(at) = places.embedded.binary_search_by_key(&order(e), |&e| order(e)) {
                places.embedded.insert(at, e);
            }
        }
    }

    fn instead_of(&mut self, e: u32) -> Instead {
        let at = |e: u32| self.table.embedded[e as usize];
        if at(e).words == 0 || self.staying[self.lead[e as usize] as usize] > 0 {
            return Instead::All;
        }
        let Some(places) = self.blocks.get_mut(self.block_of[e as usize] as usize) else {
            return Instead::Nothing;
        };
        while places.embedded.pop_if(|e| self.gone[at(*e).page as usize]).is_some() {}
        let pasted = places.embedded.last().map(|&e| (at(e).words, self.table.len() as u32 + e));
        let story = places.story.map(|page| (self.table.words[page as usize], page));
        match pasted.max(story) {
            Some((_, passage)) => Instead::Passage(passage),
            None => Instead::Nothing,
        }
    }

    /// Whether words of embedded stories of a page may be lost with it.
    pub fn may_lose(&self, page: PageId) -> bool {
        self.table.embedded_of(page).any(|e| self.instead[e as usize] != Instead::All)
    }

    /// The words of the embedded stories of `page`, which goes, that are neither in a passage of `keep`,
    /// its keeper, nor in the passage that stays in their place.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn lost(
        &self,
        page: PageId,
        keep: PageId,
        reading: &mut PastedReader<'_>,
    ) -> Result<LostWords> {
        let mut lost = LostWords::default();
        let first = self.table.len() as PassageId;
        let instead = |e: u32| self.instead[e as usize];
        let mut losing: Vec<(Instead, u32)> =
            self.table.embedded_of(page).map(|e| (instead(e), e)).collect();
        losing.retain(|&(instead, _)| instead != Instead::All);
        if losing.is_empty() {
            return Ok(lost);
        }
        let PastedReader { reader, frequencies, kept, instead, instead_text, hashes } = reading;
        hashes.clear();
        let pasted = self.table.embedded_of(keep).map(|e| first + e);
        for passage in std::iter::once(keep).chain(pasted) {
            hashes.extend_from_slice(reader.passage(passage)?.hashes());
        }
        kept.set_hashes(hashes);
        // What stays is made once for all in whose place it stays.
        losing.sort_unstable();
        for losing in losing.chunk_by(|a, b| a.0 == b.0) {
            instead.set_hashes(&[]);
            instead_text.clear();
            if let Instead::Passage(passage) = losing[0].0 {
                let text = reader.passage(passage)?;
                instead.set(text);
                instead_text.push_str(text.text());
            }
            for &(_, e) in losing {
                let text = reader.passage(first + e)?;
                let words = text.len() - usize::from(ends_within_a_word(text, instead_text));
                lost.join(kept.lost_beside(instead, (text, words), frequencies), frequencies);
            }
        }
        Ok(lost)
    }
}

/// Whether the last word of a passage is the beginning of one in `longer`: sites cut what they paste at
/// so many letters.
fn ends_within_a_word(passage: &Folded, longer: &str) -> bool {
    let Some(last) = passage.len().checked_sub(1).map(|last| passage.word(last)) else {
        return false;
    };
    let mut places = longer.match_indices(last).map(|(at, _)| at);
    places.any(|at| longer[..at].is_empty() || longer[..at].ends_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::lead_embedded;
    use crate::pages::EmbeddedAt;
    use crate::types::ByteSpan;
    use proptest::prelude::*;

    /// Pages of which each has second stories of these texts and lengths.
    fn table(pages: &[Vec<(u128, u32)>]) -> PageTable {
        let mut table = PageTable::default();
        for (page, embedded) in (0..).zip(pages) {
            table.at.push(crate::read::RecordAt { file: 0, length: 0, offset: 0 });
            table.words.push(100);
            for (nth, &(hash, words)) in (0..).zip(embedded) {
                let span = ByteSpan::new(0, 0);
                table.embedded.push(EmbeddedAt { page, nth, words, hash, span });
            }
        }
        table
    }

    /// What stays in the place of a second story, looked for everywhere.
    fn expected(
        table: &PageTable,
        block: &[u32],
        story: Option<PageId>,
        e: u32,
        gone: &[bool],
    ) -> Instead {
        let at = |e: u32| table.embedded[e as usize];
        let all = 0..table.embedded.len() as u32;
        let mut staying = all.filter(|&other| !gone[at(other).page as usize]);
        if at(e).words == 0 || staying.any(|other| at(other).hash == at(e).hash) {
            return Instead::All;
        }
        let staying =
            block.iter().filter(|&&other| block.contains(&e) && !gone[at(other).page as usize]);
        let pasted = staying.map(|&other| (at(other).words, Reverse(other))).max();
        let pasted = pasted.map(|(words, Reverse(other))| (words, table.len() as u32 + other));
        let story = story.filter(|_| block.contains(&e)).map(|page| (100, page));
        pasted.max(story).map_or(Instead::Nothing, |(_, passage)| Instead::Passage(passage))
    }

    proptest! {
        #[test]
        fn what_stays_is_what_a_search_finds(
            pages in prop::collection::vec(prop::collection::vec((0u128..6, 0u32..200), 0..4), 1..12),
            story in any::<bool>(),
            turns in prop::collection::vec((prop::collection::vec(0u32..12, 0..4), any::<bool>()), 0..6),
        ) {
            let table = table(&pages);
            // Every second of them is in the one block.
            let block: Vec<u32> = (0..table.embedded.len() as u32).filter(|e| e % 2 == 0).collect();
            let story = story.then_some(0);
            let blocks = [StoryBlock { occurrences: block.clone(), story }];
            let mut pasted = Pasted::new(&table, lead_embedded(&table), blocks, |page| page);
            let mut gone = vec![false; table.len()];
            for (turn, back) in turns {
                let mut turn: Vec<u32> = turn.into_iter().filter(|&page| (page as usize) < table.len()).collect();
                turn.retain(|&page| !gone[page as usize]);
                pasted.go(&turn);
                for &page in &turn {
                    gone[page as usize] = true;
                }
                for &page in &turn {
                    for e in table.embedded_of(page) {
                        prop_assert_eq!(pasted.instead[e as usize], expected(&table, &block, story, e, &gone));
                    }
                }
                if let Some(&page) = turn.last().filter(|_| back) {
                    pasted.stay(page);
                    gone[page as usize] = false;
                }
            }
        }
    }
}
