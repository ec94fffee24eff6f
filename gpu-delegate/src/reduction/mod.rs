//! Many elements to one: over any dimensions, and along rows.

pub(crate) mod reduce;
pub(crate) mod rows;
