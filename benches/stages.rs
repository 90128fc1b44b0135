//! The stages as a run calls them, one thread, on a synthetic archive; each with its answer checked. Bytes a second
//! are those of the archive, whatever of it a stage looks at: so stages can be set beside one another.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group};
use sha2::{Digest, Sha256};
use tikrar::background::Background;
use tikrar::band::anchor_candidates;
use tikrar::cluster::{Decider, Pasted, lead_embedded};
use tikrar::config::{MatchBy, MatchConfig, OutputConfig, ReportConfig, SEED};
use tikrar::fold::{Folded, Folder, Profile};
use tikrar::pages::{PageTable, ReadPlan, Sketches, count_repeats, read_pages};
use tikrar::passage::PassageMaker;
use tikrar::pipeline;
use tikrar::progress::NoProgress;
use tikrar::read::{Corpus, Entry, Input, ReadOptions};
use tikrar::report::make_report;
use tikrar::segment::{self, MarkerTable, PageText, RepeatOptions, Repeats, Segmenter, Segments};
use tikrar::shingle::Shingle;
use tikrar::sketch::{Banding, MinHasher, Scheme, SketchPlan};
use tikrar::synth::{SynthConfig, synthesize};
use tikrar::verify::{ScoredPair, Verifier, join_exact_copies};
use tikrar::write::{Clock, Funnel, OutDir, Outcome, digest, write_run};

const PAGES: u32 = 3000;

/// The archive as a file, since a run reads files.
struct Archive {
    _place: tempfile::TempDir,
    file: PathBuf,
    bytes: u64,
}

impl Archive {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("news.jsonl");
        let mut out = std::fs::File::create(&file).unwrap();
        let config = SynthConfig::new(PAGES);
        let made = synthesize(&config, &mut out, &mut io::sink(), &|| false).unwrap().unwrap();
        Self { _place: place, file, bytes: made.bytes }
    }

    fn open(&self) -> Corpus {
        Corpus::open(vec![Input::Path(self.file.clone())], &ReadOptions::default(), None).unwrap()
    }
}

fn plan() -> ReadPlan {
    let banding = Banding::for_recall(0.5, 0.99, 128).unwrap();
    let hasher = MinHasher::new(Scheme::Fast, 128, SEED);
    ReadPlan {
        sketch: SketchPlan { hasher, banding, simhash: false },
        long: Shingle::WORD_3,
        short: true,
        anchors: true,
        frequencies: true,
        spill: None,
    }
}

fn synthesis(c: &mut Criterion) {
    let config = SynthConfig::new(PAGES);
    let write = || {
        let mut pages = Vec::new();
        synthesize(&config, &mut pages, &mut io::sink(), &|| false).unwrap().unwrap();
        pages
    };
    let expected = write();
    let mut group = c.benchmark_group("synth");
    group.throughput(Throughput::Bytes(expected.len() as u64)).sample_size(10);
    group.bench_function("pages", |b| b.iter(|| assert_eq!(write().len(), expected.len())));
    group.finish();
}

fn reading(c: &mut Criterion) {
    let archive = Archive::new();
    let corpus = archive.open();
    let (markers, options) = (MarkerTable::default(), RepeatOptions::default());
    let pages = || {
        let mut pages = 0;
        for chunk in corpus.chunks() {
            corpus.read_chunk(&chunk, &mut |entry| {
                pages += u32::from(matches!(black_box(entry), Entry::Page(..)));
            });
        }
        pages
    };
    let mut group = c.benchmark_group("stage");
    group.throughput(Throughput::Bytes(archive.bytes)).sample_size(10);
    // The record scan alone: fields are found, and nothing is folded.
    group.bench_function("scan", |b| b.iter(|| assert_eq!(pages(), PAGES)));
    let count = || count_repeats(&corpus, &options, &NoProgress).unwrap();
    group.bench_function("count", |b| b.iter(|| assert_eq!(count().1, u64::from(PAGES))));
    let repeats = count().0;
    let segmenter = Segmenter::new(&markers, Some(&repeats));
    group.bench_function("segment", |b| b.iter(|| tiled(&corpus, segmenter)));
    let maker = PassageMaker::stories(Profile::Standard, segmenter);
    group.bench_function("sketch", |b| {
        b.iter(|| {
            let (table, ..) = read_pages(&corpus, &maker, &plan(), &NoProgress).unwrap();
            assert_eq!(table.len(), PAGES as usize);
        });
    });
    group.finish();
}

