//! Pages whose own story goes on after another one, or ends in several: tests with invented sentences.

use super::SegmentKind::{
    Body, Byline, Date, Keywords, Other, RelatedHead, RelatedList, RelatedStory, RelatedTitle,
    Title,
};
use super::anatomy::{
    CHESS, CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY_TITLE, OLIVES, OLIVES_MORE,
    OLIVES_TITLE, check, line, segment,
};
use super::*;

const HARBOR_BACK: &str = "وتراهن سلطة الميناء على الرصيف الجديد لجذب شركات نقل تمر سفنها اليوم بموانئ بعيدة، وتقول إن أول سفينة شحن ستحمل حاويات من ثلاث دول وإن تجارب الرافعات لم تظهر عيوبا.\n";
const HARBOR_LAST: &str = "الرافعات العشر التي وصلت في الشتاء تكفي سفينة واحدة، والفرق الفنية تدرب مئات العمال المهرة على أنظمة التحكم كي تفرغ سفينتين معا قبل نهاية الشهر المقبل.\n";
const CHESS_TEASER: &str = "توجت اللاعبة الشابة بطلة للشطرنج بعد مباراة دامت ست ساعات أمام منافستها القادمة من الشمال، وحصدت بذلك اللقب الثالث على التوالي في مسيرتها القصيرة التي بدأت قبل خمسة أعوام فقط حين أهداها جدها رقعة خشبية...\n";

#[test]
fn a_story_does_not_begin_with_and() {
    for prose in [
        HARBOR_MORE,
        "من جهة ثانية تعتزم البلدية شق طريق يصل المخازن بالسوق القديم قبل نهاية الصيف، وقد خصصت له مبلغا من موازنتها.\n",
        "يذكر أن السوق القديم احترق قبل عشرين عاما وأعيد بناؤه بتبرعات الأهالي الذين رفضوا الرحيل عن حيهم.\n",
        "وللحديث بقية.\n",
        "وقد تعود الأمور إلى ما كانت عليه..\n",
    ] {
        check(
            prose,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (RelatedHead, "اقرأ أيضا\n"),
                (RelatedTitle, &line(CHESS_TITLE)),
                (Body, prose),
            ],
        );
    }
    // What begins with the letter by its root begins a story.
    let minister = "وزير الزراعة قال إن مزارعي السهل الغربي سينالون قروضا لموسم زيتون وفير، وإن الجمعية ستوزعها على أصحاب الأشجار المتضررة من الآفات بعد زيارة لجنة مختصة للحقول كلها.\n";
    check(
        "by its root",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "اقرأ أيضا\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, minister),
        ],
    );
}

#[test]
fn the_first_story_is_the_own_one() {
    check(
        "below a heading",
        &[
            (Title, &line(HARBOR_TITLE)),
            (RelatedHead, "أخبار ذات صلة\n"),
            (RelatedTitle, "مزارعو السهل الغربي\n"),
            (Date, "13 أكتوبر 2025 الساعة 09:49\n"),
            (Body, OLIVES),
            (Body, OLIVES_MORE),
        ],
    );
}

#[test]
fn the_own_story_goes_on_after_a_pasted_one() {
    let out = check(
        "two paragraphs",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ أيضا:\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
            (Body, HARBOR_BACK),
            (Body, HARBOR_LAST),
        ],
    );
    assert_eq!(out.embedded.len(), 1);
    check(
        "cut off",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ أيضا:\n"),
            (RelatedTitle, &line(CHESS_TITLE)),
            (RelatedStory, CHESS_TEASER),
            (Body, "وللحديث عن البحر بقية تأتي في حينها بإذن الله.\n"),
        ],
    );
    // A pasted story that goes on about its own subject does not end.
    check(
        "to the end",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "اقرأ أيضا:\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
            (
                RelatedStory,
                "ويخشى مزارعو السهل أن تعود الآفات إلى أشجار الزيتون إذا تأخر القطاف، لكن الجمعية الزراعية تقول إن المعاصر مستعدة لاستقبال المحصول كله.\n",
            ),
        ],
    );
}

