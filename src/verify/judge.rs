//! Judging two stories as a careful reader would.
//!
//! In: two folded stories and what the archive knows of its words. Out: a [`Judgement`]: how they
//! relate, and the figures it rests on. Method: the texts are aligned without regard to order
//! ([`align`]), what differs inside the aligned text is typed ([`differences`]), and the rules of
//! [`relation`] read the figures. Cost: 10 to 30 µs for two stories of 250 words, linear in words;
//! memory is kept from pair to pair. Does not: find the pairs.
//!
//! [`align`]: super::align
//! [`differences`]: super::differences
//! [`relation`]: super::relation

use super::align::{Aligner, Run};
use super::differences::{Difference, Reader, Trait};
use super::lexicon::{Class, class};
use super::relation::{Evidence, Judgement, OTHER_OPENING, Side, share};
use super::score::PairScore;
use super::vocabulary::Vocabulary;
use crate::fold::Folded;
use crate::frequency::{Frequencies, WEIGHT_ONE};
use crate::shingle::{SHORT_WORDS, Shingle};

/// One story, as it is compared: title and body, in the standard fold.
#[derive(Clone, Copy, Debug)]
pub struct StoryText<'a> {
    /// Its folded text.
    pub folded: &'a Folded,
}

/// Weight from which a word counts as rare: on fewer than one page of 128, or, where the archive
/// is small or all of one kind, half again the mean of both texts. Most names are rarer than that,
/// and many of the words that editors exchange for one another are commoner.
const RARE: u32 = 7 * WEIGHT_ONE;

/// Fewest words of a shared run that parts two stretches: shorter ones are chance and formula.
const STRETCH_RUN: u32 = 6;

/// What is known of a word, whatever texts it stands in.
#[derive(Clone, Copy, Debug)]
struct Known {
    weight: u32,
    class: Class,
    digits: bool,
}

/// Judges pairs of stories, one after the other, in the same memory.
#[derive(Debug)]
pub struct Judge<'f> {
    frequencies: &'f Frequencies,
    pub(super) vocabulary: Vocabulary,
    pub(super) aligner: Aligner,
    pub(super) reader: Reader,
    pub(super) traits: Vec<Trait>,
    /// What is known of every word of the vocabulary, whatever it is compared with.
    known: Vec<Known>,
    /// The words of two texts that are judged once.
    words: [Vec<u32>; 2],
    letters: [Vec<u64>; 2],
    /// Where runs begin in one text, and their lengths.
    places: Vec<(u32, u32)>,
    /// Whether the last pair was aligned with its second text first.
    pub(super) swapped: bool,
}

impl<'f> Judge<'f> {
    /// A judge for an archive of these frequencies.
    pub fn new(frequencies: &'f Frequencies) -> Self {
        Self {
            frequencies,
            vocabulary: Vocabulary::default(),
            aligner: Aligner::default(),
            reader: Reader::default(),
            traits: Vec::new(),
            known: Vec::new(),
            words: [Vec::new(), Vec::new()],
            letters: [Vec::new(), Vec::new()],
            places: Vec::new(),
            swapped: false,
        }
    }

    /// Judges one pair. The order of the two does not change what is decided.
    pub fn judge(&mut self, a: StoryText<'_>, b: StoryText<'_>) -> Judgement {
        self.forget();
        let [mut words_a, mut words_b] = std::mem::take(&mut self.words);
        self.know(a, &mut words_a);
        self.know(b, &mut words_b);
        let judgement = self.judge_known([a, b], [&words_a, &words_b]);
        self.words = [words_a, words_b];
        judgement
    }

    /// Makes a text known, which may then be judged with many others: `words` become the numbers of
    /// its words, for [`judge_known`](Self::judge_known).
    pub(super) fn know(&mut self, text: StoryText<'_>, words: &mut Vec<u32>) {
        let hashes = text.folded.hashes();
        self.vocabulary.know(hashes, words);
        for (at, &number) in words.iter().enumerate() {
            // Numbers are given in order.
            if number as usize == self.known.len() {
                let class = class(hashes[at]);
                let weight = if class.is_idle() { 0 } else { self.frequencies.weight(hashes[at]) };
                self.known.push(Known { weight, class, digits: is_digits(text, at) });
            }
        }
    }

    /// How many words are known.
    pub(super) fn known_words(&self) -> usize {
        self.vocabulary.known()
    }

    /// Forgets all texts.
    pub(super) fn forget(&mut self) {
        self.vocabulary.forget();
        self.known.clear();
    }

