//! Two texts laid side by side: every word of each in exactly one run.
//!
//! In: two texts with their folds, and how rare words are. Out: a [`Comparison`]: runs that are the
//! same, the same after folding, changed, moved, or in one text alone, and the judgement they are
//! read by. Method: the alignment of the judge ([`align`](super::align)); shared runs that keep
//! their order (the heaviest such chain) are the spine, the others have moved. Cost: that of the
//! judgement, and a sort of the shared runs; texts of a mebibyte take a fraction of a second. Does
//! not: print.

use serde::Serialize;

use super::align::{Gap, Run};
use super::differences::{Difference, Kind};
use super::judge::{Judge, StoryText};
use super::relation::Judgement;
use super::spine::{between, heaviest_chain, islands, outer_gaps};
use crate::fold::Folded;
use crate::types::ByteSpan;

/// A text and its fold.
#[derive(Clone, Copy, Debug)]
pub struct FoldedText<'t> {
    /// The text.
    pub text: &'t str,
    /// What [`Folder`](crate::fold::Folder) made of it.
    pub folded: &'t Folded,
}

/// How a run of one text stands to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// The same letters and signs; white space aside.
    Same,
    /// The same words in another spelling or punctuation.
    Folded,
    /// Other words in the same place.
    Changed,
    /// The same words, spelling aside, in another place.
    Moved,
    /// Only the first text has it.
    OnlyA,
    /// Only the second text has it.
    OnlyB,
}

impl RunKind {
    /// All kinds, in order.
    pub const ALL: [Self; 6] =
        [Self::Same, Self::Folded, Self::Changed, Self::Moved, Self::OnlyA, Self::OnlyB];

    /// The word for it in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Folded => "folded",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }

    /// Whether the run stands in the same order in both texts, so that columns may be leveled by it.
    pub fn is_spine(self) -> bool {
        matches!(self, Self::Same | Self::Folded | Self::Changed)
    }
}

/// A run of words, and what answers it in the other text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DiffRun {
    /// How the two stand to each other.
    pub kind: RunKind,
    /// What kind of change it is, where the judge has typed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Kind>,
    /// Bytes of the first text; empty, at the place where it would stand, if it has none.
    pub a: ByteSpan,
    /// Bytes of the second text.
    pub b: ByteSpan,
    /// Words in the first and in the second text.
    pub words: [u32; 2],
}

/// Two texts, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// How the two relate, and why.
    pub judgement: Judgement,
    /// The runs in reading order: along the first text, and what only the second has where it
    /// stands there. A moved run is listed once, at its place in the first text; for the second
    /// text see [`Comparison::in_b`]. Spans of a text are disjoint; what lies between them
    /// (spaces, signs) belongs to no word.
    pub runs: Vec<DiffRun>,
}

impl Comparison {
    /// The runs of the first text, in its order.
    pub fn in_a(&self) -> Vec<DiffRun> {
        self.runs.iter().copied().filter(|run| run.words[0] > 0).collect()
    }

    /// The runs of the second text, in its order.
    pub fn in_b(&self) -> Vec<DiffRun> {
        let mut runs: Vec<DiffRun> =
            self.runs.iter().copied().filter(|run| run.words[1] > 0).collect();
        runs.sort_by_key(|run| (run.b.start, run.b.end));
        runs
    }

    /// Words of the first and of the second text in runs of this kind.
    pub fn words(&self, kind: RunKind) -> [u64; 2] {
        let of_kind = self.runs.iter().filter(|run| run.kind == kind);
        of_kind
            .fold([0, 0], |[a, b], run| [a + u64::from(run.words[0]), b + u64::from(run.words[1])])
    }

    /// Places with this kind of change.
    pub fn places(&self, difference: Kind) -> usize {
        self.runs.iter().filter(|run| run.difference == Some(difference)).count()
    }
}

/// A half-open range of words.
type Words = (u32, u32);

