//! What `--cut-blocks` and `--annotate` change, and that all of it can be undone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use encoding_rs::{UTF_16LE, WINDOWS_1256};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::{Place, files_below, fixtures, json, lines, unpacked};

const CUT: [&str; 6] =
    ["related_head", "related_title", "related_story", "related_list", "keywords", "promo"];

/// A page whose story is like no other: every word of it carries `mark`.
fn page(mark: &str) -> String {
    let story = "افتتح رئيس البلدية صباح اليوم سوق السمك الجديد في الحي الشرقي وقال إن العمل \
                 فيه استغرق عامين كاملين وبلغت كلفته تسعة ملايين ريال شاملة \"الثلاجات\"";
    let marked: Vec<String> = story.split(' ').map(|word| format!("{word}{mark}")).collect();
    format!(
        "{}.\nالمصدر: صحيفة المرفأ\nالكلمات المفتاحية: سوق، سمك\nإقرأ أيضاً:\n\
         موسم الزيتون يبدأ مبكرا هذا العام\n\
         بدأ المزارعون في القرى الجبلية قطاف الزيتون قبل موعده بأسبوعين بسبب الحر.\n\
         وقال مزارعون إن الإنتاج أقل من العام الماضي بكثير.",
        marked.join(" ")
    )
}

/// JSON with everything beyond ASCII escaped, as many exporters write it.
fn ascii(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\n' => "\\n".to_owned(),
        ' '..='~' => c.to_string(),
        _ => c
            .encode_utf16(&mut [0; 2])
            .iter()
            .fold(String::new(), |escaped, unit| escaped + &format!("\\u{unit:04x}")),
    };
    text.chars().map(escape).collect()
}

/// The fixtures, and pages in every spelling and encoding.
pub(crate) fn put_pages(place: &Place) {
    let pages = fixtures().join("pages");
    for file in files_below(&pages) {
        let name = file.strip_prefix(&pages).unwrap().to_str().unwrap().to_owned();
        place.put(&format!("in/{name}"), std::fs::read(file).unwrap());
    }
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let spelled = [
        format!(
            "\u{feff}{{\"id\":\"e1\",\"text\":\"{}\\ud83d\\ude00\"}}\r\n\r\n",
            ascii(&page("با"))
        ),
        format!(" {{ \"n\" : 1.50 , \"text\" : {} , \"id\":2e3 }} \n", json(&page("تم"))),
        format!("{{\"content\":\"x\",\"text\":{},\"x\":{{\"text\":\"y\"}}}}\n", json(&page("سر"))),
        "not json\n".to_owned(),
        format!("{{\"tikrar\":{{\"role\": 7}},\"text\":{},\"id\":\"old\"}}\n", json(&page("لك"))),
        format!("{{\"text\":{},\"id\":\"e1\"}}", json(&page("نف"))),
    ];
    place.put("in/spelled.jsonl", spelled.concat());
    let line = |mark: &str| format!("{{\"id\":\"{mark}\",\"text\":{}}}\n", json(&page(mark)));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(line("زو").as_bytes()).unwrap();
    place.put("in/packed.jsonl.gz", gzip.finish().unwrap());
    place.put("in/packed.jsonl.zst", zstd::encode_all(line("حق").as_bytes(), 3).unwrap());
    place.put("in/enc/marked.txt", format!("\u{feff}{}", page("كر")));
    place.put("in/enc/windows.txt", &WINDOWS_1256.encode(&page("مس")).0);
    let units = format!("\u{feff}{}", page("هد"));
    let units: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.put("in/enc/units.txt", units);
}

fn run(place: &Place, name: &str, args: &[&str]) -> String {
    let mut command = place.tikrar();
    let out = command.args(["dedup", "in", "--segments", "--out", name]).args(args);
    let out = out.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(0), "{said}");
    said
}

fn number(of: &Value, name: &str) -> usize {
    of[name].as_u64().unwrap() as usize
}

/// Cuts by file and first byte of the record.
type Cuts = BTreeMap<(String, usize), Vec<Value>>;

fn cuts_of(dir: &Path) -> Cuts {
    let mut cuts = Cuts::new();
    let path = dir.join("cuts.jsonl");
    for cut in if path.exists() { lines(&path) } else { Vec::new() } {
        let key = (cut["path"].as_str().unwrap().to_owned(), number(&cut, "offset"));
        cuts.entry(key).or_default().push(cut);
    }
    cuts
}

