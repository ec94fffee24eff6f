//! The C structs of LiteRT's delegate interface, as they lie in memory.
//!
//! Sizes and offsets are those of tflite-runtime 2.14, ai-edge-litert 1.4 to 2.3 and TensorFlow 2.21 on 64-bit hosts, and are checked
//! when the crate is compiled. Nothing here knows what the structs mean; [`crate::host`] reads them.

mod array;
mod context;
mod delegate;
mod node;
pub(crate) mod params;
mod quantization;
mod sparsity;
mod tensor;

pub(crate) use array::IntArray;
pub(crate) use context::Context;
pub use delegate::Delegate;
pub(crate) use delegate::{ALLOW_DYNAMIC_TENSORS, DelegateParams};
pub(crate) use node::{Node, PaddedRegistration, Registration};
pub(crate) use quantization::{AFFINE, AffineQuantization, NO_QUANTIZATION, Quantization};
pub(crate) use sparsity::{DENSE, SPARSE_CSR, Sparsity};
pub(crate) use tensor::{DYNAMIC, READ_ONLY, Tensor};

/// What a callback answers: a `TfLiteStatus`.
pub(crate) type Status = i32;

/// All went well.
pub(crate) const OK: Status = 0;

/// Something did not.
pub(crate) const ERROR: Status = 1;

/// Checks the size of a struct and where its fields lie.
macro_rules! assert_layout {
    ($name:ident: $size:literal, $($field:ident at $offset:literal),+ $(,)?) => {
        #[cfg(target_pointer_width = "64")]
        const _: () = {
            assert!(size_of::<$name>() == $size);
            $(assert!(core::mem::offset_of!($name, $field) == $offset);)+
        };
    };
}
use assert_layout;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the layout of LiteRT's structs is known on 64-bit hosts alone");
