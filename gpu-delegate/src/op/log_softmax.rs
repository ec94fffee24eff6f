//! LOG_SOFTMAX along the last dimension.

use demilite_core::op::LogSoftmax;
use demilite_core::quantization::LogSoftmaxScale;
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, LogSoftmaxQuantizedParams, SoftmaxParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::quantized;
use crate::reduction::rows::Lines;

/// The rows, and for bytes their fixed point.
pub(super) struct LogSoftmaxPlan {
    lines: Lines,
    scale: Option<LogSoftmaxScale>,
}

impl GpuOp for LogSoftmax {
    type Plan = LogSoftmaxPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<LogSoftmaxPlan, Reject> {
        let lines = Lines::new(node, device)?;
        let scale = match check::numbers(node)? {
            Numbers::Float => None,
            Numbers::Half => return Err(check::no_kernel(node)),
            Numbers::Quantized(_) => {
                let (_, largest) = layer::range(node.output(0))?;
                quantized::expect_output(node, 16.0 / 256.0, 0.0, largest)?;
                let (input_scale, _) = quantized::of_input(node, 0)?;
                let scale = LogSoftmaxScale::new(input_scale).ok_or_else(|| {
                    Reject::invalid(format!(
                        "an input scale of {input_scale} is too small for its fixed point"
                    ))
                })?;
                Some(scale)
            }
        };
        Ok(LogSoftmaxPlan { lines, scale })
    }

    fn lower(
        &self,
        LogSoftmaxPlan { lines, scale }: LogSoftmaxPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let Lines { rows, row_length } = lines;
        let Some(scale) = scale else {
            let params = SoftmaxParams {
                rows,
                row_length,
                beta: 1.0,
            };
            let logarithm = Some(("logarithm", 1));
            let params = params.bytes();
            return lines.lower(&table::SOFTMAX, logarithm, params, None, node, lowering);
        };
        let differences =
            (0..=255).map(|below: i32| [scale.exp(-below), scale.scaled(-below), 0, 0]);
        let differences: Vec<[i32; QUAD_ELEMENTS]> = differences.collect();
        let bytes: &[u8] = bytemuck::cast_slice(&differences);
        let elements = differences.len() * QUAD_ELEMENTS;
        let differences = lowering.table("differences", bytes, elements, Element::I32, 0)?;
        let (smallest, largest) = layer::range(node.output(0))?;
        let params = LogSoftmaxQuantizedParams {
            rows,
            row_length,
            smallest,
            largest,
            multiplier: scale.reverse().multiplier,
            exponent: scale.reverse().shift,
            smallest_difference: scale.smallest_difference(),
        };
        let kernel = &table::LOG_SOFTMAX_QUANTIZED;
        lines.lower(
            kernel,
            None,
            params.bytes(),
            Some(differences),
            node,
            lowering,
        )
    }
}
