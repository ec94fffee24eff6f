//! QUANTIZE and DEQUANTIZE.

use demilite_core::op::{Dequantize, Quantize};
use demilite_core::{DataType, Op};

use crate::single_node::{Operand, Random, check};

const TYPES: [DataType; 3] = [DataType::Int8, DataType::UInt8, DataType::Int16];

#[test]
fn floats_become_the_nearest_integers() {
    for dtype in TYPES {
        let mut random = Random::new(16);
        for scale in [0.1, 0.05, 0.25, 1.0 / 3.0, 0.007_843_138, 1e-4, 3.0] {
            for shape in [&[1][..], &[7], &[2, 3, 500]] {
                let input = Operand::plain(DataType::Float32, shape);
                let output = Operand::new(dtype, &[1], scale, random.zero_point(dtype));
                let name = format!("quantize to {output:?}");
                check(
                    &name,
                    Op::Quantize(Quantize),
                    &[Some(input)],
                    &output,
                    &mut random,
                );
            }
        }
    }
}

#[test]
fn integers_change_their_scale() {
    let mut random = Random::new(17);
    for (from, to) in [
        (DataType::Int8, DataType::Int8),
        (DataType::Int8, DataType::UInt8),
        (DataType::Int8, DataType::Int16),
        (DataType::UInt8, DataType::Int8),
        (DataType::UInt8, DataType::UInt8),
        (DataType::UInt8, DataType::Int16),
        (DataType::Int16, DataType::Int8),
        (DataType::Int16, DataType::Int16),
    ] {
        for shape in [&[1][..], &[5], &[3, 7, 11]] {
            for largest in [0.5, 2.0, 1000.0] {
                let scale = random.scale(1e-3, 0.5);
                let input = Operand::new(from, shape, scale, random.zero_point(from));
                let output_scale = scale * random.scale(0.001, largest);
                let output = Operand::new(to, &[1], output_scale, random.zero_point(to));
                let name = format!("requantize {input:?} to {output:?}");
                check(
                    &name,
                    Op::Quantize(Quantize),
                    &[Some(input)],
                    &output,
                    &mut random,
                );
            }
        }
    }
}

#[test]
fn integers_become_floats() {
    for dtype in TYPES {
        let mut random = Random::new(18);
        for shape in [&[1][..], &[5], &[3, 7, 11]] {
            let input = Operand::new(
                dtype,
                shape,
                random.scale(1e-6, 10.0),
                random.zero_point(dtype),
            );
            let output = Operand::plain(DataType::Float32, &[1]);
            let name = format!("dequantize {input:?}");
            check(
                &name,
                Op::Dequantize(Dequantize),
                &[Some(input)],
                &output,
                &mut random,
            );
        }
    }
}
