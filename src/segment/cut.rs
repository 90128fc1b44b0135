//! Cutting: a walk over the labeled pieces of a page that decides where each block ends.

use super::blocks::TOLD_WORDS;
use super::cells::{Cell, Ending};
use super::fences::Fence;
use super::pieces::{Label, Piece};
use super::repeats::{Fact, LEAST_PAGES};
use super::rows::Ends;
use super::titles::{OPENING_LINES, opening};
use super::told::Told;
use super::{Embedded, PageText, Segment, SegmentKind, Segmenter, Segments, day_of_words, key};
use crate::types::ByteSpan;

/// Unlike pages that make a longer line furniture, or a short one in the midst of the story.
pub(super) const MANY_PAGES: u8 = 8;

/// Most words of a line of furniture that only its place at the end tells, and most such lines.
const TAIL_WORDS: usize = 20;
const TAIL_LINES: usize = 4;
/// Most words of the name and day above what a reader has written.
const SIGNED_WORDS: usize = 8;

/// Fewest different newspapers of a review of the press.
const REVIEWED: usize = 3;

/// Walks over the pieces of a page and writes its parts.
pub(crate) fn walk(
    segmenter: &Segmenter<'_>,
    page: &PageText<'_>,
    joined: bool,
    pieces: &mut [Piece],
    out: &mut Segments,
) {
    if pieces.is_empty() {
        if !page.text.is_empty() {
            out.put_all(page.text);
        }
        return;
    }
    let mut walk = Walk {
        segmenter,
        page,
        title_key: if page.title.is_empty() { 0 } else { key(page.title) },
        title_words: page.title,
        title_cell: None,
        own_head: Vec::new(),
        author: None,
        at: 0,
        body: false,
        prose: false,
        closing: Closing::None,
        sourced: false,
        since: 0,
        left: 0,
        second: Second::None,
        last_main: 0,
        amid: false,
        told: Told::default(),
        said: 0,
        unheaded: 0,
        joined,
        one_line: joined || pieces.iter().skip(1).all(|p| p.joined || p.cell.spaces > 0),
        digest: false,
        accepted: Vec::new(),
        fence: None,
        framed: false,
        out,
    };
    walk.prepare(pieces);
    walk.run(pieces);
    if walk.unheaded > 1 && !walk.digest {
        walk.digest = true;
        walk.out.clear();
        walk.run(pieces);
    }
    if walk.said < TOLD_WORDS && reviews(pieces) {
        walk.keep_review(pieces);
        walk.out.clear();
        walk.run(pieces);
    }
    if !walk.body && walk.accepted.contains(&true) {
        // A page is not made of furniture alone.
        walk.accepted.fill(false);
        walk.out.clear();
        walk.run(pieces);
    }
    if !walk.body && !walk.out.embedded.is_empty() {
        // Nor is it a second story alone: what only repetition calls a heading is none there.
        for p in pieces.iter_mut().filter(|p| p.fact.heads) {
            if let Label::Head(_) = p.label {
                p.label = Label::Text;
            }
        }
        walk.out.clear();
        walk.run(pieces);
    }
}

/// Whether several lines are headings by what other pages tell alone. Where a page says nothing beside, it
/// is a review of the press, and they are the names of newspapers.
fn reviews(pieces: &[Piece]) -> bool {
    let heads = pieces.iter().filter(|p| p.learned && matches!(p.label, Label::Head(_)));
    let mut keys: Vec<u64> = heads.map(|p| p.key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.len() >= REVIEWED
}

/// How far a page is with a second story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Second {
    None,
    Open,
    Closed,
}

/// The lines that close a page's own story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closing {
    None,
    /// Its source, after which another source or a late paragraph may come.
    Source,
    /// Its keywords, after which nothing of it comes.
    Keywords,
}

