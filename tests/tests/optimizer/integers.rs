//! The rules of the integer forms.

use std::fs;
use std::path::Path;

use demilite_core::op::{Activation, Reshape};
use demilite_core::{DataType, Graph, GraphParts, Model, Op, Tensor, Value};
use demilite_optimizer::{
    Calibrator, Mode, OptimizeError, Quantizer, Recipe, Report, Rule, Sample,
};

use crate::bytes::others;
use crate::calls::add;
use crate::every_form::{Keep, verdicts};
use crate::toy::{
    EXTENT, calibrated, constant, fully_connected, layer, ops, pooled, reference, run, samples,
    tensor, two_layers, uneven_images, weights,
};

fn recipe(mode: Mode) -> Recipe {
    Recipe::new(mode)
}

#[test]
fn floats_stay_at_the_ends_unless_asked_otherwise() {
    let quantized = calibrated(two_layers(&weights()), recipe(Mode::Int8)).unwrap();
    let model = &quantized.model;
    assert_eq!(
        ops(model),
        [
            "QUANTIZE",
            "FULLY_CONNECTED",
            "FULLY_CONNECTED",
            "DEQUANTIZE"
        ]
    );
    assert_eq!(tensor(model, "x").1.dtype, DataType::Float32);
    let signature = model.signature("serve").unwrap();
    assert_eq!(signature.outputs[0].1, tensor(model, "second").0);
    assert_eq!(tensor(model, "second").1.dtype, DataType::Float32);
    assert_eq!(tensor(model, "weights").1.dtype, DataType::Int8);
}

#[test]
fn a_sum_made_coarser_takes_those_that_move_it_along() {
    let mut parts = GraphParts::default();
    let shape = [1, EXTENT];
    let [x, less, y, moved] = ["x", "less", "y", "moved"]
        .map(|name| parts.tensor(Tensor::new(name, DataType::Float32, shape)));
    parts.node(add(), [Some(x), Some(less)], [y]);
    let reshape = Op::Reshape(Reshape {
        new_shape: Some(shape.map(|extent| extent as i32).to_vec()),
    });
    parts.node(reshape, [Some(y)], [moved]);
    (parts.inputs, parts.outputs) = (vec![x, less], vec![moved]);
    let model = Model::from_graph(Graph::new(parts).unwrap());
    // Sums below a 2^19th of what is added are finer than kernels take.
    let sample = |index: usize| {
        let reals = (0..EXTENT).map(|element| ((index + element) % 9) as f32 - 4.0);
        let less = reals.clone().map(|real| real * (2e-7 - 1.0)).collect();
        let value = |reals: Vec<f32>| Value::from_slice(shape, &reals).unwrap();
        Sample::ordered(vec![value(reals.collect()), value(less)])
    };
    let quantizer = Quantizer::new(model).recipe(recipe(Mode::Int8Only));
    let samples: Vec<Sample> = (0..10).map(sample).collect();
    let mut calibrated = quantizer.delegates(reference()).calibrate(samples).unwrap();
    let model = calibrated.finish().unwrap().model;
    assert_eq!(ops(&model), ["ADD", "RESHAPE"]);
    let scale = |name| {
        tensor(&model, name)
            .1
            .quantization
            .clone()
            .unwrap()
            .scale_of(0)
    };
    assert_eq!(scale("moved"), scale("y"));
    assert!(scale("y") > 2.0 * scale("x") * (-20_f32).exp2());
}

#[test]
fn integers_reach_the_ends_where_there_is_nothing_else() {
    for (mode, io, expected, nodes) in [
        (Mode::Int8Only, None, DataType::Int8, 2),
        (Mode::Int8Only, Some(DataType::UInt8), DataType::UInt8, 4),
        (Mode::Int16x8Only, None, DataType::Int16, 2),
    ] {
        let mut recipe = recipe(mode);
        recipe.io = io;
        let model = calibrated(two_layers(&weights()), recipe).unwrap().model;
        assert_eq!(model.graphs()[0].nodes().len(), nodes, "{mode}");
        for name in ["x", "second"] {
            assert_eq!(tensor(&model, name).1.dtype, expected, "{mode} {name}");
        }
        let signature = model.signature("serve").unwrap();
        assert_eq!(signature.inputs[0].1, tensor(&model, "x").0);
        assert_eq!(signature.outputs[0].1, tensor(&model, "second").0);
    }
}

