//! What the measurements say.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Baseline, BenchConfig, Floor, Pass, Raw, Run, ScalingRow, Spread, StageRun, Took};
use crate::config::MatchConfig;
use crate::machine::Machine;

/// A whole run on some threads.
#[derive(Clone, Debug, Serialize)]
pub struct TotalRow {
    /// Threads.
    pub threads: usize,
    /// Seconds by the clock.
    pub wall: Spread,
    /// The same without waiting for cores that others had; none of more threads than cores, which wait for
    /// one another.
    pub quiet: Option<Spread>,
    /// Seconds of all threads.
    pub cpu: Spread,
    /// Billions of bytes of the archive a second, by the clock.
    pub gb_per_s: f64,
    /// Pages a second, by the clock.
    pub pages_per_s: f64,
    /// Seconds of all threads in a second by the clock.
    pub cores_busy: f64,
    /// Most memory held in any counted run, file pages included, beyond what the process held when that run
    /// began.
    pub peak_bytes: u64,
}

/// A stage on some threads.
#[derive(Clone, Debug, Serialize)]
pub struct StageRow {
    /// Name of the stage; `publish` is what a run does outside of its stages.
    pub stage: &'static str,
    /// Threads.
    pub threads: usize,
    /// Seconds by the clock.
    pub wall: Spread,
    /// The same without waiting for cores that others had; none of more threads than cores, which wait for
    /// one another.
    pub quiet: Option<Spread>,
    /// Seconds of all threads, those of work beside it left out.
    pub cpu: Spread,
    /// Seconds that work beside it ran: the hash of the input.
    pub beside: Spread,
    /// Share of the run, by the clock.
    pub share: f64,
    /// Bytes that the stage itself went through, 0 if it does not count them.
    pub bytes: u64,
    /// Pages or pairs that it went through.
    pub items: u64,
    /// Billions of its bytes a second, by the clock; none where the stage does not go through the bytes of
    /// the archive, or goes on beside others.
    pub gb_per_s: Option<f64>,
    /// Items a second, by the clock; none where it has none, or goes on beside others.
    pub items_per_s: Option<f64>,
    /// Seconds of all threads in a second by the clock, those of work beside it counted in; none of what
    /// goes on beside others itself.
    pub cores_busy: Option<f64>,
    /// Most memory held in it, file pages included, beyond what the process held when the run began.
    pub peak_bytes: u64,
    /// Most memory at its end that belongs to no file, beyond what there was when the run began.
    pub anonymous_bytes: u64,
}

/// A baseline on some threads.
#[derive(Clone, Debug, Serialize)]
pub struct BaselineRow {
    /// What was done.
    pub baseline: Baseline,
    /// Threads.
    pub threads: usize,
    /// Seconds by the clock.
    pub wall: Spread,
    /// Seconds of all threads.
    pub cpu: Spread,
    /// Billions of bytes a second, by the clock.
    pub gb_per_s: f64,
    /// How many times as long the engine's threads ran for the same bytes.
    pub engine_cpu_ratio: f64,
}

/// Everything that a bench found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of this form.
    pub schema: u32,
    /// Version of the program.
    pub version: &'static str,
    /// The machine.
    pub machine: Machine,
    /// Pages of the archive.
    pub pages: u64,
    /// Bytes of the archive.
    pub bytes: u64,
    /// Settings of the synthetic archive, where it is one.
    pub synthetic: Option<serde_json::Value>,
    /// Settings of the runs.
    pub settings: MatchConfig,
    /// Whether the runs wrote `kept/` and `removed/`.
    pub archives: bool,
    /// Numbers of threads, ascending.
    pub threads: Vec<usize>,
    /// Runs that count, for each.
    pub repeats: usize,
    /// Runs before them.
    pub warm_up: usize,
    /// Programs that wanted a core over the minute before.
    pub load_before: Option<f64>,
    /// Whole runs, by threads.
    pub totals: Vec<TotalRow>,
    /// Stages, by threads and in order.
    pub stages: Vec<StageRow>,
    /// Baselines, by threads.
    pub baselines: Vec<BaselineRow>,
    /// What no number of cores shortens; none where no number of threads is within the cores.
    pub floor: Option<Floor>,
    /// Gains by threads: the whole run first.
    pub scaling: Vec<ScalingRow>,
    /// What limits the run, in words.
    pub findings: Vec<String>,
    /// What makes the figures doubtful, and what to do.
    pub warnings: Vec<String>,
    /// Every run, warm-up included, in the order in which they ran.
    pub runs: Vec<Run>,
    /// Every pass of a baseline, in order.
    pub passes: Vec<Pass>,
}

