//! Quality against labels: how far clusters and relations agree with what readers said.
//!
//! In: a truth file, and what a run found. Out: pairwise and B-cubed precision and recall, the
//! adjusted Rand index, a confusion table of relations, and the curve of a score over its
//! thresholds. Cost: one sort. Does not: read files, run the engine or print.
//!
//! # Truth files
//!
//! UTF-8, one record a line, columns set apart by tabs; empty lines and lines that start with `#`
//! are skipped. A file holds records of one or both kinds:
//!
//! - **a page and its story**, `id<TAB>story[<TAB>level]`: pages of one story are copies of one
//!   another. A level says how far the page was edited: 0, 1 and 2 (or none) are copies; pages of
//!   level 3 and more are counted neither for nor against.
//! - **a labeled pair**, `a<TAB>b<TAB>label[<TAB>second]`: a label is `copy`, `contains`, `update`,
//!   `template`, `event` (the same event in other words) or `different`, in any case; the second is
//!   the label that the reader was torn to, and may be empty. Further columns are ignored, but for
//!   one: a comment line that names the columns (`# a<TAB>b<TAB>label<TAB>...`) may call one
//!   `weight`. It says for how many pairs a labeled pair stands, where pairs were drawn by strata.

mod found;
mod known;
mod sample;

pub use found::{Found, FoundPair};
pub use known::known_pages;
pub use sample::{SampleRecall, sample_recall};

use std::fmt;
use std::str::FromStr;

use crate::verify::relation::Relation;

/// What a reader said of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// Made from the same text.
    Copy,
    /// The shorter lies in the longer.
    Contains,
    /// Partly the same text, much is new.
    Update,
    /// The same formula with other facts.
    Template,
    /// The same event in other words.
    Event,
    /// Nothing that counts in common.
    Different,
}

impl Label {
    /// All labels, in order.
    pub const ALL: [Self; 6] =
        [Self::Copy, Self::Contains, Self::Update, Self::Template, Self::Event, Self::Different];

    /// The word for it in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Contains => "contains",
            Self::Update => "update",
            Self::Template => "template",
            Self::Event => "event",
            Self::Different => "different",
        }
    }

    /// Whether a relation (none: the pair was never looked at) is what the label asks for. No
    /// relation says "same event": there, and of different stories, nothing may be claimed that
    /// would join the two.
    pub fn agrees(self, relation: Option<Relation>) -> bool {
        match self {
            Self::Copy => relation == Some(Relation::Copy),
            Self::Contains => relation == Some(Relation::Contains),
            Self::Update => relation == Some(Relation::Update),
            Self::Template => relation == Some(Relation::Template),
            Self::Event | Self::Different => {
                !matches!(relation, Some(Relation::Copy | Relation::Contains))
            }
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Label {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|label| label.name().eq_ignore_ascii_case(word)).ok_or(())
    }
}

/// A labeled page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLabel {
    /// The page.
    pub id: String,
    /// Its story.
    pub story: String,
}

/// A labeled pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairLabel {
    /// The first page.
    pub a: String,
    /// The second page.
    pub b: String,
    /// What the reader said.
    pub label: Label,
    /// What the reader would have said otherwise.
    pub second: Option<Label>,
    /// For how many pairs of the archive it stands; 1 where the file does not say.
    pub weight: f64,
}

/// The records of a truth file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// Labeled pages, in the order of the file.
    pub stories: Vec<StoryLabel>,
    /// Labeled pairs, in the order of the file.
    pub pairs: Vec<PairLabel>,
}

/// A line of a truth file that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct TruthError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: TruthFault,
}

/// What is wrong with a line of a truth file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TruthFault {
    /// Fewer than two columns.
    #[error("want `id<TAB>story` or `a<TAB>b<TAB>label`")]
    TooFewColumns,
    /// The third column is neither a label nor an edit level.
    #[error(
        "`{0}` is neither a label (copy, contains, update, template, event, different) nor a level"
    )]
    UnknownLabel(String),
    /// The column of weights holds something else.
    #[error("`{0}` is no weight: want a number of 0 or more")]
    BadWeight(String),
}

impl Truth {
    /// Whether nothing in it counts.
    pub fn is_empty(&self) -> bool {
        self.stories.is_empty() && self.pairs.is_empty()
    }

