//! How common words are: document frequencies in bounded memory, and the weight of a word.
//!
//! In: the word hashes of every page, one pass. Out: a weight for every word, in bits: the
//! logarithm of one over the share of pages that have it (inverse document frequency, Spärck Jones
//! 1972), and which shingles are formula. Memory: 32 to 64 bytes a page
//! while they are counted, a quarter of that afterwards; 2 MB, and two for every thread that counts,
//! besides what the commonest words take. Does not: know words; two words that fall into
//! one of a million counters share it, which makes the rarer one of them look common and costs it
//! its weight (3,000 common words do so to one word in three hundred).

mod shingles;
mod store;

pub use store::StoreError;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::fold::{Folder, Profile, WordHashes};
use crate::processor::fetch;
use shingles::{HALF_FULL, Pending, SHINGLE_COUNTERS, ShingleCounts};

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
    let mut folded = WordHashes::default();
    let mut words: Vec<(u32, u64)> = FREQUENT
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(word, pages)| {
            folded.clear();
            folder.hash_onto(word, &mut folded);
            let hash = *folded.hashes().first()?;
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

/// Of the bits of a counter, those that tell it from others of its bucket: most buckets have one common
/// word or none.
const BUCKET_BITS: u32 = 8;

/// Where the words of each bucket begin in [`BUILT_IN`], and where the last ends.
static BUCKETS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let start =
        |bucket: u32| BUILT_IN.partition_point(|word| word.0 >> BUCKET_BITS < bucket) as u16;
    (0..=(COUNTERS as u32) >> BUCKET_BITS).map(start).collect()
});

fn counter(word: u64) -> usize {
    (word >> (u64::BITS - COUNTER_BITS)) as usize
}

/// Words of the shingles that are counted: as many as the shortest shared run has.
const SHINGLE: usize = 3;

/// One shingle of so many is counted, chosen by its hash: a pair of stories shares a hundred, and
/// thirty of them say as well how common they are.
const SAMPLED: u64 = 4;

/// On how many pages words and shingles stand, counted by hash.
///
/// Counts add up: pages may be counted in any order, by any number of counters that are merged.
/// What stands in the archive many times over, byte for byte, is best counted once.
#[derive(Debug)]
pub struct Counts {
    /// The pages of each word modulo 256: what most words come to, in a table that stays near the core.
    words: Vec<u8>,
    /// How often 256 more, of the words that have them.
    many: BTreeMap<u32, u32>,
    pages: u64,
    shingles: Arc<ShingleCounts>,
    /// Shingle counters that are to rise by one.
    pending: Pending,
    /// Counters that the page in hand touches.
    touched: Vec<u32>,
    /// Marks of those, of a page of many words.
    seen: Vec<u64>,
    /// The counters of a page of few words.
    few: Few,
}

/// Marks for the shingles of a page, of which it has some fifty: they stay next to the core.
const FEW_MARKS: usize = 1 << 12;

/// Most words of a page whose counters are told apart in a table next to the core, and its slots.
const FEW_WORDS: usize = 1 << 11;
const FEW_SLOTS: usize = 1 << 12;

/// The counters that one page touches, each once: a table of 16 KiB, where marks of all counters take
/// 128.
#[derive(Debug)]
struct Few {
    /// Open addressing: the counter, and above it the page; those of other pages are empty.
    slots: Box<[u32; FEW_SLOTS]>,
    page: u32,
}

impl Default for Few {
    fn default() -> Self {
        Self { slots: Box::new([0; FEW_SLOTS]), page: 0 }
    }
}

