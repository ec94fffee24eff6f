//! Goldens that keep some of LiteRT's answers in the repository.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use demilite::npz::NpzWriter;
use demilite_conformance::{Case, drawn};
use demilite_core::{Model, Value};

use crate::oracle::{Answer, Oracle, Resolver};
use crate::{expectations, place};

/// The seeds that goldens are chosen from.
const SEEDS: u64 = 60;

/// The most bytes of a model with its inputs.
const LARGEST: usize = 2500;

/// The first small case of each op, type and kind that LiteRT's reference kernels get right.
fn chosen() -> Vec<Case> {
    let expectations = expectations();
    let mut kinds = BTreeSet::new();
    let mut chosen = Vec::new();
    // Goldens are held to the tolerance of their graph, which SVDF in LiteRT does not keep.
    for case in drawn::cases(0..SEEDS).filter(|case| case.op() != "svdf") {
        let kind = case
            .name()
            .rsplit_once('/')
            .map(|(kind, _)| kind.to_owned());
        let model = Model::from_graph(case.graph().clone());
        let bytes = model.to_bytes().expect("a file").len();
        let inputs = case.inputs(0);
        let bytes = bytes
            + inputs
                .iter()
                .map(|input| input.bytes().len())
                .sum::<usize>();
        if bytes <= LARGEST && expectations.of(case.name()).is_none() && kinds.insert(kind) {
            chosen.push(case);
        }
    }
    chosen
}

fn record(case: &Case, outputs: &[Value]) -> Result<(), Box<dyn std::error::Error>> {
    let name = case.name().replace('/', "-");
    let model = place::goldens().join(format!("{name}.tflite"));
    fs::write(&model, Model::from_graph(case.graph().clone()).to_bytes()?)?;
    let mut npz = NpzWriter::create(model.with_extension("npz"))?;
    for (prefix, values) in [("in", &case.inputs(0)[..]), ("out", outputs)] {
        for (place, value) in values.iter().enumerate() {
            npz.add(&format!("{prefix}{place}"), value)?;
        }
    }
    npz.finish()?;
    Ok(())
}

/// Writes the goldens anew, and what they come from.
#[test]
#[ignore = "it overwrites tests/goldens: run it with scripts/record-goldens"]
fn record_goldens() {
    let oracle = Oracle::find().expect("LiteRT in .venv: run scripts/test");
    let folder = place::goldens();
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the goldens");
    }
    fs::create_dir_all(&folder).expect("a folder for the goldens");
    let cases = chosen();
    let asked: Vec<&Case> = cases.iter().collect();
    let answers = oracle.ask("goldens", &asked, Resolver::Reference);
    for (case, answer) in std::iter::zip(&cases, answers) {
        match answer {
            Answer::Outputs(outputs) => {
                record(case, &outputs[0]).unwrap_or_else(|error| panic!("{}: {error}", case.name()))
            }
            Answer::Refused(words) => panic!("{}: {words}", case.name()),
        }
    }
    let version = "import importlib.metadata as m; print(m.version('ai-edge-litert'), end='')";
    let version = Command::new(oracle.python()).args(["-c", version]).output();
    let version = String::from_utf8(version.expect("Python runs").stdout).expect("a version");
    let provenance = format!(
        "# Goldens\n\n\
         {} cases, each a `NAME.tflite` with inputs `in0`, `in1`, … and outputs `out0`, `out1`, … in \
         `NAME.npz`.\n\n\
         - Models and inputs: drawn by `tests/src/drawn` from the op and the seed in the name; the \
         first small case of each op, type and kind among the seeds below {SEEDS}.\n\
         - Outputs: ai-edge-litert {version}, `OpResolverType.{}`, one thread.\n\
         - Again: `scripts/record-goldens`.\n",
        cases.len(),
        Resolver::Reference.name(),
    );
    fs::write(folder.join("README.md"), provenance).expect("a file");
}
