//! The errors of each boundary.

use crate::shape::Shape;

/// Shapes that do not fit together, or an axis that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// An axis that the shape does not have.
    #[error("axis {axis} is outside a tensor of rank {rank}")]
    AxisOutOfRange {
        /// The axis asked for, negative when counted from the end.
        axis: i64,
        /// The rank of the tensor.
        rank: usize,
    },
    /// Two shapes that do not broadcast together.
    #[error("shapes {left} and {right} do not broadcast together")]
    NotBroadcastable {
        /// The first shape.
        left: Shape,
        /// The second shape.
        right: Shape,
    },
    /// Extents whose product does not fit the address space.
    #[error("shape {shape} has more elements than can be addressed")]
    TooLarge {
        /// The shape.
        shape: Shape,
    },
    /// A rule of one op that its shapes break.
    #[error("{rule}")]
    Rule {
        /// The rule, with the extents that break it.
        rule: String,
    },
}
