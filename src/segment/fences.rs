//! Fences: signs around a block in the midst of a story. The sign that opened it closes it.

use super::blocks::may_precede_prose;
use super::cells::{Cell, Lead, is_line_end, is_space};
use super::cut::{Second, Walk, span_of};
use super::pieces::{Label, Piece};
use super::{PageText, SegmentKind};

/// Fewest signs of a line that is a rule.
const RULE: usize = 3;
/// Most lines of a block whose end is looked for.
const LINES: usize = 20;
/// Most lines between the last paragraph and the title of a story below it, which is the heading of the block.
const HEADS: usize = 3;
/// Elements of HTML that hold what does not belong to the story around them.
const ASIDES: [&str; 2] = ["aside", "blockquote"];

/// What stands before the heading of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fence {
    /// A line of such signs alone.
    Rule(char),
    /// A line without anything.
    Blank,
}

/// What stands between a line and the one before.
fn fence(page: &PageText<'_>, cell: &Cell) -> Option<Fence> {
    let lines = gap(page, cell).split(is_line_end).skip(1);
    // What stands before the first word of the line itself is its bullet.
    let mut lines = lines.peekable();
    let mut found = None;
    while let Some(line) = lines.next() {
        if lines.peek().is_none() {
            break;
        }
        let line = line.trim_matches(is_space);
        let Some(sign) = line.chars().next() else {
            found = found.or(Some(Fence::Blank));
            continue;
        };
        let signs = || line.chars().filter(|c| !is_space(*c));
        if signs().count() >= RULE && signs().all(|c| c == sign) {
            return Some(Fence::Rule(sign));
        }
    }
    found
}

/// The text between the last word before a line and its first.
fn gap<'a>(page: &PageText<'a>, cell: &Cell) -> &'a str {
    let tokens = page.folded.tokens();
    let first = cell.first as usize;
    let from = first.checked_sub(1).map_or(0, |before| tokens[before].span.end as usize);
    page.text.get(from..tokens[first].span.start as usize).unwrap_or("")
}

/// The element that a tag right before a line opens or closes.
fn aside(page: &PageText<'_>, cell: &Cell, closes: bool) -> Option<&'static str> {
    let gap = gap(page, cell);
    let open = if closes { "</" } else { "<" };
    let named = |from: usize, name: &str| {
        let rest = gap.get(from + open.len()..from + open.len() + name.len());
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(name))
    };
    gap.match_indices(open).find_map(|(at, _)| ASIDES.into_iter().find(|name| named(at, name)))
}

impl Walk<'_> {
    /// Notes what stands before the heading of a block.
    pub(super) fn note_fence(&mut self, head: &Piece) {
        self.fence = if head.joined { None } else { fence(self.page, &head.cell) };
    }

    /// Writes the lines of a block that stand in quotes or in an element of their own from the heading on,
    /// if a paragraph is among them.
    pub(super) fn enclosed(&mut self, pieces: &[Piece], head: usize) -> bool {
        let cell = &pieces[head].cell;
        let quote = matches!(cell.lead, Lead::Bullet('>' | '|'));
        let element = aside(self.page, cell, false);
        if !quote && element.is_none() {
            return false;
        }
        let inside = |p: &&Piece| match element {
            Some(element) => aside(self.page, &p.cell, true) != Some(element),
            None => p.cell.lead == cell.lead || p.joined,
        };
        let lines = pieces[self.at..].iter().take(LINES + 1).take_while(inside).count();
        let block = &pieces[self.at..self.at + lines];
        let told = block.iter().any(Piece::prose);
        if lines > LINES || !told || !block.iter().all(|p| holds(p.label)) {
            return false;
        }
        let mut title = None;
        for p in block {
            match p.label {
                Label::Line(kind) => self.emit(p, kind),
                _ if title.is_none() && p.titleish() => {
                    title = Some(span_of(p));
                    self.emit(p, SegmentKind::RelatedTitle);
                }
                _ => {
                    let new = self.second != Second::Open;
                    self.emit_story(p, title.filter(|_| new));
                }
            }
            self.at += 1;
        }
        self.second = Second::None;
        true
    }

    /// Whether the sign that stood before the heading of the open block stands before this paragraph.
    pub(super) fn fenced_off(&self, pieces: &[Piece]) -> bool {
        let p = &pieces[self.at];
        let Some(opened) = self.fence.filter(|_| p.prose() && !p.joined) else {
            return false;
        };
        if fence(self.page, &p.cell) != Some(opened) {
            return false;
        }
        // Blank lines close a block where no others stand.
        opened != Fence::Blank || self.framed
    }

    /// Notes whether no blank line stands before the last paragraph above a heading, nor before the first
    /// one below the title of its story.
    pub(super) fn note_frame(&mut self, pieces: &[Piece], title: usize, story: usize) {
        let close = |at: usize| fence(self.page, &pieces[at].cell).is_none();
        let mut above = (title.saturating_sub(HEADS)..title).rev();
        let last = above.find(|&at| pieces[at].prose());
        self.framed = last.is_some_and(|last| last > 0 && close(last)) && close(story);
    }
}

