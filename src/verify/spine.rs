//! Which shared runs keep their order, and what stands between them and around them.
//!
//! In: the runs two texts share. Out: islands (runs that follow one another closely in both texts),
//! the chain of islands that keeps the order of both and holds most words (the spine of a
//! comparison), and the gaps. Cost: sorts of the runs, and a tree of prefix maxima over the islands.

use std::ops::Range;

use super::align::{Gap, LONGEST_GAP, Run};

/// What stands before the run that is first in both texts and after the one that is last in both;
/// everything, where there is no run. None where it is long.
pub(super) fn outer_gaps(runs: &[Run], words: [u32; 2]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let short = |from: u32, to: u32| to - from <= LONGEST_GAP;
    let mut add = |a: (u32, u32), b: (u32, u32)| {
        if short(a.0, a.1) && short(b.0, b.1) && (a.0 < a.1 || b.0 < b.1) {
            gaps.push(Gap { a, b });
        }
    };
    match (runs.first(), runs.last()) {
        (Some(first), Some(last)) => {
            if runs.iter().all(|run| run.b >= first.b) {
                add((0, first.a), (0, first.b));
            }
            let ends = [last.a + last.len, last.b + last.len];
            if runs.iter().all(|run| run.b <= last.b) {
                add((ends[0], words[0]), (ends[1], words[1]));
            }
        }
        _ => add((0, words[0]), (0, words[1])),
    }
    gaps
}

/// The words between two runs that follow one another.
pub(super) fn between(before: Run, after: Run) -> Gap {
    Gap { a: (before.a + before.len, after.a), b: (before.b + before.len, after.b) }
}

/// Runs that follow one another in both texts with short gaps, as ranges of `runs` (sorted by
/// their place in the first text).
pub(super) fn islands(runs: &[Run]) -> Vec<Range<usize>> {
    let mut by_b: Vec<usize> = (0..runs.len()).collect();
    by_b.sort_unstable_by_key(|&at| runs[at].b);
    let mut place = vec![0; runs.len()];
    for (rank, &at) in by_b.iter().enumerate() {
        place[at] = rank;
    }
    let mut islands: Vec<Range<usize>> = Vec::new();
    for at in 0..runs.len() {
        match islands.last_mut() {
            Some(island) if place[at] == place[at - 1] + 1 => {
                let gap = between(runs[at - 1], runs[at]);
                if gap.a.1 - gap.a.0 <= LONGEST_GAP && gap.b.1 - gap.b.0 <= LONGEST_GAP {
                    island.end = at + 1;
                } else {
                    islands.push(at..at + 1);
                }
            }
            _ => islands.push(at..at + 1),
        }
    }
    islands
}

/// Which islands keep their order: those of the chain with most words. Of equal chains the one
/// whose end stands first in the second text.
pub(super) fn heaviest_chain(runs: &[Run], islands: &[Range<usize>]) -> Vec<bool> {
    let weight = |island: &Range<usize>| -> u64 {
        runs[island.clone()].iter().map(|run| u64::from(run.len)).sum()
    };
    let mut by_b: Vec<usize> = (0..islands.len()).collect();
    by_b.sort_unstable_by_key(|&at| runs[islands[at].start].b);
    let mut place = vec![0; islands.len()];
    for (rank, &at) in by_b.iter().enumerate() {
        place[at] = rank;
    }
    // A tree of prefix maxima (Fenwick 1994): the heaviest chain that ends at or before a place.
    let mut tree: Vec<(u64, usize)> = vec![(0, usize::MAX); islands.len() + 1];
    let mut before = vec![usize::MAX; islands.len()];
    let (mut best, mut last) = (0, usize::MAX);
    for (at, island) in islands.iter().enumerate() {
        let (mut heaviest, mut from, mut node) = (0, usize::MAX, place[at]);
        while node > 0 {
            if tree[node].0 > heaviest {
                (heaviest, from) = tree[node];
            }
            node &= node - 1;
        }
        before[at] = from;
        let all = heaviest + weight(island);
        if all > best {
            (best, last) = (all, at);
        }
        node = place[at] + 1;
        while node < tree.len() {
            if all > tree[node].0 {
                tree[node] = (all, at);
            }
            node += node & node.wrapping_neg();
        }
    }
    let mut chain = vec![false; islands.len()];
    while last != usize::MAX {
        chain[last] = true;
        last = before[last];
    }
    chain
}
