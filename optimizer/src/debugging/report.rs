//! What a comparison of two models has to say.

use demilite_core::{Model, Op};
use serde::Serialize;

use super::errors::{ChannelErrors, Errors};
use super::pairs::Pair;
use crate::calibration::Histogram;
use crate::place::{NodePlace, TensorPlace};

/// Bins of a histogram in a report.
const BINS: usize = 48;

/// What a comparison of a float model with a quantized form has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Samples.
    pub samples: usize,
    /// The signal-to-quantization-noise ratio of the outputs, in decibels; at most 200.
    pub sqnr: f64,
    /// Each output of an op that both models have, the worst first.
    pub layers: Vec<LayerReport>,
    /// Ops that are not compared, or not alone, and why.
    pub not_compared: Vec<NotCompared>,
}

/// What there is to say of an output of an op.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LayerReport {
    /// The op in the quantized model.
    pub node: NodePlace,
    /// Its place in the float model.
    pub float_node: usize,
    /// The output in the quantized model.
    pub tensor: TensorPlace,
    /// Its type.
    pub dtype: &'static str,
    /// The scale, where it is quantized.
    pub scale: Option<f32>,
    /// The zero point, where it is quantized.
    pub zero_point: Option<i32>,
    /// How far it is from the float model's, with all that was lost before.
    pub accumulated: Errors,
    /// How far it is from what the float op makes of the quantized op's inputs; none where the op does not run alone.
    pub alone: Option<Errors>,
    /// The part of that which the rounding of weights brings, of layers with weights.
    pub of_weights: Option<Errors>,
    /// The part of that which rounding and cutting off the output brings, of layers with weights.
    pub of_activations: Option<Errors>,
    /// The root of the mean square of the errors alone, in steps: 0.289 is ideal, and above 0.7 the op is worth keeping float.
    pub rmse_over_scale: Option<f64>,
    /// The root of the mean square of the channels' mean errors alone, in steps: a shift that no later sum averages out, by which ops are
    /// sorted. Where the output is not quantized, in steps of a 255th of its range.
    pub shift_over_scale: Option<f64>,
    /// The signal-to-quantization-noise ratio of the weights, in decibels.
    pub weights_sqnr: Option<f64>,
    /// The share of values beyond the range of the integers.
    pub saturated: Option<f64>,
    /// The share of the range of the integers that lies beyond all that occur.
    pub unused: Option<f64>,
    /// The errors of each place of the last dimension, alone where the op runs alone; the furthest off first.
    pub channels: Vec<ChannelErrors>,
    /// How often which reals occur.
    pub histogram: Vec<Bin>,
}

/// An op that is not compared, or not alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotCompared {
    /// The op in the quantized model.
    pub node: NodePlace,
    /// Why.
    pub reason: String,
}

/// Values of a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// From here.
    pub from: f64,
    /// To here.
    pub to: f64,
    /// How many.
    pub count: u64,
}

impl Report {
    pub(super) fn new(
        (_, quantized): (&Model, &Model),
        samples: usize,
        sqnr: f64,
        mut layers: Vec<LayerReport>,
        mut not_compared: Vec<NotCompared>,
        pairs: &[Pair],
    ) -> Self {
        layers.sort_by(|a, b| badness(b).total_cmp(&badness(a)));
        for (index, graph) in quantized.graphs().iter().enumerate() {
            let alone = graph.node_ids().filter(|&id| {
                let mut pairs = pairs.iter();
                let between = matches!(graph.node(id).op, Op::Quantize(_) | Op::Dequantize(_));
                !between && !pairs.any(|pair| pair.graph == index && pair.quantized == id)
            });
            not_compared.extend(alone.map(|id| NotCompared {
                node: NodePlace::new(index, graph, id),
                reason:
                    "the float model has no such op that writes a tensor of that name".to_owned(),
            }));
        }
        Report {
            samples,
            sqnr,
            layers,
            not_compared,
        }
    }
}

/// What layers are sorted by: the shift that an op brings itself; what does not run alone comes last.
fn badness(layer: &LayerReport) -> f64 {
    match layer.shift_over_scale {
        Some(shift) => shift,
        None => -layer.accumulated.sqnr - 1000.0,
    }
}

/// The bins of a histogram, made coarser so that they can be drawn.
pub(super) fn bins(histogram: &Histogram) -> Vec<Bin> {
    let all: Vec<(f64, u64)> = histogram.with_zeros();
    let half = histogram.width() / 2.0;
    let ends = all.iter().filter(|(_, count)| *count > 0);
    let ends = ends.fold(None, |ends: Option<(f64, f64)>, (middle, _)| {
        let (from, to) = ends.unwrap_or((*middle, *middle));
        Some((from.min(*middle), to.max(*middle)))
    });
    let Some((from, to)) = ends else {
        return Vec::new();
    };
    let (from, to) = (from - half, to + half);
    let width = (to - from) / BINS as f64;
    if width <= 0.0 {
        return vec![Bin {
            from,
            to,
            count: histogram.total(),
        }];
    }
    let mut counts = [0; BINS];
    for (middle, count) in all {
        let place = ((middle - from) / width) as usize;
        counts[place.min(BINS - 1)] += count;
    }
    let bins = counts.iter().enumerate().map(|(place, &count)| Bin {
        from: from + width * place as f64,
        to: from + width * (place + 1) as f64,
        count,
    });
    bins.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarser_bins_hold_all_values() {
        let mut histogram = Histogram::default();
        let values: Vec<f32> = (0..1000).map(|index| index as f32 / 100.0 - 2.0).collect();
        histogram.add(&values, -2.0, 7.99);
        let bins = bins(&histogram);
        assert_eq!(bins.len(), BINS);
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 1000);
        let even = 1000 / BINS as u64;
        assert!(
            bins.iter().all(|bin| bin.count.abs_diff(even) < 4),
            "{bins:?}"
        );
        let mut zeros = Histogram::default();
        zeros.add(&[0.0; 5], 0.0, 0.0);
        assert_eq!(super::bins(&zeros)[0].count, 5);
        assert!(super::bins(&Histogram::default()).is_empty());
    }
}
