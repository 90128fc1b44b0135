//! All files of a run, in the order in which they are written.

use std::collections::BTreeMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_128;

use super::archive::{LeftOut, write_kept, write_removed};
use super::records::{
    ClusterLine, MemberLine, PairLine, RejectLine, RemovedLine, Role, similarity, write_lines,
};
use super::stats::{Clock, Funnel, Ledger, LedgerBytes, Stats, peak_rss_bytes};
use super::{Manifest, OutDir, digest, hex};
use crate::cluster::{Member, Story};
use crate::config::{MatchConfig, OutputConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::fold::FOLD_VERSION;
use crate::pages::{PageId, PageTable};
use crate::progress::{Progress, Stage};
use crate::read::Corpus;
use crate::verify::{ExactCopies, PairScore, Verified};

/// Everything that is known when writing begins.
pub struct Outcome<'a> {
    /// The archive.
    pub corpus: &'a Corpus,
    /// Where its pages lie.
    pub table: &'a PageTable,
    /// Exact copies.
    pub exact: &'a ExactCopies,
    /// Scored pairs.
    pub verified: &'a Verified,
    /// Clusters, the largest first.
    pub stories: &'a [Story],
    /// What decided.
    pub matching: &'a MatchConfig,
    /// What is to be written.
    pub output: &'a OutputConfig,
}

/// What writing hands back for a summary.
pub struct Reported {
    /// `stats.json`.
    pub stats: Stats,
    /// The largest clusters.
    pub largest: Vec<ClusterLine>,
    /// The first rejects.
    pub rejects: Vec<RejectLine>,
}

/// Clusters and rejects that a summary names.
const SUMMARY_LINES: usize = 5;

/// Clusters whose lines are made at a time.
const BATCH: usize = 4096;

/// Pairs between two classes of exact copies that `pairs.jsonl` spells out; beyond that only the
/// pairs with the pages that stand for the classes are.
const SPELLED_OUT: usize = 10_000;

/// Writes all files but `_SUCCESS` into `dir`; without a folder everything is made and counted,
/// and nothing written.
///
/// # Errors
/// When a file cannot be written, an input changed, or the caller cancels.
pub fn write_run(
    run: &Outcome<'_>,
    dir: Option<&OutDir>,
    mut funnel: Funnel,
    clock: &mut Clock<'_>,
    progress: &dyn Progress,
) -> Result<Reported> {
    let total: u64 = run
        .corpus
        .files()
        .iter()
        .map(crate::read::InputFile::len)
        .sum();
    let (largest, rejects, ledger, changes) =
        clock.stage(Stage::Write, Some(total), || -> Result<_> {
            let mut removed = Vec::new();
            let largest = write_clusters(run, dir, &mut removed)?;
            removed.sort_by_key(|(out, _)| *out);
            let (left_out, lines): (Vec<LeftOut>, Vec<RemovedLine>) = removed.into_iter().unzip();
            funnel.exact_removed =
                lines.iter().filter(|line| line.reason == "exact").count() as u64;
            let rejects = reject_lines(run);
            if let Some(dir) = dir {
                write_lines(dir, "removed.jsonl", &lines)?;
                write_lines(dir, "rejected.jsonl", &rejects)?;
                if run.matching.pairs {
                    funnel.pairs_left_out = write_pairs(run, dir)?;
                }
                if run.output.kept {
                    let mut gone = left_out.clone();
                    gone.extend(run.table.rejects.iter().map(|reject| LeftOut {
                        file: reject.file,
                        offset: reject.offset,
                        length: reject.length,
                    }));
                    gone.sort();
                    write_kept(dir, run.corpus, &gone, progress)?;
                }
                if run.output.removed {
                    write_removed(dir, run.corpus, &left_out, progress)?;
                }
            }
            let ledger = ledger(run, &left_out, total)?;
            let changes = run.corpus.check_unchanged()?;
            let records = ledger.read;
            Ok(((largest, rejects, ledger, changes), records, total))
        })?;
    let hashes: Vec<String> = run.corpus.sha256_inputs()?.iter().map(|h| hex(h)).collect();
    let written = dir.map(OutDir::written).unwrap_or_default();
    let mut warnings: Vec<String> = run
        .corpus
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    warnings.extend(changes.iter().map(ToString::to_string));
    let stats = Stats {
        schema: 1,
        version: env!("CARGO_PKG_VERSION"),
        fold_version: FOLD_VERSION,
        settings: settings(run.matching)?,
        input_digest: input_digest(run.corpus, &hashes),
        ledger,
        clusters: run.stories.len() as u64,
        families: {
            let mut families: Vec<PageId> = run.stories.iter().map(|story| story.family).collect();
            families.sort_unstable();
            families.dedup();
            families.len() as u64
        },
        wordless: run.table.words.iter().filter(|&&words| words == 0).count() as u64,
        funnel,
        histograms: histograms(run),
        warnings,
        problems: run
            .corpus
            .problems()
            .iter()
            .map(ToString::to_string)
            .collect(),
        stages: clock.stages(),
        throughput: clock.throughput(ledger.read, total),
        peak_rss_bytes: peak_rss_bytes(),
        digest: digest(&written),
    };
    if let Some(dir) = dir {
        let mut file = dir.file("stats.json")?;
        serde_json::to_writer_pretty(&mut file, &stats).map_err(|e| file.error(e.into()))?;
        file.finish()?;
        let mut manifest = Manifest::default();
        for (file, hash) in run.corpus.files().iter().zip(&hashes) {
            manifest.input(file.output_name(), file.path(), hash);
        }
        manifest.write(dir)?;
    }
    let rejects = rejects.into_iter().take(SUMMARY_LINES).collect();
    Ok(Reported {
        stats,
        largest,
        rejects,
    })
}

