//! Candidate pairs to exact scores.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::relation::share;
use super::rules::COPY_RATIO;
use super::{Judge, PairScore, Relation, SetCache};
use crate::error::{Error, ErrorKind, Result};
use crate::frequency::Frequencies;
use crate::in_order::in_order;
use crate::pages::{PageId, PageTable, Sketches};
use crate::passage::PassageMaker;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::Corpus;
use crate::shingle::{SHORT_WORDS, Shingle};
use crate::sketch::{Row, SketchMatrix};
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

impl MatchBy {
    /// Whether two texts of a hot bucket are worth a comparison, by their sketches. Bands aim at the
    /// threshold, whatever decides; a reader's comparison is dear, and there nothing is given for the
    /// error of a sketch: copies share more than what makes the bucket hot, and meet in others.
    pub fn alike(self, matrix: &SketchMatrix, a: Row, b: Row, threshold: f64) -> bool {
        match self {
            Self::Jaccard => !matrix.far_below(a, b, threshold),
            Self::Reader => matrix.estimate(a, b) >= threshold,
        }
    }
}

/// A pair, its exact score and what that means: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoredPair {
    /// The page of the lower number.
    pub a: PageId,
    /// The other page.
    pub b: PageId,
    /// Scored from the texts.
    pub score: PairScore,
    /// How the two stories relate.
    pub relation: Relation,
    /// Whether they are copies, by what is asked of a pair when nothing but copies is wanted: whatever else
    /// is told of it decides no more.
    accepted: bool,
}

impl ScoredPair {
    /// Whether it is a copy.
    pub fn accepted(&self) -> bool {
        self.accepted
    }

    /// Without what is not needed to gather pages.
    pub fn tried(&self) -> Tried {
        (self.a, self.b, if self.accepted() { self.score.jaccard() } else { f64::NAN })
    }
}

/// Two pages that were tried, and their similarity: NaN unless they are copies.
pub type Tried = (PageId, PageId, f64);

/// Steps of similarity that scored pairs are counted by: of .05 each.
pub const SIMILARITY_STEPS: usize = 20;

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Pairs of copies, in no order.
    pub copies: Vec<(PageId, PageId)>,
    /// How many pairs were scored.
    pub scored: u64,
    /// How many of them have a similarity in each step; 1 counts to the last.
    pub similarities: [u64; SIMILARITY_STEPS],
    /// Candidates that their sketches or lengths ruled out.
    pub far_below: u64,
    /// Every pair that was scored, sorted by `(a, b)`, if all are wanted; else none.
    pub pairs: Vec<ScoredPair>,
}

/// What [`Verifier::verify`] hands back.
pub struct Settling {
    /// The pairs.
    pub verified: Verified,
    /// The pairs of components that were too large for one thread, in no order.
    pub unsettled: Vec<Tried>,
}

