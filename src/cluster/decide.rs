//! Clusters of pages to decisions: what is kept, what is removed, what would be lost.

use std::cmp::{Ordering, Reverse};

use rayon::prelude::*;

use super::{Clusters, KeepOrder, KeepRule, PageRank};
use crate::error::Result;
use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::pages::{PageId, PageTable};
use crate::passage::{PassageMaker, PassageScratch};
use crate::pool::Pool;
use crate::read::Corpus;
use crate::verify::vocabulary::Vocabulary;
use crate::verify::{ExactCopies, Relation, SetCache, Verified, Verifier};

/// A cluster of two or more pages, or a page that is a version of a story of its own: a copy of a
/// page of another cluster, but not of the page that is kept there.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The page that stays.
    pub keep: PageId,
    /// The rule that chose it over the next best member, if there is one.
    pub keep_reason: Option<KeepRule>,
    /// The first page of its family.
    pub family: PageId,
    /// The other pages, in order of preference.
    pub copies: Vec<Member>,
}

/// A copy in a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The page.
    pub page: PageId,
    /// Exact similarity to the keeper.
    pub similarity: f64,
    /// Whether the folded texts are equal byte for byte.
    pub exact: bool,
    /// What would be lost without it.
    pub lost: LostWords,
    /// Whether it is removed.
    pub removed: bool,
}

/// A page whose story lies wholly in another page's story.
#[derive(Clone, Debug, PartialEq)]
pub struct Contained {
    /// The page; it is removed.
    pub page: PageId,
    /// The page that holds its story; it stays.
    pub keep: PageId,
    /// Exact similarity of the two.
    pub similarity: f64,
    /// What would be lost without it.
    pub lost: LostWords,
}

/// Words of a page that its keeper lacks altogether.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostWords {
    /// How many, each as often as it stands in the page.
    pub count: u64,
    /// The rarest of them, at most five, rarest first.
    pub rarest: Vec<String>,
}

/// Most words that [`LostWords::rarest`] names.
const RAREST: usize = 5;

/// Decides what becomes of every page.
pub struct Decider<'a> {
    /// The archive.
    pub corpus: &'a Corpus,
    /// Where its pages lie.
    pub table: &'a PageTable,
    /// Makes their stories.
    pub maker: &'a PassageMaker<'a>,
    /// Scores pairs that were not scored before.
    pub verifier: &'a Verifier<'a>,
    /// Rules of preference.
    pub keep: &'a KeepOrder,
    /// Outlets in order of preference.
    pub outlets: &'a [String],
    /// How rare words are.
    pub frequencies: &'a Frequencies,
    /// A copy with more lost words than this is kept.
    pub max_lost_words: Option<u64>,
    /// Whether a page that lies wholly in another is removed.
    pub drop_contained: bool,
    /// Tells the id of a page. A record that cannot be read again has none here, and is found by
    /// the check of the inputs at the end.
    pub id: &'a (dyn Fn(PageId) -> String + Sync),
}

/// A page's place in the order of preference.
pub struct Preference<'a> {
    order: &'a KeepOrder,
    rank: PageRank<'a>,
}

impl Ord for Preference<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (order, _) = self.order.compare(&self.rank, &other.rank);
        order.then(self.rank.position.cmp(&other.rank.position))
    }
}

impl PartialOrd for Preference<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Preference<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Preference<'_> {}

