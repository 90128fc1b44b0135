//! The runs of letters of a text, found 64 bytes at once in single registers of AVX-512.
//!
//! What [`super::blocks`] does for AVX2, with the same answers; its test holds for both, and `.ci/emulate`
//! runs it where there is no AVX-512. Here a lead is looked at together with the byte behind it, so that
//! a letter is known where it begins and nothing waits for the next block; all that is asked of letters
//! are masks of 64 bits.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_alignr_epi8, _mm512_alignr_epi32, _mm512_alignr_epi64,
    _mm512_andnot_si512, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cmpgt_epi8_mask,
    _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi32, _mm512_loadu_si512, _mm512_mask_cmpeq_epi8_mask,
    _mm512_mask_cmplt_epu8_mask, _mm512_mask_mov_epi8, _mm512_mask_permutexvar_epi8,
    _mm512_maskz_compress_epi8, _mm512_maskz_loadu_epi8, _mm512_maskz_permutexvar_epi8,
    _mm512_movepi8_mask, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8,
    _mm512_set1_epi8, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    _mm512_sub_epi8, _mm512_ternarylogic_epi32, _mm512_test_epi8_mask, _mm512_unpackhi_epi8,
    _mm512_unpacklo_epi8,
};
use std::hint::select_unpredictable;

use super::Profile;
use super::arabic::{
    AIN, ALEF, BEH, DAL, FEH, HAMZA, LAM, OWN, WAW, YEH, code_of, is_comma, letter_of, waiting,
};
use super::blocks_plain::Carry;
use super::kernel::VISIBLE_BOUNDARY;
use super::runs::{AT_ONCE, Runs};

/// A table that is one register.
type Table = [u8; 64];

/// Stands for a comma; no letter.
const COMMA: u8 = 0x80;

/// Borders of runs that are written at once: as many as 64 bytes can have, in whole registers.
const BORDERS: usize = 2 * AT_ONCE;

/// By the second byte's lower six bits: the code point from U+0600 on that a letter becomes, after D8 and
/// after D9; [`COMMA`] for a comma, 0 for anything else.
static LETTERS: [[Table; 2]; 3] = [letters(0), letters(1), letters(2)];

const fn letters(profile: usize) -> [Table; 2] {
    let mut tables = [[0; 64]; 2];
    let mut at = 0;
    while at < 128 {
        let pair = [0xD8 + (at / 64) as u8, 0x80 + (at % 64) as u8];
        let letter = letter_of(&OWN[profile], pair);
        tables[at / 64][at % 64] = if is_comma(pair) {
            COMMA
        } else if letter == 0 {
            0
        } else {
            let code = code_of(letter.to_le_bytes());
            // Six bits tell these apart, from each other and from 0.
            assert!(code >= 0x20 && code < 0x60 && code != 0x40);
            code
        };
        at += 1;
    }
    tables
}

/// Whether a byte of ASCII is a visible boundary: all bits or none.
static BOUNDARIES: [Table; 2] = {
    let mut tables = [[0; 64]; 2];
    let mut at = 0;
    while at < 128 {
        tables[at / 64][at % 64] = if VISIBLE_BOUNDARY[at] { 0xFF } else { 0 };
        at += 1;
    }
    tables
};

/// عبد and ابو, with which a word may have become one of R25 or R28.
const NAME: u8 = 1;
/// يء, likewise.
const SEAT: u8 = 2;
/// با, which may be a word of R27.
const PAIR: u8 = 4;
/// Any letter and then ف, ب or ل, likewise.
const SECOND: u8 = 8;

/// What a letter may be a part of as the last letter, the one before and the one before that, by its code
/// point's lower six bits; no letter has entry 0.
static PARTS: [Table; 3] = {
    let mut last = [0; 64];
    put(&mut last, &[DAL, WAW], NAME);
    put(&mut last, &[HAMZA], SEAT);
    put(&mut last, &[ALEF], PAIR);
    put(&mut last, &[FEH, BEH, LAM], SECOND);
    let mut before = [SECOND; 64];
    put(&mut before, &[BEH], NAME | PAIR);
    put(&mut before, &[YEH], SEAT);
    let mut two_before = [SEAT | PAIR | SECOND; 64];
    put(&mut two_before, &[AIN, ALEF], NAME);
    [last, before, two_before]
};

const fn put(table: &mut Table, letters: &[[u8; 2]], parts: u8) {
    let mut at = 0;
    while at < letters.len() {
        table[(code_of(letters[at]) & 0x3F) as usize] |= parts;
        at += 1;
    }
}

