//! BUCKETIZE: the bucket that each number falls into.

use demilite_core::op::Bucketize;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, BucketizeParams, LengthParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, rule, word};
use crate::node::effect::{Effect, Range};
use crate::program::{Dispatch, Storage, line};

impl GpuOp for Bucketize {
    /// How many numbers, and how many elements of the device each is.
    type Plan = (usize, usize);

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        let words = match node.required(0).map_err(rule)?.dtype {
            DataType::Float32 | DataType::Int32 => 1,
            DataType::Int64 => 2,
            _ => return Err(check::no_kernel(node)),
        };
        check::iterations(self.boundaries.len())?;
        Ok((check::readable(node, 0, device)?.elements(), words))
    }

    fn lower(
        &self,
        (length, words): Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.stored_input(node, 0)?;
        let floats = match node.required(0).map_err(rule)?.dtype {
            DataType::Float32 => input,
            _ => nearest_floats(input, length, words, lowering)?,
        };
        let bytes: &[u8] = bytemuck::cast_slice(&self.boundaries);
        let count = self.boundaries.len();
        let boundaries = lowering.table("boundaries", bytes, count, Element::F32, 0)?;
        let output = lowering.output_of(node, length, Element::I32)?;
        let params = BucketizeParams {
            length: word(length)?,
            count: word(count)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::BUCKETIZE,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, floats), (Role::Bias, boundaries)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        // What it chooses or gives in integers depends on the last digit.
        Effect::exact(Range::Within)
    }
}

/// The nearest floats of integers.
fn nearest_floats(
    source: Storage,
    length: usize,
    words: usize,
    lowering: &mut Lowering<'_>,
) -> Result<Storage, LowerError> {
    let output = lowering.intermediate(length, Element::F32)?;
    let params = LengthParams {
        length: word(length)?,
    };
    lowering.dispatch(Dispatch {
        kernel: &table::CAST_FROM_INTEGER,
        rows: Rows::Aligned,
        constants: vec![("source_words", word(words)?)],
        params: params.bytes(),
        output,
        operands: vec![(Role::Weight, source)],
        workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(output)
}
