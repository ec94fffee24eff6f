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

/// Elements that are compared side by side.
const SIDE: usize = 16;

/// A number that is the greater the greater the element, and of equal ones the earlier.
#[inline(always)]
fn key(ranked: u8, index: usize) -> u16 {
    (u16::from(ranked) << 8) | u16::from(u8::MAX - index as u8)
}

/// The place of a row's greatest element, once `ranked` has made bytes of elements that are greater the further ahead they are. Of
/// several that are equal, it is the first.
#[inline(always)]
fn place_of_greatest(row: &[u8], ranked: impl Fn(u8) -> u8) -> u16 {
    let mut greatest = [0_u16; SIDE];
    let last = row.len().saturating_sub(SIDE);
    if row.len() < SIDE {
        for (index, &element) in row.iter().enumerate() {
            greatest[0] = greatest[0].max(key(ranked(element), index));
        }
    } else {
        // The last elements may be among those before them: they are as great as they were.
        for first in (0..last).step_by(SIDE).chain([last]) {
            let elements = &row[first..][..SIDE];
            for (side, greatest) in greatest.iter_mut().enumerate() {
                *greatest = (*greatest).max(key(ranked(elements[side]), first + side));
            }
        }
    }
    let greatest = greatest.into_iter().max().unwrap_or(0);
    u16::from(u8::MAX) - (greatest & 0xff)
}

/// Writes the place of each row's greatest element.
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
                    *output = place(place_of_greatest(row, ranked));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::place_of_greatest;

    proptest! {
        #[test]
        fn the_first_of_the_greatest_is_found(
            row in prop::collection::vec(prop_oneof![any::<u8>(), 250..=255_u8, Just(0)], 1..=256),
            flip in prop_oneof![Just(0_u8), Just(0x80), Just(0x7f), Just(0xff)],
        ) {
            let ranked: Vec<u8> = row.iter().map(|&byte| byte ^ flip).collect();
            let greatest = ranked.iter().max();
            let expected = ranked.iter().position(|byte| Some(byte) == greatest);
            let found = place_of_greatest(&row, |byte| byte ^ flip);
            prop_assert_eq!(Some(usize::from(found)), expected);
        }
    }
}
