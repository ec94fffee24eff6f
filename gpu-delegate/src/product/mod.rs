//! Products of matrices, which convolutions and layers of weights are.

pub(crate) mod backwards;

pub(crate) mod dynamic_range;
pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod output_stage;
pub(crate) mod parts;
pub(crate) mod zero_padding;
