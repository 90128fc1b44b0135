//! Judging two stories as a careful reader would.
//!
//! In: two folded stories and what the archive knows of its words. Out: a [`Judgement`]: how they
//! relate, and the figures it rests on. Method: the texts are aligned without regard to order
//! ([`align`]), what differs inside the aligned text is typed ([`differences`]), and the
//! [`rules`] read the figures. Cost: 10 to 30 µs for two stories of 250 words, linear in words;
//! memory is kept from pair to pair. Does not: find the pairs.
//!
//! [`align`]: super::align
//! [`differences`]: super::differences
//! [`rules`]: super::rules

use super::align::{Aligner, Run};
use super::differences::{Difference, Reader, Trait};
use super::lexicon::{Class, class};
use super::relation::{Evidence, Judgement, Relation, Rule, Side, share};
use super::rules::OTHER_OPENING;
use super::score::PairScore;
use super::subjects;
use super::tables::{figures_in_order, is_full_of_figures};
use super::vocabulary::{KnownText, Vocabulary};
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

/// Most days of the week that a text names of which each says when it happened.
const NAMED_DAYS: u32 = 2;

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
    /// By the number of a word; those of the last pair.
    pub(super) traits: Vec<Trait>,
    /// What is known of every word of the vocabulary, whatever it is compared with.
    known: Vec<Known>,
    /// The words of two texts that are judged once.
    texts: [KnownText; 2],
    letters: [Vec<u64>; 2],
    /// Where words stand that the text in hand was the first to have, and their weights.
    fresh: Vec<u32>,
    weights: Vec<u32>,
    /// What the words of the last pair weigh, and which of them are parts of dates.
    weight: u64,
    dates: Vec<u32>,
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
            texts: Default::default(),
            letters: [Vec::new(), Vec::new()],
            fresh: Vec::new(),
            weights: Vec::new(),
            weight: 0,
            dates: Vec::new(),
            places: Vec::new(),
            swapped: false,
        }
    }

    /// Judges one pair. The order of the two does not change what is decided.
    pub fn judge(&mut self, a: StoryText<'_>, b: StoryText<'_>) -> Judgement {
        self.forget();
        let [mut known_a, mut known_b] = std::mem::take(&mut self.texts);
        self.know(a, &mut known_a);
        self.know(b, &mut known_b);
        let judgement = self.judge_known([a, b], [&known_a, &known_b]);
        self.texts = [known_a, known_b];
        judgement
    }

    /// Makes a text known, which may then be judged with many others by
    /// [`judge_known`](Self::judge_known).
    pub(super) fn know(&mut self, text: StoryText<'_>, known: &mut KnownText) {
        let hashes = text.folded.hashes();
        self.vocabulary.know(hashes, known);
        let Self { frequencies, fresh, weights, .. } = self;
        // Numbers are given in order.
        fresh.resize(hashes.len().max(fresh.len()), 0);
        let (before, mut met) = (self.known.len(), 0);
        for (at, &number) in known.words().iter().enumerate() {
            fresh[met] = at as u32;
            met += usize::from(number as usize == before + met);
        }
        let fresh = &fresh[..met];
        // Weights lie all over memory: a core waits for many at a time where nothing else is done.
        weights.clear();
        weights.extend(fresh.iter().map(|&at| frequencies.weight(hashes[at as usize])));
        self.known.extend(fresh.iter().zip(weights).map(|(&at, &mut weight)| {
            let class = class(hashes[at as usize]);
            let weight = if class.is_idle() { 0 } else { weight };
            Known { weight, class, digits: is_digits(text, at as usize) }
        }));
        let weight = |&number: &u32| u64::from(self.known[number as usize].weight);
        known.weight = known.words().iter().map(weight).sum();
        let dates = std::mem::take(&mut known.dates);
        known.dates = find_dates(known.words(), &self.known, dates);
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
        known: [&KnownText; 2],
    ) -> Judgement {
        self.judge_by(texts, known, true)
    }

    /// The relation of two known texts, without the figures that do not decide it.
    pub(super) fn relate_known(
        &mut self,
        texts: [StoryText<'_>; 2],
        known: [&KnownText; 2],
    ) -> Relation {
        self.judge_by(texts, known, false).relation
    }

    fn judge_by(
        &mut self,
        texts: [StoryText<'_>; 2],
        known: [&KnownText; 2],
        all: bool,
    ) -> Judgement {
        // The alignment breaks ties by place; one order of the two makes it one alignment.
        let [a, b] = texts.map(|text| text.folded);
        self.swapped = b.len().cmp(&a.len()).then_with(|| b.hashes().cmp(a.hashes())).is_lt();
        let ([a, b], [of_a, of_b]) = (texts, known);
        let (texts, known) =
            if self.swapped { ([b, a], [of_b, of_a]) } else { ([a, b], [of_a, of_b]) };
        let mut evidence = self.read(texts, known, all);
        let (mut relation, mut rule) = evidence.decide();
        if rule == Rule::MostlyShared {
            let ids = [self.vocabulary.a(), self.vocabulary.b()];
            evidence.other_subjects = subjects::are_other(texts, ids, &self.traits);
            (relation, rule) = evidence.decide();
        }
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

    /// Aligns two known texts, the shorter first, and gathers the figures: all, or those that decide.
    fn read(&mut self, texts: [StoryText<'_>; 2], known: [&KnownText; 2], all: bool) -> Evidence {
        self.vocabulary.number_known(known[0], known[1]);
        self.weight = known[0].weight + known[1].weight;
        self.dates.clear();
        for text in known {
            self.dates.extend_from_slice(&text.dates);
        }
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
        evidence.different = self.reader.different();
        self.weigh(&mut evidence);
        // A number between two words of a date counts twice, which makes few texts tables.
        let figures = |side: usize| evidence.numbers[side] as usize + known[side].dates.len();
        if (0..2).all(|side| is_full_of_figures(figures(side), evidence.words[side])) {
            let ids = [self.vocabulary.a(), self.vocabulary.b()];
            evidence.figures_in_order = Some(figures_in_order(ids, &self.traits));
        }
        if all || evidence.other_days || evidence.filled_in_if_formula() {
            evidence.formula = self.formula(texts[0]);
        }
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
        let words = (self.vocabulary.a().len() + self.vocabulary.b().len()) as u64;
        let rare = RARE.min((self.weight * 3 / 2).checked_div(words).unwrap_or_default() as u32);
        self.traits.resize(self.known.len(), Trait::default());
        for word in self.vocabulary.words() {
            let Known { weight, class, digits } = self.known[word.number as usize];
            self.traits[word.number as usize] = Trait {
                weight,
                class,
                digits,
                rare: weight >= rare,
                number: matches!(class, Class::Numeral(_)) || digits && class == Class::Open,
                shared: word.in_a > 0 && word.in_b > 0,
            };
        }
        for &date in &self.dates {
            let word = &mut self.traits[date as usize];
            (word.class, word.weight, word.number) = (Class::Date, 0, false);
        }
    }

    /// The figures that words give, whatever their order.
    fn weigh(&self, evidence: &mut Evidence) {
        let (mut all, mut kept, mut own_facts) = ([0_u64; 2], [0_u64; 2], [0_u64; 2]);
        let mut days = [0_u8; 2];
        for word in self.vocabulary.words() {
            let traits = &self.traits[word.number as usize];
            let times = [word.in_a, word.in_b];
            let weight = u64::from(traits.weight);
            let is_figure = traits.number && traits.class == Class::Open;
            if let Class::Weekday(day) = traits.class {
                (0..2).for_each(|side| days[side] |= u8::from(times[side] > 0) << day);
            }
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
        evidence.other_days = days[0] & days[1] == 0
            && days.iter().all(|days| (1..=NAMED_DAYS).contains(&days.count_ones()));
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

/// The numbers of one text that stand beside a month, an era or the hour, or beside such a number: they
/// are dates. Put into `dates`, some of them perhaps twice.
fn find_dates(words: &[u32], known: &[Known], mut dates: Vec<u32>) -> Vec<u32> {
    dates.clear();
    put_dates(words.iter(), known, &mut dates);
    put_dates(words.iter().rev(), known, &mut dates);
    dates
}

/// Those beside a word that comes before them.
fn put_dates<'w>(words: impl Iterator<Item = &'w u32>, known: &[Known], dates: &mut Vec<u32>) {
    let mut dated = false;
    for &number in words {
        let Known { class, digits, .. } = known[number as usize];
        if digits && dated {
            dates.push(number);
        }
        dated = class == Class::Calendar || digits && dated;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use crate::frequency::Counts;
    use crate::verify::differences::Kind;
    use proptest::prelude::*;

    /// Texts of a few sentences, with dates and figures in them.
    fn texts() -> impl Strategy<Value = Vec<String>> {
        let sentence = "(افتتح رئيس البلدية صباح اليوم مكتبة عامة|وسط المدينة القديمة|حضر [1-4]{1,2} ضيفا\
            |في [1-4] يوليو 201[45]|الساعة [1-4]|[1-4] [1-4]|خمسة وعشرون|رمضان|قال زعفران( ال[ب-ي]{2,4}ون){1,3})";
        let text = prop::collection::vec(sentence, 0..14).prop_map(|parts| parts.join(" "));
        prop::collection::vec(text, 1..6)
    }

    /// Of an archive in which some of these sentences are formula.
    fn frequencies(folder: &Folder) -> Frequencies {
        let form =
            folder.fold("افتتح رئيس البلدية صباح اليوم مكتبة عامة وسط المدينة القديمة قال زعفران");
        let mut counts = Counts::new(30);
        (0..30).for_each(|_| counts.add(form.hashes()));
        let frequencies = Frequencies::new(counts, 1);
        assert!(frequencies.formula(form.hashes()).0 > 0);
        frequencies
    }

    /// What is told of every word by its definition: weighed over both texts, then read through.
    fn traits_reference(judge: &Judge<'_>) -> Vec<(u32, Trait)> {
        let texts = [judge.vocabulary.a(), judge.vocabulary.b()];
        let words = || texts.iter().flat_map(|text| text.iter().copied());
        let all: u64 = words().map(|word| u64::from(judge.known[word as usize].weight)).sum();
        let mean = (all * 3 / 2).checked_div(words().count() as u64).unwrap_or_default();
        let of_word = |word: u32| {
            let Known { weight, class, digits } = judge.known[word as usize];
            Trait {
                weight,
                class,
                digits,
                rare: weight >= RARE.min(mean as u32),
                number: matches!(class, Class::Numeral(_)),
                shared: texts.iter().all(|text| text.contains(&word)),
            }
        };
        let mut traits: Vec<(u32, Trait)> = words().map(|word| (word, of_word(word))).collect();
        traits.sort_unstable_by_key(|&(word, _)| word);
        traits.dedup_by_key(|&mut (word, _)| word);
        for text in texts {
            for (at, word) in text.iter().enumerate() {
                let class = |at: usize| judge.known[text[at] as usize].class;
                let digits = |at: &usize| judge.known[text[*at] as usize].digits;
                if !digits(&at) {
                    continue;
                }
                let found = traits.binary_search_by_key(word, |&(word, _)| word);
                let own = &mut traits[found.unwrap()].1;
                own.number |= own.class == Class::Open;
                let calendar =
                    |at: Option<usize>| at.is_some_and(|at| class(at) == Class::Calendar);
                let after = (at..text.len()).find(|at| !digits(at));
                if calendar((0..at).rfind(|at| !digits(at))) || calendar(after) {
                    (own.class, own.weight, own.number) = (Class::Date, 0, false);
                }
            }
        }
        traits
    }

    proptest! {
        /// What is known of other texts, and of pairs before, shows in no judgement.
        #[test]
        fn known_texts_are_judged_like_new_ones(texts in texts()) {
            let folder = Folder::new(Profile::Standard);
            let frequencies = frequencies(&folder);
            let folded: Vec<Folded> = texts.iter().map(|text| folder.fold(text)).collect();
            let stories: Vec<StoryText<'_>> =
                folded.iter().map(|folded| StoryText { folded }).collect();
            let mut judge = Judge::new(&frequencies);
            let mut known = vec![KnownText::default(); stories.len()];
            for (story, known) in stories.iter().zip(&mut known) {
                judge.know(*story, known);
            }
            let mut alone = Judge::new(&frequencies);
            for (&a, known_a) in stories.iter().zip(&known) {
                for (&b, known_b) in stories.iter().zip(&known) {
                    let judged = judge.judge_known([a, b], [known_a, known_b]);
                    prop_assert_eq!(judged, alone.judge(a, b));
                    let relation = judge.relate_known([a, b], [known_a, known_b]);
                    prop_assert_eq!(relation, judged.relation);
                    let differences: Vec<Difference> = judge.differences().collect();
                    prop_assert_eq!(differences, alone.differences().collect::<Vec<_>>());
                }
            }
        }

        #[test]
        fn words_are_told_by_their_definition(texts in texts()) {
            let folder = Folder::new(Profile::Standard);
            let frequencies = Frequencies::built_in();
            let folded: Vec<Folded> = texts.iter().map(|text| folder.fold(text)).collect();
            let mut judge = Judge::new(&frequencies);
            for (a, b) in folded.iter().zip(folded.iter().skip(1)) {
                judge.judge(StoryText { folded: a }, StoryText { folded: b });
                judge.tell_words();
                for (word, expected) in traits_reference(&judge) {
                    prop_assert_eq!(judge.traits[word as usize], expected);
                }
            }
        }
    }

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
    fn texts_made_to_be_slow_are_told_apart() {
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
        for (i, a) in texts.iter().enumerate() {
            for (k, b) in texts.iter().enumerate() {
                let judged = judge.judge(StoryText { folded: a }, StoryText { folded: b });
                let expected = if i == k { Relation::Copy } else { Relation::None };
                assert_eq!(judged.relation, expected, "{i} and {k}");
            }
        }
    }
}
