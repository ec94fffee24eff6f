//! A delegate from elsewhere, and the test that gives it the whole suite.

use demilite_core::*;

/// Runs ZEROS_LIKE of any type. Whatever group of such nodes it is given, its outputs are zeros.
#[derive(Clone, Debug)]
pub struct Zeros;

impl Delegate for Zeros {
    fn name(&self) -> &str {
        "zeros"
    }
    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        match (node.op(), node.shape(0)) {
            (Op::ZerosLike(_), Ok(_)) => Ok(()),
            (op, _) => Err(Reject::unsupported(format!("no such {}", op.name()))),
        }
    }
    fn compile(&self, _: &Partition) -> Result<std::sync::Arc<dyn Compiled>, CompileError> {
        Ok(std::sync::Arc::new(Zeros))
    }
}

impl Executable for Zeros {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let outputs = io.outputs.iter_mut();
        outputs.for_each(|output| output.bytes_mut().fill(0));
        Ok(())
    }
}

#[test]
fn it_holds_against_the_suite() {
    let delegate: std::sync::Arc<dyn Delegate> = std::sync::Arc::new(Zeros);
    let mut options = demilite_conformance::Options::default();
    let lines = include_str!("../expectations.txt");
    options.expectations = lines.parse().expect("a kind, a pattern and a reason each");
    let report = demilite_conformance::run(&delegate, &options);
    assert!(report.is_clean() && report.ran() > 0, "{report}");
}
