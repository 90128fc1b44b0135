//! The later rounds of fast similarity sketching, eight throws at a time.
//!
//! From the second round on nothing changes but slots that no round before has filled, which one throw
//! in eleven meets (measured on news, 128 slots). So throws are computed by vectors as far as their
//! slots, the slots are looked up in the bits of those that are empty, and only what meets one is thrown
//! again by plain code. A round takes half the instructions of plain code.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_cvtsi32_si128, _mm256_add_epi64, _mm256_andnot_si256, _mm256_blend_epi32,
    _mm256_castsi256_pd, _mm256_castsi256_ps, _mm256_loadu_si256, _mm256_maskload_epi64,
    _mm256_movemask_pd, _mm256_movemask_ps, _mm256_mul_epu32, _mm256_permutevar8x32_epi32,
    _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_slli_epi64,
    _mm256_sllv_epi32, _mm256_srl_epi32, _mm256_srli_epi64, _mm256_testz_si256, _mm256_xor_si256,
};

use crate::processor;

use super::fast::{EMPTY, FACTOR, FastSimilaritySketcher, finish, throw, value};

/// Throws whose hits are gathered in one number.
const BLOCK: usize = 64;

/// Which throw of a block each bit of its hits stands for: in every eight, those of the first four
/// alternate with those of the others.
const THROW_OF_BIT: [u8; BLOCK] = {
    let mut throws = [0; BLOCK];
    let mut bit = 0;
    while bit < BLOCK {
        throws[bit] = (bit / 8 * 8 + bit % 2 * 4 + bit % 8 / 2) as u8;
        bit += 1;
    }
    throws
};

/// Whether this machine can, and the slots are as many as it takes: bits of one vector, a power of two.
pub(super) fn is_able(slots: usize) -> bool {
    slots.is_power_of_two() && (32..=256).contains(&slots) && processor::has_avx2()
}

/// The signature of `shingles`; all `slots` are empty before, and as many as [`is_able`] was asked for.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn sketch(
    sketcher: &FastSimilaritySketcher,
    shingles: &[u64],
    slots: &mut [u64],
    signature: &mut [u32],
) {
    // Of a known number of slots none has to be looked for beyond the last.
    let is_filled = match slots.len() {
        32 => rounds::<32>(sketcher, shingles, slots),
        64 => rounds::<64>(sketcher, shingles, slots),
        128 => rounds::<128>(sketcher, shingles, slots),
        _ => rounds::<256>(sketcher, shingles, slots),
    };
    if !is_filled {
        sketcher.fill_one_by_one(shingles, slots);
    }
    finish(slots, signature);
}

/// The rounds that may fill any slot, until none is empty or there is no further round but those of one
/// slot each; tells whether none is empty.
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn rounds<const SLOTS: usize>(
    sketcher: &FastSimilaritySketcher,
    shingles: &[u64],
    slots: &mut [u64],
) -> bool {
    let slots: &mut [u64; SLOTS] = slots.first_chunk_mut().expect("as many slots as were counted");
    sketcher.round(0, shingles, slots);
    let bits = SLOTS.trailing_zeros();
    let mut empty = empty_bits(slots);
    let rest_masks = masks(shingles.len() % 8);
    for number in 1..SLOTS as u64 {
        let seed = sketcher.round_seed(number);
        let round = Round::new(&empty, bits, seed);
        if round.is_over() {
            return true;
        }
        for block in shingles.chunks(BLOCK) {
            let (eights, rest) = block.as_chunks::<8>();
            let mut hits = 0;
            for (at, eight) in eights.iter().enumerate() {
                hits |= u64::from(round.hits(two_vectors(eight))) << (8 * at);
            }
            if !rest.is_empty() {
                hits |= u64::from(round.hits_of_few(rest, rest_masks)) << (8 * eights.len());
            }
            while hits != 0 {
                let shingle = block[THROW_OF_BIT[hits.trailing_zeros() as usize] as usize];
                hits &= hits - 1;
                let hash = throw(shingle, seed);
                let slot = (hash >> (64 - bits)) as usize;
                slots[slot] = slots[slot].min(value(number, hash));
                empty[slot / 32] &= !(1 << (slot % 32));
            }
        }
    }
    empty == [0; 8]
}

/// A bit for each slot that is empty.
#[target_feature(enable = "avx2")]
#[inline]
fn empty_bits(slots: &[u64]) -> [u32; 8] {
    // There are too few rounds for any other value to have the highest bit.
    const { assert!(EMPTY >> 63 == 1) };
    let mut empty = [0; 8];
    for (bits, slots) in empty.iter_mut().zip(slots.as_chunks::<32>().0) {
        for (at, eight) in slots.as_chunks::<8>().0.iter().enumerate() {
            let [a, b] = two_vectors(eight);
            let sign = |four| _mm256_movemask_pd(_mm256_castsi256_pd(four)) as u32;
            *bits |= (sign(a) | sign(b) << 4) << (8 * at);
        }
    }
    empty
}

