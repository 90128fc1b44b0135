//! The runs of letters of a text, found 64 bytes at once on machines that have AVX2, in two vectors.
#![allow(clippy::cast_ptr_alignment, reason = "loads and stores at any alignment")]
#![allow(
    clippy::inline_always,
    reason = "code for AVX2 has to end up in a function compiled for it"
)]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_loadl_epi64, _mm_loadu_si128, _mm256_add_epi32, _mm256_adds_epu8,
    _mm256_alignr_epi8, _mm256_and_si256, _mm256_andnot_si256, _mm256_blendv_epi8,
    _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_cvtepu8_epi32,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi8,
    _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    _mm256_storeu_si256, _mm256_xor_si256,
};

use super::Profile;
use super::arabic::{
    AIN, ALEF, BEH, DAL, FEH, HAMZA, LAM, OWN, WAW, YEH, is_comma, letter_of, waiting,
};
use super::kernel::VISIBLE_BOUNDARY;
use super::letters::Letters;
use super::runs::Runs;
use crate::processor::load_32;

/// The second bytes that the letters of a row of sixteen become; 0 for what is no letter. Rows:
/// D8 A0–AF, D8 B0–BF, D9 80–8F.
type Rows = [[u8; 16]; 3];

/// The high half of the second byte of each row's characters.
const SECONDS: [u8; 3] = [0xA0, 0xB0, 0x80];

/// The least second byte of a letter after D8; greater than any after D9.
const AFTER_D8: u8 = 0xA0;

static ROWS: [Rows; 3] = [rows(&OWN[0]), rows(&OWN[1]), rows(&OWN[2])];

const fn rows(letters: &Letters) -> Rows {
    let mut rows = [[0; 16]; 3];
    let mut at = 0;
    while at < 48 {
        let lead = if at < 32 { 0xD8 } else { 0xD9 };
        let letter = letter_of(letters, [lead, SECONDS[at / 16] | (at % 16) as u8]);
        let [lead, second] = letter.to_le_bytes();
        // So the second byte tells the lead.
        assert!(letter == 0 || lead == if second < AFTER_D8 { 0xD9 } else { 0xD8 });
        rows[at / 16][at % 16] = second;
        at += 1;
    }
    rows
}

/// For a byte's low and high half: bits in common say that it is a boundary of ASCII that begins no markup,
/// or the second byte of a comma or of « or ».
static BOUNDARIES: [[u8; 16]; 2] = {
    let (mut low, mut high) = ([0; 16], [0; 16]);
    let mut byte = 0;
    while byte < 0xC0 {
        if is_boundary(byte) {
            low[(byte & 15) as usize] |= BITS[(byte >> 4) as usize];
            high[(byte >> 4) as usize] |= BITS[(byte >> 4) as usize];
        }
        byte += 1;
    }
    byte = 0;
    while byte < 0xC0 {
        let bits = low[(byte & 15) as usize] & high[(byte >> 4) as usize];
        assert!((bits != 0) == is_boundary(byte));
        byte += 1;
    }
    [low, high]
};

/// By a byte's high half: which bit says so. Rows that are alike share one.
const BITS: [u8; 12] = [0x01, 0x01, 0x02, 0x04, 0x08, 0x80, 0x08, 0x80, 0x20, 0x40, QUOTE, QUOTE];
const COMMA: u8 = 0x20 | 0x40;
const QUOTE: u8 = 0x10;

const fn is_boundary(byte: u8) -> bool {
    byte < b' '
        || byte < 0x80 && VISIBLE_BOUNDARY[byte as usize]
        || is_comma([0xD8, byte])
        || matches!(byte, 0xAB | 0xBB)
}

// Letters that may stand at one place of a word with a rule.
static DAL_WAW: [u8; 16] = among([DAL, WAW, WAW]);
static AIN_ALEF: [u8; 16] = among([AIN, ALEF, ALEF]);
static FEH_BEH_LAM: [u8; 16] = among([FEH, BEH, LAM]);

/// For the low half of a second byte that of these letters which ends so, else one that does not. No
/// two of them may end alike.
const fn among(letters: [[u8; 2]; 3]) -> [u8; 16] {
    let mut row = [1; 16];
    row[1] = 0;
    let mut at = 0;
    while at < letters.len() {
        let second = without_top(letters[at]);
        row[(second & 15) as usize] = second;
        at += 1;
    }
    row
}

/// The second byte of a letter without its highest bit.
const fn without_top([_, second]: [u8; 2]) -> u8 {
    second & 0x7F
}

