//! LiteRT's kernels, asked from Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use demilite::npz::{NpzReader, NpzWriter};
use demilite_conformance::{Case, RUNS};
use demilite_core::schema::{self, BuiltinOperator};
use demilite_core::{Model, Value};
use demilite_needs::Need;

use crate::place;

/// Which kernels answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Resolver {
    /// The plain ones.
    Reference,
    /// Those for CPUs, which are other code.
    Optimized,
}

impl Resolver {
    /// Its name in LiteRT's Python.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Resolver::Reference => "BUILTIN_REF",
            Resolver::Optimized => "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
        }
    }
}

/// What LiteRT makes of a case.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The outputs of each run.
    Outputs(Vec<Vec<Value>>),
    /// Its words against the case.
    Refused(String),
}

/// How many cases one process answers.
const BATCH: usize = 3000;

/// A Python that has LiteRT.
pub(crate) struct Oracle {
    python: PathBuf,
}

impl Oracle {
    /// The oracle of the virtual environment, or `None` where it is missing and need not be there.
    pub(crate) fn find() -> Option<Self> {
        let python = place::repository().join(".venv/bin/python");
        let import = ["-c", "import ai_edge_litert"];
        let has_litert = Command::new(&python).args(import).output();
        if has_litert.is_ok_and(|output| output.status.success()) {
            return Some(Oracle { python });
        }
        demilite_needs::skip(Need::Litert, "no LiteRT in .venv");
        None
    }

    /// The interpreter that has LiteRT.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// The answer to each case, in order. `name` is the name of the folder where they are asked.
    pub(crate) fn ask(&self, name: &str, cases: &[&Case], resolver: Resolver) -> Vec<Answer> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("a folder of this test");
        }
        std::thread::scope(|scope| {
            let batches: Vec<_> = cases
                .chunks(BATCH)
                .enumerate()
                .map(|(index, cases)| {
                    let folder = folder.join(index.to_string());
                    scope.spawn(move || self.ask_batch(&folder, cases, resolver))
                })
                .collect();
            batches
                .into_iter()
                .flat_map(|batch| batch.join().expect("a batch"))
                .collect()
        })
    }

    fn ask_batch(&self, folder: &Path, cases: &[&Case], resolver: Resolver) -> Vec<Answer> {
        fs::create_dir_all(folder).expect("a folder in the target folder");
        for (index, case) in cases.iter().enumerate() {
            write(case, folder, index);
        }
        self.answer(folder, resolver);
        (0..cases.len()).map(|index| read(folder, index)).collect()
    }

    /// Asks about the models `00000.tflite`, `00001.tflite`, … of a folder, each with the inputs of its runs in an archive beside it.
    pub(crate) fn ask_files(&self, folder: &Path, count: usize, resolver: Resolver) -> Vec<Answer> {
        self.answer(folder, resolver);
        (0..count).map(|index| read(folder, index)).collect()
    }

    fn answer(&self, folder: &Path, resolver: Resolver) {
        while let Some(model) = self.run(folder, resolver) {
            // A failed check within LiteRT ends its process.
            let refusal = Path::new(&model).with_extension("error.txt");
            fs::write(folder.join(refusal), "it ends the process").expect("a file");
        }
    }

    /// Runs the models of a folder that have no answer. Returns the file name of the model that ended
    /// the process, if one did.
    fn run(&self, folder: &Path, resolver: Resolver) -> Option<String> {
        let output = Command::new(&self.python)
            .arg(place::repository().join("tests/oracle/litert.py"))
            .arg(folder)
            .args(["--runs", &RUNS.to_string(), "--resolver", resolver.name()])
            .output()
            .expect("Python runs");
        if output.status.success() {
            return None;
        }
        let last = String::from_utf8_lossy(&output.stdout);
        let last = last.lines().last().map(str::to_owned);
        let is_exit = output.status.code().is_some();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!is_exit && last.is_some(), "at {last:?}: {complaint}");
        last
    }
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
    write_as(&bytes, case, folder, index);
}

/// Writes a model that is fed the inputs of a case.
pub(crate) fn write_as(model: &[u8], case: &Case, folder: &Path, index: usize) {
    write_fed(model, |run| case.inputs(run), folder, index);
}

/// Writes a model that is fed these inputs in each run.
pub(crate) fn write_fed(
    model: &[u8],
    inputs: impl Fn(u64) -> Vec<Value>,
    folder: &Path,
    index: usize,
) {
    let model = with_first_versions(model);
    fs::write(file(folder, index, "tflite"), model).expect("a file in the target folder");
    let mut npz = NpzWriter::create(file(folder, index, "npz")).expect("an archive");
    for run in 0..RUNS {
        for (place, value) in inputs(run).iter().enumerate() {
            npz.add(&format!("run{run}_in{place}"), value)
                .expect("an array");
        }
    }
    npz.finish().expect("an archive");
}

/// The model with the first version of each operator. Of some, LiteRT's resolver of reference kernels registers no higher ones,
/// although the kernels compute them.
fn with_first_versions(model: &[u8]) -> Vec<u8> {
    let mut file = schema::read(model).expect("a model");
    for code in file.operator_codes.iter_mut().flatten() {
        // BROADCAST_TO had a first version under another code.
        let is_second = code.builtin_code == BuiltinOperator::BroadcastTo.code();
        code.version = 1 + i32::from(is_second);
    }
    schema::write(&file).expect("a file")
}

fn read(folder: &Path, index: usize) -> Answer {
    if let Ok(refusal) = fs::read_to_string(file(folder, index, "error.txt")) {
        return Answer::Refused(refusal.replace('\n', " "));
    }
    let mut npz = NpzReader::open(file(folder, index, "litert.npz")).expect("LiteRT's outputs");
    let mut outputs = Vec::new();
    for run in 0..RUNS {
        let names = (0..).map(|place| format!("run{run}_out{place}"));
        outputs.push(names.map_while(|name| npz.value(&name).ok()).collect());
    }
    Answer::Outputs(outputs)
}