#[test]
fn several_stories_below_one_heading() {
    for day in ["", "12 أبريل 2021\n"] {
        let mut parts = vec![
            (Title, line(HARBOR_TITLE)),
            (Body, HARBOR.to_owned()),
            (Body, HARBOR_MORE.to_owned()),
            (RelatedHead, "اقرأ أيضا:\n".to_owned()),
            (RelatedTitle, line(OLIVES_TITLE)),
            (RelatedStory, OLIVES.to_owned()),
            (RelatedStory, OLIVES_MORE.to_owned()),
            (RelatedTitle, line(CHESS_TITLE)),
        ];
        parts.extend((!day.is_empty()).then(|| (Date, day.to_owned())));
        parts.push((RelatedStory, CHESS.to_owned()));
        let parts: Vec<_> = parts.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(check("titles and texts", &parts).embedded.len(), 2);
    }
    // A heading inside a story is no title of another one.
    let out = check(
        "a heading inside",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "اقرأ أيضا:\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, "المعاصر تعمل ليلا ونهارا في السهل\n"),
            (RelatedStory, OLIVES_MORE),
        ],
    );
    assert_eq!(out.embedded.len(), 1);
}

#[test]
fn the_next_article() {
    for head in ["المقال التالي\n", "الخبر التالي\n", "التالي\n"] {
        check(
            head,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
                (Keywords, "الوسوم: الميناء، الشحن\n"),
                (RelatedHead, head),
                (RelatedTitle, &line(OLIVES_TITLE)),
                (Date, "الخميس 12 أبريل 2021\n"),
                (RelatedStory, OLIVES),
                (RelatedStory, OLIVES_MORE),
            ],
        );
    }
    check(
        "titles alone",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "تصفّح المقالات\n"),
            (RelatedHead, "السابق: "),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedHead, "التالي: "),
            (RelatedTitle, &line(CHESS_TITLE)),
        ],
    );
}

#[test]
fn the_signs_of_marked_up_headings_are_no_bullets() {
    check(
        "a story",
        &[
            (Title, &format!("# {HARBOR_TITLE}\n")),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "## اقرأ أيضاً\n"),
            (RelatedTitle, &format!("### {OLIVES_TITLE}\n")),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
}

#[test]
fn a_paragraph_printed_twice_at_the_top() {
    let repeated = |first: &str| {
        check(
            first,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Other, first),
                (Date, "نشر في: 3 مايو 2024\n"),
                (Body, HARBOR),
                (Body, HARBOR_MORE),
            ],
        )
    };
    assert_eq!(repeated(HARBOR).story.len(), 2, "the title and the text once");
    repeated("أعلنت سلطة الميناء صباح اليوم أن الرصيف الجديد سيستقبل أول سفينة...\n");
    // A paragraph that comes back after another one is the writer's.
    check(
        "a refrain",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, OLIVES),
            (Body, HARBOR),
            (Body, OLIVES_MORE),
            (Body, HARBOR),
        ],
    );
    // Of a page without anything else to be cut too.
    let text = format!("{HARBOR}{HARBOR}{HARBOR_MORE}");
    let out = segment(Some(OLIVES_TITLE), &text, None, &MarkerTable::default());
    assert_eq!(out.segments.iter().map(|s| s.kind).collect::<Vec<_>>(), [Other, Body]);
}

#[test]
fn headlines_with_their_hours_above_the_story() {
    check(
        "hours",
        &[
            (Other, "عاجل\n"),
            (
                RelatedList,
                &format!(
                    "09:15 | {OLIVES_TITLE}\n10:40 | {CHESS_TITLE}\n11:05 | {LIBRARY_TITLE}\n"
                ),
            ),
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
        ],
    );
    let ago = "منذ 5 دقائق\n";
    check(
        "how long ago",
        &[
            (RelatedHead, "أهم الأخبار\n"),
            (RelatedList, &line(OLIVES_TITLE)),
            (Date, ago),
            (RelatedList, &line(CHESS_TITLE)),
            (Date, ago),
            (Title, &line(HARBOR_TITLE)),
            (Date, ago),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
        ],
    );
    // The hours of a story told as it happens are its own.
    check(
        "as it happens",
        &[(Title, &line(HARBOR_TITLE)), (Body, &format!("09:15 {HARBOR}10:40 {HARBOR_MORE}"))],
    );
}