/// 32 bytes of the text.
#[derive(Clone, Copy)]
struct Part {
    bytes: __m256i,
    /// For a second byte of a letter what it becomes; for that of a comma, « or » something without the
    /// highest bit, 0 for any other byte.
    letters: __m256i,
    /// The same without the highest bits.
    seconds: __m256i,
    /// The highest bit for what may be a boundary.
    marked: __m256i,
    /// The highest bit for what is no digit of ASCII or, where those are no words of their own, for all.
    no_digits: __m256i,
}

/// What is still needed of the block before: the last bits of its masks. (As whole masks they would
/// be joined by double shifts, which are slow.)
#[derive(Default)]
struct Carry {
    letters: u64,
    digits: u64,
    spaces: u64,
    pairs: u64,
    two_starts: u64,
    four_starts: u64,
}

struct Tables {
    rows: [__m256i; 3],
    low: __m256i,
    high: __m256i,
    /// The highest bit where digits of ASCII are no words of their own.
    no_digits: __m256i,
}

/// Folds runs, lists their borders, the stops and, if asked for, the gaps; returns how many runs there are.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn find_blocks<const GAPS: bool>(
    profile: Profile,
    source: &[u8],
    runs: &mut Runs,
) -> usize {
    let tables = Tables {
        rows: ROWS[profile as usize].map(|row| row_of(&row)),
        low: row_of(&BOUNDARIES[0]),
        high: row_of(&BOUNDARIES[1]),
        // R26 holds in all profiles but the strict one.
        no_digits: _mm256_set1_epi8(if profile == Profile::Strict { i8::MIN } else { 0 }),
    };
    let letters_of = &OWN[profile as usize];
    let Runs { folded, borders, stops, gaps, edges, ended, .. } = runs;
    let (parts, _) = folded.as_chunks_mut::<32>();
    let (parts, _) = parts.as_chunks_mut::<2>();
    let blocks = source.len() / 64 + 1;
    // The last blocks, and zeros behind them.
    let mut end = [0; 192];
    let whole = blocks.saturating_sub(2);
    end[..source.len() - 64 * whole].copy_from_slice(&source[64 * whole..]);
    let start = if whole > 0 { source } else { &end[..] };
    let bytes = load_32(chunk(start, 0));
    // No byte stands before it.
    let before = _mm256_alignr_epi8::<15>(bytes, _mm256_permute2x128_si256::<0x08>(bytes, bytes));
    let mut first = part(&tables, before, bytes);
    let mut last = _mm256_setzero_si256();
    let mut carry = Carry::default();
    let bits = stops[..blocks].iter_mut().zip(gaps).zip(edges.iter_mut());
    for (block, (((stop_bits, gap_bits), edge), [low, high])) in bits.zip(parts).enumerate() {
        let bytes: &[u8; 96] = if block < whole {
            chunk(source, 64 * block)
        } else {
            chunk(&end, 64 * (block - whole))
        };
        let second = part(&tables, load_32(chunk(bytes, 31)), load_32(chunk(bytes, 32)));
        let low = fold(last, first, second.letters, low);
        let next = part(&tables, load_32(chunk(bytes, 63)), load_32(chunk(bytes, 64)));
        let high = fold(first.seconds, second, next.letters, high);
        (last, first) = (second.seconds, next);
        let join = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let letters = join(low.letters, high.letters);
        let digits = join(low.digits, high.digits);
        let controls = join(low.controls, high.controls);
        let spaces = join(low.spaces, high.spaces);
        let pairs = join(low.pairs, high.pairs);
        let inside = letters << 1 | carry.letters;
        let (starts, ends) = (letters & !inside, inside & !letters);
        // Runs of one letter, and those of two that are a pair.
        let one = starts << 2 | carry.two_starts;
        let mut two = ends & (starts << 4 | carry.four_starts) & (pairs << 1 | carry.pairs);
        if two != 0 {
            two = waiting(two, 64 * block, source, letters_of);
        }
        // A name is split off where letters follow it.
        let names = join(low.names, high.names) & (letters >> 1 | 1 << 63);
        *stop_bits = join(low.others, high.others) | names | (ends & one) | two;
        if GAPS {
            *gap_bits = controls | spaces & (spaces << 1 | carry.spaces);
        }
        let in_number = digits << 1 | carry.digits;
        let (starts_all, ends_all) = (starts | digits & !in_number, ends | in_number & !digits);
        carry = Carry {
            letters: letters >> 63,
            digits: digits >> 63,
            spaces: spaces >> 63,
            pairs: pairs >> 63,
            two_starts: starts >> 62,
            four_starts: starts >> 60,
        };
        *edge = [starts_all, ends_all];
    }
    stops[source.len() / 64] |= 1 << (source.len() % 64);
    list_borders(&edges[..blocks], ended, borders.as_flattened_mut()) / 2
}

