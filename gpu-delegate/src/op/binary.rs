//! Elementwise operations of two tensors.

use demilite_core::op::Activation;
use demilite_core::quantization::{CommonScale, PowerOfTwoScale};
use demilite_core::{DataType, NodeContext, Reject, Shape};
use demilite_shaders::table::{BinaryParams, BinaryQuantizedParams};
use demilite_shaders::{Element, Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::check::{self, Numbers};
use super::geometry::{broadcast_steps, merged, rows};
use super::quantized;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// The interval of all finite floats.
pub(super) const EVERYTHING: (f32, f32) = (f32::MIN, f32::MAX);

/// What is computed of each two elements.
pub(super) enum Arithmetic {
    /// Of floats, with the interval of the fused activation.
    Float(&'static Kernel, (f32, f32)),
    /// Of quantized integers; the sizes are still to come.
    Quantized(&'static Kernel, Element, BinaryQuantizedParams),
}

/// How a node broadcasts, and what it computes.
pub(super) struct BinaryPlan {
    dims: Vec<[usize; 4]>,
    length: usize,
    arithmetic: Arithmetic,
}

/// Checks a node of two inputs that broadcast; `arithmetic` gives what is computed of numbers of a kind.
pub(super) fn plan(
    node: &NodeContext<'_>,
    context: &GpuContext,
    arithmetic: impl FnOnce(Numbers) -> Result<Arithmetic, Reject>,
) -> Result<BinaryPlan, Reject> {
    let numbers = check::numbers(node)?;
    let output = check::output(node, context)?;
    let left = check::data(node, 0, numbers, context)?;
    let right = check::data(node, 1, numbers, context)?;
    let plan = BinaryPlan {
        dims: dims(left, right, output),
        length: output.elements(),
        arithmetic: arithmetic(numbers)?,
    };
    rows::<6>(plan.dims.clone())?;
    Ok(plan)
}

/// The clamp, zero points and factors of two quantized inputs that are brought to a common scale.
pub(super) fn common_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<CommonScale, Reject> {
    let output = node.output(0);
    let left_shift = if output.dtype == DataType::Int16 {
        15
    } else {
        20
    };
    let inputs = [quantized::of_input(node, 0)?, quantized::of_input(node, 1)?];
    let clamp = quantized::clamp(activation, output)?;
    Ok(CommonScale::new(
        left_shift,
        inputs,
        quantized::per_tensor(output)?,
        clamp,
    ))
}

/// The params of [`common_scale`].
pub(super) fn common_scale_params(scale: &CommonScale) -> BinaryQuantizedParams {
    BinaryQuantizedParams {
        activation_min: scale.clamp.0,
        activation_max: scale.clamp.1,
        left_shift: scale.left_shift,
        left_zero_point: scale.zero_points[0],
        left_multiplier: scale.multipliers[0].multiplier,
        left_exponent: scale.multipliers[0].shift,
        right_zero_point: scale.zero_points[1],
        right_multiplier: scale.multipliers[1].multiplier,
        right_exponent: scale.multipliers[1].shift,
        output_zero_point: scale.output_zero_point,
        output_multiplier: scale.output_multiplier.multiplier,
        output_exponent: scale.output_multiplier.shift,
        ..BinaryQuantizedParams::default()
    }
}

/// The params of 16-bit inputs whose scales are powers of two; none where one is not.
pub(super) fn power_of_two_params(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<Option<BinaryQuantizedParams>, Reject> {
    let inputs = [
        quantized::of_input(node, 0)?.0,
        quantized::of_input(node, 1)?.0,
    ];
    let output = quantized::per_tensor(node.output(0))?.0;
    let Some(right_shifts) = PowerOfTwoScale::right_shifts(inputs, output) else {
        return Ok(None);
    };
    if !PowerOfTwoScale::allows(right_shifts) {
        return Err(Reject::invalid(
            "with scales that are powers of two, one 16-bit input needs the output's scale, and the other one no greater",
        ));
    }
    let (activation_min, activation_max) = quantized::clamp(activation, node.output(0))?;
    Ok(Some(BinaryQuantizedParams {
        activation_min,
        activation_max,
        left_exponent: right_shifts[0],
        right_exponent: right_shifts[1],
        ..BinaryQuantizedParams::default()
    }))
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

/// Adds the dispatch.
pub(super) fn lower(
    plan: BinaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let constant = |index| {
        node.input_id(index)
            .is_some_and(|id| lowering.is_constant(id))
    };
    let is_float = matches!(plan.arithmetic, Arithmetic::Float(..));
    // The kernel's second operand may have any float element, so that a constant goes there.
    let reversed = is_float && constant(0) && !constant(1);
    let [input_index, other_index] = if reversed { [1, 0] } else { [0, 1] };
    let input = match is_float {
        true => lowering.input(node, input_index)?,
        false => lowering.stored_input(node, input_index)?,
    };
    let other = lowering.stored_input(node, other_index)?;

    let mut dims = plan.dims;
    if reversed {
        dims.iter_mut().for_each(|dim| dim.swap(1, 2));
    }
    let innermost = dims.last().copied().unwrap_or([1, 1, 1, 0]);
    let quads = dims.len() <= 1 || innermost[0].is_multiple_of(QUAD_ELEMENTS);
    let (dims, rank) = rows(dims)?;
    let length = plan.length as u32;
    let (kernel, params, output) = match plan.arithmetic {
        Arithmetic::Float(kernel, (activation_min, activation_max)) => {
            let params = BinaryParams {
                dims,
                rank,
                length,
                activation_min,
                activation_max,
            };
            (
                kernel,
                params.bytes(),
                lowering.output(node, 0, plan.length)?,
            )
        }
        Arithmetic::Quantized(kernel, element, params) => {
            let params = BinaryQuantizedParams {
                dims,
                rank,
                length,
                ..params
            };
            let output = lowering.output_of(node, plan.length, element)?;
            (kernel, params.bytes(), output)
        }
    };
    lowering.dispatch(Dispatch {
        kernel,
        rows: Rows::Aligned,
        constants: vec![
            ("quads", quads.into()),
            ("input_quads", (quads && innermost[1] == 1).into()),
            ("other_quads", (quads && innermost[2] == 1).into()),
            ("reversed", reversed.into()),
        ],
        params,
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
