//! Middle and spread of repeated measurements.

use serde::Serialize;

/// Repeated measurements of one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// Median of the distances from the median.
    pub mad: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// How many lie far above the others.
    pub outliers: usize,
}

impl Spread {
    /// Of measurements in any order; zero of none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            return Self::default();
        };
        let median = middle(&values);
        let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        distances.sort_by(f64::total_cmp);
        let mad = middle(&distances);
        // Five deviations and a tenth: a spread that is tiny makes nothing an outlier.
        let far = median + (5.0 * mad).max(median * 0.1);
        let outliers = values.iter().filter(|&&value| value > far).count();
        Self { median, mad, min, max, outliers }
    }

    /// The deviation as a share of the median.
    pub fn relative(&self) -> f64 {
        if self.median > 0.0 { self.mad / self.median } else { 0.0 }
    }
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => f64::midpoint(sorted[half - 1], sorted[half]),
        _ => sorted[half],
    }
}

/// A time as a part that more threads do not shorten and one that they share: `fixed + shared / n`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scaling {
    /// Seconds that stay.
    pub fixed_s: f64,
    /// Seconds that threads share.
    pub shared_s: f64,
    /// How far the measured times lie from the fit, as a share of them.
    pub error: f64,
    /// Numbers of threads that it was fitted to. Through two it goes as it must.
    pub points: usize,
}

impl Scaling {
    /// Fits times by numbers of threads, by least squares of relative errors, neither part below 0.
    /// None of fewer than two different numbers.
    pub fn fit(times: &[(usize, f64)]) -> Option<Self> {
        let mut counts: Vec<usize> = times.iter().map(|time| time.0).collect();
        counts.sort_unstable();
        counts.dedup();
        if counts.len() < 2 || times.iter().any(|time| time.1 <= 0.0) {
            return None;
        }
        // Each equation is divided by its time: 1 = fixed / t + shared / (n t).
        let (mut aa, mut ab, mut bb, mut a1, mut b1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(threads, time) in times {
            let (a, b) = (1.0 / time, 1.0 / (threads as f64 * time));
            aa += a * a;
            ab += a * b;
            bb += b * b;
            a1 += a;
            b1 += b;
        }
        let determinant = aa * bb - ab * ab;
        let (mut fixed_s, mut shared_s) =
            ((a1 * bb - b1 * ab) / determinant, (b1 * aa - a1 * ab) / determinant);
        if fixed_s < 0.0 {
            (fixed_s, shared_s) = (0.0, b1 / bb);
        } else if shared_s < 0.0 {
            (fixed_s, shared_s) = (a1 / aa, 0.0);
        }
        let miss = |&(threads, time): &(usize, f64)| {
            ((fixed_s + shared_s / threads as f64) / time - 1.0).powi(2)
        };
        let error = (times.iter().map(miss).sum::<f64>() / times.len() as f64).sqrt();
        Some(Self { fixed_s, shared_s, error, points: counts.len() })
    }

    /// Whether there are more times than the fit has parts, so that they could contradict it.
    pub fn is_checked(&self) -> bool {
        self.points > 2
    }

    /// Share of the time on one thread that stays.
    pub fn serial_share(&self) -> f64 {
        let whole = self.fixed_s + self.shared_s;
        if whole > 0.0 { self.fixed_s / whole } else { 0.0 }
    }

    /// How many times faster than one thread so many could be (Amdahl 1967).
    pub fn limit(&self, threads: usize) -> f64 {
        let many = self.fixed_s + self.shared_s / threads as f64;
        if many > 0.0 { (self.fixed_s + self.shared_s) / many } else { threads as f64 }
    }
}

/// The share of a time that more threads did not shorten, as measured on some number of them
/// (Karp, Flatt 1990). The same on any number: a serial part. Rising with it: what threads share
/// (memory, caches, locks) or wait for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SerialShare {
    /// Threads.
    pub threads: usize,
    /// The share, of each round; below 0 where threads gained more than their number.
    pub share: Spread,
}

impl SerialShare {
    /// Of the rounds' times on `fewest` threads and on `threads`. None where that is no more threads.
    pub fn of(fewest: usize, few: &[f64], threads: usize, many: &[f64]) -> Option<Self> {
        if threads <= fewest {
            return None;
        }
        let ideal = fewest as f64 / threads as f64;
        let rounds = few.iter().zip(many).filter(|(few, _)| **few > 0.0);
        let share = Spread::of(rounds.map(|(few, many)| (many / few - ideal) / (1.0 - ideal)));
        Some(Self { threads, share })
    }

    /// Whether the rounds agree well enough for a verdict: they differ by less than half of the share, or
    /// by next to nothing.
    pub fn is_told(&self) -> bool {
        self.share.mad <= (self.share.median.abs() / 2.0).max(0.02)
    }

