//! DEQUANTIZE. The nodes that read a dequantized float16 tensor read the tensor's own bytes; constants of 8 bits and less become
//! 32-bit floats before they are brought to the device, other quantized integers there.

use demilite_core::op::Dequantize;
use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Quantization, Reject, Shape, TensorId};
use demilite_shaders::table::{self, DequantizeParams, DequantizeSlicesParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::{float_constant, integers_behind_dequantize, quantized_element};
use crate::node::check::{self, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

/// The dispatch of a node.
pub(super) enum DequantizePlan {
    /// None: the nodes that read the reals read the constant itself, or its reals.
    Constant,
    /// None: the nodes that read the reals read the float16 tensor itself.
    Halves,
    /// One scale and zero point.
    Whole(DequantizeParams),
    /// A scale and zero point of each slice.
    Slices(DequantizeSlicesParams, Vec<[f32; QUAD_ELEMENTS]>),
}

impl GpuOp for Dequantize {
    type Plan = DequantizePlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<DequantizePlan, Reject> {
        let dtype = node.required(0).map_err(check::rule)?.dtype;
        if integers_behind_dequantize(node.graph(), node.node().outputs[0]).is_some() {
            check::output(node, device)?;
            return Ok(DequantizePlan::Constant);
        }
        if quantized_element(dtype).is_some() {
            let shape = check::source(node, 0, device)?;
            let length = word(shape.elements())?;
            check::output(node, device)?;
            let quantization = node.required(0).map_err(check::rule)?.quantization.as_ref();
            if let Some(quantization) = quantization.filter(|found| found.is_per_axis()) {
                return slices(shape, quantization);
            }
            let input = node.required(0).map_err(check::rule)?;
            let (scale, zero_point) = layer::affine(input)?;
            if scale != 0.0 && !scale.is_normal() {
                return Err(Reject::unsupported(format!(
                    "the scale {scale}, which a GPU may take for 0"
                )));
            }
            return Ok(DequantizePlan::Whole(DequantizeParams {
                length,
                scale,
                zero_point,
            }));
        }
        if dtype != DataType::Float16 {
            return Err(Reject::unsupported(format!(
                "the input is {dtype}, and the GPU delegate expands float16, int8, uint8 and int16"
            )));
        }
        if float_constant(node.graph(), node.node().outputs[0]).is_some() {
            return Ok(DequantizePlan::Constant);
        }
        check::readable(node, 0, device)?;
        check::output(node, device)?;
        Ok(DequantizePlan::Halves)
    }

    fn lower(
        &self,
        plan: DequantizePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (kernel, params, length, stage) = match plan {
            DequantizePlan::Constant => return Ok(()),
            DequantizePlan::Halves => return lowering.rename(node),
            DequantizePlan::Whole(p) => (&table::DEQUANTIZE, p.bytes(), p.length, None),
            DequantizePlan::Slices(p, stage) => {
                let bytes: &[u8] = bytemuck::cast_slice(&stage);
                let elements = stage.len() * QUAD_ELEMENTS;
                let stage = lowering.table("slices", bytes, elements, Element::F32, 0)?;
                (&table::DEQUANTIZE_SLICES, p.bytes(), p.length, Some(stage))
            }
        };
        let length = length as usize;
        let input = lowering.stored_input(node, 0)?;
        // 16-bit floats would not hold the reals.
        let output = lowering.output_of(node, length, Element::F32)?;
        let stage = stage.map(|stage| (Role::Bias, stage));
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params,
            output,
            operands: [(Role::Weight, input)].into_iter().chain(stage).collect(),
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::GROWING
    }
}

/// The plan of a tensor with a scale and zero point for each slice.
fn slices(shape: &Shape, quantization: &Quantization) -> Result<DequantizePlan, Reject> {
    let (dimension, slices) = (quantization.quantized_dimension, quantization.scale.len());
    if shape.get(dimension) != Some(&slices) {
        return Err(Reject::invalid(format!(
            "{slices} scales along dimension {dimension} of shape {shape}"
        )));
    }
    let step: usize = shape[dimension + 1..].iter().product();
    let params = DequantizeSlicesParams {
        length: word(shape.elements())?,
        step: word(step.max(1))?,
        slices: word(slices)?,
    };
    let stage = (0..slices).map(|slice| {
        let zero_point = quantization.zero_point_of(slice) as f32;
        [quantization.scale_of(slice), zero_point, 0.0, 0.0]
    });
    Ok(DequantizePlan::Slices(params, stage.collect()))
}
