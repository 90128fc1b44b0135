//! What a reader would decide, through the whole engine: formulas stay apart, spellings do not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tikrar::config::{MatchConfig, OutputConfig};
use tikrar::pipeline::dedup;
use tikrar::progress::NoProgress;
use tikrar::read::{Input, ReadOptions};

const NAMES: [&str; 20] = [
    "سامر الحداد",
    "ليث البكري",
    "نادر العمري",
    "فراس الخطيب",
    "هاني السقا",
    "مازن الطرابلسي",
    "رامز القاضي",
    "زياد المصري",
    "وائل الشامي",
    "كمال الدباغ",
    "عادل النجار",
    "باسل الحلبي",
    "ماهر الصباغ",
    "جهاد العطار",
    "نبيل الزعبي",
    "أنس الكيلاني",
    "حسام الرفاعي",
    "طارق المالح",
    "غسان اللحام",
    "بشار القباني",
];

const TOWNS: [&str; 20] = [
    "المرجانة",
    "السنديانة",
    "الواحة",
    "العين",
    "الزهراء",
    "النخيل",
    "الصفصاف",
    "الريحان",
    "البيادر",
    "الكروم",
    "الينابيع",
    "التلال",
    "الفردوس",
    "المروج",
    "الساحل",
    "الجسر",
    "القنطرة",
    "المنارة",
    "الربوة",
    "الغدير",
];

/// Five formulas; `{n}` is a name, `{t}` a town, `{d}` a number.
const FORMULAS: [&str; 5] = [
    "بعث رئيس المجلس ببرقية عزاء ومواساة إلى أسرة السيد {n} في وفاة والده رحمه الله. وعبر رئيس \
     المجلس في البرقية عن خالص تعازيه وصادق مواساته لأسرة الفقيد في {t}، سائلا الله العلي القدير أن \
     يتغمده بواسع رحمته ورضوانه وأن يسكنه فسيح جناته وأن يلهم أهله وذويه الصبر والسلوان، إنه سميع \
     مجيب وإنا لله وإنا إليه راجعون. وكان الفقيد قد توفي عن عمر ناهز {d} عاما.",
    "توقعت هيئة الأرصاد أن يكون الطقس غدا على {t} صحوا إلى غائم جزئيا، وأن تبلغ درجة الحرارة العظمى \
     {d} درجة مئوية والصغرى {e} درجة. وتكون الرياح السطحية شمالية غربية تتراوح سرعتها بين {e} و{d} \
     كيلومترا في الساعة، وارتفاع الموج من متر إلى متر ونصف المتر، وحالة البحر خفيف إلى متوسط الموج.",
    "أغلق مؤشر سوق {t} للأوراق المالية تعاملات اليوم مرتفعا {d} نقطة ليصل إلى مستوى {e} نقطة، وبلغت \
     قيمة التداولات {d} مليون دينار. وتصدرت أسهم شركة {n} القابضة قائمة الشركات الأكثر ارتفاعا، فيما \
     بلغ عدد الأسهم المتداولة {e} مليون سهم نفذت من خلال {d} ألف صفقة في جلسة اليوم.",
    "فاز فريق {t} على ضيفه فريق الاتحاد {d} مقابل {e} في المباراة التي جمعتهما مساء أمس على ملعب \
     المدينة الرياضية ضمن منافسات الدوري. وسجل هدف الفوز اللاعب {n} في الدقيقة {d} من تسديدة قوية من \
     خارج منطقة الجزاء، وبهذا الفوز رفع الفريق رصيده إلى {e} نقطة في جدول الترتيب العام.",
    "أصدرت وزارة الداخلية بيانا بشأن تنفيذ حكم القتل قصاصا بأحد الجناة في {t}، إذ أقدم {n} على قتل جاره \
     بإطلاق النار عليه إثر خلاف بينهما. وأسفر التحقيق معه عن توجيه الاتهام إليه بارتكاب جريمته، وبإحالته \
     إلى المحكمة صدر بحقه صك يقضي بثبوت ما نسب إليه، وصدق الحكم من المرجع بعد {d} شهرا.",
];

fn filled(formula: &str, at: usize) -> String {
    // Steps without a common factor with 20: no two of 200 pages share name, town and number.
    let name = NAMES[at * 7 % 20];
    let town = TOWNS[(at * 3 + at / 20) % 20];
    formula
        .replace("{n}", name)
        .replace("{t}", town)
        .replace("{d}", &(21 + at * 37 % 811).to_string())
        .replace("{e}", &(3 + at * 53 % 977).to_string())
}

/// How two pages relate, by their ids.
type Relations = BTreeMap<(String, String), String>;

