//! Days, and the date lines and date fields they are read from.
//!
//! Month names are those of notes on the Arab press: the Gregorian names of Egypt and the Gulf, the
//! Syriac names of the Levant, the French ones of the Maghreb, and the Hijri months. Hijri dates
//! are turned into Gregorian ones by the tabular Islamic calendar (civil epoch, leap years 2, 5, 7,
//! 10, 13, 16, 18, 21, 24, 26, 29 of each 30), which may differ from the sighted one by a day.

use crate::fold::{Folder, Profile};
use serde::{Serialize, Serializer};
use std::fmt;

/// A day of the Gregorian calendar, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a Gregorian date, or `None` if there is no such day in the years 1 to 9999.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => return None,
        };
        if !(1..=9999).contains(&year) || day == 0 || day > length {
            return None;
        }
        // Days from civil, with the year starting in March (H. Hinnant, 2013).
        let y = i64::from(year) - i64::from(month <= 2);
        let era = y.div_euclid(400);
        let of_era = y.rem_euclid(400);
        let of_year = i64::from((153 * ((month + 9) % 12) + 2) / 5 + day - 1);
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        i32::try_from(days).ok().map(Self)
    }

    /// The day of a Hijri date by the tabular calendar, or `None` outside the years 1300 to 1600.
    pub fn from_hijri(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1300..=1600).contains(&year) || !(1..=12).contains(&month) || !(1..=30).contains(&day)
        {
            return None;
        }
        let month_days = (59 * (month as i32 - 1) + 1) / 2;
        let julian = day as i32 + month_days + (year - 1) * 354 + (3 + 11 * year) / 30 + 1_948_439;
        Some(Self(julian - 2_440_588))
    }

    /// Year, month and day of month.
    pub fn ymd(self) -> (i32, u32, u32) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let mp = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        let year = (year_of_era + era * 400) as i32 + i32::from(month <= 2);
        (year, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What one word of a date line means.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// Digits: value and how many of them.
    Number(i32, usize),
    /// A Gregorian month.
    Month(u32),
    /// A Hijri month.
    Hijri(u32),
    /// The first word of a two-word month: first or second (`تشرين`, `كانون`, `ربيع`, `جمادي`).
    Pair(Pair),
    /// First or second.
    Ordinal(u32),
    /// Says that the year is Hijri.
    HijriSign,
    /// `ذو`, `ذي`: of the last two Hijri months.
    Dhu,
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pair {
    Tishrin,
    Kanun,
    Rabi,
    Jumada,
}

/// The meaning of a word in the standard fold.
fn part(word: &str) -> Part {
    // A unit may still hang on the digits: `19th`, `1436ه`, `19T08`.
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let word = if digits > 0 { &word[..digits] } else { word };
    if word.bytes().all(|b| b.is_ascii_digit()) && !word.is_empty() {
        return word.parse().map_or(Part::Other, |n| Part::Number(n, word.len()));
    }
    let month = match word {
        "يناير" | "جانفي" | "january" | "jan" => 1,
        "فبراير" | "شباط" | "فيفري" | "february" | "feb" => 2,
        "مارس" | "اذار" | "march" | "mar" => 3,
        "ابريل" | "نيسان" | "افريل" | "april" | "apr" => 4,
        "مايو" | "ايار" | "ماي" | "may" => 5,
        "يونيو" | "يونيه" | "حزيران" | "جوان" | "june" | "jun" => 6,
        "يوليو" | "يوليه" | "تموز" | "جويليه" | "يوليوز" | "july" | "jul" => {
            7
        }
        "اغسطس" | "اب" | "اوت" | "غشت" | "august" | "aug" => 8,
        "سبتمبر" | "ايلول" | "شتنبر" | "september" | "sep" | "sept" => 9,
        "اكتوبر" | "october" | "oct" => 10,
        "نوفمبر" | "نونبر" | "november" | "nov" => 11,
        "ديسمبر" | "دجنبر" | "december" | "dec" => 12,
        _ => 0,
    };
    if month > 0 {
        return Part::Month(month);
    }
    match word {
        "محرم" => Part::Hijri(1),
        "صفر" => Part::Hijri(2),
        "رجب" => Part::Hijri(7),
        "شعبان" => Part::Hijri(8),
        "رمضان" => Part::Hijri(9),
        "شوال" => Part::Hijri(10),
        "القعده" => Part::Hijri(11),
        "الحجه" => Part::Hijri(12),
        "ربيع" => Part::Pair(Pair::Rabi),
        "جمادي" | "جماد" => Part::Pair(Pair::Jumada),
        "تشرين" => Part::Pair(Pair::Tishrin),
        "كانون" => Part::Pair(Pair::Kanun),
        "الاول" | "اول" | "الاولي" => Part::Ordinal(1),
        "الثاني" | "ثان" | "ثاني" | "الاخر" | "الاخره" | "الثانيه" => {
            Part::Ordinal(2)
        }
        "ه" | "هجري" | "هجريه" => Part::HijriSign,
        "ذو" | "ذي" => Part::Dhu,
        _ => Part::Other,
    }
}

/// Whether a word of the standard fold is a number, with a unit perhaps, or the name of a month. Beside
/// figures of which one is a year of the Gregorian calendar, no other word makes a date.
pub(super) fn is_number_or_month(word: &str) -> bool {
    matches!(part(word), Part::Number(..) | Part::Month(_))
}

/// A year, month or day, as far as read.
#[derive(Clone, Copy, Default)]
struct Found {
    gregorian: Option<Day>,
    hijri: Option<Day>,
}

/// The day that a run of folded words names, or `None`.
///
/// Understood are, anywhere in the run: `19 th october 2023`, `october 19 2023`, `21 يناير 2026`,
/// dual month names, `2023 08 07`, `09 11 2025` (day first; month first where only that is a
/// date), `20231019`, and Hijri dates. A Gregorian date wins over a Hijri one.
pub fn day_of_words<'a>(words: impl Iterator<Item = &'a str>) -> Option<Day> {
    let parts: Vec<Part> = words.take(60).map(part).collect();
    let mut found = Found::default();
    for i in 0..parts.len() {
        named_month(&parts, i, &mut found);
        if found.gregorian.is_some() {
            return found.gregorian;
        }
    }
    numeric(&parts, &mut found);
    found.gregorian.or(found.hijri)
}

