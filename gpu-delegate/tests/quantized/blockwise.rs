//! Layers of floats, and tables, whose weights are int4 numbers in blocks with scales of their own.

use std::sync::Arc;

use demilite_core::op::{Activation, EmbeddingLookup, FullyConnected};
use demilite_core::{
    Blockwise, CompileError, Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Session,
    Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuContext, GpuDelegate, GpuOptions};
use half::f16;

use crate::single_node::{Random, devices};

/// How far apart results may be, as a part of the largest: sums of blocks are exact, and are scaled and added.
const TOLERANCE: f32 = 2e-6;

/// The sizes of a layer.
#[derive(Clone, Copy, Debug)]
struct Layer {
    rows: usize,
    depth: usize,
    outputs: usize,
    block: usize,
}

impl Layer {
    fn model(self, random: &mut Random) -> Arc<Model> {
        let Layer {
            rows,
            depth,
            outputs,
            block,
        } = self;
        let mut parts = GraphParts::default();
        let mut constant = |name: &str, dtype, shape: &[usize], bytes: &[u8]| {
            let mut tensor = Tensor::new(name, dtype, shape.to_vec());
            tensor.constant = Some(Constant::copied(bytes));
            parts.tensor(tensor)
        };
        let blocks = depth / block;
        let scales = (0..outputs * blocks).map(|_| f16::from_f32(random.scale(0.01, 1.0)));
        let scales: Vec<u8> = scales.flat_map(f16::to_le_bytes).collect();
        let scales = constant("scales", DataType::Float16, &[outputs, blocks], &scales);
        let weights: Vec<u8> = (0..outputs * depth / 2)
            .map(|_| random.bits().to_le_bytes()[0])
            .collect();
        let weights = constant("weights", DataType::Int4, &[outputs, depth], &weights);
        let bias: Vec<u8> = (0..outputs)
            .flat_map(|_| random.scale(0.1, 10.0).to_le_bytes())
            .collect();
        let bias = constant("bias", DataType::Float32, &[outputs], &bias);
        parts.tensors[weights.0].blocks = Some(Blockwise {
            scales,
            zero_points: None,
            size: block,
            shape: Vec::new(),
        });
        let fed = |name: &str, shape: [usize; 2]| Tensor::new(name, DataType::Float32, shape);
        let input = parts.tensor(fed("input", [rows, depth]));
        let output = parts.tensor(fed("output", [rows, outputs]));
        parts.inputs.push(input);
        parts.outputs.push(output);
        let op = Op::FullyConnected(FullyConnected {
            activation: Activation::Relu,
            weights_format: 0,
            keep_num_dims: false,
            asymmetric_quantize_inputs: true,
            quantized_bias_type: 0,
        });
        let inputs: [Option<TensorId>; 3] = [Some(input), Some(weights), Some(bias)];
        parts.node(op, inputs, [output]);
        Arc::new(Model::from_graph(Graph::new(parts).unwrap()))
    }

    fn input(self, random: &mut Random) -> Value {
        let reals: Vec<f32> = (0..self.rows * self.depth)
            .map(|_| random.bits() as f32 / u32::MAX as f32 - 0.4)
            .collect();
        Value::from_slice([self.rows, self.depth], &reals).unwrap()
    }
}

fn session(model: &Arc<Model>, delegate: Arc<dyn Delegate>) -> Session {
    let session = Session::builder(model.clone()).delegate(delegate);
    session.build().unwrap()
}

#[test]
fn sums_are_those_of_the_reference() {
    let mut random = Random::new(47);
    for (rows, depth, outputs, block) in [
        (1, 32, 4, 32),
        (1, 320, 70, 32),
        (3, 64, 7, 64),
        (5, 80, 9, 40),
        (9, 24, 33, 8),
        (2, 1024, 3, 128),
    ] {
        let layer = Layer {
            rows,
            depth,
            outputs,
            block,
        };
        let model = layer.model(&mut random);
        let fed = [layer.input(&mut random)];
        let mut reference = session(&model, Arc::new(ReferenceDelegate::default()));
        let expected = reference.run(&fed).unwrap();
        let expected = expected[0].as_slice::<f32>().unwrap();
        let largest = expected.iter().copied().fold(0.0_f32, f32::max);
        assert!(largest > 0.0, "{layer:?}");
        for device in devices() {
            let outputs = session(&model, device.clone()).run(&fed).unwrap();
            let actual = outputs[0].as_slice::<f32>().unwrap();
            for (actual, expected) in actual.iter().zip(expected) {
                assert!(
                    (actual - expected).abs() <= TOLERANCE * largest,
                    "{layer:?}: {actual} {expected}"
                );
            }
        }
    }
}

