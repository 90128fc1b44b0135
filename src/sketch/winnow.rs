//! Anchors: a few shingles of a text, chosen so that two texts with a long run in common choose
//! one in common.
//!
//! Schleimer, Wilkerson, Aiken: "Winnowing: local algorithms for document fingerprinting", SIGMOD
//! 2003. Of every [`WINDOW`] neighboring shingles the least hash is an anchor (the last of equal
//! ones). A run of `WINDOW + k - 1` words that two texts share, at shingles of `k` words, holds a
//! whole window of equal shingles, and so an equal anchor. Jaccard similarity does not find such
//! pairs: an excerpt of fifty words has almost none with its story of five hundred.

/// Shingles of which one is an anchor: a run of 14 words at shingles of three.
pub const WINDOW: usize = 12;

/// Anchors of passages in order: 32 bits of each hash.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    hashes: Vec<u32>,
    /// How many of them are each passage's.
    counts: Vec<u32>,
}

impl Anchors {
    /// Adds the anchors of the next passage, from the hashes of its shingles in text order.
    pub fn push(&mut self, shingles: &[u64]) {
        let before = self.hashes.len();
        self.hashes.reserve(shingles.len());
        winnow(shingles, |anchor| self.hashes.push((anchor >> 32) as u32));
        self.counts.push((self.hashes.len() - before) as u32);
    }

    /// These anchors of passages.
    #[cfg(test)]
    pub(crate) fn of(passages: &[&[u32]]) -> Self {
        let counts = passages.iter().map(|own| own.len() as u32).collect();
        Self { hashes: passages.concat(), counts }
    }

    /// Adds the passages of `other` after those that are here.
    pub fn append(&mut self, other: &Self) {
        self.hashes.extend_from_slice(&other.hashes);
        self.counts.extend_from_slice(&other.counts);
    }

    /// Makes room for `times` as many.
    pub fn reserve(&mut self, times: usize) {
        self.hashes.reserve_exact(self.hashes.len() * times);
        self.counts.reserve_exact(self.counts.len() * times);
    }

    /// Forgets all passages, and keeps the room for others.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.counts.clear();
    }

    /// Number of passages.
    pub fn passages(&self) -> usize {
        self.counts.len()
    }

    /// Number of anchors.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is no anchor.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The anchors of every passage, in text order; the same one may come twice.
    pub fn each(&self) -> impl Iterator<Item = &[u32]> {
        let mut rest = self.hashes.as_slice();
        self.counts.iter().map(move |&count| {
            let (own, others) = rest.split_at(count as usize);
            rest = others;
            own
        })
    }
}

/// Hands the anchors of a text to `found`, in text order, from the hashes of its shingles in text
/// order. About two in `WINDOW + 1` shingles; all in one of a text shorter than a window.
pub fn winnow(shingles: &[u64], mut found: impl FnMut(u64)) {
    // Positions of a window whose hashes ascend: the first is the least.
    let mut least: [usize; WINDOW] = [0; WINDOW];
    let (mut head, mut len) = (0, 0);
    let mut chosen = usize::MAX;
    for (at, &hash) in shingles.iter().enumerate() {
        while len > 0 && shingles[least[(head + len - 1) % WINDOW]] >= hash {
            len -= 1;
        }
        if len > 0 && least[head] + WINDOW <= at {
            head = (head + 1) % WINDOW;
            len -= 1;
        }
        least[(head + len) % WINDOW] = at;
        len += 1;
        let whole = at + 1 >= WINDOW || at + 1 == shingles.len();
        if whole && least[head] != chosen {
            chosen = least[head];
            found(shingles[chosen]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reference(shingles: &[u64]) -> Vec<u64> {
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
        at.into_iter().map(|i| shingles[i]).collect()
    }

    proptest! {
        #[test]
        fn equals_looking_at_every_window(shingles in prop::collection::vec(0u64..30, 0..120)) {
            let mut anchors = Vec::new();
            winnow(&shingles, |anchor| anchors.push(anchor));
            prop_assert_eq!(anchors, reference(&shingles));
        }

        #[test]
        fn a_shared_window_gives_a_shared_anchor(
            before in prop::collection::vec(any::<u64>(), 0..40),
            shared in prop::collection::vec(any::<u64>(), WINDOW..40),
            after in prop::collection::vec(any::<u64>(), 0..40),
        ) {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            winnow(&[before, shared.clone()].concat(), |anchor| a.push(anchor));
            winnow(&[shared, after].concat(), |anchor| b.push(anchor));
            prop_assert!(a.iter().any(|anchor| b.contains(anchor)));
        }
    }
}
