//! Each form of each float model is made and runs in LiteRT, or is refused with a reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use demilite::npz::read_numbered;
use demilite_conformance::golden::goldens_in;
use demilite_core::spec::breaches;
use demilite_core::{DataType, Delegate, Graph, Model, Value};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_needs::Need;
use demilite_optimizer::{Mode, OptimizeError, Quantized, Quantizer, Recipe, Sample};

use crate::bytes::others;
use crate::place;

/// Where a real folder of models has fewer of which a form is made, something is wrong with the test.
const LEAST: usize = 15;

/// Models whose outputs have no ratio that means anything in some forms.
const WITHOUT_RATIO: &[(&str, &str)] = &[
    // Rounding each weight to the nearest integer all but ruins it: without a bias correction, which needs samples, nothing is left.
    ("mobilenet_v1_0.25_224_f32", "dynamic"),
    ("mobilenet_v1_0.25_224_f32", "dynamic_all"),
    // Of values that quantization makes equal, others have the greatest index.
    ("op_litert_simple_topk_op", "int8"),
    ("op_litert_simple_topk_op", "int8_only"),
    // LiteRT's reference kernel reads int16 as bytes here; the default one does not.
    ("op_aieq_single_sum", "int16x8"),
    ("op_aieq_single_sum", "int16x8_only"),
];

/// Models of integers that LiteRT's reference kernels give other bytes for.
const OTHER_BYTES: &[(&str, &str)] = &[
    // The reference kernel reads int16 as bytes here.
    ("op_aieq_single_sum", "int16x8_only"),
];

/// The float models beside the repository.
pub(crate) fn float_models() -> Option<Vec<PathBuf>> {
    let folder = place::models();
    let models = match goldens_in(&folder) {
        Ok(models) => models,
        Err(error) => {
            demilite_needs::skip(Need::Models, format!("{}: {error}", folder.display()));
            return None;
        }
    };
    let is_float = |path: &PathBuf| {
        let model = Model::open(path).expect("a model");
        let quantized = Quantizer::new(model).mode(Mode::Float16).finish();
        !matches!(quantized, Err(OptimizeError::AlreadyQuantized { .. }))
    };
    Some(models.into_iter().filter(is_float).collect())
}

/// What LiteRT's reference kernels leave of a model beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// What went in and came out.
    Ends,
    /// That, and each tensor of integers that a node computed.
    Integers,
}

/// What LiteRT says of each model in a folder, whose float forms are in another: the reference kernels' ratio in decibels and the default
/// ones', or words.
pub(crate) fn verdicts(
    originals: &Path,
    folder: &Path,
    keep: Keep,
) -> Option<BTreeMap<String, [String; 2]>> {
    let python = place::repository().join(".venv/bin/python");
    let has_litert = Command::new(&python)
        .args(["-c", "import ai_edge_litert"])
        .output();
    if !has_litert.is_ok_and(|output| output.status.success()) {
        demilite_needs::skip(Need::Litert, "no LiteRT in .venv");
        return None;
    }
    let output = Command::new(&python)
        .arg(place::repository().join("tests/oracle/quantized.py"))
        .arg(originals)
        .arg(folder)
        .args(match keep {
            Keep::Nothing => &[][..],
            Keep::Ends => &["--keep", "ends"],
            Keep::Integers => &["--keep", "integers"],
        })
        .output()
        .expect("Python");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let said = String::from_utf8_lossy(&output.stdout);
    let lines = said.lines().map(|line| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().expect("three cells");
        (next(), [next(), next()])
    });
    Some(lines.collect())
}

/// One form of a model, calibrated where it needs to be: on the inputs beside it and on drawn ones.
pub(crate) fn form(model: Model, path: &Path, recipe: &Recipe) -> Result<Quantized, OptimizeError> {
    let graph = &model.graphs()[0];
    let mut samples: Vec<Sample> = (1..10).map(|seed| drawn(graph, seed)).collect();
    if let Ok(inputs) = read_numbered(path.with_extension("npz"), "in", graph.inputs().len()) {
        samples.clear();
        samples.push(Sample::ordered(inputs));
    }
    let quantizer = Quantizer::new(model).recipe(recipe.clone());
    if recipe.mode.activations().is_none() {
        return quantizer.finish();
    }
    let delegates: [Arc<dyn Delegate>; 1] = [Arc::new(ReferenceDelegate::default())];
    quantizer.delegates(delegates).calibrate(samples)?.finish()
}

