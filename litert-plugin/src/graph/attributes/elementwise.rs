//! Arithmetic element by element, and conversions.

use demilite::schema::{
    AddOptions, BuiltinOperator, BuiltinOptions, CastOptions, DivOptions, FakeQuantOptions,
    MulOptions, SubOptions,
};

use super::code::{activation, element_type};
use crate::abi::params::{ActivationParams, BuiltinData, CastParams, FakeQuantParams, SumParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::Add => {
            let params: SumParams = data.read()?;
            Ok(BuiltinOptions::AddOptions(AddOptions {
                fused_activation_function: activation(params.activation)?,
                pot_scale_int16: params.pot_scale_int16 != 0,
            }))
        }
        BuiltinOperator::Sub => {
            let params: SumParams = data.read()?;
            Ok(BuiltinOptions::SubOptions(SubOptions {
                fused_activation_function: activation(params.activation)?,
                pot_scale_int16: params.pot_scale_int16 != 0,
            }))
        }
        BuiltinOperator::Mul => {
            let params: ActivationParams = data.read()?;
            Ok(BuiltinOptions::MulOptions(MulOptions {
                fused_activation_function: activation(params.activation)?,
            }))
        }
        BuiltinOperator::Div => {
            let params: ActivationParams = data.read()?;
            Ok(BuiltinOptions::DivOptions(DivOptions {
                fused_activation_function: activation(params.activation)?,
            }))
        }
        BuiltinOperator::Cast => {
            let params: CastParams = data.read()?;
            Ok(BuiltinOptions::CastOptions(CastOptions {
                in_data_type: element_type(params.in_data_type)?,
                out_data_type: element_type(params.out_data_type)?,
            }))
        }
        _ => {
            let params: FakeQuantParams = data.read()?;
            Ok(BuiltinOptions::FakeQuantOptions(FakeQuantOptions {
                min: params.min,
                max: params.max,
                num_bits: params.num_bits,
                narrow_range: params.narrow_range != 0,
            }))
        }
    }
}
