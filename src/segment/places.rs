//! Places: whether a marker stands where its row of the table allows it.

use super::PageText;
use super::cells::{Cell, Ending, ends_sentence, is_space};
use super::key;
use super::markers::Hit;
use super::pieces::HEADING_WORDS;
use super::repeats::Repeats;
use super::rows::{Guard, Marker, MarkerClass};
use super::titles::{Found, opening};
use crate::fold::Folded;

/// Words of a section name that may stand between a marker and a title.
const SECTION_WORDS: usize = 2;

/// Most words of a line whose marker may stand after a number.
pub(super) const COUNTED_WORDS: u32 = 8;
/// Most words of a line that is a heading with the name of a site or section in it.
const NAMED_HEADING: usize = 8;
/// Most words of such a name.
const NAME_WORDS: usize = 5;

/// Most words after a heading that are still of it, and of a name of which nothing says that it is one.
const TAIL_WORDS: usize = 4;
const BARE_NAME: usize = 2;

/// Most words of a name between a phrase and its colon.
const SOON_WORDS: usize = 3;

/// Whether a word after a heading may say how its list is to be seen, of what kind it is, or how new.
fn is_tail_word(word: &str) -> bool {
    matches!(
        word,
        "عرض"
            | "الكل"
            | "كل"
            | "مشاهده"
            | "شاهد"
            | "جميع"
            | "المزيد"
            | "هنا"
            | "فيديو"
            | "بالفيديو"
            | "صور"
            | "بالصور"
            | "والصور"
            | "الفيديو"
            | "اعلان"
            | "اعلانات"
            | "ممول"
            | "مموله"
            | "اليوم"
            | "الان"
            | "جديد"
            | "بقلم"
            | "الكاتب"
            | "للكاتب"
            | "view"
            | "see"
            | "all"
            | "more"
            | "ad"
            | "ads"
            | "video"
            | "sponsored"
    )
}

/// Whether a word is a number.
pub(super) fn is_number(folded: &Folded, word: usize) -> bool {
    folded.word(word).bytes().all(|b| b.is_ascii_digit())
}

/// Most numbers of a line of counts: comments, readers, minutes.
pub(super) const COUNTS: usize = 3;

/// How many numbers stand before this word on its line, if nothing else does and they are few.
pub(super) fn counts_before(folded: &Folded, cell: &Cell, word: usize) -> usize {
    let first = cell.content() as usize;
    let counts = word.saturating_sub(first);
    let few = counts <= COUNTS && (first..word).all(|i| is_number(folded, i));
    if few { counts } else { 0 }
}

/// Fewest words of a title that is looked for where its story does not open as on its own page.
const LONG_TITLE: usize = 5;
/// Most words after a heading on its line that need no further look: a title.
const LONG_LINE: usize = 20;
/// Most words of furniture between the end of a sentence and a heading.
pub(super) const NEAR_WORDS: u32 = 12;
/// Fewest words of a page of one line whose lines may have been joined by single spaces.
const JOINED_WORDS: usize = 40;

/// Whether a page has lost its lines: it is one long one, or a few set apart by nothing but two spaces.
pub(super) fn is_joined(cells: &[Cell]) -> bool {
    let words = cells.last().map_or(0, |cell| cell.last as usize);
    words >= JOINED_WORDS * cells.len()
        && cells.iter().skip(1).all(|cell| cell.spaces == 2)
        && !cells.is_empty()
}

/// The words of a page before which more than a space stands, and a sentence may end: no comma or
/// colon alone.
pub(super) fn apart(page: &PageText<'_>) -> impl Iterator<Item = usize> {
    let (text, gaps) = (page.text.as_bytes(), page.folded.tokens().array_windows());
    (1..).zip(gaps).filter_map(move |(word, [a, b])| {
        let gap = text.get(a.span.end as usize..b.span.start as usize)?;
        (gap.len() > 1 && !gap.starts_with("،".as_bytes()) && !matches!(gap[0], b',' | b':'))
            .then_some(word)
    })
}

/// Whether a sentence ends right before this word.
pub(super) fn begins_sentence(page: &PageText<'_>, word: usize) -> bool {
    let tokens = page.folded.tokens();
    let Some(before) = word.checked_sub(1) else {
        return true;
    };
    let (from, to) = (tokens[before].span.end as usize, tokens[word].span.start as usize);
    page.text.get(from..to).is_some_and(|gap| {
        ends_sentence(gap) || gap.contains(['»', '”', ')', '"', '|', '•', '■', '*'])
    })
}

