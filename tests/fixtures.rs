//! The fixture archive agrees with its index, its truth and its expected segments.
//!
//! No stage of the pipeline is used: what other tests lean on is checked here by itself.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

type Table = BTreeMap<String, Value>;
/// A part of a page: kind, start, end.
type Part = (String, usize, usize);

const KINDS: [&str; 12] = [
    "title",
    "date",
    "byline",
    "body",
    "source",
    "keywords",
    "related_head",
    "related_title",
    "related_story",
    "related_list",
    "promo",
    "other",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The tables of `index.toml` under one heading. Its values are JSON values as well.
fn index(heading: &str) -> Vec<Table> {
    let text = fs::read_to_string(root().join("index.toml")).unwrap();
    let mut tables: Vec<(String, Table)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("[[").and_then(|line| line.strip_suffix("]]")) {
            tables.push((name.to_owned(), Table::new()));
        } else {
            let (key, value) = line.split_once(" = ").expect("key = value");
            let value = serde_json::from_str(value).expect(line);
            let table = &mut tables.last_mut().expect("a heading first").1;
            assert!(table.insert(key.to_owned(), value).is_none(), "{key} twice");
        }
    }
    tables.retain(|(name, _)| name == heading);
    tables.into_iter().map(|(_, table)| table).collect()
}

fn str_of<'t>(table: &'t Table, key: &str) -> &'t str {
    table[key].as_str().expect(key)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every page of the archive by its id: the index's name of its file, and its text.
fn pages() -> BTreeMap<String, (String, String)> {
    let folder = root().join("pages");
    let mut pages = BTreeMap::new();
    for path in files_below(&folder) {
        let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
        let mut bytes = fs::read(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()).unwrap() {
            "gz" => {
                let packed = std::mem::take(&mut bytes);
                flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
            }
            "zst" => bytes = zstd::decode_all(&bytes[..]).unwrap(),
            _ => {}
        }
        let text = String::from_utf8(bytes).unwrap();
        if path.extension().is_some_and(|extension| extension == "txt") {
            pages.insert(name.clone(), (name, text));
            continue;
        }
        for (line, record) in text.lines().enumerate() {
            let record: Value = serde_json::from_str(record).unwrap();
            let field = |names: [&str; 3]| names.iter().find_map(|name| record.get(name));
            let place = format!("{name}#{}", line + 1);
            let (file, id) = match field(["id", "_id", "doc_id"]) {
                Some(Value::String(id)) => (format!("{name}#{id}"), id.clone()),
                Some(number) => (format!("{name}#{number}"), number.to_string()),
                None => (place.clone(), place),
            };
            let body = field(["text", "content", "body"]).and_then(Value::as_str).unwrap();
            let seen = pages.insert(id.clone(), (file, body.to_owned()));
            assert!(seen.is_none(), "{id} stands twice in the archive");
        }
    }
    pages
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(name)).unwrap();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn segments() -> BTreeMap<String, Vec<Part>> {
    let text = fs::read_to_string(root().join("segments.jsonl")).unwrap();
    let offset = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let part = |part: &Value| {
        (part["kind"].as_str().unwrap().to_owned(), offset(&part["start"]), offset(&part["end"]))
    };
    let page = |line: &str| {
        let page: Value = serde_json::from_str(line).unwrap();
        let parts = page["segments"].as_array().unwrap().iter().map(part).collect();
        (page["id"].as_str().unwrap().to_owned(), parts)
    };
    text.lines().map(page).collect()
}

#[test]
fn the_index_names_every_page_and_nothing_else() {
    let pages = pages();
    let index = index("page");
    let mut named = BTreeSet::new();
    let mut outlets = BTreeSet::new();
    for entry in &index {
        let id = str_of(entry, "id");
        let (file, _) = pages.get(id).unwrap_or_else(|| panic!("{id} is not in the archive"));
        assert_eq!(file, str_of(entry, "file"));
        assert!(!str_of(entry, "for").is_empty(), "{id} is there for nothing");
        assert!(named.insert(id.to_owned()), "{id} stands twice in the index");
        outlets.insert(str_of(entry, "outlet").to_owned());
    }
    assert_eq!(named, pages.keys().cloned().collect());
    assert!(index.len() >= 72);
    assert_eq!(outlets.len(), 8);
}

