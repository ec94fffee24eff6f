//! Graphs that call graphs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite_core::op::comparison::ComparisonKind;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{Activation, Add, Comparison, ControlFlow, Relu};
use demilite_core::spec::{breaches, obstacles_to_integer_only};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, Tensor, TensorId, Value,
};
use demilite_optimizer::{Mode, OptimizeError, Quantized, Quantizer, Recipe, Rule, Sample};

use crate::bytes::others;
use crate::every_form::{Keep, verdicts};
use crate::toy::{constant, fully_connected, ops, reference};

pub(super) const EXTENT: usize = 8;

pub(super) fn float(parts: &mut GraphParts, name: &str) -> TensorId {
    parts.tensor(Tensor::new(name, DataType::Float32, [1, EXTENT]))
}

fn scalar(parts: &mut GraphParts, name: &str, dtype: DataType) -> TensorId {
    parts.tensor(Tensor::new(name, dtype, [1]))
}

fn count(parts: &mut GraphParts, name: &str, value: i32) -> TensorId {
    let tensor = Tensor::new(name, DataType::Int32, [1]);
    parts.tensor(tensor.with_constant(Constant::copied(&value.to_le_bytes())))
}

pub(super) fn layer(parts: &mut GraphParts, from: TensorId, name: &str) -> TensorId {
    let reals: Vec<f32> = (0..EXTENT * EXTENT)
        .map(|element| ((element * 5) % 13) as f32 / 26.0 - 0.25)
        .collect();
    let weights = parts.tensor(constant(
        &format!("{name}_weights"),
        &[EXTENT, EXTENT],
        &reals,
    ));
    let to = float(parts, name);
    parts.node(fully_connected(), [Some(from), Some(weights)], [to]);
    to
}

pub(super) fn graph(mut parts: GraphParts, inputs: Vec<TensorId>, outputs: Vec<TensorId>) -> Graph {
    (parts.inputs, parts.outputs) = (inputs, outputs);
    Graph::new(parts).expect("a graph")
}

pub(crate) fn add() -> Op {
    Op::Add(Add {
        activation: Activation::None,
        pot_scale_int16: true,
    })
}

/// A choice between a layer and a constant, and then a loop of three rounds of a layer and a RELU.
fn model() -> Model {
    let mut parts = GraphParts::default();
    let flag = scalar(&mut parts, "flag", DataType::Bool);
    let x = float(&mut parts, "x");
    let chosen = float(&mut parts, "chosen");
    let op = Op::ControlFlow(ControlFlow::If {
        then_graph: 1,
        else_graph: 2,
    });
    parts.node(op, [Some(flag), Some(x)], [chosen]);
    let zero = count(&mut parts, "zero", 0);
    let rounds = scalar(&mut parts, "rounds", DataType::Int32);
    let y = float(&mut parts, "y");
    let op = Op::ControlFlow(ControlFlow::While {
        condition: 3,
        body: 4,
    });
    parts.node(op, [Some(zero), Some(chosen)], [rounds, y]);
    let main = graph(parts, vec![flag, x], vec![y]);

    let mut parts = GraphParts::default();
    let x = float(&mut parts, "then_x");
    let y = layer(&mut parts, x, "then_y");
    let then_graph = graph(parts, vec![x], vec![y]);

    let mut parts = GraphParts::default();
    let x = float(&mut parts, "else_x");
    let y = parts.tensor(constant("else_y", &[1, EXTENT], &[0.75; EXTENT]));
    let else_graph = graph(parts, vec![x], vec![y]);

    let mut parts = GraphParts::default();
    let index = scalar(&mut parts, "index", DataType::Int32);
    let value = float(&mut parts, "value");
    let three = count(&mut parts, "three", 3);
    let goes_on = scalar(&mut parts, "goes_on", DataType::Bool);
    let less = Op::Comparison(Comparison {
        kind: ComparisonKind::Less,
    });
    parts.node(less, [Some(index), Some(three)], [goes_on]);
    let condition = graph(parts, vec![index, value], vec![goes_on]);

    let mut parts = GraphParts::default();
    let index = scalar(&mut parts, "index", DataType::Int32);
    let value = float(&mut parts, "value");
    let one = count(&mut parts, "one", 1);
    let next = scalar(&mut parts, "next", DataType::Int32);
    parts.node(add(), [Some(index), Some(one)], [next]);
    let sums = layer(&mut parts, value, "sums");
    let more = float(&mut parts, "more");
    let relu = Op::Relu(Relu {
        kind: ReluKind::Relu,
    });
    parts.node(relu, [Some(sums)], [more]);
    let new = float(&mut parts, "new");
    parts.node(add(), [Some(more), Some(value)], [new]);
    let body = graph(parts, vec![index, value], vec![next, new]);
    Model::from_graphs(
        vec![main, then_graph, else_graph, condition, body],
        Vec::new(),
    )
}

fn inputs(index: usize) -> Vec<Value> {
    let flag = Value::from_bytes(DataType::Bool, [1], &[u8::from(index.is_multiple_of(2))]);
    let reals = (0..EXTENT).map(|element| ((index * 31 + element * 7) as f32 * 0.618_034).fract());
    let reals: Vec<f32> = reals.map(|real| 2.0 * real - 1.0).collect();
    let x = Value::from_slice([1, EXTENT], &reals);
    vec![flag.unwrap(), x.unwrap()]
}

fn quantized(recipe: Recipe) -> Result<Quantized, OptimizeError> {
    let samples: Vec<Sample> = (0..20)
        .map(|index| Sample::ordered(inputs(index)))
        .collect();
    let quantizer = Quantizer::new(model())
        .recipe(recipe)
        .delegates(reference());
    quantizer.calibrate(samples)?.finish()
}

