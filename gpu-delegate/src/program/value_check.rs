//! Values that an invocation computed or was fed, and that it checks after it ran.

use std::fmt;

use demilite_core::NodeId;

use super::{Output, WORD};

/// What 32-bit integers have to be.
pub(crate) enum ValueCheck {
    /// Indices: a row of one for each of these extents after the other, from 0 to below those.
    Below(Vec<u32>),
    /// Divisors, which are not 0.
    Divisor,
    /// Exponents of integers, which are not negative.
    Exponent,
}

impl ValueCheck {
    /// Whether the check, if it is none of indices, finds nothing wrong with a value.
    pub(crate) fn admits(&self, value: i64) -> bool {
        match self {
            ValueCheck::Below(_) => true,
            ValueCheck::Divisor => value != 0,
            ValueCheck::Exponent => value >= 0,
        }
    }

    fn what(&self) -> &'static str {
        match self {
            ValueCheck::Below(_) => "an index",
            ValueCheck::Divisor => "a divisor",
            ValueCheck::Exponent => "an integer exponent",
        }
    }
}

impl fmt::Display for ValueCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.what())
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
        let words = staging[self.output.offset as usize..].chunks_exact(WORD);
        let values = words.map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let mut values = values.take(self.count);
        let refused = |rule| RefusedValue {
            node: self.node,
            rule,
        };
        if let ValueCheck::Below(extents) = &self.check {
            return check_indices(values, extents).map_err(refused);
        }
        match values.find(|&value| !self.check.admits(value.into())) {
            None => Ok(()),
            Some(value) => Err(refused(format!("{} is {value}", self.check))),
        }
    }
}

fn check_indices(indices: impl Iterator<Item = i32>, extents: &[u32]) -> Result<(), String> {
    for (index, &extent) in indices.zip(extents.iter().cycle()) {
        if !u32::try_from(index).is_ok_and(|index| index < extent) {
            return Err(format!("index {index} is outside an extent of {extent}"));
        }
    }
    Ok(())
}
