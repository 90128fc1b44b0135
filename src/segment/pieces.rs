//! Pieces: cells, split where a marker stands inside a line, each with the label that its words
//! alone give it. What a block of other stories swallows is decided later, by [`super::cut`].

use super::cells::{Cell, Ending, Lead, border, bullet, cell};
use super::date_lines::date_words;
use super::glue::{glue_end, glue_start};
use super::joined::split_sentences;
use super::looked::{Looked, line_key, look_up};
use super::markers::Hit;
use super::openers::{carries_on, is_cut_off, teaser_end};
use super::places::{
    Around, Place, Sign, counts_before, find_title, is_joined, pasted_titles, sign_after,
};
use super::repeats::{Fact, label_key, label_words};
use super::rows::{Ends, Guard, Marker, MarkerClass};
use super::titles::Found;
use super::{PageText, Scratch, SegmentKind, Segmenter, keys_of_beginnings};
use crate::fold::Folder;

/// Longest line, in words, that can be a title.
pub(crate) const TITLE_WORDS: usize = 30;
/// Longest line, in words, that is looked up among the lines that repeat.
pub(crate) const LINE_WORDS: usize = 60;
/// Longest heading, in words, that is learned where a title follows on its line.
pub(super) const HEADING_WORDS: usize = 4;
/// Fewest words of a line that is a paragraph and no title.
const PARAGRAPH_WORDS: usize = 16;
/// How many lines from either end of a page, or before a heading, are its edge.
const EDGE: usize = 5;
/// How many lines may stand above the first paragraph.
const TOP_LINES: usize = 3 * EDGE;

/// What the words of a piece say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Nothing: prose, titles, unknown furniture.
    Text,
    /// The title of another page, on the same line as a heading.
    Linked,
    /// Heading of a related block.
    Head(Ends),
    /// Words with which a page goes back to its own story; if they may be a heading in it too, they end as
    /// a block of nothing else does.
    Back(Ends),
    /// A line of furniture.
    Line(SegmentKind),
    /// Furniture that takes the short lines after it along.
    Rest(SegmentKind),
}

/// A part of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is told by another look at it")]
pub(crate) struct Piece {
    /// Its tokens and bytes.
    pub cell: Cell,
    pub label: Label,
    /// Whether it goes on on the line of the piece before.
    pub joined: bool,
    /// The first token after the marker.
    pub payload: u32,
    /// Hash of its words; 0 if it is too long to be a line of furniture.
    pub key: u64,
    /// What repetition knows of it.
    pub fact: Fact,
    /// What repetition knows of the words before a colon with which it begins.
    pub tag: Fact,
    /// Whether some page of the archive has it as its title.
    pub known: bool,
    /// Whether only other pages tell that it is a heading.
    pub learned: bool,
    /// Whether it is a heading only if what follows is not the page's own story.
    pub unsure: bool,
    /// Whether it is a short one that begins with words that carry a story on, and ends as a sentence does:
    /// in a full stop, or in dots.
    pub goes_on: bool,
}

impl Piece {
    /// Number of words.
    pub(crate) fn words(&self) -> usize {
        self.cell.words()
    }

    /// Whether it reads like a title: not long, and without a full stop.
    pub(crate) fn titleish(&self) -> bool {
        matches!(self.label, Label::Text | Label::Linked)
            && (self.known
                || (self.words() <= TITLE_WORDS
                    && !self.goes_on
                    && (self.cell.ending != Ending::Stop || self.words() <= 6)))
    }

    /// Whether it reads like prose.
    pub(crate) fn prose(&self) -> bool {
        self.label == Label::Text
            && !self.known
            && (self.words() >= 25
                || (self.cell.ending == Ending::Stop && self.words() >= 8)
                || self.goes_on)
    }
}

/// A place inside a cell where a new piece begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    pub(super) token: usize,
    pub(super) byte: usize,
    pub(super) label: Label,
    pub(super) payload: usize,
    pub(super) unsure: bool,
    pub(super) learned: bool,
}

