//! The fold against its rules and against its slow reference.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use proptest::prelude::*;
use rayon::prelude::*;
use std::io::BufRead;
use std::path::PathBuf;
use tikrar::fold::{Folded, Folder, Profile, reference};

fn words(profile: Profile, text: &str) -> String {
    Folder::new(profile).fold(text).text().to_owned()
}

fn standard(text: &str) -> String {
    words(Profile::Standard, text)
}

fn strict(text: &str) -> String {
    words(Profile::Strict, text)
}

fn folders() -> impl Iterator<Item = Folder> {
    let plain = Profile::ALL.map(Folder::new);
    let all = Folder::new(Profile::Loose).dropping_hamza(true).stripping_conjunctions(true);
    plain.into_iter().chain([all])
}

/// Checks the fast fold of every profile against the reference, and the spans.
fn check(text: &str) {
    // One buffer for all: nothing may be left of the text before.
    let mut fast = Folded::default();
    for folder in folders() {
        check_folder(&folder, text, &mut fast);
    }
}

fn check_folder(folder: &Folder, text: &str, fast: &mut Folded) {
    folder.fold_into(text, fast);
    let slow = reference::fold(folder, text);
    assert_eq!(fast.text(), slow.text(), "{folder:?} of {text:?}");
    assert_eq!(fast.tokens(), slow.tokens(), "{folder:?} of {text:?}");
    assert_eq!(fast.hashes(), slow.hashes(), "{folder:?} of {text:?}");
    check_spans(text, fast);
}

fn check_spans(text: &str, folded: &Folded) {
    let mut at = 0;
    for (i, token) in folded.tokens().iter().enumerate() {
        assert_eq!(token.start as usize, at, "words are joined by single spaces");
        at = token.end as usize + 1;
        assert!(token.start < token.end && !token.span.is_empty());
        assert!(text.get(token.span.range()).is_some(), "{:?} is not on borders", token.span);
        if let Some(before) = i.checked_sub(1).map(|i| folded.tokens()[i]) {
            assert!(before.span.end <= token.span.start || before.span == token.span);
        }
    }
    assert_eq!(at.saturating_sub(1), folded.text().len());
    assert_eq!(folded.hashes().len(), folded.len());
}

#[test]
fn spellings_that_become_equal() {
    for (a, b) in [
        ("الفلسطینی الإسرائیلی", "الفلسطيني الإسرائيلي"),
        ("أيضاً", "أيضًا"),
        ("أيضاً", "ايضا"),
        ("ﻓﻲ", "في"),
        ("العـــراق\u{200F}", "العراق"),
        ("١٢٫٥", "12.5"),
        ("1436هـ", "1436 ه"),
        ("«حماس»", "\"حماس\""),
        ("عبدالله", "عبد الله"),
        ("وعبدالعزيز", "وعبد العزيز"),
        ("أبوظبي", "أبو ظبي"),
        ("أبوعبدالله", "أبو عبد الله"),
        ("الطوارىء", "الطوارئ"),
        ("شاطىءٌ", "شاطئ"),
        ("أن", "إن"),
        ("علي", "على"),
        ("كتابة", "كتابه"),
        ("سُلّمت", "سلمت"),
        ("و لجنة", "ولجنة"),
        ("ل«اليد»", "لاليد"),
        ("بـ 600 ريال", "600 ريال"),
        ("الـ51", "51"),
        ("(أ ف ب)", "أ.ف.ب"),
        ("أ. ف. ب", "أفب"),
        ("د.ب.أ", "د ب ا"),
        ("٢٠١٥م", "2015 م"),
        ("مسؤول", "مسو\u{654}ول"),
        ("الحاﻻت", "الحالات"),
        ("النبيﷺ", "النبي صلى الله عليه وسلم"),
        ("وﷲ", "والله"),
        ("5﷼", "5 ريال"),
        ("&#8220;&#1571;&#1607;&#1604;&#8221;&nbsp;ABC", "أهل abc"),
        ("&amp;quot;حماس&amp;quot;", "حماس"),
        ("سطر<br/>جديد", "سطر جديد"),
        ("من\u{FEFF} هنا", "من هنا"),
    ] {
        assert_eq!(standard(a), standard(b), "{a} and {b}");
    }
    assert_eq!(strict("١٢٫٥"), "12 5");
    assert_eq!(strict("«حماس»"), strict("\"حماس\""));
    assert_eq!(strict("ﻓﻲ العـــراق\u{200F}"), "في العراق");
}

