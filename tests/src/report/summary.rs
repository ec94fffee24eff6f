//! Entries by op and precision.

use crate::compare::Distance;

use super::{Entry, Outcome, Report};

/// What came of the cases of one op in one precision.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The op.
    pub op: String,
    /// The precision.
    pub precision: String,
    /// How many cases there are.
    pub cases: usize,
    /// With the expected bits.
    pub exact: usize,
    /// With floats within their bound.
    pub within_tolerance: usize,
    /// The greatest distance among those.
    pub worst: Distance,
    /// Rejected.
    pub rejected: usize,
    /// Failed, as expected or not, or invalid.
    pub failed: usize,
    /// Why they are rejected or known to fail, each reason once.
    pub reasons: Vec<String>,
}

/// A row for each op and precision, in the order in which they came.
pub fn summary(report: &Report) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for entry in &report.entries {
        let is_of = |row: &&mut Row| row.op == entry.op && row.precision == entry.precision;
        match rows.iter_mut().find(is_of) {
            Some(row) => row.add(entry),
            None => {
                let mut row = Row {
                    op: entry.op.clone(),
                    precision: entry.precision.clone(),
                    cases: 0,
                    exact: 0,
                    within_tolerance: 0,
                    worst: Distance::default(),
                    rejected: 0,
                    failed: 0,
                    reasons: Vec::new(),
                };
                row.add(entry);
                rows.push(row);
            }
        }
    }
    rows
}

impl Row {
    fn add(&mut self, entry: &Entry) {
        self.cases += 1;
        *match entry.outcome {
            Outcome::Exact => &mut self.exact,
            Outcome::WithinTolerance => &mut self.within_tolerance,
            Outcome::Unsupported => &mut self.rejected,
            Outcome::ExpectedFailure | Outcome::Failed | Outcome::Invalid => &mut self.failed,
        } += 1;
        self.worst = self.worst.with(entry.distance);
        let is_explained = matches!(
            entry.outcome,
            Outcome::Unsupported | Outcome::ExpectedFailure
        );
        if is_explained && !self.reasons.contains(&entry.reason) {
            self.reasons.push(entry.reason.clone());
        }
    }
}
