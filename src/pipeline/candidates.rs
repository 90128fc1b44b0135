//! Which pairs are worth scoring: what bands and anchors find, of stories and of pasted blocks.
//!
//! In: the sketches and anchors of all passages, and who stands for exact copies. Out: pairs of page
//! stories, and pairs with an embedded story. Cost: that of [`band`](crate::band).

use std::path::Path;

use super::{verifies_all, wants_runs};
use crate::band::{Candidates, anchor_candidates, band_candidates, hamming_candidates};
use crate::config::{MatchBy, MatchConfig, Method};
use crate::error::Result;
use crate::pages::{PageId, PageTable, PassageId, Sketches};
use crate::shingle::SHORT_WORDS;
use crate::sketch::{Anchors, Row, SketchMatrix};
use crate::verify::ExactCopies;

/// What is scored next.
pub(super) struct Suspects {
    /// Pairs of pages whose stories may be copies, or one part of the other.
    pub(super) stories: Candidates,
    /// Pairs of passages of which the second is an embedded story.
    pub(super) blocks: Vec<(PassageId, PassageId)>,
}

/// Pairs worth scoring: from the sketches of long and of short stories, and from shared anchors.
/// Of passages with equal text only one takes part.
pub(super) fn candidates(
    matching: &MatchConfig,
    table: &PageTable,
    sketches: &Sketches,
    anchors: Anchors,
    exact: &ExactCopies,
    lead: &[u32],
    spill: Option<&Path>,
) -> Result<Suspects> {
    let pages = table.len() as PassageId;
    let all_pairs = verifies_all(matching);
    let leads = |passage: PassageId| match passage.checked_sub(pages) {
        None => exact.leads(passage),
        Some(number) => lead[number as usize] == number,
    };
    let find = |matrix: &SketchMatrix| {
        let passage = |row: Row| matrix.passages()[row as usize];
        let mut found = match matching.method {
            Method::Minhash => {
                let alike =
                    |a, b| all_pairs || matching.match_by.alike(matrix, a, b, matching.threshold);
                band_candidates(matrix, |row| leads(passage(row)), alike)
            }
            Method::Simhash => {
                hamming_candidates(matrix, matching.hamming, |row| leads(passage(row)))
            }
        };
        // Rows ascend with their passages, so the order of pairs stays.
        for pair in &mut found.pairs {
            *pair = (passage(pair.0), passage(pair.1));
        }
        found
    };
    let mut all = find(&sketches.long);
    all.join(find(&sketches.short));
    let wanted = |passage| leads(passage) && (passage >= pages || !table.is_wordless(passage));
    let is_short = |page: PageId| (table.words[page as usize] as usize) < SHORT_WORDS;
    let alike = |a, b, may_be: bool| {
        if all_pairs || b >= pages {
            return true;
        }
        if !may_be {
            return false;
        }
        // Few stories have a row among the short ones, which takes a search.
        let (short, long) = (&sketches.short, &sketches.long);
        let of = |matrix: &SketchMatrix| matrix.row_of(a).zip(matrix.row_of(b));
        let alike = |matrix, (a, b)| matching.match_by.alike(matrix, a, b, matching.threshold);
        let both_short = is_short(a) && is_short(b);
        match both_short.then(|| of(short)).flatten() {
            Some(rows) => alike(short, rows),
            None => of(long).is_some_and(|rows| alike(long, rows)),
        }
    };
    // Pairs that have nothing in common but what very many have are not read.
    let banded = if matching.match_by == MatchBy::Reader && !all_pairs {
        std::mem::take(&mut all.pairs)
    } else {
        Vec::new()
    };
    let sharing = anchor_candidates(&anchors, wanted, alike, &banded, spill)?;
    drop((anchors, banded));
    let runs = wants_runs(matching);
    let (mut stories, mut blocks) = (Vec::new(), Vec::new());
    for &pair in &sharing.pairs {
        match pair.1 < pages {
            true if runs => stories.push(pair),
            true => {}
            false => blocks.push(pair),
        }
    }
    stories.extend(sharing.others);
    all.join(Candidates::of(stories));
    blocks.extend(all.pairs.iter().filter(|pair| pair.1 >= pages));
    all.pairs.retain(|pair| pair.1 < pages);
    // A page's story is not compared with what is pasted into the same page.
    blocks.retain(|&(a, b)| table.part(a).0 != table.part(b).0);
    blocks.sort_unstable();
    blocks.dedup();
    // Pairs were many more before their repeats were dropped.
    all.pairs.shrink_to_fit();
    Ok(Suspects { stories: all, blocks })
}
