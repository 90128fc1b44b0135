//! Candidate pairs to exact scores.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::relation::{COPY_RATIO, share};
use super::{Judge, PairScore, Relation, SetCache};
use crate::error::{Error, ErrorKind, Result};
use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::in_order::in_order;
use crate::pages::{PageId, PageTable, Sketches};
use crate::passage::PassageMaker;
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

/// What [`Verifier::verify`] hands back: the pairs, and what was made of them.
pub struct Settling<T> {
    /// The pairs.
    pub verified: Verified,
    /// What was made of the components with a copy in them.
    pub settled: Vec<T>,
    /// The copies of components that were too large for one thread, with their similarities, in no
    /// order.
    pub unsettled: Vec<(PageId, PageId, f64)>,
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

/// Pairs that one task takes; they lie close together, so that their stories are made once.
const TASK_PAIRS: usize = 256;

/// Pairs of a component above which its pairs are shared among threads, so many to each.
const LARGE: usize = 2048;

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
        SetCache::new(Judge::new(self.frequencies))
    }

    /// Scores candidates `(a, b)`, `a < b`, sorted and each once. Unless `all` is set, a pair whose
    /// sketches or lengths rule out a copy is left out.
    ///
    /// Pairs are taken component by component, so that a text is made about once: about 10 µs a
    /// text, 1 µs a pair, and 20 µs more where a reader decides. As long as the stories of a
    /// component lie in the cache, `settle` may make something of its pairs, if there is a copy among
    /// them; what it makes comes in no order. A component of very many pairs is left to the caller.
    ///
    /// # Errors
    /// When a record cannot be read again or the caller cancels, and those of `settle`.
    pub fn verify<T: Send>(
        &self,
        candidates: &[(PageId, PageId)],
        all: bool,
        settle: impl Fn(&[ScoredPair], &mut SetCache<'a>) -> Result<T> + Sync,
        progress: &dyn Progress,
    ) -> Result<Settling<T>> {
        self.verify_by(LARGE, candidates, all, settle, progress)
    }

    pub(crate) fn verify_by<T: Send>(
        &self,
        large: usize,
        candidates: &[(PageId, PageId)],
        all: bool,
        settle: impl Fn(&[ScoredPair], &mut SetCache<'a>) -> Result<T> + Sync,
        progress: &dyn Progress,
    ) -> Result<Settling<T>> {
        let mut near: Vec<(PageId, PageId)> =
            candidates.par_iter().copied().filter(|&(a, b)| all || !self.far_below(a, b)).collect();
        let far_below = (candidates.len() - near.len()) as u64;
        let components = by_component(&mut near, self.table.len());
        let pool = Pool::new(|| self.cache());
        let pairs = components.iter().map(|component| component.len()).sum();
        let mut verified = Verified { pairs: Vec::with_capacity(pairs), far_below };
        let (mut settled, mut unsettled) = (Vec::new(), Vec::new());
        let work = |task: &Task<'_>, done: &mut Done<T>| {
            if progress.cancelled() {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            pool.lend(|cache| match task {
                Task::Whole(components) => self.settle_all(components, all, &settle, cache, done),
                Task::Part(pairs) => self.score_part(pairs, all, cache, done),
            })?;
            progress.add(done.pairs.len() as u64, 0);
            Ok(())
        };
        in_order(&tasks(&components, large), work, |done| {
            verified.pairs.append(&mut done.pairs);
            settled.append(&mut done.settled);
            unsettled.append(&mut done.unsettled);
        })?;
        verified.pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        Ok(Settling { verified, settled, unsettled })
    }

    fn settle_all<T>(
        &self,
        components: &[&[(PageId, PageId)]],
        all: bool,
        settle: impl Fn(&[ScoredPair], &mut SetCache<'a>) -> Result<T>,
        cache: &mut SetCache<'a>,
        done: &mut Done<T>,
    ) -> Result<()> {
        for component in components {
            let from = done.pairs.len();
            self.score_all(component, all, cache, &mut done.pairs)?;
            let scored = &done.pairs[from..];
            if scored.iter().any(|pair| pair.accepted) {
                done.settled.push(settle(scored, cache)?);
            }
            cache.forget();
        }
        Ok(())
    }

    fn score_part<T>(
        &self,
        pairs: &[(PageId, PageId)],
        all: bool,
        cache: &mut SetCache<'_>,
        done: &mut Done<T>,
    ) -> Result<()> {
        // Nothing but the sets is asked for, unless a reader decides; the next part may need them too.
        cache.keeps_stories = self.match_by == MatchBy::Reader;
        let scored = self.score_all(pairs, all, cache, &mut done.pairs);
        cache.keeps_stories = true;
        scored?;
        let copies = done.pairs.iter().filter(|pair| pair.accepted);
        done.unsettled.extend(copies.map(|pair| (pair.a, pair.b, pair.score.jaccard)));
        Ok(())
    }

    fn score_all(
        &self,
        pairs: &[(PageId, PageId)],
        all: bool,
        cache: &mut SetCache<'_>,
        out: &mut Vec<ScoredPair>,
    ) -> Result<()> {
        for &(a, b) in pairs {
            out.push(self.scored(a, b, all, cache)?);
        }
        Ok(())
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
                let (a, b) = (self.story_place(a, cache)?, self.story_place(b, cache)?);
                cache.judged(a, b).relation
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
        cache.make_room();
        let short = self.both_short(a, b);
        let a = self.set_place(a, short, cache)?;
        let b = self.set_place(b, short, cache)?;
        Ok(cache.score(a, b))
    }

    /// The similarity of two stories if they are copies; a pair that cannot be one is not read.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn copy(&self, a: PageId, b: PageId, cache: &mut SetCache<'_>) -> Result<Option<f64>> {
        if self.far_below(a, b) {
            return Ok(None);
        }
        let pair = self.scored(a, b, false, cache)?;
        Ok(pair.accepted.then_some(pair.score.jaccard))
    }

    /// The story of a page.
    ///
    /// # Errors
    /// When its record cannot be read again.
    pub fn story<'c>(&self, page: PageId, cache: &'c mut SetCache<'_>) -> Result<&'c Folded> {
        cache.make_room();
        let at = self.story_place(page, cache)?;
        Ok(cache.story(at))
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

/// What became of the pairs of one task.
struct Done<T> {
    pairs: Vec<ScoredPair>,
    settled: Vec<T>,
    unsettled: Vec<(PageId, PageId, f64)>,
}

impl<T> Default for Done<T> {
    fn default() -> Self {
        Self { pairs: Vec::new(), settled: Vec::new(), unsettled: Vec::new() }
    }
}

/// What one thread takes at a time.
enum Task<'p> {
    /// Components, each with all its pairs.
    Whole(&'p [&'p [(PageId, PageId)]]),
    /// Some pairs of a large component.
    Part(&'p [(PageId, PageId)]),
}

/// Cuts components into tasks; those of more than `large` pairs are taken apart.
fn tasks<'p>(components: &'p [&'p [(PageId, PageId)]], large: usize) -> Vec<Task<'p>> {
    let mut tasks = Vec::new();
    let (mut from, mut pairs) = (0, 0);
    for (at, component) in components.iter().enumerate() {
        let is_large = component.len() > large;
        if pairs > 0 && (is_large || pairs + component.len() > TASK_PAIRS) {
            tasks.push(Task::Whole(&components[from..at]));
            (from, pairs) = (at, 0);
        }
        if is_large {
            tasks.extend(component.chunks(LARGE).map(Task::Part));
            from = at + 1;
        } else {
            pairs += component.len();
        }
    }
    if pairs > 0 {
        tasks.push(Task::Whole(&components[from..]));
    }
    tasks
}

/// Orders pairs so that those of one connected component follow one another; returns each
/// component.
pub(super) fn by_component(
    pairs: &mut [(PageId, PageId)],
    pages: usize,
) -> Vec<&[(PageId, PageId)]> {
    let mut sets = UnionFind::new(pages);
    for &(a, b) in pairs.iter() {
        sets.union(a, b);
    }
    let root: Vec<PageId> = (0..pages as PageId).map(|page| sets.find(page)).collect();
    pairs.par_sort_unstable_by_key(|&(a, b)| (root[a as usize], a, b));
    pairs.chunk_by(|x, y| root[x.0 as usize] == root[y.0 as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tasks_hold_every_component_once_and_in_order(
            sizes in prop::collection::vec(prop_oneof![1..40_usize, 250..600_usize], 0..40),
            large in 0..500_usize,
        ) {
            let pairs = vec![(0, 1); 600];
            let components: Vec<&[(PageId, PageId)]> =
                sizes.iter().map(|&size| &pairs[..size]).collect();
            let mut whole = Vec::new();
            let mut parts = 0;
            for task in tasks(&components, large) {
                match task {
                    Task::Whole(some) => {
                        let count: usize = some.iter().map(|component| component.len()).sum();
                        prop_assert!(count > 0 && (count <= TASK_PAIRS || some.len() == 1));
                        whole.extend(some.iter().map(|component| component.len()));
                    }
                    Task::Part(some) => parts += some.len(),
                }
            }
            let (large, small): (Vec<usize>, Vec<usize>) =
                sizes.iter().partition(|&&size| size > large);
            prop_assert_eq!(whole, small);
            prop_assert_eq!(parts, large.iter().sum::<usize>());
        }
    }
}