#[test]
fn spellings_that_stay_apart() {
    assert_ne!(strict("كتابة"), strict("كتابه"));
    assert_ne!(strict("أن"), strict("إن"));
    assert_ne!(strict("عبدالله"), strict("عبد الله"));
    for (a, b) in [
        ("فئة", "فيه"),
        ("علماء", "علما"),
        ("رؤي", "روي"),
        ("شيء", "شئ"),
        ("أمريكا", "أميركا"),
        ("گاز", "كاز"),
    ] {
        assert_ne!(standard(a), standard(b), "{a} and {b}");
    }
    assert_eq!(standard("أبواب وأبواق لابورتا كابوسها"), "ابواب وابواق لابورتا كابوسها");
    assert_eq!(standard("م. أحمد د. سامي أ. علي"), "م احمد د سامي ا علي");
    assert_eq!(standard("سطر و\nسطر"), "سطر و سطر");
}

/// Checks a text folded onto another against both folded alone and put together.
fn check_onto(first: &str, second: &str) {
    let mut onto = Folded::default();
    for folder in folders() {
        folder.fold_into(first, &mut onto);
        folder.fold_onto(second, &mut onto);
        let mut expected = folder.fold(first);
        let alone = folder.fold(second);
        expected.append(&alone, 0..alone.len());
        assert_eq!(onto.text(), expected.text(), "{folder:?} of {second:?} onto {first:?}");
        assert_eq!(onto.tokens(), expected.tokens(), "{folder:?} of {second:?} onto {first:?}");
        assert_eq!(onto.hashes(), expected.hashes(), "{folder:?} of {second:?} onto {first:?}");
    }
}

#[test]
fn a_text_folded_onto_another_is_as_if_folded_alone() {
    let texts = [
        "",
        " ",
        "و",
        "ا ف",
        "عبد الله",
        "عبدالله",
        "ب",
        "12",
        "أعلنت &amp; <b>الوزارة</b>",
        "ط§ظ„ظ‚ط§ظ‡ط±ط©",
        "ﷺ",
        "ـ",
    ];
    for first in texts {
        for second in texts {
            check_onto(first, second);
        }
    }
}

#[test]
fn borders_of_words() {
    for (text, folded) in [
        ("الأول.وذكرت", "الاول وذكرت"),
        ("عقدها».وفي", "عقدها وفي"),
        ("24و25", "24 25"),
        ("وآمن “.", "وامن"),
        ("ماحكﱠ جلدك", "ماحك جلدك"),
        ("القاهرة:الشرق", "القاهره الشرق"),
        ("ثمان_وأربعون", "ثمان واربعون"),
        ("و1،200", "1 200"),
        ("الساعة ـ نشر", "الساعه نشر"),
        ("5ـ6 ــ", "5 6"),
        ("M&E Ünal İzmir", "m e ünal izmir"),
        ("10 m² ½ ª", "10 m² ½ ª"),
        ("ﷺ", "صلي الله عليه وسلم"),
        ("\u{64B}\u{651} \u{200F}", ""),
        ("", ""),
    ] {
        assert_eq!(standard(text), folded, "{text}");
    }
    assert_eq!(words(Profile::Loose, "الطاااائر فئة مسؤول 1000"), "الطاير فيه مسوول 1000");
    assert_eq!(words(Profile::Loose, "النبي صلى الله عليه وسلم قال"), "النبي قال");
    assert_eq!(words(Profile::Loose, "النبيﷺ قال"), "النبي قال");
}

#[test]
fn spans_lead_back_to_the_text() {
    let text = "«و لجنةٌ» &#1571;&#1607;&#1604;. عبدالله ﷺ";
    let folded = Folder::new(Profile::Standard).fold(text);
    let spans: Vec<_> = folded.tokens().iter().map(|token| &text[token.span.range()]).collect();
    assert_eq!(folded.text(), "ولجنه اهل عبد الله صلي الله عليه وسلم");
    assert_eq!(spans, ["و لجنةٌ", "&#1571;&#1607;&#1604;", "عبد", "الله", "ﷺ", "ﷺ", "ﷺ", "ﷺ"]);
}

