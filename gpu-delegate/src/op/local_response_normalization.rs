//! LOCAL_RESPONSE_NORMALIZATION: each channel divided by a power of what its neighbours hold.

use demilite_core::op::LocalResponseNormalization;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table::{self, LocalResponseNormalizationParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, word};
use crate::program::{Dispatch, line};

impl GpuOp for LocalResponseNormalization {
    type Plan = LocalResponseNormalizationParams;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Self::Plan, Reject> {
        if node.output(0).dtype != DataType::Float32 {
            return Err(check::no_kernel(node));
        }
        let shape = check::data(node, 0, Numbers::Float, device)?;
        check::output(node, device)?;
        let channels = shape.last().copied().unwrap_or(1);
        // Without a reach, nothing is summed up.
        let radius = usize::try_from(self.radius).unwrap_or(0).min(channels);
        check::iterations(2 * QUAD_ELEMENTS * radius)?;
        Ok(LocalResponseNormalizationParams {
            length: word(shape.elements())?,
            channels: word(channels)?,
            radius: word(radius)?,
            bias: self.bias,
            alpha: self.alpha,
            beta: self.beta,
        })
    }

    fn lower(
        &self,
        params: Self::Plan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = params.length as usize;
        let input = lowering.input(node, 0)?;
        let output = lowering.output(node, 0, length)?;
        lowering.dispatch(Dispatch {
            kernel: &table::LOCAL_RESPONSE_NORMALIZATION,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}
