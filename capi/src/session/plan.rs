//! Plans as text.

use std::fmt::Write;

use demilite::Session;

/// Who runs which node of a session, and why not the others: a line for each.
pub(super) fn words(session: &Session) -> String {
    let plan = session.plan();
    let mut words = String::new();
    for (index, (node, placement)) in
        std::iter::zip(session.graph().nodes(), &plan.placements).enumerate()
    {
        let partitions = placement.partitions.iter();
        let delegates = partitions.map(|&partition| plan.partitions[partition].delegate);
        let mut delegates: Vec<&str> = delegates.map(|place| &*plan.delegates[place]).collect();
        delegates.dedup();
        let delegates = match &delegates[..] {
            [] => "known ahead".to_owned(),
            delegates => delegates.join(", "),
        };
        // Writing to a text does not fail.
        let _ = write!(words, "{index} {}: {delegates}", node.op.name());
        for (delegate, reject) in &placement.rejections {
            let _ = write!(words, "; not {}: {reject}", plan.delegates[*delegate]);
        }
        words.push('\n');
    }
    words
}
