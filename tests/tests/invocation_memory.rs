//! What the fast CPU delegate takes from the heap after its first invocation: nothing.

#[path = "hostile/allocation.rs"]
mod allocation;
mod place;

use std::num::NonZeroUsize;
use std::sync::Arc;

use allocation::peak_bytes;
use demilite_core::{Delegate, Model, Session};
use demilite_cpu::{CpuDelegate, CpuOptions};
use demilite_cpu_reference::ReferenceDelegate;

#[test]
fn invocations_after_the_first_allocate_nothing() {
    // The queue of a pool of threads grows and shrinks.
    let options = CpuOptions::default().with_threads(NonZeroUsize::MIN);
    for name in ["shapes_f32", "shapes_f16", "shapes_int8"] {
        let path = place::repository().join(format!("models/shapes/{name}.tflite"));
        let model = Arc::new(Model::open(path).expect("the bundled model"));
        let delegates: [Arc<dyn Delegate>; 2] = [
            Arc::new(CpuDelegate::new(&options).expect("a processor")),
            Arc::new(ReferenceDelegate::new()),
        ];
        let session = Session::builder(model).delegates(delegates).build();
        let mut session = session.expect("it runs");
        let input = session.input_zeros(0).expect("an input");
        let mut outputs = Vec::new();
        let mut run = || session.run_into(&[input.view()], &mut outputs);
        run().expect("an answer");
        let (result, peak) = peak_bytes(run);
        result.expect("an answer");
        assert_eq!(peak, 0, "{name}");
    }
}
