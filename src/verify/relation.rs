//! How two stories relate, decided as a careful reader would.
//!
//! In: two folded stories and what the archive knows of its words. Out: a [`Relation`] with the
//! figures it rests on. Method: the texts are aligned without regard to order ([`align`]), what
//! differs inside the aligned text is typed ([`differences`]), and a short list of rules reads the
//! figures; every constant says what it was measured on. Cost: 10 to 20 µs for two stories of 250
//! words, linear in words; memory is kept from pair to pair. Does not: find the pairs.
//!
//! "Measured" means: on 160 pairs of real articles of 14 outlets that careful readers have labeled
//! (86 copies, 53 contained, 8 updates, 11 templates, 2 of one event), drawn in strata of
//! similarity so that the hard ones are many.
//!
//! [`align`]: super::align
//! [`differences`]: super::differences

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::align::{Aligner, SEED};
use super::differences::{Difference, Kind, Reader, Trait};
use super::frequency::Frequencies;
use super::lexicon::{Class, class};
use super::score::PairScore;
use super::vocabulary::Vocabulary;
use crate::fold::Folded;
use crate::shingle::{SHORT_WORDS, Shingle};
use crate::types::ByteSpan;

/// How two stories relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Made from the same text, and most of the longer is in both.
    Copy,
    /// The shorter lies almost wholly in the longer, which has much besides.
    Contains,
    /// Partly the same text; much of the longer is new.
    Update,
    /// The same formula filled in with other facts.
    Template,
    /// They share a run of text.
    Overlaps,
    /// Nothing that counts is shared.
    None,
}

impl Relation {
    /// All relations, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::Copy,
        Self::Contains,
        Self::Update,
        Self::Template,
        Self::Overlaps,
        Self::None,
    ];

    /// The word for it in files: `copy`, `contains`, ...
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Contains => "contains",
            Self::Update => "update",
            Self::Template => "template",
            Self::Overlaps => "overlaps",
            Self::None => "none",
        }
    }
}

/// One story, as it is compared: title and body, in the standard fold.
#[derive(Clone, Copy, Debug)]
pub struct StoryText<'a> {
    /// Its folded text.
    pub folded: &'a Folded,
}

/// Which of two stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// Share of the longer text, weighed by rarity, that the other must have for a copy. Of 86 copies
/// one falls below; of updates and events whose second label is not copy, one in four is above.
const COPY_KEPT: f64 = 0.61;

/// Share of the shorter text's words that must stand in shared runs for a copy: half and a little.
/// The lowest of 86 copies has .567, accounts of one event in each paper's own words .508 and .517.
const COPY_RUNS: f64 = 0.54;

/// Share of the shorter text's words in shared runs from which it counts as lying in the longer:
/// 51 of 53 digests and shortened stories have it, of updates and templates of that shape none.
const CONTAINS_RUNS: f64 = 0.75;

/// Length of the shorter over that of the longer, in words, below which a text that lies in another
/// is a part of it and not its copy: readers put the border at 1.6 times the words (.625), and are
/// of two minds from .58 to .7.
const CONTAINS_RATIO: f64 = 0.65;

/// Share of the shared shingles that the archive repeats beyond what copies explain, from which the
/// shared text is formula. Ten of 11 templates lie above .73 and seven of 86 copies above .65; the
/// next rule saves six of those seven.
const FORMULA_SHARE: f64 = 0.7;

/// Share of the shorter text, weighed by rarity, in rare words and numbers that the longer lacks,
/// up to which a formula holds the same facts. Telegrams to two heads of state have .06 and more,
/// two outlets' prints of one telegram .03 and less.
const SAME_FACTS: f64 = 0.03;

/// Numbers that each side must have of its own before they say that the facts are others: one may
/// be a misprint, or an hour.
const OWN_NUMBERS: u32 = 2;

/// Changed places with other names or numbers on both sides before they speak: an editor may
/// exchange one rare word for another.
const CHANGED_FACTS: u32 = 2;

/// Share of the places changed in substance that have other names or numbers, from which the text
/// is a formula filled in anew: an editor who rewrites changes common words more often than not
/// (at most .67 in 86 copies, .3 on the median).
const CHANGED_FACTS_SHARE: f64 = 0.75;

/// Share of the shorter text's words in shared runs from which a pair that is neither copy nor
/// contained is an update (or, of other facts, a template); the lowest that readers call so has .44.
const UPDATE_RUNS: f64 = 0.4;

