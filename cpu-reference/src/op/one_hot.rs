//! ONE_HOT: each index as a vector with one element switched on.

use demilite_core::op::pack::added_axis;
use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared, output_shape};

use crate::movement::elements::element_bytes;

/// Writes, for each run of `inner` indices, `depth` runs of as many elements: `on` where an index
/// is the run's number, else `off`.
pub fn one_hot(
    indices: &[i64],
    inner: usize,
    depth: usize,
    [on, off]: [&[u8]; 2],
    output: &mut [u8],
) {
    let run = depth * inner;
    if run == 0 {
        return;
    }
    for (place, output) in output.chunks_exact_mut(on.len()).enumerate() {
        let (row, number) = (place / run, place / inner % depth);
        let index = indices[row * inner + place % inner];
        let is_on = usize::try_from(index) == Ok(number);
        output.copy_from_slice(if is_on { on } else { off });
    }
}

pub(crate) fn prepare(op: &op::OneHot, node: &NodeContext<'_>) -> Prepared {
    element_bytes(node, [2, 3])?;
    let indices = node.shape(0)?;
    let axis = added_axis(indices, op.axis.into())?;
    let inner = indices[axis..].iter().product();
    let depth = output_shape(node, 0)?[axis];
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let indices = io.view(0)?.to_indices()?;
        let values = [io.view(2)?.bytes(), io.view(3)?.bytes()];
        one_hot(&indices, inner, depth, values, io.outputs[0].bytes_mut());
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_outside_switch_nothing_on() {
        let mut output = [9; 12];
        one_hot(&[2, 0, -1, 3], 1, 3, [&[1], &[0]], &mut output);
        assert_eq!(output, [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn vectors_can_run_along_an_outer_dimension() {
        let mut output = [9; 8];
        one_hot(&[1, 0], 2, 2, [&[1, 2], &[3, 4]], &mut output);
        assert_eq!(output, [3, 4, 1, 2, 1, 2, 3, 4]);
    }
}