/// The state of a walk over the pieces of one page.
#[allow(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub(super) struct Walk<'a> {
    pub(super) segmenter: &'a Segmenter<'a>,
    pub(super) page: &'a PageText<'a>,
    /// Key of the page's own title, or 0.
    pub(super) title_key: u64,
    /// Hashes of the words of the own title.
    pub(super) title_words: &'a [u64],
    /// The line of the text that the own title is read from, if it has no field.
    pub(super) title_cell: Option<Cell>,
    /// The kinds of the lines between the title and the first paragraph.
    pub(super) own_head: Vec<SegmentKind>,
    /// Hash of the word with which the author's line among them begins.
    pub(super) author: Option<u64>,
    /// The piece to be looked at next.
    pub(super) at: usize,
    /// Whether a line of the story was seen.
    pub(super) body: bool,
    /// Whether a paragraph of it was.
    pub(super) prose: bool,
    /// The last of the lines seen that close the story.
    pub(super) closing: Closing,
    /// Whether a source line has come that may be the last line of the story.
    pub(super) sourced: bool,
    /// Words of the story's prose after that.
    pub(super) since: usize,
    /// One past the short lines after that which the story keeps.
    pub(super) left: usize,
    /// How far the walk is with a second story.
    pub(super) second: Second,
    /// One past the last source or keyword piece.
    pub(super) last_main: usize,
    /// Whether the second story stands in the midst of the page's own, as far as can be seen.
    pub(super) amid: bool,
    /// The words of the page and of its own story before that, once they were asked for.
    pub(super) told: Told,
    /// Words of the story so far.
    pub(super) said: usize,
    /// How many second stories stand in it without a heading.
    pub(super) unheaded: u32,
    /// Whether the page has lost its line ends, and its lines were found again by full stops.
    pub(super) joined: bool,
    /// Whether the page has lost its line ends.
    pub(super) one_line: bool,
    /// Whether the page is made of the stories of other pages.
    pub(super) digest: bool,
    /// For every piece, whether it is furniture because it repeats.
    pub(super) accepted: Vec<bool>,
    /// What stands before the heading of the last block.
    pub(super) fence: Option<Fence>,
    /// Whether blank lines stand around that block alone.
    pub(super) framed: bool,
    pub(super) out: &'a mut Segments,
}

