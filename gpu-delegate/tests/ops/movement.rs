//! PAD, CONCATENATION, RESHAPE, SQUEEZE and RESIZE_BILINEAR.

use demilite_core::Op;
use demilite_core::op::{Activation, Concatenation, Pad, Reshape, ResizeBilinear, Squeeze};

use crate::single_op::{Array, Input, check};

#[test]
fn pads_with_zero_and_with_a_value() {
    let cases: &[(&[usize], &[[i32; 2]])] = &[
        (&[1, 5, 7, 4], &[[0, 0], [1, 2], [2, 1], [0, 0]]),
        (&[1, 5, 7, 3], &[[0, 0], [0, 1], [0, 1], [0, 0]]),
        (&[2, 3, 5], &[[1, 0], [0, 2], [3, 1]]),
        (&[2, 4], &[[0, 0], [4, 8]]),
        (&[7], &[[0, 0]]),
        (
            &[2, 1, 3, 2, 1, 2],
            &[[1, 1], [0, 1], [1, 0], [1, 1], [2, 0], [0, 1]],
        ),
    ];
    for &(shape, paddings) in cases {
        for value in [None, Some(1.5)] {
            let x = Array::random(shape, 19);
            let extent = |dim: usize| shape[dim] + (paddings[dim][0] + paddings[dim][1]) as usize;
            let output: Vec<usize> = (0..shape.len()).map(extent).collect();
            let expected = Array::new(&output, |i| {
                let (mut rest, mut offset, mut step) = (i, 0, 1);
                for dim in (0..shape.len()).rev() {
                    let at = (rest % output[dim]).wrapping_sub(paddings[dim][0] as usize);
                    rest /= output[dim];
                    if at >= shape[dim] {
                        return value.unwrap_or(0.0);
                    }
                    offset += at * step;
                    step *= shape[dim];
                }
                x.data[offset]
            });
            let indices = Input::Indices(vec![shape.len(), 2], paddings.concat());
            let mut inputs = vec![Input::Fed(x), indices];
            inputs.extend(value.map(|value| Input::Constant(Array::new(&[1], |_| value))));
            let op = Op::Pad(Pad {
                has_value: value.is_some(),
            });
            check(
                &format!("pad {shape:?} {paddings:?}"),
                &op,
                &inputs,
                &expected,
            );
        }
    }
}

#[test]
fn concatenates_along_any_axis() {
    let cases: &[(&[&[usize]], i32)] = &[
        (&[&[1, 4, 4, 8], &[1, 4, 4, 4]], 3),
        (&[&[1, 3, 2, 3], &[1, 3, 2, 5], &[1, 3, 2, 4]], -1),
        (&[&[2, 3], &[5, 3]], 0),
        (&[&[1, 7], &[1, 6], &[1, 1]], 1),
        (&[&[2, 3, 4], &[2, 5, 4]], 1),
        (&[&[3]], 0),
    ];
    for &(shapes, axis) in cases {
        let rank = shapes[0].len();
        let dim = axis.rem_euclid(rank as i32) as usize;
        let parts: Vec<Array> = shapes
            .iter()
            .zip(20..)
            .map(|(shape, seed)| Array::random(shape, seed))
            .collect();
        let mut output = shapes[0].to_vec();
        output[dim] = shapes.iter().map(|shape| shape[dim]).sum();
        let outer: usize = output[..dim].iter().product();
        let row = |part: &Array, i: usize| {
            let length = part.data.len() / outer;
            part.data[i * length..(i + 1) * length].to_vec()
        };
        let data = (0..outer)
            .flat_map(|i| parts.iter().flat_map(move |part| row(part, i)))
            .collect();
        let op = Op::Concatenation(Concatenation {
            axis,
            activation: Activation::None,
        });
        let expected = Array {
            shape: output,
            data,
        };
        for last in [
            Input::Fed as fn(Array) -> Input,
            Input::Constant,
            Input::Half,
        ] {
            let mut inputs: Vec<Input> = parts.iter().cloned().map(Input::Fed).collect();
            if inputs.len() > 1 {
                inputs.pop();
                inputs.extend(parts.last().cloned().map(last));
            }
            check(
                &format!("concatenation {shapes:?} {axis}"),
                &op,
                &inputs,
                &expected,
            );
        }
    }
}

#[test]
fn reshapes_are_other_names() {
    let x = Array::random(&[1, 3, 5, 1], 30);
    let reshape = Op::Reshape(Reshape {
        new_shape: Some(vec![5, -1]),
    });
    check(
        "reshape",
        &reshape,
        &[Input::Fed(x.clone())],
        &Array {
            shape: vec![5, 3],
            ..x.clone()
        },
    );
    let squeeze = Op::Squeeze(Squeeze {
        squeeze_dims: vec![0],
    });
    check(
        "squeeze",
        &squeeze,
        &[Input::Fed(x.clone())],
        &Array {
            shape: vec![3, 5, 1],
            ..x
        },
    );
}

#[test]
fn resizes_between_elements() {
    for image in [[1, 3, 5, 4], [2, 4, 4, 3]] {
        for size in [[7, 11], [2, 2], [3, 5], [1, 1], [8, 8]] {
            for (align_corners, half_pixel_centers) in
                [(false, false), (true, false), (false, true)]
            {
                let [batch, height, width, channels] = image;
                let x = Array::random(&image, 31);
                let source = |i: usize, input: usize, output: usize| {
                    let scale = match align_corners && output > 1 {
                        true => (input - 1) as f64 / (output - 1) as f64,
                        false => input as f64 / output as f64,
                    };
                    let at = if half_pixel_centers {
                        (i as f64 + 0.5) * scale - 0.5
                    } else {
                        i as f64 * scale
                    };
                    let at = at.clamp(0.0, (input - 1) as f64);
                    (
                        at.floor() as usize,
                        (at.ceil() as usize).min(input - 1),
                        at - at.floor(),
                    )
                };
                let expected = Array::new(&[batch, size[0], size[1], channels], |i| {
                    let (c, at) = (i % channels, i / channels);
                    let (left, right, dx) = source(at % size[1], width, size[1]);
                    let (top, bottom, dy) = source(at / size[1] % size[0], height, size[0]);
                    let n = at / size[1] / size[0];
                    let pixel = |y: usize, x_at: usize| {
                        x.data[((n * height + y) * width + x_at) * channels + c]
                    };
                    (pixel(top, left) * (1.0 - dx) + pixel(top, right) * dx) * (1.0 - dy)
                        + (pixel(bottom, left) * (1.0 - dx) + pixel(bottom, right) * dx) * dy
                });
                let indices = Input::Indices(vec![2], size.map(|extent| extent as i32).to_vec());
                let op = Op::ResizeBilinear(ResizeBilinear {
                    align_corners,
                    half_pixel_centers,
                });
                let name =
                    format!("resize {image:?} {size:?} {align_corners} {half_pixel_centers}");
                check(&name, &op, &[Input::Fed(x.clone()), indices], &expected);
            }
        }
    }
}
