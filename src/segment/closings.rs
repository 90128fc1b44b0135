//! Lines that look as if the page's own story were over, or had not begun, and it goes on: tests with
//! invented sentences.

use super::SegmentKind::{
    Body, Keywords, Other, Promo, RelatedHead, RelatedList, RelatedStory, RelatedTitle, Source,
    Title,
};
use super::anatomy::{
    CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY_TITLE, OLIVES, OLIVES_MORE,
    OLIVES_TITLE, archive, check, check_with, line, named_pages,
};
use super::*;

const HARBOR_LEAD: &str = "سيستقبل الرصيف الجديد أول سفينة نهاية الشهر المقبل كما تقول السلطة.\n";
const HARBOR_END: &str = "تبلغ مساحة ساحات الرصيف أربعين هكتارا، وفيها مستودعات مبردة ومحطة كهرباء مستقلة تكفي أول سفينة حتى نهاية الصيف.\n";

#[test]
fn a_source_or_keywords_amid_the_story_do_not_end_it() {
    for (kind, between) in
        [(Source, "المصدر: وكالة المرفأ\n"), (Keywords, "كلمات مفتاحية: ميناء رصيف سفن\n")]
    {
        check(
            between,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (kind, between),
                (Body, HARBOR_MORE),
                (RelatedHead, "اقرأ أيضا\n"),
                (RelatedTitle, &line(CHESS_TITLE)),
                (Body, HARBOR_END),
            ],
        );
        // Below the title they close nothing.
        check(
            "at the top",
            &[
                (Title, &line(HARBOR_TITLE)),
                (kind, between),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
                (RelatedHead, "اقرأ أيضا\n"),
                (RelatedTitle, &line(CHESS_TITLE)),
                (Body, HARBOR_END),
            ],
        );
        // After the whole story they do.
        check(
            "at the end",
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
                (kind, between),
                (RelatedHead, "اقرأ أيضا\n"),
                (RelatedTitle, &line(OLIVES_TITLE)),
                (RelatedStory, OLIVES),
                (RelatedStory, OLIVES_MORE),
            ],
        );
    }
}

#[test]
fn an_advertisement_before_a_teaser_does_not_end_the_story() {
    let table = MarkerTable::default();
    for (kind, before) in [
        (Other, "إعلان\n"),
        (Other, "حقوق الصورة: مكتب الميناء\n"),
        (Promo, "تابع سدرة على جوجل نيوز\n"),
    ] {
        let parts = [
            (Title, &*line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (kind, before),
            (RelatedHead, "اقرأ أيضا\n"),
            (RelatedTitle, &*line(CHESS_TITLE)),
            (Body, HARBOR_END),
        ];
        check_with(before, None, None, &table, &parts);
    }
}

#[test]
fn short_lines_above_the_title_are_no_story() {
    let mut pages = named_pages();
    pages[0] = format!("{HARBOR_TITLE}\n{HARBOR}{HARBOR_MORE}");
    let repeats = archive(&pages);
    let table = MarkerTable::default();
    let (title, own) = (line(HARBOR_TITLE), format!("{HARBOR}{HARBOR_MORE}"));
    for above in [
        "سدرة نيوز\nأخبار محلية\n",
        "سدرة نيوز تنقل الخبر\nالوزير قرب سفينة في الميناء\nأخبار محلية\n",
    ] {
        let parts = [(Body, above), (Title, &*title), (Body, &*own)];
        check_with("no field", None, Some(&repeats), &table, &parts);
        let all = format!("{above}{title}{own}");
        let field = Some("عنوان الصفحة كما كتبه محرر آخر");
        check_with("a field", field, Some(&repeats), &table, &[(Body, &*all)]);
    }
    // Once a paragraph was told, a title with its paragraph is another story.
    pages[1] = format!("{OLIVES_TITLE}\n{OLIVES}{OLIVES_MORE}");
    let repeats = archive(&pages);
    let parts = [
        (Body, "سدرة نيوز\nأخبار محلية\n"),
        (Title, &*title),
        (Body, &*own),
        (RelatedTitle, &*line(OLIVES_TITLE)),
        (RelatedStory, OLIVES),
        (RelatedStory, OLIVES_MORE),
    ];
    check_with("another", None, Some(&repeats), &table, &parts);
}

#[test]
fn one_odd_line_of_a_list_is_a_part_of_it() {
    let list = format!("{OLIVES_TITLE}\nسعر الذهب اليوم\n{CHESS_TITLE}\n{LIBRARY_TITLE}\n");
    let head = line("أخبار ذات صلة");
    check(
        "in its midst",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, &head),
            (RelatedList, &list),
            (Body, HARBOR_END),
        ],
    );
}

#[test]
fn a_joined_page_ends_with_titles_of_the_archive() {
    let repeats = archive(&named_pages());
    let table = MarkerTable::default();
    let own = format!("{HARBOR_LEAD}{HARBOR}{HARBOR_MORE}").replace('\n', " ");
    let two = format!("{OLIVES_TITLE} {CHESS_TITLE}");
    for (kind, titles) in [(RelatedList, &*two), (RelatedTitle, OLIVES_TITLE)] {
        let parts = [(Body, &*own), (RelatedHead, "أخبار ذات صلة "), (kind, titles)];
        check_with(titles, Some(HARBOR_TITLE), Some(&repeats), &table, &parts);
    }
}
