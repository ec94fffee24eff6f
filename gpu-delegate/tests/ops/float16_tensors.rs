//! Tensors that are float16 in the file: arithmetic and moves in turns, which have the reference's bits.

use std::sync::Arc;

use demilite_core::op::relu::ReluKind;
use demilite_core::op::{Activation, Add, Cast, Dequantize, Mul, Relu, Reshape, Tanh, Transpose};
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Session, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use half::f16;

use crate::single_op::devices;

const INPUT: [usize; 2] = [5, 7];

/// Sums, products and moves of a float16 input, with a float16 and a float32 output.
fn model() -> Arc<Model> {
    let mut parts = GraphParts::default();
    let mut tensor = |name: &str, dtype, shape: &[usize], bytes: Option<&[u8]>| {
        let mut tensor = Tensor::new(name, dtype, shape.to_vec());
        tensor.constant = bytes.map(Constant::copied);
        parts.tensor(tensor)
    };
    let half = DataType::Float16;
    let bytes = |numbers: &[f32]| -> Vec<u8> {
        let halves = numbers.iter().map(|&number| f16::from_f32(number));
        halves.flat_map(f16::to_le_bytes).collect()
    };
    let slopes: Vec<f32> = (0..5).map(|index| index as f32 * 0.37 - 0.6).collect();
    let words = |words: &[i32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    let input = tensor("input", half, &INPUT, None);
    let order = tensor("order", DataType::Int32, &[2], Some(&words(&[1, 0])));
    let turned = tensor("turned", half, &[7, 5], None);
    let slopes = tensor("slopes", half, &[5], Some(&bytes(&slopes)));
    let scaled = tensor("scaled", half, &[7, 5], None);
    let sum = tensor("sum", half, &[7, 5], None);
    let extents = tensor("extents", DataType::Int32, &[1], Some(&words(&[35])));
    let flat = tensor("flat", half, &[35], None);
    let positive = tensor("positive", half, &[35], None);
    let wide = tensor("wide", DataType::Float32, &[35], None);
    let bent = tensor("bent", DataType::Float32, &[35], None);
    let narrow = tensor("narrow", half, &[35], None);
    let mut node = |op: Op, inputs: &[TensorId], output: TensorId| {
        parts.node(op, inputs.iter().copied().map(Some), [output]);
    };
    let activation = Activation::None;
    node(Op::Transpose(Transpose), &[input, order], turned);
    node(Op::Mul(Mul { activation }), &[slopes, turned], scaled);
    let add = Add {
        activation,
        pot_scale_int16: false,
    };
    node(Op::Add(add), &[scaled, turned], sum);
    node(
        Op::Reshape(Reshape { new_shape: None }),
        &[sum, extents],
        flat,
    );
    let kind = ReluKind::Relu;
    node(Op::Relu(Relu { kind }), &[flat], positive);
    node(Op::Dequantize(Dequantize), &[positive], wide);
    node(Op::Tanh(Tanh), &[wide], bent);
    let cast = Cast {
        in_data_type: DataType::Float32,
        out_data_type: half,
    };
    node(Op::Cast(cast), &[wide], narrow);
    parts.inputs.push(input);
    parts.outputs.extend([turned, sum, narrow, bent]);
    Arc::new(Model::from_graph(Graph::new(parts).unwrap()))
}

/// Numbers of every size, the least, the largest and those that are none among them.
fn numbers() -> Value {
    let elements = INPUT.iter().product::<usize>() as u32;
    let bits = (0..elements).map(|index| (index * 1913 + 1) as u16);
    let mut halves: Vec<f16> = bits.map(f16::from_bits).collect();
    halves[..6].copy_from_slice(&[
        f16::MAX,
        f16::MIN,
        f16::INFINITY,
        f16::NAN,
        f16::MIN_POSITIVE_SUBNORMAL,
        f16::NEG_ZERO,
    ]);
    Value::from_slice(INPUT, &halves).unwrap()
}

#[test]
fn sums_products_and_moves_have_the_bits_of_the_reference() {
    let (model, fed) = (model(), [numbers()]);
    let run = |delegate: Arc<dyn Delegate>| {
        let session = Session::builder(model.clone()).delegate(delegate);
        session.build().unwrap().run(&fed).unwrap()
    };
    let expected = run(Arc::new(ReferenceDelegate::default()));
    for device in devices() {
        let actual = run(device.clone());
        assert_eq!(actual[0].bytes(), expected[0].bytes(), "moves");
        for output in [1, 2] {
            let [actual, expected] = [&actual, &expected].map(|all| &all[output]);
            let [actual, expected] = [actual, expected].map(|all| all.as_slice::<f16>().unwrap());
            for (actual, expected) in actual.iter().zip(expected) {
                let is_same = actual.to_bits() == expected.to_bits();
                assert!(
                    is_same || actual.is_nan() && expected.is_nan(),
                    "{actual} {expected}"
                );
            }
        }
        let [actual, expected] = [&actual, &expected].map(|all| all[3].as_slice::<f32>().unwrap());
        for (actual, expected) in actual.iter().zip(expected) {
            let is_close = (actual - expected).abs() <= 1.0 / 1024.0;
            assert!(is_close || expected.is_nan(), "{actual} {expected}");
        }
    }
}
