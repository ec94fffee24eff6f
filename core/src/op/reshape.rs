//! RESHAPE: the same elements under another shape.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, ReshapeOptions};
use crate::shape::Shape;

/// Inputs: a tensor and, optionally, the new extents (int32), one of which may be −1: whatever
/// is left. Output: the tensor under the new shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reshape {
    /// The new extents where no second input gives them.
    pub new_shape: Option<Vec<i32>>,
}

impl Attributes for Reshape {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, ReshapeOptions)?;
        Ok(Reshape {
            new_shape: options.new_shape.clone(),
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = ReshapeOptions {
            new_shape: self.new_shape.clone(),
        };
        (
            BuiltinOperator::Reshape,
            BuiltinOptions::ReshapeOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(1..=2, 1..=1)
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        // LiteRT reads the second input only when it is a vector of int32, else the attribute.
        let from_input = node
            .input(1)
            .is_some_and(|tensor| tensor.dtype == DataType::Int32)
            && node.shape(1)?.rank() == 1;
        let extents: Vec<i64> = if from_input {
            node.indices(1)?
        } else {
            let attribute = self.new_shape.as_deref().unwrap_or_default();
            // Files of the first converters write a scalar as one extent of 0.
            let attribute = if attribute == [0] { &[] } else { attribute };
            attribute.iter().map(|&dim| dim.into()).collect()
        };
        resolve(input, &extents).map(|shape| vec![shape])
    }
}

/// The shape that `extents` names for the elements of `input`.
fn resolve(input: &Shape, extents: &[i64]) -> Result<Shape, OpError> {
    let mismatch = || {
        OpError::rule(format!(
            "a tensor of shape {input} cannot take the shape {extents:?}"
        ))
    };
    let known = extents
        .iter()
        .filter(|&&dim| dim != -1)
        .try_fold(1_usize, |total, &dim| {
            total.checked_mul(usize::try_from(dim).ok()?)
        })
        .ok_or_else(mismatch)?;
    let elements = input.elements();
    let open = extents.iter().filter(|&&dim| dim == -1).count();
    let left = match open {
        0 if known == elements => 0,
        1 if known > 0 && elements.is_multiple_of(known) => elements / known,
        _ => return Err(mismatch()),
    };
    Ok(extents
        .iter()
        .map(|&dim| if dim == -1 { left } else { dim as usize })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_extent_takes_what_is_left() {
        let input = Shape::from([2, 3, 4]);
        assert_eq!(resolve(&input, &[4, -1]).unwrap(), Shape::from([4, 6]));
        assert_eq!(resolve(&input, &[24]).unwrap(), Shape::from([24]));
        for extents in [&[5, -1][..], &[-1, -1], &[23], &[-2, -12], &[i64::MAX, 8]] {
            assert!(resolve(&input, extents).is_err(), "{extents:?}");
        }
    }
}
