//! Products of matrices.

use demilite::schema::{
    BatchMatMulOptions, BuiltinOperator, BuiltinOptions, FullyConnectedOptions,
};

use super::code::{activation, element_type, narrow};
use crate::abi::params::{BatchMatMulParams, BuiltinData, FullyConnectedParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::BatchMatmul => {
            let params: BatchMatMulParams = data.read()?;
            Ok(BuiltinOptions::BatchMatMulOptions(BatchMatMulOptions {
                adj_x: params.adj_x != 0,
                adj_y: params.adj_y != 0,
                asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
            }))
        }
        _ => {
            let params: FullyConnectedParams = data.read()?;
            Ok(BuiltinOptions::FullyConnectedOptions(
                FullyConnectedOptions {
                    fused_activation_function: activation(params.activation)?,
                    weights_format: narrow(params.weights_format, "format of weights")?,
                    keep_num_dims: params.keep_num_dims != 0,
                    asymmetric_quantize_inputs: params.asymmetric_quantize_inputs != 0,
                    quantized_bias_type: element_type(data.quantized_bias_type()?)?,
                    quant_spec: None,
                },
            ))
        }
    }
}
