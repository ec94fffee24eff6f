//! A layer of quantized integers and the sum of its output with another tensor: the dispatch of the layer computes both.

use demilite_core::Partition;
use demilite_shaders::STEPS_ELEMENT;

use crate::fusion::Sum;
use crate::lowering::{LowerError, Lowering};
use crate::plans::Plans;
use crate::program::{DispatchEpilogue, EpilogueWork};

/// Adds the dispatches of the layer, which add too before they write; or those of the layer and of the sum.
pub(super) fn lower<'a>(
    sum: &Sum,
    partition: &'a Partition,
    plans: &mut Plans<'a>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let rows = sum.arithmetic.rows();
    let bytes: &[u8] = bytemuck::cast_slice(&rows);
    let elements = bytes.len() / STEPS_ELEMENT.bytes();
    let epilogue = DispatchEpilogue {
        work: EpilogueWork::Sum {
            power_of_two: sum.arithmetic.power_of_two,
        },
        rows: lowering.table("a sum", bytes, elements, STEPS_ELEMENT, 0)?,
        tensors: vec![lowering.operand(sum.addend)?],
    };
    let first = lowering.dispatches();
    plans.lower(&partition.context(sum.head), lowering)?;
    let node = partition.context(sum.node);
    match lowering.extend(first, sum.source, node.node().outputs[0], &epilogue)? {
        true => Ok(()),
        false => plans.lower(&node, lowering),
    }
}
