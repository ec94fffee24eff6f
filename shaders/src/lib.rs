//! The WGSL kernels and the table of their bindings and tunables.
