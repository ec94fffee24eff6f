//! The reference backend against the goldens of the repository, which need neither LiteRT nor models.

mod place;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite::npz::NpzWriter;
use demilite_conformance::golden::{Golden, GoldenFailure, goldens_in, reference_tolerance};
use demilite_core::{DataType, Delegate, for_each_op};
use demilite_cpu_reference::ReferenceDelegate;

/// How many goldens there are at least.
const LEAST: usize = 250;

/// Ops that nothing is drawn of; SEGMENT_SUM and hash tables, which LiteRT's reference kernels lack; SVDF, which
/// sums in another order there; and BIDIRECTIONAL_SEQUENCE_LSTM, whose models are all too large.
const WITHOUT_GOLDENS: [&str; 15] = [
    "assign_variable",
    "bidirectional_lstm",
    "control_flow",
    "densify",
    "hashtable",
    "hashtable_find",
    "hashtable_import",
    "hashtable_size",
    "range",
    "rank",
    "read_variable",
    "segment_sum",
    "shape_of",
    "svdf",
    "var_handle",
];

fn goldens() -> Vec<Golden> {
    let paths = goldens_in(&place::goldens()).expect("the goldens");
    let goldens = paths
        .iter()
        .map(|path| Golden::open(path).unwrap_or_else(|error| panic!("{error}")));
    goldens.collect()
}

fn reference() -> [Arc<dyn Delegate>; 1] {
    [Arc::new(ReferenceDelegate::default())]
}

#[test]
fn the_reference_gives_what_was_recorded() {
    let goldens = goldens();
    assert!(goldens.len() >= LEAST, "{} goldens", goldens.len());
    let failures: Vec<String> = goldens
        .iter()
        .filter_map(|golden| {
            let tolerance = reference_tolerance(golden.graph());
            golden.check(&reference(), tolerance).err()
        })
        .map(|failure| failure.to_string())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The same golden with one bit of its last output turned; `None` where that is empty.
fn spoiled(golden: &Golden) -> Option<Golden> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spoiled");
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    let model = folder.join(format!("{}.tflite", golden.name()));
    let original = place::goldens().join(format!("{}.tflite", golden.name()));
    fs::copy(original, &model).expect("a model");
    let mut outputs = golden.outputs().to_vec();
    // A bit that is not a sign, since zeros of both signs are near one another.
    let last = outputs.last_mut()?;
    let highest = last.dtype().bits()? / 8 - 1;
    *last.bytes_mut().get_mut(highest)? ^= match last.dtype() {
        DataType::Bool => 1,
        _ => 0x40,
    };
    let mut npz = NpzWriter::create(model.with_extension("npz")).expect("an archive");
    for (prefix, values) in [("in", golden.inputs()), ("out", &outputs[..])] {
        for (place, value) in values.iter().enumerate() {
            npz.add(&format!("{prefix}{place}"), value)
                .expect("an array");
        }
    }
    npz.finish().expect("an archive");
    Some(Golden::open(&model).expect("the spoiled golden"))
}

#[test]
fn a_golden_with_one_bit_turned_is_caught() {
    let goldens = goldens();
    let mut caught = 0;
    for spoiled in goldens.iter().step_by(7).filter_map(spoiled) {
        let name = spoiled.name();
        let failure = spoiled.check(&reference(), reference_tolerance(spoiled.graph()));
        let is_caught = matches!(failure, Err(GoldenFailure::Differs { .. }));
        assert!(is_caught, "{name}: {failure:?}");
        caught += 1;
    }
    assert!(caught > 20, "{caught}");
}

#[test]
fn every_op_that_is_drawn_has_goldens() {
    macro_rules! stems {
        ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
            [$(stringify!($file)),+]
        };
    }
    let goldens = goldens();
    let recorded: BTreeSet<&str> = goldens
        .iter()
        .filter_map(|golden| golden.name().split('-').next())
        .collect();
    let without = for_each_op!(stems)
        .into_iter()
        .filter(|op| !recorded.contains(op));
    assert_eq!(without.collect::<Vec<_>>(), WITHOUT_GOLDENS);
}
