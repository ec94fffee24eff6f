//! The range with the least expected squared error.

use super::histogram::Histogram;

/// Steps of 8 bits.
const STEPS: f64 = 255.0;

/// Candidates at either end, from all that was seen down to a twentieth of it.
const CANDIDATES: usize = 20;

/// The range, within all that was seen, whose expected squared error is least when it is laid over 8 bits: values within are off by
/// their rounding, values beyond by their distance from its end.
pub(super) fn least_error(histogram: &Histogram, (least, greatest): (f32, f32)) -> (f32, f32) {
    let bins: Vec<(f64, u64)> = histogram.bins().collect();
    let (least, greatest) = (f64::from(least.min(0.0)), f64::from(greatest.max(0.0)));
    let mut best = (least, greatest);
    let mut least_error = expected_error(&bins, best);
    // The ends hang together through the step alone, so that two rounds of one after the other find both.
    for _ in 0..2 {
        for end in [0, 1] {
            for candidate in 1..CANDIDATES {
                let share = candidate as f64 / CANDIDATES as f64;
                let range = match end {
                    0 => (least * share, best.1),
                    _ => (best.0, greatest * share),
                };
                let error = expected_error(&bins, range);
                if error < least_error {
                    (least_error, best) = (error, range);
                }
            }
        }
    }
    (best.0 as f32, best.1 as f32)
}

fn expected_error(bins: &[(f64, u64)], (least, greatest): (f64, f64)) -> f64 {
    let step = (greatest - least) / STEPS;
    let rounding = step * step / 12.0;
    let error = |&(middle, count): &(f64, u64)| {
        let beyond = (least - middle).max(middle - greatest).max(0.0);
        count as f64
            * if beyond > 0.0 {
                beyond * beyond
            } else {
                rounding
            }
    };
    bins.iter().map(error).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_values_far_out_are_cut_and_frequent_ones_are_not() {
        let mut histogram = Histogram::default();
        let near: Vec<f32> = (0..1_000_000)
            .map(|index| (index % 1000) as f32 / 1000.0)
            .collect();
        histogram.add(&near, 0.0, 0.999);
        histogram.add(&[4.0], 4.0, 4.0);
        let (_, rare) = least_error(&histogram, (0.0, 4.0));
        assert!(rare < 2.0, "{rare}");
        histogram.add(&vec![4.0; 100_000], 4.0, 4.0);
        assert_eq!(least_error(&histogram, (0.0, 4.0)), (0.0, 4.0));
    }
}