/// Clusters of a run over `pages` (id, text), as lists of ids; and its story relations.
fn run(pages: &[(String, String)]) -> (Vec<Vec<String>>, Relations) {
    let place = tempfile::tempdir().expect("a folder");
    let input = place.path().join("pages.jsonl");
    let lines: Vec<String> = pages
        .iter()
        .enumerate()
        .map(|(at, (id, text))| {
            let outlet = format!("outlet-{}", at % 8);
            serde_json::json!({ "id": id, "outlet": outlet, "text": text }).to_string()
        })
        .collect();
    fs::write(&input, lines.join("\n")).expect("the archive");
    let output = OutputConfig {
        dir: place.path().join("RUN"),
        force: false,
        dry_run: false,
        kept: false,
        removed: false,
        segments: false,
        strict: true,
        cut_blocks: false,
        annotate: false,
        report: None,
    };
    let matching = MatchConfig { pairs: true, ..MatchConfig::default() };
    let inputs = vec![Input::Path(input)];
    dedup(inputs, &ReadOptions::default(), None, &matching, &output, &NoProgress).expect("a run");
    let clusters = lines_of(&output.dir.join("clusters.jsonl"))
        .iter()
        .map(|line| {
            let members = line["members"].as_array().expect("members");
            members.iter().map(|m| m["id"].as_str().expect("an id").to_owned()).collect()
        })
        .collect();
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    let pairs = lines_of(&output.dir.join("pairs.jsonl"))
        .iter()
        .map(|line| ((text(&line["a"]), text(&line["b"])), text(&line["relation"])))
        .collect();
    (clusters, pairs)
}

fn lines_of(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).expect("a file of the run");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn two_hundred_pages_of_one_formula_make_no_cluster() {
    for (kind, formula) in FORMULAS.iter().enumerate() {
        let pages: Vec<(String, String)> =
            (0..200).map(|at| (format!("p{at:03}"), filled(formula, at))).collect();
        let (clusters, _) = run(&pages);
        assert!(clusters.is_empty(), "formula {kind}: {clusters:?}");
    }
}

const STORY: &str = "أعلنت الأكاديمية الوطنية للعلوم، أمس، إطلاق برنامج لترميم المخطوطات القديمة في المكتبات \
    العامة يستمر 12 شهرا. وقال الدكتور إياد إسماعيل رئيس الأكاديمية إن البرنامج يشمل أربعة آلاف مخطوطة \
    أصابها التلف بسبب الرطوبة والإهمال. وأضاف أن فريقا من الخبراء سيبدأ العمل يوم الأحد في قاعات أعدت \
    لهذا الغرض، على أن تنقل القطع الأكثر تضررا إلى مختبر مؤهل لإزالة الأحماض من الورق. وأشار إلى أن \
    الأهالي في القرى المجاورة أهدوا الأكاديمية أوراقا ورثوها عن أجدادهم، وإلى أن نسخا رقمية منها ستتاح \
    للباحثين مجانا عبر موقع الأكاديمية ابتداء من 15 مارس.";

#[test]
fn one_text_in_other_spellings_day_words_digits_and_honorifics_is_one_cluster() {
    let other = STORY
        .replace("أمس", "اليوم")
        .replace("الأحد", "غدا")
        .replace("الدكتور", "د.")
        .replace("12", "١٢")
        .replace("15", "١٥")
        .replace(['أ', 'إ'], "ا")
        .replace('ة', "ه");
    let mut pages: Vec<(String, String)> =
        (0..60).map(|at| (format!("f{at:03}"), filled(FORMULAS[at % 5], at / 5))).collect();
    pages.push(("story".into(), STORY.into()));
    pages.push(("other".into(), other));
    let (clusters, _) = run(&pages);
    assert_eq!(clusters.len(), 1, "{clusters:?}");
    assert_eq!(clusters[0].len(), 2);
    assert!(clusters[0].iter().all(|id| id == "story" || id == "other"));
}

/// A story of its own for every number: sentences over words that no other story has.
fn own_story(number: usize, sentences: usize) -> String {
    let word = |i: usize| {
        const ROOTS: [&str; 16] = [
            "كتب", "درس", "علم", "سفر", "نظر", "حمل", "رسم", "فتح", "سكن", "عمل", "خرج", "دخل",
            "رفع", "طلب", "نشر", "حضر",
        ];
        const SHAPES: [&str; 8] =
            ["م#ون", "ت#ات", "ا#ين", "مست#ة", "#انية", "ال#ات", "ي#ون", "م#ي"];
        let mixed = (number * 7919 + i).wrapping_mul(2_654_435_761) >> 7;
        SHAPES[mixed % 8].replace('#', ROOTS[mixed / 8 % 16]) + ROOTS[(mixed / 128 + number) % 16]
    };
    (0..sentences)
        .map(|s| (0..14).map(|w| word(s * 14 + w)).collect::<Vec<_>>().join(" ") + ".")
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_digest_is_related_to_its_stories_and_merged_with_none_and_an_update_stays() {
    let stories: Vec<String> = (0..5).map(|n| own_story(n, 8)).collect();
    let mut pages: Vec<(String, String)> =
        stories.iter().enumerate().map(|(n, text)| (format!("s{n}"), text.clone())).collect();
    pages.push(("z-digest".into(), stories.join(" ")));
    let half: String = own_story(0, 8).split_inclusive(". ").take(4).collect();
    let fresh: String = own_story(77, 8).split_inclusive(". ").take(4).collect();
    pages.push(("z-update".into(), half + &fresh));
    let (clusters, pairs) = run(&pages);
    assert!(clusters.is_empty(), "{clusters:?}");
    let relation = |a: &str, b: &str| pairs.get(&(a.to_owned(), b.to_owned())).map(String::as_str);
    for n in 0..5 {
        assert_eq!(relation(&format!("s{n}"), "z-digest"), Some("contains"), "story {n}");
    }
    assert_eq!(relation("s0", "z-update"), Some("update"));
}
