//! Pairs with an embedded story: is it the same story, differently cut?

use std::collections::HashMap;

use rayon::prelude::*;

use super::PairScore;
use super::judge::{Judge, StoryText};
use super::pairs::{LARGE, Task, by_component, tasks};
use super::relation::{Relation, share};
use crate::error::{Error, ErrorKind, Result};
use crate::fold::Folded;
use crate::frequency::Frequencies;
use crate::pages::{PageTable, PassageId, PassageReader};
use crate::passage::PassageMaker;
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::Corpus;
use crate::shingle::Shingle;
use crate::sketch::SketchMatrix;

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
    /// what the shorter has; and no reader calls them one form filled in twice.
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

/// Share of the shorter passage's shingles that the longer must have for the two to be one story whatever
/// a reader says: a form has another fact in every twenty words or fewer, and each takes three shingles.
const SURELY_CONTAINED: f64 = 0.85;

/// Shingles of the shorter passage beyond which it is no form.
const LONGEST_FORM: usize = 100;

/// Shingles that a thread keeps: 8 MiB.
const CACHED_SHINGLES: usize = 1 << 20;

/// Passages made lately. They are dropped when they are many (they are cheap to make again) or another
/// component comes, so that what a small one needs stays near the core.
struct Cache<'a> {
    reader: PassageReader<'a>,
    shingle: Shingle,
    /// Where a reader decides.
    judge: Option<Judge<'a>>,
    texts: [Folded; 2],
    set: Vec<u64>,
    shingles: Vec<u64>,
    places: HashMap<PassageId, Place>,
}

/// Where the shingles of a passage lie in a cache.
#[derive(Clone, Copy)]
struct Place {
    /// The first shingles in text order.
    head: usize,
    /// All of them, sorted, each once.
    set: usize,
    end: usize,
}

/// A passage as it is compared here.
#[derive(Clone, Copy)]
struct Loaded<'c> {
    head: &'c [u64],
    set: &'c [u64],
}

impl Cache<'_> {
    fn forget(&mut self) {
        self.shingles.clear();
        self.places.clear();
    }

    fn get(&self, place: Place) -> Loaded<'_> {
        Loaded {
            head: &self.shingles[place.head..place.set],
            set: &self.shingles[place.set..place.end],
        }
    }
}

impl Cache<'_> {
    /// Whether two passages are one form with other facts.
    fn is_form(&mut self, passages: [PassageId; 2]) -> Result<bool> {
        let Some(judge) = &mut self.judge else {
            return Ok(false);
        };
        for (text, passage) in self.texts.iter_mut().zip(passages) {
            let words = self.reader.passage(passage)?;
            text.clear();
            text.append(words, 0..words.len());
        }
        let [a, b] = self.texts.each_ref().map(|folded| StoryText { folded });
        Ok(judge.judge(a, b).relation == Relation::Template)
    }

    fn place(&mut self, passage: PassageId) -> Result<Place> {
        if let Some(&place) = self.places.get(&passage) {
            return Ok(place);
        }
        let Cache { reader, shingle, set, shingles, places, .. } = self;
        set.clear();
        shingle.hash_into(reader.passage(passage)?, set);
        let head = shingles.len();
        shingles.extend(set.iter().take(HEAD));
        set.sort_unstable();
        set.dedup();
        let place = Place { head, set: shingles.len(), end: shingles.len() + set.len() };
        shingles.extend_from_slice(set);
        places.insert(passage, place);
        Ok(place)
    }

    fn pair(&mut self, a: PassageId, b: PassageId) -> Result<BlockPair> {
        if self.shingles.len() > CACHED_SHINGLES {
            self.forget();
        }
        let (left, right) = (self.place(a)?, self.place(b)?);
        let (left, right) = (self.get(left), self.get(right));
        let score = PairScore::of(left.set, right.set);
        let shorter = left.set.len().min(right.set.len());
        let contained = score.a_in_b().max(score.b_in_a());
        let mut one_story = one_story(left, right, score);
        if one_story && contained < SURELY_CONTAINED && shorter <= LONGEST_FORM {
            one_story = !self.is_form([a, b])?;
        }
        Ok(BlockPair { a, b, score, one_story })
    }
}

/// The pairs of passages that are worth reading: unless `all` are wanted, without those that their sketches,
/// in `matrix`, rule out to be one story. Such passages share a run of text by chance, or a paragraph that
/// very many have. Cost: two looks at sketches a pair; none of the texts is read.
///
/// Of two sets of shingles the smaller of which is the share `t` of the larger, and has half of it in common
/// with that, the Jaccard similarity is `t / (t + 2)` at least.
pub fn blocks_to_read(
    table: &PageTable,
    matrix: &SketchMatrix,
    mut pairs: Vec<(PassageId, PassageId)>,
    all: bool,
) -> Vec<(PassageId, PassageId)> {
    if all {
        return pairs;
    }
    let words = |passage: PassageId| match (passage as usize).checked_sub(table.len()) {
        None => table.words[passage as usize],
        Some(number) => table.embedded[number].words,
    };
    let is_unlike = |&(a, b): &(PassageId, PassageId)| {
        let (shorter, longer) = (words(a).min(words(b)), words(a).max(words(b)));
        let part = share(shorter.into(), longer.into());
        let least = CONTAINED * part / (part + 1.0 - CONTAINED * part);
        let rows = matrix.row_of(a).zip(matrix.row_of(b));
        rows.is_some_and(|(a, b)| matrix.far_below(a, b, least))
    };
    let unlike: Vec<bool> = pairs.par_iter().map(is_unlike).collect();
    let mut unlike = unlike.into_iter();
    pairs.retain(|_| !unlike.next().unwrap_or_default());
    pairs
}

