//! Headings in other words, with tails, and lines of prose that begin as they do: tests with invented
//! sentences.

use super::SegmentKind::{Body, RelatedHead, RelatedStory, RelatedTitle, Title};
use super::anatomy::{
    CHESS_TITLE, HARBOR, HARBOR_MORE, HARBOR_TITLE, OLIVES, OLIVES_MORE, OLIVES_TITLE, check, line,
};

fn heads(head: &str) {
    check(
        head,
        &[
            (Title, &line(HARBOR_TITLE)),
            (Body, HARBOR),
            (Body, HARBOR_MORE),
            (RelatedHead, &line(head)),
            (RelatedTitle, &line(OLIVES_TITLE)),
            (RelatedStory, OLIVES),
            (RelatedStory, OLIVES_MORE),
        ],
    );
}

#[test]
fn the_tail_of_a_heading_is_no_title() {
    for head in [
        "أخبار ذات صلة (7)",
        "أخبار ذات صلة - 12",
        "مواضيع ذات صلة - عرض الكل",
        "مقالات مشابهة | شاهد الكل",
        "أخبار ذات صلة | المرفأ",
        "مواضيع ذات صلة - صحيفة المرفأ",
        "شاهد أيضا بالفيديو",
        "شاهد أيضا (فيديو)",
        "اقرأ أيضا [إعلان]",
        "الأكثر قراءة - عرض الكل",
        "أخبار متعلقة View all",
        "أخبار ذات صلة «المرفأ»",
    ] {
        heads(head);
    }
}

#[test]
fn a_title_after_a_heading_is_no_tail() {
    for (head, title) in [
        ("اقرأ أيضا - ", CHESS_TITLE),
        ("أخبار ذات صلة | ", "بطلة الشطرنج تعود غدا"),
        ("شاهد أيضا: ", "صور نادرة من السوق القديم"),
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
}

#[test]
fn headings_in_other_words() {
    for head in [
        "Lire également",
        "Sur le même sujet :",
        "İlgili haberler",
        "مطالب مرتبط",
        "بیشتر بخوانید:",
        "یہ بھی پڑھیں",
        "ئەمەش بخوێنەوە",
        "زيد قرا:",
        "طالعوا بعد",
        "قرا أيضا",
        "ممكن يهمك كمان",
        "بتهمك هالأخبار",
        "ربما فاتك",
        "مقترح لك",
        "موصى به",
        "تغطية سابقة",
        "اقرأ من نفس الكاتب",
        "أخبار لها صلة",
        "من أخبارنا أيضا",
        "لا تنس قراءة",
        "خبر آخر:",
        "هل قرأت هذا المقال؟",
        "هل شاهدت؟",
        "اقرا ايظا",
        "طالعأيضا",
        "قراءات مقترحة",
        "ما الذي يقرأه الآخرون؟",
        "القراء طالعوا أيضا",
        "اقرأ المزيد عن الموضوع",
    ] {
        heads(head);
    }
    for (head, outlet) in [("شاهد | ", ""), ("طالع على موقع ", "المرفأ: "), ("موصى به: ", "")]
    {
        check(
            head,
            &[
                (Title, &line(HARBOR_TITLE)),
                (Body, HARBOR),
                (RelatedHead, head),
                (RelatedTitle, &format!("{outlet}{CHESS_TITLE}\n")),
                (Body, HARBOR_MORE),
            ],
        );
    }
}

#[test]
fn prose_that_begins_as_they_do_stays() {
    for prose in [
        "موصى به من لجنة الخبراء هذا المشروع الذي طال انتظاره منذ أعوام.\n",
        "ربما فاتك القطار هذه المرة لكن السفينة لن تفوت أحدا من المسافرين.\n",
        "خبر آخر أسعد أهل المدينة وهو أن السوق سيفتح أبوابه غدا.\n",
        "قرأ: ما تيسر من كتاب الرحلات أمام طلابه في القاعة الكبرى.\n",
        "هل شاهدت السفينة وهي تدخل الميناء قبل الفجر بساعة واحدة؟\n",
        "عودة إلى الموضوع الذي بدأنا به فإن الرصيف لم يكتمل بعد.\n",
        "تغطية سابقة للصحيفة كشفت أن المخازن لم تكن جاهزة في موعدها.\n",
        "من أخبارنا التي نشرت في الصيف ما قاله المدير عن الرافعات.\n",
        "شاهد المدير السفينة من شرفة مكتبه المطل على الرصيف القديم.\n",
        "المزيد من الضغوط\n",
        "المزيد عن الرصيف\n",
        "تفاصيل الخبر\n",
    ] {
        check(
            prose,
            &[(Title, &line(HARBOR_TITLE)), (Body, HARBOR), (Body, prose), (Body, HARBOR_MORE)],
        );
    }
}
