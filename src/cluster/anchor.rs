//! Anchored clusters: every member is a copy of the page that is kept.
//!
//! Inside a family pages are taken in the order of preference. A page that is a copy of an earlier
//! anchor joins the first such anchor; otherwise it becomes an anchor itself. So a chain of small
//! changes ends in several clusters of one family, never in one cluster whose ends have nothing in
//! common, and the result depends on nothing but the pages and that order.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::union_find::UnionFind;

/// Anchors that a page without a verified pair to them is still tried with; beyond that only
/// verified pairs count. It bounds a family of very many versions: no archive met had a family of
/// more than some hundred anchors.
pub const ANCHORS_TRIED: usize = 1024;

/// How pages are gathered inside a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// Every member is a copy of its cluster's anchor.
    #[default]
    Anchor,
    /// A cluster is a whole family: what copy edges connect, however long the chain.
    Components,
}

/// Compares a page with an anchor it has no verified pair with.
pub trait Measure: Sync {
    /// The exact similarity of `page` to `anchor` when it makes them copies, else `None`. It may
    /// answer `None` unread where a sketch rules a copy out.
    fn copy(&self, page: u32, anchor: u32) -> Option<f64>;
}

/// What became of the pages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clusters {
    /// Anchor of every page: itself when it is alone or an anchor.
    pub anchor: Vec<u32>,
    /// Exact similarity of every page to its anchor, 1 for an anchor. With [`Link::Components`] a
    /// member may have no verified pair with its anchor; the pipeline scores those afterwards and
    /// they stand as `NaN` here.
    pub similarity: Vec<f64>,
    /// The first page, by number, of every page's family.
    pub family: Vec<u32>,
    /// Copy edges whose ends stand in two clusters.
    pub cut_edges: u64,
    /// Pages of families with more than [`ANCHORS_TRIED`] anchors that were not tried with all.
    pub untried: u64,
}

/// What became of the pages of some families.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// The pages that join an anchor, each with it and the similarity of the two (for which see
    /// [`Clusters::similarity`]).
    pub joined: Vec<(u32, u32, f64)>,
    /// Pages that were not tried with all anchors.
    pub untried: u64,
}

/// Builds clusters over pages `0..n` from copy edges `(a, b, similarity)`, the families in parallel.
///
/// `rank` orders pages: the lower of two stays (it must give different pages different ranks; it
/// is asked only for pages that have an edge).
pub fn cluster<R: Ord + Send>(
    n: usize,
    edges: &[(u32, u32, f64)],
    link: Link,
    rank: impl Fn(u32) -> R + Sync,
    measure: &impl Measure,
) -> Clusters {
    Clusters::new(n, edges, &gather_parallel(edges, link, rank, measure))
}

/// Gathers the families that copy edges make, in parallel.
pub(super) fn gather_parallel<R: Ord + Send>(
    edges: &[(u32, u32, f64)],
    link: Link,
    rank: impl Fn(u32) -> R + Sync,
    measure: &impl Measure,
) -> Vec<Gathered> {
    let neighbors = Neighbors::new(edges);
    families(edges, &neighbors)
        .into_par_iter()
        .map(|mut pages| {
            pages.sort_by_cached_key(|&page| rank(page));
            let mut out = Gathered::default();
            gather(&pages, &neighbors, link, |page, anchor| measure.copy(page, anchor), &mut out);
            out
        })
        .collect()
}

/// Gathers the families that copy edges make, one after the other; `copy` is asked as a [`Measure`].
pub(super) fn gather_few<R: Ord>(
    edges: &[(u32, u32, f64)],
    link: Link,
    rank: impl Fn(u32) -> R,
    mut copy: impl FnMut(u32, u32) -> Option<f64>,
) -> Gathered {
    let neighbors = Neighbors::new(edges);
    let mut out = Gathered::default();
    for mut pages in families(edges, &neighbors) {
        pages.sort_by_cached_key(|&page| rank(page));
        gather(&pages, &neighbors, link, &mut copy, &mut out);
    }
    out
}

