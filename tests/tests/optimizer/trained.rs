//! Models that were trained for quantization.

use std::path::PathBuf;

use demilite_core::op::{Dequantize, FakeQuant, Quantize};
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Quantization, Tensor, TensorId};
use demilite_needs::Need;
use demilite_optimizer::{Mode, OptimizeError, Quantized, Quantizer, Recipe};

use crate::place;
use crate::toy::{constant, fully_connected, ops, reference, run, samples, tensor};

/// Folders beside the repository have what TensorFlow makes of a trained model, before and after.
fn form(name: &str) -> Option<Model> {
    let folder: PathBuf = place::models().join("../qat_forms");
    let path = folder.join(format!("{name}.tflite"));
    if !path.exists() {
        demilite_needs::skip(Need::Models, format!("{} is not there", path.display()));
        return None;
    }
    Some(Model::open(path).unwrap())
}

fn without_samples(model: Model, mode: Mode) -> Result<Quantized, OptimizeError> {
    Quantizer::new(model).recipe(Recipe::new(mode)).finish()
}

#[test]
fn pairs_become_what_tensorflow_makes_of_them() {
    for weights in ["per_channel", "per_tensor"] {
        for (mode, io) in [(Mode::Int8, "float_io"), (Mode::Int8Only, "io")] {
            let (Some(trained), Some(expected)) = (
                form(&format!("conv_{weights}_qdq_float")),
                form(&format!("conv_{weights}_int8_{io}")),
            ) else {
                return;
            };
            let quantized = without_samples(trained, mode).unwrap();
            assert!(quantized.report.kept.is_empty(), "{:?}", quantized.report);
            let model = quantized.model;
            assert_eq!(ops(&model), ops(&expected), "{weights} {mode}");
            let layer = |model: &Model| -> Vec<Tensor> {
                let graph = &model.graphs()[0];
                let mut nodes = graph.nodes().iter();
                let node = nodes.find(|node| node.op.name() == "CONV_2D").unwrap();
                let ids = node.inputs.iter().flatten().chain(&node.outputs);
                ids.map(|&id| graph.tensor(id).clone()).collect()
            };
            for (own, theirs) in std::iter::zip(layer(&model), layer(&expected)) {
                let what = format!("{weights} {mode} {:?}", own.name);
                assert_eq!(own.dtype, theirs.dtype, "{what}");
                let (own_scales, their_scales) =
                    (own.quantization.unwrap(), theirs.quantization.unwrap());
                // TensorFlow multiplies the scales of a bias in double precision.
                let pairs = std::iter::zip(&own_scales.scale, &their_scales.scale);
                let mut pairs = pairs.map(|(own, theirs)| (own / theirs - 1.0).abs());
                assert_eq!(own_scales.scale.len(), their_scales.scale.len(), "{what}");
                assert!(pairs.all(|off| off < 3e-7), "{what}: {own_scales:?}");
                assert_eq!(own_scales.zero_point, their_scales.zero_point, "{what}");
                let bytes = |constant: Option<demilite_core::Constant>| {
                    constant.map(|constant| constant.bytes().to_vec())
                };
                assert_eq!(bytes(own.constant), bytes(theirs.constant), "{what}");
            }
        }
    }
}

/// A layer whose input, weights and output are rounded, by FAKE_QUANT or by pairs.
fn trained(by_pairs: bool) -> Model {
    let mut parts = GraphParts::default();
    let float = |name: &str, extent: usize| Tensor::new(name, DataType::Float32, [1, extent]);
    let x = parts.tensor(float("x", 8));
    let reals: Vec<f32> = (0..16)
        .map(|index| (index % 7) as f32 / 7.0 - 0.4)
        .collect();
    let weights = parts.tensor(constant("weights", &[2, 8], &reals));
    let rounded_x = round(&mut parts, x, (-0.2, 1.1), false, by_pairs);
    let rounded_weights = round(&mut parts, weights, (-0.5, 0.5), true, by_pairs);
    let sums = parts.tensor(float("sums", 2));
    let inputs = [Some(rounded_x), Some(rounded_weights)];
    parts.node(fully_connected(), inputs, [sums]);
    let y = round(&mut parts, sums, (-2.0, 2.0), false, by_pairs);
    parts.tensors[y.0].name = "y".to_owned();
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).unwrap())
}

