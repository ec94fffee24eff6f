//! Slices, and elements that are chosen by index.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, GatherOptions, OneHotOptions, SparseToDenseOptions,
    StridedSliceOptions,
};

use crate::abi::params::{
    BuiltinData, GatherParams, NumberParams, SparseToDenseParams, StridedSliceParams,
};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::Gather => {
            let GatherParams { axis, batch_dims } = data.read()?;
            let options = GatherOptions { axis, batch_dims };
            Ok(BuiltinOptions::GatherOptions(options))
        }
        BuiltinOperator::OneHot => {
            let NumberParams { number: axis } = data.read()?;
            Ok(BuiltinOptions::OneHotOptions(OneHotOptions { axis }))
        }
        BuiltinOperator::SparseToDense => {
            let params: SparseToDenseParams = data.read()?;
            Ok(BuiltinOptions::SparseToDenseOptions(SparseToDenseOptions {
                validate_indices: params.validate_indices != 0,
            }))
        }
        _ => {
            let params: StridedSliceParams = data.read()?;
            Ok(BuiltinOptions::StridedSliceOptions(StridedSliceOptions {
                begin_mask: params.begin_mask,
                end_mask: params.end_mask,
                ellipsis_mask: params.ellipsis_mask,
                new_axis_mask: params.new_axis_mask,
                shrink_axis_mask: params.shrink_axis_mask,
                offset: params.offset != 0,
            }))
        }
    }
}
