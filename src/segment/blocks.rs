//! Related blocks: what belongs to a heading, and where it ends (E0 to E7).

use super::SegmentKind;
use super::cells::{Ending, Lead};
use super::cut::{Closing, MANY_PAGES, Second, Walk, span_of};
use super::date_lines::is_date_line;
use super::headlines::is_row;
use super::pieces::{Label, Piece, TITLE_WORDS};
use super::places::is_number;
use super::repeats::{LEAST_PAGES, Repeats};
use super::rows::Ends;
use super::whose::{FAMILIAR, MOST_FAMILIAR};

/// Most lines of a list without bullets (E4).
const MAX_LIST: usize = 15;
/// Titles of such a list before which one more line may be too short or too long for one.
const LEAST_ODD: usize = 3;
/// Most lines of one title in a list with counts, after the first.
const COUNTED_LINES: usize = 3;
/// Most words of a line between two items of a list with bullets.
const BETWEEN_WORDS: usize = 6;
/// Words of a story after which its source line or its keywords close it.
pub(super) const TOLD_WORDS: usize = 40;
/// Buttons before a heading say that the page's own story is over: they count as so many words of the
/// title in the prose below it. Were it one, two more of 2,813 pasted stories would be missed.
const ENDED_LEAD: isize = 2;

impl Walk<'_> {
    /// A related heading and what belongs to it.
    pub(super) fn block(&mut self, pieces: &[Piece], ends: Ends) {
        let head = self.at;
        if pieces[head].unsure && !self.heads(pieces, ends) {
            self.goes_on(pieces);
            return;
        }
        self.emit(&pieces[head], SegmentKind::RelatedHead);
        self.at += 1;
        if self.second != Second::Open {
            self.note_fence(&pieces[head]);
        }
        if self.enclosed(pieces, head) {
            return;
        }
        if (ends.has(7) && self.glued_titles(pieces)) || self.counted_list(pieces) {
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
            // The sign of a heading in marked up text.
            Lead::Bullet('#') => {
                pieces.get(self.at + 1).is_some_and(|q| q.cell.lead == p.cell.lead)
            }
            Lead::Bullet(_) => true,
            Lead::Number => pieces.get(self.at + 1).is_some_and(|q| q.cell.lead == Lead::Number),
        };
        if listed && ends.has(3) && p.words() <= 2 * TITLE_WORDS {
            self.close_story();
            self.bullets(pieces);
            return;
        }
        if is_row(self.page, &p.cell) {
            // A list on one line.
            self.emit(p, SegmentKind::RelatedList);
            self.at += 1;
            return;
        }
        if !p.titleish() {
            let another = self.over() || self.second != Second::None || self.untitled(pieces, head);
            if another && ends.has(5) {
                self.emit_story(p, None);
                self.at += 1;
            }
            return;
        }
        let run = titles_and_days(&pieces[self.at..]);
        let after = pieces[self.at + run..]
            .iter()
            .find(|p| !matches!(p.label, Label::Line(kind) if may_precede_prose(kind)));
        let prose = after.is_some_and(|p| p.label == Label::Text);
        if run == 1 && !prose {
            self.close_story();
            self.emit(&pieces[self.at], SegmentKind::RelatedTitle);
            self.at += 1;
        } else if !prose || self.list_before_prose(pieces, run) {
            self.close_story();
            let last = pieces[self.at..self.at + run].iter().rposition(|p| p.label == Label::Text);
            let last = self.at + last.unwrap_or(0);
            // The last of a list of stories may have its text below it.
            let told = prose && last > self.at && self.tells(pieces, last, self.at + run);
            let end = if told { last } else { self.at + run };
            for p in &pieces[self.at..end] {
                let day = p.label == Label::Line(SegmentKind::Date);
                self.emit(p, if day { SegmentKind::Date } else { SegmentKind::RelatedList });
            }
            self.at = end;
            if told {
                self.title_and_prose(pieces, ends);
            }
        } else {
            self.title_and_prose(pieces, ends);
        }
    }

    /// Short lines after the source or the keywords of a story that was told: a block whose heading
    /// nobody knows, or other furniture.
    pub(super) fn closed(&mut self, pieces: &[Piece]) -> bool {
        if self.closing == Closing::None || self.second != Second::None || self.said < TOLD_WORDS {
            return false;
        }
        if self.at < self.left {
            return false;
        }
        let short = |p: &Piece| {
            p.label == Label::Text && p.titleish() && !p.prose() && p.cell.ending != Ending::Stop
        };
        let run = pieces[self.at..].iter().take_while(|p| short(p)).count();
        let Some(last) = (self.at + run).checked_sub(1).filter(|_| run > 0) else {
            return false;
        };
        let after = pieces[last + 1..].iter().find(|p| !matches!(p.label, Label::Line(_)));
        let prose = after.is_some_and(|p| p.label == Label::Text);
        let headed = |p: &Piece, next: &Piece| {
            p.cell.ending == Ending::Colon
                || (p.cell.lead == Lead::None && next.cell.lead != Lead::None)
        };
        if prose {
            // Only a title leads from here to prose that is not the story's own.
            let title = self.over() && pieces[last].words() >= 3;
            if !title || self.leaning(pieces, last, last + 1).0 <= 0 {
                // What is said of the first of these lines holds for all of them.
                self.left = last + 1;
                return false;
            }
            for p in &pieces[self.at..last] {
                let heads = p.words() <= 7;
                self.emit(
                    p,
                    if heads { SegmentKind::RelatedHead } else { SegmentKind::RelatedList },
                );
            }
            self.at = last;
            self.title_and_prose(pieces, Ends::ALL);
            return true;
        }
        let listed = pieces[self.at..=last].iter().filter(|p| p.words() >= 4).count() >= 2;
        for i in self.at..=last {
            let p = &pieces[i];
            let kind = match pieces.get(i + 1).filter(|_| i < last) {
                Some(next) if listed && p.words() <= 7 && headed(p, next) => {
                    SegmentKind::RelatedHead
                }
                _ if listed => SegmentKind::RelatedList,
                _ => SegmentKind::Other,
            };
            self.emit(p, kind);
        }
        self.at = last + 1;
        true
    }

    /// A list with a count before every title and a line after the last, as screen readers read it out:
    /// `list 1 of 2`, the title, `list 2 of 2`, the title, `end of list`.
    pub(super) fn counted_list(&mut self, pieces: &[Piece]) -> bool {
        let folded = self.page.folded;
        let line = |p: &Piece| p.cell.first as usize..p.cell.last as usize;
        let counted = |p: &Piece| {
            let words = line(p);
            words.len() >= 4
                && words.len() <= 4 + TITLE_WORDS
                && folded.word(words.start) == "list"
                && folded.word(words.start + 2) == "of"
                && [1, 3].iter().all(|&n| is_number(folded, words.start + n))
        };
        let count = |p: &Piece| line(p).len() == 4 && counted(p);
        let end = |p: &Piece| {
            let words = line(p);
            words.len() == 3 && words.map(|i| folded.word(i)).eq(["end", "of", "list"])
        };
        let announces = |p: &Piece| {
            let words = line(p);
            words.len() == 4
                && [0, 1, 3].map(|n| folded.word(words.start + n)) == ["list", "of", "items"]
        };
        if let [p, next, ..] = &pieces[self.at..]
            && announces(p)
            && counted(next)
        {
            self.emit(p, SegmentKind::Other);
            self.at += 1;
        }
        let from = self.at;
        while let [p, rest @ ..] = &pieces[self.at..]
            && counted(p)
        {
            if !count(p) {
                // Its title stands on the same line.
                self.emit(p, SegmentKind::RelatedList);
                self.at += 1;
                continue;
            }
            if !rest.first().is_some_and(|title| !counted(title) && title.words() <= TITLE_WORDS) {
                break;
            }
            self.emit(p, SegmentKind::Other);
            self.at += 1;
            // A title may be broken into lines.
            let rest = rest[1..].iter().take(COUNTED_LINES);
            let lines = 1 + rest
                .clone()
                .position(|p| counted(p) || end(p))
                .unwrap_or_else(|| rest.take_while(|p| p.joined).count());
            for p in &pieces[self.at..self.at + lines] {
                self.emit(p, SegmentKind::RelatedList);
            }
            self.at += lines;
        }
        if self.at > from
            && let Some(p) = pieces.get(self.at).filter(|p| end(p))
        {
            self.emit(p, SegmentKind::Other);
            self.at += 1;
        }
        self.at > from
    }

    /// E7: the other titles of the author, glued to one another.
    pub(super) fn glued_titles(&mut self, pieces: &[Piece]) -> bool {
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
    pub(super) fn same_line(&mut self, pieces: &[Piece], ends: Ends) {
        let from = self.at;
        let linked =
            pieces[from..].iter().take_while(|p| p.joined && p.label == Label::Linked).count();
        let kind = if linked > 1 { SegmentKind::RelatedList } else { SegmentKind::RelatedTitle };
        for _ in 0..linked {
            self.emit(&pieces[self.at], kind);
            self.at += 1;
        }
        let rest = pieces.get(self.at).filter(|p| p.joined && p.label == Label::Text);
        let over = self.over() || self.second != Second::None;
        match rest {
            Some(p) if p.cell.lead != Lead::None => {
                self.bullets(pieces);
                return;
            }
            Some(p) if linked == 0 && p.titleish() => {
                self.emit(p, SegmentKind::RelatedTitle);
                self.at += 1;
            }
            Some(p) if ends.has(5) && (over || self.is_foreign(pieces, from, linked)) => {
                let title = (linked == 1).then(|| span_of(&pieces[from]));
                self.emit_story(p, title);
                self.at += 1;
                return;
            }
            Some(p) if self.is_open(pieces, self.at) => {
                self.emit(p, SegmentKind::RelatedList);
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
            && (p.known || (self.over() && matches!(p.cell.lead, Lead::Bullet(_))))
            && p.words() <= TITLE_WORDS
        {
            self.emit(p, SegmentKind::RelatedList);
            self.at += 1;
        }
        // A whole story may follow its title where the page's own story is over.
        if let (true, Some(p)) = (self.over() && ends.has(5), pieces.get(self.at))
            && p.prose()
            && self.second == Second::None
        {
            self.emit_story(p, Some(span_of(&pieces[from])));
            self.at += 1;
        }
    }

    /// Whether nothing of the page's own story can come any more.
    pub(super) fn over(&self) -> bool {
        self.closing == Closing::Keywords
    }

    /// Passes over lines of furniture that may stand between a heading, a title and its story.
    /// Repeating lines are among them where `repeating` says so: after a heading they are titles.
    pub(super) fn promos(&mut self, pieces: &[Piece], repeating: bool) {
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
                Label::Text if repeating && is_date_line(self.page.folded, &p.cell) => {
                    SegmentKind::Date
                }
                _ => return,
            };
            self.emit(p, kind);
            self.at += 1;
        }
    }

    /// E3: items with the same bullet.
    pub(super) fn bullets(&mut self, pieces: &[Piece]) {
        let lead = pieces[self.at].cell.lead;
        // A short line between two items, or after the last: its day or section.
        let between = |at: usize| {
            let next = pieces.get(at + 1);
            let words = pieces[at].cell.first as usize..pieces[at].cell.last as usize;
            let dated = || words.clone().any(|i| is_number(self.page.folded, i));
            words.len() <= BETWEEN_WORDS
                && (!matches!(pieces[at].label, Label::Head(_)) || dated())
                && pieces[at].cell.lead == Lead::None
                && pieces[at].cell.ending != Ending::Stop
                && next.is_some_and(|p| p.cell.lead == lead)
        };
        while let Some(p) = pieces.get(self.at)
            && (between(self.at)
                || (!matches!(p.label, Label::Head(_))
                    && (p.cell.lead == lead
                        || (p.cell.spaces > 0 && !self.one_line && !p.prose()))))
            && p.words() <= 2 * TITLE_WORDS
            // Where lines were joined, the last item runs into the story's next sentence.
            && !(self.one_line && p.cell.ending == Ending::Stop)
        {
            self.emit(p, SegmentKind::RelatedList);
            self.at += 1;
        }
    }

    /// Whether `run` title-like lines before prose are a list (E4) and not a title and the first
    /// short lines of its story.
    pub(super) fn list_before_prose(&self, pieces: &[Piece], run: usize) -> bool {
        let lines = &pieces[self.at..self.at + run];
        let known = lines.iter().filter(|p| p.known).count();
        if known >= 2 || run < 2 {
            return known >= 2;
        }
        let titles = lines.iter().filter(|p| (4..=20).contains(&p.words())).count();
        let short =
            run < 4 && (self.ended() > 0 || self.leaning(pieces, self.at, self.at + run).0 > 0);
        // One of many may be odd, but for the last, which may be a heading of the story.
        let odd = usize::from(run > LEAST_ODD);
        let last = lines.last().is_some_and(|p| (4..=20).contains(&p.words()));
        run < MAX_LIST && titles + odd >= run && last && !self.over() && !short
    }

    /// Whether the text from piece `at` on is surely the story of the title before it.
    fn tells(&self, pieces: &[Piece], title: usize, at: usize) -> bool {
        let (lead, familiar) = self.leaning(pieces, title, at);
        self.said >= TOLD_WORDS
            && lead > 1
            && familiar < FAMILIAR
            && !pieces.get(at).is_some_and(|p| self.carries_on(p))
    }

    /// A title on its own line with prose after it: a teaser (E2) or a second story (E5).
    pub(super) fn title_and_prose(&mut self, pieces: &[Piece], ends: Ends) {
        let p = &pieces[self.at];
        let title = span_of(p);
        self.emit(p, SegmentKind::RelatedTitle);
        self.at += 1;
        let head = self.at - 1;
        self.promos(pieces, true);
        let story =
            (ends.has(5) || self.closing != Closing::None) && self.second_story(pieces, head);
        self.close_story();
        if story && let Some(p) = pieces.get(self.at).filter(|p| p.label == Label::Text) {
            self.note_frame(pieces, head, self.at);
            self.emit_story(p, Some(title));
            self.at += 1;
        }
    }

    /// Whether the prose from `self.at` on is the story of the title before it (E5) rather than the
    /// page's own story going on (E2).
    pub(super) fn second_story(&self, pieces: &[Piece], head: usize) -> bool {
        if self.over() || (self.second != Second::None) {
            return true;
        }
        let next = pieces.get(self.at);
        let leads = |repeats: &Repeats| {
            repeats.titles().leads_to(pieces[head].key, self.opening(&pieces[self.at..]))
        };
        if self.segmenter.repeats.is_some_and(leads) {
            return true;
        }
        if self.said == 0 {
            // Nothing was told that another story could come after.
            return false;
        }
        if next.is_some_and(|next| next.prose() && next.fact.pages >= LEAST_PAGES) {
            return true;
        }
        if self.closing == Closing::None && next.is_some_and(|next| self.carries_on(next)) {
            // A story does not begin with words that carry one on.
            return false;
        }
        if self.sourced {
            return true;
        }
        let (lead, familiar) = self.leaning(pieces, head, self.at);
        if self.last_main > self.at {
            // The lines that close the page's own story are still to come.
            return lead > 1 && familiar < FAMILIAR;
        }
        match lead + self.ended() {
            ..0 => false,
            lead @ 0..2 => {
                let (named, familiar) = self.familiarity(pieces, head, self.at);
                familiar < MOST_FAMILIAR[if lead > 0 { 2 } else { usize::from(named) }]
            }
            2.. => true,
        }
    }

    /// Whether the paragraph right below a heading begins another story whose title is missing, and is not
    /// one with which the page's own goes on below a heading whose list is missing.
    ///
    /// Of 375 real articles with another one pasted below a heading at their end 72 % were seen so, in their
    /// midst 79 %; of 375 with an empty heading in their midst 1 % were taken to end there.
    fn untitled(&self, pieces: &[Piece], head: usize) -> bool {
        let p = &pieces[self.at];
        let announced = head.checked_sub(1).is_some_and(|n| pieces[n].cell.ending == Ending::Colon);
        p.prose()
            && !p.joined
            && p.cell.lead == Lead::None
            && !announced
            && self.said >= TOLD_WORDS
            && self.last_main <= self.at
            && !self.carries_on(p)
            && self.familiarity(pieces, head, self.at).1 < MOST_FAMILIAR[0]
    }

    /// How much the lines before the last heading say that the story is over: buttons and calls do, the
    /// less so if there is but one, and a single line of other furniture does not, which may be an
    /// advertisement or belong to a picture.
    pub(super) fn ended(&self) -> isize {
        let segments = &self.out.segments;
        let head = segments.iter().rposition(|s| s.kind == SegmentKind::RelatedHead);
        let mut before = segments[..head.unwrap_or(0)].iter().rev().map(|s| s.kind);
        let calls = |kind| matches!(kind, SegmentKind::Promo | SegmentKind::Other);
        match (before.next(), before.next()) {
            (Some(last), Some(other)) if calls(last) && calls(other) => ENDED_LEAD,
            (Some(SegmentKind::Promo), _) => 1,
            _ => 0,
        }
    }
}

/// Whether lines of this kind may stand between the title of a story and its first paragraph.
pub(super) fn may_precede_prose(kind: SegmentKind) -> bool {
    matches!(
        kind,
        SegmentKind::Promo | SegmentKind::Other | SegmentKind::Date | SegmentKind::Byline
    )
}

/// How many lines from the first one on are titles, or the days of titles that others follow.
fn titles_and_days(pieces: &[Piece]) -> usize {
    let (mut run, mut titles) = (0, 0);
    for (n, p) in pieces.iter().enumerate() {
        // Titles of one list are punctuated alike; a line with a full stop is the story's.
        let stops = n > 0 && p.cell.ending == Ending::Stop && pieces[0].cell.ending != Ending::Stop;
        if p.label == Label::Text && p.titleish() && (p.known || !stops) {
            titles += 1;
            run = n + 1;
        } else if n == 0 || p.label != Label::Line(SegmentKind::Date) || run < n {
            break;
        }
        if titles == MAX_LIST {
            break;
        }
    }
    // The day of the last title, if others have theirs.
    let day = |p: &Piece| p.label == Label::Line(SegmentKind::Date);
    run + usize::from(run > 2 && pieces[..run].iter().any(day) && pieces.get(run).is_some_and(day))
}