    /// The ids that it speaks of.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let pairs = self.pairs.iter().flat_map(|pair| [pair.a.as_str(), pair.b.as_str()]);
        self.stories.iter().map(|page| page.id.as_str()).chain(pairs)
    }

    /// Reads the text of a truth file.
    ///
    /// # Errors
    ///
    /// The first line that is not understood.
    pub fn parse(text: &str) -> Result<Self, TruthError> {
        let mut truth = Self::default();
        let mut weight = None;
        for (at, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
            if let Some(comment) = line.strip_prefix('#') {
                let mut names = comment.split('\t').map(str::trim);
                weight = names.position(|name| name == "weight").or(weight);
            } else if !line.trim().is_empty() {
                truth.read(line, weight).map_err(|fault| TruthError { line: at + 1, fault })?;
            }
        }
        Ok(truth)
    }

    /// Reads one record; `weight` is the column of weights.
    fn read(&mut self, line: &str, weight: Option<usize>) -> Result<(), TruthFault> {
        let mut columns = line.split('\t');
        let (Some(first), Some(second)) = (columns.next(), columns.next()) else {
            return Err(TruthFault::TooFewColumns);
        };
        let (first, second) = (first.to_owned(), second.to_owned());
        let unknown = |word: &str| TruthFault::UnknownLabel(word.to_owned());
        match columns.next().map(str::trim) {
            None | Some("" | "0" | "1" | "2") => {
                self.stories.push(StoryLabel { id: first, story: second });
            }
            Some(level) if level.bytes().all(|byte| byte.is_ascii_digit()) => {}
            Some(word) => {
                let label = word.parse().map_err(|()| unknown(word))?;
                let other = match columns.next().map(str::trim) {
                    _ if weight == Some(3) => None,
                    None | Some("") => None,
                    Some(word) => Some(word.parse().map_err(|()| unknown(word))?),
                };
                let weight = match weight.and_then(|at| line.split('\t').nth(at)).map(str::trim) {
                    None => 1.0,
                    Some(number) => number
                        .parse()
                        .ok()
                        .filter(|weight: &f64| weight.is_finite() && *weight >= 0.0)
                        .ok_or_else(|| TruthFault::BadWeight(number.to_owned()))?,
                };
                self.pairs.push(PairLabel { a: first, b: second, label, second: other, weight });
            }
        }
        Ok(())
    }
}

/// Precision and recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// Share of what was found that is true; 1 if nothing was found.
    pub precision: f64,
    /// Share of what is true that was found; 1 if nothing is true.
    pub recall: f64,
}

impl Accuracy {
    fn of(right: f64, found: f64, there: f64) -> Self {
        let share = |of: f64| if of > 0.0 { right / of } else { 1.0 };
        Self { precision: share(found), recall: share(there) }
    }

    /// The harmonic mean of the two.
    pub fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

/// How far two ways to cluster the same pages agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Pages compared.
    pub pages: u64,
    /// Over pairs of pages: is a pair of one found cluster a pair of one true cluster?
    pub pairwise: Accuracy,
    /// Over pages (Bagga, Baldwin 1998): how much of a page's found cluster is of its true one?
    pub b_cubed: Accuracy,
    /// Rand index, adjusted for chance (Hubert, Arabie 1985): 0 for chance, 1 for equal.
    pub adjusted_rand: f64,
}

/// Compares two ways to cluster the same pages, given as the true and the found cluster of every
/// page, under any numbers. A page that was put in no cluster needs a number of its own.
pub fn compare_clusters(pages: &[(u64, u64)]) -> Agreement {
    let both = sizes(pages.iter().copied());
    let truth = sizes(pages.iter().map(|page| page.0));
    let found = sizes(pages.iter().map(|page| page.1));
    let right = pairs_within(&both);
    let (true_pairs, found_pairs) = (pairs_within(&truth), pairs_within(&found));

    let (mut precise, mut recalled) = (0.0, 0.0);
    for &((true_cluster, found_cluster), pages) in &both {
        let square = pages as f64 * pages as f64;
        precise += square / size_of(found_cluster, &found);
        recalled += square / size_of(true_cluster, &truth);
    }
    let mean = |sum: f64| {
        if pages.is_empty() { 1.0 } else { sum / pages.len() as f64 }
    };

    let expected = match choose_two(pages.len() as u64) {
        0.0 => 0.0,
        pairs => true_pairs * found_pairs / pairs,
    };
    let most = f64::midpoint(true_pairs, found_pairs);
    Agreement {
        pages: pages.len() as u64,
        pairwise: Accuracy::of(right, found_pairs, true_pairs),
        b_cubed: Accuracy { precision: mean(precise), recall: mean(recalled) },
        adjusted_rand: if most > expected { (right - expected) / (most - expected) } else { 1.0 },
    }
}

