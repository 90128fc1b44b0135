//! Pages as other sites lay them out: headings, buttons and counts in the words of many sites, signs
//! and tags before them, blocks in the midst of the story, and lines of the story that begin as a
//! marker does.

use super::SegmentKind::{
    Body, Byline, Date, Keywords, Other, Promo, RelatedHead, RelatedList, RelatedStory,
    RelatedTitle, Source, Title,
};
use super::anatomy::{
    CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY, LIBRARY_TITLE, OLIVES, OLIVES_MORE,
    OLIVES_TITLE, archive, check, check_with, line, named_pages, outlet,
};
use super::*;

/// A page with this heading and a list at its end.
fn listed(head: &str) {
    let items = [OLIVES_TITLE, CHESS_TITLE, LIBRARY_TITLE].map(|t| format!("◾ {t}\n"));
    check(
        head,
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, &line(head)),
            (RelatedList, &items.concat()),
        ],
    );
}

#[test]
fn headings_of_many_sites() {
    for head in [
        "🔴 اقرأ أيضاً:",
        "👈 اقرأ أيضا",
        "### اقرأ المزيد",
        "<h3>مواضيع ذات صلة</h3>",
        "اقرأ أيضا في مرصد الساحل:",
        "اقرأ أيضاً على أصداء النخيل",
        "المزيد من أصداء النخيل",
        "الأكثر قراءة الآن",
        "الأكثر مشاهدة هذا الأسبوع",
        "قد تهمك هذه المواضيع",
        "ننصحكم بقراءة:",
        "لا يفوتك",
        "نرشح لك قراءة:",
        "اخترنا لكم",
        "محتوى ذو صلة",
        "قصص مقترحة",
        "طالع المزيد:",
        "تابع القراءة",
        "اطلع أيضا على:",
        "شوف كمان:",
        "Related posts",
        "You may also like",
        "Lire aussi",
        "أخبار متعلقة",
        "إقرأ أیضاً",
        "اِقْرَأْ أَيْضًا",
        "اقــرأ أيـــضاً:",
    ] {
        listed(head);
    }
}

#[test]
fn teasers_of_many_sites() {
    for teaser in [
        "◄ اقرأ أيضا: ",
        "📌 قد يهمك: ",
        "ذات صلة: ",
        "خبر ذو صلة: ",
        "نرشح لك: ",
        "لا يفوتك: ",
        "للمزيد اقرأ: ",
        "ننصحك بقراءة: ",
        "راجع أيضا: ",
        "Read also: ",
        "<strong>اقرأ أيضا:</strong> ",
        "اقرأ أيضا:&nbsp;",
        "اقرأ أيضاً :: ",
        "اقرأ: ",
    ] {
        check(
            teaser,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (RelatedHead, teaser),
                (RelatedTitle, &line(OLIVES_TITLE)),
                (Body, HARBOR_MORE),
            ],
        );
    }
}

