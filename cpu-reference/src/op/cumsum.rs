//! CUMSUM.

use demilite_core::{DataType, Element, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Which elements a running sum takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningSum {
    /// The extent of the axis.
    pub extent: usize,
    /// The elements that one step along the axis passes over.
    pub inner: usize,
    /// Whether an element's sum leaves out the element itself.
    pub exclusive: bool,
    /// Whether to add up from the end.
    pub reverse: bool,
}

impl RunningSum {
    /// Writes the sum for each element of a tensor.
    pub fn apply<T: Copy + Default>(&self, input: &[T], add: impl Fn(T, T) -> T, output: &mut [T]) {
        let lines = input.len().checked_div(self.extent).unwrap_or(0);
        for line in 0..lines {
            let start = line / self.inner * self.inner * self.extent + line % self.inner;
            let mut sum = T::default();
            for step in 0..self.extent {
                let step = if self.reverse {
                    self.extent - 1 - step
                } else {
                    step
                };
                let position = start + step * self.inner;
                let next = add(sum, input[position]);
                output[position] = if self.exclusive { sum } else { next };
                sum = next;
            }
        }
    }
}

fn kernel<T: Element + Default>(
    op: &op::Cumsum,
    node: &NodeContext<'_>,
    add: fn(T, T) -> T,
) -> Prepared {
    let (shape, axis) = (node.shape(0)?, node.axis(1)?);
    let sum = RunningSum {
        extent: shape[axis],
        inner: shape[axis + 1..].iter().product(),
        exclusive: op.exclusive,
        reverse: op.reverse,
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        sum.apply(io.input(0)?, add, io.output()?);
        Ok(())
    }))
}

pub(crate) fn prepare(op: &op::Cumsum, node: &NodeContext<'_>) -> Prepared {
    let types = [node.required(0)?.dtype, node.output(0).dtype];
    match types {
        [DataType::Float32, DataType::Float32] => kernel(op, node, |a: f32, b| a + b),
        [DataType::Int32, DataType::Int32] => kernel(op, node, i32::wrapping_add),
        [DataType::Int64, DataType::Int64] => kernel(op, node, i64::wrapping_add),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(exclusive: bool, reverse: bool, inner: usize) -> [i32; 6] {
        let mut output = [0; 6];
        let sum = RunningSum {
            extent: 3,
            inner,
            exclusive,
            reverse,
        };
        sum.apply(&[1, 2, 3, 4, 5, 6], |a, b| a + b, &mut output);
        output
    }

    #[test]
    fn every_direction() {
        assert_eq!(sums(false, false, 1), [1, 3, 6, 4, 9, 15]);
        assert_eq!(sums(true, false, 1), [0, 1, 3, 0, 4, 9]);
        assert_eq!(sums(false, true, 1), [6, 5, 3, 15, 11, 6]);
        assert_eq!(sums(true, true, 2), [8, 10, 5, 6, 0, 0]);
        assert_eq!(sums(false, false, 2), [1, 2, 4, 6, 9, 12]);
    }
}
