//! Pages as other sites lay them out: headings, buttons and counts in the words of many sites, signs
//! and tags before them, blocks in the midst of the story, and lines of the story that begin as a
//! marker does.

use super::SegmentKind::{
    Body, Byline, Date, Keywords, Other, Promo, RelatedHead, RelatedList, RelatedStory,
    RelatedTitle, Source, Title,
};
use super::anatomy::{
    CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, LIBRARY, LIBRARY_TITLE, OLIVES, OLIVES_MORE,
    OLIVES_TITLE, archive, check, check_with, line, named_pages, outlet, segment,
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
        (Other, "صدر الصورة، مكتب الميناء"),
        (Promo, "The post الرصيف الجديد appeared first on سدرة."),
        (Promo, "ظهرت المقالة الرصيف الجديد أولاً على سدرة."),
        (Promo, "التدوينة الرصيف الجديد ظهرت أولاً على سدرة."),
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

#[test]
fn lists_that_are_read_out_end_where_they_say() {
    let lines = [
        (Title, &*line(HARBOR_TITLE)),
        (Body, HARBOR),
        (RelatedHead, "اقرأ أيضا\n"),
        (Other, "list 1 of 2\n"),
        (RelatedList, &*line(OLIVES_TITLE)),
        (Other, "list 2 of 2\n"),
        (RelatedList, &*line(CHESS_TITLE)),
        (Other, "end of list\n"),
        (Body, HARBOR_MORE),
        (Source, "المصدر : مرصد الساحل\n"),
    ];
    check("the story goes on", &lines);
    check("without a heading", &[&lines[..2], &lines[3..]].concat());
}

#[test]
fn the_day_of_an_item_is_a_part_of_its_list() {
    let list =
        format!("• {OLIVES_TITLE}\nمايو 3, 2024\n• {CHESS_TITLE}\nمنذ 4 أيام\n• {LIBRARY_TITLE}\n");
    check(
        "days between items",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, "مواضيع ذات صلة\n"),
            (RelatedList, &list),
        ],
    );
}

#[test]
fn what_readers_and_aggregators_add_is_no_story() {
    let story = [(Title, &*line(HARBOR_TITLE)), (Body, HARBOR), (Body, HARBOR_MORE)];
    let end = |parts: &[(SegmentKind, &'static str)]| {
        check(parts[0].1, &[&story[..], parts].concat());
    };
    end(&[
        (Other, "تعليقات القراء (2)\n"),
        (Other, "1 - سعاد\n"),
        (Other, "كلام جميل لكن أين الرصيف القديم؟\n"),
        (Other, "2 - فارس من الحي القديم\n"),
        (Other, "مبروك\n"),
    ]);
    end(&[(
        Other,
        "ملحوظة: مضمون هذا الخبر تم كتابته بواسطة مرصد الساحل ولا يعبر عن وجهة نظر سدرة، ونحن غير \
         مسئولين عن محتوى الخبر والعهدة على المصدر.\n",
    )]);
    end(&[(
        Other,
        "وتجدر الإشارة بأن الموضوع الأصلي قد نشر في مرصد الساحل وقد قام فريق التحرير بالتأكد منه.\n",
    )]);
    check(
        "the way to the page",
        &[&[(Other, &*format!("الرئيسية/أخبار/{HARBOR_TITLE}\n"))], &story[..]].concat(),
    );
}

#[test]
fn an_agency_dates_by_two_calendars_and_by_the_hour() {
    check(
        "head and end",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Date, "مكة المكرمة 24 شوال 1445 هـ الموافق 3 مايو 2024 م واس\n"),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (Other, "// انتهى //\n"),
            (Date, "14:05 ت م\n"),
        ],
    );
}

/// The lines of a text, broken where the next word would make them wider.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in text.lines() {
        let mut wide = 0;
        for word in paragraph.split(' ') {
            let letters = word.chars().count();
            let breaks = wide > 0 && wide + 1 + letters > width;
            out.push_str(if breaks {
                "\n"
            } else if wide > 0 {
                " "
            } else {
                ""
            });
            wide = if breaks || wide == 0 { letters } else { wide + 1 + letters };
            out.push_str(word);
        }
        out.push_str("\n\n");
    }
    out
}

#[test]
fn a_text_broken_into_lines_of_one_width_has_paragraphs() {
    for width in [64, 72, 80] {
        let wrap = |text: &str| wrapped(text, width);
        check(
            "second story",
            &[
                (Title, &wrap(HARBOR_TITLE)),
                (Date, "تاريخ النشر: 3rd, May 2024 GMT\n\n"),
                (Body, &wrap(HARBOR)),
                (Body, &wrap(HARBOR_MORE)),
                (Source, "المصدر: صحيفة المرفأ\n\n"),
                (RelatedHead, "إقرأ أيضاً:\n\n"),
                (RelatedTitle, &wrap(OLIVES_TITLE)),
                (RelatedStory, &wrap(OLIVES)),
                (RelatedStory, &wrap(OLIVES_MORE)),
            ],
        );
    }
    // Short lines that end before the width are lines.
    let items = [OLIVES_TITLE, CHESS_TITLE, LIBRARY_TITLE].map(line).concat();
    check(
        "titles",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, "يستقبل الرصيف أول سفينة شحن قريبا.\n"),
            (Body, "وأنهت الفرق الفنية تجارب الرافعات كلها.\n"),
            (RelatedHead, "مواضيع ذات صلة\n"),
            (RelatedList, &items),
        ],
    );
}

