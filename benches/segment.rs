//! What segmenting costs beside reading, in seconds of one core, against `serde_json::from_slice` of
//! the same lines into id, title and text.
//!
//! Segmenting is what a run does because it cuts pages: counting the lines of all pages, sorting
//! those counts, and cutting every page. The fold of the text is not in it, since the engine
//! compares folded words of titles and texts whether it cuts or not; but counting needs a pass of its
//! own, so the figure with one fold more is printed too. Nor is what reading the clock takes.
//!
//! `archive` or `pages` after `--` runs one half: an archive, or single long pages. `--test` does a little of
//! both once, on our own pages, to see that the answers hold.
//!
//! Takes the articles from `$TIKRAR_ARTICLES` (JSONL with `content` or `text`), `$TIKRAR_SHARED` or
//! `../shared`; else our own pages, many times over.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a benchmark")]

#[path = "support/clock.rs"]
mod clock;

use serde::Deserialize;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tikrar::fold::{Folded, Folder, Profile};
use tikrar::segment::{
    MarkerTable, PageText, RepeatCounter, RepeatOptions, Scratch, Segmenter, Segments,
};

/// Runs, of which the fastest of each part counts: others may disturb the machine.
const RUNS: usize = 7;
/// Pages that are folded and then timed together. They stay in the second-level cache, as they do
/// where a page is cut right after it was folded.
const BATCH: usize = 8;
/// How often our own pages are repeated.
const COPIES: usize = 400;
/// The same where only answers count.
const TESTED: usize = 4;

#[derive(Deserialize)]
struct Record {
    id: Option<String>,
    title: Option<String>,
    #[serde(alias = "content")]
    text: String,
}

