//! `verify`: a sound run has no fault, and every fault that is planted in one is named.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tikrar::progress::NoProgress;
use tikrar::prove::{Origin, Proof, ProveOptions, verify};
use tikrar::write::{Written, digest, hex};

use sha2::{Digest, Sha256};

use crate::cuts::put_pages;
use crate::support::{Place, json as read_json, lines};

fn proof(dir: &Path) -> Proof {
    verify(dir, &ProveOptions::default(), &NoProgress).unwrap()
}

/// A run of the fixtures with everything that can be written.
fn run(place: &Place) -> PathBuf {
    put_pages(place);
    let mut command = place.tikrar();
    let flags = ["--cut-blocks", "--annotate", "--pairs", "--segments", "-q", "--out", "RUN"];
    command.args(["dedup", "in"]).args(flags).assert().success();
    place.path("RUN")
}

fn put_lines(path: &Path, lines: &[Value]) {
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(path, lines.concat()).unwrap();
}

/// Makes hashes and digest agree with the files again, as a forger would.
fn seal(dir: &Path) {
    let manifest = fs::read_to_string(dir.join("manifest.sha256")).unwrap();
    let sha256 = |name: &str| hex(&Sha256::digest(fs::read(dir.join(name)).unwrap()));
    let inputs: Vec<&str> =
        manifest.lines().filter(|line| line.starts_with('#') || line.contains("  /")).collect();
    let outputs: Vec<&str> = manifest
        .lines()
        .filter(|line| !inputs.contains(line))
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    let written: Vec<Written> = outputs
        .iter()
        .map(|name| Written { name: (*name).to_owned(), sha256: sha256(name), bytes: 0 })
        .collect();
    let mut stats = read_json(&dir.join("stats.json"));
    stats["digest"] = digest(&written).into();
    fs::write(dir.join("stats.json"), stats.to_string()).unwrap();
    let sealed: Vec<String> =
        outputs.iter().map(|name| format!("{}  {name}\n", sha256(name))).collect();
    let inputs = inputs.join("\n") + "\n";
    fs::write(dir.join("manifest.sha256"), inputs + &sealed.concat()).unwrap();
}

/// The checks that found a fault, each once.
fn checks(proof: &Proof) -> Vec<&'static str> {
    let mut checks: Vec<&str> = proof.faults.iter().map(|fault| fault.check).collect();
    checks.sort_unstable();
    checks.dedup();
    checks
}

/// Whether a fault of this check says so.
fn says(proof: &Proof, check: &str, what: &str) -> bool {
    let mut faults = proof.faults.iter().filter(|fault| fault.check == check);
    faults.any(|fault| fault.what.contains(what) || fault.place.contains(what))
}

#[test]
fn a_sound_run_has_no_fault_with_its_originals_and_without() {
    let place = Place::new();
    let dir = run(&place);
    let with = proof(&dir);
    assert_eq!(with.faults, []);
    assert_eq!((with.exit_code(), with.origin), (0, Some(Origin::Originals)));
    let ledger = &read_json(&dir.join("stats.json"))["ledger"];
    assert_eq!(serde_json::to_value(with.ledger).unwrap(), *ledger);
    assert_eq!(with.removals, Some(lines(&dir.join("removed.jsonl")).len() as u64));
    assert_eq!(with.rebuilt, Some(with.originals_same));
    let weakest = with.weakest.as_ref().unwrap();
    assert!(weakest.is_sorted_by(|a, b| a.similarity <= b.similarity));
    fs::rename(place.path("in"), place.path("away")).unwrap();
    let without = proof(&dir);
    assert_eq!(without.faults, []);
    assert_eq!((without.exit_code(), without.origin), (0, Some(Origin::Rebuilt)));
    assert_eq!(without.originals_gone, with.originals_same);
    assert_eq!((without.ledger, without.weakest), (with.ledger, with.weakest));
}

