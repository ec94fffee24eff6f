//! Moving elements unchanged from place to place, whatever their type.

pub mod elements;
pub(crate) mod strings;
