//! Where a page's own story goes on after that of another page was pasted into its midst.

use super::blocks::{TOLD_WORDS, may_precede_prose};
use super::cells::{Cell, Ending};
use super::cut::{Second, Walk, span_of};
use super::date_lines::is_date_line;
use super::openers::{carries_on, is_cut_off};
use super::pieces::{Label, Piece};
use super::told::Told;
use super::whose::{FAMILIAR, FAMILIAR_WORDS, MOST_FAMILIAR, TOPIC_WORDS, stem, topic};
use super::{PageText, SegmentKind};

/// What part of the words of a text any word of another story has by chance, and a little more.
///
/// The page is back at its own story where the text from a paragraph on has one more of the words of its
/// own than by chance and twice those of the pasted one. Of 2,400 real articles with another one pasted into their
/// midst, half of them on a like subject, 72 % were seen to go on, and of the pasted ones 1 % not to end.
const CHANCE: f32 = 0.0008;

/// Fewest words of a paragraph that is looked at; tags and buttons are shorter.
const LEAST_PARAGRAPH: usize = 8;
/// Fewest such words.
const LEAST_BACK: usize = 3;
/// Fewest and most words of the title of a further story below a pasted one.
const FURTHER_TITLE: std::ops::RangeInclusive<usize> = 5..=20;
/// Most lines of the head of a story: its day, its author, buttons.
const HEAD_LINES: usize = 6;
/// Most words of the line of its author.
const AUTHOR_WORDS: usize = 6;
/// How many words a story has of its title at least, to be told from the one above it by nothing else.
const ECHOED: usize = 2;

/// The kinds of the lines below a title that may stand before its story. A short line that begins as the
/// author's on the same page does is one.
fn head_lines(page: &PageText<'_>, pieces: &[Piece], author: Option<u64>) -> Vec<SegmentKind> {
    let byline = |p: &Piece| {
        p.words() <= AUTHOR_WORDS && author == Some(page.folded.hashes()[p.cell.first as usize])
    };
    let kind = |p: &Piece| match p.label {
        Label::Line(kind) if may_precede_prose(kind) => Some(kind),
        Label::Text if is_date_line(page.folded, &p.cell) => Some(SegmentKind::Date),
        Label::Text if byline(p) => Some(SegmentKind::Byline),
        _ => None,
    };
    pieces.iter().take(HEAD_LINES).map_while(kind).collect()
}

/// Whether a day and whether an author stand among the lines below a title.
fn shape(lines: &[SegmentKind]) -> (bool, bool) {
    (lines.contains(&SegmentKind::Date), lines.contains(&SegmentKind::Byline))
}

fn is_own(kind: SegmentKind) -> bool {
    matches!(kind, SegmentKind::Body | SegmentKind::Title)
}

