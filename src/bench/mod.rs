//! Throughput of the engine by stage and by number of threads.
//!
//! In: an archive, settings, numbers of threads, repeats. Out: a [`Report`] with every raw time, and
//! a [`picture()`] of it, or its two drawings alone ([`svg()`]). The runs are those of [`pipeline::dedup`], in this process, numbers of
//! threads taking turns so that what else the machine does falls on all alike. Does not: print, or
//! leave a run's folder behind.

mod advice;
mod baseline;
mod picture;
mod plot;
mod report;
mod spread;
mod system;

pub use baseline::Baseline;
pub use picture::picture;
pub use plot::svg;
pub use report::{BaselineRow, Report, ScalingRow, StageRow, TotalRow};
pub use spread::{Scaling, SerialShare, Spread};
pub use system::Machine;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::ThreadPool;
use serde::Serialize;

use crate::config::{MatchConfig, OutputConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline;
use crate::progress::{Progress, Stage};
use crate::read::{Corpus, Input, ReadOptions};
use crate::write::{StageTime, cpu_seconds, peak_rss_bytes};

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchConfig {
    /// The archive: files and folders.
    pub inputs: Vec<PathBuf>,
    /// Numbers of threads.
    pub threads: Vec<usize>,
    /// Runs that count, for each of them.
    pub repeats: usize,
    /// Runs before them that do not.
    pub warm_up: usize,
    /// Settings of the runs.
    pub matching: MatchConfig,
    /// How the archive is read.
    pub read: ReadOptions,
    /// Whether the runs write `kept/` and `removed/`.
    pub archives: bool,
    /// A folder for the runs. What they write in it is removed after each.
    pub work: PathBuf,
}

impl BenchConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// Names the setting that cannot work, and why.
    pub fn validate(&self) -> Result<()> {
        let bad = |setting, value: usize, reason: &str| {
            let (value, reason) = (value.to_string(), reason.to_owned());
            Err(ErrorKind::BadSetting { setting, value, reason }.into())
        };
        for (at, &threads) in self.threads.iter().enumerate() {
            if !(1..=4096).contains(&threads) {
                return bad("--threads", threads, "a run has 1 to 4096 threads");
            }
            if self.threads[..at].contains(&threads) {
                return bad("--threads", threads, "it is named twice");
            }
        }
        if !(1..=1000).contains(&self.repeats) {
            return bad("--repeats", self.repeats, "there are 1 to 1000");
        }
        if self.warm_up > 1000 {
            return bad("--warm-up", self.warm_up, "there are at most 1000");
        }
        self.matching.validate().map(|_| ())
    }
}

/// Is told of the advance of a bench.
pub trait Watch: Sync {
    /// A run ended; `repeat` counts from 0, warm-up first.
    fn ran(&self, threads: usize, repeat: usize, warm_up: bool, wall_s: f64);
    /// Whether to stop.
    fn cancelled(&self) -> bool;
}

/// One stage of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageRun {
    /// What it took.
    #[serde(flatten)]
    pub time: StageTime,
    /// Seconds that its threads were ready to run, and others had the cores.
    pub waited_s: f64,
    /// Most memory held in it: file pages, and what earlier runs left with the allocator, included.
    pub peak_rss_bytes: u64,
    /// Memory held at its end that belongs to no file.
    pub anonymous_bytes: u64,
}

/// The time that a run or stage would take if its threads never waited for a core: of the time they
/// ran or were ready to, the part that they ran.
fn quiet(wall_s: f64, cpu_s: f64, waited_s: f64) -> f64 {
    if cpu_s > 0.0 { wall_s * cpu_s / (cpu_s + waited_s) } else { wall_s }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Threads it had.
    pub threads: usize,
    /// Whether it does not count.
    pub warm_up: bool,
    /// Seconds by the clock, from opening to publishing.
    pub wall_s: f64,
    /// Seconds of all threads.
    pub cpu_s: f64,
    /// Seconds that its threads were ready to run, and others had the cores.
    pub waited_s: f64,
    /// Seconds that the host of a virtual machine gave to others meanwhile.
    pub stolen_s: f64,
    /// Its stages, in order.
    pub stages: Vec<StageRun>,
}

/// One pass of a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pass {
    /// What was done.
    pub baseline: Baseline,
    /// Threads it had.
    pub threads: usize,
    /// Bytes it went through.
    pub bytes: u64,
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Seconds of all threads.
    pub cpu_s: f64,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    pub(crate) load: Option<f64>,
    pub(crate) runs: Vec<Run>,
    pub(crate) passes: Vec<Pass>,
}

