//! What rounding the weights of a layer adds to its sums on average, which a bias can make up for.

mod sequential;

use demilite_core::{Op, Quantization, Shape};

pub(crate) use sequential::in_sequence;

/// For each output channel of a layer the mean of what rounding its weights adds: Σ (integer − real) · E(input), where `means` has the
/// mean of what each tap met. `None` where the means are none of this layer's.
pub(crate) fn mean_error(
    op: &Op,
    shape: &Shape,
    reals: &[f32],
    (quantization, integers): (&Quantization, &[i8]),
    means: &[f64],
) -> Option<Vec<f64>> {
    let error = |place: usize, channel: usize| {
        let rounded = f64::from(quantization.scale_of(channel)) * f64::from(integers[place]);
        rounded - f64::from(reals[place])
    };
    mean_sums(op, shape, integers.len().min(reals.len()), error, means)
}

/// For each output channel of a layer the mean of its sums, Σ weight · E(input), where `weight` has the weight of a place, which is of
/// the channel handed in. `None` where the means are none of this layer's.
pub(crate) fn mean_sums(
    op: &Op,
    shape: &Shape,
    weights: usize,
    weight: impl Fn(usize, usize) -> f64,
    means: &[f64],
) -> Option<Vec<f64>> {
    let met = met_by(op, shape, means.len())?;
    let mut sums = Vec::new();
    for place in 0..weights {
        let (channel, mean) = met(place);
        if channel >= sums.len() {
            sums.resize(channel + 1, 0.0);
        }
        sums[channel] += weight(place, channel) * means[mean];
    }
    Some(sums)
}

/// From the place of a weight to its output channel and the mean that it meets.
type Meeting = Box<dyn Fn(usize) -> (usize, usize)>;

/// For each weight of a layer, its output channel and which of `means` elements it meets.
fn met_by(op: &Op, shape: &Shape, means: usize) -> Option<Meeting> {
    match (op, &shape[..]) {
        (Op::FullyConnected(_), &[_, depth]) if means == depth => {
            Some(Box::new(move |place| (place / depth, place % depth)))
        }
        (Op::Conv2d(_), &[outputs, height, width, depth]) => {
            let taps = height * width;
            let channels = means.checked_div(taps)?;
            let groups = channels.checked_div(depth)?;
            let outputs_of_group = outputs.checked_div(groups)?.max(1);
            (groups * depth * taps == means).then_some(())?;
            Some(Box::new(move |place| {
                let (output, rest) = (place / (taps * depth), place % (taps * depth));
                let (tap, channel) = (rest / depth, rest % depth);
                let first = output / outputs_of_group * depth;
                (output, tap * channels + first + channel)
            }))
        }
        (Op::DepthwiseConv2d(_), &[1, height, width, outputs]) => {
            let channels = means.checked_div(height * width)?;
            let multiplier = outputs.checked_div(channels)?.max(1);
            (channels * multiplier == outputs).then_some(())?;
            Some(Box::new(move |place| {
                let (tap, output) = (place / outputs, place % outputs);
                (output, tap * channels + output / multiplier)
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::op::FullyConnected;

    use super::*;

    fn fully_connected() -> Op {
        Op::FullyConnected(FullyConnected {
            activation: demilite_core::op::Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        })
    }

    #[test]
    fn each_channel_has_the_error_of_its_own_weights() {
        let shape = Shape::from([2, 2]);
        let quantization = Quantization::per_axis([1.0, 0.5], 0);
        let reals = [0.75, 2.0, 0.6, -0.5];
        let error = mean_error(
            &fully_connected(),
            &shape,
            &reals,
            (&quantization, &[1, 2, 1, -1]),
            &[4.0, 10.0],
        );
        let error = error.unwrap();
        assert_eq!(error[0], 1.0);
        assert!((error[1] + 0.4).abs() < 1e-6);
    }

    #[test]
    fn channels_of_a_depthwise_filter_lie_innermost() {
        let op = Op::DepthwiseConv2d(demilite_core::op::DepthwiseConv2d {
            padding: demilite_core::op::Padding::Same,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            depth_multiplier: 2,
            activation: demilite_core::op::Activation::None,
        });
        let met = met_by(&op, &Shape::from([1, 1, 2, 4]), 4).unwrap();
        assert_eq!(
            [0, 1, 3, 4, 7].map(met),
            [(0, 0), (1, 0), (3, 1), (0, 2), (3, 3)]
        );
    }

    #[test]
    fn means_of_another_layer_are_none() {
        let shape = Shape::from([2, 3]);
        assert!(met_by(&fully_connected(), &shape, 4).is_none());
    }
}