/// Units of a JSON string's inside, each with the bytes of what it stands for.
fn units(inside: &str) -> Vec<(&str, usize)> {
    let mut rest = inside;
    let mut units = Vec::new();
    while let Some(first) = rest.chars().next() {
        let read = |len: usize| serde_json::from_str::<String>(&format!("\"{}\"", &rest[..len]));
        let mut len = first.len_utf8();
        while read(len).is_err() {
            len += 1;
        }
        units.push((&rest[..len], read(len).unwrap().len()));
        rest = &rest[len..];
    }
    units
}

/// A string's inside with what was cut from it.
fn uncut_inside(inside: &str, cuts: &[Value]) -> String {
    let (mut whole, mut at) = (String::new(), 0);
    let mut units = units(inside).into_iter();
    for cut in cuts {
        while at < number(cut, "start") {
            let (raw, len) = units.next().unwrap();
            whole.push_str(raw);
            at += len;
        }
        assert_eq!(at, number(cut, "start"));
        let text = serde_json::to_string(&cut["text"]).unwrap();
        whole.push_str(cut["raw"].as_str().unwrap_or(&text[1..text.len() - 1]));
        at = number(cut, "end");
    }
    whole.extend(units.map(|unit| unit.0));
    whole
}

/// A record as it was before it was cut and annotated.
fn undone_line(line: &str, cuts: &[Value], annotated: bool) -> String {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(line).unwrap();
    let mut line = line.to_owned();
    if annotated {
        let value = members["tikrar"].get();
        let was: BTreeMap<String, &RawValue> = serde_json::from_str(value).unwrap();
        line = match was.get("was") {
            Some(was) => line.replace(value, was.get()),
            None => line.replace(&format!(",\"tikrar\":{value}"), ""),
        };
    }
    if cuts.is_empty() {
        return line;
    }
    let value = members["text"].get();
    let key = line.find("\"text\"").unwrap();
    let from = key + line[key..].find(value).unwrap() + 1;
    let to = from + value.len() - 2;
    [&line[..from], &uncut_inside(&line[from..to], cuts), &line[to..]].concat()
}

/// A text file as it was before it was cut.
fn undone_text(bytes: &[u8], cuts: &[Value]) -> Vec<u8> {
    let Some(first) = cuts.first() else {
        return bytes.to_vec();
    };
    let encoding = first["encoding"].as_str();
    let mut text = match encoding {
        None => String::from_utf8(bytes.to_vec()).unwrap(),
        Some("utf-16le") => UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
        Some("windows-1256") => WINDOWS_1256.decode(bytes).0.into_owned(),
        other => panic!("{other:?}"),
    };
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    for cut in cuts {
        text.insert_str(mark + number(cut, "start"), cut["text"].as_str().unwrap());
    }
    match encoding {
        Some("utf-16le") => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(_) => WINDOWS_1256.encode(&text).0.into_owned(),
        None => text.into_bytes(),
    }
}

/// Rebuilds every input file from `kept/`, `cuts.jsonl` and the bytes of what was not kept.
fn check_rebuilt(place: &Place, dir: &Path, annotated: bool) {
    let mut cuts = cuts_of(dir);
    let mut gone: BTreeMap<String, BTreeMap<usize, usize>> = BTreeMap::new();
    for line in ["removed", "rejected"].iter().flat_map(|n| lines(&dir.join(format!("{n}.jsonl"))))
    {
        let path = line["path"].as_str().unwrap().to_owned();
        gone.entry(path).or_default().insert(number(&line, "offset"), number(&line, "length"));
    }
    let inputs = place.path("in");
    for file in files_below(&inputs) {
        let name = file.strip_prefix(&inputs).unwrap().to_str().unwrap().to_owned();
        let original = unpacked(&file);
        let gone = gone.remove(&name).unwrap_or_default();
        let kept = dir.join("kept").join(&name);
        let kept = if kept.exists() { unpacked(&kept) } else { Vec::new() };
        let mut whole: Vec<u8> = Vec::new();
        if file.extension().is_some_and(|ending| ending == "txt") {
            let cuts = cuts.remove(&(name.clone(), 0)).unwrap_or_default();
            whole = if gone.is_empty() { undone_text(&kept, &cuts) } else { original.clone() };
        } else {
            let mut kept = kept.split_inclusive(|&byte| byte == b'\n');
            loop {
                if let Some(length) = gone.get(&whole.len()) {
                    whole.extend_from_slice(&original[whole.len()..whole.len() + length]);
                    continue;
                }
                let Some(line) = kept.next() else { break };
                let line = std::str::from_utf8(line).unwrap();
                let line = match line.strip_prefix('\u{feff}') {
                    Some(rest) => {
                        whole.extend_from_slice("\u{feff}".as_bytes());
                        rest
                    }
                    None => line,
                };
                let cuts = cuts.remove(&(name.clone(), whole.len())).unwrap_or_default();
                if line.trim().is_empty() {
                    whole.extend_from_slice(line.as_bytes());
                } else {
                    whole.extend_from_slice(undone_line(line, &cuts, annotated).as_bytes());
                }
            }
        }
        assert!(whole == original, "{name} is not what it was");
    }
    assert!(cuts.is_empty(), "cuts of records that are not there: {:?}", cuts.keys());
}

