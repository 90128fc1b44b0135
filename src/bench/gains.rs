//! What threads gain: fits, serial shares as measured, and what no number of cores shortens.

use serde::Serialize;

use super::run::{PUBLISH, Run, Took};
use super::spread::slope;
use super::{Report, Scaling, SerialShare, Spread};
use crate::progress::Stage;

/// Cores that limits are told for.
pub(super) const MANY: usize = 64;

/// How a stage, or the whole run, gains by threads: as many as there are cores at most, since more of
/// them wait for one another.
#[derive(Clone, Debug, Serialize)]
pub struct ScalingRow {
    /// Name of the stage; none for the whole run.
    pub stage: Option<&'static str>,
    /// `fixed + shared / threads`, of times without waiting for cores and without what work beside a
    /// stage takes of them; none of one number of threads, and none of work that is itself beside.
    pub fit: Option<Scaling>,
    /// Share of the time on one thread that more threads do not shorten, by the fit.
    pub serial_share: Option<f64>,
    /// The same as measured, on every number of threads above the fewest.
    pub measured: Vec<SerialShare>,
    /// How many times faster than one thread 64 cores could be, by Amdahl's law, and for the whole run by
    /// its [`Floor`]; none where the rounds differ too much to say.
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

    /// How far measured times lie from the fit, or that nothing could contradict it.
    pub fn fit_check(&self) -> String {
        match self.fit {
            Some(fit) if fit.is_checked() => format!("off by {:.1} %", fit.error * 100.0),
            Some(_) => "two points, not checked".to_owned(),
            None => String::new(),
        }
    }
}

/// What no number of cores shortens, measured by itself: one after the other, the hash of the largest
/// input and what comes behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Floor {
    /// Inputs; they are hashed beside one another, each on one thread.
    pub inputs: usize,
    /// Bytes of the largest.
    pub largest_bytes: u64,
    /// Seconds that its hash runs.
    pub hash_s: f64,
    /// Billions of bytes a second that one thread hashes.
    pub hash_gb_per_s: f64,
    /// Seconds by the clock of publishing.
    pub publish_s: f64,
    /// Of them, seconds in which no thread ran: it waited for the disk.
    pub disk_s: f64,
}

impl Floor {
    /// Seconds of all of it.
    pub fn seconds(&self) -> f64 {
        self.hash_s + self.publish_s
    }
}

/// The time that gains are told of.
fn time_s(took: &Took, stage: Option<&str>, threads: usize) -> f64 {
    if stage.is_none() { took.quiet_s(threads) } else { took.own_s(threads) }
}

impl Report {
    /// Numbers of threads that each had a core.
    pub fn within_cores(&self) -> &[usize] {
        &self.threads[..self.threads.partition_point(|&threads| threads <= self.machine.cores)]
    }

    /// Seconds that threads waited for cores in all counted runs whose threads had one each, and that they
    /// ran. More threads than cores wait for one another, whatever else runs.
    pub(super) fn waited_and_ran(&self) -> (f64, f64) {
        let runs = || self.within_cores().iter().flat_map(|&threads| self.counted(threads));
        let waited = runs().map(|run| run.whole.waited_s).sum();
        (waited, runs().map(|run| run.whole.cpu_s).sum())
    }

    /// Whether others had the cores for so long that what is left says nothing of gains: times without
    /// waiting come near what runs shared out evenly then, which is the ideal.
    pub(super) fn is_disturbed(&self) -> bool {
        let (waited, ran) = self.waited_and_ran();
        waited > ran / 2.0
    }