#[test]
fn every_way_of_matching_and_reading_is_scored_as_it_was() {
    let place = Place::new();
    put_pages(&place);
    for (number, flags) in [
        &["--match", "jaccard", "--threshold", "0.6"][..],
        &["--scope", "page", "--match", "jaccard", "--shingle", "char:9"],
        &["--drop-contained", "--max-lost-words", "3"],
        &["--link", "components", "--fold", "loose"],
        &["--max-page", "3K", "--no-mmap", "--keep", "longest"],
        &["--markers", "none", "--text-field", "text", "--fold", "strict"],
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("RUN{number}");
        let mut command = place.tikrar();
        command.args(["dedup", "in", "-q", "--out", &name]).args(flags).assert().success();
        let proof = proof(&place.path(&name));
        assert_eq!(proof.faults, [], "{flags:?}");
        assert!(proof.removals > Some(0), "{flags:?}");
    }
}

#[test]
fn a_flipped_byte_is_found_in_an_original_and_in_an_output() {
    let place = Place::new();
    let dir = run(&place);
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    flip(&place.path("in/almarsad/01.txt"));
    let found = proof(&dir);
    assert_eq!(checks(&found), ["original"]);
    assert!(says(&found, "original", "in/almarsad/01.txt"));
    // The rest was checked against what the run itself holds.
    assert_eq!((found.origin, found.exit_code()), (Some(Origin::Rebuilt), 1));
    flip(&place.path("in/almarsad/01.txt"));
    for file in ["kept/almarsad/01.txt", "removed/wire.jsonl.gz", "blocks.jsonl"] {
        flip(&dir.join(file));
        let found = proof(&dir);
        assert!(says(&found, "output", file), "{file}: {:?}", found.faults);
        assert!(says(&found, "digest", "stats.json"), "{file}");
        flip(&dir.join(file));
    }
    // The report is no data, and so no part of the digest; but it is listed.
    flip(&dir.join("report.html"));
    assert_eq!(checks(&proof(&dir)), ["output"]);
    flip(&dir.join("report.html"));
    fs::write(dir.join("kept/stray.txt"), "x").unwrap();
    assert!(says(&proof(&dir), "output", "kept/stray.txt"));
    fs::remove_file(dir.join("kept/stray.txt")).unwrap();
    assert_eq!(proof(&dir).exit_code(), 0);
}

#[test]
fn a_manifest_with_a_line_more_or_less_is_found() {
    let place = Place::new();
    let dir = run(&place);
    let path = dir.join("manifest.sha256");
    let whole = fs::read_to_string(&path).unwrap();
    let first = whole.split_inclusive('\n').next().unwrap();
    for (changed, check) in [
        (format!("{}  /never/read.txt\n{whole}", "0".repeat(64)), "original"),
        (format!("{first}{whole}"), "original"),
        (whole.replacen(first, "", 1), "original"),
        (whole.replacen(first, &first.replace(&first[..8], "01234567"), 1), "original"),
        (format!("{whole}{}  kept/never.txt\n", "0".repeat(64)), "output"),
    ] {
        fs::write(&path, changed).unwrap();
        let found = proof(&dir);
        assert!(checks(&found).contains(&check), "{check}: {:?}", found.faults);
    }
}

#[test]
fn an_input_whose_name_is_no_text_is_listed_by_its_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"in/\xff\xfe.jsonl");
    place.put("in/a.jsonl", "{\"text\":\"نص أول\"}\n");
    fs::write(place.path("").join(name), "{\"text\":\"نص ثان\"}\n").unwrap();
    place.tikrar().args(["dedup", "in", "--out", "RUN", "-q"]).assert().code(0);
    let found = proof(&place.path("RUN"));
    assert_eq!((found.originals_same, found.originals_gone, found.exit_code()), (2, 0, 0));
    place.tikrar().args(["report", "RUN", "-q"]).assert().code(0);
    let manifest = fs::read(place.path("RUN/manifest.sha256")).unwrap();
    let has = |part: &[u8]| manifest.windows(part.len()).any(|window| window == part);
    assert!(has(b"/in/\xff\xfe.jsonl\n") && has(b"  report.html\n"));
    assert_eq!(proof(&place.path("RUN")).exit_code(), 0);
}

