//! Graphs that say something else than the one that was asked for.

use demilite_core::op::cumsum::Cumsum;
use demilite_core::op::elementwise_binary::BinaryKind;
use demilite_core::op::pool_2d::PoolKind;
use demilite_core::op::reduction::ReductionKind;
use demilite_core::op::{Activation, Padding};
use demilite_core::{Constant, DataType, GraphParts, Op, Shape, TensorId};

/// What a wrong delegate takes its graph for. It leaves graphs as they are that have nothing of the kind.
pub(crate) type Alteration = fn(&mut GraphParts);

fn last_op(parts: &mut GraphParts) -> Option<&mut Op> {
    parts.nodes.last_mut().map(|node| &mut node.op)
}

fn input(parts: &GraphParts, index: usize) -> Option<TensorId> {
    parts.nodes.last()?.inputs.get(index).copied().flatten()
}

/// The constant that input `index` of the last node is, or is expanded from.
fn constant(parts: &GraphParts, index: usize) -> Option<TensorId> {
    let id = input(parts, index)?;
    if parts.tensors[id.0].constant.is_some() {
        return Some(id);
    }
    let producer = parts.nodes.iter().find(|node| node.outputs.contains(&id))?;
    let source = producer.inputs.first().copied().flatten()?;
    parts.tensors[source.0].constant.as_ref().map(|_| source)
}

/// Changes the bytes of the constant that is input `index`.
fn change(parts: &mut GraphParts, index: usize, change: impl Fn(&mut [u8], usize, &Shape)) {
    let Some(id) = constant(parts, index) else {
        return;
    };
    let tensor = &mut parts.tensors[id.0];
    let Some(width) = tensor.dtype.bits().filter(|&bits| bits >= 8) else {
        return;
    };
    let mut bytes = match &tensor.constant {
        Some(constant) => constant.bytes().to_vec(),
        None => return,
    };
    change(&mut bytes, width / 8, &tensor.shape);
    tensor.constant = Some(Constant::copied(&bytes));
}

pub(crate) fn weights_are_shifted_by_one(parts: &mut GraphParts) {
    change(parts, 1, |bytes, width, _| bytes.rotate_left(width));
}

/// The two innermost dimensions of the weights in the other order in memory.
pub(crate) fn weights_are_transposed(parts: &mut GraphParts) {
    change(parts, 1, |bytes, width, shape| {
        let [.., rows, columns] = shape[..] else {
            return;
        };
        let (old, plane) = (bytes.to_vec(), rows * columns);
        for (index, element) in bytes.chunks_exact_mut(width).enumerate() {
            let (start, place) = (index / plane * plane, index % plane);
            let (row, column) = (place % rows, place / rows);
            let from = (start + row * columns + column) * width;
            element.copy_from_slice(&old[from..from + width]);
        }
    });
}

/// The last output channel has the weights of the first.
pub(crate) fn last_channel_has_the_weights_of_the_first(parts: &mut GraphParts) {
    change(parts, 1, |bytes, _, shape| {
        let channels = shape.iter().next().copied().unwrap_or(1).max(1);
        let length = bytes.len() / channels;
        let last = bytes.len() - length;
        bytes.copy_within(..length, last);
    });
}

pub(crate) fn bias_is_left_out(parts: &mut GraphParts) {
    change(parts, 2, |bytes, _, _| bytes.fill(0));
}

pub(crate) fn bias_is_shifted_by_one(parts: &mut GraphParts) {
    change(parts, 2, |bytes, width, _| bytes.rotate_left(width));
}

/// The scale of the first channel for all.
pub(crate) fn one_scale_for_all_channels(parts: &mut GraphParts) {
    for index in [1, 2] {
        let Some(id) = input(parts, index) else {
            continue;
        };
        if let Some(quantization) = &mut parts.tensors[id.0].quantization {
            let first = quantization.scale[0];
            quantization
                .scale
                .iter_mut()
                .for_each(|scale| *scale = first);
        }
    }
}

