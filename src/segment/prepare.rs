//! Before the walk: the title, the strip of headlines, bare date lines, and the lines that are
//! furniture because they repeat.

use super::cells::{Cell, Ending, Lead};
use super::credits::is_credit_line;
use super::cut::{MANY_PAGES, Walk};
use super::date_lines::{date_words, is_date_line, near_ends};
use super::headlines::begins_with_row;
use super::looked::{Looked, following_key, is_new};
use super::mixed::own_lines;
use super::pieces::{Label, Piece, TITLE_WORDS};
use super::places::{Sign, is_joined, pasted_titles, sign_after};
use super::repeats::{LEAST_PAGES, Repeats};
use super::rows::Ends;
use super::signs::{links_to_itself, signed_line};
use super::tables::own_tables;
use super::{PageText, SegmentKind, key};

/// Fewest short cells on the first line that make it a strip of headlines (E8).
const MIN_STRIP: usize = 6;
/// Lines from the top among which the title may stand again without the name of the site.
pub(super) const TITLE_LINES: usize = 10;
/// Fewest lines above a title that is not the first line of its page.
const LEAST_ABOVE: usize = 2;
/// Most words of a heading that only the titles after it tell.
const HEADING_LINE: usize = 6;
/// Fewest words of a title by which a page that has lost its lines is seen to begin with it.
pub(super) const LEAST_OWN: usize = 3;
/// How many lines from the top, and how many below each, are looked at for a teaser of the page's own
/// story, and its fewest words.
const TEASER_LINES: usize = 6;
const TEASER_WORDS: usize = 8;
/// Fewest headlines with their hours above a story that are a feed.
const LEAST_FEED: usize = 3;
/// Words of an hour before a headline, and one of it.
const TIMED_WORDS: usize = 4;
/// Fewest spaces between the cells of such a strip.
const STRIP_SPACES: u32 = 3;

