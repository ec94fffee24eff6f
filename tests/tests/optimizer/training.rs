//! Models that are trained on.

use std::ops::ControlFlow;

use demilite_core::{DataType, Graph, GraphParts, Model, Op, Tensor, Value};
use demilite_optimizer::{
    FakeQuantForm, Finetuned, Finetuner, Mode, OptimizeError, Optimizer, Quantizer, RangeRule,
    Sample, SparsitySchedule, Structure, TrainingError,
};

use crate::toy::{
    constant, fully_connected, layer, ops, pooled, reference, run, samples, shapes, tensor,
    uneven_images,
};

/// Points of four clouds and the cloud of each.
fn clouds(count: usize) -> (Vec<Sample>, Vec<usize>) {
    let point = |index: usize| {
        let class = index % 4;
        let noise = |salt: usize| ((index * 7 + salt) as f32 * 0.618_034).fract() - 0.5;
        let middle = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]][class];
        let reals = [
            middle[0] + noise(1),
            middle[1] + noise(2),
            noise(3),
            noise(4),
        ];
        let value = Value::from_slice([1, 4], &reals).expect("a tensor");
        (Sample::ordered(vec![value]), class)
    };
    (0..count).map(point).unzip()
}

/// A classifier of clouds that knows nothing yet.
fn ignorant() -> Model {
    let weights: Vec<f32> = (0..32)
        .map(|place| ((place * 11 % 17) as f32 / 17.0 - 0.5) * 0.8)
        .collect();
    let mut parts = GraphParts::default();
    let x = parts.tensor(Tensor::new("x", DataType::Float32, [1, 4]));
    let hidden = parts.tensor(Tensor::new("hidden", DataType::Float32, [1, 8]));
    let y = parts.tensor(Tensor::new("y", DataType::Float32, [1, 4]));
    let first = parts.tensor(constant("first", &[8, 4], &weights));
    let bias = parts.tensor(constant("bias", &[8], &[0.1; 8]));
    let second = parts.tensor(constant("second", &[4, 8], &weights));
    let Op::FullyConnected(mut op) = fully_connected() else {
        unreachable!("it is fully connected");
    };
    op.activation = demilite_core::op::Activation::Relu;
    parts.node(
        Op::FullyConnected(op),
        [Some(x), Some(first), Some(bias)],
        [hidden],
    );
    parts.node(fully_connected(), [Some(hidden), Some(second)], [y]);
    (parts.inputs, parts.outputs) = (vec![x], vec![y]);
    Model::from_graph(Graph::new(parts).expect("a graph"))
}

fn on_clouds() -> Finetuner {
    let (samples, labels) = clouds(200);
    Finetuner::new(ignorant())
        .samples(samples)
        .labels(labels)
        .epochs(20)
        .batch(16)
        .learning_rate(0.01)
}

fn bytes(finetuned: Result<Finetuned, OptimizeError>) -> Vec<u8> {
    finetuned.unwrap().model.to_bytes().unwrap()
}

fn weights(model: &Model, name: &str) -> Vec<f32> {
    let view = tensor(model, name).1.constant_view().unwrap();
    view.as_slice::<f32>().unwrap().to_vec()
}

#[test]
fn classes_are_learned() {
    for optimizer in Optimizer::ALL.iter().copied() {
        let rate = if optimizer == Optimizer::Sgd {
            0.1
        } else {
            0.01
        };
        let trained = on_clouds()
            .optimizer(optimizer)
            .learning_rate(rate)
            .finish()
            .unwrap();
        let report = &trained.report;
        assert_eq!(
            (report.samples, report.held_out, report.epochs.len()),
            (180, 20, 20)
        );
        assert!(report.start.unwrap().accuracy < Some(0.7), "{report}");
        let best = &report.epochs[report.best.unwrap() - 1];
        assert_eq!(
            best.held_out.unwrap().accuracy,
            Some(1.0),
            "{optimizer}: {report}"
        );
        let answer = run(&trained.model, &[1.0, -1.0, 0.0, 0.0]);
        assert!(
            answer[1] > answer[0] && answer[1] > answer[2] && answer[1] > answer[3],
            "{answer:?}"
        );
    }
}

#[test]
fn a_run_is_the_same_for_any_threads_and_wherever_it_stopped() {
    let small = || {
        on_clouds()
            .epochs(4)
            .fake_quant(FakeQuantForm::Int8)
            .prune(Structure::Unstructured, Some(0.5))
    };
    let expected = bytes(small().threads(1).finish());
    assert_eq!(bytes(small().threads(3).finish()), expected);
    assert_ne!(bytes(small().seed(1).finish()), expected);
    // In the middle of an epoch, and at the end of one.
    for stop in [7, 24] {
        let mut checkpoint = None;
        let stopped = small().finish_with(&mut |progress| match progress.step == stop {
            true => {
                checkpoint = Some(progress.checkpoint());
                ControlFlow::Break(())
            }
            false => ControlFlow::Continue(()),
        });
        assert!(
            matches!(stopped, Err(OptimizeError::Training(TrainingError::Stopped { step })) if step == stop)
        );
        let checkpoint = checkpoint.unwrap();
        assert_eq!(bytes(small().resume(checkpoint.clone()).finish()), expected);
        let error = small().seed(1).resume(checkpoint).finish().unwrap_err();
        assert!(error.to_string().contains("other settings"), "{error}");
    }
}