    /// Whether it rises from another one on fewer threads; none where the rounds differ too much to tell.
    pub fn rises_from(&self, fewer: &Self) -> Option<bool> {
        let rise = self.share.median - fewer.share.median;
        let spread = self.share.mad + fewer.share.mad;
        if !self.is_told() || !fewer.is_told() || rise < -spread.max(0.02) {
            return None;
        }
        if rise > spread.max(0.01) {
            return Some(true);
        }
        // No rise is one only where a rise would have been seen.
        (spread <= (fewer.share.median.abs() / 2.0).max(0.02)).then_some(false)
    }
}

/// How a figure rises by the thread, as a straight line through all; none of fewer than two numbers of
/// threads.
pub(super) fn slope(figures: &[(usize, f64)]) -> Option<f64> {
    let count = figures.len() as f64;
    let middle = figures.iter().map(|figure| figure.0 as f64).sum::<f64>() / count;
    let off = |figure: &(usize, f64)| figure.0 as f64 - middle;
    let square: f64 = figures.iter().map(|figure| off(figure) * off(figure)).sum();
    let product: f64 = figures.iter().map(|figure| off(figure) * figure.1).sum();
    (square > 0.0).then_some(product / square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_moves_no_median() {
        let spread = Spread::of([1.0, 1.01, 0.99, 1.0, 9.0]);
        assert!(spread.outliers == 1 && (spread.median - 1.0).abs() < 1e-12);
        assert!(spread.mad < 0.011);
        assert_eq!(Spread::of([1.0, 1.0, 1.001]).outliers, 0);
        assert!((Spread::of([2.0, 1.0]).median - 1.5).abs() < 1e-12);
        assert_eq!(Spread::of([]), Spread::default());
    }

    #[test]
    fn the_fit_finds_what_made_the_times() {
        let time = |threads: usize| 0.5 + 8.0 / threads as f64;
        let times: Vec<(usize, f64)> = [1, 2, 4, 8].map(|n| (n, time(n))).to_vec();
        let fit = Scaling::fit(&times).unwrap();
        assert!((fit.fixed_s - 0.5).abs() < 1e-9 && (fit.shared_s - 8.0).abs() < 1e-9);
        assert!(fit.error < 1e-9 && (fit.limit(64) - 8.5 / 0.625).abs() < 1e-9);
        assert!(fit.is_checked() && !Scaling::fit(&times[..2]).unwrap().is_checked());
        let faster = Scaling::fit(&[(1, 4.0), (2, 1.9)]).unwrap();
        assert!(faster.fixed_s.abs() < 1e-12, "no part is below nothing");
        assert_eq!(Scaling::fit(&[(1, 4.0), (1, 4.1)]), None);
    }

    #[test]
    fn a_serial_share_is_what_threads_did_not_shorten() {
        let time = |threads: usize| 2.0 + 8.0 / threads as f64;
        for threads in [2, 4, 64] {
            let share = SerialShare::of(1, &[time(1); 3], threads, &[time(threads); 3]).unwrap();
            assert!((share.share.median - 0.2).abs() < 1e-9 && share.share.mad < 1e-9);
        }
        let share = SerialShare::of(2, &[time(2)], 8, &[time(8)]).unwrap();
        assert!((share.share.median - 2.0 / 6.0).abs() < 1e-9, "of the time on two");
        assert_eq!(SerialShare::of(4, &[1.0], 4, &[1.0]), None);
    }

    #[test]
    fn there_is_no_verdict_where_rounds_differ_by_more() {
        let share = |threads, median, mad| {
            let spread = Spread { median, mad, ..Spread::default() };
            SerialShare { threads, share: spread }
        };
        let rises = |many: &SerialShare, few: &SerialShare| many.rises_from(few);
        assert_eq!(
            rises(&share(4, 0.171, 0.02), &share(2, 0.475, 0.389)),
            None,
            "no figure at all"
        );
        assert_eq!(rises(&share(4, 0.171, 0.01), &share(2, 0.475, 0.02)), None, "it cannot fall");
        assert_eq!(rises(&share(4, 0.25, 0.01), &share(2, 0.15, 0.02)), Some(true));
        assert_eq!(rises(&share(4, 0.16, 0.01), &share(2, 0.15, 0.01)), Some(false));
        assert_eq!(
            rises(&share(4, 0.16, 0.07), &share(2, 0.15, 0.06)),
            None,
            "it could hide a rise"
        );
        assert!(!share(2, 0.1, 0.2).is_told() && share(2, 0.0, 0.01).is_told());
    }

    #[test]
    fn a_slope_is_what_a_thread_adds() {
        let rise = slope(&[(1, 8.1), (2, 8.2), (4, 8.4)]).unwrap();
        assert!((rise - 0.1).abs() < 1e-9);
        assert_eq!(slope(&[(2, 1.0)]), None);
    }
}
