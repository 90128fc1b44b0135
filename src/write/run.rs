//! All files of a run, in the order in which they are written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::archive::{LeftOut, write_kept, write_left_out};
use super::blocks::{BlockIndex, write_blocks};
use super::clusters::{Removed, removed_parts, write_clusters, write_removed};
use super::cuts::{CutTotals, Editor};
use super::inputs::{input_digest, write_inputs};
use super::outlets::write_outlets;
use super::pairs::write_pairs;
use super::records::{ClusterLine, RejectLine, write_lines};
use super::segments::write_segments;
use super::stats::{
    Clock, Funnel, Ledger, LedgerBytes, LedgerWords, Stats, Throughput, peak_rss_bytes,
};
use super::{Manifest, OutDir, digest, hex};
use crate::cluster::{Contained, LostTable, Story, StoryBlock};
use crate::config::{MatchConfig, OutputConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::fold::FOLD_VERSION;
use crate::frequency::Frequencies;
use crate::machine::Machine;
use crate::pages::{PageId, PageTable};
use crate::passage::{PassageMaker, Scope};
use crate::progress::{Progress, Stage};
use crate::read::{Corpus, InputFile};
use crate::verify::{BlockPair, ExactCopies, SIMILARITY_STEPS, Verified};

/// Everything that is known when writing begins.
pub struct Outcome<'a> {
    /// The archive.
    pub corpus: &'a Corpus,
    /// Where its pages lie.
    pub table: &'a PageTable,
    /// Makes their passages.
    pub maker: &'a PassageMaker<'a>,
    /// Exact copies.
    pub exact: &'a ExactCopies,
    /// Scored pairs.
    pub verified: &'a Verified,
    /// Scored pairs with embedded stories.
    pub block_pairs: &'a [BlockPair],
    /// How rare words are, where that decided.
    pub frequencies: Option<&'a Frequencies>,
    /// Clusters, the largest first.
    pub stories: &'a [Story],
    /// What is lost with their copies, and with contained pages.
    pub lost: &'a LostTable,
    /// Pages removed because another holds their story.
    pub contained: &'a [Contained],
    /// Shared embedded stories.
    pub blocks: &'a [StoryBlock],
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
    /// The manifest with the inputs; it is to be written last.
    pub manifest: Manifest,
}

/// A run whose files are written but for those that name the hashes of its input.
pub struct Unsealed {
    /// What depends on those hashes is not in it yet, nor are times.
    stats: Stats,
    largest: Vec<ClusterLine>,
    rejects: Vec<RejectLine>,
}

/// Clusters and rejects that a summary names.
pub(super) const SUMMARY_LINES: usize = 5;

/// Writes all files but those of [`Unsealed::seal`], the report, the manifest and `_SUCCESS` into `dir`;
/// without a folder everything is made and counted, and nothing written.
///
/// # Errors
/// When a file cannot be written, or the caller cancels.
pub fn write_run(
    run: &Outcome<'_>,
    dir: Option<&OutDir>,
    mut funnel: Funnel,
    clock: &mut Clock<'_>,
    progress: &dyn Progress,
) -> Result<Unsealed> {
    let total: u64 = run.corpus.files().iter().map(InputFile::len).sum();
    let mut blocks = 0;
    let mut cuts = CutTotals::default();
    let mut said: Vec<String> = repeated_ids(run)?.into_iter().collect();
    let (largest, rejects, ledger) = clock.stage(Stage::Write, Some(total), || -> Result<_> {
        let mut removed = Vec::new();
        let largest = write_clusters(run, dir, &mut removed)?;
        removed.append(&mut removed_parts(run)?);
        // Pages are numbered as their records lie.
        removed.sort_by_key(Removed::page);
        let left_out: Vec<LeftOut> = removed.iter().map(|gone| gone.place(run)).collect();
        funnel.exact_removed = removed.iter().filter(|gone| gone.is_exact()).count() as u64;
        let rejects = reject_lines(run.corpus, run.table);
        let gone = not_kept(run, &left_out);
        let index = (run.matching.scope == Scope::Story).then(|| BlockIndex::new(run));
        let editor = match &index {
            Some(index) if run.output.cut_blocks || run.output.annotate => {
                Some(Editor::new(run, index, &gone)?)
            }
            _ => None,
        };
        if let Some(editor) = &editor {
            cuts = editor.write_cuts(dir, progress)?;
        }
        // A file is written by one thread, whatever its size.
        let archives = || match dir {
            Some(dir) => write_archives(run, dir, editor.as_ref(), &gone, &left_out, progress),
            None => Ok(()),
        };
        let mut warnings = Vec::new();
        let lists = || {
            if let Some(dir) = dir {
                write_removed(run, dir, &removed)?;
                write_lines(dir, "rejected.jsonl", &rejects)?;
                warnings.extend(write_outlets(run, dir)?);
                if run.matching.pairs {
                    funnel.pairs_left_out = write_pairs(run, dir)?;
                }
            }
            if let Some(index) = &index {
                blocks = write_blocks(run, index, dir)?;
            }
            if let Some((dir, frequencies)) = dir.zip(run.frequencies) {
                write_frequencies(dir, frequencies)?;
            }
            match dir.filter(|_| run.output.segments) {
                Some(dir) => write_segments(run, dir),
                None => Ok(()),
            }
        };
        let (archives, lists) = rayon::join(archives, lists);
        archives?;
        lists?;
        said.append(&mut warnings);
        said.append(&mut cuts.warnings);
        let ledger = ledger(run, &left_out, &cuts, total)?;
        let records = ledger.read;
        Ok(((largest, rejects, ledger), records, total))
    })?;
    let stats = Stats {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        fold_version: FOLD_VERSION,
        settings: settings(run)?,
        input_digest: String::new(),
        ledger,
        clusters: run.stories.iter().filter(|story| !story.copies.is_empty()).count() as u64,
        lone_versions: run.stories.iter().filter(|story| story.copies.is_empty()).count() as u64,
        families: families(run.stories),
        blocks,
        wordless: run.table.words.iter().filter(|&&words| words == 0).count() as u64,
        funnel,
        histograms: histograms(run),
        warnings: said,
        problems: run.corpus.problems().iter().map(ToString::to_string).collect(),
        stages: Vec::new(),
        throughput: Throughput::default(),
        peak_rss_bytes: 0,
        machine: Machine::this(),
        digest: String::new(),
    };
    Ok(Unsealed { stats, largest, rejects })
}

