//! Normalizations.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, L2NormOptions, LocalResponseNormalizationOptions,
};

use super::code::activation;
use crate::abi::params::{ActivationParams, BuiltinData, LocalResponseNormParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::L2Normalization => {
            let params: ActivationParams = data.read()?;
            Ok(BuiltinOptions::L2NormOptions(L2NormOptions {
                fused_activation_function: activation(params.activation)?,
            }))
        }
        _ => {
            let params: LocalResponseNormParams = data.read()?;
            let options = LocalResponseNormalizationOptions {
                radius: params.radius,
                bias: params.bias,
                alpha: params.alpha,
                beta: params.beta,
            };
            Ok(BuiltinOptions::LocalResponseNormalizationOptions(options))
        }
    }
}
