//! A run from files to files: one call a stage.

mod candidates;

use std::path::{Path, PathBuf};
use std::time::Instant;

use self::candidates::candidates;
use crate::background::Background;
use crate::cluster::{Decider, Pasted, Settled, lead_embedded, story_blocks};
use crate::config::{MatchBy, MatchConfig, Method, OutputConfig, SEED};
use crate::error::{ErrorKind, Result};
use crate::evaluate::{Found, SampleRecall, sample_recall};
use crate::pages::{PageId, ReadPlan, count_repeats, list_pages, read_pages};
use crate::passage::{PassageMaker, Scope};
use crate::progress::{Progress, Stage};
use crate::read::{Corpus, Input, InputFile, ReadOptions};
use crate::report::write_report;
use crate::segment::{MarkerTable, RepeatOptions, Repeats, Segmenter};
use crate::sketch::{Banding, MinHasher, SketchPlan};
use crate::verify::{
    ScoredPair, SetCache, Settling, Verifier, blocks_to_read, join_exact_copies, verify_blocks,
};
use crate::write::{
    Clock, ClusterLine, Funnel, OutDir, Outcome, RejectLine, Reported, SegmentsLine, Stats,
    Unsealed, each_page, reject_lines, write_run,
};

/// What a run hands back to its caller.
pub struct Finished {
    /// What `stats.json` says.
    pub stats: Stats,
    /// The published folder; `None` for a dry run.
    pub dir: Option<PathBuf>,
    /// What failed once the folder stood, for a person.
    pub warnings: Vec<String>,
    /// The largest clusters, for a summary.
    pub largest: Vec<ClusterLine>,
    /// The first rejects, for a summary.
    pub rejects: Vec<RejectLine>,
}

impl Finished {
    /// The exit code that the contract gives this run: 0, or 3 when an input could not be read, or
    /// not to its end.
    pub fn exit_code(&self) -> u8 {
        if self.stats.problems.is_empty() { 0 } else { 3 }
    }
}

/// Reads the inputs, finds copies, and writes the folder of the run.
///
/// In: files and folders, and stdin if `inputs` name it. Out: the files of the contract, published
/// whole. Runs on the current rayon pool; the result does not depend on its size.
///
/// # Errors
/// Settings that cannot work, an input that changed, an output that cannot be written, a cancelled
/// run. Nothing is published then. A file that cannot be read is no error here: see
/// [`Finished::exit_code`].
pub fn dedup(
    inputs: Vec<Input>,
    read: &ReadOptions,
    stdin: Option<Box<dyn std::io::Read + Send>>,
    matching: &MatchConfig,
    output: &OutputConfig,
    progress: &dyn Progress,
) -> Result<Finished> {
    let banding = matching.validate()?;
    output.validate(matching, &read.fields.text)?;
    let markers = matching.marker_table()?;
    let dir = if output.dry_run {
        None
    } else {
        Some(OutDir::create(&output.dir, output.force, &paths(&inputs))?)
    };
    let mut read = ReadOptions { strict: output.strict, ..read.clone() };
    if let Some(dir) = &dir {
        dir.partial().clone_into(&mut read.spool_dir);
        read.keep_all = output.removed;
    }
    let background = Background::new(progress);
    let mut clock = Clock::start(progress).with(&background);
    let corpus = clock.stage(Stage::Open, None, || {
        let corpus = Corpus::open(inputs, &read, stdin)?;
        if progress.cancelled() {
            return Err(ErrorKind::Interrupted.into());
        }
        let (files, bytes) = (corpus.files().len() as u64, total_bytes(&corpus));
        Ok((corpus, files, bytes))
    })?;
    let stages = || {
        let repeats = count(&corpus, matching.scope, &mut clock, progress)?;
        let plan = plan(matching, banding, Some(&read.spool_dir));
        let dir = dir.as_ref();
        compare(&corpus, repeats, &markers, matching, output, &plan, dir, &mut clock, progress)
    };
    let (run, since, sha256) = hash_beside(&corpus, stages, &background, progress)?;
    clock.waited(Stage::Hash, since, sha256.len() as u64, total_bytes(&corpus));
    let run = run.seal(&corpus, dir.as_ref(), &sha256, &clock)?;
    let Reported { stats, largest, rejects, manifest } = run;
    if let Some(dir) = &dir {
        if let Some(report) = &output.report {
            // Its time is in no file: the stages that it prints are those before it.
            Clock::start(progress).stage(Stage::Report, None, || {
                let made = write_report(dir, report, read.map)?;
                Ok(((), made.clusters as u64, made.bytes))
            })?;
        }
        manifest.write(dir)?;
    }
    let (dir, warnings) = match dir.map(OutDir::publish).transpose()? {
        Some(published) => (Some(published.dir), published.warnings),
        None => (None, Vec::new()),
    };
    Ok(Finished { stats, dir, warnings, largest, rejects })
}

