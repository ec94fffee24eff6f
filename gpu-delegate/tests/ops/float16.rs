//! What becomes of float16 weights on their way to the device.

use std::sync::Arc;

use demilite_core::op::{Activation, Add, FullyConnected};
use demilite_core::{Counters, Op, Session};
use demilite_gpu::{GpuDelegate, Precision};
use half::f16;

use crate::single_op::{Array, Input, devices, model};

fn counters(constant: fn(Array) -> Input) -> Vec<Counters> {
    let op = Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    let inputs = [
        Input::Fed(Array::random(&[1, 10], 33)),
        constant(Array::random(&[6, 10], 34)),
        constant(Array::random(&[6], 35)),
    ];
    let (model, _) = model(op, &inputs, &[1, 6]);
    let session = |device: &Arc<GpuDelegate>| {
        Session::builder(model.clone())
            .delegate(device.clone())
            .build()
            .unwrap()
            .counters()[0]
    };
    devices().iter().map(session).collect()
}

#[test]
fn float16_weights_arrive_as_they_lie_in_the_file() {
    for counters in counters(Input::Half) {
        assert_eq!(counters.float16_weight_bytes, (60 + 6) * 2);
        assert_eq!(counters.expanded_float32_bytes, 0);
        // The matrix is padded from 10 x 6 to 12 x 8 elements, the bias to 8.
        assert_eq!(counters.weight_bytes, (96 + 8) * 2);
        assert_eq!(
            counters.weight_bytes - counters.weight_padding_bytes,
            counters.float16_weight_bytes
        );
    }
}

#[test]
fn float32_weights_are_no_float16() {
    for counters in counters(Input::Constant) {
        assert_eq!(counters.float16_weight_bytes, 0);
        assert_eq!(counters.weight_bytes, (96 + 8) * 4);
        assert_eq!(counters.uploaded_bytes, 12 * 4);
        assert_eq!(counters.downloaded_bytes, 8 * 4);
    }
}

/// The float16 numbers, as the graph of an addition to zero gives them back.
fn sums(fed: &[f32], constant: &[f16]) -> Vec<(Precision, Vec<f32>)> {
    let array = |data: Vec<f64>| Array {
        shape: vec![data.len()],
        data,
    };
    let inputs = [
        Input::Fed(array(fed.iter().map(|&v| v.into()).collect())),
        Input::Half(array(constant.iter().map(|v| v.to_f64()).collect())),
    ];
    let op = Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: true,
    });
    let (model, fed) = model(op, &inputs, &[fed.len()]);
    let run = |device: &Arc<GpuDelegate>| {
        let session = Session::builder(model.clone()).delegate(device.clone());
        let outputs = session.build().unwrap().run(&fed).unwrap();
        let sums = outputs[0].as_slice::<f32>().unwrap().to_vec();
        (device.context().options().precision, sums)
    };
    devices().iter().map(run).collect()
}

#[test]
fn every_finite_float16_is_read_and_written_exactly() {
    let numbers: Vec<f16> = (0..=u16::MAX)
        .map(f16::from_bits)
        .filter(|v| v.is_finite())
        .collect();
    let expected: Vec<f32> = numbers.iter().map(|v| v.to_f32()).collect();
    for (_, sums) in sums(&vec![0.0; numbers.len()], &numbers) {
        assert_eq!(sums, expected);
    }
}

#[test]
fn activations_round_to_nearest_even() {
    let mut numbers = Vec::new();
    for exponent in -26..16 {
        for step in 0..4096 {
            // Halfway between float16 numbers, a little beside, and on them; from 1 to 2 times a power of two.
            let v = (1.0 + step as f32 / 4096.0) * 2.0_f32.powi(exponent);
            numbers.extend([v, -v.next_up(), v.next_down()]);
        }
    }
    // The largest numbers that do not round to infinity.
    numbers.extend([65_504.0, 65_519.996, -65_519.996]);
    numbers.retain(|v| v.abs() < 65_520.0);
    let zeros = vec![f16::ZERO; numbers.len()];
    for (precision, sums) in sums(&numbers, &zeros) {
        let rounded = |&v: &f32| match precision {
            Precision::F16 => f16::from_f32(v).to_f32(),
            Precision::Auto | Precision::F32 => v,
        };
        let expected: Vec<f32> = numbers.iter().map(rounded).collect();
        let wrong = std::iter::zip(&sums, &expected).position(|(a, b)| a != b);
        assert_eq!(
            wrong.map(|i| (numbers[i], sums[i], expected[i])),
            None,
            "{precision:?}"
        );
    }
}
