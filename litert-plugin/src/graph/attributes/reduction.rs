//! Reductions, scans and rankings.

use demilite::schema::{
    ArgMaxOptions, ArgMinOptions, BucketizeOptions, BuiltinOperator, BuiltinOptions, CumsumOptions,
    ReducerOptions, UniqueOptions,
};

use super::code::element_type;
use crate::abi::params::{BuiltinData, CumsumParams, ReducerParams, TypeParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    let chosen_type = || element_type(data.read::<TypeParams>()?.dtype);
    Ok(match data.operator() {
        BuiltinOperator::ArgMax => BuiltinOptions::ArgMaxOptions(ArgMaxOptions {
            output_type: chosen_type()?,
        }),
        BuiltinOperator::ArgMin => BuiltinOptions::ArgMinOptions(ArgMinOptions {
            output_type: chosen_type()?,
        }),
        BuiltinOperator::Unique => BuiltinOptions::UniqueOptions(UniqueOptions {
            idx_out_type: chosen_type()?,
        }),
        BuiltinOperator::Bucketize => BuiltinOptions::BucketizeOptions(BucketizeOptions {
            boundaries: Some(data.boundaries()?),
        }),
        BuiltinOperator::Cumsum => {
            let params: CumsumParams = data.read()?;
            BuiltinOptions::CumsumOptions(CumsumOptions {
                exclusive: params.exclusive != 0,
                reverse: params.reverse != 0,
            })
        }
        _ => {
            let params: ReducerParams = data.read()?;
            BuiltinOptions::ReducerOptions(ReducerOptions {
                keep_dims: params.keep_dims != 0,
            })
        }
    })
}
