//! Pages of invented outlets, cut as a careful reader would: every form of furniture that the notes
//! on page anatomy list, and the phrases that only look like it.

use super::SegmentKind::{
    Body, Byline, Date, Keywords, Other, Promo, RelatedHead, RelatedList, RelatedStory,
    RelatedTitle, Source, Title,
};
use super::*;
use proptest::prelude::*;

pub(super) type Part<'a> = (SegmentKind, &'a str);

pub(super) const HARBOR: &str = "أعلنت سلطة الميناء صباح اليوم أن الرصيف الجديد سيستقبل أول سفينة شحن في نهاية الشهر المقبل، بعد أن أنهت الفرق الفنية تجارب الرافعات وأنظمة التحكم التي استمرت عاما كاملا في ظروف صعبة.\n";
pub(super) const HARBOR_MORE: &str = "وأوضح مدير الميناء أن الطاقة السنوية سترتفع إلى مليوني حاوية، وأن مئات العمال المهرة سينضمون إلى الفريق الحالي قبل الصيف، فيما تجري مفاوضات مع ثلاث شركات نقل عالمية.\n";
pub(super) const OLIVES: &str = "يبدأ المزارعون في السهل الغربي هذا الأسبوع قطاف الزيتون وسط توقعات بمحصول وفير، إذ هطلت أمطار غزيرة في الربيع وسلمت الأشجار من الآفات التي أتلفت نصف الإنتاج في الموسم الماضي.\n";
pub(super) const OLIVES_MORE: &str = "وقال رئيس الجمعية الزراعية إن المعاصر ستعمل ليلا ونهارا، وإن سعر الصفيحة قد يتراجع بنسبة عشرين في المئة إذا بقي الطلب الخارجي على حاله حتى نهاية العام.\n";
pub(super) const CHESS: &str = "توجت اللاعبة الشابة بطلة للشطرنج بعد مباراة دامت ست ساعات أمام منافستها القادمة من الشمال، وحصدت بذلك اللقب الثالث على التوالي في مسيرتها القصيرة التي بدأت قبل خمسة أعوام فقط.\n";
pub(super) const LIBRARY: &str = "افتتحت البلدية مكتبة عامة في الحي القديم تضم أربعين ألف كتاب وقاعة للأطفال ومختبرا للترميم، وقد تبرعت أسر كثيرة بمجموعاتها الخاصة ومخطوطات نادرة تعود إلى القرن الثامن عشر.\n";
pub(super) const HARBOR_TITLE: &str = "الرصيف الجديد يستقبل أول سفينة نهاية الشهر المقبل";
pub(super) const OLIVES_TITLE: &str = "مزارعو السهل الغربي يستعدون لموسم زيتون وفير";
pub(super) const CHESS_TITLE: &str = "شابة تحصد لقب الشطرنج للمرة الثالثة على التوالي";
pub(super) const LIBRARY_TITLE: &str = "مكتبة عامة بأربعين ألف كتاب في الحي القديم";

/// The kinds and texts of a page, equal neighbors joined.
fn joined(parts: impl IntoIterator<Item = (SegmentKind, String)>) -> Vec<(SegmentKind, String)> {
    let mut out: Vec<(SegmentKind, String)> = Vec::new();
    for (kind, text) in parts {
        match out.last_mut() {
            Some(last) if last.0 == kind => last.1.push_str(&text),
            _ => out.push((kind, text)),
        }
    }
    out
}

pub(super) fn segment(
    title: Option<&str>,
    text: &str,
    repeats: Option<&Repeats>,
    table: &MarkerTable,
) -> Segments {
    let folder = Folder::new(Profile::Standard);
    let (title, folded) = (folder.fold(title.unwrap_or_default()), folder.fold(text));
    let mut out = Segments::default();
    let page = PageText { title: title.hashes(), text, folded: &folded };
    let (segmenter, mut scratch) = (Segmenter::new(table, repeats), Scratch::default());
    segmenter.segment(&page, &mut scratch, &mut out);
    assert!(tiles(text, &out.segments), "{:?}", out.segments);
    // A page that the walk was spared is cut as the walk would cut it.
    let mut walked = Segments::default();
    segmenter.look(&page, &mut scratch);
    segmenter.walk(&page, &mut scratch, &mut walked);
    credits::find(&page, &mut walked);
    assert_eq!(out, walked);
    out
}

