//! Stories and lists of other pages that only repetition tells: below a line that unlike pages have in the
//! same place, or because unlike pages have the same title with the same text below it.

use super::SegmentKind;
use super::blocks::TOLD_WORDS;
use super::cells::{Ending, Lead};
use super::cut::{Closing, MANY_PAGES, Second, Walk, span_of};
use super::looked::following_key;
use super::pieces::{Label, Piece};
use super::places::is_number;
use super::repeats::LEAST_PAGES;
use super::whose::MOST_FAMILIAR;

/// Most words of a heading, and fewest and most of the title of a story below it.
const HEADING_WORDS: usize = 6;
const TITLE_WORDS: std::ops::RangeInclusive<usize> = 4..=20;
/// Fewest words of a title that stands below no heading.
const LEAST_ALONE: usize = 5;
/// Fewest words of the first paragraph of a story: those with which decrees begin are fewer.
const PARAGRAPH_WORDS: usize = 25;
/// Fewest and most titles of a list below such a heading, the fewest words of each, and of all on average: conditions
/// and recommendations are shorter.
const LEAST_LIST: usize = 2;
const MOST_LIST: usize = 30;
const ITEM_WORDS: usize = 5;
const USUAL_WORDS: usize = 7;

/// What part of the words of a story pasted below a heading, which unlike pages have with both, the page's own
/// story has had at most: on a like subject.
const LIKE_SUBJECT: f32 = 0.3;

impl Walk<'_> {
    /// A line that unlike pages have as a heading, with another story or a list below it, or a story of which
    /// unlike pages have the same title and text.
    pub(super) fn told_by_archive(&mut self, pieces: &[Piece]) -> bool {
        let told = self.said >= TOLD_WORDS && self.prose && self.second == Second::None;
        if !told || self.digest || self.one_line || pieces[self.at].fact.pages < LEAST_PAGES {
            return false;
        }
        let headed = Self::is_heading(&pieces[self.at]);
        if headed && self.heads_story(pieces) {
            self.emit(&pieces[self.at], SegmentKind::RelatedHead);
            self.at += 1;
            self.pasted(pieces);
            return true;
        }
        if headed && let Some(titles) = self.heads_list(pieces) {
            self.emit(&pieces[self.at], SegmentKind::RelatedHead);
            self.at += 1;
            for p in &pieces[self.at..self.at + titles] {
                self.emit(p, SegmentKind::RelatedList);
            }
            self.at += titles;
            return true;
        }
        if self.is_pasted(pieces, self.at) && pieces[self.at].words() >= LEAST_ALONE {
            let (_, familiar) = self.familiarity(pieces, self.at, self.at + 1);
            if familiar < MOST_FAMILIAR[if Self::goes_along(pieces, self.at + 1) { 2 } else { 0 }] {
                self.unheaded += 1;
                self.pasted(pieces);
                return true;
            }
        }
        false
    }

    /// Writes a title and the first paragraph of its story.
    fn pasted(&mut self, pieces: &[Piece]) {
        let title = span_of(&pieces[self.at]);
        self.emit(&pieces[self.at], SegmentKind::RelatedTitle);
        self.emit_story(&pieces[self.at + 1], Some(title));
        self.at += 2;
    }

    /// Whether a line that repeats may be a heading.
    fn is_heading(p: &Piece) -> bool {
        p.label == Label::Text
            && !p.joined
            && !p.known
            && !p.goes_on
            && p.words() <= HEADING_WORDS
            && p.cell.ending != Ending::Stop
    }

    /// Whether the lines at `at` and below are a title and prose.
    fn is_titled(&self, pieces: &[Piece], at: usize) -> bool {
        let Some([p, next]) = pieces.get(at..at + 2) else {
            return false;
        };
        p.label == Label::Text
            && !p.joined
            && !next.joined
            && p.titleish()
            && TITLE_WORDS.contains(&p.words())
            && p.cell.ending != Ending::Colon
            && p.cell.lead == Lead::None
            && p.tag.pages < LEAST_PAGES
            && next.prose()
            && !self.carries_on(p)
            && !self.carries_on(next)
    }

    /// Whether unlike pages have this title and this text below it.
    fn is_pasted(&self, pieces: &[Piece], at: usize) -> bool {
        self.is_titled(pieces, at)
            && pieces[at + 1].words() >= PARAGRAPH_WORDS
            && pieces[at].fact.pages >= LEAST_PAGES
            && pieces[at].fact.leads_to(following_key(self.page, &pieces[at + 1].cell))
    }

    /// Whether a second paragraph comes along with the first one: the background that the pages of one affair
    /// share has but one.
    fn goes_along(pieces: &[Piece], at: usize) -> bool {
        pieces.get(at + 1).is_some_and(|p| p.prose() && p.fact.pages >= LEAST_PAGES)
    }

    /// Whether the line at `self.at` is the heading of the story of another page.
    fn heads_story(&self, pieces: &[Piece]) -> bool {
        let title = self.at + 1;
        if !self.is_titled(pieces, title) {
            return false;
        }
        if self.over() || self.sourced {
            return true;
        }
        let (named, familiar) = self.familiarity(pieces, title, title + 1);
        if self.is_pasted(pieces, title) {
            let story = pieces[title].words() >= LEAST_ALONE && Self::goes_along(pieces, title + 1);
            return familiar < if story { LIKE_SUBJECT } else { MOST_FAMILIAR[2] };
        }
        // An own paragraph may stand below a short line of its own.
        let (lead, _) = self.leaning(pieces, title, title + 1);
        let open = pieces[title].cell.ending == Ending::Open;
        open && named && lead >= 0 && familiar < MOST_FAMILIAR[if lead > 0 { 2 } else { 1 }]
    }

    /// How many titles of other pages stand below the line at `self.at`, if it is their heading.
    fn heads_list(&self, pieces: &[Piece]) -> Option<usize> {
        let item = |p: &Piece| {
            p.label == Label::Text
                && !p.joined
                && p.titleish()
                && !p.goes_on
                && p.words() >= ITEM_WORDS
                && p.cell.lead == Lead::None
                && !matches!(p.cell.ending, Ending::Stop | Ending::Colon)
                && p.tag.pages < LEAST_PAGES
        };
        let below = &pieces[self.at + 1..];
        // What no end is seen of is not looked at again from every line.
        let titles = below.iter().take(MOST_LIST).take_while(|p| item(p)).count();
        let ends = below
            .get(titles)
            .is_none_or(|p| p.label != Label::Text || self.accepted[self.at + 1 + titles]);
        let words: usize = below[..titles].iter().map(Piece::words).sum();
        let number = |p: &&Piece| is_number(self.page.folded, p.cell.first as usize);
        let numbers = below[..titles].iter().filter(number).count();
        let many = pieces[self.at].fact.pages >= MANY_PAGES || self.closing != Closing::None;
        let apart = || self.familiarity(pieces, self.at + 1, self.at + 1).1 < MOST_FAMILIAR[2];
        let is_list = titles >= LEAST_LIST
            && 2 * numbers <= titles
            && ends
            && words >= USUAL_WORDS * titles
            && many;
        (is_list && apart()).then_some(titles)
    }

    /// Whether the pasted story is over above the paragraph at `self.at`: other pages have something else
    /// below the paragraph before, and none has this one.
    pub(super) fn pasted_ends(&self, pieces: &[Piece]) -> bool {
        let Some(before) = self.at.checked_sub(1).map(|n| &pieces[n]) else {
            return false;
        };
        let p = &pieces[self.at];
        let last = self.out.segments.last().map(|s| (s.kind, s.span.end));
        self.second == Second::Open
            && self.closing == Closing::None
            && last == Some((SegmentKind::RelatedStory, before.cell.end))
            && before.fact.pages >= LEAST_PAGES
            && before.label == Label::Text
            && p.prose()
            && p.key != 0
            && p.fact.pages == 0
            && !before.fact.leads_to(following_key(self.page, &p.cell))
    }
}

