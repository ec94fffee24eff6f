//! FAKE_QUANT: reals as quantization would leave them.

use demilite_core::op::FakeQuant;
use demilite_core::quantization::Grid;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::Params;
use demilite_shaders::table::{self, FakeQuantParams};

use super::GpuOp;
use crate::device::Device;
use crate::elementwise::unary::{self, UnaryPlan};
use crate::lowering::{LowerError, Lowering};
use crate::node::check;

impl GpuOp for FakeQuant {
    type Plan = UnaryPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<UnaryPlan, Reject> {
        if node.output(0).dtype != DataType::Float32 {
            return Err(check::no_kernel(node));
        }
        if self.narrow_range {
            return Err(Reject::unsupported("no kernel for a narrow range"));
        }
        unary::plan(node, device, |_| Err(check::no_kernel(node)))
    }

    fn lower(
        &self,
        plan: UnaryPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let grid = Grid::new(self.min, self.max, self.num_bits);
        let params = |length| {
            FakeQuantParams {
                length,
                least: grid.least,
                greatest: grid.greatest,
                scale: grid.scale,
                inverse_scale: 1.0 / grid.scale,
            }
            .bytes()
        };
        // Rounded to 16 bits first, numbers would come to other steps.
        unary::lower_as_stored_with(&table::FAKE_QUANT, params, &plan, node, lowering)
    }
}