#[test]
fn everything_that_was_cut_and_added_can_be_undone() {
    let place = Place::new();
    put_pages(&place);
    run(&place, "CUT", &["--cut-blocks", "-q"]);
    check_rebuilt(&place, &place.path("CUT"), false);
    run(&place, "ANNOTATED", &["--annotate", "-q"]);
    check_rebuilt(&place, &place.path("ANNOTATED"), true);
    assert!(!place.path("ANNOTATED/cuts.jsonl").exists());
    run(&place, "BOTH", &["--cut-blocks", "--annotate", "-q"]);
    check_rebuilt(&place, &place.path("BOTH"), true);
    let cut = cuts_of(&place.path("CUT"));
    for name in [
        "enc/marked.txt",
        "enc/windows.txt",
        "enc/units.txt",
        "spelled.jsonl",
        "packed.jsonl.gz",
        "packed.jsonl.zst",
    ] {
        assert!(cut.keys().any(|(path, _)| path == name), "{name} was cut");
    }
}

#[test]
fn every_cut_is_counted_and_its_block_is_listed() {
    let place = Place::new();
    put_pages(&place);
    run(&place, "RUN", &["--cut-blocks", "-q"]);
    let dir = place.path("RUN");
    let names = |file: &str, field: &str| -> BTreeSet<String> {
        lines(&dir.join(file)).iter().map(|l| l[field].as_str().unwrap().to_owned()).collect()
    };
    let (blocks, removed) = (names("blocks.jsonl", "block"), names("removed.jsonl", "id"));
    let cuts = cuts_of(&dir);
    let (mut bytes, mut named) = (0, 0);
    for cut in cuts.values().flatten() {
        assert!(!removed.contains(cut["id"].as_str().unwrap()));
        let (start, end) = (number(cut, "start"), number(cut, "end"));
        assert_eq!(cut["text"].as_str().unwrap().len(), end - start);
        bytes += end - start;
        if let Some(block) = cut["block"].as_str() {
            assert!(blocks.contains(block), "{cut}");
            named += 1;
        }
    }
    assert!(named > 0, "no cut belongs to a block");
    let ledger = &json(&dir.join("stats.json"))["ledger"];
    assert_eq!(number(&ledger["bytes"], "cut"), bytes);
    assert_eq!(number(ledger, "cut_pages"), cuts.len());
}

/// The id that a run gives to a record of the fixtures' archive: one is a number, and one record
/// brings none.
fn id_of(record: &Value) -> String {
    match &record["id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => "archive.jsonl#53".to_owned(),
    }
}

#[test]
fn a_kept_record_is_its_original_without_furniture() {
    let place = Place::new();
    put_pages(&place);
    run(&place, "RUN", &["--cut-blocks", "--annotate", "-q"]);
    let dir = place.path("RUN");
    let segments: BTreeMap<String, Value> = lines(&dir.join("segments.jsonl"))
        .into_iter()
        .map(|line| (line["id"].as_str().unwrap().to_owned(), line["segments"].clone()))
        .collect();
    let cuts: BTreeMap<String, Vec<Value>> = cuts_of(&dir)
        .into_values()
        .map(|cuts| (cuts[0]["id"].as_str().unwrap().to_owned(), cuts))
        .collect();
    let originals = lines_of(&place.path("in/archive.jsonl"));
    let mut seen = 0;
    for kept in lines_of(&dir.join("kept/archive.jsonl")) {
        let id = id_of(&kept);
        let was = originals.iter().find(|page| id_of(page) == id).unwrap();
        let parts = segments[&id].as_array().unwrap();
        let is_cut = |part: &&Value| CUT.contains(&part["kind"].as_str().unwrap());
        let wanted: Vec<&Value> = parts.iter().filter(is_cut).collect();
        let found = cuts.get(&id).cloned().unwrap_or_default();
        assert_eq!(wanted.len(), found.len(), "{id}");
        let mut rest = was["text"].as_str().unwrap().to_owned();
        for (part, cut) in wanted.iter().zip(&found).rev() {
            let span = number(part, "start")..number(part, "end");
            assert_eq!(rest[span.clone()], *cut["text"].as_str().unwrap());
            assert_eq!((&part["kind"], &part["start"]), (&cut["kind"], &cut["start"]));
            rest.replace_range(span, "");
        }
        assert_eq!(kept["text"], rest, "{id}");
        let mut others = kept.clone();
        let note = others.as_object_mut().unwrap().remove("tikrar").unwrap();
        others["text"] = was["text"].clone();
        assert_eq!(others, *was);
        check_tiling(&note["segments"], &rest);
        seen += found.len();
    }
    assert!(seen > 0, "no page of the fixtures was cut");
}

