//! Delegates with kernels of their own that are wrong in their arithmetic.

use std::collections::HashMap;
use std::sync::Arc;

use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::op::mean::reduced_axes;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{
    CompileError, Compiled, DataType, Delegate, Executable, Graph, Io, NodeContext, NodeId, Op,
    Partition, Reject, RunError, Shape, TensorId, Value,
};
use half::f16;

/// A kernel: which nodes it takes, and what it makes of their inputs.
#[derive(Clone, Copy)]
pub(crate) struct ByHand {
    pub(crate) takes: fn(&NodeContext<'_>) -> bool,
    pub(crate) compute: fn(&Graph, NodeId, &[Value]) -> Value,
}

impl Delegate for ByHand {
    fn name(&self) -> &str {
        "by hand"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        match (self.takes)(node) && node.output_shape(0).is_some() {
            true => Ok(()),
            false => Err(Reject::unsupported("it has another kernel")),
        }
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        Ok(Arc::new(ByHandExecutable {
            kernel: *self,
            graph: Arc::clone(partition.graph()),
            nodes: partition.nodes().to_vec(),
            inputs: partition.inputs().to_vec(),
            outputs: partition.outputs().to_vec(),
        }))
    }
}

#[derive(Clone)]
struct ByHandExecutable {
    kernel: ByHand,
    graph: Arc<Graph>,
    nodes: Vec<NodeId>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
}

impl Executable for ByHandExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let fed = io.inputs.iter().map(|view| view.to_value());
        let mut values: HashMap<TensorId, Value> = self.inputs.iter().copied().zip(fed).collect();
        for (index, tensor) in self.graph.tensors().iter().enumerate() {
            if let Some(view) = tensor.constant_view() {
                values.insert(TensorId(index), view.to_value());
            }
        }
        for &node in &self.nodes {
            let read = self.graph.node(node).inputs.iter().flatten();
            let read: Vec<Value> = read.map(|id| values[id].clone()).collect();
            let written = (self.kernel.compute)(&self.graph, node, &read);
            values.insert(self.graph.node(node).outputs[0], written);
        }
        for (output, id) in std::iter::zip(io.outputs.iter_mut(), &self.outputs) {
            output.assign(values[id].view())?;
        }
        Ok(())
    }
}

fn output_shape(graph: &Graph, node: NodeId) -> Shape {
    graph.tensor(graph.node(node).outputs[0]).shape.clone()
}

fn floats(value: &Value) -> &[f32] {
    value.as_slice().expect("floats")
}

fn value(shape: Shape, elements: &[f32]) -> Value {
    Value::from_slice(shape, elements).expect("as many as the shape takes")
}

fn is_float(node: &NodeContext<'_>) -> bool {
    node.output(0).dtype == DataType::Float32
}

/// Every product and every partial sum rounded to float16.
pub(crate) const FULLY_CONNECTED_IN_HALVES: ByHand = ByHand {
    takes: |node| {
        matches!(node.op(), Op::FullyConnected(op) if op.activation == demilite_core::op::Activation::None)
            && is_float(node)
            && node
                .input(1)
                .is_some_and(|weights| weights.dtype == DataType::Float32)
    },
    compute: |graph, node, inputs| {
        let (fed, weights) = (floats(&inputs[0]), floats(&inputs[1]));
        let depth = *inputs[1].shape().last().expect("a matrix");
        let channels = weights.len() / depth.max(1);
        let bias = inputs.get(2).map(floats);
        let rows = fed.chunks_exact(depth);
        let sums = rows.flat_map(|row| {
            weights
                .chunks_exact(depth)
                .enumerate()
                .map(move |(channel, weights)| {
                    let products = std::iter::zip(row, weights);
                    let sum = products.fold(f16::ZERO, |sum, (a, b)| {
                        f16::from_f32(sum.to_f32() + f16::from_f32(a * b).to_f32())
                    });
                    sum.to_f32() + bias.map_or(0.0, |bias| bias[channel])
                })
        });
        let sums: Vec<f32> = sums.collect();
        assert_eq!(sums.len() % channels.max(1), 0);
        value(output_shape(graph, node), &sums)
    },
};

