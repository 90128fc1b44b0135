//! What the measurements say.

use std::collections::BTreeSet;

use serde::Serialize;

use super::spread::slope;
use super::{BenchConfig, Machine, Pass, Raw, Run, Scaling, SerialShare, Spread, StageRun, quiet};
use crate::bench::Baseline;
use crate::config::MatchConfig;

/// Name of what a run does outside of its stages: above all the sync of what it wrote.
const OUTSIDE: &str = "publish";
/// Cores that limits are told for.
pub(super) const MANY: usize = 64;

/// A whole run on some threads.
#[derive(Clone, Debug, Serialize)]
pub struct TotalRow {
    /// Threads.
    pub threads: usize,
    /// Seconds by the clock.
    pub wall: Spread,
    /// The same without waiting for cores that others had.
    pub quiet: Spread,
    /// Seconds of all threads.
    pub cpu: Spread,
    /// Billions of bytes of the archive a second, by the clock.
    pub gb_per_s: f64,
    /// Pages a second, by the clock.
    pub pages_per_s: f64,
    /// Seconds of all threads in a second by the clock.
    pub cores_busy: f64,
    /// Most memory held in any counted run, file pages included.
    pub peak_rss_bytes: u64,
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
    /// The same without waiting for cores that others had.
    pub quiet: Spread,
    /// Seconds of all threads.
    pub cpu: Spread,
    /// Share of the run, by the clock.
    pub share: f64,
    /// Bytes that the stage itself went through, 0 if it does not count them.
    pub bytes: u64,
    /// Pages or pairs that it went through.
    pub items: u64,
    /// Billions of bytes of the archive a second, by the clock (hashing: by the time it ran), whatever the
    /// stage reads of it.
    pub gb_per_s: f64,
    /// Items a second, by the clock.
    pub items_per_s: f64,
    /// Seconds of all threads in a second by the clock.
    pub cores_busy: f64,
    /// Most memory held in it, file pages included.
    pub peak_rss_bytes: u64,
    /// Most memory at its end that belongs to no file.
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

/// How a stage, or the whole run, gains by threads.
#[derive(Clone, Debug, Serialize)]
pub struct ScalingRow {
    /// Name of the stage; none for the whole run.
    pub stage: Option<&'static str>,
    /// `fixed + shared / threads`, of times without waiting for cores; none of one number of threads.
    pub fit: Option<Scaling>,
    /// Share of the time on one thread that more threads do not shorten, by the fit.
    pub serial_share: Option<f64>,
    /// The same as measured, on every number of threads above the fewest.
    pub measured: Vec<SerialShare>,
    /// How many times faster than one thread 64 cores could be, by Amdahl's law.
    pub limit_64: Option<f64>,
    /// CPU time on the most threads by that on the fewest.
    pub cpu_growth: f64,
    /// Seconds of CPU that each further thread costs, over all; none of one number of threads.
    pub cpu_per_thread_s: Option<f64>,
}

impl ScalingRow {
    /// The serial shares as measured, with the spread between rounds: `3.1 ± 0.4 % on 2`.
    pub fn measured_shares(&self) -> String {
        let share = |at: &SerialShare| {
            let (median, mad) = (at.share.median * 100.0, at.share.mad * 100.0);
            format!("{median:.1} ± {mad:.1} % on {}", at.threads)
        };
        self.measured.iter().map(share).collect::<Vec<_>>().join(", ")
    }
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

impl Run {
    /// Seconds of a run that are of none of its stages.
    fn outside(&self, all: f64, seconds: fn(&StageRun) -> f64) -> f64 {
        (all - self.stages.iter().map(seconds).sum::<f64>()).max(0.0)
    }
}

impl Report {
    pub(super) fn of(config: &BenchConfig, raw: Raw) -> Self {
        let mut threads = config.threads.clone();
        threads.sort_unstable();
        let Raw { pages, bytes, load, runs, passes } = raw;
        let mut report = Self {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            machine: Machine::here(),
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
            scaling: Vec::new(),
            findings: Vec::new(),
            warnings: Vec::new(),
            runs,
            passes,
        };
        for threads in report.threads.clone() {
            report.rows(threads);
        }
        report.scale();
        report.findings = report.find();
        report.warnings = report.warn();
        report
    }