#[cfg(test)]
mod tests {
    use super::SegmentKind::{Body, RelatedHead, RelatedList, RelatedStory, RelatedTitle, Title};
    use crate::segment::anatomy::{
        CHESS, CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY, LIBRARY_TITLE, OLIVES,
        OLIVES_MORE, OLIVES_TITLE, archive, line, segment,
    };
    use crate::segment::{MarkerTable, SegmentKind};

    /// A paragraph that no other page has.
    fn prose(seed: usize) -> String {
        let words: Vec<String> =
            (0..48).map(|i| format!("كلام{}", (seed * 977 + i * i * 13 + 7) % 4999)).collect();
        format!("{}.\n", words.join(" "))
    }

    /// Pages of unlike stories with this below, or amid them.
    fn pages(count: usize, amid: bool, block: impl Fn(usize) -> String) -> Vec<String> {
        let page = |n: usize| {
            let (more, block) = (prose(n + 100), block(n));
            let rest =
                if amid { format!("{block}{more}{}", prose(n + 200)) } else { more + &block };
            format!("عنوان القصة {n} في المدينة البعيدة\n{}{rest}", prose(n))
        };
        (0..count).map(page).collect()
    }

    /// The kinds on each page, cut without any marker.
    fn kinds(pages: &[String]) -> Vec<Vec<SegmentKind>> {
        let repeats = archive(pages);
        let cut = |text: &String| {
            let out = segment(None, text, Some(&repeats), &MarkerTable::none());
            out.segments.iter().map(|s| s.kind).collect()
        };
        pages.iter().map(cut).collect()
    }

