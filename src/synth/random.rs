//! Seeded chance. Only exact arithmetic, so that one seed gives the same archive on every machine.

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Chance that follows from all of the numbers given.
    pub(super) fn of(parts: &[u64]) -> Self {
        let mut random = Self(0);
        for &part in parts {
            random.0 = random.next() ^ part;
        }
        random.next();
        random
    }

    /// Chance that follows from one number.
    pub(super) fn of_one(number: u64) -> Self {
        let mut random = Self(number);
        random.0 = random.next();
        random
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    #[inline]
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// An index below `n`.
    pub(super) fn index(&mut self, n: usize) -> usize {
        self.below(n as u64) as usize
    }

    /// True in `permille` of a thousand cases.
    pub(super) fn permille(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// A number about 0 with a standard deviation of 256, nearly normal (Irwin, Hall 1927): the sum
    /// of twelve.
    pub(super) fn normal_256(&mut self) -> i64 {
        let sum: i64 = (0..12).map(|_| self.below(257) as i64).sum();
        sum - 12 * 128
    }
}

/// Octaves of ranks: 2^32 words are more than any archive asks for.
const OCTAVES: usize = 32;
/// Parts of equal probability that ranks are kept in.
const PARTS: usize = 1024;
/// Tables: each cuts the last part of the one before it into as many parts again.
const TABLES: usize = 3;

/// Ranks by a power law with a bend, as words of news have: the most frequent fall slowly, the rare
/// ones steeply, and there is no last one.
///
/// Between one power of two and the next, probability falls in a straight line. Kept are the ranks
/// that part it into shares of a thousandth, and of the last share again a thousandth; within a share
/// all ranks are equally probable.
#[derive(Clone, Debug)]
pub(super) struct PowerLaw {
    /// Where each part begins, and the last ends, in parts of 2^16 of a rank.
    starts: Vec<[u64; PARTS + 1]>,
}

impl PowerLaw {
    /// Stretches of octaves, each with its end and with what doubling the rank leaves of a rank's
    /// probability there; the last one has no end.
    pub(super) fn new(stretches: &[(usize, f64)]) -> Self {
        let last = stretches.last().map_or(0.5, |stretch| stretch.1);
        let fall = |octave: usize| {
            stretches.iter().find(|stretch| octave < stretch.0).map_or(last, |stretch| stretch.1)
        };
        // Height of the line at an octave's start, and the mass from there to the end of all.
        let mut heights = [1.0; OCTAVES];
        for octave in 1..OCTAVES {
            heights[octave] = heights[octave - 1] * fall(octave - 1);
        }
        let width = |octave: usize| (1u64 << octave) as f64;
        let mut above = [0.0; OCTAVES + 1];
        for octave in (0..OCTAVES).rev() {
            let mass = width(octave) * heights[octave] * f64::midpoint(1.0, fall(octave));
            above[octave] = above[octave + 1] + mass;
        }
        // The rank above which so much mass lies.
        let rank = |left: f64| {
            let octave = (0..OCTAVES).rev().find(|&octave| above[octave] >= left).unwrap_or(0);
            let mass = (above[octave] - left) / heights[octave];
            let bend = (1.0 - fall(octave)) / width(octave);
            let inside = (1.0 - (1.0 - 2.0 * bend * mass).max(0.0).sqrt()) / bend;
            width(octave) - 1.0 + inside
        };
        let mut share = above[0];
        let table = |_| {
            let starts = std::array::from_fn(|part| {
                let left = share * (PARTS - part) as f64 / PARTS as f64;
                (rank(left) * 65_536.0) as u64
            });
            share /= PARTS as f64;
            starts
        };
        Self { starts: (0..TABLES).map(table).collect() }
    }

    /// A rank, from 0.
    pub(super) fn draw(&self, random: &mut Random) -> u64 {
        self.rank(random.next())
    }

    /// The rank that random bits stand for.
    #[inline]
    pub(super) fn rank(&self, bits: u64) -> u64 {
        let part = (bits >> 54) as usize;
        if part < PARTS - 1 { Self::inside(&self.starts[0], part, bits) } else { self.rare(bits) }
    }

    #[inline]
    fn inside(starts: &[u64; PARTS + 1], part: usize, bits: u64) -> u64 {
        let (start, end) = (starts[part], starts[part + 1]);
        (start + ((u128::from(end - start) * u128::from(bits << 10)) >> 64) as u64) >> 16
    }

    #[cold]
    fn rare(&self, mut bits: u64) -> u64 {
        for starts in &self.starts[1..] {
            bits = Random(bits).next();
            let part = (bits >> 54) as usize;
            if part < PARTS - 1 {
                return Self::inside(starts, part, bits);
            }
        }
        Self::inside(&self.starts[TABLES - 1], PARTS - 1, bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_fall_as_told() {
        let law = PowerLaw::new(&[(10, 0.5), (32, 0.25)]);
        let mut random = Random::of(&[7]);
        let mut octaves = [0u32; OCTAVES];
        for _ in 0..400_000 {
            octaves[(law.draw(&mut random) + 1).ilog2() as usize] += 1;
        }
        for octave in 1..9 {
            let ratio = f64::from(octaves[octave + 1]) / f64::from(octaves[octave]);
            assert!((ratio - 1.0).abs() < 0.05, "a fall to a half keeps octaves equal: {ratio}");
        }
        let ratio = f64::from(octaves[12]) / f64::from(octaves[11]);
        assert!((ratio - 0.5).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn parts_join_and_rare_ranks_are_reached() {
        let law = PowerLaw::new(&[(8, 0.8), (32, 0.45)]);
        assert_eq!(law.rank(0), 0);
        assert!(law.starts.iter().all(|starts| starts.is_sorted()));
        for table in 1..TABLES {
            let (last, next) = (&law.starts[table - 1], &law.starts[table]);
            let apart = |a: u64, b: u64| a.abs_diff(b) <= 1 + a / 1_000_000;
            assert!(apart(last[PARTS - 1], next[0]) && apart(last[PARTS], next[PARTS]), "{table}");
        }
        let mut random = Random::of(&[3]);
        let most = (0..4_000_000).map(|_| law.draw(&mut random)).max().unwrap();
        assert!(most > 1 << 28, "{most}");
    }

    #[test]
    fn normal_has_its_mean_and_deviation() {
        let mut random = Random::of(&[1, 2]);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal_256() as f64).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let square = draws.iter().map(|d| d * d).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 8.0 && (square.sqrt() - 256.0).abs() < 8.0, "{mean} {square}");
    }
}
