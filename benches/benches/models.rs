//! One inference of whole models, on each backend at hand.

#![allow(
    missing_docs,
    reason = "the macros of criterion make an undocumented function"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use demilite_benches::{backends, model_files, open, session};

fn models(criterion: &mut Criterion) {
    let backends = backends();
    for path in model_files() {
        let model = Arc::new(open(&path));
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut group = criterion.benchmark_group(name.as_ref());
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(3));
        for (backend, delegates) in &backends {
            let (mut session, inputs) = session(&model, delegates);
            group.bench_function(*backend, |bencher| {
                bencher.iter(|| session.run(black_box(&inputs)).expect("it ran before"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, models);
criterion_main!(benches);
