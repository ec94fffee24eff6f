//! ARG_MAX and ARG_MIN of 8-bit numbers along the innermost axis.

use std::iter::zip;

use demilite_core::op::arg_min_max::ArgMinMaxKind;
use demilite_core::{DataType, Element, NodeContext, Reject, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::machine::Machine;
use crate::target::Target;
use crate::vectors::dispatch;

/// Elements of a thread's rows.
const GRAIN: usize = 1 << 15;

/// Writes the place of each row's greatest element, once `ranked` has made bytes of elements that are greater the further ahead they
/// are. Of several that are equal, the first counts: place and element are one number, in which earlier places are greater.
fn places<O: Element>(
    machine: Machine,
    (input, extent): (&[u8], usize),
    output: &mut [O],
    ranked: impl Fn(u8) -> u8 + Copy + Sync,
    place: impl Fn(u16) -> O + Copy + Sync,
) {
    assert_eq!(
        input.len(),
        output.len() * extent,
        "one output for each row"
    );
    let target = Target {
        first: output.as_mut_ptr(),
        stride: 1,
    };
    let grain = GRAIN.div_ceil(extent);
    machine.threads.split(output.len(), grain, |rows| {
        // SAFETY: there is an output for each row; ranges do not meet.
        let output =
            unsafe { std::slice::from_raw_parts_mut(target.first().add(rows.start), rows.len()) };
        let input = &input[rows.start * extent..rows.end * extent];
        dispatch(
            machine.set,
            #[inline(always)]
            || {
                for (output, row) in zip(output, input.chunks_exact(extent)) {
                    let mut greatest = 0;
                    for (&byte, index) in zip(row, 0..=u8::MAX) {
                        let key = (u16::from(ranked(byte)) << 8) | u16::from(u8::MAX - index);
                        greatest = greatest.max(key);
                    }
                    *output = place(u16::from(u8::MAX) - (greatest & 0xff));
                }
            },
        );
    });
}

pub(crate) fn prepare(op: &op::ArgMinMax, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let sign = match node.required(0)?.dtype {
        DataType::UInt8 => 0,
        DataType::Int8 => 0x80,
        _ => return Err(Unprepared::types(node)),
    };
    let (shape, axis) = (node.shape(0)?, node.axis(1)?);
    let extent = shape[axis];
    let inner: usize = shape[axis + 1..].iter().product();
    if inner != 1 || !(1..=256).contains(&extent) {
        let reason = "no fast kernel but for the innermost axis, of up to 256 elements";
        return Err(Reject::unsupported(reason).into());
    }
    // Bytes in the order of the numbers that they stand for, the other way around for the least one.
    let flip = match op.kind {
        ArgMinMaxKind::ArgMax => sign,
        ArgMinMaxKind::ArgMin => !sign,
    };
    let is_wide = op.output_type == DataType::Int64;
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let rows = (io.view(0)?.bytes(), extent);
        let ranked = move |byte: u8| byte ^ flip;
        if is_wide {
            places(machine, rows, io.output::<i64>()?, ranked, i64::from);
        } else {
            places(machine, rows, io.output::<i32>()?, ranked, i32::from);
        }
        Ok(())
    }))
}
