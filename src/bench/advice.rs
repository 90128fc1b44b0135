//! What a report means: what limits the run.

use super::gains::MANY;
use super::report::{BaselineRow, Report, StageRow};
use super::run::PUBLISH;
use super::{Baseline, ScalingRow, SerialShare, Spread};

impl Report {
    /// What limits the run, in words. Numbers of threads above that of the cores are no part of it.
    pub(super) fn find(&self) -> Vec<String> {
        let mut findings = Vec::new();
        let within = self.within_cores();
        let Some(&threads) = within.last().or(self.threads.last()) else { return findings };
        let mut stages: Vec<&StageRow> =
            self.stages.iter().filter(|row| row.threads == threads).collect();
        stages.sort_by(|a, b| b.share.total_cmp(&a.share));
        let top =
            stages.iter().take(3).map(|row| format!("{} {:.0} %", row.stage, row.share * 100.0));
        findings.push(format!(
            "On {} most of the time goes to: {}.",
            on(threads),
            top.collect::<Vec<_>>().join(", ")
        ));
        self.find_idle(&stages, &mut findings);
        let (waited, ran) = self.waited_and_ran();
        if self.is_disturbed() {
            findings.push(format!(
                "What threads gain cannot be told: they waited {:.0} % as long as they ran for cores that \
                 others had. Stop other work.",
                100.0 * waited / ran
            ));
        } else {
            self.find_faster(&mut findings);
            self.find_serial(&mut findings);
        }
        self.find_floor_bound(threads, &mut findings);
        let memory =
            |row: &&BaselineRow| row.baseline == Baseline::Memory && row.threads == threads;
        let total = self.totals.iter().find(|row| row.threads == threads);
        if let Some((memory, total)) = self.baselines.iter().find(memory).zip(total) {
            findings.push(format!(
                "The run goes through the archive at {:.2} GB/s; {} can read memory at {:.1} GB/s.",
                total.gb_per_s,
                on(threads),
                memory.gb_per_s
            ));
        }
        findings
    }

    /// Which large stages leave cores idle, with what runs beside them counted as work.
    fn find_idle(&self, stages: &[&StageRow], findings: &mut Vec<String>) {
        for row in stages.iter().take(4).filter(|row| row.share > 0.1) {
            let Some(quiet) = &row.quiet else { continue };
            let wanted = row.threads.min(self.machine.cores) as f64;
            let busy = (row.cpu.median + row.beside.median) / quiet.median.max(1e-9);
            if busy >= 0.7 * wanted {
                continue;
            }
            let beside = if row.beside.median > 0.05 * quiet.median {
                format!(
                    ", what is beside it counted in (the input was hashed for {:.2} s)",
                    row.beside.median
                )
            } else {
                String::new()
            };
            let why = if row.stage == PUBLISH {
                "it waits for the disk"
            } else {
                "it waits (disk, memory not yet mapped) or has serial parts"
            };
            findings.push(format!(
                "{} keeps {busy:.1} of {wanted:.0} cores busy{beside}: {why}.",
                row.stage
            ));
        }
    }

    /// How much faster the most threads are that each have a core.
    fn find_faster(&self, findings: &mut Vec<String>) {
        let within = self.within_cores();
        if let (Some(&few), Some(&many)) = (within.first(), within.last())
            && few < many
        {
            let rounds = self.counted(few).zip(self.counted(many));
            let faster = Spread::of(rounds.map(|(few, many)| {
                few.whole.quiet_s(few.threads) / many.whole.quiet_s(many.threads).max(1e-9)
            }));
            let growth = self.scaling[0].cpu_growth;
            findings.push(if faster.mad > (faster.median - 1.0).abs() {
                format!(
                    "Whether a run on {} is faster than on {} cannot be told: {:.2} times as fast, \
                     and rounds differ by ± {:.2}.",
                    on(many),
                    on(few),
                    faster.median,
                    faster.mad
                )
            } else {
                format!(
                    "A run on {} is {:.2} (± {:.2}) times as fast as on {} (ideal {:.0}) and takes \
                     {growth:.2} times the CPU time{}.",
                    on(many),
                    faster.median,
                    faster.mad,
                    on(few),
                    many as f64 / few as f64,
                    if growth > 1.1 {
                        ": memory, caches or shared cores limit, not waiting"
                    } else {
                        ""
                    }
                )
            });
        }
        let more: Vec<&usize> = self.threads[within.len()..].iter().collect();
        if !more.is_empty() {
            let walls = self.totals.iter().filter(|row| more.contains(&&row.threads));
            let walls = walls.map(|row| format!("{}: {:.3} s", on(row.threads), row.wall.median));
            findings.push(format!(
                "Left out of all that is said of gains, since {} cores cannot run them at once and how \
                 long they wait for one another cannot be told from other work; by the clock, on {}.",
                self.machine.cores,
                walls.collect::<Vec<_>>().join(", ")
            ));
        }
    }