/// The parts tile the text as it was written.
fn check_tiling(parts: &Value, text: &str) {
    let mut at = 0;
    for part in parts.as_array().unwrap() {
        assert_eq!(number(part, "start"), at);
        assert!(!CUT.contains(&part["kind"].as_str().unwrap()));
        at = number(part, "end");
        assert!(text.is_char_boundary(at));
    }
    assert_eq!(at, text.len());
}

#[test]
fn an_annotation_says_what_clusters_say() {
    let place = Place::new();
    put_pages(&place);
    // Copies with a word of their own stay, and say so.
    run(&place, "RUN", &["--annotate", "--max-lost-words", "0", "-q"]);
    let dir = place.path("RUN");
    let mut roles: BTreeMap<String, (Value, Value)> = BTreeMap::new();
    for cluster in lines(&dir.join("clusters.jsonl")) {
        for member in cluster["members"].as_array().unwrap() {
            let id = member["id"].as_str().unwrap().to_owned();
            roles.insert(id, (cluster["cluster"].clone(), member["role"].clone()));
        }
    }
    let mut seen = BTreeSet::new();
    for kept in lines_of(&dir.join("kept/archive.jsonl")) {
        let note = &kept["tikrar"];
        let single = || (Value::Null, Value::from("single"));
        let (cluster, role) = roles.get(&id_of(&kept)).cloned().unwrap_or_else(single);
        assert_eq!((&note["cluster"], &note["role"]), (&cluster, &role), "{}", id_of(&kept));
        seen.insert(role.as_str().unwrap().to_owned());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["copy", "keep", "single"]);
}

fn lines_of(path: &Path) -> Vec<Value> {
    let bytes = unpacked(path);
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn cuts_do_not_depend_on_threads_and_a_dry_run_counts_them() {
    let place = Place::new();
    put_pages(&place);
    let flags = ["--cut-blocks", "--annotate"];
    let said = run(&place, "ONE", &[&flags[..], &["--threads", "1"]].concat());
    assert!(said.contains("\ncut ") && said.contains("carry no annotation"), "{said}");
    run(&place, "TWO", &[&flags[..], &["--threads", "2", "-q", "--no-mmap"]].concat());
    let stats = |name: &str| json(&place.path(name).join("stats.json"));
    assert_eq!(stats("ONE")["digest"], stats("TWO")["digest"]);
    let mut dry = place.tikrar();
    let dry = dry.args(["dedup", "in", "--dry-run", "--json", "-q"]).args(flags).output().unwrap();
    let dry: Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(dry["ledger"], stats("ONE")["ledger"]);
    assert_eq!(dry["warnings"], stats("ONE")["warnings"]);
}

#[test]
fn stdin_is_cut_as_a_file_is() {
    let place = Place::new();
    put_pages(&place);
    let bytes = std::fs::read(place.path("in/spelled.jsonl")).unwrap();
    let mut command = place.tikrar();
    command.args(["dedup", "-", "-q", "--cut-blocks", "--out", "PIPED"]).write_stdin(bytes);
    command.assert().success();
    let mut command = place.tikrar();
    command.args(["dedup", "in/spelled.jsonl", "-q", "--cut-blocks", "--out", "NAMED"]);
    command.assert().success();
    let kept =
        |run: &str, name: &str| std::fs::read(place.path(run).join("kept").join(name)).unwrap();
    assert_eq!(kept("PIPED", "stdin.jsonl"), kept("NAMED", "spelled.jsonl"));
    assert_eq!(cuts_of(&place.path("PIPED")).len(), 5);
}

#[test]
fn what_cannot_be_cut_together_is_wrong_usage() {
    let place = Place::new();
    place.put("a.jsonl", format!("{{\"text\":\"{}\"}}\n", ascii(&page("با"))));
    for wrong in [
        &["--cut-blocks", "--scope", "page"][..],
        &["--annotate", "--scope", "page"],
        &["--cut-blocks", "--no-kept"],
        &["--annotate", "--no-kept"],
        &["--annotate", "--text-field", "tikrar"],
    ] {
        let mut command = place.tikrar();
        let out = command.args(["dedup", "a.jsonl", "--out", "RUN"]).args(wrong).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{wrong:?}");
        assert!(!place.path("RUN").exists());
    }
}
