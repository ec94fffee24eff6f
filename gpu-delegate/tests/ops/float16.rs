//! What becomes of float16 weights on their way to the device.

use demilite_core::op::{Activation, FullyConnected};
use demilite_core::{Counters, Op, Session};

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
    let session = |device: &std::sync::Arc<demilite_gpu::GpuDelegate>| {
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
