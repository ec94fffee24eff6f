//! RFFT2D: the frequencies of images of reals.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor whose last two dimensions are images (float32 `[…,H,W]`), cut or filled up with
/// zeros to the height and width that the second gives (int32 `[2]`, powers of two).
/// Output: complex64 `[…,height,width / 2 + 1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rfft2d;

impl Rfft2d {
    /// The height and width of the transform.
    ///
    /// # Errors
    /// Those of [`NodeContext::indices`]; [`OpError::Shape`] for anything but two powers of two.
    pub fn lengths(&self, node: &NodeContext<'_>) -> Result<[usize; 2], OpError> {
        let stated = node.indices(1)?;
        let lengths = stated.iter().map(|&length| {
            let length = usize::try_from(length).ok();
            length.filter(|length| length.is_power_of_two())
        });
        let lengths: Option<Vec<usize>> = lengths.collect();
        lengths
            .and_then(|lengths| lengths.try_into().ok())
            .ok_or_else(|| {
                OpError::rule(format!(
                    "transforms of the lengths {stated:?} where two powers of two are needed"
                ))
            })
    }
}

impl Attributes for Rfft2d {
    without_attributes! { Rfft2d, Rfft2dOptions }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)?;
        node.expect_indices(1, "lengths")?;
        match node.output(0).dtype {
            DataType::Complex64 => Ok(()),
            dtype => Err(OpError::Type {
                what: "frequencies",
                dtype,
                accepted: "complex64",
            }),
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let [outer @ .., _, _] = &input[..] else {
            return Err(OpError::rule(format!(
                "images of shape {input} where at least two dimensions are needed"
            )));
        };
        let [height, width] = self.lengths(node)?;
        let inner = [height, width / 2 + 1];
        Ok(vec![Shape::new([outer, &inner].concat())])
    }
}
