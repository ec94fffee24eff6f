//! BROADCAST_ARGS: the shape that two shapes broadcast to.

use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// The extents that two lists of extents broadcast to; the shorter list counts as led by ones.
///
/// # Errors
/// [`OpError::Shape`] for extents that differ and of which neither is 1.
pub fn broadcast_args<T: Copy + PartialEq + From<i32> + std::fmt::Display>(
    left: &[T],
    right: &[T],
    output: &mut [T],
) -> Result<(), OpError> {
    let one = T::from(1);
    let mut from_the_end = [left, right].map(|list| list.iter().rev().copied());
    for output in output.iter_mut().rev() {
        let [left, right] = from_the_end
            .each_mut()
            .map(|list| list.next().unwrap_or(one));
        *output = match (left == one, right == one) {
            (true, _) => right,
            (_, true) => left,
            _ if left == right => left,
            _ => {
                return Err(OpError::rule(format!(
                    "extents {left} and {right} do not broadcast together"
                )));
            }
        };
    }
    Ok(())
}

fn typed<T>(_: T) -> Prepared
where
    T: Element + PartialEq + From<i32> + std::fmt::Display,
{
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        broadcast_args::<T>(io.input(0)?, io.input(1)?, io.output()?)
    }))
}

pub(crate) fn prepare(_: &op::BroadcastArgs, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype != dtype || node.required(1)?.dtype != dtype {
        return Err(Unprepared::types(node));
    }
    match dtype {
        DataType::Int32 => typed(0_i32),
        DataType::Int64 => typed(0_i64),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_stretch() {
        let mut output = [0; 3];
        broadcast_args(&[3, 1], &[2, 1, 5], &mut output).unwrap();
        assert_eq!(output, [2, 3, 5]);
        assert!(broadcast_args(&[3], &[2], &mut output[..1]).is_err());
    }
}
