//! The synthetic archive: the same bytes for any number of threads, a truth that is one, and an
//! engine that finds it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;
use tikrar::config::{MatchConfig, OutputConfig};
use tikrar::evaluate::{Found, Truth, compare_clusters};
use tikrar::fold::{Folder, Profile};
use tikrar::pipeline;
use tikrar::progress::NoProgress;
use tikrar::read::Corpus;
use tikrar::read::{Input, ReadOptions};
use tikrar::synth::{Made, SynthConfig, describe, synthesize};

fn made(config: &SynthConfig, threads: usize) -> (Vec<u8>, String, Made) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (mut pages, mut truth) = (Vec::new(), Vec::new());
    let made = pool.install(|| synthesize(config, &mut pages, &mut truth, &|| false));
    (pages, String::from_utf8(truth).unwrap(), made.unwrap().unwrap())
}

fn records(pages: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(pages).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn settings_decide_every_byte_and_threads_none() {
    let config = SynthConfig::new(20_000);
    let (pages, truth, counts) = made(&config, 1);
    assert_eq!((counts.pages, counts.bytes), (20_000, pages.len() as u64));
    assert_eq!(made(&config, 3), (pages.clone(), truth.clone(), counts));
    let small = SynthConfig::new(500);
    let first = made(&small, 2);
    for other in [
        SynthConfig { seed: 2, ..small.clone() },
        SynthConfig { copies: 0.5, ..small.clone() },
        SynthConfig { outlets: 7, ..small.clone() },
        SynthConfig { related: 1.0, ..small.clone() },
    ] {
        assert!(made(&other, 2).0 != first.0, "{other:?}");
    }
}

#[test]
fn records_have_what_the_engine_reads_and_the_truth_names_each_once() {
    let (pages, truth, counts) = made(&SynthConfig::new(3000), 2);
    let records = records(&pages);
    assert_eq!(records.len(), 3000);
    let mut levels: BTreeMap<String, (String, u8)> = BTreeMap::new();
    for line in truth.lines().filter(|line| !line.starts_with('#')) {
        let [id, story, level] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let label = (story.to_owned(), level.parse().unwrap());
        assert!(levels.insert(id.to_owned(), label).is_none(), "{id} twice");
    }
    assert_eq!(levels.len(), 3000);
    let rewritten = levels.values().filter(|label| label.1 == 3).count();
    assert_eq!(Truth::parse(&truth).unwrap().stories.len(), 3000 - rewritten);
    let mut dates = Vec::new();
    for record in &records {
        for field in ["id", "outlet", "url", "date", "text"] {
            assert!(record[field].is_string(), "{field} of {record}");
        }
        assert!(levels.contains_key(record["id"].as_str().unwrap()));
        dates.push(record["date"].as_str().unwrap());
    }
    assert!(dates.is_sorted());
    assert!(counts.stories < 2700, "a fifth are copies: {}", counts.stories);
}

/// The longest line of a page's body: titles and furniture end in no full stop.
fn longest(text: &str) -> &str {
    let body = text.lines().filter(|line| line.ends_with('.'));
    body.max_by_key(|line| line.len()).unwrap_or_default()
}

#[test]
fn copies_hold_the_text_of_their_story() {
    let config = SynthConfig { related: 0.0, copies: 0.5, ..SynthConfig::new(3000) };
    let (pages, truth, _) = made(&config, 2);
    let folder = Folder::new(Profile::Standard);
    let mut stories: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    let records = records(&pages);
    for (record, line) in records.iter().zip(truth.lines().skip(1)) {
        let [id, story, level] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert_eq!(record["id"], id);
        let text = record["text"].as_str().unwrap().to_owned();
        stories.entry(story).or_default().push((level, text));
    }
    let (mut equal, mut respelled) = (0, 0);
    for told in stories.values() {
        let same: Vec<_> = told.iter().filter(|page| page.0 == "0" && page.1.len() > 900).collect();
        for page in same.windows(2) {
            assert_eq!(longest(&page[0].1), longest(&page[1].1), "exact copies have equal bodies");
            equal += 1;
        }
        let Some(first) = same.first() else { continue };
        for page in told.iter().filter(|page| page.0 == "1") {
            let (line, text) = (folder.fold(longest(&first.1)), folder.fold(&page.1));
            let mut runs = text.hashes().windows(line.len());
            assert!(runs.any(|words| words == line.hashes()));
            respelled += usize::from(!page.1.contains(longest(&first.1)));
        }
    }
    assert!(equal > 300 && respelled > 100, "{equal} {respelled}");
}

#[test]
fn the_default_archive_stays_as_near_to_news_as_its_documentation_says() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("news.jsonl");
    std::fs::write(&file, made(&SynthConfig::new(6000), 2).0).unwrap();
    let corpus = Corpus::open(vec![Input::Path(file)], &ReadOptions::default(), None).unwrap();
    let seen = describe(&corpus, 1_000_000, &NoProgress).unwrap();
    // Articles have 1,313 2,225 4,032 9,369.
    let bands = [1250..1500, 2100..2550, 3800..4600, 9000..10_800];
    let fits = |(value, band): (&u64, &std::ops::Range<u64>)| band.contains(value);
    assert!(seen.bytes.iter().zip(&bands).all(fits), "{seen:?}");
    // 93,931, .458, .241, 4.81 and .732 in a million words of them; seeds differ by half a band.
    assert!((90_000..98_500).contains(&seen.types_in_a_million), "{seen:?}");
    assert!((0.40..0.46).contains(&seen.types_once), "{seen:?}");
    assert!((0.25..0.262).contains(&seen.hundred_most_frequent), "{seen:?}");
    assert!((5.1..5.25).contains(&seen.letters), "{seen:?}");
    assert!((0.49..0.57).contains(&seen.shingles_once), "{seen:?}");
}

#[test]
fn the_engine_finds_the_copies_and_merges_no_stories() {
    let place = tempfile::tempdir().unwrap();
    let (pages, truth, _) = made(&SynthConfig::new(4000), 2);
    let file = place.path().join("news.jsonl");
    std::fs::File::create(&file).unwrap().write_all(&pages).unwrap();
    let output = OutputConfig {
        dir: place.path().join("RUN"),
        force: false,
        dry_run: false,
        kept: false,
        removed: false,
        segments: false,
        cut_blocks: false,
        annotate: false,
        strict: true,
        report: None,
    };
    let inputs = vec![Input::Path(file)];
    let (read, matching) = (ReadOptions::default(), MatchConfig::default());
    pipeline::dedup(inputs, &read, None, &matching, &output, &NoProgress).unwrap();
    let found = Found::read(&output.dir, &NoProgress).unwrap();
    let truth = Truth::parse(&truth).unwrap();
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    let pairs: Vec<(u64, u64)> = truth
        .stories
        .iter()
        .zip(1u64 << 32..)
        .map(|(label, alone)| {
            let next = numbers.len() as u64;
            let story = *numbers.entry(&label.story).or_insert(next);
            (story, found.clusters.get(&label.id).map_or(alone, |cluster| cluster.0))
        })
        .collect();
    let agreement = compare_clusters(&pairs);
    assert!(agreement.pairwise.precision > 0.995, "{agreement:?}");
    assert!(agreement.pairwise.recall > 0.9, "{agreement:?}");
}
