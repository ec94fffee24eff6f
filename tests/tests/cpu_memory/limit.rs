//! How much more than the least networks may take.

use demilite_core::{Counters, PlannedPartition, Session};
use demilite_cpu::InstructionSet;

use crate::networks;

/// Networks that take more, for one reason.
pub(crate) struct More {
    /// Why.
    pub(crate) reason: &'static str,
    /// The networks, each with how many times the least it takes at most.
    pub(crate) networks: &'static [(&'static str, f64)],
}

/// Holds the partitions of the fast delegate to `times` the least, or to what `more` says of their network. `measure` tells what a
/// partition takes, and the least.
pub(crate) fn hold(
    times: f64,
    more: &[More],
    measure: impl Fn(&Session, &PlannedPartition, &Counters) -> (u64, u64),
) {
    // Others lay out weights in another way, or make words of bytes.
    if InstructionSet::detect() < InstructionSet::Avx512Vnni {
        return demilite_needs::leave_out("the limits are those of AVX-512 with VNNI");
    }
    let mut faults = Vec::new();
    for network in networks::all() {
        let session = networks::session(&network);
        let name = network.file_stem().and_then(|name| name.to_str());
        let name = name.expect("plain names");
        let exceptions = more.iter().flat_map(|more| {
            let networks = more.networks.iter();
            networks.map(|network| (more.reason, network))
        });
        let exception = exceptions
            .clone()
            .find(|(_, (network, _))| *network == name);
        let (reason, times) =
            exception.map_or(("", times), |(reason, &(_, times))| (reason, times));
        for (partition, counters) in session.plan().partitions.iter().zip(session.counters()) {
            if partition.delegate != 0 {
                continue;
            }
            let (taken, least) = measure(&session, partition, &counters);
            println!("{name}: {taken} bytes, {least} at least {reason}");
            if taken as f64 > times * least as f64 {
                faults.push(format!(
                    "{name}: {taken} bytes, more than {times} times {least}"
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