#[test]
fn an_original_that_cannot_be_read_is_exit_3_and_the_rest_is_checked() {
    let place = Place::new();
    let dir = run(&place);
    let original = place.path("in/almarsad/01.txt");
    fs::remove_file(&original).unwrap();
    fs::create_dir(&original).unwrap();
    let found = proof(&dir);
    assert_eq!((found.unreadable.len(), found.exit_code()), (1, 3), "{:?}", found.unreadable);
    assert_eq!((found.faults.len(), found.origin), (0, Some(Origin::Rebuilt)));
}

/// Plants a fault in the lines of a file of a fresh run, seals it, and verifies.
fn planted(file: &str, plant: impl FnOnce(&mut Vec<Value>)) -> Proof {
    let place = Place::new();
    let dir = run(&place);
    let mut all = lines(&dir.join(file));
    plant(&mut all);
    put_lines(&dir.join(file), &all);
    seal(&dir);
    proof(&dir)
}

#[test]
fn a_seal_alone_is_no_fault() {
    assert_eq!(planted("removed.jsonl", |_| {}).faults, []);
}

#[test]
fn a_removed_page_without_a_keeper_is_found() {
    let found = planted("removed.jsonl", |lines| lines[0]["keep"] = json!("nobody"));
    assert!(says(&found, "removal", "its keeper \"nobody\" is no page"), "{:?}", found.faults);
    let found = planted("removed.jsonl", |lines| lines[0]["keep"] = lines[1]["id"].clone());
    assert!(says(&found, "removal", "was removed too"), "{:?}", found.faults);
    let found = planted("removed.jsonl", |lines| lines[0]["id"] = json!("nobody"));
    assert!(says(&found, "removal", "it is no page of the archive"), "{:?}", found.faults);
}

#[test]
fn a_wrong_figure_of_a_removal_is_found() {
    let copy = |lines: &[Value]| lines.iter().position(|line| line["reason"] == "copy").unwrap();
    for (field, value, what) in [
        ("similarity", json!(0.9876), "its line says 0.9876"),
        ("lost_words", json!(999), "its line says 999"),
        ("lost_rarest", json!(["كلمة"]), "words that its keeper lacks"),
        ("reason", json!("exact"), "it was removed as \"exact\" and is copy"),
        ("sha256", json!("00"), "another hash than its line"),
        ("length", json!(1), "its line says byte"),
        ("cluster", json!("0123456789abcdef"), "has no such member"),
    ] {
        let found = planted("removed.jsonl", |lines| {
            let at = copy(lines);
            lines[at][field] = value;
        });
        let place_is_wrong = matches!(field, "sha256" | "length");
        let told = found.faults.iter().any(|fault| fault.what.contains(what));
        // Where the originals are there, the lines are checked even if the run cannot be rebuilt.
        assert!(told, "{field}: {:?}", found.faults);
        assert_eq!(checks(&found).contains(&"rebuild"), place_is_wrong, "{field}");
    }
}

#[test]
fn a_forged_similarity_in_both_files_is_found() {
    let place = Place::new();
    let dir = run(&place);
    let mut removed = lines(&dir.join("removed.jsonl"));
    let at = removed.iter().position(|line| line["reason"] == "copy").unwrap();
    removed[at]["similarity"] = json!(0.99);
    let id = removed[at]["id"].clone();
    put_lines(&dir.join("removed.jsonl"), &removed);
    let mut clusters = lines(&dir.join("clusters.jsonl"));
    for cluster in &mut clusters {
        for member in cluster["members"].as_array_mut().unwrap() {
            if member["id"] == id {
                member["similarity"] = json!(0.99);
            }
        }
    }
    put_lines(&dir.join("clusters.jsonl"), &clusters);
    seal(&dir);
    let found = proof(&dir);
    assert_eq!((checks(&found), found.fault_count), (vec!["removal"], 1));
    assert_eq!(found.faults[0].place, id.as_str().unwrap());
}

