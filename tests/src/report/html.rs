//! A page that needs no other file.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Counts, Entry, Outcome, Record, Report, Row, Subject, distance_words, summary};

const STYLE: &str = "
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.failed, .invalid { color: #d22; font-weight: 600; }
.unsupported, .expected-failure { opacity: .75; }
summary { cursor: pointer; }
";

pub(super) fn text(record: &Record<'_>) -> String {
    let is_clean = record.reports.iter().all(Report::is_clean);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Conformance" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Conformance: " (if is_clean { "all as expected" } else { "not as expected" }) }
                p { (Counts::of(record.reports)) }
                p { code { (record.command) } }
                @for report in record.reports { (section(report)) }
            }
        }
    };
    page.into_string()
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
