//! What the delegate leaves to others, and why.

use demilite_core::op::{Activation, Conv2d, Dequantize, FullyConnected, Padding, Tanh};
use demilite_core::{
    DataType, Delegate, Graph, GraphParts, NodeContext, Op, Reject, Shape, Tensor,
};
use demilite_gpu::{AdapterChoice, GpuContext, GpuError, GpuOptions, adapters};

use crate::single_op::{Array, Input, devices, rejections};

fn conv(activation: Activation) -> Op {
    Op::Conv2d(Conv2d {
        padding: Padding::Same,
        stride_h: 1,
        stride_w: 1,
        dilation_h: 1,
        dilation_w: 1,
        activation,
        quantized_bias_type: 0,
    })
}

fn image() -> Input {
    Input::Fed(Array::random(&[1, 3, 3, 4], 36))
}

#[track_caller]
fn expect(rejections: Vec<String>, reason: &str) {
    assert_eq!(rejections.len(), devices().len());
    for rejection in rejections {
        assert!(
            rejection.starts_with("unsupported: ") && rejection.contains(reason),
            "{rejection}"
        );
    }
}

#[test]
fn activations_that_are_no_clamp() {
    let filter = Input::Constant(Array::random(&[4, 1, 1, 4], 37));
    expect(
        rejections(conv(Activation::Tanh), &[image(), filter], &[1, 3, 3, 4]),
        "Tanh is not a clamp",
    );
}

#[test]
fn filters_that_are_computed() {
    let filter = Input::Fed(Array::random(&[4, 1, 1, 4], 38));
    expect(
        rejections(conv(Activation::None), &[image(), filter], &[1, 3, 3, 4]),
        "input 1 is not a constant of floats",
    );
}

#[test]
fn many_groups_that_are_narrower_than_a_block() {
    let pixel = Input::Fed(Array::random(&[1, 1, 1, 130], 38));
    let filter = Input::Constant(Array::random(&[130, 1, 1, 2], 39));
    expect(
        rejections(conv(Activation::None), &[pixel, filter], &[1, 1, 1, 130]),
        "65 groups of 2 output channels",
    );
}

#[test]
fn integers() {
    let integers = [Input::Indices(vec![3], vec![1, 2, 3])];
    expect(
        rejections(Op::Tanh(Tanh), &integers, &[3]),
        "input 0 is int32",
    );
    expect(
        rejections(Op::Dequantize(Dequantize), &integers, &[3]),
        "expands float16, int8, uint8 and int16",
    );
}

#[test]
fn sums_longer_than_drivers_loop() {
    let op = Op::FullyConnected(FullyConnected {
        activation: Activation::None,
        weights_format: 0,
        keep_num_dims: false,
        asymmetric_quantize_inputs: false,
        quantized_bias_type: 0,
    });
    let inputs = [
        Input::Fed(Array::random(&[4, 300_000], 40)),
        Input::Constant(Array::random(&[1, 300_000], 41)),
    ];
    expect(rejections(op, &inputs, &[4, 1]), "loop iterations");
}

#[test]
fn tensors_that_no_shader_may_see_at_once() {
    for device in devices() {
        let elements =
            usize::try_from(device.context().adapter().max_binding_bytes / 4).unwrap() + 1;
        let mut parts = GraphParts::default();
        let tensor = || Tensor::new("large", DataType::Float32, [elements]);
        let (input, output) = (parts.tensor(tensor()), parts.tensor(tensor()));
        parts.inputs.push(input);
        parts.outputs.push(output);
        let node = parts.node(Op::Tanh(Tanh), [Some(input)], [output]);
        let graph = Graph::new(parts).unwrap();
        let shapes = vec![Some(Shape::from([elements])); 2];
        let verdict = device.supports(&NodeContext::new(&graph, node, &shapes));
        let reason = verdict.unwrap_err().to_string();
        assert!(reason.contains("the GPU's limit is"), "{reason}");
        let unknown = device.supports(&NodeContext::new(&graph, node, &[None, None]));
        assert!(
            matches!(unknown, Err(Reject::Unsupported(_))),
            "{unknown:?}"
        );
    }
}

#[test]
fn an_adapter_that_is_not_there() {
    if devices().is_empty() {
        return;
    }
    let options = GpuOptions::default().adapter(AdapterChoice::Name("no such adapter".into()));
    let Err(GpuError::AdapterNotFound { asked, available }) = GpuContext::open(options) else {
        panic!("an adapter of that name was found")
    };
    assert_eq!(asked, "named \"no such adapter\"");
    assert_eq!(available.len(), adapters().len());
    let by_index = GpuOptions::default().adapter(AdapterChoice::Index(adapters().len()));
    assert!(matches!(
        GpuContext::open(by_index),
        Err(GpuError::AdapterNotFound { .. })
    ));
}
