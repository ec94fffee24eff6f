//! The weights and bias of a layer as integers, and the repairs that keep them from losing what need not be lost.

use demilite_core::{DataType, Op, Quantization, Shape, Tensor};

use crate::calibration::Moments;
use crate::correction::mean_error;
use crate::layer::{Granularity, Layer};
use crate::rounding::improve;
use crate::weights::{nearest, parameters};

/// What a bias may be at most in steps of its scale, so that sums have room beside it.
const MOST: f64 = (1_u32 << 30) as f64;

/// What the bias of a channel without weights becomes in steps: fine enough, and far from the ends of the multiplier's shifts.
const DEAD: f64 = (1_u32 << 20) as f64;

/// A layer as integers.
#[derive(Debug)]
pub(crate) struct IntegerLayer {
    /// The parameters of the weights.
    pub(crate) quantization: Quantization,
    /// The weights.
    pub(crate) weights: Vec<i8>,
    /// The bias in steps, if the layer has one.
    pub(crate) bias: Option<Vec<i64>>,
    /// What was repaired.
    pub(crate) repairs: Repairs,
}

/// How many channels of a layer were repaired.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repairs {
    /// Channels whose weights are all zero and whose bias is not.
    pub(crate) dead: usize,
    /// Channels whose weights have a coarser scale, so that the bias fits.
    pub(crate) overflowing: usize,
    /// Whether the bias makes up for the rounding of the weights.
    pub(crate) corrected: bool,
}

/// A layer of floats.
pub(crate) struct FloatLayer<'a> {
    pub(crate) op: &'a Op,
    pub(crate) layer: Layer,
    pub(crate) weights: &'a [f32],
    pub(crate) shape: &'a Shape,
    pub(crate) bias: Option<&'a [f32]>,
    /// The parameters that training found for the weights.
    pub(crate) trained: Option<Quantization>,
    /// Whether all weights have one scale.
    pub(crate) per_tensor: bool,
    /// The mean of what each weight meets; none where the bias is not to be corrected.
    pub(crate) means: Option<Vec<f64>>,
    /// How what the weights meet varies together; none where each is rounded by itself.
    pub(crate) moments: Option<&'a Moments>,
}

impl FloatLayer<'_> {
    /// The integers of the layer behind an input of this scale.
    pub(crate) fn quantize(&self, input_scale: f32) -> IntegerLayer {
        let channels = self.layer.channels;
        let outputs = self.shape[channels];
        let (quantization, mut repairs) = self.parameters(channels, input_scale);
        let mut weights = nearest(self.weights, self.shape, &quantization);
        if let Some(moments) = self.moments {
            let rounded = (&quantization, &mut weights[..]);
            let is_centred = self.means.is_some();
            improve(
                self.op,
                self.shape,
                self.weights,
                rounded,
                moments,
                is_centred,
            );
        }
        let error = self.means.as_ref().and_then(|means| {
            let reals = self.weights;
            mean_error(self.op, self.shape, reals, (&quantization, &weights), means)
        });
        repairs.corrected = error.is_some();
        let bias = match (self.bias, error) {
            (None, None) => None,
            (bias, error) => {
                let of = |channel: usize| {
                    let bias = bias.map_or(0.0, |bias| f64::from(bias[channel]));
                    bias - error.as_ref().map_or(0.0, |error| error[channel])
                };
                let step = |channel: usize| {
                    f64::from(input_scale) * f64::from(quantization.scale_of(channel))
                };
                Some(
                    (0..outputs)
                        .map(|channel| {
                            (of(channel) / step(channel))
                                .round()
                                .clamp(-MOST * 2.0 + 1.0, MOST * 2.0 - 1.0)
                                as i64
                        })
                        .collect(),
                )
            }
        };
        IntegerLayer {
            quantization,
            weights,
            bias,
            repairs,
        }
    }

    /// The parameters of the weights, and what was repaired by them.
    fn parameters(&self, channels: usize, input_scale: f32) -> (Quantization, Repairs) {
        let outputs = self.shape[channels];
        let fits = |trained: &&Quantization| match trained.scale.len() {
            1 => true,
            slices => slices == outputs && trained.quantized_dimension == channels,
        };
        let trained = self.trained.as_ref().filter(fits);
        if trained.is_none() && self.per_tensor {
            return self.one_scale(input_scale);
        }
        let mut quantization = match trained {
            Some(trained) if trained.is_per_axis() => trained.clone(),
            // One scale for all serves unless a channel needs another.
            Some(trained) => Quantization::per_axis(vec![trained.scale[0]; outputs], channels),
            None => parameters(self.weights, self.shape, Granularity::PerChannel(channels)),
        };
        let repairs = self.make_room(input_scale, &mut quantization);
        match trained {
            Some(trained) if !trained.is_per_axis() && repairs == Repairs::default() => {
                (trained.clone(), repairs)
            }
            _ => (quantization, repairs),
        }
    }

    /// One scale for all weights, in which the largest bias fits.
    fn one_scale(&self, input_scale: f32) -> (Quantization, Repairs) {
        let mut quantization = parameters(self.weights, self.shape, Granularity::PerTensor);
        let mut repairs = Repairs::default();
        let biases = self.bias.unwrap_or_default().iter();
        let largest = biases.fold(0.0_f64, |all, bias| all.max(f64::from(*bias).abs()));
        let least = largest / MOST / f64::from(input_scale);
        if least > f64::from(quantization.scale_of(0)) {
            quantization.scale[0] = least as f32;
            repairs.overflowing = 1;
        }
        (quantization, repairs)
    }

    /// Makes the scales of channels coarser where their bias would not fit into 32 bits beside the sums, and chooses those of channels
    /// without weights by their bias.
    fn make_room(&self, input_scale: f32, quantization: &mut Quantization) -> Repairs {
        let mut repairs = Repairs::default();
        let Some(bias) = self.bias else {
            return repairs;
        };
        let mut is_dead = vec![true; quantization.scale.len()];
        for (weight, slice) in std::iter::zip(self.weights, quantization.slices(self.shape)) {
            is_dead[slice] &= *weight == 0.0;
        }
        for (channel, scale) in quantization.scale.iter_mut().enumerate() {
            let bias = f64::from(bias[channel]).abs();
            if bias == 0.0 {
                continue;
            }
            if is_dead[channel] {
                *scale = ((bias / DEAD / f64::from(input_scale)) as f32).max(f32::MIN_POSITIVE);
                repairs.dead += 1;
            } else if bias > MOST * f64::from(input_scale) * f64::from(*scale) {
                *scale = (bias / MOST / f64::from(input_scale)) as f32;
                repairs.overflowing += 1;
            }
        }
        repairs
    }
}

/// A bias tensor of these steps.
pub(crate) fn bias_tensor(
    name: String,
    steps: &[i64],
    quantization: Quantization,
    activations: DataType,
) -> Tensor {
    let (dtype, bytes): (_, Vec<u8>) = match activations {
        DataType::Int16 => (
            DataType::Int64,
            steps.iter().flat_map(|step| step.to_le_bytes()).collect(),
        ),
        _ => (
            DataType::Int32,
            steps
                .iter()
                .flat_map(|&step| (step as i32).to_le_bytes())
                .collect(),
        ),
    };
    Tensor::new(name, dtype, [steps.len()])
        .quantized(quantization)
        .with_constant(demilite_core::Constant::copied(&bytes))
}