    /// What more threads do not shorten.
    fn find_serial(&self, findings: &mut Vec<String>) {
        let whole = &self.scaling[0];
        let Some(fit) = whole.fit else { return };
        let Some(last) = whole.measured.last() else { return };
        let told = |at: &SerialShare| {
            let (median, mad) = (at.share.median * 100.0, at.share.mad * 100.0);
            format!("{median:.1} % on {} (± {mad:.1} between rounds)", on(at.threads))
        };
        if let Some(share) = whole.measured.iter().find(|share| !share.is_told()) {
            findings.push(format!(
                "Serial share: cannot be told, nor what more cores would gain: {}. More --repeats, or \
                 a quieter machine.",
                told(share)
            ));
            return;
        }
        let check = match () {
            () if !fit.is_checked() => {
                " (two points: the fit goes through both, and is not checked)"
            }
            () if fit.error > 0.05 => " (the fit is off by more than 5 %)",
            () => "",
        };
        let limit = whole.limit_64.map_or_else(String::new, |limit| {
            let check =
                if limit < fit.limit(MANY) { " (by hash and publish, below)" } else { check };
            format!(" {MANY} cores would be at most {limit:.1} times as fast as one{check}.")
        });
        findings.push(format!(
            "Fit: {:.3} s that stay and {:.3} s that threads share; serial share {:.1} %.{limit}",
            fit.fixed_s,
            fit.shared_s,
            fit.serial_share() * 100.0,
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
        let mut text = format!("Serial share as measured: {}", told(last));
        if let Some(first) = whole.measured.first().filter(|first| first.threads < last.threads) {
            text.extend([", ", &told(first), ": "]);
            text += match last.rises_from(first) {
                Some(true) => {
                    "it rises with the threads, as it does when they share memory, caches or locks"
                }
                Some(false) => {
                    "it does not rise with the threads, so it is made of parts that run alone"
                }
                None => "rounds differ too much to tell whether it rises with the threads",
            };
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

    /// What no number of cores shortens.
    fn find_floor_bound(&self, threads: usize, findings: &mut Vec<String>) {
        let Some(floor) = &self.floor else { return };
        let beside = self.stages.iter().filter(|row| row.threads == threads);
        let mut beside: Vec<&StageRow> = beside.filter(|row| row.beside.median > 0.0).collect();
        beside.sort_by(|a, b| b.beside.median.total_cmp(&a.beside.median));
        if let Some(most) = beside.first() {
            findings.push(format!(
                "Beside {} the input was hashed for {:.3} s: that counts as work there, and not as its \
                 serial part.",
                most.stage, most.beside.median
            ));
        }
        let alone = self.totals.first().and_then(|row| row.quiet.as_ref()).map(|row| row.median);
        let inputs = match floor.inputs {
            1 => "the input".to_owned(),
            inputs => format!("the largest of {inputs} inputs"),
        };
        findings.push(format!(
            "However many cores: the hash of {inputs} ({:.0} MB at {:.2} GB/s) takes {:.3} s of one \
             thread, several inputs being hashed beside one another, and publish behind it {:.3} s, of \
             which {:.3} s wait for the disk. Together they bound the run at {:.1} times the speed on {}.",
            floor.largest_bytes as f64 / 1e6,
            floor.hash_gb_per_s,
            floor.hash_s,
            floor.publish_s,
            floor.disk_s,
            alone.unwrap_or(0.0) / floor.seconds().max(1e-9),
            on(self.threads.first().copied().unwrap_or(1)),
        ));
    }
}

pub(super) fn on(threads: usize) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}
