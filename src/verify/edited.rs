//! Stories as editors change them, and forms that are filled in again: sentences of our own.

use super::differences::Kind;
use super::judge::{Judge, StoryText};
use super::relation::{Judgement, Relation};
use crate::fold::{Folder, Profile};
use crate::frequency::Frequencies;

fn judge(frequencies: &Frequencies, a: &str, b: &str) -> Judgement {
    let folder = Folder::new(Profile::Standard);
    let (a, b) = (folder.fold(a), folder.fold(b));
    Judge::new(frequencies).judge(StoryText { folded: &a }, StoryText { folded: &b })
}

/// A story that names a place and a firm again and again.
const STORY: &str = "سدود مارغوليا تمتلئ للمرة الأولى\n\
    امتلأت السدود الثلاثة في مارغوليا بعد أسبوع من الأمطار، وقالت شركة هيدروفال المشغلة للسدود إن المنسوب بلغ \
    حده الأعلى وإن البوابات ستفتح بالتدريج. وأضافت هيدروفال أن سكان القرى الواقعة أسفل الوادي في مارغوليا أبلغوا \
    بمواعيد فتح البوابات، وأن فرق الصيانة تراقب الجسور على مدار الساعة. ويشرب من السدود نصف سكان مارغوليا، \
    وكانت المياه قد تراجعت فيها خلال السنوات الأخيرة حتى اضطرت هيدروفال إلى تقنين الضخ في أشهر الصيف.";

#[test]
fn a_word_that_is_written_otherwise_all_through_is_one_change() {
    let known = Frequencies::built_in();
    for (from, to) in [
        ("مارغوليا", "مارقولية"),
        ("مارغوليا", "مارولغيا"),
        ("مارغوليا", "مار غوليا"),
        ("هيدروفال", "إدارة المياه"),
        ("هيدروفال", "هايدرو فال"),
        ("هيدروفال", "إيدروفول"),
    ] {
        let judgement = judge(&known, STORY, &STORY.replace(from, to));
        assert_eq!(judgement.relation, Relation::Copy, "{from} {to}: {}", judgement.reason());
    }
    // Both at once: spellings change nothing.
    let both = STORY.replace("مارغوليا", "مار غوليا").replace("هيدروفال", "هيدورفال");
    let judgement = judge(&known, STORY, &both);
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
    assert!(judgement.evidence.own_facts.iter().all(|&own| own < 1e-9));
}

#[test]
fn what_stands_twice_for_the_same_is_told_once() {
    let other = STORY.replace("مارغوليا", "تندورا").replace("هيدروفال", "سيلكا");
    let evidence = judge(&Frequencies::built_in(), STORY, &other).evidence;
    let names = Kind::Name as usize;
    assert_eq!((evidence.changed[names], evidence.different[names]), (6, 2));
}

#[test]
fn points_that_are_letters_part_numbers_in_their_own_order() {
    let known = Frequencies::built_in();
    let text = |length: &str| {
        format!(
            "أنهت البلدية رصف طريق الميناء الجديد بطول {length} مترا بعد عمل دام عامين، وتولت الشركة الوطنية للطرق \
             تنفيذ المشروع على ثلاث مراحل شملت الأرصفة والإنارة وممرات المشاة وشبكة تصريف الأمطار"
        )
    };
    let judgement = judge(&known, &text("45540"), &text("540ر45"));
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
    assert_eq!(judgement.evidence.own_numbers, [0, 0]);
    let judgement = judge(&known, &text("45540"), &text("540.45"));
    assert_eq!(judgement.evidence.different[Kind::Number as usize], 1);
}

#[test]
fn two_other_names_are_a_form_filled_in_unless_the_text_is_long() {
    let known = Frequencies::built_in();
    let notice = |who: &str, where_: &str, town: &str| {
        format!(
            "عين مجلس الجامعة في جلسته العادية الدكتور {who} عميدا لكلية {where_} لمدة سنتين قابلة للتجديد، وأعرب \
             العميد عن شكره لإدارة الجامعة على ثقتها وعن عزمه على خدمة الطلاب في فرع {town} وتطوير مناهجهم"
        )
    };
    let (a, b) = (
        notice("هيثم البرغوثاني", "الصيدلة", "الخزامية"),
        notice("تيسير الشهابي", "الهندسة", "السدرية"),
    );
    let judgement = judge(&known, &a, &b);
    assert_eq!(judgement.relation, Relation::Template, "{}", judgement.reason());
    // An editor with other words for two things, each of them all through a long text.
    let long = [STORY, &STORY.replace("مارغوليا", "كيلدانا")].join("\n");
    let edited = long.replace("المنسوب", "المستوى").replace("هيدروفال", "سيلكا");
    let judgement = judge(&known, &long, &edited);
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
}

