//! Ops that change or tell the shape of a tensor.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, ConcatenationOptions, PackOptions, ReshapeOptions,
    ShapeOptions, SplitOptions, SplitVOptions, SqueezeOptions, UnpackOptions,
};

use super::code::{activation, element_type};
use crate::abi::params::{
    BuiltinData, ConcatenationParams, DimensionsParams, NumberParams, PackParams, TypeParams,
};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    use BuiltinOperator as Of;
    Ok(match data.operator() {
        Of::Concatenation => {
            let params: ConcatenationParams = data.read()?;
            BuiltinOptions::ConcatenationOptions(ConcatenationOptions {
                axis: params.axis,
                fused_activation_function: activation(params.activation)?,
            })
        }
        Of::Pack => {
            let PackParams { count, axis } = data.read()?;
            BuiltinOptions::PackOptions(PackOptions {
                values_count: count,
                axis,
            })
        }
        Of::Unpack => {
            let PackParams { count, axis } = data.read()?;
            BuiltinOptions::UnpackOptions(UnpackOptions { num: count, axis })
        }
        Of::Split => {
            let NumberParams { number: num_splits } = data.read()?;
            BuiltinOptions::SplitOptions(SplitOptions { num_splits })
        }
        Of::SplitV => {
            let NumberParams { number: num_splits } = data.read()?;
            BuiltinOptions::SplitVOptions(SplitVOptions { num_splits })
        }
        Of::Shape => {
            let params: TypeParams = data.read()?;
            BuiltinOptions::ShapeOptions(ShapeOptions {
                out_type: element_type(params.dtype)?,
            })
        }
        Of::Squeeze => BuiltinOptions::SqueezeOptions(SqueezeOptions {
            squeeze_dims: Some(dimensions(data.read()?)?),
        }),
        _ => BuiltinOptions::ReshapeOptions(ReshapeOptions {
            new_shape: Some(dimensions(data.read()?)?),
        }),
    })
}

fn dimensions(params: DimensionsParams) -> Result<Vec<i32>, String> {
    let count = usize::try_from(params.count).ok();
    let listed = count.and_then(|count| params.dimensions.get(..count));
    let listed = listed.ok_or_else(|| format!("it lists {} dimensions", params.count))?;
    Ok(listed.to_vec())
}
