//! An evaluation as a page with plots.

use demilite::optimize::evaluation::{Score, SubjectReport};
use demilite::optimize::metrics::Classification;
use demilite_conformance::report::page;
use maud::{Markup, html};

use super::Document;
use super::text::{columns, percent};
use crate::chart;
use crate::table::bytes;
use crate::words::counted;

/// The most classes that a matrix of confusions is drawn for.
const MATRIX: usize = 100;

/// Rows that are shown of a list that may be long.
const SHOWN: usize = 20;

pub(super) fn text(document: &Document<'_>) -> String {
    let report = document.report;
    let columns = columns(report);
    let body = html! {
        h1 { "Evaluation" }
        p {
            (counted(report.samples, "sample")) " of " code { (document.data) } "; "
            (document.truth.as_deref().unwrap_or("no labels"))
        }
        @for warning in &report.warnings { p.warning { (warning) } }
        div.wide {
            table {
                tr {
                    th { "model" }
                    th.number { "bytes" }
                    @for column in &columns { th.number { (column.heading) } }
                }
                @for subject in &report.subjects {
                    tr {
                        td { code { (subject.name) } }
                        td.number { (bytes(subject.file_bytes as u64)) }
                        @for column in &columns { td.number { ((column.cell)(subject)) } }
                    }
                }
            }
        }
        (bars("Top-1", report.subjects.iter().filter_map(|subject| match &subject.score {
            Some(Score::Classification(score)) => {
                Some((subject.name.as_str(), score.top1, percent(score.top1)))
            }
            _ => None,
        }).collect()))
        (bars("Agreement with the first model", report.subjects.iter().filter_map(|subject| {
            let agreement = subject.likeness.as_ref()?.agreement?;
            Some((subject.name.as_str(), agreement, percent(agreement)))
        }).collect()))
        (bars("Signal to noise of outputs", report.subjects.iter().filter_map(|subject| {
            let sqnr = subject.likeness.as_ref()?.sqnr;
            Some((subject.name.as_str(), sqnr, format!("{sqnr:.1} dB")))
        }).collect()))
        @for (model, subject) in std::iter::zip(document.models, &report.subjects) {
            h2 { (subject.name) }
            p { code { (model.path) } " on " (model.delegates.join(", ")) }
            p { "Input: " (model.preparation) }
            (details(subject))
        }
    };
    page("Evaluation", &body)
}

/// A bar for each model, with its name and figure, of shares or relative to the longest; nothing where there are none.
fn bars(title: &str, rows: Vec<(&str, f64, String)>) -> Markup {
    html! {
        @if !rows.is_empty() {
            h2 { (title) }
            @if rows.iter().all(|(_, length, _)| *length <= 1.0) {
                (chart::bars(&rows))
            } @else {
                (chart::relative_bars(&rows))
            }
        }
    }
}

fn details(subject: &SubjectReport) -> Markup {
    html! {
        @if let Some(Score::Classification(score)) = &subject.score { (classes(score)) }
        @if let Some(likeness) = &subject.likeness {
            details {
                summary { "The samples that are furthest off" }
                div.wide {
                    table {
                        tr { th { "sample" } th.number { "SQNR" } th { "same class" } }
                        @for worst in &likeness.worst {
                            tr {
                                td { code { (worst.sample) } }
                                td.number { (format!("{:.1} dB", worst.sqnr)) }
                                td {
                                    @match worst.agrees { Some(true) => "yes", Some(false) => "no", None => "" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn classes(score: &Classification) -> Markup {
    let seen = score.per_class.iter().filter(|class| class.samples > 0);
    let mut seen: Vec<_> = seen.collect();
    let recall = |class: &demilite::optimize::metrics::ClassScore| {
        class.correct as f64 / class.samples.max(1) as f64
    };
    seen.sort_by(|a, b| recall(a).total_cmp(&recall(b)));
    let rows = seen.iter().take(SHOWN).map(|class| {
        let figure = format!(
            "{} of {}, answered {} times",
            class.correct, class.samples, class.answers
        );
        (class.class.to_string(), recall(class), figure)
    });
    let rows: Vec<(String, f64, String)> = rows.collect();
    html! {
        @if score.classes <= MATRIX && !score.confusions.is_empty() {
            h3 { "What is taken for what" }
            p { "A row for each class that is right, a column for each answer; the darker, the more often." }
            (chart::confusion(score))
        }
        details {
            summary { "The classes that are found least" }
            (chart::bars(&rows))
        }
        @if !score.confusions.is_empty() {
            details {
                summary { "The most frequent errors" }
                div.wide {
                    table {
                        tr { th.number { "class" } th.number { "taken for" } th.number { "samples" } }
                        @for confused in score.confusions.iter().take(SHOWN) {
                            tr {
                                td.number { (confused.class) }
                                td.number { (confused.answer) }
                                td.number { (confused.samples) }
                            }
                        }
                    }
                }
            }
        }
    }
}
