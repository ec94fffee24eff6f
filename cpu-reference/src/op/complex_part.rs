//! REAL, IMAG and COMPLEX_ABS: one real of each complex number.

use demilite_core::op::complex_part::ComplexPartKind;
use demilite_core::{DataType, Element, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Takes `part` of the real and the imaginary part of each number, which take `WIDTH` bytes each.
pub fn complex_parts<T, const WIDTH: usize>(
    numbers: &[u8],
    from_bytes: fn([u8; WIDTH]) -> T,
    part: fn(T, T) -> T,
    output: &mut [T],
) {
    let (parts, _) = numbers.as_chunks::<WIDTH>();
    let (numbers, _) = parts.as_chunks::<2>();
    for (output, number) in output.iter_mut().zip(numbers) {
        *output = part(from_bytes(number[0]), from_bytes(number[1]));
    }
}

fn typed<T: Element, const WIDTH: usize>(
    from_bytes: fn([u8; WIDTH]) -> T,
    part: fn(T, T) -> T,
) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let numbers = io.view(0)?.bytes();
        complex_parts(numbers, from_bytes, part, io.output()?);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hold_their_real_part_first() {
        let numbers: Vec<u8> = [3.0_f32, -4.0, 0.0, 2.5]
            .iter()
            .flat_map(|part| part.to_le_bytes())
            .collect();
        let parts = |part| {
            let mut output = [0.0; 2];
            complex_parts(&numbers, f32::from_le_bytes, part, &mut output);
            output
        };
        assert_eq!(parts(|real, _| real), [3.0, 0.0]);
        assert_eq!(parts(|_, imaginary| imaginary), [-4.0, 2.5]);
        assert_eq!(parts(f32::hypot), [5.0, 2.5]);
    }
}
