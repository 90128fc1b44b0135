//! Runs of Arabic letters in a word that is more than such a run: four letters at once in a word of 64
//! bits.

use super::Profile;

/// The two bytes that a letter of U+0600–06FF becomes, little-endian; 0 where anything else is to be
/// done than to write a letter.
pub(super) type Letters = [u16; 256];

/// Folds the letters of `source` from `at` on into `buffer` from `out` on, up to anything else or, at
/// the soonest, to the last eight bytes of `source`.
///
/// Gives the length of the run in bytes, which is the same on both sides. More bytes of `buffer` may be
/// written than the run has; it must have as many left as `source`, and eight.
pub(super) fn run(
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
