//! The reference backend where LiteRT's kernels are wrong: against the arithmetic that is meant.

use std::sync::Arc;

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::{Activation, BatchMatmul, Comparison, Div, Softmax};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Quantization, Session, Shape, Tensor, Value,
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
