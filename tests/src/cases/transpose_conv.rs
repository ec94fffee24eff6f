//! TRANSPOSE_CONV.

use demilite_core::op::{Activation, Padding, TransposeConv};
use demilite_core::{DataType, Op};

use super::convolution::{Weights, weigh};
use super::{ACTIVATIONS, activation_name, padding_name};
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::{OF_SUMS, Specials};
use crate::under_test::UnderTest;

/// An image that is spread over a larger one.
pub(crate) struct Spread {
    /// Batches, height, width and channels of the output.
    pub(crate) output: [usize; 4],
    /// Height and width of the filter.
    pub(crate) window: [usize; 2],
    /// Channels of the image.
    pub(crate) channels: usize,
    pub(crate) strides: [usize; 2],
    pub(crate) padding: Padding,
}

impl Spread {
    fn image(&self) -> [usize; 4] {
        let along = |axis: usize| {
            let output = self.output[axis + 1];
            match self.padding {
                Padding::Same => output.div_ceil(self.strides[axis]),
                Padding::Valid => (output - self.window[axis]) / self.strides[axis] + 1,
            }
        };
        [self.output[0], along(0), along(1), self.channels]
    }

    fn filter(&self) -> [usize; 4] {
        let [height, width] = self.window;
        [self.output[3], height, width, self.channels]
    }

    /// What a name says of it.
    pub(crate) fn name(&self) -> String {
        format!(
            "{}/{}/{}/stride_{}",
            extents(&self.output),
            extents(&self.filter()),
            padding_name(self.padding),
            extents(&self.strides),
        )
    }

    /// Ends a case of the op.
    pub(crate) fn finish(
        &self,
        mut draft: Draft,
        (dtype, weights): (DataType, Weights),
        has_bias: bool,
        activation: Activation,
    ) -> Case {
        let sizes = self.output.map(|extent| extent as i32);
        let sizes = draft.indices(&[4], &sizes);
        let image = draft.input(dtype, &self.image());
        let reached = std::iter::zip(self.window, self.strides);
        let reached = reached.map(|(size, stride)| size.div_ceil(stride));
        let terms = self.channels * reached.product::<usize>();
        let filter = (weights, &self.filter()[..], 0);
        let weighed = weigh(&mut draft, dtype, image, filter, has_bias, terms);
        let mut inputs = vec![sizes, weighed.inputs[1], weighed.inputs[0]];
        inputs.extend(weighed.inputs.get(2));
        let op = Op::TransposeConv(TransposeConv {
            padding: self.padding,
            stride_h: self.strides[0],
            stride_w: self.strides[1],
            activation,
            quantized_bias_type: 0,
        });
        let rounding = Rounding::Products { terms: terms + 1 };
        draft.finish(op, &inputs, dtype, weighed.output, rounding)
    }
}

const SPREADS: &[Spread] = &[
    Spread {
        output: [1, 1, 1, 1],
        window: [1, 1],
        channels: 1,
        strides: [1, 1],
        padding: Padding::Valid,
    },
    Spread {
        output: [1, 5, 7, 4],
        window: [3, 3],
        channels: 3,
        strides: [1, 1],
        padding: Padding::Same,
    },
    Spread {
        output: [2, 11, 13, 3],
        window: [3, 3],
        channels: 5,
        strides: [2, 2],
        padding: Padding::Same,
    },
    Spread {
        output: [1, 9, 11, 7],
        window: [3, 5],
        channels: 2,
        strides: [2, 3],
        padding: Padding::Valid,
    },
    Spread {
        output: [1, 6, 6, 13],
        window: [2, 2],
        channels: 17,
        strides: [2, 2],
        padding: Padding::Valid,
    },
    Spread {
        output: [1, 7, 5, 2],
        window: [1, 1],
        channels: 3,
        strides: [3, 2],
        padding: Padding::Same,
    },
    Spread {
        output: [1, 3, 2, 5],
        window: [3, 2],
        channels: 3,
        strides: [1, 1],
        padding: Padding::Valid,
    },
    Spread {
        output: [1, 10, 8, 3],
        window: [5, 3],
        channels: 2,
        strides: [2, 3],
        padding: Padding::Valid,
    },
    Spread {
        output: [3, 8, 8, 16],
        window: [4, 4],
        channels: 8,
        strides: [2, 2],
        padding: Padding::Same,
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS {
        for &weights in Weights::of_transposed(dtype) {
            for (index, spread) in SPREADS.iter().enumerate() {
                let activation = [Activation::None, Activation::Relu][index % 2];
                let has_bias = index % 3 != 0;
                let name = format!(
                    "transpose_conv/{dtype}/{}/{}/{}/{}",
                    spread.name(),
                    weights.name(),
                    if has_bias { "bias" } else { "no_bias" },
                    activation_name(activation),
                );
                let draft = Draft::new(name);
                cases.push(spread.finish(draft, (dtype, weights), has_bias, activation));
            }
        }
    }
    cases
}

impl UnderTest for TransposeConv {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::weighed::transpose_conv);

    fn specials(&self) -> Specials {
        OF_SUMS
    }
}
