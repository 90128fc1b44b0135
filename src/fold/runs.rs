//! Runs of Arabic letters, found in a whole text at once: what nearly all of an Arabic text is.
//!
//! Every byte of a text is a part of a letter of Arabic itself (U+0620–064F), a digit of ASCII, a
//! boundary, or a *stop*: anything that needs a closer look, among them words that a word rule may be
//! about. A run is of letters or, where R26 holds, of digits. Letters are folded where they stand, since
//! each becomes another of two bytes, and where runs begin and end is listed. Then no word waits for the
//! one before it to be folded, which is what costs time when words are folded one by one.
//! [`super::blocks`] does that with AVX2, [`super::blocks_512`] with AVX-512, and [`super::blocks_plain`] on
//! any machine.
//!
//! Which words have rules is only suspected there: a stop too many costs a closer look, mostly by
//! [`super::touched`]. A test proves that everything else is found as it is a character at a time, and
//! alike by all.

#[cfg(target_arch = "x86_64")]
use crate::processor;
use crate::processor::sixteen;

use super::Profile;
use super::blocks_plain;
#[cfg(target_arch = "x86_64")]
use super::{blocks, blocks_512};

/// Longest run that is copied at once, in bytes.
pub(super) const LONGEST: usize = 32;

/// Runs that may be written to the list at once, whether there are as many or not.
pub(super) const AT_ONCE: usize = 48;

/// What stands behind the last run; no text reaches so far.
const END: [u32; 2] = [u32::MAX; 2];

/// Ways to find the runs of a text.
#[derive(Clone, Copy, Debug)]
enum Kernel {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// By what every processor of this kind has.
    Native,
    /// By what any machine has.
    #[cfg(test)]
    Plain,
}

impl Kernel {
    /// The fastest first.
    const ALL: &[Self] = &[
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        Self::Native,
        #[cfg(test)]
        Self::Plain,
    ];

    fn is_able(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => processor::has_avx512(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => processor::has_avx2(),
            _ => true,
        }
    }
}

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
    /// How many runs have ended before each block.
    pub(super) ended: Vec<u32>,
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
    /// Finds the runs of `source`, and its gaps if they are asked for.
    pub(super) fn find(&mut self, profile: Profile, source: &[u8], gaps: bool) {
        let kernel = Kernel::ALL.iter().copied().find(|kernel| kernel.is_able());
        self.find_by(kernel.unwrap_or(Kernel::Native), profile, source, gaps);
    }

    fn find_by(&mut self, kernel: Kernel, profile: Profile, source: &[u8], gaps: bool) {
        self.make_room(source.len());
        let count = match kernel {
            // SAFETY: this machine has what the function is compiled for.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 if kernel.is_able() => unsafe {
                blocks_512::find_blocks(profile, source, self)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 if kernel.is_able() => unsafe {
                if gaps {
                    blocks::find_blocks::<true>(profile, source, self)
                } else {
                    blocks::find_blocks::<false>(profile, source, self)
                }
            },
            #[cfg(test)]
            Kernel::Plain => {
                blocks_plain::find_blocks::<sixteen::Plain>(profile, source, gaps, self)
            }
            _ => blocks_plain::find_blocks::<sixteen::Native>(profile, source, gaps, self),
        };
        self.borders[count] = END;
    }

    /// Makes room for the runs of a text of so many bytes. What the buffers hold is written over, so they
    /// are not emptied.
    fn make_room(&mut self, length: usize) {
        let blocks = length / 64 + 1;
        if self.folded.len() < 64 * blocks + LONGEST {
            self.folded.resize(64 * blocks + LONGEST, 0);
        }
        for bits in [&mut self.stops, &mut self.gaps] {
            if bits.len() < blocks {
                bits.resize(blocks, 0);
            }
        }
        // A letter has two bytes, and only a digit may follow it without another byte between.
        let borders = length / 3 * 2 + AT_ONCE + 4;
        if self.borders.len() < borders {
            self.borders.resize(borders, END);
        }
        if self.edges.len() < blocks {
            self.edges.resize(blocks, [0; 2]);
            self.ended.resize(blocks, 0);
        }
        self.next = 0;
        self.stop = None;
    }

    /// All runs.
    pub(super) fn found(&self) -> impl Iterator<Item = &[u32; 2]> {
        self.borders.iter().take_while(|&&run| run != END)
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

    /// The bytes between `from` and `to` that make a gap one to be noted.
    pub(super) fn gaps(&self, from: usize, to: usize) -> impl Iterator<Item = u32> + '_ {
        gaps_of(&self.gaps, from, to)
    }

    /// Takes the runs from the present one on that have ended before `stop`.
    #[inline]
    pub(super) fn take_before(&mut self, stop: usize) -> Stretch<'_> {
        let [_, ends] = self.edges[stop / 64];
        let ended = self.ended[stop / 64] + (ends & !(u64::MAX << (stop % 64))).count_ones();
        // Words may have been read past a run.
        let next = self.next.max(ended as usize);
        let borders = &self.borders[self.next..next];
        self.next = next;
        Stretch { borders, letters: &self.folded, gaps: &self.gaps }
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
        gaps_of(self.gaps, from, to)
    }
}

