//! AVERAGE_POOL_2D, MAX_POOL_2D and MEAN.

use demilite_core::Op;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::{Activation, Mean, Padding, Pool2d, Window};

use crate::single_op::{Array, Input, check, clamp};

fn check_pool(
    kind: PoolKind,
    image: [usize; 4],
    size: usize,
    stride: usize,
    padding: Padding,
    activation: Activation,
) {
    let [batch, height, width, channels] = image;
    let window = Window {
        size,
        stride,
        dilation: 1,
    };
    let (rows, columns) = (
        window.place(height, padding).unwrap(),
        window.place(width, padding).unwrap(),
    );
    let x = Array::random(&image, 16);
    let expected = Array::new(&[batch, rows.output, columns.output, channels], |i| {
        let (c, at) = (i % channels, i / channels);
        let (column, row, n) = (
            at % columns.output,
            at / columns.output % rows.output,
            at / columns.output / rows.output,
        );
        let inside = |start: usize, before: usize, extent: usize| {
            (start * stride..start * stride + size)
                .filter_map(move |i| i.checked_sub(before).filter(|&i| i < extent))
        };
        let taps = inside(row, rows.padding_before, height).flat_map(|y| {
            let pixel = move |x: usize| ((n * height + y) * width + x) * channels + c;
            inside(column, columns.padding_before, width).map(pixel)
        });
        let taps: Vec<f64> = taps.map(|at| x.data[at]).collect();
        let v = match kind {
            PoolKind::Average => taps.iter().sum::<f64>() / taps.len() as f64,
            PoolKind::Max => taps.into_iter().fold(f64::NEG_INFINITY, f64::max),
            PoolKind::L2 => {
                let squares: f64 = taps.iter().map(|tap| tap * tap).sum();
                (squares / taps.len() as f64).sqrt()
            }
        };
        clamp(v, activation)
    });
    let op = Op::Pool2d(Pool2d {
        kind,
        padding,
        rows: window,
        columns: window,
        activation,
    });
    check(
        &format!("{kind:?} {image:?} {size} {stride} {padding:?}"),
        &op,
        &[Input::Fed(x)],
        &expected,
    );
}

#[test]
fn windows_over_edges() {
    for kind in [PoolKind::Average, PoolKind::Max] {
        for image in [[1, 7, 7, 8], [2, 5, 11, 3], [1, 8, 5, 1]] {
            for (size, stride) in [(2, 2), (3, 1), (3, 2), (5, 3)] {
                check_pool(kind, image, size, stride, Padding::Same, Activation::None);
                check_pool(kind, image, size, stride, Padding::Valid, Activation::Relu);
            }
        }
        check_pool(
            kind,
            [1, 7, 7, 12],
            7,
            1,
            Padding::Valid,
            Activation::ReluN1To1,
        );
        // A window larger than the image: all of it, once.
        check_pool(kind, [1, 2, 3, 5], 9, 1, Padding::Same, Activation::None);
    }
}

#[test]
fn means_over_any_axes() {
    let cases: &[(&[usize], &[i32])] = &[
        (&[1, 7, 7, 16], &[1, 2]),
        (&[2, 5, 3, 7], &[1, 2]),
        (&[2, 5, 3, 8], &[-1]),
        (&[2, 5, 3, 8], &[0]),
        (&[2, 5, 3, 8], &[0, 2]),
        (&[2, 5, 3, 8], &[1, 3]),
        (&[2, 5, 3, 8], &[0, 1, 2, 3]),
        (&[3, 11, 13], &[-2]),
        (&[2, 3, 2, 5, 2, 4], &[1, 3, 5]),
        (&[1, 1, 1, 9], &[1, 2]),
        (&[5, 67], &[1]),
    ];
    for &(shape, axes) in cases {
        for keep_dims in [false, true] {
            let reduced: Vec<bool> = (0..shape.len())
                .map(|dim| {
                    axes.iter()
                        .any(|&axis| axis.rem_euclid(shape.len() as i32) as usize == dim)
                })
                .collect();
            let x = Array::random(shape, 17);
            let kept: Vec<usize> = (0..shape.len())
                .filter(|&dim| !reduced[dim])
                .map(|dim| shape[dim])
                .collect();
            let mut sums = vec![0.0; kept.iter().product()];
            for (i, v) in x.data.iter().enumerate() {
                let (mut rest, mut offset, mut step) = (i, 0, 1);
                for dim in (0..shape.len()).rev() {
                    if !reduced[dim] {
                        offset += rest % shape[dim] * step;
                        step *= shape[dim];
                    }
                    rest /= shape[dim];
                }
                sums[offset] += v;
            }
            let count = (x.data.len() / sums.len()) as f64;
            let output: Vec<usize> = match keep_dims {
                true => (0..shape.len())
                    .map(|dim| if reduced[dim] { 1 } else { shape[dim] })
                    .collect(),
                false => kept,
            };
            let expected = Array::new(&output, |i| sums[i] / count);
            let indices = Input::Indices(vec![axes.len()], axes.to_vec());
            let name = format!("mean {shape:?} {axes:?}");
            check(
                &name,
                &Op::Mean(Mean { keep_dims }),
                &[Input::Fed(x), indices],
                &expected,
            );
        }
    }
}

#[test]
fn a_mean_over_more_elements_than_loop_iterations() {
    let x = Array::random(&[1, 1500, 2000, 1], 18);
    let expected = Array::new(&[1, 1], |_| x.data.iter().sum::<f64>() / 3e6);
    let axes = Input::Indices(vec![2], vec![1, 2]);
    check(
        "a long mean",
        &Op::Mean(Mean { keep_dims: false }),
        &[Input::Fed(x), axes],
        &expected,
    );
}
