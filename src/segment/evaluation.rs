//! Scores of the cutter on the pages with known truth and on real articles, where they are at hand.
//!
//! With `SHOW` set, the pages that lose or keep too much are printed; with `SHOW_CUTS=N`, about `N`
//! of the real articles that lose anything, to be read.
#![allow(clippy::print_stdout)]

use super::SegmentKind::{
    Body, Date, Keywords, Promo, RelatedHead, RelatedList, RelatedStory, RelatedTitle, Source,
    Title,
};
use super::*;
use crate::fold::{Folder, Profile};
use std::collections::HashMap;
use std::path::PathBuf;

/// The folder of shared pages, if there is one.
pub(super) fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("TIKRAR_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    root.is_dir().then_some(root)
}

fn unpacked(path: PathBuf) -> String {
    let file = std::fs::File::open(path).unwrap();
    String::from_utf8(zstd::decode_all(file).unwrap()).unwrap()
}

#[derive(serde::Deserialize)]
struct Record {
    id: String,
    title: Option<String>,
    #[serde(alias = "content")]
    text: String,
}

struct Archive {
    records: Vec<Record>,
    /// The title field and the text of every record.
    folded: Vec<[Folded; 2]>,
}

impl Archive {
    fn new(jsonl: &str) -> Self {
        let records: Vec<Record> =
            jsonl.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let folder = Folder::new(Profile::Standard);
        let fields = |r: &Record| {
            [folder.fold(r.title.as_deref().unwrap_or_default()), folder.fold(&r.text)]
        };
        let folded = records.iter().map(fields).collect();
        Self { records, folded }
    }

    fn page(&self, i: usize) -> PageText<'_> {
        let r = &self.records[i];
        let [title, folded] = &self.folded[i];
        PageText { title: title.hashes(), text: &r.text, folded }
    }

    fn count(&self) -> Repeats {
        let mut counter = RepeatCounter::new(&RepeatOptions::default());
        let mut scratch = Scratch::default();
        for i in 0..self.records.len() {
            counter.observe(&self.page(i), &mut scratch);
        }
        counter.finish()
    }
}

#[derive(Debug, Default)]
struct Score {
    precision: f64,
    recall: f64,
    f1: f64,
    right: f64,
}

fn score(
    archive: &Archive,
    truth: &HashMap<String, Vec<(usize, usize)>>,
    segmenter: &Segmenter<'_>,
) -> Score {
    let (mut tp, mut fp, mut miss, mut clean) = (0usize, 0usize, 0usize, 0usize);
    let (mut scratch, mut out) = (Scratch::default(), Segments::default());
    let show = std::env::var("SHOW").is_ok();
    for (i, record) in archive.records.iter().enumerate() {
        segmenter.segment(&archive.page(i), &mut scratch, &mut out);
        assert!(tiles(&record.text, &out.segments), "{}", record.id);
        let mut gold = vec![false; record.text.len()];
        for &(a, b) in &truth[&record.id] {
            gold[a..b].fill(true);
        }
        let mut got = vec![false; record.text.len()];
        for s in out.segments.iter().filter(|s| s.kind == SegmentKind::Body) {
            got[s.span.range()].fill(true);
        }
        let hit = gold.iter().zip(&got).filter(|(a, b)| **a && **b).count();
        let extra = got.iter().filter(|b| **b).count() - hit;
        let lost = gold.iter().filter(|b| **b).count() - hit;
        (tp, fp, miss) = (tp + hit, fp + extra, miss + lost);
        clean += usize::from((extra + lost) * 50 <= gold.len());
        if show && extra + lost > 150 {
            println!("## {} extra {extra} lost {lost}", record.id);
            for s in &out.segments {
                let t: String = record.text[s.span.range()].chars().take(90).collect();
                let g = gold[s.span.range()].iter().filter(|g| **g).count();
                println!("   {:?} {} body {g} {t:?}", s.kind, s.span.len());
            }
        }
    }
    let precision = tp as f64 / (tp + fp) as f64;
    let recall = tp as f64 / (tp + miss) as f64;
    Score {
        precision,
        recall,
        f1: 2.0 * tp as f64 / (2 * tp + fp + miss) as f64,
        right: clean as f64 / archive.records.len() as f64,
    }
}

