//! Weights that become zero, and channels that are taken out.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite::npz::read_numbered;
use demilite_core::{DataType, Model, Session};
use demilite_needs::Need;
use demilite_optimizer::{
    Mode, Pruned, Pruner, PruningMethod, PruningScope, Quantizer, Recipe, Structure,
};

use crate::every_form::{Keep, verdicts};
use crate::place;
use crate::toy::{
    EXTENT, calibrated, layer, ops, pooled, reference, run, samples, shapes, tensor, two_layers,
    weights,
};

/// A model pruned with samples of its own.
fn pruned(model: Model, prepare: impl FnOnce(Pruner) -> Pruner) -> Pruned {
    let samples = samples(&model, 20);
    let pruner = Pruner::new(model).delegates(reference()).samples(samples);
    prepare(pruner).finish().unwrap()
}

/// The reals of a tensor by its name.
fn reals(model: &Model, name: &str) -> Vec<f32> {
    let constant = tensor(model, name).1.constant_view().unwrap();
    constant.as_slice::<f32>().unwrap().to_vec()
}

#[test]
fn the_smallest_weights_go_without_samples() {
    let model = layer(&[0.1, -0.4, 0.3, -0.2, 0.5, 0.6], &[0.0, 0.0]);
    let pruned = Pruner::new(model).sparsity(0.5).finish().unwrap();
    assert_eq!(
        reals(&pruned.model, "weights"),
        [0.0, -0.4, 0.0, 0.0, 0.5, 0.6]
    );
    let report = &pruned.report;
    assert_eq!(report.method, PruningMethod::Magnitude);
    assert_eq!((report.reached(), report.layers.len()), (0.5, 1));
    assert_eq!(
        (report.layers[0].zeros_before, report.layers[0].zeros),
        (0, 3)
    );
    assert!(
        report
            .to_string()
            .contains("50.0 % of 6 in #0 FULLY_CONNECTED \"y\""),
        "{report}"
    );
}

#[test]
fn each_layer_has_the_sparsity_or_all_together() {
    for scope in [PruningScope::Layer, PruningScope::Global] {
        for method in [PruningMethod::Magnitude, PruningMethod::SecondOrder] {
            let pruned = pruned(shapes(), |pruner| {
                pruner.sparsity(0.6).scope(scope).method(method)
            });
            let report = &pruned.report;
            assert!((report.reached() - 0.6).abs() < 0.01, "{report}");
            let share = |zeros: usize, elements: usize| zeros as f64 / elements as f64;
            let layers = report.layers.iter();
            let is_even = layers.clone().all(|layer| {
                (share(layer.zeros, layer.elements) - 0.6).abs()
                    < 0.5 / layer.elements as f64 + 0.01
            });
            assert_eq!(is_even, scope == PruningScope::Layer, "{report}");
        }
    }
}

#[test]
fn weights_that_stay_make_up_for_those_that_go() {
    let model = layer(&weights(), &[0.0; EXTENT]);
    let sqnr = |method| {
        let pruner = Pruner::new(model.clone()).method(method);
        let pruner = pruner.delegates(reference()).samples(samples(&model, 400));
        let comparison = pruner.finish().unwrap().report.comparison.unwrap();
        assert_eq!((comparison.samples, comparison.held_out), (320, 80));
        comparison.sqnr.unwrap()
    };
    let (magnitude, second_order) = (
        sqnr(PruningMethod::Magnitude),
        sqnr(PruningMethod::SecondOrder),
    );
    assert!(second_order > magnitude + 3.0, "{magnitude} {second_order}");
}

#[test]
fn a_bias_keeps_the_mean_of_what_is_lost() {
    // All inputs are positive, so that sums fall where weights go.
    let weights = [0.2; 8];
    let model = layer(&weights, &[1.0]);
    let mean = |model: &Model| {
        let inputs = samples(model, 20).into_iter();
        let sums = inputs.map(|sample| match sample.inputs {
            demilite_optimizer::SampleInputs::Ordered(values) => {
                run(model, values[0].as_slice().unwrap())[0]
            }
            demilite_optimizer::SampleInputs::Named(_) => unreachable!("they are in order"),
        });
        sums.sum::<f32>() / 20.0
    };
    let before = mean(&model);
    let difference = |correct_bias| {
        let pruned = pruned(model.clone(), |pruner| {
            pruner
                .method(PruningMethod::Magnitude)
                .correct_bias(correct_bias)
        });
        (mean(&pruned.model) - before).abs()
    };
    assert!(difference(true) < 0.05, "{}", difference(true));
    assert!(difference(false) > 0.2, "{}", difference(false));
}

