//! L2_NORMALIZATION: rows divided by their lengths.

use demilite_core::op::{Activation, L2Normalization};
use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::Params;
use demilite_shaders::table::{self, L2NormalizationParams, L2NormalizationQuantizedParams};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers};
use crate::node::effect::{Effect, Range};
use crate::node::quantized;
use crate::reduction::rows::Lines;

/// The rows, and what is known of their integers.
pub(super) enum L2Plan {
    /// Of floats.
    Float(Lines),
    /// Of bytes.
    Quantized(Lines, L2NormalizationQuantizedParams),
}

impl GpuOp for L2Normalization {
    type Plan = L2Plan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<L2Plan, Reject> {
        if self.activation != Activation::None {
            return Err(Reject::unsupported(format!(
                "the fused activation {:?}",
                self.activation
            )));
        }
        let lines = Lines::new(node, device)?;
        if let Numbers::Quantized(_) = check::numbers(node)? {
            let (_, zero_point) = layer::per_tensor(node.output(0))?;
            let due = match node.output(0).dtype {
                DataType::UInt8 => 128,
                _ => 0,
            };
            quantized::expect_output(node, 1.0 / 128.0, 0.0, due)?;
            let (smallest, largest) = layer::range(node.output(0))?;
            let params = L2NormalizationQuantizedParams {
                rows: lines.rows,
                row_length: lines.row_length,
                zero_point: quantized::of_input(node, 0)?.1,
                output_zero_point: zero_point,
                smallest,
                largest,
            };
            return Ok(L2Plan::Quantized(lines, params));
        }
        Ok(L2Plan::Float(lines))
    }

    fn lower(
        &self,
        plan: L2Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match plan {
            L2Plan::Float(lines) => {
                let Lines { rows, row_length } = lines;
                let params = L2NormalizationParams { rows, row_length }.bytes();
                lines.lower(&table::L2_NORMALIZATION, None, params, None, node, lowering)
            }
            L2Plan::Quantized(lines, params) => {
                let is_unsigned = node.output(0).dtype == DataType::UInt8;
                let choice = Some(("beforehand", is_unsigned.into()));
                let kernel = &table::L2_NORMALIZATION_QUANTIZED;
                lines.lower(kernel, choice, params.bytes(), None, node, lowering)
            }
        }
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::exact(Range::Bounded)
    }
}
