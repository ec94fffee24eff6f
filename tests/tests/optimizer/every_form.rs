//! Each form of each float model is made and runs in LiteRT, or is refused with a reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use demilite_conformance::golden::goldens_in;
use demilite_core::Model;
use demilite_needs::Need;
use demilite_optimizer::{Mode, OptimizeError, Quantizer, Recipe};

use crate::place;

/// Where a real folder of models has fewer of which a form is made, something is wrong with the test.
const LEAST: usize = 15;

/// Models that rounding each weight to the nearest integer all but ruins: without a bias correction, which needs samples, no ratio of
/// theirs means anything.
const RUINED: &[&str] = &["mobilenet_v1_0.25_224_f32"];

/// The float models beside the repository.
fn float_models() -> Option<Vec<PathBuf>> {
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

/// What LiteRT says of each model in a folder: the reference kernels' ratio in decibels and the default ones', or words.
fn verdicts(folder: &Path) -> Option<BTreeMap<String, [String; 2]>> {
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
        .arg(place::models())
        .arg(folder)
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
        match Quantizer::new(model).recipe(recipe.clone()).finish() {
            Ok(quantized) => {
                let file = folder.join(format!("{stem}.tflite"));
                quantized.model.save(file).expect("a file");
                let report = quantized.report;
                shares.insert(stem, (report.bytes_after, report.bytes_before));
            }
            Err(error) => refused.entry(error.to_string()).or_default().push(stem),
        }
    }
    for (reason, models) in &refused {
        println!("{} refused: {reason}: {}", models.len(), models.join(" "));
    }
    let Some(verdicts) = verdicts(&folder) else {
        return;
    };
    assert_eq!(verdicts.len(), shares.len());
    let mut wrong = Vec::new();
    for (stem, [reference, default]) in &verdicts {
        let (after, before) = shares[stem];
        let share = 100.0 * after as f64 / before as f64;
        println!("{stem}\t{after}\t{share:.1} %\t{reference}\t{default}");
        let is_right = |cell: &String| cell.parse::<f64>().is_ok_and(|ratio| ratio >= least);
        let is_ruined = RUINED.contains(&stem.as_str());
        let is_held = is_right(reference) && is_right(default);
        if !(is_held || is_ruined) {
            wrong.push(format!("{stem}: {reference}, {default}"));
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
