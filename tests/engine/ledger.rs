//! Nothing is lost: every byte that was read is kept, removed or pointed at as a reject.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{Place, files_below, fixtures, json, lines, unpacked};

/// A record that says nothing that another says.
fn record(id: &str, words: &str) -> String {
    format!("{{\"id\":\"{id}\",\"outlet\":\"صحيفة النخيل\",\"text\":\"{words}\"}}")
}

const STORY: &str = "افتتح رئيس البلدية صباح اليوم سوق السمك الجديد في الحي الشرقي وقال إن العمل \
                     فيه استغرق عامين كاملين وبلغت كلفته تسعة ملايين ريال شاملة الثلاجات";

/// Files in every shape that belongs to a file and not to its records.
fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let (one, two, three) =
        (record("1", STORY), record("2", STORY), record("3", "خبر قصير لا يشبهه خبر آخر"));
    let gzip = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut out, text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let members = [gzip(&format!("{one}\n")), gzip(&format!("\n{two}\n{three}"))].concat();
    let packed = zstd::encode_all(format!("{one}\r\n{two}\r\n{{\n").as_bytes(), 3).unwrap();
    vec![
        ("plain.jsonl", format!("{one}\n{two}\n{three}\n").into()),
        ("no_last_newline.jsonl", format!("{one}\n{two}").into()),
        ("blank.jsonl", format!("\n{one}\n\n  \n\t\n{two}\n\n\n").into()),
        ("crlf_bom.jsonl", format!("\u{feff}{one}\r\n{two}\r\n\r\n").into()),
        ("rejects.jsonl", format!("{one}\nnot json\n{{\"id\":4}}\n{two}\n[1]").into()),
        ("only_blank.jsonl", "\n\n \n".into()),
        ("empty.jsonl", Vec::new()),
        ("members.jsonl.gz", members),
        ("packed.jsonl.zst", packed),
        ("a/page.txt", STORY.into()),
        ("a/again.txt", format!("{STORY}\n").into()),
        ("a/empty.txt", Vec::new()),
    ]
}

/// A file as it was given to a run.
struct Given {
    /// What the ledger calls it.
    path: String,
    /// What its files in `kept/` and `removed/` are called.
    name: String,
    /// Decompressed.
    bytes: Vec<u8>,
}

/// All files of a folder.
fn given(folder: &Path) -> Vec<Given> {
    let files = files_below(folder).into_iter();
    let given = files.map(|file| {
        let name = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        Given { path: name.clone(), name, bytes: unpacked(&file) }
    });
    given.collect()
}

/// The bytes that a run wrote for an input file, or none if it wrote no such file.
fn part(dir: &Path, folder: &str, name: &str) -> Vec<u8> {
    let path = dir.join(folder).join(name);
    if path.exists() { unpacked(&path) } else { Vec::new() }
}

/// The ledger adds up, and the parts give back every input's bytes, each where it was.
fn check(dir: &Path, inputs: &[Given]) {
    let stats = json(&dir.join("stats.json"));
    let ledger = &stats["ledger"];
    let count = |of: &Value, name: &str| of[name].as_u64().unwrap();
    for of in [ledger, &ledger["bytes"]] {
        let parts = ["kept", "removed", "rejected"].map(|name| count(of, name));
        assert_eq!(count(of, "read"), parts.iter().sum::<u64>(), "{ledger}");
    }
    let total: usize = inputs.iter().map(|input| input.bytes.len()).sum();
    assert_eq!(count(&ledger["bytes"], "read"), total as u64);

    // Stretches that are not in kept/, by file: first byte, bytes, whether they are in removed/.
    let mut gone: BTreeMap<String, Vec<(usize, usize, bool)>> = BTreeMap::new();
    for name in ["removed", "rejected"] {
        let lines = lines(&dir.join(format!("{name}.jsonl")));
        assert_eq!(lines.len() as u64, count(ledger, name));
        for line in lines {
            let (from, length) = (count(&line, "offset"), count(&line, "length"));
            let stretch = (from as usize, length as usize, name == "removed");
            gone.entry(line["path"].as_str().unwrap().to_owned()).or_default().push(stretch);
        }
    }
    for Given { path, name, bytes } in inputs {
        let (kept, removed) = (part(dir, "kept", name), part(dir, "removed", name));
        let (mut kept, mut removed) = (&kept[..], &removed[..]);
        let mut stretches = gone.remove(path).unwrap_or_default();
        stretches.sort_unstable();
        let mut whole = Vec::new();
        for (from, length, is_removed) in stretches {
            whole.extend_from_slice(take(&mut kept, from - whole.len()));
            whole.extend_from_slice(if is_removed {
                take(&mut removed, length)
            } else {
                &bytes[from..from + length]
            });
        }
        whole.extend_from_slice(kept);
        assert!(removed.is_empty(), "{name}: bytes too many in removed/");
        assert!(whole == *bytes, "{name} is not what it was");
    }
    assert!(gone.is_empty(), "decisions about files that were not read: {gone:?}");
    check_manifest(dir);
}

