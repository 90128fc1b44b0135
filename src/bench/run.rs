//! One run: what it and each of its stages takes.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::ThreadPool;
use serde::Serialize;

use super::{BenchConfig, Raw, Watch, system};
use crate::config::OutputConfig;
use crate::error::{ErrorKind, Result};
use crate::pipeline;
use crate::progress::{Progress, Stage};
use crate::read::Input;
use crate::write::{cpu_seconds, peak_rss_bytes};

/// Name of what a run does outside of its stages: above all the sync of what it wrote.
pub(super) const PUBLISH: &str = "publish";

/// What a run, or a stage of it, took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Took {
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Seconds that its threads ran.
    pub cpu_s: f64,
    /// Seconds that work beside it ran: the hash of the input. A run has nothing beside it.
    pub beside_s: f64,
    /// Seconds that threads were ready to run, and others had the cores.
    pub waited_s: f64,
    /// Bytes it went through.
    pub bytes: u64,
    /// Pages or pairs it went through.
    pub items: u64,
    /// Most memory held in it, file pages included, beyond what the process held when the run began.
    pub peak_bytes: u64,
    /// Memory at its end that belongs to no file, beyond what there was when the run began.
    pub anonymous_bytes: u64,
}

impl Took {
    /// The time that it would take if its threads never waited for a core that other work has: of the
    /// time they ran or were ready to, the part that they ran. It is never more than by the clock, nor less
    /// than what ran shared out evenly. Says nothing of more threads than cores: they wait for one
    /// another.
    pub fn quiet_s(&self, threads: usize) -> f64 {
        let ran = self.cpu_s + self.beside_s;
        let share = if ran > 0.0 { ran / (ran + self.waited_s) } else { 1.0 };
        (self.wall_s * share).max(ran / threads as f64).min(self.wall_s)
    }

    /// The same less what work beside it took of the cores, which it would have had otherwise: all of
    /// that is taken off, as if the stage could have used every core meanwhile.
    pub fn own_s(&self, threads: usize) -> f64 {
        let (quiet, threads) = (self.quiet_s(threads), threads as f64);
        (quiet - self.beside_s / threads).max(self.cpu_s / threads).min(quiet)
    }
}

/// A stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageRun {
    /// Its name; `publish` is what a run does outside of its stages.
    pub name: &'static str,
    /// What it took.
    #[serde(flatten)]
    pub took: Took,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Threads it had.
    pub threads: usize,
    /// Whether it does not count.
    pub warm_up: bool,
    /// What it took, from opening to publishing.
    #[serde(flatten)]
    pub whole: Took,
    /// Seconds that the host of a virtual machine gave to others meanwhile.
    pub stolen_s: f64,
    /// Its stages, in order, and last what is outside of them.
    pub stages: Vec<StageRun>,
}

impl Run {
    /// What a stage took, or the whole of it.
    pub(super) fn took(&self, stage: Option<&str>) -> Option<&Took> {
        let Some(name) = stage else { return Some(&self.whole) };
        self.stages.iter().find(|stage| stage.name == name).map(|stage| &stage.took)
    }
}

