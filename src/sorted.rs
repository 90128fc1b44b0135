//! Sorted lists, and lists of hashes searched where their highest bits say.

use std::ops::Range;

use rayon::prelude::*;

use crate::processor::fetch;

/// Items that one thread sorts: the sort of std takes three quarters of the time of rayon's.
const FEW: usize = 1 << 15;

/// Sorts on all threads, unless there is little to sort. Which of two equal items comes first is not
/// said.
pub fn sort<T: Ord + Send>(items: &mut [T]) {
    if items.len() <= FEW {
        items.sort_unstable();
    } else {
        items.par_sort_unstable();
    }
}

/// Items of a part that is sorted by itself: they lie near the core.
const PART: usize = 1 << 11;

/// Of the number of parts at most: more places cannot be written side by side.
const MOST_PART_BITS: u32 = 10;

/// Sorts items by a key whose order is first that of numbers that are about evenly spread, on all threads,
/// unless there is little to sort: the highest bits of those put them into parts that lie near the core.
/// Which of two equal items comes first is not said.
pub fn sort_spread<T: Copy + Send, K: Ord>(
    items: &mut [T],
    number: impl Fn(&T) -> u32,
    key: impl Fn(&T) -> K + Sync,
) {
    if items.len() <= 2 * PART {
        items.sort_unstable_by_key(key);
        return;
    }
    let bounds = |(least, most): (u32, u32), n: u32| (least.min(n), most.max(n));
    let (least, most) = items.iter().map(&number).fold((u32::MAX, 0), bounds);
    let used = u32::BITS - (most - least).leading_zeros();
    let bits = (items.len() / PART).next_power_of_two().trailing_zeros().min(MOST_PART_BITS);
    let shift = used.saturating_sub(bits);
    let part_of = |item: &T| ((number(item) - least) >> shift) as usize;
    let mut ends = vec![0_usize; 1 << bits];
    for item in &*items {
        ends[part_of(item)] += 1;
    }
    let mut before = 0;
    for end in &mut ends {
        before += *end;
        *end = before;
    }
    // An item goes to the next place of its part, and the one that was there goes on (McIlroy, Bostic,
    // McIlroy: "Engineering Radix Sort", 1993).
    let mut next: Vec<usize> = std::iter::once(0).chain(ends.iter().copied()).collect();
    for (part, &end) in ends.iter().enumerate() {
        while next[part] < end {
            let mut item = items[next[part]];
            loop {
                let own = part_of(&item);
                let place = next[own];
                next[own] += 1;
                if own == part {
                    items[place] = item;
                    break;
                }
                std::mem::swap(&mut item, &mut items[place]);
            }
        }
    }
    let (mut rest, mut from) = (items, 0);
    let mut parts = Vec::with_capacity(ends.len());
    for end in ends {
        let (part, others) = rest.split_at_mut(end - from);
        parts.push(part);
        (rest, from) = (others, end);
    }
    parts.into_par_iter().for_each(|part| match part.len() {
        ..=FEW => part.sort_unstable_by_key(&key),
        _ => part.par_sort_unstable_by_key(&key),
    });
}

/// Hashes that are compared together, in one line of memory or two.
const TOGETHER: usize = 4;

/// Where in a sorted list the hashes of given highest bits stand: two looks into memory, where
/// halving the list takes one for every doubling of it.
#[derive(Clone, Debug, Default)]
pub struct HashIndex {
    /// One for every value of the highest bits, and the end of the list.
    starts: Vec<u32>,
    shift: u32,
}

impl HashIndex {
    /// The index of a sorted list of hashes, whose highest bits must be random.
    ///
    /// # Panics
    /// When the list is longer than a `u32` counts.
    pub fn new(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        Self::with(2, hashes)
    }

