//! Layers with scales below 0.

use super::draw::Draw;
use super::weighed::{conv_2d, depthwise_conv_2d, fully_connected, transpose_conv};
use crate::case::Case;
use crate::cases::signed_scales::{has_several, turn_signs};

pub(super) fn signed_scales(draw: &mut Draw) -> Case {
    let layers: [fn(&mut Draw) -> Case; 4] =
        [conv_2d, depthwise_conv_2d, fully_connected, transpose_conv];
    let mut drawn = draw.one(&layers)(draw);
    while !has_several(&drawn) {
        drawn = draw.one(&layers)(draw);
    }
    let name = drawn.name().replace("/seed_", "/signed_scales/seed_");
    drawn.altered(name, turn_signs)
}
