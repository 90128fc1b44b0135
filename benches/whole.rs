//! The whole command against the least that any reader of JSONL does, in seconds of CPU.
//!
//! `cargo bench --bench whole`. Needs the reference data beside the repository, or its place in
//! `TIKRAR_SHARED`; takes turns, so that what else the machine does falls on all alike. `--test` does each
//! once, on a small synthetic archive, to see that all read the same pages.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/clock.rs"]
mod clock;

use std::borrow::Cow;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::value::RawValue;
use tikrar::synth::{SynthConfig, synthesize};

const ROUNDS: usize = 7;
/// Runs of the command a round: the time of children comes in hundredths of a second.
const RUNS: usize = 5;
/// Pages where only answers count.
const TESTED: u32 = 1000;

/// What the reader takes from a record; borrowed, where JSON allows.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow, alias = "content")]
    text: Cow<'a, str>,
}

/// The same with strings of its own, as most programs take them.
#[derive(Deserialize)]
struct OwnPage {
    id: String,
    #[serde(alias = "content")]
    text: String,
}

type Step = fn(&Path, &[u8]) -> u64;

/// Each returns the number of pages; how often it is done a round.
const STEPS: [(&str, Step, usize); 5] = [
    ("serde_json::from_slice", from_slice, 1),
    ("serde_json::from_slice, owned strings", from_slice_owned, 1),
    ("simdutf8 + serde_json::from_str", from_str, 1),
    ("tikrar dedup --scope page --match jaccard", jaccard, RUNS),
    ("tikrar dedup", reader, RUNS),
];

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty())
}

fn taken(page: &Page<'_>) -> u64 {
    u64::from(!page.id.get().is_empty() && page.text.len() < usize::MAX)
}

fn from_slice(_: &Path, bytes: &[u8]) -> u64 {
    lines(bytes).map(|line| taken(&serde_json::from_slice(line).unwrap())).sum()
}

fn from_slice_owned(_: &Path, bytes: &[u8]) -> u64 {
    let page = |line| serde_json::from_slice::<OwnPage>(line).unwrap();
    lines(bytes).map(page).map(|page| u64::from(page.id.len() + page.text.len() > 0)).sum()
}

fn from_str(_: &Path, bytes: &[u8]) -> u64 {
    let text = |line| simdutf8::basic::from_utf8(line).unwrap();
    lines(bytes).map(|line| taken(&serde_json::from_str(text(line)).unwrap())).sum()
}

fn jaccard(file: &Path, _: &[u8]) -> u64 {
    dedup(file, &["--scope", "page", "--match", "jaccard"])
}

fn reader(file: &Path, _: &[u8]) -> u64 {
    dedup(file, &[])
}

fn dedup(file: &Path, more: &[&str]) -> u64 {
    let run = file.with_file_name("RUN");
    let out = Command::new(env!("CARGO_BIN_EXE_tikrar"))
        .args(["dedup", "--threads", "1", "--shingle", "word:3", "--threshold", "0.7"])
        .args(["--no-kept", "--no-report", "--force", "--json", "-q"])
        .args(more)
        .arg(file)
        .arg("--out")
        .arg(run)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let stats: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(stats["clusters"].as_u64().unwrap() > if clock::is_test() { 20 } else { 1000 });
    stats["ledger"]["read"].as_u64().unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The reference data, or a synthetic archive where only answers count; none without that data.
fn archive(file: &Path) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    if clock::is_test() {
        let config = SynthConfig { copies: 0.4, ..SynthConfig::new(TESTED) };
        synthesize(&config, &mut out, &mut std::io::sink(), &|| false).unwrap().unwrap();
    } else {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
        let shared = std::env::var_os("TIKRAR_SHARED").map_or_else(beside, PathBuf::from);
        let packed = shared.join("data/saudinewsnet-2015-07.jsonl.zst");
        let Ok(packed_file) = File::open(&packed) else {
            println!("skipped: {} is not there", packed.display());
            return None;
        };
        out = zstd::stream::decode_all(packed_file).unwrap();
    }
    fs::write(file, &out).unwrap();
    Some(out)
}

fn main() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("archive.jsonl");
    let Some(bytes) = archive(&file) else { return };
    let rounds = if clock::is_test() { 1 } else { ROUNDS };

    let mut seconds = vec![Vec::new(); STEPS.len()];
    let mut pages = Vec::new();
    for _ in 0..rounds {
        for ((_, step, runs), seconds) in STEPS.iter().zip(&mut seconds) {
            let runs = if clock::is_test() { 1 } else { *runs };
            let before = clock::with_children();
            pages.extend((0..runs).map(|_| step(&file, &bytes)));
            let took = clock::with_children().saturating_sub(before);
            seconds.push(took.as_secs_f64() / runs as f64);
        }
    }
    assert!(pages.iter().all(|&count| count == pages[0]), "all read the same pages");
    println!("{} pages, {:.1} MB, one thread, CPU", pages[0], bytes.len() as f64 / 1e6);
    let ratio = |step: usize, base: usize| {
        let rounds = seconds[step].iter().zip(&seconds[base]);
        median(rounds.map(|(step, base)| step / base).collect())
    };
    for (step, (name, ..)) in STEPS.iter().enumerate() {
        println!(
            "{name:<44} {:.3} s  {:.2} x from_slice  {:.2} x from_str",
            median(seconds[step].clone()),
            ratio(step, 0),
            ratio(step, 2)
        );
    }
}
