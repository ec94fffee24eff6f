//! The reference backend where LiteRT's kernels are wrong: against the arithmetic that is meant.

use std::sync::Arc;

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::{Activation, BatchMatmul, Comparison, Div, FullyConnected, Softmax};
use demilite_core::{
    Blockwise, Constant, DataType, Graph, GraphParts, Model, Op, Quantization, Session, Shape,
    SparseDimension, Sparsity, Tensor, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

/// The output of an op on these inputs.
fn run(op: Op, inputs: &[Tensor], output: Tensor, values: &[Value]) -> Value {
    let mut parts = GraphParts::default();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|input| parts.tensor(input.clone()))
        .collect();
    let fed = inputs.iter().copied();
    parts.inputs = fed
        .filter(|id| parts.tensors[id.0].constant.is_none())
        .collect();
    let output = parts.tensor(output);
    parts.node(op, inputs.into_iter().map(Some), [output]);
    parts.outputs = vec![output];
    let model = Model::from_graph(Graph::new(parts).expect("a graph"));
    let session =
        Session::builder(Arc::new(model)).delegate(Arc::new(ReferenceDelegate::default()));
    let outputs = session.build().expect("a session").run(values);
    outputs.expect("an output").remove(0)
}

fn int8(name: &str, elements: usize, scale: f32, zero_point: i32) -> Tensor {
    Tensor::new(name, DataType::Int8, [elements])
        .quantized(Quantization::per_tensor(scale, zero_point))
}

/// Every pair of the 8-bit integers.
fn pairs() -> Vec<(i8, i8)> {
    let all = i8::MIN..=i8::MAX;
    all.clone()
        .flat_map(|left| all.clone().map(move |right| (left, right)))
        .collect()
}

/// DIV of every numerator, −1 and quotients next to zero among them, by every divisor but zero.
#[test]
fn quotients_are_the_nearest_to_the_real_ones() {
    for (numerator_zero, divisor_zero) in [(0, 0), (-128, 3), (127, -128), (5, 127)] {
        let divisible = |&(_, divisor): &(i8, i8)| i32::from(divisor) != divisor_zero;
        let pairs: Vec<(i8, i8)> = pairs().into_iter().filter(divisible).collect();
        let count = pairs.len();
        let (left, right): (Vec<i8>, Vec<i8>) = pairs.iter().copied().unzip();
        let quotients = run(
            Op::Div(Div {
                activation: Activation::None,
            }),
            &[
                int8("numerator", count, 0.5, numerator_zero),
                int8("divisor", count, 0.25, divisor_zero),
            ],
            int8("quotient", count, 0.125, -7),
            &[left, right].map(|side| Value::from_slice([count], &side).expect("a vector")),
        );
        let quotients = quotients.as_slice::<i8>().expect("int8");
        for (&(left, right), &actual) in std::iter::zip(&pairs, quotients) {
            let left_real = f64::from(i32::from(left) - numerator_zero) * 0.5;
            let right_real = f64::from(i32::from(right) - divisor_zero) * 0.25;
            let real = (left_real / right_real / 0.125 - 7.0).clamp(-128.0, 127.0);
            // The reciprocal is rounded before the product is.
            let distance = (f64::from(actual) - real).abs();
            assert!(
                distance < 0.51,
                "{left} / {right}: {actual} where {real} is meant"
            );
        }
    }
}

/// Comparisons of numbers with scales of 1 and more.
#[test]
fn coarse_numbers_compare_as_the_reals_do() {
    let (left, right): (Vec<i8>, Vec<i8>) = pairs().into_iter().unzip();
    let count = left.len();
    for kind in [
        ComparisonKind::Less,
        ComparisonKind::Equal,
        ComparisonKind::Greater,
    ] {
        let inputs = [int8("left", count, 1.5, -3), int8("right", count, 2.0, 11)];
        let answers = run(
            Op::Comparison(Comparison { kind }),
            &inputs,
            Tensor::new("answer", DataType::Bool, [count]),
            &[&left, &right].map(|side| Value::from_slice([count], side).expect("a vector")),
        );
        for (index, &answer) in answers.bytes().iter().enumerate() {
            let left = 1.5 * (f64::from(left[index]) + 3.0);
            let right = 2.0 * (f64::from(right[index]) - 11.0);
            let meant = match kind {
                ComparisonKind::Less => left < right,
                ComparisonKind::Greater => left > right,
                _ => left == right,
            };
            assert_eq!(answer != 0, meant, "{kind:?} of {left} and {right}");
        }
    }
}

