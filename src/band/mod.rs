//! Banding: rows to candidate pairs.
//!
//! In: a [`crate::sketch::SketchMatrix`]. Out: pairs of rows worth an exact comparison, sorted and
//! without repeats. Cost: a sort a band. Does not: decide; a candidate is only a suspicion.

mod anchors;
mod hamming;
mod join;
mod keys;
mod shared;

pub use anchors::{Sharing, anchor_candidates};
pub use hamming::{MAX_RADIUS, hamming_candidates};
pub use join::{Candidates, band_candidates};
