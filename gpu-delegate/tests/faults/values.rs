//! Floats that are not numbers, on their way through a device.

use demilite_core::Value;
use demilite_gpu::{GpuOptions, Precision};

use crate::device::{builder, bytes, open};
use crate::layer::{Numbers, conv_2d, fully_connected, transpose_conv};

#[test]
fn not_a_number_is_no_fault() {
    for layer in [
        conv_2d(3, 8, 16),
        fully_connected(3, 9, 21),
        transpose_conv(4, 8),
    ] {
        for precision in [Precision::F16, Precision::F32] {
            let Some(context) = open(GpuOptions::default().precision(precision)) else {
                return;
            };
            for numbers in [Numbers::Float32, Numbers::Float16, Numbers::DynamicRange] {
                let (model, fed) = layer.model(numbers);
                let mut session = builder(model, &context).build().unwrap();
                let before = bytes(&mut session, std::slice::from_ref(&fed));
                for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-45] {
                    let mut value = fed.clone();
                    value.as_mut_slice::<f32>().unwrap()[3] = odd;
                    session.run(&[value]).unwrap();
                    let all = vec![odd; fed.shape().elements()];
                    let all = Value::from_slice(fed.shape().clone(), &all).unwrap();
                    session.run(&[all]).unwrap();
                }
                // Nothing of it stays.
                assert_eq!(bytes(&mut session, std::slice::from_ref(&fed)), before);
            }
        }
    }
}
