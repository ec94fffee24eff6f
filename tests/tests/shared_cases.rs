//! Small models from public reports of other runtimes, each with what is right, on the reference, on the fast CPU delegate and on the GPU.
//!
//! They lie in the folder `cases` beside that of the real models. A folder without `inputs.npz` and `expected.npz` is a case of the
//! command line, whose tests run it.

use std::path::PathBuf;
use std::sync::Arc;

use demilite_conformance::golden::{Found, GoldenOptions, find, run};
use demilite_conformance::report::{Entry, Outcome};
use demilite_core::Delegate;
use demilite_cpu::{CpuDelegate, CpuOptions};
use demilite_gpu::{GpuContext, GpuDelegate, GpuOptions, Precision};
use demilite_needs::Need;

/// Cases whose outputs LiteRT's optimized kernels made, since its reference kernels are wrong or lack the op.
const OF_OPTIMIZED_KERNELS: &[&str] = &["missing_blockwise_int4_fc"];

/// The cases, or none and a skip that is said.
fn cases() -> Vec<Found> {
    let folder: PathBuf = demilite_needs::models().with_file_name("cases");
    let found = match find(&folder) {
        Ok(found) => found,
        Err(error) => {
            let folder = folder.display();
            demilite_needs::skip(Need::Models, format!("{folder}: {error}"));
            return Vec::new();
        }
    };
    let mut cases: Vec<Found> = found
        .into_iter()
        .filter(|found| {
            found
                .model
                .as_ref()
                .is_ok_and(|path| path.with_file_name("expected.npz").is_file())
        })
        .collect();
    for case in &mut cases {
        let is_optimized = OF_OPTIMIZED_KERNELS.contains(&case.name.as_str());
        case.kernels = is_optimized.then(|| "optimized".to_owned());
    }
    cases
}

/// Holds every case on these delegates.
fn hold(delegates: Vec<Arc<dyn Delegate>>) {
    let report = run(&cases(), &GoldenOptions::new(delegates), &mut |_| {});
    let holds = |entry: &Entry| matches!(entry.outcome, Outcome::Exact | Outcome::WithinTolerance);
    let wrong: Vec<String> = report
        .entries
        .iter()
        .filter(|entry| !holds(entry))
        .map(|entry| format!("{}: {:?} {}", entry.name, entry.outcome, entry.reason))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_is_right_on_the_reference() {
    hold(vec![Arc::new(demilite_custom_ops::reference())]);
}

#[test]
fn every_case_is_right_on_the_cpu() {
    let cpu = CpuDelegate::new(&CpuOptions::default()).expect("a processor");
    hold(vec![
        Arc::new(cpu),
        Arc::new(demilite_custom_ops::reference()),
    ]);
}

#[test]
fn every_case_is_right_on_the_gpu() {
    for precision in [Precision::Auto, Precision::F32] {
        let options = GpuOptions::default().precision(precision);
        let context = match GpuContext::open(options) {
            Ok(context) => context,
            Err(error) => return demilite_needs::skip(Need::Gpu, error),
        };
        hold(vec![
            Arc::new(GpuDelegate::new(context)),
            Arc::new(demilite_custom_ops::reference()),
        ]);
    }
}
