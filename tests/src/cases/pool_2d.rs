//! AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Padding, Pool2d, Window};
use demilite_core::{DataType, Op};

use super::{ACTIVATIONS, activation_name, padding_name};
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// Image, window, strides, padding and activation.
type Geometry = ([usize; 4], [usize; 2], [usize; 2], Padding, Activation);

const GEOMETRIES: &[Geometry] = &[
    (
        [1, 1, 1, 1],
        [1, 1],
        [1, 1],
        Padding::Valid,
        Activation::None,
    ),
    (
        [1, 7, 7, 17],
        [7, 7],
        [7, 7],
        Padding::Valid,
        Activation::None,
    ),
    (
        [2, 5, 7, 3],
        [2, 2],
        [2, 2],
        Padding::Valid,
        Activation::None,
    ),
    (
        [2, 5, 7, 3],
        [2, 2],
        [2, 2],
        Padding::Same,
        Activation::Relu,
    ),
    (
        [1, 11, 13, 4],
        [3, 3],
        [1, 1],
        Padding::Same,
        Activation::None,
    ),
    (
        [1, 11, 13, 5],
        [3, 5],
        [2, 3],
        Padding::Same,
        Activation::Relu6,
    ),
    (
        [1, 13, 1, 8],
        [4, 1],
        [3, 1],
        Padding::Valid,
        Activation::None,
    ),
    (
        [1, 3, 3, 2],
        [5, 5],
        [1, 1],
        Padding::Same,
        Activation::None,
    ),
    // So many sums of two that those near 0 are among them.
    (
        [1, 1, 2048, 4],
        [1, 2],
        [1, 2],
        Padding::Valid,
        Activation::None,
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let kinds = [
        (PoolKind::Average, "average"),
        (PoolKind::L2, "l2"),
        (PoolKind::Max, "max"),
    ];
    for (kind, kind_name) in kinds {
        let unscaled = ACTIVATIONS[1..].iter().map(|&dtype| (dtype, false));
        for (dtype, is_scaled) in ACTIVATIONS
            .map(|dtype| (dtype, true))
            .into_iter()
            .chain(unscaled)
        {
            if kind == PoolKind::L2 && dtype != DataType::Float32 {
                continue;
            }
            for (image, window, strides, padding, activation) in GEOMETRIES {
                // Without a scale there is nothing to clamp to.
                if !is_scaled && *activation != Activation::None {
                    continue;
                }
                let name = format!(
                    "pool_2d/{dtype}/{}/{kind_name}_{}/{}/stride_{}/{}{}",
                    extents(image),
                    extents(window),
                    padding_name(*padding),
                    extents(strides),
                    activation_name(*activation),
                    if is_scaled { "" } else { "/unscaled" },
                );
                let mut draft = Draft::new(name).within(8.0);
                let input = match is_scaled {
                    true => draft.input(dtype, image),
                    false => draft.input_with(dtype, image, None),
                };
                let along = |axis: usize| Window {
                    size: window[axis],
                    stride: strides[axis],
                    dilation: 1,
                };
                let op = Op::Pool2d(Pool2d {
                    kind,
                    padding: *padding,
                    rows: along(0),
                    columns: along(1),
                    activation: *activation,
                });
                let rounding = match kind {
                    PoolKind::Average => Rounding::Means {
                        terms: window[0] * window[1],
                    },
                    PoolKind::L2 => Rounding::Sums {
                        terms: window[0] * window[1],
                    },
                    PoolKind::Max => Rounding::Moves,
                };
                let quantization = draft.quantization_of(input);
                cases.push(draft.finish(op, &[input], dtype, quantization, rounding));
            }
        }
    }
    cases
}

impl UnderTest for Pool2d {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::image::pool_2d);

    fn accuracy(&self) -> Accuracy {
        match self.kind {
            PoolKind::Max => Accuracy::EXACT,
            PoolKind::Average => Accuracy::QUOTIENT,
            // The root of a quotient.
            PoolKind::L2 => Accuracy::steps(6.0),
        }
    }

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
