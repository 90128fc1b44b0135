//! A second story that was pasted into a page that goes: its words are lost unless they stay elsewhere.

use serde_json::{Value, json};
use tikrar::progress::NoProgress;
use tikrar::prove::{ProveOptions, verify};

use crate::support::{Place, lines};

const STORY: &str = "أعلنت بلدية المرسى صباح اليوم افتتاح الجسر الحجري بعد ترميم دام عامين كاملين، وقال \
                     رئيسها إن الجسر يصل الضفة الشرقية بالسوق القديمة ويعبره كل يوم آلاف المارة.\n\
                     وأضاف أن الحجارة جلبت من مقالع الجبل القريب وأن حرفيين من القرى نحتوها بأيديهم.";

const PASTED: &str = "أقلام ملونة لتلاميذ القرى البعيدة\n\
                      وزعت جمعية الفجر أقلاما ودفاتر على تلاميذ ثلاثين مدرسة في القرى البعيدة، وقالت \
                      مديرتها نرجس الكتبي إن الحملة تستمر حتى نهاية الشهر.\n\
                      وذكرت أن متطوعين قادوا شاحنات صغيرة على طرق وعرة ليصلوا قبل بدء الدروس.";

fn page(id: &str, date: &str, text: &str) -> String {
    let outlet = id.split('-').next();
    format!("{}\n", json!({ "id": id, "outlet": outlet, "date": date, "text": text }))
}

fn with_pasted(pasted: &str) -> String {
    format!("{STORY}\nاقرأ أيضاً:\n{pasted}")
}

fn removed(place: &Place, pages: &[String], flags: &[&str]) -> Vec<Value> {
    place.put("in.jsonl", pages.concat());
    let mut command = place.tikrar();
    command.args(["dedup", "in.jsonl", "-q", "--force", "--out", "RUN"]).args(flags);
    command.assert().success();
    let proof = verify(&place.path("RUN"), &ProveOptions::default(), &NoProgress).unwrap();
    assert_eq!((proof.exit_code(), proof.faults), (0, vec![]));
    lines(&place.path("RUN/removed.jsonl"))
}

fn lost(removed: &[Value], id: &str) -> u64 {
    removed.iter().find(|line| line["id"] == id).unwrap()["lost_words"].as_u64().unwrap()
}

#[test]
fn a_second_story_that_stands_nowhere_else_is_lost_with_an_exact_copy() {
    let place = Place::new();
    let pages = [
        page("سدرة-1", "2020-03-01", STORY),
        page("نخلة-1", "2020-03-02", &with_pasted(PASTED)),
        page("رملة-1", "2020-03-03", STORY),
    ];
    let gone = removed(&place, &pages, &[]);
    let line = gone.iter().find(|line| line["id"] == "نخلة-1").unwrap();
    assert_eq!(line["reason"], "exact", "its own story is all there");
    let words = lost(&gone, "نخلة-1");
    assert!((30..50).contains(&words), "{line}");
    assert!(line["lost_rarest"].as_array().unwrap().iter().any(|word| word != "في"), "{line}");
    assert_eq!(lost(&gone, "رملة-1"), 0);
    // Who does not want to lose them keeps the page.
    let gone = removed(&place, &pages, &["--max-lost-words", "29"]);
    assert_eq!(gone.len(), 1, "{gone:?}");
    let out = place.tikrar().args(["explain", "RUN", "نخلة-1", "--json"]).output().unwrap();
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&told["fate"], &told["lost_words"]), (&"kept".into(), &words.into()), "{told}");
}

#[test]
fn a_second_story_that_stays_on_another_page_is_not_lost() {
    let place = Place::new();
    let other = "فاز فريق الميناء ببطولة الشاطئ لكرة اليد بعد مباراة مثيرة امتدت إلى شوطين إضافيين \
                 أمام جمهور ملأ المدرجات، وسجل قائده هدف الحسم في الثواني الأخيرة من اللقاء.";
    let copies =
        [page("سدرة-1", "2020-03-01", STORY), page("نخلة-1", "2020-03-02", &with_pasted(PASTED))];
    let with = |more: String| [copies.to_vec(), vec![more]].concat();
    // Pasted into another story's page, cut shorter there, or the page itself.
    let there = page("رملة-1", "2020-03-03", &format!("{other}\nاقرأ أيضاً:\n{PASTED}"));
    assert_eq!(lost(&removed(&place, &with(there), &[]), "نخلة-1"), 0);
    let own = page("رملة-1", "2020-03-03", PASTED);
    assert_eq!(lost(&removed(&place, &with(own), &[]), "نخلة-1"), 0);
    let (head, _) = PASTED.rsplit_once('\n').unwrap();
    let shorter = page("رملة-1", "2020-03-03", &format!("{other}\nاقرأ أيضاً:\n{head}"));
    let rest = lost(&removed(&place, &with(shorter), &[]), "نخلة-1");
    assert!((8..=13).contains(&rest), "{rest} words are in the last sentence alone");
    // A page that goes itself keeps nothing for another.
    let copy = page("رملة-1", "2020-03-03", &with_pasted(PASTED));
    let gone = removed(&place, &with(copy), &[]);
    assert!(lost(&gone, "نخلة-1") >= 30 && lost(&gone, "رملة-1") >= 30, "{gone:?}");
}

#[test]
fn a_cut_within_a_word_is_no_word_that_is_lost() {
    let place = Place::new();
    let cut: String = PASTED.chars().take(PASTED.chars().count() - 3).collect();
    let pages = [
        page("سدرة-1", "2020-03-01", STORY),
        page("نخلة-1", "2020-03-02", &with_pasted(&format!("{cut}..."))),
        page("رملة-1", "2020-03-03", PASTED),
    ];
    assert_eq!(lost(&removed(&place, &pages, &[]), "نخلة-1"), 0);
}

#[test]
fn a_part_that_goes_takes_a_second_story_along() {
    let place = Place::new();
    let (head, _) = STORY.split_once('\n').unwrap();
    let pages = [
        page(
            "سدرة-1",
            "2020-03-01",
            &format!(
                "{STORY}\nوحضر الحفل وفد من مدينة مجاورة وأطفال \
                                               حملوا مصابيح ورقية وساروا بها على امتداد الجسر كله."
            ),
        ),
        page("نخلة-1", "2020-03-02", &format!("{head}\nاقرأ أيضاً:\n{PASTED}")),
    ];
    let flags = ["--drop-contained", "--pairs"];
    let gone = removed(&place, &pages, &flags);
    assert_eq!((gone.len(), &gone[0]["reason"]), (1, &"contains".into()), "{gone:?}");
    assert!(lost(&gone, "نخلة-1") >= 30);
    let flags = [&flags[..], &["--max-lost-words", "20"]].concat();
    assert_eq!(removed(&place, &pages, &flags), Vec::<Value>::new());
}