type Removed = (LeftOut, RemovedLine);

/// Writes `clusters.jsonl`, gathers what is removed, and returns the first lines.
fn write_clusters(
    run: &Outcome<'_>,
    dir: Option<&OutDir>,
    removed: &mut Vec<Removed>,
) -> Result<Vec<ClusterLine>> {
    let mut largest = Vec::new();
    let batches = run.stories.chunks(BATCH).map(|stories| {
        let made: Vec<(ClusterLine, Vec<Removed>)> = stories
            .par_iter()
            .map(|story| cluster_line(run, story))
            .collect::<Result<_>>()?;
        Ok(made)
    });
    let mut file = dir.map(|dir| dir.file("clusters.jsonl")).transpose()?;
    for batch in batches {
        let batch: Result<Vec<_>> = batch;
        for (line, gone) in batch? {
            removed.extend(gone);
            if let Some(file) = &mut file {
                file.line(&line)?;
            }
            if largest.len() < SUMMARY_LINES {
                largest.push(line);
            }
        }
    }
    if let Some(file) = file {
        file.finish()?;
    }
    Ok(largest)
}

fn cluster_line(run: &Outcome<'_>, story: &Story) -> Result<(ClusterLine, Vec<Removed>)> {
    let keeper = describe(run, story.keep)?;
    let mut ids = vec![keeper.id.clone()];
    let mut members = vec![MemberLine {
        similarity: 1.0,
        relation: "self",
        role: Role::Keep,
        removed: false,
        ..keeper.clone()
    }];
    for copy in &story.copies {
        let page = describe(run, copy.page)?;
        ids.push(page.id.clone());
        members.push(MemberLine {
            similarity: similarity(copy.similarity),
            relation: if copy.exact { "exact" } else { "copy" },
            role: Role::Copy,
            removed: copy.removed,
            ..page
        });
    }
    ids.sort();
    let cluster = name_of("cluster", &ids);
    let removed = story
        .copies
        .iter()
        .zip(&members[1..])
        .filter(|(copy, _)| copy.removed)
        .map(|(copy, member)| removed_line(run, copy, member, &cluster, &keeper.id))
        .collect();
    let family = describe(run, story.family)?.id;
    let days = || members.iter().filter_map(|member| member.date.clone());
    let mut outlets: Vec<String> = members.iter().filter_map(|m| m.outlet.clone()).collect();
    outlets.sort();
    outlets.dedup();
    let record = run.table.record(run.corpus, story.keep)?;
    let line = ClusterLine {
        family: name_of("family", &[family]),
        size: members.len(),
        outlets,
        first_day: days().min(),
        last_day: days().max(),
        title: headline(record.title.as_deref(), &record.text),
        keep: keeper.id,
        keep_reason: story.keep_reason.reason().to_owned(),
        cluster,
        members,
    };
    Ok((line, removed))
}