impl Walk<'_> {
    /// Finds the title, the headline strip, and the repeating lines that are furniture.
    pub(super) fn prepare(&mut self, pieces: &mut [Piece]) {
        self.strip(pieces);
        self.feed(pieces);
        self.headlines(pieces);
        self.find_dates(pieces);
        self.find_title(pieces);
        self.find_teaser(pieces);
        for p in pieces.iter_mut().filter(|p| p.label == Label::Text) {
            if let Some(kind) = signed_line(self.page, &p.cell) {
                p.label = Label::Line(kind);
            }
        }
        if let [.., before, p] = &mut *pieces
            && p.label == Label::Text
            && links_to_itself(self.page, &before.cell, &p.cell)
        {
            p.label = Label::Line(SegmentKind::Promo);
        }
        self.find_dated(pieces);
        self.find_head(pieces);
        self.last_main = pieces
            .iter()
            .rposition(|p| {
                let line = (self.joined || !p.joined) && !matches!(p.cell.lead, Lead::Bullet(_));
                line && matches!(p.label, Label::Line(SegmentKind::Source | SegmentKind::Keywords))
            })
            .map_or(0, |n| n + 1);
        demote_headings(pieces);
        if self.segmenter.repeats.is_some() {
            fill_lists(pieces);
        }
        self.accept_repeats(pieces);
    }

    /// E8: a first line of many short cells is not the story's.
    pub(super) fn strip(&mut self, pieces: &mut [Piece]) {
        let short = |p: &Piece| {
            // Headlines that many pages carry look like headings and teasers, but not where they stand
            // in a row before everything else.
            let headline = matches!(
                p.label,
                Label::Text | Label::Linked | Label::Head(_) | Label::Line(SegmentKind::Other)
            );
            headline && p.words() <= TITLE_WORDS && p.cell.ending != Ending::Stop
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

    /// Labels the latest headlines above the page's own story, each with the hour or how long ago it was.
    pub(super) fn feed(&mut self, pieces: &mut [Piece]) {
        if self.one_line {
            return;
        }
        let titled = |p: &Piece| p.label == Label::Text && !p.joined && p.titleish() && !p.prose();
        let timed = |p: &Piece| {
            titled(p) && p.words() > TIMED_WORDS && begins_with_hour(self.page, &p.cell)
        };
        let top = pieces.iter().take_while(|p| !matches!(p.label, Label::Text)).count();
        // A word may stand above the hours.
        let word = |p: &Piece| titled(p) && p.words() <= HEADING_LINE && !timed(p);
        let above = usize::from(matches!(&pieces[top..], [p, next, ..] if word(p) && timed(next)));
        let (head, top) = (top, top + above);
        let run = pieces[top..].iter().take_while(|p| timed(p)).count();
        if run >= LEAST_FEED && top + run < pieces.len() {
            for p in &mut pieces[head..top] {
                p.label = Label::Line(SegmentKind::Other);
            }
            for p in &mut pieces[top..top + run] {
                p.label = Label::Line(SegmentKind::RelatedList);
            }
            return;
        }
        let ago = |p: &Piece| {
            p.label == Label::Line(SegmentKind::Date)
                && matches!(self.page.folded.word(p.cell.content() as usize), "منذ" | "قبل")
        };
        let pairs =
            pieces[top..].chunks_exact(2).take_while(|pair| titled(&pair[0]) && ago(&pair[1]));
        let mut run = pairs.count();
        // The last of them may be the page's own.
        if run > 0
            && pieces.get(top + 2 * run).is_none_or(|p| p.label == Label::Text && !p.titleish())
        {
            run -= 1;
        }
        if run >= LEAST_FEED - 1 {
            for pair in pieces[top..top + 2 * run].chunks_exact_mut(2) {
                pair[0].label = Label::Line(SegmentKind::RelatedList);
            }
        }
    }

    /// Labels the lines that print the page's own title.
    pub(super) fn find_title(&mut self, pieces: &mut [Piece]) {
        let hashes = self.page.folded.hashes();
        if self.page.title.is_empty() {
            let led = self.title_below(pieces).or_else(|| self.led_title(pieces));
            let Some(first) = led.or_else(|| first_title(pieces)) else {
                return;
            };
            let p = &pieces[first];
            // Where lines were joined, only the date after a title tells where it ends.
            let date = |n: &Piece| n.label == Label::Line(SegmentKind::Date);
            if self.joined && !pieces.get(first + 1).is_some_and(date) {
                return;
            }
            // Prose follows a title; furniture may stand between them.
            let followed = pieces[first + 1..].iter().any(|n| n.label == Label::Text && !n.joined);
            let fits = p.words() <= TITLE_WORDS
                && !matches!(p.cell.ending, Ending::Colon)
                && (p.cell.ending != Ending::Stop || p.words() <= 14);
            if !followed || !fits {
                return;
            }
            self.title_key = p.key;
            self.title_words = &hashes[p.cell.first as usize..p.cell.last as usize];
            self.title_cell = Some(p.cell);
            pieces[first].label = Label::Line(SegmentKind::Title);
        } else if let Some(p) = pieces.iter_mut().find(|p| p.label == Label::Text)
            && begins_with_title(self.page, &p.cell)
        {
            p.label = Label::Line(SegmentKind::Title);
        } else if pieces.iter().all(|p| p.key != self.title_key)
            && let Some(own) = self.title_below(pieces)
        {
            pieces[own].label = Label::Line(SegmentKind::Title);
        }
        // The title may stand once with the name of the site after it, and once without.
        if let Some(own) = self.title_cell {
            for p in pieces.iter_mut().take(TITLE_LINES).filter(|p| p.label == Label::Text) {
                if is_shorter_title(self.page, &own, &p.cell) {
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
    }

    /// The line above the first paragraph, if several stand above it and another page has it as the title of
    /// a story that opens so: then headlines or the name of the site come first.
    fn led_title(&self, pieces: &[Piece]) -> Option<usize> {
        let repeats = self.segmenter.repeats.filter(|_| !self.one_line)?;
        let text = |p: &Piece| p.label == Label::Text;
        let mut top = pieces.iter().take(TITLE_LINES + 1);
        let prose = top.position(|p| text(p) && !p.titleish())?;
        let at = pieces[..prose].iter().rposition(text)?;
        // Below a day or an author the story has begun.
        let begun = |p: &Piece| {
            use SegmentKind::{Byline, Date, Keywords, Source};
            matches!(p.label, Label::Line(Byline | Date | Keywords | Source))
        };
        if pieces[..at].iter().any(begun) {
            return None;
        }
        let above = pieces[..at].iter().filter(|p| text(p)).count();
        let (p, opens) = (&pieces[at], self.opening(&pieces[at + 1..]));
        let leads = p.known && p.words() >= 3 && repeats.titles().leads_to(p.key, opens);
        (leads && above >= LEAST_ABOVE).then_some(at)
    }

    /// Labels the first paragraph of a page that prints it again right below, or at more length: it is a
    /// teaser under the title, or stands under a picture.
    fn find_teaser(&self, pieces: &mut [Piece]) {
        if self.one_line {
            return;
        }
        let long = |p: &Piece| p.label == Label::Text && p.words() >= TEASER_WORDS;
        let top = pieces.iter().take(TEASER_LINES).position(long);
        let Some(at) = top else {
            return;
        };
        let (above, below) = pieces.split_at_mut(at + 1);
        let mut below = below.iter().take(TEASER_LINES).filter(|q| q.label == Label::Text);
        if below.any(|q| begins_with_line(self.page, &q.cell, &above[at].cell)) {
            above[at].label = Label::Line(SegmentKind::Other);
        }
    }

    /// Decides which repeating lines are furniture: those that hang together with an end of the
    /// page or with furniture that is known, and those that repeat much and are not prose.
    pub(super) fn accept_repeats(&mut self, pieces: &[Piece]) {
        self.accepted = vec![false; pieces.len()];
        let page = self.page;
        let short = |p: &Piece| p.words() <= 12 && p.cell.ending != Ending::Stop;
        // A short story that many pages have repeats as a whole: prices, hours. Only what is on more pages
        // than its paragraphs is not its own.
        let told = pieces.iter().filter(|p| p.prose()).map(|p| p.fact.pages).min().unwrap_or(0);
        let told = if told < LEAST_PAGES { 0 } else { told };
        let title = pieces.iter().position(|p| p.label == Label::Line(SegmentKind::Title));
        let repeating = pieces.iter().any(|p| p.label == Label::Text && p.fact.pages > told);
        let mut own = if repeating { own_tables(page, pieces) } else { Vec::new() };
        let tagged = pieces.iter().any(|p| p.label == Label::Text && p.tag.pages >= MANY_PAGES);
        if (repeating || tagged) && !self.one_line {
            own.resize(pieces.len(), false);
            own.iter_mut().zip(own_lines(page, pieces)).for_each(|(own, line)| *own |= line);
        }
        let is_own = |i: usize| own.get(i).is_some_and(|&line| line);
        let repeats = |i: usize, from_end: bool| {
            let p = &pieces[i];
            if p.fact.pages <= told || is_own(i) {
                return false;
            }
            if p.label != Label::Text || short(p) {
                // A credit line stays with the prose it stands before.
                let credit = || {
                    pieces.get(i + 1).is_some_and(Piece::prose)
                        && is_credit_line(page, p.cell.first, p.cell.last)
                };
                return p.label == Label::Text && p.fact.pages >= LEAST_PAGES && !credit();
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
            let apart = among
                || (open && p.cell.ending != Ending::Stop)
                || title.is_some_and(|title| i < title);
            (from_end || title.is_some_and(|title| i < title))
                && p.words() <= 40
                && p.fact.pages >= MANY_PAGES
                && !p.fact.amid
                && apart
        };
        // The heading of a paragraph that comes along on other pages belongs to it.
        let leads = |i: usize| {
            pieces.get(i + 1).is_some_and(|next| {
                next.prose() && pieces[i].fact.leads_to(following_key(page, &next.cell))
            })
        };
        for (i, (accepted, p)) in self.accepted.iter_mut().zip(pieces).enumerate() {
            *accepted = p.label == Label::Text
                && !is_own(i)
                && p.fact.pages > told
                && short(p)
                && p.fact.pages >= MANY_PAGES
                && p.words() >= 4
                && p.cell.ending != Ending::Colon
                && !leads(i)
                && !is_credit_line(page, p.cell.first, p.cell.last);
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
            if chained && (repeats(i, false) || (i > 0 && !is_own(i) && tagged(p))) {
                self.accepted[i] = true;
            }
            chained = fixed(&self.accepted, i);
        }
        chained = true;
        for i in (0..pieces.len()).rev() {
            let labeled = || i + 1 < pieces.len() && !is_own(i) && tagged(&pieces[i]);
            if chained && (repeats(i, true) || labeled()) {
                self.accepted[i] = true;
            }
            chained = fixed(&self.accepted, i);
        }
    }
}

/// Whether all that the walk would find is the story: no line is a date, the title, one of a strip of
/// headlines, or known from other pages. Most pages of a feed are such. No marker may stand in it.
pub(super) fn is_all_body(
    repeats: Option<&Repeats>,
    page: &PageText<'_>,
    cells: &[Cell],
    looked: &[Looked],
) -> bool {
    let strip = || cells.iter().skip(1).take_while(|c| c.spaces >= STRIP_SPACES).count() + 1;
    if page.title.is_empty()
        || cells.is_empty()
        || strip() >= MIN_STRIP
        || begins_with_title(page, &cells[0])
        || begins_with_row(page, cells)
        || near_ends(cells.len()).any(|n| is_date_line(page.folded, &cells[n]))
        || cells.iter().any(|cell| signed_line(page, cell).is_some())
        || matches!(cells, [.., before, last] if links_to_itself(page, before, last))
        || (is_joined(cells) && opens_with_title(page))
        || has_teaser(page, cells)
    {
        return false;
    }
    let own_title = key(page.title);
    let untitled = looked.iter().all(|line| line.key != own_title);
    untitled
        && repeats.is_none_or(|repeats| {
            let pasted = || pasted_titles(repeats, page).next().is_some();
            looked.iter().zip(cells).all(|(line, cell)| is_new(repeats, page, cell, line))
                && !(is_joined(cells) && pasted())
        })
}

/// Whether the first paragraph of a page stands again right below.
fn has_teaser(page: &PageText<'_>, cells: &[Cell]) -> bool {
    let long = |cell: &Cell| cell.words() >= TEASER_WORDS;
    let top = cells.iter().take(TEASER_LINES).position(long);
    top.is_some_and(|at| {
        let mut below = cells[at + 1..].iter().take(TEASER_LINES);
        below.any(|cell| begins_with_line(page, cell, &cells[at]))
    })
}

/// Whether a line begins with all words of another one that is long enough to be a teaser.
fn begins_with_line(page: &PageText<'_>, cell: &Cell, line: &Cell) -> bool {
    let words = |cell: &Cell| &page.folded.hashes()[cell.content() as usize..cell.last as usize];
    let teaser = words(line);
    teaser.len() >= TEASER_WORDS && words(cell).starts_with(teaser)
}

/// Whether a line is the title field, which the name of the site may follow.
pub(super) fn begins_with_title(page: &PageText<'_>, cell: &Cell) -> bool {
    let own = &page.folded.hashes()[cell.first as usize..cell.last as usize];
    let words = page.title.len();
    words >= 3 && own.starts_with(page.title) && own.len() <= words + 5
}

/// Whether a page that has lost its lines begins with its title, or with a date and its title.
fn opens_with_title(page: &PageText<'_>) -> bool {
    let hashes = page.folded.hashes();
    let dated = || date_words(page.folded, 0..hashes.len()).unwrap_or(0);
    page.title.len() >= LEAST_OWN
        && (hashes.starts_with(page.title) || hashes[dated()..].starts_with(page.title))
}

/// Whether a line begins with an hour: two numbers with a colon between them.
fn begins_with_hour(page: &PageText<'_>, cell: &Cell) -> bool {
    let first = cell.first as usize;
    let [hour, minute] = [first, first + 1].map(|at| page.folded.word(at));
    let number = |word: &str| word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    let tokens = page.folded.tokens();
    let between = tokens[first].span.end as usize..tokens[first + 1].span.start as usize;
    number(hour) && number(minute) && page.text.get(between).is_some_and(|gap| gap.trim() == ":")
}

/// Whether a line is the title without the name of the site that stands after a dash there.
fn is_shorter_title(page: &PageText<'_>, title: &Cell, cell: &Cell) -> bool {
    let words = |cell: &Cell| &page.folded.hashes()[cell.first as usize..cell.last as usize];
    let (title_words, line) = (words(title), words(cell));
    line.len() >= 3
        && (line.len() + 1..=line.len() + 5).contains(&title_words.len())
        && title_words.starts_with(line)
        && sign_after(page, title.first as usize + line.len() - 1) == Sign::Dash
}

/// Takes the label of a heading away from lines that prose follows: what repeats before prose is
/// the title of a story that many pages have.
fn demote_headings(pieces: &mut [Piece]) {
    for i in 0..pieces.len().saturating_sub(1) {
        let (p, next) = (&pieces[i], &pieces[i + 1]);
        let learned = matches!(p.label, Label::Head(_)) && p.fact.heads;
        if learned && !next.joined && next.label == Label::Text && !next.titleish() {
            pieces[i].label = Label::Text;
        }
    }
}

/// Makes lines known that stand among the titles of other pages, in a run of such lines that no prose
/// follows, and labels a short line before it as its heading.
fn fill_lists(pieces: &mut [Piece]) {
    let item = |p: &Piece| !p.joined && p.label == Label::Text && p.titleish() && p.words() >= 2;
    let mut at = 0;
    while at < pieces.len() {
        let run = pieces[at..].iter().take_while(|p| item(p)).count();
        let (from, to) = (at, at + run);
        at = to + 1;
        let known = |p: &Piece| p.known && p.words() >= 3;
        let titles = pieces[from..to].iter().filter(|p| known(p)).count();
        let prose = pieces.get(to).is_some_and(|p| p.label == Label::Text);
        if from == 0 || prose || titles < 2 || 3 * titles < run {
            continue;
        }
        let first = pieces[from..to].iter().position(known).map_or(to, |n| from + n);
        let headed = matches!(pieces[from - 1].label, Label::Head(_));
        if let Some(head) = first.checked_sub(1).filter(|&n| n >= from && !headed)
            && pieces[head].words() <= HEADING_LINE
            && !pieces[head].known
            && (pieces[head].cell.lead == Lead::None
                || pieces[head].cell.lead != pieces[first].cell.lead)
        {
            pieces[head].label = Label::Head(Ends::ALL);
            pieces[head].learned = true;
        }
        for p in &mut pieces[first..to] {
            p.known = true;
        }
    }
}

/// The first line that can be a title. A line that repeats is passed over if another one that can
/// be a title follows: it is the site's name or its navigation.
fn first_title(pieces: &[Piece]) -> Option<usize> {
    let text =
        |from: usize| pieces[from..].iter().position(|p| p.label == Label::Text).map(|n| n + from);
    let first = text(0)?;
    let mut at = first;
    while pieces[at].fact.pages >= LEAST_PAGES && !pieces[at].known {
        match text(at + 1) {
            Some(next) if pieces[next].titleish() => at = next,
            _ => return Some(first),
        }
    }
    Some(if at == first || pieces[at].words() >= 3 { at } else { first })
}
