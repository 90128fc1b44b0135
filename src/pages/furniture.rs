//! Lines of furniture: which stand on which pages.

use std::path::Path;

use rayon::prelude::*;

use super::PageId;
use crate::error::Result;
use crate::packed::{Packer, Unpacker};
use crate::segment::{Segment, SegmentKind};
use crate::spill::{Long, SpillWriter, Spilled};
use crate::types::ByteSpan;

/// Shared keys are looked for in so many ranges of them: what one thread sorts is an eighth of all lines.
const RANGE_BITS: u32 = 3;

/// Bits that tell the kind of a line.
const KIND_BITS: u32 = 4;
const _: () = assert!(SegmentKind::ALL.len() <= 1 << KIND_BITS);

/// The lines of furniture of some pages, as keys of their folded words, and where they stand.
#[derive(Debug, Default)]
pub(super) struct FurniturePart {
    /// Page by page.
    keys: Vec<u64>,
    /// How many of them are each page's; pages after the last one with a line are left out.
    counts: Vec<u32>,
    /// Where they stand in the text of their page, and what they are: packed, about three bytes a line.
    places: Vec<u8>,
}

impl FurniturePart {
    /// Adds the lines of a page; pages come in order.
    pub(super) fn push(&mut self, page: PageId, lines: impl Iterator<Item = (u64, Segment)>) {
        let mut places = Packer::new(&mut self.places);
        let known = self.keys.len();
        for (key, line) in lines {
            self.keys.push(key);
            let (span, kind) = (line.span, line.kind as u64);
            places.range_with(&(span.start..span.end), kind, KIND_BITS);
        }
        if self.keys.len() > known {
            self.counts.resize(page as usize, 0);
            self.counts.push((self.keys.len() - known) as u32);
        }
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.counts.clear();
        self.places.clear();
    }
}

/// The lines of furniture of all pages, as they come from parts.
#[derive(Debug, Default)]
pub(super) struct FurnitureWriter {
    keys: SpillWriter,
    counts: Vec<u32>,
    places: SpillWriter,
}

impl FurnitureWriter {
    /// No lines; their files are to lie in `folder`. Without one they stay in memory.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        let list = || SpillWriter::new(folder);
        Self { keys: list(), counts: Vec::new(), places: list() }
    }

    /// Adds the lines of a part whose pages are counted from `base`.
    pub(super) fn append(&mut self, base: PageId, part: &FurniturePart) {
        if !part.counts.is_empty() {
            self.counts.resize(base as usize, 0);
            self.counts.extend_from_slice(&part.counts);
            self.keys.write_longs(&part.keys);
            self.places.write(&part.places);
        }
    }

    /// Makes room for `times` as many pages.
    pub(super) fn reserve(&mut self, times: usize) {
        self.counts.reserve_exact(self.counts.len() * times);
    }

    /// All lines.
    ///
    /// # Errors
    /// When they could not be written.
    pub(super) fn finish(self) -> Result<Furniture> {
        let (keys, places) = (self.keys.finish()?, self.places.finish()?);
        Ok(Furniture { keys, counts: self.counts, places })
    }
}

/// The lines of furniture of all pages, as keys of their folded words, and where they stand: in private
/// files, since only the last stage asks for them.
#[derive(Debug, Default)]
pub struct Furniture {
    /// Page by page.
    keys: Spilled,
    /// How many of them are each page's; pages after the last one with a line are left out.
    counts: Vec<u32>,
    places: Spilled,
}

impl Furniture {
    /// The pages that have a line, and the keys of its lines.
    pub fn each(&self) -> impl Iterator<Item = (PageId, &[Long])> {
        let mut rest = self.keys.longs();
        (0..).zip(&self.counts).map(move |(page, &count)| {
            let (own, others) = rest.split_at(count as usize);
            rest = others;
            (page, own)
        })
    }

