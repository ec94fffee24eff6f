//! Integers that say where elements lie: constants of the model, or computed or fed in each invocation.

use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_shaders::Element;

use crate::device::Device;
use crate::elementwise::whole_numbers::narrowed;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, rule};
use crate::program::{Storage, ValueCheck};

/// The int32 or int64 elements of an input.
pub(crate) struct Indices {
    input: usize,
    /// Those of a constant.
    known: Option<Vec<i32>>,
    count: usize,
    is_wide: bool,
    check: Option<ValueCheck>,
}

impl Indices {
    /// The elements of input `index`, as near as 32 bits hold them.
    pub(crate) fn of(
        node: &NodeContext<'_>,
        index: usize,
        device: &Device,
    ) -> Result<Self, Reject> {
        let known = match node.indices(index) {
            Ok(indices) => Some(indices.into_iter().map(nearest).collect()),
            Err(OpError::Unknown { .. }) => {
                check::readable(node, index, device)?;
                None
            }
            Err(error) => return Err(rule(error)),
        };
        let is_wide = match node.required(index).map_err(rule)?.dtype {
            DataType::Int32 => false,
            DataType::Int64 => true,
            dtype if known.is_none() => {
                return Err(Reject::unsupported(format!(
                    "computed indices are {dtype}, and int32 or int64 is needed"
                )));
            }
            _ => false,
        };
        Ok(Indices {
            input: index,
            known,
            count: node.shape(index).map_err(rule)?.elements(),
            is_wide,
            check: None,
        })
    }

    /// Has the elements checked: those of a constant at once, others in every invocation.
    pub(crate) fn checked(mut self, check: ValueCheck) -> Result<Self, Reject> {
        match &self.known {
            Some(known) => check
                .check(known.iter().copied())
                .map_err(Reject::invalid)?,
            None => self.check = Some(check),
        }
        Ok(self)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Where they lie, as 32-bit integers.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<Storage, LowerError> {
        if let Some(known) = &self.known {
            let bytes: &[u8] = bytemuck::cast_slice(known);
            return lowering.table("indices", bytes, known.len(), Element::I32, 0);
        }
        let mut storage = lowering.stored_input(node, self.input)?;
        if self.is_wide {
            storage = narrowed(storage, self.count, lowering)?;
        }
        if let Some(check) = self.check {
            lowering.check_values(storage, self.count, check);
        }
        Ok(storage)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "it is clamped")]
fn nearest(index: i64) -> i32 {
    index.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
