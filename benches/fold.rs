//! Speed of the fold, with word hashes and spans, on real articles or on lines like them.
//!
//! Takes the articles from `$TIKRAR_ARTICLES` (JSONL with `content`) or `../shared`; else our own text.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

#[path = "support/clock.rs"]
mod clock;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use tikrar::fold::{Folded, Folder, Profile, reference};

/// Enough to leave the caches, few enough for the reference.
const ARTICLES: usize = 4000;
/// As many as show that the answers hold.
const TESTED: usize = 200;

const LINES: &str = "أعلنت بلدية «الواحة» يوم الأحد، 12 مايو ٢٠٢٤، افتتاح مكتبةٍ عامة في حيّ النخيل.\n\
    وقال عبدالله السالم إنّ المكتبة تضم أكثر من 1,200 كتاب و 30 حاسوباً للطلاب والطالبات.\n";

fn articles() -> Vec<String> {
    let wanted = if clock::is_test() { TESTED } else { ARTICLES };
    let shared =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/saudinewsnet-2015-07.jsonl.zst");
    let lines: Box<dyn Read> = if let Some(path) = std::env::var_os("TIKRAR_ARTICLES") {
        Box::new(std::fs::File::open(path).unwrap())
    } else if let Ok(file) = std::fs::File::open(shared) {
        Box::new(zstd::Decoder::new(file).unwrap())
    } else {
        return vec![LINES.repeat(20); wanted];
    };
    let content = |line: std::io::Result<String>| {
        let record: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        record["content"].as_str().unwrap_or_default().to_owned()
    };
    BufReader::new(lines).lines().take(wanted).map(content).collect()
}

fn tokens(folder: &Folder, articles: &[String], out: &mut Folded) -> usize {
    let mut tokens = 0;
    for article in articles {
        folder.fold_into(black_box(article), out);
        tokens += black_box(out.hashes()).len();
    }
    tokens
}

fn fold(c: &mut Criterion) {
    let articles = articles();
    let bytes: usize = articles.iter().map(String::len).sum();
    let mut group = c.benchmark_group("fold");
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(10);
    for profile in Profile::ALL {
        let folder = Folder::new(profile);
        let expected: usize =
            articles.iter().map(|text| reference::fold(&folder, text).len()).sum();
        let mut out = Folded::default();
        group.bench_function(profile.name(), |bench| {
            bench.iter_custom(|times| {
                let start = clock::thread();
                for _ in 0..times {
                    assert_eq!(tokens(&folder, &articles, &mut out), expected);
                }
                clock::thread().saturating_sub(start)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, fold);
criterion_main!(benches);
