//! Date lines: lines that hold nothing but a date, or a date and who published it.

use super::cells::{Cell, Ending};
use super::cut::Walk;
use super::dates::is_number_or_month;
use super::pieces::{Label, Piece};
use super::places::is_number;
use super::{PageText, SegmentKind, day_of_words};
use crate::fold::Folded;

/// Fewest words of a date by two calendars.
const TWO_DATES: usize = 8;
/// Lines below the title among which its date is looked for.
const TOP_LINES: usize = 8;
/// Most words of a line with a date and the name of who published it.
const DATED_WORDS: usize = 10;

impl Walk<'_> {
    /// Labels lines near the title that hold nothing but a date.
    pub(super) fn find_dates(&mut self, pieces: &mut [Piece]) {
        let folded = self.page.folded;
        for i in near_ends(pieces.len()) {
            let p = &pieces[i];
            // A date with nothing but prose below it is the title of a page without another.
            let titles = i == 0
                && self.page.title.is_empty()
                && pieces.get(1).is_some_and(|p| p.label == Label::Text && !p.titleish());
            if !titles && p.label == Label::Text && !p.joined && is_date_line(folded, &p.cell) {
                pieces[i].label = Label::Line(SegmentKind::Date);
            }
        }
        // Below a line of furniture or the title of another page a date is theirs.
        for i in 1..pieces.len() {
            let (p, before) = (&pieces[i], &pieces[i - 1]);
            if p.label == Label::Text
                && !p.joined
                && (before.label != Label::Text || before.known)
                && is_date_line(folded, &p.cell)
            {
                pieces[i].label = Label::Line(SegmentKind::Date);
            }
        }
    }

    /// Labels the lines between the printed title and the first paragraph that hold a date and a name: of
    /// the site, or of who wrote it.
    pub(super) fn find_dated(&self, pieces: &mut [Piece]) {
        let title = pieces.iter().position(|p| p.label == Label::Line(SegmentKind::Title));
        let (Some(title), Some(prose)) = (title, pieces.iter().position(Piece::prose)) else {
            return;
        };
        if self.one_line || prose <= title || prose > title + TOP_LINES {
            return;
        }
        for p in &mut pieces[title + 1..prose] {
            if p.label == Label::Text && !p.joined && is_dated(self.page, &p.cell) {
                p.label = Label::Line(SegmentKind::Date);
            }
        }
    }
}

/// The lines near the title and at the end, where a date may stand.
pub(super) fn near_ends(lines: usize) -> impl Iterator<Item = usize> {
    (0..lines.min(6)).chain(lines.saturating_sub(2).max(6)..lines)
}

/// Whether a line holds nothing but a date.
pub(super) fn is_date_line(folded: &Folded, cell: &Cell) -> bool {
    let words = cell.first as usize..cell.last as usize;
    let digits = |w: usize| folded.word(w).bytes().all(|b| b.is_ascii_digit());
    if cell.words() > 14 || !words.clone().any(digits) {
        return false;
    }
    let dated = words.clone().filter(|&w| is_date_word(folded.word(w))).count();
    // The hour at which an agency sent it.
    if matches!(words.len(), 3..=5)
        && dated == words.len()
        && words.clone().take(2).all(digits)
        && words.clone().skip(2).all(|w| matches!(folded.word(w), "ت" | "م" | "ص" | "gmt" | "utc"))
    {
        return true;
    }
    // An agency dates by both calendars, after its city and before its name.
    let signed = dated >= TWO_DATES && {
        let inside = words.clone().position(|w| is_date_word(folded.word(w))).unwrap_or(0);
        inside <= 2 && dated + inside + 1 >= words.len()
    };
    (signed || dated + usize::from(dated > 3) >= words.len())
        && day_of_words(words.map(|w| folded.word(w))).is_some()
}

/// Whether a short line begins or ends with a date.
fn is_dated(page: &PageText<'_>, cell: &Cell) -> bool {
    let words = cell.first as usize..cell.last as usize;
    words.len() <= DATED_WORDS
        && cell.ending != Ending::Stop
        && words.clone().any(|i| is_number(page.folded, i))
        && (date_words(page.folded, words.clone()).is_some()
            || words.clone().any(|i| date_words(page.folded, i..words.end) == Some(words.end - i)))
}

/// How many of these words, from the first one on, are a date.
pub(super) fn date_words(folded: &Folded, words: std::ops::Range<usize>) -> Option<usize> {
    let run = words.clone().take_while(|&w| is_date_word(folded.word(w))).count();
    // Words that lead to a date do not end one.
    let leads = |w: &usize| {
        matches!(
            folded.word(*w),
            "كتب" | "نشر" | "النشر" | "في" | "من" | "اضيف" | "تحديث" | "اخر" | "تاريخ"
        )
    };
    let run = words.start..words.start + run;
    let run = run.start..run.end - run.clone().rev().take_while(leads).count();
    (run.len() >= 3 && day_of_words(run.clone().map(|w| folded.word(w))).is_some())
        .then_some(run.len())
}

/// Whether a word makes a date with the figures of a day and a year.
fn is_part_of_date(word: &str) -> bool {
    day_of_words([word, "1", "2000"].into_iter()).is_some()
        || day_of_words(["1", word, "2000"].into_iter()).is_some()
}

/// Whether a folded word can stand in a line that holds nothing but a date.
fn is_date_word(word: &str) -> bool {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    // Nearly all words are neither, and need not be tried.
    is_number_or_month(word) && is_part_of_date(word)
        || matches!(
            word,
            "السبت"
                | "الاحد"
                | "الاثنين"
                | "الثلاثاء"
                | "الاربعاء"
                | "الخميس"
                | "الجمعه"
                | "gmt"
                | "utc"
                | "ه"
                | "م"
                | "ص"
                | "الساعه"
                | "مساء"
                | "صباحا"
                | "am"
                | "pm"
                | "st"
                | "nd"
                | "rd"
                | "th"
                | "يوم"
                | "الموافق"
                | "بتوقيت"
                | "ت"
                | "كانون"
                | "تشرين"
                | "الاول"
                | "الثاني"
                | "الاولي"
                | "الثانيه"
                | "الاخر"
                | "الاخره"
                | "ربيع"
                | "جمادي"
                | "شوال"
                | "رمضان"
                | "محرم"
                | "صفر"
                | "رجب"
                | "شعبان"
                | "ذو"
                | "ذي"
                | "القعده"
                | "الحجه"
                | "t"
                | "z"
                | "في"
                | "من"
                | "نشر"
                | "النشر"
                | "كتب"
                | "اضيف"
                | "تحديث"
                | "التحديث"
                | "اخر"
                | "تاريخ"
                | "بتاريخ"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_numbers_and_months_make_dates(
            word in "[0-9]{0,9}(يناير|تموز|january|sept|محرم|رمضان|القعده|ربيع|جمادي|تشرين|كانون|الاول|\
                الثاني|ه|هجري|ذو|ذي|th|st|t|[ا-ي]{0,4}|[a-z]{0,3})",
        ) {
            prop_assert!(is_number_or_month(&word) || !is_part_of_date(&word), "{}", word);
        }
    }
}