fn round(
    parts: &mut GraphParts,
    id: TensorId,
    (min, max): (f32, f32),
    narrow_range: bool,
    by_pairs: bool,
) -> TensorId {
    let tensor = Tensor {
        constant: None,
        ..parts.tensors[id.0].clone()
    };
    let rounded = parts.tensor(tensor.clone());
    if !by_pairs {
        let op = Op::FakeQuant(FakeQuant {
            min,
            max,
            num_bits: 8,
            narrow_range,
        });
        parts.node(op, [Some(id)], [rounded]);
        return rounded;
    }
    let least = i32::from(narrow_range);
    let scale = (max - min) / (255 - least) as f32;
    let zero_point = (least as f32 - min / scale).round() as i32;
    let integers = Tensor {
        dtype: DataType::UInt8,
        ..tensor
    };
    let integers = integers.quantized(Quantization::per_tensor(scale, zero_point));
    let integers = parts.tensor(integers);
    parts.node(Op::Quantize(Quantize), [Some(id)], [integers]);
    parts.node(Op::Dequantize(Dequantize), [Some(integers)], [rounded]);
    rounded
}

#[test]
fn training_stands_for_samples() {
    let (by_nodes, by_pairs) = (trained(false), trained(true));
    for mode in [Mode::Int8, Mode::Int8Only, Mode::Int16x8] {
        let one = without_samples(by_nodes.clone(), mode).unwrap().model;
        let other = without_samples(by_pairs.clone(), mode).unwrap().model;
        assert_eq!(one.to_bytes().unwrap(), other.to_bytes().unwrap(), "{mode}");
    }
    let quantized = without_samples(by_nodes.clone(), Mode::Int8).unwrap();
    let expected = ["QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"];
    assert_eq!(ops(&quantized.model), expected);
    // The integers compute what the floats simulate, but for one step where a sum lies in the middle.
    let step = 4.0 / 255.0;
    for index in 0..50 {
        let input = (0..8).map(|place| ((index * 8 + place) as f32 * 0.618_034).fract() - 0.1);
        let input: Vec<f32> = input.collect();
        let (floats, integers) = (run(&by_pairs, &input), run(&quantized.model, &input));
        for (float, integer) in std::iter::zip(floats, integers) {
            assert!((float - integer).abs() < 1.01 * step, "{float} {integer}");
        }
    }
}

#[test]
fn samples_show_what_training_left_out() {
    let mut parts = trained(true).graphs()[0].as_ref().clone().into_parts();
    let y = parts.outputs[0];
    let z = parts.tensor(Tensor::new("z", DataType::Float32, [1, 2]));
    let weights = parts.tensor(constant("last", &[2, 2], &[0.5, -0.25, 0.125, 1.0]));
    parts.node(fully_connected(), [Some(y), Some(weights)], [z]);
    parts.outputs = vec![z];
    let model = Model::from_graph(Graph::new(parts).unwrap());
    let quantized = without_samples(model.clone(), Mode::Int8).unwrap();
    let reason = &quantized.report.kept[0].reason;
    assert!(
        reason.contains("training found no range") && reason.contains("\"z\""),
        "{reason}"
    );
    let error = without_samples(model.clone(), Mode::Int8Only).unwrap_err();
    assert!(matches!(error, OptimizeError::NotInteger { .. }), "{error}");
    let quantizer = Quantizer::new(model.clone())
        .recipe(Recipe::new(Mode::Int8Only))
        .delegates(reference());
    let mut calibrated = quantizer.calibrate(samples(&trained(true), 10)).unwrap();
    let integers = calibrated.finish().unwrap().model;
    let scale = tensor(&integers, "x")
        .1
        .quantization
        .as_ref()
        .unwrap()
        .scale_of(0);
    assert_eq!(scale, (1.1 + 0.2) / 255.0);
}

#[test]
fn an_op_with_int16_has_the_trained_ranges() {
    let quantizer = Quantizer::new(trained(false)).mode(Mode::Int8);
    let wide = quantizer.int16("FULLY_CONNECTED".parse().unwrap());
    let model = wide.finish().unwrap().model;
    assert_eq!(ops(&model), ["QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"]);
    let scale = |name: &str| {
        let (_, tensor) = tensor(&model, name);
        assert_eq!(tensor.dtype, DataType::Int16, "{name}");
        tensor.quantization.as_ref().unwrap().scale_of(0)
    };
    for (name, reach) in [("x_int16", 1.1), ("y_int16", 2.0)] {
        let steps = reach / scale(name);
        assert!((steps - 32767.0).abs() < 200.0, "{name}: {steps}");
    }
}

#[test]
fn other_forms_leave_the_rounding_out() {
    let mut recipe = Recipe::new(Mode::Dynamic);
    recipe.min_elements = 0;
    let dynamic = Quantizer::new(trained(true))
        .recipe(recipe)
        .finish()
        .unwrap();
    assert_eq!(ops(&dynamic.model), ["FULLY_CONNECTED"]);
    let input = [0.25_f32; 8];
    let (before, after) = (run(&trained(true), &input), run(&dynamic.model, &input));
    assert!((before[0] - after[0]).abs() < 0.05, "{before:?} {after:?}");
}
