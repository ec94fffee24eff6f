//! STABLEHLO_RNG_BIT_GENERATOR.

use demilite_core::op::RngBitGenerator;
use demilite_core::op::rng_bit_generator::RngAlgorithm;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The types of bits.
pub(crate) const BITS: [DataType; 4] = [
    DataType::Int32,
    DataType::Int64,
    DataType::UInt32,
    DataType::UInt64,
];

/// The algorithms, their names, and the elements of their states.
pub(crate) const ALGORITHMS: [(RngAlgorithm, &str, usize); 5] = [
    (RngAlgorithm::Default, "default", 2),
    (RngAlgorithm::Default, "default", 3),
    (RngAlgorithm::Philox, "philox", 2),
    (RngAlgorithm::Philox, "philox", 3),
    (RngAlgorithm::Threefry, "threefry", 2),
];

/// Ends a case of the op.
pub(crate) fn finish(
    mut draft: Draft,
    algorithm: RngAlgorithm,
    words: usize,
    dtype: DataType,
    shape: &[usize],
) -> Case {
    let state = draft.input(DataType::UInt64, &[words]);
    let op = Op::RngBitGenerator(RngBitGenerator { algorithm });
    let outputs = [(DataType::UInt64, &[words][..]), (dtype, shape)];
    draft.finish_stated(op, &[state], &outputs)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (algorithm, word, words) in ALGORITHMS {
        for dtype in BITS {
            for shape in [&[1][..], &[7], &[2, 3, 5]] {
                let name = format!(
                    "rng_bit_generator/uint64/{word}/{words}/{dtype}/{}",
                    extents(shape)
                );
                let draft = Draft::new(name).within(1e9);
                cases.push(finish(draft, algorithm, words, dtype, shape));
            }
        }
    }
    cases
}

impl UnderTest for RngBitGenerator {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::chance::rng_bit_generator);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
