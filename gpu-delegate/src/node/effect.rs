//! What ops do to the range of floats.

use demilite_core::op::Activation;
use demilite_core::{DataType, NodeContext, TensorId};

use crate::memory::constant::{FloatConstant, float_constant};

/// The least normal 16-bit float.
const MIN_NORMAL: f32 = 1.0 / (1 << 14) as f32;

/// The largest factor of a constant that counts as keeping a range.
const MAX_GAIN: f32 = 16.0;

/// Where the floats of a node's outputs lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// About where those of its inputs lie: they are moved, chosen, averaged or added.
    Within,
    /// Within a few units, whatever its inputs are.
    Bounded,
    /// Where a layer's do: they are sums of products with weights.
    Layer,
    /// Anywhere.
    Any,
}

/// What a node does to the range of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Whether digits that 16-bit floats lack change what it gives beyond their own rounding.
    pub(crate) reads_exactly: bool,
    /// Where its outputs lie.
    pub(crate) range: Range,
}

impl Effect {
    /// Values stay about where they are.
    pub(crate) const WITHIN: Effect = Effect::rounded(Range::Within);
    /// Values come to lie within a few units.
    pub(crate) const BOUNDED: Effect = Effect::rounded(Range::Bounded);
    /// Values are sums of products with weights.
    pub(crate) const LAYER: Effect = Effect::rounded(Range::Layer);
    /// Values may come to lie anywhere.
    pub(crate) const GROWING: Effect = Effect::rounded(Range::Any);
    /// The last digits of values matter, and results may lie anywhere.
    pub(crate) const SENSITIVE: Effect = Effect {
        reads_exactly: true,
        range: Range::Any,
    };

    const fn rounded(range: Range) -> Self {
        Effect {
            reads_exactly: false,
            range,
        }
    }

    /// The last digits of values matter.
    pub(crate) const fn exact(range: Range) -> Self {
        Effect {
            reads_exactly: true,
            range,
        }
    }

    /// The effect where results are held in the interval of `activation`.
    pub(crate) fn clamped(self, activation: Activation) -> Self {
        match activation {
            Activation::Relu6 | Activation::ReluN1To1 | Activation::Tanh | Activation::SignBit => {
                Effect {
                    range: Range::Bounded,
                    ..self
                }
            }
            Activation::None | Activation::Relu => self,
        }
    }

    /// The effect of `node`, whose constants may be beyond 16-bit floats.
    pub(crate) fn with_constants_of(self, node: &NodeContext<'_>) -> Self {
        match self.range {
            Range::Layer => self,
            Range::Within | Range::Bounded | Range::Any if reads_outliers(node) => {
                Effect::SENSITIVE
            }
            Range::Within | Range::Bounded | Range::Any => self,
        }
    }
}

/// Of two factors: a square, one of a bounded or a constant one, or one of any two.
pub(crate) fn product(node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
    let (Some(left), Some(right)) = (node.input_id(0), node.input_id(1)) else {
        return Effect::SENSITIVE;
    };
    if left == right {
        return Effect::SENSITIVE;
    }
    let keeps = |factor: TensorId| match constant(node, factor) {
        Some(constant) => magnitudes(&constant).is_none_or(|(_, most)| most <= MAX_GAIN),
        None => is_bounded(factor),
    };
    match keeps(left) || keeps(right) {
        true => Effect::WITHIN,
        false => Effect::GROWING,
    }
}

/// By a constant that is not small, as a product with its inverse; by anything else, of any range.
pub(crate) fn quotient(node: &NodeContext<'_>) -> Effect {
    let divisor = node.input_id(1).and_then(|id| constant(node, id));
    let least = divisor.and_then(|divisor| magnitudes(&divisor));
    match least.is_some_and(|(least, _)| least >= 1.0 / MAX_GAIN) {
        true => Effect::WITHIN,
        false => Effect::SENSITIVE,
    }
}

/// Of sums of products: with weights, or of two tensors that are computed.
pub(crate) fn layer(node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
    let is_computed = |id: TensorId| {
        let tensor = node.graph().tensor(id);
        tensor.constant.is_none() && constant(node, id).is_none()
    };
    let factors = [0, 1].map(|index| node.input_id(index));
    let grows =
        |factor: &Option<TensorId>| factor.is_none_or(|id| is_computed(id) && !is_bounded(id));
    match factors.iter().all(grows) {
        true => Effect::GROWING,
        false => Effect::LAYER,
    }
}

/// Of integers of up to 8 bits, which 16-bit floats hold, of wider ones, or to integers.
pub(crate) fn cast(node: &NodeContext<'_>) -> Effect {
    if node.output(0).dtype != DataType::Float32 {
        return Effect::exact(Range::Within);
    }
    let source = node.input(0).map(|tensor| tensor.dtype);
    let is_narrow = [DataType::Int8, DataType::UInt8, DataType::Bool].map(Some);
    match is_narrow.contains(&source) || source == Some(DataType::Float32) {
        true => Effect::WITHIN,
        false => Effect::GROWING,
    }
}

fn constant<'a>(node: &NodeContext<'a>, id: TensorId) -> Option<FloatConstant<'a>> {
    float_constant(node.graph(), id)
}

/// Whether a constant among the inputs is too large for 16-bit floats, or all of it below their normal range.
fn reads_outliers(node: &NodeContext<'_>) -> bool {
    let inputs = node.node().inputs.iter().flatten();
    let mut constants = inputs.filter_map(|&id| magnitudes(&constant(node, id)?));
    constants.any(|(_, most)| most < MIN_NORMAL || most > half::f16::MAX.to_f32())
}

/// The least and the greatest magnitude of the elements of a constant that are finite and not 0.
fn magnitudes(constant: &FloatConstant<'_>) -> Option<(f32, f32)> {
    let view = constant.view()?;
    let range = |values: &mut dyn Iterator<Item = f32>| {
        let magnitudes = values.map(f32::abs).filter(|m| m.is_finite() && *m > 0.0);
        magnitudes.fold(None, |range, magnitude| match range {
            None => Some((magnitude, magnitude)),
            Some((least, most)) => Some((magnitude.min(least), magnitude.max(most))),
        })
    };
    match constant.is_half() {
        true => range(
            &mut view
                .as_slice::<half::f16>()
                .ok()?
                .iter()
                .map(|v| v.to_f32()),
        ),
        false => range(&mut view.as_slice::<f32>().ok()?.iter().copied()),
    }
}
