//! Functions of the elements that meet at one place of the output.

pub mod broadcast;
pub(crate) mod half_precision;
