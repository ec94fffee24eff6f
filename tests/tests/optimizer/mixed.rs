//! int8 models some of whose ops have int16 activations.

use std::fs;
use std::path::{Path, PathBuf};

use demilite_core::op::{Activation, Add, Concatenation, HardSwish, Reshape};
use demilite_core::spec::breaches;
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Tensor};
use demilite_optimizer::{Calibrator, Mode, OptimizeError, Quantized, Quantizer, Recipe, Rule};

use crate::bytes::others;
use crate::every_form::{Keep, float_models, form, verdicts};
use crate::fallback::differing;
use crate::place;
use crate::toy::{
    calibrated, constant, fully_connected, ops, reference, run, samples, shapes, tensor,
    two_layers, weights,
};

/// LiteRT's reference kernel reads int16 as bytes here.
const WITHOUT_KERNEL: &str = "op_aieq_single_sum";

/// Bytes of the largest float model that is made here.
const LARGEST: u64 = 1 << 20;

/// The ratio in decibels below which a model is wrong, not coarse.
const LEAST: f64 = 12.0;

/// A recipe in which these nodes have int16 activations.
fn wide(mode: Mode, patterns: &[&str]) -> Recipe {
    let mut recipe = Recipe::new(mode);
    let patterns = patterns.iter().map(|pattern| pattern.parse().unwrap());
    recipe.rules.extend(patterns.map(Rule::int16));
    recipe
}

/// Two layers, of which these have int16 activations.
fn layers(mode: Mode, patterns: &[&str]) -> Quantized {
    calibrated(two_layers(&weights()), wide(mode, patterns)).unwrap()
}

/// The types of what the nodes of a model write, in their order.
fn written(model: &Model) -> Vec<DataType> {
    let graph = &model.graphs()[0];
    let outputs = graph.nodes().iter().map(|node| node.outputs[0]);
    outputs.map(|id| graph.tensor(id).dtype).collect()
}

#[test]
fn int8_and_int16_meet_in_a_quantize() {
    use DataType::{Float32, Int8, Int16};
    const LAYER: &str = "FULLY_CONNECTED";
    for (patterns, expected, types) in [
        (
            &["first"][..],
            &["QUANTIZE", LAYER, "QUANTIZE", LAYER, "DEQUANTIZE"][..],
            &[Int16, Int16, Int8, Int8, Float32][..],
        ),
        (
            &["second"],
            &["QUANTIZE", LAYER, "QUANTIZE", LAYER, "DEQUANTIZE"],
            &[Int8, Int8, Int16, Int16, Float32],
        ),
        (
            &["#0", "second"],
            &["QUANTIZE", LAYER, LAYER, "DEQUANTIZE"],
            &[Int16, Int16, Int16, Float32],
        ),
    ] {
        let quantized = layers(Mode::Int8, patterns);
        let model = &quantized.model;
        assert_eq!(ops(model), expected, "{patterns:?}");
        assert_eq!(written(model), types, "{patterns:?}");
        assert_eq!(quantized.report.int16_nodes, patterns.len());
        assert_eq!(quantized.report.integer_nodes, 2);
        assert_eq!(breaches(&model.graphs()[0]), []);
    }
    let words = layers(Mode::Int8, &["first"]).report.to_string();
    assert!(
        words.contains("integer: 2 nodes, 1 of them with int16 activations"),
        "{words}"
    );
}

#[test]
fn int16_is_symmetric_with_a_wide_bias_and_the_same_weights() {
    let mixed = layers(Mode::Int8, &["second"]).model;
    let graph = &mixed.graphs()[0];
    let of = |node: usize, input: usize| {
        let id = graph.nodes()[node].inputs[input].unwrap();
        graph.tensor(id)
    };
    let parameters = |tensor: &Tensor| {
        let quantization = tensor.quantization.as_ref().unwrap();
        quantization.as_per_tensor().unwrap()
    };
    let (narrow, wide) = (of(2, 0), of(3, 0));
    assert_eq!(parameters(wide).1, 0);
    assert!(parameters(wide).0 < parameters(narrow).0 / 64.0);
    assert_eq!(of(1, 1).dtype, DataType::Int8);
    assert_eq!(of(3, 1).dtype, DataType::Int8);
    assert_eq!(of(1, 2).dtype, DataType::Int32);
    assert_eq!(of(3, 2).dtype, DataType::Int64);
}