impl Split {
    /// A split where no phrase stands.
    pub(super) fn plain(token: usize, byte: usize, label: Label) -> Self {
        Self { token, byte, label, payload: token, unsure: false, learned: false }
    }
}

/// The kind of a line with this marker, or the heading it is.
fn label_of(marker: &Marker) -> Label {
    let kind = match marker.class {
        MarkerClass::Related | MarkerClass::MostRead | MarkerClass::AuthorMore => {
            return Label::Head(marker.ends);
        }
        MarkerClass::Return => return Label::Back(marker.ends),
        MarkerClass::Links => SegmentKind::RelatedTitle,
        MarkerClass::Source => SegmentKind::Source,
        MarkerClass::Keywords => SegmentKind::Keywords,
        MarkerClass::Date => SegmentKind::Date,
        MarkerClass::Byline => SegmentKind::Byline,
        MarkerClass::SelfLink
        | MarkerClass::Share
        | MarkerClass::App
        | MarkerClass::Contact
        | MarkerClass::Copyright
        | MarkerClass::Syndication => SegmentKind::Promo,
        MarkerClass::Photo
        | MarkerClass::EndSign
        | MarkerClass::Comments
        | MarkerClass::Chrome
        | MarkerClass::Wrapper
        | MarkerClass::Disclaimer => SegmentKind::Other,
    };
    if marker.ends.has(9) { Label::Rest(kind) } else { Label::Line(kind) }
}

/// Labels the pieces of a page whose cells and marker hits are in `scratch`. Tells whether the page has
/// lost its lines.
pub(crate) fn label(segmenter: &Segmenter<'_>, page: &PageText<'_>, scratch: &mut Scratch) -> bool {
    let Scratch { folder, cells, hits, pieces, splits, looked, asked, .. } = scratch;
    pieces.clear();
    let joined = is_joined(cells);
    let mut pasted = Vec::new();
    if joined {
        let heads = |hit: &&Hit| segmenter.markers.rows(hit).iter().any(|m| m.class.is_heading());
        split_sentences(page, hits.iter().filter(heads).map(|hit| hit.to), cells);
        pasted.extend(segmenter.repeats.iter().flat_map(|repeats| pasted_titles(repeats, page)));
        look_up(segmenter.repeats, page, cells, looked, asked);
    }
    let line = Line { segmenter, page, folder };
    let mut next = 0;
    let count = cells.len();
    let mut late = false;
    for (n, cell) in cells.iter().enumerate() {
        let from = next;
        while next < hits.len() && hits[next].from < cell.last {
            next += 1;
        }
        splits.clear();
        let near = &cells[n + 1..(n + EDGE).min(count)];
        let headed = || segmenter.markers.heads(near, &hits[next..]);
        let top = n < EDGE;
        // Before the first paragraph all is the top of the page, however many titles others have there.
        let edge = top || (!late && n < TOP_LINES) || n + EDGE >= count;
        let paragraph = |c: &Cell| c.words() >= PARAGRAPH_WORDS && c.lead == Lead::None;
        let amid = n > 0 && paragraph(&cells[n - 1]) && cells.get(n + 1).is_some_and(paragraph);
        let heading = from < next && headed();
        let around = Around { top, edge, heading, late, amid, joined };
        late |= cell.words() >= PARAGRAPH_WORDS;
        for hit in hits[from..next].iter().rev().filter(|h| h.to <= cell.last) {
            line.accept(cell, hit, around, splits);
        }
        splits.reverse();
        if joined {
            if n == 0 {
                line.top(cell, splits);
            }
            line.titled(cell, &pasted, splits);
        }
        // What is a title of the archive from its first word on begins with no heading.
        if splits.is_empty() && !looked[n].known {
            line.learned(cell, &looked[n], splits);
        }
        if let (true, Some(token)) = (splits.is_empty(), looked[n].sentence) {
            let token = token as usize;
            let byte = border(page.text, page.folded.tokens(), token);
            splits.push(Split::plain(token, byte, Label::Text));
        }
        build(segmenter, page, cell, looked[n], splits, pieces);
    }
    joined
}

