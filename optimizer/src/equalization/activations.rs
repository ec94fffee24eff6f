//! One scale for what lies between two layers.
//!
//! A channel that reaches less far than others uses few of the steps that they share. Made larger it uses all of them, and the next layer
//! meets less of their rounding; but then some of its weights are smaller than others that they share a scale with. The factors are
//! those, of a family, for which the expected error of both in the next layer's sums is least.

use std::iter::zip;

use demilite_core::{Graph, ModelParts};

use super::pair::{Pair, apply, pairs};
use crate::calibration::{Channels, Statistics};
use crate::error::OptimizeError;
use crate::mode::Mode;
use crate::soundness::reals;

/// How many times larger a channel may become for its reach, or smaller for its weights.
const MOST: f32 = 256.0;

/// The exponents of a channel's reach, and of that of the weights that read it, in its factor.
const EXPONENTS: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// What rounding weights together leaves of the squared error of rounding each by itself.
const LEFT_BY_ROUNDING: f64 = 0.3;

/// Equalizes what lies between the layers of a model; gives the number of pairs for which that helps.
pub(crate) fn equalize(
    parts: &mut ModelParts,
    statistics: &Statistics,
    mode: Mode,
) -> Result<usize, OptimizeError> {
    let steps = match mode {
        Mode::Int16x8 | Mode::Int16x8Only => 65_535.0,
        _ => 255.0,
    };
    let mut equalized = 0;
    for index in 0..parts.graphs.len() {
        let graph = parts.graphs[index].clone();
        // The last first: what a pair makes of its first layer's outputs counts where that layer is the second of another.
        let pairs = pairs(&graph).into_iter().rev();
        let edited = parts.edit(index, |editor| {
            for pair in pairs {
                let channels = |id| statistics.channels(index, id);
                let (Some(output), Some(input)) = (channels(pair.output), channels(pair.input))
                else {
                    continue;
                };
                let weights = reals(editor.tensor(pair.second.id)).unwrap_or_default();
                let layer = Second::of(&pair, &graph, weights, steps);
                if let Some(factors) = layer.best(output, input) {
                    apply(editor, &pair, &factors);
                    equalized += 1;
                }
            }
        });
        edited.map_err(|source| OptimizeError::Graph { mode, source })?;
    }
    Ok(equalized)
}

/// The second layer of a pair.
struct Second<'a> {
    pair: &'a Pair,
    outputs: usize,
    /// What output channels read of input channels.
    links: Vec<Link>,
    /// For each input channel, how far its weights reach.
    read: Vec<f32>,
    /// For each input channel, the sum of its weights' squares.
    squares: Vec<f64>,
    /// Steps of an activation.
    steps: f64,
}

/// The weights by which an output channel reads an input channel.
#[derive(Clone, Copy)]
struct Link {
    output: u32,
    channel: u32,
    count: u32,
    largest: f32,
}

impl<'a> Second<'a> {
    fn of(pair: &'a Pair, graph: &Graph, weights: &[f32], steps: f64) -> Self {
        let elements = graph.tensor(pair.second.id).shape.elements();
        let outputs = (0..elements).map(|element| pair.outputs.channel(element));
        let outputs = outputs.max().map_or(0, |last| last + 1);
        let mut squares = vec![0.0; pair.channels];
        let links = weights.iter().enumerate().map(|(element, weight)| {
            let (output, channel) = (pair.outputs.channel(element), pair.second.channel(element));
            squares[channel] += f64::from(*weight).powi(2);
            Link {
                output: output as u32,
                channel: channel as u32,
                count: 1,
                largest: weight.abs(),
            }
        });
        let mut links: Vec<Link> = links.collect();
        links.sort_unstable_by_key(|link| (link.output, link.channel));
        links.dedup_by(|link, first| {
            let is_same = (link.output, link.channel) == (first.output, first.channel);
            if is_same {
                first.count += 1;
                first.largest = first.largest.max(link.largest);
            }
            is_same
        });
        Second {
            pair,
            outputs,
            links,
            read: pair.second.reach(weights, pair.channels),
            squares,
            steps,
        }
    }

    /// The factors with the least expected error, if they leave less of it than none.
    fn best(&self, output: &Channels, input: &Channels) -> Option<Vec<f32>> {
        let channels = self.pair.channels;
        if output.count() != channels || input.count() != channels {
            return None;
        }
        let reach: Vec<f32> = (0..channels).map(|channel| output.reach(channel)).collect();
        let none = self.error(&vec![1.0; channels], input);
        let mut best = (0.9 * none, None);
        for of_reach in EXPONENTS {
            for of_weights in EXPONENTS {
                let factors = self.factors(&reach, (of_reach, of_weights));
                let error = self.error(&factors, input);
                if error < best.0 {
                    best = (error, Some(factors));
                }
            }
        }
        best.1
    }

    /// Factors with which the channel that reaches furthest reaches as far as before, or to where the activation cuts off.
    fn factors(&self, reach: &[f32], (of_reach, of_weights): (f32, f32)) -> Vec<f32> {
        let furthest = reach.iter().copied().fold(0.0, f32::max);
        let all_read = self.read.iter().copied().fold(0.0, f32::max);
        let wanted = zip(reach, &self.read).map(|(&reach, &read)| {
            if reach <= 0.0 || read <= 0.0 {
                return 1.0;
            }
            let of_reach = (furthest / reach).min(MOST).powf(of_reach);
            of_reach * (read / all_read).max(1.0 / MOST).powf(of_weights)
        });
        let wanted: Vec<f32> = wanted.collect();
        let reached = zip(reach, &wanted).map(|(reach, factor)| reach * factor);
        let common = furthest / reached.fold(f32::MIN_POSITIVE, f32::max);
        let bounded = zip(reach, wanted).map(|(reach, factor)| match self.pair.limit {
            // A channel that is cut off in the model is cut off there, so that it may only become larger, and no larger than that.
            Some(limit) => (factor * common).min(limit / reach).max(1.0),
            None => factor * common,
        });
        bounded
            .map(|factor| if factor.is_normal() { factor } else { 1.0 })
            .collect()
    }

    /// The expected squared error of the layer's sums, up to a factor: that of rounding its weights, and that of rounding what it reads.
    fn error(&self, factors: &[f32], input: &Channels) -> f64 {
        let mut reach = vec![0.0_f32; self.outputs];
        for link in &self.links {
            let reach = &mut reach[link.output as usize];
            *reach = reach.max(link.largest / factors[link.channel as usize]);
        }
        let (least, greatest) = input.range(factors);
        let step = f64::from(greatest - least) / self.steps;
        let square = |real: f32| f64::from(real).powi(2);
        let energy: Vec<f64> = (0..self.pair.channels)
            .map(|channel| input.square(channel) * square(factors[channel]))
            .collect();
        let of_weights = self.links.iter().map(|link| {
            let weight_step = f64::from(reach[link.output as usize]) / 127.0;
            f64::from(link.count) * weight_step * weight_step * energy[link.channel as usize]
        });
        let of_input =
            zip(&self.squares, factors).map(|(squares, &factor)| squares / square(factor));
        LEFT_BY_ROUNDING * of_weights.sum::<f64>() + step * step * of_input.sum::<f64>()
    }
}
