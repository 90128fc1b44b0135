//! Who stays: an ordered list of rules, known before clustering.

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

/// One rule of preference. The first rule that tells two pages apart decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepRule {
    /// A page of an outlet that stands higher in the user's list.
    Outlet,
    /// A page whose text does not break off in mid-sentence.
    NotCutOff,
    /// The earlier day; a page without a day comes last.
    Earliest,
    /// More words in the story.
    Longest,
    /// The earlier place in the input (files by name, then byte).
    First,
    /// The lower id, byte by byte.
    LowestId,
}

impl KeepRule {
    /// Why the keeper was kept, when this rule decided.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Outlet => "preferred outlet",
            Self::NotCutOff => "not cut off",
            Self::Earliest => "earliest date",
            Self::Longest => "longest story",
            Self::First => "first in the input",
            Self::LowestId => "lowest id",
        }
    }
}

/// What the rules look at.
#[derive(Clone, Copy)]
pub struct PageRank<'a> {
    /// Place of its outlet in the user's list; outlets not listed come after all listed ones.
    pub outlet: u32,
    /// Whether the text breaks off.
    pub cut_off: bool,
    /// Days since 1970-01-01; `None` when the page has no day.
    pub day: Option<i32>,
    /// Words of the story.
    pub words: u32,
    /// Place in the input.
    pub position: u32,
    /// Tells the id of the page at a position; asked only when nothing else tells two pages apart.
    pub id: &'a (dyn Fn(u32) -> String + Sync),
}

/// The rules in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepOrder(Vec<KeepRule>);

impl Default for KeepOrder {
    fn default() -> Self {
        Self::earliest()
    }
}

impl KeepOrder {
    /// Not cut off, earliest date, longest story, lowest id.
    pub fn earliest() -> Self {
        Self(vec![
            KeepRule::NotCutOff,
            KeepRule::Earliest,
            KeepRule::Longest,
            KeepRule::LowestId,
            KeepRule::First,
        ])
    }

    /// Not cut off, longest story, earliest date, lowest id.
    pub fn longest() -> Self {
        Self(vec![
            KeepRule::NotCutOff,
            KeepRule::Longest,
            KeepRule::Earliest,
            KeepRule::LowestId,
            KeepRule::First,
        ])
    }

    /// The first in the input.
    pub fn first() -> Self {
        Self(vec![KeepRule::First])
    }

    /// Preferred outlets first, then as [`KeepOrder::earliest`].
    pub fn outlets() -> Self {
        let mut rules = vec![KeepRule::Outlet];
        rules.extend(Self::earliest().0);
        Self(rules)
    }

    /// Whether the rules look at outlets.
    pub fn needs_outlets(&self) -> bool {
        self.0.contains(&KeepRule::Outlet)
    }

    /// Which of two pages is preferred (`Less` stays), and the rule that told them apart.
    pub fn compare(&self, a: &PageRank<'_>, b: &PageRank<'_>) -> (Ordering, KeepRule) {
        let last = self.0.last().copied().unwrap_or(KeepRule::First);
        self.0
            .iter()
            .map(|&rule| (rule.compare(a, b), rule))
            .find(|(order, _)| order.is_ne())
            .unwrap_or((a.position.cmp(&b.position), last))
    }
}

impl KeepRule {
    fn compare(self, a: &PageRank<'_>, b: &PageRank<'_>) -> Ordering {
        match self {
            Self::Outlet => a.outlet.cmp(&b.outlet),
            Self::NotCutOff => a.cut_off.cmp(&b.cut_off),
            Self::Earliest => {
                let key = |p: &PageRank<'_>| (p.day.is_none(), p.day);
                key(a).cmp(&key(b))
            }
            Self::Longest => Reverse(a.words).cmp(&Reverse(b.words)),
            Self::First => a.position.cmp(&b.position),
            Self::LowestId => (a.id)(a.position).cmp(&(b.id)(b.position)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids of the pages of the tests, by position.
    const IDS: [&str; 3] = ["a", "b", "z"];

    fn page(position: u32) -> PageRank<'static> {
        PageRank {
            outlet: 9,
            cut_off: false,
            day: Some(100),
            words: 50,
            position,
            id: &|position| IDS[position as usize].to_owned(),
        }
    }

    #[test]
    fn rules_are_asked_in_order() {
        let keep = KeepOrder::earliest();
        let base = page(1);
        let cut = PageRank { cut_off: true, day: Some(1), ..page(0) };
        assert_eq!(keep.compare(&base, &cut), (Ordering::Less, KeepRule::NotCutOff));
        let late = PageRank { day: Some(101), words: 900, ..page(0) };
        assert_eq!(keep.compare(&base, &late), (Ordering::Less, KeepRule::Earliest));
        let undated = PageRank { day: None, ..page(0) };
        assert_eq!(keep.compare(&undated, &base), (Ordering::Greater, KeepRule::Earliest));
        let long = PageRank { words: 51, ..page(2) };
        assert_eq!(keep.compare(&long, &base), (Ordering::Less, KeepRule::Longest));
        assert_eq!(keep.compare(&page(0), &base), (Ordering::Less, KeepRule::LowestId));
        assert_eq!(KeepOrder::longest().compare(&late, &base).1, KeepRule::Longest);
        let listed = PageRank { outlet: 0, cut_off: true, ..page(2) };
        assert_eq!(KeepOrder::outlets().compare(&listed, &base).0, Ordering::Less);
    }
}
