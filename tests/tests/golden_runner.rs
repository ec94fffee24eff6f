//! The golden runner tells a right delegate from a wrong one also where only a called graph has floats to round, and where floats
//! are integers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use demilite::npz::NpzWriter;
use demilite_conformance::golden::{GoldenOptions, find, run};
use demilite_conformance::report::{Entry, Outcome};
use demilite_core::op::control_flow::ControlFlow;
use demilite_core::op::{Activation, Dequantize, FullyConnected, Quantize};
use demilite_core::quantization::Quantization;
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Session, Tensor, Value,
};
use demilite_gpu::{GpuContext, GpuDelegate, GpuOptions, Precision};
use demilite_needs::Need;

/// A folder of one golden.
struct Folder(PathBuf);

impl Folder {
    /// `model` with one input of these numbers, and the outputs that the reference gives after `spoil` changed them.
    fn new(name: &str, model: &Arc<Model>, input: &[f32], spoil: impl FnOnce(&mut [f32])) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("golden_runner")
            .join(name);
        fs::create_dir_all(&folder).expect("a folder in the target folder");
        fs::write(
            folder.join("model.tflite"),
            model.to_bytes().expect("a model that can be written"),
        )
        .expect("a model");
        let input = Value::from_slice([1, input.len()], input).expect("an input");
        let builder = Session::builder(Arc::clone(model)).delegate(reference());
        let mut session = builder.build().expect("a session");
        let mut outputs = session.run(std::slice::from_ref(&input)).expect("outputs");
        spoil(outputs[0].as_mut_slice().expect("floats"));
        for (file, name, value) in [("inputs", "in0", &input), ("expected", "out0", &outputs[0])] {
            let path = folder.join(file).with_extension("npz");
            let mut npz = NpzWriter::create(path).expect("an archive");
            npz.add(name, value).expect("an array");
            npz.finish().expect("an archive");
        }
        Folder(folder)
    }

    /// What the runner makes of it.
    fn entry(&self, delegates: Vec<Arc<dyn Delegate>>) -> Entry {
        let found = find(&self.0).expect("the folder");
        let report = run(&found, &GoldenOptions::new(delegates), &mut |_| {});
        let [entry] = &report.entries[..] else {
            panic!("{:?}", report.entries);
        };
        entry.clone()
    }
}

fn reference() -> Arc<dyn Delegate> {
    Arc::new(demilite_custom_ops::reference())
}

/// A GPU with the reference behind it; none without an adapter.
fn gpu(precision: Precision) -> Option<Vec<Arc<dyn Delegate>>> {
    let options = GpuOptions::default().precision(precision);
    match GpuContext::open(options) {
        Ok(context) => Some(vec![Arc::new(GpuDelegate::new(context)), reference()]),
        Err(error) => {
            demilite_needs::skip(Need::Gpu, error);
            None
        }
    }
}

fn constant(
    parts: &mut GraphParts,
    tensor: Tensor,
    bytes: &[u8],
) -> Option<demilite_core::TensorId> {
    Some(parts.tensor(tensor.with_constant(Constant::copied(bytes))))
}

const FULLY_CONNECTED: FullyConnected = FullyConnected {
    activation: Activation::None,
    weights_format: 0,
    keep_num_dims: false,
    asymmetric_quantize_inputs: false,
    quantized_bias_type: 0,
};

const SIZE: usize = 16;

/// Numbers that float16 does not hold.
fn thirds() -> Vec<f32> {
    (0..SIZE * SIZE)
        .map(|i| ((i * 7 % 31) as f32 - 15.0) / 3.0)
        .collect()
}

