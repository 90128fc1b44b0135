//! What makes the figures of a report doubtful.

use super::advice::on;
use super::{Report, Spread};

/// Share of the run from which a stage weighs enough to be warned of.
const WEIGHS: f64 = 0.05;
/// Deviation from which a stage or a baseline is said to spread, as a share of its time: twice what whole
/// runs may, since a part has less time for chance to even out.
const SPREADS: f64 = 0.1;

/// Name, threads and times of a part.
type Timed<'a> = (&'static str, usize, &'a Spread);

impl Report {
    /// What makes the figures doubtful, and what to do.
    pub(super) fn warn(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let cores = self.machine.cores;
        if let Some(load) = self.load_before.filter(|&load| load > 0.3 * cores as f64) {
            warnings.push(format!(
                "Other work ran before the bench (load {load:.1} on {cores} cores): stop it, and \
                 trust CPU time more than wall time."
            ));
        }
        if let Some(&threads) = self.threads.iter().find(|&&threads| threads > cores) {
            warnings.push(format!(
                "{threads} threads share {cores} cores: their wall time says nothing about scaling, and is left \
                 out of it."
            ));
        }
        for row in &self.totals {
            if row.wall.outliers > 0 {
                warnings.push(format!(
                    "{} of {} runs on {} took far longer than the others: look at them in the JSON; more \
                     --repeats make the median safer.",
                    row.wall.outliers,
                    self.repeats,
                    on(row.threads)
                ));
            }
            if row.wall.relative() > 0.05 {
                warnings.push(format!(
                    "Runs on {} spread by {:.0} %: {}.",
                    on(row.threads),
                    row.wall.relative() * 100.0,
                    self.unsteady()
                ));
            }
            if row.wall.median < 0.2 {
                warnings.push(format!(
                    "A run on {} takes {:.2} s only: take a larger archive (--pages).",
                    on(row.threads),
                    row.wall.median
                ));
            }
        }
        self.warn_of_parts(&mut warnings);
        let counted = || self.runs.iter().filter(|run| !run.warm_up);
        let (waited, ran) = self.waited_and_ran();
        if waited > 0.05 * ran {
            warnings.push(format!(
                "Threads were ready to run for {waited:.1} s in which others had the cores ({:.0} % of \
                 their own time): stop other work. Gains by threads are {}.",
                100.0 * waited / ran,
                if self.is_disturbed() { "not told" } else { "told without that waiting" }
            ));
        }
        let stolen: f64 = counted().map(|run| run.stolen_s).sum();
        let wall: f64 = counted().map(|run| run.whole.wall_s).sum();
        if stolen > 0.01 * wall * cores as f64 {
            warnings.push(format!(
                "The host of this virtual machine took {stolen:.1} s of {:.1} s away: repeat when it \
                 is quiet, or on a machine of your own.",
                wall * cores as f64
            ));
        }
        let details = self.machine.details.as_ref();
        let governor = details.and_then(|details| details.governor.as_deref());
        if let Some(governor) = governor.filter(|&name| name != "performance") {
            warnings.push(format!(
                "Frequencies are governed by `{governor}`: set `performance` for steady figures."
            ));
        }
        if self.repeats < 3 {
            warnings.push("Fewer than three repeats have no spread to speak of.".to_owned());
        }
        warnings
    }

    /// Stages that weigh, and baselines, that spread or have outliers.
    fn warn_of_parts(&self, warnings: &mut Vec<String>) {
        let stages = self.stages.iter().filter(|row| row.share >= WEIGHS);
        let stages = stages.map(|row| (row.stage, row.threads, &row.wall));
        let baselines = self.baselines.iter();
        let baselines = baselines.map(|row| (row.baseline.name(), row.threads, &row.wall));
        let parts: [(&str, Vec<Timed<'_>>); 2] =
            [("Stages", stages.collect()), ("Baselines", baselines.collect())];
        for (kind, parts) in parts {
            let list = |tell: &dyn Fn(&Spread) -> Option<String>| -> Vec<String> {
                let told = parts.iter().filter_map(|(name, threads, wall)| {
                    Some(format!("{name} on {threads} ({})", tell(wall)?))
                });
                told.collect()
            };
            let spread = list(&|wall| {
                let relative = wall.relative();
                (relative > SPREADS).then(|| format!("{:.0} %", relative * 100.0))
            });
            if !spread.is_empty() {
                warnings.push(format!(
                    "{kind} whose times spread: {}: {}.",
                    spread.join(", "),
                    self.unsteady()
                ));
            }
            let outliers = list(&|wall| {
                (wall.outliers > 0).then(|| format!("{} of {}", wall.outliers, self.repeats))
            });
            if !outliers.is_empty() {
                warnings.push(format!(
                    "{kind} that sometimes took far longer than otherwise: {}: look at them in the JSON.",
                    outliers.join(", ")
                ));
            }
        }
    }

    fn unsteady(&self) -> &'static str {
        let details = self.machine.details.as_ref();
        let governed = details.is_some_and(|details| details.governor.is_some());
        match (governed, details.is_some_and(|details| details.virtual_machine)) {
            (true, _) => "look for other work, and for frequencies that change with heat or load",
            (false, true) => "look for other work on this virtual machine and on its host",
            (false, false) => "look for other work on the machine",
        }
    }
}
