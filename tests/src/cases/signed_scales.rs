//! Layers some of whose channels have scales below 0, and one of 0.

use demilite_core::{DataType, GraphParts, Quantization};

use super::{conv_2d, depthwise_conv_2d, dequantize, fully_connected, transpose_conv};
use crate::case::Case;

/// Turns the sign of every other scale of weights and biases that have several, and makes their last one 0; of other constants and
/// tensors of DEQUANTIZE too.
pub(crate) fn turn_signs(parts: &mut GraphParts) {
    for tensor in &mut parts.tensors {
        let Some(quantization) = &mut tensor.quantization else {
            continue;
        };
        if quantization.is_per_axis() {
            turn(quantization);
        }
    }
}

fn turn(quantization: &mut Quantization) {
    for scale in quantization.scale.iter_mut().step_by(2) {
        *scale = -*scale;
    }
    if let [_, _, .., last] = &mut quantization.scale[..] {
        *last = 0.0;
    }
}

/// Whether a case has weights of several scales.
pub(crate) fn has_several(case: &Case) -> bool {
    let mut tensors = case.graph().tensors().iter();
    tensors.any(|tensor| {
        let quantization = tensor.quantization.as_ref();
        quantization.is_some_and(|quantization| quantization.is_per_axis())
    })
}

pub(super) fn cases() -> Vec<Case> {
    let ops = [
        conv_2d::cases,
        depthwise_conv_2d::cases,
        dequantize::cases,
        fully_connected::cases,
        transpose_conv::cases,
    ];
    let with_several = ops.into_iter().flat_map(|cases| {
        let cases: Vec<Case> = cases().into_iter().filter(has_several).collect();
        let step = cases.len().div_ceil(12).max(1);
        cases.into_iter().step_by(step)
    });
    let mut cases: Vec<Case> = with_several
        .map(|case| {
            let name = format!("{}/signed_scales", case.name());
            case.altered(name, turn_signs)
        })
        .collect();
    // One scale for all elements.
    for dtype in [DataType::Int8, DataType::UInt8, DataType::Int16] {
        for scale in [-0.25_f32, 0.0] {
            let case = dequantize::cases()
                .into_iter()
                .find(|case| case.dtype() == dtype && case.name().ends_with("2x3x5x7"));
            cases.extend(case.map(|case| {
                let name = format!("{}/scale_{scale}", case.name());
                case.altered(name, |parts| {
                    let quantization = parts.tensors[0].quantization.as_mut();
                    quantization.expect("a scale").scale[0] = scale;
                })
            }));
        }
    }
    cases
}
