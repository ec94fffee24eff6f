//! Moving elements unchanged from place to place, whatever their type.

pub mod coordinates;
pub(crate) mod copy;
pub mod elements;
pub mod gather;
pub mod layers;
pub(crate) mod strings;
