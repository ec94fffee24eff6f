//! Each op against the reference, and each gradient against finite differences.

use std::sync::Arc;

use demilite_core::graph::infer_shapes;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{self, Activation, Padding, Window};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, NodeContext, NodeId, Op, Session, Shape, Tensor, Value,
};
use demilite_cpu_reference::ReferenceDelegate;

use super::prepare;
use crate::training::differentiable::{Met, Scratch};

/// An input of the node under test.
enum Input {
    Floats(Vec<usize>),
    Indices(Vec<usize>, Vec<i32>),
}

fn floats<const RANK: usize>(shape: [usize; RANK]) -> Input {
    Input::Floats(shape.to_vec())
}

fn indices<const COUNT: usize>(indices: [i32; COUNT]) -> Input {
    Input::Indices(vec![COUNT], indices.to_vec())
}

/// Numbers between −2 and 2, no two of them alike and none near a corner of a function.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    let number = |place: usize| ((place + 31 * salt + 1) as f32 * 0.618_034).fract() * 4.0 - 2.0;
    (0..count).map(number).collect()
}

fn graph(op: Op, inputs: &[Input]) -> Graph {
    let mut parts = GraphParts::default();
    let mut ids = Vec::new();
    for input in inputs {
        ids.push(match input {
            Input::Floats(shape) => {
                let id = parts.tensor(Tensor::new("x", DataType::Float32, shape.clone()));
                parts.inputs.push(id);
                id
            }
            Input::Indices(shape, indices) => {
                let bytes: Vec<u8> = indices
                    .iter()
                    .flat_map(|index| index.to_le_bytes())
                    .collect();
                let tensor = Tensor::new("indices", DataType::Int32, shape.clone());
                parts.tensor(tensor.with_constant(Constant::copied(&bytes)))
            }
        });
    }
    let output = parts.tensor(Tensor::new("y", DataType::Float32, [1]));
    parts.node(
        op,
        ids.iter().map(|&id| Some(id)).collect::<Vec<_>>(),
        [output],
    );
    parts.outputs = vec![output];
    Graph::new(parts).expect("a graph")
}

/// Holds a node to the reference and its gradients to differences. `step` is how far inputs are moved: far where the op is linear in each,
/// so that rounding does not count.
fn check(op: Op, inputs: &[Input], step: f32) {
    let name = op.name().to_owned();
    let graph = graph(op, inputs);
    let shapes: Vec<Shape> = graph
        .inputs()
        .iter()
        .map(|&id| graph.tensor(id).shape.clone())
        .collect();
    let known = infer_shapes(&graph, &shapes).expect("shapes");
    let node = NodeContext::new(&graph, NodeId(0), &known);
    let prepared = prepare(&node).expect("a gradient");
    let elements = node.output_shape(0).expect("a shape").elements();
    let mut values: Vec<Vec<f32>> = inputs
        .iter()
        .enumerate()
        .map(|(salt, input)| match input {
            Input::Floats(shape) => numbers(shape.iter().product(), salt),
            Input::Indices(..) => Vec::new(),
        })
        .collect();
    let mut scratch = Scratch::default();
    let mut forward = |values: &[Vec<f32>]| {
        let views: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
        // What lies in an output before is nothing to a node.
        let mut output = vec![f32::NAN; elements];
        prepared.forward(&views, &mut output, &mut scratch);
        output
    };
    let output = forward(&values);
    assert_eq!(output.len(), elements, "{name}");
    let floats =
        std::iter::zip(inputs, &values).filter(|(input, _)| matches!(input, Input::Floats(_)));
    let fed: Vec<Value> = std::iter::zip(&shapes, floats)
        .map(|(shape, (_, values))| Value::from_slice(shape.clone(), values).expect("a value"))
        .collect();
    let expected = run(&graph, &shapes, &fed);
    for (place, (own, reference)) in std::iter::zip(&output, &expected).enumerate() {
        assert!(
            (own - reference).abs() <= 2e-5 * (1.0 + reference.abs()),
            "{name} {place}: {own} {reference}"
        );
    }

    // A loss with a weight of its own for each result.
    let worth = numbers(elements, 7);
    let loss = |output: &[f32]| -> f64 {
        let pairs = std::iter::zip(output, &worth);
        pairs
            .map(|(output, worth)| f64::from(*output) * f64::from(*worth))
            .sum()
    };
    for index in (0..values.len()).filter(|&index| matches!(inputs[index], Input::Floats(_))) {
        let views: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
        let met = Met {
            inputs: &views,
            output: &output,
            gradient: &worth,
        };
        // Gradients are added to what is there.
        let mut sums = vec![1.0; values[index].len()];
        prepared.backward(index, &met, &mut sums, &mut Scratch::default());
        for place in 0..sums.len() {
            let original = values[index][place];
            let mut at = |number: f32| {
                values[index][place] = number;
                loss(&forward(&values))
            };
            let expected = (at(original + step) - at(original - step)) / (2.0 * f64::from(step));
            values[index][place] = original;
            let found = f64::from(sums[place]) - 1.0;
            let bound = 2e-3 * (1.0 + expected.abs());
            assert!(
                (found - expected).abs() < bound,
                "{name} input {index} at {place}: {found} {expected}"
            );
        }
    }
}

