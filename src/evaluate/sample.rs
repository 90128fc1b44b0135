//! Recall without labels: a sample of the archive joined exactly with all of it.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::found::Found;
use crate::config::SEED;
use crate::error::Result;
use crate::pages::{PageId, PageTable};
use crate::passage::{PassageMaker, PassageScratch};
use crate::pool::Pool;
use crate::read::{Corpus, Format};
use crate::shingle::Shingle;

/// What a run found of the pairs that an exact join of a sample with the archive finds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SampleRecall {
    /// Pages drawn.
    pub sampled: u64,
    /// Pages they were compared with.
    pub pages: u64,
    /// Pairs of a drawn page and another with a Jaccard similarity of at least the threshold.
    pub pairs: u64,
    /// Of them, pairs that stand in one family.
    pub joined: u64,
    /// Of them, pairs that the run scored; counted when it wrote `pairs.jsonl`.
    pub scored: Option<u64>,
}

/// Joins a sample of at most `size` pages exactly with all pages (an inverted index over the
/// sample's shingles, no sketch), and looks every pair of at least `threshold` up in `found`.
///
/// The sample is drawn by hashes of ids: the same at every call. Pages whose id a run made of path
/// and line are left out, since the lines of `kept/` are others. Cost: one reading of the archive,
/// and memory for the shingles of the sample.
///
/// # Errors
/// When a record cannot be read again.
pub fn sample_recall(
    corpus: &Corpus,
    table: &PageTable,
    maker: &PassageMaker<'_>,
    shingle: Shingle,
    threshold: f64,
    size: usize,
    found: &Found,
) -> Result<SampleRecall> {
    let pool = Pool::new(|| (PassageScratch::default(), Vec::new()));
    let ids: Vec<Option<String>> = (0..table.len() as PageId)
        .into_par_iter()
        .map(|page| own_name(corpus, table, page))
        .collect::<Result<_>>()?;
    let mut drawn: Vec<(u64, PageId)> = (0..table.len() as PageId)
        .filter(|&page| !table.is_wordless(page))
        .filter_map(|page| {
            let id = ids[page as usize].as_ref()?;
            Some((xxh3_64_with_seed(id.as_bytes(), SEED), page))
        })
        .collect();
    drawn.sort_unstable();
    drawn.truncate(size);
    let set_of = |page: PageId, scratch: &mut PassageScratch, set: &mut Vec<u64>| -> Result<()> {
        let record = table.record(corpus, page)?;
        shingle.set_into(maker.make(&record, scratch), set);
        Ok(())
    };
    let mut holders: HashMap<u64, Vec<u32>> = HashMap::new();
    let mut sizes = Vec::with_capacity(drawn.len());
    let (mut scratch, mut set) = (PassageScratch::default(), Vec::new());
    for (number, &(_, page)) in drawn.iter().enumerate() {
        set_of(page, &mut scratch, &mut set)?;
        sizes.push(set.len());
        for &hash in &set {
            holders.entry(hash).or_default().push(number as u32);
        }
    }
    let hits: Vec<Vec<(PageId, PageId)>> = (0..table.len() as PageId)
        .into_par_iter()
        .map(|page| {
            pool.lend(|(scratch, set)| {
                set_of(page, scratch, set)?;
                let mut shared: BTreeMap<u32, usize> = BTreeMap::new();
                for number in set.iter().filter_map(|hash| holders.get(hash)).flatten() {
                    *shared.entry(*number).or_default() += 1;
                }
                let near = shared.into_iter().filter(|&(number, shared)| {
                    let all = set.len() + sizes[number as usize] - shared;
                    shared as f64 >= threshold * all as f64
                });
                Ok(near
                    .map(|(number, _)| (drawn[number as usize].1, page))
                    .filter(|(a, b)| a != b)
                    .collect())
            })
        })
        .collect::<Result<_>>()?;
    let mut pairs: Vec<(PageId, PageId)> =
        hits.into_iter().flatten().map(|(a, b)| (a.min(b), a.max(b))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut out = SampleRecall {
        sampled: drawn.len() as u64,
        pages: table.len() as u64,
        scored: found.pairs.is_some().then_some(0),
        ..SampleRecall::default()
    };
    for (a, b) in pairs {
        if let (Some(a), Some(b)) = (&ids[a as usize], &ids[b as usize]) {
            out.pairs += 1;
            out.joined += u64::from(found.one_family(a, b));
            if let Some(scored) = &mut out.scored {
                *scored += u64::from(found.pair(a, b).is_some());
            }
        }
    }
    Ok(out)
}

/// The id that the run knew the page by; `None` where it was made of path and line.
fn own_name(corpus: &Corpus, table: &PageTable, page: PageId) -> Result<Option<String>> {
    if table.has_made_id(page) {
        return Ok(None);
    }
    let id = table.id(corpus, page, &table.record(corpus, page)?);
    let name = table.file(corpus, page);
    if name.format() != Format::Txt {
        return Ok(Some(id));
    }
    // Where kept/ and removed/ both hold a file, reading both sets their names apart.
    let plain = id.strip_prefix("kept/").or_else(|| id.strip_prefix("removed/"));
    Ok(Some(plain.map(str::to_owned).unwrap_or(id)))
}