/// Scores pairs `(a, b)` of passages, `a < b`; `b` is always an embedded story. With the frequencies
/// of a `reader`, one form with other facts is not one story.
///
/// # Errors
/// When a record cannot be read again or the caller cancels.
pub fn verify_blocks(
    corpus: &Corpus,
    table: &PageTable,
    maker: &PassageMaker<'_>,
    shingle: Shingle,
    pairs: Vec<(PassageId, PassageId)>,
    reader: Option<&Frequencies>,
    progress: &dyn Progress,
) -> Result<Vec<BlockPair>> {
    let mut order = pairs;
    let passages = table.len() + table.embedded.len();
    let rank = ranks(&order, passages);
    let components = by_component(&mut order, passages, |(a, b)| {
        let (a, b) = (rank[a as usize], rank[b as usize]);
        (a.max(b), a.min(b))
    });
    drop(rank);
    let pool = Pool::new(|| Cache {
        reader: PassageReader::new(table, maker, corpus.reader()),
        shingle,
        judge: reader.map(Judge::new),
        texts: [Folded::default(), Folded::default()],
        set: Vec::new(),
        shingles: Vec::new(),
        places: HashMap::new(),
    });
    let score = |task: &Task<'_>| {
        if progress.cancelled() {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        let mut scored = Vec::new();
        pool.lend(|cache| {
            let mut add = |pairs: &[(PassageId, PassageId)], cache: &mut Cache<'_>| {
                for &(a, b) in pairs {
                    scored.push(cache.pair(a, b)?);
                }
                Ok::<(), Error>(())
            };
            match task {
                Task::Whole(components) => components.iter().try_for_each(|pairs| {
                    cache.forget();
                    add(pairs, cache)
                }),
                // Another part of the same may have gone before.
                Task::Part(pairs) => add(pairs, cache),
            }
        })?;
        progress.add(scored.len() as u64, 0);
        Ok(scored)
    };
    let tasks: Vec<Vec<BlockPair>> =
        tasks(&components, LARGE).par_iter().map(score).collect::<Result<_>>()?;
    let mut scored: Vec<BlockPair> = tasks.into_iter().flatten().collect();
    scored.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
    Ok(scored)
}

/// Pairs of one passage above which it is not followed to those that it is paired with: what very many
/// share pairs the first of them with each of the others, and says of no two that they are near.
const HUB: u32 = 256;

/// Ranks of passages: in which order their pairs are taken, each with the later of its two, so that most
/// passages are at hand even where a component has many more of them than are kept. They are those of a
/// depth-first search, which from each goes on to the passage of the fewest pairs. Cost: a few looks into lists
/// for each pair, and a sort of those that each passage is paired with.
fn ranks(pairs: &[(PassageId, PassageId)], passages: usize) -> Vec<u32> {
    // The passages that each is paired with, one list after the other.
    let mut ends = vec![0_u32; passages];
    for &(a, b) in pairs {
        ends[a as usize] += 1;
        ends[b as usize] += 1;
    }
    let mut all = 0;
    for end in &mut ends {
        all += std::mem::replace(end, all);
    }
    let mut paired = vec![0; 2 * pairs.len()];
    for &(a, b) in pairs {
        for (own, other) in [(a, b), (b, a)] {
            paired[ends[own as usize] as usize] = other;
            ends[own as usize] += 1;
        }
    }
    let begin =
        |passage: PassageId| passage.checked_sub(1).map_or(0, |before| ends[before as usize]);
    let count = |passage: PassageId| ends[passage as usize] - begin(passage);
    let mut rank = vec![u32::MAX; passages];
    let mut next = 0;
    let mut take = |passage: PassageId, rank: &mut Vec<u32>| {
        rank[passage as usize] = next;
        next += 1;
    };
    let all = 0..passages as PassageId;
    all.clone().filter(|&passage| count(passage) > HUB).for_each(|hub| take(hub, &mut rank));
    let mut following = Vec::new();
    for root in all.filter(|&passage| count(passage) > 0) {
        following.push(root);
        while let Some(passage) = following.pop() {
            if rank[passage as usize] != u32::MAX {
                continue;
            }
            take(passage, &mut rank);
            let from = following.len();
            let others = &paired[begin(passage) as usize..ends[passage as usize] as usize];
            following.extend(others.iter().filter(|&&other| rank[other as usize] == u32::MAX));
            following[from..]
                .sort_unstable_by_key(|&other| std::cmp::Reverse((count(other), other)));
        }
    }
    rank
}