/// The bits of each byte, ascending.
static PLACES: [[u8; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut found) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                places[byte][found] = bit as u8;
                found += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    places
};

/// Lists where runs begin and end; returns how many places those are. Apart from finding them: both
/// together need more registers than there are.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn list_borders(edges: &[[u64; 2]], ended: &mut [u32], borders: &mut [u32]) -> usize {
    let mut found = 0;
    for (block, (&[starts, ends], ended)) in edges.iter().zip(ended).enumerate() {
        *ended = found as u32 / 2;
        let base = (64 * block) as u32;
        let borders = &mut borders[found..];
        found += match borders.first_chunk_mut() {
            Some(borders) if starts & ends == 0 => put(starts | ends, base, borders),
            _ => put_touching(starts, ends, base, borders),
        };
    }
    found
}

/// Writes the places of `bits` to the first borders, and something to those behind; returns how many
/// there are.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn put(bits: u64, base: u32, borders: &mut [u32; 64 + 8]) -> usize {
    let mut base = _mm256_set1_epi32(base as i32);
    // As many for each byte whether there are as many or not: no branch for any. Where its places come is
    // counted for each from the start, so that none waits for the byte before.
    for (number, byte) in bits.to_le_bytes().into_iter().enumerate() {
        // SAFETY: 8 bytes are read from an array of as many, at any alignment.
        let bits_of =
            unsafe { _mm_loadl_epi64(PLACES[usize::from(byte)].as_ptr().cast::<__m128i>()) };
        let places = _mm256_add_epi32(_mm256_cvtepu8_epi32(bits_of), base);
        let found = (bits & !(u64::MAX << (8 * number))).count_ones() as usize;
        if let Some(borders) = borders[found..].first_chunk_mut::<8>() {
            // SAFETY: 8 places of 32 bits are written to an array of as many, at any alignment.
            unsafe { _mm256_storeu_si256(borders.as_mut_ptr().cast::<__m256i>(), places) };
        }
        base = _mm256_add_epi32(base, _mm256_set1_epi32(8));
    }
    bits.count_ones() as usize
}

/// The same where a run ends at the place at which the next one begins.
#[cold]
fn put_touching(starts: u64, ends: u64, base: u32, borders: &mut [u32]) -> usize {
    let (mut bits, mut found) = (starts | ends, 0);
    while bits != 0 {
        let bit = bits & bits.wrapping_neg();
        for side in [ends, starts] {
            if side & bit != 0 {
                borders[found] = base + bits.trailing_zeros();
                found += 1;
            }
        }
        bits ^= bit;
    }
    found
}

#[target_feature(enable = "avx2")]
#[inline]
fn row_of(row: &[u8; 16]) -> __m256i {
    // SAFETY: 16 bytes are read from an array of as many, at any alignment.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(row.as_ptr().cast::<__m128i>()) })
}

/// So many bytes from `at` on.
#[inline]
fn chunk<const LENGTH: usize>(bytes: &[u8], at: usize) -> &[u8; LENGTH] {
    bytes[at..].first_chunk().unwrap_or(&[0; LENGTH])
}

