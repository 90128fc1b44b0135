//! Sieves: the first look at every word of a page, which nearly all words do not pass.

/// A byte for some bits of each key, in the first-level cache: 0 where no key was put in, else more
/// bits of the only key there, or all ones for several.
///
/// A whole byte, since one instruction adds it to what was seen so far; a bit takes four.
#[derive(Clone, Debug)]
pub(super) struct Sieve<const BYTES: usize>(Box<[u8; BYTES]>);

impl<const BYTES: usize> Sieve<BYTES> {
    /// A sieve that lets nothing pass.
    pub(super) fn new() -> Self {
        Self(Box::new([0; BYTES]))
    }

    /// Lets this key pass, whose lowest and highest bits must be random.
    pub(super) fn insert(&mut self, key: u64) {
        let seen = &mut self.0[key as usize % BYTES];
        let alone = *seen == 0 || *seen == print(key);
        *seen = if alone { print(key) } else { u8::MAX };
    }

    /// Whether a key may pass: not if this is 0.
    #[inline]
    fn look(&self, key: u64) -> u8 {
        self.0[key as usize % BYTES]
    }

    /// Whether a key passes: all that were put in, and few others.
    #[inline]
    pub(super) fn passes(&self, key: u64) -> bool {
        let seen = self.look(key);
        seen == print(key) || seen == u8::MAX
    }

    /// Calls `found` with the places whose keys pass. Eight are looked at before the first branch:
    /// hardly ever is there one among them.
    #[inline]
    pub(super) fn each<T>(&self, all: &[T], key: impl Fn(&T) -> u64, mut found: impl FnMut(usize)) {
        let (eights, rest) = all.as_chunks::<8>();
        let mut few = |from: usize, some: &[T]| {
            (0..some.len()).filter(|&k| self.passes(key(&some[k]))).for_each(|k| found(from + k));
        };
        for (n, eight) in eights.iter().enumerate() {
            if eight.iter().fold(0, |any, one| any | self.look(key(one))) != 0 {
                few(8 * n, eight);
            }
        }
        few(all.len() - rest.len(), rest);
    }
}

/// Seven bits of a key that do not tell its place, and one that is set.
fn print(key: u64) -> u8 {
    (key >> 57) as u8 | 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_put_in_passes(keys in prop::collection::vec(any::<u64>(), 0..200)) {
            let mut sieve = Sieve::<256>::new();
            prop_assert!(!keys.iter().any(|&key| sieve.passes(key)));
            for &key in &keys {
                sieve.insert(key);
            }
            prop_assert!(keys.iter().all(|&key| sieve.passes(key)));
        }

        #[test]
        fn all_places_are_found(
            keys in prop::collection::vec(any::<u64>(), 0..40),
            words in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let mut sieve = Sieve::<64>::new();
            for &key in keys.iter().step_by(2) {
                sieve.insert(key);
            }
            let words: Vec<u64> =
                words.iter().filter(|_| !keys.is_empty()).map(|at| *at.get(&keys)).collect();
            let mut found = Vec::new();
            sieve.each(&words, |&word| word, |at| found.push(at));
            let passing: Vec<usize> =
                (0..words.len()).filter(|&at| sieve.passes(words[at])).collect();
            prop_assert_eq!(found, passing);
        }
    }
}