#[test]
fn ends_of_integers_have_the_type_of_the_op_there_unless_asked_otherwise() {
    let ends = |recipe: Recipe| {
        let model = calibrated(two_layers(&weights()), recipe).unwrap().model;
        let types = ["x", "second"].map(|name| tensor(&model, name).1.dtype);
        (types, ops(&model).len())
    };
    use DataType::{Int8, Int16, UInt8};
    let mut recipe = wide(Mode::Int8Only, &["second"]);
    assert_eq!(ends(recipe.clone()), ([Int8, Int16], 3));
    for (io, nodes) in [(Int8, 4), (Int16, 4), (UInt8, 6)] {
        recipe.io = Some(io);
        assert_eq!(ends(recipe.clone()), ([io, io], nodes), "{io}");
    }
}

#[test]
fn outputs_of_another_width_hold_what_the_op_gives() {
    let input: Vec<f32> = (0..40)
        .map(|element| (element as f32 * 0.377).fract())
        .collect();
    let expected = run(&two_layers(&weights()), &input);
    let greatest = expected
        .iter()
        .fold(0.0_f32, |all, real| all.max(real.abs()));
    for (mode, io) in [
        (Mode::Int16x8Only, DataType::Int8),
        (Mode::Int8Only, DataType::Int16),
    ] {
        let mut recipe = Recipe::new(mode);
        recipe.io = Some(io);
        let model = calibrated(two_layers(&weights()), recipe).unwrap().model;
        let (_, end) = tensor(&model, "second");
        let quantization = end.quantization.as_ref().unwrap();
        let (least, most) = io.quantized_range().unwrap();
        let reach = [least, most].map(|step| quantization.dequantize(step.into(), 0).abs());
        assert!(reach[0].max(reach[1]) > 0.5 * greatest, "{mode}: {reach:?}");
    }
}

#[test]
fn int16_everywhere_is_the_int16_form() {
    let bytes = |mut recipe: Recipe| {
        recipe.calibrator = Some(Calibrator::MinMax);
        let quantized = calibrated(shapes(), recipe).unwrap();
        quantized.model.to_bytes().unwrap()
    };
    let mixed = bytes(wide(Mode::Int8Only, &["*"]));
    assert!(mixed == bytes(Recipe::new(Mode::Int16x8Only)));
}

/// A layer whose output is reshaped, added to and put beside the reshaped one.
fn moved_and_joined() -> Model {
    let mut parts = GraphParts::default();
    let float = |name: &str, shape: &[usize]| Tensor::new(name, DataType::Float32, shape.to_vec());
    let x = parts.tensor(float("x", &[1, 40]));
    let y = parts.tensor(float("y", &[1, 40]));
    let flat = parts.tensor(float("flat", &[40]));
    let shape = Tensor::new("shape", DataType::Int32, [1]);
    let shape = shape.with_constant(demilite_core::Constant::copied(&40_i32.to_le_bytes()));
    let shape = parts.tensor(shape);
    let sums = parts.tensor(float("sums", &[40]));
    let both = parts.tensor(float("both", &[80]));
    let matrix = parts.tensor(constant("weights", &[40, 40], &weights()));
    parts.node(fully_connected(), [Some(x), Some(matrix)], [y]);
    parts.node(
        Op::Reshape(Reshape { new_shape: None }),
        [Some(y), Some(shape)],
        [flat],
    );
    let add = Add {
        activation: Activation::None,
        pot_scale_int16: false,
    };
    parts.node(Op::Add(add), [Some(flat), Some(flat)], [sums]);
    let concatenation = Concatenation {
        axis: 0,
        activation: Activation::None,
    };
    parts.node(
        Op::Concatenation(concatenation),
        [Some(flat), Some(sums)],
        [both],
    );
    (parts.inputs, parts.outputs) = (vec![x], vec![both]);
    Model::from_graph(Graph::new(parts).unwrap())
}