/// The distinct values, sorted, each with how often it comes.
fn sizes<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.chunk_by(T::eq).map(|same| (same[0], same.len() as u64)).collect()
}

fn size_of(cluster: u64, sizes: &[(u64, u64)]) -> f64 {
    sizes.binary_search_by_key(&cluster, |size| size.0).map_or(0.0, |at| sizes[at].1 as f64)
}

fn pairs_within<T>(sizes: &[(T, u64)]) -> f64 {
    sizes.iter().map(|&(_, pages)| choose_two(pages)).sum()
}

fn choose_two(n: u64) -> f64 {
    n as f64 * n.saturating_sub(1) as f64 / 2.0
}

/// A pair that a run and a reader see differently.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The pair and its labels.
    pub pair: PairLabel,
    /// What the run said; nothing if it never looked at the pair.
    pub relation: Option<Relation>,
}

/// How often each relation was given to pairs of each label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Confusion {
    /// By label, then by relation; the last column is of pairs that were never looked at.
    counts: [[u64; Relation::ALL.len() + 1]; Label::ALL.len()],
    /// Pairs called copies that readers call so, with the first or second label.
    right_copies: u64,
    /// The same by weight; all pairs called copies; pairs that readers call so with the first
    /// label; those of them that are called copies.
    weights: [f64; 4],
    /// The pairs the two see differently, in the order of the labels given.
    pub wrong: Vec<Disagreement>,
}

impl Confusion {
    /// Sets labeled pairs against what a run said of them.
    pub fn of<'a>(
        labels: impl IntoIterator<Item = &'a PairLabel>,
        relation: impl Fn(&PairLabel) -> Option<Relation>,
    ) -> Self {
        let mut table = Self::default();
        for pair in labels {
            let relation = relation(pair);
            table.counts[pair.label as usize][column(relation)] += 1;
            let called = relation == Some(Relation::Copy);
            let is_copy = pair.label == Label::Copy;
            let right = called && (is_copy || pair.second == Some(Label::Copy));
            table.right_copies += u64::from(right);
            for (sum, counts) in
                table.weights.iter_mut().zip([right, called, is_copy, called && is_copy])
            {
                *sum += if counts { pair.weight } else { 0.0 };
            }
            if !pair.label.agrees(relation) {
                table.wrong.push(Disagreement { pair: pair.clone(), relation });
            }
        }
        table
    }

    /// Pairs of this label that were given this relation (nothing: never looked at).
    pub fn count(&self, label: Label, relation: Option<Relation>) -> u64 {
        self.counts[label as usize][column(relation)]
    }

    /// Pairs of this label.
    pub fn labeled(&self, label: Label) -> u64 {
        self.counts[label as usize].iter().sum()
    }

    /// Share of the pairs of a label whose relation is what the label asks for; 1 of none.
    pub fn recall(&self, label: Label) -> f64 {
        let all = Relation::ALL.into_iter().map(Some).chain([None]);
        let right: u64 =
            all.filter(|&r| label.agrees(r)).map(|relation| self.count(label, relation)).sum();
        Accuracy::of(right as f64, 0.0, self.labeled(label) as f64).recall
    }

    /// Share of the pairs called copies that readers call so, with the first or second label; 1 of
    /// none.
    pub fn copy_precision(&self) -> f64 {
        let called: u64 =
            Label::ALL.into_iter().map(|label| self.count(label, Some(Relation::Copy))).sum();
        Accuracy::of(self.right_copies as f64, called as f64, 0.0).precision
    }

    /// Precision and recall of copies, every pair counted as often as its weight says. A second
    /// label counts for precision, not for recall.
    pub fn weighted_copies(&self) -> Accuracy {
        let [right, called, there, found] = self.weights;
        Accuracy {
            precision: Accuracy::of(right, called, 0.0).precision,
            recall: Accuracy::of(found, 0.0, there).recall,
        }
    }
}