#[test]
fn bodies_of_the_evaluation_pages() {
    let Some(root) = shared() else {
        println!("skipped: no shared pages");
        return;
    };
    let pages = unpacked(root.join("eval/pages.jsonl.zst"));
    let mut truth: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for line in unpacked(root.join("eval/spans.tsv.zst")).lines() {
        let q: Vec<&str> = line.split('\t').collect();
        let spans = truth.entry(q[0].to_owned()).or_default();
        if q[1] == "body" {
            spans.push((q[2].parse().unwrap(), q[3].parse().unwrap()));
        }
    }
    let mut missed = Vec::new();
    // As they are; with cells set apart by a tab instead of line ends; and with nothing left of
    // the line ends but a space.
    for (lines, instead, least) in [
        ("lines", None, [0.995, 0.997, 0.97]),
        ("cells", Some("\\t"), [0.98, 0.98, 0.9]),
        ("one line", Some(" "), [0.8, 0.8, 0.8]),
    ] {
        let archive = match instead {
            None => Archive::new(&pages),
            Some(instead) => Archive::new(&pages.replace("\\n", instead)),
        };
        let repeats = archive.count();
        let (with, none) = (MarkerTable::default(), MarkerTable::none());
        for ((name, table, repeats), least) in [
            ("markers", &with, None),
            ("both", &with, Some(&repeats)),
            ("repetition", &none, Some(&repeats)),
        ]
        .into_iter()
        .zip(least)
        {
            let found = score(&archive, &truth, &Segmenter::new(table, repeats));
            println!(
                "{lines}, {name}: body bytes f1 {:.4} precision {:.4} recall {:.4}, pages right {:.4}",
                found.f1, found.precision, found.recall, found.right
            );
            if found.f1 < least {
                missed.push((lines, name));
            }
        }
    }
    assert!(missed.is_empty(), "below the mark: {missed:?}");
}

/// The real articles, as one JSON object a line, and what is cut from them.
#[test]
fn real_articles_keep_their_text() {
    let Some(root) = shared() else {
        println!("skipped: no shared pages");
        return;
    };
    let file = unpacked(root.join("data/saudinewsnet-2015-07.jsonl.zst"));
    let archive = Archive::new(&file);
    let repeats = archive.count();
    let (mut scratch, mut out) = (Scratch::default(), Segments::default());
    let table = MarkerTable::default();
    let segmenter = Segmenter::new(&table, Some(&repeats));
    let (mut half, mut some) = (0, Vec::new());
    for (i, record) in archive.records.iter().enumerate() {
        segmenter.segment(&archive.page(i), &mut scratch, &mut out);
        assert!(tiles(&record.text, &out.segments), "{}", record.id);
        let kept: usize = out
            .segments
            .iter()
            .filter(|s| matches!(s.kind, SegmentKind::Body | SegmentKind::Title))
            .map(|s| s.span.len())
            .sum();
        half += usize::from(kept * 2 < record.text.len());
        if kept < record.text.len() {
            some.push((i, kept * 2 < record.text.len()));
        }
    }
    let all = archive.records.len();
    println!("articles: {all}, losing any {}, losing half {half}", some.len());
    if let Ok(step) = std::env::var("SHOW_CUTS") {
        let step: usize = step.parse().unwrap();
        for (n, &(i, lost_half)) in some.iter().enumerate() {
            if (n * 7919) % some.len() >= step && !lost_half {
                continue;
            }
            let record = &archive.records[i];
            segmenter.segment(&archive.page(i), &mut scratch, &mut out);
            println!("== {} half {lost_half} title {:?}", record.id, record.title);
            for s in &out.segments {
                let text = &record.text[s.span.range()];
                let most = if s.kind == SegmentKind::Body { 60 } else { 250 };
                let head: String = text.chars().take(most).collect();
                let count = text.chars().count();
                let tail: String = text.chars().skip(count.saturating_sub(60).max(most)).collect();
                println!("   {:12} {head:?} … {tail:?}", s.kind.as_str());
            }
        }
    }
    assert!(half * 200 <= all, "{half} of {all} articles lose more than half");
}