#[test]
fn ops_that_keep_scales_keep_them_in_either_type() {
    let float = moved_and_joined();
    let input: Vec<f32> = (0..40)
        .map(|element| (element as f32 * 0.377).fract())
        .collect();
    let expected = run(&float, &input);
    let greatest = expected
        .iter()
        .fold(0.0_f32, |all, real| all.max(real.abs()));
    for patterns in [
        &["RESHAPE"][..],
        &["ADD"],
        &["CONCATENATION"],
        &["RESHAPE", "CONCATENATION"],
        &["FULLY_CONNECTED", "ADD"],
        &["FULLY_CONNECTED", "RESHAPE", "ADD"],
    ] {
        let model = calibrated(float.clone(), wide(Mode::Int8, patterns))
            .unwrap()
            .model;
        assert_eq!(breaches(&model.graphs()[0]), [], "{patterns:?}");
        for (expected, actual) in std::iter::zip(&expected, run(&model, &input)) {
            let error = (expected - actual).abs();
            assert!(error < 0.03 * greatest, "{patterns:?}: {expected} {actual}");
        }
    }
}

#[test]
fn floats_become_integers_of_both_types_without_a_step_between() {
    let mut recipe = wide(Mode::Int8, &["CONCATENATION"]);
    recipe
        .rules
        .push(Rule::keep_float("RESHAPE".parse().unwrap()));
    let model = calibrated(moved_and_joined(), recipe).unwrap().model;
    let graph = &model.graphs()[0];
    let (flat, _) = tensor(&model, "flat");
    let readers = graph.consumers(flat);
    let written: Vec<DataType> = readers
        .iter()
        .map(|&id| graph.tensor(graph.node(id).outputs[0]).dtype)
        .collect();
    assert_eq!(written, [DataType::Int8, DataType::Int16]);
}

/// An activation behind a layer, for which there is no kernel of int16.
fn with_hard_swish() -> Model {
    let mut parts = GraphParts::default();
    let float = |name: &str| Tensor::new(name, DataType::Float32, [1, 40]);
    let [x, y, z] = ["x", "y", "z"].map(|name| parts.tensor(float(name)));
    let matrix = parts.tensor(constant("weights", &[40, 40], &weights()));
    parts.node(fully_connected(), [Some(x), Some(matrix)], [y]);
    parts.node(Op::HardSwish(HardSwish), [Some(y)], [z]);
    (parts.inputs, parts.outputs) = (vec![x], vec![z]);
    Model::from_graph(Graph::new(parts).unwrap())
}

#[test]
fn nodes_without_such_a_form_are_named() {
    let error = calibrated(with_hard_swish(), wide(Mode::Int8, &["*"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 node is without a form with int16 activations, which a rule asks for: #1 HARD_SWISH \"z\": there is no kernel for int16 activations; \
         leave them out of the rule, or keep them float"
    );
    assert!(calibrated(with_hard_swish(), wide(Mode::Int8, &["y"])).is_ok());
}

#[test]
fn other_forms_know_no_such_rule() {
    for mode in [
        Mode::Float16,
        Mode::Dynamic,
        Mode::Int16x8,
        Mode::Int16x8Only,
    ] {
        let quantizer = Quantizer::new(two_layers(&weights()))
            .mode(mode)
            .int16("first".parse().unwrap());
        let error = quantizer.finish().unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "a rule has \"first\" take int16 activations, which {mode} does not know: `int8` and `int8-only` do, and `int16x8` has them \
                 everywhere"
            )
        );
    }
    // Another recipe for samples that were seen is held to the same.
    let model = two_layers(&weights());
    let seen = samples(&model, 5);
    let quantizer = Quantizer::new(model)
        .mode(Mode::Int8)
        .delegates(reference());
    let mut calibrated = quantizer
        .calibrate(seen)
        .unwrap()
        .recipe(wide(Mode::Int16x8, &["first"]));
    let error = calibrated.finish().unwrap_err();
    assert!(matches!(error, OptimizeError::Int16Rule { .. }), "{error}");
}

#[test]
fn keeping_float_goes_before_and_behind_by_the_order_of_rules() {
    let keep = Rule::keep_float("first".parse().unwrap());
    let mut recipe = wide(Mode::Int8, &["first"]);
    recipe.rules.push(keep.clone());
    let quantized = calibrated(two_layers(&weights()), recipe.clone()).unwrap();
    assert_eq!(
        (quantized.report.int16_nodes, quantized.report.kept.len()),
        (0, 1)
    );
    recipe.rules.reverse();
    let quantized = calibrated(two_layers(&weights()), recipe).unwrap();
    assert_eq!(
        (quantized.report.int16_nodes, quantized.report.kept.len()),
        (1, 0)
    );
}

