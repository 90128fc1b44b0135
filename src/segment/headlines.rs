//! What stands above a page's own title: lines of several headlines, rows of sections, notices.
//!
//! A list is no story. Whatever stands above the title, the page's own story begins there.

use super::cells::{Cell, Ending, bullet, is_space};
use super::cut::Walk;
use super::pieces::{Label, Piece};
use super::prepare::{TITLE_LINES, begins_with_title};
use super::whose::{TOPIC_WORDS, topic, whole};
use super::{PageText, SegmentKind};

/// Most words of a line that is looked at.
const LONGEST: usize = 300;
/// Fewest and most words of a headline in a line of several.
const HEADLINE: std::ops::RangeInclusive<usize> = 4..=25;
/// Fewest headlines in such a line; after a word like `urgent` one fewer.
const LEAST_HEADLINES: usize = 3;
/// Most words of the name of a section, and fewest such names in a row.
const SECTION: usize = 3;
const LEAST_SECTIONS: usize = 4;
/// Most bytes of a word that a full stop shortens.
const INITIALS: usize = 4;
/// Most words of a heading above such a line, and of one without a colon.
const HEADING: usize = 6;
const BARE_HEADING: usize = 3;
/// Fewest words of a title below it.
const LEAST_TITLE: usize = 3;
/// Most paragraphs without a title above a page's own title.
const NOTICES: usize = 2;

/// A line of parts between signs: of what they are, and whether such signs stand in sentences and titles too.
#[derive(Clone, Copy)]
struct Row {
    kind: SegmentKind,
    weak: bool,
}

/// Whether a line is several headlines between signs, or the names of several sections.
pub(super) fn is_row(page: &PageText<'_>, cell: &Cell) -> bool {
    row(page, cell).is_some()
}

fn row(page: &PageText<'_>, cell: &Cell) -> Option<Row> {
    if !(LEAST_SECTIONS..=LONGEST).contains(&cell.words()) || cell.ending == Ending::Stop {
        return None;
    }
    let tokens = page.folded.tokens();
    let (first, last) = (cell.content() as usize, cell.last as usize);
    let gap = |word: usize| {
        let (a, b) = (tokens[word - 1].span.end as usize, tokens[word].span.start as usize);
        page.text.get(a..b).unwrap_or("")
    };
    let mut signs: Vec<(char, usize)> = Vec::new();
    let mut sentences = 0;
    for word in first + 1..last {
        let gap = gap(word);
        if gap == " " {
            continue;
        }
        if let Some(sign) = separator(gap) {
            signs.push((sign, word));
        } else if gap.starts_with('.')
            && !gap.starts_with("..")
            && tokens[word - 1].span.len() > INITIALS
        {
            sentences += 1;
        }
    }
    let count = |sign: char| signs.iter().filter(|s| s.0 == sign).count();
    // No more than a line has words, of which there are few.
    let sign = signs.iter().map(|s| s.0).max_by_key(|&sign| (count(sign), sign))?;
    let borders = signs.iter().filter(|s| s.0 == sign).map(|s| s.1);
    let ends: Vec<usize> = borders.chain([last]).collect();
    let mut from = first;
    let parts: Vec<usize> =
        ends.iter().map(|&end| end - std::mem::replace(&mut from, end)).collect();
    if parts.len() >= LEAST_SECTIONS && parts.iter().all(|&words| words <= SECTION) {
        return Some(Row { kind: SegmentKind::Other, weak: true });
    }
    let weak = !stands_alone(sign);
    let headlines = parts.iter().filter(|&words| HEADLINE.contains(words)).count();
    let labels = parts.iter().filter(|&words| words < HEADLINE.start()).count();
    let label = !matches!(sign, '-' | '.') && parts[0] < HEADLINE.start() - 1;
    let least = LEAST_HEADLINES - usize::from(label);
    let fits =
        headlines + labels == parts.len() && headlines >= least && labels <= 1.max(parts.len() / 3);
    (fits && sentences == 0).then_some(Row { kind: SegmentKind::RelatedList, weak })
}