fn run(graph: &Graph, shapes: &[Shape], inputs: &[Value]) -> Vec<f32> {
    let model = Arc::new(demilite_core::Model::from_graph(graph.clone()));
    let delegate: Arc<dyn demilite_core::Delegate> = Arc::new(ReferenceDelegate::default());
    let mut builder = Session::builder(model).delegates([delegate]);
    for (index, shape) in shapes.iter().enumerate() {
        builder = builder.input_shape(index, shape.clone());
    }
    let outputs = builder
        .build()
        .expect("a session")
        .run(inputs)
        .expect("outputs");
    outputs[0].as_slice::<f32>().expect("floats").to_vec()
}

/// A step for ops that are linear in each input.
const FAR: f32 = 0.5;
/// A step for others.
const NEAR: f32 = 4e-3;

const NONE: Activation = Activation::None;

fn conv_2d(padding: Padding, stride: usize, dilation: usize) -> Op {
    Op::Conv2d(op::Conv2d {
        padding,
        stride_h: stride,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: dilation,
        activation: NONE,
        quantized_bias_type: 0,
    })
}

#[test]
fn conv_2d_has_its_gradients() {
    let inputs = [floats([1, 5, 6, 3]), floats([4, 3, 2, 3]), floats([4])];
    for (stride, dilation) in [(1, 1), (2, 1), (1, 2)] {
        check(conv_2d(Padding::Same, stride, dilation), &inputs, FAR);
        check(conv_2d(Padding::Valid, stride, dilation), &inputs, FAR);
    }
    let pointwise = [floats([2, 3, 2, 5]), floats([3, 1, 1, 5])];
    check(conv_2d(Padding::Same, 1, 1), &pointwise, FAR);
    let groups = [floats([1, 5, 6, 4]), floats([6, 3, 2, 2]), floats([6])];
    check(conv_2d(Padding::Same, 2, 1), &groups, FAR);
    let without_bias = [floats([2, 3, 2, 4]), floats([2, 1, 1, 2])];
    check(conv_2d(Padding::Same, 1, 1), &without_bias, FAR);
}

#[test]
fn depthwise_conv_2d_has_its_gradients() {
    for (multiplier, dilation) in [(1, 1), (2, 1), (1, 2)] {
        let op = Op::DepthwiseConv2d(op::DepthwiseConv2d {
            padding: Padding::Same,
            stride_h: 2,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: dilation,
            depth_multiplier: multiplier,
            activation: NONE,
        });
        let outputs = 3 * multiplier as usize;
        check(
            op,
            &[
                floats([1, 5, 6, 3]),
                floats([1, 3, 2, outputs]),
                floats([outputs]),
            ],
            FAR,
        );
    }
}