pub(super) fn check_with(
    name: &str,
    title: Option<&str>,
    repeats: Option<&Repeats>,
    table: &MarkerTable,
    parts: &[Part<'_>],
) -> Segments {
    let text: String = parts.iter().map(|p| p.1).collect();
    let out = segment(title, &text, repeats, table);
    let got = joined(out.segments.iter().map(|s| (s.kind, text[s.span.range()].to_owned())));
    let want = joined(parts.iter().map(|p| (p.0, p.1.to_owned())));
    assert_eq!(got, want, "{name}");
    out
}

pub(super) fn check(name: &str, parts: &[Part<'_>]) -> Segments {
    check_with(name, None, None, &MarkerTable::default(), parts)
}

pub(super) fn archive(pages: &[String]) -> Repeats {
    let folder = Folder::new(Profile::Standard);
    let mut counter = RepeatCounter::new(&RepeatOptions::default());
    for text in pages {
        let folded = folder.fold(text);
        counter.observe(&PageText { title: &[], text, folded: &folded }, &mut Scratch::default());
    }
    counter.finish()
}

/// The pages whose titles the blocks of other pages name.
pub(super) fn named_pages() -> Vec<String> {
    [(HARBOR_TITLE, HARBOR), (OLIVES_TITLE, OLIVES), (CHESS_TITLE, CHESS), (LIBRARY_TITLE, LIBRARY)]
        .iter()
        .map(|(title, body)| format!("{title}\n{body}"))
        .collect()
}

pub(super) fn line(text: &str) -> String {
    format!("{text}\n")
}

#[test]
fn an_aggregator_page() {
    let out = check(
        "lines",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Date, "تاريخ النشر: 3rd, May 2024 GMT\n"),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Source, "المصدر: صحيفة المرفأ\n"),
            (Keywords, "كلمات دلالية: الميناء الرصيف سفينة الشحن المیناء\n"),
            (RelatedHead, "إقرأ أيضاً:\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
    assert_eq!(out.date.map(|d| d.to_string()).as_deref(), Some("2024-05-03"));
    assert_eq!(out.embedded.len(), 1);
    assert_eq!(out.story.len(), 2, "title and body");
}

#[test]
fn blank_lines_promotion_and_a_list_after_the_second_story() {
    check(
        "blank lines",
        &[
            (Title, "الرصيف الجديد يستقبل أول سفينة\n\n"),
            (Body, HARBOR),
            (Body, "\n"),
            (Body, HARBOR_MORE),
            (Source, "\nالمصدر : المرفأ + وكالات\n\n".trim_start()),
            (RelatedHead, "اقرأ ايضا:\n\n"),
            (RelatedTitle, "مزارعو السهل الغربي يستعدون لموسم زيتون وفير\n\n"),
            (Promo, "تابع أحدث الأخبار عبر تطبيق\n\n"),
            (RelatedStory, OLIVES),
            (Promo, "انضم إلى قناتنا على تليجرام\n"),
            (RelatedStory, OLIVES_MORE),
            (RelatedHead, "مقالات مشابهة\n\n"),
            (RelatedList, "  • شابة تحصد لقب الشطرنج\n  • مكتبة عامة في الحي القديم\n"),
            (Promo, "جميع الحقوق محفوظة © المرفأ 2024"),
        ],
    );
}

#[test]
fn empty_headings_stay_empty() {
    check(
        "before the source",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "أخبار ذات صلة\n"),
            (Source, "- المصدر: المرفأ\n"),
        ],
    );
    check(
        "between paragraphs",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ ايضاً\n"),
            (Body, HARBOR_MORE),
        ],
    );
    check(
        "at the end",
        &[(Title, &line(HARBOR_TITLE)), (Body, HARBOR), (RelatedHead, "مواضيع ذات صلة")],
    );
}