/// Measures; see the module.
///
/// # Errors
/// Settings that cannot work, and those of [`pipeline::dedup`]. An input that cannot be read ends
/// the bench.
pub fn bench(config: &BenchConfig, watch: &dyn Watch) -> Result<Report> {
    config.validate()?;
    let pools = config.threads.iter().map(|&threads| pool(threads));
    let pools = pools.collect::<Result<Vec<ThreadPool>>>()?;
    let mut raw = Raw { load: system::load(), ..Raw::default() };
    for repeat in 0..config.warm_up + config.repeats {
        let warm_up = repeat < config.warm_up;
        for pool in &pools {
            let run = one_run(config, pool, warm_up, watch, &mut raw)?;
            watch.ran(run.threads, repeat, warm_up, run.wall_s);
            raw.runs.push(run);
        }
        if !warm_up {
            passes(config, &pools, watch, &mut raw)?;
        }
    }
    Ok(Report::of(config, raw))
}

fn pool(threads: usize) -> Result<ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
        let (value, reason) = (threads.to_string(), error.to_string());
        Error::from(ErrorKind::BadSetting { setting: "--threads", value, reason })
    })
}

fn one_run(
    config: &BenchConfig,
    pool: &ThreadPool,
    warm_up: bool,
    watch: &dyn Watch,
    raw: &mut Raw,
) -> Result<Run> {
    let unwritable = |source| ErrorKind::OutputUnwritable { path: config.work.clone(), source };
    // Gone with everything in it at the end, however that comes.
    let place = tempfile::tempdir_in(&config.work).map_err(unwritable)?;
    let output = OutputConfig {
        dir: place.path().join("RUN"),
        force: false,
        dry_run: false,
        kept: config.archives,
        removed: config.archives,
        segments: false,
        cut_blocks: false,
        annotate: false,
        strict: false,
        report: None,
    };
    let inputs = config.inputs.iter().cloned().map(Input::Path).collect();
    let memory = Follow { watch, begun: Mutex::default(), stages: Mutex::default() };
    let (stolen, waited) = (system::stolen_seconds(), system::waited_seconds());
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let finished = pool.install(|| {
        pipeline::dedup(inputs, &config.read, None, &config.matching, &output, &memory)
    })?;
    let (wall_s, cpu_s) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let stolen_s = system::stolen_seconds() - stolen;
    let waited_s = (system::waited_seconds() - waited).max(0.0);
    if let Some(problem) = finished.stats.problems.first() {
        let source = std::io::Error::other(problem.clone());
        let path = config.inputs.first().cloned().unwrap_or_default();
        return Err(ErrorKind::InputUnreadable { path, source }.into());
    }
    raw.pages = finished.stats.ledger.read;
    raw.bytes = finished.stats.ledger.bytes.read;
    let held = memory.stages.into_inner().unwrap_or_else(PoisonError::into_inner);
    let stages = finished.stats.stages.into_iter().zip(held).map(|(time, held)| StageRun {
        time,
        waited_s: held.waited_s,
        peak_rss_bytes: held.peak,
        anonymous_bytes: held.anonymous,
    });
    let threads = pool.current_num_threads();
    Ok(Run { threads, warm_up, wall_s, cpu_s, waited_s, stolen_s, stages: stages.collect() })
}

/// What a run does not measure itself of a stage.
struct Held {
    waited_s: f64,
    peak: u64,
    anonymous: u64,
}

/// Follows the stages of a run.
struct Follow<'a> {
    watch: &'a dyn Watch,
    /// Seconds waited when the stage began.
    begun: Mutex<f64>,
    stages: Mutex<Vec<Held>>,
}

impl Progress for Follow<'_> {
    fn start(&self, _: Stage, _: Option<u64>) {
        system::reset_peak();
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = system::waited_seconds();
    }

    fn add(&self, _: u64, _: u64) {}

    fn finish(&self, _: Stage, _: u64, _: u64, _: f64) {
        let begun = *self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let held = Held {
            waited_s: (system::waited_seconds() - begun).max(0.0),
            peak: peak_rss_bytes(),
            anonymous: system::anonymous_bytes(),
        };
        self.stages.lock().unwrap_or_else(PoisonError::into_inner).push(held);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

fn passes(
    config: &BenchConfig,
    pools: &[ThreadPool],
    watch: &dyn Watch,
    raw: &mut Raw,
) -> Result<()> {
    let mut read = config.read.clone();
    let inputs = config.inputs.iter().cloned().map(Input::Path).collect();
    config.work.clone_into(&mut read.spool_dir);
    let corpus = Corpus::open(inputs, &read, None)?;
    let pieces = baseline::pieces(&corpus);
    for pool in pools {
        for baseline in Baseline::ALL {
            if watch.cancelled() {
                return Err(ErrorKind::Interrupted.into());
            }
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let bytes = pool.install(|| baseline.run(&pieces));
            let threads = pool.current_num_threads();
            let (wall_s, cpu_s) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            raw.passes.push(Pass { baseline, threads, bytes, wall_s, cpu_s });
        }
    }
    Ok(())
}
