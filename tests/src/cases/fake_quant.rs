//! FAKE_QUANT.

use demilite_core::op::FakeQuant;
use demilite_core::{DataType, Op};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[], &[13], &[2, 3, 5, 7]];

/// The least and the greatest real, and the bits of the integers between them.
const GRIDS: &[(f32, f32, i32)] = &[
    (-6.0, 6.0, 8),
    (0.0, 6.0, 8),
    (-1.3, 0.0, 4),
    (-0.1, 7.3, 16),
];

pub(super) fn cases() -> Vec<Case> {
    let dtype = DataType::Float32;
    let mut cases = Vec::new();
    for &shape in SHAPES {
        for &(min, max, num_bits) in GRIDS {
            let name = format!(
                "fake_quant/{dtype}/{}/{min}_to_{max}/{num_bits}_bits",
                extents(shape)
            );
            let mut draft = Draft::new(name).within(8.0);
            let input = draft.input(dtype, shape);
            let op = Op::FakeQuant(FakeQuant {
                min,
                max,
                num_bits,
                narrow_range: false,
            });
            cases.push(draft.finish(op, &[input], dtype, None, Rounding::Function));
        }
    }
    cases
}

impl UnderTest for FakeQuant {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::fake_quant);

    fn accuracy(&self) -> Accuracy {
        // (round(x/scale) − zero)·scale.
        Accuracy::steps(4.0)
    }

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
