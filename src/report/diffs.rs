//! Copies beside their keepers: what is the same, the same after folding, different, moved.
//!
//! The texts are the stories as marker phrases cut them out of their pages, with the alignment that
//! the judge of a run reads. Cost: 20 to 100 µs a pair.

use std::collections::{HashMap, HashSet};
use std::io::BufReader;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::clusters::PairOf;
use super::gather::Facts;
use super::pack::Block;
use super::texts::{PageText, Texts};
use crate::error::{ErrorKind, Result};
use crate::fold::{Folded, Folder};
use crate::frequency::Frequencies;
use crate::passage::{PassageMaker, PassageScratch, Scope};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::read::{MapChoice, PageRecord};
use crate::saved::open_file;
use crate::segment::Segmenter;
use crate::verify::{Comparison, DiffRun, FoldedText, Judge, RunKind};

/// Bytes of a story that is shown; longer ones are for `tikrar compare`.
const LONGEST: usize = 64 << 10;
/// Bytes of JSON after which a block is closed.
const BLOCK: usize = 256 << 10;
/// Pairs that are compared at a time.
const AT_ONCE: usize = 512;

/// Pairs of texts as data for the script.
#[derive(Debug, Default)]
pub(super) struct Diffs {
    pub(super) blocks: Vec<Block>,
    /// The first cluster of every block.
    pub(super) first: Vec<u32>,
    /// Pairs that are in the page.
    pub(super) shown: usize,
    /// Whether the run holds the bytes of its pages.
    pub(super) there: bool,
}

/// A copy and its keeper, laid side by side.
#[derive(Debug, Serialize)]
struct Beside {
    cluster: u32,
    member: u32,
    /// Kind, text of the keeper, text of the copy where it is another.
    runs: Vec<(u8, String, Option<String>)>,
    /// Numbers of runs in the order of the copy, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Vec<u32>>,
}

/// Compares as many of `pairs` as there is room for, in their order.
pub(super) fn compare(
    dir: &Path,
    facts: &Facts,
    map: MapChoice,
    room: u64,
    progress: &dyn Progress,
) -> Result<Diffs> {
    let (settings, pairs) = (&facts.settings, &facts.clusters.pairs);
    let mut diffs = Diffs::default();
    let wanted: HashSet<&str> =
        pairs.iter().flat_map(|pair| [pair.keep.as_str(), pair.copy.as_str()]).collect();
    let texts = Texts::read(dir, &wanted, &facts.stats, map, progress)?;
    diffs.there = texts.there;
    let frequencies = frequencies(dir);
    let markers = settings.marker_table()?;
    let maker = match settings.scope {
        Scope::Page => PassageMaker::pages(settings.fold),
        Scope::Story => PassageMaker::stories(settings.fold, Segmenter::new(&markers, None)),
    };
    let folder = Folder::new(settings.fold);
    let pool = Pool::new(|| (Judge::new(&frequencies), PassageScratch::default()));
    let mut packed = 0;
    let mut open: Vec<u8> = Vec::new();
    let mut open_pairs = (0, 0);
    let mut by_cluster = pairs.chunk_by(|a, b| a.cluster == b.cluster).peekable();
    while by_cluster.peek().is_some() {
        if progress.cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
        let mut batch: Vec<&[PairOf]> = Vec::new();
        let mut size = 0;
        while let Some(group) = by_cluster.next_if(|_| size < AT_ONCE) {
            size += group.len();
            batch.push(group);
        }
        let made: Vec<(u32, usize, Vec<u8>)> = batch
            .into_par_iter()
            .map(|group| {
                pool.lend(|(judge, scratch)| {
                    let mut stories = HashMap::new();
                    let mut json = Vec::new();
                    let mut number = 0;
                    for pair in group {
                        for id in [&pair.keep, &pair.copy] {
                            if let Some(page) = texts.of(id) {
                                let make = || story(&maker, &folder, page, scratch);
                                stories.entry(id.as_str()).or_insert_with(make);
                            }
                        }
                        let sides = [&pair.keep, &pair.copy].map(|id| stories.get(id.as_str()));
                        if let [Some(keep), Some(copy)] = sides
                            && keep.0.len() <= LONGEST
                            && copy.0.len() <= LONGEST
                        {
                            number += 1;
                            json.extend(if json.is_empty() { &b""[..] } else { b"," });
                            let beside = beside(judge, pair, keep, copy);
                            json.extend(serde_json::to_vec(&beside).unwrap_or_default());
                        }
                    }
                    (group[0].cluster, number, json)
                })
            })
            .collect();
        for (cluster, number, json) in made {
            if number == 0 {
                continue;
            }
            if open.is_empty() {
                open_pairs = (cluster, 0);
            } else {
                open.push(b',');
            }
            open_pairs.1 += number;
            open.extend(json);
            if open.len() >= BLOCK && !diffs.close(&mut open, open_pairs, &mut packed, room) {
                return Ok(diffs);
            }
        }
    }
    diffs.close(&mut open, open_pairs, &mut packed, room);
    Ok(diffs)
}

impl Diffs {
    /// Packs what is open; says whether there was room for it.
    fn close(
        &mut self,
        open: &mut Vec<u8>,
        (first, pairs): (u32, usize),
        packed: &mut u64,
        room: u64,
    ) -> bool {
        if open.is_empty() {
            return true;
        }
        let json = [b"[", open.as_slice(), b"]"].concat();
        open.clear();
        let block = Block::new(format!("d{}", self.blocks.len()), &json);
        *packed += block.len();
        if *packed > room {
            return false;
        }
        self.blocks.push(block);
        self.first.push(first);
        self.shown += pairs;
        true
    }
}

