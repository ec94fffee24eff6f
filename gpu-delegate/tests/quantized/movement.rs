//! PAD, CONCATENATION, RESHAPE, SQUEEZE and RESIZE_BILINEAR.

use demilite_core::op::{Activation, Concatenation, Pad, Reshape, ResizeBilinear, Squeeze};
use demilite_core::{DataType, Op};

use crate::single_node::{Operand, Random, check};

const TYPES: [DataType; 3] = [DataType::Int8, DataType::UInt8, DataType::Int16];

#[test]
fn paddings_hold_the_zero_point_or_a_value() {
    for dtype in TYPES {
        let mut random = Random::new(12);
        for shape in [[1, 1, 1, 1], [2, 3, 5, 7], [1, 4, 4, 8]] {
            for widths in [[0, 0, 1, 2, 3, 0, 0, 0], [1, 0, 0, 1, 1, 1, 2, 3]] {
                let (scale, zero_point) = (0.1, random.zero_point(dtype));
                let input = Operand::new(dtype, &shape, scale, zero_point);
                let output = Operand::new(dtype, &[1], scale, zero_point);
                let paddings = Operand::indices(&[4, 2], &widths);
                let value = Operand::new(dtype, &[1], scale, zero_point).constant(&mut random);
                let inputs = [Some(input), Some(paddings), Some(value)];
                for has_value in [false, true] {
                    let op = Op::Pad(Pad { has_value });
                    let inputs = &inputs[..if has_value { 3 } else { 2 }];
                    let name = format!("pad {inputs:?}");
                    check(&name, op, inputs, &output, &mut random);
                }
            }
        }
    }
}

#[test]
fn concatenations_along_every_axis() {
    for dtype in TYPES {
        let mut random = Random::new(13);
        for axis in [0_i32, 1, 2, -1] {
            for extents in [&[1][..], &[3, 5], &[4, 8], &[1, 2, 7, 4]] {
                let (scale, zero_point) = (random.scale(0.01, 0.1), random.zero_point(dtype));
                let inputs: Vec<_> = extents
                    .iter()
                    .map(|&extent| {
                        let mut shape = [2, 3, 5];
                        shape[axis.rem_euclid(3) as usize] = extent;
                        let input = Operand::new(dtype, &shape, scale, zero_point);
                        // Unsigned bytes change their scale.
                        Some(match dtype == DataType::UInt8 && random.below(2) == 0 {
                            true => Operand::new(
                                dtype,
                                &shape,
                                random.scale(0.005, 0.2),
                                random.zero_point(dtype),
                            ),
                            false => input,
                        })
                    })
                    .collect();
                let output = Operand::new(dtype, &[1], scale, zero_point);
                let op = Op::Concatenation(Concatenation {
                    axis,
                    activation: Activation::None,
                });
                let name = format!("concatenation {inputs:?} {output:?}");
                check(&name, op, &inputs, &output, &mut random);
            }
        }
    }
}

#[test]
fn other_shapes_of_the_same_bytes() {
    for dtype in TYPES {
        let mut random = Random::new(14);
        for shape in [[1, 3, 1, 5], [1, 2, 1, 8]] {
            let zero_point = random.zero_point(dtype);
            let input = Operand::new(dtype, &shape, 0.1, zero_point);
            let output = Operand::new(dtype, &[1], 0.1, zero_point);
            let elements: usize = shape.iter().product();
            let reshape = Op::Reshape(Reshape {
                new_shape: Some(vec![elements as i32]),
            });
            let inputs = [Some(input)];
            check("reshape", reshape, &inputs, &output, &mut random);
            let squeeze = Op::Squeeze(Squeeze {
                squeeze_dims: vec![0, 2],
            });
            check("squeeze", squeeze, &inputs, &output, &mut random);
        }
    }
}

#[test]
fn bilinear_resizes_in_ten_bits() {
    for dtype in [DataType::Int8, DataType::Int16] {
        let mut random = Random::new(15);
        for (image, size) in [
            ([1, 1, 1, 1], [3, 2]),
            ([2, 3, 5, 3], [7, 11]),
            ([1, 7, 11, 4], [3, 5]),
            ([1, 5, 5, 8], [9, 1]),
            ([1, 4, 6, 5], [8, 12]),
        ] {
            for (align_corners, half_pixel_centers) in
                [(false, false), (true, false), (false, true)]
            {
                let zero_point = random.zero_point(dtype);
                let input = Operand::new(dtype, &image, 0.1, zero_point);
                let output = Operand::new(dtype, &[1], 0.1, zero_point);
                let op = ResizeBilinear {
                    align_corners,
                    half_pixel_centers,
                };
                let name = format!("{op:?} {dtype:?} {image:?} {size:?}");
                let inputs = [Some(input), Some(Operand::indices(&[2], &size))];
                check(&name, Op::ResizeBilinear(op), &inputs, &output, &mut random);
            }
        }
    }
}
