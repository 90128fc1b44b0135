//! Cutting: a walk over the labeled pieces of a page that decides where each block ends.

use super::cells::{Ending, Lead};
use super::markers::Ends;
use super::pieces::{Label, Piece, TITLE_WORDS};
use super::repeats::LEAST_PAGES;
use super::{Embedded, PageText, Segment, SegmentKind, Segmenter, Segments, day_of_words, key};
use crate::fold::Folded;
use crate::types::ByteSpan;

/// Most lines of a list without bullets (E4).
const MAX_LIST: usize = 15;
/// Fewest short cells on the first line that make it a strip of headlines (E8).
const MIN_STRIP: usize = 6;
/// Unlike pages that make a longer line furniture, or a short one in the midst of the story.
const MANY_PAGES: u8 = 8;
/// Fewest spaces between the cells of such a strip.
const STRIP_SPACES: u32 = 3;
/// How many words of a story are looked at to see whose title it matches.
const TOPIC_WORDS: usize = 80;

/// Walks over the pieces of a page and writes its parts.
pub(crate) fn walk(
    segmenter: &Segmenter<'_>,
    page: &PageText<'_>,
    pieces: &mut [Piece],
    title: &Folded,
    out: &mut Segments,
) {
    if pieces.is_empty() {
        if !page.text.is_empty() {
            let span = ByteSpan::new(0, page.text.len() as u32);
            out.segments.push(Segment { kind: SegmentKind::Body, span });
            out.story.push(span);
        }
        return;
    }
    let mut walk = Walk {
        segmenter,
        page,
        title_key: if title.is_empty() { 0 } else { key(title.hashes()) },
        title_words: Vec::new(),
        at: 0,
        body: false,
        over: false,
        second: Second::None,
        last_main: 0,
        unheaded: 0,
        digest: false,
        accepted: Vec::new(),
        out,
    };
    walk.prepare(pieces, title);
    walk.run(pieces);
    if walk.unheaded > 1 && !walk.digest {
        walk.digest = true;
        walk.out.clear();
        walk.run(pieces);
    }
    if !walk.body && walk.accepted.contains(&true) {
        // A page is not made of furniture alone.
        walk.accepted.fill(false);
        walk.out.clear();
        walk.run(pieces);
    }
}

/// How far a page is with a second story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Second {
    None,
    Open,
    Closed,
}

struct Walk<'a> {
    segmenter: &'a Segmenter<'a>,
    page: &'a PageText<'a>,
    /// Key of the page's own title, or 0.
    title_key: u64,
    /// Hashes of the words of the own title, sorted.
    title_words: Vec<u64>,
    /// The piece to be looked at next.
    at: usize,
    /// Whether a line of the story was seen.
    body: bool,
    /// Whether a line was seen that only follows the story: its keywords.
    over: bool,
    /// How far the walk is with a second story.
    second: Second,
    /// One past the last source or keyword piece.
    last_main: usize,
    /// How many second stories stand in it without a heading.
    unheaded: u32,
    /// Whether the page is made of the stories of other pages.
    digest: bool,
    /// For every piece, whether it is furniture because it repeats.
    accepted: Vec<bool>,
    out: &'a mut Segments,
}

