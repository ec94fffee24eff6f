//! Ops that remember what they were given before.

use demilite_core::DataType::{Float32, Int8, UInt8};
use demilite_core::op::Activation;

use super::draw::Draw;
use crate::case::Case;
use crate::cases::bidirectional_lstm::Memories;
use crate::cases::lstm::{Basic, KINDS, Memory};
use crate::cases::rnn::{self, Second, Units};
use crate::cases::svdf::Filters;

const SECONDS: [Second; 3] = [Second::Absent, Second::Alone, Second::Weighed];

pub(super) fn basic_lstm(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, UInt8]);
    let basic = Basic {
        dtype,
        batch: draw.integer(1, 5),
        input: draw.integer(1, 31),
        cells: draw.integer(1, 17),
    };
    basic.finish(draw.draft("basic_lstm", dtype, "").within(1.0))
}

pub(crate) fn bidirectional_lstm(draw: &mut Draw) -> Case {
    let has_projection = draw.one_in(3);
    let time_major = draw.one_in(2);
    let merge_outputs = draw.one_in(2);
    let memories = Memories {
        time: draw.integer(1, 7),
        // LiteRT reads beyond the states of further rows where a merged output has the batch first.
        batch: match merge_outputs && !time_major {
            true => 1,
            false => draw.integer(1, 3),
        },
        input: draw.integer(1, 13),
        // LiteRT takes as many cells in both directions.
        cells: [draw.integer(1, 13); 2],
        projection: has_projection.then(|| draw.integer(1, 7)),
        has_input_gate: draw.one_in(2),
        has_peepholes: draw.one_in(2),
        cell_clip: draw.one(&[0.0, 0.0, 0.7]),
        second: draw.one(&SECONDS),
        time_major,
        merge_outputs,
        weights: Float32,
        asymmetric_quantize_inputs: false,
    };
    let draft = draw.draft("bidirectional_lstm", Float32, "");
    memories.finish(draft.within(1.0))
}

pub(crate) fn rnn(draw: &mut Draw) -> Case {
    let weights = draw.one(&[Float32, Int8, UInt8]);
    // Of what is rounded to integers in the step after it, a last bit more or less may be a whole step.
    let activation = match weights {
        Float32 => draw.one(&[Activation::Tanh, Activation::ReluN1To1]),
        _ => draw.one(&[Activation::Relu6, Activation::ReluN1To1]),
    };
    let mut units = Units {
        kind: draw.one(&rnn::KINDS),
        time: draw.integer(1, 7),
        batch: draw.integer(1, 3),
        input: draw.integer(1, 31),
        units: draw.integer(1, 17),
        backward: draw.integer(1, 17),
        second: draw.one(&SECONDS),
        activation,
        weights,
        asymmetric_quantize_inputs: weights != Float32 && draw.one_in(2),
    };
    if units.is_fatal_in_litert() {
        units.batch = 1;
    }
    let words = format!("{weights}");
    units.finish(draw.draft("rnn", Float32, &words).within(1.0))
}

pub(crate) fn lstm(draw: &mut Draw) -> Case {
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
        weights: Float32,
        asymmetric_quantize_inputs: false,
    };
    memory.finish(draw.draft("lstm", Float32, "").within(1.0))
}

pub(crate) fn svdf(draw: &mut Draw) -> Case {
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
