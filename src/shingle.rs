//! Shingles: folded words to sets of 64-bit hashes.
//!
//! In: a [`Folded`] text. Out: the hashes of its shingles (Broder 1997), unsorted and with repeats,
//! or as a sorted set. Cost: linear in words. Does not: know of sketches or of what a copy is.
//!
//! A text that is shorter than one shingle gets a single shingle of the whole text; a text without
//! a word gets none, and is never equal to anything.

use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::fold::Folded;
#[cfg(target_arch = "x86_64")]
use crate::processor;

/// Texts of fewer words than this are compared by [`Shingle::SHORT`] with one another, unless a
/// shingle was asked for by name: one changed word costs three of ten word shingles, and what is
/// left says little (measured on titles and teasers: word-3 loses a third of their copies that
/// character-9 keeps).
pub const SHORT_WORDS: usize = 30;

/// What a shingle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Shingle {
    /// This many words in a row.
    Word(NonZeroU8),
    /// This many letters in a row, spaces left out.
    Char(NonZeroU8),
}

/// Why a shingle's name was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shingle: write word:N with N from 1 to 16, or char:N with N from 2 to 64")]
pub struct UnknownShingle(String);

impl Shingle {
    /// Three words: the best recall at the neighbors' 99.9 % point on news.
    pub const WORD_3: Self = Self::Word(NonZeroU8::new(3).expect("3 is not 0"));
    /// Nine letters without spaces: for texts under [`SHORT_WORDS`] words.
    pub const SHORT: Self = Self::Char(NonZeroU8::new(9).expect("9 is not 0"));

    /// Appends the hashes of the shingles of `text` to `out`, in text order, repeats included.
    pub fn hash_into(self, text: &Folded, out: &mut Vec<u64>) {
        match self {
            Self::Word(k) => words(text.hashes(), k.get() as usize, out),
            Self::Char(n) => letters(text.text(), n.get() as usize, out),
        }
    }

    /// [`Shingle::hash_into`] of a text by the hashes of its words, which is all that shingles of words
    /// are made of; tells whether these are such.
    pub fn hash_words_into(self, words: &[u64], out: &mut Vec<u64>) -> bool {
        match self {
            Self::Word(k) => self::words(words, k.get() as usize, out),
            Self::Char(_) => return false,
        }
        true
    }

    /// The set of shingles of `text`, sorted and without repeats, in `out`, whose old content goes.
    pub fn set_into(self, text: &Folded, out: &mut Vec<u64>) {
        out.clear();
        self.hash_into(text, out);
        out.sort_unstable();
        out.dedup();
    }
}

impl fmt::Display for Shingle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(k) => write!(f, "word:{k}"),
            Self::Char(n) => write!(f, "char:{n}"),
        }
    }
}

impl From<Shingle> for String {
    fn from(shingle: Shingle) -> Self {
        shingle.to_string()
    }
}

impl TryFrom<String> for Shingle {
    type Error = UnknownShingle;
    fn try_from(name: String) -> Result<Self, UnknownShingle> {
        name.parse()
    }
}

impl FromStr for Shingle {
    type Err = UnknownShingle;

    fn from_str(name: &str) -> Result<Self, UnknownShingle> {
        let unknown = || UnknownShingle(name.to_owned());
        let (unit, size) = name.split_once(':').ok_or_else(unknown)?;
        let size: NonZeroU8 = size.parse().map_err(|_| unknown())?;
        match (unit, size.get()) {
            ("word", 1..=16) => Ok(Self::Word(size)),
            ("char", 2..=64) => Ok(Self::Char(size)),
            _ => Err(unknown()),
        }
    }
}

/// Rotations by 21 bits keep the places of up to 64 words apart (21 and 64 have no common factor).
const PLACE: u32 = 21;

