//! Ops that put a tensor together from others, or choose elements by indices or conditions.

use demilite_core::op::select::SelectKind;
use demilite_core::op::{
    Activation, BroadcastArgs, Concatenation, DynamicUpdateSlice, EmbeddingLookup, Fill, Gather,
    GatherNd, OneHot, Pack, ScatterNd, Select, Unique, Where,
};
use demilite_core::{DataType, Op};

use super::draw::Draw;
use crate::case::Case;
use crate::cases::MOVED;
use crate::cases::non_max_suppression::Choice;
use crate::float_bound::Rounding;

use DataType::{Bool, Float32, Int8, Int16, Int32, Int64, UInt8};

/// Indices below a limit.
fn below(draw: &mut Draw, limit: usize, count: usize) -> Vec<i32> {
    (0..count)
        .map(|_| draw.integer(0, limit - 1) as i32)
        .collect()
}

pub(crate) fn concatenation(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let shape = draw.shape(1, 4);
    let axis = draw.axis(shape.len());
    let at = axis.rem_euclid(shape.len() as i32) as usize;
    let mut draft = draw.draft("concatenation", dtype, "");
    let shared = draw.quantization(dtype);
    let inputs: Vec<_> = (0..draw.integer(1, 5))
        .map(|_| {
            let mut shape = shape.clone();
            shape[at] = draw.integer(1, 7);
            // Only the legacy type has inputs of other scales than the output's.
            let own = match dtype {
                UInt8 => draw.near(dtype, &shared),
                _ => shared.clone(),
            };
            draft.input_with(dtype, &shape, own)
        })
        .collect();
    let op = Op::Concatenation(Concatenation {
        axis,
        activation: Activation::None,
    });
    draft.finish(op, &inputs, dtype, shared, Rounding::Moves)
}

pub(crate) fn pack(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int16, Int32, Int64]);
    let shape = draw.shape(0, 4);
    let values_count = draw.signed(1, 5);
    let axis = draw.axis(shape.len() + 1);
    let mut draft = draw.draft("pack", dtype, "");
    let shared = draw.quantization(dtype);
    let inputs: Vec<_> = (0..values_count)
        .map(|_| draft.input_with(dtype, &shape, shared.clone()))
        .collect();
    let op = Op::Pack(Pack { values_count, axis });
    draft.finish(op, &inputs, dtype, shared, Rounding::Moves)
}

pub(crate) fn gather(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let shape = draw.shape(1, 4);
    let at = draw.integer(0, shape.len() - 1);
    let batch_dims = match draw.one_in(3) {
        true => draw.integer(0, at),
        false => 0,
    };
    let mut places = shape[..batch_dims].to_vec();
    places.extend(draw.one(&[vec![], vec![1], vec![3], vec![2, 2]]));
    let count: usize = places.iter().product();
    let mut draft = draw.draft("gather", dtype, "");
    let input = draft.input(dtype, &shape);
    let indices = below(draw, shape[at], count);
    let indices = draft.indices(&places, &indices);
    let op = Op::Gather(Gather {
        axis: at as i32,
        batch_dims: batch_dims as i32,
    });
    let quantization = draft.quantization_of(input);
    draft.finish(op, &[input, indices], dtype, quantization, Rounding::Moves)
}

/// Coordinates that name the first dimensions of a shape, with their own shape.
fn coordinates(draw: &mut Draw, shape: &[usize]) -> (Vec<usize>, Vec<i32>, usize) {
    let named = draw.integer(1, shape.len());
    let count = draw.integer(1, 7);
    let coordinates = (0..count * named)
        .map(|place| draw.integer(0, shape[place % named] - 1) as i32)
        .collect();
    (vec![count, named], coordinates, named)
}

pub(crate) fn gather_nd(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let shape = draw.shape(1, 4);
    let (places, coordinates, _) = coordinates(draw, &shape);
    let mut draft = draw.draft("gather_nd", dtype, "");
    let input = draft.input(dtype, &shape);
    let coordinates = draft.indices(&places, &coordinates);
    let quantization = draft.quantization_of(input);
    let inputs = [input, coordinates];
    let op = Op::GatherNd(GatherNd);
    draft.finish(op, &inputs, dtype, quantization, Rounding::Moves)
}

pub(crate) fn scatter_nd(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int32, Int64, Bool]);
    let output = draw.shape(1, 4);
    let (places, coordinates, named) = coordinates(draw, &output);
    let updates = [&places[..1], &output[named..]].concat();
    let mut draft = draw.draft("scatter_nd", dtype, "");
    let coordinates = draft.indices(&places, &coordinates);
    let updates = draft.input_with(dtype, &updates, None);
    let extents: Vec<i32> = output.iter().map(|&extent| extent as i32).collect();
    let output = draft.indices(&[extents.len()], &extents);
    let inputs = [coordinates, updates, output];
    let rounding = Rounding::Sums { terms: places[0] };
    draft.finish(Op::ScatterNd(ScatterNd), &inputs, dtype, None, rounding)
}