#[test]
fn a_cluster_with_two_keepers_or_none_is_found() {
    let role = |member: usize, role: &'static str| {
        move |lines: &mut Vec<Value>| lines[0]["members"][member]["role"] = json!(role)
    };
    let found = planted("clusters.jsonl", role(1, "keep"));
    assert!(says(&found, "cluster", "it has 2 keepers"), "{:?}", found.faults);
    let found = planted("clusters.jsonl", role(0, "copy"));
    assert!(says(&found, "cluster", "it has no keeper"), "{:?}", found.faults);
    let found = planted("clusters.jsonl", |lines| {
        let member = lines[1]["members"][1].clone();
        lines[0]["members"].as_array_mut().unwrap().push(member);
    });
    assert!(says(&found, "cluster", "is in cluster"), "{:?}", found.faults);
    assert!(says(&found, "cluster", "its name is not that of its members"));
    let found = planted("clusters.jsonl", |lines| {
        lines[0]["members"][0]["removed"] = json!(true);
    });
    assert!(says(&found, "cluster", "was removed"), "{:?}", found.faults);
}

#[test]
fn a_second_story_that_is_not_where_a_block_says_is_found() {
    let story =
        |lines: &[Value]| lines.iter().position(|line| line["kind"] == "related_story").unwrap();
    for (field, value, what) in [
        ("start", json!(1), "no second story stands there from byte 1"),
        ("end", json!(2), "no second story stands there"),
        ("id", json!("nobody"), "it is no page of the archive"),
    ] {
        let found = planted("blocks.jsonl", |lines| {
            let at = story(lines);
            lines[at]["occurrences"][0][field] = value;
        });
        assert!(says(&found, "block", what), "{field}: {:?}", found.faults);
    }
    let found = planted("blocks.jsonl", |lines| {
        let at = story(lines);
        lines[at]["story"] = json!("nobody");
    });
    assert!(says(&found, "block", "its story is no page"), "{:?}", found.faults);
}

#[test]
fn a_missing_line_is_found_in_every_file_that_has_a_part_of_the_input() {
    let found = planted("removed.jsonl", |lines| drop(lines.remove(2)));
    assert!(checks(&found).contains(&"rebuild"), "{:?}", found.faults);
    assert!(says(&found, "removal", "says it was removed, and removed.jsonl does not"));
    assert!(says(&found, "ledger", "stats.json"));
    let found = planted("rejected.jsonl", |lines| drop(lines.remove(0)));
    assert!(says(&found, "reject", "is a reject and not listed"), "{:?}", found.faults);
    let found = planted("cuts.jsonl", |lines| drop(lines.remove(3)));
    assert!(checks(&found).contains(&"rebuild"), "{:?}", found.faults);
    assert!(says(&found, "ledger", "stats.json"), "{:?}", found.faults);
    let found = planted("inputs.jsonl", |lines| drop(lines.remove(0)));
    assert!(checks(&found).contains(&"rebuild"), "{:?}", found.faults);
}

#[test]
fn a_missing_record_is_found_in_every_folder() {
    for file in ["kept/archive.jsonl", "removed/archive.jsonl", "rejected/spelled.jsonl"] {
        let place = Place::new();
        let dir = run(&place);
        let bytes = fs::read(dir.join(file)).unwrap();
        let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
        fs::write(dir.join(file), &bytes[end..]).unwrap();
        seal(&dir);
        let found = proof(&dir);
        assert!(
            says(&found, "rebuild", "archive.jsonl") || says(&found, "rebuild", file),
            "{file}"
        );
        assert_eq!(found.exit_code(), 1);
        // Without the originals nothing more can be said, and nothing wrong is.
        fs::remove_dir_all(place.path("in")).unwrap();
        let found = proof(&dir);
        assert_eq!((found.origin, found.left_out.len()), (None, 1), "{file}");
    }
}