#[test]
fn zeros_lie_where_the_structure_wants_them() {
    for method in [PruningMethod::Magnitude, PruningMethod::SecondOrder] {
        let with = |structure: &str| {
            let structure: Structure = structure.parse().unwrap();
            let model = layer(&weights(), &[0.0; EXTENT]);
            let pruned = pruned(model, |pruner| pruner.structure(structure).method(method));
            reals(&pruned.model, "weights")
        };
        let zeros = |weights: &[f32]| weights.iter().filter(|weight| **weight == 0.0).count();
        assert!(with("2:4").chunks(4).all(|group| zeros(group) == 2));
        assert!(with("3:8").chunks(8).all(|group| zeros(group) == 5));
        let blocks = with("block:1x4");
        assert!(blocks.chunks(4).all(|block| [0, 4].contains(&zeros(block))));
        assert_eq!(zeros(&blocks), EXTENT * EXTENT / 2);
        let blocks = with("block:2x1");
        let pairs = blocks.chunks(2 * EXTENT).flat_map(|rows| {
            (0..EXTENT).map(|column| zeros(&[rows[column], rows[column + EXTENT]]))
        });
        assert!(pairs.into_iter().all(|zeros| zeros != 1));
    }
}

#[test]
fn layers_that_are_kept_stay_as_they_are() {
    let model = shapes();
    let first = model.graphs()[0].node_ids().next().unwrap();
    let before = model.graphs()[0].clone();
    let name = |input: usize| {
        let id = before.node(first).inputs[input].unwrap();
        before.tensor(id).name.clone()
    };
    let pruned = pruned(model.clone(), |pruner| pruner.keep("#0".parse().unwrap()));
    for input in [1, 2] {
        assert_eq!(
            reals(&pruned.model, &name(input)),
            reals(&model, &name(input))
        );
    }
    let kept = pruned.report.kept.iter().map(|kept| kept.reason.as_str());
    assert!(
        kept.into_iter()
            .any(|reason| reason == "asked for by \"#0\"")
    );
}

#[test]
fn a_kept_layer_shares_its_weights_no_more() {
    let pruned = Pruner::new(two_layers(&weights())).keep("#0".parse().unwrap());
    let model = pruned.finish().unwrap().model;
    let graph = &model.graphs()[0];
    let zeros = |node: usize| {
        let id = graph.nodes()[node].inputs[1].unwrap();
        let constant = graph.tensor(id).constant_view().unwrap();
        let reals = constant.as_slice::<f32>().unwrap();
        reals.iter().filter(|weight| **weight == 0.0).count()
    };
    assert_eq!([zeros(0), zeros(1)], [0, EXTENT * EXTENT / 2]);
}

#[test]
fn pruning_again_keeps_the_zeros() {
    let once = pruned(shapes(), |pruner| pruner.sparsity(0.4)).model;
    let twice = pruned(once.clone(), |pruner| pruner.sparsity(0.6)).model;
    let (once, twice) = (&once.graphs()[0], &twice.graphs()[0]);
    for (before, after) in std::iter::zip(once.tensors(), twice.tensors()) {
        if let (Some(before), Some(after)) = (before.constant_view(), after.constant_view())
            && before.shape().rank() > 1
            && let (Ok(before), Ok(after)) = (before.as_slice::<f32>(), after.as_slice::<f32>())
        {
            let mut pairs = std::iter::zip(before, after);
            assert!(pairs.all(|(before, after)| *before != 0.0 || *after == 0.0));
        }
    }
}

