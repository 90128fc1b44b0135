//! What pairs and blocks point at: bytes of the pages themselves, and other pages.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tikrar::config::{MatchBy, MatchConfig};
use tikrar::fold::{Folder, Profile};

use crate::support::{Place, dedup, files_below, fixtures, lines, unpacked};

/// The words of a part of a text, folded.
fn words(text: &str, span: &[u64]) -> String {
    let part = text.get(span[0] as usize..span[1] as usize);
    let part = part.unwrap_or_else(|| panic!("{span:?} is no part of {text}"));
    Folder::new(Profile::Standard).fold(part).text().to_owned()
}

fn spans(pair: &Value) -> Vec<Vec<u64>> {
    serde_json::from_value(pair["spans"].clone()).unwrap()
}

/// The texts of the fixture pages by their ids; of most of them: some have a made id.
fn texts(pages: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for path in files_below(pages) {
        let text = String::from_utf8(unpacked(&path)).unwrap();
        if path.extension().is_some_and(|ending| ending == "txt") {
            let id = path.strip_prefix(pages).unwrap().to_str().unwrap();
            texts.insert(id.replace('\\', "/"), text);
            continue;
        }
        for line in text.lines() {
            let page: Value = serde_json::from_str(line).unwrap();
            let field = |names: &[&str]| names.iter().find_map(|name| page[*name].as_str());
            let (id, text) = (field(&["id", "_id", "doc_id"]), field(&["text", "content", "body"]));
            texts.extend(id.zip(text).map(|(id, text)| (id.to_owned(), text.to_owned())));
        }
    }
    texts
}

#[test]
fn shared_spans_hold_the_same_words() {
    let pages = fixtures().join("pages");
    let texts = texts(&pages);
    for match_by in [MatchBy::Reader, MatchBy::Jaccard] {
        let place = Place::new();
        let matching = MatchConfig { pairs: true, match_by, ..MatchConfig::default() };
        dedup(&place, "RUN", std::slice::from_ref(&pages), &matching);
        let (mut stories, mut embedded) = (0, 0);
        for pair in lines(&place.path("RUN/pairs.jsonl")) {
            let text = |side: &str| texts.get(pair[side].as_str().unwrap());
            let (Some(a), Some(b)) = (text("a"), text("b")) else {
                continue;
            };
            let spans = spans(&pair);
            for span in &spans {
                let shared = words(a, &span[..2]);
                assert_eq!(shared, words(b, &span[2..]), "{pair}");
                assert!(!shared.is_empty(), "{pair}");
            }
            assert!(spans.is_sorted_by(|x, y| x[1] <= y[0]), "{pair}");
            if pair["relation"] == "copy" {
                assert!(!spans.is_empty(), "{pair}");
            }
            let part = if pair["b_part"] == "story" { &mut stories } else { &mut embedded };
            *part += spans.len();
        }
        assert!(stories > 10 && embedded > 10, "{stories} {embedded}");
    }
}

const STORY: &str = "افتتح رئيس البلدية صباح اليوم مكتبة عامة تضم عشرين ألف كتاب في المدينة القديمة. \
    وقال إن أبوابها تبقى مفتوحة حتى منتصف الليل طوال أيام الأسبوع للطلاب والباحثين وسكان الأحياء \
    المجاورة بلا مقابل.";

#[test]
fn words_of_a_title_field_are_in_no_span() {
    let place = Place::new();
    let title = "افتتاح مكتبة عامة في المدينة القديمة";
    let page = |id: &str, text: &str| {
        serde_json::json!({ "id": id, "title": title, "text": text }).to_string() + "\n"
    };
    let texts = BTreeMap::from([
        ("a", STORY.to_owned()),
        ("b", format!("{title}\n{STORY}")),
        ("c", format!("المدينة القديمة: {STORY}")),
    ]);
    let archive: String = texts.iter().map(|(id, text)| page(id, text)).collect();
    let input = place.put("in.jsonl", archive);
    let matching = MatchConfig { pairs: true, ..MatchConfig::default() };
    dedup(&place, "RUN", &[input], &matching);
    let pairs = lines(&place.path("RUN/pairs.jsonl"));
    assert_eq!(pairs.len(), 3);
    for pair in pairs {
        let text = |side: &str| &texts[pair[side].as_str().unwrap()];
        let spans = spans(&pair);
        for span in &spans {
            assert_eq!(words(text("a"), &span[..2]), words(text("b"), &span[2..]), "{pair}");
        }
        let shared: u64 = spans.iter().map(|span| span[1] - span[0]).sum();
        assert!(shared as usize >= STORY.len() * 9 / 10, "{pair}");
        assert_eq!(pair["spans_left_out"], 0);
    }
}

#[test]
fn a_line_of_a_list_names_the_page_whose_title_it_is() {
    let place = Place::new();
    let titles = ["موسم الزيتون يبدأ مبكرا هذا العام", "بطولة الشطرنج تنطلق في المدينة الساحلية"];
    let mut archive = String::new();
    let mut put = |id: &str, text: &str| {
        archive += &(serde_json::json!({ "id": id, "text": text }).to_string() + "\n");
    };
    let olives = "بدأ المزارعون في القرى الجبلية قطاف الزيتون قبل موعده بأسبوعين بسبب الحر الشديد.";
    let chess = "يشارك في البطولة ستون لاعبا من عشرين دولة وتستمر المباريات أسبوعا كاملا في الميناء.";
    put("olives", &format!("{}\n{olives}\n", titles[0]));
    put("chess", &format!("{}\n{chess}\n", titles[1]));
    put("chess-again", &format!("{}\n{chess} وتنقل المباريات مباشرة.\n", titles[1]));
    for (id, own) in [
        ("x", "أغلقت البلدية ثلاثة شوارع في وسط المدينة لإصلاح أنابيب المياه حتى نهاية الشهر."),
        ("y", "أعلن الاتحاد المحلي لكرة السلة جدول مباريات الموسم الجديد وأسماء حكامها أمس."),
    ] {
        put(
            id,
            &format!(
                "خبر من صفحة {id} عن المدينة\n{own}\nاقرأ أيضاً:\n• {}\n• {}\n",
                titles[0], titles[1]
            ),
        );
    }
    let input = place.put("in.jsonl", archive);
    dedup(&place, "RUN", &[input], &MatchConfig::default());
    let blocks = lines(&place.path("RUN/blocks.jsonl"));
    let of = |title: &str| {
        let mut with =
            blocks.iter().filter(|block| block["text"].as_str().unwrap().contains(title));
        with.next().unwrap_or_else(|| panic!("no block of {title} in {blocks:?}"))
    };
    assert_eq!(
        (&of(titles[0])["kind"], &of(titles[0])["story"]),
        (&"related_list".into(), &"olives".into())
    );
    assert_eq!(of(titles[0])["stories"], serde_json::json!([]));
    assert_eq!(of(titles[1])["story"], Value::Null);
    assert_eq!(of(titles[1])["stories"], serde_json::json!(["chess", "chess-again"]));
}
