//! Lines and the pages on which they stand, in parts by the highest bits of the line: parts are worked on by
//! all threads, and a part lies near the core that does so.

use rayon::prelude::*;

use crate::sorted::sort_spread;

/// Occurrences kept of one line.
pub(super) const KEPT: usize = 12;
/// Bits of a record's line that say which line follows.
pub(super) const NEXT_BITS: u32 = 24;
/// Of the highest bits of a line, which are random, how many tell its part.
const PART_BITS: u32 = 6;

/// One line on one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    /// High bits of the line's key; then, of a possible heading or label, 23 high bits of the key of the
    /// words that follow and 0, and of another line, 22 of them, 1 if prose follows, and 1.
    pub(super) line: u64,
    /// The sketch of the page, spread so that it sorts as a sample is drawn.
    pub(super) page: u64,
}

impl Record {
    /// The bits of the line's key.
    pub(super) fn key(self) -> u64 {
        self.line >> NEXT_BITS
    }
}

/// Records in any order; those of one line are in one part, and parts ascend.
#[derive(Clone, Debug)]
pub(super) struct Occurrences {
    parts: Vec<Vec<Record>>,
}

impl Default for Occurrences {
    fn default() -> Self {
        Self { parts: vec![Vec::new(); 1 << PART_BITS] }
    }
}

impl Occurrences {
    /// Number of records.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: Record) {
        self.parts[(record.line >> (u64::BITS - PART_BITS)) as usize].push(record);
    }

    /// Adds all records of another list.
    pub(super) fn append(&mut self, mut other: Self) {
        let parts = self.parts.par_iter_mut().zip(&mut other.parts);
        parts.for_each(|(part, other)| part.append(other));
    }

    /// Keeps the records of pages whose sketch has so many leading zeros.
    pub(super) fn sample(&mut self, level: u32) {
        self.each_part(|part| part.retain(|r| r.page.leading_zeros() >= level));
    }

    /// Whether the lines are surely more than `most`, told without sorting them; no may mean yes.
    pub(super) fn has_more_lines(&self, most: usize) -> bool {
        let slots = (4 * most).next_power_of_two();
        let bits = slots.trailing_zeros().clamp(6 + PART_BITS, u32::BITS) - PART_BITS;
        self.parts.par_iter().map(|part| least_lines(part, bits)).sum::<usize>() > most
    }

    /// Keeps the first few occurrences of each line. Those of one line that stands on several pages stand
    /// together and in order afterwards.
    pub(super) fn trim(&mut self) {
        self.each_part(trim);
    }

    /// Drops lines that come less than so often, of up to three times: nearly all. Some are missed.
    pub(super) fn drop_rare(&mut self, least: u8) {
        self.each_part(|part| {
            let repeating = put_first(part, least);
            part.truncate(repeating);
            part.shrink_to_fit();
        });
    }

    /// Gives back memory that no record needs.
    pub(super) fn shrink_to_fit(&mut self) {
        self.each_part(Vec::shrink_to_fit);
    }

    /// What `map` makes of the records of each line, after [`Occurrences::trim`]. Lines that come several
    /// times are handed over ascending; those that come once, in no order.
    pub(super) fn each_line<T: Send>(&self, map: impl Fn(&[Record]) -> Option<T> + Sync) -> Vec<T> {
        let same = |a: &Record, b: &Record| a.key() == b.key();
        let lines =
            self.parts.par_iter().flat_map_iter(|part| part.chunk_by(same).filter_map(&map));
        lines.collect()
    }

    fn each_part(&mut self, work: impl Fn(&mut Vec<Record>) + Sync + Send) {
        self.parts.par_iter_mut().for_each(work);
    }
}

/// How many lines a part has at least, by the places of so many bits that they fall into.
fn least_lines(part: &[Record], bits: u32) -> usize {
    let mut met = vec![0_u64; 1 << (bits - 6)];
    let mut lines = 0;
    for r in part {
        let bit = r.line << PART_BITS >> (u64::BITS - bits);
        let word = &mut met[(bit / 64) as usize];
        lines += usize::from(*word >> (bit % 64) & 1 == 0);
        *word |= 1 << (bit % 64);
    }
    lines
}