#[test]
fn quantization_keeps_the_zeros() {
    let float = pruned(shapes(), |pruner| pruner).model;
    for mode in [Mode::Dynamic, Mode::Int8, Mode::Int16x8] {
        let quantized = calibrated(float.clone(), Recipe::new(mode)).unwrap().model;
        let mut layers = 0;
        for tensor in float.graphs()[0].tensors() {
            let integers = quantized.graphs()[0].tensors().iter();
            let mut integers = integers.filter(|other| other.name == tensor.name);
            let Some(integers) = integers.find(|other| other.dtype == DataType::Int8) else {
                continue;
            };
            let (Some(reals), Some(integers)) = (tensor.constant_view(), integers.constant_view())
            else {
                continue;
            };
            let reals = reals.as_slice::<f32>().unwrap();
            let mut pairs = std::iter::zip(reals, integers.as_slice::<i8>().unwrap());
            assert!(
                pairs.all(|(real, integer)| *real != 0.0 || *integer == 0),
                "{mode}"
            );
            layers += 1;
        }
        assert!(layers > 1, "{mode}");
    }
}

#[test]
fn weights_without_their_zeros_compute_the_same() {
    let dense = pruned(shapes(), |pruner| pruner.sparsity(0.8)).model;
    let encoded = pruned(shapes(), |pruner| pruner.sparsity(0.8).encode(true));
    assert!(encoded.report.layers.iter().any(|layer| layer.is_sparse));
    assert!(ops(&encoded.model).contains(&"DENSIFY"));
    let bytes = |model: &Model| model.to_bytes().unwrap();
    assert!(bytes(&encoded.model).len() < bytes(&dense).len() * 6 / 10);
    let read = Model::from_bytes(&bytes(&encoded.model), "encoded").unwrap();
    let input = samples(&dense, 1).remove(0);
    let outputs = |model: Model| {
        let session = Session::builder(Arc::new(model)).delegates(reference());
        let demilite_optimizer::SampleInputs::Ordered(inputs) = &input.inputs else {
            unreachable!("they are in order");
        };
        let outputs = session.build().unwrap().run(inputs).unwrap();
        outputs[0].bytes().to_vec()
    };
    assert_eq!(outputs(read), outputs(dense));
}

#[test]
fn channels_are_taken_out() {
    let before = shapes();
    let pruned = pruned(before.clone(), |pruner| {
        pruner.structure(Structure::Channels).sparsity(0.25)
    });
    let report = &pruned.report;
    let taken = report.layers.iter().filter_map(|layer| layer.channels);
    assert!(taken.clone().count() > 1, "{report}");
    assert!(
        taken.into_iter().all(|[gone, all]| gone == (all + 2) / 4),
        "{report}"
    );
    assert!(
        report.after.bytes < report.before.bytes * 8 / 10,
        "{report}"
    );
    assert!(report.comparison.unwrap().sqnr.unwrap() > 0.0, "{report}");
    let output = |model: &Model| {
        let graph = &model.graphs()[0];
        graph.tensor(graph.outputs()[0]).shape.clone()
    };
    assert_eq!(output(&pruned.model), output(&before));
}

#[test]
fn channels_that_nobody_reads_go_without_a_trace() {
    let model = two_kernels();
    let pruned = Pruner::new(model.clone())
        .structure(Structure::Channels)
        .finish()
        .unwrap();
    let (_, first) = tensor(&pruned.model, "first");
    assert_eq!(&first.shape[..], [2, 3]);
    assert_eq!(&tensor(&pruned.model, "second").1.shape[..], [2, 2]);
    let input = [0.3, -0.6, 0.9];
    assert_eq!(run(&pruned.model, &input), run(&model, &input));
}

/// Two layers of which the first has four outputs, and the second reads two of them.
fn two_kernels() -> Model {
    use crate::toy::{constant, fully_connected};
    use demilite_core::{Graph, GraphParts, Tensor};
    let mut parts = GraphParts::default();
    let activation = |name: &str, extent| Tensor::new(name, DataType::Float32, [1, extent]);
    let x = parts.tensor(activation("x", 3));
    let hidden = parts.tensor(activation("hidden", 4));
    let y = parts.tensor(activation("y", 2));
    let rows = [1.0, 2.0, 3.0, 0.1, 0.1, 0.1, 4.0, 5.0, 6.0, 0.1, 0.2, 0.1];
    let first = parts.tensor(constant("first", &[4, 3], &rows));
    let columns = [1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0];
    let second = parts.tensor(constant("second", &[2, 4], &columns));
    parts.node(fully_connected(), [Some(x), Some(first)], [hidden]);
    parts.node(fully_connected(), [Some(hidden), Some(second)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).unwrap())
}

