//! No stage costs more a page in a larger archive: the same generator at 1, 4 and 16 times the
//! size, each stage in microseconds of CPU a page.
//!
//! `cargo bench --bench scaling`, or with another number of pages for the smallest archive:
//! `cargo bench --bench scaling -- 10000`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use tikrar::config::{MatchConfig, OutputConfig};
use tikrar::pipeline::{self, Finished};
use tikrar::progress::NoProgress;
use tikrar::read::{Input, ReadOptions};
use tikrar::synth::{SynthConfig, synthesize};

/// Writes an archive; returns its bytes, and how many pages tell what another tells in the same
/// words.
fn write(path: &Path, pages: usize) -> (u64, u64) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut truth = Vec::new();
    let config = SynthConfig { seed: 16, ..SynthConfig::new(pages as u32) };
    let made = synthesize(&config, &mut out, &mut truth, &|| false).unwrap().unwrap();
    let mut tellings: BTreeMap<&str, u64> = BTreeMap::new();
    let truth = String::from_utf8(truth).unwrap();
    for line in truth.lines().filter(|line| line.ends_with(['0', '1'])) {
        *tellings.entry(line.split('\t').nth(1).unwrap()).or_default() += 1;
    }
    (made.bytes, tellings.values().map(|tellings| tellings - 1).sum())
}

fn dedup(place: &Path, file: &Path, pages: usize) -> Finished {
    let output = OutputConfig {
        dir: place.join(format!("RUN{pages}")),
        force: false,
        dry_run: false,
        kept: false,
        removed: false,
        segments: false,
        cut_blocks: false,
        annotate: false,
        strict: false,
        report: None,
    };
    let inputs = vec![Input::Path(file.to_owned())];
    let matching = MatchConfig::default();
    let read = ReadOptions::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| pipeline::dedup(inputs, &read, None, &matching, &output, &NoProgress)).unwrap()
}

fn main() {
    let smallest = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(3000);
    let place = tempfile::tempdir().unwrap();
    let sizes = [1, 4, 16].map(|times| times * smallest);
    let mut columns = Vec::new();
    for pages in sizes {
        let file = place.path().join(format!("{pages}.jsonl"));
        let begun = std::time::Instant::now();
        let (bytes, copies) = write(&file, pages);
        let speed = bytes as f64 / 1e6 / begun.elapsed().as_secs_f64();
        let stats = dedup(place.path(), &file, pages).stats;
        println!(
            "{pages} pages, {:.0} MB made at {speed:.0} MB/s: {} clusters, {} removed, \
             {} candidates, {:.0} MB of memory",
            bytes as f64 / 1e6,
            stats.clusters,
            stats.ledger.removed,
            stats.funnel.candidates,
            stats.peak_rss_bytes as f64 / 1e6
        );
        assert_eq!(stats.ledger.read, pages as u64);
        // A flash inside much furniture may be cut otherwise on another page.
        assert!(stats.ledger.removed * 100 >= copies * 99, "{copies} pages are equal to another");
        columns.push(stats.stages);
    }
    println!("{:<12} {:>10} {:>10} {:>10}  16x / 1x", "us a page", sizes[0], sizes[1], sizes[2]);
    let mut total = [0.0; 3];
    let row = |name: &str, costs: [f64; 3]| {
        let growth = costs[2] / costs[0];
        println!(
            "{name:<12} {:>10.2} {:>10.2} {:>10.2}  {growth:.2}",
            costs[0], costs[1], costs[2]
        );
    };
    for (at, stage) in columns[0].iter().enumerate() {
        let cost = |size: usize| columns[size][at].cpu_s * 1e6 / sizes[size] as f64;
        let costs = [0, 1, 2].map(cost);
        (0..3).for_each(|size| total[size] += costs[size]);
        row(&format!("{:?}", stage.name), costs);
    }
    row("all", total);
}
