//! Real models on the fast CPU delegate, on every set of instructions that the processor has.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use demilite_conformance::compare::{Tolerance, compare};
use demilite_conformance::golden::{Golden, ModelTruth, is_dynamic_range};
use demilite_core::{Delegate, Value};
use demilite_cpu::{CpuDelegate, CpuOptions, Fusion, InstructionSet};
use libtest_mimic::Failed;

use super::placement;

/// Numbers of threads that give the same bytes.
const THREADS: [usize; 3] = [1, 2, 3];

/// Integers and dynamic-range models come out with the reference's bytes, floats within the bound of models, and all of them with
/// the same bytes on any number of threads.
pub(crate) fn hold(
    golden: &Golden,
    reference: Arc<dyn Delegate>,
    truth: &OnceLock<Result<ModelTruth, String>>,
) -> Result<(), Failed> {
    let expected = golden
        .session(&[Arc::clone(&reference)])
        .build()?
        .run(golden.inputs())?;
    let is_exact = placement::is_integer(golden.model()) || is_dynamic_range(golden.graph());
    let sets = InstructionSet::ALL.into_iter();
    for set in sets.filter(|set| set.is_available()) {
        let mut first: Option<Vec<Value>> = None;
        for threads in THREADS.into_iter().filter_map(NonZeroUsize::new) {
            let options = CpuOptions::default()
                .with_instruction_set(set)
                .with_threads(threads)
                .with_fusion(match threads.get() {
                    1 => Fusion::Off,
                    2 => Fusion::Large,
                    _ => Fusion::Always,
                });
            let cpu: Arc<dyn Delegate> = Arc::new(CpuDelegate::new(&options)?);
            let mut session = golden.session(&[cpu, Arc::clone(&reference)]).build()?;
            let outputs = session.run(golden.inputs())?;
            let what = format!("{set:?}, {threads} threads");
            if is_exact {
                expect_same(&outputs, &expected, &what)?;
                continue;
            }
            match &first {
                Some(first) => expect_same(&outputs, first, &what)?,
                None => {
                    let truth = truth.get_or_init(|| {
                        ModelTruth::new(golden, &reference).map_err(|error| error.to_string())
                    });
                    let truth = truth.as_ref().map_err(Failed::from)?;
                    let held = truth.bound(golden, &[])?.hold(golden, &outputs);
                    held.map_err(|error| format!("{what}: {error}"))?;
                    first = Some(outputs);
                }
            }
        }
    }
    Ok(())
}

fn expect_same(outputs: &[Value], expected: &[Value], what: &str) -> Result<(), Failed> {
    for (index, (output, expected)) in std::iter::zip(outputs, expected).enumerate() {
        let held = compare(output.view(), expected.view(), Tolerance::EXACT);
        held.map_err(|difference| format!("{what}: output {index}: {difference}"))?;
    }
    Ok(())
}