    /// Judges one pair of known texts.
    pub(super) fn judge_known(
        &mut self,
        texts: [StoryText<'_>; 2],
        words: [&[u32]; 2],
    ) -> Judgement {
        // The alignment breaks ties by place; one order of the two makes it one alignment.
        let [a, b] = texts.map(|text| text.folded);
        self.swapped = b.len().cmp(&a.len()).then_with(|| b.hashes().cmp(a.hashes())).is_lt();
        let ([a, b], [of_a, of_b]) = (texts, words);
        let mut evidence = if self.swapped {
            self.read([b, a], [of_b, of_a])
        } else {
            self.read([a, b], [of_a, of_b])
        };
        let (relation, rule) = evidence.decide();
        let shorter = if self.swapped { Side::B } else { Side::A };
        if self.swapped {
            evidence.swap();
        }
        Judgement { relation, rule, shorter, evidence }
    }

    /// The changed places of the last pair, as words of the first and second text.
    pub fn differences(&self) -> impl Iterator<Item = Difference> {
        self.reader.differences.iter().map(|&d| if self.swapped { d.swapped() } else { d })
    }

    /// Aligns two known texts, the shorter first, and gathers the figures.
    fn read(&mut self, texts: [StoryText<'_>; 2], words: [&[u32]; 2]) -> Evidence {
        self.vocabulary.number_known(words[0], words[1]);
        self.aligner.align(&self.vocabulary);
        self.reader.clear();
        let mut evidence = Evidence::default();
        for run in self.aligner.runs() {
            evidence.runs += 1;
            evidence.longest_run = evidence.longest_run.max(run.len);
        }
        let in_runs: u32 = self.aligner.runs().iter().map(|run| run.len).sum();
        for (side, text) in texts.into_iter().enumerate() {
            let words = text.folded.len();
            evidence.words[side] = words as u32;
            evidence.in_runs[side] = share(in_runs.into(), words as u64);
        }
        if texts.iter().all(|text| text.folded.len() < SHORT_WORDS) {
            for (set, text) in self.letters.iter_mut().zip(texts) {
                Shingle::SHORT.set_into(text.folded, set);
            }
            let [a, b] = &self.letters;
            evidence.letters = Some(PairScore::of(a, b).jaccard());
        } else if !evidence.shares_text() {
            // Half of all candidates: what their words weigh would not change what they are.
            return evidence;
        }
        self.tell_words();
        for (side, [longest, opening]) in self.own_stretches(texts).into_iter().enumerate() {
            (evidence.own_stretch[side], evidence.stretch_own[side]) = longest;
            (evidence.own_opening[side], evidence.opening_own[side]) = opening;
        }
        for &gap in self.aligner.gaps() {
            self.reader.read(gap, texts, &self.vocabulary, &mut self.traits);
        }
        for difference in &self.reader.differences {
            evidence.changed[difference.kind as usize] += 1;
        }
        evidence.formula = self.formula(texts[0]);
        self.weigh(&mut evidence);
        evidence
    }

    /// The longest stretch of words of each text without a shared run that is worth the name, and the
    /// one it opens with: the words of both, and what share of them, weighed by rarity, the other text
    /// lacks.
    fn own_stretches(&mut self, texts: [StoryText<'_>; 2]) -> [[(u32, f64); 2]; 2] {
        let long = |run: &&Run| run.len >= STRETCH_RUN;
        [0, 1].map(|side: usize| {
            let places = &mut self.places;
            places.clear();
            let runs = self.aligner.runs().iter().filter(long);
            places.extend(runs.map(|run| (if side == 0 { run.a } else { run.b }, run.len)));
            places.sort_unstable();
            places.push((texts[side].folded.len() as u32, 0));
            let (mut longest, mut end) = (0..0, 0);
            for &(from, len) in &*places {
                if from.saturating_sub(end) > longest.end - longest.start {
                    longest = end..from;
                }
                end = from + len;
            }
            let opening = 0..self.places[0].0;
            let ids = if side == 0 { self.vocabulary.a() } else { self.vocabulary.b() };
            [(longest, 0), (opening, OTHER_OPENING)].map(|(stretch, least)| {
                let (mut own, mut all) = (0, 0);
                if stretch.end - stretch.start < least {
                    return (stretch.end - stretch.start, 0.0);
                }
                for &id in &ids[stretch.start as usize..stretch.end as usize] {
                    let word = &self.traits[id as usize];
                    all += u64::from(word.weight);
                    own += if word.shared { 0 } else { u64::from(word.weight) };
                }
                (stretch.end - stretch.start, share(own, all))
            })
        })
    }

    /// Tells what every word of the two texts is.
    pub(super) fn tell_words(&mut self) {
        self.traits.clear();
        let (mut all, mut words) = (0, 0);
        self.traits.extend(self.vocabulary.words().iter().map(|word| {
            let Known { weight, class, digits } = self.known[word.known as usize];
            let times = word.in_a + word.in_b;
            all += u64::from(weight) * u64::from(times);
            words += u64::from(times);
            Trait {
                weight,
                class,
                digits,
                rare: false,
                number: matches!(class, Class::Numeral(_)),
                shared: word.in_a > 0 && word.in_b > 0,
            }
        }));
        let rare = RARE.min((all * 3 / 2).checked_div(words).unwrap_or_default() as u32);
        for word in &mut self.traits {
            word.rare = word.weight >= rare;
        }
        for ids in [self.vocabulary.a(), self.vocabulary.b()] {
            mark_numbers(ids, &mut self.traits);
        }
    }

    /// The figures that words give, whatever their order.
    fn weigh(&self, evidence: &mut Evidence) {
        let (mut all, mut kept, mut own_facts) = ([0_u64; 2], [0_u64; 2], [0_u64; 2]);
        for (word, traits) in self.vocabulary.words().iter().zip(&self.traits) {
            let times = [word.in_a, word.in_b];
            let weight = u64::from(traits.weight);
            let is_figure = traits.number && traits.class == Class::Open;
            for (side, (own, other)) in
                [(times[0], times[1]), (times[1], times[0])].into_iter().enumerate()
            {
                // A word that one text repeats is kept as often as the other has it; a spelling of
                // one that the other has, always.
                let shared = match other {
                    _ if !traits.shared => 0,
                    0 => own,
                    other => own.min(other),
                };
                all[side] += weight * u64::from(own);
                kept[side] += weight * u64::from(shared);
                evidence.numbers[side] += if is_figure { own } else { 0 };
                if !traits.shared && (is_figure || traits.is_rare()) {
                    own_facts[side] += weight * u64::from(own);
                    evidence.own_numbers[side] += if is_figure { own } else { 0 };
                    evidence.recurring[side] += u32::from(!is_figure && own > 1);
                }
            }
        }
        for side in 0..2 {
            evidence.kept[side] = share(kept[side], all[side]);
            evidence.own_facts[side] = share(own_facts[side], all[side]);
        }
    }

    /// The share of the shingles of all shared runs that is formula.
    fn formula(&self, first: StoryText<'_>) -> f64 {
        let (mut formula, mut counted) = (0, 0);
        for run in self.aligner.runs() {
            let words = &first.folded.hashes()[run.a as usize..(run.a + run.len) as usize];
            let (of_run, known) = self.frequencies.formula(words);
            formula += of_run;
            counted += known;
        }
        share(formula, counted)
    }
}

/// Whether a word of a folded text is written in digits: the fold parts digits from letters.
fn is_digits(text: StoryText<'_>, at: usize) -> bool {
    text.folded.text().as_bytes()[text.folded.tokens()[at].start as usize].is_ascii_digit()
}

/// Marks the numbers of one text. Those that stand beside a month, an era or the hour, or beside
/// such a number, are dates.
fn mark_numbers(ids: &[u32], traits: &mut [Trait]) {
    let as_date = |word: &mut Trait| {
        (word.class, word.weight, word.number) = (Class::Date, 0, false);
    };
    let mut dated = false;
    for &id in ids {
        let word = &mut traits[id as usize];
        if word.digits {
            word.number |= word.class == Class::Open;
            if dated {
                as_date(word);
            }
        } else {
            dated = word.class == Class::Calendar;
        }
    }
    dated = false;
    for &id in ids.iter().rev() {
        let word = &mut traits[id as usize];
        if word.class == Class::Calendar {
            dated = true;
        } else if dated && word.digits {
            as_date(word);
        } else {
            dated = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use crate::verify::differences::Kind;
    use std::time::{Duration, Instant};

    #[test]
    fn numbers_beside_months_are_dates() {
        let folder = Folder::new(Profile::Standard);
        let frequencies = Frequencies::built_in();
        let a = folder.fold("حضر 45 ضيفا افتتاح السوق الكبير في 12 أغسطس 2015 وسط المدينة القديمة");
        let b = folder.fold("حضر 46 ضيفا افتتاح السوق الكبير في 13 أغسطس 2015 وسط المدينة القديمة");
        let mut judge = Judge::new(&frequencies);
        let e = judge.judge(StoryText { folded: &a }, StoryText { folded: &b }).evidence;
        assert_eq!((e.numbers, e.own_numbers), ([1, 1], [1, 1]));
        let kinds: Vec<_> = judge.differences().map(|difference| difference.kind).collect();
        assert_eq!(kinds, [Kind::Date]);
    }

    #[test]
    fn texts_made_to_be_slow_are_not() {
        let folder = Folder::new(Profile::Standard);
        let frequencies = Frequencies::built_in();
        let same = folder.fold(&"كلمة ".repeat(100_000));
        let listed = |word: &dyn Fn(usize) -> String| -> Folded {
            folder.fold(&(0..90_000).map(word).collect::<Vec<_>>().join(" "))
        };
        let counted = listed(&|i| (i % 977).to_string());
        let names = listed(&|i| format!("اسم{} قال", i * 31 % 7919));
        let texts = [same, counted, names];
        let mut judge = Judge::new(&frequencies);
        for a in &texts {
            for b in &texts {
                let started = Instant::now();
                judge.judge(StoryText { folded: a }, StoryText { folded: b });
                // Twenty times what it takes where this was written: a bound, not a benchmark.
                assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
            }
        }
    }
}
