//! `pairs.jsonl`: every pair that was scored.

use std::collections::HashMap;

use rayon::prelude::*;

use super::OutDir;
use super::lines::{Lines, write_made};
use super::records::{PairLine, Part, similarity};
use super::run::Outcome;
use crate::error::Result;
use crate::fold::Folded;
use crate::pages::{PageId, PassageId};
use crate::passage::{Origin, PassageScratch};
use crate::pool::Pool;
use crate::types::ByteSpan;
use crate::verify::{PairScore, Relation, Sourced, SpanFinder};

/// Pairs between two classes of exact copies that are spelled out; beyond that only the pairs with
/// the pages that stand for the classes are.
const SPELLED_OUT: usize = 10_000;

/// Lines that one task makes; those of one page follow one another.
const TASK: usize = 256;

/// Words of the passages that a thread keeps: about 32 bytes each.
const CACHED_WORDS: usize = 1 << 19;

/// Most shared runs that a line says.
const MOST_SPANS: usize = 16;

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
        Self { a: b, b: a, score: score.swapped(), relation, accepted }
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
            (true, _) if pair.score.jaccard() >= run.matching.threshold => Relation::Copy,
            (true, _) => Relation::Contains,
            (false, 0) => Relation::None,
            (false, _) => Relation::Overlaps,
        };
        // A block edge never joins stories.
        Pair::new(pair.a, pair.b, pair.score, relation, false)
    }));
    pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
    let pool = Pool::new(Passages::default);
    let tasks: Vec<&[Pair]> = pairs.chunks(TASK).collect();
    let make = |task: &&[Pair], lines: &mut Lines<()>| {
        pool.lend(|known| {
            task.iter().try_for_each(|pair| {
                lines.add(&known.line(run, pair)?);
                Ok(())
            })
        })
    };
    write_made(Some(dir.file("pairs.jsonl")?), &tasks, make, |_| {})?;
    Ok(left_out)
}

fn spell_out(run: &Outcome<'_>, pairs: &mut Vec<Pair>) -> u64 {
    let classes = run.exact.classes();
    let class = |page: PageId| match classes.binary_search_by_key(&page, |class| class[0]) {
        Ok(at) => classes[at].clone(),
        Err(_) => vec![page],
    };
    let mut left_out = 0;
    let same = PairScore::from_counts(1, 1, 1);
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
                    pairs.push(Pair::new(a, b, pair.score, pair.relation, pair.accepted()));
                }
            }
        }
    }
    left_out
}

/// Passages made lately. They are dropped when they are many: they are cheap to make again.
#[derive(Default)]
struct Passages {
    scratch: PassageScratch,
    finder: SpanFinder,
    known: HashMap<PassageId, usize>,
    made: Vec<Passage>,
    words: usize,
}

/// What a line says of one side, and what it is found by.
struct Passage {
    id: String,
    part: Part,
    folded: Folded,
    origin: Origin,
}

impl Passage {
    fn source(&self) -> Sourced<'_> {
        Sourced { folded: &self.folded, origin: &self.origin }
    }
}

impl Passages {
    fn line(&mut self, run: &Outcome<'_>, pair: &Pair) -> Result<PairLine> {
        if self.words > CACHED_WORDS {
            self.words = 0;
            self.known.clear();
            self.made.clear();
        }
        let (a, b) = (self.place(run, pair.a)?, self.place(run, pair.b)?);
        let (a, b) = (&self.made[a], &self.made[b]);
        let (spans, spans_left_out) = match pair.relation {
            Relation::None => (Vec::new(), 0),
            _ => self.finder.find(a.source(), b.source(), MOST_SPANS),
        };
        let bytes = |[a, b]: [ByteSpan; 2]| [a.start, a.end, b.start, b.end];
        Ok(PairLine {
            a: a.id.clone(),
            b: b.id.clone(),
            a_part: a.part,
            b_part: b.part,
            relation: pair.relation,
            jaccard: similarity(pair.score.jaccard()),
            a_in_b: similarity(pair.score.a_in_b()),
            b_in_a: similarity(pair.score.b_in_a()),
            accepted: pair.accepted,
            spans: spans.into_iter().map(bytes).collect(),
            spans_left_out,
        })
    }

    /// The place of a passage; places of the last two asked for stay good.
    fn place(&mut self, run: &Outcome<'_>, passage: PassageId) -> Result<usize> {
        if let Some(&place) = self.known.get(&passage) {
            return Ok(place);
        }
        let (page, nth) = run.table.part(passage);
        let record = run.table.record(run.corpus, page)?;
        run.maker.make(&record, &mut self.scratch);
        let scratch = &mut self.scratch;
        let (part, words, origin) = match nth {
            None => (Part::Story, scratch.story(), scratch.story_origin()),
            Some(nth) => {
                run.maker.embedded(nth, scratch);
                let span = run.table.embedded[passage as usize - run.table.len()].span;
                (Part::Embedded(span), scratch.embedded(), scratch.embedded_origin())
            }
        };
        let mut folded = Folded::default();
        folded.append(words, 0..words.len());
        self.words += words.len();
        let id = run.table.id(run.corpus, page, &record);
        self.known.insert(passage, self.made.len());
        self.made.push(Passage { id, part, folded, origin: origin.clone() });
        Ok(self.made.len() - 1)
    }
}