#[target_feature(enable = "avx2")]
#[inline]
fn two_vectors(eight: &[u64; 8]) -> [__m256i; 2] {
    let (fours, _) = eight.as_chunks::<4>();
    let [a, b] = [&fours[0], &fours[1]];
    // SAFETY: 32 bytes each are read from arrays of as many, at any alignment.
    unsafe {
        [
            _mm256_loadu_si256(a.as_ptr().cast::<__m256i>()),
            _mm256_loadu_si256(b.as_ptr().cast::<__m256i>()),
        ]
    }
}

/// All bits of the first `count` lanes.
#[target_feature(enable = "avx2")]
#[inline]
fn masks(count: usize) -> [__m256i; 2] {
    let mut lanes = [0; 8];
    lanes[..count].fill(u64::MAX);
    two_vectors(&lanes)
}

/// What the throws of a round have in common.
struct Round {
    seed: __m256i,
    /// A bit for each slot that is empty.
    empty: __m256i,
    /// How far the upper half of a hash is shifted right to give the word of `empty`, and the bit there.
    word_shift: __m128i,
    bit_shift: __m128i,
}

impl Round {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(empty: &[u32; 8], bits: u32, seed: u64) -> Self {
        Self {
            seed: _mm256_set1_epi64x(seed as i64),
            // SAFETY: 32 bytes are read from an array of as many, at any alignment.
            empty: unsafe { _mm256_loadu_si256(empty.as_ptr().cast::<__m256i>()) },
            word_shift: _mm_cvtsi32_si128(32 - bits as i32 + 5),
            bit_shift: _mm_cvtsi32_si128(32 - bits as i32),
        }
    }

    /// Whether no slot is empty.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn is_over(&self) -> bool {
        _mm256_testz_si256(self.empty, self.empty) == 1
    }

    /// Which of eight throws meet an empty slot; bits as in [`THROW_OF_BIT`].
    #[target_feature(enable = "avx2")]
    #[inline]
    fn hits(&self, [a, b]: [__m256i; 2]) -> u8 {
        let hashes = upper_halves(_mm256_xor_si256(a, self.seed), _mm256_xor_si256(b, self.seed));
        let word = _mm256_srl_epi32(hashes, self.word_shift);
        let word = _mm256_permutevar8x32_epi32(self.empty, word);
        // To the highest bit of the lane, which is 31 less the bit to the left.
        let bit = _mm256_srl_epi32(hashes, self.bit_shift);
        let left = _mm256_andnot_si256(bit, _mm256_set1_epi32(31));
        highest_bits(_mm256_sllv_epi32(word, left))
    }

    /// The same for fewer than eight, of which [`masks`] tells how many there are.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn hits_of_few(&self, shingles: &[u64], masks: [__m256i; 2]) -> u8 {
        let start = shingles.as_ptr().cast::<i64>();
        // SAFETY: nothing is read of lanes whose mask is 0, which are those beyond the slice.
        let fours = unsafe {
            [
                _mm256_maskload_epi64(start, masks[0]),
                _mm256_maskload_epi64(start.wrapping_add(4), masks[1]),
            ]
        };
        self.hits(fours) & highest_bits(_mm256_blend_epi32::<UPPER>(masks[0], masks[1]))
    }
}

/// The upper halves of the lanes.
const UPPER: i32 = 0b1010_1010;

#[target_feature(enable = "avx2")]
#[inline]
fn highest_bits(lanes: __m256i) -> u8 {
    _mm256_movemask_ps(_mm256_castsi256_ps(lanes)) as u8
}

/// The upper halves of what [`throw`] makes of eight shingles that its seed is joined to: those of `a` in
/// the lower halves of the lanes, those of `b` in the upper ones.
#[target_feature(enable = "avx2")]
#[inline]
fn upper_halves(a: __m256i, b: __m256i) -> __m256i {
    let ((high_a, low_a), (high_b, low_b)) = (product(a), product(b));
    let a = _mm256_xor_si256(_mm256_srli_epi64::<32>(high_a), low_a);
    let b = _mm256_xor_si256(high_b, _mm256_slli_epi64::<32>(low_b));
    _mm256_blend_epi32::<UPPER>(a, b)
}

/// [`FACTOR`] times each lane, by its halves: bits 64 to 127, and bits 32 to 63 (the lower half of the
/// second vector's lanes; what stands above them means nothing).
#[target_feature(enable = "avx2")]
#[inline]
fn product(x: __m256i) -> (__m256i, __m256i) {
    let low = _mm256_set1_epi64x((FACTOR & 0xFFFF_FFFF) as i64);
    let high = _mm256_set1_epi64x((FACTOR >> 32) as i64);
    let upper = _mm256_srli_epi64::<32>(x);
    let (low_low, low_high) = (_mm256_mul_epu32(x, low), _mm256_mul_epu32(x, high));
    let (high_low, high_high) = (_mm256_mul_epu32(upper, low), _mm256_mul_epu32(upper, high));
    // Neither sum is too large for its lane: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    let middle = _mm256_add_epi64(high_low, _mm256_srli_epi64::<32>(low_low));
    let lower = _mm256_blend_epi32::<UPPER>(middle, _mm256_setzero_si256());
    let lower = _mm256_add_epi64(low_high, lower);
    let carried = _mm256_add_epi64(_mm256_srli_epi64::<32>(middle), _mm256_srli_epi64::<32>(lower));
    (_mm256_add_epi64(high_high, carried), lower)
}