/// Numbers of both signs around zero, or of few values where they may be indices.
fn drawn(graph: &Graph, seed: u64) -> Sample {
    let mut random = SplitMix64(seed);
    let values = graph.inputs().iter().map(|&id| {
        let tensor = graph.tensor(id);
        let elements = tensor.shape.elements();
        let mut value = Value::zeros(tensor.dtype, tensor.shape.clone()).expect("a small tensor");
        match tensor.dtype {
            DataType::Float32 => {
                for real in value.as_mut_slice::<f32>().expect("floats") {
                    *real = (random.next() >> 40) as f32 / 8_388_608.0 - 1.0;
                }
            }
            DataType::Int32 => {
                for index in value.as_mut_slice::<i32>().expect("integers") {
                    *index = (random.next() % 3) as i32;
                }
            }
            _ => assert!(elements > 0, "a tensor of nothing"),
        }
        value
    });
    Sample::ordered(values.collect())
}

/// Numbers of a seed, as in Steele, Lea and Flood's SplitMix.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Makes one form of every float model, has LiteRT run each, and prints a table. `least` is the ratio in decibels below which a
/// form is wrong, not coarse.
fn hold(name: &str, recipe: &Recipe, least: f64) {
    let Some(models) = float_models() else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("form_{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let mut shares = BTreeMap::new();
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in &models {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.expect("a name").to_owned();
        let model = Model::open(path).expect("a model");
        match form(model, path, recipe) {
            Ok(quantized) => {
                let file = folder.join(format!("{stem}.tflite"));
                quantized.model.save(file).expect("a file");
                let graphs = quantized.model.graphs().iter();
                let breaches: Vec<_> = graphs.flat_map(|graph| breaches(graph)).collect();
                assert!(breaches.is_empty(), "{stem}: {breaches:#?}");
                let report = quantized.report;
                shares.insert(stem, (report.bytes_after, report.bytes_before));
            }
            Err(error) => refused.entry(error.to_string()).or_default().push(stem),
        }
    }
    for (reason, models) in &refused {
        println!("{} refused: {reason}: {}", models.len(), models.join(" "));
    }
    let is_integer = recipe.mode.is_integer_only();
    let keep = if is_integer {
        Keep::Ends
    } else {
        Keep::Nothing
    };
    let Some(verdicts) = verdicts(&place::models(), &folder, keep) else {
        return;
    };
    assert_eq!(verdicts.len(), shares.len());
    let mut wrong = Vec::new();
    for (stem, [reference, default]) in &verdicts {
        let (after, before) = shares[stem];
        let share = 100.0 * after as f64 / before as f64;
        println!("{stem}\t{after}\t{share:.1} %\t{reference}\t{default}");
        let is_right = |cell: &String| cell.parse::<f64>().is_ok_and(|ratio| ratio >= least);
        let is_ruined = WITHOUT_RATIO.contains(&(stem.as_str(), name));
        let is_held = is_right(reference) && is_right(default);
        if !(is_held || is_ruined) {
            wrong.push(format!("{stem}: {reference}, {default}"));
        }
        let has_bytes = is_integer && !OTHER_BYTES.contains(&(stem.as_str(), name));
        if has_bytes {
            let others = others(&folder.join(format!("{stem}.tflite"))).into_iter();
            wrong.extend(others.map(|words| format!("{stem}: {words}")));
        }
    }
    println!(
        "{name}: {} made, {} refused",
        shares.len(),
        models.len() - shares.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(shares.len() >= LEAST, "{} made", shares.len());
}

#[test]
fn float16() {
    hold("float16", &Recipe::new(Mode::Float16), 30.0);
}

#[test]
fn dynamic() {
    hold("dynamic", &Recipe::new(Mode::Dynamic), 15.0);
}

#[test]
fn dynamic_weights_of_any_size() {
    let mut recipe = Recipe::new(Mode::Dynamic);
    recipe.min_elements = 0;
    hold("dynamic_all", &recipe, 8.0);
}

#[test]
fn int8() {
    hold("int8", &Recipe::new(Mode::Int8), 12.0);
}

#[test]
fn int8_only() {
    hold("int8_only", &Recipe::new(Mode::Int8Only), 12.0);
}

#[test]
fn int16x8() {
    hold("int16x8", &Recipe::new(Mode::Int16x8), 15.0);
}

#[test]
fn int16x8_only() {
    hold("int16x8_only", &Recipe::new(Mode::Int16x8Only), 15.0);
}
