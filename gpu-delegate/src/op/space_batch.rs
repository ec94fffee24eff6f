//! SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: blocks of an image as entries of a batch, and back.

use demilite_core::op::SpaceBatch;
use demilite_core::op::space_batch::{Blocks, SpaceBatchKind};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, Reject, Shape, TensorId};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::take::Places;
use crate::node::check::{self, Moved, rule};
use crate::node::effect::Effect;

/// One move after the other.
pub(super) struct SpaceBatchPlan {
    moved: Moved,
    moves: Vec<Places>,
}

impl GpuOp for SpaceBatch {
    type Plan = SpaceBatchPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<SpaceBatchPlan, Reject> {
        let moved = check::moved(node, [0], device)?;
        check::same_quantization(node, 0)?;
        let blocks = Blocks::of(node).map_err(rule)?;
        let (input, output) = (node.shape(0).map_err(rule)?, check::known_output(node, 0)?);
        let moves = match self.kind {
            SpaceBatchKind::BatchToSpaceNd => vec![to_space(input, output, &blocks, moved)?],
            SpaceBatchKind::SpaceToBatchNd => {
                let padded = padded(input, &blocks);
                let mut moves = Vec::new();
                if padded != *input {
                    moves.push(with_margins(input, &padded, &blocks, moved, fill(node)?)?);
                }
                moves.push(to_batch(&padded, &blocks, moved)?);
                moves
            }
        };
        Ok(SpaceBatchPlan { moved, moves })
    }

    fn lower(
        &self,
        plan: SpaceBatchPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let mut source = lowering.moved_input(node, 0, plan.moved)?;
        let last = plan.moves.len() - 1;
        for (index, places) in plan.moves.iter().enumerate() {
            let elements = places.elements();
            let target = match plan.moved {
                _ if index == last => lowering.moved_output(node, 0, elements, plan.moved)?,
                Moved::Float => {
                    let element = lowering.activation_element();
                    lowering.intermediate(elements, element)?
                }
                Moved::Bits(element, _) => lowering.intermediate(elements, element)?,
            };
            places.dispatch(source, target, lowering)?;
            source = target;
        }
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}

/// What margins are filled with: the zero point of quantized integers, else zero.
fn fill(node: &NodeContext<'_>) -> Result<f32, Reject> {
    let output = node.output(0);
    if output.quantization.is_none() {
        return Ok(0.0);
    }
    Ok(layer::per_tensor(output)?.1 as f32)
}

fn padded(input: &Shape, blocks: &Blocks) -> Shape {
    let mut dims = input.to_vec();
    for (dim, [before, after]) in dims[1..].iter_mut().zip(&blocks.margins) {
        *dim += before + after;
    }
    Shape::new(dims)
}

fn with_margins(
    input: &Shape,
    padded: &Shape,
    blocks: &Blocks,
    moved: Moved,
    fill: f32,
) -> Result<Places, Reject> {
    let strides = input.strides();
    Places::new(padded, moved, fill, |axis, index| {
        let margins = axis
            .checked_sub(1)
            .and_then(|axis| blocks.margins.get(axis));
        let inside = index.checked_sub(margins.map_or(0, |[before, _]| *before))?;
        (inside < input[axis]).then(|| inside * strides[axis])
    })
}

/// Entries of the batch are ordered by place in the block, then by entry of the space.
fn to_batch(padded: &Shape, blocks: &Blocks, moved: Moved) -> Result<Places, Reject> {
    let strides = padded.strides();
    let spatial = blocks.extents.len();
    let mut dims: Vec<[usize; 2]> = Vec::new();
    dims.extend((0..spatial).map(|axis| [blocks.extents[axis], strides[axis + 1]]));
    dims.push([padded[0], strides[0]]);
    dims.extend((0..spatial).map(|axis| {
        let block = blocks.extents[axis];
        [padded[axis + 1] / block, block * strides[axis + 1]]
    }));
    dims.extend((spatial + 1..padded.rank()).map(|axis| [padded[axis], strides[axis]]));
    let extents: Vec<usize> = dims.iter().map(|dim| dim[0]).collect();
    Places::new(&extents, moved, 0.0, |axis, index| {
        Some(index * dims[axis][1])
    })
}

fn to_space(batch: &Shape, space: &Shape, blocks: &Blocks, moved: Moved) -> Result<Places, Reject> {
    let strides = batch.strides();
    let mut block_strides = vec![space[0]; blocks.extents.len()];
    for axis in (1..block_strides.len()).rev() {
        block_strides[axis - 1] = block_strides[axis] * blocks.extents[axis];
    }
    Places::new(space, moved, 0.0, |axis, index| {
        let Some(spatial) = axis
            .checked_sub(1)
            .filter(|&axis| axis < block_strides.len())
        else {
            return Some(index * strides[axis]);
        };
        let block = blocks.extents[spatial];
        let index = index + blocks.margins[spatial][0];
        Some(index / block * strides[axis] + index % block * block_strides[spatial] * strides[0])
    })
}