/// Share of the shorter text's words in shared runs, or words in one run, that make an overlap:
/// names with titles in full are up to 11 words long.
const OVERLAP_RUNS: f64 = 0.2;
const OVERLAP_WORDS: u32 = 12;

/// Jaccard of letter 9-shingles from which two texts under [`SHORT_WORDS`] words are copies, if
/// their names and numbers agree. One exchanged word in a title of ten leaves about .7; of titles
/// of different stories of one day, one in a thousand reaches .25.
const SHORT_COPY: f64 = 0.6;

/// The figures a decision rests on. Arrays are (first text, second text).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Words.
    pub words: [u32; 2],
    /// Share of the words in shared runs.
    pub in_runs: [f64; 2],
    /// Share of the text, weighed by rarity, in words that the other has too. Day words, titles of
    /// honor and credits weigh nothing.
    pub kept: [f64; 2],
    /// Share of the text, weighed by rarity, in rare words and numbers that the other lacks.
    pub own_facts: [f64; 2],
    /// Numbers, and those of them that the other lacks.
    pub numbers: [u32; 2],
    /// Numbers that the other lacks.
    pub own_numbers: [u32; 2],
    /// Shared runs.
    pub runs: u32,
    /// Words of the longest.
    pub longest_run: u32,
    /// Share of the shared shingles that are formula.
    pub formula: f64,
    /// Changed places inside aligned text, by [`Kind`].
    pub changed: [u32; Kind::COUNT],
    /// Jaccard of letter 9-shingles, for two texts under [`SHORT_WORDS`] words.
    pub letters: Option<f64>,
}

/// Which rule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The same words in the same order.
    SameWords,
    /// Two short texts, by their letters.
    ShortTexts,
    /// What they share is formula, and each has facts of its own.
    Formula,
    /// Each has numbers that the other lacks, and they are most of its numbers.
    OtherNumbers,
    /// The places that differ hold other names and numbers.
    OtherNames,
    /// The shorter lies in the longer.
    InsideLonger,
    /// Most of the longer is in both.
    MostlyShared,
    /// Some of it is.
    PartlyShared,
}

/// What was decided, and on what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// How the two relate.
    pub relation: Relation,
    /// The rule that decided.
    pub rule: Rule,
    /// The shorter of the two; where one contains the other, the contained one.
    pub shorter: Side,
    /// The figures.
    pub evidence: Evidence,
}

