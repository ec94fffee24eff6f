//! RANGE: numbers from a start to a limit, in steps.

use std::ops::Add;

use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Writes `start`, then what each further addition of `step` gives.
pub fn range<T: Copy>(start: T, step: T, add: impl Fn(T, T) -> T, output: &mut [T]) {
    let mut value = start;
    for output in output {
        *output = value;
        value = add(value, step);
    }
}

fn typed<T: Element + Send + Sync>(add: fn(T, T) -> T) -> Prepared {
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let bound = |index| match io.input::<T>(index)? {
            &[bound] => Ok(bound),
            _ => Err(OpError::rule(format!(
                "input {index} is not a single number"
            ))),
        };
        let (start, step) = (bound(0)?, bound(2)?);
        range(start, step, add, io.output()?);
        Ok(())
    }))
}

pub(crate) fn prepare(_: &op::Range, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    if node.required(0)?.dtype != dtype {
        return Err(Unprepared::types(node));
    }
    match dtype {
        DataType::Float32 => typed(f32::add),
        DataType::Int32 => typed(i32::wrapping_add),
        DataType::Int64 => typed(i64::wrapping_add),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up_one_by_one() {
        let mut output = [0.0; 4];
        range(0.0, 0.1, f32::add, &mut output);
        assert_eq!(output[3], 0.1 + 0.1 + 0.1);
        let mut output = [0; 3];
        range(5, -2, i32::wrapping_add, &mut output);
        assert_eq!(output, [5, 3, 1]);
    }
}
