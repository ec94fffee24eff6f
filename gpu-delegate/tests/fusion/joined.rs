//! Parts of a CONCATENATION, written where they belong by what computes them.

use demilite_core::op::{Activation, Concatenation, Reshape};
use demilite_core::{DataType, Op, TensorId};

use crate::network::{FLOAT, Network, Numbers};

fn joined(network: &mut Network, parts: &[TensorId], axis: i32, numbers: &Numbers) -> TensorId {
    let activation = Activation::None;
    network.node(
        Op::Concatenation(Concatenation { axis, activation }),
        parts,
        numbers,
    )
}

/// Two convolutions of one image, joined, and a convolution of that.
fn inception(numbers: &Numbers, channels: [usize; 2], axis: i32) -> Network {
    let mut network = Network::default();
    let x = network.fed(numbers, &[2, 5, 4, 4]);
    let parts =
        channels.map(|count| network.conv_2d(x, [count, 1, 1, 4], Activation::Relu, numbers));
    let whole = joined(&mut network, &parts, axis, numbers);
    let depth = if axis == 3 {
        channels[0] + channels[1]
    } else {
        channels[0]
    };
    let y = network.conv_2d(whole, [5, 2, 2, depth], Activation::None, numbers);
    network.output(y);
    network
}

#[test]
fn convolutions_write_their_parts() {
    let integers = [
        (DataType::Int8, -3),
        (DataType::UInt8, 120),
        (DataType::Int16, 0),
    ];
    let integers = integers.map(|(dtype, zero_point)| Numbers::quantized(dtype, 0.05, zero_point));
    for numbers in [FLOAT].iter().chain(&integers) {
        for (channels, axis) in [
            ([8, 12], 3),
            ([4, 16], -1),
            ([8, 8], 0),
            ([8, 8], 1),
            ([12, 12], 2),
        ] {
            let axis = if axis < 0 { axis + 4 } else { axis };
            let name = format!("{:?} {channels:?} {axis}", numbers.dtype);
            inception(numbers, channels, axis).check_saved(&name, &[], 2);
        }
    }
}

#[test]
fn rows_that_are_no_whole_quads_are_copied() {
    inception(&FLOAT, [8, 6], 3).check_saved("channels", &[], 0);
    inception(&FLOAT, [7, 7], 0).check_saved("images of seven channels", &[], 0);
}

#[test]
fn what_others_read_is_copied() {
    for is_output in [false, true] {
        let mut network = Network::default();
        let x = network.fed(&FLOAT, &[1, 3, 3, 4]);
        let [a, b] =
            [8, 4].map(|count| network.conv_2d(x, [count, 1, 1, 4], Activation::None, &FLOAT));
        let whole = joined(&mut network, &[a, b], 3, &FLOAT);
        network.output(whole);
        match is_output {
            true => network.output(a),
            false => {
                let y = network.conv_2d(a, [3, 1, 1, 8], Activation::None, &FLOAT);
                network.output(y);
            }
        }
        network.check_saved(&format!("an output: {is_output}"), &[], 1);
    }
}

#[test]
fn what_goes_by_two_names_or_twice_is_copied() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 3, 3, 4]);
    let y = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let shape = network.indices(&[4], &[1, 9, 1, 8]);
    let flat = network.node(
        Op::Reshape(Reshape { new_shape: None }),
        &[y, shape],
        &FLOAT,
    );
    let whole = joined(&mut network, &[flat, flat], 3, &FLOAT);
    let z = network.conv_2d(y, [8, 1, 1, 8], Activation::None, &FLOAT);
    network.output(whole);
    network.output(z);
    network.check_saved("two names", &[], 0);
}

#[test]
fn steps_come_before_the_place() {
    let mut network = Network::default();
    let x = network.fed(&FLOAT, &[1, 4, 3, 4]);
    let residual = network.fed(&FLOAT, &[1, 4, 3, 8]);
    let a = network.conv_2d(x, [8, 1, 1, 4], Activation::None, &FLOAT);
    let sum = network.add([a, residual], Activation::Relu);
    let b = network.conv_2d(x, [4, 1, 1, 4], Activation::None, &FLOAT);
    let whole = joined(&mut network, &[b, sum, residual], 3, &FLOAT);
    network.output(whole);
    // The sum, and the parts of both convolutions.
    network.check_saved("a residual", &[(0, 1)], 3);
}
