//! Anchored clusters: every member is a copy of the page that is kept.
//!
//! Inside a family pages are taken in the order of preference. A page that is a copy of an earlier
//! anchor joins the first such anchor (where a reader decides, another that it is far more alike);
//! otherwise it becomes an anchor itself. So a chain of small changes ends in several clusters of one
//! family, never in one cluster whose ends have nothing in common, and the result depends on nothing
//! but the pages and that order.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::union_find::UnionFind;

/// Anchors that a page without a verified pair to them is still tried with, those after the first few
/// only if they are among the likest by their sketches; beyond that only verified pairs count. It bounds
/// a family of very many versions: no archive met had a family of more than some hundred anchors.
pub const ANCHORS_TRIED: usize = 1024;

/// Anchors that a page is tried with one after the other, whatever their likeness.
const FIRST_TRIED: usize = 32;

/// Of the anchors after those a page is tried with so many, the likest: what makes a large family may
/// be no more than a block that many pages carry, and then all of it is a little alike.
const LIKEST_TRIED: usize = 16;

/// Similarity to its first anchor below which a page may belong to another: a bulletin is a little like that of
/// another day, and nearly equal to one of its own.
const NEAR: f64 = 0.8;

/// Anchors that may be nearer, the likest by their sketches: so many are looked at.
const NEARER_TRIED: usize = 4;

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

/// Which of the anchors it is a copy of a page joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// The first.
    First,
    /// The first, unless it is not near and another of the likest is nearer.
    Nearest,
}

/// Compares a page with an anchor it has no verified pair with.
pub trait Measure: Sync {
    /// The exact similarity of `page` to `anchor` when it makes them copies, else `None`. It may
    /// answer `None` unread where a sketch rules a copy out.
    fn copy(&self, page: u32, anchor: u32) -> Option<f64>;

