//! RANDOM_UNIFORM, RANDOM_STANDARD_NORMAL and MULTINOMIAL.

use demilite_core::op::Random;
use demilite_core::op::random::RandomKind;
use demilite_core::{DataType, Op};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// Seeds, of which not both are 0: what is drawn then follows from nothing.
pub(crate) const SEEDS: [[i64; 2]; 4] = [[1, 0], [0, 1], [42, -7], [i64::MIN + 5, i64::MAX]];

/// A case of numbers of this shape.
pub(crate) fn numbers(
    mut draft: Draft,
    kind: RandomKind,
    shape: &[usize],
    seeds: [i64; 2],
) -> Case {
    let extents: Vec<i32> = shape.iter().map(|&extent| extent as i32).collect();
    let shape = draft.indices(&[extents.len()], &extents);
    let [seed, seed2] = seeds;
    let op = Op::Random(Random { kind, seed, seed2 });
    draft.finish(op, &[shape], DataType::Float32, None, Rounding::Function)
}

/// A case of classes that are drawn by their logarithms.
pub(crate) fn classes(
    mut draft: Draft,
    [batch, classes, draws]: [usize; 3],
    dtype: DataType,
    seeds: [i64; 2],
) -> Case {
    let logits = draft.input(DataType::Float32, &[batch, classes]);
    let draws = draft.indices(&[], &[draws as i32]);
    let [seed, seed2] = seeds;
    let op = Op::Random(Random {
        kind: RandomKind::Multinomial,
        seed,
        seed2,
    });
    draft.finish(op, &[logits, draws], dtype, None, Rounding::Moves)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for seeds in SEEDS {
        let [seed, seed2] = seeds;
        for (kind, word) in [
            (RandomKind::RandomUniform, "uniform"),
            (RandomKind::RandomStandardNormal, "standard_normal"),
        ] {
            for shape in [&[1][..], &[7], &[2, 3, 5], &[1, 8, 8, 4]] {
                let name = format!("random/float32/{word}/{}/{seed}_{seed2}", extents(shape));
                cases.push(numbers(Draft::new(name), kind, shape, seeds));
            }
        }
        for dtype in [DataType::Int32, DataType::Int64] {
            for sizes in [[1, 1, 1], [2, 5, 7], [3, 13, 10]] {
                let [batch, of_row, draws] = sizes;
                let name = format!(
                    "random/float32/multinomial/{dtype}/{batch}x{of_row}/{draws}/{seed}_{seed2}"
                );
                cases.push(classes(Draft::new(name).within(4.0), sizes, dtype, seeds));
            }
        }
    }
    cases
}

impl UnderTest for Random {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::chance::random);

    fn specials(&self) -> Specials {
        // No floats, or no outputs that depend on them.
        Specials::None
    }
}
