//! Elementwise operations of two tensors.

use demilite_core::op::Activation;
use demilite_core::{NodeContext, Reject, Shape};
use demilite_shaders::table::BinaryParams;
use demilite_shaders::{Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::check;
use super::geometry::{broadcast_steps, merged, rows};
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// How a node broadcasts.
pub(super) struct BinaryPlan {
    dims: Vec<[usize; 4]>,
    length: usize,
    range: (f32, f32),
}

/// Checks a node of two inputs that broadcast.
pub(super) fn plan(
    node: &NodeContext<'_>,
    activation: Activation,
    context: &GpuContext,
) -> Result<BinaryPlan, Reject> {
    let output = check::output(node, context)?;
    let left = check::input(node, 0, context)?;
    let right = check::input(node, 1, context)?;
    let plan = BinaryPlan {
        dims: dims(left, right, output),
        length: output.elements(),
        range: check::range(activation)?,
    };
    rows(plan.dims.clone())?;
    Ok(plan)
}

/// Extent and both steps of each dimension, merged.
fn dims(left: &Shape, right: &Shape, output: &Shape) -> Vec<[usize; 4]> {
    let rank = output.rank();
    let left = broadcast_steps(&left.extended(rank), output);
    let right = broadcast_steps(&right.extended(rank), output);
    let dims = (0..rank)
        .filter(|&dim| output[dim] != 1)
        .map(|dim| [output[dim], left[dim], right[dim], 0]);
    merged(dims, |outer, inner| {
        let merges = (1..3).all(|operand| outer[operand] == inner[operand] * inner[0]);
        merges.then_some([outer[0] * inner[0], inner[1], inner[2], 0])
    })
}

/// Adds the dispatch of `kernel`.
pub(super) fn lower(
    kernel: &'static Kernel,
    plan: BinaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let constant = |index| {
        node.input_id(index)
            .is_some_and(|id| lowering.is_constant(id))
    };
    // The kernel's second operand may have any element, so that a constant goes there.
    let reversed = constant(0) && !constant(1);
    let [input_index, other_index] = if reversed { [1, 0] } else { [0, 1] };
    let input = lowering.input(node, input_index)?;
    let other = match node.input_id(other_index) {
        Some(id) => lowering.operand(id)?,
        None => return Err(Reject::invalid(format!("input {other_index} is absent")).into()),
    };
    let output = lowering.output(node, 0, plan.length)?;

    let mut dims = plan.dims;
    if reversed {
        dims.iter_mut().for_each(|dim| dim.swap(1, 2));
    }
    let innermost = dims.last().copied().unwrap_or([1, 1, 1, 0]);
    let quads = dims.len() <= 1 || innermost[0].is_multiple_of(QUAD_ELEMENTS);
    let (dims, rank) = rows(dims)?;
    lowering.dispatch(Dispatch {
        kernel,
        rows: Rows::Aligned,
        constants: vec![
            ("quads", quads.into()),
            ("input_quads", (quads && innermost[1] == 1).into()),
            ("other_quads", (quads && innermost[2] == 1).into()),
            ("reversed", reversed.into()),
        ],
        params: BinaryParams {
            dims,
            rank,
            length: plan.length as u32,
            activation_min: plan.range.0,
            activation_max: plan.range.1,
        }
        .bytes(),
        output,
        operands: vec![(Role::Input, input), (Role::Weight, other)],
        workgroups: line(plan.length.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shapes_merge_to_one_dimension() {
        let shape = Shape::from([2, 3, 5, 7]);
        assert_eq!(dims(&shape, &shape, &shape), [[210, 1, 1, 0]]);
    }

    #[test]
    fn a_channel_vector_keeps_two_dimensions() {
        let (output, vector) = (Shape::from([2, 3, 5, 7]), Shape::from([7]));
        assert_eq!(
            dims(&output, &vector, &output),
            [[30, 7, 0, 0], [7, 1, 1, 0]]
        );
    }

    #[test]
    fn scalars_have_no_steps() {
        let (output, scalar) = (Shape::from([3, 5]), Shape::from([1, 1]));
        assert_eq!(dims(&scalar, &output, &output), [[15, 0, 1, 0]]);
    }
}