#[test]
fn what_cannot_be_pruned_is_said() {
    let refusal = |pruner: Pruner| pruner.finish().unwrap_err().to_string();
    let new = || Pruner::new(two_layers(&weights()));
    for (sparsity, words) in [(1.0, "1"), (-0.25, "-0.25"), (f64::NAN, "NaN")] {
        let expected =
            format!("a sparsity of {words} is no share of the weights: give one from 0 to below 1");
        assert_eq!(refusal(new().sparsity(sparsity)), expected);
    }
    let of_each = Structure::OfEach { kept: 2, of: 4 };
    assert_eq!(
        refusal(new().structure(of_each).sparsity(0.3)),
        "2:4 has a sparsity of 0.5, and 0.3 was asked for: leave one of them out"
    );
    assert!(refusal(new().method(PruningMethod::SecondOrder)).contains("representative inputs"));
    assert!(refusal(new().keep("third".parse().unwrap())).contains("names no node"));
    assert!(refusal(new().keep("*".parse().unwrap())).contains("asked for by \"*\""));
    assert!(refusal(Pruner::new(pooled())).starts_with("no weights can be pruned"));
    let three = Structure::OfEach { kept: 1, of: 3 };
    assert!(refusal(new().structure(three)).contains("do not divide into groups of 3"));
    let alone = Pruner::new(layer(&weights(), &[0.0; EXTENT]));
    assert!(
        refusal(alone.structure(Structure::Channels)).starts_with("no channels can be taken out")
    );
    let mut damaged = weights();
    damaged[7] = f32::NAN;
    assert!(refusal(Pruner::new(two_layers(&damaged))).contains("holds NaN at element 7"));
    let quantized = Quantizer::new(two_layers(&weights()))
        .mode(Mode::Dynamic)
        .finish();
    assert!(refusal(Pruner::new(quantized.unwrap().model)).contains("quantized already"));
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    for structure in ["unstructured", "2:4", "channels"] {
        let structure: Structure = structure.parse().unwrap();
        let bytes = || {
            pruned(shapes(), |pruner| pruner.structure(structure))
                .model
                .to_bytes()
        };
        assert_eq!(bytes().unwrap(), bytes().unwrap());
    }
}

/// LiteRT opens each form and gives what demilite gives; what is stored without zeros is what has them.
#[test]
fn litert_runs_what_is_pruned() {
    let models = ["dscnn_kws_f32", "resnet8_cifar10_f32"];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pruned");
    let (dense, forms) = (folder.join("dense"), folder.join("forms"));
    for folder in [&dense, &forms] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
    }
    for name in models {
        let file = place::models().join(format!("{name}/{name}.tflite"));
        let Ok(model) = Model::open(&file) else {
            demilite_needs::skip(Need::Models, format!("no {}", file.display()));
            return;
        };
        for structure in ["unstructured", "block:1x4", "channels"] {
            let pruner = || {
                let structure: Structure = structure.parse().unwrap();
                Pruner::new(model.clone())
                    .structure(structure)
                    .sparsity(0.5)
            };
            let file = format!("{name}_{}.tflite", structure.replace(':', "_"));
            pruner()
                .finish()
                .unwrap()
                .model
                .save(dense.join(&file))
                .unwrap();
            let form = pruner().encode(true).finish().unwrap();
            form.model.save(forms.join(&file)).unwrap();
        }
    }
    let Some(verdicts) = verdicts(&dense, &forms, Keep::Ends) else {
        return;
    };
    assert_eq!(verdicts.len(), 6);
    for (name, [of_reference, of_default]) in verdicts {
        for ratio in [of_reference, of_default] {
            let ratio: f64 = ratio.parse().unwrap_or_else(|_| panic!("{name}: {ratio}"));
            assert!(ratio > 100.0, "{name}: {ratio} dB");
        }
        let model = Model::open(forms.join(format!("{name}.tflite"))).unwrap();
        let archive = forms.join(format!("{name}.npz"));
        let inputs = read_numbered(&archive, "in", 1).unwrap();
        let expected = read_numbered(&archive, "out", 1).unwrap();
        let expected = expected[0].as_slice::<f32>().unwrap();
        let outputs = run(&model, inputs[0].as_slice().unwrap());
        for (output, expected) in std::iter::zip(outputs, expected) {
            assert!(
                (output - expected).abs() < 1e-4,
                "{name}: {output} {expected}"
            );
        }
    }
}
