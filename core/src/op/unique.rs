//! UNIQUE: the elements of a vector without repetitions.

use std::collections::HashMap;

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, UniqueOptions};
use crate::shape::Shape;
use crate::value::View;

/// Input: a vector. Outputs: its distinct elements in the order in which they first come, and for
/// each element of the input its place among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The type of the places: int32 or int64.
    pub idx_out_type: DataType,
}

/// The distinct elements of a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinct {
    /// Where each comes first.
    pub first: Vec<usize>,
    /// For each element its place among the distinct ones.
    pub places: Vec<usize>,
}

impl Distinct {
    /// The distinct elements of `view`. Both zeros of a float count as one, and so do all NaNs.
    ///
    /// # Errors
    /// [`OpError::Type`] for elements other than integers and float32.
    pub fn of(view: View<'_>) -> Result<Self, OpError> {
        check_elements(view.dtype())?;
        let key: fn(&[u8]) -> Vec<u8> = match view.dtype() {
            DataType::Float32 => |element| {
                let value = f32::from_le_bytes([element[0], element[1], element[2], element[3]]);
                let canonical = if value.is_nan() {
                    f32::NAN
                } else {
                    value + 0.0
                };
                canonical.to_le_bytes().to_vec()
            },
            _ => <[u8]>::to_vec,
        };
        let bytes = view.dtype().bits().unwrap_or(8) / 8;
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut first = Vec::new();
        let mut places = Vec::new();
        for (index, element) in view.bytes().chunks_exact(bytes).enumerate() {
            let place = *known.entry(key(element)).or_insert(first.len());
            if place == first.len() {
                first.push(index);
            }
            places.push(place);
        }
        Ok(Distinct { first, places })
    }
}

fn check_elements(dtype: DataType) -> Result<(), OpError> {
    match dtype {
        DataType::Float32
        | DataType::Int8
        | DataType::UInt8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64 => Ok(()),
        _ => Err(OpError::Type {
            what: "elements",
            dtype,
            accepted: "float32, int8, uint8, int16, int32 or int64",
        }),
    }
}

impl Attributes for Unique {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let code = options_of!(options, UniqueOptions)?.idx_out_type;
        match DataType::from_code(code) {
            Some(idx_out_type @ (DataType::Int32 | DataType::Int64)) => Ok(Unique { idx_out_type }),
            _ => Err(OpError::Attribute {
                attribute: "idx_out_type",
                value: code.into(),
            }),
        }
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = UniqueOptions {
            idx_out_type: self.idx_out_type as i8,
        };
        (
            BuiltinOperator::Unique,
            BuiltinOptions::UniqueOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=1, 2..=2)?;
        check_elements(node.required(0)?.dtype)?;
        let dtype = node.output(1).dtype;
        if dtype == self.idx_out_type {
            return Ok(());
        }
        Err(OpError::Type {
            what: "places",
            dtype,
            accepted: self.idx_out_type.name(),
        })
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        if input.rank() != 1 {
            return Err(OpError::rule(format!(
                "a tensor of shape {input} where a vector is needed"
            )));
        }
        let value = node.value(0).ok_or(OpError::Unknown { index: 0 })?;
        let distinct = Distinct::of(value)?;
        Ok(vec![Shape::from([distinct.first.len()]), input.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn elements_keep_the_order_of_their_first_place() {
        let value = Value::from_slice([5], &[7_i16, -1, 7, 3, -1]).unwrap();
        let distinct = Distinct::of(value.view()).unwrap();
        assert_eq!(distinct.first, [0, 1, 3]);
        assert_eq!(distinct.places, [0, 1, 0, 2, 1]);
        let value = Value::from_slice([4], &[0.0_f32, -0.0, f32::NAN, -f32::NAN]).unwrap();
        assert_eq!(Distinct::of(value.view()).unwrap().places, [0, 0, 1, 1]);
    }
}