impl Verified {
    pub(super) fn add(&mut self, pairs: &[ScoredPair]) {
        self.scored += pairs.len() as u64;
        for pair in pairs {
            let step = (pair.score.jaccard() * SIMILARITY_STEPS as f64) as usize;
            self.similarities[step.min(SIMILARITY_STEPS - 1)] += 1;
        }
        let copies = pairs.iter().filter(|pair| pair.accepted());
        self.copies.extend(copies.map(|pair| (pair.a, pair.b)));
    }
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
pub(super) const TASK_PAIRS: usize = 256;

/// Pairs of a component above which its pairs are shared among threads, so many to each.
pub(super) const LARGE: usize = 2048;

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
        SetCache::new(self.corpus.reader(), Judge::new(self.frequencies))
    }

    /// Scores candidates `(a, b)`, `a < b`, sorted and each once. Unless `all` is set, a pair whose
    /// sketches or lengths rule out a copy is left out, and of the others no more is kept than which
    /// are copies.
    ///
    /// Pairs are taken component by component, so that a text is made about once: about 10 µs a
    /// text, 1 µs a pair, and 20 µs more where a reader decides. As long as the stories of a
    /// component lie in the cache, `settle` may add something to what is made of its pairs, if there is
    /// a copy among them; `gather` takes what was made (and leaves it empty), in an order that does not
    /// depend on threads. A component of very many pairs is left to the caller; of its pairs none are scored,
    /// unless `all` is set, of two pages that others of them already connect.
    ///
    /// # Errors
    /// When a record cannot be read again or the caller cancels, and those of `settle`.
    pub fn verify<T: Default + Send>(
        &self,
        candidates: Vec<(PageId, PageId)>,
        all: bool,
        settle: impl Fn(&[ScoredPair], &mut SetCache<'a>, &mut T) -> Result<()> + Sync,
        gather: impl FnMut(&mut T) + Send,
        progress: &dyn Progress,
    ) -> Result<Settling> {
        self.verify_by(LARGE, candidates, all, settle, gather, progress)
    }

    pub(crate) fn verify_by<T: Default + Send>(
        &self,
        large: usize,
        candidates: Vec<(PageId, PageId)>,
        all: bool,
        settle: impl Fn(&[ScoredPair], &mut SetCache<'a>, &mut T) -> Result<()> + Sync,
        mut gather: impl FnMut(&mut T) + Send,
        progress: &dyn Progress,
    ) -> Result<Settling> {
        let count = candidates.len();
        let mut near = candidates;
        if !all {
            // In place: this is where memory is shortest.
            let far: Vec<bool> = near.par_iter().map(|&(a, b)| self.far_below(a, b)).collect();
            let mut far = far.into_iter();
            near.retain(|_| !far.next().unwrap_or_default());
            near.shrink_to_fit();
        }
        let far_below = (count - near.len()) as u64;
        let components = by_component(&mut near, self.table.len(), |pair| pair);
        let pool = Pool::new(|| self.cache());
        let mut verified = Verified { far_below, ..Verified::default() };
        let mut unsettled = Vec::new();
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
        let mut tasks = tasks(&components, large);
        if !all {
            tasks.retain(|task| matches!(task, Task::Whole(_)));
        }
        in_order(&tasks, work, |done| {
            verified.add(&done.pairs);
            if all {
                verified.pairs.append(&mut done.pairs);
            }
            done.pairs.clear();
            gather(&mut done.settled);
            unsettled.append(&mut done.unsettled);
        })?;
        if !all {
            let large = components.iter().copied().filter(|component| component.len() > large);
            self.score_large(large, &pool, &mut verified, &mut unsettled, progress)?;
        }
        verified.pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        Ok(Settling { verified, unsettled })
    }

    fn settle_all<T>(
        &self,
        components: &[&[(PageId, PageId)]],
        all: bool,
        settle: impl Fn(&[ScoredPair], &mut SetCache<'a>, &mut T) -> Result<()>,
        cache: &mut SetCache<'a>,
        done: &mut Done<T>,
    ) -> Result<()> {
        for component in components {
            let from = done.pairs.len();
            // The stories of copies will be asked for, their sets alone make no copies.
            cache.keeps_stories = self.match_by == MatchBy::Reader
                || component.iter().any(|&(a, b)| self.is_likely(a, b));
            let scored = self.score_all(component, all, cache, &mut done.pairs);
            cache.keeps_stories = true;
            scored?;
            let scored = &done.pairs[from..];
            if scored.iter().any(ScoredPair::accepted) {
                settle(scored, cache, &mut done.settled)?;
            }
            cache.forget();
        }
        Ok(())
    }

    pub(super) fn score_part<T>(
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
        done.unsettled.extend(done.pairs.iter().map(ScoredPair::tried));
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
    /// wanted, and a pair whose score rules that out is not aligned. Which pairs are accepted is the same.
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
            // The rules of a reader need two fifths of the shorter text in shared runs; below this share
            // of its shingles there is nothing to read.
            MatchBy::Reader
                if score.containment() < READABLE || !all && score.jaccard() < READER_LEAST =>
            {
                match score.shared {
                    0 => Relation::None,
                    _ => Relation::Overlaps,
                }
            }
            MatchBy::Reader => {
                let (a, b) = (self.story_place(a, cache)?, self.story_place(b, cache)?);
                cache.judged(a, b)
            }
        };
        let few = all && (self.match_by == MatchBy::Reader && score.jaccard() < READER_LEAST);
        // A run that is checked later has no sketches any more.
        let far = || all && !self.sketches.long.is_empty() && self.far_below(a, b);
        let accepted = relation == Relation::Copy && !few && !far();
        Ok(ScoredPair { a, b, score, relation, accepted })
    }

    fn by_jaccard(&self, score: PairScore) -> Relation {
        if score.jaccard() >= self.threshold {
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

    /// The similarity of two stories if they are copies; a pair whose sketches rule that out is not read.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn copy(&self, a: PageId, b: PageId, cache: &mut SetCache<'_>) -> Result<Option<f64>> {
        if self.far_below(a, b) {
            return Ok(None);
        }
        let pair = self.scored(a, b, false, cache)?;
        Ok(pair.accepted().then(|| pair.score.jaccard()))
    }

    /// Where the story of a page lies in the cache, until the next call.
    ///
    /// # Errors
    /// When its record cannot be read again.
    pub(crate) fn story_at(&self, page: PageId, cache: &mut SetCache<'_>) -> Result<usize> {
        cache.make_room();
        self.story_place(page, cache)
    }

    fn lengths_differ(&self, a: PageId, b: PageId) -> bool {
        let [a, b] = [a, b].map(|page| u64::from(self.table.words[page as usize]));
        share(a.min(b), a.max(b)) < COPY_RATIO
    }

    fn both_short(&self, a: PageId, b: PageId) -> bool {
        self.is_short(a) && self.is_short(b)
    }

    /// Whether a page is compared by [`Shingle::SHORT`] with others like it.
    pub(super) fn is_short(&self, page: PageId) -> bool {
        self.short && (self.table.words[page as usize] as usize) < SHORT_WORDS
    }

    /// Whether the sketches of two stories, or for a reader their lengths, rule out that they are
    /// copies.
    pub fn far_below(&self, a: PageId, b: PageId) -> bool {
        if self.match_by == MatchBy::Reader && !self.both_short(a, b) && self.lengths_differ(a, b) {
            return true;
        }
        let floor = match self.match_by {
            MatchBy::Jaccard => self.threshold,
            MatchBy::Reader => READER_FLOOR,
        };
        // A story without a word is a copy of nothing.
        self.rows(a, b).is_none_or(|(matrix, a, b)| matrix.far_below(a, b, floor))
    }

    /// The sketches that two stories are compared by.
    pub(super) fn rows(&self, a: PageId, b: PageId) -> Option<(&SketchMatrix, Row, Row)> {
        let matrix = if self.both_short(a, b) { &self.sketches.short } else { &self.sketches.long };
        Some((matrix, matrix.row_of(a)?, matrix.row_of(b)?))
    }

    /// Whether two stories are rather copies than not, by their sketches.
    pub(super) fn is_likely(&self, a: PageId, b: PageId) -> bool {
        let rows = self.rows(a, b);
        rows.is_some_and(|(matrix, a, b)| matrix.estimate(a, b) >= self.threshold)
    }

    /// The similarity of two stories by their sketches, if they are worth a comparison where very many
    /// share something (see [`MatchBy::alike`]).
    pub fn likeness(&self, a: PageId, b: PageId) -> Option<f64> {
        let (matrix, a, b) = self.rows(a, b)?;
        self.match_by.alike(matrix, a, b, self.threshold).then(|| matrix.estimate(a, b))
    }
}

/// What became of the pairs of one task.
#[derive(Default)]
pub(super) struct Done<T> {
    pub(super) pairs: Vec<ScoredPair>,
    settled: T,
    pub(super) unsettled: Vec<Tried>,
}

/// What one thread takes at a time.
pub(super) enum Task<'p> {
    /// Components, each with all its pairs.
    Whole(&'p [&'p [(PageId, PageId)]]),
    /// Some pairs of a large component.
    Part(&'p [(PageId, PageId)]),
}

/// Cuts components into tasks; those of more than `large` pairs are taken apart.
pub(super) fn tasks<'p>(components: &'p [&'p [(PageId, PageId)]], large: usize) -> Vec<Task<'p>> {
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

/// Orders pairs so that those of one connected component follow one another, in the order of a key; returns
/// each component.
pub(super) fn by_component<K: Ord + Send>(
    pairs: &mut [(PageId, PageId)],
    pages: usize,
    key: impl Fn((PageId, PageId)) -> K + Sync,
) -> Vec<&[(PageId, PageId)]> {
    let mut sets = UnionFind::new(pages);
    for &(a, b) in pairs.iter() {
        sets.union(a, b);
    }
    let root: Vec<PageId> = (0..pages as PageId).map(|page| sets.find(page)).collect();
    pairs.par_sort_unstable_by_key(|&pair| (root[pair.0 as usize], key(pair)));
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
