//! Ranges in few bytes: each by its distance from the one before, as numbers of 7 bits a byte.

use std::ops::Range;

use integer_encoding::VarInt;

/// The most bytes that a number takes.
const LONGEST: usize = 10;

/// Appends numbers and ranges to bytes.
pub(crate) struct Packer<'o> {
    out: &'o mut Vec<u8>,
    /// Where the range before ended.
    before: u32,
}

impl<'o> Packer<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, before: 0 }
    }

    fn append(&mut self, number: impl VarInt) {
        let mut bytes = [0; LONGEST];
        let length = number.encode_var(&mut bytes);
        self.out.extend_from_slice(&bytes[..length]);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.append(number);
    }

    /// A range, which may lie before the last one.
    pub(crate) fn range(&mut self, range: &Range<u32>) {
        self.range_with(range, 0, 0);
    }

    /// A range, with a number of so many bits.
    pub(crate) fn range_with(&mut self, range: &Range<u32>, number: u64, bits: u32) {
        self.append(i64::from(range.start) - i64::from(self.before));
        self.append(u64::from(range.end - range.start) << bits | number);
        self.before = range.end;
    }
}

/// Reads what [`Packer`] has written.
pub(crate) struct Unpacker<'p> {
    packed: &'p [u8],
    before: u32,
}

impl<'p> Unpacker<'p> {
    pub(crate) fn new(packed: &'p [u8]) -> Self {
        Self { packed, before: 0 }
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'p [u8] {
        self.packed
    }

    fn take<N: VarInt + Default>(&mut self) -> N {
        let (number, length) = N::decode_var(self.packed).unwrap_or_default();
        self.packed = &self.packed[length..];
        number
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.take()
    }

    pub(crate) fn range(&mut self) -> Range<u32> {
        self.range_with(0).0
    }

    pub(crate) fn range_with(&mut self, bits: u32) -> (Range<u32>, u64) {
        let start = (i64::from(self.before) + self.take::<i64>()) as u32;
        let length: u64 = self.take();
        self.before = start + (length >> bits) as u32;
        (start..self.before, length & ((1 << bits) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            ranges in prop::collection::vec((any::<[u32; 2]>(), 0..16_u64), 0..9),
            number: u64,
        ) {
            let mut bytes = Vec::new();
            let mut packer = Packer::new(&mut bytes);
            packer.number(number);
            for ([a, b], with) in &ranges {
                packer.range_with(&(*a.min(b)..*a.max(b)), *with, 4);
                packer.range(&(*a.min(b)..*a.max(b)));
            }
            let mut from = Unpacker::new(&bytes);
            prop_assert_eq!(from.number(), number);
            for ([a, b], with) in &ranges {
                prop_assert_eq!(from.range_with(4), (*a.min(b)..*a.max(b), *with));
                prop_assert_eq!(from.range(), *a.min(b)..*a.max(b));
            }
            prop_assert!(from.rest().is_empty());
        }
    }
}
