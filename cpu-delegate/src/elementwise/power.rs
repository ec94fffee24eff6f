//! Powers with one whole exponent.

use demilite_core::{NodeContext, OpError, Reject};
use demilite_executor::{KernelIo, Prepared};

use super::clamp::clamp;
use crate::machine::Machine;
use crate::vectors;

/// Exponents that are multiplied out.
const LARGEST: u32 = 4;

/// `left · right`, held within finite floats.
#[inline(always)]
fn product(left: f32, right: f32) -> f32 {
    clamp(left * right, (f32::MIN, f32::MAX))
}

/// The whole number from 1 up that an exponent is within 1e-5 of.
fn whole(exponent: f32) -> Option<u32> {
    let rounded = exponent.round();
    let is_whole = (exponent - rounded).abs() < 1e-5 && rounded >= 1.0;
    (is_whole && rounded <= LARGEST as f32).then_some(rounded as u32)
}

/// A kernel of floats whose exponent is one constant that is a small whole number and broadcasts.
pub(crate) fn prepare(node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let constant = node.value(1);
    let exponent = constant.and_then(|view| view.as_slice::<f32>().ok());
    let exponent = match exponent {
        Some(&[exponent]) if node.shape(0)? != node.shape(1)? => whole(exponent),
        _ => None,
    };
    let Some(exponent) = exponent else {
        let reason = "no fast kernel for an exponent that is no small whole constant";
        return Err(Reject::unsupported(reason).into());
    };
    Ok(Box::new(
        move |io: &mut KernelIo<'_>| -> Result<(), OpError> {
            let bases = io.input::<f32>(0)?;
            let powers = io.output::<f32>()?;
            let square = |base: f32| product(base, base);
            match exponent {
                2 => vectors::map(machine, bases, powers, square),
                3 => vectors::map(
                    machine,
                    bases,
                    powers,
                    #[inline(always)]
                    move |base: f32| product(base, product(base, base)),
                ),
                4 => vectors::map(
                    machine,
                    bases,
                    powers,
                    #[inline(always)]
                    move |base: f32| product(product(base, base), product(base, base)),
                ),
                _ => powers.copy_from_slice(bases),
            }
            Ok(())
        },
    ))
}