/// Folds and cuts every page; its parts must tile it.
fn tiled(corpus: &Corpus, segmenter: Segmenter<'_>) {
    let folder = Folder::new(Profile::Standard);
    let (mut title, mut folded, mut parts) =
        (Folded::default(), Folded::default(), Segments::default());
    let mut scratch = segment::Scratch::default();
    for chunk in corpus.chunks() {
        corpus.read_chunk(&chunk, &mut |entry| {
            let Entry::Page(_, page) = entry else { panic!("a page") };
            folder.fold_into(&page.text, &mut folded);
            folder.fold_into(page.title.as_deref().unwrap_or_default(), &mut title);
            let text = PageText { title: title.hashes(), text: &page.text, folded: &folded };
            segmenter.segment(&text, &mut scratch, &mut parts);
            let bytes: usize = parts.segments.iter().map(|part| part.span.len()).sum();
            assert_eq!(bytes, page.text.len());
        });
    }
}

/// Everything that the stages after reading work on.
struct Read<'a> {
    corpus: &'a Corpus,
    maker: PassageMaker<'a>,
    table: PageTable,
    sketches: Sketches,
    frequencies: tikrar::frequency::Frequencies,
}

impl<'a> Read<'a> {
    fn new(corpus: &'a Corpus, markers: &'a MarkerTable, repeats: &'a Repeats) -> Self {
        let maker =
            PassageMaker::stories(Profile::Standard, Segmenter::new(markers, Some(repeats)));
        let read = read_pages(corpus, &maker, &plan(), &NoProgress).unwrap();
        let (table, sketches, frequencies) = read;
        Self { corpus, maker, table, sketches, frequencies }
    }

    fn verifier(&self) -> Verifier<'_> {
        Verifier {
            corpus: self.corpus,
            table: &self.table,
            maker: &self.maker,
            sketches: &self.sketches,
            frequencies: &self.frequencies,
            match_by: MatchBy::Reader,
            long: Shingle::WORD_3,
            short: true,
            threshold: 0.5,
        }
    }
}

fn deciding(c: &mut Criterion) {
    let archive = Archive::new();
    let corpus = archive.open();
    let markers = MarkerTable::default();
    let repeats = count_repeats(&corpus, &RepeatOptions::default(), &NoProgress).unwrap().0;
    let read = Read::new(&corpus, &markers, &repeats);
    let verifier = read.verifier();
    let matching = MatchConfig::default();
    let id = |page| read.table.id_alone(&corpus, page).unwrap_or_default();
    let decider = Decider {
        corpus: &corpus,
        table: &read.table,
        maker: &read.maker,
        verifier: &verifier,
        link: matching.link,
        keep: &matching.keep,
        outlets: &matching.outlets,
        frequencies: &read.frequencies,
        max_lost_words: matching.max_lost_words,
        drop_contained: false,
        id: &id,
    };
    let exact = || {
        let hashes = read.table.story_hash.clone();
        let rank = |page| decider.preference(page);
        join_exact_copies(&corpus, &read.table, hashes, &read.maker, rank).unwrap()
    };
    let copies = exact();
    assert!(copies.copies > 200, "{} pages are equal to another", copies.copies);
    let sharing = || {
        let wanted = |passage| (passage as usize) < read.table.len();
        anchor_candidates(&read.sketches.anchors, wanted, |_, _, _| true, &[], None).unwrap()
    };
    let pairs = sharing().pairs;
    let mut group = c.benchmark_group("stage");
    group.sample_size(10).throughput(Throughput::Bytes(archive.bytes));
    group.bench_function("exact", |b| b.iter(|| assert_eq!(exact().copies, copies.copies)));
    group.bench_function("anchors", |b| b.iter(|| assert_eq!(sharing().pairs, pairs)));
    let verify = || {
        let pairs = pairs.clone();
        let nothing = |_: &[_], _: &mut _, (): &mut ()| Ok(());
        verifier.verify(pairs, true, nothing, |()| (), &NoProgress).unwrap().verified
    };
    let verified = verify();
    assert!(verified.copies.len() > 300);
    group.bench_function("verify", |b| b.iter(|| assert_eq!(verify().pairs, verified.pairs)));
    // A run settles most components while it verifies, at the texts that are at hand then. Here all
    // of them are settled by themselves, and pages compared with their anchors from their texts.
    let tried = verified.pairs.iter().filter(|pair| pair.accepted());
    let tried: Vec<(u32, u32, f64)> = tried.map(ScoredPair::tried).collect();
    let cluster = || {
        let mut settled = decider.settle_large(&tried).unwrap();
        let clusters = decider.clusters(&verified, &settled);
        let mut pasted = Pasted::new(&read.table, lead_embedded(&read.table), [], |page| page);
        let stories = decider.stories(&clusters, &copies, &mut settled, &mut pasted).unwrap();
        (stories, settled.lost)
    };
    let (stories, lost) = cluster();
    let clustered = stories.iter().filter(|story| !story.copies.is_empty()).count();
    assert!(clustered > 150, "{clustered} clusters");
    group.bench_function("cluster", |b| b.iter(|| assert_eq!(cluster().0, stories)));
    let place = tempfile::tempdir().unwrap();
    let output = output(place.path(), true, false);
    let outcome = Outcome {
        corpus: &corpus,
        table: &read.table,
        maker: &read.maker,
        exact: &copies,
        verified: &verified,
        block_pairs: &[],
        frequencies: Some(&read.frequencies),
        stories: &stories,
        lost: &lost,
        contained: &[],
        blocks: &[],
        matching: &matching,
        output: &output,
    };
    let write = || {
        let dir = OutDir::create(&output.dir, true, &[]).unwrap();
        let mut clock = Clock::start(&NoProgress);
        write_run(&outcome, Some(&dir), Funnel::default(), &mut clock, &NoProgress).unwrap();
        digest(&dir.written())
    };
    let expected = write();
    group.bench_function("write", |b| b.iter(|| assert_eq!(write(), expected)));
    group.finish();
}

