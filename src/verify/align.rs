//! Order-free alignment of two texts: the runs of words they share.
//!
//! In: two texts as word ids ([`Vocabulary`]). Out: tiles, that is runs of [`SEED`] or more words
//! that stand in both, each word used at most once, and the gaps between neighboring tiles.
//! Method: Greedy String Tiling (Wise 1993), longest match first; matches are found by seeds of
//! [`SEED`] words and extended. Paragraphs may change places, which an edit script cannot say.
//! Cost: linear in words, times a constant; the texts of an attacker cost at most
//! [`WORK_PER_WORD`] comparisons a word. Does not: know what a word means.

use std::collections::BinaryHeap;

use super::vocabulary::Vocabulary;

/// Words of the shortest run that counts as shared text: the size of the shingles that candidates
/// are found by. Runs of two are common between unrelated news (their mean Jaccard on neighbors in
/// topic is .08 by two words and .05 by three).
pub const SEED: usize = 3;

/// Words of the longest gap, on either side, that is read word by word as a changed place in
/// shared text. A longer one is a sentence of its own, left out or put in.
pub const LONGEST_GAP: u32 = 12;

/// Steps through the places of one seed. News repeats a seed a dozen times at most (the names of a
/// royal family in a list of guests); only texts made to be slow do so hundreds of times, and what
/// they repeat beyond this goes unaligned.
const PLACES_PER_SEED: usize = 48;

/// Word comparisons per word of both texts before the search for matches ends.
pub const WORK_PER_WORD: usize = 64;

/// Slots for each seed at least: two seeds are rarely in one.
const ROOM: usize = 4;

/// No position.
const NONE: u32 = u32::MAX;

/// A run of words that stands in both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// First word in the first text.
    pub a: u32,
    /// First word in the second text.
    pub b: u32,
    /// Words.
    pub len: u32,
}

impl Run {
    fn a_end(self) -> u32 {
        self.a + self.len
    }

    fn b_end(self) -> u32 {
        self.b + self.len
    }

    /// Its first words in both texts, as one number: in the order of the first text.
    fn place(self) -> u64 {
        u64::from(self.a) << 32 | u64::from(self.b)
    }
}

/// What lies between two runs that are neighbors in both texts: half-open ranges of words, either
/// of which may be empty, none longer than [`LONGEST_GAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First word and one past the last in the first text.
    pub a: (u32, u32),
    /// First word and one past the last in the second text.
    pub b: (u32, u32),
}

/// A match by the order in which it is taken: the longest is greatest, of equal ones the first by place
/// in the second text, then in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked(u128);

impl Ranked {
    fn of(run: Run) -> Self {
        Self(u128::from(run.len) << 64 | u128::from(!run.b) << 32 | u128::from(!run.a))
    }

    fn run(self) -> Run {
        Run { a: !(self.0 as u32), b: !((self.0 >> 32) as u32), len: (self.0 >> 64) as u32 }
    }
}

/// A match, and whether another one has some of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    run: Run,
    disputed: bool,
}

/// A place of a seed in the first text.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The next place of the same slot.
    next: u32,
    /// The first place, this one or after it, of a seed that stands elsewhere in the text as well.
    repeated: u32,
}

/// Aligns pairs of texts, one after the other, in the same memory.
#[derive(Debug, Default)]
pub struct Aligner {
    /// Slots by the hash of a seed: the last pair whose first text has such, and the first place there.
    heads: Vec<(u32, u32)>,
    pair: u32,
    /// By words of the first text.
    places: Vec<Place>,
    /// By their place in the second text.
    matches: Vec<Match>,
    ranked: Vec<Ranked>,
    /// What was left of some of those.
    clipped: BinaryHeap<Ranked>,
    used_a: Vec<bool>,
    used_b: Vec<bool>,
    runs: Vec<Run>,
    /// Indices of runs, by their place in the second text.
    by_b: Vec<u32>,
    gaps: Vec<Gap>,
}

impl Aligner {
    /// Aligns the two texts of `vocabulary`.
    pub fn align(&mut self, vocabulary: &Vocabulary) {
        self.find(vocabulary);
        self.tile(vocabulary.a().len(), vocabulary.b().len());
        self.find_gaps();
    }

