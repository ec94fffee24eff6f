//! Ops that only move elements, of every size.

use demilite_core::op::{
    BroadcastTo, ExpandDims, Gather, GatherNd, MirrorPad, Pack, ResizeNearestNeighbor, ReverseV2,
    Slice, SpaceBatch, SpaceDepth, Split, StridedSlice, Tile, Transpose, Unpack,
    mirror_pad::MirrorPadMode, space_batch::SpaceBatchKind, space_depth::SpaceDepthKind,
    split::SplitKind,
};
use demilite_core::{DataType, Op, RunError};

use crate::single_node::{Operand, Random, check, check_all, run};

const TYPES: [DataType; 6] = [
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::Int32,
    DataType::Int64,
    DataType::Bool,
];

/// A tensor of the type, quantized where that is usual.
fn operand(dtype: DataType, shape: &[usize]) -> Operand {
    match dtype.quantized_range() {
        Some(_) if dtype != DataType::Int32 => Operand::new(dtype, shape, 0.5, 0),
        _ => Operand::plain(dtype, shape),
    }
}

fn indices(elements: &[i32]) -> Option<Operand> {
    Some(Operand::indices(&[elements.len()], elements))
}

/// Holds an op of one fed tensor and constants to the reference, for each type.
fn hold(op: &Op, shape: &[usize], constants: &[Option<Operand>]) {
    for dtype in TYPES {
        let mut inputs = vec![Some(operand(dtype, shape))];
        inputs.extend_from_slice(constants);
        let name = format!("{op:?} {dtype} {inputs:?}");
        check(
            &name,
            op.clone(),
            &inputs,
            &operand(dtype, &[1]),
            &mut Random::new(21),
        );
    }
}

#[test]
fn dimensions_in_another_order() {
    let transpose = Op::Transpose(Transpose);
    hold(&transpose, &[3, 5], &[indices(&[1, 0])]);
    hold(&transpose, &[2, 3, 4], &[indices(&[1, 0, 2])]);
    hold(&transpose, &[2, 3, 5, 7], &[indices(&[3, 1, 0, 2])]);
    hold(&transpose, &[1, 3, 1, 8], &[indices(&[0, 2, 1, 3])]);
    hold(
        &transpose,
        &[2, 1, 3, 2, 5, 2],
        &[indices(&[5, 4, 3, 2, 1, 0])],
    );
}

#[test]
fn boxes_and_strides() {
    let slice = Op::Slice(Slice);
    hold(
        &slice,
        &[3, 5, 8],
        &[indices(&[1, 2, 4]), indices(&[2, -1, 4])],
    );
    hold(&slice, &[7], &[indices(&[3]), indices(&[3])]);
    let strided = |begin_mask, shrink_axis_mask, new_axis_mask| {
        Op::StridedSlice(StridedSlice {
            begin_mask,
            end_mask: 0,
            ellipsis_mask: 0,
            new_axis_mask,
            shrink_axis_mask,
            offset: false,
        })
    };
    let entries = |begin: &[i32], end: &[i32], strides: &[i32]| {
        [indices(begin), indices(end), indices(strides)]
    };
    hold(
        &strided(0, 0, 0),
        &[5, 7],
        &entries(&[4, 1], &[0, 6], &[-1, 2]),
    );
    hold(
        &strided(1, 2, 0),
        &[3, 4, 5],
        &entries(&[1, 2, 1], &[3, 3, 5], &[2, 1, 3]),
    );
    hold(
        &strided(0, 1, 2),
        &[3, 8],
        &entries(&[2, 0, 0], &[3, 1, 8], &[1, 1, 1]),
    );
    let reverse = Op::ReverseV2(ReverseV2);
    hold(&reverse, &[3, 5, 4], &[indices(&[1])]);
    hold(&reverse, &[3, 5, 4], &[indices(&[2, 0])]);
}

#[test]
fn repetitions() {
    hold(&Op::Tile(Tile), &[2, 3], &[indices(&[3, 2])]);
    hold(&Op::Tile(Tile), &[1, 4, 1, 4], &[indices(&[2, 1, 3, 1])]);
    hold(
        &Op::BroadcastTo(BroadcastTo),
        &[3, 1],
        &[indices(&[2, 3, 5])],
    );
    hold(&Op::BroadcastTo(BroadcastTo), &[1], &[indices(&[7])]);
    hold(&Op::ExpandDims(ExpandDims), &[2, 3], &[indices(&[1])]);
}

#[test]
fn mirrors() {
    for mode in [MirrorPadMode::Reflect, MirrorPadMode::Symmetric] {
        let op = Op::MirrorPad(MirrorPad { mode });
        let paddings = Operand::indices(&[3, 2], &[0, 0, 2, 1, 1, 2]);
        hold(&op, &[2, 3, 4], &[Some(paddings)]);
        let paddings = Operand::indices(&[4, 2], &[0, 0, 1, 2, 3, 0, 0, 0]);
        hold(&op, &[1, 3, 4, 8], &[Some(paddings)]);
    }
}

#[test]
fn nearest_elements() {
    for (align_corners, half_pixel_centers) in [(false, false), (true, false), (false, true)] {
        let op = Op::ResizeNearestNeighbor(ResizeNearestNeighbor {
            align_corners,
            half_pixel_centers,
        });
        // The reference resizes no 64-bit integers and no truth values that LiteRT does not.
        hold(&op, &[2, 3, 5, 3], &[indices(&[7, 4])]);
        hold(&op, &[1, 4, 6, 8], &[indices(&[8, 12])]);
    }
}