impl Walk<'_> {
    /// Whether a piece begins with words that carry a story on.
    pub(super) fn carries_on(&self, piece: &Piece) -> bool {
        piece.label == Label::Text && carries_on(self.page, &piece.cell)
    }

    /// Whether the page's own story goes on at `self.at`, after the second story that stands in its midst.
    pub(super) fn returns(&mut self, pieces: &[Piece]) -> bool {
        if self.second == Second::None || pieces[self.at].words() < LEAST_PARAGRAPH {
            return false;
        }
        // Taken out, so that the walk can be asked meanwhile.
        let mut told = std::mem::take(&mut self.told);
        let returns = self.returns_to(&mut told, pieces);
        self.told = told;
        returns
    }

    fn returns_to(&self, told: &mut Told, pieces: &[Piece]) -> bool {
        let Some(open) = self.out.embedded.last() else {
            return false;
        };
        let (p, folded) = (&pieces[self.at], self.page.folded);
        let own_end = self.out.segments.iter().rfind(|s| is_own(s.kind)).map_or(0, |s| s.span.end);
        let before = (self.out.embedded.len(), own_end);
        told.gather(before, folded, || self.words_of(pieces, 0, is_own).into_iter());
        let first = p.cell.first as usize;
        let near =
            |q: &&Piece| q.label == Label::Text && (q.cell.first as usize) < first + TOPIC_WORDS;
        let end = pieces[self.at..].iter().take_while(near).last();
        let end = end.map_or(p.cell.last, |q| q.cell.last) as usize;
        let rest = first..end.min(first + TOPIC_WORDS);
        let own_words = told.own().len() as f32;
        let chance_of = |words: usize| (CHANCE * own_words * words as f32) as usize;
        let cut_off = is_cut_off(self.page, &pieces[self.at - 1].cell);
        // A text that was cut off is over, and a page whose closing lines are still to come goes on.
        let ends = cut_off || self.last_main > self.at;
        let pasted_ends = self.pasted_ends(pieces);
        if !cut_off && !pasted_ends {
            let (shared, different) = told.at_most(folded, rest.clone());
            if shared < LEAST_BACK || (!ends && shared <= chance_of(different)) {
                return false;
            }
        }

        let pasted = |kind| matches!(kind, SegmentKind::RelatedStory | SegmentKind::RelatedTitle);
        let other = self.words_of(pieces, open.span().start, pasted);
        let other = told.topic(folded, other.into_iter());
        let here = told.topic(folded, first..p.cell.last as usize);
        let rest = told.topic(folded, rest);
        let lean = |text: &[u64]| {
            let only = |a: &[u64], b: &[u64]| {
                let in_a = |w: &&u64| a.binary_search(w).is_ok() && b.binary_search(w).is_err();
                text.iter().filter(in_a).count()
            };
            (only(told.own(), &other), only(&other, told.own()))
        };
        let ((own_here, other_here), (own_rest, other_rest)) = (lean(&here), lean(&rest));
        if pasted_ends {
            // A paragraph that was edited has the pasted story's words still.
            return own_here >= LEAST_BACK && own_here > 3 * other_here && own_rest > other_rest;
        }
        if cut_off && open.parts.len() == 1 && self.carries_on(p) {
            // What was cut off has no second paragraph.
            return own_here >= other_here && own_rest >= other_rest;
        }
        if own_rest < LEAST_BACK {
            return false;
        }
        if ends {
            return own_rest > other_rest && own_here + usize::from(cut_off) > other_here;
        }
        own_rest > 2 * other_rest + chance_of(rest.len()) && own_here > other_here + 1
    }

    /// The last words before `self.at`, from byte `from` on, that were written as such a kind, and no more
    /// of them than are looked at; the last first by lines.
    fn words_of(
        &self,
        pieces: &[Piece],
        from: u32,
        is: impl Fn(SegmentKind) -> bool,
    ) -> Vec<usize> {
        let segments = &self.out.segments;
        let mut at = segments.len();
        let mut found = Vec::new();
        for q in pieces[..self.at].iter().rev().take_while(|q| q.cell.start >= from) {
            while at > 0 && segments[at - 1].span.end > q.cell.start {
                at -= 1;
            }
            if segments.get(at).is_some_and(|s| is(s.kind)) {
                found.extend(q.cell.first as usize..q.cell.last as usize);
            }
            if found.len() >= FAMILIAR_WORDS {
                break;
            }
        }
        found.truncate(FAMILIAR_WORDS);
        found
    }

    /// The head of another article below the page's own, in the shape of the page's head, and its first
    /// paragraph: what a site loads when the reader has come to the end.
    pub(super) fn next_article(&mut self, pieces: &[Piece]) -> bool {
        let p = &pieces[self.at];
        let told = self.second == Second::None && self.said >= TOLD_WORDS && !self.digest;
        if !told || self.one_line || self.own_head.is_empty() || !self.titled(p) {
            return false;
        }
        let below = &pieces[self.at + 1..];
        let lines = head_lines(self.page, below, self.author);
        let Some(next) = below.get(lines.len()).filter(|next| next.prose()) else {
            return false;
        };
        let found = shape(&lines);
        if found == (false, false) || found != shape(&self.own_head) || self.carries_on(next) {
            return false;
        }
        let at = self.at + 1 + lines.len();
        let (lead, _) = self.leaning(pieces, self.at, at);
        let (named, familiar) = self.familiarity(pieces, self.at, at);
        // A day alone may stand below a heading of the page's own story.
        let other = lead >= 0 && familiar < MOST_FAMILIAR[if lead > 0 { 2 } else { 1 }];
        if !named || !(other || found == (true, true)) {
            return false;
        }
        let title = span_of(p);
        self.emit(p, SegmentKind::RelatedTitle);
        for (line, &kind) in below.iter().zip(&lines) {
            self.emit(line, kind);
        }
        self.emit_story(next, Some(title));
        self.at = at + 1;
        true
    }

    /// Notes the lines that stand between the page's title and its first paragraph.
    pub(super) fn find_head(&mut self, pieces: &[Piece]) {
        let title = pieces.iter().position(|p| p.label == Label::Line(SegmentKind::Title));
        let below = &pieces[title.map_or(0, |n| n + 1)..];
        self.own_head = head_lines(self.page, below, None);
        let author = below.iter().zip(&self.own_head).find(|line| *line.1 == SegmentKind::Byline);
        self.author = author.map(|(p, _)| self.page.folded.hashes()[p.cell.first as usize]);
    }

    /// Whether a piece can be the title of a further story.
    fn titled(&self, p: &Piece) -> bool {
        p.titleish()
            && !self.carries_on(p)
            && !p.joined
            && FURTHER_TITLE.contains(&p.words())
            && p.cell.ending != Ending::Colon
            && !is_cut_off(self.page, &p.cell)
    }

    /// The title of a further story right below a pasted one, and that story's first paragraph.
    pub(super) fn further_story(&mut self, pieces: &[Piece]) -> bool {
        let p = &pieces[self.at];
        let folded = self.page.folded;
        let dated = |q: &&Piece| match q.label {
            Label::Line(kind) => matches!(kind, SegmentKind::Date | SegmentKind::Byline),
            Label::Text => is_date_line(folded, &q.cell),
            _ => false,
        };
        let lines = pieces[self.at + 1..].iter().take(HEAD_LINES).take_while(dated).count();
        let Some(next) = pieces.get(self.at + 1 + lines) else {
            return false;
        };
        let Some(open) = self.out.embedded.last().filter(|_| self.second == Second::Open) else {
            return false;
        };
        if self.one_line || !self.titled(p) || !next.prose() || self.carries_on(next) {
            return false;
        }
        let words = |c: &Cell| c.first as usize..c.last as usize;
        let title = topic(folded, words(&p.cell), stem);
        let text = topic(folded, words(&next.cell).take(TOPIC_WORDS), stem);
        let from = open.span().start;
        let common = |a: &[u64]| a.iter().filter(|w| text.binary_search(w).is_ok()).count();
        // A day below the title, or a text above it that was cut off, says the same.
        let told =
            usize::from(lines > 0) + usize::from(is_cut_off(self.page, &pieces[self.at - 1].cell));
        if common(&title) + told < ECHOED {
            return false;
        }
        // No more words than that, so that a page of very many titles takes no time to speak of.
        let above = pieces[..self.at].iter().rev().take_while(|q| q.cell.start >= from);
        let above = above.flat_map(|q| words(&q.cell)).take(FAMILIAR_WORDS);
        if common(&topic(folded, above, stem)) as f32 >= FAMILIAR * text.len() as f32 {
            return false;
        }
        let title = span_of(p);
        self.emit(p, SegmentKind::RelatedTitle);
        for line in &pieces[self.at + 1..=self.at + lines] {
            let kind = if let Label::Line(kind) = line.label { kind } else { SegmentKind::Date };
            self.emit(line, kind);
        }
        self.emit_story(next, Some(title));
        self.at += lines + 2;
        true
    }
}
