//! Candidate pairs to exact scores.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::relation::{COPY_RATIO, share};
use super::{Judge, PairScore, Relation, StoryText};
use crate::error::{Error, ErrorKind, Result};
use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::pages::{PageId, PageTable, Sketches};
use crate::passage::{PassageMaker, PassageScratch};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::Corpus;
use crate::shingle::{SHORT_WORDS, Shingle};
use crate::union_find::UnionFind;

/// What decides that two stories are copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchBy {
    /// A reader's judgement of the aligned texts.
    #[default]
    Reader,
    /// Jaccard similarity of their shingles.
    Jaccard,
}

/// A pair, its exact score and what that means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredPair {
    /// The page of the lower number.
    pub a: PageId,
    /// The other page.
    pub b: PageId,
    /// Scored from the texts.
    pub score: PairScore,
    /// How the two stories relate.
    pub relation: Relation,
    /// Whether it is a copy.
    pub accepted: bool,
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verified {
    /// Every pair that was scored, sorted by `(a, b)`.
    pub pairs: Vec<ScoredPair>,
    /// Candidates that their sketches or lengths ruled out.
    pub far_below: u64,
}

/// Scores pairs of stories from their texts.
pub struct Verifier<'a> {
    /// The archive.
    pub corpus: &'a Corpus,
    /// Where its pages lie.
    pub table: &'a PageTable,
    /// Makes their stories.
    pub maker: &'a PassageMaker<'a>,
    /// Their sketches.
    pub sketches: &'a Sketches,
    /// How rare words are.
    pub frequencies: &'a Frequencies,
    /// What decides.
    pub match_by: MatchBy,
    /// Shingle of texts that are not both short.
    pub long: Shingle,
    /// Whether two short texts are compared by [`Shingle::SHORT`].
    pub short: bool,
    /// Jaccard similarity from which two stories are copies, by [`MatchBy::Jaccard`].
    pub threshold: f64,
}

/// Stories and sets of shingles made lately. They are dropped when they are many: they are cheap
/// to make again.
pub struct SetCache<'f> {
    scratch: PassageScratch,
    judge: Judge<'f>,
    set: Vec<u64>,
    sets: Vec<u64>,
    places: HashMap<(PageId, bool), Range<usize>>,
    stories: Vec<Folded>,
    story_at: HashMap<PageId, usize>,
    words: usize,
}

/// Shingles that a cache holds: 4 MiB a thread, and some two thousand stories.
const CACHED_SHINGLES: usize = 1 << 19;

/// Words of the stories that a cache holds: about 32 bytes each.
const CACHED_WORDS: usize = 1 << 19;

/// Pairs that one task takes; they lie close together, so that their stories are made once.
const TASK_PAIRS: usize = 2048;

/// Jaccard similarity below which no reader sees a copy. Of 86 labeled copies the lowest has .25 here,
/// the next .27 (word 3-shingles).
const READER_FLOOR: f64 = 0.2;

/// Jaccard similarity below which the rules of a reader find no copy: of 9,700 copies in 20,329
/// articles, compared without this bound, none lies below .15 and eleven below .2; the lowest of the
/// labeled ones has .25.
const READER_LEAST: f64 = 0.2;

/// Share of the shingles of one of two stories, in the other, below which they are not aligned.
const READABLE: f64 = 0.15;

/// Share of the shingles of one story that the other must have for [`Relation::Contains`] when
/// Jaccard decides.
const CONTAINED: f64 = 0.8;

