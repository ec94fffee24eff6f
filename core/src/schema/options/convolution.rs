//! Attributes of convolutions, pooling and other operators that move a window over their input.

use crate::schema::table::table;

table! {
    /// Attributes of `CONV_2D`.
    Conv2DOptions {
        /// `Padding` code: 0 is `SAME`, 1 is `VALID`.
        0 padding: i8 = 0,
        /// Step along the width.
        1 stride_w: i32 = 0,
        /// Step along the height.
        2 stride_h: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        3 fused_activation_function: i8 = 0,
        /// Distance of neighbouring taps along the width.
        4 dilation_w_factor: i32 = 1,
        /// Distance of neighbouring taps along the height.
        5 dilation_h_factor: i32 = 1,
        /// `TensorType` code of the bias of a quantized operator; 0 leaves it to the runtime.
        6 quantized_bias_type: i8 = 0,
    }

    /// Attributes of `CONV_3D` and `CONV_3D_TRANSPOSE`.
    Conv3DOptions {
        /// `Padding` code: 0 is `SAME`, 1 is `VALID`.
        0 padding: i8 = 0,
        /// Step along the depth.
        1 stride_d: i32 = 0,
        /// Step along the width.
        2 stride_w: i32 = 0,
        /// Step along the height.
        3 stride_h: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        4 fused_activation_function: i8 = 0,
        /// Distance of neighbouring taps along the depth.
        5 dilation_d_factor: i32 = 1,
        /// Distance of neighbouring taps along the width.
        6 dilation_w_factor: i32 = 1,
        /// Distance of neighbouring taps along the height.
        7 dilation_h_factor: i32 = 1,
    }

    /// Attributes of `DEPTHWISE_CONV_2D`.
    DepthwiseConv2DOptions {
        /// `Padding` code: 0 is `SAME`, 1 is `VALID`.
        0 padding: i8 = 0,
        /// Step along the width.
        1 stride_w: i32 = 0,
        /// Step along the height.
        2 stride_h: i32 = 0,
        /// Output channels for each input channel. Redundant: the shape of the filter tells.
        3 depth_multiplier: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        4 fused_activation_function: i8 = 0,
        /// Distance of neighbouring taps along the width.
        5 dilation_w_factor: i32 = 1,
        /// Distance of neighbouring taps along the height.
        6 dilation_h_factor: i32 = 1,
    }

    /// Attributes of `TRANSPOSE_CONV`.
    TransposeConvOptions {
        /// `Padding` code: 0 is `SAME`, 1 is `VALID`.
        0 padding: i8 = 0,
        /// Step along the width.
        1 stride_w: i32 = 0,
        /// Step along the height.
        2 stride_h: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        3 fused_activation_function: i8 = 0,
        /// `TensorType` code of the bias of a quantized operator; 0 leaves it to the runtime.
        4 quantized_bias_type: i8 = 0,
    }

    /// Attributes of `AVERAGE_POOL_2D`, `MAX_POOL_2D` and `L2_POOL_2D`.
    Pool2DOptions {
        /// `Padding` code: 0 is `SAME`, 1 is `VALID`.
        0 padding: i8 = 0,
        /// Step along the width.
        1 stride_w: i32 = 0,
        /// Step along the height.
        2 stride_h: i32 = 0,
        /// Width of the window.
        3 filter_width: i32 = 0,
        /// Height of the window.
        4 filter_height: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        5 fused_activation_function: i8 = 0,
    }

    /// Attributes of `DILATE`: none.
    DilateOptions {}

    /// Attributes of `REDUCE_WINDOW`.
    ReduceWindowOptions {
        /// `ReduceWindowFunction` code: 1 is `ADD`, 2 `MUL`, 3 `MINIMUM`, 4 `MAXIMUM`, 5 `ALL`, 6
        /// `ANY`.
        0 reduce_function: i32 = 0,
    }
}
