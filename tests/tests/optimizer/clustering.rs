//! Weights that have few values.

use std::collections::BTreeSet;

use demilite_core::{DataType, Model, Tensor};
use demilite_optimizer::{
    Clustered, Clusterer, Mode, Pruner, Quantizer, Recipe, SampleInputs, Start,
};

use crate::toy::{
    calibrated, layer, pooled, reference, run, samples, shapes, tensor, two_layers, weights,
};

/// A model clustered with samples of its own.
fn clustered(model: Model, prepare: impl FnOnce(Clusterer) -> Clusterer) -> Clustered {
    let samples = samples(&model, 20);
    let clusterer = Clusterer::new(model)
        .delegates(reference())
        .samples(samples);
    prepare(clusterer).finish().unwrap()
}

fn reals(tensor: &Tensor) -> Option<&[f32]> {
    tensor.constant_view()?.as_slice().ok()
}

fn distinct(values: impl IntoIterator<Item = f32>) -> usize {
    let bits = values.into_iter().map(f32::to_bits);
    bits.collect::<BTreeSet<u32>>().len()
}

/// The weights that a report of a clustered model names.
fn weights_of(clustered: &Clustered) -> Vec<&Tensor> {
    let layers = clustered.report.layers.iter();
    layers
        .map(|layer| tensor(&clustered.model, &layer.tensor.name).1)
        .collect()
}

#[test]
fn weights_go_to_the_means_of_their_clusters() {
    let model = layer(&[-0.4, 0.5, -0.3, 0.6, -0.35, 0.55], &[0.0, 0.0]);
    for &start in Start::ALL {
        let clusterer = Clusterer::new(model.clone()).clusters(2).start(start);
        let model = clusterer.finish().unwrap().model;
        let weights = reals(tensor(&model, "weights").1).unwrap();
        let expected = [-0.35, 0.55, -0.35, 0.55, -0.35, 0.55];
        let mut pairs = std::iter::zip(weights, expected);
        assert!(
            pairs.all(|(weight, expected)| (weight - expected).abs() < 1e-6),
            "{start}: {weights:?}"
        );
    }
}

#[test]
fn each_layer_has_few_values_or_each_channel() {
    for &start in Start::ALL {
        let of_layer = clustered(shapes(), |clusterer| clusterer.clusters(8).start(start));
        for tensor in weights_of(&of_layer) {
            assert!(
                distinct(reals(tensor).unwrap().to_vec()) <= 8,
                "{}",
                tensor.name
            );
        }
    }
    let of_channel = clustered(shapes(), |clusterer| {
        clusterer.clusters(4).per_channel(true)
    });
    let tensors = weights_of(&of_channel);
    assert!(tensors.len() > 1);
    for tensor in tensors {
        let columns = tensor.shape.elements() / tensor.shape[0];
        let rows = reals(tensor).unwrap().chunks(columns);
        assert!(rows.into_iter().all(|row| distinct(row.to_vec()) <= 4));
    }
}

#[test]
fn weights_that_are_chosen_together_lose_less() {
    let model = shapes();
    let sqnr = |other: &Model| {
        let (mut signal, mut noise) = (0.0, 0.0);
        for sample in samples(&model, 20) {
            let SampleInputs::Ordered(inputs) = &sample.inputs else {
                unreachable!("they are in order");
            };
            let input = inputs[0].as_slice().unwrap();
            for (before, after) in std::iter::zip(run(&model, input), run(other, input)) {
                signal += before * before;
                noise += (before - after) * (before - after);
            }
        }
        10.0 * (signal / noise).log10()
    };
    let apart = Clusterer::new(model.clone()).clusters(8).finish().unwrap();
    let together = clustered(model.clone(), |clusterer| clusterer.clusters(8));
    let (apart, together) = (sqnr(&apart.model), sqnr(&together.model));
    assert!(together > apart + 3.0, "{apart} {together}");
}

#[test]
fn zeros_of_pruning_stay() {
    let pruned = Pruner::new(shapes()).sparsity(0.5).finish().unwrap();
    let clustered = clustered(pruned.model.clone(), |clusterer| clusterer.clusters(8));
    for layer in &pruned.report.layers {
        let before = reals(tensor(&pruned.model, &layer.tensor.name).1).unwrap();
        let after = reals(tensor(&clustered.model, &layer.tensor.name).1).unwrap();
        let mut pairs = std::iter::zip(before, after);
        assert!(pairs.all(|(before, after)| *before != 0.0 || *after == 0.0));
        assert!(distinct(after.to_vec()) <= 8);
    }
}

#[test]
fn quantization_keeps_few_values() {
    let pruned = Pruner::new(shapes()).sparsity(0.5).finish().unwrap().model;
    for model in [shapes(), pruned] {
        let float = clustered(model, |clusterer| clusterer.clusters(8));
        for mode in [Mode::Dynamic, Mode::Int8, Mode::Int16x8] {
            let quantized = calibrated(float.model.clone(), Recipe::new(mode))
                .unwrap()
                .model;
            let mut layers = 0;
            for layer in &float.report.layers {
                let tensors = quantized.graphs()[0].tensors().iter();
                let mut named = tensors.filter(|tensor| tensor.name == layer.tensor.name);
                let integers = named.find(|tensor| tensor.dtype == DataType::Int8);
                let Some(view) = integers.and_then(|tensor| tensor.constant_view()) else {
                    continue;
                };
                let integers = view.as_slice::<i8>().unwrap();
                let values: BTreeSet<i8> = integers.iter().copied().collect();
                assert!(
                    values.len() <= 8,
                    "{mode} {}: {values:?}",
                    layer.tensor.name
                );
                let zeros = integers.iter().filter(|integer| **integer == 0).count();
                assert!(zeros >= layer.zeros);
                layers += 1;
            }
            assert!(layers > 1, "{mode}");
        }
    }
}

#[test]
fn what_cannot_be_clustered_is_said() {
    let refusal = |clusterer: Clusterer| clusterer.finish().unwrap_err().to_string();
    let new = || Clusterer::new(two_layers(&weights()));
    for clusters in [0, 1, 257] {
        assert_eq!(
            refusal(new().clusters(clusters)),
            format!("weights cannot have {clusters} values: give a number from 2 to 256")
        );
    }
    assert!(refusal(new().keep("third".parse().unwrap())).contains("names no node"));
    assert!(refusal(Clusterer::new(pooled())).starts_with("no weights can be clustered"));
    let mut damaged = weights();
    damaged[7] = f32::NAN;
    assert!(refusal(Clusterer::new(two_layers(&damaged))).contains("holds NaN at element 7"));
    let quantized = Quantizer::new(two_layers(&weights()))
        .mode(Mode::Dynamic)
        .finish();
    assert!(refusal(Clusterer::new(quantized.unwrap().model)).contains("quantized already"));
}

#[test]
fn what_was_clustered_is_pruned_no_more() {
    let model = clustered(shapes(), |clusterer| clusterer).model;
    let error = Pruner::new(model).finish().unwrap_err().to_string();
    assert!(error.contains("prune first, then cluster"), "{error}");
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let bytes = || {
        let model = clustered(shapes(), |clusterer| clusterer.start(Start::KMeansPlusPlus)).model;
        model.to_bytes().unwrap()
    };
    assert_eq!(bytes(), bytes());
}
