//! POW.

use demilite_core::{DataType, NodeContext, OpError};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::elementwise::broadcast::{broadcast_binary, elementwise_binary};
use crate::elementwise::types::common_type;

/// `base^exponent` of the platform's mathematics library.
pub fn power_f32(base: f32, exponent: f32) -> f32 {
    base.powf(exponent)
}

/// `base^exponent` for a whole exponent of 1 or more: the power of half the exponent, squared, and
/// multiplied by the base where the exponent is odd; each product is held within finite floats.
pub fn power_of_whole_exponent(base: f32, exponent: u32) -> f32 {
    let product = |left: f32, right: f32| (left * right).clamp(f32::MIN, f32::MAX);
    if exponent <= 1 {
        return base;
    }
    let root = power_of_whole_exponent(base, exponent / 2);
    let square = product(root, root);
    if exponent % 2 == 1 {
        product(base, square)
    } else {
        square
    }
}

/// The whole number from 1 up that an exponent is within 1e-5 of.
fn whole(exponent: f32) -> Option<u32> {
    let rounded = exponent.round();
    let is_whole = (exponent - rounded).abs() < 1e-5 && (1.0..2_147_483_648.0).contains(&rounded);
    is_whole.then_some(rounded as u32)
}

fn floats(node: &NodeContext<'_>) -> Prepared {
    let (base, exponent) = (node.shape(0)?.clone(), node.shape(1)?.clone());
    let output = base.broadcast(&exponent)?;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let (bases, exponents) = (io.input::<f32>(0)?, io.input::<f32>(1)?);
        let powers = io.output::<f32>()?;
        let whole = match exponents {
            // A single exponent that broadcasts is multiplied out where it is whole.
            &[single] if base != exponent => whole(single),
            _ => None,
        };
        match whole {
            Some(exponent) => {
                for (power, &base) in powers.iter_mut().zip(bases) {
                    *power = power_of_whole_exponent(base, exponent);
                }
            }
            None => broadcast_binary(
                (bases, &base),
                (exponents, &exponent),
                (powers, &output),
                power_f32,
            ),
        }
        Ok(())
    }))
}

pub(super) fn prepare(node: &NodeContext<'_>) -> Prepared {
    match common_type(node)? {
        DataType::Float32 => floats(node),
        DataType::Int32 => {
            let power = |base: i32, exponent: i32| base.wrapping_pow(exponent as u32);
            let kernel = elementwise_binary(node, power)?;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                if io.input::<i32>(1)?.iter().any(|&exponent| exponent < 0) {
                    return Err(OpError::rule("an integer exponent is negative"));
                }
                kernel.run(io)
            }))
        }
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_exponents_are_multiplied_out() {
        assert_eq!(power_of_whole_exponent(3.0, 1), 3.0);
        assert_eq!(power_of_whole_exponent(-2.0, 5), -32.0);
        assert_eq!(power_of_whole_exponent(1e30, 2), f32::MAX);
        assert_eq!(power_of_whole_exponent(-1e30, 3), f32::MIN);
        assert_eq!(
            [2.000_001, 0.9999, 0.0, -3.0].map(whole),
            [Some(2), None, None, None]
        );
        assert_eq!(whole(f32::INFINITY), None);
    }
}