/// Words of either side that answer each other, before spelling is looked at.
#[derive(Clone, Copy, Debug)]
struct Piece {
    a: Words,
    b: Words,
    equal: bool,
    /// Whether it keeps its order.
    spine: bool,
    difference: Option<Kind>,
}

impl Judge<'_> {
    /// Judges two texts and lays them side by side. What is decided is what
    /// [`judge`](Self::judge) decides.
    pub fn compare(&mut self, a: FoldedText<'_>, b: FoldedText<'_>) -> Comparison {
        let judgement = self.judge(StoryText { folded: a.folded }, StoryText { folded: b.folded });
        self.read_everything(&judgement, a, b);
        let words = [a.folded.len() as u32, b.folded.len() as u32];
        let pieces = in_reading_order(self.pieces(words), words);
        let mut runs = Vec::with_capacity(pieces.len());
        for piece in pieces {
            put_runs(piece, a, b, &mut runs);
        }
        keep_apart(&mut runs);
        Comparison { judgement, runs }
    }

    /// Reads the gaps that a judgement needs not: all of them where little is shared, and what
    /// stands before the first and after the last shared run.
    fn read_everything(&mut self, judged: &Judgement, a: FoldedText<'_>, b: FoldedText<'_>) {
        let story = |text: FoldedText<'_>| text.folded.len() as u32;
        let texts = if self.swapped { [b, a] } else { [a, b] };
        let (ends, texts) = (
            [story(texts[0]), story(texts[1])],
            [StoryText { folded: texts[0].folded }, StoryText { folded: texts[1].folded }],
        );
        let mut gaps = Vec::new();
        let mut evidence = judged.evidence;
        if self.swapped {
            evidence.swap();
        }
        if evidence.letters.is_none() && !evidence.shares_text() {
            self.tell_words();
            gaps.extend_from_slice(self.aligner.gaps());
        }
        gaps.extend(outer_gaps(self.aligner.runs(), ends));
        for gap in gaps {
            self.reader.read(gap, texts, &self.vocabulary, &mut self.traits);
        }
    }

    /// Everything that is aligned, as words of the first and second text, in the order of the first.
    fn pieces(&self, words: [u32; 2]) -> Vec<Piece> {
        let turned =
            |run: &Run| if self.swapped { Run { a: run.b, b: run.a, len: run.len } } else { *run };
        let mut runs: Vec<Run> = self.aligner.runs().iter().map(turned).collect();
        runs.sort_unstable();
        let mut differences: Vec<Difference> = self.differences().collect();
        differences.sort_unstable_by_key(|d| (d.a, d.b));
        let mut differences = differences.into_iter().peekable();
        let mut pieces = Vec::with_capacity(2 * runs.len() + 2);
        let outer = outer_gaps(&runs, words);
        if let Some(gap) = outer.first().filter(|gap| gap.a.0 == 0 && gap.b.0 == 0) {
            put_gap(*gap, true, &mut differences, &mut pieces);
        }
        let islands = islands(&runs);
        let spine = heaviest_chain(&runs, &islands);
        for (island, on_spine) in islands.iter().zip(spine) {
            for at in island.clone() {
                let run = runs[at];
                let equal = Piece {
                    a: (run.a, run.a + run.len),
                    b: (run.b, run.b + run.len),
                    equal: true,
                    spine: on_spine,
                    difference: None,
                };
                put(equal, &mut pieces);
                if at + 1 < island.end {
                    put_gap(between(run, runs[at + 1]), on_spine, &mut differences, &mut pieces);
                }
            }
        }
        if let Some(gap) = outer.last().filter(|gap| gap.a.0 > 0 || gap.b.0 > 0) {
            put_gap(*gap, true, &mut differences, &mut pieces);
        }
        pieces
    }
}