#[test]
fn weights_take_the_bytes_of_the_file() {
    let layer = Layer {
        rows: 1,
        depth: 128,
        outputs: 8,
        block: 32,
    };
    let model = layer.model(&mut Random::new(48));
    for device in devices() {
        let counters = session(&model, device.clone()).counters()[0];
        let (weights, scales) = (128 * 8 / 2, 8 * 4 * 2);
        // Beside each bias lie three numbers more.
        let stage = 8 * 16;
        assert_eq!(counters.weight_bytes, weights + scales + stage);
        assert_eq!(counters.weight_padding_bytes, 8 * 12);
        assert_eq!(counters.expanded_float32_bytes, 0);
    }
}

/// Rows of a table of int4 numbers, in blocks of 16.
fn table() -> Arc<Model> {
    let mut parts = GraphParts::default();
    let mut tensor = |name: &str, dtype, shape: &[usize], bytes: Option<Vec<u8>>| {
        let mut tensor = Tensor::new(name, dtype, shape.to_vec());
        tensor.constant = bytes.as_deref().map(Constant::copied);
        parts.tensor(tensor)
    };
    let scales = (0..40).flat_map(|index| f16::from_f32(index as f32 * 0.1).to_le_bytes());
    let scales = tensor(
        "scales",
        DataType::Float16,
        &[10, 4],
        Some(scales.collect()),
    );
    let numbers = (0..320_u16).map(|index| (index * 37).to_le_bytes()[0]);
    let table = tensor("table", DataType::Int4, &[10, 64], Some(numbers.collect()));
    let rows = tensor("rows", DataType::Int32, &[3], None);
    let output = tensor("output", DataType::Float32, &[3, 64], None);
    parts.tensors[table.0].blocks = Some(Blockwise {
        scales,
        zero_points: None,
        size: 16,
        shape: Vec::new(),
    });
    parts.inputs.push(rows);
    parts.outputs.push(output);
    let op = Op::EmbeddingLookup(EmbeddingLookup);
    parts.node(op, [Some(rows), Some(table)], [output]);
    Arc::new(Model::from_graph(Graph::new(parts).unwrap()))
}

#[test]
fn tables_take_the_bytes_of_the_file() {
    let model = table();
    let fed = [Value::from_slice([3], &[9, 0, 4]).unwrap()];
    let reference = session(&model, Arc::new(ReferenceDelegate::default())).run(&fed);
    let expected = reference.unwrap();
    for device in devices() {
        let mut session = session(&model, device.clone());
        let counters = session.counters()[0];
        assert_eq!(counters.weight_bytes, 10 * 64 / 2 + 10 * 4 * 2);
        assert_eq!(counters.weight_padding_bytes, 0);
        let actual = session.run(&fed).unwrap();
        assert_eq!(actual[0].bytes(), expected[0].bytes());
    }
}

#[test]
fn more_weights_than_a_binding_are_split_by_output_channel() {
    let mut random = Random::new(49);
    let layer = Layer {
        rows: 2,
        depth: 256,
        outputs: 150,
        block: 32,
    };
    let (model, fed) = (layer.model(&mut random), [layer.input(&mut random)]);
    let run = |limit: Option<u64>| {
        let context = GpuContext::open(GpuOptions::default().max_binding_bytes(limit)).unwrap();
        let mut session = session(&model, Arc::new(GpuDelegate::new(context)));
        let dispatches = session.counters()[0].dispatches;
        (session.run(&fed).unwrap()[0].bytes().to_vec(), dispatches)
    };
    if devices().is_empty() {
        return;
    }
    let (whole, dispatches) = run(None);
    let (parts, more) = run(Some(256 * 72 / 2));
    assert_eq!(whole, parts);
    assert!(more > dispatches + 2, "{dispatches}, {more}");
}

#[test]
fn blocks_that_end_within_a_word_are_rejected() {
    let layer = Layer {
        rows: 1,
        depth: 24,
        outputs: 4,
        block: 12,
    };
    let model = layer.model(&mut Random::new(50));
    for device in devices() {
        let built = Session::builder(model.clone())
            .delegate(device.clone())
            .build();
        let Err(CompileError::NoDelegate { rejections, .. }) = built else {
            panic!("it was taken");
        };
        let reason = rejections[0].1.to_string();
        assert!(reason.contains("blocks of 12 weights"), "{reason}");
    }
}
