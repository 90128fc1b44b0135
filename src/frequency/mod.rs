//! How common words are: document frequencies in bounded memory, and the weight of a word.
//!
//! In: the word hashes of every page, one pass. Out: a weight for every word, in bits: the
//! logarithm of one over the share of pages that have it (inverse document frequency, Spärck Jones
//! 1972), and which shingles are formula. Memory: 6 MB, and 64 to
//! 128 bytes a page, for every thread that counts. Does not: know words; two words that fall into
//! one of a million counters share it, which makes the rarer one of them look common and costs it
//! its weight (3,000 common words do so to one word in three hundred).

mod store;

pub use store::StoreError;

use std::sync::LazyLock;

use crate::fold::{Folder, Profile};

/// Word counters of a [`Counts`]: 2 to this many.
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

/// Common words as (counter, pages of [`PRIOR_PAGES`] with [`MIX_BITS`] fractional bits), by counter,
/// each once.
static BUILT_IN: LazyLock<Vec<(u32, u64)>> = LazyLock::new(|| {
    let folder = Folder::new(Profile::Standard);
    let mut words: Vec<(u32, u64)> = FREQUENT
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(word, pages)| {
            let hash = *folder.fold(word).hashes().first()?;
            let share: u64 = pages.parse().ok()?;
            Some((counter(hash) as u32, ((share * PRIOR_PAGES) << MIX_BITS) / 100_000))
        })
        .collect();
    words.sort_unstable();
    words.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
    words
});

fn counter(word: u64) -> usize {
    (word >> (u64::BITS - COUNTER_BITS)) as usize
}

/// Words of the shingles that are counted: as many as the shortest shared run has.
const SHINGLE: usize = 3;

/// One shingle of so many is counted, chosen by its hash: a pair of stories shares a hundred, and
/// thirty of them say as well how common they are.
const SAMPLED: u64 = 4;

/// Bytes of shingle counters a page, which has some fifty sampled shingles, half of them its own:
/// a shingle meets a stranger in its counter now and then, and hardly ever a second.
const COUNTERS_A_PAGE: usize = 64;

/// Fewest and most shingle counters.
const SHINGLE_COUNTERS: (usize, usize) = (1 << 16, 1 << 28);

/// On how many pages words and shingles stand, counted by hash.
///
/// Counts add up: pages may be counted in any order, by any number of counters that are merged.
/// What stands in the archive many times over, byte for byte, is best counted once.
#[derive(Clone, Debug)]
pub struct Counts {
    words: Vec<u32>,
    shingles: Vec<u8>,
    pages: u64,
    /// Shingle counters that the page in hand touches.
    touched: Vec<u32>,
    /// Word counters that it touches, a bit each.
    seen: Vec<u64>,
}

impl Counts {
    /// Empty counts for an archive of about so many pages. Counts that are to be merged are made
    /// for the same number.
    pub fn new(pages: usize) -> Self {
        let (fewest, most) = SHINGLE_COUNTERS;
        let shingles = pages.saturating_mul(COUNTERS_A_PAGE).clamp(fewest, most);
        Self {
            words: vec![0; COUNTERS],
            shingles: vec![0; shingles.next_power_of_two()],
            pages: 0,
            touched: Vec::new(),
            seen: vec![0; COUNTERS / 64],
        }
    }

    /// Counts one page by the hashes of its words, in order.
    pub fn add(&mut self, words: &[u64]) {
        let Self { words: word_counts, shingles, pages, touched, seen } = self;
        *pages += 1;
        for at in words.iter().map(|&word| counter(word)) {
            let bit = 1 << (at % 64);
            let new = seen[at / 64] & bit == 0;
            seen[at / 64] |= bit;
            word_counts[at] = word_counts[at].saturating_add(u32::from(new));
        }
        for at in words.iter().map(|&word| counter(word)) {
            seen[at / 64] = 0;
        }
        touched.clear();
        touched.extend(
            words
                .array_windows()
                .filter_map(|w| shingle_counter(w, shingles.len()))
                .map(|at| at as u32),
        );
        touched.sort_unstable();
        touched.dedup();
        for &at in touched.iter() {
            shingles[at as usize] = shingles[at as usize].saturating_add(1);
        }
    }