/// The sign between two words that sets parts of a line apart: a bar or a bullet, or any other sign
/// between spaces, once or several times; quotes and brackets may stand beside it.
fn separator(gap: &str) -> Option<char> {
    let sign = |c: char| match c {
        '/' | '\\' | '«' | '<' | '‹' | '¦' => Some(c),
        '.' | '…' => Some('.'),
        _ => bullet(c),
    };
    let one = |part: &str| {
        let found = sign(part.chars().next()?)?;
        part.chars().all(|c| sign(c) == Some(found)).then_some(found)
    };
    let mut spaced = gap.split(is_space).skip(1).peekable();
    while let Some(part) = spaced.next() {
        if spaced.peek().is_some()
            && let Some(found) = one(part)
        {
            return Some(found);
        }
    }
    one(gap.trim_matches(is_space)).filter(|&found| stands_alone(found))
}

/// Whether a sign that stands in no sentence, with spaces around it or without.
fn stands_alone(sign: char) -> bool {
    matches!(sign, '|' | '•' | '■' | '●' | '▪' | '◄' | '►')
}

/// Whether a line of several headlines stands among the first of a page.
pub(super) fn begins_with_row(page: &PageText<'_>, cells: &[Cell]) -> bool {
    let top = cells.iter().take(TITLE_LINES).find(|cell| !is_heading(cell));
    top.is_some_and(|cell| is_row(page, cell))
}

/// Whether a line may be a heading over such a line.
fn is_heading(cell: &Cell) -> bool {
    cell.words() <= BARE_HEADING || (cell.words() <= HEADING && cell.ending == Ending::Colon)
}

impl Walk<'_> {
    /// Labels lines of several headlines above the page's own title, and their headings.
    pub(super) fn headlines(&self, pieces: &mut [Piece]) {
        if self.one_line {
            return;
        }
        let own = |p: &Piece| {
            p.key != 0 && p.key == self.title_key || begins_with_title(self.page, &p.cell)
        };
        let mut found = Vec::new();
        let (mut next, mut notices) = (None, 0);
        for (at, p) in pieces.iter().enumerate().take(TITLE_LINES) {
            match p.label {
                Label::Text if own(p) => {
                    next = Some(at);
                    break;
                }
                Label::Text => {}
                Label::Line(SegmentKind::Byline | SegmentKind::Source | SegmentKind::Keywords) => {
                    break;
                }
                _ => continue,
            }
            if let Some(row) = row(self.page, &p.cell) {
                found.push((at, row));
            } else if !is_heading(&p.cell) {
                notices += usize::from(!p.titleish());
                if p.titleish() || notices > NOTICES {
                    next = Some(at);
                    break;
                }
            }
        }
        // A title in several parts stands right above the story, or is the page's own.
        let titled = next.is_some_and(|at| {
            let p = &pieces[at];
            own(p)
                || (p.titleish()
                    && p.words() >= LEAST_TITLE
                    && pieces[at + 1..].iter().any(|p| p.label == Label::Text))
        });
        let field = !self.page.title.is_empty();
        for (at, row) in found {
            if (!titled || notices > 0) && row.weak || !(titled || field) {
                continue;
            }
            pieces[at].label = Label::Line(row.kind);
            if let Some(head) = at.checked_sub(1).map(|n| &mut pieces[n])
                && head.label == Label::Text
                && is_heading(&head.cell)
            {
                head.label = Label::Line(SegmentKind::Other);
            }
        }
    }

    /// The page's own title below paragraphs that have none, or below another page's story under a heading:
    /// the first line that another page has as the title of a story that opens so.
    ///
    /// A page's own story has a title, and no other one comes before it has begun.
    pub(super) fn title_below(&self, pieces: &[Piece]) -> Option<usize> {
        let repeats = self.segmenter.repeats.filter(|_| !self.one_line)?;
        let leads = |at: usize| {
            let opens = || self.opening(&pieces[at + 1..]);
            pieces[at].known && repeats.titles().leads_to(pieces[at].key, opens())
        };
        let (mut notices, mut headed, mut pasted) = (0, false, false);
        for (at, p) in pieces.iter().enumerate().take(TITLE_LINES) {
            match p.label {
                Label::Head(_) => {
                    headed = true;
                    continue;
                }
                Label::Text => {}
                Label::Line(SegmentKind::Byline | SegmentKind::Source | SegmentKind::Keywords) => {
                    return None;
                }
                _ => continue,
            }
            if !p.titleish() {
                notices += usize::from(!headed);
                if notices > NOTICES {
                    return None;
                }
                continue;
            }
            if p.words() < LEAST_TITLE {
                continue;
            }
            if headed && !pasted {
                pasted = leads(at);
                if !pasted {
                    return None;
                }
            } else if (notices > 0 || pasted) && leads(at) {
                return self.is_own(pieces, at, pasted).then_some(at);
            } else if pieces.get(at + 1).is_some_and(|q| q.label == Label::Text && !q.titleish()) {
                // Below a title of its own the story has begun.
                return None;
            }
        }
        None
    }

    /// Whether the text below a title is the page's own rather than that above it: it is longer, and speaks
    /// of the page's title if that stands in a field.
    fn is_own(&self, pieces: &[Piece], title: usize, pasted: bool) -> bool {
        let (folded, cell) = (self.page.folded, &pieces[title].cell);
        let (above, below) = (0..cell.first as usize, cell.last as usize..folded.len());
        let told = pieces[..title].iter().filter(|p| p.label == Label::Text).map(Piece::words);
        let longer = told.sum::<usize>() * if pasted { 2 } else { 1 } < below.len();
        let common = |text: std::ops::Range<usize>| {
            let text = topic(folded, text.take(TOPIC_WORDS), whole);
            self.title_words.iter().filter(|word| text.binary_search(word).is_ok()).count()
        };
        longer && (self.title_words.is_empty() || common(below) > common(above))
    }
}

