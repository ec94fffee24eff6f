//! Activation functions.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, GeluOptions, LeakyReluOptions, SoftmaxOptions,
};

use crate::abi::params::{BuiltinData, GeluParams, LeakyReluParams, SoftmaxParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::Gelu => {
            let params: GeluParams = data.read()?;
            Ok(BuiltinOptions::GeluOptions(GeluOptions {
                approximate: params.approximate != 0,
            }))
        }
        BuiltinOperator::LeakyRelu => {
            let LeakyReluParams { alpha } = data.read()?;
            Ok(BuiltinOptions::LeakyReluOptions(LeakyReluOptions { alpha }))
        }
        _ => {
            let SoftmaxParams { beta } = data.read()?;
            Ok(BuiltinOptions::SoftmaxOptions(SoftmaxOptions { beta }))
        }
    }
}