/// Reads a date around the month name at `i`, if there is one.
fn named_month(parts: &[Part], i: usize, found: &mut Found) {
    let at = |k: usize| parts.get(k).copied().unwrap_or(Part::Other);
    let (month, hijri, mut after) = match (at(i), at(i + 1)) {
        (Part::Month(m), _) => (m, false, i + 1),
        (Part::Hijri(m), _) => (m, true, i + 1),
        (Part::Pair(Pair::Tishrin), Part::Ordinal(n)) => (9 + n, false, i + 2),
        (Part::Pair(Pair::Kanun), Part::Ordinal(n)) => (if n == 1 { 12 } else { 1 }, false, i + 2),
        (Part::Pair(Pair::Rabi), Part::Ordinal(n)) => (2 + n, true, i + 2),
        (Part::Pair(Pair::Jumada), Part::Ordinal(n)) => (4 + n, true, i + 2),
        _ => return,
    };
    // The day stands before the name, with `th` or `من` or `ذو` between them, or after it.
    let mut day = None;
    for back in 1..=3 {
        match i.checked_sub(back).map(at) {
            Some(Part::Number(n, digits)) if digits <= 2 => {
                day = Some(n);
                break;
            }
            Some(Part::Other | Part::Dhu | Part::Month(_) | Part::HijriSign) => {}
            _ => break,
        }
    }
    // A second name of the same month may stand between the first and the year.
    while let (Part::Month(_) | Part::Pair(_) | Part::Ordinal(_) | Part::Other, true) =
        (at(after), after < i + 4 && after < parts.len())
    {
        after += 1;
    }
    let mut year = None;
    match (at(after), at(after + 1), day) {
        (Part::Number(n, 4), _, _) => year = Some(n),
        (Part::Number(d, 1..=2), Part::Number(y, 4), None) => {
            day = Some(d);
            year = Some(y);
        }
        (Part::Number(d, 1..=2), Part::Other, None) => {
            // `October 19th, 2023`
            if let Part::Number(y, 4) = at(after + 2) {
                day = Some(d);
                year = Some(y);
            }
        }
        _ => {}
    }
    let (Some(day), Some(year)) = (day, year) else {
        return;
    };
    let day = u32::try_from(day).unwrap_or(0);
    if hijri {
        found.hijri = found.hijri.or_else(|| Day::from_hijri(year, month, day));
    } else if year > 1600 {
        found.gregorian = found.gregorian.or_else(|| Day::from_ymd(year, month, day));
    }
}

/// Reads a date of digits only.
fn numeric(parts: &[Part], found: &mut Found) {
    for (i, w) in parts.windows(3).enumerate() {
        let &[Part::Number(a, al), Part::Number(b, bl), Part::Number(c, cl)] = w else {
            continue;
        };
        let (year, month, day) = match (al, bl, cl) {
            (4, 1..=2, 1..=2) => (a, b, c),
            (1..=2, 1..=2, 4) => (c, b, a),
            _ => continue,
        };
        let (m, d) = (month.unsigned_abs(), day.unsigned_abs());
        let signed = parts.get(i + 3) == Some(&Part::HijriSign);
        if (1300..1600).contains(&year) || signed {
            found.hijri = found.hijri.or_else(|| Day::from_hijri(year, m, d));
        } else if year > 1600 && found.gregorian.is_none() {
            found.gregorian = Day::from_ymd(year, m, d)
                .or_else(|| if al == 4 { None } else { Day::from_ymd(year, d, m) });
        }
    }
    if found.gregorian.is_none() {
        for p in parts {
            if let Part::Number(n, 8) = *p
                && (1900..2200).contains(&(n / 10_000))
            {
                let (month, day) = ((n / 100 % 100).unsigned_abs(), (n % 100).unsigned_abs());
                found.gregorian = Day::from_ymd(n / 10_000, month, day);
            }
        }
    }
}

