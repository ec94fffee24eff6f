//! Functions of the elements that meet at one place of the output.

pub mod broadcast;
pub(crate) mod domain;
pub(crate) mod half_precision;
pub mod rescaling;
pub(crate) mod table;
pub(crate) mod types;
pub(crate) mod unary;