fn column(relation: Option<Relation>) -> usize {
    relation.map_or(Relation::ALL.len(), |relation| relation as usize)
}

/// A pair with a score that a threshold will be set against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The score, from 0 to 1.
    pub score: f64,
    /// Whether readers call it a copy, with the first label: what there is to find.
    pub is_copy: bool,
    /// Whether they do with the first or second label: what it is not wrong to find.
    pub may_be_copy: bool,
    /// For how many pairs it stands: 1, or what a drawn sample of its kind stands for.
    pub weight: f64,
}

/// What a threshold finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The least score that is called a copy.
    pub threshold: f64,
    /// How right and how complete that is.
    pub accuracy: Accuracy,
}

/// Precision and recall of calling a copy what scores at least a threshold, for each threshold.
pub fn curve(pairs: &[Scored], thresholds: &[f64]) -> Vec<CurvePoint> {
    let weigh = |of: &dyn Fn(&Scored) -> bool| -> f64 {
        pairs.iter().filter(|pair| of(pair)).map(|pair| pair.weight).sum()
    };
    let there = weigh(&|pair| pair.is_copy);
    let point = |&threshold: &f64| {
        let right = weigh(&|pair| pair.may_be_copy && pair.score >= threshold);
        let found = weigh(&|pair| pair.is_copy && pair.score >= threshold);
        let called = weigh(&|pair| pair.score >= threshold);
        let accuracy = Accuracy {
            precision: Accuracy::of(right, called, 0.0).precision,
            recall: Accuracy::of(found, 0.0, there).recall,
        };
        CurvePoint { threshold, accuracy }
    };
    thresholds.iter().map(point).collect()
}

