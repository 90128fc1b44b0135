//! `explain` and `compare`: what they say is what the files say, and hostile pages are inert.

use std::fs;

use serde_json::Value;
use tikrar::error::acts_on_terminal;

use crate::support::{Place, files_below, fixtures, lines};

fn run(place: &Place, flags: &[&str]) {
    let pages = fixtures().join("pages");
    for file in files_below(&pages) {
        let name = file.strip_prefix(&pages).unwrap().to_str().unwrap().to_owned();
        place.put(&format!("in/{name}"), fs::read(file).unwrap());
    }
    place.put("in/bad.jsonl", "{\"id\":\"good\",\"text\":\"خبر قصير جدا عن المطر\"}\nno json\n");
    let mut command = place.tikrar();
    command.args(["dedup", "in", "-q", "--out", "RUN"]).args(flags).assert().success();
}

fn told(place: &Place, args: &[&str]) -> String {
    let out = place.tikrar().args(args).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(0), "{args:?}: {said}");
    String::from_utf8(out.stdout).unwrap()
}

fn explained(place: &Place, id: &str) -> Value {
    serde_json::from_str(&told(place, &["explain", "RUN", id, "--json"])).unwrap()
}

#[test]
fn every_page_is_explained_as_the_files_have_it() {
    let place = Place::new();
    run(&place, &["--pairs"]);
    fs::remove_dir_all(place.path("in")).unwrap();
    let removed = lines(&place.path("RUN/removed.jsonl"));
    for line in removed.iter().step_by(9) {
        let id = line["id"].as_str().unwrap();
        let page = explained(&place, id);
        assert_eq!((&page["fate"], &page["origin"]), (&"removed".into(), &"rebuilt".into()));
        assert_eq!(page["other"]["id"], line["keep"]);
        assert_eq!(page["other"]["story"]["jaccard"], line["similarity"]);
        assert_eq!((&page["lost_words"], &page["path"]), (&line["lost_words"], &line["path"]));
        assert_eq!(page["cluster"]["cluster"], line["cluster"]);
    }
    let mut with_blocks = false;
    for cluster in lines(&place.path("RUN/clusters.jsonl")).iter().step_by(4) {
        let keep = cluster["keep"].as_str().unwrap();
        let page = explained(&place, keep);
        assert_eq!((&page["fate"], &page["id"]), (&"kept".into(), &cluster["keep"]));
        let parts = &page["parts"];
        let sum: u64 =
            ["story", "related", "other"].iter().map(|p| parts[p].as_u64().unwrap()).sum();
        assert_eq!(sum, parts["bytes"].as_u64().unwrap());
        with_blocks |= !page["parts"]["blocks"].as_array().unwrap().is_empty();
    }
    assert!(with_blocks, "no page with a block was explained");
    let said = told(&place, &["explain", "RUN", "almarsad/01.txt"]);
    for part in ["kept: it stands for", "the story of almarsad/02.txt", "related blocks", "see  "] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_lone_page_a_version_and_a_reject_are_explained() {
    let place = Place::new();
    run(&place, &["--max-lost-words", "0"]);
    let alone = explained(&place, "good");
    assert_eq!(alone["decision"], "kept: no other page is a copy of it");
    let reject = explained(&place, "bad.jsonl#2");
    assert_eq!((&reject["fate"], &reject["offset"]), (&"rejected".into(), &62.into()));
    assert!(reject["decision"].as_str().unwrap().contains("json"), "{reject}");
    let clusters = lines(&place.path("RUN/clusters.jsonl"));
    let members = clusters.iter().flat_map(|cluster| cluster["members"].as_array().unwrap());
    let stays = members.clone().find(|m| m["role"] == "copy" && m["removed"] == false).unwrap();
    let stays = explained(&place, stays["id"].as_str().unwrap());
    assert!(stays["decision"].as_str().unwrap().contains("--max-lost-words"), "{stays}");
}

#[test]
fn an_unknown_id_names_the_nearest() {
    let place = Place::new();
    run(&place, &[]);
    for args in [
        &["explain", "RUN", "almarsad/1.txt"][..],
        &["compare", "almarsad/1.txt", "almarsad/02.txt", "--in", "RUN"],
    ] {
        let out = place.tikrar().args(args).output().unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{said}");
        assert!(said.contains("nearest") && said.contains("almarsad/01.txt"), "{said}");
    }
}

#[test]
fn two_pages_are_drawn_with_signs_that_need_no_color() {
    let place = Place::new();
    run(&place, &[]);
    let args = ["compare", "sindyan/01.txt", "almarsad/01.txt", "--in", "RUN"];
    let plain = told(&place, &args);
    for part in ["copy: ", "[-اليوم-] {+أمس+} (date)", "left out: ", "words …"] {
        assert!(plain.contains(part), "{part}: {plain}");
    }
    assert!(!plain.contains('\x1b'));
    let colored = told(&place, &[&args[..], &["--color", "always"]].concat());
    assert!(colored.contains("\x1b[31m[-اليوم-]\x1b[0m"), "{colored}");
    let full = told(&place, &[&args[..], &["--full", "-q"]].concat());
    assert!(!full.contains("words …") && full.contains("الاحتياطي"), "{full}");
    let whole = told(&place, &[&args[..], &["--whole-page"]].concat());
    assert!(!whole.contains("left out: "), "{whole}");
    let json: Value =
        serde_json::from_str(&told(&place, &[&args[..], &["--json"]].concat())).unwrap();
    let (a, b) = (json["a"]["text"].as_str().unwrap(), json["b"]["text"].as_str().unwrap());
    for run in json["comparison"]["runs"].as_array().unwrap() {
        let part = |text: &str, side: &str| {
            let at = |end: &str| run[side][end].as_u64().unwrap() as usize;
            text[at("start")..at("end")].to_owned()
        };
        let (left, right) = (part(a, "a"), part(b, "b"));
        match run["kind"].as_str().unwrap() {
            "same" => assert!(left.split_whitespace().eq(right.split_whitespace())),
            "only_a" => assert!(!left.is_empty() && right.is_empty()),
            "only_b" => assert!(left.is_empty() && !right.is_empty()),
            "folded" | "changed" | "moved" => assert!(!left.is_empty() && !right.is_empty()),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn hostile_pages_are_inert() {
    let place = Place::new();
    let story = "قال الوزير إن المحطة الجديدة تبدأ العمل في الخريف بعد ثلاث سنوات من التأخير وإن \
                 كلفتها بلغت تسعين مليون دينار دفعت البلديات ثلثها";
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}txt\u{2066}\u{0}\u{9b}31m";
    let line = |id: &str, title: &str, text: &str| {
        let record = serde_json::json!({ "id": id, "title": title, "text": text, "outlet": evil });
        format!("{record}\n")
    };
    let pages = [
        line(&format!("a{evil}"), &format!("عنوان {evil}"), &format!("{story} {evil} نهاية")),
        line(&format!("b{evil}"), &"عنوان".repeat(110_000), &format!("{evil} {story} بداية")),
        line("c", &"كلمة ".repeat(110_000), story),
        format!("{evil}\n"),
    ];
    place.put("in/evil.jsonl", pages.concat());
    let mut command = place.tikrar();
    command.args(["dedup", "in", "-q", "--out", "RUN"]).assert().success();
    let (a, b) = (format!("a{evil}"), format!("b{evil}"));
    // No argument can hold a NUL; the id is then found among the nearest.
    let (a, b) = (a.replace('\0', ""), b.replace('\0', ""));
    let ids: Vec<&str> = vec!["c", "evil.jsonl#4"];
    let mut outputs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut output = |args: &[&str]| {
        let out = place.tikrar().args(args).output().unwrap();
        outputs.push((out.stdout, out.stderr));
    };
    for id in ids.iter().copied().chain([a.as_str(), b.as_str()]) {
        output(&["explain", "RUN", id]);
        output(&["compare", id, "c", "--in", "RUN"]);
        output(&["compare", "c", id, "--in", "RUN", "--whole-page"]);
    }
    output(&["verify", "RUN"]);
    output(&["restore", "RUN", "--out", "BACK"]);
    for (stdout, stderr) in outputs {
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        let acting: Vec<char> =
            said.chars().filter(|&c| c != '\n' && acts_on_terminal(c)).collect();
        assert!(acting.is_empty(), "{acting:?} in {said}");
        assert!(said.len() < 40_000, "{} bytes", said.len());
    }
    assert_eq!(
        fs::read(place.path("BACK/evil.jsonl")).unwrap(),
        fs::read(place.path("in/evil.jsonl")).unwrap()
    );
}