/// What `bytes` are, given the byte before each.
#[target_feature(enable = "avx2")]
#[inline]
fn part(tables: &Tables, lead: __m256i, bytes: __m256i) -> Part {
    let byte = |byte: u8| _mm256_set1_epi8(byte as i8);
    let after_d8 = _mm256_cmpeq_epi8(lead, byte(0xD8));
    let after_d9 = _mm256_cmpeq_epi8(lead, byte(0xD9));
    // A second byte of the row becomes 70–7F, any other 80 and more, for which a shuffle gives 0.
    let row = |row: usize| {
        let place = _mm256_xor_si256(bytes, byte(SECONDS[row]));
        _mm256_shuffle_epi8(tables.rows[row], _mm256_adds_epu8(place, byte(0x70)))
    };
    let low = _mm256_shuffle_epi8(tables.low, _mm256_and_si256(bytes, byte(0x0F)));
    let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), byte(0x0F));
    let boundaries = _mm256_and_si256(low, _mm256_shuffle_epi8(tables.high, high));
    let marked = _mm256_adds_epu8(boundaries, byte(0x7F));
    let comma = _mm256_and_si256(boundaries, byte(COMMA));
    let of_d8 = _mm256_or_si256(_mm256_or_si256(row(0), row(1)), comma);
    let letters =
        _mm256_or_si256(_mm256_and_si256(of_d8, after_d8), _mm256_and_si256(row(2), after_d9));
    let after_c2 = _mm256_cmpeq_epi8(lead, byte(0xC2));
    let quote = _mm256_and_si256(_mm256_and_si256(boundaries, byte(QUOTE)), after_c2);
    let letters = _mm256_or_si256(letters, quote);
    let seconds = _mm256_and_si256(letters, byte(0x7F));
    // A digit becomes 76–7F, any other byte 80 and more.
    let place = _mm256_adds_epu8(_mm256_xor_si256(bytes, byte(b'0')), byte(0x76));
    let no_digits = _mm256_or_si256(place, tables.no_digits);
    Part { bytes, letters, seconds, marked, no_digits }
}

struct Masks {
    letters: u32,
    /// Neither letters nor digits nor boundaries, and second bytes with which a word may have become one
    /// of R25.
    others: u32,
    spaces: u32,
    /// Control characters of ASCII.
    controls: u32,
    /// Digits of ASCII that are words of their own.
    digits: u32,
    /// Second bytes with which a name of R28 may end.
    names: u32,
    /// Second bytes with which a word of two letters may be one of R27.
    pairs: u32,
}

/// Writes the folded letters of a part, given those of the part before it and of the next one.
#[target_feature(enable = "avx2")]
#[inline]
fn fold(before: __m256i, part: Part, next: __m256i, out: &mut [u8; 32]) -> Masks {
    let byte = |byte: u8| _mm256_set1_epi8(byte as i8);
    let Part { bytes, letters, seconds, marked, no_digits } = part;
    let shifted = _mm256_permute2x128_si256::<0x21>(before, seconds);
    let one_back = _mm256_alignr_epi8::<14>(seconds, shifted);
    let two_back = _mm256_alignr_epi8::<12>(seconds, shifted);
    let is = |seconds: __m256i, letter| _mm256_cmpeq_epi8(seconds, byte(without_top(letter)));
    let among = |seconds: __m256i, row: &[u8; 16]| {
        _mm256_cmpeq_epi8(_mm256_shuffle_epi8(row_of(row), seconds), seconds)
    };
    let (or, and) = (|a, b| _mm256_or_si256(a, b), |a, b| _mm256_and_si256(a, b));
    let after_beh = is(one_back, BEH);
    let name = and(and(among(seconds, &DAL_WAW), after_beh), among(two_back, &AIN_ALEF));
    let hamza = and(is(seconds, HAMZA), is(one_back, YEH));
    let pairs = or(among(seconds, &FEH_BEH_LAM), and(is(seconds, ALEF), after_beh));
    // For a lead what its second byte is.
    let following =
        _mm256_alignr_epi8::<1>(_mm256_permute2x128_si256::<0x21>(letters, next), letters);
    let either = _mm256_or_si256(letters, following);
    // D8 becomes D9 or stays, D9 stays.
    let to_d9 = and(_mm256_cmpgt_epi8(byte(AFTER_D8), following), byte(0x01));
    let folded = _mm256_blendv_epi8(or(bytes, to_d9), letters, letters);
    // SAFETY: 32 bytes are written to an array of as many, at any alignment.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast::<__m256i>(), folded) };
    let mask = |bytes: __m256i| _mm256_movemask_epi8(bytes) as u32;
    // Masks are taken of highest bits, not of comparisons, wherever it is possible: what is made of
    // masks of comparisons the compiler makes of their lanes, one by one.
    let some = _mm256_adds_epu8(either, byte(0x7F));
    let known = or(some, _mm256_andnot_si256(bytes, marked));
    let others = _mm256_andnot_si256(known, no_digits);
    Masks {
        letters: mask(either),
        others: mask(or(others, hamza)),
        spaces: mask(_mm256_cmpeq_epi8(bytes, byte(b' '))),
        controls: !mask(_mm256_adds_epu8(bytes, byte(0x60))),
        digits: !mask(no_digits),
        names: mask(name),
        pairs: mask(pairs),
    }
}