    /// The same, where so many hashes have the same highest bits at most, on average: the more, the smaller
    /// the index.
    ///
    /// # Panics
    /// When the list is longer than a `u32` counts.
    pub fn with(together: usize, hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let count = u32::try_from(hashes.len()).expect("a list of as many hashes as a u32 counts");
        // Two values at least, so that the shift stays below 64.
        let bits = (hashes.len() / together).max(2).next_power_of_two().trailing_zeros();
        let shift = u64::BITS - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        for hash in hashes {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        debug_assert_eq!(before, count);
        Self { starts, shift }
    }

    /// The places of all hashes that agree with this one in the highest bits, itself among them if it
    /// is in the list.
    #[inline]
    pub fn around(&self, hash: u64) -> Range<usize> {
        let at = hash.checked_shr(self.shift).unwrap_or(0) as usize;
        match self.starts.get(at..at + 2) {
            Some(&[from, to]) => from as usize..to as usize,
            _ => 0..0,
        }
    }

    /// The first place in the list of a hash that is wanted, all of which begin with the highest bits of
    /// this one.
    #[inline]
    pub fn find(
        &self,
        hashes: &[u64],
        hash: u64,
        is_wanted: impl Fn(u64) -> bool,
    ) -> Option<usize> {
        let around = self.around(hash);
        if around.len() > TOGETHER {
            return around.into_iter().find(|&at| is_wanted(hashes[at]));
        }
        // Most ranges have a few hashes: no jump hangs on how many, for those behind are not wanted.
        let Some(some) = hashes.get(around.start..around.start + TOGETHER) else {
            return around.into_iter().find(|&at| is_wanted(hashes[at]));
        };
        let bits = some.iter().rev().fold(0_u32, |bits, &h| bits << 1 | u32::from(is_wanted(h)));
        (bits != 0).then(|| around.start + bits.trailing_zeros() as usize)
    }

    /// Asks for what [`find`](Self::find) looks at first.
    #[inline]
    pub fn fetch(&self, hash: u64) {
        fetch(&self.starts, hash.checked_shr(self.shift).unwrap_or(0) as usize);
    }

    /// Asks for what it looks at next.
    #[inline]
    pub fn fetch_hashes(&self, hashes: &[u64], hash: u64) {
        fetch(hashes, self.around(hash).start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spread_items_are_sorted(
            count in 0..6 * PART,
            bits in 0..64_u32,
            seed: u64,
        ) {
            let mut items: Vec<u64> = (0..count as u64)
                .map(|n| (n ^ seed).wrapping_mul(FACTOR).rotate_left(29).wrapping_mul(FACTOR) >> bits)
                .collect();
            let mut sorted = items.clone();
            sorted.sort_unstable();
            sort_spread(&mut items, |&item| (item >> 32) as u32, |&item| item);
            prop_assert_eq!(items, sorted);
        }
    }

    #[test]
    fn few_and_many_are_sorted() {
        for count in [0, 1, 100, FEW + 1] {
            let mut items: Vec<u64> = (0..count as u64).map(|n| n.wrapping_mul(FACTOR)).collect();
            sort(&mut items);
            assert!(items.is_sorted());
        }
    }

    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

    proptest! {
        #[test]
        fn what_is_wanted_is_found_first(
            // A few high bits, so that ranges hold many hashes or none.
            high in prop::collection::vec((0..30_u64, 0..4_u64), 0..60),
            asked in (0..30_u64, 0..4_u64),
            together in 1..9_usize,
        ) {
            let hash = |(high, low): (u64, u64)| high.wrapping_mul(FACTOR) >> 2 << 2 | low;
            let mut hashes: Vec<u64> = high.into_iter().map(hash).collect();
            hashes.sort_unstable();
            let index = HashIndex::with(together, hashes.iter().copied());
            let wanted = hash(asked);
            for bits in [0, 2] {
                let is_wanted = |known: u64| known >> bits == wanted >> bits;
                let first = hashes.iter().position(|&known| is_wanted(known));
                prop_assert_eq!(index.find(&hashes, wanted, is_wanted), first);
            }
        }
    }

    proptest! {
        #[test]
        fn every_hash_stands_where_it_is_looked_for(
            hashes in prop::collection::btree_set(any::<u64>(), 0..200),
            other: u64,
        ) {
            let hashes: Vec<u64> = hashes.into_iter().collect();
            let index = HashIndex::new(hashes.iter().copied());
            for (at, &hash) in hashes.iter().enumerate() {
                prop_assert!(index.around(hash).contains(&at));
            }
            let around = index.around(other);
            prop_assert!(hashes[..around.start].iter().all(|&hash| hash < other));
            prop_assert!(hashes[around.end..].iter().all(|&hash| hash > other));
            prop_assert!(HashIndex::default().around(other).is_empty());
        }
    }
}
