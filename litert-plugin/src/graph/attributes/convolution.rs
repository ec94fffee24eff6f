//! Convolutions and pooling.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, Conv2DOptions, Conv3DOptions, DepthwiseConv2DOptions,
    Pool2DOptions, TransposeConvOptions,
};

use super::code::{activation, element_type, padding};
use crate::abi::params::{
    BuiltinData, Conv3DParams, ConvParams, DepthwiseConvParams, PoolParams, TransposeConvParams,
};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::Conv2d => conv_2d(data).map(BuiltinOptions::Conv2DOptions),
        BuiltinOperator::DepthwiseConv2d => {
            depthwise(data.read()?).map(BuiltinOptions::DepthwiseConv2DOptions)
        }
        BuiltinOperator::TransposeConv => transpose(data).map(BuiltinOptions::TransposeConvOptions),
        BuiltinOperator::Conv3d | BuiltinOperator::Conv3dTranspose => {
            conv_3d(data.read()?).map(BuiltinOptions::Conv3DOptions)
        }
        _ => pool(data.read()?).map(BuiltinOptions::Pool2DOptions),
    }
}

fn conv_2d(data: BuiltinData<'_>) -> Result<Conv2DOptions, String> {
    let params: ConvParams = data.read()?;
    Ok(Conv2DOptions {
        padding: padding(params.padding)?,
        stride_w: params.stride_width,
        stride_h: params.stride_height,
        fused_activation_function: activation(params.activation)?,
        dilation_w_factor: params.dilation_width_factor,
        dilation_h_factor: params.dilation_height_factor,
        quantized_bias_type: element_type(data.quantized_bias_type()?)?,
    })
}

fn depthwise(params: DepthwiseConvParams) -> Result<DepthwiseConv2DOptions, String> {
    Ok(DepthwiseConv2DOptions {
        padding: padding(params.padding)?,
        stride_w: params.stride_width,
        stride_h: params.stride_height,
        depth_multiplier: params.depth_multiplier,
        fused_activation_function: activation(params.activation)?,
        dilation_w_factor: params.dilation_width_factor,
        dilation_h_factor: params.dilation_height_factor,
    })
}

fn transpose(data: BuiltinData<'_>) -> Result<TransposeConvOptions, String> {
    let params: TransposeConvParams = data.read()?;
    Ok(TransposeConvOptions {
        padding: padding(params.padding)?,
        stride_w: params.stride_width,
        stride_h: params.stride_height,
        fused_activation_function: activation(params.activation)?,
        quantized_bias_type: element_type(data.quantized_bias_type()?)?,
    })
}

fn conv_3d(params: Conv3DParams) -> Result<Conv3DOptions, String> {
    Ok(Conv3DOptions {
        padding: padding(params.padding)?,
        stride_d: params.stride_depth,
        stride_w: params.stride_width,
        stride_h: params.stride_height,
        fused_activation_function: activation(params.activation)?,
        dilation_d_factor: params.dilation_depth_factor,
        dilation_w_factor: params.dilation_width_factor,
        dilation_h_factor: params.dilation_height_factor,
    })
}

fn pool(params: PoolParams) -> Result<Pool2DOptions, String> {
    Ok(Pool2DOptions {
        padding: padding(params.padding)?,
        stride_w: params.stride_width,
        stride_h: params.stride_height,
        filter_width: params.filter_width,
        filter_height: params.filter_height,
        fused_activation_function: activation(params.activation)?,
    })
}
