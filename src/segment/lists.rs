//! Splits of a line that several lines were joined to: after the page's title and date, at the titles
//! of other pages, and at the items of a list.

use super::SegmentKind;
use super::cells::{Cell, border, bullet, is_space, lead_bullet};
use super::date_lines::date_words;
use super::pieces::{Label, Line, Split};
use super::places::Pasted;
use super::prepare::LEAST_OWN;
use super::rows::Ends;

impl Line<'_> {
    /// Splits the first line of a page that has lost its lines after the title and the date.
    pub(super) fn top(&self, cell: &Cell, splits: &mut Vec<Split>) {
        let (page, folded) = (self.page, self.page.folded);
        let (tokens, last) = (folded.tokens(), cell.last as usize);
        let title = page.title.len();
        let titled =
            |at: usize| title >= LEAST_OWN && folded.hashes()[at..last].starts_with(page.title);
        let date = |at: usize| date_words(folded, at..last).map(|words| at + words);
        let (from, to, kind) = if titled(0) {
            (title, date(title), SegmentKind::Date)
        } else if let Some(to) = date(0).filter(|&to| titled(to)) {
            (to + title, None, SegmentKind::Date)
        } else {
            return;
        };
        let near = splits.partition_point(|s| s.token < from);
        if from >= last || splits.get(near).is_some_and(|s| s.token <= to.unwrap_or(from)) {
            return;
        }
        let byte = |token| border(page.text, tokens, token);
        let mut found = Vec::new();
        if from > title {
            found.push(Split::plain(0, cell.start as usize, Label::Line(kind)));
            found.push(Split::plain(from - title, byte(from - title), Label::Text));
        }
        match to {
            Some(to) => {
                found.push(Split::plain(from, byte(from), Label::Line(kind)));
                found.extend((to < last).then(|| Split::plain(to, byte(to), Label::Text)));
            }
            None => found.push(Split::plain(from, byte(from), Label::Text)),
        }
        splits.splice(near..near, found);
    }

    /// Splits a line of a page that has lost its lines where a sentence ends and a title of the archive
    /// comes, with or without a heading before it, followed by the words with which the story of that
    /// title opens.
    pub(super) fn titled(&self, cell: &Cell, pasted: &[Pasted], splits: &mut Vec<Split>) {
        let page = self.page;
        let from = splits.len();
        let byte = |token| border(page.text, page.folded.tokens(), token);
        let words = cell.first as usize..cell.last as usize;
        let here = |p: &&Pasted| p.head >= words.start && p.title.end <= words.end;
        for Pasted { head, title } in pasted.iter().filter(here) {
            // The splits so far are in order.
            let near = splits[..from].partition_point(|s| s.token < *head);
            let line = |s: &Split| matches!(s.label, Label::Line(_) | Label::Rest(_));
            if splits[..from].get(near).is_some_and(|s| s.token <= title.end)
                || near.checked_sub(1).is_some_and(|before| line(&splits[before]))
            {
                continue;
            }
            let headed = head < &title.start;
            if headed {
                let split = Split::plain(*head, byte(*head), Label::Head(Ends::ALL));
                splits.push(Split { payload: title.start, unsure: true, ..split });
            }
            let label = if headed { Label::Linked } else { Label::Text };
            splits.push(Split::plain(title.start, byte(title.start), label));
            if title.end < words.end {
                splits.push(Split::plain(title.end, byte(title.end), Label::Text));
            }
        }
        if splits.len() > from {
            splits.sort_by_key(|split| split.token);
        }
    }

    /// Splits a list whose items stand on one line, each after the same bullet.
    pub(super) fn split_bullets(
        &self,
        words: std::ops::Range<usize>,
        splits: &mut Vec<Split>,
    ) -> bool {
        let (text, tokens) = (self.page.text, self.page.folded.tokens());
        let lead = |i: usize| {
            let from = i.checked_sub(1).map_or(0, |b| tokens[b].span.end as usize);
            let gap = text.get(from..tokens[i].span.start as usize)?;
            // A dash between spaces may be one of a list whose lines were joined.
            let dash = gap.trim_matches(is_space);
            let spaced = gap.len() - dash.len() >= 2 && gap.ends_with(is_space);
            lead_bullet(gap)
                .or_else(|| bullet(dash.chars().next()?).filter(|&b| spaced && b == '-'))
        };
        if self.split_numbers(words.clone(), splits) {
            return true;
        }
        let Some(own) = (!words.is_empty()).then(|| lead(words.start)).flatten() else {
            return false;
        };
        let from = splits.len();
        for i in words.rev().filter(|&i| lead(i) == Some(own)) {
            let gap = i.checked_sub(1).map_or(0, |b| tokens[b].span.end as usize);
            let sign = |c: char| bullet(c) == Some(own);
            let byte = text[gap..].find(sign).map_or(gap, |n| gap + n);
            splits.push(Split::plain(i, byte, Label::Text));
        }
        if splits.len() == from + 1 {
            splits.truncate(from);
        }
        splits.len() > from
    }

    /// Splits a list whose items stand on one line, each after its number.
    fn split_numbers(&self, words: std::ops::Range<usize>, splits: &mut Vec<Split>) -> bool {
        let (text, folded) = (self.page.text, self.page.folded);
        let from = splits.len();
        let mut number = 1_u32;
        for i in words.clone() {
            if folded.word(i).parse() != Ok(number) || i + 1 >= words.end {
                // The first item begins the list.
                if number == 1 {
                    break;
                }
                continue;
            }
            let (end, next) = (folded.tokens()[i].span.end, folded.tokens()[i + 1].span.start);
            let gap = text.get(end as usize..next as usize).unwrap_or("");
            if gap.starts_with(['.', ')', '-', '–']) && gap.ends_with(is_space) {
                let byte = border(text, folded.tokens(), i);
                splits.push(Split { payload: i + 1, ..Split::plain(i, byte, Label::Text) });
                number += 1;
            }
        }
        if splits.len() <= from + 1 {
            splits.truncate(from);
        }
        // The last one first.
        splits[from..].reverse();
        splits.len() > from
    }
}
