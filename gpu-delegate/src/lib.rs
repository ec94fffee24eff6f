//! A delegate that runs float16 and float32 models on a GPU through wgpu.
//!
//! Weights are uploaded once, with the element they have in the file; float16 weights are never expanded in memory. Kernels
//! accumulate in 32-bit floats. An inference is one submission.

mod adapter;
mod constant;
mod context;
mod delegate;
mod error;
mod executable;
mod lowering;
mod memory_plan;
mod op;
mod pipeline;
mod program;
mod storage;
mod weight_layout;

pub use adapter::{AdapterChoice, AdapterDescription, AdapterKind, adapters};
pub use context::{GpuContext, GpuOptions, HalfAccess, Precision};
pub use delegate::GpuDelegate;
pub use error::GpuError;
