//! ARG_MAX and ARG_MIN along an axis.

use demilite_core::op::ArgMinMax;
use demilite_core::op::arg_min_max::ArgMinMaxKind;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, ArgMinMaxParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, rule, word};
use crate::node::effect::{Effect, Range};
use crate::program::{Dispatch, line};

impl GpuOp for ArgMinMax {
    type Plan = ArgMinMaxParams;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<ArgMinMaxParams, Reject> {
        let dtype = node.required(0).map_err(rule)?.dtype;
        if !matches!(
            dtype,
            DataType::Float32 | DataType::Int8 | DataType::UInt8 | DataType::Int32 | DataType::Bool
        ) {
            return Err(Reject::unsupported(format!(
                "input 0 is {dtype}, and the GPU delegate compares float32, int8, uint8, int32 and bool"
            )));
        }
        let input = check::readable(node, 0, device)?;
        let axis = node.axis(1).map_err(rule)?;
        let words = match self.output_type {
            DataType::Int64 => 2,
            _ => 1,
        };
        let length = check::known_output(node, 0)?.elements() * words;
        check::binding("the output", length, Element::I32, device)?;
        check::iterations(QUAD_ELEMENTS * input[axis])?;
        Ok(ArgMinMaxParams {
            length: word(length)?,
            extent: word(input[axis])?,
            inner: word(input[axis + 1..].iter().product::<usize>())?,
            words: word(words)?,
        })
    }

    fn lower(
        &self,
        params: ArgMinMaxParams,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = params.length as usize;
        let input = lowering.stored_input(node, 0)?;
        let output = lowering.output_of(node, length, Element::I32)?;
        let is_float = matches!(
            lowering.element(input),
            Element::F32 | Element::F16 | Element::F16Packed
        );
        lowering.dispatch(Dispatch {
            kernel: &table::ARG_MIN_MAX,
            rows: Rows::Aligned,
            constants: vec![
                ("quads", 0),
                ("floats", is_float.into()),
                ("least", (self.kind == ArgMinMaxKind::ArgMin).into()),
            ],
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        // What it chooses or gives in integers depends on the last digit.
        Effect::exact(Range::Within)
    }
}