impl Walk<'_> {
    /// Walks over all pieces.
    fn run(&mut self, pieces: &[Piece]) {
        (self.at, self.body, self.over) = (0, false, false);
        self.second = Second::None;
        while self.at < pieces.len() {
            self.step(pieces);
        }
        self.out.story.sort_unstable();
    }

    /// Finds the title, the headline strip, and the repeating lines that are furniture.
    fn prepare(&mut self, pieces: &mut [Piece], title: &Folded) {
        self.strip(pieces);
        self.find_title(pieces, title);
        self.find_dates(pieces);
        self.last_main = pieces
            .iter()
            .rposition(|p| {
                let line = !p.joined && !matches!(p.cell.lead, Lead::Bullet(_));
                line && matches!(p.label, Label::Line(SegmentKind::Source | SegmentKind::Keywords))
            })
            .map_or(0, |n| n + 1);
        self.accept_repeats(pieces);
    }

    /// E8: a first line of many short cells is not the story's.
    fn strip(&mut self, pieces: &mut [Piece]) {
        let short = |p: &Piece| {
            matches!(p.label, Label::Text | Label::Line(SegmentKind::Other))
                && p.words() <= TITLE_WORDS
                && p.cell.ending != Ending::Stop
        };
        let line = 1 + pieces.iter().skip(1).take_while(|p| p.cell.spaces >= STRIP_SPACES).count();
        let mut n = pieces.iter().take(line).take_while(|p| short(p)).count();
        if n == line && line == pieces.len() {
            return;
        }
        // On a page of one line the last short cell before the prose or the date is the title.
        if n < line {
            n -= usize::from(n > 0);
        }
        if let Some(own) =
            pieces[..n].iter().position(|p| self.title_key != 0 && p.key == self.title_key)
        {
            n = own;
        }
        if n < MIN_STRIP {
            return;
        }
        let words: usize = pieces[..n].iter().map(Piece::words).sum();
        let kind = if words <= 3 * n { SegmentKind::Other } else { SegmentKind::RelatedList };
        for p in &mut pieces[..n] {
            p.label = Label::Line(kind);
        }
    }

    /// Labels the lines that print the page's own title.
    fn find_title(&mut self, pieces: &mut [Piece], title: &Folded) {
        let hashes = self.page.folded.hashes();
        if title.is_empty() {
            let Some(first) = first_title(pieces) else {
                return;
            };
            let p = &pieces[first];
            // Prose follows a title; furniture may stand between them.
            let followed = pieces[first + 1..].iter().any(|n| n.label == Label::Text && !n.joined);
            let fits = p.words() <= TITLE_WORDS
                && !matches!(p.cell.ending, Ending::Colon)
                && (p.cell.ending != Ending::Stop || p.words() <= 14);
            if !followed || !fits {
                return;
            }
            self.title_key = p.key;
            self.title_words = hashes[p.cell.first as usize..p.cell.last as usize].to_vec();
            pieces[first].label = Label::Line(SegmentKind::Title);
        } else {
            self.title_words = title.hashes().to_vec();
            // The first line may add the name of the site to the title.
            let words = self.title_words.len();
            if let Some(p) = pieces.iter_mut().find(|p| p.label == Label::Text) {
                let own = &hashes[p.cell.first as usize..p.cell.last as usize];
                if words >= 3 && own.starts_with(&self.title_words) && own.len() <= words + 5 {
                    p.label = Label::Line(SegmentKind::Title);
                }
            }
        }
        for p in pieces.iter_mut().filter(|p| p.label == Label::Text) {
            if p.key != 0 && p.key == self.title_key {
                p.label = Label::Line(SegmentKind::Title);
                p.known = false;
            }
        }
        self.title_words.sort_unstable();
    }

    /// Labels lines near the title that hold nothing but a date.
    fn find_dates(&mut self, pieces: &mut [Piece]) {
        let folded = self.page.folded;
        let n = pieces.len();
        let near = (0..n.min(6)).chain(n.saturating_sub(2).max(6)..n);
        for i in near {
            let p = &mut pieces[i];
            if p.label != Label::Text || p.joined || p.words() > 14 {
                continue;
            }
            let words = p.cell.first as usize..p.cell.last as usize;
            let digits = |w: usize| folded.word(w).bytes().all(|b| b.is_ascii_digit());
            if !words.clone().any(digits) {
                continue;
            }
            let dated = words.clone().filter(|&w| is_date_word(folded.word(w))).count();
            if dated + usize::from(dated > 3) >= words.len()
                && day_of_words(words.map(|w| folded.word(w))).is_some()
            {
                p.label = Label::Line(SegmentKind::Date);
            }
        }
    }

    /// Decides which repeating lines are furniture: those that hang together with an end of the
    /// page or with furniture that is known, and those that repeat much and are not prose.
    fn accept_repeats(&mut self, pieces: &[Piece]) {
        self.accepted = vec![false; pieces.len()];
        let short = |p: &Piece| p.words() <= 12 && p.cell.ending != Ending::Stop;
        let repeats = |i: usize, from_end: bool| {
            let p = &pieces[i];
            if p.label != Label::Text || short(p) {
                return p.label == Label::Text && p.fact.pages >= LEAST_PAGES;
            }
            // A sentence that repeats may be a formula, or a paragraph that others have pasted: it
            // is furniture among furniture only.
            let before = i.checked_sub(1).map(|i| &pieces[i]);
            let among = before.is_some_and(|q| match q.label {
                Label::Text => short(q) && q.fact.pages >= LEAST_PAGES,
                label => label != Label::Line(SegmentKind::Title),
            });
            let open = before.is_some_and(|q| {
                q.label == Label::Text && q.key != 0 && (short(q) || q.fact.pages < LEAST_PAGES)
            });
            let apart = among || (open && p.cell.ending != Ending::Stop);
            from_end && p.words() <= 40 && p.fact.pages >= MANY_PAGES && !p.fact.amid && apart
        };
        for (accepted, p) in self.accepted.iter_mut().zip(pieces) {
            *accepted = p.label == Label::Text
                && short(p)
                && p.fact.pages >= MANY_PAGES
                && p.words() >= 4
                && p.cell.ending != Ending::Colon;
        }
        let fixed = |accepted: &[bool], i: usize| {
            accepted[i]
                || matches!(pieces[i].label, Label::Line(_) | Label::Head(_) | Label::Rest(_))
        };
        // A line with a label that others have, right before or after a line of furniture.
        let tagged = |p: &Piece| {
            p.label == Label::Text
                && p.tag.pages >= MANY_PAGES
                && !p.tag.amid
                && p.words() <= 25
                && p.cell.ending != Ending::Stop
        };
        // From the top down and from the end up, and from each known line on.
        let mut chained = true;
        for (i, p) in pieces.iter().enumerate() {
            let fits = repeats(i, false) || (i > 0 && tagged(p));
            if chained && fits {
                self.accepted[i] = true;
            }
            chained = fixed(&self.accepted, i);
        }
        chained = true;
        for i in (0..pieces.len()).rev() {
            let fits = repeats(i, true) || (i + 1 < pieces.len() && tagged(&pieces[i]));
            if chained && fits {
                self.accepted[i] = true;
            }
            chained = fixed(&self.accepted, i);
        }
    }

    /// Writes a piece.
    fn emit(&mut self, piece: &Piece, kind: SegmentKind) {
        let span = ByteSpan::new(piece.cell.start, piece.cell.end);
        match kind {
            SegmentKind::Title if self.out.title.is_none() => {
                self.out.title = Some(span);
                self.out.story.push(span);
            }
            SegmentKind::Body => {
                self.body = true;
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
                    self.out.outlet = Some(ByteSpan::new(
                        tokens[piece.payload as usize].span.start,
                        tokens[piece.cell.last as usize - 1].span.end,
                    ));
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

    /// Writes a piece of the second story, opening one if none is open.
    fn emit_story(&mut self, piece: &Piece, title: Option<ByteSpan>) {
        let span = ByteSpan::new(piece.cell.start, piece.cell.end);
        if self.second != Second::Open || title.is_some() {
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
    fn close_story(&mut self) {
        if self.second == Second::Open {
            self.second = Second::Closed;
        }
    }

    /// Looks at the piece at `self.at` and moves on by one or more pieces.
    fn step(&mut self, pieces: &[Piece]) {
        let p = &pieces[self.at];
        match p.label {
            Label::Head(ends) => self.block(pieces, ends),
            Label::Line(kind) => {
                match kind {
                    SegmentKind::Source | SegmentKind::Keywords if self.body => {
                        self.close_story();
                        self.over |= kind == SegmentKind::Keywords;
                    }
                    _ => {}
                }
                self.emit(p, kind);
                self.at += 1;
            }
            Label::Rest(kind) => self.rest(pieces, kind),
            Label::Linked => {
                self.emit(p, SegmentKind::RelatedTitle);
                self.at += 1;
            }
            Label::Text if self.accepted[self.at] => {
                let other = p.known && self.body;
                self.emit(p, if other { SegmentKind::RelatedList } else { SegmentKind::Other });
                self.at += 1;
            }
            Label::Text => self.text(pieces),
        }
    }

    /// A piece that no marker and no repetition explains.
    fn text(&mut self, pieces: &[Piece]) {
        let p = &pieces[self.at];
        if self.foreign_story(pieces) {
            return;
        }
        if self.body && self.foreign_title(pieces, self.at) {
            self.emit(p, SegmentKind::RelatedList);
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

    /// A title of another page, followed by the line that follows it there, after the story has
    /// begun: a second story without any heading.
    fn foreign_story(&mut self, pieces: &[Piece]) -> bool {
        let (Some(repeats), Some(p), Some(next)) =
            (self.segmenter.repeats, pieces.get(self.at), pieces.get(self.at + 1))
        else {
            return false;
        };
        if self.digest || !p.known || p.words() < 3 || next.label != Label::Text {
            return false;
        }
        if !repeats.titles().leads_to(p.key, next.key) {
            return false;
        }
        if !self.body {
            // Stories of others from the first line on: that is the page's own text.
            self.digest = true;
            return false;
        }
        self.unheaded += 1;
        let title = ByteSpan::new(p.cell.start, p.cell.end);
        self.emit(p, SegmentKind::RelatedTitle);
        self.emit_story(next, Some(title));
        self.at += 2;
        true
    }

    /// Whether the piece is another page's title among other furniture.
    fn foreign_title(&self, pieces: &[Piece], i: usize) -> bool {
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
    fn rest(&mut self, pieces: &[Piece], kind: SegmentKind) {
        self.emit(&pieces[self.at], kind);
        self.at += 1;
        while let Some(p) = pieces.get(self.at)
            && p.label == Label::Text
            && !p.prose()
            && p.words() <= 20
        {
            self.emit(p, kind);
            self.at += 1;
        }
    }

    /// A related heading and what belongs to it.
    fn block(&mut self, pieces: &[Piece], ends: Ends) {
        let head = self.at;
        self.emit(&pieces[head], SegmentKind::RelatedHead);
        self.at += 1;
        if ends.has(7) && self.glued_titles(pieces) {
            return;
        }
        if pieces.get(self.at).is_some_and(|p| p.joined) {
            self.same_line(pieces, ends);
            return;
        }
        self.promos(pieces, false);
        // What looks like a rarer heading right after a heading is a title that others list too.
        let fact = pieces[head].fact;
        let title = |p: &Piece| {
            p.label == Label::Text
                || (p.fact.heads && p.words() >= 3 && p.fact.pages < fact.pages.max(MANY_PAGES))
        };
        let Some(p) = pieces.get(self.at).filter(|p| title(p)) else {
            return;
        };
        let listed = match p.cell.lead {
            Lead::None => false,
            Lead::Bullet(_) => true,
            Lead::Number => pieces.get(self.at + 1).is_some_and(|q| q.cell.lead == Lead::Number),
        };
        if listed && ends.has(3) && p.words() <= 2 * TITLE_WORDS {
            self.close_story();
            self.bullets(pieces);
            return;
        }
        if !p.titleish() {
            let own = self.over || (self.second != Second::None);
            if own && ends.has(5) {
                self.emit_story(p, None);
                self.at += 1;
            }
            return;
        }
        let run = pieces[self.at..]
            .iter()
            .take(MAX_LIST)
            .take_while(|p| p.label == Label::Text && p.titleish())
            .count();
        let after = pieces[self.at + run..]
            .iter()
            .find(|p| !matches!(p.label, Label::Line(SegmentKind::Promo | SegmentKind::Other)));
        let prose = after.is_some_and(|p| p.label == Label::Text);
        if run == 1 && !prose {
            self.close_story();
            self.emit(&pieces[self.at], SegmentKind::RelatedTitle);
            self.at += 1;
        } else if !prose || self.list_before_prose(pieces, run) {
            self.close_story();
            for _ in 0..run {
                self.emit(&pieces[self.at], SegmentKind::RelatedList);
                self.at += 1;
            }
        } else {
            self.title_and_prose(pieces, ends);
        }
    }

    /// E7: the other titles of the author, glued to one another.
    fn glued_titles(&mut self, pieces: &[Piece]) -> bool {
        let from = self.at;
        while let Some(p) = pieces.get(self.at)
            && matches!(p.label, Label::Text | Label::Linked)
            && (p.joined || !p.prose())
        {
            self.emit(p, SegmentKind::RelatedList);
            self.at += 1;
        }
        self.at > from
    }

    /// E1: what stands on the line of the heading.
    fn same_line(&mut self, pieces: &[Piece], ends: Ends) {
        let from = self.at;
        let linked =
            pieces[from..].iter().take_while(|p| p.joined && p.label == Label::Linked).count();
        let kind = if linked > 1 { SegmentKind::RelatedList } else { SegmentKind::RelatedTitle };
        for _ in 0..linked {
            self.emit(&pieces[self.at], kind);
            self.at += 1;
        }
        let rest = pieces.get(self.at).filter(|p| p.joined && p.label == Label::Text);
        match rest {
            Some(p) if linked == 0 && p.titleish() => {
                self.emit(p, SegmentKind::RelatedTitle);
                self.at += 1;
            }
            Some(p) if (self.over || (self.second != Second::None)) && ends.has(5) => {
                let title = (linked == 1).then(|| span_of(&pieces[from]));
                self.emit_story(p, title);
                self.at += 1;
                return;
            }
            // The sentence of the story resumes.
            Some(_) => return,
            None => {}
        }
        // Further lines of the same list.
        while let Some(p) = pieces.get(self.at)
            && p.label == Label::Text
            && !p.joined
            && (p.known || (self.over && matches!(p.cell.lead, Lead::Bullet(_))))
            && p.words() <= TITLE_WORDS
        {
            self.emit(p, SegmentKind::RelatedList);
            self.at += 1;
        }
        // A whole story may follow its title where the page's own story is over.
        if let (true, Some(p)) = (self.over && ends.has(5), pieces.get(self.at))
            && p.prose()
            && self.second == Second::None
        {
            self.emit_story(p, Some(span_of(&pieces[from])));
            self.at += 1;
        }
    }

    /// Passes over lines of furniture that may stand between a heading, a title and its story.
    /// Repeating lines are among them where `repeating` says so: after a heading they are titles.
    fn promos(&mut self, pieces: &[Piece], repeating: bool) {
        while let Some(p) = pieces.get(self.at) {
            let kind = match p.label {
                Label::Line(
                    kind @ (SegmentKind::Promo
                    | SegmentKind::Other
                    | SegmentKind::Date
                    | SegmentKind::Byline),
                ) => kind,
                Label::Text if repeating && self.accepted[self.at] && !p.known => {
                    SegmentKind::Other
                }
                _ => return,
            };
            self.emit(p, kind);
            self.at += 1;
        }
    }

    /// E3: items with the same bullet.
    fn bullets(&mut self, pieces: &[Piece]) {
        let lead = pieces[self.at].cell.lead;
        while let Some(p) = pieces.get(self.at)
            && !matches!(p.label, Label::Head(_))
            && p.cell.lead == lead
            && p.words() <= 2 * TITLE_WORDS
        {
            self.emit(p, SegmentKind::RelatedList);
            self.at += 1;
        }
    }

    /// Whether `run` title-like lines before prose are a list (E4) and not a title and the first
    /// short lines of its story.
    fn list_before_prose(&self, pieces: &[Piece], run: usize) -> bool {
        let lines = &pieces[self.at..self.at + run];
        let known = lines.iter().filter(|p| p.known).count();
        if known >= 2 || run < 2 {
            return known >= 2;
        }
        let titles = lines.iter().filter(|p| (4..=20).contains(&p.words())).count();
        (4..MAX_LIST).contains(&run) && titles == run && !self.over
    }

    /// A title on its own line with prose after it: a teaser (E2) or a second story (E5).
    fn title_and_prose(&mut self, pieces: &[Piece], ends: Ends) {
        let p = &pieces[self.at];
        let title = span_of(p);
        self.emit(p, SegmentKind::RelatedTitle);
        self.at += 1;
        let head = self.at - 1;
        self.promos(pieces, true);
        let story = ends.has(5) && self.second_story(pieces, head);
        self.close_story();
        if story && let Some(p) = pieces.get(self.at).filter(|p| p.label == Label::Text) {
            self.emit_story(p, Some(title));
            self.at += 1;
        }
    }

    /// Whether the prose from `self.at` on is the story of the title before it (E5) rather than the
    /// page's own story going on (E2).
    fn second_story(&self, pieces: &[Piece], head: usize) -> bool {
        if self.over || (self.second != Second::None) {
            return true;
        }
        if let (Some(repeats), Some(next)) = (self.segmenter.repeats, pieces.get(self.at))
            && repeats.titles().leads_to(pieces[head].key, next.key)
        {
            return true;
        }
        let source_before =
            self.out.segments.iter().any(|s| matches!(s.kind, SegmentKind::Source) && self.body);
        if self.last_main > self.at && !source_before {
            // The lines that close the page's own story are still to come.
            return false;
        }
        if source_before {
            return true;
        }
        let hashes = self.page.folded.hashes();
        let cell = &pieces[head].cell;
        let mut other = hashes[cell.first as usize..cell.last as usize].to_vec();
        other.sort_unstable();
        let from = pieces.get(self.at).map_or(hashes.len(), |p| p.cell.first as usize);
        let text = from..hashes.len().min(from + TOPIC_WORDS);
        let (mine, share) = self.shared(&self.title_words, text.clone());
        let (_, theirs) = self.shared(&other, text);
        mine < 2 || share <= theirs + 0.1
    }

    /// How many of the words of a sorted title, long enough to mean something, a text has, and
    /// their share.
    fn shared(&self, title: &[u64], text: std::ops::Range<usize>) -> (usize, f32) {
        let folded = self.page.folded;
        let mut found: Vec<u64> = text
            .filter(|&i| folded.word(i).chars().count() >= 4)
            .map(|i| folded.hashes()[i])
            .filter(|h| title.binary_search(h).is_ok())
            .collect();
        found.sort_unstable();
        found.dedup();
        (found.len(), found.len() as f32 / title.len().max(1) as f32)
    }
}

/// The first line that can be a title. A line that repeats is passed over if another one that can
/// be a title follows: it is the site's name or its navigation.
fn first_title(pieces: &[Piece]) -> Option<usize> {
    let text =
        |from: usize| pieces[from..].iter().position(|p| p.label == Label::Text).map(|n| n + from);
    let mut at = text(0)?;
    while pieces[at].fact.pages >= LEAST_PAGES && !pieces[at].known {
        match text(at + 1) {
            Some(next) if pieces[next].titleish() && pieces[next].words() >= 3 => at = next,
            _ => break,
        }
    }
    Some(at)
}

fn span_of(piece: &Piece) -> ByteSpan {
    ByteSpan::new(piece.cell.start, piece.cell.end)
}

/// Adds a span, joined to the last one if it touches it and that is not the title.
fn push_joined(spans: &mut Vec<ByteSpan>, span: ByteSpan, title: Option<ByteSpan>) {
    match spans.last_mut() {
        Some(last) if last.end == span.start && Some(*last) != title => last.end = span.end,
        _ => spans.push(span),
    }
}

/// Whether a folded word can stand in a line that holds nothing but a date.
fn is_date_word(word: &str) -> bool {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    day_of_words([word, "1", "2000"].into_iter()).is_some()
        || day_of_words(["1", word, "2000"].into_iter()).is_some()
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
        )
}
