//! The relations of two stories, and what a decision about them says.
//!
//! In: the figures of an alignment. Out: [`Evidence`], the [`Rule`] that decided on it, and a sentence
//! that says so. Does not: decide ([`rules`](super::rules) does), look at texts.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::differences::Kind;

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
    pub const ALL: [Self; 6] =
        [Self::Copy, Self::Contains, Self::Update, Self::Template, Self::Overlaps, Self::None];

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

/// Which of two stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// The figures a decision rests on. Arrays are (first text, second text).
///
/// Of long texts that share only a run or two, words and runs alone are told: the rest is 0.
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
    /// Numbers.
    pub numbers: [u32; 2],
    /// Numbers that the other lacks.
    pub own_numbers: [u32; 2],
    /// Share of the shorter text's numbers that the other has in the same order, where both texts are full
    /// of them.
    pub figures_in_order: Option<f64>,
    /// Rare words that the text has twice or more and the other lacks.
    pub recurring: [u32; 2],
    /// Whether both name days of the week, each a few, and none in common.
    pub other_days: bool,
    /// Whether each opens with a subject that the other never names; asked only of copies.
    pub other_subjects: bool,
    /// Words of the longest stretch without a shared run of six words.
    pub own_stretch: [u32; 2],
    /// Share of that stretch, weighed by rarity, in words that the other text lacks.
    pub stretch_own: [f64; 2],
    /// Words before the first shared run of six words.
    pub own_opening: [u32; 2],
    /// Share of those, weighed by rarity, that the other text lacks; 0 if they are only a few.
    pub opening_own: [f64; 2],
    /// Shared runs.
    pub runs: u32,
    /// Words of the longest.
    pub longest_run: u32,
    /// Share of the shared shingles that are formula.
    pub formula: f64,
    /// Changed places inside aligned text, by [`Kind`].
    pub changed: [u32; Kind::COUNT],
    /// How many of them differ from one another: a word that is another all through a text counts once.
    pub different: [u32; Kind::COUNT],
    /// Jaccard of letter 9-shingles, for two texts under [`SHORT_WORDS`](crate::shingle::SHORT_WORDS) words.
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
    /// Each opens with a subject that the other never names, and the rest is alike.
    OtherSubjects,
    /// Each names another day of the week, and has facts of its own.
    OtherDays,
    /// The shorter lies in the longer.
    InsideLonger,
    /// Most of the longer is in both.
    MostlyShared,
    /// Most of it is, but each goes on at length about what the other does not tell.
    NewsOfItsOwn,
    /// One opens with a story of its own, and the other, or a third, is pasted below it.
    OtherOpening,
    /// Some of it is.
    PartlyShared,
    /// A run or two, or nothing.
    LittleShared,
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

/// `part` of `all`, 0 of nothing.
pub(super) fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

impl Evidence {
    pub(super) fn swap(&mut self) {
        self.words.swap(0, 1);
        self.in_runs.swap(0, 1);
        self.kept.swap(0, 1);
        self.own_facts.swap(0, 1);
        self.numbers.swap(0, 1);
        self.own_numbers.swap(0, 1);
        self.recurring.swap(0, 1);
        self.own_stretch.swap(0, 1);
        self.stretch_own.swap(0, 1);
        self.own_opening.swap(0, 1);
        self.opening_own.swap(0, 1);
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
        let percent = |share: f64| format!("{:.0}", share * 100.0);
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
                e.changed[Kind::Name as usize] + e.changed[Kind::Number as usize]
            ),
            Rule::OtherSubjects => format!(
                "{runs}, but each opens with a subject that it names again and the other never names"
            ),
            Rule::OtherDays => format!(
                "{runs}, but they name other days of the week, and {} % of the shorter text, weighed by \
                 rarity, are names and numbers that the longer lacks",
                percent(e.own_facts[short]),
            ),
            Rule::InsideLonger => {
                format!("{runs}, and the longer text has {} words", e.words[long])
            }
            Rule::LittleShared => runs,
            Rule::NewsOfItsOwn => format!(
                "{runs}, but the shorter has {} words in a row and the longer {} that the other lacks",
                e.own_stretch[short], e.own_stretch[long]
            ),
            Rule::OtherOpening => {
                let side = usize::from(self.evidence.opens_otherwise(1));
                format!(
                    "{runs}, but the {} opens with {} words about something else",
                    if side == short { "shorter" } else { "longer" },
                    e.own_opening[side],
                )
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
