//! Hashes of folded words: 64 bits, the same on every machine and in every run.
//!
//! Nearly all Arabic words have at most eight letters, which are sixteen bytes. Those are hashed by two
//! rounds of the multiply and fold of wyhash (Wang Yi), without a branch; longer ones by xxh3.

use super::Token;
use xxhash_rust::xxh3::xxh3_64;

/// Longest word that is hashed at once, in bytes.
const SHORT: usize = 16;

/// The first secrets of wyhash, version 4.
const SECRETS: [u64; 3] = [0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB, 0x8EBC_6AF0_9C88_C6E3];

/// For each length up to [`SHORT`], the bits that a word has.
static KEPT: [[u64; 2]; SHORT + 1] = {
    let mut kept = [[0; 2]; SHORT + 1];
    let mut length = 1;
    while length <= SHORT {
        let bits = u128::MAX >> (8 * (SHORT - length));
        kept[length] = [bits as u64, (bits >> 64) as u64];
        length += 1;
    }
    kept
};

/// The hash of a folded word, as in [`super::Folded::hashes`].
///
/// Up to 16 bytes, filled up with zeros, are two little-endian numbers; they and the length are mixed
/// by two products of 128 bits whose halves are joined by xor. Longer words: xxh3-64. Well mixed, but
/// no defense against words made to collide.
pub fn hash_word(word: &[u8]) -> u64 {
    if word.len() > SHORT {
        return xxh3_64(word);
    }
    let mut bytes = [0; SHORT];
    bytes[..word.len()].copy_from_slice(word);
    mix(halves(bytes), word.len())
}

/// [`hash_word`] of `text[start..end]`, by one load where bytes follow the word.
#[inline(always)]
pub(super) fn hash_within(text: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    // One comparison for the number of the bytes, one for their place.
    if let Some(kept) = KEPT.get(length)
        && let Some(&bytes) = text.get(start..start + SHORT).and_then(<[u8]>::first_chunk)
    {
        let [low, high] = halves(bytes);
        return mix([low & kept[0], high & kept[1]], length);
    }
    hash_slowly(&text[start..end])
}

/// [`hash_word`], apart from the loops over short words.
#[inline(never)]
fn hash_slowly(word: &[u8]) -> u64 {
    hash_word(word)
}

#[inline(always)]
fn halves(bytes: [u8; SHORT]) -> [u64; 2] {
    let both = u128::from_le_bytes(bytes);
    [both as u64, (both >> 64) as u64]
}

/// Appends the hashes of `words`, words of `text`, from word `from` on.
pub(super) fn hash_words(text: &[u8], words: &[Token], from: usize, hashes: &mut Vec<u64>) {
    let words = words.get(from..).unwrap_or_default();
    hashes
        .extend(words.iter().map(|word| hash_within(text, word.start as usize, word.end as usize)));
}

#[inline(always)]
fn mix([low, high]: [u64; 2], length: usize) -> u64 {
    let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let first = product(low ^ SECRETS[0], high ^ SECRETS[1]);
    let low = first as u64 ^ SECRETS[2] ^ length as u64;
    let second = product(low, (first >> 64) as u64 ^ SECRETS[1]);
    second as u64 ^ (second >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn a_word_hashes_alike_wherever_it_stands(
            text in prop::collection::vec(any::<u8>(), 0..64),
            start in 0..64_usize,
            end in 0..64_usize,
        ) {
            let end = end.min(text.len());
            let start = start.min(end);
            prop_assert_eq!(hash_within(&text, start, end), hash_word(&text[start..end]));
        }
    }

    #[test]
    fn every_bit_of_a_word_moves_about_half_of_the_hash() {
        for length in 1..=SHORT {
            let word: Vec<u8> = (0..length as u8).map(|i| 0xD8 ^ (i * 7)).collect();
            let flips: Vec<u32> = (0..8 * length)
                .map(|bit| {
                    let mut other = word.clone();
                    other[bit / 8] ^= 1 << (bit % 8);
                    (hash_word(&word) ^ hash_word(&other)).count_ones()
                })
                .collect();
            assert!(flips.iter().all(|&bits| (10..=54).contains(&bits)), "{length}: {flips:?}");
            let mean = f64::from(flips.iter().sum::<u32>()) / flips.len() as f64;
            assert!((26.0..38.0).contains(&mean), "{length}: {mean}");
        }
    }

    #[test]
    fn words_of_three_letters_differ_in_either_half_of_the_hash() {
        let letters: Vec<char> = ('ء'..='ي').collect();
        let mut seen = [HashSet::new(), HashSet::new()];
        let mut words = 0_u32;
        for a in &letters {
            for b in &letters {
                for c in &letters {
                    let hash = hash_word(String::from_iter([a, b, c]).as_bytes());
                    seen[0].insert(hash as u32);
                    seen[1].insert((hash >> 32) as u32);
                    words += 1;
                }
            }
        }
        // By chance two of 74,088 share 32 bits less than once.
        assert!(seen.iter().all(|half| half.len() as u32 + 5 > words));
    }
}
