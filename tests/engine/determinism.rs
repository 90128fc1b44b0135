//! The same input and settings give the same bytes, whatever runs them.

use std::fs;
use std::path::{Path, PathBuf};

use tikrar::config::{MatchConfig, Method};

use crate::support::{Place, dedup, files_below, fixtures, json};

/// Files whose bytes hold times, or hashes of such files.
const TIMED: [&str; 3] = ["stats.json", "report.html", "manifest.sha256"];

fn threads(count: usize, run: impl FnOnce() + Send) {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap().install(run);
}

/// Every data file of two runs is the same, name by name and byte by byte.
fn assert_same(a: &Path, b: &Path) {
    let below = |dir: &Path| -> Vec<PathBuf> {
        let files = files_below(dir).into_iter();
        files.map(|path| path.strip_prefix(dir).unwrap().to_owned()).collect()
    };
    assert_eq!(below(a), below(b));
    for name in below(a).iter().filter(|name| !TIMED.iter().any(|timed| name.ends_with(timed))) {
        assert!(
            fs::read(a.join(name)).unwrap() == fs::read(b.join(name)).unwrap(),
            "{}",
            name.display()
        );
    }
    let digest = |dir: &Path| json(&dir.join("stats.json"))["digest"].clone();
    assert_eq!(digest(a), digest(b));
    assert_eq!(digest(a).as_str().map(str::len), Some(64));
}

/// An archive in several files and a folder, with the fixtures.
fn inputs(place: &Place) -> Vec<PathBuf> {
    for (name, seed) in [("a.jsonl", 5), ("folder/b.jsonl", 5), ("folder/deep/c.jsonl", 6)] {
        place.put_archive(name, seed, 700);
    }
    vec![
        place.path("a.jsonl"),
        place.path("folder"),
        fixtures().join("pages"),
        fixtures().join("broken/bad_json.jsonl"),
    ]
}

#[test]
fn threads_repetition_and_order_change_nothing() {
    let place = Place::new();
    let mut inputs = inputs(&place);
    let matching = MatchConfig { pairs: true, ..MatchConfig::default() };
    threads(1, || drop(dedup(&place, "ONE", &inputs, &matching)));
    for count in [1, 2, 8] {
        let name = format!("RUN{count}");
        threads(count, || drop(dedup(&place, &name, &inputs, &matching)));
        assert_same(&place.path("ONE"), &place.path(&name));
    }
    inputs.reverse();
    threads(2, || drop(dedup(&place, "REVERSED", &inputs, &matching)));
    assert_same(&place.path("ONE"), &place.path("REVERSED"));
}

#[test]
fn the_other_ways_of_sketching_do_not_depend_on_threads_either() {
    let place = Place::new();
    let inputs = inputs(&place);
    let simhash = MatchConfig { method: Method::Simhash, hamming: 6, ..MatchConfig::default() };
    let classic =
        MatchConfig { minhash: tikrar::sketch::Scheme::Classic, ..MatchConfig::default() };
    for (name, matching) in [("SIMHASH", simhash), ("CLASSIC", classic)] {
        let many = format!("{name}8");
        threads(1, || drop(dedup(&place, name, &inputs, &matching)));
        threads(8, || drop(dedup(&place, &many, &inputs, &matching)));
        assert_same(&place.path(name), &place.path(&many));
    }
}

#[test]
fn the_command_gives_what_the_library_gives_from_any_folder() {
    let place = Place::new();
    place.put_archive("in/a.jsonl", 7, 500);
    dedup(&place, "LIBRARY", &[place.path("in")], &MatchConfig::default());
    for (name, more) in [("MAPPED", None), ("COPIED", Some("--no-mmap"))] {
        let mut command = place.tikrar();
        command.current_dir(place.path("in"));
        command.args(["dedup", ".", "-q", "--segments", "--no-report", "--out"]);
        command.arg(place.path(name)).args(more).assert().success();
        assert_same(&place.path("LIBRARY"), &place.path(name));
    }
}

/// Two stories of the same words: a run of thirty, and others that stand three by three in another order.
fn torn() -> [String; 2] {
    let letters: Vec<char> = "بتجحدرسصطعفقكلمنهي".chars().collect();
    let mut state = 7_usize;
    let mut word = || -> String {
        let letter = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            letters[(state >> 33) % letters.len()]
        };
        (0..6).map(letter).collect()
    };
    let whole: Vec<String> = (0..430).map(|_| word()).collect();
    let (run, rest) = whole.split_at(30);
    let order = rest.chunks(4).rev().flat_map(|four| four.iter().cycle().skip(3).take(4));
    let other: Vec<&str> = run.iter().chain(order).map(String::as_str).collect();
    [whole.join(" "), other.join(" ")]
}

#[test]
fn what_is_told_of_pairs_decides_nothing() {
    let place = Place::new();
    let mut inputs = inputs(&place);
    let page = |(id, text): (&str, String)| serde_json::json!({"id": id, "text": text}).to_string();
    let lines: Vec<String> = ["torn-1", "torn-2"].into_iter().zip(torn()).map(page).collect();
    place.put("torn.jsonl", lines.join("\n"));
    inputs.push(place.path("torn.jsonl"));
    for (run, pairs) in [("FEW", false), ("ALL", true)] {
        dedup(&place, run, &inputs, &MatchConfig { pairs, ..MatchConfig::default() });
    }
    for name in ["clusters.jsonl", "removed.jsonl"] {
        let [few, all] = ["FEW", "ALL"].map(|run| fs::read(place.path(run).join(name)).unwrap());
        assert!(!few.is_empty() && few == all, "{name}");
    }
    // The reader calls two of them copies, which have so little in common that nobody asks otherwise.
    let told = fs::read_to_string(place.path("ALL/pairs.jsonl")).unwrap();
    let line = told.lines().find(|line| line.contains("torn-1")).unwrap();
    assert!(
        line.contains(r#""relation":"copy""#) && line.contains(r#""accepted":false"#),
        "{line}"
    );
}
