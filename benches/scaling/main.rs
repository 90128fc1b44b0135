//! Nothing costs more a page in a larger archive, nor where a hundred thousand pages have something
//! in common that makes them fall into one bucket.
//!
//! `cargo bench --bench scaling` shows both in small; `cargo bench --bench scaling -- growth 20000 64`
//! grows from 20,000 pages to 64 times as many, and `cargo bench --bench scaling -- hot 100000` adds
//! 100,000 pages of one kind after another to as many ordinary ones. With a folder as a further
//! argument archives are made there and stay, to be looked at with other tools. `--test` does both with a few
//! hundred pages.
//!
//! No story has more copies in the larger archives than in the smallest: they differ in nothing but
//! their size. (Elsewhere `synth` lets the largest story grow with the archive, up to 2,000 copies:
//! its copies are compared with ten others each, where most pages have one or none.)
//!
//! Figures are microseconds of CPU on one thread, archives not written. What they were is in
//! `README.md` beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod hot;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tikrar::config::{MatchBy, MatchConfig, OutputConfig};
use tikrar::passage::Scope;
use tikrar::pipeline::{self, Finished};
use tikrar::progress::NoProgress;
use tikrar::read::{Input, ReadOptions};
use tikrar::synth::{SynthConfig, synthesize};

use hot::Kind;

/// The two ways of comparing, by name: whole pages by similarity, and the defaults.
fn modes() -> [(&'static str, MatchConfig); 2] {
    let pages = MatchConfig {
        scope: Scope::Page,
        match_by: MatchBy::Jaccard,
        shingle: Some("word:3".parse().unwrap()),
        threshold: 0.7,
        ..MatchConfig::default()
    };
    [("whole pages", pages), ("stories", MatchConfig::default())]
}

/// Share of the outlets that paste a second story below the first: three times as many as `synth` takes by
/// itself, since what is pasted costs most, and as when the figures of `README.md` were measured.
const RELATED: f64 = 0.3;

/// Writes an archive in which a story has no more copies than `largest`; returns its bytes, and how
/// many pages tell what another tells in the same words.
fn write(path: &Path, pages: usize, largest: usize) -> (u64, u64) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut truth = Vec::new();
    let largest = largest as u32;
    let config =
        SynthConfig { seed: 16, largest, related: RELATED, ..SynthConfig::new(pages as u32) };
    let made = synthesize(&config, &mut out, &mut truth, &|| false).unwrap().unwrap();
    let mut tellings: BTreeMap<&str, u64> = BTreeMap::new();
    let truth = String::from_utf8(truth).unwrap();
    for line in truth.lines().filter(|line| line.ends_with(['0', '1'])) {
        *tellings.entry(line.split('\t').nth(1).unwrap()).or_default() += 1;
    }
    out.flush().unwrap();
    (made.bytes, tellings.values().map(|tellings| tellings - 1).sum())
}

fn dedup(place: &Path, files: &[&Path], matching: &MatchConfig) -> Finished {
    let output = OutputConfig {
        dir: place.join("RUN"),
        force: true,
        dry_run: false,
        kept: false,
        removed: false,
        segments: false,
        cut_blocks: false,
        annotate: false,
        strict: false,
        report: None,
    };
    let inputs = files.iter().map(|&file| Input::Path(file.to_owned())).collect();
    let read = ReadOptions::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| pipeline::dedup(inputs, &read, None, matching, &output, &NoProgress)).unwrap()
}

/// CPU of a run in microseconds.
fn cpu(run: &Finished) -> f64 {
    run.stats.stages.iter().map(|stage| stage.cpu_s).sum::<f64>() * 1e6
}