/// Every partial sum rounded to float16.
pub(crate) const SUMS_IN_HALVES: ByHand = ByHand {
    takes: |node| {
        let is_sum = matches!(node.op(), Op::Reduction(op) if op.kind == ReductionKind::Sum);
        (is_sum || matches!(node.op(), Op::Mean(_))) && is_float(node)
    },
    compute: |graph, node, inputs| {
        let shape = inputs[0].shape().clone();
        let axes = inputs[1].view().to_indices().expect("axes");
        let is_reduced = reduced_axes(&shape, &axes).expect("axes of the shape");
        let output = output_shape(graph, node);
        let mut sums = vec![f16::ZERO; output.elements()];
        let strides = shape.strides();
        for (index, &number) in floats(&inputs[0]).iter().enumerate() {
            let mut place = 0;
            for (axis, &extent) in shape.iter().enumerate() {
                if !is_reduced[axis] {
                    place = place * extent + index / strides[axis] % extent;
                }
            }
            sums[place] = f16::from_f32(sums[place].to_f32() + number);
        }
        let count = (shape.elements() / output.elements().max(1)) as f32;
        let divisor = match &graph.node(node).op {
            Op::Mean(_) => count,
            _ => 1.0,
        };
        let sums: Vec<f32> = sums.iter().map(|sum| sum.to_f32() / divisor).collect();
        value(output, &sums)
    },
};

/// ADD and RELU of tensors of one shape, which take every constant for zeros.
pub(crate) const CONSTANTS_ARE_ZERO: ByHand = ByHand {
    takes: |node| {
        let shapes = (node.shape(0).ok(), node.output_shape(0));
        let is_plain = match node.op() {
            Op::Add(op) => {
                op.activation == demilite_core::op::Activation::None
                    && node.shape(0).ok() == node.shape(1).ok()
            }
            Op::Relu(op) => op.kind == demilite_core::op::relu::ReluKind::Relu,
            _ => false,
        };
        is_plain && is_float(node) && shapes.0 == shapes.1
    },
    compute: |graph, node, inputs| {
        let ids: Vec<TensorId> = graph.node(node).inputs.iter().flatten().copied().collect();
        let operand = |index: usize| -> Vec<f32> {
            match graph.tensor(ids[index]).constant {
                Some(_) => vec![0.0; inputs[index].shape().elements()],
                None => floats(&inputs[index]).to_vec(),
            }
        };
        let result: Vec<f32> = match &graph.node(node).op {
            Op::Add(_) => std::iter::zip(operand(0), operand(1))
                .map(|(a, b)| a + b)
                .collect(),
            _ => operand(0)
                .into_iter()
                .map(|x| if x < 0.0 { 0.0 } else { x })
                .collect(),
        };
        value(output_shape(graph, node), &result)
    },
};

/// ADD that repeats the shorter operand from its start, whichever dimension it broadcasts along.
pub(crate) const ADD_BROADCASTS_ALONG_ANOTHER_DIMENSION: ByHand = ByHand {
    takes: |node| {
        matches!(node.op(), Op::Add(op) if op.activation == demilite_core::op::Activation::None)
            && is_float(node)
    },
    compute: |graph, node, inputs| {
        let (left, right) = (floats(&inputs[0]), floats(&inputs[1]));
        let output = output_shape(graph, node);
        let sums = (0..output.elements()).map(|index| {
            let sum = left[index % left.len()] + right[index % right.len()];
            sum.clamp(f32::MIN, f32::MAX)
        });
        let sums: Vec<f32> = sums.collect();
        value(output, &sums)
    },
};

/// EXP that gives zero where the result is below 1.5.
pub(crate) const EXP_IS_CUT: ByHand = ByHand {
    takes: |node| {
        matches!(node.op(), Op::ElementwiseUnary(op) if op.kind == UnaryKind::Exp) && is_float(node)
    },
    compute: |graph, node, inputs| {
        let exponentials = floats(&inputs[0]).iter().map(|x| x.exp());
        let cut = exponentials.map(|e| if e < 1.5 { 0.0 } else { e });
        value(output_shape(graph, node), &cut.collect::<Vec<f32>>())
    },
};

fn quantizes(node: &NodeContext<'_>) -> bool {
    matches!(node.op(), Op::Quantize(_))
}

