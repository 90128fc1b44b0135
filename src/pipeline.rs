//! A run from files to files: one call a stage.

use crate::band::{Candidates, band_candidates, hamming_candidates};
use crate::cluster::{Decider, Measure, cluster};
use crate::config::{MatchConfig, Method, OutputConfig, SEED};
use crate::error::{ErrorKind, Location, Result};
use crate::fold::Folder;
use crate::pages::{PageId, SketchPlan, Sketches, read_pages};
use crate::passage::StoryMaker;
use crate::progress::{Progress, Stage};
use crate::read::{Corpus, Input, ReadOptions};
use crate::sketch::{MinHasher, Row, SketchMatrix};
use crate::verify::{Frequencies, SetCache, Verified, Verifier, join_exact_copies};
use crate::write::{Clock, Funnel, OutDir, Outcome, Stats, write_run};

/// What a run hands back to its caller.
pub struct Finished {
    /// What `stats.json` says.
    pub stats: Stats,
    /// The published folder; `None` for a dry run.
    pub dir: Option<std::path::PathBuf>,
    /// The largest clusters, for a summary.
    pub largest: Vec<crate::write::ClusterLine>,
    /// The first rejects, for a summary.
    pub rejects: Vec<crate::write::RejectLine>,
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
    let dir = if output.dry_run {
        None
    } else {
        Some(OutDir::create(&output.dir, output.force, &paths(&inputs))?)
    };
    let mut read = read.clone();
    if let Some(dir) = &dir {
        dir.partial().clone_into(&mut read.spool_dir);
    }
    let mut clock = Clock::start(progress);

    let corpus = clock.stage(Stage::Open, None, || {
        let corpus = Corpus::open(inputs, &read, stdin)?;
        let (files, bytes) = (corpus.files().len() as u64, total_bytes(&corpus));
        Ok((corpus, files, bytes))
    })?;
    let bytes = total_bytes(&corpus);

    let maker = StoryMaker::new(Folder::new(matching.fold));
    let plan = SketchPlan {
        hasher: MinHasher::new(matching.minhash, matching.signature as usize, SEED),
        banding,
        long: matching.long_shingle(),
        short: matching.shingle.is_none(),
    };
    let (table, sketches) = clock.stage(Stage::Sketch, Some(bytes), || {
        let (table, sketches) = read_pages(&corpus, &maker, &plan, progress)?;
        let pages = table.len() as u64;
        Ok(((table, sketches), pages, bytes))
    })?;
    if let Some(reject) = table.rejects.first().filter(|_| output.strict) {
        let path = corpus.files()[reject.file as usize].name().to_owned();
        let location = Location {
            path,
            line: reject.line,
            byte: reject.offset,
        };
        let error = reject.error.clone();
        return Err(ErrorKind::Rejected {
            location,
            code: reject.code,
            error,
        }
        .into());
    }

    let frequencies = Frequencies::built_in();
    let verifier = Verifier {
        corpus: &corpus,
        table: &table,
        maker: &maker,
        sketches: &sketches,
        long: plan.long,
        short: plan.short,
        threshold: matching.threshold,
    };
    let decider = Decider {
        corpus: &corpus,
        table: &table,
        maker: &maker,
        verifier: &verifier,
        keep: &matching.keep,
        outlets: &matching.outlets,
        frequencies: &frequencies,
        max_lost_words: matching.max_lost_words,
    };
    let mut funnel = Funnel::default();

    let exact = clock.stage(Stage::Exact, None, || {
        let rank = |page| decider.preference(page);
        let exact = join_exact_copies(&corpus, &table, &maker, rank)?;
        let copies = exact.copies;
        Ok((exact, copies, 0))
    })?;
    funnel.exact_copies = exact.copies;