    fn all(name: &str, pages: &[String], expected: &[SegmentKind]) {
        for (text, kinds) in pages.iter().zip(kinds(pages)) {
            assert_eq!(kinds, expected, "{name}: {text}");
        }
    }

    const STORIES: [(&str, &str); 4] = [
        (HARBOR_TITLE, HARBOR),
        (OLIVES_TITLE, OLIVES),
        (CHESS_TITLE, CHESS),
        (LIBRARY_TITLE, LIBRARY),
    ];

    #[test]
    fn the_same_story_below_a_heading_nobody_wrote_down() {
        for count in [3, 6, 20] {
            let story = |_| format!("نافذة على البحر\n{}{HARBOR}{HARBOR_MORE}", line(HARBOR_TITLE));
            let expected = [Title, Body, RelatedHead, RelatedTitle, RelatedStory];
            all("headed", &pages(count, false, story), &expected);
            let story = |_| format!("{}{OLIVES}{OLIVES_MORE}", line(OLIVES_TITLE));
            let expected = [Title, Body, RelatedTitle, RelatedStory];
            all("alone", &pages(count, false, story), &expected);
        }
    }

    #[test]
    fn one_heading_over_different_stories() {
        let story = |n: usize| {
            let (title, text) = STORIES[n % 4];
            format!("نافذة على البحر\n{}{text}", line(title))
        };
        let expected = [Title, Body, RelatedHead, RelatedTitle, RelatedStory];
        all("stories", &pages(12, false, story), &expected);
        let titles = |n: usize| {
            let [first, second] = [0, 3].map(|more| (n * 7 + more) % 41);
            format!(
                "نافذة على البحر\nحصاد القمح في القرية {first} يبدأ بعد عيد الربيع\nسوق السمك رقم {second} يفتح أبوابه أمام الزوار مساء\n"
            )
        };
        let expected = [Title, Body, RelatedHead, RelatedList, RelatedList];
        all("titles", &pages(12, false, titles), &expected);
    }

    #[test]
    fn what_the_pages_of_one_affair_share_stays() {
        let own = [Title, Body];
        all("a paragraph", &pages(9, true, |_| HARBOR.to_owned()), &own);
        // A subhead and the background below it: its words are those of the story.
        let affair = |n: usize| {
            let lead = format!(
                "{} قالت سلطة الميناء إن مدير الفرق الفنية زار الرصيف قبل الصيف مع ثلاث شركات نقل عالمية وإن سفينة شحن تنتظر تجارب الرافعات وأنظمة التحكم في الشهر {n}.\n",
                prose(n).trim_end()
            );
            format!(
                "قرار جديد رقم {n} بشأن الرصيف\n{lead}{}كيف بدأ العمل في الرصيف\n{HARBOR}{}",
                prose(n + 40),
                prose(n + 80)
            )
        };
        all("background", &(0..9).map(affair).collect::<Vec<_>>(), &own);
        // The words with which decrees begin.
        let decree = |n: usize| {
            format!(
                "نحن حاكم السهل الغربي\nصاحب البيت القديم والحقل\nبناء على المادة السادسة من نظام الحقول الصادر في السنة الثالثة.\n{}",
                prose(n + 300)
            )
        };
        all("decrees", &pages(7, false, decree), &own);
        // A column that ends alike every week.
        let column = |n: usize| {
            format!("حسنا ماذا بقي؟\nبقي أن نقول ما أجمل اليوم رقم {n}..!!\n{}", prose(n + 300))
        };
        all("columns", &pages(9, false, column), &own);
        let figures = |n: usize| {
            format!(
                "أرقام من التقرير\n{}% من سكان القرى يزرعون القمح في الشتاء\n{}% منهم يبيعونه في سوق المدينة القديم\n",
                n + 10,
                n + 31
            )
        };
        all("figures", &pages(12, false, figures), &own);
    }

    #[test]
    fn the_own_story_goes_on_below_the_pasted_one() {
        let pages: Vec<String> = (0..8)
            .map(|n| {
                let own = ["السد", "الجسر", "النفق", "المسرح", "الملعب", "المطار", "المتحف", "المصنع"][n];
                let about = |m: usize| format!("يقول مهندسو {own} {n} إن خرسانة {own} جفت وإن أسلاك الإنارة {m} وصلت، {}", prose(10 * n + m));
                format!(
                    "افتتاح {own} رقم {n} بعد تأخير طويل\n{}{}نافذة على البحر\n{}{OLIVES}{OLIVES_MORE}{}{}",
                    about(1),
                    about(2),
                    line(OLIVES_TITLE),
                    about(3),
                    about(4)
                )
            })
            .collect();
        all("amid", &pages, &[Title, Body, RelatedHead, RelatedTitle, RelatedStory, Body]);
    }
}
