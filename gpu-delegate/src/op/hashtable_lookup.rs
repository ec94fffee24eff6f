//! HASHTABLE_LOOKUP: rows of a table by their keys, and which keys were there.

use demilite_core::op::HashtableLookup;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{self, GatherParams, HashtableLookupParams};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::node::geometry::rows;
use crate::program::{Dispatch, Storage, line};

/// What is looked up.
pub(super) struct LookupPlan {
    moved: Moved,
    lookups: usize,
    rows: usize,
    /// Elements of the device in a row.
    inner: usize,
}

impl GpuOp for HashtableLookup {
    type Plan = LookupPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<LookupPlan, Reject> {
        let moved = check::stored(node, 0)?;
        let [lookups, keys, table] = [
            check::readable(node, 0, device)?,
            check::readable(node, 1, device)?,
            check::readable(node, 2, device)?,
        ];
        let dtype = |index| node.required(index).map(|tensor| tensor.dtype);
        let types = [
            dtype(0).map_err(rule)?,
            dtype(1).map_err(rule)?,
            node.output(1).dtype,
            dtype(2).map_err(rule)?,
        ];
        let expected = [
            DataType::Int32,
            DataType::Int32,
            DataType::UInt8,
            node.output(0).dtype,
        ];
        if types != expected {
            return Err(check::no_kernel(node));
        }
        let elements = table.elements() * moved.count();
        check::binding("the table", elements, Element::F32, device)?;
        let inner = elements / keys.elements();
        let found = lookups.elements() * inner;
        check::binding("the output", found, Element::F32, device)?;
        Ok(LookupPlan {
            moved,
            lookups: lookups.elements(),
            rows: keys.elements(),
            inner,
        })
    }

    fn lower(
        &self,
        plan: LookupPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let keys = [
            lowering.stored_input(node, 0)?,
            lowering.stored_input(node, 1)?,
        ];
        let hits = lowering.output_at(node, 1, plan.lookups, Element::U8)?;
        plan.search(keys, hits, true, lowering)?;
        let places = lowering.intermediate(plan.lookups, Element::I32)?;
        plan.search(keys, places, false, lowering)?;
        let input = lowering.moved_input(node, 2, plan.moved)?;
        let elements = plan.lookups * plan.inner;
        let output = lowering.moved_output(node, 0, elements, plan.moved)?;
        plan.take([input, places], output, lowering)
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}

impl LookupPlan {
    /// Adds the dispatch that finds keys among those of the table, or says which are there.
    fn search(
        &self,
        [lookups, keys]: [Storage; 2],
        output: Storage,
        hits: bool,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let params = HashtableLookupParams {
            length: word(self.lookups)?,
            rows: word(self.rows)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::HASHTABLE_LOOKUP,
            rows: Rows::Aligned,
            constants: vec![("quads", 0), ("hits", hits.into())],
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, lookups), (Role::Bias, keys)],
            workgroups: line(self.lookups.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    /// Adds the dispatch that takes the rows at these places, and zeros where there is none.
    fn take(
        &self,
        [input, places]: [Storage; 2],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (dims, named) = rows(vec![[self.rows, self.inner, 0, 0]])?;
        let inner = word(self.inner)?;
        let params = GatherParams {
            dims,
            named,
            length: word(self.lookups * self.inner)?,
            inner,
            count: word(self.lookups)?,
            group_rows: 1,
            row_step: 0,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::GATHER,
            rows: Rows::Aligned,
            constants: vec![("quads", inner.is_multiple_of(QUAD).into())],
            params: params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, places)],
            workgroups: line((self.lookups * self.inner).div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}
