//! Every stage between folding and clustering by itself, on texts of a small archive, each with its
//! answer checked. Bytes are those of the folded texts that the stage's input was made of.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/archive.rs"]
mod archive;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hint::black_box;
use std::io::{Cursor, Read};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tikrar::band::{band_candidates, hamming_candidates};
use tikrar::fold::{Folded, Profile};
use tikrar::frequency::{Counts, Frequencies};
use tikrar::passage::{PassageMaker, PassageScratch};
use tikrar::read::{Corpus, Entry, Input, ReadOptions};
use tikrar::shingle::Shingle;
use tikrar::sketch::{Banding, MinHasher, Scheme, SketchPart, SketchPlan, SketchWriter, simhash};
use tikrar::verify::PairScore;

use archive::{Archive, Page};

const PAGES: usize = 2000;
/// Bits that SimHashes may differ in, as `--hamming` has it by itself.
const RADIUS: u32 = 3;
/// Outlets that the frequencies are told of.
const OUTLETS: usize = 40;

/// Pages with a word, their folded texts and their shingles with repeats.
struct Texts {
    pages: Vec<Page>,
    folded: Vec<Folded>,
    shingles: Vec<Vec<u64>>,
}

impl Texts {
    fn new() -> Self {
        let mut records = Vec::new();
        let mut all = Archive::new(1, PAGES).inspect(|page| page.write(&mut records).unwrap());
        let told: Vec<Page> = all.by_ref().collect();
        drop(all);
        let stdin: Box<dyn Read + Send> = Box::new(Cursor::new(records));
        let corpus =
            Corpus::open(vec![Input::Stdin], &ReadOptions::default(), Some(stdin)).unwrap();
        let maker = PassageMaker::pages(Profile::Standard);
        let mut scratch = PassageScratch::default();
        let (mut folded, mut shingles) = (Vec::new(), Vec::new());
        for chunk in corpus.chunks() {
            corpus.read_chunk(&chunk, &mut |entry| {
                if let Entry::Page(_, page) = entry {
                    let mut text = Folded::default();
                    let story = maker.make(page, &mut scratch);
                    text.append(story, 0..story.len());
                    let mut hashes = Vec::new();
                    Shingle::WORD_3.hash_into(&text, &mut hashes);
                    shingles.push(hashes);
                    folded.push(text);
                }
            });
        }
        assert_eq!(folded.len(), told.len());
        let mut wordy = folded.iter().map(|text| !text.is_empty());
        let mut pages = told;
        pages.retain(|_| wordy.next().unwrap());
        folded.retain(|text| !text.is_empty());
        shingles.retain(|shingles| !shingles.is_empty());
        Self { pages, folded, shingles }
    }

    fn bytes(&self) -> u64 {
        self.folded.iter().map(|text| text.text().len() as u64).sum()
    }

    /// Pairs of pages that tell a story in the same words.
    fn twins(&self) -> Vec<(u32, u32)> {
        let mut order: Vec<u32> = (0..self.pages.len() as u32)
            .filter(|&at| self.pages[at as usize].edit.keeps_words())
            .collect();
        order.sort_by_key(|&at| (self.pages[at as usize].story, at));
        let story = |at: u32| self.pages[at as usize].story;
        let pairs = order.windows(2).filter(|pair| story(pair[0]) == story(pair[1]));
        pairs.map(|pair| (pair[0], pair[1])).collect()
    }
}

fn generator(c: &mut Criterion) {
    let write = || {
        let mut out = Vec::new();
        Archive::new(1, PAGES).for_each(|page| page.write(&mut out).unwrap());
        out
    };
    let bytes = write();
    assert_eq!(bytes, write(), "the same seed gives the same bytes");
    let mut group = c.benchmark_group("archive");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("write", |b| b.iter(write));
    group.finish();
}

/// Texts whose runs of words are set beside their shingles.
const FEW: usize = 200;

/// Runs of so many words of a text, or letters without its spaces; a text too short for one is one.
fn runs(text: &Folded, shingle: &str) -> u64 {
    let (unit, size) = shingle.split_once(':').unwrap();
    let letters = || text.text().chars().filter(|&letter| letter != ' ').count();
    let units = if unit == "word" { text.len() } else { letters() };
    (units + 1).saturating_sub(size.parse().unwrap()).max(1) as u64
}

/// How many of the runs of all texts differ.
fn different_runs(texts: &[Folded], shingle: &str) -> usize {
    let (unit, size) = shingle.split_once(':').unwrap();
    let size: usize = size.parse().unwrap();
    let mut all: HashSet<String> = HashSet::new();
    for text in texts {
        let units: Vec<String> = match unit {
            "word" => text.text().split(' ').map(|word| format!("{word} ")).collect(),
            _ => text.text().chars().filter(|&c| c != ' ').map(String::from).collect(),
        };
        if units.len() < size {
            // Never equal to a run inside a longer text.
            all.insert(format!("{} alone", units.concat()));
        }
        all.extend(units.windows(size).map(<[String]>::concat));
    }
    all.len()
}

fn shingles(c: &mut Criterion) {
    let texts = Texts::new();
    let mut group = c.benchmark_group("shingle");
    group.throughput(Throughput::Bytes(texts.bytes()));
    for name in ["word:3", "word:5", "char:9"] {
        let shingle: Shingle = name.parse().unwrap();
        let mut out = Vec::new();
        // Told apart, they are as many as the runs of words or letters that they stand for.
        let mut all = HashSet::new();
        for text in &texts.folded[..FEW] {
            shingle.set_into(text, &mut out);
            all.extend(out.drain(..));
        }
        assert_eq!(all.len(), different_runs(&texts.folded[..FEW], name), "{name}");
        let expected: u64 = texts.folded.iter().map(|text| runs(text, name)).sum();
        let mut count = || {
            let hash = |text| {
                out.clear();
                shingle.hash_into(text, &mut out);
                out.len() as u64
            };
            texts.folded.iter().map(hash).sum::<u64>()
        };
        group.bench_function(name, |b| b.iter(|| assert_eq!(count(), expected)));
    }
    group.finish();
}

