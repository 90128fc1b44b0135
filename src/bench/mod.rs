//! Throughput of the engine by stage and by number of threads.
//!
//! In: an archive, settings, numbers of threads, repeats. Out: a [`Report`] with every raw time, and
//! a [`picture()`] of it, or its two drawings alone ([`svg()`]). The runs are those of
//! [`dedup`](crate::pipeline::dedup), in this process, numbers of threads taking turns so that what else
//! the machine does falls on all alike. Does not: print, or leave a run's folder behind.

mod advice;
mod baseline;
mod gains;
mod picture;
mod plot;
mod report;
mod run;
mod spread;
mod system;
mod warnings;

pub use baseline::{Baseline, Pass};
pub use gains::{Floor, ScalingRow};
pub use picture::picture;
pub use plot::svg;
pub use report::{BaselineRow, Report, StageRow, TotalRow};
pub use run::{Run, StageRun, Took};
pub use spread::{Scaling, SerialShare, Spread};

use std::path::PathBuf;

use rayon::ThreadPool;

use crate::config::MatchConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::read::ReadOptions;

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
    /// A run is about to begin: what those before it left with the allocator can be given back.
    fn before_run(&self) {}
    /// A run ended; `repeat` counts from 0, warm-up first.
    fn ran(&self, threads: usize, repeat: usize, warm_up: bool, wall_s: f64);
    /// Whether to stop.
    fn cancelled(&self) -> bool;
}

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    pub(crate) load: Option<f64>,
    /// Bytes of every input that are hashed.
    pub(crate) hashed: Vec<u64>,
    pub(crate) runs: Vec<Run>,
    pub(crate) passes: Vec<Pass>,
}

/// Measures; see the module.
///
/// # Errors
/// Settings that cannot work, and those of [`crate::pipeline::dedup`]. An input that cannot be read ends
/// the bench.
pub fn bench(config: &BenchConfig, watch: &dyn Watch) -> Result<Report> {
    config.validate()?;
    let pools = config.threads.iter().map(|&threads| pool(threads));
    let pools = pools.collect::<Result<Vec<ThreadPool>>>()?;
    let mut raw = Raw { load: system::load(), ..Raw::default() };
    for repeat in 0..config.warm_up + config.repeats {
        let warm_up = repeat < config.warm_up;
        for pool in &pools {
            let run = run::measure(config, pool, warm_up, watch, &mut raw)?;
            watch.ran(run.threads, repeat, warm_up, run.whole.wall_s);
            raw.runs.push(run);
        }
        if !warm_up {
            baseline::measure(config, &pools, watch, &mut raw)?;
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
