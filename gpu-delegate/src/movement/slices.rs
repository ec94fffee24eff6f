//! Slices of a tensor that coordinates name.

use demilite_core::{NodeContext, OpError, Reject};
use demilite_shaders::table::{self, GatherParams};
use demilite_shaders::{Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::indices::Indices;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Moved, rule, word};
use crate::node::geometry::rows;
use crate::program::{Dispatch, Storage, ValueCheck, line};

/// How slices lie in the tensor that they are taken from, in elements of the device.
pub(crate) struct Slices {
    /// Extent and step of each dimension that a slice's coordinates name, outermost first.
    pub(crate) named: Vec<[usize; 2]>,
    /// Elements of a slice.
    pub(crate) inner: usize,
    /// Slices in a row of the output.
    pub(crate) count: usize,
    /// Rows that share their coordinates, which follow one another.
    pub(crate) group_rows: usize,
    /// From one row to the next in the tensor.
    pub(crate) row_step: usize,
}

/// What a node that gathers slices needs to know.
pub(crate) struct GatherPlan {
    moved: Moved,
    /// The input that holds the tensor.
    input: usize,
    coordinates: Indices,
    slices: Gathered,
}

/// Slices that coordinates on the device name.
#[derive(Clone, Copy)]
pub(crate) struct Gathered {
    params: GatherParams,
    is_quads: bool,
}

impl Gathered {
    /// How many elements they have.
    pub(crate) fn length(&self) -> usize {
        self.params.length as usize
    }

    /// The slices of the same names, of one dimension, in a tensor that has `inner` elements for each.
    pub(crate) fn of_elements(&self, inner: u32) -> Self {
        let mut params = self.params;
        params.dims[0][1] = inner;
        params.length = params.length / params.inner * inner;
        params.inner = inner;
        Gathered {
            params,
            is_quads: inner.is_multiple_of(QUAD),
        }
    }

    /// Adds the dispatch from `input` to `output`.
    pub(crate) fn dispatch(
        &self,
        [input, coordinates]: [Storage; 2],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) {
        lowering.dispatch(Dispatch {
            kernel: &table::GATHER,
            rows: Rows::Aligned,
            constants: vec![("quads", self.is_quads.into())],
            params: self.params.bytes(),
            output,
            operands: vec![(Role::Input, input), (Role::Weight, coordinates)],
            workgroups: line(self.length().div_ceil(QUAD_ELEMENTS), 64),
        });
    }
}

impl GatherPlan {
    /// Checks a node with a tensor and coordinates as `inputs`.
    pub(crate) fn new(
        node: &NodeContext<'_>,
        inputs: [usize; 2],
        device: &Device,
        slices: impl FnOnce() -> Result<Slices, OpError>,
    ) -> Result<Self, Reject> {
        let moved = check::moved(node, [inputs[0]], device)?;
        Self::of(moved, node, inputs, device, slices)
    }

    /// As [`GatherPlan::new`], for elements that are known to be moved.
    pub(crate) fn of(
        moved: Moved,
        node: &NodeContext<'_>,
        inputs: [usize; 2],
        device: &Device,
        slices: impl FnOnce() -> Result<Slices, OpError>,
    ) -> Result<Self, Reject> {
        let slices = slices().map_err(rule)?;
        let count = moved.count();
        let extents = slices.named.iter().map(|dim| word(dim[0]));
        let coordinates = Indices::of(node, inputs[1], device)?
            .checked(ValueCheck::Below(extents.collect::<Result<_, _>>()?))?;
        // Rows are innermost first, coordinates outermost first.
        let dims = slices.named.iter().rev();
        let (dims, named) = rows(dims.map(|dim| [dim[0], dim[1] * count, 0, 0]).collect())?;
        let inner = slices.inner * count;
        let is_quads = |elements: usize| elements.is_multiple_of(QUAD_ELEMENTS);
        let params = GatherParams {
            dims,
            named,
            length: word(check::known_output(node, 0)?.elements() * count)?,
            inner: word(inner)?,
            count: word(slices.count)?,
            group_rows: word(slices.group_rows)?,
            row_step: word(slices.row_step * count)?,
        };
        Ok(GatherPlan {
            moved,
            input: inputs[0],
            coordinates,
            slices: Gathered {
                params,
                is_quads: is_quads(inner),
            },
        })
    }

    /// Adds the dispatch.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.moved_input(node, self.input, self.moved)?;
        let output = lowering.moved_output(node, 0, self.slices.length(), self.moved)?;
        let (slices, coordinates) = self.named(node, lowering)?;
        slices.dispatch([input, coordinates], output, lowering);
        Ok(())
    }

    /// The slices, and where the coordinates lie that name them.
    pub(crate) fn named(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(Gathered, Storage), LowerError> {
        Ok((self.slices, self.coordinates.lower(node, lowering)?))
    }
}