/// Runs `stages`, and hashes the inputs on whatever thread they leave idle: the hash of a large file takes
/// one thread longer than many threads need for all else. Hands back when the stages were done, too.
fn hash_beside<T: Send>(
    corpus: &Corpus,
    stages: impl FnOnce() -> Result<T> + Send,
    background: &Background<'_>,
    progress: &dyn Progress,
) -> Result<(T, Instant, Vec<[u8; 32]>)> {
    let stages = || {
        let run = stages();
        match &run {
            Ok(_) => progress.start(Stage::Hash, None),
            Err(_) => background.give_up(),
        }
        (run, Instant::now())
    };
    let ((run, since), sha256) = rayon::join(stages, || corpus.sha256_inputs(background));
    Ok((run?, since, sha256?))
}

/// What `segment` says besides the lines it hands out.
pub struct Cut {
    /// Records that were not understood.
    pub rejects: Vec<RejectLine>,
    /// What is worth saying about the inputs.
    pub warnings: Vec<String>,
    /// Inputs that could not be read, or not to their end.
    pub problems: Vec<String>,
}

/// Cuts every page of the inputs and hands its parts to `sink`, in input order.
///
/// # Errors
/// Those of [`dedup`] about inputs and settings, and those of `sink`.
pub fn segment<E: From<crate::error::Error>>(
    inputs: Vec<Input>,
    read: &ReadOptions,
    stdin: Option<Box<dyn std::io::Read + Send>>,
    matching: &MatchConfig,
    strict: bool,
    progress: &dyn Progress,
    sink: impl FnMut(SegmentsLine) -> std::result::Result<(), E>,
) -> std::result::Result<Cut, E> {
    matching.validate()?;
    let markers = matching.marker_table()?;
    let mut clock = Clock::start(progress);
    let read = ReadOptions { strict, ..read.clone() };
    let corpus = Corpus::open(inputs, &read, stdin)?;
    if progress.cancelled() {
        return Err(E::from(ErrorKind::Interrupted.into()));
    }
    let repeats = count(&corpus, Scope::Story, &mut clock, progress)?;
    let maker = maker(matching, &markers, repeats.as_ref());
    let table = list_pages(&corpus, progress)?;
    each_page(&corpus, &table, &maker, sink)?;
    let mut warnings = corpus.warnings();
    warnings.extend(corpus.check_unchanged()?);
    Ok(Cut {
        rejects: reject_lines(&corpus, &table),
        warnings: warnings.iter().map(ToString::to_string).collect(),
        problems: corpus.problems().iter().map(ToString::to_string).collect(),
    })
}

/// Joins a sample of a run's pages exactly with all of them, and says what the run found of it.
/// The pages are read from `kept/` and `removed/`.
///
/// # Errors
/// When the run has no such folders, or they cannot be read.
pub fn measure_recall(
    dir: &Path,
    found: &Found,
    threshold: f64,
    sample: usize,
    progress: &dyn Progress,
) -> Result<SampleRecall> {
    let folders: Vec<PathBuf> = ["kept", "removed"]
        .iter()
        .map(|name| dir.join(name))
        .filter(|path| path.is_dir())
        .collect();
    if folders.len() < 2 {
        let reason =
            "it has no kept/ and removed/ to join a sample of; run dedup with both".to_owned();
        let value = dir.display().to_string();
        return Err(ErrorKind::BadSetting { setting: "DIR", value, reason }.into());
    }
    let inputs = folders.into_iter().map(Input::Path).collect();
    let matching = &found.settings;
    let banding = matching.validate()?;
    let markers = matching.marker_table()?;
    let mut clock = Clock::start(progress);
    let corpus = Corpus::open(inputs, &ReadOptions::default(), None)?;
    let repeats = count(&corpus, matching.scope, &mut clock, progress)?;
    let maker = maker(matching, &markers, repeats.as_ref());
    let (table, ..) = read_pages(&corpus, &maker, &plan(matching, banding, None), progress)?;
    let shingle = matching.long_shingle();
    sample_recall(&corpus, &table, &maker, shingle, threshold, sample, found)
}