    /// The shared runs, by their place in the first text.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The short gaps between runs that are neighbors in both texts, by place in the first text.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Finds the maximal matches: those that no word before or after prolongs.
    fn find(&mut self, vocabulary: &Vocabulary) {
        let (a, b) = (vocabulary.a(), vocabulary.b());
        let [seeds_a, seeds] = vocabulary.seeds();
        self.matches.clear();
        if seeds_a.is_empty() {
            return;
        }
        let slots = self.enter(seeds_a);
        let mut work = WORK_PER_WORD * (a.len() + b.len());
        // The match that reaches furthest.
        let mut longest = Run { a: 0, b: 0, len: 0 };
        let mut at_b = 0;
        while at_b < seeds.len() && work > 0 {
            // Inside of a match, a seed that stands once in the first text stands in it, and begins
            // no other.
            if let Some(last @ 1..) = (longest.b_end() as usize + 1).checked_sub(at_b + SEED) {
                let at_a = longest.a as usize + at_b - longest.b as usize;
                let once = self.places[at_a].repeated as usize - at_a;
                at_b += once.min(last);
                if once > 0 {
                    continue;
                }
            }
            let (pair, mut place) = self.heads[seeds[at_b] as usize & (slots - 1)];
            if pair != self.pair {
                at_b += 1;
                continue;
            }
            for _ in 0..PLACES_PER_SEED {
                if place == NONE {
                    break;
                }
                let at_a = place as usize;
                place = self.places[at_a].next;
                let starts = at_a == 0 || at_b == 0 || a[at_a - 1] != b[at_b - 1];
                // Two seeds may have one hash.
                if starts && a[at_a..at_a + SEED] == b[at_b..at_b + SEED] {
                    let rest = same(&a[at_a + SEED..], &b[at_b + SEED..], work);
                    let len = SEED + rest;
                    work = work.saturating_sub(len);
                    let run = Run { a: at_a as u32, b: at_b as u32, len: len as u32 };
                    if run.b_end() > longest.b_end() {
                        longest = run;
                    }
                    self.matches.push(Match { run, disputed: false });
                }
                work = work.saturating_sub(1);
            }
            at_b += 1;
        }
    }

    /// Enters the seeds of the first text; returns the number of slots.
    fn enter(&mut self, seeds: &[u32]) -> usize {
        let slots = (ROOM * seeds.len()).next_power_of_two();
        if self.heads.len() < slots {
            self.heads.resize(slots, (0, NONE));
        }
        if self.pair == u32::MAX {
            self.heads.fill((0, NONE));
            self.pair = 0;
        }
        self.pair += 1;
        self.places.clear();
        self.places.resize(seeds.len(), Place { next: NONE, repeated: NONE });
        // From the end, so that the places of a slot come in order.
        for (at, &seed) in seeds.iter().enumerate().rev() {
            let (pair, place) = &mut self.heads[seed as usize & (slots - 1)];
            let is_taken = std::mem::replace(pair, self.pair) == self.pair;
            let next = std::mem::replace(place, at as u32);
            if is_taken {
                self.places[at].next = next;
                let mut other = next;
                for _ in 0..PLACES_PER_SEED {
                    if other == NONE || seeds[other as usize] == seed {
                        break;
                    }
                    other = self.places[other as usize].next;
                }
                if other != NONE {
                    self.places[at].repeated = at as u32;
                    self.places[other as usize].repeated = other;
                }
            }
        }
        let mut repeated = seeds.len() as u32;
        for place in self.places.iter_mut().rev() {
            repeated = repeated.min(place.repeated);
            place.repeated = repeated;
        }
        slots
    }

    /// Takes matches, longest first; what a longer one has used is clipped off the shorter. What is
    /// left of a match is never torn in the middle: a tile inside it would have to be shorter.
    ///
    /// A match none of whose words another one has is taken whole, whenever its turn comes.
    fn tile(&mut self, a: usize, b: usize) {
        self.runs.clear();
        mark_disputed(&mut self.matches, |run| (run.b, run.b_end()));
        // No two begin in the same two places. One number is compared faster than several.
        self.matches.sort_unstable_by_key(|found| found.run.place());
        mark_disputed(&mut self.matches, |run| (run.a, run.a_end()));
        self.ranked.clear();
        for Match { run, disputed } in &self.matches {
            if *disputed {
                self.ranked.push(Ranked::of(*run));
            } else {
                self.runs.push(*run);
            }
        }
        if self.ranked.is_empty() {
            return;
        }
        self.used_a.clear();
        self.used_a.resize(a, false);
        self.used_b.clear();
        self.used_b.resize(b, false);
        self.ranked.sort_unstable();
        loop {
            // What is clipped comes after some of those that are whole: few are, so most need no heap.
            let next = match (self.ranked.last(), self.clipped.peek()) {
                (Some(whole), Some(clipped)) if whole < clipped => self.clipped.pop(),
                (None, _) => self.clipped.pop(),
                _ => self.ranked.pop(),
            };
            let Some(Run { a, b, len }) = next.map(Ranked::run) else {
                break;
            };
            let used = |i: u32| self.used_a[(a + i) as usize] || self.used_b[(b + i) as usize];
            let Some(first) = (0..len).find(|&i| !used(i)) else {
                continue;
            };
            let free = (first..len).find(|&i| used(i)).unwrap_or(len) - first;
            if free == len {
                self.used_a[a as usize..(a + len) as usize].fill(true);
                self.used_b[b as usize..(b + len) as usize].fill(true);
                self.runs.push(Run { a, b, len });
            } else if free as usize >= SEED {
                self.clipped.push(Ranked::of(Run { a: a + first, b: b + first, len: free }));
            }
        }
        self.runs.sort_unstable_by_key(|run| run.place());
    }