fn one_story(a: Loaded<'_>, b: Loaded<'_>, score: PairScore) -> bool {
    let (shorter, longer, contained) =
        if a.set.len() <= b.set.len() { (a, b, score.a_in_b()) } else { (b, a, score.b_in_a()) };
    let shared = longer.head.iter().filter(|hash| shorter.set.binary_search(hash).is_ok()).count();
    let sought = longer.head.len().min(shorter.set.len());
    contained >= CONTAINED && shared as f64 >= HEAD_SHARED * sought as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::pages::EmbeddedAt;
    use crate::read::RecordAt;
    use crate::sketch::{Banding, MinHasher, Scheme, SketchPart, SketchPlan, SketchWriter};
    use crate::types::ByteSpan;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Pages, and for each an embedded story of so many words of which so many are shared with the story
    /// of the page.
    fn passages(words: &[[u64; 3]]) -> (PageTable, SketchMatrix) {
        let (hasher, banding) =
            (MinHasher::new(Scheme::Fast, 128, 1), Banding::new(35, 3).unwrap());
        let plan = SketchPlan { hasher, banding, simhash: false };
        let (mut table, mut part) = (PageTable::default(), SketchPart::default());
        let hash = |at: u64| xxhash_rust::xxh3::xxh3_64(&at.to_le_bytes());
        let set = |from: u64, to: u64| (from..to).map(hash).collect::<Vec<u64>>();
        for (page, &[story, _, _]) in (0..).zip(words) {
            table.at.push(RecordAt { file: 0, length: 0, offset: 0 });
            table.words.push(story as u32);
            let from = u64::from(page) * 1_000_000;
            part.push(page, &set(from, from + story), &plan);
        }
        for (page, &[story, embedded, shared]) in (0..).zip(words) {
            let (hash, span) = (0, ByteSpan::new(0, 0));
            let words = embedded as u32;
            table.embedded.push(EmbeddedAt { page, nth: 0, words, hash, span });
            let from = u64::from(page) * 1_000_000 + story - shared;
            part.push(last(&table), &set(from, from + embedded), &plan);
        }
        let mut matrix = SketchWriter::new(128, banding, None);
        matrix.append(0, &part);
        (table, matrix.finish().unwrap())
    }

    /// The number of the last passage.
    fn last(table: &PageTable) -> PassageId {
        (table.len() + table.embedded.len() - 1) as PassageId
    }

    proptest! {
        #[test]
        fn every_passage_of_a_pair_has_a_rank_of_its_own(
            pairs in prop::collection::btree_set((0_u32..20, 20_u32..400), 0..900),
        ) {
            let pairs: Vec<_> = pairs.into_iter().collect();
            let rank = ranks(&pairs, 500);
            let paired: BTreeSet<u32> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
            let own: BTreeSet<u32> = paired.iter().map(|&passage| rank[passage as usize]).collect();
            prop_assert!(own.iter().copied().eq(0..paired.len() as u32));
            prop_assert!((0..500).all(|p| paired.contains(&p) || rank[p as usize] == u32::MAX));
        }
    }

    #[test]
    fn chains_are_followed_from_end_to_end() {
        // Each is paired with the next, in a shuffled order of numbers, and the first with all.
        let number = |at: u32| if at == 0 { 0 } else { 1 + at * 7 % 1000 };
        let chain = (1..999).map(|at| (number(at), number(at + 1)));
        let star = (1..1000).map(|at| (0, number(at)));
        let pairs: Vec<_> = chain.chain(star).map(|(a, b)| (a.min(b), a.max(b))).collect();
        let rank = ranks(&pairs, 1002);
        let jumps = (1..999)
            .filter(|&at| rank[number(at) as usize].abs_diff(rank[number(at + 1) as usize]) > 1);
        assert_eq!((rank[0], jumps.count()), (0, 1), "from the middle to both ends");
    }

    #[test]
    fn passages_with_a_run_in_common_are_not_read() {
        // One story, wholly or half, the shorter first or last, much shorter or not.
        let alike =
            [[300, 280, 200], [200, 380, 120], [400, 100, 60], [60, 300, 40], [350, 20, 16]];
        // A paragraph in common, or a run or two.
        let unlike = [[300, 300, 40], [350, 280, 10], [200, 380, 6], [150, 140, 0]];
        let both = [&alike[..], &unlike[..]].concat();
        let (table, matrix) = passages(&both);
        let pages = table.len() as PassageId;
        let pairs: Vec<_> = (0..pages).map(|page| (page, pages + page)).collect();
        assert_eq!(blocks_to_read(&table, &matrix, pairs.clone(), true), pairs);
        let kept = blocks_to_read(&table, &matrix, pairs.clone(), false);
        assert_eq!(kept, pairs[..alike.len()]);
    }
}
