//! Padding, and elements that go to other places.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, DepthToSpaceOptions, MirrorPadOptions, ReverseSequenceOptions,
    SpaceToDepthOptions,
};

use crate::abi::params::{BuiltinData, MirrorPaddingParams, NumberParams, ReverseSequenceParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    match data.operator() {
        BuiltinOperator::DepthToSpace => {
            let NumberParams { number: block_size } = data.read()?;
            let options = DepthToSpaceOptions { block_size };
            Ok(BuiltinOptions::DepthToSpaceOptions(options))
        }
        BuiltinOperator::SpaceToDepth => {
            let NumberParams { number: block_size } = data.read()?;
            let options = SpaceToDepthOptions { block_size };
            Ok(BuiltinOptions::SpaceToDepthOptions(options))
        }
        BuiltinOperator::ReverseSequence => {
            let ReverseSequenceParams { seq_dim, batch_dim } = data.read()?;
            let options = ReverseSequenceOptions { seq_dim, batch_dim };
            Ok(BuiltinOptions::ReverseSequenceOptions(options))
        }
        _ => {
            let MirrorPaddingParams { mode } = data.read()?;
            // LiteRT counts from 1 on, and keeps 0 for none.
            let mode = match mode {
                1 | 2 => (mode - 1) as i8,
                _ => return Err(format!("its mode has the code {mode}, which is none")),
            };
            Ok(BuiltinOptions::MirrorPadOptions(MirrorPadOptions { mode }))
        }
    }
}
