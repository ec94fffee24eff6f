//! EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL.

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};
use half::f16;

use crate::elementwise::broadcast::broadcast_binary;
use crate::quantized::element::QuantizedElement;

/// Whether the relation holds.
pub fn compare<T: PartialOrd>(kind: ComparisonKind, left: T, right: T) -> bool {
    match kind {
        ComparisonKind::Equal => left == right,
        ComparisonKind::Greater => left > right,
        ComparisonKind::GreaterEqual => left >= right,
        ComparisonKind::Less => left < right,
        ComparisonKind::LessEqual => left <= right,
        ComparisonKind::NotEqual => left != right,
    }
}

/// How quantized numbers of any scale are made comparable: less the zero point, times 256, times
/// the scale, rounded. Numbers nearer than 1/256 may compare as equal.
///
/// With a scale of 1 or more LiteRT's reference shifts by a negative count, which is undefined;
/// here it shifts left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparableScale {
    zero_point: i32,
    multiplier: QuantizedMultiplier,
}

impl ComparableScale {
    /// Prepares the multiplier for an input given as scale and zero point.
    pub fn new((scale, zero_point): (f32, i32)) -> Self {
        ComparableScale {
            zero_point,
            multiplier: QuantizedMultiplier::from_factor(f64::from(scale)),
        }
    }

    /// The comparable number.
    pub fn apply(&self, value: i32) -> i32 {
        self.multiplier.apply((value - self.zero_point) << 8)
    }
}

fn kernel<T: Copy + 'static>(
    node: &NodeContext<'_>,
    elements: for<'a> fn(&KernelIo<'a>, usize) -> Result<&'a [T], OpError>,
    function: impl Fn(T, T) -> bool + Send + Sync + 'static,
) -> Prepared {
    let (left, right) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    let output = left.broadcast(&right)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let inputs = (elements(io, 0)?, elements(io, 1)?);
        broadcast_binary(
            (inputs.0, &left),
            (inputs.1, &right),
            (io.outputs[0].bytes_mut(), &output),
            |left, right| u8::from(function(left, right)),
        );
        Ok(())
    }))
}

fn plain<T: Element + PartialOrd>(kind: ComparisonKind, node: &NodeContext<'_>) -> Prepared {
    kernel(
        node,
        |io, index| io.input::<T>(index),
        move |left, right| compare(kind, left, right),
    )
}

fn bools(kind: ComparisonKind, node: &NodeContext<'_>) -> Prepared {
    kernel::<u8>(
        node,
        |io, index| Ok(io.view(index)?.bytes()),
        move |left, right| compare(kind, left != 0, right != 0),
    )
}

/// Strings, byte by byte.
fn strings(kind: ComparisonKind, node: &NodeContext<'_>) -> Prepared {
    let (left, right) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    let output = left.broadcast(&right)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let strings = [io.view(0)?.strings()?, io.view(1)?.strings()?];
        let [lefts, rights] = strings.map(|strings| strings.iter().collect::<Vec<&[u8]>>());
        broadcast_binary(
            (&lefts, &left),
            (&rights, &right),
            (io.outputs[0].bytes_mut(), &output),
            |left, right| u8::from(compare(kind, left, right)),
        );
        Ok(())
    }))
}

fn quantized<T: QuantizedElement>(kind: ComparisonKind, node: &NodeContext<'_>) -> Prepared {
    let left_scale = ComparableScale::new(per_tensor(node.required(0)?)?);
    let right_scale = ComparableScale::new(per_tensor(node.required(1)?)?);
    kernel(
        node,
        |io, index| io.input::<T>(index),
        move |left: T, right: T| {
            compare(
                kind,
                left_scale.apply(left.to_i32()),
                right_scale.apply(right.to_i32()),
            )
        },
    )
}

pub(crate) fn prepare(op: &op::Comparison, node: &NodeContext<'_>) -> Prepared {
    let tests_equality = matches!(op.kind, ComparisonKind::Equal | ComparisonKind::NotEqual);
    let input = node.required(0)?;
    if input.dtype != node.required(1)?.dtype {
        return Err(Unprepared::types(node));
    }
    match input.dtype {
        DataType::Float32 => plain::<f32>(op.kind, node),
        DataType::Float16 => plain::<f16>(op.kind, node),
        DataType::Int32 => plain::<i32>(op.kind, node),
        DataType::Int64 => plain::<i64>(op.kind, node),
        DataType::Int8 => quantized::<i8>(op.kind, node),
        DataType::UInt8 => quantized::<u8>(op.kind, node),
        // LiteRT rescales 16-bit numbers for equality alone, and orders them as they are.
        DataType::Int16 if tests_equality && input.quantization.is_some() => {
            quantized::<i16>(op.kind, node)
        }
        DataType::Int16 => plain::<i16>(op.kind, node),
        DataType::Bool if tests_equality => bools(op.kind, node),
        DataType::String if tests_equality => strings(op.kind, node),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations() {
        let holding = |left: f32, right: f32| {
            let kinds = ComparisonKind::ALL.iter().copied();
            kinds
                .filter(|&kind| compare(kind, left, right))
                .collect::<Vec<_>>()
        };
        use ComparisonKind::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        assert_eq!(holding(1.0, 1.0), [Equal, GreaterEqual, LessEqual]);
        assert_eq!(holding(2.0, 1.0), [Greater, GreaterEqual, NotEqual]);
        assert_eq!(holding(1.0, 2.0), [Less, LessEqual, NotEqual]);
        assert_eq!(holding(f32::NAN, 1.0), [NotEqual]);
    }

    #[test]
    fn scales_are_brought_together() {
        let half = ComparableScale::new((0.5, 10));
        let quarter = ComparableScale::new((0.25, -4));
        assert_eq!(half.apply(11), 128);
        assert_eq!(half.apply(11), quarter.apply(-2));
        assert_eq!(ComparableScale::new((2.0, 0)).apply(3), 1536);
    }
}