fn trim(part: &mut Vec<Record>) {
    // Most lines stand on one page, and need not be sorted to learn that.
    let shared = put_first(part, 2);
    let order = |r: &Record| (r.key(), r.page, r.line);
    sort_spread(&mut part[..shared], |r| (r.line >> 32) as u32, order);
    let (mut before, mut nth, mut kept) = (None, 0, 0);
    for at in 0..shared {
        let own = part[at];
        let is_new = before != Some(own);
        let same_line = before.is_some_and(|r: Record| r.key() == own.key());
        nth = if same_line { nth + usize::from(is_new) } else { 0 };
        part[kept] = own;
        kept += usize::from(is_new && nth < KEPT);
        before = Some(own);
    }
    part.drain(kept..shared);
}

/// Puts the lines that come at least so often, up to three times, before all others, in any order; returns
/// how many they are. Some others are among them.
fn put_first(records: &mut [Record], least: u8) -> usize {
    // Counters of two bits.
    const MOST: u8 = 3;
    debug_assert!(least <= MOST);
    let bits = (2 * records.len()).next_power_of_two().trailing_zeros().clamp(6, 32);
    let mut counts = vec![0_u8; 1 << (bits - 2)];
    let slot = |r: &Record| {
        let slot = (r.line << PART_BITS >> (u64::BITS - bits)) as usize;
        (slot / 4, 2 * (slot % 4))
    };
    for r in &*records {
        let (at, shift) = slot(r);
        let count = counts[at] >> shift & MOST;
        counts[at] += u8::from(count < MOST) << shift;
    }
    // No jump hangs on a counter: they may lie far from the core.
    let mut first = 0;
    for at in 0..records.len() {
        let (place, shift) = slot(&records[at]);
        records.swap(first, at);
        first += usize::from(counts[place] >> shift & MOST >= least);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn occurrences(lines: &[u64]) -> Occurrences {
        let mut records = Occurrences::default();
        for (page, line) in (0..).zip(lines) {
            records.push(Record { line: line << NEXT_BITS, page });
        }
        records
    }

    proptest! {
        #[test]
        fn lines_are_too_many_only_where_trimming_leaves_too_many(
            lines in prop::collection::vec(any::<u64>(), 0..90),
            again in prop::collection::vec(0..90_usize, 0..90),
            most in 1..60_usize,
        ) {
            let mut lines = lines;
            for at in again {
                lines.extend(lines.get(at).copied());
            }
            let mut records = occurrences(&lines);
            let too_many = records.has_more_lines(most);
            records.trim();
            prop_assert!(!too_many || records.len() > most);
        }

        #[test]
        fn lines_that_come_several_times_are_handed_over_ascending(
            lines in prop::collection::btree_map(0..1_u64 << (64 - NEXT_BITS), 1..20_usize, 0..90),
        ) {
            let all: Vec<u64> =
                lines.iter().flat_map(|(&line, &times)| std::iter::repeat_n(line, times)).collect();
            let mut records = occurrences(&all);
            records.trim();
            let several =
                |same: &[Record]| (same.len() > 1).then(|| (same[0].key(), same.len()));
            let expected: Vec<(u64, usize)> = lines
                .into_iter()
                .filter(|&(_, times)| times > 1)
                .map(|(line, times)| (line, times.min(KEPT)))
                .collect();
            prop_assert_eq!(records.each_line(several), expected);
        }
    }

    #[test]
    fn most_lines_that_are_too_many_are_told_unsorted() {
        let lines: Vec<u64> =
            (0..1_500_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        assert!(occurrences(&lines).has_more_lines(1_000));
        assert!(!occurrences(&lines).has_more_lines(1_500));
    }
}