fn words(hashes: &[u64], k: usize, out: &mut Vec<u64>) {
    if hashes.is_empty() {
        return;
    }
    if hashes.len() < k {
        out.push(whole(hashes));
        return;
    }
    match k {
        2 => rows::<2>(hashes, out),
        3 => rows::<3>(hashes, out),
        4 => rows::<4>(hashes, out),
        5 => rows::<5>(hashes, out),
        6 => rows::<6>(hashes, out),
        7 => rows::<7>(hashes, out),
        8 => rows::<8>(hashes, out),
        _ => out.extend(hashes.windows(k).map(|w| mix(join(w)))),
    }
}

/// The shingles of so many words, with the widest registers that this machine has. Of three words those
/// of AVX2 take a third off the time, of five nearly half of what any number of words takes (measured);
/// only AVX-512 has multiplications of 64 bits.
fn rows<const K: usize>(hashes: &[u64], out: &mut Vec<u64>) {
    #[cfg(target_arch = "x86_64")]
    {
        if processor::has_avx512() {
            // SAFETY: this machine has what the function is compiled for.
            return unsafe { rows_avx512::<K>(hashes, out) };
        }
        if processor::has_avx2() {
            // SAFETY: as above.
            return unsafe { rows_avx2::<K>(hashes, out) };
        }
    }
    rows_plain::<K>(hashes, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn rows_avx512<const K: usize>(hashes: &[u64], out: &mut Vec<u64>) {
    rows_plain::<K>(hashes, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn rows_avx2<const K: usize>(hashes: &[u64], out: &mut Vec<u64>) {
    rows_plain::<K>(hashes, out);
}

#[inline(always)]
fn rows_plain<const K: usize>(hashes: &[u64], out: &mut Vec<u64>) {
    out.extend(hashes.array_windows::<K>().map(|row| mix(join(row))));
}

#[inline(always)]
fn join(words: &[u64]) -> u64 {
    words.iter().fold(0, |h, w| h.rotate_left(PLACE) ^ w)
}

/// The one shingle of a text shorter than a shingle. The length goes in, so that it never equals a
/// shingle inside a longer text by construction.
fn whole(words: &[u64]) -> u64 {
    mix(join(words) ^ (words.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The finalizer of `MurmurHash3` (Appleby): every input bit moves every output bit.
#[inline(always)]
fn mix(mut h: u64) -> u64 {
    h ^= h >> 33;
    h = h.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    h ^= h >> 33;
    h = h.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    h ^ (h >> 33)
}

/// A hash of a whole text by the hashes of its words, in their order: what finds equal texts, of which a
/// comparison must make sure, since texts of equal hash can be made.
///
/// Cost: a fraction of a nanosecond a word, where AVX2 takes half of what any machine takes.
pub fn text_hash(words: &[u64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if processor::has_avx2() {
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { text_hash_avx2(words) };
    }
    text_hash_plain(words)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn text_hash_avx2(words: &[u64]) -> u64 {
    text_hash_plain(words)
}

/// The step of XXH3 (Collet): the halves of what its place makes of a word, multiplied, and the word
/// itself. Sums have no order, so that they become vectors.
#[inline(always)]
fn text_hash_plain(words: &[u64]) -> u64 {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let (mut sum, mut place) = (words.len() as u64, 0_u64);
    for &word in words {
        let placed = word ^ place;
        let product = (placed & 0xFFFF_FFFF) * (placed >> 32);
        sum = sum.wrapping_add(product).wrapping_add(word);
        place = place.wrapping_add(STEP);
    }
    mix(sum)
}

fn letters(text: &str, n: usize, out: &mut Vec<u64>) {
    const SEED: u64 = 0x7469_6B72_6172;
    let joined: String = text.split(' ').collect();
    if joined.is_empty() {
        return;
    }
    let mut borders: Vec<usize> = joined.char_indices().map(|(at, _)| at).collect();
    borders.push(joined.len());
    if borders.len() <= n {
        out.push(xxh3_64_with_seed(joined.as_bytes(), SEED ^ 1));
        return;
    }
    out.extend(
        borders.windows(n + 1).map(|w| xxh3_64_with_seed(&joined.as_bytes()[w[0]..w[n]], SEED)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Folder, Profile};

    fn set(shingle: &str, text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        let shingle: Shingle = shingle.parse().unwrap();
        shingle.set_into(&Folder::new(Profile::Standard).fold(text), &mut out);
        out
    }

    #[test]
    fn counts_shingles() {
        assert_eq!(set("word:3", "ا ب ت ث ج").len(), 3);
        assert_eq!(set("word:3", "كتب قلم").len(), 1);
        assert_eq!(set("word:3", "").len(), 0);
        assert_eq!(set("char:9", "").len(), 0);
        assert_eq!(set("char:9", "كتاب").len(), 1);
        assert_eq!(set("char:4", "كتاب قلم").len(), 4);
    }

    fn rows_are_windows<const K: usize>() {
        let hashes: Vec<u64> = (1..50u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        for length in K..hashes.len() {
            let hashes = &hashes[..length];
            // Written out: every word is turned by its place.
            let turned = |w: &[u64]| {
                (0..).zip(w.iter().rev()).fold(0, |h, (n, w)| h ^ w.rotate_left(n * PLACE % 64))
            };
            let slow: Vec<u64> = hashes.windows(K).map(|w| mix(turned(w))).collect();
            let mut fast = Vec::new();
            words(hashes, K, &mut fast);
            assert_eq!(fast, slow);
            fast.clear();
            rows_plain::<K>(hashes, &mut fast);
            assert_eq!(fast, slow);
            #[cfg(target_arch = "x86_64")]
            if processor::has_avx2() {
                fast.clear();
                // SAFETY: this machine has what the function is compiled for.
                unsafe { rows_avx2::<K>(hashes, &mut fast) };
                assert_eq!(fast, slow);
            }
        }
    }

    #[test]
    fn every_way_to_the_shingles_is_the_general_one() {
        rows_are_windows::<1>();
        rows_are_windows::<2>();
        rows_are_windows::<3>();
        rows_are_windows::<4>();
        rows_are_windows::<5>();
        rows_are_windows::<6>();
        rows_are_windows::<7>();
        rows_are_windows::<8>();
        rows_are_windows::<9>();
        rows_are_windows::<16>();
    }

    #[test]
    fn the_hash_of_a_text_depends_on_every_word_and_its_place() {
        let words: Vec<u64> = (1..40u64).map(mix).collect();
        let mut met = std::collections::BTreeSet::new();
        for length in 0..words.len() {
            let words = &words[..length];
            assert!(met.insert(text_hash(words)), "{length} words");
            assert_eq!(text_hash(words), text_hash_plain(words));
            for at in 1..length {
                let mut other = words.to_vec();
                other.swap(at - 1, at);
                assert!(met.insert(text_hash(&other)), "two words of {length} swapped at {at}");
                other[at] ^= 1 << (at % 64);
                assert!(met.insert(text_hash(&other)), "a bit of {length} words at {at}");
                assert_eq!(text_hash(&other), text_hash_plain(&other));
            }
        }
    }

    #[test]
    fn order_of_words_counts_and_spaces_do_not_for_letters() {
        assert_ne!(set("word:2", "قال الوزير"), set("word:2", "الوزير قال"));
        assert_eq!(set("char:5", "منع التصعيد"), set("char:5", "منعالتصعيد"));
    }

    #[test]
    fn a_short_text_is_not_a_shingle_of_a_longer_one() {
        let long = set("word:3", "خبر عاجل");
        let inner = set("word:2", "خبر عاجل اليوم");
        assert!(!inner.contains(&long[0]));
    }

    #[test]
    fn names_round_trip() {
        for name in ["word:3", "word:5", "char:9"] {
            assert_eq!(name.parse::<Shingle>().unwrap().to_string(), name);
        }
        for name in ["word", "word:0", "word:17", "char:1", "line:3", "word:x"] {
            assert!(name.parse::<Shingle>().is_err(), "{name}");
        }
    }
}
