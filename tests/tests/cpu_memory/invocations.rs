//! Invocations after the first.

use crate::allocation::peak_bytes;
use crate::networks;

#[test]
fn invocations_after_the_first_allocate_nothing() {
    for network in networks::bundled() {
        let mut session = networks::session(&network);
        let input = session.input_zeros(0).expect("an input");
        let mut outputs = Vec::new();
        let mut run = || session.run_into(&[input.view()], &mut outputs);
        run().expect("an answer");
        let (result, peak) = peak_bytes(run);
        result.expect("an answer");
        assert_eq!(peak, 0, "{}", network.display());
    }
}