/// What goes on beside the stages, and behind them.
fn around(c: &mut Criterion) {
    let archive = Archive::new();
    let corpus = archive.open();
    let mut group = c.benchmark_group("stage");
    group.sample_size(10).throughput(Throughput::Bytes(archive.bytes));
    let expected: [u8; 32] = Sha256::digest(std::fs::read(&archive.file).unwrap()).into();
    let hash = || corpus.sha256_inputs(&Background::new(&NoProgress)).unwrap();
    group.bench_function("hash", |b| b.iter(|| assert_eq!(hash(), [expected])));
    let place = tempfile::tempdir().unwrap();
    let output = output(place.path(), true, false);
    let (read, matching) = (ReadOptions::default(), MatchConfig::default());
    let inputs = vec![Input::Path(archive.file.clone())];
    let run = pipeline::dedup(inputs, &read, None, &matching, &output, &NoProgress).unwrap();
    let dir = run.dir.unwrap();
    let report = || {
        let made =
            make_report(&dir, &ReportConfig::default(), read.map, None, &NoProgress).unwrap().1;
        (made.bytes, made.clusters)
    };
    let expected = report();
    assert_eq!(expected.1 as u64, run.stats.clusters + run.stats.lone_versions);
    group.bench_function("report", |b| b.iter(|| assert_eq!(report(), expected)));
    group.finish();
}

fn output(place: &Path, archives: bool, dry_run: bool) -> OutputConfig {
    OutputConfig {
        dir: place.join("RUN"),
        force: true,
        dry_run,
        kept: archives,
        removed: archives,
        segments: false,
        cut_blocks: false,
        annotate: false,
        strict: true,
        report: None,
    }
}

fn whole(c: &mut Criterion) {
    let archive = Archive::new();
    let place = tempfile::tempdir().unwrap();
    let mut group = c.benchmark_group("run");
    group.throughput(Throughput::Bytes(archive.bytes)).sample_size(10);
    for (name, archives, dry_run) in
        [("dry", false, true), ("results only", false, false), ("with archives", true, false)]
    {
        let output = output(place.path(), archives, dry_run);
        let run = || {
            let inputs = vec![Input::Path(archive.file.clone())];
            let (read, matching) = (ReadOptions::default(), MatchConfig::default());
            let done = pipeline::dedup(inputs, &read, None, &matching, &output, &NoProgress);
            let ledger = done.unwrap().stats.ledger;
            assert!(ledger.balances() && ledger.read == u64::from(PAGES), "{ledger:?}");
        };
        group.bench_function(name, |b| b.iter(run));
    }
    group.finish();
}

criterion_group!(benches, synthesis, reading, deciding, around, whole);

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
