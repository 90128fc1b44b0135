//! One look at a record: where its line ends, whether it is UTF-8, and which of its bytes may end the
//! plain part of a JSON string: quotes, backslashes and controls, which no string may hold (RFC 8259,
//! section 7).
//!
//! Cost: one pass, 64 bytes at a time, which with AVX2 takes less than `simdutf8` alone: Arabic is of
//! characters of two bytes, and there is little to check about those. Without AVX2 it takes twice as much.

use crate::processor::fetch_behind;
use crate::processor::sixteen::Native;

/// A line, its end included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// The same, unless it is not UTF-8.
    pub(super) text: Option<&'a str>,
}

/// Which bytes of a line are quotes, backslashes or controls.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// A bit for every byte.
    bits: Vec<u64>,
}

impl Marks {
    /// Looks at the first line of `bytes`, up to its line feed or to the end.
    pub(super) fn look<'a>(&mut self, bytes: &'a [u8]) -> Line<'a> {
        self.look_by(best_look(), bytes)
    }

    fn look_by<'a>(&mut self, look: Look, bytes: &'a [u8]) -> Line<'a> {
        self.bits.clear();
        let (length, is_utf8) = look(bytes, &mut self.bits);
        let bytes = &bytes[..length];
        // SAFETY: the function has checked these bytes; a test compares it with the standard library.
        let text = is_utf8.then(|| unsafe { std::str::from_utf8_unchecked(bytes) });
        Line { bytes, text }
    }

    /// The first mark at or behind `at`.
    #[inline]
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        let mut block = at / BLOCK;
        let mut bits = self.bits.get(block)? & (u64::MAX << (at % BLOCK));
        while bits == 0 {
            block += 1;
            bits = *self.bits.get(block)?;
        }
        Some(BLOCK * block + bits.trailing_zeros() as usize)
    }
}

/// Bytes looked at together.
const BLOCK: usize = 64;

/// How far ahead bytes are fetched (measured: .6 % of a run, from 256 bytes to 4 KiB alike).
const AHEAD: usize = 1536;

type Block = [u8; BLOCK];

/// Marks the bytes of a line; tells its length and whether it is UTF-8.
type Look = fn(&[u8], &mut Vec<u64>) -> (usize, bool);

/// The fastest that this machine has.
fn best_look() -> Look {
    #[cfg(target_arch = "x86_64")]
    if crate::processor::has_avx2() {
        // SAFETY: this machine has what the function is compiled for.
        return |bytes, bits| unsafe { avx2::look(bytes, bits) };
    }
    plain::look::<Native>
}

/// A [`Look`] by what finds the masks of a block.
#[inline(always)]
fn look_by(
    bytes: &[u8],
    bits: &mut Vec<u64>,
    masks: impl Fn(&Block) -> Masks,
    odd: impl Fn(&Block) -> Odd,
) -> (usize, bool) {
    let (blocks, rest) = bytes.as_chunks();
    let mut last = [b' '; BLOCK];
    let mut check = Check::default();
    let mut number = 0;
    loop {
        let block = blocks.get(number).unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            &last
        });
        // The machine itself fetches ahead within a page of memory only, and these bytes are mostly read
        // for the first time.
        fetch_behind(block, AHEAD);
        let line_feeds = check.block(masks(block), || odd(block), bits);
        if line_feeds != 0 || number == blocks.len() {
            let end = BLOCK * number + line_feeds.trailing_zeros() as usize;
            let length = bytes.len().min(end + 1);
            return (length, check.end(&bytes[..length]));
        }
        number += 1;
    }
}

/// What is known of the blocks before.
#[derive(Default)]
struct Check {
    /// Bits for bytes that do not go on with a character as they should, or should not and do.
    errors: u64,
    /// Bits for the first bytes of the next block that should go on with a character.
    inside: u64,
    /// There are bytes that only a closer look can judge.
    is_strange: bool,
}

impl Check {
    /// Marks a block, up to a line feed; returns bits for its line feeds.
    #[inline(always)]
    fn block(&mut self, masks: Masks, odd: impl FnOnce() -> Odd, bits: &mut Vec<u64>) -> u64 {
        let Masks { marks, leads, others, is_odd } = masks;
        let following = leads << 1 | self.inside;
        self.inside = leads >> 63;
        if !is_odd {
            bits.push(marks);
            self.errors |= following ^ others;
            return 0;
        }
        let Odd { line_feeds, threes, strange } = odd();
        let within = line_feeds ^ line_feeds.wrapping_sub(1);
        let following = following | threes << 1 | threes << 2;
        bits.push(marks & within);
        self.errors |= (following ^ others & !threes) & within;
        self.inside |= threes >> 63 | threes >> 62;
        self.is_strange |= strange & within != 0;
        line_feeds
    }

    /// Whether `line`, all of whose blocks were looked at, is UTF-8.
    fn end(&self, line: &[u8]) -> bool {
        if self.is_strange {
            return simdutf8::basic::from_utf8(line).is_ok();
        }
        self.errors == 0
    }
}