#[test]
fn buttons_counts_and_calls_of_many_sites() {
    for (kind, text) in [
        (Promo, "فيسبوك تويتر واتساب تلغرام"),
        (Promo, "Facebook Twitter WhatsApp Telegram"),
        (Promo, "طباعة"),
        (Promo, "لا تنس مشاركة الموضوع"),
        (Promo, "لمتابعة آخر الأخبار اشترك في قناتنا على واتساب"),
        (Promo, "يمكنكم متابعة آخر أخبار سدرة عبر قناتنا في تلغرام"),
        (Promo, "تابع سدرة على جوجل نيوز"),
        (Promo, "© 2024 سدرة. كل الحقوق محفوظة"),
        (Promo, "🔔 فعل الإشعارات"),
        (Other, "3 دقائق قراءة"),
        (Other, "345 مشاهدة"),
        (Other, "0 تعليق"),
        (Other, "وقت القراءة: دقيقتان"),
        (Other, "عدد المشاهدات: 345"),
        (Other, "رقم الخبر: 88213"),
        (Other, "استمع للخبر"),
        (Other, "حقوق الصورة: مكتب الميناء"),
        (Other, "(صورة من الأرشيف)"),
        (Keywords, "#ميناء #رصيف_جديد #شحن"),
        (Keywords, "تاغات: ميناء، رصيف"),
        (Keywords, "الكلمات الدالة: ميناء، رصيف"),
        (Source, "نقلا عن صحيفة المرفأ"),
    ] {
        let parts = [
            (Title, &*line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (kind, &*line(text)),
        ];
        check(text, &parts);
    }
    check(
        "by whom",
        &[(Title, &line(HARBOR_TITLE)), (Byline, "بواسطة ليلى العامري\n"), (Body, HARBOR)],
    );
}

#[test]
fn lines_that_begin_as_markers_do() {
    for prose in [
        "المزيد من الأمطار متوقعة على المرتفعات خلال اليومين المقبلين.\n",
        "جميع الحقوق محفوظة في العقد للطرفين وفق ما أوضحه المستشار القانوني للشركة.\n",
        "الكلمات المفتاحية في خطاب الوزير كانت الاستقرار والنمو والشراكة.\n",
        "كلمات البحث عن الذات تكررت في خطابه أكثر من عشر مرات.\n",
        "نشر في 12 مايو تقرير يحذر من ندرة المياه في الأحواض الجوفية.\n",
        "المصدر الذي طلب عدم ذكر اسمه قال إن الاجتماع سيعقد في موعده.\n",
        "طباعة الكتاب تمت في مطبعة الجامعة على ورق معاد تدويره.\n",
        "مشاركة المرأة في سوق العمل ارتفعت إلى الثلث وفق أحدث الأرقام.\n",
        "بواسطة القوارب وحدها يصل الأطفال إلى مدرستهم في الضفة الأخرى.\n",
        "في نفس السياق، أكد رئيس الغرفة التجارية أن الأسعار ستتراجع قبل نهاية الشهر.\n",
        "ننصحك بقراءة العقد جيدا قبل التوقيع، قال المحامي لموكله.\n",
        "نرشح لك هذا الكتاب لأنه يجمع بين متعة الحكاية ودقة الباحث.\n",
        "العلامات التي ظهرت على الجدار دفعت المهندسين إلى إخلاء المبنى.\n",
        "#الوطن_أولا لم يعد مجرد وسم بل صار شعارا على الجدران.\n",
        "🔴 عاجل من الميناء: وصلت السفينة الأولى قبل موعدها بساعات قليلة.\n",
    ] {
        let parts =
            [(Title, &*line(HARBOR_TITLE)), (Body, HARBOR), (Body, prose), (Body, HARBOR_MORE)];
        check(prose, &parts);
    }
}

#[test]
fn a_story_goes_on_after_a_title_of_another() {
    let lines = [
        (Title, &*line(HARBOR_TITLE)),
        (Body, HARBOR),
        (RelatedHead, "مواضيع ذات صلة\n"),
        (RelatedTitle, &*line(CHESS_TITLE)),
        (Body, HARBOR_MORE),
        (
            Body,
            "ويعمل في الميناء اليوم ألفا عامل، وتقول السلطة إن الرصيف سيخفف الازدحام عن السفن.\n",
        ),
    ];
    check("no line closes the story", &lines);
    let mut lines = lines.to_vec();
    lines.splice(3..4, [OLIVES_TITLE, CHESS_TITLE, LIBRARY_TITLE].map(|t| (RelatedList, t)));
    let list: String = [OLIVES_TITLE, CHESS_TITLE, LIBRARY_TITLE].map(line).concat();
    lines.splice(3..6, [(RelatedList, &*list)]);
    check("a short list without bullets", &lines);
}

#[test]
fn a_second_story_is_about_its_own_title() {
    check(
        "no line closes the first one",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "قد يهمك أيضا\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
    check(
        "its heading is unknown, and the keywords have closed the first one",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Keywords, "كلمات دلالية: ميناء رصيف\n"),
            (RelatedHead, "من رفوف الأمس\n"),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
}

#[test]
fn a_list_after_the_source_needs_no_known_heading() {
    check(
        "bullets",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Source, "المصدر: صحيفة المرفأ\n"),
            (RelatedHead, "من رفوف الأمس\n"),
            (RelatedList, &format!("✅ {OLIVES_TITLE}\n✅ {CHESS_TITLE}\n")),
        ],
    );
}

