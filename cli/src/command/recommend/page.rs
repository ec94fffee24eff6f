//! A recommendation as a page with the plot of sizes and losses.

use demilite::optimize::recommendation::Report;
use demilite_conformance::report::page;
use maud::html;

use super::Document;
use super::text::{HEADINGS, cells, limits, nearest, sources};
use crate::chart::{self, Point};

pub(super) fn text(document: &Document<'_>) -> String {
    let report = document.report;
    let loss = format!("loss, {}", report.measure.words());
    let body = html! {
        h1 { "Recommendation" }
        p { code { (document.model) } }
        p { (sources(document)) }
        p { (limits(report)) }
        @for pick in &report.picks {
            h2 { (pick.goal.name()) ": " (report.candidates[pick.candidate].name) }
            p { (pick.why) }
        }
        @if report.picks.is_empty() {
            p.warning { "No candidate keeps the limits: " (nearest(report)) }
        }
        h2 { "Sizes and losses" }
        p { "What lies on the line is beaten by no other in both. Picks are red." }
        (chart::scatter(&points(report), ["bytes, deflated", &loss]))
        h2 { "All candidates" }
        div.wide {
            table {
                tr { @for (heading, is_figure) in HEADINGS { th.number[is_figure] { (heading) } } }
                @for candidate in &report.candidates {
                    tr {
                        @for (cell, (_, is_figure)) in std::iter::zip(cells(candidate), HEADINGS) {
                            td.number[is_figure] { (cell) }
                        }
                    }
                }
            }
        }
        @if !report.left_out.is_empty() {
            h2 { "Left out" }
            @for left_out in &report.left_out { p { (left_out.name) ": " (left_out.reason) } }
        }
    };
    page("Recommendation", &body)
}

/// Each candidate, with the goals that it is the pick of.
fn points(report: &Report) -> Vec<Point<'_>> {
    let candidates = report.candidates.iter().enumerate();
    let points = candidates.map(|(place, candidate)| {
        let picks = report.picks.iter().filter(|pick| pick.candidate == place);
        let goals: Vec<&str> = picks.map(|pick| pick.goal.name()).collect();
        Point {
            name: &candidate.name,
            x: candidate.size.deflated as f64,
            y: candidate.loss,
            is_on_front: candidate.is_pareto,
            label: (!goals.is_empty())
                .then(|| format!("{} ({})", candidate.name, goals.join(", "))),
        }
    });
    points.collect()
}
