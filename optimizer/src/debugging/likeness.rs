//! The float model with channels between layers of the magnitudes that they have in its quantized form.
//!
//! Quantizing may multiply what a layer gives in a channel by a factor, and divide the next layer's weights by it. Beside a float model
//! without these factors every value of the channel would count as an error.

use std::collections::HashMap;
use std::iter::zip;

use demilite_core::{Graph, Model, NodeId, TensorId};

use super::pairs;
use super::twin::constant;
use crate::equalization::{Pair, apply, pairs as layers_that_follow};
use crate::layer::Layer;
use crate::soundness::reals;

/// How far from 1 a factor is that no rounding of weights explains.
const NOTICEABLE: f32 = 0.05;

/// What the arithmetic of a comparison may add to what is compared.
const ROUNDING: f64 = 1.0001;

/// The float model with the factors of a quantized form; `None` where that has none.
pub(super) fn like(float: &Model, quantized: &Model) -> Option<Model> {
    let pairs = pairs::of(float, quantized);
    let mut parts = float.clone().into_parts();
    let mut is_changed = false;
    for (index, (graph, other)) in zip(float.graphs(), quantized.graphs()).enumerate() {
        let pairs = pairs.iter().filter(|pair| pair.graph == index);
        let quantized: HashMap<NodeId, NodeId> =
            pairs.map(|pair| (pair.float, pair.quantized)).collect();
        let edited = parts.edit(index, |editor| {
            for pair in layers_that_follow(graph) {
                let weights = |id| weights_of(graph, id, other, &quantized);
                let of_both = weights(pair.first.id).zip(weights(pair.second.id));
                let own = [pair.first.id, pair.second.id]
                    .map(|id| reals(editor.tensor(id)).map(<[f32]>::to_vec));
                let (Some((first, second)), [Some(own_first), Some(own_second)]) = (of_both, own)
                else {
                    continue;
                };
                let factors = factors(&pair, &own_first, &first);
                let are_noticeable = factors
                    .iter()
                    .any(|factor| (factor - 1.0).abs() > NOTICEABLE);
                if are_noticeable && are_undone(&pair, &factors, &own_second, &second) {
                    apply(editor, &pair, &factors);
                    is_changed = true;
                }
            }
        });
        edited.ok()?;
    }
    is_changed.then(|| parts.into_model().ok()).flatten()
}

/// The reals of the quantized weights that stand for those of a layer of the float graph.
fn weights_of(
    graph: &Graph,
    weights: TensorId,
    quantized: &Graph,
    nodes: &HashMap<NodeId, NodeId>,
) -> Option<Vec<f32>> {
    let &[layer] = graph.consumers(weights) else {
        return None;
    };
    let place = Layer::of(&graph.node(layer).op)?.weights;
    let node = quantized.node(*nodes.get(&layer)?);
    let id = node.inputs.get(place).copied().flatten()?;
    let (shape, reals) = constant(quantized, id)?;
    (shape == graph.tensor(weights).shape).then_some(reals)
}

/// By how much each channel of a pair's first layer is larger in the quantized form: what explains most of its weights.
fn factors(pair: &Pair, own: &[f32], quantized: &[f32]) -> Vec<f32> {
    let mut sums = vec![(0.0_f64, 0.0_f64); pair.channels];
    for (element, (&own, &quantized)) in zip(own, quantized).enumerate() {
        let (own, quantized) = (f64::from(own), f64::from(quantized));
        let (products, squares) = &mut sums[pair.first.channel(element)];
        *products += own * quantized;
        *squares += own * own;
    }
    let factor = |(products, squares): (f64, f64)| {
        let factor = (products / squares) as f32;
        // Of a channel without weights nothing is known.
        match factor.is_finite() && factor > 0.0 {
            true => factor,
            false => 1.0,
        }
    };
    sums.into_iter().map(factor).collect()
}

/// Whether the quantized second layer is no further from the float one with its input channels divided by the factors than from that as it
/// is. Its output channels may have factors of their own: those of a depthwise one are its input channels, and so hide any factor.
fn are_undone(pair: &Pair, factors: &[f32], own: &[f32], quantized: &[f32]) -> bool {
    let divided = zip(own, 0..).map(|(own, element)| own / factors[pair.second.channel(element)]);
    let divided: Vec<f32> = divided.collect();
    unexplained(pair, &divided, quantized) <= ROUNDING * unexplained(pair, own, quantized)
}

/// What is left of the squares of a second layer's quantized weights once each output channel of the float ones has its best factor.
fn unexplained(pair: &Pair, own: &[f32], quantized: &[f32]) -> f64 {
    let mut sums: Vec<[f64; 3]> = Vec::new();
    for (element, (&own, &quantized)) in zip(own, quantized).enumerate() {
        let (own, quantized) = (f64::from(own), f64::from(quantized));
        let output = pair.outputs.channel(element);
        if output >= sums.len() {
            sums.resize(output + 1, [0.0; 3]);
        }
        let products = [own * own, own * quantized, quantized * quantized];
        zip(&mut sums[output], products).for_each(|(sum, product)| *sum += product);
    }
    let left = sums.iter().map(|[own, both, quantized]| match *own > 0.0 {
        true => quantized - both * both / own,
        false => *quantized,
    });
    left.sum()
}

#[cfg(test)]
mod tests {
    use demilite_core::op::{Activation, Conv2d, DepthwiseConv2d, FullyConnected, Padding};
    use demilite_core::{Constant, DataType, GraphParts, Op, Quantization, Tensor};

