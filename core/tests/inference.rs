//! Shapes and files of single nodes.

use demilite_core::graph::infer_shapes;
use demilite_core::op::arg_min_max::ArgMinMaxKind;
use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::{
    Activation, AddN, ArgMinMax, Cast, Comparison, Conv2d, Cumsum, Div, ElementwiseBinary,
    ElementwiseUnary, Gelu, L2Normalization, LeakyRelu, LogSoftmax, Padding, Prelu, Reduction,
};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, NodeContext, NodeId, Op, Shape, Tensor,
};

/// A graph of one node over float32 tensors of these shapes and constants of int32, with an output
/// of a given type.
fn graph(op: Op, shapes: &[&[usize]], constant: Option<&[i32]>, output: DataType) -> Graph {
    let mut parts = GraphParts::default();
    for (index, &shape) in shapes.iter().enumerate() {
        let tensor = Tensor::new(format!("in{index}"), DataType::Float32, shape.to_vec());
        let id = parts.tensor(tensor);
        parts.inputs.push(id);
    }
    let mut inputs = parts.inputs.clone();
    if let Some(values) = constant {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let tensor = Tensor::new("constant", DataType::Int32, [values.len()]);
        inputs.push(parts.tensor(tensor.with_constant(Constant::copied(&bytes))));
    }
    let result = parts.tensor(Tensor::new("out", output, Shape::SCALAR));
    parts.outputs = vec![result];
    parts.node(op, inputs.into_iter().map(Some), [result]);
    Graph::new(parts).expect("the node is valid")
}

/// The inferred shape of the output, or what is wrong.
fn infer(op: Op, shapes: &[&[usize]], constant: Option<&[i32]>) -> Result<Shape, String> {
    let dtype = match op {
        Op::Comparison(_) => DataType::Bool,
        Op::ArgMinMax(_) => DataType::Int32,
        _ => DataType::Float32,
    };
    let graph = graph(op, shapes, constant, dtype);
    let inputs: Vec<Shape> = shapes.iter().map(|&shape| Shape::new(shape)).collect();
    let shapes = infer_shapes(&graph, &inputs).map_err(|error| error.to_string())?;
    Ok(shapes[graph.outputs()[0].0].clone().expect("it is known"))
}

fn shape(dims: &[usize]) -> Result<Shape, String> {
    Ok(Shape::new(dims))
}

fn binary(kind: BinaryKind) -> Op {
    Op::ElementwiseBinary(ElementwiseBinary { kind })
}

fn reduction(keep_dims: bool) -> Op {
    Op::Reduction(Reduction {
        kind: ReductionKind::Sum,
        keep_dims,
    })
}

fn arg_max() -> Op {
    Op::ArgMinMax(ArgMinMax {
        kind: ArgMinMaxKind::ArgMax,
        output_type: DataType::Int32,
    })
}

#[test]
fn two_inputs_broadcast() {
    let comparison = Op::Comparison(Comparison {
        kind: ComparisonKind::Less,
    });
    for op in [binary(BinaryKind::Maximum), comparison] {
        let pair: [&[usize]; 2] = [&[2, 1, 5], &[3, 1]];
        assert_eq!(infer(op.clone(), &pair, None), shape(&[2, 3, 5]));
        assert!(infer(op, &[&[2], &[3]], None).is_err());
    }
}

#[test]
fn some_inputs_need_one_shape() {
    let atan2 = binary(BinaryKind::Atan2);
    assert_eq!(
        infer(atan2.clone(), &[&[2, 3], &[2, 3]], None),
        shape(&[2, 3])
    );
    assert!(infer(atan2, &[&[2, 3], &[3]], None).is_err());
    let sum = Op::AddN(AddN);
    assert_eq!(infer(sum.clone(), &[&[2], &[2], &[2]], None), shape(&[2]));
    let error = infer(sum, &[&[2], &[2], &[1]], None).unwrap_err();
    assert!(
        error.ends_with("input 2 has shape [1] where [2] is needed"),
        "{error}"
    );
}

#[test]
fn slopes_never_widen_the_input() {
    let prelu = Op::Prelu(Prelu);
    assert_eq!(
        infer(prelu.clone(), &[&[2, 3, 5], &[1, 5]], None),
        shape(&[2, 3, 5])
    );
    for slopes in [&[4, 1][..], &[1, 2, 3, 5], &[2]] {
        assert!(infer(prelu.clone(), &[&[1, 3, 5], slopes], None).is_err());
    }
}

#[test]
fn reductions_drop_axes_or_keep_ones() {
    let input: [&[usize]; 1] = [&[2, 3, 5]];
    assert_eq!(infer(reduction(false), &input, Some(&[-1, 0])), shape(&[3]));
    assert_eq!(
        infer(reduction(true), &input, Some(&[1, 1])),
        shape(&[2, 1, 5])
    );
    assert_eq!(
        infer(reduction(false), &input, Some(&[])),
        shape(&[2, 3, 5])
    );
    assert!(infer(reduction(false), &input, Some(&[3])).is_err());
}

