//! Related blocks: what belongs to a heading, and where it ends (E0 to E7).

use super::SegmentKind;
use super::cells::{Ending, Lead};
use super::cut::{Closing, MANY_PAGES, Second, Walk, span_of};
use super::pieces::{Label, Piece, TITLE_WORDS};
use super::places::is_number;
use super::repeats::LEAST_PAGES;
use super::rows::Ends;
use crate::fold::{Folded, hash_word};

/// Most lines of a list without bullets (E4).
const MAX_LIST: usize = 15;
/// Most lines of one title in a list with counts, after the first.
const COUNTED_LINES: usize = 3;
/// Most words of a line between two items of a list with bullets.
const BETWEEN_WORDS: usize = 6;
/// By how many words prose must speak more of another page's title that stands before it than of the
/// page's own, to be its story.
const FOREIGN_LEAD: isize = 2;
/// Words of a story after which its source line or its keywords close it.
pub(super) const TOLD_WORDS: usize = 40;
/// How many words of a story are looked at to see whose title it matches. Of 4,000 real articles 97 %
/// share more words with their title there than with another article's, and where an article goes on
/// 1 % share more with a foreign title than with its own.
pub(super) const TOPIC_WORDS: usize = 80;
/// Words of the page's own story that are looked at before.
pub(super) const FAMILIAR_WORDS: usize = 400;
/// What part of the words of a text that goes on stands before it: in 93 % of articles more than this,
/// in 5 % of other articles' openings.
const FAMILIAR: f32 = 0.07;
/// The same where the text speaks of a title little more than of the page's own.
const FRESH: f32 = FAMILIAR / 2.0;
/// Fewest letters of a word that says what a text is about.
const TOPIC_LETTERS: usize = 4;

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

    /// Short lines after the source or the keywords of a story that was told: a block whose heading
    /// nobody knows, or other furniture.
    pub(super) fn closed(&mut self, pieces: &[Piece]) -> bool {
        if self.closing == Closing::None || self.second != Second::None || self.said < TOLD_WORDS {
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
        let count = |p: &Piece| {
            let words = line(p);
            words.len() == 4
                && folded.word(words.start) == "list"
                && folded.word(words.start + 2) == "of"
                && [1, 3].iter().all(|&n| is_number(folded, words.start + n))
        };
        let end = |p: &Piece| {
            let words = line(p);
            words.len() == 3 && words.map(|i| folded.word(i)).eq(["end", "of", "list"])
        };
        let from = self.at;
        while let [p, title, ..] = &pieces[self.at..]
            && count(p)
            && !count(title)
            && title.words() <= TITLE_WORDS
        {
            self.emit(p, SegmentKind::Other);
            self.at += 1;
            // A title may be broken into lines.
            let rest = pieces[self.at + 1..].iter().take(COUNTED_LINES);
            let lines = 1 + rest
                .clone()
                .position(|p| count(p) || end(p))
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
        let short = run < 4 && (self.ended() || self.leaning(pieces, self.at, self.at + run).0 > 0);
        run < MAX_LIST && titles == run && !self.over() && !short
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
        if let (Some(repeats), Some(next)) = (self.segmenter.repeats, pieces.get(self.at)) {
            let opens = self.opening(&pieces[self.at..]);
            if repeats.titles().leads_to(pieces[head].key, opens) || next.fact.pages >= LEAST_PAGES
            {
                return true;
            }
        }
        let source_before =
            self.out.segments.iter().any(|s| matches!(s.kind, SegmentKind::Source) && self.body);
        if source_before {
            return true;
        }
        let (lead, familiar) = self.leaning(pieces, head, self.at);
        if self.last_main > self.at {
            // The lines that close the page's own story are still to come.
            return lead > 1 && familiar < FAMILIAR;
        }
        let lead = lead + isize::from(self.ended());
        lead > 0 || (lead == 0 && familiar < FAMILIAR)
    }

    /// Whether buttons or calls stand before the last heading, which say that the story is over.
    fn ended(&self) -> bool {
        let segments = &self.out.segments;
        let head = segments.iter().rposition(|s| s.kind == SegmentKind::RelatedHead);
        let before = head.and_then(|n| n.checked_sub(1)).map(|n| segments[n].kind);
        matches!(before, Some(SegmentKind::Promo | SegmentKind::Other))
    }

    /// Whether the prose from `at` on is the story of the title before it, though no page of the archive
    /// is known to go on so: told by what both speak of.
    pub(super) fn speaks_of(&self, pieces: &[Piece], head: usize, at: usize) -> bool {
        let (lead, familiar) = self.leaning(pieces, head, at);
        (lead >= FOREIGN_LEAD && familiar < FAMILIAR) || (lead > 0 && familiar < FRESH)
    }

    /// Whose the text from piece `at` on is: how many more words it shares with the title before it than
    /// with the page's own title, and what part of its words the page's own story has had.
    fn leaning(&self, pieces: &[Piece], head: usize, at: usize) -> (isize, f32) {
        let folded = self.page.folded;
        let from = pieces.get(at).map_or(folded.len(), |p| p.cell.first as usize);
        let text = from..folded.len().min(from + TOPIC_WORDS);
        let other = pieces[head].cell.first as usize..pieces[head].cell.last as usize;
        let common = |title: &[u64], text: &[u64]| {
            title.iter().filter(|w| text.binary_search(w).is_ok()).count()
        };
        let plain = topic(folded, text.clone(), |word| word);
        let lead = if let Some(own) = &self.title_cell {
            let text = topic(folded, text, stem);
            let own = topic(folded, own.first as usize..own.last as usize, stem);
            common(&topic(folded, other, stem), &text) as isize - common(&own, &text) as isize
        } else {
            // Of a title in its own field only the hashes of whole words are at hand.
            let mut own = self.title_words.to_vec();
            own.sort_unstable();
            own.dedup();
            let other = topic(folded, other, |word| word);
            common(&other, &plain) as isize - common(&own, &plain) as isize
        };
        let body = pieces[..head].iter().filter(|p| p.label == Label::Text).rev();
        let words = body.flat_map(|p| p.cell.first as usize..p.cell.last as usize);
        let had = topic(folded, words.take(FAMILIAR_WORDS), |word| word);
        (lead, common(&plain, &had) as f32 / plain.len().max(1) as f32)
    }
}

/// The words of a text that are long enough to mean something, sorted, by what `form` leaves of them.
pub(super) fn topic(
    folded: &Folded,
    words: impl Iterator<Item = usize>,
    form: fn(&str) -> &str,
) -> Vec<u64> {
    let mut found: Vec<u64> = words
        .map(|i| folded.word(i))
        .filter(|word| word.chars().count() >= TOPIC_LETTERS)
        .map(|word| hash_word(form(word).as_bytes()))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A folded word without the article and the particles written together with it.
pub(super) fn stem(word: &str) -> &str {
    let long = |rest: &&str| rest.chars().count() >= 3;
    let article = ["وال", "بال", "كال", "فال", "ولل", "لل", "ال"];
    if let Some(rest) = article.iter().find_map(|a| word.strip_prefix(a)).filter(long) {
        return rest;
    }
    let particle = |rest: &&str| rest.chars().count() >= 4;
    word.strip_prefix(['و', 'ف', 'ب', 'ل', 'ك']).filter(particle).unwrap_or(word)
}
