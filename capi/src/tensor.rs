//! What C sees of tensors.

use std::ffi::{CString, c_char};

use demilite::{DataType, TensorInfo, Value};

use crate::border::text;

/// The type of a tensor's elements, with the codes of the `.tflite` schema.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum demilite_dtype {
    /// IEEE 754 single precision.
    DEMILITE_FLOAT32 = 0,
    /// IEEE 754 half precision.
    DEMILITE_FLOAT16 = 1,
    /// Signed, 32 bits.
    DEMILITE_INT32 = 2,
    /// Unsigned, 8 bits.
    DEMILITE_UINT8 = 3,
    /// Signed, 64 bits.
    DEMILITE_INT64 = 4,
    /// Byte strings: their count, where each begins and the last one ends, 32 bits each, then the strings.
    DEMILITE_STRING = 5,
    /// One byte, 0 or 1.
    DEMILITE_BOOL = 6,
    /// Signed, 16 bits.
    DEMILITE_INT16 = 7,
    /// Two single-precision floats.
    DEMILITE_COMPLEX64 = 8,
    /// Signed, 8 bits.
    DEMILITE_INT8 = 9,
    /// IEEE 754 double precision.
    DEMILITE_FLOAT64 = 10,
    /// Two double-precision floats.
    DEMILITE_COMPLEX128 = 11,
    /// Unsigned, 64 bits.
    DEMILITE_UINT64 = 12,
    /// A handle to a variable or table of the model.
    DEMILITE_RESOURCE = 13,
    /// An opaque value.
    DEMILITE_VARIANT = 14,
    /// Unsigned, 32 bits.
    DEMILITE_UINT32 = 15,
    /// Unsigned, 16 bits.
    DEMILITE_UINT16 = 16,
    /// Signed, 4 bits: two in a byte, the low half first.
    DEMILITE_INT4 = 17,
    /// The upper half of a single-precision float.
    DEMILITE_BFLOAT16 = 18,
    /// Signed, 2 bits: four in a byte, the low bits first.
    DEMILITE_INT2 = 19,
    /// Unsigned, 4 bits: two in a byte, the low half first.
    DEMILITE_UINT4 = 20,
    /// 8 bits, 4 of exponent, no infinities.
    DEMILITE_FLOAT8_E4M3FN = 21,
    /// 8 bits, 5 of exponent.
    DEMILITE_FLOAT8_E5M2 = 22,
}

impl From<DataType> for demilite_dtype {
    fn from(dtype: DataType) -> Self {
        match dtype {
            DataType::Float32 => demilite_dtype::DEMILITE_FLOAT32,
            DataType::Float16 => demilite_dtype::DEMILITE_FLOAT16,
            DataType::Int32 => demilite_dtype::DEMILITE_INT32,
            DataType::UInt8 => demilite_dtype::DEMILITE_UINT8,
            DataType::Int64 => demilite_dtype::DEMILITE_INT64,
            DataType::String => demilite_dtype::DEMILITE_STRING,
            DataType::Bool => demilite_dtype::DEMILITE_BOOL,
            DataType::Int16 => demilite_dtype::DEMILITE_INT16,
            DataType::Complex64 => demilite_dtype::DEMILITE_COMPLEX64,
            DataType::Int8 => demilite_dtype::DEMILITE_INT8,
            DataType::Float64 => demilite_dtype::DEMILITE_FLOAT64,
            DataType::Complex128 => demilite_dtype::DEMILITE_COMPLEX128,
            DataType::UInt64 => demilite_dtype::DEMILITE_UINT64,
            DataType::Resource => demilite_dtype::DEMILITE_RESOURCE,
            DataType::Variant => demilite_dtype::DEMILITE_VARIANT,
            DataType::UInt32 => demilite_dtype::DEMILITE_UINT32,
            DataType::UInt16 => demilite_dtype::DEMILITE_UINT16,
            DataType::Int4 => demilite_dtype::DEMILITE_INT4,
            DataType::BFloat16 => demilite_dtype::DEMILITE_BFLOAT16,
            DataType::Int2 => demilite_dtype::DEMILITE_INT2,
            DataType::UInt4 => demilite_dtype::DEMILITE_UINT4,
            DataType::Float8E4M3Fn => demilite_dtype::DEMILITE_FLOAT8_E4M3FN,
            DataType::Float8E5M2 => demilite_dtype::DEMILITE_FLOAT8_E5M2,
        }
    }
}

/// What is known of an input or output. Its pointers stay until the session is resized, run or freed.
#[repr(C)]
#[derive(Debug)]
pub struct demilite_tensor {
    /// The name in the model's signature, or without one, the tensor's.
    pub name: *const c_char,
    /// The type of its elements.
    pub dtype: demilite_dtype,
    /// How many extents it has.
    pub rank: usize,
    /// The extents, the outermost first.
    pub shape: *const usize,
    /// How many bytes its elements take.
    pub bytes: usize,
    /// What one step of a quantized integer stands for, `real = scale * (q - zero_point)`; 0 where there is no such scale.
    pub scale: f32,
    /// The integer that stands for 0.
    pub zero_point: i32,
}

/// An input or output with its elements.
#[derive(Debug)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    c_name: CString,
    scale: f32,
    zero_point: i32,
    pub(crate) value: Value,
}

impl Tensor {
    pub(crate) fn new(info: TensorInfo, value: Value) -> Self {
        let affine = info.quantization.as_ref();
        let affine = affine.and_then(|affine| affine.as_per_tensor());
        let (scale, zero_point) = affine.unwrap_or_default();
        Tensor {
            c_name: text(&info.name),
            name: info.name,
            scale,
            zero_point,
            value,
        }
    }

    /// What C sees of it.
    pub(crate) fn described(&self) -> demilite_tensor {
        let shape = self.value.shape();
        demilite_tensor {
            name: self.c_name.as_ptr(),
            dtype: self.value.dtype().into(),
            rank: shape.rank(),
            shape: shape.as_ptr(),
            bytes: self.value.bytes().len(),
            scale: self.scale,
            zero_point: self.zero_point,
        }
    }
}