#[test]
fn truth_and_pairs_agree_with_the_index() {
    let entries = index("page").into_iter();
    let index: BTreeMap<String, Table> =
        entries.map(|entry| (str_of(&entry, "id").to_owned(), entry)).collect();
    let stories: BTreeSet<&str> = index.values().map(|entry| str_of(entry, "story")).collect();
    let truth = rows("truth.tsv");
    for row in &truth {
        assert_eq!(row.len(), 2);
        assert_eq!(str_of(&index[&row[0]], "story"), row[1]);
    }
    let labelled: BTreeSet<&str> = truth.iter().map(|row| row[0].as_str()).collect();
    for (id, entry) in &index {
        assert_eq!(!labelled.contains(id.as_str()), str_of(entry, "edit") == "heavy", "{id}");
        for key in ["contains", "overlaps", "part_of"] {
            for story in entry.get(key).and_then(Value::as_array).into_iter().flatten() {
                assert!(stories.contains(story.as_str().unwrap()), "{id}: {story}");
            }
        }
    }
    for row in rows("pairs.tsv") {
        assert!(matches!(row.len(), 3 | 4), "{row:?}");
        let same_story = str_of(&index[&row[0]], "story") == str_of(&index[&row[1]], "story");
        assert_eq!(same_story, row[2] == "COPY" || row[2] == "EVENT", "{row:?}");
    }
}

#[test]
fn expected_segments_tile_their_pages() {
    let pages = pages();
    let segments = segments();
    for (id, parts) in &segments {
        let text = &pages[id].1;
        let mut at = 0;
        for (kind, start, end) in parts {
            assert!(KINDS.contains(&kind.as_str()), "{id}: {kind}");
            assert_eq!(*start, at, "{id}: a gap or an overlap before {kind}");
            let part = text.get(*start..*end).unwrap_or_else(|| panic!("{id}: {start}..{end}"));
            assert!(!part.trim().is_empty(), "{id}: an empty {kind}");
            at = *end;
        }
        assert_eq!(at, text.len(), "{id}: the end is not reached");
    }
    for entry in index("page") {
        let id = str_of(&entry, "id");
        assert_eq!(entry["segments"] == true, segments.contains_key(id), "{id}");
    }
    assert!(segments.values().filter(|parts| parts.len() > 3).count() >= 30);
}

#[test]
fn blocks_are_parts_of_their_pages() {
    let segments = segments();
    for row in rows("blocks.tsv") {
        let part = (row[1].clone(), row[2].parse().unwrap(), row[3].parse().unwrap());
        assert!(segments[&row[0]].contains(&part), "{row:?}");
    }
}

#[test]
fn exact_copies_have_the_same_words() {
    let (pages, segments) = (pages(), segments());
    let mut stories: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for entry in index("page") {
        if !matches!(str_of(&entry, "edit"), "original" | "exact") {
            continue;
        }
        let id = str_of(&entry, "id");
        let text = &pages[id].1;
        let body = segments[id].iter().filter(|(kind, ..)| kind == "body");
        let words = body
            .flat_map(|&(_, start, end)| text[start..end].split(|c: char| !c.is_alphanumeric()))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let story = str_of(&entry, "story").to_owned();
        let first = stories.entry(story).or_insert_with(|| (id.to_owned(), words.clone()));
        assert_eq!(first.1, words, "{} and {id}", first.0);
    }
}

#[test]
fn every_broken_input_says_what_it_must_do() {
    let folder = root().join("broken");
    let pages = pages();
    let mut named = BTreeSet::new();
    for entry in index("broken") {
        let file = str_of(&entry, "file");
        assert!(!str_of(&entry, "must").is_empty(), "{file}");
        assert!(["pages", "records"].iter().any(|key| entry.contains_key(*key)), "{file}");
        if let Some(page) = entry.get("equals") {
            assert!(pages.contains_key(page.as_str().unwrap()), "{file}");
        }
        let size = fs::metadata(folder.join(file)).expect(file).len();
        assert!(size < 20_000, "{file} has {size} bytes");
        named.insert(file.to_owned());
    }
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(named, files_below(&folder).iter().map(name).collect());
}

#[test]
fn the_archive_stays_small() {
    let sizes = files_below(&root()).into_iter().map(|path| fs::metadata(path).unwrap().len());
    assert!(sizes.sum::<u64>() < 1_000_000);
}
