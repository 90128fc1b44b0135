//! The lines of the data files.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::OutDir;
use crate::error::Result;
use crate::types::ByteSpan;
use crate::verify::Relation;

/// A similarity as it is written: rounded to four places.
pub fn similarity(exact: f64) -> f64 {
    (exact * 1e4).round() / 1e4
}

/// A page's part in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The page that is kept for its cluster.
    Keep,
    /// A copy of it.
    Copy,
}

/// A line of `clusters.jsonl`: a story on two or more pages, or a version of one that stands on one
/// page and shares its family with other clusters.
///
/// Texts are as `S` holds them: a line that is written borrows them from where they lie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterLine<S = String> {
    /// Hash of the sorted member ids.
    pub cluster: S,
    /// Shared by clusters that copy edges connect.
    pub family: S,
    /// Number of members.
    pub size: usize,
    /// The outlets of the members, sorted, each once.
    pub outlets: Vec<S>,
    /// Earliest day of a member, ISO 8601.
    pub first_day: Option<S>,
    /// Latest day of a member.
    pub last_day: Option<S>,
    /// Title of the kept page, or the beginning of its text.
    pub title: S,
    /// Id of the page that is kept.
    pub keep: S,
    /// The rule that chose it.
    pub keep_reason: Cow<'static, str>,
    /// The pages, the kept one first.
    pub members: Vec<MemberLine<S>>,
}

/// A page of a cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberLine<S = String> {
    /// Page id.
    pub id: S,
    /// Outlet, if known.
    pub outlet: Option<S>,
    /// Day, ISO 8601, if known.
    pub date: Option<S>,
    /// Address, if known.
    pub url: Option<S>,
    /// Exact similarity of its story to the kept page's story.
    pub similarity: f64,
    /// `exact` when the folded texts are equal byte for byte, else `copy`; `self` for the keeper.
    pub relation: Cow<'static, str>,
    /// Whether it is the keeper or a copy.
    pub role: Role,
    /// Whether the page was removed; a copy with too many words of its own is not.
    pub removed: bool,
}

/// A line of `removed.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemovedLine<S = String> {
    /// Page id.
    pub id: S,
    /// Input file.
    pub path: S,
    /// First byte of its record in the decompressed file.
    pub offset: u64,
    /// Bytes of its record, line end included.
    pub length: u64,
    /// SHA-256 of these bytes.
    pub sha256: S,
    /// `exact`, `copy` or `contains`.
    pub reason: Cow<'static, str>,
    /// Its cluster; none for a page that lies in another.
    pub cluster: Option<S>,
    /// The page that stays in its place.
    pub keep: S,
    /// Exact similarity to that page.
    pub similarity: f64,
    /// Words of the page's story that its keeper lacks altogether, and of its second stories those that neither
    /// that page has nor one that stays with the same block.
    pub lost_words: u64,
    /// The rarest of them, at most five.
    pub lost_rarest: Vec<S>,
}

impl ClusterLine<Cow<'_, str>> {
    /// The line with texts of its own.
    pub fn into_owned(self) -> ClusterLine {
        let all = |texts: Vec<Cow<'_, str>>| texts.into_iter().map(Cow::into_owned).collect();
        let member = |member: MemberLine<Cow<'_, str>>| MemberLine {
            id: member.id.into_owned(),
            outlet: member.outlet.map(Cow::into_owned),
            date: member.date.map(Cow::into_owned),
            url: member.url.map(Cow::into_owned),
            similarity: member.similarity,
            relation: member.relation,
            role: member.role,
            removed: member.removed,
        };
        ClusterLine {
            cluster: self.cluster.into_owned(),
            family: self.family.into_owned(),
            size: self.size,
            outlets: all(self.outlets),
            first_day: self.first_day.map(Cow::into_owned),
            last_day: self.last_day.map(Cow::into_owned),
            title: self.title.into_owned(),
            keep: self.keep.into_owned(),
            keep_reason: self.keep_reason,
            members: self.members.into_iter().map(member).collect(),
        }
    }
}

/// A line of `rejected.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RejectLine {
    /// Input file.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
    /// First byte in the decompressed file.
    pub offset: u64,
    /// Bytes, line end included.
    pub length: u64,
    /// What kind of fault.
    pub code: Cow<'static, str>,
    /// The fault in words.
    pub error: String,
}

/// Which part of a page a pair is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its story; written as `story`.
    Story,
    /// An embedded story; written as its span, `start-end`.
    Embedded(ByteSpan),
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Story => serializer.serialize_str("story"),
            Self::Embedded(span) => {
                serializer.collect_str(&format_args!("{}-{}", span.start, span.end))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        if text == "story" {
            return Ok(Self::Story);
        }
        let span = text.split_once('-').and_then(|(start, end)| {
            let (start, end) = (start.parse().ok()?, end.parse().ok()?);
            (start <= end).then_some(ByteSpan { start, end })
        });
        let fault = || D::Error::custom(format!("{text:?} is neither `story` nor a span"));
        span.map(Self::Embedded).ok_or_else(fault)
    }
}

/// A line of `pairs.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PairLine {
    /// Page id.
    pub a: String,
    /// Page id.
    pub b: String,
    /// Which part of `a`: `story`, or the span of an embedded one.
    pub a_part: Part,
    /// Which part of `b`.
    pub b_part: Part,
    /// How they relate.
    pub relation: Relation,
    /// Exact Jaccard similarity.
    pub jaccard: f64,
    /// Share of the shingles of `a` that `b` has.
    pub a_in_b: f64,
    /// Share of the shingles of `b` that `a` has.
    pub b_in_a: f64,
    /// Whether the pair is an edge of a cluster.
    pub accepted: bool,
    /// Runs of words that both have, in the order of `a`: first byte and one past the last in the
    /// text of `a`, then in the text of `b`.
    pub spans: Vec<[u32; 4]>,
    /// How many shorter runs are left out.
    pub spans_left_out: usize,
}

/// Writes `lines` as JSON lines to the file `name`.
///
/// # Errors
/// When the file cannot be written.
pub fn write_lines<T: Serialize>(
    dir: &OutDir,
    name: &str,
    lines: impl IntoIterator<Item = T>,
) -> Result<u64> {
    let mut file = dir.file(name)?;
    let mut count = 0;
    for line in lines {
        file.line(&line)?;
        count += 1;
    }
    file.finish()?;
    Ok(count)
}
