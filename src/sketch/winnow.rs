//! Anchors: a few shingles of a text, chosen so that two texts with a long run in common choose
//! one in common.
//!
//! Schleimer, Wilkerson, Aiken: "Winnowing: local algorithms for document fingerprinting", SIGMOD
//! 2003. Of every [`WINDOW`] neighboring shingles the least hash is an anchor (the last of equal
//! ones). A run of `WINDOW + k - 1` words that two texts share, at shingles of `k` words, holds a
//! whole window of equal shingles, and so an equal anchor. Jaccard similarity does not find such
//! pairs: an excerpt of fifty words has almost none with its story of five hundred.

use std::path::Path;

use crate::error::Result;
use crate::spill::{SpillWriter, Spilled, Word};

/// Shingles of which one is an anchor: a run of 14 words at shingles of three.
pub const WINDOW: usize = 12;

/// Anchors of some passages in order, made by one thread: 32 bits of each hash.
#[derive(Clone, Debug, Default)]
pub struct AnchorPart {
    hashes: Vec<u32>,
    /// How many of them are each passage's.
    counts: Vec<u32>,
}

impl AnchorPart {
    /// Adds the anchors of the next passage, from the hashes of its shingles in text order.
    pub fn push(&mut self, shingles: &[u64]) {
        let before = self.hashes.len();
        winnow(shingles, &mut self.hashes);
        self.counts.push((self.hashes.len() - before) as u32);
    }

    /// Forgets all passages, and keeps the room for others.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.counts.clear();
    }
}

/// Anchors of passages in order, as they come from parts: a private file, for they are more than all
/// that is kept of a page besides, and are read from end to end only.
#[derive(Debug, Default)]
pub struct AnchorWriter {
    hashes: SpillWriter,
    counts: Vec<u32>,
}

impl AnchorWriter {
    /// No anchors; their file is to lie in `folder`. Without one they stay in memory.
    pub fn new(folder: Option<&Path>) -> Self {
        Self { hashes: SpillWriter::new(folder), counts: Vec::new() }
    }

    /// Adds the passages of a part after those that are here.
    pub fn append(&mut self, part: &AnchorPart) {
        self.hashes.write_words(&part.hashes);
        self.counts.extend_from_slice(&part.counts);
    }

    /// Makes room for `times` as many passages.
    pub fn reserve(&mut self, times: usize) {
        self.counts.reserve_exact(self.counts.len() * times);
    }

    /// All anchors.
    ///
    /// # Errors
    /// When they could not be written.
    pub fn finish(self) -> Result<Anchors> {
        Ok(Anchors { runs: vec![Run { hashes: self.hashes.finish()?, counts: self.counts }] })
    }
}

/// Anchors of passages in order.
#[derive(Debug, Default)]
pub struct Anchors {
    runs: Vec<Run>,
}

/// Anchors of passages that follow one another.
#[derive(Debug)]
struct Run {
    hashes: Spilled,
    /// How many of them are each passage's.
    counts: Vec<u32>,
}

impl Anchors {
    /// These anchors of passages.
    #[cfg(test)]
    pub(crate) fn of(passages: &[&[u32]]) -> Self {
        let counts = passages.iter().map(|own| own.len() as u32).collect();
        let mut all = AnchorWriter::default();
        all.append(&AnchorPart { hashes: passages.concat(), counts });
        all.finish().expect("a list in memory")
    }

    /// Adds the passages of `other` after those that are here.
    pub fn join(&mut self, other: Self) {
        self.runs.extend(other.runs);
    }

    /// Number of passages.
    pub fn passages(&self) -> usize {
        self.runs.iter().map(|run| run.counts.len()).sum()
    }

    /// Number of anchors.
    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| run.hashes.words().len()).sum()
    }

    /// Whether there is no anchor.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The anchors of every passage, in text order; the same one may come twice.
    pub fn each(&self) -> impl Iterator<Item = &[Word]> {
        self.parts(usize::MAX).into_iter().flat_map(|part| part.1)
    }

    /// The same in parts of no more than so many passages, each with the number of its first.
    pub fn parts(&self, passages: usize) -> Vec<(u32, Each<'_>)> {
        let mut parts = Vec::new();
        let mut first = 0;
        for run in &self.runs {
            let mut rest = run.hashes.words();
            for counts in run.counts.chunks(passages) {
                let all: usize = counts.iter().map(|&count| count as usize).sum();
                let (own, others) = rest.split_at(all);
                rest = others;
                parts.push((first, Each { rest: own, counts: counts.iter() }));
                first += counts.len() as u32;
            }
        }
        parts
    }
}

/// The anchors of one passage after the other.
#[derive(Clone, Debug)]
pub struct Each<'a> {
    rest: &'a [Word],
    counts: std::slice::Iter<'a, u32>,
}

impl<'a> Iterator for Each<'a> {
    type Item = &'a [Word];

    fn next(&mut self) -> Option<&'a [Word]> {
        let count = *self.counts.next()?;
        let (own, others) = self.rest.split_at(count as usize);
        self.rest = others;
        Some(own)
    }
}