impl<'a> Verifier<'a> {
    /// An empty cache for this verifier.
    pub fn cache(&self) -> SetCache<'a> {
        SetCache {
            scratch: PassageScratch::default(),
            judge: Judge::new(self.frequencies),
            set: Vec::new(),
            sets: Vec::new(),
            places: HashMap::new(),
            stories: Vec::new(),
            story_at: HashMap::new(),
            words: 0,
        }
    }

    /// Scores candidates `(a, b)`, `a < b`, sorted and each once. Unless `all` is set, a pair whose
    /// sketches or lengths rule out a copy is left out.
    ///
    /// Pairs are taken component by component, so that a text is made about once: about 20 µs a
    /// text, 1 µs a pair, and 20 µs more where a reader decides.
    ///
    /// # Errors
    /// When a record cannot be read again or the caller cancels.
    pub fn verify(
        &self,
        candidates: &[(PageId, PageId)],
        all: bool,
        progress: &dyn Progress,
    ) -> Result<Verified> {
        let mut near: Vec<(PageId, PageId)> =
            candidates.par_iter().copied().filter(|&(a, b)| all || !self.far_below(a, b)).collect();
        let far_below = (candidates.len() - near.len()) as u64;
        by_component(&mut near, self.table.len());
        let pool = Pool::new(|| self.cache());
        let tasks: Vec<Vec<ScoredPair>> = near
            .par_chunks(TASK_PAIRS)
            .map(|pairs| {
                if progress.cancelled() {
                    return Err(Error::from(ErrorKind::Interrupted));
                }
                let scored: Result<Vec<_>> = pool.lend(|cache| {
                    pairs.iter().map(|&(a, b)| self.scored(a, b, all, cache)).collect()
                });
                progress.add(pairs.len() as u64, 0);
                scored
            })
            .collect::<Result<_>>()?;
        let mut pairs: Vec<ScoredPair> = tasks.into_iter().flatten().collect();
        pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        Ok(Verified { pairs, far_below })
    }

    /// Scores and judges one pair of stories. Unless `all` is set, only whether it is a copy is
    /// wanted, and a pair that cannot be one is not read.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn scored(
        &self,
        a: PageId,
        b: PageId,
        all: bool,
        cache: &mut SetCache<'_>,
    ) -> Result<ScoredPair> {
        if cache.words > CACHED_WORDS {
            cache.words = 0;
            cache.stories.clear();
            cache.story_at.clear();
        }
        let score = self.score(a, b, cache)?;
        let relation = match self.match_by {
            MatchBy::Jaccard => self.by_jaccard(score),
            // The rules of a reader need two fifths of the shorter text in shared runs; below a
            // fifth of its shingles there is nothing to read.
            MatchBy::Reader
                if score.containment() < READABLE || !all && score.jaccard < READER_LEAST =>
            {
                match score.shared {
                    0 => Relation::None,
                    _ => Relation::Overlaps,
                }
            }
            MatchBy::Reader => {
                let (a, b) = (self.story(a, cache)?, self.story(b, cache)?);
                let text = |at: usize| StoryText { folded: &cache.stories[at] };
                cache.judge.judge(text(a), text(b)).relation
            }
        };
        Ok(ScoredPair { a, b, score, relation, accepted: relation == Relation::Copy })
    }

    fn by_jaccard(&self, score: PairScore) -> Relation {
        if score.jaccard >= self.threshold {
            Relation::Copy
        } else if score.containment() >= CONTAINED {
            Relation::Contains
        } else if score.shared > 0 {
            Relation::Overlaps
        } else {
            Relation::None
        }
    }

    /// The exact score of two stories.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn score(&self, a: PageId, b: PageId, cache: &mut SetCache<'_>) -> Result<PairScore> {
        if cache.sets.len() > CACHED_SHINGLES {
            cache.sets.clear();
            cache.places.clear();
        }
        let short = self.both_short(a, b);
        let a = self.set(a, short, cache)?;
        let b = self.set(b, short, cache)?;
        Ok(PairScore::of(&cache.sets[a], &cache.sets[b]))
    }

    fn set(&self, page: PageId, short: bool, cache: &mut SetCache<'_>) -> Result<Range<usize>> {
        if let Some(place) = cache.places.get(&(page, short)) {
            return Ok(place.clone());
        }
        let shingle = if short { Shingle::SHORT } else { self.long };
        if self.match_by == MatchBy::Reader {
            let at = self.story(page, cache)?;
            shingle.set_into(&cache.stories[at], &mut cache.set);
        } else {
            let record = self.table.record(self.corpus, page)?;
            shingle.set_into(self.maker.make(&record, &mut cache.scratch), &mut cache.set);
        }
        let from = cache.sets.len();
        cache.sets.extend_from_slice(&cache.set);
        let place = from..cache.sets.len();
        cache.places.insert((page, short), place.clone());
        Ok(place)
    }

    /// The place of a page's story in the cache; places of the last two pages asked for stay good.
    fn story(&self, page: PageId, cache: &mut SetCache<'_>) -> Result<usize> {
        if let Some(&at) = cache.story_at.get(&page) {
            return Ok(at);
        }
        let record = self.table.record(self.corpus, page)?;
        let story = self.maker.make(&record, &mut cache.scratch);
        let mut copy = Folded::default();
        copy.append(story, 0..story.len());
        cache.words += story.len();
        cache.story_at.insert(page, cache.stories.len());
        cache.stories.push(copy);
        Ok(cache.stories.len() - 1)
    }

    fn lengths_differ(&self, a: PageId, b: PageId) -> bool {
        let [a, b] = [a, b].map(|page| u64::from(self.table.words[page as usize]));
        share(a.min(b), a.max(b)) < COPY_RATIO
    }

    fn both_short(&self, a: PageId, b: PageId) -> bool {
        let short = |page: PageId| (self.table.words[page as usize] as usize) < SHORT_WORDS;
        self.short && short(a) && short(b)
    }

    /// Whether the sketches of two stories, or for a reader their lengths, rule out that they are
    /// copies.
    pub fn far_below(&self, a: PageId, b: PageId) -> bool {
        if self.match_by == MatchBy::Reader && !self.both_short(a, b) && self.lengths_differ(a, b) {
            return true;
        }
        let matrix = if self.both_short(a, b) { &self.sketches.short } else { &self.sketches.long };
        let floor = match self.match_by {
            MatchBy::Jaccard => self.threshold,
            MatchBy::Reader => READER_FLOOR,
        };
        match (matrix.row_of(a), matrix.row_of(b)) {
            (Some(a), Some(b)) => matrix.far_below(a, b, floor),
            // A story without a word is a copy of nothing.
            _ => true,
        }
    }
}

/// Orders pairs so that those of one connected component follow one another.
pub(super) fn by_component(pairs: &mut [(PageId, PageId)], pages: usize) {
    let mut sets = UnionFind::new(pages);
    for &(a, b) in pairs.iter() {
        sets.union(a, b);
    }
    let root: Vec<PageId> = (0..pages as PageId).map(|page| sets.find(page)).collect();
    pairs.par_sort_unstable_by_key(|&(a, b)| (root[a as usize], a, b));
}