    /// How like the two are likely to be; `None` if they are not worth a comparison where very many
    /// may be compared. It is cheap.
    fn likeness(&self, page: u32, anchor: u32) -> Option<f64>;
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

/// Builds clusters over pages `0..n` from tried pairs `(a, b, similarity)`, the families in parallel.
/// Those of a similarity are copy edges; those of NaN are known to be none, and are not measured
/// again.
///
/// `rank` orders pages: the lower of two stays (it must give different pages different ranks; it
/// is asked only for pages that have an edge).
pub fn cluster<R: Ord + Send>(
    n: usize,
    tried: &[(u32, u32, f64)],
    (link, join): (Link, Join),
    rank: impl Fn(u32) -> R + Sync,
    measure: &impl Measure,
) -> Clusters {
    let edges: Vec<(u32, u32)> = edges(tried).map(|&(a, b, _)| (a, b)).collect();
    Clusters::new(n, &edges, &gather_parallel(tried, (link, join), rank, measure))
}

/// The copies among tried pairs.
fn edges(tried: &[(u32, u32, f64)]) -> impl Iterator<Item = &(u32, u32, f64)> {
    tried.iter().filter(|pair| !pair.2.is_nan())
}

/// Gathers the families that copy edges make, in parallel.
pub(super) fn gather_parallel<R: Ord + Send>(
    tried: &[(u32, u32, f64)],
    (link, join): (Link, Join),
    rank: impl Fn(u32) -> R + Sync,
    measure: &impl Measure,
) -> Vec<Gathered> {
    let neighbors = Neighbors::new(tried);
    families(tried)
        .into_par_iter()
        .map(|mut pages| {
            pages.sort_by_cached_key(|&page| rank(page));
            let mut out = Gathered::default();
            let copy = |page, anchor| measure.copy(page, anchor);
            let likeness = |page, anchor| measure.likeness(page, anchor);
            gather(&pages, &neighbors, (link, join), copy, likeness, &mut out);
            out
        })
        .collect()
}

/// Gathers the families that copy edges make, one after the other; `copy` and `likeness` are asked as
/// a [`Measure`].
pub(super) fn gather_few<R: Ord>(
    tried: &[(u32, u32, f64)],
    (link, join): (Link, Join),
    rank: impl Fn(u32) -> R,
    mut copy: impl FnMut(u32, u32) -> Option<f64>,
    likeness: impl Fn(u32, u32) -> Option<f64>,
) -> Gathered {
    if let [(a, b, similarity)] = *tried {
        // Most families are of two pages.
        let (anchor, page) = if rank(a) <= rank(b) { (a, b) } else { (b, a) };
        let joined =
            if similarity.is_nan() { Vec::new() } else { vec![(page, anchor, similarity)] };
        return Gathered { joined, untried: 0 };
    }
    let neighbors = Neighbors::new(tried);
    let mut out = Gathered::default();
    for mut pages in families(tried) {
        pages.sort_by_cached_key(|&page| rank(page));
        gather(&pages, &neighbors, (link, join), &mut copy, &likeness, &mut out);
    }
    out
}

impl Clusters {
    /// The clusters of pages `0..n` from all copy edges, and from what became of their families.
    pub fn new<'g>(
        n: usize,
        edges: &[(u32, u32)],
        gathered: impl IntoIterator<Item = &'g Gathered>,
    ) -> Self {
        let mut sets = UnionFind::new(n);
        for &(a, b) in edges {
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
        let is_cut = |&&(a, b): &&(u32, u32)| out.anchor[a as usize] != out.anchor[b as usize];
        out.cut_edges = edges.iter().filter(is_cut).count() as u64;
        out
    }
}

/// The pages that copy edges connect, family by family.
fn families(tried: &[(u32, u32, f64)]) -> Vec<Vec<u32>> {
    let mut pages: Vec<u32> = edges(tried).flat_map(|&(a, b, _)| [a, b]).collect();
    pages.sort_unstable();
    pages.dedup();
    let place = |page: u32| pages.partition_point(|&other| other < page) as u32;
    let mut sets = UnionFind::new(pages.len());
    for &(a, b, _) in edges(tried) {
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
    (link, join): (Link, Join),
    mut copy: impl FnMut(u32, u32) -> Option<f64>,
    likeness: impl Fn(u32, u32) -> Option<f64>,
    out: &mut Gathered,
) {
    const NONE: usize = usize::MAX;
    // Anchors in order of preference; `place` finds one by its page.
    let mut anchors: Vec<u32> = Vec::new();
    let mut place: Vec<(u32, usize)> = pages.iter().map(|&page| (page, NONE)).collect();
    place.sort_unstable();
    // The last page that is known not to be a copy of each.
    let mut apart: Vec<u32> = Vec::new();
    let mut likest: Vec<(f64, usize)> = Vec::new();
    for &page in pages {
        let edges = neighbors.of(page);
        if link == Link::Components {
            match anchors.first() {
                None => anchors.push(page),
                Some(&anchor) => {
                    let known = edges.iter().find(|edge| edge.1 == anchor);
                    out.joined.push((page, anchor, known.map_or(f64::NAN, |edge| edge.2)));
                }
            }
            continue;
        }
        let mut first: Option<(usize, f64)> = None;
        for &(_, other, similarity) in edges {
            let found = place.binary_search_by_key(&other, |&(page, _)| page).map(|at| place[at].1);
            if let Some(found) = found.ok().filter(|&found| found != NONE) {
                if similarity.is_nan() {
                    apart[found] = page;
                } else if first.is_none_or(|(best, _)| found < best) {
                    first = Some((found, similarity));
                }
            }
        }
        let limit = first.map_or(anchors.len(), |(at, _)| at);
        out.untried += u64::from(limit > ANCHORS_TRIED);
        let untried = |at: &usize| apart[*at] != page;
        let mut tried = |at: usize| copy(page, anchors[at]).map(|similarity| (at, similarity));
        let found = (0..limit.min(FIRST_TRIED)).filter(untried).find_map(&mut tried);
        let found = found.or_else(|| {
            likest.clear();
            for at in (FIRST_TRIED..limit.min(ANCHORS_TRIED)).filter(untried) {
                likest.extend(likeness(page, anchors[at]).map(|likeness| (likeness, at)));
            }
            likest.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
            likest.truncate(LIKEST_TRIED);
            likest.sort_unstable_by_key(|&(_, at)| at);
            likest.iter().find_map(|&(_, at)| tried(at))
        });
        first = found.or(first);
        if let Some((at, similarity)) =
            first.filter(|first| join == Join::Nearest && first.1 < NEAR)
        {
            // Those that are known to be apart take their places too: what is known depends on where the
            // family was scored, and the result must not.
            likest.clear();
            let others = (0..anchors.len().min(ANCHORS_TRIED)).filter(|&other| other != at);
            likest
                .extend(others.filter_map(|other| Some((likeness(page, anchors[other])?, other))));
            likest.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
            likest.truncate(NEARER_TRIED);
            likest.retain(|&(likeness, other)| likeness > similarity && apart[other] != page);
            let nearer = likest.iter().filter_map(|&(_, other)| tried(other));
            let nearest = nearer.max_by(|x, y| x.1.total_cmp(&y.1).then(y.0.cmp(&x.0)));
            first = nearest.filter(|nearest| nearest.1 > similarity).or(first);
        }
        if let Some((at, similarity)) = first {
            out.joined.push((page, anchors[at], similarity));
        } else {
            let at = place.partition_point(|&(other, _)| other < page);
            place[at].1 = anchors.len();
            anchors.push(page);
            // An anchor is no other anchor's page.
            apart.push(page);
        }
    }
}

/// The tried pairs of every page, as one sorted list.
struct Neighbors {
    edges: Vec<(u32, u32, f64)>,
}

impl Neighbors {
    fn new(tried: &[(u32, u32, f64)]) -> Self {
        let mut both: Vec<(u32, u32, f64)> =
            tried.iter().flat_map(|&(a, b, s)| [(a, b, s), (b, a, s)]).collect();
        both.sort_unstable_by_key(|&(a, b, _)| (a, b));
        Self { edges: both }
    }

    fn of(&self, page: u32) -> &[(u32, u32, f64)] {
        let from = self.edges.partition_point(|edge| edge.0 < page);
        let count = self.edges[from..].partition_point(|edge| edge.0 == page);
        &self.edges[from..from + count]
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

        fn likeness(&self, page: u32, anchor: u32) -> Option<f64> {
            Some(likeness(page, anchor))
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
        let out = cluster(30, &all, (Link::Anchor, Join::First), |page| page, &Line(0.7));
        assert!(out.family.iter().all(|&f| f == 0), "one family");
        for page in 0..30 {
            let anchor = out.anchor[page as usize];
            assert!(likeness(page, anchor) >= 0.7, "{page} to {anchor}");
        }
        assert_eq!(out.anchor[0..4], [0, 0, 0, 0]);
        assert!(out.cut_edges > 0);
        let chained = cluster(30, &all, (Link::Components, Join::First), |page| page, &Line(0.7));
        assert!(chained.anchor.iter().all(|&a| a == 0));
        assert!(chained.similarity[29].is_nan() && chained.similarity[3] > 0.69);
    }

    #[test]
    fn a_page_joins_an_anchor_that_it_is_far_more_alike() {
        // 0 and 4 are anchors; 3 is a copy of both.
        let pages = [0, 4, 3, 1];
        let rank = |page: u32| pages.iter().position(|&other| other == page);
        let out = cluster(5, &edges(&pages, 0.7), (Link::Anchor, Join::Nearest), rank, &Line(0.7));
        assert_eq!([0, 4, 3, 1].map(|page: usize| out.anchor[page]), [0, 4, 4, 0]);
        assert!((out.similarity[3] - 0.9).abs() < 1e-9);
        // Without a verified pair, and not where the first is near.
        let few = [(0, 3, 0.7), (0, 1, 0.9), (1, 4, 0.7)];
        let out = cluster(5, &few, (Link::Anchor, Join::Nearest), rank, &Line(0.7));
        assert_eq!([0, 4, 3, 1].map(|page: usize| out.anchor[page]), [0, 4, 4, 0]);
    }

    #[test]
    fn an_anchor_without_a_verified_pair_is_tried() {
        // The edge 0-2 was missed; 1 joins them into a family.
        let edges = [(0, 1, 0.9), (1, 2, 0.9)];
        let out = cluster(3, &edges, (Link::Anchor, Join::First), |page| page, &Line(0.8));
        assert_eq!(out.anchor, [0, 0, 0]);
        assert!((out.similarity[2] - 0.8).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn two_pages_of_a_family_part_only_with_a_reason(
            pages in prop::collection::btree_set(0u32..60, 2..40),
            order in any::<u64>(),
            nearest in any::<bool>(),
        ) {
            let join = if nearest { Join::Nearest } else { Join::First };
            let pages: Vec<u32> = pages.into_iter().collect();
            let rank = |page: u32| (u64::from(page) ^ order).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let all = edges(&pages, 0.7);
            let out = cluster(60, &all, (Link::Anchor, join), rank, &Line(0.7));
            for &x in &pages {
                let a = out.anchor[x as usize];
                prop_assert_eq!(out.anchor[a as usize], a, "an anchor stands with itself");
                prop_assert!(likeness(x, a) >= 0.7);
                prop_assert!(rank(a) <= rank(x));
                for &y in &pages {
                    let b = out.anchor[y as usize];
                    if out.family[x as usize] == out.family[y as usize] && a != b {
                        let (first, other, own) = if rank(a) < rank(b) { (a, y, b) } else { (b, x, a) };
                        let (to_first, to_own) = (likeness(other, first), likeness(other, own));
                        prop_assert!(to_first < 0.7 || nearest && to_first < NEAR && to_own > to_first);
                    }
                }
            }
        }
    }
}
