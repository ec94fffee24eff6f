//! A delegate that runs float and quantized models on a GPU through wgpu.
//!
//! Weights are uploaded once, with the element they have in the file; float16 weights are never expanded in memory. Kernels
//! accumulate in 32-bit floats. An inference is one submission.
//!
//! Quantized integers (int8, uint8, and int16 with int8 weights) give the bytes of the quantization specification: their 64-bit
//! products and their roundings are made of 32-bit operations, which every device has and computes alike.

// Sizes come to the words of kernels with checks.
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation))]

mod context;
mod delegate;
mod device;
mod elementwise;
mod error;
mod fusion;
mod lowering;
mod memory;
mod movement;
mod node;
mod op;
mod options;
mod partition;
mod plans;
mod precision;
mod product;
mod program;
mod reduction;
mod search;
mod table;

pub use context::{GpuContext, Rates};
pub use delegate::GpuDelegate;
pub use device::adapter::{AdapterDescription, adapters};
pub use device::choices::TunedKernel;
#[doc(hidden)]
pub use device::{AskedPipeline, Replacement};
pub use error::GpuError;
pub use options::{
    AdapterChoice, AdapterKind, GpuOptions, HalfAccess, ParamsAccess, Precision, ProductMethod,
    Tune,
};

/// The interface that a device and its buffers are shared through.
pub use wgpu;
