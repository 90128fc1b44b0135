//! Settling: scored pairs of a component to who joins whom, and what is lost with it.

use rayon::prelude::*;

use super::anchor::{gather_few, gather_parallel};
use super::lost::{KeptWords, LostWords};
use super::{Clusters, Decider, Gathered, Measure};
use crate::error::Result;
use crate::pages::PageId;
use crate::pool::Pool;
use crate::verify::{ScoredPair, SetCache, Verified, Verifier};

/// What became of the pages of one or more components.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Who joins whom; all similarities are exact.
    pub gathered: Gathered,
    /// The words that are lost with each page of [`Gathered::joined`].
    pub lost: Vec<LostWords>,
}

/// Copies of one anchor that a thread takes at a time.
const TASK_COPIES: usize = 1024;

impl Decider<'_> {
    /// Settles a component from all its scored pairs. It is cheap where `cache` holds the stories.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn settle(&self, pairs: &[ScoredPair], cache: &mut SetCache<'_>) -> Result<Settled> {
        let rank = |page| self.preference(page);
        // A record that cannot be read again is found by the check of the inputs at the end.
        let copy = |page, anchor| self.verifier.copy(page, anchor, cache).ok().flatten();
        let gathered = gather_few(&edges(pairs), self.link, rank, copy);
        self.with_lost_words(gathered, cache)
    }

    /// Settles components of very many pairs, in parallel, from the copies among them.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn settle_large(&self, pairs: &[ScoredPair]) -> Result<Vec<Settled>> {
        let caches = Pool::new(|| self.verifier.cache());
        let measure = TextMeasure { verifier: self.verifier, caches: &caches };
        let rank = |page| self.preference(page);
        let gathered = gather_parallel(&edges(pairs), self.link, rank, &measure);
        let untried = gathered.iter().map(|family| family.untried).sum();
        let mut joined: Vec<(PageId, PageId, f64)> =
            gathered.into_iter().flat_map(|family| family.joined).collect();
        joined.par_sort_unstable_by_key(|&(page, anchor, _)| (anchor, page));
        let rest = Settled { gathered: Gathered { joined: Vec::new(), untried }, lost: Vec::new() };
        let settled: Result<Vec<Settled>> = joined
            .par_chunks(TASK_COPIES)
            .map(|joined| {
                let gathered = Gathered { joined: joined.to_vec(), untried: 0 };
                caches.lend(|cache| {
                    let settled = self.with_lost_words(gathered, cache);
                    cache.forget();
                    settled
                })
            })
            .chain(rayon::iter::once(Ok(rest)))
            .collect();
        settled
    }

    /// Adds what is lost, and the similarities that nothing has asked for yet.
    fn with_lost_words(&self, mut gathered: Gathered, cache: &mut SetCache<'_>) -> Result<Settled> {
        gathered.joined.sort_unstable_by_key(|&(page, anchor, _)| (anchor, page));
        let mut lost = Vec::with_capacity(gathered.joined.len());
        let mut kept = KeptWords::default();
        for copies in gathered.joined.chunk_by_mut(|a, b| a.1 == b.1) {
            kept.set(self.verifier.story(copies[0].1, cache)?);
            for (page, anchor, similarity) in copies {
                if similarity.is_nan() {
                    *similarity = self.verifier.score(*anchor, *page, cache)?.jaccard;
                }
                lost.push(kept.lost(self.verifier.story(*page, cache)?, self.frequencies));
            }
        }
        Ok(Settled { gathered, lost })
    }

    /// The clusters of all pages, from all scored pairs and what became of their components.
    pub fn clusters(&self, verified: &Verified, settled: &[Settled]) -> Clusters {
        let gathered = settled.iter().map(|settled| &settled.gathered);
        Clusters::new(self.table.len(), &edges(&verified.pairs), gathered)
    }
}

/// The copies among scored pairs.
fn edges(pairs: &[ScoredPair]) -> Vec<(PageId, PageId, f64)> {
    let copies = pairs.iter().filter(|pair| pair.accepted);
    copies.map(|pair| (pair.a, pair.b, pair.score.jaccard)).collect()
}

/// Compares a page with an anchor from their texts, unless their sketches rule a copy out.
struct TextMeasure<'v, 'a, F> {
    verifier: &'v Verifier<'a>,
    caches: &'v Pool<SetCache<'a>, F>,
}

impl<'a, F: Fn() -> SetCache<'a> + Sync> Measure for TextMeasure<'_, 'a, F> {
    fn copy(&self, page: u32, anchor: u32) -> Option<f64> {
        // A record that cannot be read again is found by the check of the inputs at the end.
        self.caches.lend(|cache| self.verifier.copy(page, anchor, cache)).ok().flatten()
    }
}
