//! Verifying: how two texts relate, from the texts themselves.
//!
//! In: candidate pairs. Out: exact scores. A text is made again from its record, never taken from
//! a sketch: a sketch may be forged, and hashes of different texts may agree.

mod exact;
pub mod frequency;
mod pairs;
pub mod score;

pub use exact::{ExactCopies, join_exact_copies};
pub use frequency::Frequencies;
pub use pairs::{ScoredPair, SetCache, Verified, Verifier};
pub use score::PairScore;