#[test]
fn what_readers_wrote() {
    check(
        "below names and days",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (
                Other,
                "تعليقات الزوار (2)\n1 - قارئ من الشمال\nشكرا على المتابعة المستمرة لهذا الملف ونرجو أن تنشروا مواعيد السفن كل أسبوع.\n2 - بحار قديم\nنتمنى أن نرى شيئا على أرض الواقع فقد تعب الناس من الوعود.\nأضف تعليقا\n",
            ),
        ],
    );
}

#[test]
fn a_sentence_that_goes_on_ends_the_title_on_its_line() {
    let on = "وقال مدير الميناء إن الطاقة السنوية سترتفع إلى مليوني حاوية، وإن مئات العمال المهرة سينضمون إلى الفريق الحالي قبل الصيف.\n";
    check(
        "on the line of a heading",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (RelatedHead, "اقرأ أيضا: "),
            (RelatedTitle, &format!("{CHESS_TITLE} ")),
            (Body, on),
        ],
    );
    let joined = |text: &str| text.replace('\n', " ");
    check(
        "on a page that has lost its lines",
        &[
            (Body, &joined(HARBOR)),
            (RelatedHead, "اقرأ أيضا "),
            (RelatedTitle, &format!("{CHESS_TITLE} ")),
            (Body, &format!("{}{}", joined(on), OLIVES_MORE.trim_end())),
        ],
    );
}

#[test]
fn a_pasted_story_may_have_lost_its_title() {
    let page = |below: &[(SegmentKind, &str)]| {
        let own = [(Title, &*line(HARBOR_TITLE)), (Body, HARBOR), (Body, HARBOR_MORE)];
        let head = [(RelatedHead, "إقرأ أيضاً:\n")];
        check("without a title", &[&own[..], &head, below].concat());
    };
    page(&[(RelatedStory, CHESS)]);
    page(&[(RelatedStory, OLIVES), (RelatedStory, OLIVES_MORE)]);
    // What stood below the heading is lost, and the page's own story goes on.
    page(&[(Body, HARBOR_BACK)]);
    page(&[(Body, HARBOR_LAST)]);
    page(&[(Body, OLIVES_MORE)]);
    page(&[(Body, CHESS), (Keywords, "كلمات دلالية: الميناء، شحن\n")]);
    // Nor does another story come where one was announced, or little was told.
    let announced = "وقال مدير الميناء للصحفيين بعد الجولة التي شملت المخازن والسوق القديم:\n";
    check(
        "announced",
        &[
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Body, announced),
            (RelatedHead, "اقرأ أيضا\n"),
            (Body, CHESS),
        ],
    );
    check("little told", &[(Body, HARBOR), (RelatedHead, "اقرأ أيضا\n"), (Body, CHESS)]);
}

#[test]
fn another_article_below_has_a_head_like_the_page() {
    let own_head = [(Date, "12 يوليو 2015\n"), (Byline, "كتب: سالم الهادي\n")];
    let head = [(Date, "13 يوليو 2015\n"), (Byline, "كتب: ليلى العامري\n")];
    check(
        "a day and an author",
        &[
            (Title, &line(HARBOR_TITLE)),
            own_head[0],
            own_head[1],
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedTitle, &line(OLIVES_TITLE)),
            head[0],
            head[1],
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
    check(
        "a day",
        &[
            (Title, &line(HARBOR_TITLE)),
            own_head[0],
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedTitle, &line(OLIVES_TITLE)),
            head[0],
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
    // The page's own story goes on below a heading of its own with a day.
    for heading in ["كيف بنيت أرصفة الميناء الثلاثة", HARBOR_TITLE] {
        let text = format!(
            "{HARBOR_TITLE}\n12 يوليو 2015\n{HARBOR}{HARBOR_MORE}{heading}\n13 يوليو 2015\n{HARBOR_LAST}"
        );
        let out = segment(None, &text, None, &MarkerTable::default());
        assert!(out.embedded.is_empty(), "{heading}: {:?}", out.segments);
    }
}
