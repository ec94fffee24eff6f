//! TOPK_V2: the largest elements of each row, and where they are.

use demilite_core::op::TopkV2;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, GatherParams, RankedPlacesParams, RowRanksParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::{Effect, Range};
use crate::node::geometry::rows;
use crate::program::{Dispatch, Storage, line};

/// Comparisons of elements that a dispatch may make: each looks at all others of its row.
const MAX_COMPARISONS: usize = 1 << 30;

/// The rows, and how many elements of each come out.
pub(super) struct TopkPlan {
    moved: Moved,
    rows: usize,
    row_length: usize,
    count: usize,
}

impl GpuOp for TopkV2 {
    type Plan = TopkPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<TopkPlan, Reject> {
        let dtype = node.output(0).dtype;
        let input = check::readable(node, 0, device)?;
        let moved = match (dtype, check::stored(node, 0)?) {
            (DataType::Bool, _) => return Err(check::no_kernel(node)),
            (DataType::Int64, moved) => moved,
            (_, moved) if moved.count() == 1 => moved,
            _ => return Err(check::no_kernel(node)),
        };
        if node.required(0).map_err(rule)?.dtype != dtype {
            return Err(Reject::invalid(
                "the values have another type than the input",
            ));
        }
        let words = input.elements() * moved.count();
        check::binding("the input", words, Element::F32, device)?;
        let output = check::known_output(node, 0)?;
        if output.elements() == 0 {
            return Err(Reject::unsupported("the outputs are empty"));
        }
        let row_length = input.last().copied().unwrap_or(1);
        check::iterations(QUAD_ELEMENTS * row_length)?;
        if input.elements().saturating_mul(row_length) > MAX_COMPARISONS {
            return Err(Reject::unsupported(format!(
                "rows of {row_length} elements: each is compared with all others"
            )));
        }
        Ok(TopkPlan {
            moved,
            rows: input.elements() / row_length,
            row_length,
            count: output.last().copied().unwrap_or(1),
        })
    }

    fn lower(
        &self,
        plan: TopkPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        // Rounded to 16 bits first, floats that differ might be equal.
        let source = lowering.stored_input(node, 0)?;
        let ranks = plan.ranks(source, lowering)?;
        let elements = plan.rows * plan.count;
        let places = match node.output(1).dtype {
            DataType::Int16 => {
                let indices = lowering.output_at(node, 1, elements, Element::I16)?;
                plan.places(ranks, indices, lowering)?;
                lowering.intermediate(elements, Element::I32)?
            }
            _ => lowering.output_at(node, 1, elements, Element::I32)?,
        };
        plan.places(ranks, places, lowering)?;
        let input = lowering.moved_input(node, 0, plan.moved)?;
        let words = elements * plan.moved.count();
        let values = lowering.moved_output(node, 0, words, plan.moved)?;
        plan.values([input, places], values, lowering)?;
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::exact(Range::Within)
    }
}

impl TopkPlan {
    /// The rank of each element in its row.
    fn ranks(&self, source: Storage, lowering: &mut Lowering<'_>) -> Result<Storage, LowerError> {
        let length = self.rows * self.row_length;
        let ranks = lowering.intermediate(length, Element::I32)?;
        let params = RowRanksParams {
            length: word(length)?,
            row_length: word(self.row_length)?,
        };
        lowering.dispatch(Dispatch {
            kernel: match self.moved {
                Moved::Float => &table::ROW_RANKS_FLOAT,
                Moved::Bits(_, 1) => &table::ROW_RANKS_INTEGER,
                Moved::Bits(..) => &table::ROW_RANKS_INT64,
            },
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: params.bytes(),
            output: ranks,
            operands: vec![(Role::Weight, source)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(ranks)
    }

    /// Where the first ranks of each row are.
    fn places(
        &self,
        ranks: Storage,
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.rows * self.count;
        let params = RankedPlacesParams {
            length: word(length)?,
            row_length: word(self.row_length)?,
            count: word(self.count)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::RANKED_PLACES,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, ranks)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    /// The elements at these places of each row.
    fn values(
        &self,
        [input, places]: [Storage; 2],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let words = self.moved.count();
        let length = self.rows * self.count * words;
        let (dims, named) = rows(vec![[self.row_length, words, 0, 0]])?;
        let params = GatherParams {
            dims,
            named,
            length: word(length)?,
            inner: word(words)?,
            count: word(self.count)?,
            group_rows: 1,
            row_step: word(self.row_length * words)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::GATHER,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, places)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}