    fn find_gaps(&mut self) {
        self.gaps.clear();
        self.by_b.clear();
        self.by_b.extend(0..self.runs.len() as u32);
        let runs = &self.runs;
        self.by_b.sort_unstable_by_key(|&i| runs[i as usize].b);
        for pair in self.by_b.windows(2) {
            let (before, after) = (runs[pair[0] as usize], runs[pair[1] as usize]);
            let gap = Gap { a: (before.a_end(), after.a), b: (before.b_end(), after.b) };
            if pair[1] == pair[0] + 1
                && gap.a.1 - gap.a.0 <= LONGEST_GAP
                && gap.b.1 - gap.b.0 <= LONGEST_GAP
            {
                self.gaps.push(gap);
            }
        }
        self.gaps.sort_unstable_by_key(|gap| gap.a.0);
    }
}

/// Marks the matches that overlap, in the text whose words `place` tells; they are sorted by it.
fn mark_disputed(matches: &mut [Match], place: impl Fn(Run) -> (u32, u32)) {
    // The match that reaches furthest. Any other that reaches beyond where the next one begins has
    // that word in common with it, and is marked already.
    let (mut furthest, mut end) = (0, 0);
    for at in 0..matches.len() {
        let (own_start, own_end) = place(matches[at].run);
        if own_start < end {
            matches[at].disputed = true;
            matches[furthest].disputed = true;
        }
        if own_end > end {
            (furthest, end) = (at, own_end);
        }
    }
}

/// How many words the texts have in common before the first that differs, looked at up to `most`.
fn same(a: &[u32], b: &[u32], most: usize) -> usize {
    let most = most.min(a.len()).min(b.len());
    let (a, b) = (&a[..most], &b[..most]);
    // Eight at a time, in one comparison.
    let eights = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let from = 8 * eights.take_while(|(x, y)| x == y).count();
    from + a[from..].iter().zip(&b[from..]).take_while(|(x, y)| x == y).count()
}