#[test]
fn a_model_learns_to_say_what_it_said() {
    let model = shapes();
    let pruned = |epochs| {
        let samples = samples(&model, 40);
        let finetuner = Finetuner::new(model.clone())
            .samples(samples)
            .epochs(epochs)
            .batch(8);
        let finetuner = finetuner
            .prune(Structure::Unstructured, Some(0.7))
            .held_out(0.2)
            .learning_rate(0.001);
        finetuner
            .sparsity_schedule(SparsitySchedule::Constant)
            .finish()
            .unwrap()
            .report
    };
    let loss = |epochs| pruned(epochs).epochs.last().unwrap().held_out.unwrap().loss;
    let (short, long) = (loss(1), loss(12));
    assert!(long < 0.5 * short, "{short} {long}");
    let untouched = Finetuner::new(model.clone())
        .samples(samples(&model, 20))
        .epochs(1)
        .finish()
        .unwrap();
    let start = untouched.report.start.unwrap();
    assert!(
        start.loss.abs() < 1e-6 && start.accuracy == Some(1.0),
        "{start:?}"
    );
}

#[test]
fn a_model_that_only_becomes_worse_stays_as_it_was() {
    let trained = Finetuner::new(ignorant())
        .samples(clouds(40).0)
        .epochs(2)
        .learning_rate(0.5)
        .finish()
        .unwrap();
    let report = trained.report;
    assert_eq!(report.best, Some(0), "{report}");
    for name in ["first", "second"] {
        assert_eq!(weights(&trained.model, name), weights(&ignorant(), name));
    }
    let words = report.to_string();
    assert!(
        words.contains("that before the first step") && words.contains("warning: no epoch"),
        "{words}"
    );
}

#[test]
fn zeros_stay_where_the_structure_wants_them() {
    let trained = on_clouds()
        .prune("2:4".parse().unwrap(), None)
        .finish()
        .unwrap();
    for name in ["first", "second"] {
        let weights = weights(&trained.model, name);
        let zeros = |group: &[f32]| group.iter().filter(|weight| **weight == 0.0).count();
        assert!(
            weights.chunks(4).all(|group| zeros(group) == 2),
            "{weights:?}"
        );
    }
    let report = trained.report;
    assert_eq!(report.sparsity, Some(0.5));
    let best = report.epochs[report.best.unwrap() - 1].held_out.unwrap();
    assert!(best.accuracy > Some(0.9), "{report}");
    // What was pruned before stays so.
    let again = Finetuner::new(trained.model)
        .samples(clouds(40).0)
        .epochs(2)
        .finish()
        .unwrap();
    let zeros = weights(&again.model, "first")
        .iter()
        .filter(|weight| **weight == 0.0)
        .count();
    assert_eq!(zeros, 16);
}

#[test]
fn values_stay_few_and_are_trained() {
    let trained = on_clouds().cluster(4, false).finish().unwrap();
    let mut values = weights(&trained.model, "first");
    values.sort_by(f32::total_cmp);
    values.dedup();
    assert!(values.len() <= 4, "{values:?}");
    assert!(
        values
            .iter()
            .all(|value| !weights(&ignorant(), "first").contains(value))
    );
    let report = trained.report;
    let best = report.epochs[report.best.unwrap() - 1].held_out.unwrap();
    assert!(best.accuracy > Some(0.9), "{report}");
}

#[test]
fn each_channel_has_values_of_its_own() {
    let trained = on_clouds().cluster(2, true).finish().unwrap();
    for channel in weights(&trained.model, "second").chunks(8) {
        let mut values = channel.to_vec();
        values.sort_by(f32::total_cmp);
        values.dedup();
        assert!(values.len() <= 2, "{channel:?}");
    }
}

#[test]
fn what_was_trained_for_integers_needs_no_samples() {
    for (form, mode) in [
        (FakeQuantForm::Int8, Mode::Int8),
        (FakeQuantForm::Int16x8, Mode::Int16x8),
    ] {
        for ranges in RangeRule::ALL.iter().copied() {
            let trained = on_clouds()
                .fake_quant(form)
                .ranges(ranges)
                .finish()
                .unwrap();
            assert_eq!(trained.report.ranges, 3, "{}", trained.report);
            assert_eq!(
                ops(&trained.model)
                    .iter()
                    .filter(|op| **op == "FAKE_QUANT")
                    .count(),
                3
            );
            let quantized = Quantizer::new(trained.model.clone())
                .mode(mode)
                .finish()
                .unwrap();
            assert!(quantized.report.kept.is_empty(), "{}", quantized.report);
            let (samples, labels) = clouds(100);
            let mut right = 0;
            for (sample, label) in std::iter::zip(samples, labels) {
                let demilite_optimizer::SampleInputs::Ordered(values) = sample.inputs else {
                    unreachable!("they are in order");
                };
                let outputs = run(&quantized.model, values[0].as_slice().unwrap());
                let mut best = (0..4).collect::<Vec<usize>>();
                best.sort_by(|left, right| outputs[*right].total_cmp(&outputs[*left]));
                right += usize::from(best[0] == label);
            }
            assert!(right >= 95, "{form} {ranges}: {right}");
        }
    }
}

