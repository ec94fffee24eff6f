//! Ops that remember what they were given before.

use demilite_core::DataType::Float32;
use demilite_core::op::Activation;

use super::draw::Draw;
use crate::case::Case;
use crate::cases::lstm::{KINDS, Memory};
use crate::cases::svdf::Filters;

pub(super) fn lstm(draw: &mut Draw) -> Case {
    let has_projection = draw.one_in(3);
    let memory = Memory {
        kind: draw.one(&KINDS),
        time: draw.integer(1, 7),
        batch: draw.integer(1, 3),
        input: draw.integer(1, 13),
        cells: draw.integer(1, 13),
        projection: has_projection.then(|| draw.integer(1, 7)),
        has_input_gate: draw.one_in(2),
        has_peepholes: draw.one_in(2),
        cell_clip: draw.one(&[0.0, 0.0, 0.7]),
    };
    memory.finish(draw.draft("lstm", Float32, "").within(1.0))
}

pub(super) fn svdf(draw: &mut Draw) -> Case {
    let filters = Filters {
        batch: draw.integer(1, 3),
        input: draw.integer(1, 31),
        units: draw.integer(1, 13),
        rank: draw.integer(1, 3),
        memory: draw.integer(1, 11),
    };
    let has_bias = draw.one_in(2);
    let activation = draw.one(&[Activation::None, Activation::Relu]);
    let draft = draw.draft("svdf", Float32, "").within(1.0);
    filters.finish(draft, has_bias, activation)
}
