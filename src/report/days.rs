//! Which dates of an archive can be true. A date is a claim: one that cannot be is marked, and an
//! axis that it would stretch leaves it out.

use std::collections::BTreeMap;

/// 1 January 1995, before the first Arabic paper stood on the web.
const FIRST: i32 = 9131;
/// Days without a page after which a later date is that of no page of this archive.
const GAP: i32 = 366;

/// The days that dates are believed for. They depend on nothing but the dates: of the day on which a run
/// is made nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    /// The first of them, in days since 1970.
    pub(super) first: i32,
    /// The last of them.
    pub(super) last: i32,
}

impl Days {
    /// From how many pages have each day: none before the web, and none that comes more than a year
    /// after all earlier ones, seen from the day in the middle of them. So one wrong page moves
    /// nothing, and no more do many as long as they are fewer than the others.
    pub(super) fn of(pages: &BTreeMap<i32, u64>) -> Self {
        let of_the_web = || pages.range(FIRST..);
        let half = of_the_web().map(|(_, pages)| pages).sum::<u64>().div_ceil(2);
        let mut before = 0;
        let mut last: Option<i32> = None;
        for (&day, &number) in of_the_web() {
            if before >= half && last.is_some_and(|last| day - last > GAP) {
                break;
            }
            before += number;
            last = Some(day);
        }
        Self { first: FIRST, last: last.unwrap_or(FIRST) }
    }

    /// Whether a day is believed.
    pub(super) fn hold(self, day: i32) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// The first and last of the days that are believed.
    pub(super) fn span(self, days: impl Iterator<Item = i32>) -> Option<(i32, i32)> {
        days.filter(|&day| self.hold(day)).fold(None, |span, day| match span {
            None => Some((day, day)),
            Some((from, to)) => Some((from.min(day), to.max(day))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Day;

    fn days(dates: &[(i32, u32, u64)]) -> (Days, impl Fn(i32, u32) -> bool + use<>) {
        let day = |year, month| Day::from_ymd(year, month, 1).expect("a day").0;
        let pages = dates.iter().map(|&(year, month, pages)| (day(year, month), pages)).collect();
        let days = Days::of(&pages);
        (days, move |year, month| days.hold(day(year, month)))
    }

    #[test]
    fn a_date_that_no_other_comes_near_is_not_believed() {
        let (days, held) =
            days(&[(1850, 1, 3), (2019, 5, 2), (2023, 10, 40), (2024, 9, 1), (9999, 12, 30)]);
        assert_eq!(days.first, Day::from_ymd(1995, 1, 1).expect("a day").0);
        assert!(!held(1850, 1) && !held(9999, 12));
        // Early dates may be of other years; late ones go on from page to page.
        assert!(held(2019, 5) && held(2023, 10) && held(2024, 9));
    }

    #[test]
    fn of_two_dates_the_earlier_is_believed_and_of_none_none() {
        let (_, held) = days(&[(2023, 10, 1), (9999, 12, 1)]);
        assert!(held(2023, 10) && !held(9999, 12));
        let (none, held) = days(&[(1850, 1, 1)]);
        assert!(!held(1850, 1));
        assert_eq!(none.span([none.first - 1].into_iter()), None);
        let (all, _) = days(&[(2023, 1, 1), (2023, 3, 1)]);
        assert_eq!(
            all.span([all.last, -40_000, all.last - 5].into_iter()),
            Some((all.last - 5, all.last))
        );
    }
}
