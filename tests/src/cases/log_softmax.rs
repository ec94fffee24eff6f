//! LOG_SOFTMAX.

use demilite_core::op::LogSoftmax;
use demilite_core::{DataType, Op, Quantization};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft, extents};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::under_test::UnderTest;

const SHAPES: &[&[usize]] = &[&[1], &[7], &[1, 10], &[3, 257], &[2, 3, 5, 7], &[5, 8]];

/// More rows than a device need have workgroups in a dimension.
const MANY_ROWS: &[usize] = &[66_001, 2];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for dtype in [DataType::Float32, DataType::Int8, DataType::UInt8] {
        let many = (dtype != DataType::UInt8).then_some(MANY_ROWS);
        for shape in SHAPES.iter().copied().chain(many) {
            let mut draft =
                Draft::new(format!("log_softmax/{dtype}/{}", extents(shape))).within(8.0);
            let input = draft.input(dtype, shape);
            let output = match dtype {
                DataType::Int8 => Some(Quantization::per_tensor(16.0 / 256.0, 127)),
                DataType::UInt8 => Some(Quantization::per_tensor(16.0 / 256.0, 255)),
                _ => None,
            };
            let op = Op::LogSoftmax(LogSoftmax);
            cases.push(draft.finish(op, &[input], dtype, output, Rounding::Function));
        }
    }
    // The sum of so many exponentials takes the highest bit.
    let mut draft = Draft::new("log_softmax/int8/2x4001/equal");
    let quantization = Some(Quantization::per_tensor(0.05, 0));
    let rows = [[5_i8; 4001], [-7; 4001]];
    let input = draft.chosen(&[2, 4001], rows.as_flattened(), quantization);
    let output = Some(Quantization::per_tensor(16.0 / 256.0, 127));
    let op = Op::LogSoftmax(LogSoftmax);
    cases.push(draft.finish(op, &[input], DataType::Int8, output, Rounding::Function));
    cases
}

impl UnderTest for LogSoftmax {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::reduction::log_softmax);

    fn accuracy(&self) -> Accuracy {
        // x − log Σexp: the argument's rounding and the logarithm's, of numbers up to the row's length.
        Accuracy::steps(8.0).or_absolute(1.0 / (1_u64 << 19) as f64)
    }
}