impl Report {
    pub(super) fn of(config: &BenchConfig, raw: Raw) -> Self {
        let most = config.threads.iter().copied().max();
        Self::on(config, raw, Machine::in_detail(most.unwrap_or(0)))
    }

    /// What was found on a machine.
    fn on(config: &BenchConfig, raw: Raw, machine: Machine) -> Self {
        let mut threads = config.threads.clone();
        threads.sort_unstable();
        let Raw { pages, bytes, load, hashed, runs, passes } = raw;
        let mut report = Self {
            schema: 2,
            version: env!("CARGO_PKG_VERSION"),
            machine,
            pages,
            bytes,
            synthetic: None,
            settings: config.matching.clone(),
            archives: config.archives,
            threads,
            repeats: config.repeats,
            warm_up: config.warm_up,
            load_before: load,
            totals: Vec::new(),
            stages: Vec::new(),
            baselines: Vec::new(),
            floor: None,
            scaling: Vec::new(),
            findings: Vec::new(),
            warnings: Vec::new(),
            runs,
            passes,
        };
        for threads in report.threads.clone() {
            report.rows(threads);
        }
        report.scale(&hashed);
        report.findings = report.find();
        report.warnings = report.warn();
        report
    }

    fn rows(&mut self, threads: usize) {
        let total = self.total(threads);
        let mut baselines = self.baseline_rows(threads, total.cpu.median);
        self.baselines.append(&mut baselines);
        let mut stages = self.stage_rows(threads, total.wall.median);
        self.stages.append(&mut stages);
        self.totals.push(total);
    }

    /// A figure of all counted runs, of a stage or the whole of them.
    fn spread(&self, threads: usize, stage: Option<&str>, part: impl Fn(&Took) -> f64) -> Spread {
        Spread::of(self.counted(threads).filter_map(|run| run.took(stage)).map(part))
    }

    fn most(&self, threads: usize, stage: Option<&str>, part: impl Fn(&Took) -> u64) -> u64 {
        let parts = self.counted(threads).filter_map(|run| run.took(stage)).map(part);
        parts.max().unwrap_or(0)
    }

    /// Times without waiting, which more threads than cores do not have.
    fn quiet(&self, threads: usize, stage: Option<&str>) -> Option<Spread> {
        let within = self.within_cores().contains(&threads);
        within.then(|| self.spread(threads, stage, |took| took.quiet_s(threads)))
    }

    fn total(&self, threads: usize) -> TotalRow {
        let wall = self.spread(threads, None, |took| took.wall_s);
        let cpu = self.spread(threads, None, |took| took.cpu_s);
        TotalRow {
            threads,
            gb_per_s: rate(self.bytes, wall.median).unwrap_or(0.0) / 1e9,
            pages_per_s: rate(self.pages, wall.median).unwrap_or(0.0),
            cores_busy: cpu.median / wall.median.max(1e-9),
            peak_bytes: self.most(threads, None, |took| took.peak_bytes),
            quiet: self.quiet(threads, None),
            wall,
            cpu,
        }
    }