pub(super) fn run(model: &Model, inputs: &[Value]) -> Vec<f32> {
    let session = Session::builder(Arc::new(model.clone())).delegates(reference());
    let outputs = session.build().unwrap().run(inputs).unwrap();
    outputs[0].as_slice::<f32>().unwrap().to_vec()
}

#[test]
fn integers_pass_between_graphs() {
    for mode in [Mode::Int8, Mode::Int16x8] {
        let mut recipe = Recipe::new(mode);
        recipe.io = Some(DataType::Float32);
        let quantized = quantized(recipe).unwrap();
        assert!(
            quantized.report.kept.is_empty(),
            "{:?}",
            quantized.report.kept
        );
        let integers = quantized.model;
        // The loop reaches further than the choice before it.
        assert_eq!(
            ops(&integers),
            ["QUANTIZE", "IF", "QUANTIZE", "WHILE", "DEQUANTIZE"]
        );
        for called in &integers.graphs()[1..] {
            assert!(obstacles_to_integer_only(called).is_empty(), "{called:#?}");
            assert_eq!(breaches(called), []);
        }
        let expected: Vec<Vec<f32>> = (20..30)
            .map(|index| run(&model(), &inputs(index)))
            .collect();
        let all = expected.iter().flatten();
        let greatest = all.fold(0.0_f32, |all, real| all.max(real.abs()));
        for (index, expected) in std::iter::zip(20.., &expected) {
            let actual = run(&integers, &inputs(index));
            for (expected, actual) in std::iter::zip(expected, actual) {
                let error = (expected - actual).abs();
                assert!(error < 0.02 * greatest, "{expected} {actual} of {greatest}");
            }
        }
    }
}

/// The recipe by which layers of all graphs have int16 activations.
fn with_wide_layers(mode: Mode) -> Recipe {
    let mut recipe = Recipe::new(mode);
    let layers = "FULLY_CONNECTED".parse().unwrap();
    recipe.rules.push(Rule::int16(layers));
    recipe
}

#[test]
fn what_passes_between_graphs_stays_int8_beside_int16() {
    let made = quantized(with_wide_layers(Mode::Int8Only)).unwrap();
    assert!(made.report.int16_nodes > 1);
    for called in &made.model.graphs()[1..] {
        assert_eq!(breaches(called), []);
        let ends = called.inputs().iter().chain(called.outputs());
        let mut types = ends.map(|&id| called.tensor(id).dtype);
        assert!(types.all(|dtype| dtype != DataType::Int16));
    }
    let mut recipe = Recipe::new(Mode::Int8);
    recipe.rules.push(Rule::int16("WHILE".parse().unwrap()));
    let error = quantized(recipe).unwrap_err().to_string();
    assert!(error.contains("WHILE") && error.contains("int8"), "{error}");
}

#[test]
fn a_model_of_calls_can_be_of_integers_alone() {
    for mode in [Mode::Int8Only, Mode::Int16x8Only] {
        let model = quantized(Recipe::new(mode)).unwrap().model;
        assert_eq!(ops(&model), ["IF", "QUANTIZE", "WHILE"]);
        let written = model.to_bytes().unwrap();
        let again = Model::from_bytes(&written, "written").unwrap();
        assert!(
            again
                .graphs()
                .iter()
                .all(|graph| obstacles_to_integer_only(graph).is_empty())
        );
    }
}

#[test]
fn a_call_that_stays_float_has_floats_at_both_ends() {
    let mut recipe = Recipe::new(Mode::Int8);
    recipe
        .rules
        .push(Rule::keep_float("WHILE".parse().unwrap()));
    let quantized = quantized(recipe).unwrap();
    assert_eq!(quantized.report.kept.len(), 1);
    let body = &quantized.model.graphs()[4];
    for id in body.inputs().iter().chain(body.outputs()) {
        assert_ne!(body.tensor(*id).dtype, DataType::Int8);
    }
    let names: Vec<&str> = body.nodes().iter().map(|node| node.op.name()).collect();
    assert!(
        names.contains(&"FULLY_CONNECTED") && names.contains(&"QUANTIZE"),
        "{names:?}"
    );
    let (expected, actual) = (
        run(&model(), &inputs(40)),
        run(&quantized.model, &inputs(40)),
    );
    assert!(
        (expected[0] - actual[0]).abs() < 0.1,
        "{expected:?} {actual:?}"
    );
}

#[test]
fn litert_runs_integers_that_pass_between_graphs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("form_calls");
    let (floats, integers) = (folder.join("float"), folder.join("integer"));
    for folder in [&floats, &integers] {
        fs::create_dir_all(folder).unwrap();
    }
    for (name, recipe) in [
        ("int8", Recipe::new(Mode::Int8Only)),
        ("int16x8", Recipe::new(Mode::Int16x8Only)),
        ("mixed", with_wide_layers(Mode::Int8Only)),
    ] {
        let file = format!("{name}.tflite");
        model().save(floats.join(&file)).unwrap();
        let quantized = quantized(recipe).unwrap();
        quantized.model.save(integers.join(&file)).unwrap();
    }
    let Some(verdicts) = verdicts(&floats, &integers, Keep::Ends) else {
        return;
    };
    for (name, ratios) in verdicts {
        assert_eq!(others(&integers.join(format!("{name}.tflite"))), [""; 0]);
        for ratio in ratios {
            let decibels: Result<f64, _> = ratio.parse();
            assert!(
                decibels.is_ok_and(|decibels| decibels > 25.0),
                "{name}: {ratio}"
            );
        }
    }
}
