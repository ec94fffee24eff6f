//! What ops do to the range of floats.

use demilite_core::op::Activation;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::unsorted_segment::SegmentKind;
use demilite_core::{DataType, NodeContext, Op, TensorId};

use crate::memory::constant::{FloatConstant, float_constant};

/// The least normal 16-bit float.
const MIN_NORMAL: f32 = 1.0 / (1 << 14) as f32;

/// The largest factor of a constant that counts as keeping a range.
const MAX_GAIN: f32 = 16.0;

/// Where the floats of a node's outputs lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
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
pub(super) struct Effect {
    /// Whether digits that 16-bit floats lack change what it gives beyond their own rounding.
    pub(super) reads_exactly: bool,
    /// Where its outputs lie.
    pub(super) range: Range,
}

impl Effect {
    const WITHIN: Effect = Effect::rounded(Range::Within);
    const BOUNDED: Effect = Effect::rounded(Range::Bounded);
    const LAYER: Effect = Effect::rounded(Range::Layer);
    const GROWING: Effect = Effect::rounded(Range::Any);
    const SENSITIVE: Effect = Effect {
        reads_exactly: true,
        range: Range::Any,
    };

    const fn rounded(range: Range) -> Self {
        Effect {
            reads_exactly: false,
            range,
        }
    }

    const fn exact(range: Range) -> Self {
        Effect {
            reads_exactly: true,
            range,
        }
    }