/// Whether a piece with this label may stand in a block with the text of another story.
fn holds(label: Label) -> bool {
    match label {
        Label::Text | Label::Linked => true,
        Label::Line(kind) => may_precede_prose(kind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SegmentKind::{Body, Other, RelatedHead, RelatedStory, RelatedTitle, Title};
    use super::super::anatomy::{
        CHESS, HARBOR, HARBOR_MORE, HARBOR_TITLE, OLIVES, OLIVES_MORE, OLIVES_TITLE, check, line,
    };

    /// A page whose story goes on, after a block, with something of which words alone do not tell that it is
    /// its own.
    fn fenced(open: &str, head: &str, between: &str, close: &str, back: &str) {
        let mut parts = vec![
            (Title, line(HARBOR_TITLE)),
            (Body, HARBOR.to_owned()),
            (Body, format!("{HARBOR_MORE}{open}")),
            (RelatedHead, head.to_owned()),
            (RelatedTitle, format!("{between}{}", line(OLIVES_TITLE))),
            (RelatedStory, format!("{between}{OLIVES}")),
            (RelatedStory, format!("{between}{OLIVES_MORE}{close}")),
        ];
        parts.extend((!back.is_empty()).then(|| (Other, back.to_owned())));
        parts.push((Body, CHESS.to_owned()));
        let parts: Vec<_> = parts.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        check(head, &parts);
    }

    #[test]
    fn the_sign_that_opened_a_block_closes_it() {
        for sign in ["--------\n", "======\n", "\n", "\n* * *\n______\n", "— — —\n"] {
            fenced(sign, "اقرأ أيضا:\n", "", sign, "");
        }
        fenced("<aside class=\"box\">\n", "اقرأ أيضا:\n", "", "</aside>\n", "");
        fenced("<blockquote>\n", "شاهد أيضا\n", "", "</blockquote>\n", "");
        fenced("", "> اقرأ أيضا\n", "> ", "", "");
    }

    #[test]
    fn phrases_lead_back_to_the_story() {
        for back in [
            "العودة إلى الموضوع الأصلي\n",
            "--- نعود إلى الخبر ---\n",
            "عودة إلى التقرير\n",
            "تابع قراءة الخبر\n",
        ] {
            fenced("", "اقرأ أيضا:\n", "", "", back);
        }
    }

    #[test]
    fn other_signs_and_lines_close_nothing() {
        // A text in which blank lines stand between all paragraphs.
        check(
            "blank lines everywhere",
            &[
                (Title, &format!("{HARBOR_TITLE}\n\n")),
                (Body, &format!("{HARBOR}\n")),
                (Body, &format!("{HARBOR_MORE}\n")),
                (RelatedHead, "اقرأ أيضا:\n\n"),
                (RelatedTitle, &format!("{OLIVES_TITLE}\n\n")),
                (RelatedStory, &format!("{OLIVES}\n")),
                (RelatedStory, OLIVES_MORE),
            ],
        );
    }
}