impl Unsealed {
    /// Writes `inputs.jsonl` and `stats.json`, given the SHA-256 of each file of the input.
    ///
    /// # Errors
    /// When a file cannot be written, or an input changed.
    pub fn seal(
        self,
        corpus: &Corpus,
        dir: Option<&OutDir>,
        sha256: &[[u8; 32]],
        clock: &Clock<'_>,
    ) -> Result<Reported> {
        let Self { mut stats, largest, rejects } = self;
        if let Some(dir) = dir {
            write_inputs(dir, corpus, sha256)?;
        }
        let changes = corpus.check_unchanged()?;
        let hashes: Vec<String> = sha256.iter().map(|hash| hex(hash)).collect();
        let said = corpus.warnings();
        let said = said.iter().chain(&changes).map(ToString::to_string);
        stats.warnings.splice(0..0, said);
        let names = corpus.files().iter().map(InputFile::name);
        stats.input_digest = input_digest(names.zip(hashes.iter().map(String::as_str)));
        stats.stages = clock.stages();
        stats.throughput = clock.throughput(stats.ledger.read, stats.ledger.bytes.read);
        stats.peak_rss_bytes = peak_rss_bytes();
        stats.digest = digest(&dir.map(OutDir::written).unwrap_or_default());
        if let Some(dir) = dir {
            let mut file = dir.file("stats.json")?;
            serde_json::to_writer_pretty(&mut file, &stats).map_err(|e| file.error(e.into()))?;
            file.finish()?;
        }
        let mut manifest = Manifest::default();
        for (file, hash) in corpus.files().iter().zip(&hashes) {
            manifest.input(file.output_name(), file.path(), hash);
        }
        let rejects = rejects.into_iter().take(SUMMARY_LINES).collect();
        Ok(Reported { stats, largest, rejects, manifest })
    }
}

/// The lines of `rejected.jsonl`.
pub fn reject_lines(corpus: &Corpus, table: &PageTable) -> Vec<RejectLine> {
    let line = |reject: &crate::error::Reject| RejectLine {
        path: corpus.files()[reject.file as usize].name().to_owned(),
        line: reject.line,
        offset: reject.offset,
        length: reject.length,
        code: reject.code.name().into(),
        error: reject.error.clone(),
    };
    table.rejects.iter().map(line).collect()
}

/// A warning about pages that share an id, as an archive has by mistake and a wrong field by nature.
fn repeated_ids(run: &Outcome<'_>) -> Result<Option<String>> {
    let Some((count, first)) = run.table.repeated_ids() else { return Ok(None) };
    let have = if count == 1 { "page has" } else { "pages have" };
    let first = id_of(run, first)?;
    Ok(Some(format!(
        "{count} {have} the id of an earlier one and are called by path and line, first {first}"
    )))
}

/// Writes `kept/`, without what is `gone`, and `removed/` and `rejected/`.
fn write_archives(
    run: &Outcome<'_>,
    dir: &OutDir,
    editor: Option<&Editor<'_>>,
    gone: &[LeftOut],
    left_out: &[LeftOut],
    progress: &dyn Progress,
) -> Result<()> {
    let kept = || match editor {
        _ if !run.output.kept => Ok(()),
        Some(editor) => editor.write_kept(dir, progress),
        None => write_kept(dir, run.corpus, gone, progress).map(drop),
    };
    let others = || {
        if run.output.removed {
            write_left_out(dir, "removed", run.corpus, left_out, progress)?;
            write_left_out(dir, "rejected", run.corpus, &refused(run), progress)?;
        }
        Ok(())
    };
    let (kept, others): (Result<()>, Result<()>) = rayon::join(kept, others);
    kept.and(others)
}

