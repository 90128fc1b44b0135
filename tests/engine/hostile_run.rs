//! The folder of a run is as hostile as its input: no command waits for what is no file in it, reads
//! it without end, or follows a link out of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::support::{Place, lines};

/// Texts with everything that acts on a terminal, on pages that are copies.
const ACTS: &str =
    "\u{1b}[2J\u{9b}31m\u{7}\u{7f}\u{85}\u{61c}\u{200f}\u{202e}\u{2028}\u{2066}\u{feff}\u{e0041}";

/// A run with copies, rejects and everything that is written.
fn run(place: &Place) {
    place.put_archive("in/a.jsonl", 3, 60);
    place.put("in/b/page.txt", "وصل القطار إلى المدينة بعد ساعتين من موعده في صباح يوم ماطر\n");
    place.put("in/c.jsonl", "no record\n");
    let flags = ["--cut-blocks", "--pairs", "-q", "--out", "RUN"];
    place.tikrar().args(["dedup", "in"]).args(flags).assert().success();
}

fn pipe(path: &Path) {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
}

/// What takes the place of a file, and what is said of it.
fn plant(kind: &str, path: &Path) -> &'static str {
    match kind {
        "pipe" => {
            pipe(path);
            "no regular file"
        }
        "endless" => {
            symlink("/dev/zero", path).unwrap();
            "a link"
        }
        "holes" => {
            fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
            "zero byte"
        }
        _ => {
            fs::create_dir(path).unwrap();
            "no regular file"
        }
    }
}

