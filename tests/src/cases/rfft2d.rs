//! RFFT2D, whose complex numbers are read as pairs of floats.

use demilite_core::op::{Bitcast, Rfft2d};
use demilite_core::{DataType, Op, TensorId};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The shape of what is transformed, and the height and width of the transform.
pub(super) const TRANSFORMS: &[(&[usize], [i32; 2])] = &[
    (&[1, 2], [1, 2]),
    (&[1, 480], [1, 512]),
    (&[4, 8], [4, 8]),
    (&[3, 13, 7], [16, 4]),
    (&[2, 3, 5, 31], [2, 32]),
];

/// The transform of a fed tensor.
pub(crate) fn transformed(draft: &mut Draft, (shape, lengths): (&[usize], [i32; 2])) -> TensorId {
    let input = draft.input(DataType::Float32, shape);
    let stated = draft.indices(&[2], &lengths);
    let [height, width] = lengths.map(|length| length as usize);
    let outer = &shape[..shape.len() - 2];
    let shape = [outer, &[height, width / 2 + 1]].concat();
    let op = Op::Rfft2d(Rfft2d);
    draft.computed(op, &[input, stated], DataType::Complex64, &shape)
}

pub(super) fn cases() -> Vec<Case> {
    let dtype = DataType::Float32;
    let cases = TRANSFORMS.iter().map(|&(shape, lengths)| {
        let [height, width] = lengths;
        let name = format!("rfft2d/{dtype}/{}/{height}x{width}", extents(shape));
        let mut draft = Draft::new(name).within(8.0);
        let frequencies = transformed(&mut draft, (shape, lengths));
        let rounding = Rounding::Network {
            terms: (height * width) as usize,
            ops: 1,
        };
        let op = Op::Bitcast(Bitcast);
        draft.finish(op, &[frequencies], dtype, None, rounding)
    });
    cases.collect()
}

impl UnderTest for Rfft2d {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::frequency::rfft2d);

    fn accuracy(&self) -> Accuracy {
        // Sums of products with sines and cosines, held to the largest of them.
        Accuracy::steps(8.0)
    }

    fn specials(&self) -> Specials {
        // Sums that run in another order there, of numbers that steps carry on.
        Specials::None
    }
}