/// What [`Aligner::runs`] must equal where texts do not repeat a seed more often than it looks:
/// every match of every pair of places, the longest free one taken, until none is left.
pub fn runs_reference(a: &[u64], b: &[u64]) -> Vec<Run> {
    let (mut used_a, mut used_b) = (vec![false; a.len()], vec![false; b.len()]);
    let mut runs = Vec::new();
    loop {
        let mut best = Run { a: 0, b: 0, len: 0 };
        for at_b in 0..b.len() {
            for at_a in 0..a.len() {
                let len = (at_a..a.len())
                    .zip(at_b..b.len())
                    .take_while(|&(i, j)| a[i] == b[j] && !used_a[i] && !used_b[j])
                    .count() as u32;
                if len > best.len {
                    best = Run { a: at_a as u32, b: at_b as u32, len };
                }
            }
        }
        if (best.len as usize) < SEED {
            runs.sort_unstable();
            return runs;
        }
        used_a[best.a as usize..best.a_end() as usize].fill(true);
        used_b[best.b as usize..best.b_end() as usize].fill(true);
        runs.push(best);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::vocabulary::KnownText;
    use proptest::prelude::*;

    fn align(a: &[u64], b: &[u64]) -> Aligner {
        let mut vocabulary = Vocabulary::default();
        vocabulary.number(a, b);
        let mut aligner = Aligner::default();
        aligner.align(&vocabulary);
        aligner
    }

    /// Two texts cut from one stock of sentences, with words changed: runs, moves and repeats.
    fn texts() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
        let text = || {
            proptest::collection::vec((0..8_u64, 1..9_u64, 0..12_usize, 0..30_u64), 0..8).prop_map(
                |parts| {
                    let mut text = Vec::new();
                    for (sentence, words, changed, word) in parts {
                        let from = text.len();
                        text.extend((0..words).map(|i| sentence * 100 + i));
                        if let Some(w) = text.get_mut(from + changed) {
                            *w = word;
                        }
                    }
                    text
                },
            )
        };
        (text(), text())
    }

    proptest! {
        #[test]
        fn runs_equal_reference((a, b) in texts()) {
            let aligner = align(&a, &b);
            prop_assert_eq!(aligner.runs(), runs_reference(&a, &b));
        }

        #[test]
        fn runs_are_shared_and_used_once(
            a in proptest::collection::vec(0..3_u64, 0..60),
            b in proptest::collection::vec(0..3_u64, 0..60),
        ) {
            let (mut used_a, mut used_b) = (vec![false; a.len()], vec![false; b.len()]);
            for run in align(&a, &b).runs() {
                prop_assert!(run.len as usize >= SEED);
                for i in 0..run.len as usize {
                    let (i, j) = (run.a as usize + i, run.b as usize + i);
                    prop_assert_eq!(a[i], b[j]);
                    prop_assert!(!std::mem::replace(&mut used_a[i], true));
                    prop_assert!(!std::mem::replace(&mut used_b[j], true));
                }
            }
        }
    }

    proptest! {
        /// What is known of other texts, and of the pair before, shows in no alignment.
        #[test]
        fn pairs_of_known_texts_are_aligned_like_new_ones(
            texts in proptest::collection::vec(texts(), 1..4),
        ) {
            let texts: Vec<Vec<u64>> = texts.into_iter().flat_map(|(a, b)| [a, b]).collect();
            let mut vocabulary = Vocabulary::default();
            let mut known = vec![KnownText::default(); texts.len()];
            for (text, known) in texts.iter().zip(&mut known) {
                vocabulary.know(text, known);
            }
            let mut aligner = Aligner::default();
            for (a, known_a) in texts.iter().zip(&known) {
                for (b, known_b) in texts.iter().zip(&known) {
                    vocabulary.number_known(known_a, known_b);
                    aligner.align(&vocabulary);
                    prop_assert_eq!(aligner.runs(), runs_reference(a, b));
                }
            }
        }

        #[test]
        fn same_words_are_counted_in_eights_as_one_by_one(
            a in proptest::collection::vec(0..2_u32, 0..40),
            at: proptest::sample::Index,
            most in 0..50_usize,
        ) {
            let mut b = a.clone();
            if !b.is_empty() {
                let at = at.index(b.len());
                b[at] ^= u32::from(most % 5 > 0);
                b.truncate(at + most);
            }
            let expected = a.iter().zip(&b).take(most).take_while(|(x, y)| x == y).count();
            prop_assert_eq!(same(&a, &b, most), expected);
        }
    }

    /// Seeds of one number are told apart by their words.
    #[test]
    fn seeds_of_one_hash_are_no_match() {
        // Rotated by 42 and 21 bits, the first two words of one are those of the other.
        let (x, y, z) = (0x1234_5678_9abc_def1_u64, 77_u64, 99_u64);
        let other = [y.rotate_left(43), x.rotate_left(21), z];
        let mixed = |[x, y, z]: [u64; 3]| x.rotate_left(42) ^ y.rotate_left(21) ^ z;
        assert_eq!(mixed([x, y, z]), mixed(other), "one hash");
        assert!(align(&[x, y, z], &other).runs().is_empty());
        let long = [1, 2, x, y, z, 3, 4, 5];
        let runs = [Run { a: 2, b: 3, len: 3 }];
        assert_eq!(align(&long, &[other[0], other[1], z, x, y, z, 9]).runs(), runs);
    }

    #[test]
    fn paragraphs_may_change_places() {
        let a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        let b = [6, 7, 8, 9, 10, 1, 2, 3, 4, 5];
        let aligner = align(&a, &b);
        assert_eq!(aligner.runs(), [Run { a: 0, b: 5, len: 5 }, Run { a: 5, b: 0, len: 5 }]);
        assert!(aligner.gaps().is_empty());
    }

    #[test]
    fn a_changed_word_is_a_gap() {
        let aligner = align(&[1, 2, 3, 4, 5, 6, 7], &[1, 2, 3, 50, 51, 5, 6, 7]);
        assert_eq!(aligner.gaps(), [Gap { a: (3, 4), b: (3, 5) }]);
    }

    #[test]
    fn texts_made_to_be_slow_are_aligned() {
        let same = vec![7; 100_000];
        let periodic: Vec<u64> = (0..170_000).map(|i| i % 5).collect();
        let broken: Vec<u64> = (0..170_000).map(|i| if i % 97 == 0 { i } else { i % 5 }).collect();
        let long: Vec<u64> = (0..170_000).map(|i| i * i % 100_003).collect();
        let mut moved = long.clone();
        moved.rotate_left(55_555);
        for text in [&same, &periodic, &broken, &long] {
            assert_eq!(align(text, text).gaps(), [], "{} words", text.len());
        }
        let parts = [Run { a: 0, b: 114_445, len: 55_555 }, Run { a: 55_555, b: 0, len: 114_445 }];
        assert_eq!(align(&long, &moved).runs(), parts);
        assert_eq!(align(&broken, &same).runs(), []);
        let between = align(&periodic, &broken);
        assert!(!between.runs().is_empty());
        for run in between.runs() {
            let words =
                |text: &[u64], from: u32| text[from as usize..][..run.len as usize].to_vec();
            assert_eq!(words(&periodic, run.a), words(&broken, run.b));
        }
    }
}
