//! How exactly each op has to compute its function of a float32 number, or of a row of them.
//!
//! Bounds are of the element that the reference gives. Where WGSL states the [accuracy of a built-in
//! function](https://www.w3.org/TR/WGSL/#floating-point-accuracy), an op that is that function alone is held to it, with one more step for the
//! reference's own library; functions whose stated accuracy is too coarse to tell right from wrong (`sin`, `cos` and `tanh`) are held
//! to what a float32 implementation with a reduction of its argument reaches.
//!
//! Sums have no place here: how far they may lie apart follows from the products of each element, see
//! [`float_bound`](crate::float_bound).

use demilite_core::Op;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::unsorted_segment::SegmentKind;

/// A step of float32, as a part of the number.
pub(crate) const STEP: f64 = f32::EPSILON as f64;

/// The least normal float32: what is smaller may be flushed to zero.
pub(crate) const MIN_NORMAL: f64 = f32::MIN_POSITIVE as f64;

/// How far a result may lie from the reference's: the sum of three allowances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Distance on the number line.
    pub absolute: f64,
    /// Steps of float32 at the result.
    pub steps: f64,
    /// Further steps for each unit of the result's natural logarithm: an error of an exponent grows with it.
    pub steps_per_log: f64,
}

impl Accuracy {
    /// The reference's bits.
    pub const EXACT: Accuracy = Accuracy::steps(0.0);

    /// So many steps of float32.
    const fn steps(steps: f64) -> Self {
        Accuracy {
            absolute: 0.0,
            steps,
            steps_per_log: 0.0,
        }
    }

    const fn or_absolute(self, absolute: f64) -> Self {
        Accuracy { absolute, ..self }
    }

    const fn and_per_log(self, steps_per_log: f64) -> Self {
        Accuracy {
            steps_per_log,
            ..self
        }
    }

    /// Whether nothing but the reference's bits will do.
    pub fn is_exact(&self) -> bool {
        *self == Accuracy::EXACT
    }

    /// The distance from `expected` that is allowed.
    pub fn allowance(&self, expected: f64) -> f64 {
        if self.is_exact() || !expected.is_finite() {
            return 0.0;
        }
        let size = expected.abs().max(MIN_NORMAL);
        let logarithm = size.ln().abs();
        self.absolute + (self.steps + self.steps_per_log * logarithm) * STEP * size
    }