#[test]
fn a_title_of_the_archive_between_paragraphs_may_have_its_story_below() {
    // On its own page the story opens in other words: an agency, or a lead of its own.
    let mut pages = named_pages();
    pages[1] = format!("{OLIVES_TITLE}\nالسهل - وكالة الحقول: قال مزارعون {OLIVES}{OLIVES_MORE}");
    let repeats = archive(&pages);
    let story = format!("{HARBOR}{HARBOR_MORE}");
    let below =
        "بدأ مزارعو السهل الغربي قطاف الزيتون وسط توقعات بموسم وفير بعد أمطار الربيع الغزيرة.\n";
    let parts = [
        (Title, &*line(HARBOR_TITLE)),
        (Body, &*story),
        (RelatedTitle, &*line(OLIVES_TITLE)),
        (RelatedStory, below),
    ];
    check_with("its story", None, Some(&repeats), &MarkerTable::default(), &parts);
    let on = "وأضاف مدير الميناء أن الرصيف الجديد سيخدم الفرق الفنية وسفن الشحن الكبيرة نهاية الشهر المقبل.\n";
    let text = format!("{}{HARBOR}{HARBOR_MORE}{}{on}", line(HARBOR_TITLE), line(OLIVES_TITLE));
    let out = segment(None, &text, Some(&repeats), &MarkerTable::default());
    let kind = out.segments.last().map(|s| s.kind);
    assert_eq!(kind, Some(Body), "the page's own story goes on: {:?}", out.segments);
}

#[test]
fn a_page_that_has_lost_its_lines() {
    let mut pages = named_pages();
    pages.push(format!("{OLIVES_TITLE}\n{OLIVES}{OLIVES_MORE}"));
    let repeats = archive(&pages);
    let spaced = |text: &str| text.replace('\n', " ");
    let own = spaced(&format!("{HARBOR}{HARBOR_MORE}"));
    let second = spaced(&format!("{OLIVES}{OLIVES_MORE}"));
    let title = format!("{OLIVES_TITLE} ");
    let parts = [
        (Body, &*own),
        (RelatedHead, "أخبار ذات صلة "),
        (RelatedTitle, &*title),
        (RelatedStory, &*second),
    ];
    let table = MarkerTable::default();
    check_with("a heading", Some(HARBOR_TITLE), Some(&repeats), &table, &parts);
    let parts = [parts[0], parts[2], parts[3]];
    check_with("no heading", Some(HARBOR_TITLE), Some(&repeats), &table, &parts);
    // Words of prose that are a heading elsewhere head nothing without a title of the archive.
    let prose = format!("{own}أخبار ذات صلة بالميناء نفتها السلطة أمس وقالت إنها بلا أساس. {own}");
    check_with("prose", Some(HARBOR_TITLE), Some(&repeats), &table, &[(Body, &*prose)]);
    // A page that ends with a heading.
    let end = format!("{own}أخبار ذات صلة");
    segment(Some(HARBOR_TITLE), &end, Some(&repeats), &table);
}

/// A text without line ends.
fn on_one_line(text: &str) -> String {
    text.replace('\n', " ")
}

#[test]
fn a_heading_on_a_joined_page_is_known_by_what_follows_it() {
    let own = on_one_line(&format!("{HARBOR}{HARBOR_MORE}"));
    let second = on_one_line(&format!("{OLIVES_TITLE}\n{OLIVES}{OLIVES_MORE}"));
    for head in ["قد يعجبك أيضاً ", "مواضيع مشابهة ", "اقرأ أيضا: "]
    {
        let parts = [(Body, &*own), (RelatedHead, head), (RelatedStory, second.trim_end())];
        check("another story", &parts);
        // The page's own story goes on after a title that the archive does not know.
        let on = "وتقول سلطة الميناء إن الرصيف الجديد سيخفف الازدحام عن السفن، وإن الفرق الفنية أنهت \
                  تجارب الرافعات الكبيرة وأنظمة التحكم في نهاية الشهر، وإن العمال المهرة سينضمون إلى \
                  الفريق الحالي قبل الصيف، فيما ستزيد شركات النقل العالمية عدد رحلات الشحن إلى الرصيف.";
        let text = format!("{own}{head}{CHESS_TITLE} {on} {on}");
        let out = segment(None, &text, None, &MarkerTable::default());
        let last = out.segments.last().map(|s| (s.kind, text[s.span.range()].ends_with(on)));
        assert_eq!(last, Some((Body, true)), "{head}: {:?}", out.segments);
    }
    // After the keywords nothing of the page's own story comes.
    let parts = [
        (Body, &*own),
        (Keywords, "كلمات دلالية: ميناء رصيف "),
        (RelatedHead, "مواضيع مشابهة "),
        (RelatedStory, second.trim_end()),
    ];
    check("closed", &parts);
}

