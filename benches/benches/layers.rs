//! The heaviest layer of each kind of each model, on each backend at hand.

#![allow(
    missing_docs,
    reason = "the macros of criterion make an undocumented function"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use demilite_benches::{Kind, Layer, backends, model_files, open, session};

fn layers(criterion: &mut Criterion) {
    let backends = backends();
    let models: Vec<_> = model_files().iter().map(|path| open(path)).collect();
    for kind in Kind::ALL {
        let mut group = criterion.benchmark_group(kind.name());
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(2));
        for model in &models {
            let Some(layer) = Layer::heaviest(model, kind) else {
                continue;
            };
            group.throughput(match layer.work.multiply_adds {
                0 => Throughput::Bytes(layer.work.bytes),
                products => Throughput::Elements(2 * products),
            });
            let layer_model = Arc::new(layer.model);
            let file = model.name().rsplit('/').next().unwrap_or_default();
            for (backend, delegates) in &backends {
                let (mut session, inputs) = session(&layer_model, delegates);
                let id = BenchmarkId::new(*backend, format!("{file} {}", layer.name));
                group.bench_function(id, |bencher| {
                    bencher.iter(|| session.run(black_box(&inputs)).expect("it ran before"));
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, layers);
criterion_main!(benches);