/// The numbers of the bytes of a block.
static PLACES: Table = {
    let mut places = [0; 64];
    let mut at = 0;
    while at < 64 {
        places[at] = at as u8;
        at += 1;
    }
    places
};

/// Folds runs, lists their borders, the stops and the gaps; returns how many runs there are.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
pub(super) fn find_blocks(profile: Profile, source: &[u8], runs: &mut Runs) -> usize {
    let byte = |byte: u8| _mm512_set1_epi8(byte as i8);
    let [after_d8, after_d9] = LETTERS[profile as usize].each_ref().map(|table| load(table));
    let [low, high] = BOUNDARIES.each_ref().map(|table| load(table));
    let [part_last, part_before, part_two_before] = PARTS.each_ref().map(|table| load(table));
    // R26 holds in all profiles but the strict one.
    let own_words = if profile == Profile::Strict { 0 } else { u64::MAX };
    let Runs { folded, borders, stops, gaps, edges, ended, .. } = runs;
    let borders = borders.as_flattened_mut();
    let (parts, _) = folded.as_chunks_mut::<64>();
    let mut before = _mm512_setzero_si512();
    let mut carry = Carry::default();
    let mut found = 0;
    let blocks = source.len() / 64 + 1;
    let bits = stops[..blocks].iter_mut().zip(gaps);
    for (block, ((stop_bits, gap_bits), out)) in bits.zip(parts).enumerate() {
        let (bytes, following) = load_pairs(&source[64 * block..]);
        // At each lead the code point that its letter becomes.
        let codes = _mm512_mask_permutexvar_epi8(
            _mm512_maskz_permutexvar_epi8(
                _mm512_cmpeq_epi8_mask(bytes, byte(0xD8)),
                following,
                after_d8,
            ),
            _mm512_cmpeq_epi8_mask(bytes, byte(0xD9)),
            following,
            after_d9,
        );
        let shifted = _mm512_alignr_epi64::<6>(codes, before);
        let one_back = _mm512_alignr_epi8::<14>(codes, shifted);
        let two_back = _mm512_alignr_epi32::<15>(codes, before);
        let of_lead = _mm512_alignr_epi8::<15>(codes, shifted);
        before = codes;

        let leads = _mm512_cmpgt_epi8_mask(codes, _mm512_setzero_si512());
        let number = _mm512_sub_epi8(bytes, byte(b'0'));
        let digits = _mm512_mask_cmplt_epu8_mask(own_words, number, byte(10));
        let second = _mm512_ternarylogic_epi32::<{ (A & B) | C }>(of_lead, byte(0x3F), byte(0x80));
        let of_d8 = _mm512_mask_mov_epi8(second, leads, byte(0xD8));
        let of_d9 = _mm512_test_epi8_mask(codes, byte(0x40));
        let letter = _mm512_mask_mov_epi8(of_d8, of_d9, byte(0xD9));
        store(_mm512_mask_mov_epi8(letter, digits, bytes), out);

        let parts = _mm512_ternarylogic_epi32::<{ A & B & C }>(
            _mm512_permutexvar_epi8(codes, part_last),
            _mm512_permutexvar_epi8(one_back, part_before),
            _mm512_permutexvar_epi8(two_back, part_two_before),
        );
        let names = _mm512_test_epi8_mask(parts, byte(NAME));
        let hamzas = _mm512_test_epi8_mask(parts, byte(SEAT));
        let pairs = _mm512_test_epi8_mask(parts, byte(PAIR | SECOND));
        // C2 AB and C2 BB.
        let quotes = _mm512_mask_cmpeq_epi8_mask(
            _mm512_cmpeq_epi8_mask(bytes, byte(0xC2)),
            _mm512_or_si512(following, byte(0x10)),
            byte(0xBB),
        );
        let commas = _mm512_movepi8_mask(codes) | quotes;
        let visible = _mm512_andnot_si512(bytes, _mm512_permutex2var_epi8(low, bytes, high));
        let visible = _mm512_movepi8_mask(visible);
        let spaces = _mm512_cmpeq_epi8_mask(bytes, byte(b' '));
        let controls = _mm512_cmplt_epu8_mask(bytes, byte(b' '));

        let letters = leads | leads << 1 | carry.leads;
        let known = letters | digits | controls | visible | commas | commas << 1 | carry.commas;
        let inside = letters << 1 | carry.letters;
        let (starts, ends) = (letters & !inside, inside & !letters);
        // Runs of one letter, and those of two that are a pair.
        let one = starts << 2 | carry.two_starts;
        let mut two = ends & (starts << 4 | carry.four_starts) & (pairs << 2 | carry.pairs);
        if two != 0 {
            two = waiting(two, 64 * block, source, &OWN[profile as usize]);
        }
        // A name is split off where letters follow it.
        let split = (names << 1 | carry.names) & (letters >> 1 | 1 << 63);
        *stop_bits = !known | split | (hamzas << 1 | carry.hamzas) | (ends & one) | two;
        *gap_bits = controls | spaces & (spaces << 1 | carry.spaces);
        let in_number = digits << 1 | carry.digits;
        let (starts_all, ends_all) = (starts | digits & !in_number, ends | in_number & !digits);
        carry = Carry {
            leads: leads >> 63,
            commas: commas >> 63,
            letters: letters >> 63,
            digits: digits >> 63,
            spaces: spaces >> 63,
            names: names >> 63,
            hamzas: hamzas >> 63,
            pairs: pairs >> 62,
            two_starts: starts >> 62,
            four_starts: starts >> 60,
        };

        edges[block] = [starts_all, ends_all];
        ended[block] = found as u32 / 2;
        found = put_borders((starts_all, ends_all), 64 * block, borders, found);
    }
    stops[source.len() / 64] |= 1 << (source.len() % 64);
    // Zeros behind the end are in no run, so what has begun has ended.
    found / 2
}

