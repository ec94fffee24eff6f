//! The WGSL kernels and the table of their bindings and tunables.
//!
//! A kernel is a list of whole WGSL files, concatenated: preludes (`wgsl/prelude`), the kernel itself (`wgsl/kernel`) and, where it
//! leaves one open, the function of an op (`wgsl/function`). Float bodies speak of `elem`, four stored elements, and `acc`, four
//! 32-bit numbers that they compute with; a prelude file for each role (activations, weights, biases) says how an element lies
//! in memory ([`Element`]). Kernels of quantized integers give the bytes of the quantization specification: they compute its
//! 64-bit products and its roundings with 32-bit operations. Everything else that varies is an `override` constant, declared in the table as a [`Tunable`].
//!
//! Tensors are dense, in the order of TFLite (NHWC for images), in storage buffers whose size is rounded up to
//! [`QUAD_ELEMENTS`] elements; what lies behind a tensor's last element is arbitrary.

mod binding;
mod element;
pub mod epilogue;
mod kernel;
mod params;
mod rows;
pub mod table;

pub use binding::{Access, Binding, Role, STEPS_ELEMENT, Tunable};
pub use element::{Capability, Element, Elements, Epilogue, Halves, ParamsSpace, Rows, Variant};
pub use kernel::{ArrayLength, Extent, Kernel, MatrixSize, Part, WgslFile, WorkgroupArray};
pub use params::{Field, Params};

/// How many elements a stored `elem` holds: buffers are whole numbers of quads.
pub const QUAD_ELEMENTS: usize = QUAD as usize;
/// [`QUAD_ELEMENTS`] as kernels are told it.
pub const QUAD: u32 = 4;

/// The storage buffers that a kernel reads and writes at most, without one for its params: as many as every WebGPU device allows.
pub const MAX_STORAGE_BUFFERS: u32 = 8;

/// The loop iterations, nested and sequential ones together, that one invocation may run: Mesa before 25.0 stops loops there
/// without an error, so no dispatch may need more.
pub const MAX_LOOP_ITERATIONS: u32 = 65_535;
