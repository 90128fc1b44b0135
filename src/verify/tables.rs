//! Tables: texts made of figures, such as hours of prayer or prices of a market.
//!
//! In: the words of two texts. Out: how many of their figures stand in both in one order. A form of which
//! every line has other figures shares many of them with another day's by chance, and has no word between
//! them that is exchanged: only their order tells the two apart. Cost: the product of the numbers of both.

use super::differences::Trait;
use super::lexicon::Class;
use super::relation::Evidence;

/// Fewest numbers of a table.
const LEAST_FIGURES: usize = 6;
/// Most words of it to a number.
const WORDS_A_FIGURE: usize = 10;
/// Share of the figures in one order, below which the tables are others. A corrected table has most of
/// them; of two days' hours of prayer, which share the hours by chance, a third to a half is in order.
const SAME_TABLE: f64 = 0.6;
/// Most numbers that are compared.
const MOST_FIGURES: usize = 128;

/// Whether a text of so many words is full of numbers: those of dates too, since hours are told like them.
pub(super) fn is_full_of_figures(figures: usize, words: u32) -> bool {
    figures >= LEAST_FIGURES && figures * WORDS_A_FIGURE >= words as usize
}

fn is_figure(word: Trait) -> bool {
    word.digits || (word.number && word.class == Class::Open)
}

impl Evidence {
    /// Whether the two are tables with other figures.
    pub(super) fn is_other_table(&self) -> bool {
        self.figures_in_order.is_some_and(|share| share < SAME_TABLE)
    }
}

/// The share of the figures of the text with fewer of them that the other has in the same order.
pub(super) fn figures_in_order(texts: [&[u32]; 2], traits: &[Trait]) -> f64 {
    let [a, b] = texts.map(|ids| -> Vec<u32> {
        let figures = ids.iter().copied().filter(|&id| is_figure(traits[id as usize]));
        figures.take(MOST_FIGURES).collect()
    });
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    // The longest common subsequence, a row at a time; what both begin and end with is in it.
    let (fewest, mut same) = (a.len().min(b.len()), 0_u32);
    let (mut a, mut b) = (&a[..], &b[..]);
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b)
        && x == y
    {
        (a, b, same) = (rest_a, rest_b, same + 1);
    }
    while let ([rest_a @ .., x], [rest_b @ .., y]) = (a, b)
        && x == y
    {
        (a, b, same) = (rest_a, rest_b, same + 1);
    }
    let mut row = vec![0_u32; b.len() + 1];
    for x in a {
        let mut before = 0;
        for (at, y) in b.iter().enumerate() {
            let up = row[at + 1];
            row[at + 1] = if x == y { before + 1 } else { up.max(row[at]) };
            before = up;
        }
    }
    f64::from(row[b.len()] + same) / fewest as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};
    use crate::frequency::{Counts, Frequencies};
    use crate::verify::{Judge, Relation, StoryText};

    fn relation(a: &str, b: &str) -> Relation {
        let folder = Folder::new(Profile::Standard);
        let [a, b] = [a, b].map(|text| folder.fold(text));
        let frequencies = Frequencies::new(Counts::new(2), 1);
        let mut judge = Judge::new(&frequencies);
        judge.judge(StoryText { folded: &a }, StoryText { folded: &b }).relation
    }

    /// A timetable of ferries with these hours.
    fn ferries(day: &str, hours: [&str; 6]) -> String {
        let [a, b, c, d, e, f] = hours;
        format!(
            "مواعيد العبارات بين مرفأي الصنوبر والمنارة {day} كما أعلنتها هيئة النقل البحري، ويرجى من \
             الركاب الحضور قبل الموعد بنصف ساعة. العبارة الأولى {a} والثانية {b} والثالثة {c} \
             والرابعة {d} والخامسة {e} والسادسة {f}. ولا تقبل الدراجات النارية على متن العبارات الصغيرة."
        )
    }

    #[test]
    fn a_timetable_of_another_day_is_no_copy() {
        let saturday = ferries("السبت", ["5:10", "7:25", "9:40", "12:15", "3:35", "6:50"]);
        let sunday = ferries("الأحد", ["5:25", "7:10", "9:15", "12:40", "3:50", "6:35"]);
        assert_eq!(relation(&saturday, &sunday), Relation::Template);
        let corrected = ferries("السبت", ["5:10", "7:25", "9:40", "12:15", "3:45", "6:50"]);
        assert_eq!(relation(&saturday, &corrected), Relation::Copy);
        // With the halves of the day, which make dates of the hours.
        let saturday =
            ferries("السبت", ["5:10 ص", "7:25 ص", "9:40 ص", "12:15 م", "3:35 م", "6:50 م"]);
        let sunday = ferries("الأحد", ["5:25 ص", "7:10 ص", "9:15 ص", "12:40 م", "3:50 م", "6:35 م"]);
        assert_eq!(relation(&saturday, &sunday), Relation::Template);
        let corrected =
            ferries("السبت", ["5:10 ص", "7:25 ص", "9:40 ص", "12:15 م", "3:45 م", "6:50 م"]);
        assert_eq!(relation(&saturday, &corrected), Relation::Copy);
    }

    #[test]
    fn figures_are_compared_in_order() {
        let figure = Trait { number: true, ..Trait::default() };
        let traits = [Trait::default(), figure, figure, figure, figure];
        let share = |a: &[u32], b: &[u32]| figures_in_order([a, b], &traits);
        assert!((share(&[1, 0, 2, 3, 4], &[1, 2, 0, 0, 4, 3]) - 0.75).abs() < 1e-9);
        assert!((share(&[1, 2, 0, 3, 4], &[1, 3, 2, 4]) - 0.75).abs() < 1e-9);
        assert!((share(&[1, 2, 3], &[1, 2, 3, 3]) - 1.0).abs() < 1e-9);
        assert!((share(&[0], &[1]) - 1.0).abs() < 1e-9);
        assert!(share(&[1, 2], &[3, 4]).abs() < 1e-9);
    }
}