/// Writes the places of `starts` and `ends`, from `base` on, to the borders from number `found` on, where
/// runs begin and end in turn; returns the number behind the last.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
#[inline]
fn put_borders(
    (starts, ends): (u64, u64),
    base: usize,
    borders: &mut [u32],
    found: usize,
) -> usize {
    // One may be open from before.
    let is_open = found % 2 == 1;
    let first = select_unpredictable(is_open, ends, starts);
    let then = starts ^ ends ^ first;
    let count = (first.count_ones() + then.count_ones()) as usize;
    let places = load(&PLACES);
    let mut first = _mm512_maskz_compress_epi8(first, places);
    let mut then = _mm512_maskz_compress_epi8(then, places);
    let base = _mm512_set1_epi32(base as i32);
    let place = |bytes| _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(bytes)), base);
    let (groups, _) = borders[found..found + BORDERS].as_chunks_mut::<32>();
    // As many whether there are as many or not: no branch for each.
    for (group, out) in groups.iter_mut().enumerate() {
        let (low, high) = out.split_at_mut(16);
        store_places(place(_mm512_unpacklo_epi8(first, then)), low);
        store_places(place(_mm512_unpackhi_epi8(first, then)), high);
        if count <= 32 * (group + 1) {
            break;
        }
        first = _mm512_alignr_epi64::<2>(first, first);
        then = _mm512_alignr_epi64::<2>(then, then);
    }
    found + count
}

// The three operands of a function of three bits.
const A: i32 = 0xF0;
const B: i32 = 0xCC;
const C: i32 = 0xAA;

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: 64 bytes are read from an array of as many, at any alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast::<__m512i>()) }
}

/// The first 64 bytes, and the byte behind each; zeros behind the end.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn load_pairs(bytes: &[u8]) -> (__m512i, __m512i) {
    if let Some(bytes) = bytes.first_chunk::<65>() {
        let [first @ .., _] = bytes;
        let [_, following @ ..] = bytes;
        return (load(first), load(following));
    }
    let start = bytes.as_ptr().cast::<i8>();
    let mask = u64::MAX.checked_shr(64 - bytes.len() as u32).unwrap_or(0);
    // SAFETY: a mask has a bit for each of the at most 64 bytes there are, or for those behind the
    // first; no others are read.
    unsafe {
        (
            _mm512_maskz_loadu_epi8(mask, start),
            _mm512_maskz_loadu_epi8(mask >> 1, start.wrapping_add(1)),
        )
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store(bytes: __m512i, out: &mut [u8; 64]) {
    // SAFETY: 64 bytes are written to an array of as many, at any alignment.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), bytes) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store_places(places: __m512i, out: &mut [u32]) {
    if let Some(out) = out.first_chunk_mut::<16>() {
        // SAFETY: 64 bytes are written to an array of as many, at any alignment.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast::<__m512i>(), places) }
    }
}