/// What is needed to split a line.
pub(super) struct Line<'a> {
    segmenter: &'a Segmenter<'a>,
    pub(super) page: &'a PageText<'a>,
    folder: &'a Folder,
}

impl Line<'_> {
    /// Adds the splits of a hit, last one first, if one of its rows accepts it.
    fn accept(&self, cell: &Cell, hit: &Hit, around: Around, splits: &mut Vec<Split>) {
        let Self { segmenter, page, folder } = *self;
        let mut end = splits.last().map_or(cell.last as usize, |s| s.token);
        if hit.to as usize > end {
            return;
        }
        let rows = segmenter.markers.rows(hit);
        let find = |end: usize| {
            let place = Place { page, cell, end, around };
            let names = place.names_source(hit);
            let accepts = |m: &&Marker| place.accepts(m, hit, segmenter.repeats);
            let (row, unsure) = match rows.iter().find(accepts) {
                Some(row) => (row, false),
                None => (rows.iter().find(|m| place.may_head(m, hit))?, true),
            };
            // A heading that no title follows on its line takes the line.
            let alone = end == cell.last as usize
                && !around.joined
                && (!row.ends.has(1) && !row.ends.has(7)
                    || segmenter.markers.is_heading(&page.folded.hashes()[hit.to as usize..end]));
            // Headings of the story begin so too.
            let near = row.class.is_heading() && row.guards.contains(&Guard::Near);
            Some((row, row.class.is_heading() && !unsure && (names || alone), unsure || near))
        };
        let mut accepted = find(end);
        let dates = |m: &Marker| m.class == MarkerClass::Date;
        if accepted.is_none() && around.joined && rows.iter().any(dates) {
            // A date ends where its words do.
            let dated = hit.to as usize;
            accepted = date_words(page.folded, dated..end)
                .and_then(|words| find(dated + words).map(|found| (dated + words, found)))
                .filter(|(_, (m, ..))| dates(m))
                .map(|(to, found)| {
                    if to < end {
                        let byte = border(page.text, page.folded.tokens(), to);
                        splits.push(Split::plain(to, byte, Label::Text));
                    }
                    end = to;
                    found
                });
        }
        if accepted.is_none() && end < cell.last as usize && hit.from == cell.content() {
            // A line of furniture may hold a second phrase, which then is not one of its own.
            let one_kind = |label: Label| splits.iter().all(|s| s.label == label);
            accepted = find(cell.last as usize)
                .filter(|(m, ..)| matches!(label_of(m), Label::Line(_)) && one_kind(label_of(m)));
            if accepted.is_some() {
                splits.clear();
                end = cell.last as usize;
            }
        }
        let Some((marker, names, unsure)) = accepted else {
            return;
        };
        let label = label_of(marker);
        let (tokens, from, after) = (page.folded.tokens(), hit.from as usize, hit.to as usize);
        let mut payload_byte = None;
        if hit.glued_after {
            payload_byte = glue_end(folder, page.text, tokens[after - 1].span, &marker.last_word);
        }
        let claims = match label {
            Label::Head(_) => after,
            Label::Line(_) if marker.class == MarkerClass::SelfLink => {
                self_link_end(page, after, end)
            }
            Label::Line(_) if marker.ends.has(0) => after,
            _ => end,
        };
        if names {
            // The whole line is the heading.
        } else if let Label::Head(_) = label {
            self.split_payload(after..end, payload_byte, splits);
        } else if claims < end {
            let byte = border(page.text, tokens, claims);
            splits.push(Split::plain(claims, byte, Label::Text));
        }
        let from = from - counts_before(page.folded, cell, from);
        let mut byte = border(page.text, tokens, from);
        if from == cell.content() as usize || from == cell.first as usize {
            byte = cell.start as usize;
        }
        if hit.glued_before {
            byte = glue_start(folder, page.text, tokens[from].span, &marker.first_word)
                .unwrap_or(byte);
        }
        let token = if byte == cell.start as usize { cell.first as usize } else { from };
        splits.push(Split { token, byte, label, payload: after, unsure, learned: false });
    }

    /// Splits a cell whose first words are a heading of other pages, set off by a colon or followed by
    /// a title of the archive: a marker that nobody wrote down.
    fn learned(&self, cell: &Cell, looked: &Looked, splits: &mut Vec<Split>) {
        let Self { segmenter, page, .. } = *self;
        let Some(repeats) = segmenter.repeats else {
            return;
        };
        let (first, last) = (cell.content() as usize, cell.last as usize);
        let hashes = page.folded.hashes();
        if last - first > LINE_WORDS {
            return;
        }
        let labeled = looked.tag.heads.then_some(usize::from(looked.label));
        let most = HEADING_WORDS.min((last - first).saturating_sub(1));
        let keys = keys_of_beginnings(&hashes[first..first + most]);
        for (after, key) in (first + 1..).zip(keys) {
            let label = labeled == Some(after - first)
                && last - after <= TITLE_WORDS
                && cell.ending != Ending::Stop;
            if !label && !repeats.heads(key) {
                continue;
            }
            let title = find_title(repeats, page.folded, after, last);
            if title.is_none() && !label && sign_after(page, after - 1) != Sign::Colon {
                continue;
            }
            self.split_payload(after..last, None, splits);
            let (token, byte) = (cell.first as usize, cell.start as usize);
            let split = Split::plain(token, byte, Label::Head(Ends::ALL));
            splits.push(Split { payload: after, learned: true, ..split });
            splits.reverse();
            return;
        }
    }

    /// Splits what follows a heading on its line: titles of the archive's pages, then the rest.
    /// The splits are added last one first.
    fn split_payload(
        &self,
        words: std::ops::Range<usize>,
        glued: Option<usize>,
        splits: &mut Vec<Split>,
    ) {
        if glued.is_none() && self.split_bullets(words.clone(), splits) {
            return;
        }
        let mut found = Vec::new();
        let mut rest = (words.start, glued);
        if let Some(repeats) = self.segmenter.repeats {
            let mut from = words.start - usize::from(glued.is_some());
            while let Some(title) = find_title(repeats, self.page.folded, from, words.end) {
                from = title.to;
                rest = (title.to, self.after(&title));
                found.push(title);
            }
        }
        let tokens = self.page.folded.tokens();
        if found.is_empty()
            && glued.is_none()
            && let Some(on) = teaser_end(self.page.folded, words.clone())
        {
            splits.push(Split::plain(on, border(self.page.text, tokens, on), Label::Text));
        }
        if rest.0 < words.end {
            let byte = rest.1.unwrap_or_else(|| border(self.page.text, tokens, rest.0));
            splits.push(Split::plain(rest.0, byte, Label::Text));
        }
        for title in found.iter().rev() {
            let token = title.from.max(words.start);
            let byte = self.before(title);
            splits.push(Split::plain(token, byte, Label::Linked));
        }
    }

    /// Where the bytes of a title begin.
    fn before(&self, title: &Found) -> usize {
        let (folded, text) = (self.page.folded, self.page.text);
        let foreign = &folded.word(title.from)[..title.before];
        (title.before > 0)
            .then(|| glue_end(self.folder, text, folded.tokens()[title.from].span, foreign))
            .flatten()
            .unwrap_or_else(|| border(text, folded.tokens(), title.from))
    }

    /// Where the bytes of what is glued to the end of a title begin, if anything is.
    fn after(&self, title: &Found) -> Option<usize> {
        let folded = self.page.folded;
        let word = folded.word(title.to - 1);
        let own = &word[..word.len() - title.after];
        let span = folded.tokens()[title.to - 1].span;
        (title.after > 0).then(|| glue_end(self.folder, self.page.text, span, own)).flatten()
    }
}

