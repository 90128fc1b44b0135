//! Who tells what when: the pages of an archive in order of their dates.

use rayon::prelude::*;

use super::random::{PowerLaw, Random};

/// A page to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    /// When, in parts of the archive's time.
    pub(super) time: u32,
    /// Number of its story.
    pub(super) story: u32,
    /// Number of the copy; 0 is the first telling.
    pub(super) copy: u32,
}

/// Lays out `pages` pages of which about `copies_permille` of a thousand are copies. Sizes of
/// clusters follow a power law up to `largest` copies; copies come soon after the first telling. Cost: 12 bytes and one
/// sort step a page, and for a moment 4 bytes a story.
pub(super) fn plan(seed: u64, pages: u32, copies_permille: u64, largest: u32) -> Vec<Slot> {
    let mut random = Random::of(&[seed, 0x706C_616E]);
    let sizes = PowerLaw::new(&[(32, 0.2)]);
    let size = |random: &mut Random| (1 + sizes.draw(random)).min(u64::from(largest));
    // With p copied stories of m copies each, p m / (1 + p m) of the pages are copies.
    let mean: u64 = (0..SAMPLE).map(|_| size(&mut random)).sum::<u64>() * 1000 / SAMPLE;
    let copies = copies_permille.min(950);
    let copied_permille = (copies * 1_000_000 / ((1000 - copies) * mean)).min(1000);
    let mut slots = Vec::with_capacity(pages as usize);
    let mut story = 0;
    while slots.len() < pages as usize {
        let time = random.next() as u32;
        slots.push(Slot { time, story, copy: 0 });
        if random.permille(copied_permille) {
            let count = size(&mut random) as u32;
            for copy in 1..=count.min(pages - slots.len() as u32) {
                // Up to half a hundredth of the archive's time later, sooner more often.
                let later = ((random.next() >> 32) * (random.next() >> 32)) >> 32;
                let later = (later / 200) as u32;
                slots.push(Slot { time: time.saturating_add(later), story, copy });
            }
        }
        story += 1;
    }
    slots.par_sort_unstable();
    // Stories are numbered as they are first told, so that one told a little before another has a
    // number a little below.
    let (mut numbers, mut next) = (vec![0; story as usize], 0);
    for slot in &mut slots {
        if slot.copy == 0 {
            numbers[slot.story as usize] = next;
            next += 1;
        }
        slot.story = numbers[slot.story as usize];
    }
    slots
}

/// Sizes that the mean is taken of.
const SAMPLE: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_copies_as_asked_for() {
        for wanted in [0, 100, 300, 500] {
            let slots = plan(1, 200_000, wanted, 2000);
            assert_eq!(slots.len(), 200_000);
            let copies = slots.iter().filter(|slot| slot.copy > 0).count() as f64 / 200_000.0;
            assert!((copies - wanted as f64 / 1000.0).abs() < 0.03, "{wanted}: {copies}");
        }
    }

    #[test]
    fn stories_are_numbered_as_they_are_first_told() {
        let slots = plan(3, 20_000, 300, 200);
        assert!(slots.is_sorted_by_key(|slot| slot.time));
        let mut told = 0;
        for slot in &slots {
            assert_eq!(slot.copy == 0, slot.story == told, "{slot:?}");
            told += u32::from(slot.copy == 0);
        }
    }

    #[test]
    fn sizes_of_clusters_have_a_long_tail() {
        let slots = plan(1, 200_000, 300, 2000);
        let largest = slots.iter().map(|slot| slot.copy).max().unwrap();
        assert!(largest > 100, "{largest}");
        let twins = slots.iter().filter(|slot| slot.copy == 1).count();
        let more = slots.iter().filter(|slot| slot.copy == 2).count();
        assert!(twins > 2 * more, "{twins} {more}");
    }
}
