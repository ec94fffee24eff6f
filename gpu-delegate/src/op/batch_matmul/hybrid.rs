//! Products of matrices of floats, whose rows are quantized, with matrices of constant signed bytes.

use demilite_core::op::BatchMatmul;
use demilite_core::{NodeContext, Reject, Shape};
use demilite_shaders::Element;

use super::FloatPlan;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::Places;
use crate::node::check::{self, Moved, Numbers, rule};
use crate::node::geometry::broadcast_steps;
use crate::product::dynamic_range::{self, DynamicRange, RowArithmetic, UNCLAMPED};
use crate::product::operands::Operands;

/// The product, and what surrounds it.
pub(in super::super) struct HybridPlan {
    /// From the left matrices to the rows of each of the output's.
    rows: Places,
    product: FloatPlan,
    range: DynamicRange,
}

impl HybridPlan {
    pub(super) fn new(
        op: &BatchMatmul,
        node: &NodeContext<'_>,
        device: &Device,
    ) -> Result<Self, Reject> {
        let left = check::data(node, 0, Numbers::Float, device)?;
        let right = node.shape(1).map_err(rule)?;
        let product = op.product(left, right).map_err(rule)?;
        let (height, depth, width) = (product.rows, product.depth, product.columns);
        let batch = &product.batch;
        let steps = broadcast_steps(&product.left.extended(batch.rank()), batch);
        let [row_step, depth_step] = if op.adj_x { [1, height] } else { [depth, 1] };
        let extents = [&batch[..], &[height, depth]].concat();
        let inner = batch.rank();
        let rows = Places::new(&extents, Moved::Float, 0.0, |axis, index| {
            Some(match axis {
                axis if axis < inner => index * steps[axis] * height * depth,
                axis if axis == inner => index * row_step,
                _ => index * depth_step,
            })
        })?;
        let dimension = right.rank() - if op.adj_y { 2 } else { 1 };
        let scales = dynamic_range::filter_scales(node, width, dimension)?;
        let arithmetic = RowArithmetic {
            rows: batch.elements() * height,
            symmetric: !op.asymmetric_quantize_inputs,
            together: true,
        };
        let range = DynamicRange::new(
            node,
            Operands::FIRST,
            arithmetic,
            &scales,
            UNCLAMPED,
            device,
        )?;
        let upright = BatchMatmul {
            adj_x: false,
            ..op.clone()
        };
        let shapes = [&Shape::from(extents), right];
        let bytes = Moved::Bits(Element::I8, 1);
        Ok(HybridPlan {
            product: FloatPlan::of(&upright, shapes, bytes, device)?,
            range: range.of_input_length(rows.elements()),
            rows,
        })
    }

    pub(super) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let stored = lowering.stored_input(node, 0)?;
        let rows = self.rows.taken(stored, lowering)?;
        let right = lowering.stored_input(node, 1)?;
        self.range
            .lower_from(rows, node, lowering, |input, output, lowering| {
                self.product.dispatch([input, right], output, lowering)
            })
    }
}
