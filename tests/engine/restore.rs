//! `restore`: every archive comes back byte for byte from its run alone.

use std::fs;
use std::path::Path;

use tikrar::progress::NoProgress;
use tikrar::prove::{RestoreConfig, restore};

use crate::cuts::put_pages;
use crate::support::{Place, files_below, fixtures, lines, unpacked};

/// Fixtures of both kinds, pages in every spelling and encoding, and records over a small limit.
fn put_everything(place: &Place) {
    put_pages(place);
    for file in files_below(&fixtures().join("broken")) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        place.put(&format!("in/broken/{name}"), fs::read(file).unwrap());
    }
    let long =
        |mark: &str| format!("{{\"id\":\"{mark}\",\"text\":\"{}\"}}\n", "طويل ".repeat(9000));
    let lines = format!("\n{}{{\"text\":\"قصير\"}}\n \n{}", long("l1"), long("l2").trim_end());
    place.put("in/long.jsonl", &lines);
    place.put("in/long.jsonl.zst", zstd::encode_all(lines.as_bytes(), 3).unwrap());
    place.put("in/long.txt", "سطر طويل\n".repeat(9000));
    // Text files that are nothing but furniture, so that nothing of them is kept where that is cut.
    let words = "كلمات دلالية: الماء القرى الآبار\n";
    let units = words.encode_utf16().flat_map(u16::to_le_bytes);
    place.put("in/words/1.txt", words);
    place.put("in/words/2.txt", b"\xff\xfe".iter().copied().chain(units).collect::<Vec<u8>>());
    place.put("in/words/3.txt.zst", zstd::encode_all(words.as_bytes(), 3).unwrap());
    place.put("in/words/4.txt", "");
    // Furniture with signs in it that are read as what they mean.
    let signs = |story: &str| format!("{story}\\nوسطر آخر.\nكلمات دلالية: \\\"الماء\\\"\\nالقرى\n");
    let units = signs("وصل القطار إلى المدينة متأخرا").encode_utf16().collect::<Vec<u16>>();
    let units = units.into_iter().flat_map(u16::to_be_bytes);
    place.put("in/words/5.txt", signs("تفقد الوزير بئرا جديدة في القرية"));
    place.put("in/words/6.txt", b"\xfe\xff".iter().copied().chain(units).collect::<Vec<u8>>());
    let windows = encoding_rs::WINDOWS_1256;
    place.put("in/words/7.txt", windows.encode(&signs("فاز الفريق بكأس البطولة أمس")).0);
}