fn growth(place: &Path, smallest: usize, most: usize) {
    let times = std::iter::successors(Some(1), |times| Some(4 * times)).take_while(|&n| n <= most);
    let sizes: Vec<usize> = times.map(|times| times * smallest).collect();
    for (mode, matching) in modes() {
        println!("\n{mode}");
        let mut columns = Vec::new();
        for &pages in &sizes {
            let file = place.join(format!("{pages}.jsonl"));
            let (bytes, copies) = write(&file, pages, smallest / 100 + 1);
            let stats = dedup(place, &[&file], &matching).stats;
            let funnel = stats.funnel;
            println!(
                "{pages} pages, {:.0} MB: a page {:.2} candidates, {:.2} verified, {:.2} copies, \
                 {:.3} removed; {} hot buckets",
                bytes as f64 / 1e6,
                funnel.candidates as f64 / pages as f64,
                funnel.verified as f64 / pages as f64,
                funnel.accepted as f64 / pages as f64,
                stats.ledger.removed as f64 / pages as f64,
                funnel.hot_buckets,
            );
            assert_eq!(stats.ledger.read, pages as u64);
            if matching.scope == Scope::Story {
                // A flash inside much furniture may be cut otherwise on another page.
                let removed = stats.ledger.removed;
                assert!(
                    removed + copies / 100 + 2 >= copies,
                    "{copies} pages are equal to another"
                );
            }
            columns.push(stats.stages);
        }
        print!("{:<12}", "us a page");
        for size in &sizes {
            print!(" {size:>10}");
        }
        println!("   last / first");
        let mut total = vec![0.0; sizes.len()];
        let row = |name: &str, costs: &[f64]| {
            print!("{name:<12}");
            for cost in costs {
                print!(" {cost:>10.2}");
            }
            println!("   {:.2}", costs[costs.len() - 1] / costs[0]);
        };
        for (at, stage) in columns[0].iter().enumerate() {
            let cost = |(column, &size): (&Vec<_>, &usize)| {
                let stage: &tikrar::write::StageTime = &column[at];
                stage.cpu_s * 1e6 / size as f64
            };
            let costs: Vec<f64> = columns.iter().zip(&sizes).map(cost).collect();
            total.iter_mut().zip(&costs).for_each(|(sum, cost)| *sum += cost);
            row(&format!("{:?}", stage.name), &costs);
        }
        row("all", &total);
    }
}

fn hot(place: &Path, pages: usize, keep: bool) {
    let ordinary = place.join("ordinary.jsonl");
    let (bytes, _) = write(&ordinary, pages, pages / 100 + 1);
    for (mode, matching) in modes() {
        let alone = cpu(&dedup(place, &[&ordinary], &matching));
        let a_page = alone / pages as f64;
        println!(
            "\n{mode}: {a_page:.1} us an ordinary page, {:.1} ns a byte",
            alone * 1e3 / bytes as f64
        );
        println!(
            "{:<34} {:>9} {:>9} {:>9}  {:>8} {:>8}  {:>9} {:>8}",
            "pages added",
            "us a page",
            "to a page",
            "to a byte",
            "removed",
            "clusters",
            "verified",
            "untried"
        );
        let before = dedup(place, &[&ordinary], &matching).stats;
        for kind in Kind::ALL {
            let file = place.join(format!("{kind:?}.jsonl"));
            let (added, written) = hot::write(&file, kind, pages);
            let run = dedup(place, &[&ordinary, &file], &matching);
            let cost = cpu(&run) - alone;
            let stats = run.stats;
            assert_eq!(stats.ledger.read, before.ledger.read + written, "{kind:?}");
            if matches!(kind, Kind::Copies) {
                let removed = stats.ledger.removed - before.ledger.removed;
                assert!(removed + 1 >= written, "{removed} copies of one page are removed");
            }
            println!(
                "{:<34} {:>9.1} {:>9.2} {:>9.2}  {:>8} {:>8}  {:>9} {:>8}",
                kind.name(),
                cost / pages as f64,
                cost / alone,
                cost / added as f64 / (alone / bytes as f64),
                stats.ledger.removed as i64 - before.ledger.removed as i64,
                stats.clusters as i64 - before.clusters as i64,
                stats.funnel.verified as i64 - before.funnel.verified as i64,
                stats.funnel.untried
            );
            if !keep {
                std::fs::remove_file(file).unwrap();
            }
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let numbers: Vec<usize> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let named = |name: &str| args.iter().any(|arg| arg == name);
    let words = args.iter().filter(|arg| !["growth", "hot"].contains(&arg.as_str()));
    let folder = words.map(PathBuf::from).find(|path| path.is_dir());
    let (pages, times) = if named("--test") { (400, 4) } else { (3000, 16) };
    let own = tempfile::tempdir().unwrap();
    let place = folder.as_deref().unwrap_or(own.path());
    if named("growth") || !named("hot") {
        growth(place, *numbers.first().unwrap_or(&pages), *numbers.get(1).unwrap_or(&times));
    }
    if named("hot") || !named("growth") {
        hot(place, *numbers.first().unwrap_or(&pages), folder.is_some());
    }
}
