//! BATCH_MATMUL of floats: a grouped matrix product, of which each pair of matrices is a group.

use demilite_core::op::BatchMatmul;
use demilite_core::{NodeContext, Reject, Shape};
use demilite_shaders::QUAD_ELEMENTS;
use demilite_shaders::table::{self, Conv2dParams};

use super::GpuOp;
use super::check::{self, Moved, Numbers, rule};
use super::geometry::broadcast_steps;
use super::matrix_product::{MatrixProduct, Operands};
use super::take::Places;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};

/// The product, and the moves around it.
pub(super) struct BatchPlan {
    /// From the left matrices to rows of all their rows.
    left: Places,
    /// From the right matrices to columns of all their columns.
    right: Places,
    product: MatrixProduct,
    /// From a row of all results to matrices.
    results: Places,
}

impl GpuOp for BatchMatmul {
    type Plan = BatchPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<BatchPlan, Reject> {
        if check::numbers(node)? != Numbers::Float {
            return Err(check::no_kernel(node));
        }
        let left = check::data(node, 0, Numbers::Float, context)?;
        let right = check::data(node, 1, Numbers::Float, context)?;
        check::output(node, context)?;
        let product = self.product(left, right).map_err(rule)?;
        let (rows, depth, columns) = (product.rows, product.depth, product.columns);
        let (batch, pairs) = (&product.batch, product.batch.elements());
        let padded_depth = depth.next_multiple_of(QUAD_ELEMENTS);
        // A group has a whole number of the channels of an invocation.
        let padded_columns = match pairs {
            1 => columns.next_multiple_of(QUAD_ELEMENTS),
            _ => columns.next_multiple_of(table::CONV_2D_CHANNELS as usize),
        };

        let steps = |shape: &Shape, matrix: usize| -> Vec<usize> {
            let steps = broadcast_steps(&shape.extended(batch.rank()), batch);
            steps.into_iter().map(|step| step * matrix).collect()
        };
        let (left_steps, right_steps) = (
            steps(&product.left, rows * depth),
            steps(&product.right, depth * columns),
        );
        let inner = batch.rank() + 1;
        let moves = |outer: usize, last: usize| [&[outer], &batch[..], &[last]].concat();
        let [row_step, left_depth_step] = if self.adj_x { [1, rows] } else { [depth, 1] };
        let left = Places::new(&moves(rows, depth), Moved::Float, 0.0, |axis, index| {
            Some(match axis {
                0 => index * row_step,
                axis if axis == inner => index * left_depth_step,
                axis => index * left_steps[axis - 1],
            })
        })?;
        let [right_depth_step, column_step] = if self.adj_y { [1, depth] } else { [columns, 1] };
        let extents = moves(padded_depth, padded_columns);
        let right = Places::new(&extents, Moved::Float, 0.0, |axis, index| match axis {
            0 => (index < depth).then_some(index * right_depth_step),
            axis if axis == inner => (index < columns).then_some(index * column_step),
            axis => Some(index * right_steps[axis - 1]),
        })?;
        let row = pairs * padded_columns;
        let results = Places::new(&[pairs, rows, columns], Moved::Float, 0.0, |axis, index| {
            Some(index * [padded_columns, row, 1][axis])
        })?;
        let sizes = Conv2dParams {
            input_height: 1,
            input_width: rows as u32,
            input_channels: (pairs * depth) as u32,
            filter_height: 1,
            filter_width: 1,
            filter_channels: depth as u32,
            output_height: 1,
            output_width: rows as u32,
            output_channels: row as u32,
            group_channels: padded_columns as u32,
            positions: rows as u32,
            stride_height: 1,
            stride_width: 1,
            dilation_height: 1,
            dilation_width: 1,
            pad_top: 0,
            pad_left: 0,
            spread_height: 1,
            spread_width: 1,
            activation_min: f32::MIN,
            activation_max: f32::MAX,
        };
        let element = context.activation();
        check::binding(
            "the rearranged matrices",
            left.elements().max(right.elements()),
            element,
            context,
        )?;
        check::binding("the results", row * rows, element, context)?;
        let product = MatrixProduct::new(sizes, element, Operands::FIRST, context)?;
        Ok(BatchPlan {
            left,
            right,
            product,
            results,
        })
    }

    fn lower(
        &self,
        plan: BatchPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let left = plan.left.taken(lowering.input(node, 0)?, lowering)?;
        let right = plan.right.taken(lowering.input(node, 1)?, lowering)?;
        let bias = lowering.zeros(plan.product.outputs())?;
        let element = lowering.context().activation();
        let sums = lowering.intermediate(plan.product.elements(), element)?;
        plan.product.dispatch([left, right, bias], sums, lowering)?;
        let output = lowering.output(node, 0, plan.results.elements())?;
        plan.results.dispatch(sums, output, lowering)
    }
}