/// Whether a full stop stands right before this word.
fn ends_line(page: &PageText<'_>, word: usize) -> bool {
    let tokens = page.folded.tokens();
    let (from, to) = (tokens[word - 1].span.end as usize, tokens[word].span.start as usize);
    page.text.as_bytes().get(from..to).is_some_and(|gap| gap.contains(&b'.'))
}

/// A story of another page on a page that has lost its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pasted {
    /// The first word of its heading, or of its title if it has none.
    pub(super) head: usize,
    /// The words of its title.
    pub(super) title: std::ops::Range<usize>,
}

/// The titles of the archive on a page that has lost its lines, each after the end of a sentence, or
/// after the few words of a heading that stands there.
pub(super) fn pasted_titles(
    repeats: &Repeats,
    page: &PageText<'_>,
) -> impl Iterator<Item = Pasted> {
    let (hashes, titles) = (page.folded.hashes(), repeats.titles());
    let mut next = page.title.len().max(1);
    apart(page).filter_map(move |head| {
        if head < next || !begins_sentence(page, head) {
            return None;
        }
        let found = |at: usize| {
            let to = at + titles.begins(&hashes[at..])?;
            let (title, story) = (key(&hashes[at..to]), opening(&hashes[to..]));
            let opens = titles.leads_to(title, story);
            let foreign = opens || (to - at >= LONG_TITLE && hashes[at..to] != *page.title);
            foreign.then_some(Pasted { head, title: at..to })
        };
        // Only a full stop ends a story before a heading that nobody wrote down.
        let most = if ends_line(page, head) { HEADING_WORDS } else { 0 };
        let pasted = (head..hashes.len().min(head + most + 1))
            .filter(|&at| titles.may_begin(&hashes[at..]))
            .find_map(found)?;
        next = pasted.title.end;
        Some(pasted)
    })
}

/// What follows a phrase directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Nothing,
    Colon,
    Dash,
    Dots,
}

/// The first sign after a word, spaces passed over.
pub(super) fn sign_after(page: &PageText<'_>, token: usize) -> Sign {
    let tokens = page.folded.tokens();
    let from = tokens[token].span.end as usize;
    let to = tokens.get(token + 1).map_or(page.text.len(), |t| t.span.start as usize);
    for c in page.text.get(from..to).unwrap_or("").chars() {
        match c {
            ':' | '：' | '؛' => return Sign::Colon,
            '-' | '–' | '—' | '/' | '|' | 'ـ' => return Sign::Dash,
            '.' | '…' | '»' | '>' | '!' | '؟' => return Sign::Dots,
            c if is_space(c) => {}
            _ => return Sign::Nothing,
        }
    }
    Sign::Nothing
}

/// The line that a hit stands in, and where.
pub(super) struct Place<'a> {
    pub(super) page: &'a PageText<'a>,
    pub(super) cell: &'a Cell,
    /// One past the last word that the marker may claim.
    pub(super) end: usize,
    pub(super) around: Around,
}

/// Where on its page a line stands.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a guard of its own in the table")]
pub(super) struct Around {
    /// Among the first few lines.
    pub(super) top: bool,
    /// Among the first or last few.
    pub(super) edge: bool,
    /// A heading of other stories comes within a few lines.
    pub(super) heading: bool,
    /// A paragraph stands before it.
    pub(super) late: bool,
    /// Paragraphs stand right above and right below.
    pub(super) amid: bool,
    /// The page has lost its lines.
    pub(super) joined: bool,
}

