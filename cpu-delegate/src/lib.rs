//! Fast CPU kernels: integers with the bytes of the reference, on the widest instructions that the processor has.
//!
//! | folder | holds |
//! |---|---|
//! | `op` | the ops, one a file |
//! | `layers` | layers of products, by the types of their tensors |
//! | `product` | products of rows of activations with output channels of weights, by instructions |
//! | `amx` | the tile registers of AMX |
//! | `bands` | layers that follow each other, computed a band of rows at a time |
//! | `depthwise` | convolutions in which each channel has a filter of its own |
//! | `elementwise` | functions of the elements that meet at one place |
//! | `movement` | elements that are moved, whatever they are |
//! | `reduction` | many elements to one |
//! | `sparse` | products of floats with matrices most of whose weights are zero |
//! | `rescaling` | from sums to quantized outputs |

#[cfg(target_arch = "x86_64")]
mod amx;
mod bands;
mod delegate;
mod depthwise;
mod dot;
mod elementwise;
mod instruction_set;
mod layers;
mod library;
mod machine;
mod memory;
mod movement;
mod op;
mod product;
mod rates;
mod reduction;
mod rescaling;
mod sparse;
mod target;
mod threads;
mod vectors;
mod weights;

pub use bands::Fusion;
pub use delegate::{CpuDelegate, CpuError, CpuOptions};
pub use instruction_set::InstructionSet;
pub use rates::Rates;
