//! What the delegate leaves to others, and why.

use demilite_core::op::{Activation, Add, HardSwish, Quantize};
use demilite_core::{DataType, Op, Quantization, Reject};

use crate::single_node::{Operand, devices, rejections};

#[track_caller]
fn expect(rejections: Vec<Reject>, reason: &str) {
    assert_eq!(rejections.len(), devices().len());
    for rejection in rejections {
        assert!(rejection.to_string().contains(reason), "{rejection}");
    }
}

#[test]
fn types_that_do_not_go_together() {
    let op = Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: false,
    });
    let bytes = Operand::new(DataType::Int8, &[3], 0.1, 0);
    let floats = Operand::plain(DataType::Float32, &[3]);
    let inputs = [Some(bytes.clone()), Some(floats)];
    expect(
        rejections(op, &inputs, &bytes),
        "input 1 is float32, and the output int8",
    );
    let halves = Operand::new(DataType::Int16, &[3], 0.1, 0);
    let op = Op::HardSwish(HardSwish);
    expect(
        rejections(op, &[Some(halves.clone())], &halves),
        "there is no HARD_SWISH of int16",
    );
}

#[test]
fn scales_along_an_axis() {
    let input = Operand::plain(DataType::Float32, &[2, 3]);
    let mut output = Operand::new(DataType::Int8, &[2, 3], 0.1, 0);
    output.quantization = Some(Quantization::per_axis([0.1, 0.2], 0));
    expect(
        rejections(Op::Quantize(Quantize), &[Some(input)], &output),
        "needs one scale and one zero point",
    );
}
