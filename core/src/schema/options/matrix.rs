//! Attributes of matrix products and diagonals.

use crate::schema::table::table;

table! {
    /// Attributes of `FULLY_CONNECTED`.
    FullyConnectedOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// `FullyConnectedOptionsWeightsFormat` code: 0 is `DEFAULT`, 1 is `SHUFFLED4x16INT8`.
        1 weights_format: i8 = 0,
        /// Whether the output keeps the leading dimensions of the input instead of flattening them.
        2 keep_num_dims: bool = false,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        3 asymmetric_quantize_inputs: bool = false,
        /// `TensorType` code of the bias of a quantized operator; 0 leaves it to the runtime.
        4 quantized_bias_type: i8 = 0,
        /// Description of a quantization scheme for the weights, in a format of its own.
        5 quant_spec: Option<Vec<u8>>,
    }

    /// Attributes of `BATCH_MATMUL`.
    BatchMatMulOptions {
        /// Whether the last two dimensions of the first operand are swapped.
        0 adj_x: bool = false,
        /// Whether the last two dimensions of the second operand are swapped.
        1 adj_y: bool = false,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        2 asymmetric_quantize_inputs: bool = false,
    }

    /// Attributes of `MATRIX_DIAG`: none.
    MatrixDiagOptions {}

    /// Attributes of `MATRIX_SET_DIAG`: none.
    MatrixSetDiagOptions {}
}
