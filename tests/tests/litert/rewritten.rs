//! Models that are read and written again are the same models to LiteRT.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use demilite_conformance::golden::goldens_in;
use demilite_core::Model;
use demilite_needs::Need;

use crate::oracle::Oracle;
use crate::place;

/// Where a real folder of models has fewer that LiteRT runs, something is wrong with the test.
const LEAST: usize = 100;

#[test]
fn every_model_is_the_same_once_it_was_written_again() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    let originals = place::models();
    let models = match goldens_in(&originals) {
        Ok(models) => models,
        Err(error) => {
            let folder = originals.display();
            return demilite_needs::skip(Need::Models, format!("{folder}: {error}"));
        }
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rewritten");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    for path in &models {
        let mut parts = Model::open(path).expect("a model").into_parts();
        for graph in 0..parts.graphs.len() {
            parts.edit(graph, |_| {}).expect("the same graph");
        }
        let model = parts.into_model().expect("the same model");
        let name = path.file_name().expect("a file's name");
        model.save(folder.join(name)).expect("a file");
    }
    let script = place::repository().join("tests/oracle/rewritten.py");
    let output = Command::new(oracle.python())
        .arg(script)
        .args([&originals, &folder])
        .output()
        .expect("Python");
    let said = String::from_utf8_lossy(&output.stdout);
    let verdicts: BTreeMap<&str, &str> = said
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(verdicts.len(), models.len(), "{errors}");
    let differing = verdicts
        .iter()
        .filter(|(_, verdict)| !["same", "refused"].contains(*verdict));
    let differing: Vec<_> = differing.collect();
    assert!(differing.is_empty(), "{differing:#?}");
    let same = verdicts
        .values()
        .filter(|verdict| **verdict == "same")
        .count();
    assert!(
        same >= LEAST,
        "{same} of {} run: {verdicts:#?}",
        models.len()
    );
}
