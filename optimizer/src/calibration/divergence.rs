//! The range in which integers are distributed most like the values that they stand for.

use super::histogram::Histogram;

/// Steps of 8 bits.
const STEPS: usize = 255;

/// Candidates at either end, from all that was seen down to a sixtieth of it.
const CANDIDATES: usize = 40;

/// The range, within all that was seen, in which the distribution of the integers diverges least from that of the values, which are
/// clipped to it.
pub(super) fn least_divergence(histogram: &Histogram, (least, greatest): (f32, f32)) -> (f32, f32) {
    let bins: Vec<(f64, u64)> = histogram.bins().collect();
    let (least, greatest) = (f64::from(least.min(0.0)), f64::from(greatest.max(0.0)));
    let mut best = (least, greatest);
    let mut least_divergence = divergence(&bins, best);
    // The ends hang together through the step alone, so that two rounds of one after the other find both.
    for _ in 0..2 {
        for end in [0, 1] {
            for candidate in 1..CANDIDATES {
                // Geometric, so that ranges far within are tried too.
                let share = 0.9_f64.powi(candidate as i32);
                let range = match end {
                    0 => (least * share, best.1),
                    _ => (best.0, greatest * share),
                };
                if (range.1 - range.0) / STEPS as f64 <= histogram.width() {
                    break;
                }
                let divergence = divergence(&bins, range);
                if divergence < least_divergence {
                    (least_divergence, best) = (divergence, range);
                }
            }
        }
    }
    (best.0 as f32, best.1 as f32)
}

/// The divergence of the values, clipped to a range, from what integers keep of them: one frequency for each step, spread over the bins
/// of it that hold values. Values clipped are missing in the integers' distribution, as in the common form of this measure.
fn divergence(bins: &[(f64, u64)], (least, greatest): (f64, f64)) -> f64 {
    let step = (greatest - least) / STEPS as f64;
    let inside = |middle: f64| middle >= least && middle <= greatest;
    let place = |middle: f64| (((middle - least) / step) as usize).min(STEPS - 1);
    let mut counts = [0.0_f64; STEPS];
    let mut held = [0_u32; STEPS];
    let mut total = 0.0;
    let mut kept = 0.0;
    for &(middle, count) in bins {
        total += count as f64;
        if inside(middle) {
            counts[place(middle)] += count as f64;
            held[place(middle)] += 1;
            kept += count as f64;
        }
    }
    let (first, last) = (
        bins.iter().position(|(middle, _)| inside(*middle)),
        bins.iter().rposition(|(middle, _)| inside(*middle)),
    );
    let (Some(first), Some(last)) = (first, last) else {
        return f64::INFINITY;
    };
    let below: u64 = bins[..first].iter().map(|(_, count)| count).sum();
    let above: u64 = bins[last + 1..].iter().map(|(_, count)| count).sum();
    let mut divergence = 0.0;
    for (index, &(middle, count)) in bins[first..=last].iter().enumerate() {
        let mut value = count as f64;
        // What is clipped comes to lie at the ends.
        if index == 0 {
            value += below as f64;
        }
        if first + index == last {
            value += above as f64;
        }
        let step = place(middle);
        let integer = counts[step] / f64::from(held[step]) / kept;
        let share = value / total;
        divergence += share * (share / integer).ln();
    }
    divergence
}