pub(crate) fn select(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let kind = draw.one(&[SelectKind::Select, SelectKind::SelectV2]);
    let [whole, part] = draw.broadcast(4);
    let shapes = match kind {
        SelectKind::SelectV2 if draw.one_in(2) => [part, whole.clone(), whole],
        SelectKind::SelectV2 => [whole, part.clone(), part],
        SelectKind::Select => [whole.clone(), whole.clone(), whole],
    };
    let mut draft = draw.draft("select", dtype, "");
    let condition = draft.input(Bool, &shapes[0]);
    let left = draft.input(dtype, &shapes[1]);
    let quantization = draft.quantization_of(left);
    let right = draft.input_with(dtype, &shapes[2], quantization.clone());
    let op = Op::Select(Select { kind });
    let inputs = [condition, left, right];
    draft.finish(op, &inputs, dtype, quantization, Rounding::Moves)
}

pub(crate) fn one_hot(draw: &mut Draw) -> Case {
    let index = draw.one(&[Int32, Int64]);
    let dtype = draw.one(&[Float32, Int8, UInt8, Int32, Int64, Bool]);
    let shape = draw.shape(0, 3);
    let axis = draw.signed(-1, shape.len() as i32);
    let depth = draw.signed(1, 7);
    let mut draft = draw.draft("one_hot", index, &dtype.to_string()).within(7.0);
    let indices = draft.input(index, &shape);
    let depth = draft.indices(&[], &[depth]);
    let on = draft.constant(dtype, &[], None);
    let off = draft.constant(dtype, &[], None);
    let op = Op::OneHot(OneHot { axis });
    let inputs = [indices, depth, on, off];
    draft.finish(op, &inputs, dtype, None, Rounding::Moves)
}

pub(crate) fn fill(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let shape: Vec<i32> = draw.shape(1, 5).iter().map(|&e| e as i32).collect();
    let mut draft = draw.draft("fill", dtype, "");
    let extents = draft.indices(&[shape.len()], &shape);
    let value = draft.input(dtype, &[]);
    let quantization = draft.quantization_of(value);
    let op = Op::Fill(Fill);
    draft.finish(op, &[extents, value], dtype, quantization, Rounding::Moves)
}

pub(crate) fn where_true(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Bool, Float32, Int8, UInt8, Int32, Int64]);
    // LiteRT's Python refuses to show a list of no coordinates.
    let shape = [draw.shape(0, 3), vec![31]].concat();
    let mut draft = draw.draft("where_true", dtype, "").within(2.0);
    let input = draft.input_with(dtype, &shape, None);
    draft.finish(Op::Where(Where), &[input], Int64, None, Rounding::Moves)
}

pub(crate) fn unique(draw: &mut Draw) -> Case {
    let dtype = draw.one(&[Float32, Int8, UInt8, Int16, Int32, Int64]);
    let idx_out_type = draw.one(&[Int32, Int64]);
    let shape = draw.shape_of_rank(1);
    let mut draft = draw.draft("unique", dtype, "");
    let input = draft.input(dtype, &shape);
    let quantization = draft.quantization_of(input);
    let outputs = [(dtype, quantization), (idx_out_type, None)];
    let op = Op::Unique(Unique { idx_out_type });
    draft.finish_all(op, &[input], &outputs, Rounding::Moves)
}

pub(crate) fn dynamic_update_slice(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let index = draw.one(&[Int32, Int64]);
    let shape = draw.shape(1, 4);
    let update: Vec<usize> = shape.iter().map(|&e| draw.integer(1, e)).collect();
    let mut draft = draw.draft("dynamic_update_slice", dtype, "");
    let input = draft.input(dtype, &shape);
    let quantization = draft.quantization_of(input);
    let update = draft.input_with(dtype, &update, quantization.clone());
    let start = draft.input(index, &[shape.len()]);
    let inputs = [input, update, start];
    let op = Op::DynamicUpdateSlice(DynamicUpdateSlice);
    draft.finish(op, &inputs, dtype, quantization, Rounding::Moves)
}

pub(crate) fn embedding_lookup(draw: &mut Draw) -> Case {
    let dtype = draw.one(&MOVED);
    let mut shape = draw.shape(2, 4);
    *shape.last_mut().expect("two dimensions") *= 2;
    let count = draw.integer(1, 7);
    let indices = below(draw, shape[0], count);
    let mut draft = draw.draft("embedding_lookup", dtype, "");
    let indices = draft.indices(&[count], &indices);
    let table = draft.input_with(dtype, &shape, None);
    let inputs = [indices, table];
    let op = Op::EmbeddingLookup(EmbeddingLookup);
    draft.finish(op, &inputs, dtype, None, Rounding::Moves)
}

pub(crate) fn broadcast_args(draw: &mut Draw) -> Case {
    let shapes = draw.broadcast(5).map(|shape| {
        let extents = shape.iter().map(|&extent| extent as i32);
        extents.collect::<Vec<i32>>()
    });
    let mut draft = draw.draft("broadcast_args", Int32, "");
    let inputs = shapes.map(|shape| draft.indices(&[shape.len()], &shape));
    let op = Op::BroadcastArgs(BroadcastArgs);
    draft.finish(op, &inputs, Int32, None, Rounding::Moves)
}

pub(crate) fn non_max_suppression(draw: &mut Draw) -> Case {
    let boxes = draw.one(&[1, 2, 13, 67]);
    let choice = Choice {
        boxes,
        most: draw.signed(1, boxes as i32 + 3),
        overlap: draw.real(0.0, 1.0),
        score: draw.real(-8.0, 4.0),
        sigma: match draw.integer(0, 2) {
            0 => None,
            1 => Some(0.0),
            _ => Some(draw.real(0.1, 1.0)),
        },
    };
    choice.finish(draw.draft("non_max_suppression", Float32, ""))
}
