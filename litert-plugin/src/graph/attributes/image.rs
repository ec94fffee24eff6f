//! Images that are resized.

use demilite::schema::{
    BuiltinOperator, BuiltinOptions, ResizeBilinearOptions, ResizeNearestNeighborOptions,
};

use crate::abi::params::{BuiltinData, ResizeParams};

pub(super) fn options(data: BuiltinData<'_>) -> Result<BuiltinOptions, String> {
    let params: ResizeParams = data.read()?;
    let align_corners = params.align_corners != 0;
    let half_pixel_centers = params.half_pixel_centers != 0;
    Ok(match data.operator() {
        BuiltinOperator::ResizeBilinear => {
            BuiltinOptions::ResizeBilinearOptions(ResizeBilinearOptions {
                align_corners,
                half_pixel_centers,
            })
        }
        _ => BuiltinOptions::ResizeNearestNeighborOptions(ResizeNearestNeighborOptions {
            align_corners,
            half_pixel_centers,
        }),
    })
}
