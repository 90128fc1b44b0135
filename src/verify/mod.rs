//! Verifying: how two texts relate, from the texts themselves.
//!
//! In: candidate pairs. Out: exact scores and relations. A text is made again from its record,
//! never taken from a sketch: a sketch may be forged, and hashes of different texts may agree.

pub mod align;
mod blocks;
mod cache;
pub mod compare;
pub mod differences;
mod exact;
pub mod judge;
mod large;
pub mod lexicon;
mod numbers;
mod pairs;
pub mod relation;
pub mod rules;
pub mod score;
pub mod spans;
mod spelling;
mod spine;
mod subjects;
mod tables;
mod values;
pub mod vocabulary;
mod word_set;

pub use blocks::{BlockPair, blocks_to_read, verify_blocks};
pub use cache::SetCache;
pub use compare::{Comparison, DiffRun, FoldedText, RunKind};
pub use exact::{ExactCopies, join_exact_copies};
pub use judge::{Judge, StoryText};
pub use pairs::{MatchBy, SIMILARITY_STEPS, ScoredPair, Settling, Tried, Verified, Verifier};
pub use relation::{Judgement, Relation};
pub use score::PairScore;
pub use spans::{Sourced, SpanFinder};
pub(crate) use word_set::WordSet;

#[cfg(test)]
mod edited;
#[cfg(test)]
mod planted;
