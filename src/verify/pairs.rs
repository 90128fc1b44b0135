//! Candidate pairs to exact scores.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::PairScore;
use crate::error::{Error, ErrorKind, Result};
use crate::pages::{PageId, PageTable, Sketches};
use crate::passage::{StoryMaker, StoryScratch};
use crate::progress::Progress;
use crate::read::Corpus;
use crate::shingle::{SHORT_WORDS, Shingle};
use crate::union_find::UnionFind;

/// A pair and its exact score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredPair {
    /// The page of the lower number.
    pub a: PageId,
    /// The other page.
    pub b: PageId,
    /// Scored from the texts.
    pub score: PairScore,
    /// Whether it is a copy.
    pub accepted: bool,
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verified {
    /// Every pair that was scored, sorted by `(a, b)`.
    pub pairs: Vec<ScoredPair>,
    /// Candidates that a sketch ruled out.
    pub far_below: u64,
}

/// Scores pairs of stories from their texts.
pub struct Verifier<'a> {
    /// The archive.
    pub corpus: &'a Corpus,
    /// Where its pages lie.
    pub table: &'a PageTable,
    /// Makes their stories.
    pub maker: &'a StoryMaker,
    /// Their sketches.
    pub sketches: &'a Sketches,
    /// Shingle of texts that are not both short.
    pub long: Shingle,
    /// Whether two short texts are compared by [`Shingle::SHORT`].
    pub short: bool,
    /// Jaccard similarity from which two stories are copies.
    pub threshold: f64,
}

/// Sets of shingles made lately, in one growing buffer. It is emptied when it is full: a set is
/// cheap to make again.
#[derive(Default)]
pub struct SetCache {
    story: StoryScratch,
    set: Vec<u64>,
    sets: Vec<u64>,
    places: HashMap<(PageId, bool), Range<usize>>,
}

/// Shingles that a cache holds: 16 MiB a thread.
const CACHED_SHINGLES: usize = 2 << 20;

/// Pairs that one task takes; they lie close together, so that their sets are made once.
const TASK_PAIRS: usize = 2048;

impl Verifier<'_> {
    /// Scores candidates `(a, b)`, `a < b`, sorted and each once. Unless `all` is set, a pair
    /// whose sketches lie far below the threshold is left out.
    ///
    /// Pairs are taken component by component, so that a text is made about once: about 20 µs a
    /// text and 1 µs a pair.
    ///
    /// # Errors
    /// When a record cannot be read again or the caller cancels.
    pub fn verify(
        &self,
        candidates: &[(PageId, PageId)],
        all: bool,
        progress: &dyn Progress,
    ) -> Result<Verified> {
        let mut near: Vec<(PageId, PageId)> = candidates
            .par_iter()
            .copied()
            .filter(|&(a, b)| all || !self.far_below(a, b))
            .collect();
        let far_below = (candidates.len() - near.len()) as u64;
        by_component(&mut near, self.table.len());
        let tasks: Vec<Vec<ScoredPair>> = near
            .par_chunks(TASK_PAIRS)
            .map_init(SetCache::default, |cache, pairs| {
                if progress.cancelled() {
                    return Err(Error::from(ErrorKind::Interrupted));
                }
                let scored: Result<Vec<_>> = pairs
                    .iter()
                    .map(|&(a, b)| self.scored(a, b, cache))
                    .collect();
                progress.add(pairs.len() as u64, 0);
                scored
            })
            .collect::<Result<_>>()?;
        let mut pairs: Vec<ScoredPair> = tasks.into_iter().flatten().collect();
        pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        Ok(Verified { pairs, far_below })
    }

    fn scored(&self, a: PageId, b: PageId, cache: &mut SetCache) -> Result<ScoredPair> {
        let score = self.score(a, b, cache)?;
        Ok(ScoredPair {
            a,
            b,
            score,
            accepted: score.jaccard >= self.threshold,
        })
    }

    /// The exact score of two stories.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn score(&self, a: PageId, b: PageId, cache: &mut SetCache) -> Result<PairScore> {
        if cache.sets.len() > CACHED_SHINGLES {
            cache.sets.clear();
            cache.places.clear();
        }
        let short = self.both_short(a, b);
        let a = self.set(a, short, cache)?;
        let b = self.set(b, short, cache)?;
        Ok(PairScore::of(&cache.sets[a], &cache.sets[b]))
    }

    fn set(&self, page: PageId, short: bool, cache: &mut SetCache) -> Result<Range<usize>> {
        if let Some(place) = cache.places.get(&(page, short)) {
            return Ok(place.clone());
        }
        let record = self.table.record(self.corpus, page)?;
        let story = self.maker.story(&record, &mut cache.story);
        let shingle = if short { Shingle::SHORT } else { self.long };
        shingle.set_into(story, &mut cache.set);
        let from = cache.sets.len();
        cache.sets.extend_from_slice(&cache.set);
        let place = from..cache.sets.len();
        cache.places.insert((page, short), place.clone());
        Ok(place)
    }

    fn both_short(&self, a: PageId, b: PageId) -> bool {
        let short = |page: PageId| (self.table.words[page as usize] as usize) < SHORT_WORDS;
        self.short && short(a) && short(b)
    }

    /// Whether the sketches of two stories rule out that they are copies.
    pub fn far_below(&self, a: PageId, b: PageId) -> bool {
        let matrix = if self.both_short(a, b) {
            &self.sketches.short
        } else {
            &self.sketches.long
        };
        match (matrix.row_of(a), matrix.row_of(b)) {
            (Some(a), Some(b)) => matrix.far_below(a, b, self.threshold),
            // A story without a word is a copy of nothing.
            _ => true,
        }
    }
}

/// Orders pairs so that those of one connected component follow one another.
fn by_component(pairs: &mut [(PageId, PageId)], pages: usize) {
    let mut sets = UnionFind::new(pages);
    for &(a, b) in pairs.iter() {
        sets.union(a, b);
    }
    let root: Vec<PageId> = (0..pages as PageId).map(|page| sets.find(page)).collect();
    pairs.par_sort_unstable_by_key(|&(a, b)| (root[a as usize], a, b));
}
