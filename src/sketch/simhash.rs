//! SimHash: 64 bits whose Hamming distance follows the angle between two weighted sets.
//!
//! Charikar: "Similarity estimation techniques from rounding algorithms", STOC 2002; used on web
//! pages by Manku, Jain, Das Sarma, WWW 2007. Every shingle votes with the bits of its hash, as
//! often as it stands in the text.

/// The SimHash of a text from the hashes of its shingles, repeats included as weights.
///
/// Bit `i` is set when more hashes have it than not. The votes are counted bit-sliced: bit `i` of
/// `planes[j]` is digit `j` of the number of hashes so far that have bit `i`. A carry runs two
/// planes deep on average, so a shingle costs a handful of operations instead of 64.
pub fn simhash(hashes: &[u64]) -> u64 {
    let mut planes = [0u64; 33];
    for &hash in hashes {
        let mut carry = hash;
        for plane in &mut planes {
            let next = *plane & carry;
            *plane ^= carry;
            carry = next;
            if carry == 0 {
                break;
            }
        }
    }
    more_than(&planes, hashes.len() as u64 / 2)
}

/// The bits whose count in `planes` is greater than `limit`: a comparison from the highest digit.
fn more_than(planes: &[u64; 33], limit: u64) -> u64 {
    let (mut greater, mut equal) = (0u64, u64::MAX);
    for (digit, &plane) in planes.iter().enumerate().rev() {
        if limit >> digit & 1 == 0 {
            greater |= equal & plane;
            equal &= !plane;
        } else {
            equal &= plane;
        }
    }
    greater
}

/// Hamming distance of two SimHashes, 0 to 64.
pub fn distance(a: u64, b: u64) -> u32 {
    ::simhash::hamming_distance(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use siphasher::sip::SipHasher;
    use std::hash::{Hash, Hasher};

    fn counting(hashes: &[u64]) -> u64 {
        (0..64)
            .filter(|bit| 2 * hashes.iter().filter(|h| *h >> bit & 1 == 1).count() > hashes.len())
            .fold(0, |all, bit| all | 1 << bit)
    }

    proptest! {
        #[test]
        fn equals_counting_every_bit(hashes in prop::collection::vec(any::<u64>(), 0..600)) {
            prop_assert_eq!(simhash(&hashes), counting(&hashes));
        }

        #[test]
        fn equals_the_simhash_crate_on_its_own_hashes(
            words in prop::collection::vec("[\u{0627}-\u{064A}]{1,9}", 0..200),
        ) {
            let sip = |word: &String| {
                let mut hasher = SipHasher::default();
                word.as_str().hash(&mut hasher);
                hasher.finish()
            };
            let hashes: Vec<u64> = words.iter().map(sip).collect();
            let oracle = ::simhash::simhash_stream(words.iter().map(String::as_str));
            prop_assert_eq!(simhash(&hashes), oracle);
        }
    }

    #[test]
    fn distance_counts_differing_bits() {
        assert_eq!(distance(0b1011, 0b0010), 2);
        assert_eq!(distance(0, u64::MAX), 64);
    }
}