    fn rows(&mut self, threads: usize) {
        let runs: Vec<&Run> =
            self.runs.iter().filter(|run| !run.warm_up && run.threads == threads).collect();
        let wall = Spread::of(runs.iter().map(|run| run.wall_s));
        let cpu = Spread::of(runs.iter().map(|run| run.cpu_s));
        let rate =
            |count: u64, seconds: f64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        let busy = |cpu: &Spread, wall: &Spread| {
            if wall.median > 0.0 { cpu.median / wall.median } else { 0.0 }
        };
        let whole = wall.median.max(1e-9);
        let stages = runs.first().map_or(0, |run| run.stages.len());
        for at in 0..stages {
            let all = || runs.iter().filter_map(|run| run.stages.get(at));
            let Some(first) = all().next() else { continue };
            let wall = Spread::of(all().map(|stage| stage.time.wall_s));
            let cpu = Spread::of(all().map(|stage| stage.time.cpu_s));
            let pace = Spread::of(all().map(|stage| stage.time.pace_s()));
            let alone = |s: &StageRun| quiet(s.time.wall_s, s.time.cpu_s, s.waited_s);
            self.stages.push(StageRow {
                stage: first.time.name.name(),
                threads,
                share: wall.median / whole,
                bytes: first.time.bytes,
                items: first.time.items,
                gb_per_s: rate(self.bytes, pace.median) / 1e9,
                items_per_s: rate(first.time.items, pace.median),
                cores_busy: busy(&cpu, &pace),
                peak_rss_bytes: all().map(|stage| stage.peak_rss_bytes).max().unwrap_or(0),
                anonymous_bytes: all().map(|stage| stage.anonymous_bytes).max().unwrap_or(0),
                quiet: Spread::of(all().map(alone)),
                wall,
                cpu,
            });
        }
        let outside_wall =
            Spread::of(runs.iter().map(|run| run.outside(run.wall_s, |s| s.time.wall_s)));
        let outside_cpu =
            Spread::of(runs.iter().map(|run| run.outside(run.cpu_s, |s| s.time.cpu_s)));
        self.stages.push(StageRow {
            stage: OUTSIDE,
            threads,
            share: outside_wall.median / whole,
            bytes: 0,
            items: 0,
            gb_per_s: rate(self.bytes, outside_wall.median) / 1e9,
            items_per_s: 0.0,
            cores_busy: busy(&outside_cpu, &outside_wall),
            peak_rss_bytes: 0,
            anonymous_bytes: 0,
            quiet: outside_wall.clone(),
            wall: outside_wall,
            cpu: outside_cpu,
        });
        let peak = runs.iter().flat_map(|run| &run.stages).map(|stage| stage.peak_rss_bytes);
        let engine = cpu.median;
        self.totals.push(TotalRow {
            threads,
            gb_per_s: rate(self.bytes, wall.median) / 1e9,
            pages_per_s: rate(self.pages, wall.median),
            cores_busy: busy(&cpu, &wall),
            peak_rss_bytes: peak.max().unwrap_or(0),
            quiet: Spread::of(runs.iter().map(|run| quiet(run.wall_s, run.cpu_s, run.waited_s))),
            wall,
            cpu,
        });
        for baseline in Baseline::ALL {
            let passes: Vec<&Pass> = self
                .passes
                .iter()
                .filter(|pass| pass.baseline == baseline && pass.threads == threads)
                .collect();
            let bytes = passes.first().map_or(0, |pass| pass.bytes);
            if bytes == 0 {
                continue;
            }
            let wall = Spread::of(passes.iter().map(|pass| pass.wall_s));
            let cpu = Spread::of(passes.iter().map(|pass| pass.cpu_s));
            let same = cpu.median * self.bytes as f64 / bytes as f64;
            self.baselines.push(BaselineRow {
                baseline,
                threads,
                gb_per_s: rate(bytes, wall.median) / 1e9,
                engine_cpu_ratio: if same > 0.0 { engine / same } else { 0.0 },
                wall,
                cpu,
            });
        }
    }

    fn scale(&mut self) {
        let totals: Vec<_> =
            self.totals.iter().map(|row| (row.threads, row.quiet.median, row.cpu.median)).collect();
        let mut rows = vec![self.gain(None, &totals)];
        for name in self.stage_names() {
            let stages = self.stages.iter().filter(|stage| stage.stage == name);
            let times: Vec<_> =
                stages.map(|row| (row.threads, row.quiet.median, row.cpu.median)).collect();
            rows.push(self.gain(Some(name), &times));
        }
        self.scaling = rows;
    }

    /// What a stage, or the whole run, gains; of its threads, times and CPU times.
    fn gain(&self, stage: Option<&'static str>, times: &[(usize, f64, f64)]) -> ScalingRow {
        let walls: Vec<(usize, f64)> = times.iter().map(|time| (time.0, time.1)).collect();
        let cpus: Vec<(usize, f64)> = times.iter().map(|time| (time.0, time.2)).collect();
        let fit = Scaling::fit(&walls);
        let cpu = |time: Option<&(usize, f64)>| time.map_or(0.0, |time| time.1);
        let first = cpu(cpus.first());
        let fewest = walls.first().map_or(1, |time| time.0);
        let few = self.rounds(stage, fewest);
        let measured = walls.iter().filter_map(|&(threads, _)| {
            SerialShare::of(fewest, &few, threads, &self.rounds(stage, threads))
        });
        ScalingRow {
            stage,
            fit,
            serial_share: fit.map(|fit| fit.serial_share()),
            measured: measured.collect(),
            limit_64: fit.map(|fit| fit.limit(MANY)),
            cpu_growth: if first > 0.0 { cpu(cpus.last()) / first } else { 1.0 },
            cpu_per_thread_s: slope(&cpus),
        }
    }

