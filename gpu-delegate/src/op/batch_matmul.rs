//! BATCH_MATMUL: of floats a grouped matrix product, of which each pair of matrices is a group.

mod hybrid;
mod integer;

use demilite_core::op::BatchMatmul;
use demilite_core::{DataType, NodeContext, Reject, Shape, TensorId};
use demilite_shaders::table;
use demilite_shaders::{Element, QUAD_ELEMENTS};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::Places;
use crate::node::check::{self, Moved, Numbers, rule};
use crate::node::effect::{self, Effect};
use crate::node::geometry::broadcast_steps;
use crate::product::convolution::Convolution;
use crate::product::dynamic_range::is_dynamic_range;
use crate::product::float::MatrixProduct;
use crate::product::operands::Operands;
use crate::program::Storage;
use hybrid::HybridPlan;
use integer::IntegerPlan;

/// What is multiplied.
pub(super) enum BatchPlan {
    /// Floats.
    Float(Box<FloatPlan>),
    /// Floats with integers.
    Hybrid(Box<HybridPlan>),
    /// Integers.
    Integer(IntegerPlan),
}

/// The product, and the moves around it.
pub(super) struct FloatPlan {
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

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BatchPlan, Reject> {
        match node.output(0).dtype {
            DataType::Float32 if is_dynamic_range(node) => {
                HybridPlan::new(self, node, device).map(|plan| BatchPlan::Hybrid(Box::new(plan)))
            }
            DataType::Float32 => {
                FloatPlan::new(self, node, device).map(|plan| BatchPlan::Float(Box::new(plan)))
            }
            _ => IntegerPlan::new(self, node, device).map(BatchPlan::Integer),
        }
    }

    fn lower(
        &self,
        plan: BatchPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match plan {
            BatchPlan::Float(plan) => plan.lower(node, lowering),
            BatchPlan::Hybrid(plan) => plan.lower(node, lowering),
            BatchPlan::Integer(plan) => plan.lower(node, lowering),
        }
    }

    fn effect(&self, node: &NodeContext<'_>, is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        effect::layer(node, is_bounded)
    }
}

impl FloatPlan {
    fn new(op: &BatchMatmul, node: &NodeContext<'_>, device: &Device) -> Result<Self, Reject> {
        let left = check::data(node, 0, Numbers::Float, device)?;
        let right = check::data(node, 1, Numbers::Float, device)?;
        check::output(node, device)?;
        Self::of(op, [left, right], Moved::Float, device)
    }

    /// The product of matrices of these shapes, of which the right ones hold `weights`.
    fn of(
        op: &BatchMatmul,
        [left, right]: [&Shape; 2],
        weights: Moved,
        device: &Device,
    ) -> Result<Self, Reject> {
        let product = op.product(left, right).map_err(rule)?;
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
        let [row_step, left_depth_step] = if op.adj_x { [1, rows] } else { [depth, 1] };
        let left = Places::new(&moves(rows, depth), Moved::Float, 0.0, |axis, index| {
            Some(match axis {
                0 => index * row_step,
                axis if axis == inner => index * left_depth_step,
                axis => index * left_steps[axis - 1],
            })
        })?;
        let [right_depth_step, column_step] = if op.adj_y { [1, depth] } else { [columns, 1] };
        let extents = moves(padded_depth, padded_columns);
        let right = Places::new(&extents, weights, 0.0, |axis, index| match axis {
            0 => (index < depth).then_some(index * right_depth_step),
            axis if axis == inner => (index < columns).then_some(index * column_step),
            axis => Some(index * right_steps[axis - 1]),
        })?;
        let row = pairs * padded_columns;
        let results = Places::new(&[pairs, rows, columns], Moved::Float, 0.0, |axis, index| {
            Some(index * [padded_columns, row, 1][axis])
        })?;
        let sizes = Convolution {
            image: [1, rows, pairs * depth],
            group_channels: padded_columns,
            ..Convolution::of_rows(rows, depth, row, (f32::NEG_INFINITY, f32::INFINITY))
        };
        let sizes = sizes.params()?;
        let element = Element::F32;
        check::binding(
            "the rearranged matrices",
            left.elements().max(right.elements()),
            element,
            device,
        )?;
        check::binding("the results", row * rows, element, device)?;
        let filter = match weights {
            Moved::Float => element,
            Moved::Bits(element, _) => element,
        };
        let product = MatrixProduct::new(sizes, filter, Operands::FIRST, device)?;
        Ok(FloatPlan {
            left,
            right,
            product,
            results,
        })
    }

    fn lower(self, node: &NodeContext<'_>, lowering: &mut Lowering<'_>) -> Result<(), LowerError> {
        let matrices = [lowering.input(node, 0)?, lowering.input(node, 1)?];
        let output = lowering.output(node, 0, self.results.elements())?;
        self.dispatch(matrices, output, lowering)
    }

    /// Adds the dispatches from both matrices to the output.
    fn dispatch(
        &self,
        [left, right]: [Storage; 2],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let left = self.left.taken(left, lowering)?;
        let right = self.right.taken(right, lowering)?;
        let bias = lowering.zeros(self.product.outputs())?;
        let element = lowering.element(output);
        let sums = lowering.intermediate(self.product.elements(), element)?;
        self.product.dispatch([left, right, bias], sums, lowering)?;
        self.results.dispatch(sums, output, lowering)
    }
}
