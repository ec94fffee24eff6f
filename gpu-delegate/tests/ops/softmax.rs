//! SOFTMAX.

use demilite_core::Op;
use demilite_core::op::Softmax;

use crate::single_op::{Array, Input, check};

#[test]
fn rows_of_every_length() {
    for shape in [
        &[1, 1001][..],
        &[3, 7],
        &[2, 5, 8],
        &[1, 1],
        &[4, 2, 3, 5],
        &[2, 260],
        &[70, 3],
    ] {
        for beta in [1.0, 0.5] {
            let mut x = Array::random(shape, 32);
            x.data.iter_mut().for_each(|v| *v *= 8.0);
            let length = shape[shape.len() - 1];
            let data = x.data.chunks(length).flat_map(|row| {
                let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<f64> = row.iter().map(|v| ((v - highest) * beta).exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(move |power| power / sum)
            });
            let expected = Array {
                shape: shape.to_vec(),
                data: data.collect(),
            };
            let op = Op::Softmax(Softmax { beta: beta as f32 });
            check(
                &format!("softmax {shape:?} {beta}"),
                &op,
                &[Input::Fed(x)],
                &expected,
            );
        }
    }
}