    /// Adds the pages of `other`.
    ///
    /// # Panics
    ///
    /// If the two were not made for the same number of pages.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.shingles.len(), other.shingles.len(), "counts of different size");
        for (count, more) in self.words.iter_mut().zip(&other.words) {
            *count = count.saturating_add(*more);
        }
        for (count, more) in self.shingles.iter_mut().zip(&other.shingles) {
            *count = count.saturating_add(*more);
        }
        self.pages += other.pages;
    }

    /// Pages counted.
    pub fn pages(&self) -> u64 {
        self.pages
    }
}

/// The counter of a shingle, if it is one of those counted.
fn shingle_counter(words: &[u64; SHINGLE], counters: usize) -> Option<usize> {
    let [a, b, c] = *words;
    let joined = a.rotate_left(42) ^ b.rotate_left(21) ^ c;
    let mixed = u128::from(joined ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
    let hash = (mixed >> 64) as u64 ^ mixed as u64;
    hash.is_multiple_of(SAMPLED).then_some((hash / SAMPLED) as usize & (counters - 1))
}

/// How rare words are and which shingles are formula, by the archive's counts and the built-in
/// table.
#[derive(Clone, Debug)]
pub struct Frequencies {
    weights: Vec<u16>,
    shingles: Vec<u8>,
    formula: u8,
}

/// Fewest pages that make a shingle formula: below this number it may as well be one story's.
const FORMULA_PAGES: usize = 16;

impl Frequencies {
    /// Weights from counts, for an archive of so many outlets. Integers throughout: the same on
    /// every CPU.
    ///
    /// An outlet that takes a story prints it once, or once more when there is news: what stands on
    /// many more pages than there are outlets is formula. Measured on 20,329 articles of 12 outlets
    /// and on both halves of them: from 20 pages on, at least two thirds of what a template shares
    /// is formula, with one exception in a half; the shared text of copies that every outlet had
    /// lies between 14 and 19.
    pub fn new(counts: Counts, outlets: usize) -> Self {
        let weight = weigher(counts.pages);
        // Most counters are empty, and a logarithm is dear.
        let unseen = weight(0);
        let of = |&count: &u32| match count {
            0 => unseen,
            count => weight(u64::from(count) << MIX_BITS),
        };
        let mut weights: Vec<u16> = counts.words.iter().map(of).collect();
        for &(at, prior) in BUILT_IN.iter() {
            let count = u64::from(counts.words[at as usize]) << MIX_BITS;
            weights[at as usize] = weight(count + prior);
        }
        let formula = (outlets * 7 / 4).clamp(FORMULA_PAGES, u8::MAX.into()) as u8;
        Self { weights, shingles: counts.shingles, formula }
    }

    /// Weights from the built-in table alone: for two texts outside any archive.
    pub fn built_in() -> Self {
        let weight = weigher(0);
        let mut weights = vec![weight(0); COUNTERS];
        for &(at, prior) in BUILT_IN.iter() {
            weights[at as usize] = weight(prior);
        }
        Self { weights, shingles: vec![0; SHINGLE_COUNTERS.0], formula: FORMULA_PAGES as u8 }
    }

    /// The weight of a word by its hash: bits in units of 1 / [`WEIGHT_ONE`].
    pub fn weight(&self, word: u64) -> u32 {
        u32::from(self.weights[counter(word)])
    }

    /// The weight in bits.
    pub fn idf(&self, word: u64) -> f32 {
        self.weight(word) as f32 / WEIGHT_ONE as f32
    }

    /// Whether the archive repeats these three words on more pages than copies of one story can
    /// be; nothing for the three shingles in four that are not counted.
    pub fn is_formula(&self, words: &[u64; SHINGLE]) -> Option<bool> {
        let at = shingle_counter(words, self.shingles.len())?;
        Some(self.shingles[at] >= self.formula)
    }
}

/// The weight of a word that stands on so many pages (with [`MIX_BITS`] fractional bits) of an archive
/// of `pages`, the built-in ones besides.
fn weigher(pages: u64) -> impl Fn(u64) -> u16 {
    let half = 1 << (MIX_BITS - 1);
    let all = log2(((pages + PRIOR_PAGES) << MIX_BITS) + half);
    move |count| all.saturating_sub(log2(count + half)).min(u16::MAX.into()) as u16
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
            assert!((f64::from(log2(x)) - want).abs() < 1.5, "{x}: {} {want}", log2(x));
        }
    }

    #[test]
    fn a_common_word_weighs_less() {
        let table = Frequencies::built_in();
        let weigh = |w| table.idf(words(w)[0]);
        assert!(weigh("في") < 1.0);
        assert!(weigh("المملكة") < weigh("الخروج"));
        assert!(weigh("الخروج") < weigh("زعفرانستان"));
    }

    #[test]
    fn an_archive_of_no_page_knows_the_table() {
        let (empty, table) = (Frequencies::new(Counts::new(0), 0), Frequencies::built_in());
        assert_eq!(empty.weights, table.weights);
        assert_eq!((empty.shingles, empty.formula), (table.shingles, table.formula));
    }

    #[test]
    fn an_archive_overrules_the_table() {
        let mut counts = Counts::new(12);
        let page = words("الزعفران نبتة نادرة");
        for _ in 0..20_000 {
            counts.add(&page);
        }
        let table = Frequencies::new(counts, 14);
        assert!(table.idf(page[0]) < 0.2);
        assert!(table.idf(words("في")[0]) > 4.0);
    }

    #[test]
    fn a_word_counts_once_a_page() {
        let mut counts = Counts::new(2);
        counts.add(&words("قال الوزير إن الوزير بخير"));
        counts.add(&words("قال المدير"));
        assert_eq!(counts.words[counter(words("الوزير")[0])], 1);
        assert_eq!(counts.words[counter(words("قال")[0])], 2);
    }

    #[test]
    fn what_stands_on_more_pages_than_outlets_is_formula() {
        let formula = words("بعث الملك برقية تهنئة إلى فخامة الرئيس بمناسبة ذكرى الاستقلال");
        let story = words(
            "تمكن متسلق من صعود القمة وحده في يومين دون أن يستريح ثم عاد إلى قريته عند السفح حيث \
             استقبله الجيران بالزغاريد وأكاليل الغار وحكى لهم ما رآه فوق الغيم من صخور وثلج وطيور",
        );
        let mut counts = Counts::new(100);
        for page in 0..40_u64 {
            let mut text = if page < 10 { story.clone() } else { formula.clone() };
            text.push(page);
            counts.add(&text);
        }
        let known = Frequencies::new(counts, 14);
        let formulas = |text: &[u64]| -> Vec<bool> {
            text.array_windows().filter_map(|w| known.is_formula(w)).collect()
        };
        assert!(!formulas(&formula).is_empty() && formulas(&formula).iter().all(|&f| f));
        assert!(!formulas(&story).is_empty() && formulas(&story).iter().all(|&f| !f));
    }

    proptest! {
        #[test]
        fn order_and_grouping_do_not_count(
            pages in proptest::collection::vec(
                proptest::collection::vec(any::<u64>(), 0..20), 1..12),
            cut in 0..12_usize,
        ) {
            let count = |pages: &[Vec<u64>]| {
                let mut counts = Counts::new(12);
                for page in pages {
                    counts.add(page);
                }
                counts
            };
            let all = count(&pages);
            let (left, right) = pages.split_at(cut.min(pages.len()));
            let mut merged = count(right);
            merged.merge(&count(left));
            prop_assert_eq!(&merged.words, &all.words);
            prop_assert_eq!(&merged.shingles, &all.shingles);
            prop_assert_eq!(merged.pages, all.pages);
        }
    }
}