fn lines() -> Vec<u8> {
    if let Some(path) = std::env::var_os("TIKRAR_ARTICLES") {
        return std::fs::read(path).unwrap();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if clock::is_test() {
        return own_pages(root, TESTED);
    }
    let shared =
        std::env::var_os("TIKRAR_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    if let Ok(file) = std::fs::File::open(shared.join("data/saudinewsnet-2015-07.jsonl.zst")) {
        return zstd::decode_all(file).unwrap();
    }
    own_pages(root, COPIES)
}

fn own_pages(root: &Path, copies: usize) -> Vec<u8> {
    let mut outlets: Vec<_> =
        root.join("fixtures/pages").read_dir().unwrap().map(|e| e.unwrap().path()).collect();
    outlets.sort();
    let mut lines = Vec::new();
    for outlet in outlets.iter().filter(|path| path.is_dir()) {
        let mut files: Vec<_> = outlet.read_dir().unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        for text in files.iter().filter_map(|file| std::fs::read_to_string(file).ok()) {
            let id = outlet.to_string_lossy();
            serde_json::to_writer(&mut lines, &serde_json::json!({"id": id, "text": text}))
                .unwrap();
            lines.push(b'\n');
        }
    }
    lines.repeat(copies)
}

/// Folds the pages batch by batch and returns the time that `part` takes for them.
fn timed(records: &[Record], mut part: impl FnMut(&PageText<'_>)) -> Duration {
    let folder = Folder::new(Profile::Standard);
    let mut folded: Vec<[Folded; 2]> = (0..BATCH).map(|_| Default::default()).collect();
    let mut took = Duration::ZERO;
    for batch in records.chunks(BATCH) {
        for (record, [title, text]) in batch.iter().zip(&mut folded) {
            folder.fold_into(record.title.as_deref().unwrap_or_default(), title);
            folder.fold_into(&record.text, text);
        }
        let start = clock::thread();
        for (record, [title, folded]) in batch.iter().zip(&folded) {
            part(&PageText { title: title.hashes(), text: &record.text, folded });
        }
        took += clock::thread().saturating_sub(start);
    }
    took
}

/// Seconds of the parts, each the fastest of all runs.
#[derive(Clone, Copy)]
struct Best([Duration; Best::PARTS]);

impl Best {
    const PARTS: usize = 5;

    fn note(&mut self, part: usize, took: Duration) {
        self.0[part] = self.0[part].min(took);
    }
}

/// The archive: reading, folding, counting, cutting.
fn archive(lines: &[u8]) {
    let markers = MarkerTable::default();
    let (mut scratch, mut segments) = (Scratch::default(), Segments::default());
    let (folder, mut folded) = (Folder::new(Profile::Standard), Folded::default());
    let mut best = Best([Duration::MAX; Best::PARTS]);
    let mut told = None;
    for _ in 0..if clock::is_test() { 1 } else { RUNS } {
        let start = clock::thread();
        let records: Vec<Record> = lines
            .split(|&b| b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(black_box(line)).unwrap())
            .collect();
        best.note(0, clock::thread().saturating_sub(start));
        black_box(records.iter().filter(|r| r.id.is_some()).count());

        let start = clock::thread();
        for record in &records {
            folder.fold_into(black_box(record.title.as_deref().unwrap_or_default()), &mut folded);
            folder.fold_into(black_box(&record.text), &mut folded);
        }
        best.note(1, clock::thread().saturating_sub(start));

        // What the clock takes is no segmenting: a call for each batch.
        let clock = timed(&records, |page| _ = black_box(page));
        let mut counter = RepeatCounter::new(&RepeatOptions::default());
        let counting = timed(&records, |page| counter.observe(black_box(page), &mut scratch));
        let start = clock::thread();
        let repeats = counter.finish();
        best.note(2, counting.saturating_sub(clock));
        best.note(3, clock::thread().saturating_sub(start));

        let segmenter = Segmenter::new(&markers, Some(&repeats));
        let (mut count, mut end) = (0, 0);
        let cutting = timed(&records, |page| {
            segmenter.segment(black_box(page), &mut scratch, &mut segments);
            count += segments.segments.len();
            end += segments.segments.last().map_or(0, |s| s.span.end as usize);
        });
        best.note(4, cutting.saturating_sub(clock));
        assert_eq!(
            end,
            records.iter().map(|r| r.text.len()).sum::<usize>(),
            "segments tile the pages"
        );
        assert_eq!(*told.get_or_insert(count), count, "every run finds the same");
        assert!(count > records.len(), "some page has more than its story");
    }
    if clock::is_test() {
        return;
    }
    let [reading, folding, counting, finishing, cutting] = best.0.map(|d| d.as_secs_f64());
    let segmenting = counting + finishing + cutting;
    println!("segments      {}", told.unwrap_or(0));
    println!("from_slice    {reading:.4} s");
    println!("counting      {counting:.4} s, and {finishing:.4} s to sort what was counted");
    println!("cutting       {cutting:.4} s");
    println!("ratio         {:.2}  (at most 0.50)", segmenting / reading);
    println!("one fold      {folding:.4} s");
    println!("with the fold of the counting pass {:.2}", (segmenting + folding) / reading);
}

/// Pages of one line of text over and over: nanoseconds a byte must not grow with the page.
fn long_pages() {
    let markers = MarkerTable::default();
    let (mut scratch, mut segments) = (Scratch::default(), Segments::default());
    let prose = "أعلنت بلدية الواحة يوم الأحد افتتاح مكتبة عامة في حي النخيل.\n\
        وقال المدير إن المكتبة تضم كتبا كثيرة، وحواسيب للطلاب - الرئيسية\n";
    let one_line = "قال المدير إن المكتبة تضم كتبا كثيرة، وحواسيب للطلاب والطالبات. ";
    let heading = "اقرأ أيضاً:\nافتتاح مكتبة عامة في حي النخيل\n";
    let of_bytes = |unit: &str, bytes: usize| unit.repeat(bytes / unit.len());
    let megabyte = if clock::is_test() { 1 << 14 } else { 1 << 20 };
    let markers_of =
        |count: usize| heading.repeat(if clock::is_test() { count / 50 } else { count });
    for (name, text) in [
        ("1 MB", of_bytes(prose, megabyte)),
        ("5 MB", of_bytes(prose, 5 * megabyte)),
        ("50 MB", of_bytes(prose, 50 * megabyte)),
        ("50 MB, one line", of_bytes(one_line, 50 * megabyte)),
        ("10,000 markers", markers_of(10_000)),
        ("100,000 markers", markers_of(100_000)),
    ] {
        let folded = Folder::new(Profile::Standard).fold(&text);
        let page = PageText { title: &[], text: &text, folded: &folded };
        let start = clock::thread();
        let mut counter = RepeatCounter::new(&RepeatOptions::default());
        counter.observe(&page, &mut scratch);
        let repeats = counter.finish();
        Segmenter::new(&markers, Some(&repeats)).segment(&page, &mut scratch, &mut segments);
        assert_eq!(segments.segments.iter().map(|s| s.span.len()).sum::<usize>(), text.len());
        let took = clock::thread().saturating_sub(start).as_secs_f64();
        if clock::is_test() {
            continue;
        }
        println!("{name:<16}  {took:.4} s, {:.2} ns a byte", took * 1e9 / text.len() as f64);
    }
}

fn main() {
    let asked = |part: &str| {
        let mut names = std::env::args().skip(1).filter(|name| !name.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|name| name == part)
    };
    if asked("archive") {
        archive(&lines());
    }
    if asked("pages") {
        long_pages();
    }
}
