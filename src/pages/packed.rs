//! The packed parts of all pages.

use integer_encoding::VarInt;

use super::PageId;

/// Pages of whose entries one is noted where it lies; from there one goes on from length to length.
const EVERY: usize = 16;

/// What [`Parts::pack`](crate::passage::Parts::pack) has packed of every page: about a byte of a page that
/// is nothing but its story, and a dozen of others.
#[derive(Clone, Debug, Default)]
pub(super) struct PackedParts {
    /// Page by page, each after its length.
    bytes: Vec<u8>,
    /// Where every sixteenth page begins.
    starts: Vec<u64>,
    pages: usize,
}

impl PackedParts {
    /// Adds the next page.
    pub(super) fn push(&mut self, packed: &[u8]) {
        if self.pages.is_multiple_of(EVERY) {
            self.starts.push(self.bytes.len() as u64);
        }
        let mut length = [0; 10];
        let digits = packed.len().encode_var(&mut length);
        self.bytes.extend_from_slice(&length[..digits]);
        self.bytes.extend_from_slice(packed);
        self.pages += 1;
    }

    /// Adds the pages of a part.
    pub(super) fn append(&mut self, part: &Self) {
        let mut rest = part.bytes.as_slice();
        while !rest.is_empty() {
            let (own, others) = first(rest);
            self.push(own);
            rest = others;
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.starts.clear();
        self.pages = 0;
    }

    /// Makes room for `times` as many.
    pub(super) fn reserve(&mut self, times: usize) {
        self.bytes.reserve_exact(self.bytes.len() * times);
        self.starts.reserve_exact(self.starts.len() * times);
    }

    /// What was packed of a page; nothing of one that was never put in.
    pub(super) fn of(&self, page: PageId) -> &[u8] {
        let (from, after) = (page as usize / EVERY, page as usize % EVERY);
        let start = self.starts.get(from).map_or(self.bytes.len(), |&start| start as usize);
        let mut rest = &self.bytes[start..];
        for _ in 0..after {
            rest = first(rest).1;
        }
        first(rest).0
    }
}

/// The first entry, and the others.
fn first(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, digits) = usize::decode_var(bytes).unwrap_or_default();
    bytes[digits..].split_at(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_page_has_its_own(
            pages in prop::collection::vec(
                prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 0..300)], 0..80),
            cut in 0..80_usize,
        ) {
            let mut parts = [PackedParts::default(), PackedParts::default()];
            let (left, right) = pages.split_at(cut.min(pages.len()));
            for page in left {
                parts[0].push(page);
            }
            for page in right {
                parts[1].push(page);
            }
            let mut all = PackedParts::default();
            for part in &parts {
                all.append(part);
            }
            for (page, packed) in pages.iter().enumerate() {
                prop_assert_eq!(all.of(page as PageId), packed);
            }
            prop_assert!(all.of(pages.len() as PageId).is_empty());
        }
    }
}