impl Walk<'_> {
    /// Walks over all pieces.
    pub(super) fn run(&mut self, pieces: &[Piece]) {
        (self.at, self.body, self.prose) = (0, false, false);
        (self.closing, self.sourced, self.since, self.left) = (Closing::None, false, 0, 0);
        self.second = Second::None;
        (self.fence, self.framed) = (None, false);
        self.told = Told::default();
        self.said = 0;
        while self.at < pieces.len() {
            self.step(pieces);
        }
        self.out.story.sort_unstable();
    }

    /// Takes back what only other pages tell of the lines of a review.
    fn keep_review(&mut self, pieces: &mut [Piece]) {
        self.digest = true;
        let title = pieces.iter().position(|p| p.label == Label::Line(SegmentKind::Title));
        let first = pieces.iter().position(|p| p.learned).unwrap_or(0);
        let first = title.map_or(first, |title| first.min(title + 1));
        let last = pieces.iter().rposition(|p| p.learned).unwrap_or(0);
        self.accepted[first..=last].fill(false);
        for (p, accepted) in pieces.iter_mut().zip(&mut self.accepted) {
            p.known = false;
            *accepted &= p.tag == Fact::default();
            if p.learned || p.label == Label::Linked {
                p.label = Label::Text;
            }
        }
        if self.title_cell.is_none() && self.page.title.is_empty() {
            self.find_title(pieces);
        }
    }

    /// Writes a piece.
    pub(super) fn emit(&mut self, piece: &Piece, kind: SegmentKind) {
        let span = ByteSpan::new(piece.cell.start, piece.cell.end);
        match kind {
            SegmentKind::Title if self.out.title.is_none() => {
                self.out.title = Some(span);
                self.out.story.push(span);
            }
            SegmentKind::Body => {
                self.body = true;
                self.said += piece.words();
                if piece.prose() {
                    self.prose = true;
                    self.tell_on(piece);
                }
                push_joined(&mut self.out.story, span, self.out.title);
            }
            SegmentKind::Date if self.out.date.is_none() => {
                let folded = self.page.folded;
                let words = piece.cell.first as usize..piece.cell.last as usize;
                self.out.date = day_of_words(words.map(|w| folded.word(w)));
            }
            SegmentKind::Source => {
                let tokens = self.page.folded.tokens();
                if piece.payload < piece.cell.last {
                    let name = ByteSpan::new(
                        tokens[piece.payload as usize].span.start,
                        tokens[piece.cell.last as usize - 1].span.end,
                    );
                    self.out.outlet = Some(name);
                    self.out.credited.push(name);
                }
            }
            _ => {}
        }
        let joins = matches!(kind, SegmentKind::Body | SegmentKind::RelatedStory);
        match self.out.segments.last_mut() {
            Some(last) if joins && last.kind == kind => last.span.end = span.end,
            _ => self.out.segments.push(Segment { kind, span }),
        }
    }

    /// A paragraph of the story after the lines that should close it: they did not if it carries the story
    /// on, or if much is told there. The source was that of the first part, or of a picture.
    fn tell_on(&mut self, piece: &Piece) {
        if self.closing == Closing::None {
            return;
        }
        self.since += piece.words();
        if self.since >= TOLD_WORDS || self.carries_on(piece) {
            (self.closing, self.sourced, self.since) = (Closing::None, false, 0);
        }
    }

    /// Writes a piece of the second story, opening one if none is open.
    pub(super) fn emit_story(&mut self, piece: &Piece, title: Option<ByteSpan>) {
        let span = ByteSpan::new(piece.cell.start, piece.cell.end);
        if self.second != Second::Open || title.is_some() {
            self.amid = self.closing == Closing::None && self.ended() == 0;
            self.out.embedded.push(Embedded { title, story: span, parts: Vec::new() });
        }
        self.second = Second::Open;
        self.emit(piece, SegmentKind::RelatedStory);
        if let Some(open) = self.out.embedded.last_mut() {
            open.story.end = span.end;
            push_joined(&mut open.parts, span, None);
        }
    }

    /// Ends the second story, if one is open.
    pub(super) fn close_story(&mut self) {
        if self.second == Second::Open {
            self.second = Second::Closed;
        }
    }

    /// Looks at the piece at `self.at` and moves on by one or more pieces.
    pub(super) fn step(&mut self, pieces: &[Piece]) {
        let p = &pieces[self.at];
        if self.counted_list(pieces) {
            return;
        }
        match p.label {
            Label::Head(ends) => self.block(pieces, ends),
            Label::Back(ends) => self.back(pieces, ends),
            Label::Line(kind) => {
                let closing = match kind {
                    SegmentKind::Source => Closing::Source,
                    SegmentKind::Keywords => Closing::Keywords,
                    _ => Closing::None,
                };
                if self.body && closing != Closing::None {
                    self.close_story();
                    self.closing = self.closing.max(closing);
                    self.sourced |= closing == Closing::Source;
                    self.since = 0;
                }
                if kind == SegmentKind::Title && !self.body {
                    // A second story above the page's title is over.
                    self.second = Second::None;
                }
                self.emit(p, kind);
                self.at += 1;
            }
            Label::Rest(kind) => self.rest(pieces, kind),
            Label::Linked => {
                self.emit(p, SegmentKind::RelatedTitle);
                self.at += 1;
            }
            Label::Text if self.told_by_archive(pieces) => {}
            Label::Text if self.accepted[self.at] => {
                let other = p.known && self.body;
                self.emit(p, if other { SegmentKind::RelatedList } else { SegmentKind::Other });
                self.at += 1;
            }
            Label::Text => self.text(pieces),
        }
    }

    /// Words with which a page goes back to its own story; where no other one stands above, some are a
    /// heading of it.
    fn back(&mut self, pieces: &[Piece], ends: Ends) {
        let own = self.second == Second::None && ends.has(0);
        self.second = Second::None;
        self.emit(&pieces[self.at], if own { SegmentKind::Body } else { SegmentKind::Other });
        self.at += 1;
    }

    /// A piece that no marker and no repetition explains.
    pub(super) fn text(&mut self, pieces: &[Piece]) {
        let p = &pieces[self.at];
        if self.amid && self.second != Second::None && self.returns(pieces) {
            self.second = Second::None;
        }
        if self.second == Second::Open && self.fenced_off(pieces) {
            self.second = Second::None;
        }
        if self.foreign_story(pieces)
            || self.further_story(pieces)
            || self.next_article(pieces)
            || self.closed(pieces)
        {
            return;
        }
        if self.body && self.foreign_title(pieces, self.at) {
            self.emit(p, SegmentKind::RelatedList);
        } else if self.body && self.is_tail(pieces) {
            self.emit(p, SegmentKind::Other);
        } else if self.second == Second::Open {
            self.emit_story(p, None);
        } else if self.second == Second::Closed {
            // A page does not come back to its story after a second one.
            if p.prose() {
                self.emit_story(p, None);
            } else {
                self.emit(p, SegmentKind::Other);
            }
        } else {
            self.emit(p, SegmentKind::Body);
        }
        self.at += 1;
    }

    /// Whether the piece is one of a few short lines among furniture, after which no paragraph comes:
    /// tags, names, addresses of the site.
    fn is_tail(&self, pieces: &[Piece]) -> bool {
        let furniture = |kind| {
            !matches!(kind, SegmentKind::Body | SegmentKind::Title | SegmentKind::RelatedStory)
        };
        let short = |p: &Piece| {
            p.words() <= TAIL_WORDS && p.cell.ending != Ending::Stop && !p.prose() && !p.joined
        };
        let rest = &pieces[self.at..];
        let text = |n: usize| rest[n].label == Label::Text && !self.accepted[self.at + n];
        self.said >= TOLD_WORDS
            && self.second == Second::None
            && !self.one_line
            && short(&rest[0])
            && self.out.segments.last().is_some_and(|s| furniture(s.kind))
            && (0..rest.len()).filter(|&n| text(n)).take(TAIL_LINES + 1).count() <= TAIL_LINES
            && (0..rest.len()).all(|n| !text(n) || short(&rest[n]))
    }

    /// A title of another page, followed by the line that follows it there, after the story has
    /// begun: a second story without any heading.
    pub(super) fn foreign_story(&mut self, pieces: &[Piece]) -> bool {
        let (Some(repeats), Some(p), Some(next)) =
            (self.segmenter.repeats, pieces.get(self.at), pieces.get(self.at + 1))
        else {
            return false;
        };
        if self.digest || p.words() < 3 || next.label != Label::Text {
            return false;
        }
        let leads =
            || p.known && repeats.titles().leads_to(p.key, self.opening(&pieces[self.at + 1..]));
        if !leads() && !self.titles_prose(pieces) {
            return false;
        }
        if !self.body {
            // Stories of others from the first line on: that is the page's own text.
            self.digest = true;
            return false;
        }
        if !self.prose {
            // Nothing but short lines was told that another story could come after.
            return false;
        }
        self.unheaded += 1;
        let title = ByteSpan::new(p.cell.start, p.cell.end);
        self.emit(p, SegmentKind::RelatedTitle);
        self.emit_story(next, Some(title));
        self.at += 2;
        true
    }

    /// Whether the piece is a title of the archive, or a line that unlike pages have before prose, on a
    /// line of its own between two paragraphs, and the second one speaks of it.
    fn titles_prose(&self, pieces: &[Piece]) -> bool {
        let (p, next) = (&pieces[self.at], &pieces[self.at + 1]);
        if self.one_line {
            return p.known
                && self.second == Second::None
                && p.words() >= 4
                && self.shifts(pieces, self.at);
        }
        (p.known || (p.fact.pages >= LEAST_PAGES && p.fact.amid))
            && self.second == Second::None
            && self.said >= TOLD_WORDS
            && !p.joined
            && !next.joined
            && p.words() >= 4
            && p.titleish()
            && next.prose()
            && self.at.checked_sub(1).is_some_and(|n| pieces[n].prose())
            && self.speaks_of(pieces, self.at, self.at + 1)
    }

    /// How the story that begins with these pieces opens; 0 if that cannot be seen.
    pub(super) fn opening(&self, pieces: &[Piece]) -> u64 {
        let hashes = self.page.folded.hashes();
        let lines = pieces.iter().take(OPENING_LINES).take_while(|p| {
            matches!(p.label, Label::Text | Label::Line(SegmentKind::Date | SegmentKind::Byline))
        });
        lines
            .map(|p| opening(&hashes[p.cell.content() as usize..p.cell.last as usize]))
            .find(|&next| next != 0)
            .unwrap_or(0)
    }

    /// Whether the piece is another page's title among other furniture.
    pub(super) fn foreign_title(&self, pieces: &[Piece], i: usize) -> bool {
        let p = &pieces[i];
        let furniture = |n: usize| {
            pieces.get(n).is_none_or(|q| {
                (q.known && q.words() >= 3) || self.accepted[n] || q.label != Label::Text
            })
        };
        let after_furniture = self.out.segments.last().is_some_and(|s| {
            !matches!(s.kind, SegmentKind::Body | SegmentKind::Title | SegmentKind::RelatedStory)
        });
        p.known && p.words() >= 3 && (after_furniture || furniture(i + 1))
    }

    /// E9: furniture that takes the short lines after it along.
    pub(super) fn rest(&mut self, pieces: &[Piece], kind: SegmentKind) {
        self.emit(&pieces[self.at], kind);
        self.at += 1;
        let from = self.at;
        let small =
            |kind| matches!(kind, SegmentKind::Date | SegmentKind::Other | SegmentKind::Promo);
        // What readers have written stands below their names and days.
        let signed = |at: usize| {
            kind == SegmentKind::Other
                && at > from
                && pieces[at - 1].words() <= SIGNED_WORDS
                && !pieces[at - 1].prose()
        };
        let told = self.said >= TOLD_WORDS;
        while let Some(p) = pieces.get(self.at)
            && match p.label {
                Label::Text => (!p.prose() && p.words() <= 20) || (told && signed(self.at)),
                Label::Line(kind) => small(kind),
                _ => false,
            }
        {
            let kind = if let Label::Line(own) = p.label { own } else { kind };
            self.emit(p, kind);
            self.at += 1;
        }
    }
}

pub(super) fn span_of(piece: &Piece) -> ByteSpan {
    ByteSpan::new(piece.cell.start, piece.cell.end)
}

/// Adds a span, joined to the last one if it touches it and that is not the title.
fn push_joined(spans: &mut Vec<ByteSpan>, span: ByteSpan, title: Option<ByteSpan>) {
    match spans.last_mut() {
        Some(last) if last.end == span.start && Some(*last) != title => last.end = span.end,
        _ => spans.push(span),
    }
}
