//! The reference backend against LiteRT's reference kernels, on every case of the suite.

mod place;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use demilite::npz::{NpzReader, NpzWriter};
use demilite_conformance::compare::compare;
use demilite_conformance::expectations::{Expectations, Kind};
use demilite_conformance::golden::reference_tolerance;
use demilite_conformance::{Case, RUNS, cases};
use demilite_core::{Model, Session};
use demilite_cpu_reference::ReferenceDelegate;

fn python() -> Option<PathBuf> {
    let python = place::repository().join(".venv/bin/python");
    let import = ["-c", "import ai_edge_litert"];
    let has_litert = Command::new(&python).args(import).output();
    has_litert
        .is_ok_and(|output| output.status.success())
        .then_some(python)
}

/// The file of a case; the extension is `tflite` before LiteRT ran.
fn file(folder: &Path, index: usize, extension: &str) -> PathBuf {
    folder.join(format!("{index:05}.{extension}"))
}

fn write(case: &Case, folder: &Path, index: usize) {
    let model = Model::from_graph(case.graph().clone());
    let bytes = model
        .to_bytes()
        .unwrap_or_else(|error| panic!("{}: {error}", case.name()));
    fs::write(file(folder, index, "tflite"), bytes).expect("a file in the target folder");
    let mut npz = NpzWriter::create(file(folder, index, "npz")).expect("an archive");
    for run in 0..RUNS {
        for (place, value) in case.inputs(run).iter().enumerate() {
            npz.add(&format!("run{run}_in{place}"), value)
                .expect("an array");
        }
    }
    npz.finish().expect("an archive");
}

/// Why the reference and LiteRT differ on a case, if they do; `Err` with LiteRT's words where it
/// refuses the case.
fn difference(case: &Case, folder: &Path, index: usize) -> Result<Option<String>, String> {
    if let Ok(refusal) = fs::read_to_string(file(folder, index, "error.txt")) {
        return Err(refusal.replace('\n', " "));
    }
    let model = Arc::new(Model::from_graph(case.graph().clone()));
    let mut session = Session::builder(model)
        .delegate(Arc::new(ReferenceDelegate))
        .build()
        .map_err(|error| format!("the reference refuses it: {error}"))?;
    let tolerance = reference_tolerance(case.graph());
    let mut npz = NpzReader::open(file(folder, index, "litert.npz")).map_err(|e| e.to_string())?;
    for run in 0..RUNS {
        let outputs = session
            .run(&case.inputs(run))
            .map_err(|error| error.to_string())?;
        for (place, output) in outputs.iter().enumerate() {
            let name = format!("run{run}_out{place}");
            let expected = npz.value(&name).map_err(|error| error.to_string())?;
            if let Err(difference) = compare(output.view(), expected.view(), tolerance) {
                return Ok(Some(difference.to_string()));
            }
        }
    }
    Ok(None)
}

#[test]
fn the_reference_gives_the_bytes_of_litert() {
    let Some(python) = python() else {
        let required = place::is_required("DEMILITE_REQUIRE_LITERT");
        assert!(!required, "no LiteRT in .venv: run scripts/test");
        println!("skipped: no LiteRT in .venv: run scripts/test");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("litert");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let cases = cases::all();
    for (index, case) in cases.iter().enumerate() {
        write(case, &folder, index);
    }
    let script = place::repository().join("tests/oracle/litert.py");
    let oracle = Command::new(python)
        .arg(script)
        .arg(&folder)
        .output()
        .expect("Python runs");
    let last = String::from_utf8_lossy(&oracle.stdout)
        .lines()
        .last()
        .map(str::to_owned);
    let complaint = String::from_utf8_lossy(&oracle.stderr);
    assert!(
        oracle.status.success(),
        "LiteRT ended at {last:?}: {complaint}"
    );

    let path = place::repository().join("tests/expectations/litert.txt");
    let text = fs::read_to_string(&path).expect("the expectations");
    let expectations: Expectations = text.parse().expect("the expectations");
    let (mut equal, mut refused, mut known) = (0, 0, 0);
    let mut failures = Vec::new();
    let mut seen = vec![false; expectations.lines().len()];
    for (index, case) in cases.iter().enumerate() {
        let expectation = expectations.of(case.name());
        if let Some((line, _)) = expectation {
            seen[line] = true;
        }
        let kind = expectation.map(|(_, line)| line.kind);
        match (difference(case, &folder, index), kind) {
            (Ok(None), None) => equal += 1,
            (Err(_), Some(Kind::Unsupported)) => refused += 1,
            (Ok(Some(_)), Some(Kind::ExpectedFailure)) => known += 1,
            (outcome, _) => failures.push(format!("{}: {outcome:?} where {kind:?}", case.name())),
        }
    }
    for (line, _) in std::iter::zip(expectations.lines(), seen).filter(|(_, seen)| !seen) {
        failures.push(format!("{} speaks of no case", line.pattern));
    }
    println!("LiteRT: {equal} cases equal, {refused} refused by it, {known} known to differ");
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
