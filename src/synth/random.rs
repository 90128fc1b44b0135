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

    /// 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
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
/// Steps of the table that finds an octave.
const STEPS: usize = 1024;

/// Ranks by a power law with a bend, as words of news have: the most frequent fall slowly, the rare
/// ones steeply, and there is no last one.
///
/// Between one power of two and the next, probability falls in a straight line.
#[derive(Clone, Debug)]
pub(super) struct PowerLaw {
    /// Probability of lying below an octave's end, in parts of 2^32.
    ends: [u64; OCTAVES],
    /// For every step of probability, the first octave to look at.
    first: Vec<u8>,
    /// How probability falls over an octave, in parts of 2^30.
    falls: [u64; OCTAVES],
}

impl PowerLaw {
    /// Stretches of octaves, each with its end and with what doubling the rank leaves of a rank's
    /// probability there; the last one has no end.
    pub(super) fn new(stretches: &[(usize, f64)]) -> Self {
        let last = stretches.last().map_or(0.5, |stretch| stretch.1);
        let fall = |octave: usize| {
            stretches.iter().find(|stretch| octave < stretch.0).map_or(last, |stretch| stretch.1)
        };
        let mut masses = [0.0; OCTAVES];
        let (mut width, mut height) = (1.0, 1.0);
        for (octave, mass) in masses.iter_mut().enumerate() {
            *mass = width * height * f64::midpoint(1.0, fall(octave));
            width *= 2.0;
            height *= fall(octave);
        }
        let total: f64 = masses.iter().sum();
        let mut sum = 0.0;
        let mut ends = masses.map(|mass| {
            sum += mass;
            (sum / total * 4_294_967_296.0) as u64
        });
        ends[OCTAVES - 1] = 1 << 32;
        let first = (0..STEPS as u64)
            .map(|step| ends.iter().position(|&end| end > step << 22).unwrap_or(0) as u8)
            .collect();
        let falls = std::array::from_fn(|octave| (fall(octave) * 1_073_741_824.0) as u64);
        Self { ends, first, falls }
    }

    /// A rank, from 0.
    pub(super) fn draw(&self, random: &mut Random) -> u64 {
        let bits = random.next();
        let (share, kind) = (bits >> 32, bits & 0x3FFF_FFFF);
        let mut octave = usize::from(self.first[(share >> 22) as usize]);
        while self.ends[octave] <= share {
            octave += 1;
        }
        // A falling line is a level part and a triangle; the lesser of two draws is triangular.
        let fall = self.falls[octave];
        let place = random.next();
        let places = [place << 32 >> 32, place >> 32].map(|place| place << octave >> 32);
        let level = (kind * (fall + (1 << 30))) >> 30 < 2 * fall;
        (1 << octave) + if level { places[0] } else { places[0].min(places[1]) } - 1
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
    fn normal_has_its_mean_and_deviation() {
        let mut random = Random::of(&[1, 2]);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal_256() as f64).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let square = draws.iter().map(|d| d * d).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 8.0 && (square.sqrt() - 256.0).abs() < 8.0, "{mean} {square}");
    }
}
