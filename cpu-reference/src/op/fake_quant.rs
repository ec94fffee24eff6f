//! FAKE_QUANT: reals as quantization would leave them.

use demilite_core::quantization::Grid;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::elementwise::unary::elementwise;

pub(crate) fn prepare(op: &op::FakeQuant, node: &NodeContext<'_>) -> Prepared {
    if [node.required(0)?.dtype, node.output(0).dtype] != [DataType::Float32; 2] {
        return Err(Unprepared::types(node));
    }
    if op.narrow_range {
        return Err(Reject::unsupported("no kernel for a narrow range").into());
    }
    let grid = Grid::new(op.min, op.max, op.num_bits);
    Ok(elementwise(move |value| grid.nearest(value)))
}
