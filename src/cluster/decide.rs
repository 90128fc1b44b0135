//! Clusters of pages to decisions: what is kept, what is removed, what would be lost.

use std::cmp::{Ordering, Reverse};

use rayon::prelude::*;

use super::lost::{KeptWords, LostTable, LostWords};
use super::{Clusters, KeepOrder, KeepRule, Link, PageRank, Pasted, PastedReader, Settled};
use crate::error::Result;
use crate::frequency::Frequencies;
use crate::pages::{PageId, PageTable, PassageReader};
use crate::passage::{PassageMaker, PassageScratch};
use crate::read::Corpus;
use crate::sorted::sort;
use crate::verify::{ExactCopies, Relation, Verified, Verifier};

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
    /// What would be lost without it: its number in [`Settled::lost`].
    pub lost: u32,
    /// Exact similarity to the keeper.
    pub similarity: f64,
    /// Whether the folded texts are equal byte for byte.
    pub exact: bool,
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
    /// What would be lost without it: its number in [`Settled::lost`].
    pub lost: u32,
    /// Exact similarity of the two.
    pub similarity: f64,
}

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
    /// How pages are gathered.
    pub link: Link,
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
    /// a family of several; the larger first. `settled` is what `clusters` was made of; what is lost with
    /// the second stories of copies is added to it.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn stories(
        &self,
        clusters: &Clusters,
        exact: &ExactCopies,
        settled: &mut Settled,
        pasted: &mut Pasted<'_>,
    ) -> Result<Vec<Story>> {
        let mut members: Vec<(PageId, PageId)> = (0..self.table.len() as PageId)
            .filter(|&page| !self.table.is_wordless(page))
            .map(|page| (clusters.anchor[exact.stands_for[page as usize] as usize], page))
            .collect();
        sort(&mut members);
        let mut in_family = vec![0u32; self.table.len()];
        for run in members.chunk_by(|a, b| a.0 == b.0) {
            in_family[clusters.family[run[0].0 as usize] as usize] += 1;
        }
        let told = |group: &&[(PageId, PageId)]| {
            group.len() > 1 || in_family[clusters.family[group[0].0 as usize] as usize] > 1
        };
        let groups: Vec<&[(PageId, PageId)]> =
            members.chunk_by(|a, b| a.0 == b.0).filter(told).collect();
        let mut stories: Vec<Story> =
            groups.into_par_iter().map(|group| self.story(group, clusters, exact)).collect();
        self.mark_removed(&mut stories, exact, settled, pasted)?;
        stories.sort_by_key(|story| (Reverse(story.copies.len()), story.keep));
        Ok(stories)
    }

    fn story(&self, group: &[(PageId, PageId)], clusters: &Clusters, exact: &ExactCopies) -> Story {
        let keep = group[0].0;
        let keeper = self.preference(keep);
        let mut others: Vec<(Preference<'_>, PageId)> = Vec::with_capacity(group.len() - 1);
        for &(_, page) in group.iter().filter(|member| member.1 != keep) {
            others.push((self.preference(page), page));
        }
        others.sort_by(|a, b| a.0.cmp(&b.0));
        let keep_reason =
            others.first().map(|next| self.keep.compare(&keeper.rank, &next.0.rank).1);
        let copy = |&(_, page): &(Preference<'_>, PageId)| {
            let lead = exact.stands_for[page as usize];
            let similarity = clusters.similarity[lead as usize];
            Member {
                page,
                similarity,
                exact: lead == keep,
                lost: LostTable::NOTHING,
                removed: true,
            }
        };
        let copies = others.iter().map(copy).collect();
        Story { keep, keep_reason, family: clusters.family[keep as usize], copies }
    }

    /// Says of every copy what is lost with it, and so whether it is removed. Of their stories, exact
    /// copies of one page lose the same words.
    fn mark_removed(
        &self,
        stories: &mut [Story],
        exact: &ExactCopies,
        settled: &mut Settled,
        pasted: &mut Pasted<'_>,
    ) -> Result<()> {
        let mut lost = vec![LostTable::NOTHING; self.table.len()];
        for (number, &(page, ..)) in (0..).zip(&settled.gathered.joined) {
            lost[page as usize] = number;
        }
        let copies = |story: &Story| story.copies.iter().map(|copy| copy.page).collect::<Vec<_>>();
        pasted.go(&stories.iter().flat_map(copies).collect::<Vec<_>>());
        let mut losing: Vec<(PageId, &mut Member)> = Vec::new();
        for Story { keep, copies, .. } in stories.iter_mut() {
            for copy in &mut *copies {
                copy.lost = lost[exact.stands_for[copy.page as usize] as usize];
            }
            let may_lose = copies.iter_mut().filter(|copy| pasted.may_lose(copy.page));
            losing.extend(may_lose.map(|copy| (*keep, copy)));
        }
        let lost_of = |reading: &mut _, (keep, copy): &(PageId, &mut Member)| {
            pasted.lost(copy.page, *keep, reading)
        };
        let words: Vec<LostWords> =
            losing.par_iter().map_init(|| self.reading(), lost_of).collect::<Result<_>>()?;
        for ((_, copy), more) in losing.into_iter().zip(words).filter(|(_, more)| more.count > 0) {
            let mut words = settled.lost.get(copy.lost);
            words.join(more, self.frequencies);
            copy.lost = settled.lost.add(&words);
        }
        for copy in stories.iter_mut().flat_map(|story| &mut story.copies) {
            let count = settled.lost.count(copy.lost);
            copy.removed = self.max_lost_words.is_none_or(|most| count <= most);
        }
        Ok(())
    }

    fn reading(&self) -> PastedReader<'_> {
        let reader = PassageReader::new(self.table, self.maker, self.corpus.reader());
        PastedReader::new(reader, self.frequencies)
    }

    /// Pages that are removed because their story lies wholly in that of a page that is kept, when
    /// that is asked for; the longest first, so that what holds them is known to stay. Pages that
    /// stand for a cluster stay in any case. What is lost with them is added to `lost`.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn contained(
        &self,
        verified: &Verified,
        stories: &[Story],
        lost: &mut LostTable,
        pasted: &mut Pasted<'_>,
    ) -> Result<Vec<Contained>> {
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
                (part, whole, pair.score.jaccard())
            })
            .filter(|&(part, whole, _)| words(part) < words(whole))
            .collect();
        parts.sort_by_key(|&(part, whole, _)| (Reverse(words(part)), part, whole));
        let (mut scratch, mut kept) = (PassageScratch::default(), KeptWords::default());
        let mut reading = self.reading();
        let mut out = Vec::new();
        for (page, keep, similarity) in parts {
            if clustered[page as usize] || gone[page as usize] || gone[keep as usize] {
                continue;
            }
            let (record, parts) = (self.table.record(self.corpus, keep)?, self.table.parts(keep));
            kept.set(self.maker.make_again(&record, parts, &mut scratch));
            let (record, parts) = (self.table.record(self.corpus, page)?, self.table.parts(page));
            let story = self.maker.make_again(&record, parts, &mut scratch);
            let mut words = kept.lost(story, self.frequencies);
            pasted.go(&[page]);
            words.join(pasted.lost(page, keep, &mut reading)?, self.frequencies);
            if self.max_lost_words.is_none_or(|most| words.count <= most) {
                gone[page as usize] = true;
                out.push(Contained { page, keep, lost: lost.add(&words), similarity });
            } else {
                pasted.stay(page);
            }
        }
        Ok(out)
    }
}