impl Few {
    /// Lists the counters of these words, of which there are no more than [`FEW_WORDS`], in order of first
    /// appearance; returns how many there are. `touched` must have room for as many as words. The counts
    /// of these counters are fetched on the way: they lie all over memory.
    fn list(&mut self, words: &[u64], touched: &mut [u32], counts: &[u8]) -> usize {
        debug_assert!(words.len() <= FEW_WORDS);
        self.page += 1;
        if self.page >> (u32::BITS - COUNTER_BITS) > 0 {
            self.slots.fill(0);
            self.page = 1;
        }
        let page = self.page << COUNTER_BITS;
        let mut met = 0;
        for &word in words {
            let at = counter(word);
            fetch(counts, at);
            let own = page | at as u32;
            let mut place = at % FEW_SLOTS;
            // Another counter of this page is hardly ever there. One comparison tells that, so that
            // no jump depends on whether the word was met before.
            let is_other = |slot: u32| (slot ^ own).wrapping_sub(1) < (1 << COUNTER_BITS) - 1;
            while is_other(self.slots[place]) {
                place = (place + 1) % FEW_SLOTS;
            }
            touched[met] = at as u32;
            met += usize::from(self.slots[place] != own);
            self.slots[place] = own;
        }
        met
    }
}

/// What [`Few::list`] does, of any number of words: with a mark for every counter, none of which may be
/// set before, and none is afterwards.
fn list_many(seen: &mut [u64], words: &[u64], touched: &mut [u32]) -> usize {
    let mut met = 0;
    for &word in words {
        let at = counter(word);
        touched[met] = at as u32;
        met += usize::from(mark(seen, at));
    }
    for &at in &touched[..met] {
        seen[at as usize / 64] = 0;
    }
    met
}

impl Counts {
    /// Empty counts for an archive of about so many pages.
    pub fn new(pages: usize) -> Self {
        Self::of(Arc::new(ShingleCounts::new(pages)))
    }

    fn of(shingles: Arc<ShingleCounts>) -> Self {
        Self {
            words: vec![0; COUNTERS],
            many: BTreeMap::new(),
            pages: 0,
            shingles,
            pending: Pending::default(),
            touched: Vec::new(),
            seen: vec![0; COUNTERS / 64],
            few: Few::default(),
        }
    }

    /// Empty counts for other pages of the same archive, by another thread; to be merged with these.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::of(Arc::clone(&self.shingles))
    }

    /// Counts one page by the hashes of its words, in order.
    pub fn add(&mut self, words: &[u64]) {
        let Self { words: counts, many, pages, shingles, pending, touched, seen, few } = self;
        *pages += 1;
        if touched.len() < words.len() {
            touched.resize(words.len(), 0);
        }
        // What is met is listed without a jump, and counted afterwards: the counters lie all over
        // memory, and a core waits for many of them at a time where it need not guess.
        let mut met = match words.len() {
            ..=FEW_WORDS => few.list(words, touched, counts),
            _ => list_many(seen, words, touched),
        };
        for &at in &touched[..met] {
            let count = &mut counts[at as usize];
            *count = count.wrapping_add(1);
            if *count == 0 {
                *many.entry(at).or_default() += 1;
            }
        }
        met = 0;
        for shingle in words.array_windows() {
            let (at, sampled) = shingle_counter(shingle, shingles.counters);
            touched[met] = at as u32;
            met += usize::from(sampled);
        }
        let (sampled, seen) = (&touched[..met], &mut seen[..FEW_MARKS / 64]);
        for (nth, &at) in sampled.iter().enumerate() {
            // Two counters may have one mark, and only then is it worth looking which was met.
            if mark(seen, at as usize % FEW_MARKS) || !sampled[..nth].contains(&at) {
                shingles.raise(at, pending);
            }
        }
        seen.fill(0);
    }

    /// Adds the pages of `other`, which was made by [`another`](Self::another).
    ///
    /// # Panics
    /// If it was not.
    pub fn merge(&mut self, mut other: Self) {
        assert!(Arc::ptr_eq(&self.shingles, &other.shingles), "counts of two archives");
        other.settle();
        let pairs = self.words.iter_mut().zip(&other.words);
        for (at, (count, more)) in pairs.enumerate() {
            let (sum, over) = count.overflowing_add(*more);
            *count = sum;
            if over {
                *self.many.entry(at as u32).or_default() += 1;
            }
        }
        for (at, more) in other.many {
            *self.many.entry(at).or_default() += more;
        }
        self.pages += other.pages;
    }

    /// Pages counted.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Counts what was set aside.
    fn settle(&mut self) {
        self.shingles.settle(&mut self.pending);
    }

    /// Pages of the words of a counter.
    fn word(&self, at: u32) -> u64 {
        let many = self.many.get(&at).copied().unwrap_or_default();
        u64::from(many) << u8::BITS | u64::from(self.words[at as usize])
    }
}

