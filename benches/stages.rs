//! The stages as a run calls them, one thread, on a synthetic archive; each with its answer checked.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::io;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group};
use tikrar::band::anchor_candidates;
use tikrar::cluster::{Link, Measure, cluster};
use tikrar::config::{MatchBy, MatchConfig, OutputConfig, SEED};
use tikrar::fold::{Folded, Folder, Profile};
use tikrar::pages::{PageTable, ReadPlan, Sketches, count_repeats, read_pages};
use tikrar::passage::PassageMaker;
use tikrar::pipeline;
use tikrar::progress::NoProgress;
use tikrar::read::{Corpus, Entry, Input, ReadOptions};
use tikrar::segment::{self, MarkerTable, PageText, RepeatOptions, Repeats, Segmenter, Segments};
use tikrar::shingle::Shingle;
use tikrar::sketch::{Banding, MinHasher, Scheme, SketchPlan};
use tikrar::synth::{SynthConfig, synthesize};
use tikrar::verify::{ScoredPair, Verifier, join_exact_copies};

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
    group.bench_function("read", |b| b.iter(|| assert_eq!(pages(), PAGES)));
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

/// Compares nothing: only the pairs count.
struct Unmeasured;

impl Measure for Unmeasured {
    fn copy(&self, _: u32, _: u32) -> Option<f64> {
        None
    }

    fn likeness(&self, _: u32, _: u32) -> Option<f64> {
        None
    }
}

fn deciding(c: &mut Criterion) {
    let archive = Archive::new();
    let corpus = archive.open();
    let markers = MarkerTable::default();
    let repeats = count_repeats(&corpus, &RepeatOptions::default(), &NoProgress).unwrap().0;
    let read = Read::new(&corpus, &markers, &repeats);
    let verifier = read.verifier();
    let exact = || {
        let hashes = read.table.story_hash.clone();
        join_exact_copies(&corpus, &read.table, hashes, &read.maker, |page| page).unwrap()
    };
    let copies = exact().copies;
    assert!(copies > 200, "{copies} pages are equal to another");
    let sharing = || {
        let wanted = |passage| (passage as usize) < read.table.len();
        anchor_candidates(&read.sketches.anchors, wanted, |_, _, _| true, &[], None).unwrap()
    };
    let pairs = sharing().pairs;
    let mut group = c.benchmark_group("stage");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(archive.bytes));
    group.bench_function("exact", |b| b.iter(|| assert_eq!(exact().copies, copies)));
    group.throughput(Throughput::Elements(read.sketches.anchors.len() as u64));
    group.bench_function("anchors", |b| b.iter(|| assert_eq!(sharing().pairs, pairs)));
    group.throughput(Throughput::Elements(pairs.len() as u64));
    let verify = || {
        let pairs = pairs.clone();
        let nothing = |_: &[_], _: &mut _, (): &mut ()| Ok(());
        verifier.verify(pairs, true, nothing, |()| (), &NoProgress).unwrap().verified
    };
    let expected = verify();
    assert!(expected.copies.len() > 300);
    group.bench_function("verify", |b| b.iter(|| assert_eq!(verify().pairs, expected.pairs)));
    let copies = expected.pairs.iter().filter(|pair| pair.accepted());
    let edges: Vec<(u32, u32, f64)> = copies.map(ScoredPair::tried).collect();
    group.throughput(Throughput::Elements(edges.len() as u64));
    let gather = || cluster(read.table.len(), &edges, Link::Anchor, |page| page, &Unmeasured);
    let clusters = gather();
    group.bench_function("cluster", |b| b.iter(|| assert_eq!(gather(), clusters)));
    group.finish();
}

fn whole(c: &mut Criterion) {
    let archive = Archive::new();
    let place = tempfile::tempdir().unwrap();
    let mut group = c.benchmark_group("run");
    group.throughput(Throughput::Bytes(archive.bytes)).sample_size(10);
    for (name, archives, dry_run) in
        [("dry", false, true), ("results only", false, false), ("with archives", true, false)]
    {
        let output = OutputConfig {
            dir: place.path().join("RUN"),
            force: true,
            dry_run,
            kept: archives,
            removed: archives,
            segments: false,
            cut_blocks: false,
            annotate: false,
            strict: true,
            report: None,
        };
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

criterion_group!(benches, synthesis, reading, deciding, whole);

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