/// Exit code and all that is said.
fn told(place: &Place, args: &[&str]) -> (Option<i32>, String) {
    let out = place.tikrar().args(args).output().unwrap();
    let said = [out.stdout, out.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
    (out.status.code(), said)
}

#[test]
fn what_is_no_file_is_a_fault_of_the_run_for_every_command() {
    let place = Place::new();
    run(&place);
    let id = lines(&place.path("RUN/removed.jsonl"))[0]["id"].as_str().unwrap().to_owned();
    for kind in ["pipe", "endless", "holes", "folder"] {
        for (name, args) in [
            ("stats.json", &["verify", "RUN", "-q"][..]),
            ("inputs.jsonl", &["explain", "RUN", &id]),
            ("manifest.sha256", &["restore", "RUN", "--out", "BACK"]),
            ("removed.jsonl", &["restore", "RUN", "--out", "BACK"]),
            ("rejected.jsonl", &["explain", "RUN", &id]),
            ("clusters.jsonl", &["report", "RUN"]),
            ("pairs.jsonl", &["evaluate", "RUN"]),
            ("blocks.jsonl", &["explain", "RUN", &id]),
            ("clusters.jsonl", &["evaluate", "RUN"]),
            ("inputs.jsonl", &["report", "RUN"]),
        ] {
            let path = place.path("RUN").join(name);
            fs::rename(&path, place.path("away")).unwrap();
            let said_of = plant(kind, &path);
            let (code, said) = told(&place, args);
            assert_eq!(code, Some(1), "{kind} {args:?}: {said}");
            assert!(said.contains(said_of) && said.contains(name), "{kind} {args:?}: {said}");
            if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
            fs::rename(place.path("away"), &path).unwrap();
        }
    }
    assert!(!place.path("BACK").exists());
    assert_eq!(told(&place, &["verify", "RUN"]).0, Some(0));
}

#[test]
fn verify_names_what_is_no_file_and_goes_on() {
    let place = Place::new();
    run(&place);
    for kind in ["pipe", "endless", "folder"] {
        for name in ["removed.jsonl", "report.html", "segments.jsonl", "kept/b/page.txt"] {
            let path = place.path("RUN").join(name);
            if !path.exists() {
                continue;
            }
            fs::rename(&path, place.path("away")).unwrap();
            plant(kind, &path);
            let (code, said) = told(&place, &["verify", "RUN"]);
            assert_eq!(code, Some(1), "{kind} {name}: {said}");
            assert!(said.contains(name) && said.contains("clusters "), "{kind} {name}: {said}");
            if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
            fs::rename(place.path("away"), &path).unwrap();
        }
    }
}

#[test]
fn a_linked_folder_of_a_run_is_not_followed() {
    let place = Place::new();
    run(&place);
    fs::rename(place.path("RUN/kept"), place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), place.path("RUN/kept")).unwrap();
    let (code, said) = told(&place, &["restore", "RUN", "--out", "BACK"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a link") && !place.path("BACK").exists(), "{said}");
    assert_eq!(told(&place, &["verify", "RUN", "-q"]).0, Some(1));
    assert_eq!(told(&place, &["evaluate", "RUN"]).0, Some(2));
    assert_eq!(told(&place, &["report", "RUN", "--recall-sample", "5"]).0, Some(2));
    // The report needs no texts, and says that it has none.
    assert_eq!(told(&place, &["report", "RUN"]).0, Some(0));
}

#[test]
fn an_original_that_is_a_device_or_a_pipe_cannot_be_read() {
    let place = Place::new();
    run(&place);
    let manifest = fs::read_to_string(place.path("RUN/manifest.sha256")).unwrap();
    let original = place.path("in/a.jsonl").canonicalize().unwrap();
    for planted in [Path::new("/dev/zero"), &place.path("pipe"), &place.path("in")] {
        if planted.ends_with("pipe") {
            pipe(planted);
        }
        let changed = manifest.replace(original.to_str().unwrap(), planted.to_str().unwrap());
        assert_ne!(changed, manifest);
        fs::write(place.path("RUN/manifest.sha256"), changed).unwrap();
        let (code, said) = told(&place, &["verify", "RUN"]);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("it is no regular file"), "{said}");
    }
    // One that has grown is not read.
    fs::write(place.path("RUN/manifest.sha256"), manifest).unwrap();
    fs::File::options().write(true).open(&original).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(told(&place, &["verify", "RUN", "-q"]).0, Some(1));
}

#[test]
fn json_on_stdout_has_nothing_that_acts_on_a_terminal() {
    let place = Place::new();
    let record = |id: &str| {
        let story = "افتتح المدير مكتبة الحي الشرقي بعد عام من العمل وحضر أهل الحي كلهم";
        serde_json::json!({"id": format!("{id}{ACTS}"), "text": format!("{story} {ACTS} {story}.")})
    };
    let records = format!("{}\n{}\n", record("a"), record("b"));
    place.put(&format!("in/a{}.jsonl", ACTS.replace('\u{1b}', "")), records);
    place.tikrar().args(["dedup", "in", "-q", "--out", "RUN"]).assert().success();
    let [a, b] = ["a", "b"].map(|id| format!("{id}{ACTS}"));
    let mut said = Vec::new();
    for args in [
        &["segment", "in"][..],
        &["explain", "RUN", &b, "--json"],
        &["compare", &a, &b, "--in", "RUN", "--json"],
        &["verify", "RUN", "--json"],
    ] {
        let out = place.tikrar().args(args).output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{args:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        let acts = |c: &char| *c != '\n' && tikrar::error::acts_on_terminal(*c);
        assert_eq!(text.chars().find(acts), None, "{args:?}");
        assert!(text.contains("\\u009b") || args[0] == "verify", "{args:?}");
        said.push(text);
    }
    let told: Value = serde_json::from_str(&said[1]).unwrap();
    assert_eq!(told["id"], b.as_str());
    // A file has the bytes that it always had, and the same values.
    place.tikrar().args(["segment", "in", "--out", "segments.jsonl", "-q"]).assert().success();
    let written = fs::read_to_string(place.path("segments.jsonl")).unwrap();
    assert!(written.contains('\u{202e}'));
    let values = |text: &str| -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(values(&written), values(&said[0]));
}