/// Adds a piece; equal words that follow one another become one.
fn put(piece: Piece, pieces: &mut Vec<Piece>) {
    if piece.a.0 == piece.a.1 && piece.b.0 == piece.b.1 {
        return;
    }
    match pieces.last_mut() {
        Some(last)
            if last.equal
                && piece.equal
                && last.spine == piece.spine
                && last.a.1 == piece.a.0
                && last.b.1 == piece.b.0 =>
        {
            (last.a.1, last.b.1) = (piece.a.1, piece.b.1);
        }
        _ => pieces.push(piece),
    }
}

/// Adds what a gap holds: changed places, and the equal words between them.
fn put_gap(
    gap: Gap,
    spine: bool,
    differences: &mut std::iter::Peekable<impl Iterator<Item = Difference>>,
    pieces: &mut Vec<Piece>,
) {
    let (mut a, mut b) = (gap.a.0, gap.b.0);
    let equal = |a: Words, b: Words| Piece { a, b, equal: true, spine, difference: None };
    while let Some(place) = differences.next_if(|place| place.a.1 <= gap.a.1) {
        put(equal((a, place.a.0), (b, place.b.0)), pieces);
        (a, b) = (place.a.1, place.b.1);
        let difference = Some(place.kind);
        let changed = Piece { a: place.a, b: place.b, equal: false, spine, difference };
        put(changed, pieces);
    }
    put(equal((a, gap.a.1), (b, gap.b.1)), pieces);
}

/// All words of both texts in one order: along the spine, and between its pieces first what the
/// first text has there, then what the second has.
fn in_reading_order(pieces: Vec<Piece>, words: [u32; 2]) -> Vec<Piece> {
    let mut in_a: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut in_b: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let both = piece.a.0 < piece.a.1 && piece.b.0 < piece.b.1;
        if both && (piece.equal || piece.spine) {
            in_a.push(piece);
            in_b.push(piece);
        } else {
            // A place changed inside what has moved is told on either side by itself.
            let alone = Piece { spine: false, ..piece };
            in_a.extend((piece.a.0 < piece.a.1).then_some(Piece { b: (0, 0), ..alone }));
            in_b.extend((piece.b.0 < piece.b.1).then_some(Piece { a: (0, 0), ..alone }));
        }
    }
    let in_a = with_rest(in_a, words[0], |piece| &mut piece.a);
    let in_b = with_rest(in_b, words[1], |piece| &mut piece.b);
    let mut all = Vec::with_capacity(in_a.len() + in_b.len());
    let (mut a, mut b) = (in_a.into_iter().peekable(), in_b.into_iter().peekable());
    let (mut at_a, mut at_b) = (0, 0);
    loop {
        while let Some(mut piece) = a.next_if(|piece| !piece.spine) {
            at_a = piece.a.1;
            if !piece.equal {
                piece.b = (at_b, at_b);
            }
            all.push(piece);
        }
        while let Some(mut piece) = b.next_if(|piece| !piece.spine) {
            if !piece.equal {
                piece.a = (at_a, at_a);
                all.push(piece);
            }
        }
        let (Some(piece), _) = (a.next(), b.next()) else {
            return all;
        };
        (at_a, at_b) = (piece.a.1, piece.b.1);
        all.push(piece);
    }
}

/// The pieces of one text in its order, and all other words of it as pieces of their own.
fn with_rest(
    mut pieces: Vec<Piece>,
    words: u32,
    side: impl Fn(&mut Piece) -> &mut Words,
) -> Vec<Piece> {
    pieces.sort_unstable_by_key(|piece| *side(&mut piece.clone()));
    let mut all = Vec::with_capacity(2 * pieces.len() + 1);
    let mut at = 0;
    let rest = |from: u32, to: u32, all: &mut Vec<Piece>| {
        if from < to {
            let none = Piece { a: (0, 0), b: (0, 0), equal: false, spine: false, difference: None };
            all.push(none);
            if let Some(last) = all.last_mut() {
                *side(last) = (from, to);
            }
        }
    };
    for mut piece in pieces {
        let (from, to) = *side(&mut piece);
        rest(at, from, &mut all);
        at = to;
        all.push(piece);
    }
    rest(at, words, &mut all);
    all
}

