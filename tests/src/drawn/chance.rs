//! Ops that draw numbers themselves.

use demilite_core::DataType::{Float32, Int32, Int64, UInt64};
use demilite_core::op::random::RandomKind;

use super::draw::Draw;
use crate::case::Case;
use crate::cases::random::{classes, numbers};
use crate::cases::rng_bit_generator::{ALGORITHMS, BITS, finish};

pub(crate) fn random(draw: &mut Draw) -> Case {
    let seeds = [draw.signed(i32::MIN, i32::MAX), draw.signed(1, i32::MAX)];
    // Neither is 0 in its lower 32 bits.
    let seeds = seeds.map(|seed| i64::from(seed | 1) + (i64::from(seed) << 33));
    let kind = draw.one(RandomKind::ALL);
    let (word, draft) = match kind {
        RandomKind::Multinomial => {
            let dtype = draw.one(&[Int32, Int64]);
            let sizes = [draw.integer(1, 5), draw.integer(1, 31), draw.integer(1, 31)];
            let draft = draw.draft("random", Float32, "multinomial");
            return classes(draft, sizes, dtype, seeds);
        }
        RandomKind::RandomStandardNormal => ("standard_normal", draw),
        RandomKind::RandomUniform => ("uniform", draw),
    };
    let mut shape = draft.shape(1, 4);
    if kind == RandomKind::RandomStandardNormal {
        // LiteRT writes one number too many of an odd count.
        shape.push(2);
    }
    numbers(draft.draft("random", Float32, word), kind, &shape, seeds)
}

pub(crate) fn rng_bit_generator(draw: &mut Draw) -> Case {
    let (algorithm, word, words) = draw.one(&ALGORITHMS);
    let dtype = draw.one(&BITS);
    let shape = draw.shape(1, 4);
    let draft = draw.draft("rng_bit_generator", UInt64, word).within(1e9);
    finish(draft, algorithm, words, dtype, &shape)
}
