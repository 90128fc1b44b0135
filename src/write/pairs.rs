//! `pairs.jsonl`: every pair that was scored.

use rayon::prelude::*;

use super::OutDir;
use super::records::{PairLine, Part, similarity};
use super::run::{Outcome, id_of};
use crate::error::Result;
use crate::pages::{PageId, PassageId};
use crate::verify::{PairScore, Relation};

/// Pairs between two classes of exact copies that are spelled out; beyond that only the pairs with
/// the pages that stand for the classes are.
const SPELLED_OUT: usize = 10_000;

/// Lines made at a time.
const BATCH: usize = 4096;

#[derive(Clone, Copy, PartialEq)]
struct Pair {
    a: PassageId,
    b: PassageId,
    score: PairScore,
    relation: Relation,
    accepted: bool,
}

impl Pair {
    fn new(
        a: PassageId,
        b: PassageId,
        score: PairScore,
        relation: Relation,
        accepted: bool,
    ) -> Self {
        if a < b {
            return Self { a, b, score, relation, accepted };
        }
        let score = PairScore { a_in_b: score.b_in_a, b_in_a: score.a_in_b, ..score };
        Self { a: b, b: a, score, relation, accepted }
    }
}

/// Writes every scored pair, spelled out over exact copies, and returns how many pairs were too
/// many to spell out.
///
/// # Errors
/// When a record cannot be read again or the file cannot be written.
pub(super) fn write_pairs(run: &Outcome<'_>, dir: &OutDir) -> Result<u64> {
    let mut pairs = Vec::new();
    let left_out = spell_out(run, &mut pairs);
    pairs.extend(run.block_pairs.iter().map(|pair| {
        let relation = match (pair.one_story, pair.score.shared) {
            (true, _) if pair.score.jaccard >= run.matching.threshold => Relation::Copy,
            (true, _) => Relation::Contains,
            (false, 0) => Relation::None,
            (false, _) => Relation::Overlaps,
        };
        // A block edge never joins stories.
        Pair::new(pair.a, pair.b, pair.score, relation, false)
    }));
    pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
    let mut file = dir.file("pairs.jsonl")?;
    for batch in pairs.chunks(BATCH) {
        let lines: Vec<PairLine> =
            batch.par_iter().map(|pair| line(run, pair)).collect::<Result<_>>()?;
        lines.iter().try_for_each(|line| file.line(line))?;
    }
    file.finish()?;
    Ok(left_out)
}

fn spell_out(run: &Outcome<'_>, pairs: &mut Vec<Pair>) -> u64 {
    let classes = run.exact.classes();
    let class = |page: PageId| match classes.binary_search_by_key(&page, |class| class[0]) {
        Ok(at) => classes[at].clone(),
        Err(_) => vec![page],
    };
    let mut left_out = 0;
    let same = PairScore { jaccard: 1.0, a_in_b: 1.0, b_in_a: 1.0, shared: 0 };
    for class in &classes {
        let count = class.len() * (class.len() - 1) / 2;
        if count > SPELLED_OUT {
            left_out += (count - (class.len() - 1)) as u64;
        }
        for (i, &a) in class.iter().enumerate() {
            if i == 0 || count <= SPELLED_OUT {
                let others = class[i + 1..].iter();
                pairs.extend(others.map(|&b| Pair::new(a, b, same, Relation::Copy, true)));
            }
        }
    }
    for pair in &run.verified.pairs {
        let (left, right) = (class(pair.a), class(pair.b));
        let count = left.len() * right.len();
        let all = count <= SPELLED_OUT;
        if !all {
            left_out += (count + 1 - left.len() - right.len()) as u64;
        }
        for (i, &a) in left.iter().enumerate() {
            for (j, &b) in right.iter().enumerate() {
                if all || i == 0 || j == 0 {
                    pairs.push(Pair::new(a, b, pair.score, pair.relation, pair.accepted));
                }
            }
        }
    }
    left_out
}

fn line(run: &Outcome<'_>, pair: &Pair) -> Result<PairLine> {
    let ((a, a_part), (b, b_part)) = (part(run, pair.a)?, part(run, pair.b)?);
    Ok(PairLine {
        a,
        b,
        a_part,
        b_part,
        relation: pair.relation,
        jaccard: similarity(pair.score.jaccard),
        a_in_b: similarity(pair.score.a_in_b),
        b_in_a: similarity(pair.score.b_in_a),
        accepted: pair.accepted,
    })
}

fn part(run: &Outcome<'_>, passage: PassageId) -> Result<(String, Part)> {
    let (page, nth) = run.table.part(passage);
    let part = match nth {
        None => Part::Story,
        Some(_) => Part::Embedded(run.table.embedded[passage as usize - run.table.len()].span),
    };
    Ok((id_of(run, page)?, part))
}
