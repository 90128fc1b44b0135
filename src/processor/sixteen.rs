//! Sixteen bytes at a time, by what every processor of its kind has: SSE2 on x86-64, NEON on ARM, plain
//! code anywhere else.
//!
//! Nothing here has to be asked for at run time.

/// A table that is a few registers.
pub(crate) type Table = [u8; 48];

/// Sixteen bytes, each a lane of its own. A mask has all bits of a lane, or none.
pub(crate) trait Sixteen: Copy {
    /// Bits of up to 64 lanes, gathered sixteen by sixteen.
    type Bits: Copy + Default;

    fn load(bytes: &[u8; 16]) -> Self;
    fn store(self, bytes: &mut [u8; 16]);
    fn all(byte: u8) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    /// The bits that `other` does not have.
    fn without(self, other: Self) -> Self;
    /// A mask of equal lanes.
    fn is(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn less(self, other: Self) -> Self;
    /// The sum, or 255 where it is more.
    fn plus(self, other: Self) -> Self;
    /// The lane before each; before the first stands the last of `before`.
    fn one_back(self, before: Self) -> Self;
    /// The lane two places before each, likewise.
    fn two_back(self, before: Self) -> Self;
    /// Puts the highest bit of each lane of part `PART` of four.
    fn put<const PART: usize>(self, bits: &mut Self::Bits);
    fn bits(bits: Self::Bits) -> u64;
    /// Whether any lane has its highest bit.
    fn any(self) -> bool;

    /// Whether [`Sixteen::pick`] takes less than a few comparisons.
    const PICKS: bool;

    /// The bytes at these places of a table, 0 for places behind it.
    #[inline(always)]
    fn pick(self, table: &Table) -> Self {
        let mut lanes = [0; 16];
        self.store(&mut lanes);
        Self::load(&lanes.map(|place| table.get(usize::from(place)).copied().unwrap_or_default()))
    }

    /// A mask of the lanes that are `byte`.
    #[inline(always)]
    fn is_byte(self, byte: u8) -> Self {
        self.is(Self::all(byte))
    }

    /// A mask of the lanes from `first` to `last`.
    #[inline(always)]
    fn is_between(self, first: u8, last: u8) -> Self {
        let place = self.less(Self::all(first));
        place.max(Self::all(last - first)).is_byte(last - first)
    }

    /// The highest bit of the lanes that are not from `first` to `last`.
    #[inline(always)]
    fn is_beyond(self, first: u8, last: u8) -> Self {
        self.less(Self::all(first)).plus(Self::all(0x7F - (last - first)))
    }
}

/// Methods that are one function of what every processor of this kind has.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
macro_rules! methods {
    ($($name:ident: $function:ident;)*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            let (a, b) = (self.0, other.0);
            // SAFETY: every processor of this kind has it, and it reads no memory.
            Self(unsafe { $function(a, b) })
        }
    )*};
}

/// What this machine has.
#[cfg(target_arch = "x86_64")]
pub(crate) type Native = sse2::Lanes;
/// What this machine has.
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
pub(crate) type Native = neon::Lanes;
/// What this machine has.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
pub(crate) type Native = plain::Lanes;
/// Lanes of plain code, which every kind is compared with.
#[cfg(test)]
pub(crate) type Plain = plain::Lanes;

#[cfg(any(
    test,
    not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))
))]
mod plain {
    use super::Sixteen;

    /// Lanes of plain code.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes([u8; 16]);

    impl Lanes {
        #[inline(always)]
        fn each(self, other: Self, what: impl Fn(u8, u8) -> u8) -> Self {
            Self(std::array::from_fn(|lane| what(self.0[lane], other.0[lane])))
        }
    }

    impl Sixteen for Lanes {
        type Bits = u64;
        const PICKS: bool = true;

        #[inline(always)]
        fn load(bytes: &[u8; 16]) -> Self {
            Self(*bytes)
        }

        #[inline(always)]
        fn store(self, bytes: &mut [u8; 16]) {
            *bytes = self.0;
        }

        #[inline(always)]
        fn all(byte: u8) -> Self {
            Self([byte; 16])
        }