fn gaps_of(gaps: &[u64], from: usize, to: usize) -> impl Iterator<Item = u32> + '_ {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::arabic::{OWN, is_comma, letter_of};
    use crate::fold::kernel::VISIBLE_BOUNDARY;
    use crate::fold::names::name_cut;
    use crate::fold::particles::waits;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            12 => "[ء-ي]{1,9}",
            6 => Just(String::from(" ")),
            3 => "[وفبلك]?(عبد|ابو|أبو)[ء-ي]{0,6}|شيء|شىء|ال|لل|اف|فب|دب|با|لا|و",
            2 => proptest::char::range('\u{600}', '\u{6FF}').prop_map(String::from),
            2 => "[0-9]{1,5}|[«»\r\n\t  ]{1,3}",
            2 => proptest::char::range('\0', '\u{7F}').prop_map(String::from),
            1 => any::<char>().prop_map(String::from),
            1 => "[ء-ي]{14,40}",
            1 => "([ء-ي]?[0-9] ?){20,60}",
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    /// Which bytes of a text of this length are stops.
    fn stops(runs: &Runs, length: usize) -> Vec<bool> {
        (0..=length).map(|at| runs.stop_from(at) == at).collect()
    }

    /// What a character is to the blocks.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Kind {
        Letter([u8; 2]),
        Digit,
        Boundary,
        Gap,
        Other,
    }

    fn kind(profile: Profile, source: &[u8], at: usize) -> Kind {
        let pair = [source[at], source.get(at + 1).copied().unwrap_or_default()];
        match letter_of(&OWN[profile as usize], pair) {
            0 => {}
            letter => return Kind::Letter(letter.to_le_bytes()),
        }
        match source[at] {
            b' ' if at > 0 && source[at - 1] == b' ' => Kind::Gap,
            ..b' ' => Kind::Gap,
            b'0'..=b'9' if profile != Profile::Strict => Kind::Digit,
            sign if VISIBLE_BOUNDARY.get(usize::from(sign)) == Some(&true) => Kind::Boundary,
            _ if is_comma(pair) || matches!(pair, [0xC2, 0xAB | 0xBB]) => Kind::Boundary,
            _ => Kind::Other,
        }
    }

    /// What the blocks find, a character at a time, but for the stops of the word rules.
    fn reference(profile: Profile, source: &[u8], runs: &mut Runs) {
        runs.make_room(source.len());
        runs.stops.fill(0);
        runs.gaps.fill(0);
        let mark = |bits: &mut [u64], at: usize| bits[at / 64] |= 1 << (at % 64);
        let (mut at, mut found) = (0, 0);
        let mut inside = None;
        while at < source.len() {
            let kind = kind(profile, source, at);
            let run = match kind {
                Kind::Letter(_) => Some(2),
                Kind::Digit => Some(1),
                Kind::Boundary | Kind::Gap | Kind::Other => None,
            };
            if run != inside {
                runs.borders[found][1] = at as u32;
                found += usize::from(inside.is_some());
                runs.borders[found][0] = at as u32;
                inside = run;
            }
            match kind {
                Kind::Letter(letter) => runs.folded[at..at + 2].copy_from_slice(&letter),
                Kind::Digit => runs.folded[at] = source[at],
                Kind::Boundary => {}
                Kind::Gap => mark(&mut runs.gaps, at),
                Kind::Other => mark(&mut runs.stops, at),
            }
            let wide = kind == Kind::Boundary && source[at] >= 0x80;
            at += run.unwrap_or(if wide { 2 } else { 1 });
        }
        mark(&mut runs.stops, at);
        if inside.is_some() {
            runs.borders[found][1] = at as u32;
            found += 1;
        }
        runs.borders[found] = END;
    }

    fn has_rule(word: &[u8]) -> bool {
        waits(word) || word.ends_with("يء".as_bytes()) || name_cut(word).is_some()
    }

    fn found(runs: &Runs) -> &[[u32; 2]] {
        &runs.borders[..runs.found().count()]
    }

    fn gaps(runs: &Runs, length: usize) -> Vec<usize> {
        (0..length).filter(|at| runs.gaps[at / 64] >> (at % 64) & 1 == 1).collect()
    }

    /// The kernels that this machine has.
    static HERE: LazyLock<Vec<Kernel>> = LazyLock::new(|| {
        let has = |kernel: &Kernel| {
            if !kernel.is_able() {
                println!("skipped: this machine cannot run the blocks of {kernel:?}");
            }
            kernel.is_able()
        };
        Kernel::ALL.iter().copied().filter(has).collect()
    });

    proptest! {
        #[test]
        fn blocks_are_read_like_characters(texts in prop::collection::vec(pieces(), 1..4)) {
            // One buffer for all texts: nothing may be left of the one before.
            let mut slow = Runs::default();
            let mut all = vec![Runs::default(); HERE.len()];
            for (text, profile) in texts.iter().flat_map(|text| Profile::ALL.map(|p| (text, p))) {
                let source = text.as_bytes();
                reference(profile, source, &mut slow);
                for (kernel, fast) in HERE.iter().zip(&mut all) {
                    let case = format!("{kernel:?}: {text:?}");
                    fast.find_by(*kernel, profile, source, true);
                    prop_assert_eq!(found(fast), found(&slow), "{}", case);
                    prop_assert_eq!(gaps(fast, source.len()), gaps(&slow, source.len()), "{}", case);
                    let is = stops(&slow, source.len());
                    let mut may_be = is.clone();
                    for &[start, end] in found(&slow) {
                        let run = start as usize..end as usize;
                        prop_assert_eq!(&fast.folded[run.clone()], &slow.folded[run.clone()]);
                        if has_rule(&slow.folded[run]) {
                            prop_assert!(fast.stop_from(start as usize) <= end as usize, "{}", case);
                        }
                        may_be[start as usize..=end as usize].fill(true);
                    }
                    for (at, marked) in stops(fast, source.len()).into_iter().enumerate() {
                        prop_assert!(marked || !is[at], "{} of {}", at, case);
                        prop_assert!(!marked || may_be[at], "{} of {}", at, case);
                    }
                }
                // Nor do kernels differ in what each is free to suspect.
                for two in all.windows(2) {
                    let stops = [&two[0], &two[1]].map(|runs| stops(runs, source.len()));
                    prop_assert_eq!(&stops[0], &stops[1], "{:?}", text);
                }
            }
        }
    }
}