    use super::*;

    fn fully_connected() -> Op {
        Op::FullyConnected(FullyConnected {
            activation: Activation::Relu,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        })
    }

    fn conv_2d() -> Op {
        Op::Conv2d(Conv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation: Activation::Relu,
            quantized_bias_type: 0,
        })
    }

    fn depthwise_conv_2d() -> Op {
        Op::DepthwiseConv2d(DepthwiseConv2d {
            padding: Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            depth_multiplier: 1,
            activation: Activation::Relu,
        })
    }

    /// Layers of two channels, with floats or with integers of a scale as weights.
    fn layers(shape: &[usize], layers: &[(Op, &[usize], &[f32])], scale: Option<f32>) -> Model {
        let mut parts = GraphParts::default();
        let tensor = |name: &str| Tensor::new(name, DataType::Float32, shape.to_vec());
        let mut last = parts.tensor(tensor("x"));
        parts.inputs = vec![last];
        for (op, shape, weights) in layers {
            let tensor_of = |dtype| Tensor::new("w", dtype, shape.to_vec());
            let weights = match scale {
                None => {
                    let bytes: Vec<u8> = weights.iter().flat_map(|w| w.to_le_bytes()).collect();
                    tensor_of(DataType::Float32).with_constant(Constant::copied(&bytes))
                }
                Some(scale) => {
                    let step = |weight: &f32| (weight / scale).round() as i8 as u8;
                    let bytes: Vec<u8> = weights.iter().map(step).collect();
                    tensor_of(DataType::Int8)
                        .quantized(Quantization::per_tensor(scale, 0))
                        .with_constant(Constant::copied(&bytes))
                }
            };
            let weights = parts.tensor(weights);
            let output = parts.tensor(tensor("y"));
            parts.node(op.clone(), [Some(last), Some(weights), None], [output]);
            last = output;
        }
        parts.outputs = vec![last];
        Model::from_graph(Graph::new(parts).unwrap())
    }

    /// Two fully connected layers.
    fn model(weights: [[f32; 4]; 2], scale: Option<f32>) -> Model {
        let all = weights
            .each_ref()
            .map(|weights| -> (Op, &[usize], &[f32]) { (fully_connected(), &[2, 2], weights) });
        layers(&[1, 2], &all, scale)
    }

    /// A depthwise convolution between two others.
    fn separable(weights: [&[f32]; 3], scale: Option<f32>) -> Model {
        let all: [(Op, &[usize], &[f32]); 3] = [
            (conv_2d(), &[2, 1, 1, 2], weights[0]),
            (depthwise_conv_2d(), &[1, 1, 1, 2], weights[1]),
            (conv_2d(), &[2, 1, 1, 2], weights[2]),
        ];
        layers(&[1, 1, 1, 2], &all, scale)
    }

    fn weights(model: &Model) -> Vec<Vec<f32>> {
        let graph = &model.graphs()[0];
        let all = graph.tensors().iter().filter_map(reals);
        all.map(<[f32]>::to_vec).collect()
    }

    #[test]
    fn factors_of_the_quantized_form_are_found() {
        let float = model([[1.0, 0.5, 0.1, -0.2], [0.7, 1.0, -0.3, 0.9]], None);
        // The second channel between the layers is four times as large.
        let equalized = model(
            [[1.0, 0.5, 0.4, -0.8], [0.7, 0.25, -0.3, 0.225]],
            Some(0.01),
        );
        let found = weights(&like(&float, &equalized).unwrap());
        for (found, expected) in zip(&found[0], [1.0, 0.5, 0.4, -0.8]) {
            assert!((found - expected).abs() < 0.02, "{found} for {expected}");
        }
        for (found, expected) in zip(&found[1], [0.7, 0.25, -0.3, 0.225]) {
            assert!((found - expected).abs() < 0.02, "{found} for {expected}");
        }
    }

    #[test]
    fn factors_on_both_sides_of_a_depthwise_layer_are_found() {
        let float = separable(
            [&[1.0, 0.5, 0.1, -0.2], &[0.5, 0.8], &[0.7, 1.0, -0.3, 0.9]],
            None,
        );
        // The second channel is four times as large in front of it, and half of that behind it.
        let equalized = [
            &[1.0, 0.5, 0.4, -0.8][..],
            &[0.5, 0.4],
            &[0.7, 0.5, -0.3, 0.45],
        ];
        let found = weights(&like(&float, &separable(equalized, Some(0.01))).unwrap());
        for (found, expected) in zip(found.concat(), equalized.concat()) {
            assert!((found - expected).abs() < 0.02, "{found} for {expected}");
        }
    }

    #[test]
    fn weights_that_were_only_rounded_have_none() {
        let weights = [[1.0, 0.5, 0.1, -0.2], [0.7, 1.0, -0.3, 0.9]];
        let (float, quantized) = (model(weights, None), model(weights, Some(0.01)));
        assert!(like(&float, &quantized).is_none());
    }

    #[test]
    fn a_layer_that_was_trained_on_is_no_factor() {
        let float = model([[1.0, 0.5, 0.1, -0.2], [0.7, 1.0, -0.3, 0.9]], None);
        // The first layer is larger, and the second one does not make up for it.
        let trained = model([[1.0, 0.5, 0.4, -0.8], [0.7, 1.0, -0.3, 0.9]], Some(0.01));
        assert!(like(&float, &trained).is_none());
    }
}
