//! What a device claims to compute, and whether it does.

pub(super) mod cooperative_matrices;
pub(super) mod halves;
