//! Opening model files: read into memory, and mapped; by themselves, and with every constant looked at.

#![allow(
    missing_docs,
    reason = "the macros of criterion make an undocumented function"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use demilite_benches::{model_files, open};
use demilite_core::Model;

fn open_mapped(path: &Path) -> Model {
    // SAFETY: nobody changes the models while they are measured.
    let model = unsafe { Model::open_mapped(path) };
    model.unwrap_or_else(|error| panic!("{error}"))
}

/// Reads a byte of each page of the model's constants.
fn touch(model: &Model) -> u64 {
    const PAGE: usize = 4096;
    let tensors = model.graphs().iter().flat_map(|graph| graph.tensors());
    let constants = tensors.filter_map(|tensor| tensor.constant.as_ref());
    constants
        .flat_map(|constant| constant.bytes().iter().step_by(PAGE))
        .map(|&byte| u64::from(byte))
        .sum()
}

fn opening(criterion: &mut Criterion) {
    for path in model_files() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut group = criterion.benchmark_group(name.as_ref());
        group.sample_size(20);
        for (way, open) in [
            ("open", open as fn(&Path) -> Model),
            ("open_mapped", open_mapped),
        ] {
            group.bench_function(way, |bencher| bencher.iter(|| open(black_box(&path))));
            group.bench_function(format!("{way}, and read"), |bencher| {
                bencher.iter(|| touch(&open(black_box(&path))));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, opening);
criterion_main!(benches);