        #[inline(always)]
        fn and(self, other: Self) -> Self {
            self.each(other, |a, b| a & b)
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            self.each(other, |a, b| a | b)
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            self.each(other, |a, b| a ^ b)
        }

        #[inline(always)]
        fn without(self, other: Self) -> Self {
            self.each(other, |a, b| a & !b)
        }

        #[inline(always)]
        fn is(self, other: Self) -> Self {
            self.each(other, |a, b| if a == b { 0xFF } else { 0 })
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            self.each(other, u8::max)
        }

        #[inline(always)]
        fn less(self, other: Self) -> Self {
            self.each(other, u8::wrapping_sub)
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            self.each(other, u8::saturating_add)
        }

        #[inline(always)]
        fn one_back(self, before: Self) -> Self {
            let [this, before] = [self.0, before.0].map(u128::from_le_bytes);
            Self((this << 8 | before >> 120).to_le_bytes())
        }

        #[inline(always)]
        fn two_back(self, before: Self) -> Self {
            let [this, before] = [self.0, before.0].map(u128::from_le_bytes);
            Self((this << 16 | before >> 112).to_le_bytes())
        }

        #[inline(always)]
        fn put<const PART: usize>(self, bits: &mut u64) {
            let (eights, _) = self.0.as_chunks();
            for (number, &eight) in eights.iter().enumerate() {
                // The highest bits fall side by side into the highest byte of the product.
                let lowest = u64::from_le_bytes(eight) >> 7 & 0x0101_0101_0101_0101;
                *bits |=
                    (lowest.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (16 * PART + 8 * number);
            }
        }

        #[inline(always)]
        fn bits(bits: u64) -> u64 {
            bits
        }

        #[inline(always)]
        fn any(self) -> bool {
            self.0.iter().fold(0, |any, lane| any | lane) >= 0x80
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_adds_epu8, _mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_loadu_si128,
        _mm_max_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm_slli_si128,
        _mm_srli_si128, _mm_storeu_si128, _mm_sub_epi8, _mm_xor_si128,
    };

    use super::Sixteen;

    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(__m128i);

    impl Sixteen for Lanes {
        type Bits = u64;
        const PICKS: bool = false;

        methods! {
            and: _mm_and_si128;
            or: _mm_or_si128;
            xor: _mm_xor_si128;
            is: _mm_cmpeq_epi8;
            max: _mm_max_epu8;
            less: _mm_sub_epi8;
            plus: _mm_adds_epu8;
        }

        #[inline(always)]
        fn load(bytes: &[u8; 16]) -> Self {
            // SAFETY: x86-64 has SSE2; 16 bytes are read from an array of as many, at any alignment.
            Self(unsafe { _mm_loadu_si128(bytes.as_ptr().cast::<__m128i>()) })
        }

        #[inline(always)]
        fn store(self, bytes: &mut [u8; 16]) {
            // SAFETY: x86-64 has SSE2; 16 bytes are written to an array of as many, at any alignment.
            unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast::<__m128i>(), self.0) }
        }

        #[inline(always)]
        fn all(byte: u8) -> Self {
            // SAFETY: x86-64 has SSE2.
            Self(unsafe { _mm_set1_epi8(byte as i8) })
        }

        #[inline(always)]
        fn without(self, other: Self) -> Self {
            // SAFETY: x86-64 has SSE2.
            Self(unsafe { _mm_andnot_si128(other.0, self.0) })
        }

        #[inline(always)]
        fn one_back(self, before: Self) -> Self {
            // SAFETY: x86-64 has SSE2.
            Self(unsafe {
                _mm_or_si128(_mm_slli_si128::<1>(self.0), _mm_srli_si128::<15>(before.0))
            })
        }

        #[inline(always)]
        fn two_back(self, before: Self) -> Self {
            // SAFETY: x86-64 has SSE2.
            Self(unsafe {
                _mm_or_si128(_mm_slli_si128::<2>(self.0), _mm_srli_si128::<14>(before.0))
            })
        }

