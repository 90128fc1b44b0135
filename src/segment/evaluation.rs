//! Scores of the cutter on the pages with known truth, where they are at hand.

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
    folded: Vec<Folded>,
}

impl Archive {
    fn new(jsonl: &str) -> Self {
        let records: Vec<Record> =
            jsonl.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let folder = Folder::new(Profile::Standard);
        let folded = records.iter().map(|r| folder.fold(&r.text)).collect();
        Self { records, folded }
    }

    fn page(&self, i: usize) -> PageText<'_> {
        let r = &self.records[i];
        PageText { title: r.title.as_deref(), text: &r.text, folded: &self.folded[i] }
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
    let archive = Archive::new(&unpacked(root.join("eval/pages.jsonl.zst")));
    let mut truth: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for r in &archive.records {
        truth.insert(r.id.clone(), Vec::new());
    }
    for line in unpacked(root.join("eval/spans.tsv.zst")).lines() {
        let q: Vec<&str> = line.split('\t').collect();
        if q[1] == "body" {
            truth.get_mut(q[0]).unwrap().push((q[2].parse().unwrap(), q[3].parse().unwrap()));
        }
    }
    let repeats = archive.count();
    for (name, table, repeats, least) in [
        ("markers", MarkerTable::default(), None, 0.995),
        ("both", MarkerTable::default(), Some(&repeats), 0.997),
        ("repetition", MarkerTable::none(), Some(&repeats), 0.92),
    ] {
        let found = score(&archive, &truth, &Segmenter::new(&table, repeats));
        println!("{name}: {found:?}");
        assert!(found.f1 >= least, "{name}: {found:?}");
    }
}