pub(crate) fn the_input_zero_point_is_off_by_one(parts: &mut GraphParts) {
    shift_zero_point(parts, input(parts, 0));
}

pub(crate) fn the_second_zero_point_is_off_by_one(parts: &mut GraphParts) {
    shift_zero_point(parts, input(parts, 1));
}

pub(crate) fn the_output_zero_point_is_off_by_one(parts: &mut GraphParts) {
    let output = parts.nodes.last().and_then(|node| node.outputs.first());
    shift_zero_point(parts, output.copied());
}

fn shift_zero_point(parts: &mut GraphParts, id: Option<TensorId>) {
    let Some(tensor) = id.map(|id| &mut parts.tensors[id.0]) else {
        return;
    };
    if let (Some(quantization), Some((_, high))) =
        (&mut tensor.quantization, tensor.dtype.quantized_range())
    {
        let point = &mut quantization.zero_point[0];
        *point += if *point < high { 1 } else { -1 };
    }
}

pub(crate) fn the_output_scale_is_a_little_larger(parts: &mut GraphParts) {
    let output = parts.nodes.last().and_then(|node| node.outputs.first());
    let Some(tensor) = output.copied().map(|id| &mut parts.tensors[id.0]) else {
        return;
    };
    if let Some(quantization) = &mut tensor.quantization {
        quantization
            .scale
            .iter_mut()
            .for_each(|scale| *scale *= 1.01);
    }
}

fn activation(op: &mut Op) -> Option<&mut Activation> {
    match op {
        Op::Add(op) => Some(&mut op.activation),
        Op::Conv2d(op) => Some(&mut op.activation),
        Op::DepthwiseConv2d(op) => Some(&mut op.activation),
        Op::Div(op) => Some(&mut op.activation),
        Op::FullyConnected(op) => Some(&mut op.activation),
        Op::Mul(op) => Some(&mut op.activation),
        Op::Pool2d(op) => Some(&mut op.activation),
        Op::Sub(op) => Some(&mut op.activation),
        Op::TransposeConv(op) => Some(&mut op.activation),
        _ => None,
    }
}

pub(crate) fn the_activation_is_left_out(parts: &mut GraphParts) {
    if let Some(activation) = last_op(parts).and_then(activation) {
        *activation = Activation::None;
    }
}

pub(crate) fn relu6_is_relu(parts: &mut GraphParts) {
    if let Some(activation @ Activation::Relu6) = last_op(parts).and_then(activation) {
        *activation = Activation::Relu;
    }
}

pub(crate) fn there_is_an_activation(parts: &mut GraphParts) {
    if let Some(activation @ Activation::None) = last_op(parts).and_then(activation) {
        *activation = Activation::Relu;
    }
}

/// Strides and dilations of rows for those of columns. Shapes that this changes fail to build, which is a failure too.
pub(crate) fn strides_are_swapped(parts: &mut GraphParts) {
    match last_op(parts) {
        Some(Op::Conv2d(op)) => std::mem::swap(&mut op.stride_h, &mut op.stride_w),
        Some(Op::DepthwiseConv2d(op)) => std::mem::swap(&mut op.stride_h, &mut op.stride_w),
        Some(Op::Pool2d(op)) => std::mem::swap(&mut op.rows.stride, &mut op.columns.stride),
        _ => {}
    }
}

pub(crate) fn dilation_is_left_out(parts: &mut GraphParts) {
    match last_op(parts) {
        Some(Op::Conv2d(op)) if op.padding == Padding::Same => {
            (op.dilation_h, op.dilation_w) = (1, 1);
        }
        Some(Op::DepthwiseConv2d(op)) if op.padding == Padding::Same => {
            (op.dilation_h, op.dilation_w) = (1, 1);
        }
        _ => {}
    }
}