    /// All lines in order: their pages, their keys, and where they stand.
    pub fn lines(&self) -> impl Iterator<Item = (PageId, u64, Segment)> {
        let mut places = Unpacker::new(&self.places);
        self.each().flat_map(|(page, keys)| keys.iter().map(move |&key| (page, key))).scan(
            None,
            move |before, (page, key)| {
                if before.replace(page) != Some(page) {
                    places = Unpacker::new(places.rest());
                }
                let (bytes, kind) = places.range_with(KIND_BITS);
                let (key, span) = (u64::from_ne_bytes(key), ByteSpan::new(bytes.start, bytes.end));
                Some((page, key, Segment { kind: SegmentKind::ALL[kind as usize], span }))
            },
        )
    }

    /// Keys of lines that stand on two pages or more, ascending.
    pub fn shared(&self) -> Vec<u64> {
        let in_range = |range: u64| {
            let mut lines: Vec<(u64, PageId)> = Vec::new();
            for (page, keys) in self.each() {
                let keys = keys.iter().map(|&key| u64::from_ne_bytes(key));
                let keys = keys.filter(|&key| key >> (u64::BITS - RANGE_BITS) == range);
                lines.extend(keys.map(|key| (key, page)));
            }
            lines.sort_unstable();
            lines.dedup();
            let shared = lines.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1);
            shared.map(|run| run[0].0).collect::<Vec<u64>>()
        };
        let ranges: Vec<Vec<u64>> = (0..1 << RANGE_BITS).into_par_iter().map(in_range).collect();
        ranges.concat()
    }
}

/// The key of a line of furniture: equal for lines of equal folded words.
pub fn line_key(words: &[u64]) -> u64 {
    words.iter().fold(words.len() as u64, |key, word| {
        (key.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A line of a page: of any kind, and not always after the one before.
    fn line(page: u32, at: u32) -> Segment {
        let start = 1000 * (page % 7) + 300 * (at ^ 1);
        let kind = SegmentKind::ALL[(page + at) as usize % SegmentKind::ALL.len()];
        Segment { kind, span: ByteSpan::new(start, start + 40 * page + at) }
    }

    proptest! {
        #[test]
        fn shared_lines_are_those_of_two_pages(
            pages in prop::collection::vec(prop::collection::vec(0u64..30, 0..5), 0..30),
            cut in 0usize..30,
        ) {
            let pages: Vec<Vec<u64>> =
                pages.iter().map(|keys| keys.iter().map(|&key| line_key(&[key])).collect()).collect();
            let mut on: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
            let mut parts = [FurniturePart::default(), FurniturePart::default()];
            let cut = cut.min(pages.len());
            for (page, keys) in pages.iter().enumerate() {
                for &key in keys {
                    on.entry(key).or_default().push(page);
                }
                let (part, base) = if page < cut { (0, 0) } else { (1, cut) };
                let lines = keys.iter().zip(0..).map(|(&key, at)| (key, line(page as u32, at)));
                parts[part].push((page - base) as PageId, lines);
            }
            let mut all = FurnitureWriter::default();
            all.append(0, &parts[0]);
            all.append(cut as PageId, &parts[1]);
            let all = all.finish().unwrap();
            let shared = on.iter().filter(|(_, on)| on.iter().any(|page| *page != on[0]));
            prop_assert_eq!(all.shared(), shared.map(|(&key, _)| key).collect::<Vec<u64>>());
            for (page, keys) in all.each() {
                let keys = keys.iter().map(|&key| u64::from_ne_bytes(key));
                prop_assert!(keys.eq(pages[page as usize].iter().copied()));
            }
            let lines = pages.iter().zip(0..).flat_map(|(keys, page)| {
                keys.iter().zip(0..).map(move |(&key, at)| (page, key, line(page, at)))
            });
            prop_assert_eq!(all.lines().collect::<Vec<_>>(), lines.collect::<Vec<_>>());
        }
    }
}
