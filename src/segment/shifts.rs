//! Headings that prose follows on their line, and whose the text after them is: the page's own, or
//! that of another page, told by the words that both have.

use super::SegmentKind;
use super::blocks::TOLD_WORDS;
use super::cells::{Ending, Lead};
use super::cut::{Closing, Second, Walk};
use super::pieces::{Label, Piece, TITLE_WORDS};
use super::places::NEAR_WORDS;
use super::repeats::Repeats;
use super::rows::Ends;
use super::whose::{FAMILIAR_WORDS, TOPIC_WORDS, stem, topic};

/// Words after a heading that are likely those of a title.
const ECHO_WORDS: usize = 12;
/// What part of its words a text whose title is not set apart may share with the page's own story, for
/// every word by which it speaks more of that title than of the page's opening, and one more. Of 1,400
/// real articles that went on after a phrase, after a related title or after four other titles, 9, 6 and
/// 0 in a thousand passed for another story; of other articles 860. After fewer than [`FRESH_AFTER`]
/// words, without the one more, 18 and 1 did, and 900 others.
const SHIFTED: f32 = 0.02;
/// Most words after a heading that may be a list before the page's own story goes on.
const MOST_SKIPPED: usize = 40;
/// Most words of a list of titles that nothing sets apart.
const OPEN_WORDS: usize = 2 * TITLE_WORDS;
/// Fewest words of the page's own story that another one is told from.
const LEAST_TOLD: usize = 25;
/// Words of the page's own story that must stand before it: few words leave few to come back.
const FRESH_AFTER: usize = 60;