/// Marks a counter, and says whether it was not marked before.
#[inline]
fn mark(seen: &mut [u64], at: usize) -> bool {
    let (marks, bit) = (&mut seen[at / 64], 1 << (at % 64));
    let new = *marks & bit == 0;
    *marks |= bit;
    new
}

/// The counter of a shingle, and whether it is one of those counted.
#[inline]
fn shingle_counter(words: &[u64; SHINGLE], counters: usize) -> (usize, bool) {
    let [a, b, c] = *words;
    let joined = a.rotate_left(42) ^ b.rotate_left(21) ^ c;
    let mixed = u128::from(joined ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
    let hash = (mixed >> 64) as u64 ^ mixed as u64;
    ((hash / SAMPLED) as usize & (counters - 1), hash.is_multiple_of(SAMPLED))
}

/// How rare words are and which shingles are formula, by the archive's counts and the built-in
/// table.
#[derive(Clone, Debug)]
pub struct Frequencies {
    /// By counter; none where all that is known is the built-in table.
    weights: Vec<u16>,
    /// Which shingles are formula, a bit for each counter.
    formula: Vec<u64>,
}

/// Fewest pages that make a shingle formula: below this number it may as well be one story's.
const FORMULA_PAGES: usize = 16;
const _: () = assert!(FORMULA_PAGES > HALF_FULL as usize);

impl Frequencies {
    /// Weights from counts, for an archive of so many outlets. Integers throughout: the same on
    /// every CPU.
    ///
    /// An outlet that takes a story prints it once, or once more when there is news: what stands on
    /// many more pages than there are outlets is formula. Measured on 20,329 articles of 12 outlets
    /// and on both halves of them: from 20 pages on, at least two thirds of what a template shares
    /// is formula, with one exception in a half; the shared text of copies that every outlet had
    /// lies between 14 and 19.
    pub fn new(mut counts: Counts, outlets: usize) -> Self {
        counts.settle();
        let weight = weigher(counts.pages);
        // Few words stand on 256 pages or more, and a logarithm is dear.
        let few: Vec<u16> =
            (0..=u8::MAX.into()).map(|pages: u64| weight(pages << MIX_BITS)).collect();
        let mut weights: Vec<u16> =
            counts.words.iter().map(|&pages| few[usize::from(pages)]).collect();
        for &at in counts.many.keys() {
            weights[at as usize] = weight(counts.word(at) << MIX_BITS);
        }
        for &(at, prior) in BUILT_IN.iter() {
            weights[at as usize] = weight((counts.word(at) << MIX_BITS) + prior);
        }
        let pages = (outlets * 7 / 4).clamp(FORMULA_PAGES, u8::MAX.into()) as u8;
        Self { weights, formula: counts.shingles.at_least(pages) }
    }

    /// Weights from the built-in table alone: for two texts outside any archive. They are looked up in
    /// that table, which is slower than among those of an archive and takes no memory.
    pub fn built_in() -> Self {
        Self { weights: Vec::new(), formula: vec![0; SHINGLE_COUNTERS.0 / 64] }
    }

    /// The weight of a word by its hash: bits in units of 1 / [`WEIGHT_ONE`].
    pub fn weight(&self, word: u64) -> u32 {
        let at = counter(word);
        self.weights.get(at).map_or_else(|| built_in_weight(at as u32), |&weight| weight).into()
    }

    /// The weight in bits.
    pub fn idf(&self, word: u64) -> f32 {
        self.weight(word) as f32 / WEIGHT_ONE as f32
    }

    /// How many of the shingles of these words the archive repeats on more pages than copies of one
    /// story can be, and of how many that is known: of one in four.
    pub fn formula(&self, words: &[u64]) -> (u64, u64) {
        const FEW: usize = 32;
        let (mut sampled, mut met) = ([0; FEW], 0);
        let (mut formula, mut counted) = (0, 0);
        let mut tell = |sampled: &[usize]| {
            counted += sampled.len() as u64;
            for at in sampled {
                formula += self.formula[at / 64] >> (at % 64) & 1;
            }
        };
        for shingle in words.array_windows() {
            let (at, is_sampled) = shingle_counter(shingle, 64 * self.formula.len());
            sampled[met] = at;
            met += usize::from(is_sampled);
            if met == FEW {
                tell(&sampled);
                met = 0;
            }
        }
        tell(&sampled[..met]);
        (formula, counted)
    }
}

/// The weight of the words of a counter by the built-in table.
#[cold]
fn built_in_weight(counter: u32) -> u16 {
    static UNLISTED: LazyLock<u16> = LazyLock::new(|| weigher(0)(0));
    let at = (counter >> BUCKET_BITS) as usize;
    let bucket = usize::from(BUCKETS[at])..usize::from(BUCKETS[at + 1]);
    match BUILT_IN[bucket].iter().find(|word| word.0 == counter) {
        Some(&(_, pages)) => weigher(0)(pages),
        None => *UNLISTED,
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
    use super::shingles::{PARTS, Part};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn words(text: &str) -> Vec<u64> {
        Folder::new(Profile::Standard).fold(text).hashes().to_vec()
    }

    #[test]
    fn common_words_are_found_in_their_buckets() {
        let listed =
            BUILT_IN.iter().flat_map(|word| [word.0.saturating_sub(1), word.0, word.0 + 1]);
        let others = (0..COUNTERS as u32).step_by(997).chain([COUNTERS as u32 - 1]);
        for counter in listed.filter(|&counter| counter < COUNTERS as u32).chain(others) {
            let found = BUILT_IN.binary_search_by_key(&counter, |word| word.0);
            let pages = found.map_or(0, |at| BUILT_IN[at].1);
            assert_eq!(built_in_weight(counter), weigher(0)(pages), "{counter}");
        }
    }

    #[test]
    fn logarithm_is_that_of_the_library() {
        for x in (1..5000).chain((0..55).map(|s| (1_u64 << s) * 13 / 8 + 1)) {
            let want = (x as f64).log2() * f64::from(WEIGHT_ONE);
            assert!((f64::from(log2(x)) - want).abs() < 1.5, "{x}: {} {want}", log2(x));
        }
    }

    proptest! {
        #[test]
        fn counters_of_few_words_are_listed_as_those_of_many(
            // Of few slots, so that counters meet in one and run over its end.
            pages in prop::collection::vec(
                prop::collection::vec((0..3_u64, 4080..4100_u64, any::<u64>()), 0..60), 1..20,
            ),
            before in prop_oneof![Just(0), Just((1_u32 << (u32::BITS - COUNTER_BITS)) - 3)],
        ) {
            let mut few = Few { page: before, ..Few::default() };
            let mut seen = vec![0; COUNTERS / 64];
            let mut touched = [vec![0; 60], vec![0; 60]];
            for page in pages {
                let shift = u64::BITS - COUNTER_BITS;
                let word = |(high, low, rest): (u64, u64, u64)| {
                    ((high * FEW_SLOTS as u64 + low % FEW_SLOTS as u64) << shift) | rest >> COUNTER_BITS
                };
                let words: Vec<u64> = page.into_iter().map(word).collect();
                let met = few.list(&words, &mut touched[0], &[0]);
                prop_assert_eq!(met, list_many(&mut seen, &words, &mut touched[1]));
                prop_assert_eq!(&touched[0][..met], &touched[1][..met]);
                prop_assert!(seen.iter().all(|&marks| marks == 0));
            }
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
        for at in 0..COUNTERS as u64 {
            let word = at << (u64::BITS - COUNTER_BITS);
            assert_eq!(empty.weight(word), table.weight(word), "{at}");
        }
        assert_eq!(empty.formula, table.formula);
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
        let pages = |word: &str| counts.word(counter(words(word)[0]) as u32);
        assert_eq!((pages("الوزير"), pages("قال"), pages("غير")), (1, 2, 0));
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
        let (of_formula, of_story) = (known.formula(&formula), known.formula(&story));
        assert!(of_formula.1 > 0 && of_formula.0 == of_formula.1);
        assert!(of_story.1 > 0 && of_story.0 == 0);
        // Of a longer text it is the sum over its shingles.
        let long = [formula, story].concat().repeat(9);
        let each = long.windows(SHINGLE).map(|shingle| known.formula(shingle));
        assert_eq!(
            known.formula(&long),
            each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        );
    }

    /// What pages come to, counter by counter.
    fn reference(pages: &[Vec<u64>], shingle_counters: usize) -> (Vec<u32>, Vec<u8>) {
        let (mut words, mut shingles) = (vec![0; COUNTERS], vec![0; shingle_counters]);
        for page in pages {
            for at in page.iter().map(|&word| counter(word)).collect::<BTreeSet<_>>() {
                words[at] += 1;
            }
            let sampled = page.array_windows().map(|w| shingle_counter(w, shingle_counters));
            for (at, _) in sampled.filter(|counted| counted.1).collect::<BTreeSet<_>>() {
                shingles[at] = u8::saturating_add(shingles[at], 1);
            }
        }
        (words, shingles)
    }

    proptest! {
        #[test]
        fn order_and_grouping_do_not_count(
            pages in proptest::collection::vec(
                proptest::collection::vec(
                    prop_oneof![any::<u64>(), (0..6_u64).prop_map(|word| word << 50)], 0..40),
                1..12),
            cut in 0..12_usize,
            times in prop_oneof![Just(1), Just(150_usize)],
        ) {
            let pages: Vec<Vec<u64>> = std::iter::repeat_n(pages, times).flatten().collect();
            let told = |counts: &Counts| {
                let words: Vec<u32> = (0..COUNTERS as u32).map(|at| counts.word(at) as u32).collect();
                let part = |number| match &*counts.shingles.part(number) {
                    Part::Bytes(counts) => counts.clone(),
                    Part::Halves(halves, more) => {
                        let both = halves.iter().flat_map(|half| [half % 16, half / 16]);
                        let more = |at: usize| more.iter().find(|m| m.0 == at as u32).map_or(0, |m| m.1);
                        both.enumerate().map(|(at, count)| count + more(at)).collect()
                    }
                };
                (words, (0..PARTS).flat_map(part).collect::<Vec<u8>>())
            };
            let shingles = ShingleCounts::of(SHINGLE_COUNTERS.0, false);
            let mut all = Counts::of(Arc::new(shingles));
            for page in &pages {
                all.add(page);
            }
            let (left, right) = pages.split_at(cut.min(pages.len()));
            let mut merged = Counts::new(12);
            let mut others = merged.another();
            for page in right {
                merged.add(page);
            }
            for page in left {
                others.add(page);
            }
            merged.merge(others);
            for counts in [&mut all, &mut merged] {
                counts.settle();
                prop_assert_eq!(told(counts), reference(&pages, counts.shingles.counters));
                prop_assert_eq!(counts.pages, pages.len() as u64);
            }
            prop_assert!(matches!(*all.shingles.part(0), Part::Bytes(_)));
            prop_assert!(matches!(*merged.shingles.part(0), Part::Halves(..)));
            for pages in [FORMULA_PAGES as u8, 100, u8::MAX] {
                prop_assert_eq!(all.shingles.at_least(pages), merged.shingles.at_least(pages));
            }
        }
    }
}