#[test]
fn teasers_inside_the_story() {
    for (head, title) in [
        ("إقرأ المزيد ", CHESS_TITLE),
        ("اقرأ أيضاً: ", CHESS_TITLE),
        ("شاهد أيضاً.. ", CHESS_TITLE),
        ("طالع ايضا: ", "«بطلة» الشطرنج.. من هي؟"),
        ("قد يهمك: ", CHESS_TITLE),
    ] {
        check(
            head,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (RelatedHead, head),
                (RelatedTitle, &line(title)),
                (Body, HARBOR_MORE),
            ],
        );
    }
    check(
        "the title on the next line",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ أيضا\n"),
            (RelatedTitle, &line(CHESS_TITLE)),
            (Body, HARBOR_MORE),
            (Source, "المصدر: المرفأ\n"),
        ],
    );
    check(
        "the story resumes with its own words",
        &[
            (Title, &line(OLIVES_TITLE)),
            (Body, OLIVES),
            (RelatedHead, "شاهد أيضا\n"),
            (RelatedTitle, &line(CHESS_TITLE)),
            (
                Body,
                "ويخشى مزارعو السهل الغربي أن يتأخر موسم الزيتون أياما إذا هطل المطر مبكرا، غير أن الجمعية تؤكد أن القطاف سيتم في موعده وأن المعاصر مستعدة لاستقبال المحصول كله.\n",
            ),
        ],
    );
}

#[test]
fn lists_end_with_their_bullets() {
    for (one, two) in [("- ", "- "), ("• ", "• "), ("  – ", "  — "), ("1. ", "2. "), ("* ", "* ")]
    {
        check(
            one,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (RelatedHead, "موضوعات متعلقة:\n"),
                (RelatedList, &format!("{one}{OLIVES_TITLE}\n{two}{CHESS_TITLE}\n")),
                (Body, HARBOR_MORE),
            ],
        );
    }
    check(
        "without bullets",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Source, "المصدر: المرفأ\n"),
            (RelatedHead, "الأكثر قراءة\n"),
            (RelatedList, &format!("{OLIVES_TITLE}\n{CHESS_TITLE}\n{LIBRARY_TITLE}\n")),
            (Promo, "تابعونا على فيسبوك وتويتر\n"),
        ],
    );
    check(
        "a number in a title is no bullet",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Source, "المصدر: المرفأ\n"),
            (RelatedHead, "طالع أيضا:\n"),
            (RelatedTitle, "(5) آلاف زائر للمكتبة الجديدة في أسبوع\n"),
            (RelatedStory, LIBRARY),
        ],
    );
}

#[test]
fn a_story_pasted_in_without_a_closing_line_before_it() {
    let out = check(
        "no source, no keywords",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "اقرأ أيضًا:\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, "سالم الهادي – المرفأ\n"),
            (RelatedStory, OLIVES),
            (RelatedHead, "اقرأ المزيد "),
            (RelatedTitle, &line(CHESS_TITLE)),
            (RelatedStory, OLIVES_MORE),
            (RelatedHead, "أخبار ذات صلة\n"),
            (RelatedList, "- خبر أول قصير\n- خبر ثان قصير\n"),
        ],
    );
    assert_eq!(out.embedded.len(), 1);
    assert_eq!(out.embedded[0].parts.len(), 2);
    check(
        "no title of its own",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Source, "المصدر: المرفأ\n"),
            (Keywords, "كلمات مفتاحية: ميناء رصيف\n"),
            (RelatedHead, "إقرأ أيضا :\n"),
            (RelatedStory, OLIVES),
        ],
    );
}

#[test]
fn strips_of_headlines_and_navigation() {
    let strip = format!(
        "{OLIVES_TITLE}    {CHESS_TITLE}    {LIBRARY_TITLE}    خبر رابع من السوق    خبر خامس من الميدان    خبر سادس من البلدة    خبر سابع\n"
    );
    check(
        "a network's strip",
        &[
            (RelatedList, &strip),
            (Title, &line(HARBOR_TITLE)),
            (Date, "نشر في 2024/03/17 الساعة 21:51\n"),
            (Body, HARBOR),
        ],
    );
    check(
        "navigation",
        &[
            (Other, "الرئيسية    سياسة    اقتصاد    رياضة    ثقافة    منوعات    صور\n"),
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
        ],
    );
}