#[test]
fn uint8_is_int8_moved_by_128() {
    let mut recipe = recipe(Mode::Int8Only);
    let int8 = calibrated(two_layers(&weights()), recipe.clone())
        .unwrap()
        .model;
    recipe.io = Some(DataType::UInt8);
    let uint8 = calibrated(two_layers(&weights()), recipe).unwrap().model;
    for name in ["x", "second"] {
        let parameters = |model| {
            let (_, tensor) = tensor(model, name);
            tensor
                .quantization
                .as_ref()
                .unwrap()
                .as_per_tensor()
                .unwrap()
        };
        let (signed, unsigned) = (parameters(&int8), parameters(&uint8));
        assert_eq!(unsigned, (signed.0, signed.1 + 128), "{name}");
    }
}

#[test]
fn a_node_that_stays_float_has_one_step_before_it_and_one_behind() {
    let mut recipe = recipe(Mode::Int8);
    let keep = |name: &str| Rule::keep_float(name.parse().unwrap());
    recipe.rules.push(keep("first"));
    let quantized = calibrated(two_layers(&weights()), recipe.clone()).unwrap();
    let expected = [
        "FULLY_CONNECTED",
        "QUANTIZE",
        "FULLY_CONNECTED",
        "DEQUANTIZE",
    ];
    assert_eq!(ops(&quantized.model), expected);
    recipe.mode = Mode::Int8Only;
    recipe.rules.push(keep("second"));
    let error = calibrated(two_layers(&weights()), recipe).unwrap_err();
    let OptimizeError::NotInteger { nodes, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(nodes.len(), 2);
    assert!(error.to_string().contains("#1 FULLY_CONNECTED"), "{error}");
}

#[test]
fn a_channel_without_weights_keeps_its_bias() {
    let mut reals = weights()[..80].to_vec();
    reals[40..].fill(0.0);
    let model = layer(&reals, &[0.5, 0.076]);
    let quantized = calibrated(model, recipe(Mode::Int8)).unwrap();
    assert_eq!(quantized.report.repairs[0].dead_channels, 1);
    let outputs = run(&quantized.model, &[0.5; 40]);
    assert!((outputs[1] - 0.076).abs() < 0.02, "{outputs:?}");
}

#[test]
fn a_bias_that_does_not_fit_makes_its_weights_coarser() {
    let model = layer(&[1e-3, 2e-3, 0.5, -0.25], &[1e6, 0.0]);
    let quantized = calibrated(model, recipe(Mode::Int8)).unwrap();
    assert_eq!(quantized.report.repairs[0].overflowing_channels, 1);
    let outputs = run(&quantized.model, &[0.5, 0.5]);
    assert!((outputs[0] / 1e6 - 1.0).abs() < 0.01, "{outputs:?}");
}

#[test]
fn biases_make_up_for_the_rounding_of_weights() {
    // Each weight but the first lies just below the middle between two integers, so that all are rounded down.
    let mut reals = vec![1.49 / 127.0; 256];
    reals[0] = 1.0;
    let mean_error = |mode: Mode, correct_bias: bool| {
        let mut recipe = recipe(mode);
        recipe.correct_bias = correct_bias;
        recipe.round_together = false;
        recipe.min_elements = 0;
        recipe.calibrator = Some(Calibrator::MinMax);
        let float = layer(&reals, &[0.0]);
        let quantized = calibrated(float.clone(), recipe).unwrap().model;
        let sample = |index: usize| {
            let elements = 0..256;
            let reals =
                elements.map(|element| ((index * 17 + element * 5) as f32 * 0.618_034).fract());
            let input: Vec<f32> = reals.collect();
            run(&quantized, &input)[0] - run(&float, &input)[0]
        };
        (100..120).map(sample).sum::<f32>() / 20.0
    };
    for mode in [Mode::Dynamic, Mode::Int8, Mode::Int16x8] {
        let (without, with) = (mean_error(mode, false), mean_error(mode, true));
        assert!(without < -0.3, "{mode}: {without}");
        assert!(with.abs() < 0.05, "{mode}: {with}");
    }
}

#[test]
fn weights_that_are_rounded_together_lose_less() {
    // Each weight but the first is rounded down on its own.
    let mut reals = vec![1.3 / 127.0; 64];
    reals[0] = 1.0;
    // All elements of an input rise and fall together, with a little beside that.
    let input = |index: usize| -> Vec<f32> {
        let common = (index as f32 * 0.618_034).fract();
        let own = (0..64).map(|element| ((index * 64 + element) as f32 * 0.414_214).fract());
        own.map(|own| common + 0.05 * own).collect()
    };
    let sample = |index| Sample::ordered(vec![Value::from_slice([1, 64], &input(index)).unwrap()]);
    let error = |together: bool| {
        let mut recipe = recipe(Mode::Int16x8);
        recipe.round_together = together;
        recipe.calibrator = Some(Calibrator::MinMax);
        let float = layer(&reals, &[0.1]);
        let quantizer = Quantizer::new(float.clone())
            .recipe(recipe)
            .delegates(reference());
        let samples: Vec<Sample> = (0..40).map(sample).collect();
        let quantized = quantizer
            .calibrate(samples)
            .unwrap()
            .finish()
            .unwrap()
            .model;
        let squared = |index: usize| {
            let input = input(index);
            (run(&quantized, &input)[0] - run(&float, &input)[0]).powi(2)
        };
        (0..40).map(squared).sum::<f32>()
    };
    let (nearest, together) = (error(false), error(true));
    assert!(together < 0.25 * nearest, "{together} {nearest}");
}

/// Two layers with a RELU between them, whose channels differ by a factor of 1,000.
fn uneven() -> Model {
    let mut parts = GraphParts::default();
    let float = |name: &str, extent: usize| Tensor::new(name, DataType::Float32, [1, extent]);
    let [x, y] = ["x", "y"].map(|name| parts.tensor(float(name, 16)));
    let between = parts.tensor(float("between", 16));
    let reals = |by_row: bool| -> Vec<f32> {
        let elements = 0..256_usize;
        elements
            .map(|element| {
                let channel = if by_row { element / 16 } else { element % 16 };
                let factor = 1000_f32.powf(channel as f32 / 15.0);
                let factor = if by_row { factor } else { 1.0 / factor };
                (((element * 7) % 23) as f32 / 23.0 - 0.4) * factor
            })
            .collect()
    };
    let first = parts.tensor(constant("first", &[16, 16], &reals(true)));
    let second = parts.tensor(constant("second", &[16, 16], &reals(false)));
    let Op::FullyConnected(mut op) = fully_connected() else {
        unreachable!("it makes one");
    };
    op.activation = Activation::Relu;
    parts.node(Op::FullyConnected(op), [Some(x), Some(first)], [between]);
    parts.node(fully_connected(), [Some(between), Some(second)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).unwrap())
}

#[test]
fn one_scale_serves_all_channels_once_they_are_equal() {
    let error = |mode: Mode, equalize: bool| {
        let mut recipe = recipe(mode);
        (recipe.per_tensor, recipe.equalize) = (true, equalize);
        recipe.min_elements = 0;
        let quantized = calibrated(uneven(), recipe).unwrap();
        assert_eq!(quantized.report.equalized, usize::from(equalize));
        let weights = tensor(&quantized.model, "first")
            .1
            .quantization
            .clone()
            .unwrap();
        assert_eq!(weights.scale.len(), 1);
        let input: Vec<f32> = (0..16)
            .map(|element| (element as f32 * 0.618_034).fract())
            .collect();
        let (floats, integers) = (run(&uneven(), &input), run(&quantized.model, &input));
        let squares = std::iter::zip(floats, integers).map(|(one, other)| (one - other).powi(2));
        squares.sum::<f32>()
    };
    for mode in [Mode::Int8, Mode::Int16x8, Mode::Dynamic] {
        let (without, with) = (error(mode, false), error(mode, true));
        assert!(with < 0.05 * without, "{mode}: {with} {without}");
    }
}

#[test]
fn channels_that_share_a_scale_are_brought_to_like_magnitudes_where_that_helps() {
    let made = |model: Model, equalize: bool| {
        let mut recipe = recipe(Mode::Int8);
        recipe.equalize = equalize;
        calibrated(model, recipe).unwrap().report
    };
    for model in [uneven(), uneven_images()] {
        let (without, with) = (made(model.clone(), false), made(model, true));
        assert_eq!((without.equalized, with.equalized), (0, 1));
        let sqnr = |report: &Report| report.calibration.as_ref().unwrap().sqnr.unwrap();
        let (without, with) = (sqnr(&without), sqnr(&with));
        assert!(with > without + 6.0, "{with} {without}");
    }
}

#[test]
fn one_scale_serves_channels_that_a_relu6_does_not_cut_off() {
    let made = |equalize: bool| {
        let mut recipe = recipe(Mode::Int8);
        (recipe.per_tensor, recipe.equalize) = (true, equalize);
        calibrated(uneven_images(), recipe).unwrap().report
    };
    let (without, with) = (made(false), made(true));
    assert_eq!((without.equalized, with.equalized), (0, 1));
    let sqnr = |report: &Report| report.calibration.as_ref().unwrap().sqnr.unwrap();
    let (without, with) = (sqnr(&without), sqnr(&with));
    assert!(with > without + 6.0, "{with} {without}");
}

#[test]
fn weights_that_are_computed_are_integers_with_zero_point_0() {
    let mut parts = GraphParts::default();
    let float = |name: &str, shape: &[usize]| Tensor::new(name, DataType::Float32, shape.to_vec());
    let x = parts.tensor(float("x", &[4, 4]));
    let computed = parts.tensor(float("computed", &[4, 4]));
    let y = parts.tensor(float("y", &[4, 4]));
    let matrix: Vec<f32> = (0..16).map(|index| (index * 5 % 16) as f32 / 8.0).collect();
    let matrix = parts.tensor(constant("matrix", &[4, 4], &matrix));
    let bias = parts.tensor(constant("bias", &[4], &[0.5, -1.0, 2.0, 0.0]));
    parts.node(fully_connected(), [Some(x), Some(matrix)], [computed]);
    parts.node(
        fully_connected(),
        [Some(x), Some(computed), Some(bias)],
        [y],
    );
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    let float = Model::from_graph(Graph::new(parts).unwrap());
    let made = calibrated(float.clone(), recipe(Mode::Int8Only)).unwrap();
    let graph = &made.model.graphs()[0];
    let last = graph.nodes().last().unwrap();
    let weights = graph.tensor(last.inputs[1].unwrap());
    assert_eq!(weights.dtype, DataType::Int8);
    assert_eq!(weights.quantization.as_ref().unwrap().zero_point, [0]);
    let sqnr = made.report.calibration.unwrap().sqnr.unwrap();
    assert!(sqnr > 30.0, "{sqnr}");
    let error = calibrated(float.clone(), recipe(Mode::Int16x8Only)).unwrap_err();
    assert!(error.to_string().contains("is computed"), "{error}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("computed_weights");
    let [floats, integers] = ["floats", "integers"].map(|name| folder.join(name));
    for (folder, model) in [(&floats, &float), (&integers, &made.model)] {
        fs::create_dir_all(folder).unwrap();
        model.save(folder.join("computed.tflite")).unwrap();
    }
    let Some(verdicts) = verdicts(&floats, &integers, Keep::Ends) else {
        return;
    };
    assert_eq!(others(&integers.join("computed.tflite")), [""; 0]);
    // Drawn inputs reach beyond the samples, so that the ratio tells no more than that LiteRT takes the model.
    for ratio in &verdicts["computed"] {
        assert!(ratio.parse::<f64>().is_ok(), "{ratio}");
    }
}

#[test]
fn an_average_over_a_whole_image_has_a_scale_of_its_own() {
    let model = calibrated(pooled(), recipe(Mode::Int8)).unwrap().model;
    assert_eq!(ops(&model), ["QUANTIZE", "MEAN", "DEQUANTIZE"]);
    let graph = &model.graphs()[0];
    let scale = |name: &str| {
        let (_, tensor) = tensor(&model, name);
        tensor.quantization.as_ref().unwrap().scale_of(0)
    };
    assert!(scale("y_int8") < 0.7 * scale("x_int8"));
    assert_eq!(graph.tensor(graph.outputs()[0]).name, "y");
}

#[test]
fn integer_activations_need_samples_and_somebody_to_run_them() {
    let quantizer = || Quantizer::new(two_layers(&weights())).mode(Mode::Int8);
    let error = quantizer().finish().unwrap_err();
    assert!(matches!(error, OptimizeError::NoSamples { .. }), "{error}");
    let error = quantizer()
        .delegates(reference())
        .calibrate(Vec::new())
        .unwrap_err();
    assert!(matches!(error, OptimizeError::NoSamples { .. }), "{error}");
    let some = samples(&two_layers(&weights()), 1);
    let error = quantizer().calibrate(some).unwrap_err();
    assert!(matches!(error, OptimizeError::NoDelegates), "{error}");
}

#[test]
fn samples_of_other_names_and_shapes_are_refused() {
    let quantizer = || {
        Quantizer::new(two_layers(&weights()))
            .mode(Mode::Int8)
            .delegates(reference())
    };
    let value = || Value::from_slice([1, 40], &[0.5_f32; 40]).unwrap();
    let wrong = Sample::named([("input".to_owned(), value())]);
    let error = quantizer().calibrate(vec![wrong]).unwrap_err().to_string();
    assert_eq!(error, "no input is called \"input\"; inputs are \"in\"");
    let by_signature = Sample::named([("in".to_owned(), value())]).for_signature("serve");
    assert!(quantizer().calibrate(vec![by_signature]).is_ok());
    let short = Sample::ordered(vec![Value::from_slice([1, 4], &[0.5_f32; 4]).unwrap()]);
    let error = quantizer().calibrate(vec![short]).unwrap_err();
    assert!(matches!(error, OptimizeError::Run(_)), "{error}");
}

#[test]
fn samples_that_say_nothing_are_warned_of() {
    let quantizer = || {
        Quantizer::new(two_layers(&weights()))
            .mode(Mode::Int8)
            .delegates(reference())
    };
    let value = |real: f32| Sample::ordered(vec![Value::from_slice([1, 40], &[real; 40]).unwrap()]);
    let warnings = |samples: Vec<Sample>| {
        let mut calibrated = quantizer().calibrate(samples).unwrap();
        calibrated.finish().unwrap().report.warnings.join("; ")
    };
    let alike = warnings(vec![value(0.5), value(0.5)]);
    assert!(alike.contains("all 2 samples are the same"), "{alike}");
    let mut outlier: Vec<Sample> = (0..4).map(|index| value(0.1 * index as f32)).collect();
    outlier.push(value(100.0));
    let outlier = warnings(outlier);
    assert!(
        outlier.contains("one sample alone reaches 100"),
        "{outlier}"
    );
    let mut nan = samples(&two_layers(&weights()), 3);
    nan.push(value(f32::NAN));
    let nan = warnings(nan);
    assert!(nan.contains("40 values are NaN or infinite"), "{nan}");
}
