//! What a report means: what limits the run, and what makes its figures doubtful.

use super::Baseline;
use super::report::{BaselineRow, MANY, Report, ScalingRow, StageRow};

impl Report {
    /// What limits the run, in words.
    pub(super) fn find(&self) -> Vec<String> {
        let mut findings = Vec::new();
        let (Some(first), Some(last)) = (self.totals.first(), self.totals.last()) else {
            return findings;
        };
        let mut stages: Vec<&StageRow> =
            self.stages.iter().filter(|row| row.threads == last.threads).collect();
        stages.sort_by(|a, b| b.share.total_cmp(&a.share));
        let top =
            stages.iter().take(3).map(|row| format!("{} {:.0} %", row.stage, row.share * 100.0));
        findings.push(format!(
            "On {} most of the time goes to: {}.",
            on(last.threads),
            top.collect::<Vec<_>>().join(", ")
        ));
        for row in stages.iter().take(4).filter(|row| row.share > 0.1) {
            let wanted = row.threads.min(self.machine.cores) as f64;
            let alone = row.cpu.median / row.quiet.median.max(1e-9);
            if alone < 0.7 * wanted {
                findings.push(format!(
                    "{} keeps {alone:.1} of {wanted:.0} cores busy: it waits (disk, memory not yet \
                     mapped) or has serial parts.",
                    row.stage
                ));
            }
        }
        if last.threads > first.threads {
            let faster = first.quiet.median / last.quiet.median.max(1e-9);
            let ideal = last.threads as f64 / first.threads as f64;
            let growth = last.cpu.median / first.cpu.median.max(1e-9);
            findings.push(format!(
                "A run on {} is {faster:.2} times as fast as on {} (ideal {ideal:.0}) and takes \
                 {growth:.2} times the CPU time{}.",
                on(last.threads),
                on(first.threads),
                if growth > 1.1 {
                    ": memory, caches or shared cores limit, not waiting"
                } else {
                    ""
                }
            ));
        }
        self.find_serial(&mut findings);
        let memory =
            |row: &&BaselineRow| row.baseline == Baseline::Memory && row.threads == last.threads;
        if let Some(memory) = self.baselines.iter().find(memory) {
            findings.push(format!(
                "The run goes through the archive at {:.2} GB/s; {} can read memory at {:.1} GB/s.",
                last.gb_per_s,
                on(last.threads),
                memory.gb_per_s
            ));
        }
        findings
    }

    /// What more threads do not shorten.
    fn find_serial(&self, findings: &mut Vec<String>) {
        let whole = &self.scaling[0];
        let Some((fit, limit)) = whole.fit.zip(whole.limit_64) else { return };
        findings.push(format!(
            "Fit: {:.3} s that stay and {:.3} s that threads share; serial share {:.1} %. {MANY} cores \
             would be at most {limit:.1} times as fast as one{}.",
            fit.fixed_s,
            fit.shared_s,
            fit.serial_share() * 100.0,
            if fit.error > 0.05 { " (the fit is off by more than 5 %)" } else { "" }
        ));
        let fixed = |row: &&ScalingRow| row.fit.map_or(0.0, |fit| fit.fixed_s);
        let mut serial: Vec<&ScalingRow> = self.scaling[1..].iter().collect();
        serial.sort_by(|a, b| fixed(b).total_cmp(&fixed(a)));
        let named = serial.iter().take(3).filter(|row| fixed(row) > 0.0);
        let named: Vec<String> = named
            .map(|row| format!("{} {:.3} s", row.stage.unwrap_or_default(), fixed(row)))
            .collect();
        if !named.is_empty() {
            findings.push(format!("The time that stays is in: {}.", named.join(", ")));
        }
        let Some((first, last)) = whole.measured.first().zip(whole.measured.last()) else { return };
        let mut text = format!(
            "Serial share as measured: {:.1} % on {} (± {:.1} between rounds)",
            last.share.median * 100.0,
            on(last.threads),
            last.share.mad * 100.0
        );
        if last.threads > first.threads {
            let rise = last.share.median - first.share.median;
            let why = if rise > (last.share.mad + first.share.mad).max(0.01) {
                "it rises with the threads, as it does when they share memory, caches or locks"
            } else {
                "it does not rise with the threads, so it is made of parts that run alone"
            };
            let share = format!("{:.1} %", first.share.median * 100.0);
            text.extend([", ", &share, " on ", &on(first.threads), ": ", why]);
        }
        findings.push(text + ".");
        if let Some(cost) = whole.cpu_per_thread_s {
            let first = self.totals.first().map_or(0.0, |row| row.cpu.median);
            findings.push(format!(
                "Each further thread costs {cost:.4} s of CPU time more ({:.1} % of a run on {}).",
                100.0 * cost / first.max(1e-9),
                on(self.threads.first().copied().unwrap_or(1))
            ));
        }
    }

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
                "{threads} threads share {cores} cores: their wall time says nothing about scaling."
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
        let counted = || self.runs.iter().filter(|run| !run.warm_up);
        let waited: f64 = counted().map(|run| run.waited_s).sum();
        let ran: f64 = counted().map(|run| run.cpu_s).sum();
        if waited > 0.05 * ran {
            warnings.push(format!(
                "Threads were ready to run for {waited:.1} s in which others had the cores ({:.0} % of \
                 their own time): stop other work. Gains by threads are told without that waiting.",
                100.0 * waited / ran
            ));
        }
        let stolen: f64 = counted().map(|run| run.stolen_s).sum();
        let wall: f64 = counted().map(|run| run.wall_s).sum();
        if stolen > 0.01 * wall * cores as f64 {
            warnings.push(format!(
                "The host of this virtual machine took {stolen:.1} s of {:.1} s away: repeat when it \
                 is quiet, or on a machine of your own.",
                wall * cores as f64
            ));
        }
        if let Some(governor) =
            self.machine.governor.as_deref().filter(|&name| name != "performance")
        {
            warnings.push(format!(
                "Frequencies are governed by `{governor}`: set `performance` for steady figures."
            ));
        }
        if self.repeats < 3 {
            warnings.push("Fewer than three repeats have no spread to speak of.".to_owned());
        }
        warnings
    }

    fn unsteady(&self) -> &'static str {
        match (&self.machine.governor, self.machine.virtual_machine) {
            (Some(_), _) => {
                "look for other work, and for frequencies that change with heat or load"
            }
            (None, true) => "look for other work on this virtual machine and on its host",
            (None, false) => "look for other work on the machine",
        }
    }
}

fn on(threads: usize) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}