#[test]
fn an_axis_is_one_integer_inside_the_rank() {
    assert_eq!(infer(arg_max(), &[&[2, 3, 5]], Some(&[-2])), shape(&[2, 5]));
    assert!(infer(arg_max(), &[&[2, 0]], Some(&[1])).is_err());
    let cumsum = Op::Cumsum(Cumsum {
        exclusive: false,
        reverse: true,
    });
    assert_eq!(
        infer(cumsum.clone(), &[&[2, 3]], Some(&[1])),
        shape(&[2, 3])
    );
    for op in [arg_max(), cumsum] {
        for axes in [&[2][..], &[-3], &[], &[0, 1]] {
            assert!(
                infer(op.clone(), &[&[2, 3]], Some(axes)).is_err(),
                "{axes:?}"
            );
        }
        assert!(infer(op, &[&[]], Some(&[0])).is_err());
    }
}

#[test]
fn attributes_survive_a_file() {
    let two: [&[usize]; 2] = [&[2], &[2]];
    let one: [&[usize]; 1] = [&[2]];
    let mut ops: Vec<Op> = Vec::new();
    ops.extend(
        UnaryKind::ALL
            .iter()
            .map(|&kind| Op::ElementwiseUnary(ElementwiseUnary { kind })),
    );
    ops.extend(BinaryKind::ALL.iter().map(|&kind| binary(kind)));
    ops.extend(
        ComparisonKind::ALL
            .iter()
            .map(|&kind| Op::Comparison(Comparison { kind })),
    );
    ops.extend(ReductionKind::ALL.iter().map(|&kind| {
        Op::Reduction(Reduction {
            kind,
            keep_dims: true,
        })
    }));
    ops.extend(ArgMinMaxKind::ALL.iter().map(|&kind| {
        Op::ArgMinMax(ArgMinMax {
            kind,
            output_type: DataType::Int64,
        })
    }));
    ops.extend([
        Op::AddN(AddN),
        Op::Cast(Cast {
            in_data_type: DataType::Float32,
            out_data_type: DataType::Int8,
        }),
        Op::Cumsum(Cumsum {
            exclusive: true,
            reverse: false,
        }),
        Op::Div(Div {
            activation: Activation::Relu6,
        }),
        Op::Gelu(Gelu { approximate: true }),
        Op::L2Normalization(L2Normalization {
            activation: Activation::None,
        }),
        Op::LeakyRelu(LeakyRelu { alpha: 0.25 }),
        Op::LogSoftmax(LogSoftmax),
        Op::Prelu(Prelu),
    ]);
    for op in ops {
        let (shapes, constant): (&[&[usize]], Option<&[i32]>) = match op {
            Op::Reduction(_) | Op::ArgMinMax(_) | Op::Cumsum(_) => (&one, Some(&[0])),
            Op::ElementwiseBinary(_)
            | Op::Comparison(_)
            | Op::AddN(_)
            | Op::Div(_)
            | Op::Prelu(_) => (&two, None),
            _ => (&one, None),
        };
        let dtype = match op {
            Op::Comparison(_) => DataType::Bool,
            Op::ArgMinMax(_) => DataType::Int64,
            _ => DataType::Float32,
        };
        let model = Model::from_graph(graph(op.clone(), shapes, constant, dtype));
        let bytes = model.to_bytes().expect("the model fits the format");
        let read = Model::from_bytes(&bytes, "memory").expect("the file is valid");
        assert_eq!(read.graphs()[0].nodes()[0].op, op);
    }
}

#[test]
fn work_counts_products_and_bytes() {
    let work = |op, shapes: &[&[usize]]| {
        let graph = graph(op, shapes, None, DataType::Float32);
        let inputs: Vec<Shape> = shapes.iter().map(|&shape| Shape::new(shape)).collect();
        let shapes = infer_shapes(&graph, &inputs).unwrap();
        NodeContext::new(&graph, NodeId(0), &shapes).work().unwrap()
    };
    let conv = Op::Conv2d(Conv2d {
        padding: Padding::Same,
        stride_h: 2,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        activation: Activation::None,
        quantized_bias_type: 0,
    });
    // 3 × 4 places, 6 channels, 3 × 3 × 5 taps.
    let conv = work(conv, &[&[1, 5, 4, 5], &[6, 3, 3, 5]]);
    assert_eq!(conv.multiply_adds, 3 * 4 * 6 * 45);
    assert_eq!(conv.bytes, 4 * (100 + 270 + 72));
    let add_n = work(Op::AddN(AddN), &[&[2, 3], &[2, 3], &[2, 3]]);
    assert_eq!((add_n.multiply_adds, add_n.bytes), (0, 4 * 4 * 6));
}
