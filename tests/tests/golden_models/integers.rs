//! Models that compute with integers alone.

use std::env;
use std::sync::Arc;

use demilite_conformance::compare::{Tolerance, compare};
use demilite_conformance::golden::Golden;
use demilite_core::{Delegate, Value};
use libtest_mimic::Failed;

use super::placement::{MIN_SHARE, Placement};

/// How often each model runs, as `DEMILITE_REPEATS` says, or this often.
const REPEATS: usize = 3;

fn repeats() -> usize {
    match env::var("DEMILITE_REPEATS") {
        Ok(repeats) => repeats.parse().expect("DEMILITE_REPEATS is a number"),
        Err(_) => REPEATS,
    }
}

/// The outputs are the reference's bytes, every time, and the GPU runs all but a few nodes.
pub(crate) fn hold(
    golden: &Golden,
    gpu: Arc<dyn Delegate>,
    reference: Arc<dyn Delegate>,
) -> Result<(), Failed> {
    let expected = golden
        .session(&[Arc::clone(&reference)])
        .build()?
        .run(golden.inputs())?;
    let mut session = golden.session(&[gpu, reference]).build()?;
    let placement = Placement::new(golden.model(), session.plan());
    if placement.share() < MIN_SHARE {
        let (share, elsewhere) = (placement.share(), &placement.elsewhere);
        return Err(
            format!("{share:.3} of the nodes run on the GPU, and not {elsewhere:?}").into(),
        );
    }
    for repeat in 0..repeats().max(1) {
        session.reset_state();
        let outputs: Vec<Value> = session.run(golden.inputs())?;
        for (index, (output, expected)) in std::iter::zip(&outputs, &expected).enumerate() {
            let held = compare(output.view(), expected.view(), Tolerance::EXACT);
            held.map_err(|difference| format!("run {repeat}, output {index}: {difference}"))?;
        }
    }
    Ok(())
}
