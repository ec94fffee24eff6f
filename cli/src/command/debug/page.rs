//! A comparison as a page with histograms.

use demilite::optimize::debugging::{LayerReport, Suggestions};
use demilite_conformance::report::page;
use maud::{Markup, html};

use super::Document;
use super::text::{FIGURES, figures, node_words};
use crate::chart;
use crate::words::counted;

/// Channels that are shown of an op.
const CHANNELS: usize = 10;

/// Above this many steps an op is worth keeping float.
const TOO_MANY_STEPS: f64 = 0.7;

pub(super) fn text(document: &Document<'_>) -> String {
    let report = document.report;
    let body = html! {
        h1 { "What quantization costs, op by op" }
        p {
            code { (document.quantized) } " beside " code { (document.float) } ": outputs at "
            (format!("{:.1}", report.sqnr)) " dB on " (counted(report.samples, "sample"))
        }
        p { "Input: " (document.preparation) }
        p {
            "The worst first, by the shift of channels that an op brings itself, which no later sum averages out. RMSE/scale is 0.29 at best; "
            "an op above 0.7, in red, is worth keeping float. Weights and activations are the two parts of what an op loses alone."
        }
        @if let Some(suggestions) = document.suggestions { (suggested(suggestions)) }
        div.wide {
            table {
                tr {
                    th { "node" }
                    th { "op" }
                    @for heading in FIGURES { th.number { (heading) } }
                    th { "tensor" }
                }
                @for layer in &report.layers {
                    tr {
                        td { (node_words(layer.node.graph, layer.node.node)) }
                        td { (layer.node.op) }
                        @for (place, figure) in figures(layer).iter().enumerate() {
                            td.number.warning[place == 1 && is_bad(layer)] { (figure) }
                        }
                        td { code { (layer.tensor.name) } }
                    }
                }
            }
        }
        h2 { "Tensors" }
        @for layer in &report.layers { (tensor(layer)) }
        @if !report.not_compared.is_empty() {
            h2 { "Not compared by itself" }
            ul {
                @for not in &report.not_compared { li { (not.node.to_string()) ": " (not.reason) } }
            }
        }
    };
    page("What quantization costs", &body)
}

fn is_bad(layer: &LayerReport) -> bool {
    layer
        .rmse_over_scale
        .is_some_and(|ratio| ratio > TOO_MANY_STEPS)
}

fn tensor(layer: &LayerReport) -> Markup {
    html! {
        details {
            summary {
                (node_words(layer.node.graph, layer.node.node)) " " (layer.node.op) " "
                code { (layer.tensor.name) }
            }
            p {
                (layer.dtype)
                @if let (Some(scale), Some(zero_point)) = (layer.scale, layer.zero_point) {
                    ", scale " (scale) ", zero point " (zero_point)
                }
                @if let Some(sqnr) = layer.weights_sqnr { ", weights at " (format!("{sqnr:.1}")) " dB" }
            }
            (chart::histogram(&layer.histogram))
            @if !layer.channels.is_empty() {
                div.wide {
                    table {
                        tr { th.number { "channel" } th.number { "mean error" } th.number { "RMSE" } }
                        @for channel in layer.channels.iter().take(CHANNELS) {
                            tr {
                                td.number { (channel.channel) }
                                td.number { (format!("{:.4}", channel.mean)) }
                                td.number { (format!("{:.4}", channel.root_mean_square)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn suggested(suggestions: &Suggestions) -> Markup {
    let rows = suggestions.each.iter().map(|each| {
        let figure = match each.int16 {
            Some(int16) => format!("{:.1} dB, as int16 {int16:.1} dB", each.float),
            None => format!("{:.1} dB", each.float),
        };
        let name = format!(
            "{} {}",
            node_words(each.node.graph, each.node.node),
            each.node.op
        );
        (name, each.float, figure)
    });
    let as_it_is = (
        "as it is".to_owned(),
        suggestions.sqnr,
        format!("{:.1} dB", suggestions.sqnr),
    );
    let rows: Vec<(String, f64, String)> = std::iter::once(as_it_is).chain(rows).collect();
    html! {
        h2 { "Outputs with one op kept float" }
        (chart::relative_bars(&rows))
        @if !suggestions.together.is_empty() {
            p {
                "The first of these, the first two and so on: "
                (suggestions.together.iter().map(|sqnr| format!("{sqnr:.1}")).collect::<Vec<_>>().join(", "))
                " dB"
            }
        }
    }
}
