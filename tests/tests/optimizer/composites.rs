//! CALL and STABLEHLO_COMPOSITE: graphs that run once for each node that names them.

use std::fs;
use std::path::Path;

use demilite_core::op::control_flow::Composite;
use demilite_core::op::relu::ReluKind;
use demilite_core::op::{ControlFlow, Relu};
use demilite_core::spec::{breaches, obstacles_to_integer_only};
use demilite_core::{DataType, GraphParts, Model, Op, Value};
use demilite_optimizer::{Mode, OptimizeError, Quantized, Quantizer, Recipe, Rule, Sample};

use crate::bytes::others;
use crate::calls::{EXTENT, add, float, graph, layer, run};
use crate::every_form::{Keep, verdicts};
use crate::toy::{ops, reference};

fn composite(decomposition: usize) -> Op {
    Op::ControlFlow(ControlFlow::Composite(Composite {
        name: "odml.gated_sum".to_owned(),
        decomposition,
        attributes: Vec::new(),
        version: 1,
    }))
}

fn call(graph: usize) -> Op {
    Op::ControlFlow(ControlFlow::Call { graph })
}

/// A layer, which `first` and `second` run one after the other, and then a composite of both of them.
fn model(first: Op, second: Op) -> Model {
    let mut parts = GraphParts::default();
    let [x, once, twice, y] = ["x", "once", "twice", "y"].map(|name| float(&mut parts, name));
    parts.node(first, [Some(x)], [once]);
    parts.node(second, [Some(once)], [twice]);
    parts.node(composite(2), [Some(once), Some(twice)], [y]);
    let main = graph(parts, vec![x], vec![y]);

    let mut parts = GraphParts::default();
    let x = float(&mut parts, "layer_x");
    let y = layer(&mut parts, x, "layer_y");
    let layer_graph = graph(parts, vec![x], vec![y]);

    let mut parts = GraphParts::default();
    let [left, right] = ["left", "right"].map(|name| float(&mut parts, name));
    let positive = float(&mut parts, "positive");
    let relu = Op::Relu(Relu {
        kind: ReluKind::Relu,
    });
    parts.node(relu, [Some(left)], [positive]);
    let sum = float(&mut parts, "sum");
    parts.node(add(), [Some(positive), Some(right)], [sum]);
    let sum_graph = graph(parts, vec![left, right], vec![sum]);
    Model::from_graphs(vec![main, layer_graph, sum_graph], Vec::new())
}

fn inputs(index: usize) -> Vec<Value> {
    let reals = (0..EXTENT).map(|element| ((index * 31 + element * 7) as f32 * 0.618_034).fract());
    let reals: Vec<f32> = reals.map(|real| 2.0 * real - 1.0).collect();
    vec![Value::from_slice([1, EXTENT], &reals).unwrap()]
}

fn quantized(model: Model, recipe: Recipe) -> Result<Quantized, OptimizeError> {
    let samples: Vec<Sample> = (0..20)
        .map(|index| Sample::ordered(inputs(index)))
        .collect();
    let quantizer = Quantizer::new(model).recipe(recipe).delegates(reference());
    quantizer.calibrate(samples)?.finish()
}

#[test]
fn a_graph_that_is_called_twice_is_of_integers_in_one_scale() {
    let float = || model(call(1), call(1));
    for mode in [Mode::Int8, Mode::Int16x8] {
        let mut recipe = Recipe::new(mode);
        recipe.io = Some(DataType::Float32);
        let quantized = quantized(float(), recipe).unwrap();
        assert!(quantized.report.kept.is_empty(), "{mode}");
        let integers = quantized.model;
        let mut names = ops(&integers);
        // Both calls hand over one scale, and the composite may have another.
        names.retain(|name| *name != "QUANTIZE");
        assert_eq!(
            names,
            ["CALL", "CALL", "STABLEHLO_COMPOSITE", "DEQUANTIZE"],
            "{mode}"
        );
        for called in &integers.graphs()[1..] {
            assert!(obstacles_to_integer_only(called).is_empty(), "{called:#?}");
            assert_eq!(breaches(called), []);
        }
        for index in 20..30 {
            let (expected, actual) = (
                run(&float(), &inputs(index)),
                run(&integers, &inputs(index)),
            );
            let greatest = expected
                .iter()
                .fold(0.0_f32, |all, real| all.max(real.abs()));
            for (expected, actual) in std::iter::zip(&expected, &actual) {
                let error = (expected - actual).abs();
                assert!(
                    error < 0.03 * greatest,
                    "{mode}: {expected} {actual} of {greatest}"
                );
            }
        }
    }
}

#[test]
fn a_graph_that_one_node_calls_with_floats_stays_float() {
    let mut recipe = Recipe::new(Mode::Int8);
    recipe.rules.push(Rule::keep_float("once".parse().unwrap()));
    let quantized = quantized(model(call(1), call(1)), recipe.clone()).unwrap();
    let kept: Vec<&str> = quantized
        .report
        .kept
        .iter()
        .map(|kept| &kept.reason[..])
        .collect();
    let shared = "a value that it passes has no range, or others pass floats to the same graph";
    assert_eq!(kept, ["asked for by \"once\"", shared]);
    let [_, layer, sum] = quantized.model.graphs() else {
        panic!("three graphs");
    };
    for (called, is_integer) in [(layer, false), (sum, true)] {
        let ends = called.inputs().iter().chain(called.outputs());
        let types = ends.map(|&id| called.tensor(id).dtype == DataType::Int8);
        assert!(types.into_iter().all(|is_int8| is_int8 == is_integer));
    }
    recipe.mode = Mode::Int8Only;
    let error = self::quantized(model(call(1), call(1)), recipe).unwrap_err();
    let OptimizeError::NotInteger { nodes, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(nodes.len(), 2);
}

#[test]
fn litert_runs_composites_of_integers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("form_composites");
    let (floats, integers) = (folder.join("float"), folder.join("integer"));
    for folder in [&floats, &integers] {
        fs::create_dir_all(folder).unwrap();
    }
    // LiteRT has no kernel for CALL.
    let float = || model(composite(1), composite(1));
    for (name, mode) in [("int8", Mode::Int8Only), ("int16x8", Mode::Int16x8Only)] {
        let file = format!("{name}.tflite");
        float().save(floats.join(&file)).unwrap();
        let quantized = quantized(float(), Recipe::new(mode)).unwrap();
        quantized.model.save(integers.join(&file)).unwrap();
    }
    let Some(verdicts) = verdicts(&floats, &integers, Keep::Ends) else {
        return;
    };
    assert_eq!(verdicts.len(), 2);
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