/// Adds the runs of a piece: one, or for equal words as many as their spelling changes.
fn put_runs(piece: Piece, a: FoldedText<'_>, b: FoldedText<'_>, runs: &mut Vec<DiffRun>) {
    let run = |kind, from: Words, to: Words| DiffRun {
        kind,
        difference: piece.difference,
        a: span(a, from),
        b: span(b, to),
        words: [from.1 - from.0, to.1 - to.0],
    };
    if !piece.equal || !piece.spine {
        let kind = match (piece.a.0 < piece.a.1, piece.b.0 < piece.b.1) {
            _ if piece.equal => RunKind::Moved,
            (true, true) => RunKind::Changed,
            (true, false) => RunKind::OnlyA,
            _ => RunKind::OnlyB,
        };
        runs.push(run(kind, piece.a, piece.b));
        return;
    }
    let kind = |nth: u32| {
        let unit = |text, side: Words| unit(text, side.0 + nth, side.1);
        let same = equal_but_for_space(unit(a, piece.a), unit(b, piece.b));
        if same { RunKind::Same } else { RunKind::Folded }
    };
    let (words, mut from) = (piece.a.1 - piece.a.0, 0);
    while from < words {
        let of_run = kind(from);
        let mut to = from + 1;
        while to < words && kind(to) == of_run {
            to += 1;
        }
        let side = |side: Words| (side.0 + from, side.0 + to);
        let mut run = run(of_run, side(piece.a), side(piece.b));
        if to < words {
            // The signs behind a word are told with it.
            for (text, words, span) in [(a, piece.a, &mut run.a), (b, piece.b, &mut run.b)] {
                let last = unit(text, words.0 + to - 1, words.1).trim_end();
                let start = text.folded.tokens()[(words.0 + to - 1) as usize].span.start;
                span.end = span.end.max(start + last.len() as u32);
            }
        }
        runs.push(run);
        from = to;
    }
}

/// The bytes of some words; an empty span behind the word before them if there are none.
fn span(text: FoldedText<'_>, words: Words) -> ByteSpan {
    let tokens = text.folded.tokens();
    if words.0 < words.1 {
        let (first, last) = (tokens[words.0 as usize], tokens[words.1 as usize - 1]);
        return ByteSpan { start: first.span.start, end: last.span.end.max(first.span.start) };
    }
    let at = words.0.checked_sub(1).map_or(0, |before| tokens[before as usize].span.end);
    ByteSpan { start: at, end: at }
}

/// A word and, if it is not the last before `end`, all that stands between it and the next.
fn unit(text: FoldedText<'_>, word: u32, end: u32) -> &str {
    let tokens = text.folded.tokens();
    let own = tokens[word as usize].span;
    let to = if word + 1 < end { tokens[word as usize + 1].span.start } else { own.end };
    text.text.get(own.start as usize..to.max(own.end) as usize).unwrap_or_default()
}

fn equal_but_for_space(a: &str, b: &str) -> bool {
    a == b || a.split_whitespace().eq(b.split_whitespace())
}