#[test]
fn the_title_and_the_date_of_a_joined_page() {
    let own = on_one_line(&format!("{HARBOR}{HARBOR_MORE}"));
    let parts = [
        (Title, &*format!("{HARBOR_TITLE} ")),
        (Date, "تاريخ النشر: 3rd, May 2024 GMT "),
        (Body, own.trim_end()),
    ];
    check("no field", &parts);
    let bare = [parts[0], (Date, "3 مايو 2024 "), parts[2]];
    let table = MarkerTable::default();
    check_with("a bare date", Some(HARBOR_TITLE), None, &table, &bare);
    let before = [(Date, "الجمعة 3 مايو 2024 "), parts[0], parts[2]];
    check_with("a date first", Some(HARBOR_TITLE), None, &table, &before);
    // A date in the first sentence is the story's.
    let prose = format!("{HARBOR_TITLE} في 3 مايو 2024 كما كان مقررا. {own}");
    check("prose", &[(Body, &*prose)]);
}

#[test]
fn lists_of_a_joined_page() {
    let own = on_one_line(&format!("{HARBOR}{HARBOR_MORE}"));
    for signs in [["- ", "- ", "- "], ["1. ", "2. ", "3. "], ["• ", "• ", "• "], ["", "", ""]]
    {
        let titles = [OLIVES_TITLE, CHESS_TITLE, LIBRARY_TITLE];
        let list = signs.iter().zip(titles).flat_map(|(sign, title)| [*sign, title, " "]);
        let list: String = list.collect();
        let parts = [(Body, &*own), (RelatedHead, "مواضيع ذات صلة "), (RelatedList, &*list)];
        let text: String = parts.iter().map(|p| p.1).collect();
        let out = segment(None, &text, None, &MarkerTable::default());
        let kinds: Vec<_> = joined_kinds(&out);
        let list = if signs[0].is_empty() { RelatedTitle } else { RelatedList };
        assert!(
            kinds == [Body, RelatedHead, list] || kinds == [Body, RelatedHead, RelatedList],
            "{text}: {kinds:?}"
        );
        assert_eq!(out.segments[0].span.len() as usize, own.len());
    }
}

/// The kinds of a page's parts, equal neighbors once.
fn joined_kinds(out: &Segments) -> Vec<SegmentKind> {
    let mut kinds: Vec<_> = out.segments.iter().map(|s| s.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn a_sign_in_the_place_of_line_ends() {
    for sign in [" | ", " - ", " • ", " ¶ "] {
        let with = |text: &str| format!("{}{sign}", text.trim_end());
        let parts = [
            (Title, &*with(HARBOR_TITLE)),
            (Date, &*with("تاريخ النشر: 3rd, May 2024 GMT")),
            (Body, &*with(HARBOR)),
            (Body, &*with(HARBOR_MORE)),
            (Source, &*with("المصدر: صحيفة المرفأ")),
            (Keywords, &*with("كلمات دلالية: الميناء الرصيف سفينة")),
            (RelatedHead, &*with("إقرأ أيضاً")),
            (RelatedTitle, &*with(OLIVES_TITLE)),
            (RelatedStory, &*with(OLIVES)),
            (RelatedStory, OLIVES_MORE.trim_end()),
        ];
        check(sign, &parts);
    }
    // A dash inside sentences sets nothing apart.
    let prose = "قال المدير - وهو مهندس - إن الرصيف جاهز، وإن السفن - كلها - ستدخل منه. ".repeat(6);
    check("dashes of prose", &[(Body, prose.trim_end())]);
}

#[test]
fn a_tag_before_a_line_is_no_bullet() {
    let line = |text: &str| format!("<p>{}</p>", text.trim_end());
    check(
        "paragraphs",
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, &line(HARBOR)),
            (Body, &line(HARBOR_MORE)),
            (Source, &line("المصدر: صحيفة المرفأ")),
            (RelatedHead, &line("اقرأ أيضا")),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, &line(OLIVES)),
        ],
    );
}

#[test]
fn a_block_that_lost_its_lines_alone() {
    let block = on_one_line(&format!("{OLIVES_TITLE}\n{OLIVES}{OLIVES_MORE}"));
    let story = [(Body, HARBOR), (Body, HARBOR_MORE)];
    let block = [(RelatedHead, "مواضيع مشابهة "), (RelatedStory, block.trim_end())];
    check("a story", &[&story[..], &block].concat());
    // The page's own story after such words is no other.
    let on =
        format!("مواضيع ذات صلة بالرصيف الجديد ناقشتها سلطة الميناء أمس. {}\n", HARBOR.trim_end());
    check("prose", &[&story[..], &[(Body, &*on)]].concat());
}