/// Bits for the bytes of a block.
#[derive(Clone, Copy)]
struct Masks {
    marks: u64,
    /// With which characters of two bytes begin.
    leads: u64,
    /// All others that are not ASCII.
    others: u64,
    /// There is something that [`Odd`] is about.
    is_odd: bool,
}

/// Bits for bytes that few blocks have.
struct Odd {
    line_feeds: u64,
    /// With which characters of three bytes begin.
    threes: u64,
    /// With which others or none begin, or threes that do not go on with all that others do.
    strange: u64,
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Block, Masks, Odd};
    use crate::processor::load_32;
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_add_epi8, _mm256_adds_epu8, _mm256_and_si256,
        _mm256_andnot_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_max_epu8,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_shuffle_epi8,
        _mm256_slli_epi16, _mm256_testz_si256,
    };

    /// A [`super::Look`].
    #[target_feature(enable = "avx2")]
    pub(super) fn look(bytes: &[u8], bits: &mut Vec<u64>) -> (usize, bool) {
        super::look_by(bytes, bits, |block| masks(block), |block| odd(block))
    }

    /// For the low half of a byte the quote or backslash that ends so, else a byte that does not.
    static SIGNS: [u8; 16] = {
        let mut signs = [0; 16];
        signs[0] = 1;
        signs[(b'"' & 15) as usize] = b'"';
        signs[(b'\\' & 15) as usize] = b'\\';
        signs
    };

    #[cold]
    #[target_feature(enable = "avx2")]
    fn odd(block: &Block) -> Odd {
        let (halves, _) = block.as_chunks();
        let (low, high) = (load_32(&halves[0]), load_32(&halves[1]));
        Odd {
            line_feeds: join(is(low, b'\n'), is(high, b'\n')),
            threes: !join(no_three(low), no_three(high)),
            strange: join(strange(low), strange(high)),
        }
    }

    /// The highest bit for what is none of E0–EF.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn no_three(bytes: __m256i) -> __m256i {
        let shifted = _mm256_add_epi8(bytes, all(0xE0_u8.wrapping_neg()));
        _mm256_adds_epu8(shifted, all(0x70))
    }

    /// All bits for C0, C1, E0, ED and F0–FF.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn strange(bytes: __m256i) -> __m256i {
        let pair = is(_mm256_or_si256(bytes, all(1)), 0xC1);
        let three = _mm256_or_si256(is(bytes, 0xE0), is(bytes, 0xED));
        let more = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, all(0xF0)), bytes);
        _mm256_or_si256(_mm256_or_si256(pair, three), more)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn masks(block: &Block) -> Masks {
        let (halves, _) = block.as_chunks();
        let (low, high) = (half(load_32(&halves[0])), half(load_32(&halves[1])));
        let odd = _mm256_or_si256(low.odd, high.odd);
        Masks {
            marks: !join(low.no_marks, high.no_marks),
            leads: !join(low.no_leads, high.no_leads),
            others: join(low.others, high.others),
            is_odd: _mm256_testz_si256(odd, _mm256_set1_epi8(i8::MIN)) == 0,
        }
    }

    /// 32 bytes whose highest bits are those of [`Masks`].
    struct Half {
        no_marks: __m256i,
        no_leads: __m256i,
        others: __m256i,
        odd: __m256i,
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn half(bytes: __m256i) -> Half {
        // SAFETY: 16 bytes are read from an array of as many, at any alignment.
        let signs = unsafe { _mm_loadu_si128(SIGNS.as_ptr().cast::<__m128i>()) };
        let signs = _mm256_broadcastsi128_si256(signs);
        let sign = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(signs, bytes), bytes);
        // Controls become less than 80.
        let no_control = _mm256_adds_epu8(bytes, all(0x60));
        // C2–DF become 62–7F, any other byte 80 and more.
        let shifted = _mm256_add_epi8(bytes, all(0xC2_u8.wrapping_neg()));
        let no_leads = _mm256_adds_epu8(shifted, all(0x62));
        let others = _mm256_and_si256(bytes, no_leads);
        let long = _mm256_and_si256(others, _mm256_slli_epi16::<1>(bytes));
        Half {
            no_marks: _mm256_andnot_si256(sign, no_control),
            no_leads,
            others,
            odd: _mm256_or_si256(long, is(bytes, b'\n')),
        }
    }

    /// The same byte everywhere.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn all(byte: u8) -> __m256i {
        _mm256_set1_epi8(byte as i8)
    }

    /// All bits for this byte.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn is(bytes: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(bytes, all(byte))
    }

    /// Bits for the highest bits of 64 bytes.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn join(low: __m256i, high: __m256i) -> u64 {
        let mask = |bytes: __m256i| u64::from(_mm256_movemask_epi8(bytes) as u32);
        mask(low) | mask(high) << 32
    }
}

/// Sixteen bytes at a time.
mod plain {
    use super::{Block, Masks, Odd};
    use crate::processor::sixteen::Sixteen;

    /// A [`super::Look`].
    pub(super) fn look<V: Sixteen>(bytes: &[u8], bits: &mut Vec<u64>) -> (usize, bool) {
        super::look_by(bytes, bits, masks::<V>, odd::<V>)
    }