/// The title, or the beginning of the first line.
fn headline(title: Option<&str>, text: &str) -> String {
    const LONGEST: usize = 120;
    let line = title
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| text.trim_start().lines().next().unwrap_or_default().trim());
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn removed_line(
    run: &Outcome<'_>,
    copy: &Member,
    member: &MemberLine,
    cluster: &str,
    keep: &str,
) -> Removed {
    let at = run.table.at[copy.page as usize];
    let line = RemovedLine {
        id: member.id.clone(),
        path: run.corpus.files()[at.file as usize].name().to_owned(),
        offset: at.offset,
        length: u64::from(at.length),
        sha256: hex(&Sha256::digest(run.corpus.record_bytes(at))),
        reason: if copy.exact { "exact" } else { "copy" },
        cluster: cluster.to_owned(),
        keep: keep.to_owned(),
        similarity: member.similarity,
        lost_words: copy.lost.count,
        lost_rarest: copy.lost.rarest.clone(),
    };
    (
        LeftOut {
            file: at.file,
            offset: at.offset,
            length: u64::from(at.length),
        },
        line,
    )
}

/// A stable name from ids: 64 of the 128 bits of their hash.
fn name_of(kind: &str, ids: &[String]) -> String {
    let mut bytes = kind.as_bytes().to_vec();
    for id in ids {
        // The length goes in, so that no two lists of ids run together into the same bytes.
        bytes.extend_from_slice(&(id.len() as u64).to_le_bytes());
        bytes.extend_from_slice(id.as_bytes());
    }
    format!("{:016x}", (xxh3_128(&bytes) >> 64) as u64)
}

/// Who a page is; its part in the cluster is filled in by the caller.
fn describe(run: &Outcome<'_>, page: PageId) -> Result<MemberLine> {
    let record = run.table.record(run.corpus, page)?;
    Ok(MemberLine {
        id: run.table.id(run.corpus, page, &record),
        outlet: record.outlet.map(std::borrow::Cow::into_owned),
        date: run.table.day[page as usize].map(|day| day.to_string()),
        url: record.url.map(std::borrow::Cow::into_owned),
        similarity: 1.0,
        relation: "self",
        role: Role::Keep,
        removed: false,
    })
}

fn reject_lines(run: &Outcome<'_>) -> Vec<RejectLine> {
    let line = |reject: &crate::error::Reject| RejectLine {
        path: run.corpus.files()[reject.file as usize].name().to_owned(),
        line: reject.line,
        offset: reject.offset,
        length: reject.length,
        code: reject.code.name(),
        error: reject.error.clone(),
    };
    run.table.rejects.iter().map(line).collect()
}

/// Writes `pairs.jsonl`: every scored pair, spelled out over exact copies. Returns how many pairs
/// were too many to spell out.
fn write_pairs(run: &Outcome<'_>, dir: &OutDir) -> Result<u64> {
    let classes = run.exact.classes();
    let class = |page: PageId| match classes.binary_search_by_key(&page, |class| class[0]) {
        Ok(at) => classes[at].clone(),
        Err(_) => vec![page],
    };
    let mut rows: Vec<(PageId, PageId, PairScore, bool)> = Vec::new();
    let mut left_out = 0;
    let mut push = |a: PageId, b: PageId, score: PairScore, accepted| {
        let turned = PairScore {
            a_in_b: score.b_in_a,
            b_in_a: score.a_in_b,
            ..score
        };
        rows.push(if a < b {
            (a, b, score, accepted)
        } else {
            (b, a, turned, accepted)
        });
    };
    for class in &classes {
        let same = PairScore {
            jaccard: 1.0,
            a_in_b: 1.0,
            b_in_a: 1.0,
            shared: 0,
        };
        let pairs = class.len() * (class.len() - 1) / 2;
        if pairs > SPELLED_OUT {
            left_out += (pairs - (class.len() - 1)) as u64;
        }
        for (i, &a) in class.iter().enumerate() {
            if i == 0 || pairs <= SPELLED_OUT {
                class[i + 1..].iter().for_each(|&b| push(a, b, same, true));
            }
        }
    }
    for pair in &run.verified.pairs {
        let (left, right) = (class(pair.a), class(pair.b));
        let pairs = left.len() * right.len();
        let spelled_out = pairs <= SPELLED_OUT;
        if !spelled_out {
            left_out += (pairs + 1 - left.len() - right.len()) as u64;
        }
        for (i, &a) in left.iter().enumerate() {
            for (j, &b) in right.iter().enumerate() {
                if spelled_out || i == 0 || j == 0 {
                    push(a, b, pair.score, pair.accepted);
                }
            }
        }
    }
    rows.par_sort_unstable_by_key(|row| (row.0, row.1));
    let mut file = dir.file("pairs.jsonl")?;
    for batch in rows.chunks(BATCH) {
        let lines: Vec<PairLine> = batch
            .par_iter()
            .map(|row| pair_line(run, *row))
            .collect::<Result<_>>()?;
        lines.iter().try_for_each(|line| file.line(line))?;
    }
    file.finish()?;
    Ok(left_out)
}

