//! Related blocks: what belongs to a heading, and where it ends (E0 to E7).

use super::SegmentKind;
use super::cells::Lead;
use super::cut::{Closing, MANY_PAGES, Second, Walk, span_of};
use super::pieces::{Label, Piece, TITLE_WORDS};
use super::repeats::LEAST_PAGES;
use super::rows::Ends;

/// Most lines of a list without bullets (E4).
const MAX_LIST: usize = 15;
/// Words after a heading that are likely those of a title.
const ECHO_WORDS: usize = 12;
/// How many words of a story are looked at to see whose title it matches.
const TOPIC_WORDS: usize = 80;

impl Walk<'_> {
    /// A related heading and what belongs to it.
    pub(super) fn block(&mut self, pieces: &[Piece], ends: Ends) {
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
            let own = self.over() || (self.second != Second::None);
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
            Some(p)
                if ends.has(5)
                    && (over || (self.one_line && self.echoes(pieces, from, linked))) =>
            {
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

    /// On a page without line ends: whether the text that follows a heading speaks of what its
    /// first words, or the title before it, speak of, as a story does and a teaser does not.
    fn echoes(&self, pieces: &[Piece], from: usize, linked: usize) -> bool {
        let words = |p: &Piece| p.cell.first as usize..p.cell.last as usize;
        let (title, text) = if linked == 0 {
            let all = words(&pieces[from]);
            let mid = all.end.min(all.start + ECHO_WORDS);
            (all.start..mid, mid..all.end.min(mid + TOPIC_WORDS))
        } else {
            let text = words(&pieces[from + linked]);
            (words(&pieces[from]), text.start..text.end.min(text.start + TOPIC_WORDS))
        };
        let mut title = self.page.folded.hashes()[title].to_vec();
        title.sort_unstable();
        let (found, share) = self.shared(&title, text);
        found >= 3 || (found == 2 && share >= 0.25)
    }

    /// Whether nothing of the page's own story can come any more.
    fn over(&self) -> bool {
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
                _ => return,
            };
            self.emit(p, kind);
            self.at += 1;
        }
    }

    /// E3: items with the same bullet.
    pub(super) fn bullets(&mut self, pieces: &[Piece]) {
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
    pub(super) fn list_before_prose(&self, pieces: &[Piece], run: usize) -> bool {
        let lines = &pieces[self.at..self.at + run];
        let known = lines.iter().filter(|p| p.known).count();
        if known >= 2 || run < 2 {
            return known >= 2;
        }
        let titles = lines.iter().filter(|p| (4..=20).contains(&p.words())).count();
        (4..MAX_LIST).contains(&run) && titles == run && !self.over()
    }

    /// A title on its own line with prose after it: a teaser (E2) or a second story (E5).
    pub(super) fn title_and_prose(&mut self, pieces: &[Piece], ends: Ends) {
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
    pub(super) fn second_story(&self, pieces: &[Piece], head: usize) -> bool {
        if self.over() || (self.second != Second::None) {
            return true;
        }
        if let (Some(repeats), Some(next)) = (self.segmenter.repeats, pieces.get(self.at))
            && (repeats.titles().leads_to(pieces[head].key, next.key)
                || next.fact.pages >= LEAST_PAGES)
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
        let mut own = self.title_words.to_vec();
        own.sort_unstable();
        let (mine, share) = self.shared(&own, text.clone());
        let (_, theirs) = self.shared(&other, text);
        mine < 3 || share <= theirs + 0.1
    }

    /// How many of the words of a sorted title, long enough to mean something, a text has, and
    /// their share.
    pub(super) fn shared(&self, title: &[u64], text: std::ops::Range<usize>) -> (usize, f32) {
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