    /// Counted runs on so many threads.
    pub(super) fn counted(&self, threads: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| !run.warm_up && run.threads == threads)
    }

    pub(super) fn scale(&mut self, hashed: &[u64]) {
        self.floor = self.find_floor(hashed);
        let names = self.stage_names();
        let rows = std::iter::once(None).chain(names.into_iter().map(Some));
        self.scaling = rows.map(|stage| self.gain(stage)).collect();
    }

    /// The floor, by the fewest threads: the hash runs steadiest where least goes on.
    fn find_floor(&self, hashed: &[u64]) -> Option<Floor> {
        let fewest = *self.within_cores().first()?;
        let median = |name: &'static str, seconds: &dyn Fn(&Took) -> f64| {
            let runs = self.counted(fewest);
            Spread::of(runs.filter_map(|run| run.took(Some(name))).map(seconds)).median
        };
        let (all, largest) = (hashed.iter().sum::<u64>(), hashed.iter().copied().max()?);
        let whole_s = median(Stage::Hash.name(), &|took| took.cpu_s);
        let rate = |seconds: f64| if seconds > 0.0 { all as f64 / 1e9 / seconds } else { 0.0 };
        Some(Floor {
            inputs: hashed.len(),
            largest_bytes: largest,
            hash_s: whole_s * largest as f64 / all.max(1) as f64,
            hash_gb_per_s: rate(whole_s),
            publish_s: median(PUBLISH, &|took| took.quiet_s(fewest)),
            disk_s: median(PUBLISH, &|took| (took.quiet_s(fewest) - took.cpu_s).max(0.0)),
        })
    }

    /// The median time that gains are told of, of a stage or the whole run.
    pub(super) fn gain_time(&self, threads: usize, stage: Option<&str>) -> f64 {
        let took = self.counted(threads).filter_map(|run| run.took(stage));
        Spread::of(took.map(|took| time_s(took, stage, threads))).median
    }

    /// What a stage, or the whole run, gains.
    fn gain(&self, stage: Option<&'static str>) -> ScalingRow {
        // What goes on beside the stages has no time of its own by the clock.
        let beside = stage == Some(Stage::Hash.name());
        let within = if beside { &[] } else { self.within_cores() };
        let rounds = |threads: usize, seconds: &dyn Fn(&Took) -> f64| -> Vec<f64> {
            let runs = self.counted(threads);
            runs.filter_map(|run| run.took(stage)).map(seconds).collect()
        };
        let times = |threads| rounds(threads, &|took| time_s(took, stage, threads));
        let median = |values: Vec<f64>| Spread::of(values).median;
        let walls: Vec<(usize, f64)> =
            within.iter().map(|&n| (n, self.gain_time(n, stage))).collect();
        let cpu = |n| (n, median(rounds(n, &|took| took.cpu_s)));
        let cpus: Vec<(usize, f64)> = within.iter().map(|&n| cpu(n)).collect();
        let few = within.first().map(|&fewest| (fewest, times(fewest)));
        let measured: Vec<SerialShare> = few.map_or_else(Vec::new, |(fewest, few)| {
            let share = |&n: &usize| SerialShare::of(fewest, &few, n, &times(n));
            within.iter().filter_map(share).collect()
        });
        let fit = Scaling::fit(&walls);
        let told = measured.iter().all(SerialShare::is_told) && !self.is_disturbed();
        let limit = |fit: Scaling| {
            let floor = self.floor.as_ref().filter(|_| stage.is_none()).map_or(0.0, Floor::seconds);
            let alone = fit.fixed_s + fit.shared_s;
            fit.limit(MANY).min(if floor > 0.0 { alone / floor } else { f64::INFINITY }).max(1.0)
        };
        let first = cpus.first().map_or(0.0, |cpu| cpu.1);
        let last = cpus.last().map_or(0.0, |cpu| cpu.1);
        ScalingRow {
            stage,
            fit,
            serial_share: fit.map(|fit| fit.serial_share()),
            measured,
            limit_64: fit.filter(|_| told).map(limit),
            cpu_growth: if first > 0.0 { last / first } else { 1.0 },
            cpu_per_thread_s: slope(&cpus),
        }
    }

    /// What threads gain, by the stages that take a hundredth of the run or more: of the others a
    /// fit says nothing.
    pub fn gains(&self) -> impl Iterator<Item = (&ScalingRow, Scaling)> {
        let whole = |fit: &Scaling| fit.fixed_s + fit.shared_s;
        let least = self.scaling[0].fit.map_or(0.0, |fit| whole(&fit) / 100.0);
        let rows = self.scaling.iter();
        rows.filter_map(|row| Some((row, row.fit?))).filter(move |(_, fit)| whole(fit) >= least)
    }
}
