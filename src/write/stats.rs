//! What a run says of itself: the ledger, the funnel, times.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::band::Candidates;
use crate::error::Result;
use crate::machine::Machine;
use crate::progress::{Progress, Stage};
use crate::verify::{ExactCopies, Verified};

/// What became of the records; `read = kept + removed + rejected`, in records and in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Records read.
    pub read: u64,
    /// Records kept.
    pub kept: u64,
    /// Records removed.
    pub removed: u64,
    /// Records not understood.
    pub rejected: u64,
    /// Of the records kept, those that were written without their related blocks.
    pub cut_pages: u64,
    /// The same in bytes of the decompressed files.
    pub bytes: LedgerBytes,
    /// The same in words of stories; rejects have none.
    pub words: LedgerWords,
}

/// The ledger in words of stories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerWords {
    /// Words of all stories.
    pub read: u64,
    /// Words of the stories of pages kept.
    pub kept: u64,
    /// Words of the stories of pages removed.
    pub removed: u64,
}

/// The ledger in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerBytes {
    /// All bytes of the input.
    pub read: u64,
    /// Bytes kept: records, and what belongs to the files themselves.
    pub kept: u64,
    /// Bytes of removed records.
    pub removed: u64,
    /// Bytes of rejects.
    pub rejected: u64,
    /// Of the bytes kept, blank lines and byte order marks.
    pub blank: u64,
    /// Cut from kept pages: bytes of their decoded texts, and so no part of the sum.
    pub cut: u64,
}

impl Ledger {
    /// Whether it adds up.
    pub fn balances(&self) -> bool {
        let bytes = &self.bytes;
        self.read == self.kept + self.removed + self.rejected
            && bytes.read == bytes.kept + bytes.removed + bytes.rejected
            && self.words.read == self.words.kept + self.words.removed
    }
}

/// How many pairs got how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// Pages joined as exact copies of another.
    pub exact_copies: u64,
    /// Of them, pages removed because the kept page has the same text.
    pub exact_removed: u64,
    /// Pairs that share a band, or lie within the Hamming radius.
    pub candidates: u64,
    /// Of them, pairs that their sketches or lengths ruled out.
    pub far_below: u64,
    /// Pairs scored exactly from their texts. Of families of thousands of pairs only as many are as it
    /// takes to connect their pages, unless all are wanted.
    pub verified: u64,
    /// Pairs that are copies.
    pub accepted: u64,
    /// Buckets of more than the cap, tried star-wise.
    pub hot_buckets: u64,
    /// Pairs of such buckets that were not tried.
    pub cut_pairs: u64,
    /// Accepted pairs whose ends stand in two clusters of one family.
    pub cut_edges: u64,
    /// Pages not tried with every anchor of a very large family.
    pub untried: u64,
    /// Pairs between exact copies that `pairs.jsonl` leaves out, since there were too many.
    pub pairs_left_out: u64,
}

impl Funnel {
    /// The counts up to candidates.
    pub fn new(exact: &ExactCopies, candidates: &Candidates) -> Self {
        Self {
            exact_copies: exact.copies,
            candidates: candidates.pairs.len() as u64,
            hot_buckets: candidates.hot_buckets,
            cut_pairs: candidates.cut_pairs,
            ..Self::default()
        }
    }

    /// The counts of verification.
    pub fn verify(&mut self, verified: &Verified) {
        self.far_below = verified.far_below;
        self.verified = verified.scored;
        self.accepted = verified.copies.len() as u64;
    }
}

/// What a stage took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageTime {
    /// Which stage.
    pub name: Stage,
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Seconds of all cores.
    pub cpu_s: f64,
    /// Seconds that work beside it ran meanwhile, the hash of the input; they are not in `cpu_s`.
    #[serde(default)]
    pub beside_s: f64,
    /// Bytes it went through.
    pub bytes: u64,
    /// Pages or pairs it went through.
    pub items: u64,
}

impl StageTime {
    /// Seconds in which it went through its bytes and items: by the clock, but of work that went on
    /// beside other stages those that it ran.
    pub fn pace_s(&self) -> f64 {
        if self.name == Stage::Hash { self.cpu_s } else { self.wall_s }
    }
}

/// Speed of the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Pages a second.
    pub pages_per_s: f64,
    /// Millions of bytes a second.
    pub mb_per_s: f64,
}