/// Judges pairs of stories, one after the other, in the same memory.
#[derive(Debug)]
pub struct Judge<'f> {
    frequencies: &'f Frequencies,
    vocabulary: Vocabulary,
    aligner: Aligner,
    reader: Reader,
    traits: Vec<Trait>,
    letters: [Vec<u64>; 2],
    /// Whether the last pair was aligned with its second text first.
    swapped: bool,
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
            letters: [Vec::new(), Vec::new()],
            swapped: false,
        }
    }

    /// Judges one pair. The order of the two does not change what is decided.
    pub fn judge(&mut self, a: StoryText<'_>, b: StoryText<'_>) -> Judgement {
        // The alignment breaks ties by place; one order of the two makes it one alignment.
        let order = |t: &StoryText<'_>| t.folded.len();
        self.swapped = order(&b).cmp(&order(&a)).then_with(|| b.folded.hashes().cmp(a.folded.hashes())).is_lt();
        let mut evidence = self.read(if self.swapped { [b, a] } else { [a, b] });
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

    /// The shared runs of the last pair, as bytes of the originals of the first and second text,
    /// which are given again: in the order of the shorter text.
    pub fn shared_spans(
        &self,
        a: StoryText<'_>,
        b: StoryText<'_>,
    ) -> impl Iterator<Item = [ByteSpan; 2]> {
        self.aligner.runs().iter().map(move |run| {
            let starts = if self.swapped { [run.b, run.a] } else { [run.a, run.b] };
            let span = |text: StoryText<'_>, first: u32| {
                let tokens = &text.folded.tokens()[first as usize..(first + run.len) as usize];
                ByteSpan::new(tokens[0].span.start, tokens[tokens.len() - 1].span.end)
            };
            [span(a, starts[0]), span(b, starts[1])]
        })
    }

    /// Aligns two texts, the shorter first, and gathers the figures.
    fn read(&mut self, texts: [StoryText<'_>; 2]) -> Evidence {
        let [a, b] = texts;
        self.vocabulary.number(a.folded.hashes(), b.folded.hashes());
        self.traits.clear();
        self.traits.extend(self.vocabulary.words().iter().map(|word| {
            let class = class(word.hash);
            Trait {
                weight: if class.is_idle() { 0 } else { self.frequencies.weight(word.hash) },
                class,
                shared: word.in_a > 0 && word.in_b > 0,
            }
        }));
        self.aligner.align(&self.vocabulary);
        self.reader.clear();
        for &gap in self.aligner.gaps() {
            self.reader.read(gap, texts, &self.vocabulary, &mut self.traits);
        }
        let mut evidence = Evidence { formula: self.formula(), ..Evidence::default() };
        for (side, ids) in [self.vocabulary.a(), self.vocabulary.b()].into_iter().enumerate() {
            self.weigh(side, ids, texts[side], &mut evidence);
        }
        for run in self.aligner.runs() {
            evidence.longest_run = evidence.longest_run.max(run.len);
            evidence.runs += 1;
        }
        for difference in &self.reader.differences {
            evidence.changed[difference.kind as usize] += 1;
        }
        if evidence.words.iter().all(|&words| (words as usize) < SHORT_WORDS) {
            for (set, text) in self.letters.iter_mut().zip(texts) {
                Shingle::SHORT.set_into(text.folded, set);
            }
            let [a, b] = &self.letters;
            evidence.letters = Some(PairScore::of(a, b).jaccard);
        }
        evidence
    }

    /// The figures of one side.
    fn weigh(&self, side: usize, ids: &[u32], text: StoryText<'_>, evidence: &mut Evidence) {
        let (mut all, mut kept, mut own_facts) = (0_u64, 0_u64, 0_u64);
        for (at, &id) in ids.iter().enumerate() {
            let word = self.traits[id as usize];
            let is_number = word.class == Class::Open && is_digits(text.folded.word(at));
            let weight = u64::from(word.weight);
            all += weight;
            kept += if word.shared { weight } else { 0 };
            own_facts += if !word.shared && (word.is_rare() || is_number) { weight } else { 0 };
            evidence.numbers[side] += u32::from(is_number);
            evidence.own_numbers[side] += u32::from(is_number && !word.shared);
        }
        let in_runs: u32 = self.aligner.runs().iter().map(|run| run.len).sum();
        evidence.words[side] = ids.len() as u32;
        evidence.in_runs[side] = share(in_runs.into(), ids.len() as u64);
        evidence.kept[side] = share(kept, all);
        evidence.own_facts[side] = share(own_facts, all);
    }

    /// The share of the shingles of all shared runs that is formula.
    fn formula(&self) -> f64 {
        let (mut formula, mut counted) = (0, 0);
        for run in self.aligner.runs() {
            let ids = &self.vocabulary.a()[run.a as usize..(run.a + run.len) as usize];
            for shingle in ids.array_windows::<SEED>() {
                let words = shingle.map(|id| self.vocabulary.words()[id as usize].hash);
                if let Some(is_formula) = self.frequencies.is_formula(&words) {
                    counted += 1;
                    formula += u64::from(is_formula);
                }
            }
        }
        share(formula, counted)
    }
}

/// `part` of `all`, 0 of nothing.
fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

/// Whether a folded word is a number.
pub(super) fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

impl Evidence {
    /// The rules, the shorter text first.
    fn decide(&self) -> (Relation, Rule) {
        if self.words[0] == 0 {
            return (Relation::None, Rule::PartlyShared);
        }
        if self.words[0] == self.words[1] && self.longest_run == self.words[0] {
            return (Relation::Copy, Rule::SameWords);
        }
        if let Some(letters) = self.letters {
            return (self.decide_short(letters), Rule::ShortTexts);
        }
        let ratio = share(self.words[0].into(), self.words[1].into());
        let inside = self.in_runs[0] >= CONTAINS_RUNS && ratio < CONTAINS_RATIO;
        let copy = self.kept[1] >= COPY_KEPT && self.in_runs[0] >= COPY_RUNS;
        if self.in_runs[0] >= UPDATE_RUNS
            && let Some(rule) = self.other_facts()
        {
            (Relation::Template, rule)
        } else if inside {
            (Relation::Contains, Rule::InsideLonger)
        } else if copy {
            (Relation::Copy, Rule::MostlyShared)
        } else if self.in_runs[0] >= UPDATE_RUNS {
            (Relation::Update, Rule::PartlyShared)
        } else if self.in_runs[0] >= OVERLAP_RUNS || self.longest_run >= OVERLAP_WORDS {
            (Relation::Overlaps, Rule::PartlyShared)
        } else {
            (Relation::None, Rule::PartlyShared)
        }
    }

