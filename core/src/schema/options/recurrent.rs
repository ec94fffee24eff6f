//! Attributes of recurrent cells and layers.

use crate::schema::table::table;

table! {
    /// Attributes of `SVDF`.
    SVDFOptions {
        /// Filters that make up a unit.
        0 rank: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        1 fused_activation_function: i8 = 0,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        2 asymmetric_quantize_inputs: bool = false,
    }

    /// Attributes of `RNN`.
    RNNOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        1 asymmetric_quantize_inputs: bool = false,
    }

    /// Attributes of `UNIDIRECTIONAL_SEQUENCE_RNN`.
    SequenceRNNOptions {
        /// Whether the first dimension is time, not the batch.
        0 time_major: bool = false,
        /// `ActivationFunctionType` code of what is applied to the result.
        1 fused_activation_function: i8 = 0,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        2 asymmetric_quantize_inputs: bool = false,
    }

    /// Attributes of `BIDIRECTIONAL_SEQUENCE_RNN`.
    BidirectionalSequenceRNNOptions {
        /// Whether the first dimension is time, not the batch.
        0 time_major: bool = false,
        /// `ActivationFunctionType` code of what is applied to the result.
        1 fused_activation_function: i8 = 0,
        /// Whether both directions' results are concatenated into one output.
        2 merge_outputs: bool = false,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        3 asymmetric_quantize_inputs: bool = false,
    }

    /// Attributes of `LSTM`.
    LSTMOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// Bound of the cell state, 0 for none.
        1 cell_clip: f32 = 0.0,
        /// Bound of the projected output, 0 for none.
        2 proj_clip: f32 = 0.0,
        /// `LSTMKernelType` code: 0 is `FULL`, 1 is `BASIC`.
        3 kernel_type: i8 = 0,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        4 asymmetric_quantize_inputs: bool = false,
    }

    /// Attributes of `UNIDIRECTIONAL_SEQUENCE_LSTM`.
    UnidirectionalSequenceLSTMOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// Bound of the cell state, 0 for none.
        1 cell_clip: f32 = 0.0,
        /// Bound of the projected output, 0 for none.
        2 proj_clip: f32 = 0.0,
        /// Whether the first dimension is time, not the batch.
        3 time_major: bool = false,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        4 asymmetric_quantize_inputs: bool = false,
        /// Whether recurrent weights are vectors, the diagonals of matrices.
        5 diagonal_recurrent_tensors: bool = false,
    }

    /// Attributes of `BIDIRECTIONAL_SEQUENCE_LSTM`.
    BidirectionalSequenceLSTMOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// Bound of the cell state, 0 for none.
        1 cell_clip: f32 = 0.0,
        /// Bound of the projected output, 0 for none.
        2 proj_clip: f32 = 0.0,
        /// Whether both directions' results are concatenated into one output.
        3 merge_outputs: bool = false,
        /// Whether the first dimension is time, not the batch.
        4 time_major: bool = true,
        /// Whether a float input meeting quantized weights is quantized with a zero point.
        5 asymmetric_quantize_inputs: bool = false,
    }
}
