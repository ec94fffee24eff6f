//! CONV_3D and CONV_3D_TRANSPOSE.

use demilite_core::op::conv_3d::Conv3dKind;
use demilite_core::op::{Activation, Conv3d, Padding, Window};
use demilite_core::{DataType, Op};

use super::{activation_name, padding_name};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

const SLIDING: &[Sliding] = &[
    Sliding {
        large: [1, 1, 1],
        taps: [1, 1, 1],
        channels: [1, 1],
        strides: [1, 1, 1],
        dilations: [1, 1, 1],
        padding: Padding::Valid,
    },
    Sliding {
        large: [3, 5, 7],
        taps: [3, 3, 3],
        channels: [2, 3],
        strides: [1, 1, 1],
        dilations: [1, 1, 1],
        padding: Padding::Same,
    },
    Sliding {
        large: [5, 7, 3],
        taps: [2, 3, 1],
        channels: [5, 7],
        strides: [2, 2, 2],
        dilations: [1, 1, 1],
        padding: Padding::Valid,
    },
    Sliding {
        large: [4, 5, 7],
        taps: [1, 3, 2],
        channels: [3, 17],
        strides: [2, 2, 2],
        dilations: [1, 1, 1],
        padding: Padding::Same,
    },
    Sliding {
        large: [5, 7, 5],
        taps: [2, 3, 2],
        channels: [3, 2],
        strides: [1, 1, 1],
        dilations: [2, 2, 2],
        padding: Padding::Valid,
    },
];

/// A window that slides over large volumes and makes small ones of them, or the other way round.
pub(crate) struct Sliding {
    /// Depth, height and width of what the window slides over.
    pub(crate) large: [usize; 3],
    /// Taps of the filter.
    pub(crate) taps: [usize; 3],
    /// Channels of the input and of the output.
    pub(crate) channels: [usize; 2],
    /// Elements from one window to the next.
    pub(crate) strides: [usize; 3],
    /// Elements from one tap to the next.
    pub(crate) dilations: [usize; 3],
    pub(crate) padding: Padding,
}

impl Sliding {
    /// How many windows there are along each axis.
    pub(crate) fn small(&self) -> [usize; 3] {
        let windows = [0, 1, 2].map(|axis| {
            let window = Window {
                size: self.taps[axis],
                stride: self.strides[axis],
                dilation: self.dilations[axis],
            };
            window.place(self.large[axis], self.padding)
        });
        windows.map(|placement| placement.expect("a window that fits").output)
    }

    /// Ends a case of two volumes.
    pub(crate) fn finish(
        &self,
        mut draft: Draft,
        kind: Conv3dKind,
        has_bias: bool,
        activation: Activation,
    ) -> Case {
        let dtype = DataType::Float32;
        let [channels, outputs] = self.channels;
        let (input, output) = match kind {
            Conv3dKind::Conv3d => (self.large, self.small()),
            Conv3dKind::Conv3dTranspose => (self.small(), self.large),
        };
        let volume = draft.input(dtype, &[&[2][..], &input, &[channels]].concat());
        let weights = match kind {
            Conv3dKind::Conv3d => [channels, outputs],
            Conv3dKind::Conv3dTranspose => [outputs, channels],
        };
        let filter = draft.constant(dtype, &[&self.taps[..], &weights].concat(), None);
        let mut inputs = match kind {
            Conv3dKind::Conv3d => vec![volume, filter],
            Conv3dKind::Conv3dTranspose => {
                let [depth, height, width] = output;
                let shape = [2, depth, height, width, outputs].map(|dim| dim as i32);
                vec![draft.indices(&[5], &shape), filter, volume]
            }
        };
        if has_bias {
            inputs.push(draft.constant(dtype, &[outputs], None));
        }
        let op = Op::Conv3d(Conv3d {
            kind,
            padding: self.padding,
            strides: self.strides,
            dilations: self.dilations,
            activation,
        });
        let terms = self.taps.iter().product::<usize>() * channels + 1;
        draft.finish(op, &inputs, dtype, None, Rounding::Products { terms })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let dtype = DataType::Float32;
    let mut cases = Vec::new();
    for &kind in Conv3dKind::ALL {
        for (index, sliding) in SLIDING.iter().enumerate() {
            let activation = [Activation::None, Activation::Relu, Activation::Relu6][index % 3];
            let kind_name = match kind {
                Conv3dKind::Conv3d => "plain",
                Conv3dKind::Conv3dTranspose => "transpose",
            };
            let [channels, outputs] = sliding.channels;
            let name = format!(
                "conv_3d/{dtype}/{}/{kind_name}_{}/{channels}_to_{outputs}/{}/stride_{}/dilation_{}/{}",
                extents(&sliding.large),
                extents(&sliding.taps),
                padding_name(sliding.padding),
                extents(&sliding.strides),
                extents(&sliding.dilations),
                activation_name(activation),
            );
            cases.push(sliding.finish(Draft::new(name), kind, true, activation));
        }
    }
    cases
}

impl UnderTest for Conv3d {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::conv_3d);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
