//! ARG_MAX and ARG_MIN; quantized numbers are compared as they are.

use demilite_core::op::arg_min_max::ArgMinMaxKind;
use demilite_core::{DataType, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Numbers of which some may not be comparable.
pub trait Ranked: PartialOrd + Copy {
    /// Whether this is a number.
    fn is_number(self) -> bool;
}

macro_rules! ranked {
    ($($integer:ty),+) => {
        $(impl Ranked for $integer {
            fn is_number(self) -> bool {
                true
            }
        })+
    };
}

ranked!(i8, u8, i32);

impl Ranked for f32 {
    fn is_number(self) -> bool {
        !self.is_nan()
    }
}

/// The place of the greatest or least element of each line along an axis: the first of several
/// that are equal. A NaN is chosen where there is nothing else, as in LiteRT along all axes but the innermost, where its choice
/// depends on how many numbers its processor compares at once.
///
/// `extent` is that of the axis and `inner` the number of elements that one step along it passes
/// over.
pub fn arg_min_max<T: Ranked>(
    kind: ArgMinMaxKind,
    input: &[T],
    extent: usize,
    inner: usize,
    mut store: impl FnMut(usize, usize),
) {
    let mut line = 0;
    for block in input.chunks_exact(extent * inner) {
        for start in 0..inner {
            let (mut best, mut place) = (block[start], 0);
            for (index, &candidate) in block[start..].iter().step_by(inner).enumerate().skip(1) {
                let is_ahead = match kind {
                    ArgMinMaxKind::ArgMax => candidate > best,
                    ArgMinMaxKind::ArgMin => candidate < best,
                };
                if is_ahead || (candidate.is_number() && !best.is_number()) {
                    (best, place) = (candidate, index);
                }
            }
            store(line, place);
            line += 1;
        }
    }
}

fn kernel<T: Ranked + 'static>(
    op: &op::ArgMinMax,
    node: &NodeContext<'_>,
    elements: for<'a> fn(&KernelIo<'a>) -> Result<&'a [T], OpError>,
) -> Prepared {
    let (kind, output_type) = (op.kind, op.output_type);
    let (shape, axis) = (node.shape(0)?, node.axis(1)?);
    let (extent, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = elements(io)?;
        if input.is_empty() {
            return Ok(());
        }
        if output_type == DataType::Int64 {
            let output = io.output::<i64>()?;
            arg_min_max(kind, input, extent, inner, |line, place| {
                output[line] = place as i64;
            });
        } else {
            let output = io.output::<i32>()?;
            arg_min_max(kind, input, extent, inner, |line, place| {
                output[line] = place as i32;
            });
        }
        Ok(())
    }))
}

pub(crate) fn prepare(op: &op::ArgMinMax, node: &NodeContext<'_>) -> Prepared {
    match node.required(0)?.dtype {
        DataType::Float32 => kernel::<f32>(op, node, |io| io.input(0)),
        DataType::Int8 => kernel::<i8>(op, node, |io| io.input(0)),
        DataType::UInt8 => kernel::<u8>(op, node, |io| io.input(0)),
        DataType::Int32 => kernel::<i32>(op, node, |io| io.input(0)),
        DataType::Bool => kernel::<u8>(op, node, |io| Ok(io.view(0)?.bytes())),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places<T: Ranked>(
        kind: ArgMinMaxKind,
        input: &[T],
        extent: usize,
        inner: usize,
    ) -> Vec<usize> {
        let mut places = Vec::new();
        arg_min_max(kind, input, extent, inner, |line, place| {
            assert_eq!(line, places.len());
            places.push(place);
        });
        places
    }

    #[test]
    fn the_first_of_equals_wins() {
        let input = [1, 3, 3, 0, 2, 0];
        assert_eq!(places(ArgMinMaxKind::ArgMax, &input, 3, 1), [1, 1]);
        assert_eq!(places(ArgMinMaxKind::ArgMin, &input, 3, 1), [0, 0]);
        assert_eq!(places(ArgMinMaxKind::ArgMax, &input, 3, 2), [1, 0]);
        assert_eq!(places(ArgMinMaxKind::ArgMin, &input, 2, 3), [1, 1, 1]);
    }

    #[test]
    fn numbers_come_before_nan() {
        let nan = f32::NAN;
        assert_eq!(places(ArgMinMaxKind::ArgMax, &[nan, -1.0, nan], 3, 1), [1]);
        assert_eq!(places(ArgMinMaxKind::ArgMin, &[nan, nan], 2, 1), [0]);
    }
}