/// One past the last word of a link to the page itself: its own title, if that follows.
fn self_link_end(page: &PageText<'_>, after: usize, end: usize) -> usize {
    let hashes = page.folded.hashes();
    let own = if page.title.is_empty() { hashes } else { page.title };
    // The name of the outlet stands between the phrase and the title.
    for at in after..end.min(after + 6) {
        let same = own.iter().zip(&hashes[at..end]).take_while(|(a, b)| a == b).count();
        if same >= 3 {
            return at + same;
        }
    }
    end
}

/// Makes the pieces of a cell.
fn build(
    segmenter: &Segmenter<'_>,
    page: &PageText<'_>,
    whole: &Cell,
    looked: Looked,
    splits: &[Split],
    pieces: &mut Vec<Piece>,
) {
    if splits.is_empty() {
        let payload = whole.last as usize;
        pieces.push(piece(segmenter, page, *whole, Label::Text, payload, false, Some(looked)));
        return;
    }
    let tokens = page.folded.tokens();
    let head = Split::plain(whole.first as usize, whole.start as usize, Label::Text);
    let skip_head = splits[0].byte == head.byte;
    let all = std::iter::once(&head).filter(|_| !skip_head).chain(splits);
    let starts: Vec<&Split> = all.collect();
    for (n, split) in starts.iter().enumerate() {
        let (token_end, byte_end) = starts
            .get(n + 1)
            .map_or((whole.last as usize, whole.end as usize), |s| (s.token, s.byte));
        if byte_end <= split.byte {
            continue;
        }
        // A word glued to a heading shares a token with it.
        let words = match (token_end > split.token, split.token > whole.first as usize) {
            (true, _) => split.token..token_end,
            (false, true) => split.token - 1..split.token,
            (false, false) => split.token..split.token + 1,
        };
        let signs = match tokens.get(token_end) {
            Some(t) => (t.span.start as usize).min(byte_end),
            None => byte_end,
        };
        let mut part = cell(page.text, tokens, words, split.byte..byte_end, signs);
        if n > 0 {
            // Only the items of a list on one line begin with a bullet.
            let start = page.text.get(split.byte..).and_then(|t| t.chars().next());
            let numbered = part.lead == Lead::Number && split.payload == split.token + 1;
            let other = if numbered { Lead::Number } else { Lead::None };
            part.lead = start.and_then(bullet).map_or(other, Lead::Bullet);
        } else {
            part.spaces = whole.spaces;
        }
        if n + 1 == starts.len() {
            part.ending = whole.ending;
        }
        let made = piece(segmenter, page, part, split.label, split.payload, n > 0, None);
        pieces.push(Piece { unsure: split.unsure, learned: split.learned, ..made });
    }
}