impl Clusters {
    /// The clusters of pages `0..n` from all copy edges, and from what became of their families.
    pub fn new<'g>(
        n: usize,
        edges: &[(u32, u32, f64)],
        gathered: impl IntoIterator<Item = &'g Gathered>,
    ) -> Self {
        let mut sets = UnionFind::new(n);
        for &(a, b, _) in edges {
            sets.union(a, b);
        }
        let mut out = Self {
            anchor: (0..n as u32).collect(),
            similarity: vec![1.0; n],
            family: (0..n as u32).map(|page| sets.find(page)).collect(),
            ..Self::default()
        };
        for Gathered { joined, untried } in gathered {
            out.untried += untried;
            for &(page, anchor, similarity) in joined {
                out.anchor[page as usize] = anchor;
                out.similarity[page as usize] = similarity;
            }
        }
        let is_cut =
            |&&(a, b, _): &&(u32, u32, f64)| out.anchor[a as usize] != out.anchor[b as usize];
        out.cut_edges = edges.iter().filter(is_cut).count() as u64;
        out
    }
}

/// The pages that edges connect, family by family.
fn families(edges: &[(u32, u32, f64)], neighbors: &Neighbors) -> Vec<Vec<u32>> {
    let pages: Vec<u32> = neighbors.pages().collect();
    let place = |page: u32| pages.partition_point(|&other| other < page) as u32;
    let mut sets = UnionFind::new(pages.len());
    for &(a, b, _) in edges {
        sets.union(place(a), place(b));
    }
    let mut members: Vec<(u32, u32)> =
        (0..).zip(&pages).map(|(at, &page)| (sets.find(at), page)).collect();
    members.sort_unstable();
    members
        .chunk_by(|a, b| a.0 == b.0)
        .map(|family| family.iter().map(|&(_, page)| page).collect())
        .collect()
}

fn gather(
    pages: &[u32],
    neighbors: &Neighbors,
    link: Link,
    mut copy: impl FnMut(u32, u32) -> Option<f64>,
    out: &mut Gathered,
) {
    // Anchors in order of preference; `place` finds one by its page.
    let mut anchors: Vec<u32> = Vec::new();
    let mut place: Vec<(u32, usize)> = Vec::new();
    for &page in pages {
        let edges = neighbors.of(page);
        if link == Link::Components {
            match anchors.first() {
                None => anchors.push(page),
                Some(&anchor) => {
                    let known = edges.iter().find(|edge| edge.0 == anchor);
                    out.joined.push((page, anchor, known.map_or(f64::NAN, |edge| edge.1)));
                }
            }
            continue;
        }
        let mut first: Option<(usize, f64)> = None;
        for &(other, similarity) in &edges {
            if let Ok(at) = place.binary_search_by_key(&other, |&(anchor, _)| anchor) {
                let found = place[at].1;
                if first.is_none_or(|(best, _)| found < best) {
                    first = Some((found, similarity));
                }
            }
        }
        let limit = first.map_or(anchors.len(), |(at, _)| at);
        out.untried += u64::from(limit > ANCHORS_TRIED);
        for (at, &anchor) in anchors[..limit.min(ANCHORS_TRIED)].iter().enumerate() {
            if let Some(similarity) = copy(page, anchor) {
                first = Some((at, similarity));
                break;
            }
        }
        if let Some((at, similarity)) = first {
            out.joined.push((page, anchors[at], similarity));
        } else {
            let at = place.partition_point(|&(anchor, _)| anchor < page);
            place.insert(at, (page, anchors.len()));
            anchors.push(page);
        }
    }
}

/// The edges of every page, as one sorted list.
struct Neighbors {
    edges: Vec<(u32, u32, f64)>,
}