impl Decider<'_> {
    /// A page's place in the order of preference, which clustering does not change.
    pub fn preference(&self, page: PageId) -> Preference<'_> {
        let at = page as usize;
        let rank = PageRank {
            outlet: self.outlet_place(page).map_or(u32::MAX, |place| place as u32),
            cut_off: self.table.cut_off[at],
            day: self.table.day(page).map(|day| day.0),
            words: self.table.words[at],
            position: page,
            id: self.id,
        };
        Preference { order: self.keep, rank }
    }

    fn outlet_place(&self, page: PageId) -> Option<usize> {
        if !self.keep.needs_outlets() {
            return None;
        }
        let record = self.table.record(self.corpus, page).ok()?;
        let outlet = record.outlet?;
        self.outlets.iter().position(|name| *name == outlet)
    }

    /// The clusters of two or more pages, exact copies included, and the pages that stand alone in
    /// a family of several; the larger first.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn stories(&self, clusters: &Clusters, exact: &ExactCopies) -> Result<Vec<Story>> {
        let pool = Pool::new(|| (Scratch::default(), self.verifier.cache()));
        let mut members: Vec<(PageId, PageId)> = (0..self.table.len() as PageId)
            .filter(|&page| !self.table.is_wordless(page))
            .map(|page| (clusters.anchor[exact.stands_for[page as usize] as usize], page))
            .collect();
        members.par_sort_unstable();
        let mut in_family = vec![0u32; self.table.len()];
        for run in members.chunk_by(|a, b| a.0 == b.0) {
            in_family[clusters.family[run[0].0 as usize] as usize] += 1;
        }
        let told = |group: &&[(PageId, PageId)]| {
            group.len() > 1 || in_family[clusters.family[group[0].0 as usize] as usize] > 1
        };
        let groups: Vec<&[(PageId, PageId)]> =
            members.chunk_by(|a, b| a.0 == b.0).filter(told).collect();
        let mut stories: Vec<Story> = groups
            .into_par_iter()
            .map(|group| pool.lend(|lent| self.story(group, clusters, exact, lent)))
            .collect::<Result<_>>()?;
        stories.sort_by_key(|story| (Reverse(story.copies.len()), story.keep));
        Ok(stories)
    }

    fn story(
        &self,
        group: &[(PageId, PageId)],
        clusters: &Clusters,
        exact: &ExactCopies,
        (scratch, cache): &mut (Scratch, SetCache<'_>),
    ) -> Result<Story> {
        let keep = group[0].0;
        let keeper = self.preference(keep);
        let mut others: Vec<(Preference<'_>, PageId)> = Vec::with_capacity(group.len() - 1);
        for &(_, page) in group.iter().filter(|member| member.1 != keep) {
            others.push((self.preference(page), page));
        }
        others.sort_by(|a, b| a.0.cmp(&b.0));
        let keep_reason =
            others.first().map(|next| self.keep.compare(&keeper.rank, &next.0.rank).1);
        let edited = others.iter().any(|other| exact.stands_for[other.1 as usize] != keep);
        let words = if edited { self.words(keep, scratch)? } else { Vec::new() };
        let mut copies = Vec::with_capacity(others.len());
        for &(_, page) in &others {
            let lead = exact.stands_for[page as usize];
            let same = lead == keep;
            let mut similarity = clusters.similarity[lead as usize];
            if similarity.is_nan() {
                similarity = self.verifier.score(keep, lead, cache)?.jaccard;
            }
            let lost = if same { LostWords::default() } else { self.lost(page, &words, scratch)? };
            let removed = self.max_lost_words.is_none_or(|most| lost.count <= most);
            copies.push(Member { page, similarity, exact: same, lost, removed });
        }
        Ok(Story { keep, keep_reason, family: clusters.family[keep as usize], copies })
    }

    /// Pages that are removed because their story lies wholly in that of a page that is kept, when
    /// that is asked for; the longest first, so that what holds them is known to stay. Pages that
    /// stand for a cluster stay in any case.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn contained(&self, verified: &Verified, stories: &[Story]) -> Result<Vec<Contained>> {
        if !self.drop_contained {
            return Ok(Vec::new());
        }
        let mut clustered = vec![false; self.table.len()];
        let mut gone = vec![false; self.table.len()];
        for story in stories {
            clustered[story.keep as usize] = true;
            for copy in &story.copies {
                clustered[copy.page as usize] = true;
                gone[copy.page as usize] = copy.removed;
            }
        }
        let words = |page: PageId| self.table.words[page as usize];
        let mut parts: Vec<(PageId, PageId, f64)> = verified
            .pairs
            .iter()
            .filter(|pair| pair.relation == Relation::Contains)
            .map(|pair| {
                let longer_first = words(pair.a) > words(pair.b);
                let (part, whole) = if longer_first { (pair.b, pair.a) } else { (pair.a, pair.b) };
                (part, whole, pair.score.jaccard)
            })
            .filter(|&(part, whole, _)| words(part) < words(whole))
            .collect();
        parts.sort_by_key(|&(part, whole, _)| (Reverse(words(part)), part, whole));
        let mut scratch = Scratch::default();
        let mut out = Vec::new();
        for (page, keep, similarity) in parts {
            if clustered[page as usize] || gone[page as usize] || gone[keep as usize] {
                continue;
            }
            let kept = self.words(keep, &mut scratch)?;
            let lost = self.lost(page, &kept, &mut scratch)?;
            if self.max_lost_words.is_none_or(|most| lost.count <= most) {
                gone[page as usize] = true;
                out.push(Contained { page, keep, similarity, lost });
            }
        }
        Ok(out)
    }

    /// The words of a page's story, by hash.
    fn words(&self, page: PageId, scratch: &mut Scratch) -> Result<Vec<u64>> {
        let record = self.table.record(self.corpus, page)?;
        Ok(self.maker.make(&record, &mut scratch.passages).hashes().to_vec())
    }

    /// The words of a page's story that are not among the words `kept`.
    fn lost(&self, page: PageId, kept: &[u64], scratch: &mut Scratch) -> Result<LostWords> {
        let Scratch { passages, vocabulary } = scratch;
        let record = self.table.record(self.corpus, page)?;
        let story = self.maker.make(&record, passages);
        Ok(LostWords::of(story, kept, self.frequencies, vocabulary))
    }
}

impl LostWords {
    /// The words of `story` that are not among the words `kept`, all by their hashes.
    pub fn of(
        story: &Folded,
        kept: &[u64],
        frequencies: &Frequencies,
        vocabulary: &mut Vocabulary,
    ) -> Self {
        vocabulary.number(kept, story.hashes());
        let ids = vocabulary.b().iter().enumerate();
        let mut lost: Vec<(Reverse<u32>, &str)> = ids
            .filter(|&(_, &id)| !vocabulary.is_shared(id))
            .map(|(at, _)| (Reverse(frequencies.weight(story.hashes()[at])), story.word(at)))
            .collect();
        let count = lost.len() as u64;
        lost.sort_unstable();
        lost.dedup();
        let rarest = lost.iter().take(RAREST).map(|&(_, word)| word.to_owned()).collect();
        Self { count, rarest }
    }
}

/// Memory that is used again from page to page.
#[derive(Default)]
struct Scratch {
    passages: PassageScratch,
    vocabulary: Vocabulary,
}