impl Place<'_> {
    fn ending(&self) -> Ending {
        if self.end == self.cell.last as usize {
            return self.cell.ending;
        }
        let tokens = self.page.folded.tokens();
        let (from, to) = (tokens[self.end - 1].span.end, tokens[self.end].span.start);
        match self.page.text.get(from as usize..to as usize) {
            Some(gap) if gap.contains('.') => Ending::Stop,
            _ => Ending::Open,
        }
    }

    /// Whether a sentence ends right before this token.
    fn after_sentence(&self, token: usize) -> bool {
        begins_sentence(self.page, token)
    }

    fn guard_holds(&self, guard: &Guard, hit: &Hit) -> bool {
        let words = self.end - hit.from as usize;
        let folded = self.page.folded;
        let claimed = hit.to as usize..self.end.min(hit.to as usize + 40);
        match guard {
            Guard::Colon => match sign_after(self.page, hit.to as usize - 1) {
                Sign::Colon => true,
                Sign::Dash => hit.from == self.cell.content(),
                _ => false,
            },
            Guard::Soon => (hit.to as usize - 1..self.end - 1)
                .take(SOON_WORDS + 1)
                .any(|word| sign_after(self.page, word) == Sign::Colon),
            Guard::Stop => {
                hit.from == self.cell.content() || self.after_sentence(hit.from as usize)
            }
            Guard::Open => self.ending() != Ending::Stop,
            Guard::Start => true,
            Guard::Edge => self.around.edge,
            Guard::Near => self.around.heading || self.around.edge,
            Guard::Late => self.around.late,
            Guard::Amid => self.around.amid,
            Guard::Top => self.around.top,
            Guard::Digit => {
                let counted = !self.begins(hit.from);
                counted || claimed.into_iter().any(|i| is_number(folded, i))
            }
            Guard::All(any) => {
                let (from, to) = (hit.from as usize, self.end);
                words <= 24
                    && (from..to).all(|i| is_number(folded, i) || any.contains(&folded.hashes()[i]))
            }
            Guard::Max(n) => words <= *n as usize,
            Guard::Min(n) => words >= *n as usize,
            Guard::Has(any) => {
                folded.hashes()[hit.from as usize..claimed.end].iter().any(|h| any.contains(h))
            }
            Guard::Spelled(word) => self.claimed_text(hit).contains(word.as_str()),
            Guard::Sign(sign) => self.cell_text().contains(sign.as_str()),
        }
    }

    /// Whether the line begins with this word, bullets and the number of an item left out.
    fn begins(&self, word: u32) -> bool {
        word == self.cell.content() || word == self.cell.first
    }

    /// Whether nothing but a few numbers stands before this word on its line.
    fn counted(&self, word: u32) -> bool {
        self.cell.last - self.cell.content() <= COUNTED_WORDS
            && counts_before(self.page.folded, self.cell, word as usize) > 0
    }

    /// Whether the whole line is a heading that names where its stories are from: `read also in the
    /// sports section`, or one with a colon at its end.
    pub(super) fn names_source(&self, hit: &Hit) -> bool {
        let (from, after) = (hit.from, hit.to as usize);
        let words = self.end - from as usize;
        if !self.begins(from)
            || self.end == after
            || self.end != self.cell.last as usize
            || words > NAMED_HEADING
        {
            return false;
        }
        if self.has_tail(hit) {
            return true;
        }
        if sign_after(self.page, after - 1) != Sign::Nothing {
            return false;
        }
        let placed = || matches!(self.page.folded.word(after), "في" | "علي" | "من" | "عبر" | "لدي");
        match self.cell.ending {
            Ending::Colon => true,
            Ending::Open => self.end - after <= NAME_WORDS && placed(),
            _ => false,
        }
    }

    /// Whether all that follows a heading on its line says something of the list below: how many items it
    /// has, where to see all, of what kind they are, or, after a dash or bar, the name of the outlet.
    fn has_tail(&self, hit: &Hit) -> bool {
        let (after, folded) = (hit.to as usize, self.page.folded);
        let tail = self.end.saturating_sub(after);
        if self.around.joined
            || !(1..=TAIL_WORDS).contains(&tail)
            || self.end != self.cell.last as usize
            || !self.begins(hit.from)
            || hit.glued_after
        {
            return false;
        }
        let word = |i: usize| folded.word(i);
        let says = |i: usize| is_number(folded, i) || is_tail_word(word(i));
        let tokens = folded.tokens();
        let (from, to) = (tokens[after - 1].span.end, tokens[self.end - 1].span.end);
        let text = self.page.text;
        let bracketed = || {
            let before = text.get(from as usize..tokens[after].span.start as usize).unwrap_or("");
            let behind = text.get(to as usize..self.cell.end as usize).unwrap_or("");
            (before.contains(['(', '[']) && behind.contains([')', ']']))
                || (tail <= BARE_NAME && before.contains('«') && behind.contains('»'))
        };
        let named = || {
            let outlet = matches!(
                word(after),
                "صحيفه"
                    | "جريده"
                    | "موقع"
                    | "قناه"
                    | "شبكه"
                    | "وكاله"
                    | "بوابه"
                    | "مجله"
                    | "منصه"
            );
            sign_after(self.page, after - 1) == Sign::Dash && (outlet || tail <= BARE_NAME)
        };
        (after..self.end).all(says) || bracketed() || named()
    }

    fn claimed_text(&self, hit: &Hit) -> &str {
        let tokens = self.page.folded.tokens();
        let last = (self.end - 1).min(hit.to as usize + 40);
        let span = tokens[hit.from as usize].span.start as usize..tokens[last].span.end as usize;
        self.page.text.get(span).unwrap_or("")
    }

    fn cell_text(&self) -> &str {
        let end = (self.cell.end as usize).min(self.cell.start as usize + 2000);
        let text = self.page.text;
        let end = (end..=self.cell.end as usize).find(|&e| text.is_char_boundary(e));
        text.get(self.cell.start as usize..end.unwrap_or(0)).unwrap_or("")
    }

    /// Whether a phrase that heads blocks begins a line or a sentence, and prose follows on its line:
    /// a heading whose line was joined to the next one, or words of the story.
    pub(super) fn may_head(&self, marker: &Marker, hit: &Hit) -> bool {
        let spread = |g: &Guard| matches!(g, Guard::Max(_) | Guard::Open);
        let guards = || marker.guards.iter().all(|g| spread(g) || self.guard_holds(g, hit));
        marker.class.is_heading()
            && marker.own
            && hit.to - hit.from > 1
            && !hit.glued_after
            && !hit.glued_before
            && (hit.to as usize) + if self.around.joined { 0 } else { LONG_LINE } < self.end
            && !self.resumes(hit.to as usize)
            && !marker.guards.contains(&Guard::Late)
            && (self.begins(hit.from) || (self.around.joined && self.near_sentence(hit.from)))
            && guards()
    }

    /// Whether a sentence ends right before this word, or so few words before it that they may be
    /// furniture.
    fn near_sentence(&self, word: u32) -> bool {
        word <= self.cell.first + NEAR_WORDS || self.after_sentence(word as usize)
    }

    /// Whether the marker stands where its row allows it, under the row's conditions.
    pub(super) fn accepts(&self, marker: &Marker, hit: &Hit, repeats: Option<&Repeats>) -> bool {
        let whole =
            self.end == hit.to as usize || (marker.class.is_heading() && self.has_tail(hit));
        let at_start = self.begins(hit.from) || self.counted(hit.from);
        if self.around.joined && !at_start && marker.class.is_heading() && !marker.inline {
            // What was a line of its own stands before a title of the archive.
            let (from, to) = (hit.from as usize, hit.to as usize);
            let title = |repeats: &Repeats| repeats.titles().at(self.page.folded, to, self.end);
            return to < self.end
                && (to - from > 1 || self.after_sentence(from))
                && repeats.and_then(title).is_some();
        }
        let placed = if at_start { (marker.own && whole) || marker.prefix } else { marker.inline };
        if !placed || !marker.guards.iter().all(|g| self.guard_holds(g, hit)) {
            return false;
        }
        let glued = hit.glued_after || hit.glued_before;
        if glued {
            return true;
        }
        let free = marker
            .guards
            .iter()
            .any(|g| matches!(g, Guard::Start | Guard::Colon | Guard::Soon | Guard::Has(_)));
        if (at_start && whole) || free {
            return true;
        }
        match marker.class {
            MarkerClass::Related | MarkerClass::Links | MarkerClass::AuthorMore => {
                self.names_source(hit) || self.teaser(hit, at_start, whole, repeats)
            }
            _ => true,
        }
    }

    /// Whether this word goes on with a sentence of the story.
    fn resumes(&self, word: usize) -> bool {
        matches!(
            self.page.folded.word(word),
            "ما" | "عن"
                | "في"
                | "كتاب"
                | "كتب"
                | "مقال"
                | "مقاله"
                | "من"
                | "كل"
                | "هذا"
                | "هذه"
                | "بعض"
        )
    }

    /// Whether what follows a related phrase makes it a teaser and not the story's own words.
    fn teaser(&self, hit: &Hit, at_start: bool, whole: bool, repeats: Option<&Repeats>) -> bool {
        let after = hit.to as usize;
        let sign = sign_after(self.page, after - 1);
        if sign == Sign::Colon {
            return true;
        }
        if let Some(repeats) = repeats
            && find_title(repeats, self.page.folded, after, self.end).is_some()
        {
            return true;
        }
        let sentence = at_start || self.after_sentence(hit.from as usize);
        if whole {
            return sentence;
        }
        let short = self.end - after <= 25 && self.ending() != Ending::Stop;
        let resumes = self.resumes(after);
        sentence && (sign != Sign::Nothing || !resumes) && short
    }
}

/// Looks for the title of a page from `from` on, or after the few words of a section name.
pub(super) fn find_title(
    repeats: &Repeats,
    folded: &Folded,
    from: usize,
    end: usize,
) -> Option<Found> {
    (from..end.min(from + SECTION_WORDS + 1)).find_map(|at| repeats.titles().at(folded, at, end))
}
