//! Kernels that give the bytes of LiteRT's reference kernels: one op a file, pure functions over
//! slices.
//!
//! Integers follow LiteRT's reference kernels bit for bit. Floats are summed one after the other in
//! the order of the reference, without fused multiply-adds, so that they too are equal to the bit
//! wherever no function of the platform's mathematics library is involved.
//!
//! | folder | holds |
//! |---|---|
//! | [`op`] | the ops, one a file |
//! | [`product`] | sums of products: windows, packed filters, accumulators, dynamic range, the output stage |
//! | [`elementwise`] | functions of elements that meet: broadcasting, float16 |
//! | [`movement`] | elements and strings that go from place to place |
//! | [`reduction`] | folds along axes |
//! | `recurrent` | matrices and gates of the ops that keep a state |
//! | [`quantized`] | integers that stand for reals, and their scales and zero points |

#![forbid(unsafe_code)]

mod delegate;
pub mod elementwise;
mod library;
pub mod movement;
pub mod op;
pub mod product;
pub mod quantized;
mod recurrent;
pub mod reduction;

pub use delegate::ReferenceDelegate;
pub use demilite_executor::{CustomKernel, Kernel, KernelIo, Output, Prepared, Unprepared};
