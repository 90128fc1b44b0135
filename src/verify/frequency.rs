//! How common words are: document frequencies in bounded memory, and the weight of a word.
//!
//! In: the word hashes of every page, one pass. Out: a weight for every word, in bits: the
//! logarithm of one over the share of pages that have it (inverse document frequency, Spärck Jones
//! 1972). Memory: 4 MB of counts, 2 MB of weights, whatever the archive. Does not: know words; two
//! words that fall into one of a million counters share it, which makes the rarer one of them look
//! common and costs it its weight (3,000 common words do so to one word in three hundred).

use std::sync::LazyLock;

use crate::fold::{Folder, Profile};

/// Counters of a [`WordCounts`]: 2 to this many.
const COUNTER_BITS: u32 = 20;
const COUNTERS: usize = 1 << COUNTER_BITS;

/// So many pages of ordinary news are mixed into every archive's counts, by the built-in table: an
/// archive of ten pages knows nothing of its language, one of twenty thousand knows better.
const PRIOR_PAGES: u64 = 1000;

/// Fractional bits of the counts while they are mixed: the table's shares of [`PRIOR_PAGES`] pages
/// are not whole pages.
const MIX_BITS: u32 = 8;

/// Fractional bits of a weight.
const WEIGHT_BITS: u32 = 8;

/// A weight of 1 bit.
pub const WEIGHT_ONE: u32 = 1 << WEIGHT_BITS;

/// The 3,000 commonest words of Arabic news (each in one page of ninety or more), and in how many of a
/// hundred thousand: counted over 20,329 articles of 14 outlets, July 2015, in the standard fold.
const FREQUENT: &str = include_str!("frequent.tsv");

/// Common words as (counter, pages of 100,000).
static BUILT_IN: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let folder = Folder::new(Profile::Standard);
    FREQUENT
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(word, pages)| {
            let hash = *folder.fold(word).hashes().first()?;
            Some((counter(hash) as u32, pages.parse().ok()?))
        })
        .collect()
});

fn counter(word: u64) -> usize {
    (word >> (u64::BITS - COUNTER_BITS)) as usize
}

/// In how many pages words occur, counted by hash.
///
/// Counts add up: pages may be counted in any order, by any number of counters that are merged.
#[derive(Clone, Debug)]
pub struct WordCounts {
    counts: Vec<u32>,
    pages: u64,
    /// Counters that the page in hand has touched.
    touched: Vec<u32>,
}

impl Default for WordCounts {
    fn default() -> Self {
        Self {
            counts: vec![0; COUNTERS],
            pages: 0,
            touched: Vec::new(),
        }
    }
}

impl WordCounts {
    /// Counts one page by the hashes of its words, in any order, repeats allowed.
    pub fn add(&mut self, words: &[u64]) {
        self.touched.clear();
        self.touched
            .extend(words.iter().map(|&w| counter(w) as u32));
        self.touched.sort_unstable();
        self.touched.dedup();
        for &at in &self.touched {
            let count = &mut self.counts[at as usize];
            *count = count.saturating_add(1);
        }
        self.pages += 1;
    }

    /// Adds the pages of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.pages += other.pages;
    }

    /// Pages counted.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// The counters that are not 0, as (counter, pages), ascending: what a run stores.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..)
            .zip(self.counts.iter().copied())
            .filter(|&(_, count)| count > 0)
    }

    /// Counts from what [`entries`](Self::entries) gave. Entries outside the table are an error:
    /// the counter's number is returned.
    pub fn from_entries(
        pages: u64,
        entries: impl IntoIterator<Item = (u32, u32)>,
    ) -> Result<Self, u32> {
        let mut counts = Self {
            pages,
            ..Self::default()
        };
        for (at, count) in entries {
            *counts.counts.get_mut(at as usize).ok_or(at)? = count;
        }
        Ok(counts)
    }
}

/// The weight of every word, from the archive's counts and the built-in table.
#[derive(Clone, Debug)]
pub struct Frequencies {
    weights: Vec<u16>,
}

