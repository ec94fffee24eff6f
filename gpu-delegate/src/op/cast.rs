//! CAST: the same numbers in another type.

use demilite_core::op::Cast;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, CastToIntegerParams, LengthParams};
use demilite_shaders::{Element, Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::stored_element;
use crate::node::check::{self, rule, word};
use crate::node::effect::{self, Effect};
use crate::program::{Dispatch, line};

/// What the numbers of a tensor are on the device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Floats.
    Float,
    /// So many of an element for each integer.
    Integer(Element, usize),
}

/// How numbers come to another type.
pub(super) struct CastPlan {
    source: Numbers,
    target: Numbers,
    length: usize,
}

fn numbers(what: &str, dtype: DataType) -> Result<Numbers, Reject> {
    let unsupported = || {
        Reject::unsupported(format!(
            "{what} is {dtype}, and the GPU delegate casts float32, float16, bool, uint8 and signed integers"
        ))
    };
    match dtype {
        DataType::Float32 | DataType::Float16 => Ok(Numbers::Float),
        DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Err(unsupported()),
        _ => {
            let (element, words) = stored_element(dtype).ok_or_else(unsupported)?;
            Ok(Numbers::Integer(element, words))
        }
    }
}

impl GpuOp for Cast {
    type Plan = CastPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<CastPlan, Reject> {
        let source = numbers("the input", node.required(0).map_err(rule)?.dtype)?;
        let target = numbers("the output", node.output(0).dtype)?;
        let length = check::readable(node, 0, device)?.elements();
        check::binding("the output", 2 * length, Element::I32, device)?;
        Ok(CastPlan {
            source,
            target,
            length,
        })
    }

    fn lower(
        &self,
        plan: CastPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let [from, to] = [node.required(0).map_err(rule)?.dtype, node.output(0).dtype];
        // Rounded to 16 bits first, floats would come to other integers.
        let source = lowering.stored_input(node, 0)?;
        let is_same = from == to && to != DataType::Bool;
        // The nodes that read it take 16-bit floats too.
        if is_same || [from, to] == [DataType::Float16, DataType::Float32] {
            lowering.alias(node, source);
            return Ok(());
        }
        if plan.source == Numbers::Float && plan.target == Numbers::Float {
            let output = lowering.output(node, 0, plan.length)?;
            return Ok(lowering.copy(source, output)?);
        }
        let words = |numbers| match numbers {
            Numbers::Float => 1,
            Numbers::Integer(_, words) => words,
        };
        let (source_words, output_words) = (words(plan.source), words(plan.target));
        let length = plan.length * output_words;
        let element = match (plan.source, plan.target) {
            (_, Numbers::Integer(element, _)) => element,
            _ if to == DataType::Float16 => lowering.device().half(),
            // 16-bit floats hold all bytes.
            (Numbers::Integer(Element::I8 | Element::U8, _), Numbers::Float) => {
                lowering.activation_element()
            }
            _ => Element::F32,
        };
        let output = lowering.output_of(node, length, element)?;
        let (kernel, params) = kernel(plan.source, to, length)?;
        let quads = match (plan.source, plan.target) {
            (Numbers::Float, _) => false,
            (_, Numbers::Float) => true,
            _ => source_words == 1 && output_words == 1,
        };
        let is_boolean = from == DataType::Bool || to == DataType::Bool;
        let constants = vec![
            ("quads", quads.into()),
            ("boolean", is_boolean.into()),
            ("source_words", word(source_words)?),
            ("output_words", word(output_words)?),
        ];
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params,
            output,
            operands: vec![(Role::Weight, source)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        effect::cast(node)
    }
}

/// The kernel from numbers to a type, and its params.
fn kernel(
    source: Numbers,
    target: DataType,
    length: usize,
) -> Result<(&'static Kernel, Vec<u8>), Reject> {
    let length = word(length)?;
    let sizes = LengthParams { length }.bytes();
    Ok(match (source, target) {
        (Numbers::Integer(..), DataType::Float32 | DataType::Float16) => {
            (&table::CAST_FROM_INTEGER, sizes)
        }
        (Numbers::Integer(..), _) => (&table::CAST_INTEGER, sizes),
        (Numbers::Float, _) => {
            let (smallest, largest) = match target {
                DataType::Bool => (0, 1),
                _ => target.quantized_range().unwrap_or((i32::MIN, i32::MAX)),
            };
            let params = CastToIntegerParams {
                length,
                smallest,
                largest,
            };
            (&table::CAST_TO_INTEGER, params.bytes())
        }
    })
}