/// The rows of the filter one place further, as padding on the other side has it.
pub(crate) fn padding_is_on_the_wrong_side(parts: &mut GraphParts) {
    let is_padded = match last_op(parts) {
        Some(Op::Conv2d(op)) => op.padding == Padding::Same,
        Some(Op::DepthwiseConv2d(op)) => op.padding == Padding::Same,
        _ => false,
    };
    if is_padded {
        change(parts, 1, |bytes, width, shape| {
            let [_, height, columns, channels] = shape[..] else {
                return;
            };
            let row = columns * channels * width;
            bytes
                .chunks_exact_mut(height * row)
                .for_each(|filter| filter.rotate_left(row));
        });
    }
}

pub(crate) fn operands_are_swapped(parts: &mut GraphParts) {
    if let Some(node) = parts.nodes.last_mut()
        && node.inputs.len() >= 2
    {
        node.inputs.swap(0, 1);
    }
}

pub(crate) fn an_average_is_a_maximum(parts: &mut GraphParts) {
    if let Some(Op::Pool2d(op)) = last_op(parts) {
        op.kind = match op.kind {
            PoolKind::Average => PoolKind::Max,
            PoolKind::Max | PoolKind::L2 => PoolKind::Average,
        };
    }
}

pub(crate) fn sums_and_extremes_are_exchanged(parts: &mut GraphParts) {
    if let Some(Op::Reduction(op)) = last_op(parts) {
        op.kind = match op.kind {
            ReductionKind::ReduceMax => ReductionKind::ReduceMin,
            ReductionKind::ReduceMin => ReductionKind::ReduceMax,
            ReductionKind::ReduceAll => ReductionKind::ReduceAny,
            ReductionKind::ReduceAny => ReductionKind::ReduceAll,
            ReductionKind::Sum => ReductionKind::ReduceProd,
            ReductionKind::ReduceProd => ReductionKind::Sum,
        };
    }
}

pub(crate) fn maximum_and_minimum_are_exchanged(parts: &mut GraphParts) {
    if let Some(Op::ElementwiseBinary(op)) = last_op(parts) {
        op.kind = match op.kind {
            BinaryKind::Maximum => BinaryKind::Minimum,
            BinaryKind::Minimum => BinaryKind::Maximum,
            kind => kind,
        };
    }
}

pub(crate) fn beta_is_left_out(parts: &mut GraphParts) {
    if let Some(Op::Softmax(op)) = last_op(parts) {
        op.beta = if op.beta == 1.0 { 0.99 } else { 1.0 };
    }
}

pub(crate) fn the_slope_is_left_out(parts: &mut GraphParts) {
    if let Some(Op::LeakyRelu(op)) = last_op(parts) {
        op.alpha *= 1.01;
    }
    change(parts, 1, |bytes, _, _| bytes.fill(0));
}

pub(crate) fn sums_take_themselves_along(parts: &mut GraphParts) {
    if let Some(Op::Cumsum(Cumsum { exclusive, .. })) = last_op(parts) {
        *exclusive = !*exclusive;
    }
}

pub(crate) fn corners_are_not_aligned(parts: &mut GraphParts) {
    match last_op(parts) {
        Some(Op::ResizeBilinear(op)) => {
            (op.align_corners, op.half_pixel_centers) = (!op.align_corners, false);
        }
        Some(Op::ResizeNearestNeighbor(op)) => {
            (op.align_corners, op.half_pixel_centers) = (!op.align_corners, false);
        }
        _ => {}
    }
}

pub(crate) fn a_matrix_is_not_transposed(parts: &mut GraphParts) {
    if let Some(Op::BatchMatmul(op)) = last_op(parts) {
        op.adj_y = !op.adj_y;
    }
}

/// Integers that say where from or where to, one place on.
pub(crate) fn places_are_shifted(parts: &mut GraphParts) {
    for index in 1..4 {
        let is_index = constant(parts, index).is_some_and(|id| {
            let tensor = &parts.tensors[id.0];
            tensor.dtype == DataType::Int32 && tensor.shape.elements() > 1
        });
        if is_index {
            change(parts, index, |bytes, width, _| bytes.rotate_left(width));
            return;
        }
    }
}