fn pair_line(run: &Outcome<'_>, row: (PageId, PageId, PairScore, bool)) -> Result<PairLine> {
    let (a, b, score, accepted) = row;
    let id = |page| -> Result<String> {
        Ok(run
            .table
            .id(run.corpus, page, &run.table.record(run.corpus, page)?))
    };
    Ok(PairLine {
        a: id(a)?,
        b: id(b)?,
        a_part: "story".to_owned(),
        b_part: "story".to_owned(),
        relation: match (accepted, score.jaccard > 0.0) {
            (true, _) => "copy",
            (false, true) => "overlaps",
            (false, false) => "none",
        },
        jaccard: similarity(score.jaccard),
        a_in_b: similarity(score.a_in_b),
        b_in_a: similarity(score.b_in_a),
        accepted,
    })
}

fn ledger(run: &Outcome<'_>, removed: &[LeftOut], total: u64) -> Result<Ledger> {
    let rejects = &run.table.rejects;
    let pages = run.table.len() as u64;
    let page_bytes: u64 = run.table.at.iter().map(|at| u64::from(at.length)).sum();
    let removed_bytes: u64 = removed.iter().map(|out| out.length).sum();
    let blank = run.table.blank_bytes;
    let ledger = Ledger {
        read: pages + rejects.len() as u64,
        kept: pages - removed.len() as u64,
        removed: removed.len() as u64,
        rejected: rejects.len() as u64,
        bytes: LedgerBytes {
            read: total,
            kept: page_bytes - removed_bytes + blank,
            removed: removed_bytes,
            rejected: rejects.iter().map(|reject| reject.length).sum(),
            blank,
        },
    };
    if ledger.balances() {
        return Ok(ledger);
    }
    let reason = format!("the ledger does not balance: {ledger:?}");
    Err(Error::from(ErrorKind::GateFailed { reason }))
}

fn settings(matching: &MatchConfig) -> Result<serde_json::Value> {
    let banding = matching.validate()?;
    let mut settings = serde_json::to_value(matching).unwrap_or_default();
    settings["banding"] = serde_json::to_value(banding).unwrap_or_default();
    Ok(settings)
}

fn input_digest(corpus: &Corpus, hashes: &[String]) -> String {
    let mut sha = Sha256::new();
    for (file, hash) in corpus.files().iter().zip(hashes) {
        sha.update(format!("{hash}  {}\n", file.name()));
    }
    hex(&sha.finalize())
}

fn histograms(run: &Outcome<'_>) -> BTreeMap<&'static str, BTreeMap<String, u64>> {
    let mut sizes = BTreeMap::new();
    for story in run.stories {
        *sizes
            .entry(format!("{:06}", story.copies.len() + 1))
            .or_insert(0) += 1;
    }
    let mut scores = BTreeMap::new();
    for pair in &run.verified.pairs {
        let step = ((pair.score.jaccard * 20.0) as u32).min(19);
        *scores
            .entry(format!("{:.2}", f64::from(step) / 20.0))
            .or_insert(0) += 1;
    }
    let mut codes = BTreeMap::new();
    for reject in &run.table.rejects {
        *codes.entry(reject.code.name().to_owned()).or_insert(0) += 1;
    }
    BTreeMap::from([
        ("cluster_size", sizes),
        ("pair_jaccard", scores),
        ("reject_code", codes),
    ])
}