/// The interval that holds a share with 95 % confidence, when `hits` of `trials` drawn at random
/// had it (Wilson 1927).
pub fn interval(hits: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (z, n) = (1.96, trials as f64);
    let share = hits as f64 / n;
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn both_kinds_of_records_are_read() {
        let text =
            "# notes\np1\ts1\np2\ts1\t2\np3\ts1\t3\n\na\tb\tCOPY\tContains\t0.4\nc\td\tevent\n";
        let truth = Truth::parse(text).unwrap();
        let stories: Vec<_> =
            truth.stories.iter().map(|s| (s.id.as_str(), s.story.as_str())).collect();
        assert_eq!(stories, [("p1", "s1"), ("p2", "s1")]);
        assert_eq!(truth.pairs[0].second, Some(Label::Contains));
        assert_eq!((truth.pairs[1].label, truth.pairs[1].second), (Label::Event, None));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let error = Truth::parse("a\tb\nalone\n").unwrap_err();
        assert_eq!((error.line, error.fault), (2, TruthFault::TooFewColumns));
        let error = Truth::parse("a\tb\tcopied\n").unwrap_err();
        assert_eq!(error.fault, TruthFault::UnknownLabel("copied".to_owned()));
    }

    #[test]
    fn a_named_column_holds_the_weights() {
        let text = "# a\tb\tlabel\tsecond\tweight\na\tb\tcopy\t\t30\nc\td\tcopy\tupdate\t10\n\
            e\tf\tupdate\tcopy\t2\ng\th\ttemplate\t\t8\n";
        let labels = Truth::parse(text).unwrap().pairs;
        assert!(near(labels[0].weight, 30.0));
        let table = Confusion::of(&labels, |pair| (pair.a != "c").then_some(Relation::Copy));
        let copies = table.weighted_copies();
        assert!(near(copies.precision, 0.8) && near(copies.recall, 0.75), "{copies:?}");
        let weight = |word: &str| {
            let text = format!("# a\tb\tlabel\tweight\nx\ty\tcopy\t{word}\n");
            Truth::parse(&text).map(|truth| truth.pairs[0].weight)
        };
        assert_eq!(weight("2.5"), Ok(2.5));
        for wrong in ["-1", "many", "", "inf"] {
            let fault = weight(wrong).unwrap_err().fault;
            assert_eq!(fault, TruthFault::BadWeight(wrong.to_owned()));
        }
    }

    #[test]
    fn agreement_by_hand() {
        // True clusters {1 2 3} {4 5} {6}; found {1 2} {3 4 5} {6}.
        let pages = [(1, 1), (1, 1), (1, 2), (2, 2), (2, 2), (3, 3)];
        let agreement = compare_clusters(&pages);
        // Pairs: true 3 + 1, found 1 + 3, right 1 + 1.
        assert!(near(agreement.pairwise.precision, 0.5) && near(agreement.pairwise.recall, 0.5));
        // Precision: 1, 1, 1/3, 2/3, 2/3, 1. Recall: 2/3, 2/3, 1/3, 1, 1, 1.
        assert!(near(agreement.b_cubed.precision, (3.0 + 5.0 / 3.0) / 6.0));
        assert!(near(agreement.b_cubed.recall, (3.0 + 5.0 / 3.0) / 6.0));
        // Expected 4 * 4 / 15, most 4.
        assert!(near(agreement.adjusted_rand, (2.0 - 16.0 / 15.0) / (4.0 - 16.0 / 15.0)));
        assert!(near(agreement.pairwise.f1(), 0.5));
    }

    #[test]
    fn nothing_agrees_with_nothing() {
        let agreement = compare_clusters(&[]);
        assert!(near(agreement.adjusted_rand, 1.0) && near(agreement.pairwise.f1(), 1.0));
    }

    #[test]
    fn confusion_by_hand() {
        let labels = Truth::parse(
            "a\tb\tcopy\nc\td\tcopy\ne\tf\tupdate\tcopy\ng\th\ttemplate\ni\tj\tdifferent\n",
        )
        .unwrap()
        .pairs;
        let table = Confusion::of(&labels, |pair| match pair.a.as_str() {
            "a" | "e" | "g" => Some(Relation::Copy),
            "c" => Some(Relation::Contains),
            _ => None,
        });
        assert_eq!(table.count(Label::Copy, Some(Relation::Contains)), 1);
        assert_eq!(table.count(Label::Different, None), 1);
        assert!(near(table.recall(Label::Copy), 0.5) && near(table.recall(Label::Different), 1.0));
        assert!(near(table.copy_precision(), 2.0 / 3.0));
        let wrong: Vec<&str> = table.wrong.iter().map(|w| w.pair.a.as_str()).collect();
        assert_eq!(wrong, ["c", "e", "g"]);
    }

    #[test]
    fn curve_by_hand() {
        let pair = |score, is_copy, weight| Scored { score, is_copy, may_be_copy: is_copy, weight };
        let pairs = [pair(0.9, true, 1.0), pair(0.6, false, 1.0), pair(0.4, true, 2.0)];
        let curve = curve(&pairs, &[0.3, 0.5, 0.95]);
        let [low, middle, high] = curve.as_slice() else { panic!("three points") };
        assert!(near(low.accuracy.precision, 0.75) && near(low.accuracy.recall, 1.0));
        assert!(near(middle.accuracy.precision, 0.5) && near(middle.accuracy.recall, 1.0 / 3.0));
        assert!(near(high.accuracy.precision, 1.0) && near(high.accuracy.recall, 0.0));
        let torn = Scored { may_be_copy: true, ..pairs[1] };
        let torn = super::curve(&[pairs[0], torn, pairs[2]], &[0.5])[0].accuracy;
        assert!(near(torn.precision, 1.0) && near(torn.recall, 1.0 / 3.0));
    }

    #[test]
    fn interval_by_hand() {
        // 8 of 10: the worked example of every textbook gives .490 to .943.
        let (low, high) = interval(8, 10);
        assert!((low - 0.490).abs() < 5e-4 && (high - 0.943).abs() < 5e-4);
        assert!(near(interval(0, 0).1, 1.0));
    }

    proptest! {
        #[test]
        fn equal_clusters_agree_whatever_they_are_called(
            clusters in proptest::collection::vec(0..9_u64, 0..60),
        ) {
            let pages: Vec<(u64, u64)> = clusters.iter().map(|&c| (c, 1000 - 7 * c)).collect();
            let agreement = compare_clusters(&pages);
            prop_assert!(near(agreement.adjusted_rand, 1.0));
            prop_assert!(near(agreement.b_cubed.f1(), 1.0) && near(agreement.pairwise.f1(), 1.0));
        }
    }
}
