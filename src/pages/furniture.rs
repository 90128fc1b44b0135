//! Lines of furniture: which stand on which pages.

use std::path::Path;

use rayon::prelude::*;

use super::PageId;
use crate::error::Result;
use crate::spill::{Long, SpillWriter, Spilled};

/// Shared keys are looked for in so many ranges of them, one after another on one thread: what is
/// sorted is an eighth of all lines.
const RANGE_BITS: u32 = 3;

/// The lines of furniture of some pages, as keys of their folded words.
#[derive(Debug, Default)]
pub(super) struct FurniturePart {
    /// Page by page.
    keys: Vec<u64>,
    /// How many of them are each page's; pages after the last one with a line are left out.
    counts: Vec<u32>,
}

impl FurniturePart {
    /// Adds a line of a page; pages come in order.
    pub(super) fn push(&mut self, page: PageId, key: u64) {
        self.counts.resize(page as usize + 1, 0);
        self.counts[page as usize] += 1;
        self.keys.push(key);
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.counts.clear();
    }
}

/// The lines of furniture of all pages, as they come from parts.
#[derive(Debug, Default)]
pub(super) struct FurnitureWriter {
    keys: SpillWriter,
    counts: Vec<u32>,
}

impl FurnitureWriter {
    /// No lines; their file is to lie in `folder`. Without one they stay in memory.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        Self { keys: SpillWriter::new(folder), counts: Vec::new() }
    }

    /// Adds the lines of a part whose pages are counted from `base`.
    pub(super) fn append(&mut self, base: PageId, part: &FurniturePart) {
        if !part.counts.is_empty() {
            self.counts.resize(base as usize, 0);
            self.counts.extend_from_slice(&part.counts);
            self.keys.write_longs(&part.keys);
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
        Ok(Furniture { keys: self.keys.finish()?, counts: self.counts })
    }
}

/// The lines of furniture of all pages, as keys of their folded words: in a private file, since only
/// the last stage asks for them.
#[derive(Debug, Default)]
pub struct Furniture {
    /// Page by page.
    keys: Spilled,
    /// How many of them are each page's; pages after the last one with a line are left out.
    counts: Vec<u32>,
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
                    let (part, base) = if page < cut { (0, 0) } else { (1, cut) };
                    parts[part].push((page - base) as PageId, key);
                }
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
        }
    }
}
