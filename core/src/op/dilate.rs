//! DILATE: a tensor with room between its elements.

use super::Attributes;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::shape::Shape;

/// Inputs: a tensor of rank 1 or more, the steps from one element to the next along each dimension
/// (int32 `[rank]`), the value that fills the room between (one element). Output: along each
/// dimension `(extent − 1) · step + 1` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dilate;

impl Dilate {
    /// The steps along each dimension.
    ///
    /// # Errors
    /// Those of [`NodeContext::indices`]; [`OpError::Shape`] for steps that are not positive or not
    /// one for each dimension.
    pub fn steps(&self, node: &NodeContext<'_>) -> Result<Vec<usize>, OpError> {
        let input = node.shape(0)?;
        let stated = node.indices(1)?;
        let steps = stated.iter().map(|&step| usize::try_from(step).ok());
        let steps: Option<Vec<usize>> = steps.collect();
        steps
            .filter(|steps| steps.len() == input.rank() && steps.iter().all(|&step| step > 0))
            .ok_or_else(|| {
                OpError::rule(format!(
                    "steps of {stated:?} through a tensor of shape {input}"
                ))
            })
    }
}

impl Attributes for Dilate {
    without_attributes! { Dilate }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=3, 1..=1)?;
        node.expect_indices(1, "steps")
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        if input.rank() == 0 || node.shape(2)?.elements() != 1 {
            return Err(OpError::rule(format!(
                "a tensor of shape {input} filled up with a tensor of shape {}",
                node.shape(2)?
            )));
        }
        let steps = self.steps(node)?;
        let dilated = input.iter().zip(steps).map(|(&extent, step)| {
            let room = extent.checked_sub(1)?.checked_mul(step)?;
            room.checked_add(1)
        });
        let dilated: Option<Shape> = dilated.collect();
        dilated.map(|shape| vec![shape]).ok_or_else(|| {
            OpError::rule(format!(
                "a tensor of shape {input} has no room between elements"
            ))
        })
    }
}