/// The day of a date field or of any short text that names one.
///
/// Takes ISO 8601 and RFC 3339 (`2015-07-21 02:51:32`, `2023-10-19T08:00:00Z`, of which the date
/// part is taken as it stands), day-first numbers (`09/11/2025`), month names in Arabic, French
/// Arabic and English, Hijri dates, and digits of any script. A number that may be a time stamp
/// is not a date.
///
/// ```
/// use tikrar::segment::parse_day;
/// assert_eq!(parse_day("2015-07-21 02:51:32").map(|d| d.to_string()).as_deref(), Some("2015-07-21"));
/// assert_eq!(parse_day("1445102400"), None);
/// ```
pub fn parse_day(field: &str) -> Option<Day> {
    if field.len() > 400 {
        return None;
    }
    if let Some(day) = iso_day(field.as_bytes()) {
        return Some(day);
    }
    by_words(field)
}

/// The day of a field that is an ISO 8601 date of our times, with or without the hour, and nothing
/// else: what most archives hold.
fn iso_day(field: &[u8]) -> Option<Day> {
    let number = |digits: &[u8]| -> Option<u32> {
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let (date, hour) = field.split_at_checked(10)?;
    let (b'-', b'-') = (date[4], date[7]) else { return None };
    if let Some((mark, clock)) = hour.split_first() {
        let clock = clock.strip_suffix(b"Z").unwrap_or(clock);
        let shaped = clock.len() == 8
            && (clock.iter().enumerate())
                .all(|(at, &c)| if at % 3 == 2 { c == b':' } else { c.is_ascii_digit() });
        if !matches!(mark, b' ' | b'T') || !shaped {
            return None;
        }
    }
    let year = number(&date[..4]).filter(|year| (1900..2100).contains(year))?;
    Day::from_ymd(year as i32, number(&date[5..7])?, number(&date[8..])?)
}

fn by_words(field: &str) -> Option<Day> {
    let folded = Folder::new(Profile::Standard).fold(field);
    day_of_words((0..folded.len()).map(|i| folded.word(i)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn iso(field: &str) -> String {
        parse_day(field).map_or_else(|| "none".into(), |d| d.to_string())
    }

    #[test]
    fn date_lines_and_fields() {
        for (field, want) in [
            ("تاريخ النشر: 19th, October 2023 GMT", "2023-10-19"),
            ("تاريخ النشر: 1st, March 2024 GMT", "2024-03-01"),
            ("نشر بتاريخ: ٦ كانون الأول ٢٠٢٤", "2024-12-06"),
            ("20 يوليو تموز 2015", "2015-07-20"),
            ("3 ديسمبر/كانون الأول 2023", "2023-12-03"),
            ("12 أكتوبر (تشرين الأول) 2019", "2019-10-12"),
            ("5 كانون الثاني 2020", "2020-01-05"),
            ("الأربعاء 21 يناير 2026 06:29 مساءً", "2026-01-21"),
            ("نشر في 2024/03/17 الساعة 21:51", "2024-03-17"),
            ("2023-08-07 00:00:00 -", "2023-08-07"),
            ("12:24 م 09/11/2025", "2025-11-09"),
            ("12/31/2025", "2025-12-31"),
            ("2015-07-21 02:51:32", "2015-07-21"),
            ("2023-10-19T08:00:00+03:00", "2023-10-19"),
            ("October 19, 2023", "2023-10-19"),
            ("Thu, 19 Oct 2023 10:00:00 GMT", "2023-10-19"),
            ("26 شوال 1436 هـ الموافق 11 أغسطس 2015 م", "2015-08-11"),
            ("26 شوال 1436 هـ", "2015-08-12"),
            ("1 محرم 1446", "2024-07-08"),
            ("9 ذو الحجة 1444هـ", "2023-06-28"),
            ("14 أوت 2022", "2022-08-14"),
            ("1445102400", "none"),
            ("أمس", "none"),
            ("", "none"),
            ("31 فبراير 2020", "none"),
        ] {
            assert_eq!(iso(field), want, "{field}");
        }
    }

    proptest! {
        #[test]
        fn days_come_back(days in -700_000i32..2_900_000) {
            let (y, m, d) = Day(days).ymd();
            prop_assert_eq!(Day::from_ymd(y, m, d), Some(Day(days)));
            if y > 1600 {
                prop_assert_eq!(parse_day(&Day(days).to_string()), Some(Day(days)));
            }
        }

        #[test]
        fn iso_fields_are_read_as_by_their_words(
            (y, m, d) in (1890_u32..2110, 0_u32..14, 0_u32..33),
            hour in "|[ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z?|T[0-9:]{1,9}",
        ) {
            let field = format!("{y:04}-{m:02}-{d:02}{hour}");
            if let Some(day) = iso_day(field.as_bytes()) {
                prop_assert_eq!(Some(day), by_words(&field));
                prop_assert_eq!(day.ymd(), (y as i32, m, d));
            }
        }

        #[test]
        fn any_field_is_read_without_panic(field in "[0-9٠-٩ /:.\u{600}-\u{6ff}a-z-]{0,60}") {
            let _ = parse_day(&field);
        }
    }
}
