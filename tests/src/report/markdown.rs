//! Tables: a row for each golden, or for each op and precision.

use std::fmt::Write;

use super::{Counts, Record, Report, Row, Subject, distance_words, summary};

pub(super) fn text(record: &Record<'_>) -> String {
    let mut text = String::from("# Conformance\n");
    for report in record.reports {
        let _ = write!(text, "\n## {}\n\n", cell(&report.delegate));
        let (headings, rows) = match report.subject {
            Subject::Cases => cases(report),
            Subject::Goldens => goldens(report),
        };
        table(&mut text, headings, &rows);
    }
    let mut failures = record.reports.iter().flat_map(Report::failures).peekable();
    if failures.peek().is_some() {
        text.push_str("\n## Not as expected\n\n");
    }
    for entry in failures {
        let _ = writeln!(text, "- `{}`: {}", entry.name, line(&entry.reason));
    }
    let counts = Counts::of(record.reports);
    let _ = write!(text, "\n{counts}\n\n```sh\n{}\n```\n", record.command);
    text
}

/// A golden's row as the table on a terminal has it too.
fn goldens(report: &Report) -> (&'static [&'static str], Vec<Vec<String>>) {
    let rows = report.entries.iter().map(|entry| {
        vec![
            entry.name.clone(),
            entry.precision.clone(),
            entry.op.clone(),
            entry.kernels.clone().unwrap_or_default(),
            entry.verdict(),
        ]
    });
    (
        &["model", "precision", "ops", "golden's kernels", "verdict"],
        rows.collect(),
    )
}

fn cases(report: &Report) -> (&'static [&'static str], Vec<Vec<String>>) {
    let row = |row: Row| {
        vec![
            row.op,
            row.precision,
            row.cases.to_string(),
            row.exact.to_string(),
            row.within_tolerance.to_string(),
            match row.worst.is_exact() {
                true => String::new(),
                false => distance_words(row.worst),
            },
            row.rejected.to_string(),
            row.failed.to_string(),
            row.reasons.join("; "),
        ]
    };
    (
        &[
            "op",
            "precision",
            "cases",
            "exact",
            "within tolerance",
            "worst error",
            "rejected",
            "failed",
            "why",
        ],
        summary(report).into_iter().map(row).collect(),
    )
}

fn table(text: &mut String, headings: &[&str], rows: &[Vec<String>]) {
    let _ = writeln!(text, "| {} |", headings.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(headings.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// A text on one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text that ends no cell and begins no markup.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for character in line(text).chars() {
        if matches!(character, '|' | '*' | '`' | '<' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