#[test]
fn pages_of_one_line() {
    let one = |text: &str| format!("{}    ", text.trim_end());
    let out = check(
        "cells set apart by spaces",
        &[
            (Title, &one(HARBOR_TITLE)),
            (Date, &one("تاريخ النشر: 3rd, May 2024 GMT")),
            (Body, &one(HARBOR)),
            (Body, &one(HARBOR_MORE)),
            (Source, &one("المصدر: صحيفة المرفأ")),
            (Keywords, &one("كلمات دلالية: الميناء الرصيف سفينة")),
            (RelatedHead, &one("إقرأ أيضاً:")),
            (RelatedTitle, &one(OLIVES_TITLE)),
            (RelatedStory, OLIVES.trim_end()),
        ],
    );
    assert_eq!(out.embedded.len(), 1);
    let space = |text: &str| format!("{} ", text.trim_end());
    check(
        "no cells",
        &[
            (Body, &space(HARBOR)),
            (Source, "المصدر: صحيفة المرفأ "),
            (Keywords, "كلمات دلالية: الميناء الرصيف سفينة "),
            (RelatedHead, "إقرأ أيضاً: "),
            (RelatedStory, OLIVES.trim_end()),
        ],
    );
    check(
        "a strip before the story",
        &[
            (
                RelatedList,
                &format!("{}{}{}", one(OLIVES_TITLE), one(CHESS_TITLE), one(LIBRARY_TITLE)),
            ),
            (RelatedList, "خبر رابع قصير جدا    خبر خامس قصير جدا    خبر سادس قصير جدا    "),
            (Title, &one(HARBOR_TITLE)),
            (Body, &one(HARBOR)),
            (Body, HARBOR_MORE.trim_end()),
        ],
    );
}

#[test]
fn titles_of_the_archive_end_a_teaser() {
    let repeats = archive(&named_pages());
    let table = MarkerTable::default();
    let title = line("بلدية المدينة تعرض خطتها للعام المقبل");
    let (start, end) = (
        "وأكد رئيس البلدية أن الخطة تشمل",
        "ثلاثين مشروعا في الأحياء كلها، وأن التمويل متوفر من الموازنة ومن قروض ميسرة لعشرة أعوام.\n",
    );
    let check =
        |name: &str, parts: &[Part<'_>]| check_with(name, None, Some(&repeats), &table, parts);
    check(
        "in mid-sentence",
        &[
            (Title, &title),
            (Body, &format!("{start} ")),
            (RelatedHead, "إقرأ المزيد "),
            (RelatedTitle, &format!("{CHESS_TITLE} ")),
            (Body, end),
        ],
    );
    check(
        "glued to a section",
        &[
            (Title, &title),
            (Body, &format!("{start} ")),
            (RelatedHead, "اقرأ أيضاًالمملكة "),
            (RelatedTitle, &format!("{CHESS_TITLE} ")),
            (Body, end),
        ],
    );
    check(
        "glued on all sides",
        &[
            (Title, &title),
            (Body, start),
            (RelatedHead, "اقرأ أيضاًرياضة"),
            (RelatedTitle, CHESS_TITLE),
            (Body, end),
        ],
    );
    check(
        "a list glued together",
        &[
            (Title, &title),
            (Body, &format!("{start} {end}")),
            (RelatedHead, "طالع أيضا: "),
            (RelatedList, &format!("{CHESS_TITLE} {OLIVES_TITLE} {LIBRARY_TITLE}")),
        ],
    );
    check(
        "a title with a full stop, then prose",
        &[
            (Title, &title),
            (Body, &format!("{start} {}", end.trim_end())),
            (Body, " "),
            (RelatedHead, "شاهد أيضا "),
            (RelatedTitle, &format!("{OLIVES_TITLE}. ")),
            (Body, "وينتظر المجلس موافقة الوزارة على القرض قبل نهاية الشهر لبدء العمل في أول حي."),
        ],
    );
    check(
        "lines without bullets before prose",
        &[
            (Title, &title),
            (Body, &format!("{start} {end}")),
            (RelatedHead, "قد يعجبك أيضا\n"),
            (RelatedList, &format!("{CHESS_TITLE}\n{OLIVES_TITLE}\n")),
            (
                Body,
                "وينتظر المجلس موافقة الوزارة على القرض قبل نهاية الشهر لبدء العمل في أول حي من الأحياء الثلاثين.\n",
            ),
        ],
    );
}

#[test]
fn titles_printed_again() {
    let own = Some(HARBOR_TITLE);
    let table = MarkerTable::default();
    let out = check_with(
        "field, heading and caption",
        own,
        None,
        &table,
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR_MORE),
        ],
    );
    let titles = out.story.iter().filter(|s| Some(**s) == out.title).count();
    assert_eq!(titles, 1, "counts once");
    check_with(
        "with the site's name",
        own,
        None,
        &table,
        &[(Title, &format!("{HARBOR_TITLE} - المرفأ\n")), (Body, HARBOR)],
    );
    check_with("not in the text", own, None, &table, &[(Body, HARBOR), (Body, HARBOR_MORE)]);
    check("twice", &[(Title, &line(HARBOR_TITLE)), (Title, &line(HARBOR_TITLE)), (Body, HARBOR)]);
    check("no title at all", &[(Body, HARBOR), (Body, HARBOR_MORE)]);
}

