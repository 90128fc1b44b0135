//! Pairs with an embedded story: is it the same story, differently cut?

use rayon::prelude::*;

use super::PairScore;
use crate::error::{Error, ErrorKind, Result};
use crate::pages::{PageTable, PassageId};
use crate::passage::{PassageMaker, PassageScratch};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::Corpus;
use crate::shingle::Shingle;

/// A pair of passages of which at least one is an embedded story.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockPair {
    /// The passage of the lower number: a story, or an embedded one.
    pub a: PassageId,
    /// An embedded story.
    pub b: PassageId,
    /// Scored from the texts.
    pub score: PairScore,
    /// Whether the two are one story: the shorter lies in the longer, and the longer begins with
    /// what the shorter has.
    pub one_story: bool,
}

/// Share of the shorter passage's shingles that the longer must have. Cuts of one story have all
/// but those that were edited; a heavy edit leaves half.
const CONTAINED: f64 = 0.5;

/// Shingles at the head of the longer passage that are looked for in the shorter.
const HEAD: usize = 40;

/// Share of the head that the shorter must have: a site that embeds a story cuts it at the end. A
/// digest that holds a story in its middle is not that story.
const HEAD_SHARED: f64 = 0.4;

/// Pairs that one task takes.
const TASK_PAIRS: usize = 512;

/// A passage as it is compared here.
#[derive(Clone, Default)]
struct Loaded {
    head: Vec<u64>,
    set: Vec<u64>,
}

/// Scores pairs `(a, b)` of passages, `a < b`, sorted; `b` is always an embedded story.
///
/// # Errors
/// When a record cannot be read again or the caller cancels.
pub fn verify_blocks(
    corpus: &Corpus,
    table: &PageTable,
    maker: &PassageMaker<'_>,
    shingle: Shingle,
    pairs: &[(PassageId, PassageId)],
    progress: &dyn Progress,
) -> Result<Vec<BlockPair>> {
    let pool = Pool::new(|| (PassageScratch::default(), Loaded::default(), Loaded::default()));
    // By embedded story, so that it is made once for all its pairs.
    let mut order: Vec<(PassageId, PassageId)> = pairs.iter().map(|&(a, b)| (b, a)).collect();
    order.par_sort_unstable();
    let load = |passage, scratch: &mut PassageScratch, into: &mut Loaded| -> Result<()> {
        let (page, nth) = table.part(passage);
        let record = table.record(corpus, page)?;
        maker.make(&record, scratch);
        let text = match nth {
            None => scratch.story(),
            Some(nth) => maker.embedded(nth, scratch),
        };
        into.set.clear();
        shingle.hash_into(text, &mut into.set);
        into.head.clear();
        into.head.extend(into.set.iter().take(HEAD));
        into.set.sort_unstable();
        into.set.dedup();
        Ok(())
    };
    let tasks: Vec<Vec<BlockPair>> = order
        .par_chunks(TASK_PAIRS)
        .map(|pairs| {
            if progress.cancelled() {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            pool.lend(|(scratch, left, right)| {
                let mut scored = Vec::with_capacity(pairs.len());
                let mut loaded = None;
                for &(b, a) in pairs {
                    if loaded != Some(b) {
                        load(b, scratch, right)?;
                        loaded = Some(b);
                    }
                    load(a, scratch, left)?;
                    let score = PairScore::of(&left.set, &right.set);
                    scored.push(BlockPair {
                        a,
                        b,
                        score,
                        one_story: one_story(left, right, score),
                    });
                }
                progress.add(pairs.len() as u64, 0);
                Ok(scored)
            })
        })
        .collect::<Result<_>>()?;
    let mut scored: Vec<BlockPair> = tasks.into_iter().flatten().collect();
    scored.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
    Ok(scored)
}

fn one_story(a: &Loaded, b: &Loaded, score: PairScore) -> bool {
    let (shorter, longer, contained) =
        if a.set.len() <= b.set.len() { (a, b, score.a_in_b) } else { (b, a, score.b_in_a) };
    let shared = longer.head.iter().filter(|hash| shorter.set.binary_search(hash).is_ok()).count();
    let sought = longer.head.len().min(shorter.set.len());
    contained >= CONTAINED && shared as f64 >= HEAD_SHARED * sought as f64
}