#[test]
fn neighbours_with_int16_bring_outputs_nearer() {
    let sqnr = |recipe| {
        let report = calibrated(shapes(), recipe).unwrap().report;
        report.calibration.unwrap().sqnr.unwrap()
    };
    let int8 = sqnr(Recipe::new(Mode::Int8));
    let mixed = sqnr(wide(Mode::Int8, &["MEAN", "FULLY_CONNECTED", "SOFTMAX"]));
    let int16 = sqnr(Recipe::new(Mode::Int16x8));
    assert!(
        int8 + 1.0 < mixed && mixed < int16,
        "{int8} {mixed} {int16}"
    );
}

/// A model every other of whose nodes has int16 activations, of those that can; `None` where no node can, or the model has no int8 form.
fn every_other(model: &Model, path: &Path, mode: Mode) -> Option<Quantized> {
    let nodes = model.graphs()[0].nodes().len();
    let mut left: Vec<String> = (0..nodes)
        .step_by(2)
        .map(|node| format!("#{node}"))
        .collect();
    loop {
        let patterns: Vec<&str> = left.iter().map(String::as_str).collect();
        let before = left.len();
        match form(model.clone(), path, &wide(mode, &patterns)) {
            Ok(quantized) => return Some(quantized).filter(|_| before > 0),
            Err(OptimizeError::NoInt16 { nodes }) => {
                let is_named = |pattern: &String| {
                    let mut named = nodes.iter().map(|kept| format!("#{}", kept.node.node));
                    named.any(|name| name == *pattern)
                };
                left.retain(|pattern| !is_named(pattern));
                assert!(left.len() < before, "{}", path.display());
            }
            Err(_) => return None,
        }
    }
}

/// The bundled model, and those beside the repository that are not large.
fn small_models() -> Vec<PathBuf> {
    let bundled = place::repository().join("models/shapes/shapes_f32.tflite");
    let others = float_models().unwrap_or_default().into_iter();
    let is_small = |path: &PathBuf| {
        let has_kernel = path.file_stem().is_some_and(|stem| stem != WITHOUT_KERNEL);
        has_kernel && fs::metadata(path).is_ok_and(|file| file.len() <= LARGEST)
    };
    std::iter::once(bundled)
        .chain(others.filter(is_small))
        .collect()
}

#[test]
fn litert_gives_the_same_bytes_for_mixed_models() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("form_mixed");
    let (floats, integers, inner) = (
        folder.join("float"),
        folder.join("integer"),
        folder.join("inner"),
    );
    for folder in [&floats, &integers, &inner] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
    }
    let mut made = 0;
    for path in small_models() {
        let model = Model::open(&path).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let mut save = |mode: Mode, folder: &Path| {
            if let Some(quantized) = every_other(&model, &path, mode) {
                assert!(quantized.report.int16_nodes > 0, "{stem}");
                for graph in quantized.model.graphs() {
                    assert_eq!(breaches(graph), [], "{stem}");
                }
                quantized
                    .model
                    .save(folder.join(format!("{stem}.tflite")))
                    .unwrap();
                made += 1;
            }
        };
        save(Mode::Int8Only, &integers);
        save(Mode::Int8, &inner);
        let inputs = path.with_extension("npz");
        fs::copy(&path, floats.join(format!("{stem}.tflite"))).unwrap();
        if inputs.exists() {
            fs::copy(inputs, floats.join(format!("{stem}.npz"))).unwrap();
        }
    }
    assert!(made >= 2);
    let mut wrong = Vec::new();
    // Ends of integers: all delegates give LiteRT's outputs.
    let Some(of_integers) = verdicts(&floats, &integers, Keep::Ends) else {
        return;
    };
    for (stem, [reference, default]) in &of_integers {
        println!("int8-only\t{stem}\t{reference}\t{default}");
        let others = others(&integers.join(format!("{stem}.tflite"))).into_iter();
        wrong.extend(others.map(|words| format!("{stem}: {words}")));
        let is_right = reference.parse::<f64>().is_ok_and(|ratio| ratio >= LEAST);
        wrong.extend((!is_right).then(|| format!("{stem}: {reference}")));
    }
    // Ends of floats: each tensor of integers is LiteRT's.
    let of_inner = verdicts(&floats, &inner, Keep::Integers).expect("it was there before");
    for (stem, [reference, default]) in &of_inner {
        println!("int8\t{stem}\t{reference}\t{default}");
        let (count, differing) = differing(&inner.join(format!("{stem}.tflite")));
        if count == 0 || !differing.is_empty() {
            wrong.push(format!("{stem}: {differing:?} of {count}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
