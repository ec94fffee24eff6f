//! Models that the package runs beside LiteRT.
//!
//! Descriptions and integers are LiteRT's. Floats that are not LiteRT's to the byte are those of a session of demilite's own, which other
//! tests hold to LiteRT.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use demilite::{DelegateChoice, Model, Session, Value, delegates_for};
use demilite_needs::wheel::expect_success;
use demilite_needs::{Need, package, repository};

use crate::installed::Installed;

/// Holds models to LiteRT, and gives what is said of each.
fn verdicts(choice: DelegateChoice, models: &[PathBuf]) -> Option<BTreeMap<String, String>> {
    let installed = Installed::get()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("parity-{choice}"));
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let mut parity = Command::new(&installed.litert);
    parity
        .arg(package().join("tests/python/parity.py"))
        .arg(choice.name())
        .arg(&folder)
        .args(models)
        .env("PYTHONPATH", &installed.site);
    let said = expect_success(&mut parity);
    let lines = said.lines().filter_map(|line| line.split_once('\t'));
    let mut verdicts: BTreeMap<String, String> = lines
        .map(|(name, verdict)| (name.to_owned(), verdict.to_owned()))
        .collect();
    for model in models {
        let name = model.file_stem().unwrap_or_default();
        let verdict = verdicts
            .get_mut(&*name.to_string_lossy())
            .expect("a verdict");
        if verdict == "floats" {
            *verdict = own_verdict(choice, model, &folder.join(name));
        }
    }
    Some(verdicts)
}

/// Whether the outputs that lie beside `stem` are those of a session of demilite's own for the inputs there.
fn own_verdict(choice: DelegateChoice, model: &Path, stem: &Path) -> String {
    let elements = |name: String| fs::read(stem.with_added_extension(name)).expect("elements");
    let model = Arc::new(Model::open(model).expect("a model"));
    let delegates = delegates_for(choice).expect("the delegates").delegates;
    let session = Session::builder(model).delegates(delegates).build();
    let mut session = session.expect("a session");
    let inputs = session
        .inputs()
        .into_iter()
        .enumerate()
        .map(|(index, info)| {
            let shape = info.shape.unwrap_or_default();
            Value::from_bytes(info.dtype, shape, &elements(format!("in{index}")))
        });
    let inputs: Vec<Value> = match inputs.collect() {
        Ok(inputs) => inputs,
        Err(error) => return format!("its golden has inputs of other shapes: {error}"),
    };
    let own = session.run(&inputs).expect("outputs");
    let differing = own
        .iter()
        .enumerate()
        .find(|(index, output)| output.bytes() != elements(format!("out{index}")));
    match differing {
        None => "own".to_owned(),
        Some((index, _)) => format!("output {index} is not that of a session of demilite's own"),
    }
}

#[test]
fn bundled_models_are_litert_s() {
    let names = ["shapes_f32", "shapes_f16", "shapes_int8"];
    let folder = repository().join("models/shapes");
    let models = names.map(|name| folder.join(name).with_extension("tflite"));
    for choice in [DelegateChoice::Reference, DelegateChoice::Cpu] {
        let Some(verdicts) = verdicts(choice, &models) else {
            return;
        };
        assert_eq!(verdicts["shapes_int8"], "same", "{choice}");
        for name in names {
            let verdict = &verdicts[name];
            assert!(
                ["same", "own"].contains(&&**verdict),
                "{choice}: {name}: {verdict}"
            );
        }
    }
}

#[test]
fn real_models_are_litert_s() {
    let folder = demilite_needs::models();
    let Ok(folders) = fs::read_dir(&folder) else {
        return demilite_needs::skip(Need::Models, format!("no folder {}", folder.display()));
    };
    let models = folders.filter_map(|entry| {
        let folder = entry.ok()?.path();
        let model = folder
            .join(folder.file_name()?)
            .with_added_extension("tflite");
        let has_golden = model.with_extension("npz").is_file();
        (has_golden && model.is_file()).then_some(model)
    });
    let models: Vec<PathBuf> = models.collect();
    let Some(verdicts) = verdicts(DelegateChoice::Cpu, &models) else {
        return;
    };
    assert_eq!(verdicts.len(), models.len());
    let count = |wanted: &str| {
        verdicts
            .values()
            .filter(|verdict| *verdict == wanted)
            .count()
    };
    println!(
        "of {} models {} are LiteRT's to the byte, and {} demilite's own",
        models.len(),
        count("same"),
        count("own")
    );
    let agrees = |verdict: &str| matches!(verdict, "same" | "own") || verdict.starts_with("left: ");
    let differing: BTreeMap<_, _> = verdicts
        .iter()
        .filter(|(_, verdict)| !agrees(verdict))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}
