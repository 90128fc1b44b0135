//! The letters of Arabic itself (U+0620–064F), which are all that runs are of.

use super::kernel::LETTERS;
use super::letters::Letters;
use super::particles::waits;

// Letters of words with rules, as they are folded.
pub(super) const ALEF: [u8; 2] = *b"\xD8\xA7";
pub(super) const AIN: [u8; 2] = *b"\xD8\xB9";
pub(super) const BEH: [u8; 2] = *b"\xD8\xA8";
pub(super) const DAL: [u8; 2] = *b"\xD8\xAF";
pub(super) const FEH: [u8; 2] = *b"\xD9\x81";
pub(super) const HAMZA: [u8; 2] = *b"\xD8\xA1";
pub(super) const LAM: [u8; 2] = *b"\xD9\x84";
pub(super) const WAW: [u8; 2] = *b"\xD9\x88";
pub(super) const YEH: [u8; 2] = *b"\xD9\x8A";

/// The letters of Arabic itself, which are all that runs are of.
pub(super) static OWN: [Letters; 3] = [own(&LETTERS[0]), own(&LETTERS[1]), own(&LETTERS[2])];

const fn own(letters: &Letters) -> Letters {
    let mut own = [0; 256];
    let mut at = 0x20;
    while at < 0x50 {
        own[at] = letters[at];
        at += 1;
    }
    own
}

/// The folded bytes of a letter of U+0600–06FF by its table; 0 for anything else.
pub(super) const fn letter_of(letters: &Letters, [lead, second]: [u8; 2]) -> u16 {
    match lead {
        0xD8..=0xDB => letters[code_of([lead, second]) as usize],
        _ => 0,
    }
}

/// The code point of a letter of U+0600–06FF, from U+0600 on.
pub(super) const fn code_of([lead, second]: [u8; 2]) -> u8 {
    (lead & 3) << 6 | second & 0x3F
}

/// Whether these bytes are a comma, a semicolon or a question mark of Arabic.
#[cfg(any(test, target_arch = "x86_64"))]
pub(super) const fn is_comma(bytes: [u8; 2]) -> bool {
    matches!(bytes, [0xD8, 0x8C | 0x9B | 0x9F])
}

/// Of `ends`, places from `base` on where words of two letters end, those of words that wait for the next
/// by R27. Mostly it is كل.
#[cold]
pub(super) fn waiting(mut ends: u64, base: usize, source: &[u8], letters: &Letters) -> u64 {
    let mut wait = 0;
    while ends != 0 {
        let end = base + ends.trailing_zeros() as usize;
        let letter = |back: usize| letter_of(letters, [source[end - back], source[end - back + 1]]);
        let ([a, b], [c, d]) = (letter(4).to_le_bytes(), letter(2).to_le_bytes());
        let bit = ends & ends.wrapping_neg();
        if waits(&[a, b, c, d]) {
            wait |= bit;
        }
        ends ^= bit;
    }
    wait
}
