//! BITCAST.

use demilite_core::op::Bitcast;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The types whose elements become those of the other.
pub(crate) const TYPES: &[(DataType, DataType)] = &[
    (DataType::Float32, DataType::Int32),
    (DataType::Float32, DataType::Int8),
    (DataType::Float16, DataType::Int16),
    (DataType::Int8, DataType::UInt8),
    (DataType::Int8, DataType::Int32),
    (DataType::UInt8, DataType::Int16),
    (DataType::Int16, DataType::Int64),
    (DataType::Int32, DataType::Int16),
    (DataType::Int64, DataType::Int32),
    (DataType::Bool, DataType::UInt8),
];

const SHAPES: &[&[usize]] = &[&[1], &[13], &[3, 7], &[2, 3, 5, 7]];

/// The shape of an input whose elements become some of another type in `shape`: those that become a
/// larger one lie along a last dimension.
pub(crate) fn split(shape: &[usize], from: DataType, to: DataType) -> Vec<usize> {
    let [from, to] = [from, to].map(|dtype| dtype.bits().unwrap_or(8));
    let parts = (to > from).then_some(to / from);
    shape.iter().copied().chain(parts).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(from, to) in TYPES {
        for &shape in SHAPES {
            let shape = split(shape, from, to);
            let name = format!("bitcast/{from}/{}/to_{to}", extents(&shape));
            let mut draft = Draft::new(name).within(99.0);
            let input = draft.input_with(from, &shape, None);
            let op = Op::Bitcast(Bitcast);
            cases.push(draft.finish(op, &[input], to, None, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Bitcast {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::placement::bitcast);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