/// Counts what repeats, where pages are to be cut.
///
/// # Errors
/// When the caller cancels.
pub fn count(
    corpus: &Corpus,
    scope: Scope,
    clock: &mut Clock<'_>,
    progress: &dyn Progress,
) -> Result<Option<Repeats>> {
    if scope == Scope::Page {
        return Ok(None);
    }
    let bytes = total_bytes(corpus);
    clock.stage(Stage::Count, Some(bytes), || {
        let (repeats, pages) = count_repeats(corpus, &RepeatOptions::default(), progress)?;
        Ok((Some(repeats), pages, bytes))
    })
}

pub(crate) fn maker<'a>(
    matching: &MatchConfig,
    markers: &'a MarkerTable,
    repeats: Option<&'a Repeats>,
) -> PassageMaker<'a> {
    match matching.scope {
        Scope::Page => PassageMaker::pages(matching.fold),
        Scope::Story => PassageMaker::stories(matching.fold, Segmenter::new(markers, repeats)),
    }
}

#[allow(clippy::too_many_arguments, reason = "the stages share everything that is known by now")]
fn compare(
    corpus: &Corpus,
    repeats: Option<Repeats>,
    markers: &MarkerTable,
    matching: &MatchConfig,
    output: &OutputConfig,
    plan: &ReadPlan,
    dir: Option<&OutDir>,
    clock: &mut Clock<'_>,
    progress: &dyn Progress,
) -> Result<Unsealed> {
    let bytes = total_bytes(corpus);
    let (mut table, mut sketches, frequencies) = clock.stage(Stage::Sketch, Some(bytes), || {
        let maker = maker(matching, markers, repeats.as_ref());
        let read = read_pages(corpus, &maker, plan, progress)?;
        let pages = read.0.len() as u64;
        Ok((read, pages, bytes))
    })?;
    let repeats = repeats.filter(|_| cuts_again(matching, output));
    let maker = &maker(matching, markers, repeats.as_ref());
    // Each is needed by one stage, which frees it.
    let story_hashes = std::mem::take(&mut table.story_hash);
    let anchors = std::mem::take(&mut sketches.anchors);
    let verifier = Verifier {
        corpus,
        table: &table,
        maker,
        sketches: &sketches,
        frequencies: &frequencies,
        match_by: matching.match_by,
        long: plan.long,
        short: plan.short,
        threshold: matching.threshold,
    };
    let id = |page: PageId| table.id_alone(corpus, page).unwrap_or_default();
    let decider = Decider {
        corpus,
        table: &table,
        maker,
        verifier: &verifier,
        link: matching.link,
        keep: &matching.keep,
        outlets: &matching.outlets,
        frequencies: &frequencies,
        max_lost_words: matching.max_lost_words,
        drop_contained: matching.drop_contained,
        id: &id,
    };

    let exact = clock.stage(Stage::Exact, None, || {
        let rank = |page| decider.preference(page);
        let exact = join_exact_copies(corpus, &table, story_hashes, maker, rank)?;
        let copies = exact.copies;
        Ok((exact, copies, 0))
    })?;
    let lead = lead_embedded(&table);

    let candidates = clock.stage(Stage::Band, None, || {
        let spill = plan.spill.as_deref();
        let found = candidates(matching, &table, &sketches, anchors, &exact, &lead, spill)?;
        let count = (found.stories.pairs.len() + found.blocks.len()) as u64;
        Ok((found, count, 0))
    })?;

    let all = verifies_all(matching);
    // A component is settled as soon as its pairs are scored, while its stories are at hand; the few
    // that are too large for that are settled in the next stage.
    let settle = |pairs: &[ScoredPair], cache: &mut SetCache<'_>, settled: &mut Settled| {
        decider.settle(pairs, cache, settled)
    };
    let mut settled = Settled::default();
    let mut funnel = Funnel::new(&exact, &candidates.stories);
    let (pairs, blocks) = (candidates.stories.pairs, candidates.blocks);
    let reader = (matching.match_by == MatchBy::Reader).then_some(&frequencies);
    let (Settling { verified, unsettled }, block_pairs) =
        clock.stage(Stage::Verify, None, || {
            let gather = |some: &mut Settled| settled.append(some);
            let stories = verifier.verify(pairs, all, settle, gather, progress)?;
            let count = stories.verified.scored + blocks.len() as u64;
            let blocks = blocks_to_read(&table, &sketches.long, blocks, all);
            let blocks = verify_blocks(corpus, &table, maker, plan.long, blocks, reader, progress)?;
            Ok(((stories, blocks), count, 0))
        })?;
    funnel.verify(&verified);

    let (stories, contained, lost, blocks) = clock.stage(Stage::Cluster, None, || {
        settled.append(&mut decider.settle_large(&unsettled)?);
        drop(unsettled);
        let clusters = decider.clusters(&verified, &settled);
        funnel.cut_edges = clusters.cut_edges;
        funnel.untried = clusters.untried;
        let story_of = |page: PageId| clusters.anchor[exact.stands_for[page as usize] as usize];
        let blocks = story_blocks(&table, &lead, &block_pairs, story_of);
        let mut pasted = Pasted::new(&table, lead, blocks.iter().cloned(), story_of);
        let stories = decider.stories(&clusters, &exact, &mut settled, &mut pasted)?;
        let Settled { gathered, mut lost } = settled;
        drop(gathered);
        let contained = decider.contained(&verified, &stories, &mut lost, &mut pasted)?;
        let count = stories.len() as u64;
        Ok(((stories, contained, lost, blocks), count, 0))
    })?;

    // Writing needs memory of its own.
    drop(sketches);
    let outcome = Outcome {
        corpus,
        table: &table,
        maker,
        exact: &exact,
        verified: &verified,
        block_pairs: &block_pairs,
        frequencies: reader,
        stories: &stories,
        lost: &lost,
        contained: &contained,
        blocks: &blocks,
        matching,
        output,
    };
    write_run(&outcome, dir, funnel, clock, progress)
}

