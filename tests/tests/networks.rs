//! How many real networks use only ops that run here.
//!
//! `op-coverage.tsv` beside the models has, for each op, how many of a number of public networks use
//! it; `op-greedy.tsv` how many are complete with the ops down to each line. Neither says which
//! networks those are, so that two lower bounds are to be had: all networks less those of each op that
//! is missing, where a network with several counts several times, and the greatest count of the greedy
//! list down to the first op that is missing.

use std::fs;

use demilite_core::Op;
use demilite_core::schema::BuiltinOperator;
use demilite_needs::Need;

/// Networks that are to be complete at least, of 372: 95 %.
const LEAST: usize = 354;

/// An op with the number of networks that use it.
struct Used {
    op: String,
    networks: usize,
}

/// Whether the reference runs an op of this name; custom ops are written `CUSTOM:NAME`.
fn runs(name: &str) -> bool {
    match name.strip_prefix("CUSTOM:") {
        Some(custom) => demilite_custom_ops::reference()
            .custom_op_names()
            .any(|known| known == custom),
        None => {
            let mut operators = BuiltinOperator::ALL.iter();
            operators.any(|operator| operator.name() == name && Op::is_typed(*operator))
        }
    }
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).map(|line| line.split('\t').collect())
}

/// How many networks were counted: the number in the first line, `# networks (…): 372 …`.
fn counted(text: &str) -> usize {
    let (_, number) = text.split_once("): ").expect("the first line tells");
    let digits = number.split(|c: char| !c.is_ascii_digit()).next();
    digits
        .and_then(|digits| digits.parse().ok())
        .expect("a number")
}

#[test]
fn nearly_all_networks_use_ops_that_run() {
    let read = |name| fs::read_to_string(demilite_needs::models().join(name));
    let (Ok(coverage), Ok(greedy)) = (read("op-coverage.tsv"), read("op-greedy.tsv")) else {
        let reason = "no op-coverage.tsv and op-greedy.tsv beside the models";
        return demilite_needs::skip(Need::Models, reason);
    };
    let networks = counted(&coverage);
    let used: Vec<Used> = rows(&coverage)
        .map(|row| Used {
            op: row[0].to_owned(),
            networks: row[1].parse().expect("a number"),
        })
        .collect();
    assert!(used.len() > 100, "{} ops are counted", used.len());
    let missing: Vec<&Used> = used
        .iter()
        .filter(|used| used.networks > 0 && !runs(&used.op))
        .collect();
    let lacking: usize = missing.iter().map(|used| used.networks).sum();
    let by_sum = networks.saturating_sub(lacking);
    let by_list = rows(&greedy)
        .take_while(|row| runs(row[1]))
        .map(|row| row[2].parse().expect("a number"))
        .max()
        .unwrap_or(0);
    for Used { op, networks } in &missing {
        println!("{networks} networks use {op}, which does not run");
    }
    println!(
        "of {networks} networks at least {} use only ops that run",
        by_sum.max(by_list)
    );
    assert!(by_sum.max(by_list) >= LEAST, "{LEAST} were to be complete");
}