#[test]
fn a_wrong_ledger_and_a_wrong_digest_are_found() {
    let place = Place::new();
    let dir = run(&place);
    let path = dir.join("stats.json");
    let mut stats = read_json(&path);
    stats["ledger"]["kept"] = json!(stats["ledger"]["kept"].as_u64().unwrap() + 1);
    fs::write(&path, stats.to_string()).unwrap();
    seal(&dir);
    assert_eq!(checks(&proof(&dir)), ["ledger"]);
}

#[test]
fn a_figure_that_was_changed_is_found() {
    let place = Place::new();
    let dir = run(&place);
    let path = dir.join("stats.json");
    let sound = read_json(&path);
    for (figure, said) in [
        ("/input_digest", json!("00")),
        ("/clusters", json!(900)),
        ("/lone_versions", json!(900)),
        ("/families", json!(900)),
        ("/blocks", json!(900)),
        ("/wordless", json!(900)),
        ("/funnel/candidates", json!(0)),
        ("/funnel/verified", json!(900)),
        ("/funnel/accepted", json!(900)),
        ("/funnel/far_below", json!(900)),
        ("/funnel/exact_copies", json!(900)),
        ("/funnel/exact_removed", json!(900)),
        ("/histograms/cluster_size", json!({"000002": 900})),
        ("/histograms/reject_code", json!({})),
    ] {
        let mut stats = sound.clone();
        *stats.pointer_mut(figure).unwrap() = said;
        fs::write(&path, stats.to_string()).unwrap();
        seal(&dir);
        assert_eq!(checks(&proof(&dir)), ["figure"], "{figure}");
    }
    fs::write(&path, sound.to_string()).unwrap();
    seal(&dir);
    assert_eq!(proof(&dir).faults, []);
}

