//! QUANTIZE.

use demilite_core::op::Quantize;
use demilite_core::{DataType, Op, Quantization};

use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

const PAIRS: &[(DataType, DataType)] = &[
    (DataType::Float32, DataType::Int8),
    (DataType::Float32, DataType::UInt8),
    (DataType::Float32, DataType::Int16),
    (DataType::Int8, DataType::Int8),
    (DataType::Int8, DataType::UInt8),
    (DataType::Int8, DataType::Int16),
    (DataType::UInt8, DataType::Int8),
    (DataType::UInt8, DataType::UInt8),
    (DataType::UInt8, DataType::Int16),
    (DataType::Int16, DataType::Int8),
    (DataType::Int16, DataType::Int16),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let quantize = Op::Quantize(Quantize);
    for &(from, to) in PAIRS {
        for shape in [&[][..], &[1], &[257], &[2, 3, 5, 7]] {
            let name = format!("quantize/{from}/{to}/{}", extents(shape));
            // Wider than what 8 bits hold at the widest scale, so that some values saturate.
            let mut draft = Draft::new(name).within(20.0);
            let input = draft.input(from, shape);
            let output = draft.quantization(to);
            cases.push(draft.finish(quantize.clone(), &[input], to, output, Rounding::Moves));
        }
    }
    // So many that one rounding of the product shows, where two are right.
    let mut draft = Draft::new("quantize/int16/int8/4099");
    let input = draft.input(DataType::Int16, &[4099]);
    let output = draft.quantization(DataType::Int8);
    let rounding = Rounding::Moves;
    cases.push(draft.finish(quantize.clone(), &[input], DataType::Int8, output, rounding));
    for to in [DataType::Int8, DataType::UInt8, DataType::Int16] {
        // Half of the numbers on the grid lie in the middle between two integers.
        let mut draft = Draft::new(format!("quantize/float32/{to}/257/ties")).within(20.0);
        let input = draft.input(DataType::Float32, &[257]);
        let middle = if to == DataType::UInt8 { 128 } else { 0 };
        let output = Some(Quantization::per_tensor(1.0, middle));
        cases.push(draft.finish(quantize.clone(), &[input], to, output, Rounding::Moves));
    }
    for to in [DataType::Int8, DataType::UInt8, DataType::Int16] {
        // Half a step and the floats next to it, for scales of all 24 bits.
        let scale = 0.1_f32;
        let steps = (-131..131).map(|step| (step as f32 + 0.5) * scale);
        let numbers: Vec<f32> = steps
            .flat_map(|number| [number.next_down(), number, number.next_up()])
            .collect();
        let mut draft = Draft::new(format!("quantize/float32/{to}/786/half_steps"));
        let input = draft.chosen(&[numbers.len()], &numbers, None);
        let middle = if to == DataType::UInt8 { 128 } else { 0 };
        let output = Some(Quantization::per_tensor(scale, middle));
        cases.push(draft.finish(quantize.clone(), &[input], to, output, Rounding::Moves));
    }
    for (from, to, zero_points) in [
        (DataType::Int8, DataType::UInt8, (-3, 125)),
        (DataType::UInt8, DataType::Int8, (140, 12)),
    ] {
        let mut draft = Draft::new(format!("quantize/{from}/{to}/3x5x7/same_scale"));
        let (before, after) = zero_points;
        let before = Quantization::per_tensor(0.03, before);
        let input = draft.input_with(from, &[3, 5, 7], Some(before));
        let after = Quantization::per_tensor(0.03, after);
        cases.push(draft.finish(quantize.clone(), &[input], to, Some(after), Rounding::Moves));
    }
    for (from, to, scales) in [
        (DataType::Int16, DataType::Int32, [3e-4, 7e-7]),
        (DataType::Int32, DataType::Int8, [2e-10, 0.002]),
        (DataType::Int32, DataType::Int16, [7e-11, 3e-6]),
    ] {
        for shape in [&[][..], &[257], &[2, 3, 5, 7]] {
            let name = format!("quantize/{from}/{to}/{}", extents(shape));
            let mut draft = Draft::new(name).between(-2e9, 2e9);
            let [before, after] = scales.map(|scale| Some(Quantization::per_tensor(scale, 0)));
            let input = draft.input_with(from, shape, before);
            cases.push(draft.finish(quantize.clone(), &[input], to, after, Rounding::Moves));
        }
    }
    cases
}

impl UnderTest for Quantize {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::unary::quantize);

    fn specials(&self) -> Specials {
        // LiteRT converts such numbers to integers, or orders by them, which C++ leaves undefined.
        Specials::None
    }
}