/// A model that is one call of a graph with a layer of floats.
fn call() -> Arc<Model> {
    let mut called = GraphParts::default();
    let x = called.tensor(Tensor::new("x", DataType::Float32, [1, SIZE]));
    let bytes: Vec<u8> = thirds().into_iter().flat_map(f32::to_le_bytes).collect();
    let weights = Tensor::new("w", DataType::Float32, [SIZE, SIZE]);
    let weights = constant(&mut called, weights, &bytes);
    let y = called.tensor(Tensor::new("y", DataType::Float32, [1, SIZE]));
    called.node(
        Op::FullyConnected(FULLY_CONNECTED),
        [Some(x), weights, None],
        [y],
    );
    called.inputs = vec![x];
    called.outputs = vec![y];
    let mut main = GraphParts::default();
    let x = main.tensor(Tensor::new("x", DataType::Float32, [1, SIZE]));
    let y = main.tensor(Tensor::new("y", DataType::Float32, [1, SIZE]));
    main.node(
        Op::ControlFlow(ControlFlow::Call { graph: 1 }),
        [Some(x)],
        [y],
    );
    main.inputs = vec![x];
    main.outputs = vec![y];
    let graphs = [main, called].map(|parts| Graph::new(parts).expect("a graph"));
    Arc::new(Model::from_graphs(graphs.into(), Vec::new()))
}

#[test]
fn a_called_graph_may_round_as_its_nodes_say_and_no_further() {
    let Some(half) = gpu(Precision::F16) else {
        return;
    };
    let input = &thirds()[..SIZE];
    let folder = Folder::new("called", &call(), input, |_| {});
    let entry = folder.entry(half.clone());
    assert_eq!(entry.outcome, Outcome::WithinTolerance, "{}", entry.reason);
    assert_eq!(entry.ran_on.as_deref(), Some("gpu 1, interpreter 1"));
    let spoiled = Folder::new("called_spoiled", &call(), input, |outputs| {
        outputs[3] *= 1.01;
    });
    assert_eq!(spoiled.entry(half).outcome, Outcome::Failed);
}

/// QUANTIZE, a layer of int8 and DEQUANTIZE.
fn int8_between_floats() -> Arc<Model> {
    let int8 = |name: &str, shape: Vec<usize>, scale, zero_point| {
        let quantization = Quantization::per_tensor(scale, zero_point);
        Tensor::new(name, DataType::Int8, shape).quantized(quantization)
    };
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::Float32, [1, SIZE]));
    let q = parts.tensor(int8("q", vec![1, SIZE], 0.05, -3));
    let bytes: Vec<u8> = (0..SIZE * SIZE).map(|i| (i * 37 % 251) as u8).collect();
    let weights = constant(&mut parts, int8("w", vec![SIZE, SIZE], 0.02, 0), &bytes);
    let sum = parts.tensor(int8("sum", vec![1, SIZE], 0.5, 7));
    let y = parts.tensor(Tensor::new("y", DataType::Float32, [1, SIZE]));
    parts.node(Op::Quantize(Quantize), [Some(x)], [q]);
    parts.node(
        Op::FullyConnected(FULLY_CONNECTED),
        [Some(q), weights, None],
        [sum],
    );
    parts.node(Op::Dequantize(Dequantize), [Some(sum)], [y]);
    parts.inputs = vec![x];
    parts.outputs = vec![y];
    Arc::new(Model::from_graph(Graph::new(parts).expect("a graph")))
}

#[test]
fn floats_that_are_integers_are_held_to_the_integer() {
    let input = &thirds()[..SIZE];
    let right = Folder::new("int8", &int8_between_floats(), input, |_| {});
    // One step of the last tensor's scale.
    let wrong = Folder::new("int8_spoiled", &int8_between_floats(), input, |outputs| {
        outputs[5] += 0.5;
    });
    let on_gpu = [Precision::Auto, Precision::F16]
        .map(gpu)
        .into_iter()
        .flatten();
    for delegates in on_gpu.chain([vec![reference()]]) {
        let entry = right.entry(delegates.clone());
        assert_eq!(entry.outcome, Outcome::Exact, "{}", entry.reason);
        assert_eq!(wrong.entry(delegates).outcome, Outcome::Failed);
    }
}
