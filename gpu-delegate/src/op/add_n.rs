//! ADD_N: the sum of several tensors.

use demilite_core::op::AddN;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, BinaryIntegerParams, BinaryParams};
use demilite_shaders::{Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, word};
use crate::node::effect::Effect;
use crate::node::geometry::rows;
use crate::program::{Dispatch, line};

/// What is added.
pub(super) struct AddNPlan {
    moved: Moved,
    length: usize,
}

impl GpuOp for AddN {
    type Plan = AddNPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<AddNPlan, Reject> {
        if !matches!(node.output(0).dtype, DataType::Float32 | DataType::Int32) {
            return Err(check::no_kernel(node));
        }
        Ok(AddNPlan {
            moved: check::moved(node, 0..node.input_count(), device)?,
            length: check::known_output(node, 0)?.elements(),
        })
    }

    fn lower(
        &self,
        AddNPlan { moved, length }: AddNPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (kernel, params) = kernel(moved, length)?;
        let last = node.input_count() - 1;
        // Partial sums of floats are 32-bit ones, whatever the activations are.
        let is_partial = matches!(moved, Moved::Float) && last > 1;
        let mut sum = match is_partial {
            true => lowering.single_input(node, 0)?,
            false => lowering.moved_input(node, 0, moved)?,
        };
        for index in 1..=last {
            let addend = match is_partial {
                true => lowering.single_input(node, index)?,
                false => lowering.stored_input(node, index)?,
            };
            let output = if index == last && !is_partial {
                lowering.moved_output(node, 0, length, moved)?
            } else {
                lowering.intermediate(length, lowering.element(sum))?
            };
            lowering.dispatch(Dispatch {
                kernel,
                rows: Rows::Aligned,
                constants: Vec::new(),
                params: params.clone(),
                output,
                operands: vec![(Role::Input, sum), (Role::Weight, addend)],
                workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
            });
            sum = output;
        }
        if is_partial {
            let output = lowering.moved_output(node, 0, length, moved)?;
            lowering.copy(sum, output)?;
        }
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}

/// The kernel that adds two tensors of a shape, and its params.
fn kernel(moved: Moved, length: usize) -> Result<(&'static Kernel, Vec<u8>), Reject> {
    let (dims, rank) = rows(vec![[length, 1, 1, 0]])?;
    let length = word(length)?;
    Ok(match moved {
        Moved::Float => {
            // As the reference does, each sum is held among the finite floats.
            let params = BinaryParams {
                dims,
                rank,
                length,
                activation_min: f32::MIN,
                activation_max: f32::MAX,
            };
            (&table::ADD, params.bytes())
        }
        Moved::Bits(element, _) => {
            let params = BinaryIntegerParams {
                dims,
                rank,
                length,
                activation_min: i32::MIN,
                activation_max: i32::MAX,
                bits: word(8 * element.bytes())?,
            };
            (&table::ADD_INTEGER, params.bytes())
        }
    })
}
