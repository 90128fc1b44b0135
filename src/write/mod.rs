//! Writing: results to files that appear whole or not at all.
//!
//! In: decisions. Out: the files of a run in one folder. Everything goes into `DIR.partial`, is
//! synced once and published by one rename; `_SUCCESS` is written last. Does not: decide.

mod archive;
mod blocks;
mod clusters;
mod cuts;
mod inputs;
mod lines;
mod manifest;
mod outdir;
mod outlets;
mod pairs;
mod publish;
mod records;
mod run;
mod segments;
mod stats;

pub(crate) use archive::Packer;
pub use archive::{Copied, LeftOut, write_kept, write_left_out};
pub use blocks::{BlockIndex, BlockLine, OccurrenceLine, write_blocks};
pub(crate) use clusters::{cluster_name, headline};
pub use cuts::{ANNOTATION, CutLine, CutTotals};
pub use inputs::{InputLine, input_digest};
pub use manifest::{Manifest, digest};
pub use outdir::{OutDir, OutFile, Published, SUCCESS, Written, hex};
pub use outlets::{EdgeLine, OutletLine};
pub use records::{
    ClusterLine, MemberLine, PairLine, Part, RejectLine, RemovedLine, Role, similarity, write_lines,
};
pub use run::{Outcome, Reported, Unsealed, reject_lines, write_run};
pub use segments::{SegmentLine, SegmentsLine, each_page};
pub use stats::{
    Clock, Funnel, Ledger, LedgerBytes, LedgerWords, StageTime, Stats, Throughput, cpu_seconds,
    peak_rss_bytes,
};
