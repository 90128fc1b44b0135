//! What is said of a page.

use std::borrow::Cow;

use serde::Serialize;

use super::originals::Origin;
use crate::verify::{Judgement, PairScore, Relation};
use crate::write::{ClusterLine, Part, similarity};

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is in `kept/`.
    Kept,
    /// It is in `removed/`.
    Removed,
    /// It was not understood.
    Rejected,
}

/// Why a page was kept, removed or rejected.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Page id; of a reject `PATH#LINE`.
    pub id: String,
    /// What became of it.
    pub fate: Fate,
    /// The reason in one sentence, with its figures.
    pub decision: String,
    /// Input file.
    pub path: String,
    /// First byte of its record in the decompressed file.
    pub offset: u64,
    /// Bytes of its record, line end included.
    pub length: u64,
    /// Who published it, its day and its title; as far as they are known.
    pub outlet: Option<String>,
    /// Day, ISO 8601.
    pub date: Option<String>,
    /// Title, or the beginning of the text.
    pub title: Option<String>,
    /// Where the page was read from.
    pub origin: Option<Origin>,
    /// Its cluster.
    pub cluster: Option<ClusterLine>,
    /// The page it was compared with: of a copy its keeper, of a keeper its weakest copy.
    pub other: Option<Compared>,
    /// Words that its keeper lacks.
    pub lost_words: Option<u64>,
    /// The rarest of them.
    pub lost_rarest: Vec<String>,
    /// What the page is made of.
    pub parts: Option<Parts>,
    /// Other clusters of its family: other versions of the story.
    pub versions: Vec<Version>,
    /// Pages that contain it, renew it, fill in the same form or share text with it
    /// (`dedup --pairs`); the strongest first.
    pub related: Vec<Related>,
    /// Whether `pairs.jsonl` is there to tell related pages from.
    pub has_pairs: bool,
    /// Commands that show more.
    pub commands: Vec<String>,
}

/// Two pages, compared exactly.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The other page.
    pub id: String,
    /// Of the two stories.
    pub story: Shares,
    /// Of everything on the two pages.
    pub page: Shares,
    /// How the run's settings decide about the stories.
    pub relation: Relation,
    /// What a reader of the two stories says, in one sentence with its figures.
    pub reason: String,
    /// The figures.
    pub judgement: Judgement,
}

/// How far two texts agree; `a` is the page, `b` the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shares {
    /// Shared shingles over all shingles of both.
    pub jaccard: f64,
    /// Share of the page's that the other has.
    pub a_in_b: f64,
    /// Share of the other's that the page has.
    pub b_in_a: f64,
}

impl From<PairScore> for Shares {
    fn from(score: PairScore) -> Self {
        Self {
            jaccard: similarity(score.jaccard()),
            a_in_b: similarity(score.a_in_b()),
            b_in_a: similarity(score.b_in_a()),
        }
    }
}

/// What a page is made of, in bytes of its text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Parts {
    /// All of it.
    pub bytes: u64,
    /// Its story: title and body.
    pub story: u64,
    /// Related blocks: headings, titles, lists and texts of other stories.
    pub related: u64,
    /// The rest: source, keywords, date, promotion.
    pub other: u64,
    /// Its shared blocks.
    pub blocks: Vec<PageBlock>,
}

/// A shared block on the page.
#[derive(Clone, Debug, Serialize)]
pub struct PageBlock {
    /// Its name.
    pub block: String,
    /// What it is.
    pub kind: Cow<'static, str>,
    /// First byte in the page's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Pages that it stands on.
    pub pages: usize,
    /// The page whose story it is.
    pub story: Option<String>,
    /// Its title, or the beginning of its text.
    pub title: String,
}

/// Another version of the page's story.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// Its cluster.
    pub cluster: String,
    /// The page that is kept for it.
    pub keep: String,
    /// Pages.
    pub size: usize,
}

/// A page that is no copy, and how it relates.
#[derive(Clone, Debug, Serialize)]
pub struct Related {
    /// Page id.
    pub id: String,
    /// How the two relate; `contains` holds either way.
    pub relation: Relation,
    /// Exact Jaccard similarity.
    pub jaccard: f64,
    /// Share of this page's shingles that the other has.
    pub in_other: f64,
    /// Share of the other's that this page has.
    pub of_other: f64,
    /// Which part of this page: its story, or a span.
    pub part: Part,
    /// Which part of the other page.
    pub other_part: Part,
}
