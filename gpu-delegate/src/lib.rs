//! A delegate that runs float and quantized models on a GPU through wgpu.
//!
//! Weights are uploaded once, with the element they have in the file; float16 weights are never expanded in memory. Kernels
//! accumulate in 32-bit floats. An inference is one submission.
//!
//! Quantized integers (int8, uint8, and int16 with int8 weights) give the bytes of the quantization specification: their 64-bit
//! products and their roundings are made of 32-bit operations, which every device has and computes alike.

mod adapter;
mod constant;
mod context;
mod delegate;
mod error;
mod executable;
mod fusion;
mod health;
mod lowering;
mod memory_plan;
mod op;
mod pipeline;
mod pipeline_cache;
mod precision;
mod program;
mod rates;
mod readback;
mod shared_buffer;
mod storage;
mod tuning;
mod variable;
mod weight_layout;

pub use adapter::{AdapterChoice, AdapterDescription, AdapterKind, adapters};
#[doc(hidden)]
pub use context::{AskedPipeline, Replacement};
pub use context::{GpuContext, GpuOptions, HalfAccess, ParamsAccess};
pub use delegate::GpuDelegate;
pub use error::GpuError;
pub use precision::Precision;
pub use rates::Rates;
pub use tuning::ProductMethod;

/// The interface that a device and its buffers are shared through.
pub use wgpu;
