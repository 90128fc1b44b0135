//! Writing: results to files that appear whole or not at all.
//!
//! In: decisions. Out: the files of a run in one folder. Everything goes into `DIR.partial`, is
//! synced once and published by one rename; `_SUCCESS` is written last. Does not: decide.

mod archive;
mod manifest;
mod outdir;
mod records;
mod run;
mod stats;

pub use archive::{Copied, LeftOut, write_kept, write_removed};
pub use manifest::{Manifest, digest};
pub use outdir::{OutDir, OutFile, Written, hex};
pub use records::{
    ClusterLine, MemberLine, PairLine, RejectLine, RemovedLine, Role, similarity, write_lines,
};
pub use run::{Outcome, Reported, write_run};
pub use stats::{Clock, Funnel, Ledger, LedgerBytes, StageTime, Stats, Throughput, peak_rss_bytes};