    /// That of an op, for arguments up to 8 but for a few special values, as the cases of the suite have them.
    pub fn of(op: &Op) -> Self {
        // exp: 3 + 2·|x| steps, and x is the logarithm of the result.
        const EXP: Accuracy = Accuracy::steps(4.0).and_per_log(2.0);
        // Functions that WGSL bounds on the number line alone.
        const BOUNDED: Accuracy = Accuracy::steps(8.0).or_absolute(1.0 / (1_u64 << 19) as f64);
        // A division: 2.5 steps.
        const QUOTIENT: Accuracy = Accuracy::steps(3.0);
        match op {
            // One operation, correctly rounded, or none: moves, selections, clamps, and functions whose values are whole numbers.
            Op::Add(_)
            | Op::AddN(_)
            | Op::ArgMinMax(_)
            | Op::AssignVariable(_)
            | Op::BatchMatmul(_)
            | Op::Bitcast(_)
            | Op::BroadcastArgs(_)
            | Op::BroadcastTo(_)
            | Op::Bucketize(_)
            | Op::Cast(_)
            | Op::Comparison(_)
            | Op::Concatenation(_)
            | Op::ControlFlow(_)
            | Op::Conv2d(_)
            | Op::Conv3d(_)
            | Op::Cumsum(_)
            | Op::Custom(_)
            | Op::Densify(_)
            | Op::DepthwiseConv2d(_)
            | Op::Dequantize(_)
            | Op::Dilate(_)
            | Op::DynamicUpdateSlice(_)
            | Op::ExpandDims(_)
            | Op::Fill(_)
            | Op::FullyConnected(_)
            | Op::Gather(_)
            | Op::GatherNd(_)
            | Op::LeakyRelu(_)
            | Op::MatrixDiag(_)
            | Op::MirrorPad(_)
            | Op::Mul(_)
            | Op::OneHot(_)
            | Op::Pack(_)
            | Op::Pad(_)
            | Op::Prelu(_)
            | Op::Quantize(_)
            | Op::Rank(_)
            | Op::ReadVariable(_)
            | Op::Relu(_)
            | Op::Reshape(_)
            | Op::ResizeNearestNeighbor(_)
            | Op::ReverseSequence(_)
            | Op::ReverseV2(_)
            | Op::ScatterNd(_)
            | Op::SegmentSum(_)
            | Op::Select(_)
            | Op::ShapeOf(_)
            | Op::Slice(_)
            | Op::SpaceBatch(_)
            | Op::SpaceDepth(_)
            | Op::SparseToDense(_)
            | Op::Split(_)
            | Op::Squeeze(_)
            | Op::StridedSlice(_)
            | Op::Sub(_)
            | Op::Tile(_)
            | Op::TopkV2(_)
            | Op::Transpose(_)
            | Op::TransposeConv(_)
            | Op::Unique(_)
            | Op::Unpack(_)
            | Op::Unsupported(_)
            | Op::Hashtable(_)
            | Op::HashtableFind(_)
            | Op::HashtableImport(_)
            | Op::HashtableLookup(_)
            | Op::HashtableSize(_)
            | Op::Random(_)
            | Op::RngBitGenerator(_)
            | Op::VarHandle(_)
            | Op::Where(_)
            | Op::ZerosLike(_) => Accuracy::EXACT,
            // A sum, and a division by the number of its terms.
            Op::Mean(_) => QUOTIENT,
            Op::Pool2d(op) => match op.kind {
                PoolKind::Max => Accuracy::EXACT,
                PoolKind::Average => QUOTIENT,
                // The root of a quotient.
                PoolKind::L2 => Accuracy::steps(6.0),
            },
            // A row's products, each with a rounding.
            Op::Reduction(op) => match op.kind {
                ReductionKind::ReduceProd => Accuracy::steps(1.0),
                ReductionKind::ReduceAll
                | ReductionKind::ReduceAny
                | ReductionKind::ReduceMax
                | ReductionKind::ReduceMin
                | ReductionKind::Sum => Accuracy::EXACT,
            },
            Op::UnsortedSegment(op) => match op.kind {
                SegmentKind::UnsortedSegmentProd => Accuracy::steps(1.0),
                SegmentKind::UnsortedSegmentMax
                | SegmentKind::UnsortedSegmentMin
                | SegmentKind::UnsortedSegmentSum => Accuracy::EXACT,
            },
            // Weights of the four neighbours are products of differences of positions.
            Op::ResizeBilinear(_) => Accuracy::steps(1.0).or_absolute(8.0 * STEP),
            // The step is added again and again, or multiplied: up to 256 roundings.
            Op::Range(_) => Accuracy::steps(256.0),
            // A product of a scale with an integer.
            Op::EmbeddingLookup(_) => Accuracy::EXACT,
            Op::Div(_) => QUOTIENT,
            // x·min(max(x + 3, 0), 6)/6: three roundings and a division.
            Op::HardSwish(_) => Accuracy::steps(5.0),
            Op::ElementwiseBinary(op) => match op.kind {
                // The arctangent of a quotient; near the axes π/2 less a small one.
                BinaryKind::Atan2 => Accuracy::steps(8.0),
                BinaryKind::Pow => Accuracy::steps(16.0).and_per_log(4.0),
                BinaryKind::BitwiseXor
                | BinaryKind::FloorDiv
                | BinaryKind::FloorMod
                | BinaryKind::LogicalAnd
                | BinaryKind::LogicalOr
                | BinaryKind::Maximum
                | BinaryKind::Minimum
                | BinaryKind::RightShift
                | BinaryKind::SquaredDifference => Accuracy::EXACT,
            },
            Op::ElementwiseUnary(op) => match op.kind {
                UnaryKind::Cos | UnaryKind::Sin => BOUNDED,
                // exp(x) − 1: near 0 the error of exp(x) stays as it is.
                UnaryKind::Elu => Accuracy::steps(8.0).or_absolute(8.0 * STEP),
                UnaryKind::Exp => EXP,
                // 2⁻²¹ between 1/2 and 2, where the result is near 0; 3 steps elsewhere.
                UnaryKind::Log => Accuracy::steps(4.0).or_absolute(1.0 / (1_u64 << 21) as f64),
                UnaryKind::Rsqrt => Accuracy::steps(3.0),
                // The reciprocal of an inverse root.
                UnaryKind::Sqrt => Accuracy::steps(6.0),
                UnaryKind::Abs
                | UnaryKind::Ceil
                | UnaryKind::Floor
                | UnaryKind::LogicalNot
                | UnaryKind::Neg
                | UnaryKind::Round
                | UnaryKind::Sign
                | UnaryKind::Square => Accuracy::EXACT,
            },
            // A product of the argument with a function that is bounded on the number line.
            Op::Gelu(_) | Op::Tanh(_) => BOUNDED,
            // 1/(1 + exp(−x)): the exponential's error, an addition and a division.
            Op::Logistic(_) => Accuracy::steps(8.0).and_per_log(2.0),
            // exp(x)/Σexp: an exponential's error of its own, of the row's, the argument's rounding, and a division.
            Op::Softmax(_) => Accuracy::steps(32.0).and_per_log(4.0),
            // x − log Σexp: the argument's rounding and the logarithm's, of numbers up to the row's length.
            Op::LogSoftmax(_) => Accuracy::steps(8.0).or_absolute(1.0 / (1_u64 << 19) as f64),
            // x/√Σx²: a sum of one sign, a root and a division.
            Op::L2Normalization(_) => Accuracy::steps(32.0),
            // x·(bias + α·Σx²)^−β: a power of a sum.
            Op::LocalResponseNormalization(_) => Accuracy::steps(48.0).and_per_log(4.0),
            // (round(x/scale) − zero)·scale.
            Op::FakeQuant(_) => Accuracy::steps(4.0),
            // Scores that overlaps lower by exponentials.
            Op::NonMaxSuppression(_) => EXP,
            // Sums of products with sines and cosines, held to the largest of them.
            Op::Rfft2d(_) | Op::ComplexPart(_) => Accuracy::steps(8.0),
            // Gates are logistic functions and hyperbolic tangents of sums.
            Op::BidirectionalLstm(_) | Op::Lstm(_) | Op::Rnn(_) | Op::Svdf(_) => BOUNDED,
        }
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::op::{Logistic, Tanh};

    use super::*;

    #[test]
    fn steps_scale_with_the_number_and_what_is_absolute_does_not() {
        let logistic = Accuracy::of(&Op::Logistic(Logistic));
        assert!(logistic.allowance(1e-3) < 2e-3 * logistic.allowance(1.0) * 3.0);
        let tanh = Accuracy::of(&Op::Tanh(Tanh));
        assert!(tanh.allowance(0.0) > 1e-6 && tanh.allowance(1.0) < 4e-6);
        assert_eq!(Accuracy::EXACT.allowance(1e30), 0.0);
    }
}
