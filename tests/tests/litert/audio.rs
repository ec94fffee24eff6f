//! Spectra and cepstral coefficients: the custom ops that LiteRT has for them, and the features of sounds that models are fed.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite::audio::{AudioInput, Sound};
use demilite_conformance::RUNS;
use demilite_core::op::CustomOp;
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, Shape, Tensor, TensorId, Value,
};

use crate::oracle::{Answer, Oracle, Resolver, write_fed};
use crate::sound_custom_ops::flexbuffer;

/// How far numbers may lie apart that are computed in double precision, in another order, from terms whose magnitudes sum to `terms`,
/// and rounded to single precision. The transform of LiteRT goes through the same number of stages, at most 2^6 roundings deep.
fn bound(expected: f32, terms: f64) -> f64 {
    let rounded = f64::from(expected.abs()) * f64::from(f32::EPSILON);
    rounded + terms * f64::EPSILON * 64.0
}

fn hold(name: &str, given: &[f32], expected: &[f32], bound: impl Fn(f32) -> f64) {
    assert_eq!(given.len(), expected.len(), "{name}");
    for (index, (&given, &expected)) in std::iter::zip(given, expected).enumerate() {
        let distance = (f64::from(given) - f64::from(expected)).abs();
        assert!(
            distance <= bound(expected),
            "{name}: element {index} is {given}, and LiteRT's {expected}"
        );
    }
}

fn custom(
    parts: &mut GraphParts,
    name: &str,
    options: &[(&str, i32)],
    inputs: &[TensorId],
    shape: &[usize],
) -> TensorId {
    let output = parts.tensor(Tensor::new(name, DataType::Float32, Shape::new(shape)));
    let op = CustomOp {
        name: name.to_owned(),
        options: flexbuffer(options),
    };
    parts.node(Op::Custom(op), inputs.iter().copied().map(Some), [output]);
    output
}

/// A graph of AudioSpectrogram alone.
fn spectrogram(samples: [usize; 2], [size, stride]: [usize; 2], is_squared: bool) -> Graph {
    let mut parts = GraphParts::default();
    let input = parts.tensor(Tensor::new("samples", DataType::Float32, samples));
    let windows = 1 + (samples[0] - size) / stride;
    let frequencies = 1 + size.next_power_of_two() / 2;
    // Names are sorted in a FlexBuffer.
    let options = [
        ("magnitude_squared", is_squared.into()),
        ("stride", stride as i32),
        ("window_size", size as i32),
    ];
    let shape = [samples[1], windows, frequencies];
    let output = custom(&mut parts, "AudioSpectrogram", &options, &[input], &shape);
    (parts.inputs, parts.outputs) = (vec![input], vec![output]);
    Graph::new(parts).expect("a valid graph")
}

/// A graph of Mfcc behind the squared spectrum of windows of a sound.
fn cepstrum(
    samples: usize,
    [size, stride]: [usize; 2],
    [filters, coefficients]: [usize; 2],
    rate: i32,
) -> Graph {
    let parts = spectrogram([samples, 1], [size, stride], true);
    let mut parts = parts.into_parts();
    let spectrum = parts.outputs[0];
    let windows = parts.tensors[spectrum.0].shape[1];
    let rate = Tensor::new("rate", DataType::Int32, [1])
        .with_constant(Constant::copied(&rate.to_le_bytes()));
    let rate = parts.tensor(rate);
    let options = [
        ("dct_coefficient_count", coefficients as i32),
        ("filterbank_channel_count", filters as i32),
        ("lower_frequency_limit", 20),
        ("upper_frequency_limit", 4000),
    ];
    let output = custom(
        &mut parts,
        "Mfcc",
        &options,
        &[spectrum, rate],
        &[1, windows, coefficients],
    );
    parts.outputs = vec![spectrum, output];
    Graph::new(parts).expect("a valid graph")
}

/// Noise from −1 to 1, another one in each run.
fn noise(run: u64, count: usize) -> Vec<f32> {
    let mut state = run.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// What LiteRT and the reference make of a graph that is fed noise.
fn answers(oracle: &Oracle, name: &str, graph: &Graph) -> Vec<[Vec<Vec<f32>>; 2]> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("audio")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let shape = graph.tensor(graph.inputs()[0]).shape.clone();
    let fed =
        |run| vec![Value::from_vec(shape.clone(), noise(run, shape.elements())).expect("as many")];
    let model = Arc::new(Model::from_graph(graph.clone()));
    write_fed(&model.to_bytes().expect("a file"), fed, &folder, 0);
    let answer = oracle.ask_files(&folder, 1, Resolver::Reference).remove(0);
    let Answer::Outputs(litert) = answer else {
        panic!("{name}: {answer:?}");
    };
    let session = Session::builder(model).delegate(Arc::new(demilite_custom_ops::reference()));
    let mut session = session.build().expect("a session");
    let floats = |outputs: &[Value]| -> Vec<Vec<f32>> {
        let floats = outputs.iter().map(|output| output.as_slice::<f32>());
        floats
            .map(|floats| floats.expect("floats").to_vec())
            .collect()
    };
    let runs = (0..RUNS).zip(&litert);
    runs.map(|(run, litert)| {
        [
            floats(&session.run(&fed(run)).expect("outputs")),
            floats(litert),
        ]
    })
    .collect()
}

#[test]
fn spectra_are_those_of_litert() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    let sizes = [
        ([64, 1], [16, 8]),
        ([1000, 2], [480, 320]),
        ([512, 3], [511, 1]),
    ];
    for (index, (samples, windows)) in sizes.into_iter().enumerate() {
        for is_squared in [true, false] {
            let graph = spectrogram(samples, windows, is_squared);
            let name = format!("spectrogram_{index}_{is_squared}");
            for [given, expected] in answers(&oracle, &name, &graph) {
                // Samples are 1 at most, and so are their weights.
                let terms = windows[0] as f64;
                hold(&name, &given[0], &expected[0], |power| match is_squared {
                    true => bound(power, 2.0 * f64::from(power).sqrt() * terms),
                    false => bound(power, terms),
                });
            }
        }
    }
}

#[test]
fn cepstral_coefficients_and_the_features_of_sounds_are_those_of_litert() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    // The windows of a keyword spotter: 30 ms, one each 20 ms, of a second at 16 kHz.
    let (samples, windows, counts) = (15_840, [480, 320], [40, 10]);
    let graph = cepstrum(samples, windows, counts, 16_000);
    let mut parts = GraphParts::default();
    let features = parts.tensor(Tensor::new("features", DataType::Float32, [1, 49, 10, 1]));
    (parts.inputs, parts.outputs) = (vec![features], vec![features]);
    let fed = AudioInput::of(&Graph::new(parts).expect("a valid graph")).expect("an input");
    for (run, [given, expected]) in (0..).zip(answers(&oracle, "cepstrum", &graph)) {
        // A logarithm moves by as much as its argument does in proportion: by two roundings of a spectrum to single precision at most.
        // A row of cosines has the length 1, so that 40 of them sum to 40 / sqrt(40) at most.
        let slack = f64::from(f32::EPSILON) * 40.0_f64.sqrt();
        let near = |coefficient: f32| bound(coefficient, 0.0) + slack;
        hold("cepstrum", &given[1], &expected[1], near);
        let sound = Sound::new(noise(run, samples), 16_000);
        let value = fed.value(&sound).expect("features");
        hold(
            "features",
            value.as_slice().expect("floats"),
            &expected[1],
            near,
        );
    }
}