/// Runs once on a pool.
pub(super) fn measure(
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
    watch.before_run();
    let follow = Follow { watch, held: Mutex::new(Held::begin()) };
    let (stolen, waited) = (system::stolen_seconds(), system::waited_seconds());
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let finished = pool.install(|| {
        pipeline::dedup(inputs, &config.read, None, &config.matching, &output, &follow)
    })?;
    let mut whole = Took {
        wall_s: wall.elapsed().as_secs_f64(),
        cpu_s: cpu_seconds() - cpu,
        waited_s: (system::waited_seconds() - waited).max(0.0),
        bytes: finished.stats.ledger.bytes.read,
        items: finished.stats.ledger.read,
        ..Took::default()
    };
    let stolen_s = system::stolen_seconds() - stolen;
    if let Some(problem) = finished.stats.problems.first() {
        let source = std::io::Error::other(problem.clone());
        let path = config.inputs.first().cloned().unwrap_or_default();
        return Err(ErrorKind::InputUnreadable { path, source }.into());
    }
    (raw.pages, raw.bytes) = (whole.items, whole.bytes);
    let mut held = follow.held.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut stages = Vec::new();
    for (time, held) in finished.stats.stages.iter().zip(&held.stages) {
        let took = Took {
            wall_s: time.wall_s,
            cpu_s: time.cpu_s,
            beside_s: time.beside_s,
            bytes: time.bytes,
            items: time.items,
            ..*held
        };
        stages.push(StageRun { name: time.name.name(), took });
    }
    let sum = |part: fn(&Took) -> f64| stages.iter().map(|stage| part(&stage.took)).sum::<f64>();
    let publish = Took {
        wall_s: (whole.wall_s - sum(|took| took.wall_s)).max(0.0),
        cpu_s: (whole.cpu_s - sum(|took| took.cpu_s)).max(0.0),
        waited_s: (whole.waited_s - sum(|took| took.waited_s)).max(0.0),
        ..held.end()
    };
    stages.push(StageRun { name: PUBLISH, took: publish });
    whole.peak_bytes = stages.iter().map(|stage| stage.took.peak_bytes).max().unwrap_or(0);
    whole.anonymous_bytes = publish.anonymous_bytes;
    Ok(Run { threads: pool.current_num_threads(), warm_up, whole, stolen_s, stages })
}

/// What a run does not measure itself of its stages.
struct Held {
    /// Memory when the run began: all of it, and what belongs to no file.
    resident: u64,
    anonymous: u64,
    /// Seconds waited when the stage began.
    waited: f64,
    stages: Vec<Took>,
}

impl Held {
    fn begin() -> Self {
        let (resident, anonymous) = (system::resident_bytes(), system::anonymous_bytes());
        Self { resident, anonymous, waited: 0.0, stages: Vec::new() }
    }

    /// What is known at the end of a stage.
    fn end(&mut self) -> Took {
        Took {
            waited_s: (system::waited_seconds() - self.waited).max(0.0),
            peak_bytes: peak_rss_bytes().saturating_sub(self.resident),
            anonymous_bytes: system::anonymous_bytes().saturating_sub(self.anonymous),
            ..Took::default()
        }
    }
}

/// Follows the stages of a run.
struct Follow<'a> {
    watch: &'a dyn Watch,
    held: Mutex<Held>,
}

impl Progress for Follow<'_> {
    fn start(&self, _: Stage, _: Option<u64>) {
        system::reset_peak();
        let waited = system::waited_seconds();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).waited = waited;
    }

    fn add(&self, _: u64, _: u64) {}

    fn finish(&self, _: Stage, _: u64, _: u64, _: f64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let took = held.end();
        held.stages.push(took);
        // For what comes after the last stage.
        system::reset_peak();
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_load_makes_a_run_faster_than_its_cores() {
        // Ten seconds on two threads, of which each waited for others half of the time.
        let took = Took { wall_s: 10.0, cpu_s: 10.0, waited_s: 10.0, ..Took::default() };
        assert!((took.quiet_s(2) - 5.0).abs() < 1e-9);
        // More waiting than there was time for: what two cores do at most.
        let heavy = Took { waited_s: 90.0, ..took };
        assert!((heavy.quiet_s(2) - 5.0).abs() < 1e-9);
        assert!((Took { waited_s: 0.0, ..took }.quiet_s(2) - 10.0).abs() < 1e-9);
        // More time on cores than by the clock, as ticks have it: not above the clock.
        assert!((heavy.quiet_s(1) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn work_beside_a_stage_is_none_of_its_own() {
        let count = Took { wall_s: 1.0, cpu_s: 1.2, beside_s: 0.8, ..Took::default() };
        assert!((count.quiet_s(2) - 1.0).abs() < 1e-9);
        assert!((count.own_s(2) - 0.6).abs() < 1e-9, "what is left is as much as its threads ran");
        let alone = Took { beside_s: 0.0, ..count };
        assert!((alone.own_s(2) - alone.quiet_s(2)).abs() < 1e-9);
    }
}