    /// Seconds of a stage or the whole run on so many threads without waiting for cores, round by
    /// round.
    fn rounds(&self, stage: Option<&'static str>, threads: usize) -> Vec<f64> {
        let runs = self.runs.iter().filter(|run| !run.warm_up && run.threads == threads);
        let seconds = |run: &Run| match stage {
            None => Some(quiet(run.wall_s, run.cpu_s, run.waited_s)),
            Some(OUTSIDE) => Some(run.outside(run.wall_s, |stage| stage.time.wall_s)),
            Some(name) => {
                let stage = run.stages.iter().find(|stage| stage.time.name.name() == name)?;
                Some(quiet(stage.time.wall_s, stage.time.cpu_s, stage.waited_s))
            }
        };
        runs.filter_map(seconds).collect()
    }

    /// What threads gain, by the stages that take a hundredth of the run or more: of the others a
    /// fit says nothing.
    pub fn gains(&self) -> impl Iterator<Item = (&ScalingRow, Scaling, f64)> {
        let whole = |fit: &Scaling| fit.fixed_s + fit.shared_s;
        let least = self.scaling[0].fit.map_or(0.0, |fit| whole(&fit) / 100.0);
        let rows = self.scaling.iter();
        rows.filter_map(|row| Some((row, row.fit?, row.limit_64?)))
            .filter(move |(_, fit, _)| whole(fit) >= least)
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
        about.extend(machine.cpu.clone());
        about.push(format!("{} cores", machine.cores));
        about.extend(machine.memory_bytes.map(gib));
        about.extend(machine.system.clone());
        if !machine.vectors.is_empty() {
            about.push(machine.vectors.join(", "));
        }
        about
    }

    /// The stages, in order.
    pub fn stage_names(&self) -> Vec<&'static str> {
        let mut seen = BTreeSet::new();
        self.stages.iter().map(|row| row.stage).filter(|&name| seen.insert(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Stage;
    use crate::read::ReadOptions;
    use crate::write::StageTime;

    fn run(threads: usize, sketch: f64) -> Run {
        let stage = |name, wall_s: f64, cpu_s| StageRun {
            time: StageTime { name, wall_s, cpu_s, bytes: 10, items: 5 },
            waited_s: 0.0,
            peak_rss_bytes: 7,
            anonymous_bytes: 3,
        };
        Run {
            threads,
            warm_up: false,
            wall_s: sketch + 1.5,
            cpu_s: 9.5,
            waited_s: 0.0,
            stolen_s: 0.0,
            stages: vec![stage(Stage::Sketch, sketch, 8.0), stage(Stage::Write, 1.0, 1.0)],
        }
    }

    #[test]
    fn the_report_knows_what_stays() {
        let config = BenchConfig {
            inputs: Vec::new(),
            threads: vec![4, 1],
            repeats: 3,
            warm_up: 0,
            matching: MatchConfig::default(),
            read: ReadOptions::default(),
            archives: true,
            work: "unused".into(),
        };
        let pass = |threads, wall_s| Pass {
            baseline: Baseline::Memory,
            threads,
            bytes: 500,
            wall_s,
            cpu_s: 1.0,
        };
        let mut runs = Vec::new();
        for jitter in [0.0, 0.01, -0.01] {
            runs.extend([run(1, 8.0 + jitter), run(4, 2.0 + jitter)]);
        }
        let passes = vec![pass(1, 1.0), pass(4, 0.25)];
        let raw = Raw { pages: 100, bytes: 1000, load: Some(0.0), runs, passes };
        let report = Report::of(&config, raw);
        assert_eq!(report.threads, [1, 4]);
        assert_eq!(report.stage_names(), ["sketch", "write", "publish"]);
        let whole = report.scaling[0].fit.unwrap();
        assert!((whole.fixed_s - 1.5).abs() < 0.01 && (whole.shared_s - 8.0).abs() < 0.05);
        let sketch = report.stages.iter().find(|row| row.threads == 4).unwrap();
        assert!((sketch.cores_busy - 4.0).abs() < 0.01 && sketch.peak_rss_bytes == 7);
        assert!((report.baselines[0].engine_cpu_ratio - 4.75).abs() < 1e-9);
        assert!((report.baselines[1].gb_per_s - 2e-6).abs() < 1e-12);
        let stays = report.findings.iter().find(|text| text.contains("that stays is in")).unwrap();
        assert!(stays.contains("write 1.000 s") && stays.contains("publish 0.500 s"), "{stays}");
        let write = report.scaling.iter().find(|row| row.stage == Some("write")).unwrap();
        let [measured] = &write.measured[..] else { panic!("{write:?}") };
        assert!(measured.threads == 4 && (measured.share.median - 1.0).abs() < 1e-9);
        assert!(write.cpu_per_thread_s.unwrap().abs() < 1e-9 && write.cpu_growth <= 1.0);
    }
}