#[test]
fn date_lines() {
    for (date, day) in [
        ("نشر بتاريخ: ٦ كانون الأول ٢٠٢٤\n", "2024-12-06"),
        ("الأربعاء 21 يناير 2026 06:29 مساءً\n", "2026-01-21"),
        ("2023-08-07 00:00:00 -\n", "2023-08-07"),
        ("12:24 م 09/11/2025\n", "2025-11-09"),
        ("آخر تحديث: 14 شعبان 1445هـ - 24 فبراير 2024م\n", "2024-02-24"),
        ("تاريخ النشر : 20 يوليو/تموز 2015\n", "2015-07-20"),
        ("تم النشر في: 5 أوت 2022\n", "2022-08-05"),
    ] {
        let out = check(date, &[(Title, &line(HARBOR_TITLE)), (Date, date), (Body, HARBOR)]);
        assert_eq!(out.date.map(|d| d.to_string()).as_deref(), Some(day));
    }
    check(
        "a date in prose",
        &[
            (Title, &line(HARBOR_TITLE)),
            (
                Body,
                "في 12 مايو 2020 بدأ العمل في الرصيف، وفي 3 يونيو 2021 توقف مدة شهرين بسبب العواصف ثم عاد.\n",
            ),
        ],
    );
}

#[test]
fn bylines_photographs_and_wrappers() {
    check(
        "author and photographer",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Byline, "كتب : سالم الهادي\n"),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Byline, "تصوير: ليلى العامري\n"),
        ],
    );
    check(
        "spin site",
        &[
            (Other, "شكرا لقرائتكم خبر عن الرصيف الجديد يستقبل أول سفينة\n"),
            (Other, "والآن مع تفاصيل الخبر\n"),
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
        ],
    );
}

#[test]
fn promotion_of_all_kinds() {
    for promo in [
        "تابع أحدث الأخبار عبر تطبيق\n",
        "انضم لقناة المرفأ على واتساب\n",
        "إنضم إلى قناتنا على تيليغرام\n",
        "تابعوا آخر أخبار المرفأ عبر Google News\n",
        "تابعنا على فيسبوك\n",
        "للاشتراك في النشرة البريدية اضغط هنا\n",
        "حمّل تطبيق المرفأ الآن\n",
        "شارك هذا الخبر: فيسبوك تويتر واتساب\n",
        "شارك الخبر\n",
        "تم نسخ الرابط\n",
        "اشترك في قناتنا على يوتيوب\n",
        "الرابط المختصر: https://marfa.example/1\n",
        "جميع الحقوق محفوظة © المرفأ\n",
    ] {
        check(
            promo,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Promo, promo),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
                (Promo, promo),
            ],
        );
    }
}

#[test]
fn the_ends_of_pages() {
    check(
        "the author's number",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (
                Promo,
                "للتواصل مع الكاتب ارسل رسالة SMS\nتبدأ بالرمز (12) ثم مسافة ثم نص الرسالة إلى\n88000 - Tel\n",
            ),
        ],
    );
    check(
        "glued to the last sentence",
        &[
            (Body, HARBOR.trim_end()),
            (Promo, "للتواصل مع الكاتب ارسل رسالة SMS تبدأ بالرمز (12) ثم مسافة ثم نص الرسالة"),
        ],
    );
    check(
        "tags after the last sentence",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, &format!("{} ", HARBOR.trim_end())),
            (Keywords, "سمات الميناء الرصيف الشحن"),
        ],
    );
    let own = Some(HARBOR_TITLE);
    check_with(
        "a link to itself",
        own,
        None,
        &MarkerTable::default(),
        &[
            (Body, &format!("{} ", HARBOR.trim_end())),
            (Promo, &format!("رابط الخبر بصحيفة المرفأ: {HARBOR_TITLE}")),
        ],
    );
    check(
        "the author's other titles",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR.trim_end()),
            (Body, " "),
            (RelatedHead, "مقالات أخرى للكاتب"),
            (RelatedList, "عن المدن والموانئحكاية رصيف قديمبين البحر والسوق"),
        ],
    );
    check(
        "comments",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Other, "التعليقات (0)\nلا توجد تعليقات حتى الآن\n"),
        ],
    );
    check(
        "end of an agency story",
        &[(Title, &line(HARBOR_TITLE)), (Body, HARBOR), (Other, "// انتهى //\n")],
    );
    check(
        "whose opinion",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Other, "الآراء الواردة في المقال لا تعبر بالضرورة عن رأي المرفأ.\n"),
        ],
    );
}

