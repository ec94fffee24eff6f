//! Options that are a C structure of 32-bit integers in little-endian order, as MediaPipe's ops have
//! them.

use demilite_core::OpError;
use demilite_core::op::{Activation, Padding};

/// The fields of the structure.
pub(super) struct Fields(Vec<i32>);

impl Fields {
    /// A structure of at least `count` fields.
    pub(super) fn new(options: &[u8], count: usize) -> Result<Self, OpError> {
        let fields: Vec<i32> = options
            .as_chunks()
            .0
            .iter()
            .map(|&field| i32::from_le_bytes(field))
            .collect();
        if fields.len() < count {
            return Err(OpError::rule(format!(
                "its options have {} bytes where a structure of at least {} is needed",
                options.len(),
                4 * count
            )));
        }
        Ok(Fields(fields))
    }

    /// A `TfLitePadding`.
    pub(super) fn padding(&self, field: usize) -> Result<Padding, OpError> {
        match self.0[field] {
            1 => Ok(Padding::Same),
            2 => Ok(Padding::Valid),
            code => Err(invalid("padding", code)),
        }
    }

    /// A length that is at least 1.
    pub(super) fn length(&self, field: usize, name: &'static str) -> Result<usize, OpError> {
        let length = usize::try_from(self.0[field]).ok();
        let length = length.filter(|&length| length > 0);
        length.ok_or(invalid(name, self.0[field]))
    }

    /// A `TfLiteFusedActivation`, whose codes are those of the schema.
    pub(super) fn activation(&self, field: usize) -> Result<Activation, OpError> {
        let code = self.0[field];
        let code = i8::try_from(code).map_err(|_| invalid("activation", code))?;
        Activation::from_code(code)
    }
}

fn invalid(attribute: &'static str, code: i32) -> OpError {
    OpError::Attribute {
        attribute,
        value: code.into(),
    }
}