#[test]
fn training_that_rounds_begins_with_the_integers_of_a_quantizer() {
    let finetuner = || {
        Finetuner::new(uneven_images())
            .samples(samples(&uneven_images(), 40))
            .fake_quant(FakeQuantForm::Int8)
            .per_tensor(true)
            .learning_rate(1e-6)
            .epochs(1)
    };
    let loss = |finetuner: Finetuner| finetuner.finish().unwrap().report.start.unwrap().loss;
    let (without, with) = (loss(finetuner()), loss(finetuner().delegates(reference())));
    assert!(with < 0.1 * without, "{with} {without}");
    let frozen = finetuner().delegates(reference());
    let frozen = frozen.freeze("CONV_2D".parse().unwrap()).finish().unwrap();
    let filter = |model: &Model| weights(model, "filter");
    assert_eq!(filter(&frozen.model), filter(&uneven_images()));
}

#[test]
fn frozen_layers_stay() {
    let trained = on_clouds()
        .freeze("#0".parse().unwrap())
        .epochs(2)
        .finish()
        .unwrap();
    assert_eq!(
        weights(&trained.model, "first"),
        weights(&ignorant(), "first")
    );
    assert_ne!(
        weights(&trained.model, "second"),
        weights(&ignorant(), "second")
    );
    let all = on_clouds()
        .freeze("*".parse().unwrap())
        .finish()
        .unwrap_err();
    assert!(
        all.to_string().contains("no layer has float32 weights"),
        "{all}"
    );
}

#[test]
fn a_loss_that_is_no_number_ends_the_run() {
    let error = on_clouds()
        .optimizer(Optimizer::Sgd)
        .learning_rate(1e30)
        .finish()
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("at step ")
            && words.contains("FULLY_CONNECTED")
            && words.contains("lower the learning rate"),
        "{words}"
    );
}

#[test]
fn what_cannot_be_trained_is_said() {
    let refused = |finetuner: Finetuner| finetuner.finish().unwrap_err().to_string();
    let words = refused(on_clouds().labels(vec![0; 200]));
    assert!(words.contains("all samples have the label 0"), "{words}");
    let words = refused(on_clouds().labels(vec![0, 1]));
    assert!(words.contains("2 labels for 200 samples"), "{words}");
    let labels: Vec<usize> = (0..200).map(|index| index % 5).collect();
    let words = refused(on_clouds().labels(labels));
    assert!(
        words.contains("sample 4 has the label 4") && words.contains("4 classes"),
        "{words}"
    );
    let words = refused(Finetuner::new(ignorant()));
    assert!(words.contains("0 samples leave none"), "{words}");
    let words = refused(on_clouds().flip(true));
    assert!(words.contains("no image"), "{words}");
    let words = refused(on_clouds().samples(samples(&layer(&[0.5; 6], &[0.0, 0.0]), 200)));
    assert!(
        words.contains("of shape [1,3]") && words.contains("4 elements"),
        "{words}"
    );
    let words = refused(Finetuner::new(pooled()).samples(samples(&pooled(), 4)));
    assert!(words.contains("no layer has float32 weights"), "{words}");
    let both = on_clouds()
        .cluster(4, false)
        .prune(Structure::Unstructured, None);
    assert!(refused(both).contains("prune first, then cluster"));
    for (finetuner, words) in [
        (on_clouds().epochs(0), "epochs"),
        (on_clouds().learning_rate(f64::NAN), "learning rate"),
        (on_clouds().held_out(1.0), "held out"),
        (
            on_clouds().prune(Structure::Channels, None),
            "prune channels first",
        ),
        (
            on_clouds().prune(Structure::Unstructured, Some(1.0)),
            "sparsity",
        ),
        (on_clouds().cluster(1, false), "clusters"),
        (
            on_clouds().resume(b"nothing".to_vec()),
            "no file of tensors",
        ),
    ] {
        let said = refused(finetuner);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn an_op_without_a_gradient_is_named() {
    let mut parts = layer(&[0.5; 6], &[0.0, 0.0]).graphs()[0]
        .as_ref()
        .clone()
        .into_parts();
    let z = parts.tensor(Tensor::new("z", DataType::Float32, [1, 2]));
    let op = Op::ElementwiseUnary(demilite_core::op::ElementwiseUnary {
        kind: demilite_core::op::elementwise_unary::UnaryKind::Floor,
    });
    parts.node(op, [Some(parts.outputs[0])], [z]);
    parts.outputs = vec![z];
    let model = Model::from_graph(Graph::new(parts).unwrap());
    let error = Finetuner::new(model.clone())
        .samples(samples(&model, 10))
        .finish()
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("#1 FLOOR \"z\"") && words.contains("cannot be trained through"),
        "{words}"
    );
}
