//! Attributes of conversions between types and of quantization.

use crate::schema::table::table;

table! {
    /// Attributes of `CAST`.
    CastOptions {
        /// `TensorType` code of the input.
        0 in_data_type: i8 = 0,
        /// `TensorType` code of the output.
        1 out_data_type: i8 = 0,
    }

    /// Attributes of `BITCAST`: none.
    BitcastOptions {}

    /// Attributes of `QUANTIZE`: none.
    QuantizeOptions {}

    /// Attributes of `DEQUANTIZE`: none.
    DequantizeOptions {}

    /// Attributes of `FAKE_QUANT`.
    FakeQuantOptions {
        /// Smallest real number.
        0 min: f32 = 0.0,
        /// Largest real number.
        1 max: f32 = 0.0,
        /// Bits of the quantized type.
        2 num_bits: i32 = 0,
        /// Whether the lowest quantized value is left out.
        3 narrow_range: bool = false,
    }
}