/// Compares the restored folder with what was read: names and unpacked bytes.
fn assert_same(was: &Path, is: &Path) {
    let names = |folder: &Path| -> Vec<String> {
        files_below(folder)
            .iter()
            .map(|file| file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(was), names(is));
    for name in names(was) {
        // A gz that has garbage behind it, or breaks off, is whole up to there.
        assert!(unpacked(&was.join(&name)) == unpacked(&is.join(&name)), "{name}");
    }
}

#[test]
fn every_archive_comes_back_without_its_originals() {
    let place = Place::new();
    put_everything(&place);
    let runs: [&[&str]; 6] = [
        &[],
        &["--cut-blocks"],
        &["--annotate"],
        &["--cut-blocks", "--annotate", "--drop-contained"],
        &["--no-mmap", "--max-page", "40K"],
        &["--cut-blocks", "--max-page", "2K", "--no-mmap"],
    ];
    for (number, flags) in runs.iter().enumerate() {
        let mut command = place.tikrar();
        let out = ["--out", &format!("RUN{number}")];
        // Exit code 3: some of the fixtures are packed files that break off.
        command.args(["dedup", "in", "-q"]).args(out).args(*flags).assert().code(3);
    }
    fs::rename(place.path("in"), place.path("away")).unwrap();
    for (number, flags) in runs.iter().enumerate() {
        let (run, back) = (format!("RUN{number}"), format!("BACK{number}"));
        let mut command = place.tikrar();
        let out = command.args(["restore", &run, "--out", &back]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(0), "{flags:?}: {said}");
        assert!(said.contains("broke off"), "{said}");
        assert_same(&place.path("away"), &place.path(&back));
        let mut command = place.tikrar();
        command.args(["verify", &run, "-q"]).assert().code(0);
    }
    assert_eq!(fs::read(place.path("RUN1/kept/words/1.txt")).unwrap(), b"");
    assert_eq!(unpacked(&place.path("RUN1/kept/words/3.txt.zst")), b"");
    let spelled = lines(&place.path("RUN1/cuts.jsonl"));
    let spelled =
        spelled.iter().filter(|cut| cut["raw"].as_str().is_some_and(|raw| raw.contains("\\n")));
    assert!(spelled.filter(|cut| cut["path"].as_str().unwrap().starts_with("words/")).count() == 3);
    let limited = lines(&place.path("RUN4/rejected.jsonl"));
    let long = limited.iter().filter(|line| line["code"] == "too_long");
    assert!(long.count() >= 5, "records over the limit were set aside");
}

#[test]
fn what_came_by_stdin_comes_back_as_a_file() {
    let place = Place::new();
    put_everything(&place);
    let bytes = fs::read(place.path("in/long.jsonl")).unwrap();
    let mut command = place.tikrar();
    command.args(["dedup", "-", "in/spelled.jsonl", "-q", "--max-page", "40K", "--out", "RUN"]);
    command.write_stdin(bytes.clone()).assert().success();
    let mut command = place.tikrar();
    command.args(["verify", "RUN", "-q"]).assert().code(0);
    let mut command = place.tikrar();
    command.args(["restore", "RUN", "--out", "BACK", "-q"]).assert().code(0);
    assert!(fs::read(place.path("BACK/stdin.jsonl")).unwrap() == bytes);
    assert_eq!(files_below(&place.path("BACK")).len(), 2);
}

#[test]
fn what_is_not_there_is_named_and_nothing_is_written() {
    let place = Place::new();
    put_pages(&place);
    for (flag, missing) in [("--no-kept", "kept/"), ("--no-removed", "removed/")] {
        let run = format!("RUN{flag}");
        let mut command = place.tikrar();
        command.args(["dedup", "in", "-q", flag, "--out", &run]).assert().success();
        let refused = || {
            let out = place.tikrar().args(["restore", &run, "--out", "BACK"]).output().unwrap();
            assert_eq!(out.status.code(), Some(2));
            assert!(!place.path("BACK").exists() && !place.path("BACK.partial").exists());
            String::from_utf8(out.stderr).unwrap()
        };
        let said = refused();
        assert!(said.contains(missing) && said.contains("nothing needs restoring"), "{said}");
        // What can be proved of it still is.
        let out = place.tikrar().args(["verify", &run]).output().unwrap();
        assert_eq!(out.status.code(), Some(0));
        assert!(String::from_utf8(out.stdout).unwrap().contains("not checked: rebuilding"));
        fs::rename(place.path("in"), place.path("away")).unwrap();
        let said = refused();
        assert!(said.contains(missing) && said.contains("not all there"), "{said}");
        let out = place.tikrar().args(["explain", &run, "almarsad/01.txt"]).output().unwrap();
        assert_eq!(out.status.code(), Some(2));
        fs::rename(place.path("away"), place.path("in")).unwrap();
    }
}

#[test]
fn a_folder_is_replaced_only_by_force_and_only_if_nothing_else_is_in_it() {
    let place = Place::new();
    put_pages(&place);
    let mut command = place.tikrar();
    command.args(["dedup", "in", "-q", "--out", "RUN"]).assert().success();
    let restored = |flags: &[&str], out: &str| {
        let mut command = place.tikrar();
        let out = command.args(["restore", "RUN", "-q", "--out", out]).args(flags).output();
        out.unwrap().status.code().unwrap()
    };
    assert_eq!(restored(&[], "BACK"), 0);
    assert_eq!(restored(&[], "BACK"), 2);
    fs::write(place.path("BACK/archive.jsonl"), "changed").unwrap();
    assert_eq!(restored(&["--force"], "BACK"), 0);
    assert_same(&place.path("in"), &place.path("BACK"));
    place.put("BACK/notes/mine.txt", "mine");
    assert_eq!(restored(&["--force"], "BACK"), 2);
    assert!(place.path("BACK/notes/mine.txt").exists());
    for never in ["in", "RUN", "RUN/BACK", "."] {
        assert_eq!(restored(&["--force"], never), 2, "{never}");
    }
    assert!(place.path("RUN/_SUCCESS").exists() && place.path("in/archive.jsonl").exists());
}

#[test]
fn a_damaged_or_hostile_run_restores_nothing() {
    let place = Place::new();
    put_pages(&place);
    let mut command = place.tikrar();
    command.args(["dedup", "in", "-q", "--out", "RUN"]).assert().success();
    let dir = place.path("RUN");
    let config = RestoreConfig { out: place.path("BACK"), force: false };
    let refused = |what: &str| {
        let error = restore(&dir, &config, &NoProgress).unwrap_err();
        assert_eq!((error.code(), error.exit_code()), ("E011", 1), "{error}");
        assert!(error.to_string().contains(what), "{error}");
        assert!(!place.path("BACK").exists() && !place.path("BACK.partial").exists());
    };
    let changed = |file: &str, change: &dyn Fn(String) -> String, what: &str| {
        let path = dir.join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(text.clone())).unwrap();
        refused(what);
        fs::write(&path, text).unwrap();
    };
    changed("kept/archive.jsonl", &|text| text.replacen("id", "iD", 1), "archive.jsonl");
    changed("kept/archive.jsonl", &|text| text + "\n", "holds more");
    changed("removed/archive.jsonl", &|text| text[..9].to_owned(), "too early");
    let first = |text: String| text.lines().next().unwrap().to_owned() + "\n";
    changed("inputs.jsonl", &|text| text.replacen("\"sha256\":\"", "\"sha256\":\"0", 1), "hash");
    changed("inputs.jsonl", &first, "is out of order or about a file that was not read");
    for name in ["../out.txt", "/tmp/out.txt", "a/../../out.txt", ""] {
        let forged = format!("\"file\":{}", serde_json::to_string(name).unwrap());
        let forge = |text: String| text.replacen("\"file\":\"almarsad/01.txt\"", &forged, 1);
        changed("inputs.jsonl", &forge, "is no name of a file below a folder");
    }
    assert!(!place.path("out.txt").exists());
    restore(&dir, &config, &NoProgress).unwrap();
}