#[test]
fn a_file_of_the_run_that_is_missing_is_a_fault_of_the_run() {
    let place = Place::new();
    let dir = run(&place);
    let away = place.path("away");
    for name in [
        "cuts.jsonl",
        "inputs.jsonl",
        "stats.json",
        "manifest.sha256",
        "_SUCCESS",
        "report.html",
        "clusters.jsonl",
        "blocks.jsonl",
        "removed.jsonl",
        "rejected.jsonl",
        "pairs.jsonl",
        "segments.jsonl",
        "outlets.jsonl",
        "edges.jsonl",
        "frequencies.bin.zst",
        "kept/almarsad/01.txt",
    ] {
        fs::rename(dir.join(name), &away).unwrap();
        let out = place.tikrar().args(["verify", "RUN", "-q"]).output().unwrap();
        let said = [out.stdout, out.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        assert_eq!(out.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(name), "{name}: {said}");
        fs::rename(&away, dir.join(name)).unwrap();
    }
    fs::write(dir.join("_SUCCESS"), "yes\n").unwrap();
    assert!(says(&proof(&dir), "output", "_SUCCESS"));
    // What was never made is not missed.
    let mut command = place.tikrar();
    command.args(["dedup", "in", "-q", "--no-report", "--out", "BARE"]).assert().success();
    assert_eq!(proof(&place.path("BARE")).faults, []);
}

#[test]
fn what_could_not_be_checked_is_said_and_is_exit_3() {
    for flag in ["--no-removed", "--no-kept"] {
        let place = Place::new();
        place.put_archive("in/a.jsonl", 1, 40);
        place.tikrar().args(["dedup", "in", "-q", "--out", "RUN", flag]).assert().success();
        let with = proof(&place.path("RUN"));
        assert_eq!((with.exit_code(), with.left_out.len(), with.rebuilt), (0, 1, None));
        fs::rename(place.path("in"), place.path("away")).unwrap();
        let verify = |flags: &[&str]| {
            let out = place.tikrar().args(["verify", "RUN"]).args(flags).output().unwrap();
            (out.status.code(), String::from_utf8(out.stdout).unwrap())
        };
        for flags in [&[][..], &["-q"]] {
            let (code, said) = verify(flags);
            assert_eq!(code, Some(3), "{said}");
            assert!(said.contains("not checked: ledger, clusters and scores"), "{said}");
            assert!(!said.lines().any(|line| line == "no fault was found"), "{said}");
        }
        let (code, said) = verify(&["--json", "-q"]);
        let told: Value = serde_json::from_str(&said).unwrap();
        for part in ["ledger", "origin", "rebuilt", "clusters", "removals", "weakest"] {
            assert_eq!(told[part], Value::Null, "{part}");
        }
        assert_eq!((code, &told["originals_gone"]), (Some(3), &json!(1)));
        // A fault is one all the same.
        fs::remove_file(place.path("RUN/report.html")).unwrap();
        assert_eq!(verify(&["-q"]).0, Some(1));
    }
}

#[test]
fn the_command_prints_a_balance_and_says_by_its_exit_code_what_it_found() {
    let place = Place::new();
    run(&place);
    let mut command = place.tikrar();
    let out = command.args(["verify", "RUN", "--weakest", "3"]).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(0), "{said}");
    for part in
        ["read ", "kept ", "removed ", "rejected ", "weakest removals", "no fault was found"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mut command = place.tikrar();
    let out = command.args(["verify", "RUN", "--json", "-q"]).output().unwrap();
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&told["fault_count"], &told["origin"]), (&json!(0), &json!("originals")));

    fs::write(place.path("in/archive.jsonl"), "{}\n").unwrap();
    fs::write(place.path("RUN/kept/archive.jsonl"), "{}\n").unwrap();
    let mut command = place.tikrar();
    let out = command.args(["verify", "RUN", "-q"]).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("in/archive.jsonl") && said.contains("kept/archive.jsonl"), "{said}");
}

#[test]
fn what_is_no_finished_run_is_refused_with_a_hint() {
    let place = Place::new();
    let dir = run(&place);
    fs::rename(&dir, place.path("RUN.partial")).unwrap();
    fs::remove_file(place.path("RUN.partial/_SUCCESS")).unwrap();
    fs::create_dir(place.path("EMPTY")).unwrap();
    for (args, code) in [
        (&["verify", "RUN.partial"][..], 1),
        (&["verify", "EMPTY"], 3),
        (&["verify", "NOWHERE"], 3),
        (&["verify", "RUN.partial/stats.json"], 3),
        (&["evaluate", "EMPTY"], 3),
        (&["report", "EMPTY"], 3),
        (&["restore", "RUN.partial", "--out", "BACK"], 1),
        (&["explain", "RUN.partial", "x"], 1),
        (&["compare", "x", "y", "--in", "NOWHERE"], 3),
        (&["verify"], 2),
        (&["verify", "RUN", "--faults"], 2),
        (&["restore", "RUN"], 2),
        (&["explain", "RUN"], 2),
        (&["compare", "x", "--in", "RUN"], 2),
        (&["compare", "x", "y"], 2),
        (&["compare", "x", "y", "--in", "RUN", "--color", "pink"], 2),
    ] {
        let out = place.tikrar().args(args).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains("help"), "{args:?}: {said}");
    }
    assert!(!place.path("BACK").exists());
}

#[test]
fn a_run_of_other_rules_is_refused_by_name() {
    let place = Place::new();
    let dir = run(&place);
    let mut stats = read_json(&dir.join("stats.json"));
    stats["fold_version"] = json!(0);
    fs::write(dir.join("stats.json"), stats.to_string()).unwrap();
    let error = verify(&dir, &ProveOptions::default(), &NoProgress).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("fold 0"), "{error}");
}
