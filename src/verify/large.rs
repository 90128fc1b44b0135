//! Components of very many pairs, where a page may have dozens.
//!
//! In: their candidates. Out: the scores of as many as it takes to connect their pages. Cost: a page is
//! made once for each pair scored, of which it has a few.

use super::pairs::{Done, TASK_PAIRS};
use super::{MatchBy, ScoredPair, SetCache, Tried, Verified, Verifier};
use crate::error::{Error, ErrorKind, Result};
use crate::in_order::in_order;
use crate::pages::PageId;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::union_find::UnionFind;

/// Of the pairs that may still connect pages so many parts are scored one after another.
const ROUNDS: usize = 16;

impl<'a> Verifier<'a> {
    /// Scores pairs of components too large for one thread until those left would connect no more: the
    /// pages of a family are tried with its anchors anyway. Where similarity decides, the pairs that their
    /// sketches put below the threshold come last: by then others have connected nearly all of their
    /// pages. So each page is scored a few times, however many pairs it has.
    pub(super) fn score_large<'p>(
        &self,
        components: impl Iterator<Item = &'p [(PageId, PageId)]>,
        pool: &Pool<SetCache<'a>, impl Fn() -> SetCache<'a> + Sync>,
        verified: &mut Verified,
        unsettled: &mut Vec<Tried>,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut families: Option<UnionFind> = None;
        for component in components {
            let families = families.get_or_insert_with(|| UnionFind::new(self.table.len()));
            let likely = |&&(a, b): &&(PageId, PageId)| {
                self.match_by == MatchBy::Reader || self.is_likely(a, b)
            };
            let (likely, others): (Vec<_>, Vec<_>) = component.iter().partition(likely);
            for mut rest in [likely, others] {
                rest.retain(|&(a, b)| families.find(a) != families.find(b));
                while !rest.is_empty() {
                    let round = rest.len().div_ceil(ROUNDS).max(TASK_PAIRS).min(rest.len());
                    let chunks: Vec<&[(PageId, PageId)]> =
                        rest[..round].chunks(TASK_PAIRS).collect();
                    let work = |pairs: &&[(PageId, PageId)], done: &mut Done<()>| {
                        if progress.cancelled() {
                            return Err(Error::from(ErrorKind::Interrupted));
                        }
                        pool.lend(|cache| self.score_part(pairs, false, cache, done))?;
                        progress.add(done.pairs.len() as u64, 0);
                        Ok(())
                    };
                    in_order(&chunks, work, |done| {
                        verified.add(&done.pairs);
                        for pair in done.pairs.drain(..).filter(ScoredPair::accepted) {
                            families.union(pair.a, pair.b);
                        }
                        unsettled.append(&mut done.unsettled);
                    })?;
                    rest.drain(..round);
                    rest.retain(|&(a, b)| families.find(a) != families.find(b));
                }
            }
        }
        Ok(())
    }
}
