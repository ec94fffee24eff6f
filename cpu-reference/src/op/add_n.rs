//! ADD_N.

use demilite_core::{DataType, Element, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

/// Adds a tensor to the sum of those before it.
pub fn add_to<T: Copy>(sum: &mut [T], addend: &[T], add: impl Fn(T, T) -> T) {
    for (sum, &addend) in sum.iter_mut().zip(addend) {
        *sum = add(*sum, addend);
    }
}

fn kernel<T: Element>(node: &NodeContext<'_>, add: fn(T, T) -> T) -> Prepared {
    let count = node.input_count();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let first = io.input::<T>(0)?;
        io.output::<T>()?.copy_from_slice(first);
        for index in 1..count {
            let addend = io.input::<T>(index)?;
            add_to(io.output::<T>()?, addend, add);
        }
        Ok(())
    }))
}

pub(crate) fn prepare(_: &op::AddN, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    for index in 0..node.input_count() {
        if node.required(index)?.dtype != dtype {
            return Err(Unprepared::types(node));
        }
    }
    match dtype {
        DataType::Float32 => kernel(node, |sum: f32, addend| {
            (sum + addend).clamp(f32::MIN, f32::MAX)
        }),
        DataType::Int32 => kernel(node, i32::wrapping_add),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_grow() {
        let mut sum = [1, 2];
        add_to(&mut sum, &[10, 20], |a, b| a + b);
        assert_eq!(sum, [11, 22]);
    }
}