impl Neighbors {
    fn new(edges: &[(u32, u32, f64)]) -> Self {
        let mut both: Vec<(u32, u32, f64)> =
            edges.iter().flat_map(|&(a, b, s)| [(a, b, s), (b, a, s)]).collect();
        both.sort_unstable_by_key(|&(a, b, _)| (a, b));
        Self { edges: both }
    }

    fn pages(&self) -> impl Iterator<Item = u32> + '_ {
        self.edges.chunk_by(|x, y| x.0 == y.0).map(|run| run[0].0)
    }

    fn of(&self, page: u32) -> Vec<(u32, f64)> {
        let from = self.edges.partition_point(|edge| edge.0 < page);
        self.edges[from..].iter().take_while(|edge| edge.0 == page).map(|e| (e.1, e.2)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pages are numbers; likeness falls with their distance.
    struct Line(f64);

    fn likeness(a: u32, b: u32) -> f64 {
        1.0 - f64::from(a.abs_diff(b)) / 10.0
    }

    impl Measure for Line {
        fn copy(&self, page: u32, anchor: u32) -> Option<f64> {
            Some(likeness(page, anchor)).filter(|&s| s >= self.0)
        }
    }

    fn edges(pages: &[u32], threshold: f64) -> Vec<(u32, u32, f64)> {
        let mut out = Vec::new();
        for (i, &a) in pages.iter().enumerate() {
            for &b in &pages[i + 1..] {
                if likeness(a, b) >= threshold {
                    out.push((a.min(b), a.max(b), likeness(a, b)));
                }
            }
        }
        out
    }

    #[test]
    fn a_chain_does_not_become_one_cluster() {
        let pages: Vec<u32> = (0..30).collect();
        let all = edges(&pages, 0.7);
        let out = cluster(30, &all, Link::Anchor, |page| page, &Line(0.7));
        assert!(out.family.iter().all(|&f| f == 0), "one family");
        for page in 0..30 {
            let anchor = out.anchor[page as usize];
            assert!(likeness(page, anchor) >= 0.7, "{page} to {anchor}");
        }
        assert_eq!(out.anchor[0..4], [0, 0, 0, 0]);
        assert!(out.cut_edges > 0);
        let chained = cluster(30, &all, Link::Components, |page| page, &Line(0.7));
        assert!(chained.anchor.iter().all(|&a| a == 0));
        assert!(chained.similarity[29].is_nan() && chained.similarity[3] > 0.69);
    }

    #[test]
    fn an_anchor_without_a_verified_pair_is_tried() {
        // The edge 0-2 was missed; 1 joins them into a family.
        let edges = [(0, 1, 0.9), (1, 2, 0.9)];
        let out = cluster(3, &edges, Link::Anchor, |page| page, &Line(0.8));
        assert_eq!(out.anchor, [0, 0, 0]);
        assert!((out.similarity[2] - 0.8).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn two_pages_of_a_family_part_only_with_a_reason(
            pages in prop::collection::btree_set(0u32..60, 2..40),
            order in any::<u64>(),
        ) {
            let pages: Vec<u32> = pages.into_iter().collect();
            let rank = |page: u32| (u64::from(page) ^ order).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let all = edges(&pages, 0.7);
            let out = cluster(60, &all, Link::Anchor, rank, &Line(0.7));
            for &x in &pages {
                let a = out.anchor[x as usize];
                prop_assert_eq!(out.anchor[a as usize], a, "an anchor stands with itself");
                prop_assert!(likeness(x, a) >= 0.7);
                prop_assert!(rank(a) <= rank(x));
                for &y in &pages {
                    let b = out.anchor[y as usize];
                    if out.family[x as usize] == out.family[y as usize] && a != b {
                        let (first, other) = if rank(a) < rank(b) { (a, y) } else { (b, x) };
                        prop_assert!(likeness(other, first) < 0.7);
                    }
                }
            }
        }
    }
}
