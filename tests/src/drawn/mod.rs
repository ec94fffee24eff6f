//! Cases drawn from seeds: random types, shapes, attributes and quantizations of single ops, and
//! small networks.
//!
//! An op and a seed say everything about their case, whose name has both: `mul/int8/seed_47` is the
//! case of seed 47 of MUL, on every machine.

pub(crate) mod binary;
pub(crate) mod chance;
pub(crate) mod cutting;
mod draw;
pub(crate) mod extension;
pub(crate) mod frequency;
mod halves;
pub(crate) mod image;
pub(crate) mod movement;
mod network;
pub(crate) mod placement;
pub(crate) mod recurrence;
pub(crate) mod reduction;
mod scales;
pub(crate) mod selection;
mod storage;
pub(crate) mod text;
pub(crate) mod unary;
mod unscaled;
pub(crate) mod weighed;

use std::ops::Range;

use crate::case::Case;
pub(crate) use draw::Draw;

use crate::under_test;

/// What is drawn: a name, which is the first part of those of its cases, and the function that draws one.
pub(crate) type Kind = (&'static str, fn(&mut Draw) -> Case);

macro_rules! kinds {
    ($($file:ident: $($kind:ident),+;)+) => {
        &[$($((stringify!($kind), $file::$kind)),+),+]
    };
}

/// What shows in graphs of several nodes, in another form of an op or in several ops.
const OTHER_KINDS: &[Kind] = kinds! {
    network: network;
    recurrence: basic_lstm;
    text: string_moves;
};

/// Types and storage that few models have.
const RARE_KINDS: &[Kind] = kinds! {
    halves: binary_halves, unary_halves;
    scales: signed_scales;
    storage: blockwise_embedding_lookup, blockwise_fully_connected, packed_dequantize, sparse_fully_connected;
    unscaled: unscaled_arithmetic, unscaled_pad, unscaled_pool_2d, unscaled_reduction;
};

/// The cases of these seeds: for each seed one of every op, and a network.
pub fn cases(seeds: Range<u64>) -> impl Iterator<Item = Case> {
    let kinds = || under_test::drawn().chain(OTHER_KINDS.iter().chain(RARE_KINDS).copied());
    seeds.flat_map(move |seed| kinds().map(move |kind| draw(&kind, seed)))
}

/// The cases of these seeds whose types or storage few models have, which need more seeds than others.
pub fn rare_cases(seeds: Range<u64>) -> impl Iterator<Item = Case> {
    seeds.flat_map(|seed| RARE_KINDS.iter().map(move |kind| draw(kind, seed)))
}

/// The case of this name, if it is that of a drawn one.
pub fn named(name: &str) -> Option<Case> {
    let (_, seed) = name.rsplit_once("/seed_")?;
    let seed = seed.parse().ok()?;
    let mut drawn = cases(seed..seed + 1);
    drawn.find(|case| case.name() == name)
}

fn draw((kind, case): &Kind, seed: u64) -> Case {
    case(&mut Draw::new(kind, seed))
}