/// Clips spans that words share (one sign may stand for several words), so that those of a text
/// are disjoint.
fn keep_apart(runs: &mut [DiffRun]) {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    for side in 0..2 {
        let span = |run: &DiffRun| if side == 0 { run.a } else { run.b };
        order.sort_by_key(|&at| (span(&runs[at]).start, span(&runs[at]).end));
        let mut done = 0;
        for &at in order.iter().filter(|&&at| runs[at].words[side] > 0).collect::<Vec<_>>() {
            let run = &mut runs[at];
            let span = if side == 0 { &mut run.a } else { &mut run.b };
            span.start = span.start.max(done);
            span.end = span.end.max(span.start);
            done = span.end;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use crate::frequency::Frequencies;
    use crate::verify::Relation;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn compared(a: &str, b: &str) -> Comparison {
        let folder = Folder::new(Profile::Standard);
        let (fold_a, fold_b) = (folder.fold(a), folder.fold(b));
        let frequencies = Frequencies::built_in();
        let mut judge = Judge::new(&frequencies);
        judge.compare(
            FoldedText { text: a, folded: &fold_a },
            FoldedText { text: b, folded: &fold_b },
        )
    }

    /// Kind and texts of every run.
    fn told<'t>(a: &'t str, b: &'t str) -> Vec<(RunKind, &'t str, &'t str)> {
        let runs = compared(a, b).runs;
        runs.iter().map(|run| (run.kind, &a[run.a.range()], &b[run.b.range()])).collect()
    }

    #[test]
    fn spelling_changes_and_additions_are_told_apart() {
        let a = "افتتح الوزير أمس مصنع الألبان في مدينة النهر وحضر 45 ضيفا من البلدات المجاورة";
        let b =
            "افتتح الوزير امس مصنع الألبان، في مدينة النهر وحضر 46 ضيفا من البلدات المجاورة كلها";
        assert_eq!(
            told(a, b),
            [
                (RunKind::Same, "افتتح الوزير", "افتتح الوزير"),
                (RunKind::Folded, "أمس", "امس"),
                (RunKind::Same, "مصنع", "مصنع"),
                (RunKind::Folded, "الألبان", "الألبان،"),
                (RunKind::Same, "في مدينة النهر وحضر", "في مدينة النهر وحضر"),
                (RunKind::Changed, "45", "46"),
                (RunKind::Same, "ضيفا من البلدات المجاورة", "ضيفا من البلدات المجاورة"),
                (RunKind::OnlyB, "", "كلها"),
            ]
        );
        let comparison = compared(a, b);
        assert_eq!(comparison.places(Kind::Number), 1);
        assert_eq!(comparison.words(RunKind::OnlyB), [0, 1]);
    }

    #[test]
    fn a_paragraph_that_moved_is_told_once_and_stands_in_both_orders() {
        let one = "وصل الوفد التجاري إلى الميناء القديم صباح الأحد";
        let two = "قالت البلدية إن الطريق الساحلي مغلق حتى نهاية الشهر المقبل بسبب أعمال الصيانة";
        let (a, b) = (format!("{one}\n{two}"), format!("{two}\n{one}"));
        assert_eq!(told(&a, &b), [(RunKind::Moved, one, one), (RunKind::Same, two, two)]);
        let comparison = compared(&a, &b);
        assert_eq!(comparison.in_b()[0].kind, RunKind::Same);
        assert_eq!(comparison.in_b()[1].kind, RunKind::Moved);
        assert_eq!(comparison.judgement.relation, Relation::Copy);
    }

    #[test]
    fn short_and_empty_texts_are_laid_side_by_side_too() {
        assert_eq!(told("مطر غزير", "مطر غزير"), [(RunKind::Same, "مطر غزير", "مطر غزير")]);
        assert_eq!(told("", "مطر"), [(RunKind::OnlyB, "", "مطر")]);
        assert_eq!(told("مطر", ""), [(RunKind::OnlyA, "مطر", "")]);
        assert!(told("", "\n").is_empty());
        let signs = "ﷺ قال";
        assert_eq!(told(signs, signs), [(RunKind::Same, signs, signs)]);
    }

    #[test]
    fn texts_that_share_little_are_still_laid_side_by_side() {
        let other = "كلمات أخرى كثيرة لا صلة لها بما سبق وهي طويلة بما يكفي لتكون نصا مختلفا تماما";
        let a = format!("وقال رئيس مجلس النواب {other}");
        let b = "وقال رئيس مجلس الشيوخ إن القانون الجديد سيعرض على اللجنة في الأسبوع القادم للنقاش";
        let kinds: Vec<RunKind> = told(&a, b).iter().map(|run| run.0).collect();
        assert_eq!(kinds[0], RunKind::Same);
        assert!(kinds.contains(&RunKind::OnlyA) && kinds.contains(&RunKind::OnlyB));
    }

    fn texts() -> impl Strategy<Value = (String, String)> {
        let text = || {
            proptest::collection::vec((0..6_u32, 1..9_u32, 0..12_u32, 0..9_u32), 0..8).prop_map(
                |parts| {
                    let mut words = Vec::new();
                    for (sentence, count, changed, by) in parts {
                        for i in 0..count {
                            let word = if i == changed { by } else { 10 + sentence * 10 + i };
                            let hamza = if (i + by) % 7 == 0 { 'أ' } else { 'ا' };
                            let letter = |n| char::from_u32(0x628 + n % 30).unwrap();
                            words.push(format!("{hamza}{}{}ن", letter(word), letter(word / 7)));
                            words.push(["، ", " ", "\n", " "][(i + by) as usize % 4].to_owned());
                        }
                    }
                    words.concat()
                },
            )
        };
        (text(), text())
    }

    proptest! {
        #[test]
        fn every_word_stands_in_one_run_of_its_text((a, b) in texts()) {
            let folder = Folder::new(Profile::Standard);
            let (fold_a, fold_b) = (folder.fold(&a), folder.fold(&b));
            let comparison = compared(&a, &b);
            for (side, text, folded, runs) in [
                (0, &a, &fold_a, comparison.in_a()),
                (1, &b, &fold_b, comparison.in_b()),
            ] {
                let span = |run: &DiffRun| if side == 0 { run.a } else { run.b };
                prop_assert!(runs.is_sorted_by_key(|run| span(run).start));
                let mut words = folded.tokens().iter().map(|token| token.span);
                for run in &runs {
                    let span = span(run);
                    prop_assert!(text.get(span.range()).is_some());
                    for _ in 0..run.words[side] {
                        let word = words.next().unwrap();
                        prop_assert!(span.start <= word.start && word.end <= span.end);
                    }
                }
                prop_assert!(words.next().is_none());
            }
            let spine: Vec<&DiffRun> =
                comparison.runs.iter().filter(|run| run.kind.is_spine()).collect();
            prop_assert!(spine.is_sorted_by_key(|run| run.a.start));
            prop_assert!(spine.is_sorted_by_key(|run| run.b.start));
            for run in &comparison.runs {
                let (a, b) = (&a[run.a.range()], &b[run.b.range()]);
                let equal = folder.fold(a).text() == folder.fold(b).text();
                match run.kind {
                    RunKind::Same => prop_assert!(equal_but_for_space(a, b)),
                    RunKind::Folded => prop_assert!(equal && !equal_but_for_space(a, b)),
                    RunKind::Moved => prop_assert!(equal),
                    RunKind::Changed => prop_assert!(run.words[0] > 0 && run.words[1] > 0),
                    RunKind::OnlyA => prop_assert!(run.words[0] > 0 && run.words[1] == 0),
                    RunKind::OnlyB => prop_assert!(run.words[1] > 0 && run.words[0] == 0),
                }
            }
        }
    }

    #[test]
    fn two_texts_of_a_mebibyte_are_compared() {
        let text = |step: usize| -> String {
            let mut text = String::new();
            let mut i = 0_usize;
            while text.len() < 1 << 20 {
                i += 1;
                let word = if i.is_multiple_of(step) { i * 7919 % 100_000 } else { i % 9_973 };
                let _ = write!(text, "كلمة{word} ");
            }
            text
        };
        let (a, b, same) = (text(11), text(13), "كلمة ".repeat(1 << 17));
        for (a, b) in [(&a, &b), (&a, &same), (&same, &same)] {
            assert!(!compared(a, b).runs.is_empty());
        }
    }
}
