//! REAL, IMAG and COMPLEX_ABS: one real of each complex number.

use demilite_core::op::complex_part::ComplexPartKind;
use demilite_core::{DataType, Element, NodeContext, op};

use crate::kernel::{KernelIo, Prepared, Unprepared};

/// A kernel over numbers of two parts of `WIDTH` bytes each.
fn typed<T: Element, const WIDTH: usize>(
    from_bytes: fn([u8; WIDTH]) -> T,
    part: fn(T, T) -> T,
) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let (parts, _) = io.view(0)?.bytes().as_chunks::<WIDTH>();
        let (numbers, _) = parts.as_chunks::<2>();
        for (output, number) in io.output::<T>()?.iter_mut().zip(numbers) {
            *output = part(from_bytes(number[0]), from_bytes(number[1]));
        }
        Ok(())
    }))
}

pub(crate) fn prepare(op: &op::ComplexPart, node: &NodeContext<'_>) -> Prepared {
    macro_rules! of_parts {
        ($part:ty) => {
            typed(
                <$part>::from_le_bytes,
                match op.kind {
                    ComplexPartKind::ComplexAbs => <$part>::hypot,
                    ComplexPartKind::Imag => |_, imaginary| imaginary,
                    ComplexPartKind::Real => |real, _| real,
                },
            )
        };
    }
    match node.required(0)?.dtype {
        DataType::Complex64 => of_parts!(f32),
        DataType::Complex128 => of_parts!(f64),
        _ => Err(Unprepared::types(node)),
    }
}