#[test]
fn blocks() {
    let depth = |kind, block_size| Op::SpaceDepth(SpaceDepth { kind, block_size });
    hold(&depth(SpaceDepthKind::SpaceToDepth, 2), &[2, 4, 6, 3], &[]);
    hold(&depth(SpaceDepthKind::SpaceToDepth, 3), &[1, 3, 6, 4], &[]);
    hold(&depth(SpaceDepthKind::DepthToSpace, 2), &[2, 3, 5, 12], &[]);
    hold(&depth(SpaceDepthKind::DepthToSpace, 2), &[1, 3, 2, 16], &[]);
    let batch = |kind| Op::SpaceBatch(SpaceBatch { kind });
    let margins = |elements: &[i32]| Some(Operand::indices(&[elements.len() / 2, 2], elements));
    let to_batch = batch(SpaceBatchKind::SpaceToBatchNd);
    hold(
        &to_batch,
        &[2, 4, 6, 3],
        &[indices(&[2, 3]), margins(&[0, 0, 0, 0])],
    );
    hold(
        &to_batch,
        &[1, 5, 7, 4],
        &[indices(&[2, 4]), margins(&[1, 2, 1, 0])],
    );
    hold(&to_batch, &[1, 5, 3], &[indices(&[2]), margins(&[0, 1])]);
    let to_space = batch(SpaceBatchKind::BatchToSpaceNd);
    hold(
        &to_space,
        &[12, 2, 3, 3],
        &[indices(&[2, 3]), margins(&[0, 0, 0, 0])],
    );
    hold(
        &to_space,
        &[4, 3, 3, 4],
        &[indices(&[2, 2]), margins(&[1, 0, 0, 3])],
    );
}

#[test]
fn pieces_and_joins() {
    for dtype in TYPES {
        let mut random = Random::new(22);
        let one = operand(dtype, &[1]);
        for axis in [0_i32, 1, -1] {
            let shape = [6, 3, 12];
            let tensor = Some(operand(dtype, &shape));
            let even = Op::Split(Split {
                kind: SplitKind::Split,
                num_splits: 3,
            });
            let inputs = [Some(Operand::indices(&[], &[axis])), tensor.clone()];
            check_all(
                &format!("{even:?} {dtype}"),
                even,
                &inputs,
                &[one.clone(), one.clone(), one.clone()],
                &mut random,
            );
            let uneven = Op::Split(Split {
                kind: SplitKind::SplitV,
                num_splits: 2,
            });
            let inputs = [
                tensor.clone(),
                indices(&[1, -1]),
                Some(Operand::indices(&[], &[axis])),
            ];
            check_all(
                &format!("{uneven:?} {dtype}"),
                uneven,
                &inputs,
                &[one.clone(), one.clone()],
                &mut random,
            );
            let num = shape[axis.rem_euclid(3) as usize];
            let unpack = Op::Unpack(Unpack {
                num: num as i32,
                axis,
            });
            let outputs = vec![one.clone(); num];
            check_all(
                &format!("{unpack:?} {dtype}"),
                unpack,
                &[tensor],
                &outputs,
                &mut random,
            );
            let pack = Op::Pack(Pack {
                values_count: 3,
                axis,
            });
            let inputs = vec![Some(operand(dtype, &[2, 5])); 3];
            check(
                &format!("{pack:?} {dtype}"),
                pack,
                &inputs,
                &one,
                &mut random,
            );
        }
    }
}

#[test]
fn slices_that_constants_name() {
    for (axis, batch_dims, shape, of, chosen) in [
        (0, 0, &[5, 3][..], &[4][..], &[4, 0, 2, 2][..]),
        (1, 0, &[2, 3, 4], &[2, 2], &[2, 1, 0, 0]),
        (2, 1, &[2, 3, 5, 2], &[2, 2], &[4, 0, 1, 3]),
        (-1, 0, &[3, 7], &[], &[6]),
    ] {
        let op = Op::Gather(Gather { axis, batch_dims });
        hold(&op, shape, &[Some(Operand::indices(of, chosen))]);
    }
    let coordinates = Operand::indices(&[3, 2], &[1, 4, 0, 0, 2, 3]);
    hold(&Op::GatherNd(GatherNd), &[3, 5, 2], &[Some(coordinates)]);
    let coordinates = Operand::indices(&[2, 1], &[2, 0]);
    hold(&Op::GatherNd(GatherNd), &[3, 4], &[Some(coordinates)]);
}

#[test]
fn indices_that_are_fed_are_checked() {
    let op = Op::Gather(Gather {
        axis: 1,
        batch_dims: 0,
    });
    let tensor = operand(DataType::Int8, &[2, 3, 5]);
    let inputs = [Some(tensor), Some(Operand::plain(DataType::Int32, &[4]))];
    let output = operand(DataType::Int8, &[1]);
    let bytes: Vec<u8> = (0..30).collect();
    let fed = |indices: [i32; 4]| {
        let indices = indices
            .iter()
            .flat_map(|index| index.to_le_bytes())
            .collect();
        run(&op, &inputs, &output, &[bytes.clone(), indices])
    };
    let expected: Vec<u8> = [0, 15]
        .iter()
        .flat_map(|row| [2, 0, 1, 2].map(|index| row + 5 * index))
        .flat_map(|start| start..start + 5)
        .collect();
    for result in fed([2, 0, 1, 2]) {
        assert_eq!(result.unwrap(), expected);
    }
    for outside in [3, -1] {
        for result in fed([2, 0, outside, 2]) {
            let Err(RunError::Node { op, reason, .. }) = result else {
                panic!("index {outside} names nothing");
            };
            assert_eq!(op, "GATHER");
            let message = format!("index {outside} is outside an extent of 3");
            assert_eq!(reason.to_string(), message);
        }
    }
}