/// `stats.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stats {
    /// Version of this file's form.
    pub schema: u32,
    /// Version of the program.
    pub version: Cow<'static, str>,
    /// Version of the folding rules.
    pub fold_version: u32,
    /// The settings that decide the result.
    pub settings: serde_json::Value,
    /// Hash of all inputs, by name and content.
    pub input_digest: String,
    /// What became of the records.
    pub ledger: Ledger,
    /// Clusters of two or more pages.
    pub clusters: u64,
    /// Pages that are copies of a page of a cluster, but not of the page kept there: versions of
    /// their own, listed in `clusters.jsonl` with their family.
    pub lone_versions: u64,
    /// Families that such clusters belong to.
    pub families: u64,
    /// Shared blocks.
    pub blocks: u64,
    /// Pages without a word; they are kept and equal to nothing.
    pub wordless: u64,
    /// How many pairs got how far.
    pub funnel: Funnel,
    /// Counts by name: cluster sizes, similarities of verified pairs in steps of .05, reject codes.
    pub histograms: BTreeMap<Cow<'static, str>, BTreeMap<String, u64>>,
    /// Warnings, each once.
    pub warnings: Vec<String>,
    /// Inputs that could not be read, or not to their end.
    pub problems: Vec<String>,
    /// Times of the stages.
    pub stages: Vec<StageTime>,
    /// Speed of the whole.
    pub throughput: Throughput,
    /// Most memory held, file pages included.
    pub peak_rss_bytes: u64,
    /// What it ran on.
    pub machine: Machine,
    /// Hash of all data files.
    pub digest: String,
}

/// Measures stages and tells a [`Progress`] of them.
pub struct Clock<'p> {
    progress: &'p dyn Progress,
    background: Option<&'p Background<'p>>,
    begun: Instant,
    stages: Vec<StageTime>,
}

impl<'p> Clock<'p> {
    /// Starts the clock of a run.
    pub fn start(progress: &'p dyn Progress) -> Self {
        Self { progress, background: None, begun: Instant::now(), stages: Vec::new() }
    }

    /// Lets work go on beside the stages, whose time is not theirs.
    #[must_use]
    pub fn with(self, background: &'p Background<'p>) -> Self {
        Self { background: Some(background), ..self }
    }

    /// Runs a stage. It returns its result with the items and bytes it went through.
    ///
    /// # Errors
    /// Those of the stage.
    pub fn stage<T>(
        &mut self,
        name: Stage,
        bytes_ahead: Option<u64>,
        work: impl FnOnce() -> Result<(T, u64, u64)>,
    ) -> Result<T> {
        self.progress.start(name, bytes_ahead);
        let (wall, cpu, beside) = (Instant::now(), cpu_seconds(), self.beside_seconds());
        let (out, items, bytes) = work()?;
        let wall_s = wall.elapsed().as_secs_f64();
        let beside_s = self.beside_seconds() - beside;
        let cpu_s = (cpu_seconds() - cpu - beside_s).max(0.0);
        self.finish(StageTime { name, wall_s, cpu_s, beside_s, bytes, items });
        Ok(out)
    }

    /// Adds what the work beside the stages took, as a stage of its own whose wall time is what it took
    /// `since` the other stages were done.
    pub fn waited(&mut self, name: Stage, since: Instant, items: u64, bytes: u64) {
        let (wall_s, cpu_s) = (since.elapsed().as_secs_f64(), self.beside_seconds());
        self.finish(StageTime { name, wall_s, cpu_s, beside_s: 0.0, bytes, items });
    }

    fn finish(&mut self, time: StageTime) {
        self.progress.finish(time.name, time.items, time.bytes, time.wall_s);
        self.stages.push(time);
    }

    /// Seconds that the work beside the stages has run.
    fn beside_seconds(&self) -> f64 {
        self.background.map_or(0.0, Background::cpu_seconds)
    }

    /// The times so far.
    pub fn stages(&self) -> Vec<StageTime> {
        self.stages.clone()
    }

    /// Speed since the start.
    pub fn throughput(&self, pages: u64, bytes: u64) -> Throughput {
        let seconds = self.begun.elapsed().as_secs_f64().max(1e-9);
        Throughput { pages_per_s: pages as f64 / seconds, mb_per_s: bytes as f64 / 1e6 / seconds }
    }
}

/// Seconds that all threads of this process have run.
pub fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory this process held, in bytes; 0 where the system does not say.
pub fn peak_rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