/// Appends the anchors of a text to `out`, in text order, from the hashes of its shingles in text
/// order; of each its upper 32 bits. About two in `WINDOW + 1` shingles; all in one of a text shorter
/// than a window.
///
/// The least of a window is that of two pieces, the end of one block of [`WINDOW`] hashes and the
/// beginning of the next, whose least values are known from their neighbors (van Herk 1992; Gil,
/// Werman 1993): three comparisons a hash, and no jump that depends on one.
pub fn winnow(shingles: &[u64], out: &mut Vec<u32>) {
    if shingles.len() < WINDOW {
        out.extend(shingles.iter().min().map(|&anchor| upper(anchor)));
        return;
    }
    // No window stands before the first one: any other value will do.
    let mut before = shingles[..WINDOW].iter().min().map_or(0, |least| !least);
    let mut rest = shingles;
    while let Some((block, after)) = rest.split_first_chunk() {
        before = match after.first_chunk::<{ WINDOW - 1 }>() {
            Some(next) => anchors_of_block(block, next, before, out),
            None => anchors_of_block(block, after, before, out),
        };
        rest = after;
    }
}

/// Appends the anchors of the windows that begin in a block of hashes and end in it or among the
/// `next` ones; returns the least hash of the last of them. `before` is that of the window before.
#[inline(always)]
fn anchors_of_block(
    block: &[u64; WINDOW],
    next: &[u64],
    mut before: u64,
    out: &mut Vec<u32>,
) -> u64 {
    // The least of each end of the block.
    let mut ends = *block;
    for at in (0..WINDOW - 1).rev() {
        ends[at] = ends[at].min(ends[at + 1]);
    }
    let mut found = [0; WINDOW];
    let mut count = 0;
    let mut put = |least: u64, last: u64| {
        found[count] = upper(least);
        // The anchor is another one if it has another hash, or stands where this window ends: of
        // equal hashes the last one is taken, so the one before cannot be an earlier of two.
        count += usize::from(least != before) | usize::from(least == last);
        before = least;
    };
    put(ends[0], block[WINDOW - 1]);
    let mut begun = u64::MAX;
    for (&end, &hash) in ends[1..].iter().zip(next) {
        begun = begun.min(hash);
        put(end.min(begun), hash);
    }
    out.extend_from_slice(&found[..count]);
    before
}

fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reference(shingles: &[u64]) -> Vec<u32> {
        let last_least = |window: &[u64], base: usize| {
            let least = window.iter().min().expect("a window is not empty");
            base + window.iter().rposition(|hash| hash == least).expect("it is in there")
        };
        let mut at: Vec<usize> = if shingles.is_empty() {
            Vec::new()
        } else if shingles.len() < WINDOW {
            vec![last_least(shingles, 0)]
        } else {
            shingles.windows(WINDOW).enumerate().map(|(i, w)| last_least(w, i)).collect()
        };
        at.dedup();
        at.into_iter().map(|i| upper(shingles[i])).collect()
    }

    #[test]
    fn anchors_stay_with_their_passages() {
        let own: [&[u32]; 5] = [&[1, 8, 2], &[], &[9], &[3, 3, 7], &[4]];
        let mut anchors = Anchors::of(&own[..2]);
        anchors.join(Anchors::of(&own[2..]));
        assert_eq!((anchors.passages(), anchors.len()), (5, 8));
        let bytes = |own: &[u32]| own.iter().map(|hash| hash.to_ne_bytes()).collect::<Vec<_>>();
        assert!(anchors.each().eq(own.iter().map(|own| bytes(own))));
        for passages in 1..6 {
            let mut seen = 0;
            for (first, part) in anchors.parts(passages) {
                for (passage, found) in (first as usize..).zip(part) {
                    assert_eq!((passage, found), (seen, &*bytes(own[seen])));
                    seen += 1;
                }
            }
            assert_eq!(seen, 5);
        }
    }

    proptest! {
        #[test]
        fn equals_looking_at_every_window(
            shingles in prop::collection::vec(prop_oneof![0u64..30, u64::MAX - 3..=u64::MAX], 0..120),
        ) {
            // So that the upper half tells them apart.
            let shingles: Vec<u64> = shingles.iter().map(|hash| hash.rotate_right(32)).collect();
            let mut anchors = vec![7];
            winnow(&shingles, &mut anchors);
            prop_assert_eq!(anchors.split_off(1), reference(&shingles));
        }

        #[test]
        fn a_shared_window_gives_a_shared_anchor(
            before in prop::collection::vec(any::<u64>(), 0..40),
            shared in prop::collection::vec(any::<u64>(), WINDOW..40),
            after in prop::collection::vec(any::<u64>(), 0..40),
        ) {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            winnow(&[before, shared.clone()].concat(), &mut a);
            winnow(&[shared, after].concat(), &mut b);
            prop_assert!(a.iter().any(|anchor| b.contains(anchor)));
        }
    }
}
