//! What scrapers leave of the layouts of more sites: lists that are read out, counts, captions, images and
//! links, lines about the whole site, tables that other pages have copied.

use super::SegmentKind::{
    Body, Byline, Date, Keywords, Other, Promo, RelatedHead, RelatedList, RelatedStory,
    RelatedTitle, Source, Title,
};
use super::anatomy::{
    CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY, LIBRARY_TITLE, OLIVES, OLIVES_MORE,
    OLIVES_TITLE, archive, check, check_with, line, named_pages, outlet, segment,
};
use super::*;

#[test]
fn a_list_that_is_read_out_with_its_titles() {
    check(
        "titles glued to their counts",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ أيضا\n"),
            (Other, "list of 2 items\n"),
            (RelatedList, &format!("list 1 of 2{OLIVES_TITLE}\nlist 2 of 2{CHESS_TITLE}\n")),
            (Other, "end of list\n"),
            (Body, HARBOR_MORE),
        ],
    );
}

#[test]
fn numbers_without_a_sign_lead_items() {
    let items = format!("1 {OLIVES_TITLE}\n2 {CHESS_TITLE}\n3 {LIBRARY_TITLE}\n");
    check(
        "1, 2, 3",
        &[
            (Title, &line(HARBOR_TITLE)),
            (RelatedHead, "الأكثر قراءة\n"),
            (RelatedList, &items),
            (Byline, "بواسطة سالم البحري\n"),
            (Date, "3 مايو 2024 الساعة 10:20\n"),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
        ],
    );
    let out = segment(
        None,
        &format!("{HARBOR_TITLE}\n{HARBOR}3 سفن كبيرة في الميناء\n2 رافعتان\n"),
        None,
        &MarkerTable::default(),
    );
    assert!(out.segments.iter().all(|s| s.kind != RelatedList));
}

#[test]
fn lines_around_the_story() {
    let story = [(Body, HARBOR), (Body, HARBOR_MORE)];
    let title = (Title, &*line(HARBOR_TITLE));
    for top in [
        (Date, "أفق النخيل مايو 3, 2024\n"),
        (Date, "التاريخ: 3 مايو 2024\n"),
        (Date, "تم نشره في الجمعة 3 مايو 2024\n"),
        (Date, "قبل ساعتين\n"),
        (Date, "3 جمادى الآخرة 1445\n"),
        (Byline, "تحرير من طرف سالم البحري في 3/5/2024 على الساعة 10:30\n"),
        (Other, "7 589 أقل من دقيقة\n"),
        (Other, "ت + ت - الحجم الطبيعي\n"),
        (Other, "![الرصيف الجديد](https://images.example/rasif.jpg)\n"),
        (Other, "من حفل الافتتاح (تصوير: سالم البحري)\n"),
    ] {
        check(top.1, &[title, top, story[0], story[1]]);
    }
    check("its own link", &[title, story[0], story[1], (Promo, "https://short.example/x7")]);
    check(
        "a link of the story",
        &[title, story[0], story[1], (Body, "وللحجز موقع الميناء:\nhttps://harbor.example/")],
    );
    let list = format!("{OLIVES_TITLE}\n{CHESS_TITLE}\n");
    let list = [(RelatedHead, "أخبار أخرى قد تهمك\n"), (RelatedList, &*list)];
    check("a heading of two phrases", &[title, story[0], story[1], list[0], list[1]]);
}

#[test]
fn a_few_short_lines_among_furniture_are_no_story() {
    check(
        "tags between a link and the comments",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Promo, "شارك هذا الخبر\n"),
            (Other, "الميناء, الرصيف, سفينة الشحن\n"),
            (Other, "لا توجد تعليقات\n"),
        ],
    );
    check(
        "a story of short lines",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, "الرصيف الأول: ثلاث سفن\n"),
            (Promo, "تابعونا على فيسبوك وتويتر\n"),
            (Body, "الرصيف الثاني: سفينتان\nالرصيف الثالث مغلق\n"),
        ],
    );
}

#[test]
fn a_sentence_above_the_title_that_the_whole_site_has() {
    let notice =
        "تستخدم صحيفة النخيل ملفات تعريف صغيرة لتحسين خدمتها، ومتابعة القراءة موافقة على ذلك.\n";
    let repeats = archive(&outlet(notice, "", ""));
    let parts =
        [(Other, notice), (Title, &*line(HARBOR_TITLE)), (Body, HARBOR), (Body, HARBOR_MORE)];
    check_with("notice", None, Some(&repeats), &MarkerTable::none(), &parts);
}