    fn stage_rows(&self, threads: usize, whole: f64) -> Vec<StageRow> {
        // Nothing that goes through the bytes takes less time on cores than a loop that adds them up.
        let memory = |pass: &&Pass| pass.baseline == Baseline::Memory && pass.threads == threads;
        let memory = self.passes.iter().filter(memory).filter(|pass| pass.bytes > 0);
        let least = Spread::of(memory.map(|pass| pass.cpu_s / pass.bytes as f64)).median;
        let row = |StageRun { name, took: first }: &StageRun| {
            let spread = |part: fn(&Took) -> f64| self.spread(threads, Some(name), part);
            let (wall, cpu) = (spread(|took| took.wall_s), spread(|took| took.cpu_s));
            let ran = spread(|took| took.cpu_s + took.beside_s).median;
            // What ran beside others has no time of its own by the clock.
            let paced = wall.median > 0.0 && ran <= 1.2 * threads as f64 * wall.median;
            let pace = if paced { wall.median } else { 0.0 };
            let gb_per_s = rate(first.bytes, pace).map(|rate| rate / 1e9);
            StageRow {
                stage: name,
                threads,
                share: wall.median / whole.max(1e-9),
                bytes: first.bytes,
                items: first.items,
                gb_per_s: gb_per_s.filter(|_| cpu.median >= least * first.bytes as f64),
                items_per_s: rate(first.items, pace),
                cores_busy: paced.then(|| ran / wall.median),
                peak_bytes: self.most(threads, Some(name), |took| took.peak_bytes),
                anonymous_bytes: self.most(threads, Some(name), |took| took.anonymous_bytes),
                quiet: self.quiet(threads, Some(name)),
                beside: spread(|took| took.beside_s),
                wall,
                cpu,
            }
        };
        self.counted(threads).next().map_or(Vec::new(), |run| run.stages.iter().map(row).collect())
    }

    fn baseline_rows(&self, threads: usize, engine: f64) -> Vec<BaselineRow> {
        let row = |baseline| {
            let passes = || {
                let wanted =
                    move |pass: &&Pass| pass.baseline == baseline && pass.threads == threads;
                self.passes.iter().filter(wanted)
            };
            let bytes = passes().next().map(|pass| pass.bytes).filter(|&bytes| bytes > 0)?;
            let wall = Spread::of(passes().map(|pass| pass.wall_s));
            let cpu = Spread::of(passes().map(|pass| pass.cpu_s));
            let same = cpu.median * self.bytes as f64 / bytes as f64;
            Some(BaselineRow {
                baseline,
                threads,
                gb_per_s: rate(bytes, wall.median).unwrap_or(0.0) / 1e9,
                engine_cpu_ratio: if same > 0.0 { engine / same } else { 0.0 },
                wall,
                cpu,
            })
        };
        Baseline::ALL.into_iter().filter_map(row).collect()
    }

    /// What was measured, and where, in short.
    pub fn about(&self) -> Vec<String> {
        let gib = |bytes: u64| format!("{:.0} GiB", bytes as f64 / (1u64 << 30) as f64);
        let machine = &self.machine;
        let mut about = vec![
            format!("{} pages, {:.1} MB", self.pages, self.bytes as f64 / 1e6),
            if self.synthetic.is_some() { "synthetic archive" } else { "files" }.to_owned(),
            format!("medians of {} runs after {} to warm up", self.repeats, self.warm_up),
        ];
        about.extend(Some(machine.cpu.clone()).filter(|name| !name.is_empty()));
        about.push(format!("{} cores", machine.cores));
        if let Some(details) = &machine.details {
            about.extend(details.memory_bytes.map(gib));
            about.extend(
                details.kernel.as_ref().map(|kernel| format!("{} {kernel}", machine.system)),
            );
            about.extend(Some(details.vectors.join(", ")).filter(|names| !names.is_empty()));
        }
        about
    }

    /// The stages, in order.
    pub fn stage_names(&self) -> Vec<&'static str> {
        let mut seen = BTreeSet::new();
        self.stages.iter().map(|row| row.stage).filter(|&name| seen.insert(name)).collect()
    }
}

/// So much a second; none of no time, or of nothing.
fn rate(count: u64, seconds: f64) -> Option<f64> {
    (count > 0 && seconds > 0.0).then(|| count as f64 / seconds)
}

#[cfg(test)]
mod tests;
