//! Ops that read from memory where elements lie, with indices that are computed or fed.

use demilite_core::op::unsorted_segment::SegmentKind;
use demilite_core::op::{
    DynamicUpdateSlice, Gather, OneHot, ReverseSequence, TopkV2, UnsortedSegment,
};
use demilite_core::{DataType, Op};

use crate::single_node::{Operand, Random, check_all, reference, run};

fn int32(elements: &[i32]) -> Vec<u8> {
    elements.iter().flat_map(|e| e.to_le_bytes()).collect()
}

fn int64(elements: &[i64]) -> Vec<u8> {
    elements.iter().flat_map(|e| e.to_le_bytes()).collect()
}

/// Holds the devices to the reference over these bytes.
fn agree(op: &Op, inputs: &[Option<Operand>], output: &Operand, fed: &[Vec<u8>]) {
    let expected = reference(op, inputs, output, fed);
    for actual in run(op, inputs, output, fed) {
        assert_eq!(actual.unwrap(), expected, "{} of {fed:?}", op.name());
    }
}

/// Expects an error of every device that says this.
fn refuse(op: &Op, inputs: &[Option<Operand>], output: &Operand, fed: &[Vec<u8>], reason: &str) {
    for result in run(op, inputs, output, fed) {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn fed_int64_indices() {
    let op = Op::Gather(Gather {
        axis: 0,
        batch_dims: 0,
    });
    let inputs = [
        Some(Operand::plain(DataType::Int32, &[5])),
        Some(Operand::plain(DataType::Int64, &[3])),
    ];
    let output = Operand::plain(DataType::Int32, &[3]);
    let tensor = int32(&[10, 11, 12, 13, i32::MIN]);
    agree(&op, &inputs, &output, &[tensor.clone(), int64(&[4, 0, 3])]);
    for outside in [5, -1, 1 << 32, -(1 << 40)] {
        let fed = [tensor.clone(), int64(&[0, outside, 2])];
        refuse(&op, &inputs, &output, &fed, "outside an extent of 5");
    }
}

#[test]
fn boxes_are_moved_inside() {
    let op = Op::DynamicUpdateSlice(DynamicUpdateSlice);
    for (shape, update) in [([7, 8], [3, 8]), ([7, 8], [2, 5]), ([3, 5], [3, 5])] {
        let inputs = [
            Some(Operand::plain(DataType::Int64, &shape)),
            Some(Operand::plain(DataType::Int64, &update)),
            Some(Operand::plain(DataType::Int64, &[2])),
        ];
        let output = Operand::plain(DataType::Int64, &shape);
        let mut random = Random::new(81);
        for start in [[0, 0], [2, 1], [i64::MAX, -1], [1 << 32, i64::MIN]] {
            let fed = [
                random.bytes(DataType::Int64, shape.iter().product()),
                random.bytes(DataType::Int64, update.iter().product()),
                int64(&start),
            ];
            agree(&op, &inputs, &output, &fed);
        }
    }
}

#[test]
fn indices_outside_switch_nothing_on() {
    let op = Op::OneHot(OneHot { axis: -1 });
    let value = Operand::plain(DataType::Int8, &[]);
    let inputs = [
        Some(Operand::plain(DataType::Int64, &[5])),
        Some(Operand::indices(&[], &[3])),
        Some(value.clone()),
        Some(value),
    ];
    let output = Operand::plain(DataType::Int8, &[5, 3]);
    let fed = [int64(&[2, -1, 3, 1 << 32, 0]), vec![7], vec![0xf0]];
    agree(&op, &inputs, &output, &fed);
}

#[test]
fn sequences_longer_than_they_are() {
    let op = Op::ReverseSequence(ReverseSequence {
        seq_dim: 1,
        batch_dim: 0,
    });
    let inputs = [
        Some(Operand::plain(DataType::Int32, &[2, 3])),
        Some(Operand::plain(DataType::Int32, &[2])),
    ];
    let output = Operand::plain(DataType::Int32, &[2, 3]);
    let tensor = int32(&[1, 2, 3, 4, 5, 6]);
    agree(&op, &inputs, &output, &[tensor.clone(), int32(&[3, 0])]);
    for length in [4, -1] {
        let fed = [tensor.clone(), int32(&[2, length])];
        refuse(&op, &inputs, &output, &fed, "outside an extent of 4");
    }
}

#[test]
fn negative_segments_are_left_out() {
    let op = Op::UnsortedSegment(UnsortedSegment {
        kind: SegmentKind::UnsortedSegmentMax,
    });
    let inputs = [
        Some(Operand::plain(DataType::Int32, &[4])),
        Some(Operand::plain(DataType::Int32, &[4])),
        Some(Operand::indices(&[], &[3])),
    ];
    let output = Operand::plain(DataType::Int32, &[3]);
    let tensor = int32(&[i32::MIN, -5, 7, i32::MAX]);
    agree(
        &op,
        &inputs,
        &output,
        &[tensor.clone(), int32(&[0, 2, 2, -9])],
    );
    let fed = [tensor, int32(&[0, 3, 2, 1])];
    refuse(&op, &inputs, &output, &fed, "outside an extent of 3");
}

#[test]
fn the_largest_come_first_and_of_equal_ones_the_first() {
    let mut random = Random::new(82);
    for dtype in [
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::Int32,
    ] {
        for (row, count) in [(1, 1), (37, 5), (300, 300)] {
            let inputs = [
                Some(Operand::plain(dtype, &[3, row])),
                Some(Operand::indices(&[], &[count])),
            ];
            let outputs = [
                Operand::plain(dtype, &[1]),
                Operand::plain(DataType::Int32, &[1]),
            ];
            let name = format!("{count} of {row} {dtype}");
            check_all(&name, Op::TopkV2(TopkV2), &inputs, &outputs, &mut random);
        }
    }
}
