//! Floats that are no usual numbers, and which ops are fed them.

use demilite_core::Op;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::unsorted_segment::SegmentKind;

/// What an op is fed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Specials {
    /// Numbers of its domain alone.
    None,
    /// Some of these now and then.
    Of(&'static [f32]),
}

const LEAST: f32 = f32::from_bits(1);

/// The largest number whose products with the operands of cases, and sums of those, are still finite in every order.
const LARGE: f32 = (1_u128 << 100) as f32;

const ALL: Specials = Specials::Of(&[
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    LEAST,
    -LEAST,
    f32::MIN_POSITIVE,
    f32::MAX,
    -f32::MAX,
]);

/// Where sums of the largest numbers would overflow in one order and not in another.
const OF_SUMS: Specials = Specials::Of(&[
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    LEAST,
    -LEAST,
    LARGE,
    -LARGE,
]);

/// Where large numbers have no result that a float32 implementation can be held to.
const WITHOUT_LARGE: Specials = Specials::Of(&[
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    LEAST,
    -LEAST,
    f32::MIN_POSITIVE,
]);

/// Where divisors of zero are refused.
const WITHOUT_ZEROS: Specials =
    Specials::Of(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX]);

/// Which special floats an op is fed.
pub(crate) fn specials(op: &Op) -> Specials {
    match op {
        Op::Add(_)
        | Op::ArgMinMax(_)
        | Op::BroadcastTo(_)
        | Op::Comparison(_)
        | Op::Concatenation(_)
        | Op::Densify(_)
        | Op::Dequantize(_)
        | Op::Dilate(_)
        | Op::Div(_)
        | Op::DynamicUpdateSlice(_)
        | Op::ExpandDims(_)
        | Op::Fill(_)
        | Op::Gather(_)
        | Op::GatherNd(_)
        | Op::HardSwish(_)
        | Op::L2Normalization(_)
        | Op::LeakyRelu(_)
        | Op::LocalResponseNormalization(_)
        | Op::LogSoftmax(_)
        | Op::Logistic(_)
        | Op::MatrixDiag(_)
        | Op::MirrorPad(_)
        | Op::Mul(_)
        | Op::OneHot(_)
        | Op::Pack(_)
        | Op::Pad(_)
        | Op::Prelu(_)
        | Op::Relu(_)
        | Op::Reshape(_)
        | Op::ResizeNearestNeighbor(_)
        | Op::ReverseSequence(_)
        | Op::ReverseV2(_)
        | Op::Select(_)
        | Op::Slice(_)
        | Op::Softmax(_)
        | Op::SpaceBatch(_)
        | Op::SpaceDepth(_)
        | Op::SparseToDense(_)
        | Op::Split(_)
        | Op::Squeeze(_)
        | Op::StridedSlice(_)
        | Op::Sub(_)
        | Op::Tanh(_)
        | Op::Tile(_)
        | Op::Transpose(_)
        | Op::Unpack(_)
        | Op::Where(_)
        | Op::ZerosLike(_) => ALL,
        Op::AddN(_)
        | Op::BatchMatmul(_)
        | Op::Conv2d(_)
        | Op::Conv3d(_)
        | Op::Cumsum(_)
        | Op::DepthwiseConv2d(_)
        | Op::FullyConnected(_)
        | Op::Mean(_)
        | Op::Pool2d(_)
        | Op::ResizeBilinear(_)
        | Op::ScatterNd(_)
        | Op::SegmentSum(_)
        | Op::TransposeConv(_) => OF_SUMS,
        Op::Reduction(op) => match op.kind {
            ReductionKind::Sum => OF_SUMS,
            ReductionKind::ReduceProd => WITHOUT_LARGE,
            ReductionKind::ReduceAll
            | ReductionKind::ReduceAny
            | ReductionKind::ReduceMax
            | ReductionKind::ReduceMin => ALL,
        },
        Op::UnsortedSegment(op) => match op.kind {
            SegmentKind::UnsortedSegmentSum => OF_SUMS,
            SegmentKind::UnsortedSegmentProd => WITHOUT_LARGE,
            SegmentKind::UnsortedSegmentMax | SegmentKind::UnsortedSegmentMin => ALL,
        },
        Op::ElementwiseUnary(op) => match op.kind {
            UnaryKind::Cos | UnaryKind::Sin => WITHOUT_LARGE,
            UnaryKind::Abs
            | UnaryKind::Ceil
            | UnaryKind::Elu
            | UnaryKind::Exp
            | UnaryKind::Floor
            | UnaryKind::Log
            | UnaryKind::LogicalNot
            | UnaryKind::Neg
            | UnaryKind::Round
            | UnaryKind::Rsqrt
            | UnaryKind::Sign
            | UnaryKind::Sqrt
            | UnaryKind::Square => ALL,
        },
        Op::ElementwiseBinary(op) => match op.kind {
            BinaryKind::Pow => WITHOUT_LARGE,
            BinaryKind::FloorDiv => WITHOUT_ZEROS,
            BinaryKind::Atan2
            | BinaryKind::BitwiseXor
            | BinaryKind::FloorMod
            | BinaryKind::LogicalAnd
            | BinaryKind::LogicalOr
            | BinaryKind::Maximum
            | BinaryKind::Minimum
            | BinaryKind::RightShift
            | BinaryKind::SquaredDifference => ALL,
        },
        // x·x·x of the approximation overflows long before x does.
        Op::Gelu(_) => WITHOUT_LARGE,
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Op::Bucketize(_)
        | Op::Cast(_)
        | Op::FakeQuant(_)
        | Op::NonMaxSuppression(_)
        | Op::Quantize(_)
        | Op::Range(_)
        | Op::TopkV2(_)
        | Op::Unique(_) => Specials::None,
        // Sums that run in another order there, of numbers that steps carry on.
        Op::BidirectionalLstm(_)
        | Op::ComplexPart(_)
        | Op::Lstm(_)
        | Op::Rnn(_)
        | Op::Rfft2d(_)
        | Op::Svdf(_) => Specials::None,
        // No floats, or no outputs that hang on them.
        Op::AssignVariable(_)
        | Op::Bitcast(_)
        | Op::BroadcastArgs(_)
        | Op::ControlFlow(_)
        | Op::Custom(_)
        | Op::EmbeddingLookup(_)
        | Op::Rank(_)
        | Op::ReadVariable(_)
        | Op::ShapeOf(_)
        | Op::Unsupported(_)
        | Op::Hashtable(_)
        | Op::HashtableFind(_)
        | Op::HashtableImport(_)
        | Op::HashtableLookup(_)
        | Op::HashtableSize(_)
        | Op::Random(_)
        | Op::RngBitGenerator(_)
        | Op::VarHandle(_) => Specials::None,
    }
}
