//! GATHER: slices of a tensor along an axis, chosen by indices.

use demilite_core::op::Gather;
use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, GatherParams};
use demilite_shaders::{Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use super::check::{self, Moved, rule};
use super::geometry::rows;
use super::indices::Indices;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, ValueCheck, line};

/// How slices lie in the tensor that they are taken from, in elements of the device.
pub(super) struct Slices {
    /// Extent and step of each dimension that a slice's coordinates name, outermost first.
    pub(super) named: Vec<[usize; 2]>,
    /// Elements of a slice.
    pub(super) inner: usize,
    /// Slices in a row of the output.
    pub(super) count: usize,
    /// Rows that share their coordinates, which follow one another.
    pub(super) group_rows: usize,
    /// From one row to the next in the tensor.
    pub(super) row_step: usize,
}

/// What a node that gathers slices needs to know.
pub(super) struct GatherPlan {
    moved: Moved,
    /// The input that holds the tensor.
    input: usize,
    params: GatherParams,
    coordinates: Indices,
    is_quads: bool,
}

impl GatherPlan {
    /// Checks a node with a tensor and coordinates as `inputs`.
    pub(super) fn new(
        node: &NodeContext<'_>,
        inputs: [usize; 2],
        context: &GpuContext,
        slices: impl FnOnce() -> Result<Slices, OpError>,
    ) -> Result<Self, Reject> {
        let moved = check::moved(node, [inputs[0]], context)?;
        let slices = slices().map_err(rule)?;
        let count = moved.count();
        let extents: Vec<u32> = slices.named.iter().map(|dim| dim[0] as u32).collect();
        let coordinates =
            Indices::of(node, inputs[1], context)?.checked(ValueCheck::Below(extents))?;
        // Rows are innermost first, coordinates outermost first.
        let dims = slices.named.iter().rev();
        let (dims, named) = rows(dims.map(|dim| [dim[0], dim[1] * count, 0, 0]).collect())?;
        let inner = slices.inner * count;
        let is_quads = |elements: usize| elements.is_multiple_of(QUAD_ELEMENTS);
        let params = GatherParams {
            dims,
            named,
            length: (check::known_output(node, 0)?.elements() * count) as u32,
            inner: inner as u32,
            count: slices.count as u32,
            group_rows: slices.group_rows as u32,
            row_step: (slices.row_step * count) as u32,
        };
        Ok(GatherPlan {
            moved,
            input: inputs[0],
            params,
            coordinates,
            is_quads: is_quads(inner),
        })
    }

    /// Adds the dispatch.
    pub(super) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.moved_input(node, self.input, self.moved)?;
        let coordinates = self.coordinates.lower(node, lowering)?;
        let length = self.params.length as usize;
        let output = lowering.moved_output(node, 0, length, self.moved)?;
        lowering.dispatch(Dispatch {
            kernel: &table::GATHER,
            rows: Rows::Aligned,
            constants: vec![("quads", self.is_quads.into())],
            params: self.params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, coordinates)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}

impl GpuOp for Gather {
    type Plan = GatherPlan;

    fn plan(&self, node: &NodeContext<'_>, context: &GpuContext) -> Result<GatherPlan, Reject> {
        GatherPlan::new(node, [0, 1], context, || {
            let (input, indices) = (node.shape(0)?, node.shape(1)?);
            let (axis, shared) = self.resolve(input, indices)?;
            let inner = input[axis + 1..].iter().product();
            Ok(Slices {
                named: vec![[input[axis], inner]],
                inner,
                count: indices[shared..].iter().product(),
                group_rows: input[shared..axis].iter().product(),
                row_step: input[axis] * inner,
            })
        })
    }

    fn lower(
        &self,
        plan: GatherPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        plan.lower(node, lowering)
    }
}
