//! SCATTER_ND: slices added to zeros, each at its coordinates.

use demilite_core::op::gather_nd::named_dimensions;
use demilite_core::{DataType, Element, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared, output_shape};

use crate::movement::coordinates::slice_starts;

/// Adds each slice of `updates` to the zeros of `output`, from the element on that `starts` names.
pub fn scatter_add<T: Copy>(
    updates: &[T],
    starts: &[usize],
    (output, zero): (&mut [T], T),
    add: impl Fn(T, T) -> T,
) {
    output.fill(zero);
    let slice = updates.len().checked_div(starts.len()).unwrap_or(0);
    if slice == 0 {
        return;
    }
    for (updates, &start) in updates.chunks_exact(slice).zip(starts) {
        for (output, &update) in output[start..].iter_mut().zip(updates) {
            *output = add(*output, update);
        }
    }
}

fn typed<T: Element + Send + Sync>(
    node: &NodeContext<'_>,
    zero: T,
    add: fn(T, T) -> T,
) -> Prepared {
    starts_then(node, move |starts, io| {
        let updates = io.input::<T>(1)?;
        scatter_add(updates, starts, (io.output()?, zero), add);
        Ok(())
    })
}

/// A kernel that works out where slices go before it runs `scatter`.
fn starts_then(
    node: &NodeContext<'_>,
    scatter: impl Fn(&[usize], &mut KernelIo<'_>) -> Result<(), OpError> + Send + Sync + 'static,
) -> Prepared {
    let (output, coordinates) = (output_shape(node, 0)?.clone(), node.shape(0)?);
    let named = named_dimensions(&output, coordinates)?;
    let slices = coordinates[..coordinates.rank() - 1].iter().product();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        // Any number of slices without elements may be given.
        if io.view(1)?.bytes().is_empty() {
            return scatter(&[], io);
        }
        let starts = slice_starts(&io.view(0)?.to_indices()?, slices, &output, named)?;
        scatter(&starts, io)
    }))
}

pub(crate) fn prepare(_: &op::ScatterNd, node: &NodeContext<'_>) -> Prepared {
    let dtype = node.output(0).dtype;
    if node.required(1)?.dtype != dtype {
        return Err(Unprepared::types(node));
    }
    match dtype {
        DataType::Float32 => typed(node, 0.0_f32, |sum, update| sum + update),
        DataType::Int8 => typed(node, 0, i8::wrapping_add),
        DataType::UInt8 => typed(node, 0, u8::wrapping_add),
        DataType::Int32 => typed(node, 0, i32::wrapping_add),
        DataType::Int64 => typed(node, 0, i64::wrapping_add),
        DataType::Bool => starts_then(node, |starts, io| {
            let updates = io.view(1)?.bytes();
            let output = (io.outputs[0].bytes_mut(), 0);
            scatter_add(updates, starts, output, |sum, update| {
                sum | u8::from(update != 0)
            });
            Ok(())
        }),
        _ => Err(Unprepared::types(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_coordinates_add_up() {
        let mut output = [9_i8; 6];
        let updates = [100, 1, 2, 3, 100, 4];
        scatter_add(&updates, &[2, 0, 2], (&mut output, 0), i8::wrapping_add);
        assert_eq!(output, [2, 3, -56, 5, 0, 0]);
    }
}
