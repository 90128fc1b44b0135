//! What the files of a run say: which cluster and family a page is in, how a pair relates.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::config::MatchConfig;
use crate::error::Result;
use crate::progress::Progress;
use crate::saved;
use crate::verify::relation::Relation;

/// The files of a run, as far as its quality is judged by them.
#[derive(Clone, Debug)]
pub struct Found {
    /// The settings of the run.
    pub settings: MatchConfig,
    /// Cluster and family of every page that has them, by id.
    pub clusters: BTreeMap<String, (u64, String)>,
    /// The scored story pairs by their ids, the lower first; `None` when the run did not write
    /// `pairs.jsonl`.
    pub pairs: Option<BTreeMap<(String, String), FoundPair>>,
}

/// A scored pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundPair {
    /// Exact Jaccard similarity.
    pub jaccard: f64,
    /// How the two relate.
    pub relation: Relation,
}

#[derive(Deserialize)]
struct Cluster {
    family: String,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    id: String,
}

#[derive(Deserialize)]
struct Pair {
    a: String,
    b: String,
    a_part: String,
    b_part: String,
    relation: Relation,
    jaccard: f64,
}

impl Found {
    /// Reads the files of the run in `dir`.
    ///
    /// # Errors
    /// When one is missing (but for `pairs.jsonl`) or not understood; the message names file and
    /// line.
    pub fn read(dir: &Path, progress: &dyn Progress) -> Result<Self> {
        let settings = saved::settings(&saved::stats(dir)?, dir)?;
        let mut clusters = BTreeMap::new();
        saved::each_line(&dir.join("clusters.jsonl"), progress, |number, cluster: Cluster| {
            for member in cluster.members {
                clusters.insert(member.id, (number, cluster.family.clone()));
            }
            Ok(())
        })?;
        let path = dir.join("pairs.jsonl");
        let pairs = if path.exists() {
            let mut pairs = BTreeMap::new();
            saved::each_line(&path, progress, |_, pair: Pair| {
                if pair.a_part == "story" && pair.b_part == "story" {
                    let found = FoundPair { jaccard: pair.jaccard, relation: pair.relation };
                    pairs.insert(ordered(pair.a, pair.b), found);
                }
                Ok(())
            })?;
            Some(pairs)
        } else {
            None
        };
        Ok(Self { settings, clusters, pairs })
    }

    /// The scored pair of two pages.
    pub fn pair(&self, a: &str, b: &str) -> Option<FoundPair> {
        self.pairs.as_ref()?.get(&ordered(a.to_owned(), b.to_owned())).copied()
    }

    /// Whether two pages stand in one cluster.
    pub fn one_cluster(&self, a: &str, b: &str) -> bool {
        let cluster = |id| self.clusters.get(id).map(|found| found.0);
        cluster(a).is_some() && cluster(a) == cluster(b)
    }

    /// Whether two pages stand in clusters of one family.
    pub fn one_family(&self, a: &str, b: &str) -> bool {
        let family = |id| self.clusters.get(id).map(|found| &found.1);
        family(a).is_some() && family(a) == family(b)
    }

    /// How two pages relate: by `pairs.jsonl`, or else by standing in one cluster.
    pub fn relation(&self, a: &str, b: &str) -> Option<Relation> {
        let in_cluster = self.one_cluster(a, b).then_some(Relation::Copy);
        self.pair(a, b).map(|pair| pair.relation).or(in_cluster)
    }
}

fn ordered(a: String, b: String) -> (String, String) {
    if a <= b { (a, b) } else { (b, a) }
}