/// A report of an accident.
fn accident(day: &str, road: &str, what: &str) -> String {
    format!(
        "باشرت فرق الإسعاف بمنطقة الوديعات مساء {day} حادث تصادم {what} على طريق {road}، ووصلت أول فرقة إلى \
         الموقع بعد دقائق من تلقي البلاغ وقدمت للمصابين الرعاية اللازمة قبل نقلهم إلى المستشفى العام، ودعت هيئة \
         الإسعاف السائقين إلى التقيد بالسرعة المحددة وترك مسافة كافية بين المركبات حرصا على سلامتهم"
    )
}

#[test]
fn a_form_that_tells_of_another_day_is_no_copy() {
    let known = Frequencies::built_in();
    let sunday = accident(
        "اليوم الأحد",
        "الخزامية السريع بالقرب من جسر الدغيشي وبجوار مخرج المصاروة",
        "تعرضت له شاحنة محملة بالرخام كان يقودها مازن الصقعوبي",
    );
    let tuesday = accident(
        "أمس الثلاثاء",
        "السدرية القديم خلف محطة البلوشاني",
        "نتج عنه احتراق حافلة تقل معتمرين من أسرة الجنيدي",
    );
    let judgement = judge(&known, &sunday, &tuesday);
    assert_ne!(judgement.relation, Relation::Copy, "{}", judgement.reason());
    assert!(judgement.evidence.other_days);
    let same_day = tuesday.replace("أمس الثلاثاء", "أمس الأحد");
    assert!(!judge(&known, &sunday, &same_day).evidence.other_days);
    // A day that is misprinted, or of the paper and not of the news, changes no fact.
    let misprinted = sunday.replace("الأحد", "الاثنين");
    let judgement = judge(&known, &sunday, &misprinted);
    assert!(judgement.evidence.other_days);
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
}

/// A telegram to the head of a state.
fn telegram(head: &str, feast: &str) -> String {
    format!(
        "أمير الساحل يهنئ {head} بذكرى {feast}\n\
         بعث أمير الساحل برقية تهنئة إلى {head} بمناسبة ذكرى {feast} لبلاده، وأعرب باسمه واسم حكومة الساحل عن أصدق \
         التهاني وأطيب التمنيات بالصحة والسعادة لفخامته، ولشعب بلاده بالتقدم والازدهار في ظل قيادته"
    )
}

#[test]
fn a_telegram_to_another_head_of_state_is_no_copy() {
    let known = Frequencies::built_in();
    let one = telegram("رئيس البرازيل", "الاستقلال");
    for (head, feast) in
        [("ملك السويد", "الاستقلال"), ("رئيس كولومبيا", "الاستقلال"), ("رئيس مدغشقر", "قيام الجمهورية")]
    {
        let judgement = judge(&known, &one, &telegram(head, feast));
        assert_eq!(judgement.relation, Relation::Template, "{head}: {}", judgement.reason());
    }
    // Another spelling is no other state, nor is one that is named beside it.
    for head in ["رئيس البرازل", "رئيس البرازيل نظيره"] {
        let judgement = judge(&known, &one, &telegram(head, "الاستقلال"));
        assert_eq!(judgement.relation, Relation::Copy, "{head}: {}", judgement.reason());
    }
}

#[test]
fn another_headline_is_no_other_subject() {
    let known = Frequencies::built_in();
    let (headline, body) = STORY.split_once('\n').unwrap();
    assert!(headline.contains("سدود"));
    // Words that the story has again, but the headline is another altogether.
    let other = format!("بوابات الوادي تفتح بعد أسبوع من الأمطار\n{body}");
    let judgement = judge(&known, STORY, &other);
    assert_eq!(judgement.relation, Relation::Copy, "{}", judgement.reason());
    // A notice of another office, in a text that is not short: its place is named again and again.
    let notice = |place: &str| {
        format!(
            "مكتب التعليم في {place} يبدأ استقبال المعلمين الجدد الأسبوع المقبل\n\
             يبدأ مكتب التعليم في {place} استقبال المعلمين والمعلمات الجدد مطلع الأسبوع المقبل في مقره الرئيس، ودعا مدير \
             المكتب المرشحين إلى إحضار الشهادات الأصلية وصورها وبطاقات الهوية والتقارير الطبية. وأوضح أن لجان المقابلات \
             تعمل على فترتين، وأن المرشح الذي يتخلف عن موعده يفقد فرصته، وأن حركة النقل الداخلي في {place} تعلن بعد \
             انتهاء المقابلات بأسبوع. وتمنى للجميع التوفيق في خدمة أبناء الوطن، وشكر العاملين في اللجان على ما بذلوه من \
             جهد في الإعداد لاستقبال المعلمين وتوزيعهم على المدارس بحسب الحاجة والتخصص والرغبة"
        )
    };
    let judgement = judge(&known, &notice("الخزامية"), &notice("السدرية"));
    assert_eq!(judgement.relation, Relation::Template, "{}", judgement.reason());
}
