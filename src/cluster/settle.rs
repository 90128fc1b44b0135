//! Settling: scored pairs of a component to who joins whom, and what is lost with it.

use rayon::prelude::*;

use super::anchor::{Join, gather_few, gather_parallel};
use super::lost::{KeptWords, LostTable};
use super::{Clusters, Decider, Gathered, Measure};
use crate::error::Result;
use crate::in_order::in_order;
use crate::pages::PageId;
use crate::pool::Pool;
use crate::verify::{MatchBy, ScoredPair, SetCache, Tried, Verified, Verifier};

/// What became of the pages of one or more components.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Who joins whom; all similarities are exact.
    pub gathered: Gathered,
    /// The words that are lost with each page of [`Gathered::joined`], numbered as those are.
    pub lost: LostTable,
}

impl Settled {
    /// Adds what became of other components, and leaves it empty.
    pub fn append(&mut self, other: &mut Self) {
        self.gathered.joined.append(&mut other.gathered.joined);
        self.gathered.untried += std::mem::take(&mut other.gathered.untried);
        self.lost.append(&mut other.lost);
    }
}

/// Copies of one anchor that a thread takes at a time.
const TASK_COPIES: usize = 1024;

impl Decider<'_> {
    /// Settles a component from all its scored pairs, and adds what becomes of it to `settled`. It is
    /// cheap where `cache` holds the stories.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn settle(
        &self,
        pairs: &[ScoredPair],
        cache: &mut SetCache<'_>,
        settled: &mut Settled,
    ) -> Result<()> {
        let tried: Vec<Tried> = pairs.iter().map(ScoredPair::tried).collect();
        let rank = |page| self.preference(page);
        // A record that cannot be read again is found by the check of the inputs at the end.
        let copy = |page, anchor| self.verifier.copy(page, anchor, cache).ok().flatten();
        let gathered = gather_few(&tried, (self.link, self.join()), rank, copy, |page, anchor| {
            self.verifier.likeness(page, anchor)
        });
        self.put_lost_words(gathered, cache, settled)
    }

    /// Settles components of very many pairs, in parallel, from all that was tried of them.
    ///
    /// # Errors
    /// When a record cannot be read again.
    pub fn settle_large(&self, tried: &[Tried]) -> Result<Settled> {
        let caches = Pool::new(|| self.verifier.cache());
        let measure = TextMeasure { verifier: self.verifier, caches: &caches };
        let rank = |page| self.preference(page);
        let gathered = gather_parallel(tried, (self.link, self.join()), rank, &measure);
        let untried = gathered.iter().map(|family| family.untried).sum();
        let mut joined: Vec<(PageId, PageId, f64)> =
            gathered.into_iter().flat_map(|family| family.joined).collect();
        joined.par_sort_unstable_by_key(|&(page, anchor, _)| (anchor, page));
        let mut all = Settled::default();
        all.gathered.untried = untried;
        let chunks: Vec<&[Tried]> = joined.chunks(TASK_COPIES).collect();
        let settle = |joined: &&[Tried], settled: &mut Settled| -> Result<()> {
            let gathered = Gathered { joined: joined.to_vec(), untried: 0 };
            caches.lend(|cache| {
                self.put_lost_words(gathered, cache, settled)?;
                cache.forget();
                Ok(())
            })
        };
        in_order(&chunks, settle, |settled| all.append(settled))?;
        Ok(all)
    }

    /// A page above the threshold of its first anchor belongs there, whatever else it is like; what a reader
    /// calls a copy may be much less alike.
    fn join(&self) -> Join {
        match self.verifier.match_by {
            MatchBy::Reader => Join::Nearest,
            MatchBy::Jaccard => Join::First,
        }
    }

    /// Adds what is lost, and the similarities that nothing has asked for yet.
    fn put_lost_words(
        &self,
        mut gathered: Gathered,
        cache: &mut SetCache<'_>,
        settled: &mut Settled,
    ) -> Result<()> {
        gathered.joined.sort_unstable_by_key(|&(page, anchor, _)| (anchor, page));
        let mut kept = KeptWords::reusing(std::mem::take(&mut cache.word_set));
        for copies in gathered.joined.chunk_by_mut(|a, b| a.1 == b.1) {
            let at = self.verifier.story_at(copies[0].1, cache)?;
            kept.set_hashes(cache.words(at));
            for (page, anchor, similarity) in copies {
                if similarity.is_nan() {
                    *similarity = self.verifier.score(*anchor, *page, cache)?.jaccard();
                }
                let at = self.verifier.story_at(*page, cache)?;
                let lost = kept.lost_of(cache.words(at), self.frequencies);
                let letters = |word, letters: &mut String| {
                    self.verifier.push_word(at, word, cache, letters);
                };
                lost.put(letters, &mut settled.lost);
            }
        }
        cache.word_set = kept.into_memory();
        settled.gathered.joined.append(&mut gathered.joined);
        settled.gathered.untried += gathered.untried;
        Ok(())
    }

    /// The clusters of all pages, from all copies and what became of their components.
    pub fn clusters(&self, verified: &Verified, settled: &Settled) -> Clusters {
        Clusters::new(self.table.len(), &verified.copies, [&settled.gathered])
    }
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

    fn likeness(&self, page: u32, anchor: u32) -> Option<f64> {
        self.verifier.likeness(page, anchor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::band_candidates;
    use crate::cluster::{KeepOrder, Link, LostWords, Pasted, Story};
    use crate::fold::Profile;
    use crate::pages::{ReadPlan, read_pages};
    use crate::passage::{PassageMaker, PassageScratch};
    use crate::progress::NoProgress;
    use crate::read::{Corpus, Input, ReadOptions};
    use crate::shingle::Shingle;
    use crate::sketch::{Banding, MinHasher, Scheme, SketchPlan};
    use crate::verify::join_exact_copies;
    use proptest::prelude::*;

    /// Pages of a few stories: each tells some sentences of its story, from one on.
    fn archive(pages: &[(u8, u8, u8)]) -> Vec<u8> {
        let sentence = |story: u8, number: u8| {
            let word =
                |at: u8| format!("كلمة{}ها{}", u32::from(story) * 40 + u32::from(number), at);
            (0..8).map(word).collect::<Vec<_>>().join(" ")
        };
        let mut out = Vec::new();
        for (number, &(story, from, count)) in pages.iter().enumerate() {
            let text: Vec<String> = (from..from + count).map(|at| sentence(story, at)).collect();
            let page = serde_json::json!({
                "id": format!("{:02}", number * 7 % 50),
                "date": format!("2015-07-{:02}", 1 + number % 5),
                "text": text.join(" ") + if number % 3 == 0 { "." } else { "" },
            });
            out.extend(format!("{page}\n").into_bytes());
        }
        out
    }

    /// All stories, with components of more than so many pairs settled as large ones.
    fn stories(
        archive: &[u8],
        match_by: MatchBy,
        link: Link,
        large: usize,
    ) -> (Vec<(Story, Vec<LostWords>)>, u64) {
        let stdin: Box<dyn std::io::Read + Send> = Box::new(std::io::Cursor::new(archive.to_vec()));
        let read = ReadOptions::default();
        let corpus = Corpus::open(vec![Input::Stdin], &read, Some(stdin)).unwrap();
        let maker = PassageMaker::pages(Profile::Standard);
        let hasher = MinHasher::new(Scheme::Fast, 64, 1);
        let plan = ReadPlan {
            sketch: SketchPlan { hasher, banding: Banding::new(32, 2).unwrap(), simhash: false },
            long: Shingle::WORD_3,
            short: false,
            anchors: false,
            frequencies: false,
            spill: None,
        };
        let (table, sketches, frequencies) =
            read_pages(&corpus, &maker, &plan, &NoProgress).unwrap();
        let verifier = Verifier {
            corpus: &corpus,
            table: &table,
            maker: &maker,
            sketches: &sketches,
            frequencies: &frequencies,
            match_by,
            long: plan.long,
            short: false,
            threshold: 0.5,
        };
        let keep = KeepOrder::earliest();
        let id = |page| table.id(&corpus, page, &table.record(&corpus, page).unwrap());
        let decider = Decider {
            corpus: &corpus,
            table: &table,
            maker: &maker,
            verifier: &verifier,
            link,
            keep: &keep,
            outlets: &[],
            frequencies: &frequencies,
            max_lost_words: Some(9),
            drop_contained: false,
            id: &id,
        };
        let rank = |page| decider.preference(page);
        let exact =
            join_exact_copies(&corpus, &table, table.story_hash.clone(), &maker, rank).unwrap();
        let candidates = band_candidates(&sketches.long, |row| exact.leads(row), |_, _| true).pairs;
        let settle = |pairs: &[ScoredPair], cache: &mut SetCache<'_>, settled: &mut Settled| {
            decider.settle(pairs, cache, settled)
        };
        let mut settled = Settled::default();
        let gather = |some: &mut Settled| settled.append(some);
        let done =
            verifier.verify_by(large, candidates, false, settle, gather, &NoProgress).unwrap();
        assert!(large > 0 || settled.gathered.joined.is_empty());
        settled.append(&mut decider.settle_large(&done.unsettled).unwrap());
        let clusters = decider.clusters(&done.verified, &settled);
        let mut pasted = Pasted::new(&table, Vec::new(), [], |page| page);
        let stories = decider.stories(&clusters, &exact, &mut settled, &mut pasted).unwrap();
        for story in &stories {
            let (kept, mut cache) = (story.keep, verifier.cache());
            let made = |page| {
                let mut scratch = PassageScratch::default();
                maker.make(&table.record(&corpus, page).unwrap(), &mut scratch).clone()
            };
            let words = KeptWords::of(&made(kept));
            for copy in &story.copies {
                let score = verifier.score(kept, copy.page, &mut cache).unwrap();
                assert!((score.jaccard() - copy.similarity).abs() < 1e-12);
                let told = settled.lost.get(copy.lost);
                let lost = words.lost(&made(copy.page), &frequencies);
                assert_eq!(lost, told);
                assert_eq!(copy.removed, lost.count <= 9);
            }
        }
        // Pages are numbered in the order in which they were settled.
        let told = |story: Story| {
            let lost = story.copies.iter().map(|copy| settled.lost.get(copy.lost)).collect();
            let mut story = story;
            story.copies.iter_mut().for_each(|copy| copy.lost = 0);
            (story, lost)
        };
        (stories.into_iter().map(told).collect(), clusters.cut_edges)
    }

    #[test]
    fn a_chain_and_its_exact_copies_are_settled_like_a_large_component() {
        let pages: Vec<(u8, u8, u8)> = (0..24).map(|at| (0, at / 2, 10)).collect();
        for match_by in [MatchBy::Jaccard, MatchBy::Reader] {
            for link in [Link::Anchor, Link::Components] {
                let (found, cut) = stories(&archive(&pages), match_by, link, usize::MAX);
                assert_eq!(
                    (found.len() > 1, cut > 0),
                    (link == Link::Anchor, link == Link::Anchor)
                );
                assert!(found[0].1.iter().any(|lost| lost.count > 0));
                // Not every pair of a large component is scored.
                let (large, large_cut) = stories(&archive(&pages), match_by, link, 0);
                assert_eq!(found, large);
                assert!(large_cut <= cut);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn where_a_component_is_settled_changes_no_story(
            pages in prop::collection::vec((0u8..4, 0u8..12, 6u8..14), 2..40),
            reader in any::<bool>(),
            components in any::<bool>(),
        ) {
            let archive = archive(&pages);
            let match_by = if reader { MatchBy::Reader } else { MatchBy::Jaccard };
            let link = if components { Link::Components } else { Link::Anchor };
            let (all, cut) = stories(&archive, match_by, link, usize::MAX);
            for large in [0, 3, 20] {
                let (found, large_cut) = stories(&archive, match_by, link, large);
                prop_assert!(large_cut <= cut);
                prop_assert_eq!(&found, &all);
            }
        }
    }
}