        #[inline(always)]
        fn put<const PART: usize>(self, bits: &mut u64) {
            // SAFETY: x86-64 has SSE2.
            let highest = unsafe { _mm_movemask_epi8(self.0) };
            *bits |= (highest as u64) << (16 * PART);
        }

        #[inline(always)]
        fn bits(bits: u64) -> u64 {
            bits
        }

        #[inline(always)]
        fn any(self) -> bool {
            // SAFETY: x86-64 has SSE2.
            (unsafe { _mm_movemask_epi8(self.0) }) != 0
        }
    }
}

#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon {
    use std::arch::aarch64::{
        uint8x16_t, uint8x16x3_t, vandq_u8, vbicq_u8, vceqq_u8, vdupq_n_u8, veorq_u8, vextq_u8,
        vgetq_lane_u64, vld1q_u8, vmaxq_u8, vmaxvq_u8, vorrq_u8, vpaddq_u8, vqaddq_u8, vqtbl3q_u8,
        vreinterpretq_s8_u8, vreinterpretq_u8_s8, vreinterpretq_u64_u8, vshrq_n_s8, vst1q_u8,
        vsubq_u8,
    };

    use super::{Sixteen, Table};

    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(uint8x16_t);

    /// The bit of each lane among eight.
    const OF_EIGHT: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

    /// Bits of two, four or eight lanes in one, as soon as there are so many.
    #[derive(Clone, Copy, Default)]
    pub(crate) struct Bits {
        one: Option<Lanes>,
        two: Option<Lanes>,
        all: u64,
    }

    impl Sixteen for Lanes {
        type Bits = Bits;
        const PICKS: bool = true;

        methods! {
            and: vandq_u8;
            or: vorrq_u8;
            xor: veorq_u8;
            without: vbicq_u8;
            is: vceqq_u8;
            max: vmaxq_u8;
            less: vsubq_u8;
            plus: vqaddq_u8;
        }

        #[inline(always)]
        fn load(bytes: &[u8; 16]) -> Self {
            // SAFETY: AArch64 has NEON; 16 bytes are read from an array of as many.
            Self(unsafe { vld1q_u8(bytes.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, bytes: &mut [u8; 16]) {
            // SAFETY: AArch64 has NEON; 16 bytes are written to an array of as many.
            unsafe { vst1q_u8(bytes.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn all(byte: u8) -> Self {
            // SAFETY: AArch64 has NEON.
            Self(unsafe { vdupq_n_u8(byte) })
        }

        #[inline(always)]
        fn one_back(self, before: Self) -> Self {
            // SAFETY: AArch64 has NEON.
            Self(unsafe { vextq_u8::<15>(before.0, self.0) })
        }

        #[inline(always)]
        fn two_back(self, before: Self) -> Self {
            // SAFETY: AArch64 has NEON.
            Self(unsafe { vextq_u8::<14>(before.0, self.0) })
        }

        #[inline(always)]
        fn put<const PART: usize>(self, bits: &mut Bits) {
            // SAFETY: AArch64 has NEON.
            unsafe {
                let mask = vreinterpretq_u8_s8(vshrq_n_s8::<7>(vreinterpretq_s8_u8(self.0)));
                let one = Self(vandq_u8(mask, Self::load(&OF_EIGHT).0));
                // Sums of neighbors: the bits of eight lanes are one after three times.
                let add = |a: Option<Self>, b: Self| Self(vpaddq_u8(a.unwrap_or(b).0, b.0));
                match PART {
                    0 | 2 => bits.one = Some(one),
                    1 => bits.two = Some(add(bits.one, one)),
                    _ => {
                        let four = add(bits.two, add(bits.one, one));
                        let eight = vpaddq_u8(four.0, four.0);
                        bits.all = vgetq_lane_u64::<0>(vreinterpretq_u64_u8(eight));
                    }
                }
            }
        }

        #[inline(always)]
        fn pick(self, table: &Table) -> Self {
            let (parts, _) = table.as_chunks::<16>();
            let [a, b, c] = [parts[0], parts[1], parts[2]].map(|part| Self::load(&part).0);
            // SAFETY: AArch64 has NEON.
            Self(unsafe { vqtbl3q_u8(uint8x16x3_t(a, b, c), self.0) })
        }

        #[inline(always)]
        fn bits(bits: Bits) -> u64 {
            bits.all
        }

        #[inline(always)]
        fn any(self) -> bool {
            // SAFETY: AArch64 has NEON.
            (unsafe { vmaxvq_u8(self.0) }) >= 0x80
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of<V: Sixteen>(lanes: V) -> [u8; 16] {
        let mut bytes = [0; 16];
        lanes.store(&mut bytes);
        bytes
    }

    /// What a byte from A0 on is picked for.
    const TABLE: Table = {
        let mut table = [0; 48];
        let mut at = 0;
        while at < 48 {
            table[at] = (0xA0 + at as u8) ^ 0x5A;
            at += 1;
        }
        table
    };

    /// All that can be done with two vectors.
    fn done<V: Sixteen>(a: &[u8; 16], b: &[u8; 16]) -> (Vec<[u8; 16]>, u64, [bool; 2]) {
        let [x, y] = [a, b].map(V::load);
        let mut bits = V::Bits::default();
        x.put::<0>(&mut bits);
        y.put::<1>(&mut bits);
        x.xor(y).put::<2>(&mut bits);
        y.without(x).put::<3>(&mut bits);
        let lanes = [
            x,
            x.and(y),
            x.or(y),
            x.xor(y),
            x.without(y),
            x.is(y),
            x.max(y),
            x.less(y),
            x.plus(y),
            x.one_back(y),
            x.two_back(y),
            x.is_byte(b[0]),
            V::all(a[3]),
            x.is_between(b'a', b'z'),
            x.is_between(0x20, 0x4A),
            x.less(V::all(0xA0)).pick(&TABLE),
        ];
        (lanes.map(of).to_vec(), V::bits(bits), [x.any(), x.and(V::all(0x7F)).any()])
    }

    proptest! {
        #[test]
        fn lanes_of_this_machine_do_what_plain_lanes_do(a: [u8; 16], b: [u8; 16], same: u16) {
            // Equal lanes, which chance seldom makes.
            let b = std::array::from_fn(|lane| if same >> lane & 1 == 1 { a[lane] } else { b[lane] });
            prop_assert_eq!(done::<Native>(&a, &b), done::<Plain>(&a, &b));
        }

        #[test]
        fn plain_lanes_are_bytes(a: [u8; 16], b: [u8; 16]) {
            let both = [b, a].concat();
            let lane = |what: &dyn Fn(u8, u8) -> u8| std::array::from_fn(|i| what(a[i], b[i]));
            let back = |places: usize| std::array::from_fn(|i| both[16 + i - places]);
            let mask = |yes: bool| if yes { 0xFF } else { 0 };
            let expected: Vec<[u8; 16]> = vec![
                a,
                lane(&|a, b| a & b),
                lane(&|a, b| a | b),
                lane(&|a, b| a ^ b),
                lane(&|a, b| a & !b),
                lane(&|a, b| mask(a == b)),
                lane(&u8::max),
                lane(&u8::wrapping_sub),
                lane(&u8::saturating_add),
                back(1),
                back(2),
                a.map(|byte| mask(byte == b[0])),
                [a[3]; 16],
                a.map(|byte| mask(byte.is_ascii_lowercase())),
                a.map(|byte| mask((0x20..=0x4A).contains(&byte))),
                a.map(|byte| if (0xA0..0xD0).contains(&byte) { byte ^ 0x5A } else { 0 }),
            ];
            let highest = |lanes: [u8; 16]| {
                (0..16).map(|i| u64::from(lanes[i] >> 7) << i).sum::<u64>()
            };
            let bits = highest(a)
                | highest(b) << 16
                | highest(lane(&|a, b| a ^ b)) << 32
                | highest(lane(&|a, b| b & !a)) << 48;
            let any = [a.iter().any(|&lane| lane >= 0x80), false];
            prop_assert_eq!(done::<Plain>(&a, &b), (expected, bits, any));
        }
    }
}