/// NOT_EQUAL of 16-bit integers without a scale, which stand for themselves.
#[test]
fn unscaled_numbers_that_differ_are_not_equal() {
    let (left, right) = ([7_i16, -300, 4, i16::MIN], [7_i16, 300, 5, i16::MIN]);
    let kind = ComparisonKind::NotEqual;
    let inputs = ["left", "right"].map(|name| Tensor::new(name, DataType::Int16, [4]));
    let answers = run(
        Op::Comparison(Comparison { kind }),
        &inputs,
        Tensor::new("answer", DataType::Bool, [4]),
        &[left, right].map(|side| Value::from_slice([4], &side).expect("a vector")),
    );
    assert_eq!(answers.bytes(), [0, 1, 1, 0]);
}

/// A layer over two rows of 64 floats with these weights, whose scales, if they have any of their own, are a further tensor.
fn layer(
    weights: Tensor,
    scales: Option<Tensor>,
    activation: Activation,
    input: &[f32],
) -> Vec<f32> {
    let outputs = weights.shape[0];
    let mut parts = GraphParts::default();
    let input_id = parts.tensor(Tensor::new("input", DataType::Float32, [2, 64]));
    let weights = parts.tensor(weights);
    if let Some(scales) = scales {
        let scales = parts.tensor(scales);
        parts.tensors[weights.0].blocks = Some(Blockwise {
            scales,
            zero_points: None,
            size: 32,
            shape: Vec::new(),
        });
    }
    let output = parts.tensor(Tensor::new("output", DataType::Float32, [2, outputs]));
    let op = Op::FullyConnected(FullyConnected {
        activation,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    parts.node(op, [Some(input_id), Some(weights), None], [output]);
    (parts.inputs, parts.outputs) = (vec![input_id], vec![output]);
    let model = Model::from_graph(Graph::new(parts).expect("a graph"));
    let session =
        Session::builder(Arc::new(model)).delegate(Arc::new(ReferenceDelegate::default()));
    let value = Value::from_slice([2, 64], input).expect("two rows");
    let outputs = session.build().expect("a session").run(&[value]);
    outputs.expect("an output")[0]
        .as_slice()
        .expect("floats")
        .to_vec()
}

fn rows_of_64() -> Vec<f32> {
    (0..128)
        .map(|index| ((index * 37 % 101) as f32 - 40.0) / 16.0)
        .collect()
}

/// FULLY_CONNECTED of int4 weights whose blocks have scales, with few outputs and an activation: as far from the product of the
/// reals that the weights stand for as half a step of the input's rows comes to.
#[test]
fn blocks_of_weights_have_their_scales() {
    for (outputs, activation) in [(1, Activation::None), (3, Activation::Relu6)] {
        let bytes: Vec<u8> = (0..outputs * 32)
            .map(|index| (index * 53 % 256) as u8)
            .collect();
        let halves = |byte: &u8| [(byte << 4).cast_signed() >> 4, byte.cast_signed() >> 4];
        let numbers: Vec<i8> = bytes.iter().flat_map(halves).collect();
        let scales: Vec<f32> = (0..outputs * 2)
            .map(|index| 0.25 / (1 + index) as f32)
            .collect();
        let as_bytes = |floats: &[f32]| {
            floats
                .iter()
                .copied()
                .flat_map(f32::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        let weights = Tensor::new("weights", DataType::Int4, [outputs, 64])
            .with_constant(Constant::copied(&bytes));
        let scale_tensor = Tensor::new("scales", DataType::Float32, [outputs, 2])
            .with_constant(Constant::copied(&as_bytes(&scales)));
        let input = rows_of_64();
        let actual = layer(weights, Some(scale_tensor), activation, &input);
        for (index, &actual) in actual.iter().enumerate() {
            let (row, channel) = (&input[index / outputs * 64..][..64], index % outputs);
            let real = |place: usize| {
                f64::from(numbers[channel * 64 + place])
                    * f64::from(scales[channel * 2 + place / 32])
            };
            let least = row.iter().copied().fold(0.0, f32::min);
            let step = f64::from(row.iter().copied().fold(0.0, f32::max) - least) / 255.0;
            let sum: f64 = (0..64)
                .map(|place| f64::from(row[place]) * real(place))
                .sum();
            let slack: f64 = (0..64).map(|place| real(place).abs() * step * 0.51).sum();
            let meant = match activation {
                Activation::Relu6 => sum.clamp(0.0, 6.0),
                _ => sum,
            };
            assert!(slack < 2.0, "{slack}");
            assert!(
                (f64::from(actual) - meant).abs() <= slack,
                "{actual} where {meant} is meant"
            );
        }
    }
}

/// FULLY_CONNECTED of weights that are stored sparsely, of which LiteRT reads what is stored as if it were all beneath floats.
#[test]
fn sparse_weights_have_their_zeros() {
    let stored: [i8; 6] = [7, -9, 120, -127, 3, 1];
    let mut dense = vec![0_i8; 3 * 64];
    for (place, number) in std::iter::zip([1, 63, 128, 129, 130, 190], stored) {
        dense[place] = number;
    }
    let sparsity = Sparsity {
        traversal_order: vec![0, 1],
        block_map: Vec::new(),
        dimensions: vec![
            SparseDimension::Dense { size: 3 },
            SparseDimension::SparseCsr {
                segments: vec![0, 2, 2, 6],
                indices: vec![1, 63, 0, 1, 2, 62],
            },
        ],
    };
    let weights = |bytes: &[i8]| {
        let bytes: Vec<u8> = bytes.iter().map(|byte| byte.cast_unsigned()).collect();
        Tensor::new("weights", DataType::Int8, [3, 64])
            .quantized(Quantization::per_tensor(0.01, 0))
            .with_constant(Constant::copied(&bytes))
    };
    let sparse = Tensor {
        sparsity: Some(sparsity),
        ..weights(&stored)
    };
    let input = rows_of_64();
    let expected = layer(weights(&dense), None, Activation::None, &input);
    assert_eq!(layer(sparse, None, Activation::None, &input), expected);
    assert!(expected.iter().any(|&number| number != 0.0));
}

/// BATCH_MATMUL of dynamic range gives each batch the same in one dimension and in two.
#[test]
fn batches_are_multiplied_one_by_one() {
    let [batches, rows, depth, columns] = [6, 5, 7, 3];
    let input: Vec<f32> = (0..batches * rows * depth)
        .map(|index| ((index * 37 % 101) as f32 - 50.0) * (1 + index / (rows * depth)) as f32)
        .collect();
    let weights: Vec<u8> = (0..batches * depth * columns)
        .map(|index| (index * 53 % 255) as u8 ^ 0x80)
        .collect();
    let product = |outer: &[usize]| {
        let shape = |inner: [usize; 2]| Shape::new([outer, &inner].concat());
        let quantization = Quantization::per_tensor(0.25, 0);
        let weights = Tensor::new("weights", DataType::Int8, shape([depth, columns]))
            .quantized(quantization)
            .with_constant(Constant::copied(&weights));
        let op = Op::BatchMatmul(BatchMatmul {
            adj_x: false,
            adj_y: false,
            asymmetric_quantize_inputs: false,
        });
        let value = Value::from_slice(shape([rows, depth]), &input).expect("matrices");
        let input = Tensor::new("input", DataType::Float32, shape([rows, depth]));
        let output = Tensor::new("output", DataType::Float32, shape([rows, columns]));
        run(op, &[input, weights], output, &[value])
            .bytes()
            .to_vec()
    };
    let expected = product(&[batches]);
    assert_eq!(product(&[2, 3]), expected);
    assert_eq!(product(&[3, 2, 1]), expected);
}

/// SOFTMAX of so many equal scores that their exponentials sum up to 256 and more.
#[test]
fn many_equal_scores_share_the_whole() {
    for count in [255, 256, 257, 400, 1009] {
        let probabilities = run(
            Op::Softmax(Softmax { beta: 1.0 }),
            &[int8("scores", count, 0.1, 0)],
            int8("probabilities", count, 1.0 / 256.0, -128),
            &[Value::from_slice([count], &vec![17_i8; count]).expect("a vector")],
        );
        let real = 256.0 / count as f64 - 128.0;
        for &actual in probabilities.as_slice::<i8>().expect("int8") {
            let distance = (f64::from(actual) - real).abs();
            assert!(distance < 0.51, "{actual} of {count} where {real} is meant");
        }
    }
}
