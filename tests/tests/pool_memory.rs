//! What a pool of sessions holds on the host: weights once, however many sessions there are.

#[path = "hostile/allocation.rs"]
mod allocation;

use std::num::NonZeroUsize;
use std::sync::Arc;

use allocation::peak_bytes;
use demilite_core::op::{Activation, Dequantize, FullyConnected};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, SessionBuilder, SessionPool, Tensor,
    TensorId,
};

/// Inputs and outputs of each layer.
const CHANNELS: usize = 512;

/// Two layers: one with float16 weights behind DEQUANTIZE, which the reference expands, and one with
/// float32 weights, which it lays out for its loops.
fn builder() -> SessionBuilder {
    let mut parts = GraphParts::default();
    let constant = |parts: &mut GraphParts, dtype: DataType, bytes: usize| {
        let constant = Constant::copied(&vec![0; CHANNELS * CHANNELS * bytes]);
        let tensor = Tensor::new("weights", dtype, [CHANNELS, CHANNELS]);
        parts.tensor(tensor.with_constant(constant))
    };
    let halves = constant(&mut parts, DataType::Float16, 2);
    let floats = constant(&mut parts, DataType::Float32, 4);
    let expanded = Tensor::new("expanded", DataType::Float32, [CHANNELS, CHANNELS]);
    let expanded = parts.tensor(expanded);
    let [input, hidden, output] = ["input", "hidden", "output"]
        .map(|name| parts.tensor(Tensor::new(name, DataType::Float32, [1, CHANNELS])));
    parts.node(Op::Dequantize(Dequantize), [Some(halves)], [expanded]);
    let layer = |parts: &mut GraphParts, from: TensorId, weights: TensorId, to: TensorId| {
        let op = Op::FullyConnected(FullyConnected {
            activation: Activation::None,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: false,
            quantized_bias_type: 0,
        });
        parts.node(op, [Some(from), Some(weights)], [to]);
    };
    layer(&mut parts, input, expanded, hidden);
    layer(&mut parts, hidden, floats, output);
    parts.inputs = vec![input];
    parts.outputs = vec![output];
    let graph = Graph::new(parts).expect("a valid graph");
    let model = Arc::new(Model::from_graph(graph));
    Session::builder(model).delegate(Arc::new(demilite_custom_ops::reference()))
}

#[test]
fn a_pool_of_eight_holds_the_weights_once() {
    let builder = builder();
    let session = builder.clone().build().expect("the reference takes it");
    let weights: u64 = session
        .counters()
        .iter()
        .map(|each| each.weight_bytes)
        .sum();
    drop(session);
    assert!(weights >= (CHANNELS * CHANNELS * 4) as u64, "{weights}");
    let [one, eight] = [1, 8].map(|sessions| {
        let sessions = NonZeroUsize::new(sessions).expect("more than none");
        let (pool, bytes) = peak_bytes(|| SessionPool::new(&builder, sessions));
        pool.expect("the reference takes it");
        bytes
    });
    println!("weights {weights} bytes, a pool of 1 {one} bytes, a pool of 8 {eight} bytes");
    assert!(one as u64 >= weights, "{one}");
    assert!(eight - one < weights as usize / 8, "{one}, {eight}");
}