#[cfg(test)]
mod tests {
    use super::super::anatomy::{
        CHESS, CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY, LIBRARY_TITLE, OLIVES,
        OLIVES_MORE, OLIVES_TITLE, archive, check, check_with, line, named_pages,
    };
    use super::super::{
        MarkerTable,
        SegmentKind::{
            Body, Date, Other, RelatedHead, RelatedList, RelatedStory, RelatedTitle, Title,
        },
    };

    const NEWS: [&str; 4] =
        [OLIVES_TITLE, CHESS_TITLE, LIBRARY_TITLE, "سوق السمك ينتقل إلى مبناه الجديد"];

    #[test]
    fn several_headlines_on_one_line_are_neither_title_nor_story() {
        for sign in [" | ", "|", " • ", " /// ", " *** ", " » ", " - ", " ● ", " ... ", " | « "]
        {
            let row = line(&NEWS.join(sign));
            for head in ["", "نبض المدينة\n", "أخبار تهم القراء:\n"] {
                let mut parts = vec![(Other, head)];
                parts.retain(|part| !part.1.is_empty());
                parts.push((RelatedList, &row));
                let title = line(HARBOR_TITLE);
                parts.extend([(Title, &*title), (Body, HARBOR), (Body, HARBOR_MORE)]);
                check(sign, &parts);
                // The same in an archive with the same story, and where the title is in a field.
                let repeats = archive(&named_pages());
                for field in [None, Some(HARBOR_TITLE)] {
                    let table = MarkerTable::default();
                    check_with(sign, field, Some(&repeats), &table, &parts);
                }
            }
        }
        check(
            "urgent",
            &[
                (RelatedList, &format!("عاجل | {OLIVES_TITLE} | {CHESS_TITLE}\n")),
                (Title, &line(HARBOR_TITLE)),
                (Date, "نشر في 2024/03/17 الساعة 21:51\n"),
                (Body, HARBOR),
            ],
        );
        check(
            "sections",
            &[
                (Other, "سياسة | اقتصاد | أخبار الرياضة | ثقافة | صور\n"),
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
            ],
        );
        check(
            "below a heading",
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (RelatedHead, "اقرأ أيضا\n"),
                (RelatedList, &line(&NEWS.join(" • "))),
                (Body, HARBOR_MORE),
            ],
        );
    }

    #[test]
    fn titles_and_prose_with_signs_in_them_stay() {
        for title in [
            "الرصيف الجديد | السفن تصل في موعدها",
            "المرفأ - الرصيف الجديد يستقبل أول سفينة - صور",
            "الرصيف يفتح أبوابه - والسفن تصل في موعدها - والعمال يحتفلون",
        ] {
            check(title, &[(Title, &line(title)), (Body, HARBOR), (Body, HARBOR_MORE)]);
        }
        for prose in [
            "· السفينة الأولى تصل في موعدها. · العمال يتسلمون أجورهم كاملة هذا الشهر. · الرافعات تعمل ليلا ونهارا.\n",
            "لعب فريق « المرفأ « مباراته الأولى في المدينة « القديمة « أمام فريق الجبل وسجل هدفين .\n",
            "وصلت السفينة في الساعة التاسعة من يوم الجمعة الموافق 3 / 5 / 2024 م وعلى متنها مئة حاوية .\n",
            "قال المدير - وهو بحار قديم - إن الرصيف الجديد - كما يراه الناس - حلم قد تحقق لأهل المدينة كلهم\n",
        ] {
            check_with(
                prose,
                Some(HARBOR_TITLE),
                None,
                &MarkerTable::default(),
                &[(Body, prose), (Body, HARBOR), (Body, HARBOR_MORE)],
            );
        }
    }

    #[test]
    fn a_page_has_a_story_of_its_own_before_another_comes() {
        let repeats = archive(&named_pages());
        let own = line(HARBOR_TITLE);
        let notice = "يسعدنا أن تقضوا وقتا طيبا بين صفحاتنا التي نحدثها كل ساعة بأخبار المدينة والميناء والسوق، ونذكركم بأن المواد هنا محمية ولا يجوز نقلها دون إذن مكتوب من إدارة الصحيفة.\n";
        for above in [
            notice,
            "ملخص سريع\nسفينة تصل، ومئات العمال يستعدون، ومدير الميناء يشرح للصحفيين كيف جرت التجارب في عام كامل من العمل الشاق.\n",
        ] {
            check_with(
                above,
                None,
                Some(&repeats),
                &MarkerTable::default(),
                &[(Body, above), (Title, &own), (Body, HARBOR), (Body, HARBOR_MORE)],
            );
        }
        // A story with a title and a paragraph has begun.
        check_with(
            "another story",
            None,
            Some(&repeats),
            &MarkerTable::default(),
            &[
                (Title, "قطار الساحل يعود إلى العمل\n"),
                (Body, notice),
                (RelatedTitle, &own),
                (RelatedStory, HARBOR),
                (RelatedStory, HARBOR_MORE),
            ],
        );
        // Nor does one end that was told at length.
        check_with(
            "without a title",
            None,
            Some(&repeats),
            &MarkerTable::default(),
            &[
                (Body, OLIVES_MORE),
                (Body, OLIVES_MORE.replace("الجمعية", "الغرفة").as_str()),
                (Body, LIBRARY.replace("البلدية", "المحافظة").as_str()),
                (RelatedTitle, &line(CHESS_TITLE)),
                (RelatedStory, CHESS),
            ],
        );
    }

    #[test]
    fn a_block_above_the_title_ends_there() {
        let repeats = archive(&named_pages());
        check_with(
            "a pasted story",
            Some(HARBOR_TITLE),
            Some(&repeats),
            &MarkerTable::default(),
            &[
                (RelatedHead, "اقرأ أيضا\n"),
                (RelatedTitle, &line(OLIVES_TITLE)),
                (RelatedStory, OLIVES),
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
            ],
        );
    }
}
