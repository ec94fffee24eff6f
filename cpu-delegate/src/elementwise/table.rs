//! Functions of one byte, looked up.

use demilite_core::NodeContext;
use demilite_core::quantization::LookupTable8;
use demilite_core::quantization::layer::per_tensor;
use demilite_executor::{KernelIo, Prepared};

use super::integer::Integer;
use crate::machine::Machine;
use crate::weights::bytes_of;

/// Bytes that are looked up by a thread at least.
const GRAIN: usize = 1 << 16;

/// A kernel from one 8-bit type to another that looks up what `function` gives for each number.
pub(crate) fn kernel<T: Integer, O: Integer>(
    machine: Machine,
    function: impl Fn(i32) -> i32,
) -> Prepared {
    const { assert!(size_of::<T>() == 1 && size_of::<O>() == 1, "bytes") };
    let mut table = Box::new([0_u8; 256]);
    for value in T::RANGE.0..=T::RANGE.1 {
        table[usize::from(value as u8)] = O::saturate(function(value)).widen() as u8;
    }
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let input = io.view(0)?.bytes();
        let output = bytes_of(io)?;
        let target = crate::target::Target {
            first: output.as_mut_ptr(),
            stride: 1,
        };
        assert_eq!(input.len(), output.len(), "one output for each byte");
        machine.threads.split(input.len(), GRAIN, |range| {
            // SAFETY: there is an output for each byte; ranges do not meet.
            let output = unsafe {
                std::slice::from_raw_parts_mut(target.first().add(range.start), range.len())
            };
            for (output, &byte) in output.iter_mut().zip(&input[range]) {
                *output = table[usize::from(byte)];
            }
        });
        Ok(())
    }))
}

/// A kernel of 8-bit numbers that looks a function of reals up.
pub(crate) fn of_reals<T: Integer>(
    node: &NodeContext<'_>,
    machine: Machine,
    function: impl Fn(f32) -> f32,
) -> Prepared {
    let (input, output) = (per_tensor(node.required(0)?)?, per_tensor(node.output(0))?);
    let table = LookupTable8::new(input, output, T::RANGE, function);
    kernel::<T, T>(machine, |value| table.get(value))
}
