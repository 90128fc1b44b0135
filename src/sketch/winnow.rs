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

/// An anchor of a passage in one word: 32 bits of the hash, then the passage.
pub fn pack_anchor(anchor: u64, passage: u32) -> u64 {
    anchor >> 32 << 32 | u64::from(passage)
}

/// Appends the anchors of a text to `out`, in text order, from the hashes of its shingles in text
/// order. About two in `WINDOW + 1` shingles; all in one of a text shorter than a window.
pub fn winnow(shingles: &[u64], out: &mut Vec<u64>) {
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
            out.push(shingles[chosen]);
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
            winnow(&shingles, &mut anchors);
            prop_assert_eq!(anchors, reference(&shingles));
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