/// UTF-8 read as Windows-1256, with the soft hyphens lost.
fn broken(text: &str) -> String {
    encoding_rs::WINDOWS_1256.decode(text.as_bytes()).0.replace('\u{AD}', "")
}

#[test]
fn a_broken_page_folds_like_the_sound_one() {
    let sound = "افتتح رئيس البلدية صباح الأحد حديقة «الواحة» بحضور 1200 زائر.";
    let (sound_fold, text) = (Folder::new(Profile::Standard).fold(sound), broken(sound));
    let folded = Folder::new(Profile::Standard).fold(&text);
    assert_eq!(folded.text(), sound_fold.text());
    assert_eq!(folded.hashes(), sound_fold.hashes());
    for (token, sound_token) in folded.tokens().iter().zip(sound_fold.tokens()) {
        assert_eq!(text[token.span.range()], broken(&sound[sound_token.span.range()]));
    }
    check(&text);
    check(&format!("{text} &amp;quot;<b>"));
}

#[test]
fn every_arabic_character_in_every_place() {
    let blocks = ['\u{600}'..='\u{6FF}', '\u{750}'..='\u{77F}', '\u{8A0}'..='\u{8FF}'];
    let forms = ['\u{FB50}'..='\u{FDFF}', '\u{FE70}'..='\u{FEFF}'];
    for c in blocks.into_iter().chain(forms).flatten().chain('\0'..='\u{FF}') {
        check(&format!(
            "{c} ب{c}ت ب{c} {c}ت {c}{c} ب{c}{c}ت 5{c}5 5{c}ت ت{c}5 5\u{640}{c} ا{c}\u{654} و {c}ت ى{c}ء أ{c}ف.ب"
        ));
    }
}

