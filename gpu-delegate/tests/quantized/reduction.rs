//! Pooling, MEAN and SOFTMAX.

use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Mean, Padding, Pool2d, Softmax, Window};
use demilite_core::{DataType, Op};

use crate::single_node::{Operand, Random, check};

const TYPES: [DataType; 3] = [DataType::Int8, DataType::UInt8, DataType::Int16];

#[test]
fn pools() {
    for dtype in TYPES {
        let mut random = Random::new(9);
        for kind in [PoolKind::Average, PoolKind::Max] {
            for image in [[1, 1, 1, 1], [2, 7, 5, 3], [1, 11, 13, 8], [1, 7, 7, 20]] {
                for padding in [Padding::Same, Padding::Valid] {
                    let mut window = |extent: usize| Window {
                        size: 1 + random.below(extent),
                        stride: 1 + random.below(3),
                        dilation: 1,
                    };
                    let (rows, columns) = (window(image[1]), window(image[2]));
                    let op = Pool2d {
                        kind,
                        padding,
                        rows,
                        columns,
                        activation: random.choose(&[Activation::None, Activation::Relu6]),
                    };
                    let (scale, zero_point) = (random.scale(0.01, 0.1), random.zero_point(dtype));
                    let input = Operand::new(dtype, &image, scale, zero_point);
                    let output = Operand::new(dtype, &[1], scale, zero_point);
                    let name = format!("{op:?} of {image:?} {dtype:?}");
                    check(&name, Op::Pool2d(op), &[Some(input)], &output, &mut random);
                }
            }
        }
    }
}

#[test]
fn means_over_any_axes() {
    for dtype in TYPES {
        let mut random = Random::new(10);
        for (shape, axes) in [
            (&[2, 5, 7, 11][..], &[1, 2][..]),
            (&[1, 7, 7, 8], &[1, 2]),
            (&[3, 5, 4], &[0]),
            (&[3, 5, 4], &[-1]),
            (&[3, 5], &[0, 1]),
            (&[1, 1, 1, 4], &[1, 2]),
            (&[2, 3, 5, 2], &[1, 3]),
            (&[70_001], &[0]),
        ] {
            for _ in 0..2 {
                let input = Operand::new(
                    dtype,
                    shape,
                    random.scale(0.01, 1.0),
                    random.zero_point(dtype),
                );
                let output = Operand::new(
                    dtype,
                    &[1],
                    random.scale(0.005, 1.0),
                    random.zero_point(dtype),
                );
                let axes = Operand::indices(&[axes.len()], axes);
                let keep_dims = random.below(2) == 0;
                let name = format!("mean of {input:?} over {axes:?} to {output:?}");
                let inputs = [Some(input), Some(axes)];
                check(
                    &name,
                    Op::Mean(Mean { keep_dims }),
                    &inputs,
                    &output,
                    &mut random,
                );
            }
        }
    }
}

#[test]
fn softmax_of_rows_of_every_length() {
    for (dtype, scale, zero_point) in [
        (DataType::Int8, 1.0 / 256.0, -128),
        (DataType::UInt8, 1.0 / 256.0, 0),
        (DataType::Int16, 1.0 / 32768.0, 0),
    ] {
        let mut random = Random::new(11);
        for shape in [
            &[1, 1][..],
            &[1, 1001],
            &[3, 7],
            &[2, 5, 8],
            &[70, 3],
            &[1, 20_000],
        ] {
            for beta in [1.0, 0.3, 2.0] {
                let largest = if dtype == DataType::Int16 { 1e-3 } else { 0.5 };
                let input = Operand::new(
                    dtype,
                    shape,
                    random.scale(1e-4, largest),
                    random.zero_point(dtype),
                );
                let output = Operand::new(dtype, &[1], scale, zero_point);
                let name = format!("softmax of {input:?} {beta}");
                let inputs = [Some(input)];
                check(
                    &name,
                    Op::Softmax(Softmax { beta }),
                    &inputs,
                    &output,
                    &mut random,
                );
            }
        }
    }
}
