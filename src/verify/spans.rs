//! Which bytes of two pages say the same.
//!
//! In: two passages and where their words come from. Out: the runs of words that both have, as bytes
//! of the text fields. Method: the alignment by which a reader judges ([`super::align`]). Cost: about
//! 10 µs for two stories of 250 words, linear in words; memory is kept from pair to pair.

use super::align::{Aligner, Run};
use super::vocabulary::Vocabulary;
use crate::fold::Folded;
use crate::passage::Origin;
use crate::types::ByteSpan;

/// A passage as it is compared, and where its words come from.
#[derive(Clone, Copy, Debug)]
pub struct Sourced<'a> {
    /// Its words.
    pub folded: &'a Folded,
    /// Which of them stand in the text field, and where that is interrupted.
    pub origin: &'a Origin,
}

impl Sourced<'_> {
    /// The place, at `word` or after it and before `end`, at which the passage is interrupted.
    fn border(&self, word: u32, end: u32) -> u32 {
        let parts = &self.origin.parts;
        let next = parts.partition_point(|&part| part <= word);
        parts.get(next).map_or(end, |&part| part.min(end))
    }

    fn span(&self, first: u32, len: u32) -> ByteSpan {
        let tokens = &self.folded.tokens()[first as usize..(first + len) as usize];
        ByteSpan::new(tokens[0].span.start, tokens[tokens.len() - 1].span.end)
    }
}

/// Finds what pairs of passages share, one pair after the other, in the same memory.
#[derive(Debug, Default)]
pub struct SpanFinder {
    vocabulary: Vocabulary,
    aligner: Aligner,
    runs: Vec<Run>,
}

impl SpanFinder {
    /// The runs of words that both passages have, as bytes of the two text fields, in the order of
    /// the first: the `most` longest, and how many more there are.
    ///
    /// A run ends where the passage is interrupted by furniture. Words of a title field are in no
    /// run, since they are no bytes of the text.
    pub fn find(
        &mut self,
        a: Sourced<'_>,
        b: Sourced<'_>,
        most: usize,
    ) -> (Vec<[ByteSpan; 2]>, usize) {
        self.vocabulary.number(a.folded.hashes(), b.folded.hashes());
        self.aligner.align(&self.vocabulary);
        self.runs.clear();
        for &run in self.aligner.runs() {
            let title = |side: Sourced<'_>, first: u32| side.origin.title.saturating_sub(first);
            let skipped = title(a, run.a).max(title(b, run.b));
            let (mut at, end) = (skipped, run.len);
            while at < end {
                let len = (a.border(run.a + at, run.a + end) - run.a)
                    .min(b.border(run.b + at, run.b + end) - run.b)
                    - at;
                self.runs.push(Run { a: run.a + at, b: run.b + at, len });
                at += len;
            }
        }
        let left_out = self.runs.len().saturating_sub(most);
        if left_out > 0 {
            self.runs.sort_unstable_by_key(|run| (std::cmp::Reverse(run.len), run.a));
            self.runs.truncate(most);
        }
        self.runs.sort_unstable();
        let spans = |run: &Run| [a.span(run.a, run.len), b.span(run.b, run.len)];
        (self.runs.iter().map(spans).collect(), left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};

    fn shared(a: (&str, &Origin), b: (&str, &Origin), most: usize) -> (Vec<[String; 2]>, usize) {
        let folder = Folder::new(Profile::Standard);
        let (left, right) = (folder.fold(a.0), folder.fold(b.0));
        let (spans, left_out) = SpanFinder::default().find(
            Sourced { folded: &left, origin: a.1 },
            Sourced { folded: &right, origin: b.1 },
            most,
        );
        let text = |spans: [ByteSpan; 2]| {
            [a.0[spans[0].range()].to_owned(), b.0[spans[1].range()].to_owned()]
        };
        (spans.into_iter().map(text).collect(), left_out)
    }

    const A: &str = "أعلنت البلدية افتتاح مكتبة في حي النخيل غدا";
    const B: &str = "قال مصدر: أعلنت البلدية افتتاح مكتبه في حى النخيل";

    #[test]
    fn runs_are_bytes_of_both_texts() {
        let (spans, left_out) = shared((A, &Origin::default()), (B, &Origin::default()), 9);
        let shared =
            ["أعلنت البلدية افتتاح مكتبة في حي النخيل", "أعلنت البلدية افتتاح مكتبه في حى النخيل"];
        assert_eq!((spans, left_out), (vec![shared.map(str::to_owned)], 0));
    }

    #[test]
    fn titles_and_interruptions_cut_runs() {
        let a = Origin { title: 1, parts: vec![1, 5] };
        let b = Origin { title: 0, parts: vec![0, 4] };
        let (spans, left_out) = shared((A, &a), (B, &b), 2);
        // البلدية | افتتاح مكتبة في | حي النخيل
        assert_eq!(
            spans.iter().map(|s| s[0].as_str()).collect::<Vec<_>>(),
            ["افتتاح مكتبة في", "حي النخيل"]
        );
        assert_eq!(left_out, 1);
    }
}
