//! Runs of Arabic letters: what nearly all of an Arabic text is, folded many at once.
//!
//! A run is looked up without asking what its letters are; then the first pair of bytes that is no
//! letter of the page is found by its lane. [`Portable`] does four letters at once in a word of 64
//! bits, [`Avx2`] sixteen, which is more than nearly any word has: no branch then depends on its
//! length. A test proves them equal.
#![allow(
    clippy::inline_always,
    reason = "code for AVX2 has to end up in a function compiled for it"
)]

use super::Profile;

/// The two bytes that a letter of U+0600–06FF becomes, little-endian; 0 where anything else is to be
/// done than to write a letter.
pub(super) type Letters = [u16; 256];

/// Writes runs of letters.
pub(super) trait Runs: Copy {
    /// Folds the letters of `source` from `at` on into `buffer` from `out` on, up to anything else or, at
    /// the soonest, to the last eight bytes of `source`.
    ///
    /// Gives the length of the run in bytes, which is the same on both sides. More bytes of `buffer`
    /// may be written than the run has; it must have as many left as `source`, and eight.
    fn run(
        self,
        profile: Profile,
        source: &[u8],
        at: usize,
        buffer: &mut [u8],
        out: usize,
    ) -> usize;

    /// [`Runs::run`] with more about it; a run may be cut short, even to nothing.
    #[inline(always)]
    fn start(
        self,
        profile: Profile,
        source: &[u8],
        at: usize,
        buffer: &mut [u8],
        out: usize,
    ) -> Start {
        let run = self.run(profile, source, at, buffer, out);
        let head = buffer[out..].first_chunk().map_or(0, |&head| u64::from_le_bytes(head));
        let ascii = if source.get(at + run).is_some_and(u8::is_ascii) { run } else { 0 };
        Start { run, ascii, head }
    }
}

/// Bytes of a run from which on [`Start`] may know no more than that it is so long.
pub(super) const LONG: usize = 32;

/// A run of letters, or the start of a long one.
pub(super) struct Start {
    /// Its length in bytes.
    pub(super) run: usize,
    /// The same if ASCII follows it, and then sooner known than `run`: what depends on it need not wait
    /// for the letters. Any other number if not, unless the run is [`LONG`].
    pub(super) ascii: usize,
    /// Its first eight folded bytes, and what stands behind it if it is shorter.
    pub(super) head: u64,
}