/// A market's prices, as several outlets have them from one agency.
const PRICES: [&str; 4] = [
    "نشرت غرفة التجارة أسعار السمك في سوق المرفأ القديم لهذا الصباح بعد عودة المراكب كلها من عرض البحر.\n",
    "السردين بثلاثة دنانير\n",
    "البوري بخمسة دنانير\n",
    "القاروص بعشرة دنانير\n",
];

#[test]
fn a_table_that_other_pages_have_copied_is_a_story() {
    let own = outlet("", "", "");
    let pages: Vec<String> = own
        .iter()
        .take(5)
        .map(|page| {
            format!(
                "أسعار السمك اليوم\n{}{}",
                PRICES.concat(),
                page.split_once('\n').unwrap_or_default().1
            )
        })
        .collect();
    let repeats = archive(&pages);
    let prices = PRICES.concat();
    let parts = [(Title, "أسعار السمك اليوم\n"), (Body, &*prices), (Promo, "شارك هذا الخبر\n")];
    check_with("prices", None, Some(&repeats), &MarkerTable::default(), &parts);
}

#[test]
fn a_title_of_the_archive_begins_with_no_heading() {
    let mut pages = outlet("", "", "على الهامش: {}\n");
    pages.extend(named_pages());
    let marginal = format!("على الهامش: {HARBOR_TITLE}");
    pages.push(format!("{marginal}\n{HARBOR}{HARBOR_MORE}"));
    let repeats = archive(&pages);
    let table = MarkerTable::none();
    let parts = [(Title, &*line(&marginal)), (Body, HARBOR), (Body, HARBOR_MORE)];
    check_with("its title", None, Some(&repeats), &table, &parts);
    let parts = [
        (Title, &*line(HARBOR_TITLE)),
        (Body, HARBOR),
        (RelatedHead, "على الهامش: "),
        (RelatedTitle, &*line(OLIVES_TITLE)),
    ];
    check_with("a teaser", None, Some(&repeats), &table, &parts);
}

#[test]
fn a_list_ends_where_a_line_has_a_full_stop() {
    check(
        "prices after two titles",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ أيضاً\n"),
            (RelatedList, &format!("{OLIVES_TITLE}\n{CHESS_TITLE}\n")),
            (Body, "الحاوية الكبيرة بمئة.\nالحاوية الصغيرة بستين.\n"),
            (Body, HARBOR_MORE),
        ],
    );
}

#[test]
fn signs_around_a_heading_are_no_tags() {
    let wrapped = |text: &str| {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            if lines.last().is_some_and(|l| l.chars().count() + word.chars().count() > 60) {
                lines.push(String::new());
            }
            let last = lines.len() - 1;
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
        lines.join("\n") + "\n\n"
    };
    let story = wrapped(&[HARBOR, HARBOR_MORE].concat());
    let second = wrapped(&[OLIVES, OLIVES_MORE].concat());
    check(
        "lines of one width",
        &[
            (Title, &format!("{HARBOR_TITLE}\n\n")),
            (Body, &story),
            (Source, "المصدر: مرصد الساحل\n\n"),
            (Keywords, "كلمات دلالية: الميناء الرصيف\n\n"),
            (RelatedHead, "<< اقرأ أيضا >>\n\n"),
            (RelatedTitle, &format!("{OLIVES_TITLE}\n\n")),
            (RelatedStory, &second),
        ],
    );
}

#[test]
fn a_text_that_goes_on_with_the_stems_of_its_story_is_its_own() {
    let more = "وينتظر بحارة القرى القريبة والرافعات تعمل قربهم أن تبحر قواربهم مجددا، ويأملون بأن يجدوا \
                عملا طوال الشتاء كالأنظمة القديمة، إذ كفلت رزقهم قبل أعوام طويلة من القحط.\n";
    let title = "كيف تختار هدية مناسبة لصديق قديم";
    check(
        "no word of either title",
        &[
            (Title, "حديث الأسبوع مع سالم\n"),
            (Body, HARBOR),
            (RelatedHead, "شاهد أيضا\n"),
            (RelatedTitle, &line(title)),
            (Body, more),
        ],
    );
    check(
        "another story under its title",
        &[
            (Title, "حديث الأسبوع مع سالم\n"),
            (Body, HARBOR),
            (RelatedHead, "شاهد أيضا\n"),
            (RelatedTitle, &line(LIBRARY_TITLE)),
            (RelatedStory, LIBRARY),
        ],
    );
}