/// How many families the stories belong to.
fn families(stories: &[Story]) -> u64 {
    let mut families: Vec<PageId> = stories.iter().map(|story| story.family).collect();
    families.sort_unstable();
    families.dedup();
    families.len() as u64
}

/// Words of stories: all, of pages kept, of pages removed.
fn words(run: &Outcome<'_>, removed: &[LeftOut]) -> LedgerWords {
    let mut sums = LedgerWords::default();
    // Both are in the order of the input.
    let mut removed = removed.iter().peekable();
    for (&words, at) in run.table.words.iter().zip(&run.table.at) {
        let words = u64::from(words);
        sums.read += words;
        let is_here = |out: &&LeftOut| (out.file, out.offset) == (at.file, at.offset);
        match removed.next_if(is_here) {
            Some(_) => sums.removed += words,
            None => sums.kept += words,
        }
    }
    debug_assert!(removed.next().is_none(), "every removed page is a page");
    sums
}

/// All that `kept/` does not hold: removed pages and rejects, sorted.
fn not_kept(run: &Outcome<'_>, removed: &[LeftOut]) -> Vec<LeftOut> {
    let mut gone: Vec<LeftOut> = removed.iter().copied().chain(refused(run)).collect();
    gone.sort();
    gone
}

/// Where the rejects lie.
fn refused(run: &Outcome<'_>) -> Vec<LeftOut> {
    let place = |reject: &crate::error::Reject| LeftOut {
        file: reject.file,
        offset: reject.offset,
        length: reject.length,
    };
    run.table.rejects.iter().map(place).collect()
}

fn ledger(run: &Outcome<'_>, removed: &[LeftOut], cuts: &CutTotals, total: u64) -> Result<Ledger> {
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
        cut_pages: cuts.pages,
        bytes: LedgerBytes {
            read: total,
            kept: page_bytes - removed_bytes + blank,
            removed: removed_bytes,
            rejected: rejects.iter().map(|reject| reject.length).sum(),
            blank,
            cut: cuts.bytes,
        },
        words: words(run, removed),
    };
    if ledger.balances() {
        return Ok(ledger);
    }
    let reason = format!("the ledger does not balance: {ledger:?}");
    Err(Error::from(ErrorKind::GateFailed { reason }))
}

fn settings(run: &Outcome<'_>) -> Result<serde_json::Value> {
    let output = run.output;
    let banding = run.matching.validate()?;
    let mut settings = serde_json::to_value(run.matching).unwrap_or_default();
    settings["banding"] = serde_json::to_value(banding).unwrap_or_default();
    // They decide what a record in kept/ looks like.
    settings["cut_blocks"] = output.cut_blocks.into();
    settings["annotate"] = output.annotate.into();
    // It decides what a record is.
    settings["reading"] = serde_json::to_value(run.corpus.reading()).unwrap_or_default();
    Ok(settings)
}

fn histograms(run: &Outcome<'_>) -> BTreeMap<Cow<'static, str>, BTreeMap<String, u64>> {
    let mut sizes = BTreeMap::new();
    for story in run.stories {
        *sizes.entry(format!("{:06}", story.copies.len() + 1)).or_insert(0) += 1;
    }
    let mut scores = BTreeMap::new();
    for (step, &pairs) in run.verified.similarities.iter().enumerate().filter(|step| *step.1 > 0) {
        let from = step as f64 / SIMILARITY_STEPS as f64;
        scores.insert(format!("{from:.2}"), pairs);
    }
    let mut codes = BTreeMap::new();
    for reject in &run.table.rejects {
        *codes.entry(reject.code.name().to_owned()).or_insert(0) += 1;
    }
    BTreeMap::from([
        ("cluster_size".into(), sizes),
        ("pair_jaccard".into(), scores),
        ("reject_code".into(), codes),
    ])
}

/// The id of a page.
pub(super) fn id_of(run: &Outcome<'_>, page: PageId) -> Result<String> {
    run.table.id_alone(run.corpus, page)
}

/// Writes the frequencies that a reader decided by.
fn write_frequencies(dir: &OutDir, frequencies: &Frequencies) -> Result<()> {
    let file = dir.file("frequencies.bin.zst")?;
    let failed = |path: std::path::PathBuf| {
        move |source| Error::from(ErrorKind::OutputUnwritable { path, source })
    };
    let path = file.path().to_owned();
    let mut packed = zstd::Encoder::new(file, 1).map_err(failed(path.clone()))?;
    frequencies.write_to(&mut packed).map_err(failed(path.clone()))?;
    packed.finish().map_err(failed(path))?.finish()?;
    Ok(())
}
