//! How a run tells its caller where it is, without knowing of a terminal.

use serde::{Deserialize, Serialize};

/// The stages of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Finding and opening the input.
    Open,
    /// Counting what repeats over the archive.
    Count,
    /// Reading, folding, cutting, shingling and sketching every page.
    Sketch,
    /// Joining exact copies.
    Exact,
    /// Finding candidate pairs.
    Band,
    /// Scoring candidate pairs from their texts; and, while these are at hand, gathering the copies
    /// of every component of ordinary size, and what is lost with each.
    Verify,
    /// The same for very large components, clusters of all, and choosing who stays.
    Cluster,
    /// Writing the results.
    Write,
    /// Hashing the input, which goes on beside the stages before it: what it takes longer than they.
    Hash,
    /// Making the report.
    Report,
}

impl Stage {
    /// The stage's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Count => "count",
            Self::Sketch => "sketch",
            Self::Exact => "exact",
            Self::Band => "band",
            Self::Verify => "verify",
            Self::Cluster => "cluster",
            Self::Write => "write",
            Self::Hash => "hash",
            Self::Report => "report",
        }
    }

    /// What the stage does, for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "opening the input",
            Self::Count => "counting what repeats",
            Self::Sketch => "reading and sketching pages",
            Self::Exact => "joining exact copies",
            Self::Band => "finding candidate pairs",
            Self::Verify => "verifying pairs",
            Self::Cluster => "clustering",
            Self::Write => "writing results",
            Self::Hash => "hashing the input",
            Self::Report => "making the report",
        }
    }
}

/// Is told of a run's advance, from any thread and seldom enough not to cost (a chunk at a time).
pub trait Progress: Sync {
    /// A stage begins; `bytes` of work lie ahead where that is known.
    fn start(&self, stage: Stage, bytes: Option<u64>);
    /// Some work of the current stage was done: pages (or pairs) and bytes.
    fn add(&self, items: u64, bytes: u64);
    /// The stage ended after `items` and `bytes`, in `wall` seconds.
    fn finish(&self, stage: Stage, items: u64, bytes: u64, wall: f64);
    /// Whether the caller wants the run to stop. Asked at every chunk; a run that is told to stop
    /// publishes nothing.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn start(&self, _: Stage, _: Option<u64>) {}
    fn add(&self, _: u64, _: u64) {}
    fn finish(&self, _: Stage, _: u64, _: u64, _: f64) {}
}