/// How rare words are in the run, or in general.
fn frequencies(dir: &Path) -> Frequencies {
    let stored = open_file(&dir.join("frequencies.bin.zst"))
        .and_then(|file| zstd::Decoder::new(BufReader::new(file)))
        .ok()
        .and_then(|mut stored| Frequencies::read_from(&mut stored).ok());
    stored.unwrap_or_else(Frequencies::built_in)
}

/// The text of a page's story and its fold.
fn story(
    maker: &PassageMaker<'_>,
    folder: &Folder,
    page: &PageText,
    scratch: &mut PassageScratch,
) -> (String, Folded) {
    let record = PageRecord {
        title: page.title.as_deref().map(Into::into),
        text: page.text.as_str().into(),
        ..PageRecord::default()
    };
    maker.make(&record, scratch);
    let segments = scratch.segments();
    let mut parts: Vec<&str> = Vec::new();
    if segments.title.is_none() {
        parts.extend(page.title.as_deref().map(str::trim));
    }
    if segments.segments.is_empty() {
        parts.push(page.text.trim());
    } else {
        parts.extend(segments.story.iter().map(|span| page.text[span.range()].trim()));
    }
    parts.retain(|part| !part.is_empty());
    let text = parts.join("\n");
    let folded = folder.fold(&text);
    (text, folded)
}

type Story = (String, Folded);

fn side(story: &Story) -> FoldedText<'_> {
    FoldedText { text: &story.0, folded: &story.1 }
}

fn beside(judge: &mut Judge<'_>, pair: &PairOf, keep: &Story, copy: &Story) -> Beside {
    let comparison: Comparison = judge.compare(side(keep), side(copy));
    let runs = &comparison.runs;
    // Every run takes the signs and spaces up to the next one of its text along.
    let a = with_signs(&keep.0, runs, |run| (run.words[0] > 0).then_some(run.a));
    let b = with_signs(&copy.0, runs, |run| (run.words[1] > 0).then_some(run.b));
    let mut in_b: Vec<u32> =
        (0..runs.len() as u32).filter(|&i| runs[i as usize].words[1] > 0).collect();
    let reading = in_b.clone();
    in_b.sort_by_key(|&i| (runs[i as usize].b.start, runs[i as usize].b.end));
    let rows = runs.iter().zip(a.into_iter().zip(b)).map(|(run, (a, b))| {
        let other = (run.kind != RunKind::Same || a.trim_end() != b.trim_end()).then_some(b);
        (run.kind as u8, a, other)
    });
    Beside {
        cluster: pair.cluster,
        member: pair.member,
        runs: rows.collect(),
        order: (in_b != reading).then_some(in_b),
    }
}

/// The text of every run of one side up to the next run of that side; what stands before the first
/// run belongs to it.
fn with_signs(
    text: &str,
    runs: &[DiffRun],
    span: impl Fn(&DiffRun) -> Option<crate::types::ByteSpan>,
) -> Vec<String> {
    let mut places: Vec<(u32, usize)> = runs
        .iter()
        .enumerate()
        .filter_map(|(i, run)| span(run).map(|span| (span.start, i)))
        .collect();
    places.sort_unstable();
    let mut out = vec![String::new(); runs.len()];
    for (nth, &(start, i)) in places.iter().enumerate() {
        let from = if nth == 0 { 0 } else { start as usize };
        let to = places.get(nth + 1).map_or(text.len(), |next| next.0 as usize);
        text.get(from..to).unwrap_or_default().clone_into(&mut out[i]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(keep: &str, copy: &str) -> Beside {
        let frequencies = Frequencies::built_in();
        let folder = Folder::new(crate::fold::Profile::Standard);
        let story = |text: &str| (text.to_owned(), folder.fold(text));
        let pair = PairOf { cluster: 0, member: 1, keep: "a".into(), copy: "b".into() };
        beside(&mut Judge::new(&frequencies), &pair, &story(keep), &story(copy))
    }

    #[test]
    fn the_runs_of_a_side_are_its_text() {
        let keep =
            "«افتتح» رئيس البلدية سوق السمك الجديد في الحي الشرقي أمس.\nوقال إن العمل انتهى.";
        let copy =
            "إفتتح رئيس البلديه سوق السمك الجديد في الحي الغربي أمس، وقال إن العمل انتهى اليوم.";
        let beside = compared(keep, copy);
        let a: String = beside.runs.iter().map(|run| run.1.as_str()).collect();
        assert_eq!(a, keep);
        let text = |i: usize| beside.runs[i].2.as_ref().unwrap_or(&beside.runs[i].1).as_str();
        let order = beside.order.clone().unwrap_or_else(|| (0..beside.runs.len() as u32).collect());
        let b: String = order.iter().map(|&i| text(i as usize)).collect();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&b), words(copy));
        let kinds: HashSet<u8> = beside.runs.iter().map(|run| run.0).collect();
        for kind in [RunKind::Same, RunKind::Folded, RunKind::Changed] {
            assert!(kinds.contains(&(kind as u8)), "{:?}", beside.runs);
        }
    }
}