    /// The effect where results are held in the interval of `activation`.
    fn clamped(self, activation: Activation) -> Self {
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

    /// The effect of `node`, where `is_bounded` says which tensors lie within a few units.
    pub(super) fn of(node: &NodeContext<'_>, is_bounded: impl Fn(TensorId) -> bool) -> Self {
        let effect = of_op(node, is_bounded);
        match effect.range {
            Range::Layer => effect,
            Range::Within | Range::Bounded | Range::Any if reads_outliers(node) => {
                Effect::SENSITIVE
            }
            Range::Within | Range::Bounded | Range::Any => effect,
        }
    }
}

fn of_op(node: &NodeContext<'_>, is_bounded: impl Fn(TensorId) -> bool) -> Effect {
    match node.op() {
        Op::Add(op) => Effect::WITHIN.clamped(op.activation),
        Op::Sub(op) => Effect::WITHIN.clamped(op.activation),
        Op::Mul(op) => product(node, is_bounded).clamped(op.activation),
        Op::Div(op) => quotient(node).clamped(op.activation),

        Op::AddN(_)
        | Op::BroadcastTo(_)
        | Op::Densify(_)
        | Op::Dilate(_)
        | Op::DynamicUpdateSlice(_)
        | Op::ExpandDims(_)
        | Op::FakeQuant(_)
        | Op::Fill(_)
        | Op::Gather(_)
        | Op::GatherNd(_)
        | Op::Gelu(_)
        | Op::HardSwish(_)
        | Op::LeakyRelu(_)
        | Op::MatrixDiag(_)
        | Op::MirrorPad(_)
        | Op::OneHot(_)
        | Op::Pack(_)
        | Op::Pad(_)
        | Op::Prelu(_)
        | Op::Reshape(_)
        | Op::ResizeBilinear(_)
        | Op::ResizeNearestNeighbor(_)
        | Op::ReverseSequence(_)
        | Op::ReverseV2(_)
        | Op::ScatterNd(_)
        | Op::Select(_)
        | Op::Slice(_)
        | Op::SpaceBatch(_)
        | Op::SpaceDepth(_)
        | Op::SparseToDense(_)
        | Op::Split(_)
        | Op::Squeeze(_)
        | Op::StridedSlice(_)
        | Op::Tile(_)
        | Op::Transpose(_)
        | Op::Unpack(_)
        | Op::ZerosLike(_) => Effect::WITHIN,
        Op::Concatenation(op) => Effect::WITHIN.clamped(op.activation),
        Op::Pool2d(op) => match op.kind {
            PoolKind::Average | PoolKind::L2 | PoolKind::Max => {
                Effect::WITHIN.clamped(op.activation)
            }
        },
        Op::Relu(op) => match op.kind {
            ReluKind::Relu => Effect::WITHIN,
            ReluKind::Relu6 | ReluKind::ReluN1To1 | ReluKind::Relu0To1 => Effect::BOUNDED,
        },
        Op::Logistic(_) | Op::Tanh(_) => Effect::BOUNDED,

        Op::Conv2d(op) => Effect::LAYER.clamped(op.activation),
        Op::DepthwiseConv2d(op) => Effect::LAYER.clamped(op.activation),
        Op::TransposeConv(op) => Effect::LAYER.clamped(op.activation),
        Op::FullyConnected(op) => layer(node, is_bounded).clamped(op.activation),
        Op::BatchMatmul(_) => layer(node, is_bounded),
        Op::Conv3d(_)
        | Op::EmbeddingLookup(_)
        | Op::Lstm(_)
        | Op::BidirectionalLstm(_)
        | Op::Rnn(_)
        | Op::Svdf(_)
        | Op::Custom(_) => Effect::LAYER,

        Op::Softmax(_) | Op::L2Normalization(_) => Effect::exact(Range::Bounded),
        Op::LogSoftmax(_) | Op::LocalResponseNormalization(_) => Effect::SENSITIVE,
        Op::Mean(_) | Op::Cumsum(_) | Op::SegmentSum(_) => Effect::GROWING,
        Op::Reduction(op) => match op.kind {
            ReductionKind::ReduceMax | ReductionKind::ReduceMin => Effect::WITHIN,
            ReductionKind::ReduceProd => Effect::SENSITIVE,
            ReductionKind::Sum | ReductionKind::ReduceAll | ReductionKind::ReduceAny => {
                Effect::GROWING
            }
        },
        Op::UnsortedSegment(op) => match op.kind {
            // Where no segment falls lies the end of the 32-bit floats.
            SegmentKind::UnsortedSegmentMax
            | SegmentKind::UnsortedSegmentMin
            | SegmentKind::UnsortedSegmentSum => Effect::GROWING,
            SegmentKind::UnsortedSegmentProd => Effect::SENSITIVE,
        },
        Op::ElementwiseUnary(op) => match op.kind {
            UnaryKind::Abs
            | UnaryKind::Ceil
            | UnaryKind::Elu
            | UnaryKind::Floor
            | UnaryKind::LogicalNot
            | UnaryKind::Neg
            | UnaryKind::Round => Effect::WITHIN,
            UnaryKind::Sign => Effect::BOUNDED,
            UnaryKind::Cos | UnaryKind::Sin => Effect::exact(Range::Bounded),
            UnaryKind::Exp
            | UnaryKind::Log
            | UnaryKind::Rsqrt
            | UnaryKind::Sqrt
            | UnaryKind::Square => Effect::SENSITIVE,
        },
        Op::ElementwiseBinary(op) => match op.kind {
            BinaryKind::Maximum
            | BinaryKind::Minimum
            | BinaryKind::BitwiseXor
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::RightShift => Effect::WITHIN,
            BinaryKind::Atan2 => Effect::exact(Range::Bounded),
            BinaryKind::FloorDiv
            | BinaryKind::FloorMod
            | BinaryKind::Pow
            | BinaryKind::SquaredDifference => Effect::SENSITIVE,
        },

        // What these choose or give in integers hangs on the last digit.
        Op::ArgMinMax(_) | Op::Bucketize(_) | Op::Comparison(_) | Op::Quantize(_) => {
            Effect::exact(Range::Within)
        }
        Op::TopkV2(_) => Effect::exact(Range::Within),
        Op::Cast(_) => cast(node),
        Op::Dequantize(_) => Effect::GROWING,

        // Ops of shapes, strings, state and control, and ops without a kernel.
        Op::AssignVariable(_)
        | Op::Bitcast(_)
        | Op::BroadcastArgs(_)
        | Op::ComplexPart(_)
        | Op::ControlFlow(_)
        | Op::NonMaxSuppression(_)
        | Op::Range(_)
        | Op::Rank(_)
        | Op::ReadVariable(_)
        | Op::Rfft2d(_)
        | Op::ShapeOf(_)
        | Op::Unique(_)
        | Op::Hashtable(_)
        | Op::HashtableFind(_)
        | Op::HashtableImport(_)
        | Op::HashtableLookup(_)
        | Op::HashtableSize(_)
        | Op::Random(_)
        | Op::RngBitGenerator(_)
        | Op::VarHandle(_)
        | Op::Where(_)
        | Op::Unsupported(_) => Effect::SENSITIVE,
    }
}

/// Of two factors: a square, one of a bounded or a constant one, or one of any two.
fn product(node: &NodeContext<'_>, is_bounded: impl Fn(TensorId) -> bool) -> Effect {
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
fn quotient(node: &NodeContext<'_>) -> Effect {
    let divisor = node.input_id(1).and_then(|id| constant(node, id));
    let least = divisor.and_then(|divisor| magnitudes(&divisor));
    match least.is_some_and(|(least, _)| least >= 1.0 / MAX_GAIN) {
        true => Effect::WITHIN,
        false => Effect::SENSITIVE,
    }
}

/// Of sums of products: with weights, or of two tensors that are computed.
fn layer(node: &NodeContext<'_>, is_bounded: impl Fn(TensorId) -> bool) -> Effect {
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
fn cast(node: &NodeContext<'_>) -> Effect {
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
