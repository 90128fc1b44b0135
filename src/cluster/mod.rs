//! Clustering: verified pairs to groups that cannot chain, and who stays.
//!
//! In: accepted pairs, and the order in which pages are preferred. Out: families (what copy edges
//! connect) and, inside each, clusters in which *every* member is a copy of the first. Cost: linear
//! in pairs, and at most [`ANCHORS_TRIED`] looks at sketches and some fifty comparisons a page beyond
//! them.
//!
//! A component of candidate pairs holds whole families, so it can be settled by itself. Most are as
//! soon as [`verify`](crate::verify) has scored their pairs, while it still has their stories
//! ([`Decider::settle`]); the few that are too large for one thread afterwards
//! ([`Decider::settle_large`]).

mod anchor;
mod blocks;
mod decide;
mod keep;
mod lost;
mod pasted;
mod settle;

pub use anchor::{ANCHORS_TRIED, Clusters, Gathered, Join, Link, Measure, cluster};
pub use blocks::{StoryBlock, lead_embedded, story_blocks};
pub use decide::{Contained, Decider, Member, Story};
pub use keep::{KeepOrder, KeepRule, PageRank};
pub use lost::{KeptWords, LostTable, LostWords};
pub use pasted::{Pasted, PastedReader};
pub use settle::Settled;