fn piece() -> impl Strategy<Value = String> {
    let arabic = prop_oneof![
        6 => prop::char::range('\u{621}', '\u{655}'),
        1 => prop::char::range('\u{600}', '\u{6FF}'),
        1 => prop::char::range('\u{750}', '\u{77F}'),
        1 => prop::char::range('\u{8A0}', '\u{8FF}'),
        1 => prop::char::range('\u{FB50}', '\u{FDFF}'),
        1 => prop::char::range('\u{FE70}', '\u{FEFF}'),
    ];
    let fixed = prop::sample::select(vec![
        " ",
        " ",
        " ",
        "\n",
        ".",
        "،",
        "«",
        "»",
        "\u{A0}",
        "\u{200C}",
        "\u{200F}",
        "“",
        "–",
        "\u{AD}",
        "ـ",
        "ــ",
        "5",
        "٦",
        "12",
        "a",
        "Bc",
        "İ",
        "²",
        "é",
        "Ø",
        "ÇáÑ",
        "ط§",
        "ظ„",
        "ط",
        "ظ",
        "ط±",
        "ط«",
        "Ø§",
        "Ù„",
        "و",
        "ف",
        "ب",
        " و ",
        " ال ",
        " لل ",
        "أ",
        "ش",
        "د",
        " أ.ف.ب ",
        "د ب أ",
        " أ ب ",
        "اف ب",
        "عبدال",
        "عبدالله",
        "أبو",
        "أبوظبي",
        "ابوعبدالعزيز",
        "ىء",
        "يء",
        "ﷺ",
        "ﷲ",
        "﷼",
        "ﱠ",
        "&",
        "&amp;",
        "&quot;",
        "&lt;",
        "&gt;",
        "&#1571;",
        "&#x200F;",
        "&#65018;",
        "lt;",
        "#38;",
        ";",
        "<",
        ">",
        "<b>",
        "</p>",
        "صلى الله عليه وسلم",
        "ااا",
        "漢",
        "😀",
        "中",
        "\u{654}",
        "\u{655}",
    ]);
    prop_oneof![
        3 => prop::collection::vec(arabic, 1..6).prop_map(String::from_iter),
        5 => fixed.prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

#[test]
fn words_parted_from_digits_many_times_fold_like_the_reference() {
    // Every parting writes a space that the text does not have.
    for words in [60, 61, 64, 65, 200, 3000] {
        let words: Vec<String> = (0..words).map(|n| format!("كلمة{}", n * 37 % 1000)).collect();
        let text = words.join(" ");
        check(&text);
        check(&text.replace(' ', ""));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mixtures_fold_like_the_reference(pieces in prop::collection::vec(piece(), 0..24)) {
        check(&pieces.concat());
    }

    #[test]
    fn broken_mixtures_fold_like_the_reference(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        check(&broken(&text));
        check(&encoding_rs::WINDOWS_1252.decode(text.as_bytes()).0);
        let (bytes, ..) = encoding_rs::WINDOWS_1256.encode(&text);
        check(&encoding_rs::WINDOWS_1252.decode(&bytes).0);
    }

    #[test]
    fn any_text_folds_like_the_reference(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn the_character_rules_are_idempotent(pieces in prop::collection::vec(piece(), 0..24)) {
        let once = strict(&pieces.concat());
        prop_assert_eq!(strict(&once), once);
    }

    #[test]
    fn format_characters_change_nothing(
        pieces in prop::collection::vec(piece(), 0..24),
        noise in prop::sample::select(vec!['\u{61C}', '\u{200C}', '\u{200E}', '\u{202B}', '\u{2069}', '\u{FEFF}']),
    ) {
        // Markup and broken encodings are told before these characters go.
        let text = pieces.concat().replace(['&', '<', 'ط', 'ظ'], "");
        let text = text.replace(|c| ('\u{C0}'..='\u{FF}').contains(&c), "");
        let noisy: String = text.chars().flat_map(|c| [noise, c, noise]).collect();
        let clean: String = noisy.chars().filter(|&c| c != noise).collect();
        for profile in Profile::ALL {
            prop_assert_eq!(words(profile, &noisy), words(profile, &clean));
        }
    }
}

fn shared() -> PathBuf {
    std::env::var_os("TIKRAR_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

/// Titles and texts of the real articles, or none.
fn articles() -> Vec<String> {
    let path = shared().join("data/saudinewsnet-2015-07.jsonl.zst");
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return Vec::new();
    };
    let lines = std::io::BufReader::new(zstd::Decoder::new(file).unwrap()).lines();
    let fields = |line: std::io::Result<String>| {
        let record: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        ["title", "content"].map(|field| record[field].as_str().unwrap_or_default().to_owned())
    };
    lines.flat_map(fields).collect()
}

#[test]
fn real_articles_fold_like_the_reference() {
    let folders: Vec<Folder> = folders().collect();
    articles().par_iter().enumerate().for_each_init(Folded::default, |fast, (i, text)| {
        check_folder(&Folder::new(Profile::Standard), text, fast);
        if i % 8 == 0 {
            check_folder(&folders[i / 8 % folders.len()], text, fast);
            let once = strict(text);
            assert_eq!(strict(&once), once);
        }
    });
}

#[test]
fn hostile_texts_of_a_mebibyte_fold() {
    for unit in [
        "&",
        "<",
        "<a",
        "&amp",
        "&#",
        "ـ",
        "5ـ",
        "و ",
        "ب 5 ",
        "أ.",
        "ا ب ",
        "عبدال",
        "ابوو",
        "ىء",
        "ا\u{654}",
        "ط§",
        "Ø",
        "a1",
        "ﷺ",
        "كتاب ",
        "ابتثجحخدذرزسشصضطظع ",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        let folder = Folder::new(Profile::Standard);
        check_spans(&text, &folder.fold(&text));
    }
}

#[test]
fn profiles_have_names() {
    for profile in Profile::ALL {
        assert_eq!(profile.to_string().parse::<Profile>().unwrap(), profile);
        let json = serde_json::to_string(&profile).unwrap();
        assert_eq!(json, format!("\"{profile}\""));
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    }
    let error = "heavy".parse::<Profile>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no fold profile is called \"heavy\"; there are strict, standard and loose"
    );
}
