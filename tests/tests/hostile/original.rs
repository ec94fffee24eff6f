//! Files that are in order: what is damaged.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use demilite_conformance::cases;
use demilite_core::Model;
use demilite_core::schema;
use demilite_needs::Need;

use super::calls::{calling_models, custom_models};
use super::course::{Reached, put_to_the_test};
use super::place;

/// Files of `DEMILITE_MODELS` that are larger are left out: nearly all of them is weights.
const LARGEST_FILE: u64 = 100_000;

/// Cases whose files are larger are left out.
const LARGEST_CASE: usize = 4000;

/// A file that is in order.
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// Places that hold no constant: tables, vectors and strings.
    pub(crate) structure: Vec<usize>,
    /// Whether it is small enough to be run.
    pub(crate) runs: bool,
}

impl Original {
    pub(crate) fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let name = name.into();
        let mut is_data = vec![false; bytes.len()];
        let model = schema::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let buffers = model.buffers.iter().flatten();
        for data in buffers.filter_map(|buffer| buffer.data) {
            let start = data.as_ptr().addr() - bytes.as_ptr().addr();
            is_data[start..start + data.len()].fill(true);
        }
        let structure = (0..bytes.len()).filter(|&place| !is_data[place]).collect();
        let reached = put_to_the_test(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        Original {
            name,
            structure,
            runs: reached == Reached::Ran,
            bytes,
        }
    }

    /// A file of another kind, of which nothing is known.
    pub(crate) fn opaque(bytes: Vec<u8>) -> Self {
        Original {
            name: String::new(),
            structure: (0..bytes.len()).collect(),
            runs: false,
            bytes,
        }
    }

    /// What the file says, with the bytes inside that lie behind its FlatBuffer: writing it would lose them.
    pub(crate) fn model(&self) -> schema::Model<'_> {
        let mut model = schema::read(&self.bytes).expect("an original is in order");
        let buffers = model.buffers.iter_mut().flatten();
        for buffer in buffers.filter(|buffer| buffer.offset > 1) {
            let (start, size) = (buffer.offset as usize, buffer.size as usize);
            buffer.data = self.bytes.get(start..start + size);
            (buffer.offset, buffer.size) = (0, 0);
        }
        model
    }
}

/// The bundled models, one case of the suite of each op and type, models whose graphs call each other, custom ops, and small ones of the folder of real models where it is there.
pub(crate) fn originals() -> Vec<Original> {
    let bundled = models_in(&place::repository().join("models/shapes"), u64::MAX);
    assert!(bundled.len() >= 3, "{} bundled models", bundled.len());
    let mut originals = bundled;
    originals.extend(of_each_op());
    let calls = calling_models().into_iter().chain(custom_models());
    originals.extend(calls.map(|(name, bytes)| Original::new(name, bytes)));
    match fs::read_dir(place::models()) {
        Ok(folders) => {
            for folder in folders.flatten() {
                originals.extend(models_in(&folder.path(), LARGEST_FILE));
            }
        }
        Err(error) => {
            let folder = place::models();
            demilite_needs::skip(Need::Models, format!("{}: {error}", folder.display()));
        }
    }
    originals.sort_by(|a, b| a.name.cmp(&b.name));
    originals
}

fn models_in(folder: &Path, largest: u64) -> Vec<Original> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let models = entries.filter(|entry| {
        let is_small = entry.metadata().is_ok_and(|data| data.len() <= largest);
        is_small && entry.path().extension().is_some_and(|e| e == "tflite")
    });
    let read = |path: &Path| fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    models
        .map(|entry| Original::new(entry.file_name().to_string_lossy(), read(&entry.path())))
        .collect()
}

/// The first case of each op and type that is small and runs on zeros.
fn of_each_op() -> Vec<Original> {
    let mut kinds = BTreeSet::new();
    let mut originals = Vec::new();
    for case in cases::all() {
        let kind = (case.op().to_owned(), case.dtype().name());
        if kinds.contains(&kind) {
            continue;
        }
        let file = Model::from_graph(case.graph().clone()).to_bytes();
        let file = file.expect("the format holds every case");
        if file.len() > LARGEST_CASE {
            continue;
        }
        let original = Original::new(case.name(), file);
        if original.runs {
            kinds.insert(kind);
            originals.push(original);
        }
    }
    originals
}
