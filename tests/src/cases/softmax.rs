//! SOFTMAX.

use demilite_core::op::Softmax;
use demilite_core::{DataType, Op, Quantization};

use super::ACTIVATIONS;
use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[
    &[1],
    &[7],
    &[1, 10],
    &[3, 257],
    &[2, 3, 5],
    &[2, 3, 5, 7],
    &[1, 1001],
    &[5, 8],
];

/// More rows than a device need have workgroups in a dimension.
const MANY_ROWS: [usize; 2] = [66_001, 2];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in ACTIVATIONS {
        for shape in SHAPES {
            for beta in [1.0, 0.3] {
                let name = format!("softmax/{dtype}/{}/beta_{beta}", extents(shape));
                let mut draft = Draft::new(name).within(8.0);
                let input = draft.input(dtype, shape);
                let output = match dtype {
                    DataType::Int8 => Some(Quantization::per_tensor(1.0 / 256.0, -128)),
                    DataType::UInt8 => Some(Quantization::per_tensor(1.0 / 256.0, 0)),
                    DataType::Int16 => Some(Quantization::per_tensor(1.0 / 32768.0, 0)),
                    _ => None,
                };
                let op = Op::Softmax(Softmax { beta });
                cases.push(draft.finish(op, &[input], dtype, output, Rounding::Function));
            }
        }
    }
    for dtype in [DataType::Float32, DataType::Int8] {
        let name = format!("softmax/{dtype}/{}/beta_1", extents(&MANY_ROWS));
        let mut draft = Draft::new(name).within(8.0);
        let input = draft.input(dtype, &MANY_ROWS);
        let output = match dtype {
            DataType::Int8 => Some(Quantization::per_tensor(1.0 / 256.0, -128)),
            _ => None,
        };
        let op = Op::Softmax(Softmax { beta: 1.0 });
        cases.push(draft.finish(op, &[input], dtype, output, Rounding::Function));
    }
    for dtype in [DataType::Int8, DataType::UInt8] {
        for shape in SHAPES {
            let name = format!("softmax/{dtype}/{}/to_int16", extents(shape));
            let mut draft = Draft::new(name).within(8.0);
            let input = draft.input(dtype, shape);
            let output = Some(Quantization::per_tensor(1.0 / 65536.0, -32768));
            let op = Op::Softmax(Softmax { beta: 1.0 });
            let rounding = Rounding::Function;
            cases.push(draft.finish(op, &[input], DataType::Int16, output, rounding));
        }
    }
    // Exponentials that sum up to just below a power of two, of which the nearest in fewer bits is that power.
    let mut draft = Draft::new("softmax/int16/3x9/below_power_of_two");
    let rows = [-10_100, -10_150, 0].map(|last| {
        let mut row = [i16::MAX; 9];
        row[8] = last;
        row
    });
    let quantization = Some(Quantization::per_tensor(10.0 / 65_535.0, 0));
    let input = draft.chosen(&[3, 9], rows.as_flattened(), quantization);
    let output = Some(Quantization::per_tensor(1.0 / 32_768.0, 0));
    let op = Op::Softmax(Softmax { beta: 1.0 });
    cases.push(draft.finish(op, &[input], DataType::Int16, output, Rounding::Function));
    cases
}

impl UnderTest for Softmax {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::softmax);

    fn accuracy(&self) -> Accuracy {
        // exp(x)/Σexp: an exponential's error of its own, of the row's, the argument's rounding, and a division.
        Accuracy::steps(32.0).and_per_log(4.0)
    }

    fn roundings_on_the_way(&self) -> u32 {
        // An exponential, before it is divided.
        1
    }
}
