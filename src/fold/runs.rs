//! Runs of Arabic letters, found in a whole text at once: what nearly all of an Arabic text is.
//!
//! Every byte of a text is a part of a letter of Arabic itself (U+0620–064F), a digit of ASCII, a
//! boundary, or a *stop*: anything that needs a closer look, among them words that a word rule may be
//! about. A run is of letters or, where R26 holds, of digits. Letters are folded where they stand, since
//! each becomes another of two bytes, and where runs begin and end is listed. Then no word waits for the
//! one before it to be folded, which is what costs time when words are folded one by one.
//! [`super::blocks`] does that on machines that have AVX2 or AVX-512; others fold the words one by one.

use super::Profile;

/// Longest run that is taken as it is, in bytes.
pub(super) const LONGEST: usize = 32;

/// The runs of letters of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// The text, letters folded; what stands in the place of other bytes is undefined.
    pub(super) folded: Vec<u8>,
    /// Where each run begins and ends; then `u32::MAX`, twice, and what is left of texts
    /// before.
    pub(super) borders: Vec<[u32; 2]>,
    /// A bit for every byte at which a run begins, and one for every byte at which one has ended.
    pub(super) edges: Vec<[u64; 2]>,
    /// A bit for every byte that is a stop; the end of the text is one.
    pub(super) stops: Vec<u64>,
    /// A bit for every byte of ASCII that makes a gap one to be noted, if they were asked for.
    pub(super) gaps: Vec<u64>,
    /// The run that is looked at next.
    pub(super) next: usize,
    /// The stop that was found last.
    pub(super) stop: Option<usize>,
}

impl Runs {
    /// Finds the runs of `source`, and its gaps if they are asked for; tells whether this machine can.
    pub(super) fn find(&mut self, profile: Profile, source: &[u8], gaps: bool) -> bool {
        #[cfg(target_arch = "x86_64")]
        return super::blocks::find(profile, source, gaps, self);
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = (profile, source, gaps);
            false
        }
    }

    /// The first stop at or behind `at`, a byte of the text, which never falls. All calls together look
    /// at each block once.
    #[inline]
    pub(super) fn stop(&mut self, at: usize) -> usize {
        if let Some(stop) = self.stop.filter(|&stop| at <= stop) {
            return stop;
        }
        let stop = self.stop_from(at);
        self.stop = Some(stop);
        stop
    }

    #[inline]
    pub(super) fn stop_from(&self, at: usize) -> usize {
        let mut block = at / 64;
        let mut bits = self.stops[block] & (u64::MAX << (at % 64));
        while bits == 0 {
            block += 1;
            bits = self.stops[block];
        }
        64 * block + bits.trailing_zeros() as usize
    }

    /// Goes to the first run that begins at or behind `at`, which never falls; tells whether one begins
    /// there.
    #[inline]
    pub(super) fn seek(&mut self, at: usize) -> bool {
        while (self.borders[self.next][0] as usize) < at {
            self.next += 1;
        }
        self.borders[self.next][0] as usize == at
    }

    /// The letters of the run that begins at `at`, which never falls, and their length, unless it is of
    /// digits or very long.
    #[inline]
    pub(super) fn letters_at(&mut self, at: usize) -> Option<(&[u8; LONGEST], usize)> {
        if !self.seek(at) {
            return None;
        }
        let length = (self.borders[self.next][1] as usize) - at;
        let letters = self.folded[at..].first_chunk()?;
        (length <= LONGEST && !letters[0].is_ascii()).then_some((letters, length))
    }

    /// The letters of the runs that [`Runs::take_before`] would take, and their lengths.
    #[inline]
    pub(super) fn letters_before(
        &self,
        stop: usize,
    ) -> impl Iterator<Item = (&[u8; LONGEST], usize)> {
        self.borders[self.next..].iter().map_while(move |&[start, end]| {
            let length = (end - start) as usize;
            if end as usize >= stop || length > LONGEST {
                return None;
            }
            Some((self.folded[start as usize..].first_chunk()?, length))
        })
    }

    /// Passes so many runs; returns where the last of them ends.
    #[inline]
    pub(super) fn pass(&mut self, count: usize) -> Option<u32> {
        self.next += count;
        (count > 0).then(|| self.borders[self.next - 1][1])
    }

    /// Takes the runs from the present one on, up to one that ends at or behind `stop` or is longer than
    /// [`LONGEST`].
    #[inline]
    pub(super) fn take_before(&mut self, stop: usize) -> Stretch<'_> {
        let rest = &self.borders[self.next..];
        let plain =
            |&&[start, end]: &&[u32; 2]| (end as usize) < stop && (end - start) as usize <= LONGEST;
        let count = rest.iter().take_while(plain).count();
        self.next += count;
        Stretch { borders: &rest[..count], letters: &self.folded, gaps: &self.gaps }
    }
}

/// Some runs of a text, one after the other.
pub(super) struct Stretch<'r> {
    /// Where they begin and end.
    pub(super) borders: &'r [[u32; 2]],
    /// The text with its letters folded, which goes on for [`LONGEST`] bytes behind any run.
    pub(super) letters: &'r [u8],
    gaps: &'r [u64],
}

impl Stretch<'_> {
    /// The bytes between `from` and `to` that make a gap one to be noted.
    pub(super) fn gaps(&self, from: usize, to: usize) -> impl Iterator<Item = u32> + '_ {
        let gaps = self.gaps;
        let blocks = from / 64..to.div_ceil(64);
        blocks.flat_map(move |block| {
            let mut bits = gaps[block];
            if block == from / 64 {
                bits &= u64::MAX << (from % 64);
            }
            if block == to / 64 {
                bits &= !(u64::MAX << (to % 64));
            }
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < 64).then_some(64 * block as u32 + bit)
            })
        })
    }
}