    #[inline(always)]
    fn parts<V: Sixteen>(block: &Block) -> [V; 4] {
        let (parts, _) = block.as_chunks();
        [0, 1, 2, 3].map(|part| V::load(&parts[part]))
    }

    #[inline(always)]
    fn join<V: Sixteen>([a, b, c, d]: [V; 4]) -> u64 {
        let mut bits = V::Bits::default();
        a.put::<0>(&mut bits);
        b.put::<1>(&mut bits);
        c.put::<2>(&mut bits);
        d.put::<3>(&mut bits);
        V::bits(bits)
    }

    /// The highest bit for no characters of two bytes that begin.
    #[inline(always)]
    fn no_lead<V: Sixteen>(bytes: V) -> V {
        bytes.is_beyond(0xC2, 0xDF)
    }

    #[inline(always)]
    fn masks<V: Sixteen>(block: &Block) -> Masks {
        let parts = parts::<V>(block);
        let no_marks = parts.map(|bytes| {
            // Controls become less than 80.
            bytes.plus(V::all(0x60)).without(bytes.is_byte(b'"').or(bytes.is_byte(b'\\')))
        });
        // What is no lead of two and no byte of ASCII, from C0 on; and line feeds.
        let odd = parts.map(|bytes| {
            let long = bytes.less(V::all(0x40)).and(no_lead(bytes)).and(bytes);
            long.or(bytes.is_byte(b'\n'))
        });
        let [a, b, c, d] = odd;
        Masks {
            marks: !join(no_marks),
            leads: !join(parts.map(no_lead)),
            others: join(parts.map(|bytes| no_lead(bytes).and(bytes))),
            is_odd: a.or(b).or(c.or(d)).any(),
        }
    }

    #[cold]
    fn odd<V: Sixteen>(block: &Block) -> Odd {
        let parts = parts::<V>(block);
        let strange = parts.map(|bytes| {
            // C0, C1, E0, ED and F0-FF.
            let pair = bytes.or(V::all(1)).is_byte(0xC1);
            let three = bytes.is_byte(0xE0).or(bytes.is_byte(0xED));
            pair.or(three).or(bytes.max(V::all(0xF0)).is(bytes))
        });
        Odd {
            line_feeds: join(parts.map(|bytes| bytes.is_byte(b'\n'))),
            threes: !join(parts.map(|bytes| bytes.is_beyond(0xE0, 0xEF))),
            strange: join(strange),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::sixteen::Plain;
    use proptest::prelude::*;

    fn is_marked(byte: u8) -> bool {
        matches!(byte, b'"' | b'\\' | ..0x20)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn a_line_is_what_one_byte_after_the_other_says(
            pieces in prop::collection::vec(
                prop_oneof![
                    8 => "[ء-ي ]{1,40}",
                    4 => "[a-z\"\\\\\t ]{1,9}",
                    1 => "\n",
                    2 => "[\u{80}\u{7FF}–“”\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}]{1,3}",
                    1 => any::<char>().prop_map(String::from),
                ],
                0..24,
            ),
            bytes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            cut in any::<prop::sample::Index>(),
            cuts in 0..3,
        ) {
            let mut bytes_of = pieces.concat().into_bytes();
            if !bytes_of.is_empty() {
                for (place, byte) in bytes {
                    let place = place.index(bytes_of.len());
                    bytes_of[place] = byte;
                }
                if cuts == 0 {
                    bytes_of.truncate(cut.index(bytes_of.len()));
                }
            }
            let end = bytes_of.iter().position(|&byte| byte == b'\n');
            let line = &bytes_of[..end.map_or(bytes_of.len(), |end| end + 1)];
            let expected = Line { bytes: line, text: std::str::from_utf8(line).ok() };
            for look in [best_look(), plain::look::<Native>, plain::look::<Plain>] {
                let mut marks = Marks { bits: vec![7] };
                prop_assert_eq!(marks.look_by(look, &bytes_of), expected);
                for at in 0..line.len() + 70 {
                    let next = (at..line.len()).find(|&place| is_marked(line[place]));
                    prop_assert_eq!(marks.next(at), next, "{}", at);
                }
            }
        }
    }

    #[test]
    fn every_sequence_of_up_to_four_bytes_is_checked_wherever_blocks_meet() {
        // Bytes next to every border of the grammar of RFC 3629.
        let bytes = [
            0x00, 0x0A, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
            0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ];
        let mut marks = Marks::default();
        let mut line = [b' '; 130];
        for number in 0..bytes.len().pow(4) {
            let sequence =
                [0, 1, 2, 3].map(|nth| bytes[number / bytes.len().pow(nth) % bytes.len()]);
            let place = 60 + number % 5;
            line[place..place + 4].copy_from_slice(&sequence);
            for line in [&line[..], &line[..place + 4]] {
                for look in [best_look(), plain::look::<Native>] {
                    let found = marks.look_by(look, line);
                    let text = std::str::from_utf8(found.bytes).ok();
                    assert_eq!(found.text, text, "{sequence:x?} at {place}");
                }
            }
            line[place..place + 4].fill(b' ');
        }
    }
}