    let candidates = clock.stage(Stage::Band, None, || {
        let found = candidates(matching, &sketches, |page| exact.leads(page));
        let count = found.pairs.len() as u64;
        Ok((found, count, 0))
    })?;
    funnel.candidates = candidates.pairs.len() as u64;
    funnel.hot_buckets = candidates.hot_buckets;
    funnel.cut_pairs = candidates.cut_pairs;

    let verified = clock.stage(Stage::Verify, None, || {
        let verified = verifier.verify(&candidates.pairs, matching.pairs, progress)?;
        let count = verified.pairs.len() as u64;
        Ok((verified, count, 0))
    })?;
    funnel.far_below = verified.far_below;
    funnel.verified = verified.pairs.len() as u64;
    funnel.accepted = verified.pairs.iter().filter(|pair| pair.accepted).count() as u64;

    let stories = clock.stage(Stage::Cluster, None, || {
        let edges = accepted(&verified);
        let preference = |page| decider.preference(page).ok();
        let clusters = cluster(
            table.len(),
            &edges,
            matching.link,
            preference,
            &TextMeasure(&verifier),
        );
        funnel.cut_edges = clusters.cut_edges;
        funnel.untried = clusters.untried;
        let stories = decider.stories(&clusters, &exact)?;
        let count = stories.len() as u64;
        Ok((stories, count, 0))
    })?;

    let outcome = Outcome {
        corpus: &corpus,
        table: &table,
        exact: &exact,
        verified: &verified,
        stories: &stories,
        matching,
        output,
    };
    let run = write_run(&outcome, dir.as_ref(), funnel, &mut clock, progress)?;
    let published = dir.map(OutDir::publish).transpose()?;
    Ok(Finished {
        stats: run.stats,
        dir: published,
        largest: run.largest,
        rejects: run.rejects,
    })
}

fn paths(inputs: &[Input]) -> Vec<std::path::PathBuf> {
    let path = |input: &Input| match input {
        Input::Path(path) => Some(path.clone()),
        Input::Stdin => None,
    };
    inputs.iter().filter_map(path).collect()
}

fn total_bytes(corpus: &Corpus) -> u64 {
    corpus.files().iter().map(crate::read::InputFile::len).sum()
}

/// Pairs of pages worth scoring, from the sketches of long and of short stories.
fn candidates(
    matching: &MatchConfig,
    sketches: &Sketches,
    leads: impl Fn(PageId) -> bool + Sync,
) -> Candidates {
    let find = |matrix: &SketchMatrix| {
        let page = |row: Row| matrix.passages()[row as usize];
        let mut found = match matching.method {
            Method::Minhash => band_candidates(matrix, |row| leads(page(row))),
            Method::Simhash => hamming_candidates(matrix, matching.hamming, |row| leads(page(row))),
        };
        // Rows ascend with their pages, so the order of pairs stays.
        for pair in &mut found.pairs {
            *pair = (page(pair.0), page(pair.1));
        }
        found
    };
    let mut all = find(&sketches.long);
    all.join(find(&sketches.short));
    all
}

fn accepted(verified: &Verified) -> Vec<(PageId, PageId, f64)> {
    let accepted = verified.pairs.iter().filter(|pair| pair.accepted);
    accepted
        .map(|pair| (pair.a, pair.b, pair.score.jaccard))
        .collect()
}

/// Compares a page with an anchor from their texts, unless their sketches rule a copy out.
struct TextMeasure<'a>(&'a Verifier<'a>);

impl Measure for TextMeasure<'_> {
    fn copy(&self, page: u32, anchor: u32) -> Option<f64> {
        thread_local! {
            static CACHE: std::cell::RefCell<SetCache> = std::cell::RefCell::default();
        }
        if self.0.far_below(page, anchor) {
            return None;
        }
        // A record that cannot be read again is found by the check of the inputs at the end.
        let score = CACHE
            .with_borrow_mut(|cache| self.0.score(page, anchor, cache))
            .ok()?;
        Some(score.jaccard).filter(|&jaccard| jaccard >= self.0.threshold)
    }
}