fn take<'a>(from: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = from.split_at(length);
    *from = rest;
    taken
}

/// `manifest.sha256` names every file of the run that was there when it was written, and checks.
fn check_manifest(dir: &Path) {
    let manifest = fs::read_to_string(dir.join("manifest.sha256")).unwrap();
    let mut named = 0;
    for line in manifest.lines().filter(|line| !line.starts_with('#')) {
        let (hash, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(dir.join(name)).unwrap();
        assert_eq!(hash, tikrar::write::hex(&Sha256::digest(&bytes)), "{name}");
        named += usize::from(!Path::new(name).is_absolute());
    }
    let files = files_below(dir);
    let apart = ["manifest.sha256", "_SUCCESS"];
    let data = files.iter().filter(|path| !apart.iter().any(|name| path.ends_with(name)));
    assert_eq!(named, data.count(), "a file is missing in the manifest");
    match Command::new("sha256sum")
        .args(["-c", "--quiet", "manifest.sha256"])
        .current_dir(dir)
        .output()
    {
        Ok(out) => assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout)),
        Err(error) => println!("skipped: sha256sum: {error}"),
    }
}

#[test]
fn every_shape_of_file_comes_back_byte_for_byte() {
    let place = Place::new();
    for (name, bytes) in shapes() {
        place.put(&format!("in/{name}"), bytes);
    }
    for (run, more) in [("MAPPED", None), ("COPIED", Some("--no-mmap"))] {
        let mut command = place.tikrar();
        command.args(["dedup", "in", "-q", "--out", run]).args(more).assert().success();
        check(&place.path(run), &given(&place.path("in")));
    }
    let dir = place.path("MAPPED");
    let ledger = &json(&dir.join("stats.json"))["ledger"];
    // The story stands in 16 records and the short one in 2; one of each stays.
    assert_eq!(ledger["removed"], 16, "{ledger}");
    assert_eq!(ledger["rejected"], 4, "{ledger}");
}

#[test]
fn stdin_comes_back_byte_for_byte() {
    let place = Place::new();
    for (name, bytes) in shapes()
        .into_iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "jsonl"))
    {
        let mut command = place.tikrar();
        let run = format!("RUN-{name}");
        command.args(["dedup", "-", "-q", "--out", &run]).write_stdin(bytes.clone());
        command.assert().success();
        // The ledger says it as the command line did; the folders need a file name.
        let given = Given { path: "-".to_owned(), name: "stdin.jsonl".to_owned(), bytes };
        check(&place.path(&run), &[given]);
    }
}

#[test]
fn the_fixtures_come_back_byte_for_byte() {
    let place = Place::new();
    let pages = fixtures().join("pages");
    let mut command = place.tikrar();
    command.arg("dedup").arg(&pages).args(["-q", "--out", "RUN"]).assert().success();
    check(&place.path("RUN"), &given(&pages));
}