/// A kind, and how many lines it takes, blank ones counted with the line before.
type Lines = (SegmentKind, usize);

/// What a careful reader sees on the five scraped pages; and the day, the outlet's length in
/// bytes, and how many second stories there are.
const READ: [(&str, &[Lines], Option<&str>, usize); 5] = [
    (
        "000",
        &[
            (Title, 1),
            (Date, 1),
            (Body, 8),
            (Source, 1),
            (Keywords, 1),
            (RelatedHead, 1),
            (RelatedTitle, 1),
            (RelatedStory, 7),
        ],
        Some("2023-10-19"),
        21,
    ),
    (
        "001",
        &[
            (Title, 1),
            (Date, 1),
            (Body, 4),
            (Source, 1),
            (Keywords, 1),
            (RelatedHead, 1),
            (RelatedTitle, 1),
            (RelatedStory, 6),
            (Promo, 0),
        ],
        Some("2023-10-26"),
        10,
    ),
    (
        "002",
        &[
            (Title, 1),
            (Date, 1),
            (Body, 6),
            (RelatedHead, 1),
            (Source, 1),
            (Keywords, 1),
            (RelatedHead, 1),
            (RelatedTitle, 1),
            (RelatedStory, 6),
        ],
        Some("2023-10-13"),
        25,
    ),
    (
        "003",
        &[
            (Title, 1),
            (Date, 1),
            (Body, 18),
            (Source, 1),
            (Keywords, 1),
            (RelatedHead, 1),
            (RelatedTitle, 1),
            (RelatedStory, 0),
        ],
        Some("2024-02-13"),
        23,
    ),
    (
        "004",
        &[
            (Body, 8),
            (RelatedHead, 0),
            (RelatedTitle, 2),
            (Body, 4),
            (Source, 2),
            (Source, 2),
            (Keywords, 2),
            (RelatedHead, 2),
            (RelatedTitle, 2),
            (Promo, 2),
            (RelatedStory, 11),
            (RelatedHead, 2),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 1),
            (RelatedList, 0),
        ],
        None,
        9,
    ),
];

#[test]
fn scraped_pages_are_cut_as_a_reader_would() {
    let Some(root) = shared() else {
        println!("skipped: no shared pages");
        return;
    };
    let table = MarkerTable::default();
    let segmenter = Segmenter::new(&table, None);
    let folder = Folder::new(Profile::Standard);
    let (mut scratch, mut out) = (Scratch::default(), Segments::default());
    let mut files: Vec<_> =
        std::fs::read_dir(root.join("pages")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for (file, (name, want, day, outlet)) in files.iter().zip(READ) {
        assert!(file.file_name().unwrap().to_str().unwrap().starts_with(name));
        let text = std::fs::read_to_string(file).unwrap();
        let folded = folder.fold(&text);
        let page = PageText { title: &[], text: &text, folded: &folded };
        segmenter.segment(&page, &mut scratch, &mut out);
        let got: Vec<Lines> = out
            .segments
            .iter()
            .map(|s| (s.kind, text[s.span.range()].matches('\n').count()))
            .collect();
        assert_eq!(got, want, "{name}");
        assert_eq!(out.date.map(|d| d.to_string()).as_deref(), day, "{name}");
        assert_eq!(out.outlet.map(ByteSpan::len), Some(outlet), "{name}");
        assert_eq!(out.embedded.len(), 1, "{name}");
        assert!(out.embedded[0].title.is_some(), "{name}");
    }
}
