//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM in integers.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite_core::op::Activation;
use demilite_core::op::lstm::{Lstm, LstmKind};
use demilite_core::spec::obstacles_to_integer_only;
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Session, Tensor, TensorId, Value};
use demilite_optimizer::{Calibrator, Mode, OptimizeError, Quantizer, Recipe, Sample};

use crate::bytes::others;
use crate::every_form::{Keep, verdicts};
use crate::toy::{constant, ops, reference, tensor};

const STEPS: usize = 7;
const INPUTS: usize = 5;
const CELLS: usize = 6;
const PROJECTED: usize = 3;

/// The parts that a memory may have.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    is_step: bool,
    has_projection: bool,
    has_peepholes: bool,
    has_normalization: bool,
    lacks_input_gate: bool,
}

/// Numbers that follow from a seed, between the reach and its negative.
fn spread(count: usize, seed: usize, reach: f32) -> Vec<f32> {
    let unit = |element: usize| {
        let mixed = (1000 * seed + element + 1) as u64;
        let mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed >> 40) as f32 / 16_777_216.0
    };
    let reals = (0..count).map(unit);
    reals.map(|real| (2.0 * real - 1.0) * reach).collect()
}

/// One memory `y` behind the input `x`.
fn memory(has: Parts) -> Model {
    let mut parts = GraphParts::default();
    let outputs = if has.has_projection { PROJECTED } else { CELLS };
    let shape = |extent| match has.is_step {
        true => vec![1, extent],
        false => vec![1, STEPS, extent],
    };
    let mut inputs: Vec<Option<TensorId>> = vec![None; 24];
    let x = parts.tensor(Tensor::new("x", DataType::Float32, shape(INPUTS)));
    inputs[0] = Some(x);
    let mut put = |place: usize, shape: &[usize], reach: f32| {
        let reals = spread(shape.iter().product(), place, reach);
        inputs[place] = Some(parts.tensor(constant(&format!("input_{place}"), shape, &reals)));
    };
    for gate in usize::from(has.lacks_input_gate)..4 {
        put(1 + gate, &[CELLS, INPUTS], 0.8);
        put(5 + gate, &[CELLS, outputs], 0.6);
        put(12 + gate, &[CELLS], 0.5);
        if has.has_normalization {
            put(20 + gate, &[CELLS], 1.0);
        }
    }
    for place in (9..12).filter(|_| has.has_peepholes) {
        put(place, &[CELLS], 0.3);
    }
    if has.has_projection {
        put(16, &[PROJECTED, CELLS], 0.7);
        put(17, &[PROJECTED], 0.2);
    }
    for (place, extent) in [(Lstm::OUTPUT_STATE, outputs), (Lstm::CELL_STATE, CELLS)] {
        let mut state = Tensor::new(format!("state_{place}"), DataType::Float32, [1, extent]);
        state.is_variable = true;
        inputs[place] = Some(parts.tensor(state));
    }
    let y = parts.tensor(Tensor::new("y", DataType::Float32, shape(outputs)));
    let kind = match has.is_step {
        true => LstmKind::Step,
        false => LstmKind::Sequence {
            time_major: false,
            diagonal_recurrent_tensors: false,
        },
    };
    let op = Op::Lstm(Lstm {
        kind,
        activation: Activation::Tanh,
        cell_clip: 0.0,
        projection_clip: 0.0,
        asymmetric_quantize_inputs: false,
    });
    parts.node(op, inputs, [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

fn input(model: &Model, seed: usize) -> Value {
    let graph = &model.graphs()[0];
    let shape = graph.tensor(graph.inputs()[0]).shape.clone();
    let reals = spread(shape.elements(), seed, 1.0);
    Value::from_slice(shape, &reals).expect("a tensor")
}

fn quantized(model: &Model, mode: Mode) -> Result<Model, OptimizeError> {
    let samples = (100..200).map(|seed| Sample::ordered(vec![input(model, seed)]));
    let samples: Vec<Sample> = samples.collect();
    let mut recipe = Recipe::new(mode);
    recipe.calibrator = Some(Calibrator::MinMax);
    recipe.io = (mode == Mode::Int8).then_some(DataType::Float32);
    let quantizer = Quantizer::new(model.clone()).recipe(recipe);
    let mut calibrated = quantizer.delegates(reference()).calibrate(samples)?;
    Ok(calibrated.finish()?.model)
}

fn run(model: &Model, input: Value) -> Vec<f32> {
    let session = Session::builder(Arc::new(model.clone())).delegates(reference());
    let outputs = session.build().unwrap().run(&[input]).unwrap();
    outputs[0].as_slice::<f32>().unwrap().to_vec()
}

const KINDS: &[(&str, Parts)] = {
    const PLAIN: Parts = Parts {
        is_step: false,
        has_projection: false,
        has_peepholes: false,
        has_normalization: false,
        lacks_input_gate: false,
    };
    &[
        ("plain", PLAIN),
        (
            "step",
            Parts {
                is_step: true,
                ..PLAIN
            },
        ),
        (
            "projected",
            Parts {
                has_projection: true,
                ..PLAIN
            },
        ),
        (
            "peepholes",
            Parts {
                has_peepholes: true,
                ..PLAIN
            },
        ),
        (
            "coupled",
            Parts {
                lacks_input_gate: true,
                ..PLAIN
            },
        ),
    ]
};

#[test]
fn memories_become_integers() {
    for (name, has) in KINDS {
        let float = memory(*has);
        let integers = quantized(&float, Mode::Int8).unwrap();
        let operator = if has.is_step {
            "LSTM"
        } else {
            "UNIDIRECTIONAL_SEQUENCE_LSTM"
        };
        assert_eq!(ops(&integers), ["QUANTIZE", operator, "DEQUANTIZE"]);
        let graph = &integers.graphs()[0];
        assert_eq!(graph.nodes()[1].intermediates.len(), 5);
        let types = ["state_18", "state_19"].map(|name| tensor(&integers, name).1.dtype);
        assert_eq!(types, [DataType::Int8, DataType::Int16]);
        let (mut signal, mut noise) = (0.0, 0.0);
        for seed in 30..50 {
            let outputs = [&float, &integers].map(|model| run(model, input(model, seed)));
            for (expected, actual) in std::iter::zip(&outputs[0], &outputs[1]) {
                signal += expected * expected;
                noise += (expected - actual).powi(2);
            }
        }
        assert!(signal > 250.0 * noise, "{name}: {signal} {noise}");
    }
}

#[test]
fn memories_without_a_kernel_for_integers_are_refused_with_the_reason() {
    let normalized = memory(Parts {
        has_normalization: true,
        ..Parts::default()
    });
    for (mode, model, reason) in [
        (Mode::Int8Only, &normalized, "its gates are normalized"),
        (
            Mode::Int16x8Only,
            &memory(Parts::default()),
            "int16 activations",
        ),
    ] {
        let error = quantized(model, mode).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn litert_runs_memories_of_integers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("form_memories");
    let (floats, integers) = (folder.join("float"), folder.join("integer"));
    for folder in [&floats, &integers] {
        fs::create_dir_all(folder).unwrap();
    }
    for (name, has) in KINDS {
        let file = format!("{name}.tflite");
        let float = memory(*has);
        let model = quantized(&float, Mode::Int8Only).unwrap();
        assert!(obstacles_to_integer_only(&model.graphs()[0]).is_empty());
        float.save(floats.join(&file)).unwrap();
        model.save(integers.join(&file)).unwrap();
    }
    let Some(verdicts) = verdicts(&floats, &integers, Keep::Ends) else {
        return;
    };
    assert_eq!(verdicts.len(), KINDS.len());
    for (name, ratios) in verdicts {
        for ratio in ratios {
            let decibels: Result<f64, _> = ratio.parse();
            assert!(
                decibels.is_ok_and(|decibels| decibels > 25.0),
                "{name}: {ratio}"
            );
        }
        assert_eq!(others(&integers.join(format!("{name}.tflite"))), [""; 0]);
    }
}
