//! Exact scores of two shingle sets.
//!
//! In: two shingle sets, sorted and without repeats. Out: Jaccard and containment both ways
//! (Broder 1997). Cost: one pass over both. Does not: decide anything.

/// How far two shingle sets agree, as counts: twelve bytes, of which all shares follow.
///
/// An empty set agrees with nothing: all its shares are 0, even against another empty set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairScore {
    /// Shingles of the first set.
    pub a: u32,
    /// Shingles of the second set.
    pub b: u32,
    /// Shingles that both have.
    pub shared: u32,
}

impl PairScore {
    /// Scores two sorted sets.
    ///
    /// ```
    /// use tikrar::verify::score::PairScore;
    /// let score = PairScore::of(&[1, 2, 3], &[2, 3, 4, 5]);
    /// assert_eq!((score.shared, score.jaccard()), (2, 0.4));
    /// assert_eq!(score.b_in_a(), 0.5);
    /// ```
    pub fn of(a: &[u64], b: &[u64]) -> Self {
        Self::from_counts(a.len(), b.len(), shared(a, b))
    }

    /// Scores from the sizes of the sets and of what they share.
    pub fn from_counts(a: usize, b: usize, shared: usize) -> Self {
        Self { a: a as u32, b: b as u32, shared: shared as u32 }
    }

    fn share(self, of: u64) -> f64 {
        if of == 0 { 0.0 } else { f64::from(self.shared) / of as f64 }
    }

    /// Shared shingles over all shingles of both.
    pub fn jaccard(self) -> f64 {
        self.share(u64::from(self.a) + u64::from(self.b) - u64::from(self.shared))
    }

    /// Share of the first set that the second has too.
    pub fn a_in_b(self) -> f64 {
        self.share(self.a.into())
    }

    /// Share of the second set that the first has too.
    pub fn b_in_a(self) -> f64 {
        self.share(self.b.into())
    }

    /// The larger of the two containments.
    pub fn containment(self) -> f64 {
        self.a_in_b().max(self.b_in_a())
    }

    /// The score with its sets the other way round.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self { a: self.b, b: self.a, shared: self.shared }
    }
}

/// Number of values that two sorted sets without repeats share.
///
/// A merge whose only branch is the loop's own: which side moves on is computed, for no predictor
/// guesses the order of hashes.
pub fn shared(a: &[u64], b: &[u64]) -> usize {
    debug_assert!(a.is_sorted_by(|x, y| x < y) && b.is_sorted_by(|x, y| x < y));
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let order = a[i].cmp(&b[j]);
        shared += usize::from(order.is_eq());
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
    shared
}

/// What [`shared`] must equal: a search for every value.
pub fn shared_reference(a: &[u64], b: &[u64]) -> usize {
    a.iter().filter(|x| b.binary_search(x).is_ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::btree_set(0..200_u64, 0..120).prop_map(|s| s.into_iter().collect())
    }

    proptest! {
        #[test]
        fn merge_equals_reference(a in set(), b in set()) {
            prop_assert_eq!(shared(&a, &b), shared_reference(&a, &b));
            prop_assert_eq!(shared(&a, &b), shared(&b, &a));
        }

        #[test]
        fn scores_are_shares(a in set(), b in set()) {
            let score = PairScore::of(&a, &b);
            for share in [score.jaccard(), score.a_in_b(), score.b_in_a()] {
                prop_assert!((0.0..=1.0).contains(&share));
            }
            prop_assert!(score.jaccard() <= score.a_in_b().min(score.b_in_a()) + 1e-12);
            prop_assert_eq!(score.swapped(), PairScore::of(&b, &a));
        }
    }

    #[test]
    fn empty_sets_agree_with_nothing() {
        for score in [PairScore::of(&[], &[]), PairScore::of(&[1], &[])] {
            let shares = [score.jaccard(), score.a_in_b(), score.b_in_a()];
            assert!(shares.iter().all(|share| *share <= 0.0), "{shares:?}");
        }
    }

    #[test]
    fn ends_of_the_value_range_count() {
        assert_eq!(shared(&[0, u64::MAX], &[0, 7, u64::MAX]), 2);
    }
}