#[test]
fn false_friends_stay_in_the_story() {
    for prose in [
        "وقال المعلم لطلابه: اقرأ أيضا ما كتبه الأوائل قبل أن تحكم على عصرهم.\n",
        "اقرأ أيضا ما كتبه الرحالة عن هذا الميناء قبل مئة عام في كتابه المعروف.\n",
        "وانظر أيضا دراسة بعنوان الموانئ القديمة صدرت عن الجامعة.\n",
        "ودعا البيان إلى تنفيذ القرارات الدولية ذات الصلة.\n",
        "وظل القمح الأكثر تداولا في السوق طوال الأسبوع.\n",
        "الأكثر تداولا في السوق كان سهم الشركة البحرية بلا منازع.\n",
        "المصادر الدبلوماسية أكدت أن المفاوضات تسير في طريقها الصحيح.\n",
        "المصدر نفسه قال إن السفينة ستصل قبل موعدها بيومين.\n",
        "كما شارك علي بن محمد في اللقاء إلى جانب عدد من الأهالي.\n",
        "شارك علي بن عبده الأهالي فرحتهم بافتتاح الرصيف.\n",
        "تابعنا في الأسبوع الماضي أعمال الصيانة في الرصيف القديم.\n",
        "وأعلن اللاعب أنه انضم إلى قناة رياضية محللا للمباريات.\n",
        "انضم إلى الجيش وعمره عشرون عاما ثم عاد إلى قريته.\n",
        "كتب الراحل عن البحر كثيرا في رواياته الأولى.\n",
        "للمزيد من الرقابة على الأسواق عين الوزير لجنة جديدة.\n",
        "وطالب بصون جميع الحقوق المالية للعاملين.\n",
        "وانتشر المقطع عبر واتساب وامتلأت به الوسوم.\n",
        "وبحسب رويترز فإن الأسعار لم تتغير هذا الأسبوع.\n",
        "وقال المصدر: إن السفينة ستصل غدا صباحا إلى الرصيف الثالث.\n",
        "وجاء في نبأ عاجل أن العاصفة ابتعدت عن الساحل.\n",
        "خاص مدير الميناء نقاشا طويلا مع العمال حول ساعات الدوام.\n",
    ] {
        check(
            prose,
            &[(Title, &line(HARBOR_TITLE)), (Body, HARBOR), (Body, prose), (Body, HARBOR_MORE)],
        );
        check(prose, &[(Title, &line(HARBOR_TITLE)), (Body, HARBOR), (Body, prose)]);
    }
}

/// Pages of one outlet with different stories, each with the same furniture around it.
pub(super) fn outlet(top: &str, before: &str, tail: &str) -> Vec<String> {
    (0..9)
        .map(|n| {
            let words = |from: usize| -> String {
                (0..40)
                    .map(|i| format!("كلام{} ", (n * 977 + i * i * 13 + from * 7) % 4999))
                    .collect::<Vec<_>>()
                    .concat()
            };
            let more = tail.replace("{}", &format!("عنوان القصة {} في المدينة", (n + 3) % 9));
            format!("{top}عنوان القصة {n} في المدينة\n{}\n{before}{}\n{more}", words(1), words(2))
        })
        .collect()
}

#[test]
fn furniture_that_only_repetition_knows() {
    let pages = outlet(
        "بوابة المرفأ للأنباء\n",
        "",
        "حملوا برنامجنا المجاني من المتجر\nمن دفاتر الزملاء\n{}\n",
    );
    let repeats = archive(&pages);
    for table in [MarkerTable::none(), MarkerTable::default()] {
        for text in &pages {
            let out = segment(None, text, Some(&repeats), &table);
            let kinds: Vec<_> = out.segments.iter().map(|s| s.kind).collect();
            assert_eq!(kinds, [Other, Title, Body, Other, RelatedHead, RelatedTitle], "{text}");
        }
    }
}

