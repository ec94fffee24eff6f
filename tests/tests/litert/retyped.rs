//! Files that state another type for an output than LiteRT gives it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use demilite_conformance::{Case, drawn};
use demilite_core::schema;
use demilite_core::{DataType, Model};

use crate::oracle::{Answer, Oracle, Resolver, write_as};
use crate::{difference, expectations, failure};

/// The seeds that cases are chosen from.
const SEEDS: u64 = 60;

/// How many operators are asked about at least.
const MIN_OPERATORS: usize = 35;

/// The types that outputs are said to have.
const STATED: [DataType; 3] = [DataType::Float32, DataType::Int64, DataType::Bool];

/// The case as a file whose last node states `dtype` for its outputs.
fn stating(case: &Case, dtype: DataType) -> Vec<u8> {
    let bytes = Model::from_graph(case.graph().clone()).to_bytes();
    let bytes = bytes.expect("a file");
    let mut file = schema::read(&bytes).expect("a model");
    let graph = &mut file.subgraphs.as_mut().expect("graphs")[0];
    let last = graph
        .operators
        .as_ref()
        .and_then(|operators| operators.last());
    let outputs = last.and_then(|operator| operator.outputs.clone());
    let tensors = graph.tensors.as_mut().expect("tensors");
    for output in outputs.expect("outputs") {
        tensors[output as usize].tensor_type = dtype as i8;
    }
    schema::write(&file).expect("a file")
}

/// The type of the first output of a file.
fn output_type(file: &[u8]) -> Option<DataType> {
    let model = Model::from_bytes(file, "retyped").ok()?;
    let graph = model.graphs().first()?;
    Some(graph.tensor(*graph.outputs().first()?).dtype)
}

/// The first drawn case of each operator and type whose output the file may call something else.
fn retyped() -> Vec<(Case, Vec<u8>)> {
    let expectations = expectations();
    let mut seen = BTreeSet::new();
    let mut retyped = Vec::new();
    let is_single = |case: &Case| case.graph().nodes().len() == 1;
    for case in drawn::cases(0..SEEDS).filter(is_single) {
        let dtype = case.graph().tensor(case.graph().outputs()[0]).dtype;
        let stated = STATED.into_iter().find(|&stated| stated != dtype);
        let file = stating(&case, stated.expect("another type"));
        let operator = case.graph().nodes()[0].op.name().to_owned();
        if output_type(&file) == Some(dtype)
            && expectations.of(case.name()).is_none()
            && seen.insert((operator, dtype))
        {
            retyped.push((case, file));
        }
    }
    retyped
}

#[test]
fn outputs_have_the_types_that_litert_gives_them() {
    let Some(oracle) = Oracle::find() else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("retyped");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let retyped = retyped();
    let operators: BTreeSet<&str> = retyped
        .iter()
        .map(|(case, _)| case.graph().nodes()[0].op.name())
        .collect();
    assert!(operators.len() >= MIN_OPERATORS, "{operators:?}");
    for (index, (case, file)) in retyped.iter().enumerate() {
        write_as(file, case, &folder, index);
    }
    let answers = oracle.ask_files(&folder, retyped.len(), Resolver::Reference);
    let failures = std::iter::zip(&retyped, answers).filter_map(|((case, _), answer)| {
        let reason = match answer {
            Answer::Outputs(outputs) => difference(case, &outputs, 0.0)?,
            Answer::Refused(words) => format!("LiteRT refuses it: {words}"),
        };
        Some(failure(case, reason))
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    println!("{} files of {} operators", retyped.len(), operators.len());
}
