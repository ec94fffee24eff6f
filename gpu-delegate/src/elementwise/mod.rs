//! Functions of single elements, and of two at the same place.

pub(crate) mod binary;
pub(crate) mod step;
pub(crate) mod sum;
pub(crate) mod unary;
pub(crate) mod whole_numbers;