#[test]
fn fully_connected_has_its_gradients() {
    let op = Op::FullyConnected(op::FullyConnected {
        activation: NONE,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    check(op, &[floats([2, 5]), floats([3, 5]), floats([3])], FAR);
}

#[test]
fn transpose_conv_has_its_gradients() {
    for (padding, shape) in [
        (Padding::Same, [1, 4, 6, 2]),
        (Padding::Valid, [1, 5, 8, 2]),
    ] {
        let op = Op::TransposeConv(op::TransposeConv {
            padding,
            stride_h: 2,
            stride_w: 2,
            activation: NONE,
            quantized_bias_type: 0,
        });
        let inputs = [
            indices(shape),
            floats([2, 3, 4, 3]),
            floats([1, 2, 3, 3]),
            floats([2]),
        ];
        check(op, &inputs, FAR);
    }
}

#[test]
fn arithmetic_has_its_gradients() {
    let shapes = || {
        [
            [floats([1, 2, 3, 2]), floats([1, 2, 3, 2])],
            [floats([1, 2, 3, 2]), floats([2])],
            [floats([3, 1]), floats([1, 2, 1, 2])],
        ]
    };
    for inputs in shapes() {
        check(
            Op::Add(op::Add {
                activation: NONE,
                pot_scale_int16: false,
            }),
            &inputs,
            FAR,
        );
        check(
            Op::Sub(op::Sub {
                activation: NONE,
                pot_scale_int16: false,
            }),
            &inputs,
            FAR,
        );
        check(Op::Mul(op::Mul { activation: NONE }), &inputs, FAR);
    }
}

#[test]
fn pools_have_their_gradients() {
    for (kind, step) in [(PoolKind::Average, FAR), (PoolKind::Max, NEAR)] {
        for padding in [Padding::Same, Padding::Valid] {
            let window = |size, stride| Window {
                size,
                stride,
                dilation: 1,
            };
            let op = Op::Pool2d(op::Pool2d {
                kind,
                padding,
                rows: window(3, 2),
                columns: window(2, 1),
                activation: NONE,
            });
            check(op, &[floats([1, 5, 4, 3])], step);
        }
    }
}

#[test]
fn mean_has_its_gradient() {
    for axes in [&[1, 2][..], &[-1], &[0], &[1, 3]] {
        for keep_dims in [true, false] {
            let axes = Input::Indices(vec![axes.len()], axes.to_vec());
            check(
                Op::Mean(op::Mean { keep_dims }),
                &[floats([2, 3, 2, 4]), axes],
                FAR,
            );
        }
    }
}

#[test]
fn functions_have_their_gradients() {
    for kind in [ReluKind::Relu, ReluKind::Relu6, ReluKind::ReluN1To1] {
        check(Op::Relu(op::Relu { kind }), &[floats([3, 7])], NEAR);
    }
    check(Op::Logistic(op::Logistic), &[floats([3, 7])], NEAR);
    check(Op::Tanh(op::Tanh), &[floats([3, 7])], NEAR);
    check(Op::HardSwish(op::HardSwish), &[floats([3, 7])], NEAR);
    check(
        Op::Softmax(op::Softmax { beta: 0.7 }),
        &[floats([3, 7])],
        NEAR,
    );
}

#[test]
fn movement_has_its_gradients() {
    let pad = || Op::Pad(op::Pad { has_value: false });
    let paddings =
        |paddings: &[i32]| Input::Indices(vec![paddings.len() / 2, 2], paddings.to_vec());
    check(
        pad(),
        &[floats([1, 2, 3, 2]), paddings(&[0, 0, 1, 0, 2, 1, 0, 0])],
        FAR,
    );
    check(pad(), &[floats([2, 3]), paddings(&[0, 1, 1, 2])], FAR);
    let concatenation = |axis| {
        Op::Concatenation(op::Concatenation {
            axis,
            activation: NONE,
        })
    };
    check(
        concatenation(-1),
        &[floats([1, 2, 3]), floats([1, 2, 2])],
        FAR,
    );
    check(
        concatenation(1),
        &[floats([2, 1, 3]), floats([2, 2, 3]), floats([2, 1, 3])],
        FAR,
    );
    check(
        Op::ExpandDims(op::ExpandDims),
        &[floats([2, 3]), indices([1])],
        FAR,
    );
}

#[test]
fn resizing_has_its_gradients() {
    for (align_corners, half_pixel_centers) in [(false, false), (true, false), (false, true)] {
        for size in [[5, 7], [2, 2], [1, 3]] {
            let inputs = [floats([1, 3, 4, 2]), indices(size)];
            let op = op::ResizeBilinear {
                align_corners,
                half_pixel_centers,
            };
            check(Op::ResizeBilinear(op), &inputs, FAR);
            let op = op::ResizeNearestNeighbor {
                align_corners,
                half_pixel_centers,
            };
            check(Op::ResizeNearestNeighbor(op), &inputs, FAR);
        }
    }
}

#[test]
fn rounding_lets_through_what_lies_within() {
    let op = op::FakeQuant {
        min: 0.0,
        max: 1.0,
        num_bits: 8,
        narrow_range: false,
    };
    let prepared = super::fake_quant::prepare(&op).unwrap();
    let (x, range) = ([-0.5, 25.4 / 255.0, 229.7 / 255.0, 2.0], [0.0, 1.0]);
    let mut output = [0.0; 4];
    prepared.forward(&[&x, &range], &mut output, &mut Scratch::default());
    for (found, expected) in std::iter::zip(output, [0.0, 25.0 / 255.0, 230.0 / 255.0, 1.0]) {
        assert!((found - expected).abs() < 1e-6, "{output:?}");
    }
    let met = Met {
        inputs: &[&x, &range],
        output: &output,
        gradient: &[1.0, 10.0, 100.0, 1000.0],
    };
    let mut sums = [0.0; 4];
    prepared.backward(0, &met, &mut sums, &mut Scratch::default());
    assert_eq!(sums, [0.0, 10.0, 100.0, 0.0]);
    let mut ends = [0.0; 2];
    prepared.backward(1, &met, &mut ends, &mut Scratch::default());
    // What lies beyond moves with its end; of the others, one is moved down by 0.4 of a step, the other up by 0.3.
    let of_steps = (10.0 * -0.4 + 100.0 * 0.3) / 255.0;
    assert!((ends[0] - (1.0 - of_steps)).abs() < 1e-3, "{ends:?}");
    assert!((ends[1] - (1000.0 + of_steps)).abs() < 1e-3, "{ends:?}");
}