    /// The rule, if any, by which the two are one formula with different facts.
    fn other_facts(&self) -> Option<Rule> {
        let own = |side: usize| {
            self.own_numbers[side] >= OWN_NUMBERS && self.own_numbers[side] * 2 > self.numbers[side]
        };
        if self.formula >= FORMULA_SHARE
            && (self.own_facts[0] > SAME_FACTS || self.changed_facts() > 0)
        {
            Some(Rule::Formula)
        } else if own(0) && own(1) {
            Some(Rule::OtherNumbers)
        } else {
            let changed = self.changed_facts();
            let all = changed + self.changed[Kind::Wording as usize];
            (changed >= CHANGED_FACTS
                && share(changed.into(), all.into()) >= CHANGED_FACTS_SHARE)
                .then_some(Rule::OtherNames)
        }
    }

    /// Changed places with other names or numbers on both sides.
    fn changed_facts(&self) -> u32 {
        self.changed[Kind::Name as usize] + self.changed[Kind::Number as usize]
    }

    /// The rules for two texts too short to weigh words in.
    fn decide_short(&self, letters: f64) -> Relation {
        let other = self.changed_facts() > 0 || self.own_numbers.iter().all(|&n| n > 0);
        let ratio = share(self.words[0].into(), self.words[1].into());
        match () {
            () if letters >= SHORT_COPY && other => Relation::Template,
            () if letters >= SHORT_COPY => Relation::Copy,
            () if self.in_runs[0] >= CONTAINS_RUNS && ratio < CONTAINS_RATIO => Relation::Contains,
            () if self.in_runs[0] >= UPDATE_RUNS => Relation::Overlaps,
            () => Relation::None,
        }
    }

    fn swap(&mut self) {
        self.words.swap(0, 1);
        self.in_runs.swap(0, 1);
        self.kept.swap(0, 1);
        self.own_facts.swap(0, 1);
        self.numbers.swap(0, 1);
        self.own_numbers.swap(0, 1);
    }
}

impl Judgement {
    /// The decision in one sentence, with its figures.
    pub fn reason(&self) -> String {
        let e = &self.evidence;
        let (short, long) = match self.shorter {
            Side::A => (0, 1),
            Side::B => (1, 0),
        };
        let percent = |share: f64| (share * 100.0).round() as u32;
        let runs = format!(
            "{} % of the shorter text's {} words stand in {} shared {} (the longest has {})",
            percent(e.in_runs[short]),
            e.words[short],
            e.runs,
            if e.runs == 1 { "run" } else { "runs" },
            e.longest_run,
        );
        let mut reason = match self.rule {
            Rule::SameWords => "both have the same words in the same order".to_owned(),
            Rule::ShortTexts => format!(
                "both are short, and {} % of their letter shingles are shared",
                percent(e.letters.unwrap_or_default())
            ),
            Rule::Formula => format!(
                "{runs}, but {} % of the shared text is formula that the archive repeats, and {} % \
                 of the shorter text, weighed by rarity, are names and numbers that the longer lacks",
                percent(e.formula),
                percent(e.own_facts[short]),
            ),
            Rule::OtherNumbers => format!(
                "{runs}, but {} of {} numbers of one and {} of {} of the other are its own",
                e.own_numbers[0], e.numbers[0], e.own_numbers[1], e.numbers[1]
            ),
            Rule::OtherNames => format!(
                "{runs}, but of the places that differ {} hold other names or numbers",
                e.changed_facts()
            ),
            Rule::InsideLonger => {
                format!("{runs}, and the longer text has {} words", e.words[long])
            }
            Rule::MostlyShared | Rule::PartlyShared => format!(
                "{runs}, and the shorter has {} % of the longer text, weighed by rarity",
                percent(e.kept[long])
            ),
        };
        let mut before = "; changed places: ";
        for (kind, &count) in Kind::ALL.iter().zip(&e.changed).rev().filter(|(_, n)| **n > 0) {
            // Writing to a string does not fail.
            let _ = write!(reason, "{before}{count} {}", kind.name());
            before = ", ";
        }
        reason
    }
}