#[inline]
fn piece(
    segmenter: &Segmenter<'_>,
    page: &PageText<'_>,
    cell: Cell,
    label: Label,
    payload: usize,
    joined: bool,
    looked: Option<Looked>,
) -> Piece {
    let mut made = Piece {
        cell,
        label,
        joined,
        payload: payload as u32,
        key: 0,
        fact: Fact::default(),
        tag: Fact::default(),
        known: label == Label::Linked,
        learned: false,
        unsure: false,
        goes_on: label == Label::Text
            && cell.words() <= TITLE_WORDS
            && (cell.ending == Ending::Stop || is_cut_off(page, &cell))
            && carries_on(page, &cell),
    };
    if cell.words() <= LINE_WORDS {
        made.key = looked.map_or_else(|| line_key(page, &cell), |looked| looked.key);
        if let (Some(repeats), Label::Text) = (segmenter.repeats, label) {
            if let Some(looked) = looked {
                (made.fact, made.known, made.tag) = (looked.fact, looked.known, looked.tag);
            } else {
                if repeats.may_know(made.key) {
                    made.fact = repeats.line(made.key);
                    made.known = cell.words() <= TITLE_WORDS && repeats.titles().contains(made.key);
                }
                if let Some(n) = label_words(page, &cell) {
                    let first = cell.content() as usize;
                    made.tag = repeats.line(label_key(&page.folded.hashes()[first..first + n]));
                }
            }
            if made.fact.heads && !joined && !made.known {
                made.label = Label::Head(Ends::ALL);
                made.learned = true;
                made.payload = cell.last;
            }
        }
    }
    made
}
