//! Models for the tests, which are grouped by what they ask of the module.

mod damaged;
mod operators;
mod round_trip;

use super::sample::{Sample, Seed};
use super::*;

/// A model with all fields of all tables set, and every member of every union in it. Offsets to
/// bytes beyond the FlatBuffer are 1, which stands for none as the default 0 does.
fn sample_model() -> Model<'static> {
    let seed = &mut Seed::new();
    let mut model = Model::sample(seed, Model::default());
    let graph = &mut model.subgraphs.as_mut().expect("a sample has all fields")[0];
    let operators = graph.operators.as_mut().expect("a sample has all fields");
    for builtin_options in BuiltinOptions::samples(seed) {
        operators.push(Operator {
            builtin_options,
            ..Operator::sample(seed, Operator::default())
        });
    }
    for builtin_options_2 in BuiltinOptions2::samples(seed) {
        operators.push(Operator {
            builtin_options_2,
            ..Operator::default()
        });
    }
    let tensors = graph.tensors.as_mut().expect("a sample has all fields");
    for details in QuantizationDetails::samples(seed) {
        let quantization = Some(QuantizationParameters {
            details,
            ..Default::default()
        });
        tensors.push(Tensor {
            quantization,
            ..Default::default()
        });
    }
    for array_segments in SparseIndexVector::samples(seed) {
        let dimension = DimensionMetadata {
            array_segments,
            ..Default::default()
        };
        let dim_metadata = Some(vec![dimension]);
        let sparsity = Some(Box::new(SparsityParameters {
            dim_metadata,
            ..Default::default()
        }));
        tensors.push(Tensor {
            sparsity,
            ..Default::default()
        });
    }
    for buffer in model.buffers.iter_mut().flatten() {
        buffer.offset = 1;
    }
    for subgraph in model.subgraphs.iter_mut().flatten() {
        for operator in subgraph.operators.iter_mut().flatten() {
            operator.large_custom_options_offset = 1;
        }
    }
    model
}

/// A small model with a constant, cheap enough to be damaged in thousands of ways.
fn small_model() -> Model<'static> {
    let quantization = QuantizationParameters {
        scale: Some(vec![0.5]),
        zero_point: Some(vec![-3]),
        ..Default::default()
    };
    let tensor = |name: &str, buffer| Tensor {
        shape: Some(vec![1, 4]),
        name: Some(name.to_owned()),
        buffer,
        quantization: Some(quantization.clone()),
        ..Default::default()
    };
    let operator = Operator {
        inputs: Some(vec![0, 1]),
        outputs: Some(vec![2]),
        builtin_options: AddOptions {
            fused_activation_function: 1,
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    let subgraph = SubGraph {
        tensors: Some(vec![tensor("x", 0), tensor("bias", 1), tensor("y", 0)]),
        inputs: Some(vec![0]),
        outputs: Some(vec![2]),
        operators: Some(vec![operator]),
        ..Default::default()
    };
    Model {
        version: 3,
        operator_codes: Some(vec![OperatorCode::builtin(BuiltinOperator::Add, 2)]),
        subgraphs: Some(vec![subgraph]),
        buffers: Some(vec![
            Buffer::default(),
            Buffer {
                data: Some(&[1, 2, 3, 4]),
                ..Default::default()
            },
        ]),
        ..Default::default()
    }
}

fn written(model: &Model<'_>) -> Vec<u8> {
    write(model).expect("the model fits into a file")
}

fn operator<'m>(model: &'m mut Model<'_>) -> &'m mut Operator {
    let graph = &mut model.subgraphs.as_mut().expect("the model has a graph")[0];
    &mut graph.operators.as_mut().expect("the graph has operators")[0]
}
