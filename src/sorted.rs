//! Sorted lists, and lists of hashes searched where their highest bits say.

use std::ops::Range;

use rayon::slice::ParallelSliceMut;

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
        let count = u32::try_from(hashes.len()).expect("a list of as many hashes as a u32 counts");
        // About two hashes each; one value at least, so that the shift stays below 64.
        let bits = (hashes.len() / 2).max(2).next_power_of_two().trailing_zeros();
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