#[test]
fn the_title_without_the_name_of_the_site() {
    check(
        "twice",
        &[
            (Title, &format!("{HARBOR_TITLE} - مرصد الساحل\n")),
            (Byline, "كتب: سالم الهادي\n"),
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
        ],
    );
    check("nothing but a date", &[(Title, "3 مايو 2024\n"), (Body, HARBOR), (Body, HARBOR_MORE)]);
    check(
        "after its date",
        &[
            (Date, "نُشر الأحد، 12 مايو 2024\n"),
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
        ],
    );
}

#[test]
fn tags_end_lines() {
    check(
        "breaks, paragraphs, list items",
        &[
            (Title, &format!("<h1>{HARBOR_TITLE}</h1>")),
            (Body, &format!("<p>{}</p>", HARBOR.trim_end())),
            (Body, &format!("<p>{}<br />", HARBOR_MORE.trim_end())),
            (RelatedHead, "<strong>اقرأ أيضا:</strong>"),
            (RelatedList, &format!("<ul><li>- {OLIVES_TITLE}</li><li>- {CHESS_TITLE}</li>")),
        ],
    );
    check(
        "tags inside a line end none",
        &[(Title, &line(HARBOR_TITLE)), (Body, &format!("<b>قال</b> <i>المدير</i> {HARBOR}"))],
    );
}

#[test]
fn a_label_that_many_pages_put_before_titles() {
    let own = "من رفوف الأمس";
    let mut pages = outlet("", "", &format!("{own}: {{}}\nخاتمة الصفحة الأخيرة\n"));
    pages.extend(named_pages());
    let repeats = archive(&pages);
    let parts = [
        (Title, &*line(HARBOR_TITLE)),
        (Body, HARBOR),
        (RelatedHead, &*format!("{own}: ")),
        (RelatedTitle, "عنوان لا تعرفه صفحة أخرى في الأرشيف\n"),
        (Body, HARBOR_MORE),
    ];
    check_with("unknown title", None, Some(&repeats), &MarkerTable::none(), &parts);
}

#[test]
fn lines_among_titles_are_titles() {
    let mut pages = named_pages();
    pages.push(format!("صفحة أخرى عن أمر آخر\n{HARBOR_MORE}"));
    let repeats = archive(&pages);
    let list = format!("{OLIVES_TITLE}\nعنوان لا تعرفه صفحة أخرى في الأرشيف\n{CHESS_TITLE}\n");
    let parts = [
        (Title, "قطار الساحل يعود إلى العمل\n"),
        (
            Body,
            "عاد قطار الساحل إلى العمل أمس بعد توقف دام عامين، وامتلأت عرباته بالركاب منذ الصباح.\n",
        ),
        (RelatedHead, "من رفوف الأمس\n"),
        (RelatedList, &*list),
    ];
    check_with("in their midst", None, Some(&repeats), &MarkerTable::none(), &parts);
    let list = format!("عنوان لا تعرفه صفحة أخرى\n{OLIVES_TITLE}\n{CHESS_TITLE}\n");
    let parts = [parts[0], parts[1], (RelatedHead, "اقرأ أيضا:\n"), (RelatedList, &*list)];
    check_with("below a heading", None, Some(&repeats), &MarkerTable::default(), &parts);
}

#[test]
fn the_story_of_a_title_is_known_by_its_opening() {
    let mut pages = named_pages();
    // On its own page a date and an author stand between the title and the story.
    pages[1] = format!("{OLIVES_TITLE}\n3 مايو 2024\nكتب: سالم\n{OLIVES}{OLIVES_MORE}");
    pages[3] = format!("{LIBRARY_TITLE}\n{LIBRARY}");
    let repeats = archive(&pages);
    let short: String = OLIVES.split_inclusive(' ').take(14).collect();
    let parts = [
        (Title, "قطار الساحل يعود إلى العمل\n"),
        (
            Body,
            "عاد قطار الساحل إلى العمل أمس بعد توقف دام عامين، وامتلأت عرباته بالركاب منذ الصباح.\n",
        ),
        (RelatedTitle, &*line(OLIVES_TITLE)),
        (RelatedStory, &*format!("{short}\n")),
    ];
    check_with("cut off", None, Some(&repeats), &MarkerTable::none(), &parts);
}
