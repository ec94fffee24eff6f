//! A page for people.

use maud::{Markup, html};

use super::page::page;
use super::{Counts, Entry, Outcome, Record, Report, Row, Subject, distance_words, summary};

pub(super) fn text(record: &Record<'_>) -> String {
    let is_clean = record.reports.iter().all(Report::is_clean);
    let body = html! {
        h1 { "Conformance: " (if is_clean { "all as expected" } else { "not as expected" }) }
        p { (Counts::of(record.reports)) }
        p { code { (record.command) } }
        @for report in record.reports { (section(report)) }
    };
    page("Conformance", &body)
}

fn section(report: &Report) -> Markup {
    html! {
        h2 { (report.delegate) }
        @if report.failures().next().is_some() {
            h3 { "Not as expected" }
            dl {
                @for entry in report.failures() {
                    dt { code { (entry.name) } }
                    dd.failed { (entry.verdict()) }
                }
            }
        }
        @match report.subject {
            Subject::Cases => {
                (by_op(&summary(report)))
                details {
                    summary { "Every case" }
                    (each(report))
                }
            }
            Subject::Goldens => { (each(report)) }
        }
    }
}

fn by_op(rows: &[Row]) -> Markup {
    html! {
        div.wide {
            table {
                tr {
                    @for heading in [
                        "op", "precision", "cases", "exact", "within tolerance", "worst error",
                        "rejected", "failed", "why",
                    ] { th { (heading) } }
                }
                @for row in rows {
                    tr {
                        td { (row.op) }
                        td { (row.precision) }
                        td.number { (row.cases) }
                        td.number { (row.exact) }
                        td.number { (row.within_tolerance) }
                        td.number { @if !row.worst.is_exact() { (distance_words(row.worst)) } }
                        td.number { (row.rejected) }
                        td.number { (row.failed) }
                        td { (row.reasons.join("; ")) }
                    }
                }
            }
        }
    }
}

fn each(report: &Report) -> Markup {
    html! {
        table {
            tr {
                th { "name" }
                th { "precision" }
                @if report.subject == Subject::Goldens {
                    th { "ops" }
                    th { "golden's kernels" }
                    th { "ran on" }
                }
                th { "verdict" }
            }
            @for entry in &report.entries {
                tr {
                    td { code { (entry.name) } }
                    td { (entry.precision) }
                    @if report.subject == Subject::Goldens {
                        td { (entry.op) }
                        td { (entry.kernels.as_deref().unwrap_or_default()) }
                        td { (entry.ran_on.as_deref().unwrap_or_default()) }
                    }
                    td class=(class(entry)) { (entry.verdict()) }
                }
            }
        }
    }
}

fn class(entry: &Entry) -> &'static str {
    match entry.outcome {
        Outcome::Exact => "exact",
        Outcome::WithinTolerance => "within-tolerance",
        Outcome::Unsupported => "unsupported",
        Outcome::ExpectedFailure => "expected-failure",
        Outcome::Failed => "failed",
        Outcome::Invalid => "invalid",
    }
}