/// For any machine.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Runs for Portable {
    #[inline]
    fn run(
        self,
        profile: Profile,
        source: &[u8],
        at: usize,
        buffer: &mut [u8],
        out: usize,
    ) -> usize {
        const LANES: u64 = 0x0001_0001_0001_0001;
        const TOP: u64 = LANES << 15;
        let letters = &super::kernel::LETTERS[profile as usize];
        let mut length = 0;
        while let Some(&four) = source.get(at + length..).and_then(<[u8]>::first_chunk) {
            let four = u64::from_le_bytes(four);
            let places = ((four & (LANES * 0x03)) << 6) | ((four >> 8) & (LANES * 0x3F));
            let folded = (0..64)
                .step_by(16)
                .map(|lane| u64::from(letters[usize::from((places >> lane) as u8)]) << lane)
                .sum::<u64>();
            // A lane's top bit: its lead is not D8–DB, or it has no letter.
            let other_lead = ((four & (LANES * 0xFC)) ^ (LANES * 0xD8)) + (TOP - LANES);
            let stops = (other_lead | !folded) & TOP;
            let run = stops.trailing_zeros() as usize / 16 * 2;
            buffer[out + length..][..8].copy_from_slice(&folded.to_le_bytes());
            length += run;
            if run < 8 {
                break;
            }
        }
        length
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    #![allow(clippy::cast_ptr_alignment, reason = "loads and stores at any alignment")]

    use super::{Letters, Portable, Runs, Start};
    use crate::fold::Profile;
    use crate::fold::kernel::LETTERS;
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_adds_epu8, _mm256_and_si256,
        _mm256_broadcastsi128_si256, _mm256_cmpeq_epi16, _mm256_extract_epi64, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi16,
        _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16, _mm256_srli_epi16,
        _mm256_storeu_si256, _mm256_xor_si256,
    };

    /// Rows of sixteen characters that are looked up: U+0620–064F, all letters of Arabic itself.
    const FIRST: usize = 2;
    const ROWS: usize = 3;

    /// The low eight bits of the letters that those characters become; 0 as in [`Letters`].
    type Rows = [[u8; 16]; ROWS];

    static FOLDED: [Rows; 3] = [rows(&LETTERS[0]), rows(&LETTERS[1]), rows(&LETTERS[2])];

    const fn rows(letters: &Letters) -> Rows {
        let mut rows = [[0; 16]; ROWS];
        let mut at = 0;
        while at < 16 * ROWS {
            let [lead, second] = letters[16 * FIRST + at].to_le_bytes();
            rows[at / 16][at % 16] = (lead & 3) << 6 | second & 0x3F;
            at += 1;
        }
        rows
    }

    /// For machines that have AVX2; a value is the proof of it.
    #[derive(Clone, Copy)]
    pub(in crate::fold) struct Avx2(());

    impl Avx2 {
        /// The proof, on machines that have it.
        pub(in crate::fold) fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2"))
            .then_some(Self(()))
        }
    }

    impl Runs for Avx2 {
        #[inline(always)]
        fn start(
            self,
            profile: Profile,
            source: &[u8],
            at: usize,
            buffer: &mut [u8],
            out: usize,
        ) -> Start {
            let (Some(sixteen), Some(room)) = (
                source.get(at..).and_then(<[u8]>::first_chunk),
                buffer.get_mut(out..).and_then(<[u8]>::first_chunk_mut),
            ) else {
                return Start { run: 0, ascii: 0, head: 0 };
            };
            // SAFETY: a value is the proof that this machine has AVX2 and BMI.
            unsafe { fold(&FOLDED[profile as usize], sixteen, room) }
        }

        #[inline(always)]
        fn run(
            self,
            profile: Profile,
            source: &[u8],
            at: usize,
            buffer: &mut [u8],
            out: usize,
        ) -> usize {
            let mut length = 0;
            while let Some(sixteen) = source.get(at + length..).and_then(<[u8]>::first_chunk) {
                let Some(room) = buffer.get_mut(out + length..).and_then(<[u8]>::first_chunk_mut)
                else {
                    break;
                };
                // SAFETY: a value is the proof that this machine has AVX2 and BMI.
                let Start { run, .. } = unsafe { fold(&FOLDED[profile as usize], sixteen, room) };
                length += run;
                if run < 32 {
                    // Letters of other alphabets end a run too early.
                    let other = source.get(at + length).is_some_and(|lead| lead & 0xFC == 0xD8);
                    if !other {
                        return length;
                    }
                    break;
                }
            }
            length + Portable.run(profile, source, at + length, buffer, out + length)
        }
    }

    /// Folds up to sixteen letters.
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    #[inline]
    fn fold(rows: &Rows, source: &[u8; 32], out: &mut [u8; 32]) -> Start {
        // SAFETY: 32 bytes are read from an array of as many, at any alignment.
        let pairs = unsafe { _mm256_loadu_si256(source.as_ptr().cast::<__m256i>()) };
        let masked = |mask: i16| _mm256_and_si256(pairs, _mm256_set1_epi16(mask));
        let arabic = _mm256_cmpeq_epi16(masked(0xFC), _mm256_set1_epi16(0xD8));
        // Lanes: the low eight bits of the character, then FF, which is looked up as 0.
        let second = _mm256_and_si256(_mm256_srli_epi16::<8>(pairs), _mm256_set1_epi16(0x3F));
        let place = _mm256_or_si256(_mm256_slli_epi16::<6>(masked(0x03)), second);
        let mut folded = _mm256_setzero_si256();
        for (i, row) in rows.iter().enumerate() {
            // SAFETY: 16 bytes are read from an array of as many, at any alignment.
            let row = unsafe { _mm_loadu_si128(row.as_ptr().cast::<__m128i>()) };
            // A place of this row becomes 70–7F, any other 80 and more, for which a shuffle gives 0.
            let this = _mm256_set1_epi16((0xFF00 | (i + FIRST) << 4) as i16);
            let place = _mm256_adds_epu8(_mm256_xor_si256(place, this), _mm256_set1_epi8(0x70));
            let letters = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row), place);
            folded = _mm256_or_si256(folded, letters);
        }
        let folded = _mm256_and_si256(folded, arabic);
        let stops = _mm256_movemask_epi8(_mm256_cmpeq_epi16(folded, _mm256_setzero_si256()));
        let lead =
            _mm256_or_si256(_mm256_srli_epi16::<6>(folded), _mm256_set1_epi16(0x80D8_u16 as i16));
        let second = _mm256_and_si256(_mm256_slli_epi16::<8>(folded), _mm256_set1_epi16(0x3F00));
        let letters = _mm256_or_si256(lead, second);
        // SAFETY: 32 bytes are written to an array of as many, at any alignment.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast::<__m256i>(), letters) };
        let ascii = !_mm256_movemask_epi8(pairs);
        Start {
            run: stops.trailing_zeros() as usize,
            ascii: ascii.trailing_zeros() as usize,
            head: _mm256_extract_epi64::<0>(letters) as u64,
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            12 => proptest::char::range('\u{620}', '\u{64A}').prop_map(String::from),
            2 => proptest::char::range('\u{600}', '\u{6FF}').prop_map(String::from),
            2 => Just(String::from(" ")),
            1 => any::<char>().prop_map(String::from),
            1 => "[ء-ي]{14,18}",
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn sixteen_at_once_are_folded_like_four(text in pieces()) {
            let Some(wide) = Avx2::detect() else {
                return Ok(());
            };
            let source = text.as_bytes();
            for profile in Profile::ALL {
                for (at, _) in text.char_indices() {
                    let mut slow = vec![0; source.len() + 8];
                    let mut fast = slow.clone();
                    let narrow = Portable.run(profile, source, at, &mut slow, 0);
                    let run = wide.run(profile, source, at, &mut fast, 0);
                    let common = run.min(narrow);
                    prop_assert!(run == narrow || at + common + 8 > source.len());
                    prop_assert_eq!(&fast[..common], &slow[..common]);

                    let expected = Portable.start(profile, source, at, &mut slow, 0);
                    let start = wide.start(profile, source, at, &mut fast, 0);
                    let run = start.run;
                    prop_assert!(run <= expected.run);
                    prop_assert_eq!(&fast[..run], &slow[..run]);
                    if run > 0 {
                        prop_assert_eq!(&start.head.to_le_bytes()[..run.min(8)], &slow[..run.min(8)]);
                    }
                    let ascii = source.get(at + run).is_some_and(u8::is_ascii);
                    if run > 0 && run < LONG {
                        prop_assert_eq!(start.ascii == run, ascii);
                    }
                }
            }
        }
    }
}
