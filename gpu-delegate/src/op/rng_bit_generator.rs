//! STABLEHLO_RNG_BIT_GENERATOR: random bits that follow from a state, and the state after them.

use demilite_core::op::RngBitGenerator;
use demilite_core::op::rng_bit_generator::RngAlgorithm;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table::{self, RngBitGeneratorParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, rule, word};
use crate::program::{Dispatch, Storage, line};

/// What is made, in words of 32 bits.
pub(super) struct BitsPlan {
    state: usize,
    bits: usize,
    blocks: u32,
}

impl GpuOp for RngBitGenerator {
    type Plan = BitsPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<BitsPlan, Reject> {
        use DataType::{Int32, Int64, UInt32, UInt64};
        let states = [node.required(0).map_err(rule)?, node.output(0)];
        let is_state = states.iter().all(|state| state.dtype == UInt64);
        if !is_state || !matches!(node.output(1).dtype, Int32 | Int64 | UInt32 | UInt64) {
            return Err(check::no_kernel(node));
        }
        let state = check::readable(node, 0, device)?;
        let words = check::known_output(node, 1)?.elements() * check::stored(node, 1)?.count();
        check::binding("the output", words, Element::I32, device)?;
        if words == 0 {
            return Err(Reject::unsupported("the output is empty"));
        }
        let block = match self.algorithm {
            RngAlgorithm::Threefry => 2,
            RngAlgorithm::Default | RngAlgorithm::Philox => 4,
        };
        Ok(BitsPlan {
            state: 2 * state.elements(),
            bits: words,
            blocks: word(words.div_ceil(block))?,
        })
    }

    fn lower(
        &self,
        plan: BitsPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let state = lowering.stored_input(node, 0)?;
        let is_threefry = self.algorithm == RngAlgorithm::Threefry;
        let mut write = |index: usize, words: usize, state_after: bool| {
            let output: Storage = lowering.output_at(node, index, words, Element::I32)?;
            let params = RngBitGeneratorParams {
                length: word(words)?,
                state_length: word(plan.state / 2)?,
                blocks: plan.blocks,
            };
            lowering.dispatch(Dispatch {
                kernel: &table::RNG_BIT_GENERATOR,
                rows: Rows::Aligned,
                constants: vec![
                    ("threefry", is_threefry.into()),
                    ("state_after", state_after.into()),
                ],
                params: params.bytes(),
                output,
                operands: vec![(Role::Weight, state)],
                workgroups: line(words.div_ceil(QUAD_ELEMENTS), 64),
            });
            Ok::<_, LowerError>(())
        };
        write(0, plan.state, true)?;
        write(1, plan.bits, false)
    }
}
