//! Ops on images: pooling and resizing.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Pool2d, ResizeBilinear, ResizeNearestNeighbor, Window};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use super::weighed::Geometry;
use crate::case::Case;
use crate::cases::{ACTIVATIONS, MOVED};
use crate::float_bound::Rounding;

pub(crate) fn pool_2d(draw: &mut Draw) -> Case {
    let dtype = draw.one(&ACTIVATIONS);
    let geometry = Geometry::draw(draw);
    let kinds = [
        (PoolKind::Average, "average"),
        (PoolKind::Max, "max"),
        (PoolKind::L2, "l2"),
    ];
    // Integers have no roots.
    let (kind, words) = match dtype {
        DataType::Float32 => draw.one(&kinds),
        _ => draw.one(&kinds[..2]),
    };
    let mut draft = draw.draft("pool_2d", dtype, words);
    let quantization = draw.quantization(dtype);
    let input = draft.input_with(dtype, &geometry.image, quantization.clone());
    let along = |axis: usize| Window {
        size: geometry.window[axis],
        stride: geometry.strides[axis],
        dilation: 1,
    };
    let activation = draw.one(&[Activation::None, Activation::Relu, Activation::Relu6]);
    let op = Op::Pool2d(Pool2d {
        kind,
        padding: geometry.padding,
        rows: along(0),
        columns: along(1),
        activation,
    });
    let rounding = match kind {
        PoolKind::Average => Rounding::Means {
            terms: geometry.window.iter().product(),
        },
        PoolKind::L2 => Rounding::Sums {
            terms: geometry.window.iter().product(),
        },
        PoolKind::Max => Rounding::Moves,
    };
    draft.finish(op, &[input], dtype, quantization, rounding)
}

/// Corners of cells, corners of the image, or centers.
fn sampling(draw: &mut Draw) -> (bool, bool) {
    draw.one(&[(false, false), (true, false), (false, true)])
}

fn resized(draw: &mut Draw) -> (Vec<usize>, [i32; 2]) {
    let image = draw.shape_of_rank(4);
    let size = [draw.signed(1, 17), draw.signed(1, 17)];
    (image, size)
}

pub(crate) fn resize_bilinear(draw: &mut Draw) -> Case {
    let dtype = draw.one(&ACTIVATIONS);
    let (image, size) = resized(draw);
    let (align_corners, half_pixel_centers) = sampling(draw);
    let mut draft = draw.draft("resize_bilinear", dtype, "");
    let input = draft.input(dtype, &image);
    let size = draft.indices(&[2], &size);
    let op = Op::ResizeBilinear(ResizeBilinear {
        align_corners,
        half_pixel_centers,
    });
    let quantization = draft.quantization_of(input);
    let rounding = Rounding::Sums { terms: 4 };
    draft.finish(op, &[input, size], dtype, quantization, rounding)
}

pub(crate) fn resize_nearest_neighbor(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED.map(|dtype| match dtype {
        DataType::Int64 => DataType::Float32,
        dtype => dtype,
    }));
    let (image, size) = resized(draw);
    let (align_corners, half_pixel_centers) = sampling(draw);
    let mut draft = draw.draft("resize_nearest_neighbor", dtype, "");
    let input = draft.input(dtype, &image);
    let size = draft.indices(&[2], &size);
    let op = Op::ResizeNearestNeighbor(ResizeNearestNeighbor {
        align_corners,
        half_pixel_centers,
    });
    let quantization = draft.quantization_of(input);
    draft.finish(op, &[input, size], dtype, quantization, Rounding::Moves)
}
