//! The first byte of a JSON string that does not stand for itself: the quote at its end, the backslash
//! of an escape, or a control, which no string may hold (RFC 8259, section 7).
//!
//! Cost: one look at every byte before it, 32 at a time; with AVX2 half of what plain code takes.

/// The place of the first quote, backslash or control sign.
#[inline]
pub(super) fn special(bytes: &[u8]) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { avx2::special(bytes) };
    }
    in_groups(bytes)
}

/// What [`special`] must equal.
fn one_by_one(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))
}

/// Bytes looked at together.
const GROUP: usize = 32;

/// The same on any machine: plain code without a way out of a group, which is what becomes vectors.
fn in_groups(bytes: &[u8]) -> Option<usize> {
    let (groups, rest) = bytes.as_chunks::<GROUP>();
    for (number, group) in groups.iter().enumerate() {
        let mut flags = [0; GROUP];
        for (flag, &byte) in flags.iter_mut().zip(group) {
            *flag = u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20);
        }
        if flags.iter().fold(0, |any, flag| any | flag) != 0 {
            return Some(GROUP * number + first(&flags));
        }
    }
    one_by_one(rest).map(|place| bytes.len() - rest.len() + place)
}

/// The first flag that is set; one is.
fn first(flags: &[u8; GROUP]) -> usize {
    let (eights, _) = flags.as_chunks::<8>();
    let places = eights.iter().enumerate().rev();
    places.fold(0, |place, (number, &eight)| match u64::from_le_bytes(eight) {
        0 => place,
        eight => 8 * number + eight.trailing_zeros() as usize / 8,
    })
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8,
    };

    #[target_feature(enable = "avx2")]
    pub(super) fn special(bytes: &[u8]) -> Option<usize> {
        let (groups, rest) = bytes.as_chunks();
        for (number, group) in groups.iter().enumerate() {
            let places = places(group);
            if places != 0 {
                return Some(super::GROUP * number + places.trailing_zeros() as usize);
            }
        }
        super::one_by_one(rest).map(|place| bytes.len() - rest.len() + place)
    }

    /// A bit for each byte that is special.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn places(group: &[u8; super::GROUP]) -> u32 {
        // SAFETY: 32 bytes are read from an array of as many, at any alignment.
        let bytes = unsafe { _mm256_loadu_si256(group.as_ptr().cast::<__m256i>()) };
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8));
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
        let any = _mm256_or_si256(_mm256_or_si256(is(b'"'), is(b'\\')), control);
        _mm256_movemask_epi8(any) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_ways_find_the_same(
            plain in prop::collection::vec(
                prop_oneof![0x20..0x22_u8, 0x23..0x5C_u8, 0x5D..=0xFF_u8], 0..150),
            byte in any::<u8>(),
            rest in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let bytes = [plain.as_slice(), &[byte], &rest].concat();
            for bytes in [&bytes, &plain] {
                prop_assert_eq!(special(bytes), one_by_one(bytes));
                prop_assert_eq!(in_groups(bytes), one_by_one(bytes));
            }
        }
    }
}
