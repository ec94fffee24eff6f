//! Values that an invocation computed or was fed, and that it checks after it ran.

use demilite_core::NodeId;

use super::Output;
use crate::memory::buffer::{WORD, host_length};

/// What 32-bit integers have to be.
#[derive(Clone)]
pub(crate) enum ValueCheck {
    /// Indices: a row of one for each of these extents after the other, from 0 to below those.
    Below(Vec<u32>),
    /// Segments, below this extent; negative ones name nothing.
    Segment(u32),
    /// Divisors, which are not 0.
    Divisor,
    /// The bits of divisors that are 32-bit floats, which are not 0.
    FloatDivisor,
    /// Exponents of integers, which are not negative.
    Exponent,
    /// Numbers under a root, which are not negative.
    Radicand,
}

impl ValueCheck {
    /// Checks values, or says which rule one breaks.
    pub(crate) fn check(&self, mut values: impl Iterator<Item = i32>) -> Result<(), String> {
        let outside = |index, extent| format!("index {index} is outside an extent of {extent}");
        let broken = match self {
            ValueCheck::Below(extents) => {
                let is_outside = |&(index, &extent): &(i32, &u32)| {
                    !u32::try_from(index).is_ok_and(|index| index < extent)
                };
                let mut indices = values.zip(extents.iter().cycle());
                let found = indices.find(is_outside);
                found.map(|(index, &extent)| outside(index, extent))
            }
            &ValueCheck::Segment(extent) => {
                let is_outside =
                    |index: &i32| u32::try_from(*index).is_ok_and(|index| index >= extent);
                values.find(is_outside).map(|index| outside(index, extent))
            }
            ValueCheck::Divisor => {
                let zero = values.find(|&value| value == 0);
                zero.map(|value| format!("a divisor is {value}"))
            }
            ValueCheck::FloatDivisor => {
                let zero = values.find(|&bits| bits & i32::MAX == 0);
                zero.map(|_| "a divisor is 0".to_owned())
            }
            ValueCheck::Exponent => {
                let negative = values.find(|&value| value < 0);
                negative.map(|value| format!("an integer exponent is {value}"))
            }
            ValueCheck::Radicand => {
                let negative = values.find(|&value| value < 0);
                negative.map(|value| format!("a number under a root is {value}"))
            }
        };
        broken.map_or(Ok(()), Err)
    }
}

/// A check, and the values in the staging buffer.
pub(super) struct StagedCheck {
    pub(super) output: Output,
    pub(super) count: usize,
    pub(super) check: ValueCheck,
    /// The node that takes the values.
    pub(super) node: Option<NodeId>,
}

/// A value that an op cannot take: no fault of the device.
pub(crate) struct RefusedValue {
    /// The node that takes it.
    pub(crate) node: Option<NodeId>,
    /// The rule that it breaks.
    pub(crate) rule: String,
}

impl StagedCheck {
    /// Checks the values in the staging buffer's bytes.
    pub(super) fn check(&self, staging: &[u8]) -> Result<(), RefusedValue> {
        let words = staging[host_length(self.output.offset)..].chunks_exact(WORD);
        let values = words.map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let checked = self.check.check(values.take(self.count));
        checked.map_err(|rule| RefusedValue {
            node: self.node,
            rule,
        })
    }
}
