//! Clustering: verified pairs to groups that cannot chain, and who stays.
//!
//! In: accepted pairs, and the order in which pages are preferred. Out: families (what copy edges
//! connect) and, inside each, clusters in which *every* member is a copy of the first. Cost: linear
//! in pairs, and at most [`ANCHORS_TRIED`] comparisons a page beyond them. Does not: read texts
//! itself; the caller's measure does.

mod anchor;
mod blocks;
mod decide;
mod keep;

pub use anchor::{ANCHORS_TRIED, Clusters, Link, Measure, cluster};
pub use blocks::{StoryBlock, lead_embedded, story_blocks};
pub use decide::{Contained, Decider, LostWords, Member, Story};
pub use keep::{KeepOrder, KeepRule, PageRank};
