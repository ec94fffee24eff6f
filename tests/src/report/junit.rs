//! As JUnit writes it: a test suite for each delegate.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Entry, Outcome, Record, Subject};

pub(super) fn text(record: &Record<'_>) -> String {
    let mut document = quick_junit::Report::new(record.command);
    for report in record.reports {
        let mut suite = TestSuite::new(report.delegate.clone());
        let entries = report.entries.iter();
        suite.add_test_cases(entries.map(|entry| test_case(entry, report.subject)));
        document.add_test_suite(suite);
    }
    let text = document.to_string();
    text.expect("a text in memory can be written")
}

fn test_case(entry: &Entry, subject: Subject) -> TestCase {
    let mut status = match (entry.is_expected, entry.outcome) {
        (true, Outcome::Exact | Outcome::WithinTolerance) => TestCaseStatus::success(),
        (true, _) => TestCaseStatus::skipped(),
        (false, Outcome::Invalid) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (false, _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if !entry.reason.is_empty() {
        status.set_message(entry.reason.clone());
    }
    let mut case = TestCase::new(entry.name.clone(), status);
    let class = match subject {
        Subject::Cases => &entry.op,
        Subject::Goldens => "golden",
    };
    case.set_classname(format!("{class}.{}", entry.precision));
    case.set_time(Duration::try_from_secs_f64(entry.seconds).unwrap_or_default());
    case
}