/// QUANTIZE by a rounding of its own.
fn quantized(graph: &Graph, node: NodeId, input: &Value, round: fn(f32) -> f32) -> Value {
    let output = graph.tensor(graph.node(node).outputs[0]);
    let quantization = output.quantization.as_ref().expect("parameters");
    let (low, high) = output.dtype.quantized_range().expect("integers");
    let integers: Vec<i32> = match input.as_slice::<f32>() {
        Ok(reals) => reals
            .iter()
            .map(|real| round(real / quantization.scale[0]) as i32)
            .collect(),
        Err(_) => Vec::new(),
    };
    let integers = integers
        .into_iter()
        .map(|integer| (integer + quantization.zero_point[0]).clamp(low, high));
    integers_of(output.dtype, &output.shape, integers)
}

fn integers_of(dtype: DataType, shape: &Shape, integers: impl Iterator<Item = i32>) -> Value {
    let width = dtype.bits().expect("a size") / 8;
    let bytes: Vec<u8> = integers
        .flat_map(|integer| integer.to_le_bytes()[..width].to_vec())
        .collect();
    Value::from_bytes(dtype, shape.clone(), &bytes).expect("as many as the shape takes")
}

fn quantizes_floats(node: &NodeContext<'_>) -> bool {
    quantizes(node)
        && node
            .input(0)
            .is_some_and(|input| input.dtype == DataType::Float32)
}

pub(crate) const QUANTIZE_CUTS_OFF: ByHand = ByHand {
    takes: quantizes_floats,
    compute: |graph, node, inputs| quantized(graph, node, &inputs[0], f32::trunc),
};

pub(crate) const QUANTIZE_ROUNDS_TIES_TO_EVEN: ByHand = ByHand {
    takes: quantizes_floats,
    compute: |graph, node, inputs| quantized(graph, node, &inputs[0], f32::round_ties_even),
};

pub(crate) const QUANTIZE_ROUNDS_TIES_UP: ByHand = ByHand {
    takes: quantizes_floats,
    compute: |graph, node, inputs| quantized(graph, node, &inputs[0], |x| (x + 0.5).floor()),
};

/// QUANTIZE of integers by a rounding of its own.
fn requantized(
    graph: &Graph,
    node: NodeId,
    inputs: &[Value],
    rescale: fn(i32, f64) -> i32,
) -> Value {
    let input = graph.tensor(graph.node(node).inputs[0].expect("an input"));
    let output = graph.tensor(graph.node(node).outputs[0]);
    let (from, to) = (
        input.quantization.as_ref().expect("parameters"),
        output.quantization.as_ref().expect("parameters"),
    );
    let (low, high) = output.dtype.quantized_range().expect("integers");
    let factor = f64::from(from.scale[0]) / f64::from(to.scale[0]);
    let fed = inputs[0].view();
    let width = fed.bytes().len() / fed.shape().elements().max(1);
    let integers = fed
        .bytes()
        .chunks_exact(width.max(1))
        .map(|bytes| match input.dtype {
            DataType::Int8 => i32::from(bytes[0].cast_signed()),
            DataType::UInt8 => i32::from(bytes[0]),
            _ => i32::from(i16::from_le_bytes([bytes[0], bytes[1]])),
        });
    let rescaled = integers.map(|integer| {
        let rescaled = rescale(integer - from.zero_point[0], factor);
        (rescaled + to.zero_point[0]).clamp(low, high)
    });
    integers_of(output.dtype, &output.shape, rescaled)
}

fn quantizes_integers(node: &NodeContext<'_>) -> bool {
    let of_16_bits_at_most =
        |dtype| matches!(dtype, DataType::Int8 | DataType::UInt8 | DataType::Int16);
    quantizes(node)
        && node
            .input(0)
            .is_some_and(|input| of_16_bits_at_most(input.dtype))
}

/// Towards zero where the product is between two integers.
pub(crate) const REQUANTIZE_CUTS_OFF: ByHand = ByHand {
    takes: quantizes_integers,
    compute: |graph, node, inputs| {
        requantized(graph, node, inputs, |value, factor| {
            (f64::from(value) * factor) as i32
        })
    },
};

/// One rounding of the product with the multiplier, where LiteRT rounds twice.
pub(crate) const REQUANTIZE_ROUNDS_ONCE: ByHand = ByHand {
    takes: quantizes_integers,
    compute: |graph, node, inputs| {
        requantized(graph, node, inputs, |value, factor| {
            let QuantizedMultiplier { multiplier, shift } =
                QuantizedMultiplier::from_factor(factor);
            let right = 31 - shift;
            let product = i128::from(value) * i128::from(multiplier);
            ((product + (1_i128 << (right - 1))) >> right) as i32
        })
    },
};