impl Frequencies {
    /// Weights from counts. Integers throughout: the same on every CPU.
    pub fn new(counts: &WordCounts) -> Self {
        let mut mixed: Vec<u64> = counts
            .counts
            .iter()
            .map(|&c| u64::from(c) << MIX_BITS)
            .collect();
        for &(at, share) in BUILT_IN.iter() {
            mixed[at as usize] += ((u64::from(share) * PRIOR_PAGES) << MIX_BITS) / 100_000;
        }
        let half = 1 << (MIX_BITS - 1);
        let pages = (counts.pages + PRIOR_PAGES) << MIX_BITS;
        let all = log2(pages + half);
        let weights = mixed
            .iter()
            .map(|&c| all.saturating_sub(log2(c + half)).min(u16::MAX.into()) as u16);
        Self {
            weights: weights.collect(),
        }
    }

    /// Weights from the built-in table alone: for two texts outside any archive.
    pub fn built_in() -> Self {
        Self::new(&WordCounts::default())
    }

    /// The weight of a word by its hash: bits in units of 1 / [`WEIGHT_ONE`].
    pub fn weight(&self, word: u64) -> u32 {
        u32::from(self.weights[counter(word)])
    }

    /// The weight in bits.
    pub fn idf(&self, word: u64) -> f32 {
        self.weight(word) as f32 / WEIGHT_ONE as f32
    }
}

/// The binary logarithm of `x` > 0, rounded down to [`WEIGHT_BITS`] fractional bits: one squaring a
/// bit (Knuth, TAOCP 1, 1.2.2, exercise 25), for `f64::log2` may differ between machines.
fn log2(x: u64) -> u32 {
    let whole = x.ilog2();
    // The mantissa in 1..2 with 32 fractional bits.
    let mut mantissa = (u128::from(x) << 32 >> whole) as u64;
    let mut log = whole;
    for _ in 0..WEIGHT_BITS {
        let square = (u128::from(mantissa) * u128::from(mantissa)) >> 32;
        let bit = (square >> 33) as u32;
        mantissa = (square >> bit) as u64;
        log = log << 1 | bit;
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<u64> {
        Folder::new(Profile::Standard).fold(text).hashes().to_vec()
    }

    #[test]
    fn logarithm_is_that_of_the_library() {
        for x in (1..5000).chain((0..55).map(|s| (1_u64 << s) * 13 / 8 + 1)) {
            let want = (x as f64).log2() * f64::from(WEIGHT_ONE);
            assert!(
                (f64::from(log2(x)) - want).abs() < 1.5,
                "{x}: {} {want}",
                log2(x)
            );
        }
    }

    #[test]
    fn a_common_word_weighs_less() {
        let table = Frequencies::built_in();
        let weigh = |w| table.idf(words(w)[0]);
        assert!(weigh("في") < 1.0);
        assert!(weigh("المملكة") < weigh("الطقس"));
        assert!(weigh("الطقس") < weigh("زعفرانستان"));
    }

    #[test]
    fn an_archive_overrules_the_table() {
        let mut counts = WordCounts::default();
        let page = words("الزعفران نبتة نادرة");
        for _ in 0..20_000 {
            counts.add(&page);
        }
        let table = Frequencies::new(&counts);
        assert!(table.idf(page[0]) < 0.2);
        assert!(table.idf(words("في")[0]) > 4.0);
    }

    #[test]
    fn entries_bring_the_counts_back() {
        let mut counts = WordCounts::default();
        counts.add(&words("قال الوزير إن الوزير بخير"));
        counts.add(&words("قال المدير"));
        let back = WordCounts::from_entries(counts.pages(), counts.entries()).unwrap();
        assert_eq!(back.counts, counts.counts);
        assert_eq!(back.counts[counter(words("الوزير")[0])], 1);
        assert_eq!(back.counts[counter(words("قال")[0])], 2);
        assert_eq!(
            WordCounts::from_entries(1, [(1 << 20, 1)]).unwrap_err(),
            1 << 20
        );
    }

    proptest! {
        #[test]
        fn order_and_grouping_do_not_count(
            pages in proptest::collection::vec(
                proptest::collection::vec(any::<u64>(), 0..20), 1..12),
            cut in 0..12_usize,
        ) {
            let count = |pages: &[Vec<u64>]| {
                let mut counts = WordCounts::default();
                pages.iter().for_each(|p| counts.add(p));
                counts
            };
            let all = count(&pages);
            let (left, right) = pages.split_at(cut.min(pages.len()));
            let mut merged = count(right);
            merged.merge(&count(left));
            prop_assert_eq!(&merged.counts, &all.counts);
            prop_assert_eq!(merged.pages, all.pages);
        }
    }
}
