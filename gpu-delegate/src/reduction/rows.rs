//! Kernels that compute whole rows along the last dimension, each with one workgroup.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::{Element, Kernel, QUAD, QUAD_ELEMENTS, Role, Rows};

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, word};
use crate::program::{Dispatch, Storage, line};

/// Invocations that share a row.
const WORKGROUP_SIZE: u32 = 64;

/// The rows of a tensor.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) rows: u32,
    pub(crate) row_length: u32,
}

impl Lines {
    /// The rows of a node's only input, of floats or bytes as the output.
    pub(crate) fn new(node: &NodeContext<'_>, device: &Device) -> Result<Self, Reject> {
        let numbers = check::numbers(node)?;
        if matches!(numbers, Numbers::Half | Numbers::Quantized(Element::I16)) {
            return Err(check::no_kernel(node));
        }
        let input = check::data(node, 0, numbers, device)?;
        check::output(node, device)?;
        let row_length = input.last().copied().unwrap_or(1);
        let steps = row_length.div_ceil(WORKGROUP_SIZE as usize * QUAD_ELEMENTS);
        check::iterations(3 * steps + 2 * WORKGROUP_SIZE as usize)?;
        Ok(Lines {
            rows: word(input.elements() / row_length)?,
            row_length: word(row_length)?,
        })
    }

    /// Adds the dispatch of `kernel`, with a choice of its own and a table.
    pub(crate) fn lower(
        self,
        kernel: &'static Kernel,
        choice: Option<(&'static str, u32)>,
        params: Vec<u8>,
        table: Option<Storage>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (rows, row_length) = (self.rows, self.row_length);
        let (input, output) = lowering.same_element(node, (rows * row_length) as usize)?;
        let is_quads = row_length.is_multiple_of(QUAD);
        let constants = [
            ("input_quads", is_quads.into()),
            ("workgroup_size", WORKGROUP_SIZE),
        ];
        lowering.dispatch(Dispatch {
            kernel,
            rows: if is_quads || rows == 1 {
                Rows::Aligned
            } else {
                Rows::Scattered
            },
            constants: constants.into_iter().chain(choice).collect(),
            params,
            output,
            operands: [(Role::Input, input)]
                .into_iter()
                .chain(table.map(|table| (Role::Weight, table)))
                .collect(),
            workgroups: line(rows as usize, 1),
        });
        Ok(())
    }
}
