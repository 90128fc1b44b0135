//! Bad input has a clear outcome each: nothing panics, nothing is lost silently.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Place, fixtures, index, json, lines};

const WORDS: &str = "قال رئيس البلدية إن السوق الجديدة ستفتح أبوابها صباح الخميس المقبل";

fn page(id: &str, text: &str) -> String {
    format!("{}\n", serde_json::json!({ "id": id, "text": text }))
}

/// Runs `dedup` on what stands in the folder `in`; the results go to `RUN`.
fn run(place: &Place, more: &[&str]) -> Output {
    let out = place.tikrar().args(["dedup", "in", "--out", "RUN"]).args(more).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!said.contains("panicked"), "{said}");
    assert!(out.status.code().is_some(), "ended by a signal: {said}");
    out
}

fn said(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

fn ledger(place: &Place, name: &str) -> u64 {
    json(&place.path("RUN/stats.json"))["ledger"][name].as_u64().unwrap()
}

/// Pages, and rejects by code.
fn counts(place: &Place) -> (u64, Vec<String>) {
    let rejects = lines(&place.path("RUN/rejected.jsonl"));
    let codes = rejects.iter().map(|line| line["code"].as_str().unwrap().to_owned()).collect();
    (ledger(place, "kept") + ledger(place, "removed"), codes)
}

#[test]
fn every_broken_fixture_does_what_the_index_says() {
    let archive: Vec<Value> = lines(&fixtures().join("pages/archive.jsonl"));
    let mut wrong = Vec::new();
    for entry in index("broken") {
        let file = entry["file"].as_str().unwrap();
        let number = |key: &str| entry.get(key).map(|value| value.as_u64().unwrap());
        let place = Place::new();
        let bytes = fs::read(fixtures().join("broken").join(file)).unwrap();
        place.put(&format!("in/{file}"), bytes);
        if let Some(equal) = entry.get("equals") {
            let twin = archive.iter().find(|page| page["id"] == *equal).unwrap();
            // Without its title, which the broken text has at its head or not at all.
            let text = twin["text"].as_str().unwrap();
            place.put("in/twin.jsonl", page("twin", text));
        }
        let out = run(&place, &[]);
        let mut expect = |what: &str, expected: Option<u64>, found: u64| {
            if expected.is_some_and(|expected| expected != found) {
                wrong.push(format!("{file}: {found} {what}, not {expected:?}: {}", said(&out)));
            }
        };
        let exit = number("exit").unwrap_or(0);
        expect("is the exit code", Some(exit), out.status.code().unwrap() as u64);
        let (pages, rejects) = counts(&place);
        let own = pages - u64::from(entry.contains_key("equals"));
        expect("pages", number("pages"), own);
        expect("rejects", number("rejects"), rejects.len() as u64);
        expect("records", number("records"), pages + rejects.len() as u64);
        if entry.contains_key("equals") {
            expect("copies of its twin", Some(1), ledger(&place, "removed"));
        }
        for name in crate::support::files_below(place.path("").as_path()) {
            let below = name.strip_prefix(place.path("")).unwrap();
            assert!(!below.to_str().unwrap().contains("outside"), "an id became a file name");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_stream_that_breaks_off_is_a_reject_and_exit_3() {
    let place = Place::new();
    let mut pages = String::new();
    (0..400).for_each(|i| pages.push_str(&page(&i.to_string(), &format!("{WORDS} {i}"))));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(pages.as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    place.put("in/cut.jsonl.gz", &bytes[..bytes.len() / 2]);
    place.put("in/whole.jsonl", page("whole", "خبر آخر لا يشبه ما قبله في شيء"));
    let out = run(&place, &[]);
    assert_eq!(out.status.code(), Some(3), "{}", said(&out));
    assert!(said(&out).contains("cut.jsonl.gz"), "{}", said(&out));
    let (pages, codes) = counts(&place);
    assert_eq!(codes, ["truncated"]);
    assert!((100..300).contains(&pages), "the half that is there is read: {pages}");
    assert_eq!(json(&place.path("RUN/stats.json"))["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn a_file_of_nuls_is_no_page() {
    let place = Place::new();
    place.put("in/a.jsonl", vec![0; 1 << 20]);
    place.put("in/b.txt", vec![0; 1 << 20]);
    place.put("in/c.jsonl", page("c", WORDS));
    assert_eq!(run(&place, &[]).status.code(), Some(0));
    let (pages, codes) = counts(&place);
    assert_eq!((pages, codes.len()), (1, 2), "{codes:?}");
}

#[test]
fn a_folder_without_permission_is_told_and_the_rest_is_done() {
    let place = Place::new();
    place.put("in/open/a.jsonl", page("a", WORDS));
    place.put("in/shut/b.jsonl", page("b", WORDS));
    let permit = |name: &str, mode| {
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    permit("in/shut", 0o000);
    permit("", 0o777);
    let mut command = place.std_tikrar();
    command.args(["dedup", "in", "--out", "RUN"]);
    if fs::read_dir(place.path("in/shut")).is_ok() {
        // The superuser may read everything: be somebody else.
        command.uid(65_534).gid(65_534);
    }
    let out = match command.output() {
        Ok(out) => out,
        Err(error) => return println!("skipped: the program cannot be run as nobody: {error}"),
    };
    permit("in/shut", 0o755);
    assert_eq!(out.status.code(), Some(3), "{}", said(&out));
    assert!(said(&out).contains("shut"), "{}", said(&out));
    assert_eq!(counts(&place), (1, Vec::new()));
}

#[test]
fn a_line_of_300_mb_is_a_reject_and_is_never_held() {
    let place = Place::new();
    place.put("in/big.jsonl", page("first", WORDS));
    let mut file = File::options().write(true).open(place.path("in/big.jsonl")).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"{\"id\":\"big\",\"text\":\"").unwrap();
    // A hole reads as zeros and takes no room on the disk.
    file.seek(SeekFrom::Current(300 << 20)).unwrap();
    file.write_all(b"\"}\n").unwrap();
    file.write_all(page("last", "خبر ثالث عن سباق الهجن في الميدان الجنوبي").as_bytes()).unwrap();
    drop(file);
    for mode in [&["--force"][..], &["--force", "--no-mmap", "--no-kept"]] {
        let out = run(&place, mode);
        assert_eq!(out.status.code(), Some(0), "{}", said(&out));
        assert_eq!(counts(&place), (2, vec!["too_long".to_owned()]));
        let line = &lines(&place.path("RUN/rejected.jsonl"))[0];
        assert_eq!(line["line"], 2);
        assert!(line["length"].as_u64().unwrap() > 300 << 20);
    }
    let peak = json(&place.path("RUN/stats.json"))["peak_rss_bytes"].as_u64().unwrap();
    assert!(peak < 200 << 20, "{peak} bytes were held");
}

#[test]
fn texts_without_a_word_are_equal_to_nothing() {
    let place = Place::new();
    let marks = "\u{64e}\u{651}\u{64b} \u{640}\u{200f}";
    let texts = [marks, marks, "", "", "...", "...", "   \n", "   \n"];
    let pages = texts.iter().enumerate().map(|(i, text)| page(&i.to_string(), text));
    place.put("in/a.jsonl", pages.collect::<String>());
    place.put("in/b.txt", marks);
    place.put("in/c.txt", "");
    assert_eq!(run(&place, &[]).status.code(), Some(0));
    let stats = json(&place.path("RUN/stats.json"));
    assert_eq!((&stats["ledger"]["kept"], &stats["wordless"]), (&10.into(), &10.into()));
    assert_eq!(stats["clusters"], 0);
}

#[test]
fn archives_of_no_page_and_of_one_page_work() {
    for (name, content, pages) in [
        ("a.jsonl", String::new(), 0),
        ("a.txt", String::new(), 1),
        ("b.jsonl", page("b", WORDS), 1),
    ] {
        let place = Place::new();
        place.put(&format!("in/{name}"), content);
        assert_eq!(run(&place, &["--pairs"]).status.code(), Some(0), "{name}");
        assert_eq!(counts(&place), (pages, Vec::new()));
        assert!(lines(&place.path("RUN/clusters.jsonl")).is_empty());
        assert!(lines(&place.path("RUN/pairs.jsonl")).is_empty());
    }
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    assert_eq!(run(&place, &[]).status.code(), Some(0), "an empty folder");
    assert_eq!(counts(&place), (0, Vec::new()));
}

#[test]
fn line_ends_marks_and_encodings_do_not_change_a_story() {
    let place = Place::new();
    let utf16: Vec<u8> = WORDS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.put("in/a.jsonl", page("a", WORDS));
    place.put("in/b.jsonl", format!("\u{feff}{}\r\n", page("b", WORDS).trim_end()));
    place.put("in/c.txt", [&[0xff, 0xfe][..], &utf16].concat());
    place.put("in/d.txt", format!("\u{feff}{}\r\n", WORDS.replace(' ', "\r\n")));
    place.put("in/e.txt", WORDS);
    assert_eq!(run(&place, &[]).status.code(), Some(0));
    assert_eq!(counts(&place), (5, Vec::new()));
    let clusters = lines(&place.path("RUN/clusters.jsonl"));
    assert_eq!((clusters.len(), &clusters[0]["size"]), (1, &5.into()));
    let relations = clusters[0]["members"].as_array().unwrap().iter();
    assert_eq!(relations.filter(|member| member["relation"] == "exact").count(), 4);
}

#[test]
fn the_second_page_of_an_id_gets_a_name_of_its_own() {
    let place = Place::new();
    let other = "وصلت إلى الميناء أمس سفينة تحمل أربعين طنا من القمح";
    let pages = [page("x", WORDS), "\n".to_owned(), page("x", WORDS), page("x", other)];
    place.put("in/a.jsonl", pages.concat());
    place.put("in/b.jsonl", "{\"text\":\"بلا معرف\"}\n{\"id\":7,\"text\":\"رقم\"}\n");
    assert_eq!(run(&place, &["--pairs"]).status.code(), Some(0));
    let cluster = &lines(&place.path("RUN/clusters.jsonl"))[0];
    let ids: Vec<&str> =
        cluster["members"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&"x") && ids.contains(&"a.jsonl#3"), "{ids:?}");
    assert_eq!(counts(&place), (5, Vec::new()));
}

#[test]
fn no_page_has_the_name_that_another_was_given() {
    let place = Place::new();
    let other = "وصلت إلى الميناء أمس سفينة تحمل أربعين طنا من القمح";
    // The third page has for its id what the second is called, and the fifth what the third is called then.
    let pages = [
        page("x", WORDS),
        page("x", other),
        page("a.jsonl#2", other),
        page("y", WORDS),
        page("a.jsonl#3", other),
    ];
    place.put("in/a.jsonl", pages.concat());
    assert_eq!(run(&place, &["--pairs"]).status.code(), Some(0));
    let removed = lines(&place.path("RUN/removed.jsonl"));
    let mut ids: Vec<&str> = removed
        .iter()
        .flat_map(|line| [&line["id"], &line["keep"]])
        .filter_map(Value::as_str)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids, ["a.jsonl#2", "a.jsonl#3", "a.jsonl#5", "x", "y"]);
    let warnings = &json(&place.path("RUN/stats.json"))["warnings"];
    assert!(warnings[0].as_str().unwrap().contains("1 page has the id"), "{warnings}");
    let verified = place.tikrar().args(["verify", "RUN"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
}

#[test]
fn a_field_that_is_not_there_is_told_with_those_that_are() {
    let place = Place::new();
    place.put("in/a.jsonl", "{\"story\":\"نص\",\"name\":\"ع\"}\n{}\n");
    assert_eq!(run(&place, &[]).status.code(), Some(0));
    let rejects = lines(&place.path("RUN/rejected.jsonl"));
    let error = |at: usize| rejects[at]["error"].as_str().unwrap();
    assert!(error(0).contains("the record has \"story\", \"name\""), "{}", error(0));
    assert!(error(1).contains("the record has no field"), "{}", error(1));
}

#[test]
fn a_file_that_shrinks_under_the_reader_publishes_nothing() {
    let mut cut_in_time = 0;
    for round in 0..6_u64 {
        let place = Place::new();
        let (path, _) = place.put_archive("in/a.jsonl", round, 3000);
        let child = place
            .std_tikrar()
            .args(["dedup", "in", "--out", "RUN", "--threads", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(10 + 25 * round));
        File::options().write(true).open(&path).unwrap().set_len(4096).unwrap();
        let out = child.wait_with_output().unwrap();
        let code = out.status.code();
        let published = place.path("RUN").exists();
        match code {
            // The file was short before it was opened, or was read to its end.
            Some(0) => assert!(published),
            Some(3) if published => {
                // It was short before it was opened, and ends within a record.
                let stats = json(&place.path("RUN/stats.json"));
                panic!("exit 3 with a folder: {}\n{stats}", said(&out));
            }
            Some(3) => {
                cut_in_time += 1;
                assert!(said(&out).contains("nothing was published"), "{}", said(&out));
            }
            other => panic!("{other:?}: {}", said(&out)),
        }
    }
    println!("cut while it was read: {cut_in_time} of 6");
}