impl Walk<'_> {
    /// Writes a phrase that heads nothing, and what goes on on its line.
    pub(super) fn goes_on(&mut self, pieces: &[Piece]) {
        let rest = pieces[self.at + 1..].iter();
        let rest = rest.take_while(|p| p.joined && matches!(p.label, Label::Text | Label::Linked));
        for p in &pieces[self.at..=self.at + rest.count()] {
            if self.second == Second::None {
                self.emit(p, SegmentKind::Body);
            } else {
                self.emit_story(p, None);
            }
            self.at += 1;
        }
    }

    /// Whether the phrase at `self.at`, which prose follows on its line, is a heading: a list, a line of
    /// furniture or another story comes.
    pub(super) fn heads(&self, pieces: &[Piece], ends: Ends) -> bool {
        let from = self.at + 1;
        let Some(p) = pieces.get(from).filter(|p| p.joined) else {
            // A paragraph below a line that is no sure heading is told below a heading of its own.
            return pieces.get(from).is_none_or(|p| p.label != Label::Text || p.titleish());
        };
        // Little but furniture stands before it since the last full stop.
        let begins = || {
            let line = pieces[..=self.at].iter().rposition(|p| !p.joined).unwrap_or(0);
            pieces[self.at].cell.first - pieces[line].cell.first <= NEAR_WORDS
                || matches!(pieces[self.at - 1].label, Label::Line(_) | Label::Rest(_))
        };
        match p.label {
            Label::Text => {
                // A title that ends where the story's next sentence begins.
                let teaser = || {
                    p.titleish()
                        && pieces.get(from + 1).is_some_and(|q| q.joined && self.carries_on(q))
                };
                if begins() && teaser() {
                    return true;
                }
                let ended = self.over() || (self.one_line && self.second != Second::None);
                (begins() && (ended || p.cell.lead != Lead::None || self.is_open(pieces, from)))
                    || (ends.has(5) && self.is_foreign(pieces, from, 0))
            }
            Label::Linked => {
                let next = pieces.get(from + 1).filter(|p| p.joined || self.one_line);
                match next.map(|p| p.label) {
                    Some(Label::Text) => {
                        self.said >= LEAST_TOLD && ends.has(5) && self.is_foreign(pieces, from, 1)
                    }
                    // Titles one after the other, or the last line of the page, are a list.
                    _ => begins(),
                }
            }
            _ => begins(),
        }
    }

    /// Whether nothing but words without a full stop comes until the page or the block ends, as in a
    /// list of titles, and the page's own story was told before.
    pub(super) fn is_open(&self, pieces: &[Piece], from: usize) -> bool {
        let next = pieces.get(from + 1);
        self.said >= TOLD_WORDS
            && pieces[from].cell.ending != Ending::Stop
            && pieces[from].words() <= OPEN_WORDS
            && next.is_none_or(|p| p.label != Label::Text || !(self.one_line || p.joined))
    }

    /// Whether the text after a heading, or after the title of another page there, is another story's
    /// though both stand on the line of the heading.
    pub(super) fn is_foreign(&self, pieces: &[Piece], from: usize, linked: usize) -> bool {
        let opens = || self.opening(&pieces[from + linked..]);
        let leads = |repeats: &Repeats| repeats.titles().leads_to(pieces[from].key, opens());
        (self.one_line && self.closing != Closing::None)
            || (linked == 1 && self.segmenter.repeats.is_some_and(leads))
            || self.shifts(pieces, from)
    }

    /// Whether the text from piece `from` on, which begins with a title or should, is not the page's own
    /// story: it speaks of its first words more than of the page's first words, and has few words that
    /// the page's own story had, wherever it is looked at. The more it speaks of its own first words, the
    /// more words it may share.
    pub(super) fn shifts(&self, pieces: &[Piece], from: usize) -> bool {
        let folded = self.page.folded;
        let words = pieces[from].cell.first as usize..text_end(pieces, from);
        if self.said < LEAST_TOLD || words.len() < TOLD_WORDS + ECHO_WORDS {
            return false;
        }
        let common = |a: &[u64], b: &[u64]| a.iter().filter(|w| b.binary_search(w).is_ok()).count();
        let title = words.start..words.start + ECHO_WORDS;
        let next = title.end..words.end.min(title.end + TOPIC_WORDS);
        let echo = common(&topic(folded, title.clone(), stem), &topic(folded, next, stem));
        if echo == 0 {
            return false;
        }
        let text = |p: &&Piece| matches!(p.label, Label::Text | Label::Line(SegmentKind::Title));
        let own = |p: &Piece| p.cell.first as usize..p.cell.last as usize;
        let before = || pieces[..from].iter().filter(text);
        let opening: Vec<usize> = before().flat_map(own).take(ECHO_WORDS).collect();
        let told = title.end..words.end.min(title.end + 2 * TOPIC_WORDS);
        let opening_words = topic(folded, opening.iter().copied(), stem);
        let own_echo = common(&opening_words, &topic(folded, told, stem));
        if echo <= own_echo {
            return false;
        }
        let had = before().rev().flat_map(own).take(FAMILIAR_WORDS).chain(opening);
        let had = topic(folded, had, stem);
        // A list of titles may stand before the page's own story goes on.
        let rest = words.start + MOST_SKIPPED.min(words.len() / 4)..words.end;
        let end = |from: usize| from..rest.end.min(from + TOPIC_WORDS);
        let middle =
            (rest.len() >= 3 * TOPIC_WORDS).then(|| rest.start + (rest.len() - TOPIC_WORDS) / 2);
        let last = (rest.len() >= 2 * TOPIC_WORDS).then(|| rest.end - TOPIC_WORDS);
        // Of a short story little can come back.
        let lead = echo - own_echo;
        // Where the lines that close the page's own story are still to come, it likely goes on.
        let closes = self.last_main > from;
        if closes && lead < 2 {
            return false;
        }
        let more = lead + usize::from(self.said >= FRESH_AFTER && !closes);
        let most = SHIFTED * more as f32;
        [Some(rest.start), middle, last].into_iter().flatten().all(|from| {
            let said = topic(folded, end(from), stem);
            (common(&said, &had) as f32) < most * said.len() as f32
        })
    }
}

/// One past the last word of the text that goes on from piece `at` without a heading or a line of
/// furniture.
fn text_end(pieces: &[Piece], at: usize) -> usize {
    let text = pieces[at..].iter();
    let text = text.take_while(|p| matches!(p.label, Label::Text | Label::Linked));
    text.last().map_or(0, |p| p.cell.last as usize)
}