/// Whether pages are cut once more when they are written. Passages are made again from where they were
/// found, for which nothing need be known of what repeats.
fn cuts_again(matching: &MatchConfig, output: &OutputConfig) -> bool {
    output.segments || output.cut_blocks || output.annotate || matching.pairs
}

/// Whether more is wanted of pairs than which are copies.
fn verifies_all(matching: &MatchConfig) -> bool {
    matching.pairs || matching.drop_contained
}

fn plan(matching: &MatchConfig, banding: Banding, spill: Option<&Path>) -> ReadPlan {
    let hasher = MinHasher::new(matching.minhash, matching.signature as usize, SEED);
    let simhash = matching.method == Method::Simhash;
    ReadPlan {
        sketch: SketchPlan { hasher, banding, simhash },
        long: matching.long_shingle(),
        short: matching.shingle.is_none(),
        anchors: matching.scope == Scope::Story || wants_runs(matching),
        frequencies: matching.match_by == MatchBy::Reader,
        spill: spill.map(Path::to_owned),
    }
}

/// Whether stories are compared that share a run of text without being near copies.
fn wants_runs(matching: &MatchConfig) -> bool {
    let contained = matching.drop_contained || matching.pairs && matching.scope == Scope::Story;
    matching.method == Method::Minhash && (matching.match_by == MatchBy::Reader || contained)
}
fn paths(inputs: &[Input]) -> Vec<PathBuf> {
    let path = |input: &Input| match input {
        Input::Path(path) => Some(path.clone()),
        Input::Stdin => None,
    };
    inputs.iter().filter_map(path).collect()
}

fn total_bytes(corpus: &Corpus) -> u64 {
    corpus.files().iter().map(InputFile::len).sum()
}