fn sketches(c: &mut Criterion) {
    let texts = Texts::new();
    let twins = texts.twins();
    assert!(twins.len() > 100);
    let mut group = c.benchmark_group("sketch");
    group.throughput(Throughput::Bytes(texts.bytes()));
    for scheme in [Scheme::Fast, Scheme::Classic] {
        let hasher = MinHasher::new(scheme, 128, 1);
        let sketch = |at: usize| {
            let mut signature = [0; 128];
            hasher.sketch_into(&texts.shingles[at], &mut signature);
            signature
        };
        for &(a, b) in &twins {
            assert_eq!(sketch(a as usize), sketch(b as usize));
        }
        let all = || {
            let slots = (0..texts.shingles.len()).map(|at| black_box(sketch(at)));
            slots.fold(0u64, |sum, slots| sum.wrapping_mul(31).wrapping_add(slots[127].into()))
        };
        let expected = all();
        group.bench_function(BenchmarkId::new("minhash", format!("{scheme:?}")), |b| {
            b.iter(|| assert_eq!(all(), expected));
        });
    }
    for &(a, b) in &twins {
        assert_eq!(simhash(&texts.shingles[a as usize]), simhash(&texts.shingles[b as usize]));
    }
    let all = || texts.shingles.iter().map(|shingles| simhash(shingles)).fold(0, |x, y| x ^ y);
    let expected = all();
    group.bench_function("simhash", |b| b.iter(|| assert_eq!(all(), expected)));
    group.finish();
}

fn bands(c: &mut Criterion) {
    let texts = Texts::new();
    let banding = Banding::for_recall(0.5, 0.99, 128).unwrap();
    let hasher = MinHasher::new(Scheme::Fast, 128, 1);
    let plan = SketchPlan { hasher, banding, simhash: true };
    let mut part = SketchPart::default();
    for (at, shingles) in texts.shingles.iter().enumerate() {
        part.push(at as u32, shingles, &plan);
    }
    let mut matrix = SketchWriter::new(128, banding, None);
    matrix.append(0, &part);
    let matrix = matrix.finish().unwrap();
    let found = band_candidates(&matrix, |_| true, |_, _| true);
    let near = hamming_candidates(&matrix, RADIUS, |_| true);
    for &(a, b) in &texts.twins() {
        assert!(found.pairs.binary_search(&(a.min(b), a.max(b))).is_ok());
        assert!(near.pairs.binary_search(&(a.min(b), a.max(b))).is_ok());
    }
    let mut group = c.benchmark_group("band");
    group.throughput(Throughput::Bytes(texts.bytes()));
    group.bench_function("join", |b| {
        b.iter(|| {
            let pairs = band_candidates(&matrix, |_| true, |_, _| true).pairs;
            assert_eq!(pairs, found.pairs);
        });
    });
    group.bench_function("hamming", |b| {
        b.iter(|| assert_eq!(hamming_candidates(&matrix, RADIUS, |_| true).pairs, near.pairs));
    });
    group.finish();
}

fn frequencies(c: &mut Criterion) {
    let texts = Texts::new();
    let count = || {
        let mut counts = Counts::new(texts.folded.len());
        texts.folded.iter().for_each(|text| counts.add(text.hashes()));
        assert_eq!(counts.pages(), texts.folded.len() as u64);
        Frequencies::new(counts, OUTLETS)
    };
    // What stands on many pages weighs less than what stands on one.
    let mut pages: BTreeMap<u64, usize> = BTreeMap::new();
    for text in &texts.folded {
        let words: BTreeSet<u64> = text.hashes().iter().copied().collect();
        for word in words {
            *pages.entry(word).or_default() += 1;
        }
    }
    let (&common, _) = pages.iter().max_by_key(|word| *word.1).unwrap();
    let (&rare, _) = pages.iter().min_by_key(|word| *word.1).unwrap();
    let mut group = c.benchmark_group("frequency");
    group.throughput(Throughput::Bytes(texts.bytes())).sample_size(10);
    group.bench_function("count", |b| {
        b.iter(|| {
            let weights = count();
            assert!(weights.weight(common) < weights.weight(rare));
        });
    });
    group.finish();
}

fn scores(c: &mut Criterion) {
    let texts = Texts::new();
    let sets: Vec<Vec<u64>> = texts
        .folded
        .iter()
        .map(|text| {
            let mut set = Vec::new();
            Shingle::WORD_3.set_into(text, &mut set);
            set
        })
        .collect();
    let score = |a: u32, b: u32| PairScore::of(&sets[a as usize], &sets[b as usize]).jaccard();
    let twins = texts.twins();
    assert!(twins.iter().all(|&(a, b)| score(a, b) > 0.999_999));
    let pairs: Vec<(u32, u32)> = (1..sets.len() as u32).map(|at| (at - 1, at)).collect();
    let mut group = c.benchmark_group("score");
    // Each text is read twice: beside the one before it, and beside the one behind it.
    group.throughput(Throughput::Bytes(2 * texts.bytes()));
    group.bench_function("neighbors", |b| {
        b.iter(|| {
            let sum: f64 = pairs.iter().map(|&(a, b)| score(a, b)).sum();
            assert!(sum < pairs.len() as f64 / 10.0, "most have nothing in common");
        });
    });
    group.finish();
}

criterion_group!(benches, generator, shingles, sketches, frequencies, bands, scores);
criterion_main!(benches);
