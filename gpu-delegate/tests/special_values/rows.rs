//! Ops that look at several elements of a tensor.

use demilite_core::Op;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{
    Activation, Cumsum, L2Normalization, LogSoftmax, Mean, Pad, Padding, Pool2d, Reduction, Relu,
    Softmax, Transpose, Window,
};

use crate::node::Closeness::{self, Exact, Rounded};
use crate::node::{Input, VALUES, check};

/// A row for each value, which stands at its head or in its midst among ordinary numbers.
fn rows(depth: usize) -> (Vec<usize>, Input) {
    let count = VALUES.len();
    let elements = (0..2 * count * depth).map(|i| {
        let (row, at) = (i / depth, i % depth);
        match at == if row < count { 0 } else { depth / 2 } {
            true => VALUES[row % count],
            false => ((row * 5 + at * 3) % 11) as f32 / 2.0 - 2.0,
        }
    });
    let shape = vec![2 * count, depth];
    (shape.clone(), Input::Fed(shape, elements.collect()))
}

fn check_rows(name: &str, op: &Op, depth: usize, is_reduced: bool, closeness: Closeness) {
    let (shape, input) = rows(depth);
    let (inputs, output) = match is_reduced {
        true => (
            vec![input, Input::Indices(vec![1], vec![1])],
            vec![shape[0]],
        ),
        false => (vec![input], shape),
    };
    check(
        &format!("{name} of {depth}"),
        op,
        &inputs,
        &output,
        closeness,
    );
}

#[test]
fn reductions() {
    for depth in [3, 5, 64] {
        let reduction = |kind| {
            Op::Reduction(Reduction {
                kind,
                keep_dims: false,
            })
        };
        for kind in [ReductionKind::ReduceMax, ReductionKind::ReduceMin] {
            check_rows(&format!("{kind:?}"), &reduction(kind), depth, true, Rounded);
        }
        check_rows("SUM", &reduction(ReductionKind::Sum), depth, true, Rounded);
        let mean = Op::Mean(Mean { keep_dims: false });
        check_rows("MEAN", &mean, depth, true, Rounded);
    }
}

#[test]
fn normalizations() {
    for depth in [3, 8] {
        let softmax = Op::Softmax(Softmax { beta: 1.0 });
        check_rows("SOFTMAX", &softmax, depth, false, Rounded);
        check_rows(
            "LOG_SOFTMAX",
            &Op::LogSoftmax(LogSoftmax),
            depth,
            false,
            Rounded,
        );
        let length = Op::L2Normalization(L2Normalization {
            activation: Activation::None,
        });
        check_rows("L2_NORMALIZATION", &length, depth, false, Rounded);
    }
}

#[test]
fn running_sums() {
    let (shape, input) = rows(4);
    let axis = Input::Indices(vec![], vec![1]);
    let op = Op::Cumsum(Cumsum {
        exclusive: false,
        reverse: false,
    });
    check("CUMSUM", &op, &[input, axis], &shape, Rounded);
}

#[test]
fn pools() {
    for activation in [Activation::None, Activation::Relu, Activation::Relu6] {
        for kind in [PoolKind::Average, PoolKind::Max, PoolKind::L2] {
            let window = Window {
                size: 2,
                stride: 1,
                dilation: 1,
            };
            let op = Op::Pool2d(Pool2d {
                kind,
                padding: Padding::Valid,
                rows: Window { size: 1, ..window },
                columns: window,
                activation,
            });
            for channels in [1, 4] {
                let count = VALUES.len();
                let elements = (0..count * channels)
                    .map(|i| VALUES[(i / channels * (i % channels + 1)) % count]);
                let shape = vec![1, 1, count, channels];
                let input = Input::Fed(shape, elements.collect());
                let output = [1, 1, count - 1, channels];
                check(&format!("{op:?}"), &op, &[input], &output, Rounded);
            }
        }
    }
}

/// The least and the largest floats, of which lavapipe flushes none.
#[test]
fn moves_and_clamps_keep_the_ends_of_the_range() {
    let ends = [f32::MAX, f32::MIN_POSITIVE, 1e-40, f32::from_bits(1)];
    let both: Vec<f32> = ends.iter().flat_map(|&end| [end, -end]).collect();
    let order = Input::Indices(vec![2], vec![1, 0]);
    let turned = [Input::Fed(vec![2, 4], both), order];
    check(
        "TRANSPOSE",
        &Op::Transpose(Transpose),
        &turned,
        &[4, 2],
        Exact,
    );
    let relu = Op::Relu(Relu {
        kind: ReluKind::Relu,
    });
    let positive = Input::Fed(vec![4], ends.to_vec());
    check("RELU", &relu, &[positive], &[4], Exact);
}

#[test]
fn moves_keep_every_value() {
    let (shape, input) = rows(4);
    let turned = [shape[1], shape[0]];
    let order = Input::Indices(vec![2], vec![1, 0]);
    check(
        "TRANSPOSE",
        &Op::Transpose(Transpose),
        &[input.clone(), order],
        &turned,
        Exact,
    );
    let margins = Input::Indices(vec![2, 2], vec![0, 1, 2, 0]);
    let padded = [shape[0] + 1, shape[1] + 2];
    let pad = Op::Pad(Pad { has_value: false });
    check("PAD", &pad, &[input, margins], &padded, Exact);
}