#[test]
fn a_run_inside_a_line_that_only_repetition_knows() {
    let promo = "حملوا برنامجنا المجاني من المتجر الآن";
    let pages: Vec<String> =
        outlet("", "", "").iter().map(|p| format!("{}. {promo}\n", p.trim_end())).collect();
    let repeats = archive(&pages);
    check_with(
        "after the last sentence",
        None,
        Some(&repeats),
        &MarkerTable::none(),
        &[
            (Title, "قطار الساحل يعود إلى العمل\n"),
            (Body, &format!("{} ", HARBOR.trim_end())),
            (Other, promo),
        ],
    );
}

#[test]
fn a_heading_nobody_wrote_down() {
    let mut pages = outlet("", "", "من دفاتر الزملاء\n{}\n");
    pages.extend(named_pages());
    let repeats = archive(&pages);
    check_with(
        "a second story",
        None,
        Some(&repeats),
        &MarkerTable::none(),
        &[
            (Title, "قطار الساحل يعود إلى العمل\n"),
            (
                Body,
                "عاد قطار الساحل إلى العمل أمس بعد توقف دام عامين، وامتلأت عرباته بالركاب منذ الصباح الباكر وسط فرحة الأهالي الذين اعتادوا عليه وسيلة رخيصة وآمنة بين القرى.\n",
            ),
            (RelatedHead, "من دفاتر الزملاء\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
    check_with(
        "a title on its line",
        None,
        Some(&repeats),
        &MarkerTable::none(),
        &[
            (Title, "قطار الساحل يعود إلى العمل\n"),
            (Body, "عاد قطار الساحل إلى العمل أمس بعد توقف دام عامين، وامتلأت عرباته بالركاب.\n"),
            (RelatedHead, "من دفاتر الزملاء: "),
            (RelatedTitle, &line(CHESS_TITLE)),
            (
                Body,
                "وتقول الشركة إن الرحلات ستزيد في الصيف إلى عشر رحلات في اليوم الواحد بين المحطتين.\n",
            ),
        ],
    );
    check_with(
        "no heading at all",
        None,
        Some(&repeats),
        &MarkerTable::none(),
        &[
            (Title, "قطار الساحل يعود إلى العمل\n"),
            (
                Body,
                "عاد قطار الساحل إلى العمل أمس بعد توقف دام عامين، وامتلأت عرباته بالركاب منذ الصباح الباكر.\n",
            ),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
        ],
    );
}

#[test]
fn agency_copy_and_the_page_a_story_came_from_keep_their_text() {
    let mut pages: Vec<String> = (0..6)
        .map(|n| format!("{HARBOR_TITLE}\n{HARBOR}{HARBOR_MORE}خاتمة رقم {n} من صحيفة\n"))
        .collect();
    // Others paste the story into their pages.
    pages.extend(
        outlet("", "", "")
            .iter()
            .map(|p| format!("{p}اقرأ أيضا:\n{HARBOR_TITLE}\n{HARBOR}{HARBOR_MORE}")),
    );
    let repeats = archive(&pages);
    for table in [MarkerTable::none(), MarkerTable::default()] {
        for text in &pages[..6] {
            let out = segment(None, text, Some(&repeats), &table);
            let kinds: Vec<_> = out.segments.iter().map(|s| s.kind).collect();
            assert_eq!(kinds, [Title, Body], "{text}");
        }
        for text in &pages[6..] {
            let out = segment(None, text, Some(&repeats), &table);
            let kinds: Vec<_> = out.segments.iter().map(|s| s.kind).collect();
            assert_eq!(kinds, [Title, Body, RelatedHead, RelatedTitle, RelatedStory], "{text}");
        }
    }
}

#[test]
fn a_digest_keeps_its_stories() {
    let repeats = archive(&named_pages());
    let text = format!(
        "أخبار المدينة في أسبوع\n{HARBOR_TITLE}\n{HARBOR}{OLIVES_TITLE}\n{OLIVES}{CHESS_TITLE}\n{CHESS}"
    );
    let out = segment(None, &text, Some(&repeats), &MarkerTable::default());
    let kinds: Vec<_> = out.segments.iter().map(|s| s.kind).collect();
    assert_eq!(kinds, [Title, Body]);
}

#[test]
fn pages_with_nothing_to_cut() {
    for text in ["", " ", "\n\n", "***", "كلمة", "؟", "اقرأ أيضا", "المصدر:", ":"]
    {
        let out = segment(None, text, None, &MarkerTable::default());
        assert_eq!(out.segments.len(), usize::from(!text.is_empty()), "{text:?}");
    }
}

#[test]
fn other_line_ends_and_spaces() {
    check(
        "carriage returns and tabs",
        &[
            (Title, &format!("{HARBOR_TITLE}\r\n")),
            (Date, "تاريخ النشر:\t3rd, May 2024 GMT\r\n"),
            (Body, &format!("\u{a0}{}\r\n", HARBOR.trim_end())),
            (RelatedHead, "\u{feff}إقرأ أيضاً :\r\n"),
            (RelatedTitle, &format!("{OLIVES_TITLE}\u{2028}")),
            (RelatedStory, OLIVES),
        ],
    );
}

/// Parts that random pages are made of.
fn bit() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(HARBOR.to_owned()),
        Just(OLIVES_TITLE.to_owned()),
        Just(CHESS_TITLE.to_owned()),
        Just("\n".to_owned()),
        Just("    ".to_owned()),
        Just(" ".to_owned()),
        Just("إقرأ أيضاً:".to_owned()),
        Just("اقرأ أيضاًالمملكة".to_owned()),
        Just("إقرأ المزيد".to_owned()),
        Just("المصدر: المرفأ".to_owned()),
        Just("كلمات دلالية: ميناء".to_owned()),
        Just("مقالات أخرى للكاتب".to_owned()),
        Just("رابط الخبر بصحيفة المرفأ: ".to_owned()),
        Just("للتواصل مع الكاتب ارسل رسالة".to_owned()),
        Just("تاريخ النشر: 3rd, May 2024 GMT".to_owned()),
        Just("• ".to_owned()),
        Just("(أ ف ب)".to_owned()),
        Just("الرياض - واس: ".to_owned()),
        "\\PC{0,12}",
        "[\u{600}-\u{6ff}\u{200b}-\u{200f}\u{fe70}-\u{feff} .:-]{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn any_page_is_tiled(bits in prop::collection::vec(bit(), 0..40), title in prop::option::of(bit())) {
        let text = bits.concat();
        let mut pages = named_pages();
        pages.push(text.clone());
        let repeats = archive(&pages);
        for repeats in [None, Some(&repeats)] {
            for table in [MarkerTable::none(), MarkerTable::default()] {
                let out = segment(title.as_deref(), &text, repeats, &table);
                let spans = out.story.iter().chain(&out.credits).chain(&out.outlet).chain(&out.title);
                let parts = out.embedded.iter().flat_map(|e| e.parts.iter().chain(&e.title));
                for span in spans.chain(parts) {
                    prop_assert!(text.get(span.range()).is_some());
                }
                prop_assert!(out.story.windows(2).all(|w| w[0].end <= w[1].start));
            }
        }
    }
}

/// Cuts a page that was made to be slow, in an archive of few others, and sees that it is tiled; what it
/// costs is counted by `benches/instructions`.
fn cut_hostile(unit: &str, times: usize) {
    let text = unit.repeat(times);
    let mut pages = named_pages();
    pages.push(text.clone());
    segment(None, &text, Some(&archive(&pages)), &MarkerTable::default());
}

#[test]
fn a_page_of_fifty_megabytes_is_cut() {
    let unit = format!("{HARBOR}- الرئيسية\n{OLIVES_TITLE}\n");
    cut_hostile(&unit, (50 << 20) / unit.len());
}

#[test]
fn a_line_of_megabytes_is_cut() {
    cut_hostile(HARBOR.trim_end(), (8 << 20) / HARBOR.len());
    cut_hostile("كلمة    ", 300_000);
}

#[test]
fn a_page_of_a_hundred_thousand_markers_is_cut() {
    for unit in [
        "اقرأ أيضا: عنوان قصير ",
        "اقرأ أيضا:\n",
        "اقرأ أيضاًالمملكة تستضيف المؤتمر\n",
        "المصدر: المرفأ كلمات دلالية: اقرأ المزيد ",
    ] {
        cut_hostile(unit, 100_000);
    }
    cut_hostile("سطر قصير\n", 200_000);
    cut_hostile("- بند\n", 200_000);
}
