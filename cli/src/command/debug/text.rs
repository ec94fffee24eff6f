//! A comparison as text.

use std::io::Write;

use demilite::optimize::debugging::{Errors, LayerReport, Suggestion, Suggestions};

use super::Document;
use crate::failure::Failure;
use crate::table::{shortened, table};
use crate::terminal::one_line;
use crate::words::counted;

/// The columns of figures.
pub(super) const FIGURES: [&str; 9] = [
    "shift/scale",
    "RMSE/scale",
    "alone dB",
    "weights dB",
    "activations dB",
    "accumulated dB",
    "max error",
    "cut off",
    "unused",
];

/// The figures of an op, under [`FIGURES`].
pub(super) fn figures(layer: &LayerReport) -> [String; 9] {
    let decibels = |errors: Option<Errors>| {
        errors.map_or_else(String::new, |errors| format!("{:.1}", errors.sqnr))
    };
    let ratio = |ratio: Option<f64>| ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let share = |share: Option<f64>| {
        share.map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share))
    };
    [
        ratio(layer.shift_over_scale),
        ratio(layer.rmse_over_scale),
        decibels(layer.alone),
        decibels(layer.of_weights),
        decibels(layer.of_activations),
        decibels(Some(layer.accumulated)),
        format!("{:.3}", layer.alone.unwrap_or(layer.accumulated).greatest),
        share(layer.saturated),
        share(layer.unused),
    ]
}

/// Characters of a tensor's name in the table.
const NAME: usize = 40;

pub(super) fn write(
    document: &Document<'_>,
    top: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let report = document.report;
    writeln!(
        out,
        "{} beside {}: outputs at {:.1} dB on {}",
        one_line(document.quantized),
        one_line(document.float),
        report.sqnr,
        counted(report.samples, "sample")
    )?;
    writeln!(out, "  input: {}", document.preparation)?;
    let mut headings = vec!["node", "op"];
    headings.extend(FIGURES);
    headings.push("tensor");
    let right: Vec<usize> = (2..2 + FIGURES.len()).collect();
    let mut rows = table(&headings, &right);
    for layer in report.layers.iter().take(top) {
        let mut cells = vec![
            node_words(layer.node.graph, layer.node.node),
            layer.node.op.clone(),
        ];
        cells.extend(figures(layer));
        cells.push(shortened(&layer.tensor.name, NAME));
        rows.add_row(cells);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    if report.layers.len() > top {
        writeln!(out, "and {} more (--top)", report.layers.len() - top)?;
    }
    writeln!(
        out,
        "RMSE/scale is 0.29 at best; an op above 0.7 is worth keeping float. Sorted by the shift of channels, which no later sum averages out"
    )?;
    for not in report.not_compared.iter().take(top) {
        writeln!(
            out,
            "not by itself: {}: {}",
            not.node,
            one_line(&not.reason)
        )?;
    }
    match document.suggestions {
        Some(suggestions) => suggest(suggestions, out),
        None => Ok(()),
    }
}

/// A node's place in the file, with its graph where that is not the first.
pub(super) fn node_words(graph: usize, node: usize) -> String {
    match graph {
        0 => format!("#{node}"),
        _ => format!("#{node} of graph {graph}"),
    }
}

fn suggest(suggestions: &Suggestions, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(
        out,
        "\nOutputs are at {:.1} dB, and with ops kept float:",
        suggestions.sqnr
    )?;
    let headings = [
        "node",
        "op",
        "alone dB",
        "as int16 dB",
        "with those above dB",
        "tensor",
    ];
    let mut rows = table(&headings, &[2, 3, 4]);
    for (place, each) in suggestions.each.iter().enumerate() {
        let together = suggestions.together.get(place);
        rows.add_row([
            node_words(each.node.graph, each.node.node),
            each.node.op.clone(),
            format!("{:.1}", each.float),
            each.int16
                .map_or_else(String::new, |int16| format!("{int16:.1}")),
            together.map_or_else(String::new, |together| format!("{together:.1}")),
            shortened(&each.node.name, NAME),
        ]);
    }
    writeln!(out, "{}", rows.trim_fmt())?;
    let options = |option: &str, sqnr: &dyn Fn(&Suggestion) -> Option<f64>| {
        let is_helpful =
            |each: &&Suggestion| sqnr(each).is_some_and(|sqnr| sqnr > suggestions.sqnr + 0.1);
        let helpful = suggestions.each.iter().filter(is_helpful);
        let options: Vec<String> = helpful
            .map(|each| format!("{option} '{}'", each.pattern))
            .collect();
        one_line(&options.join(" ")).into_owned()
    };
    let float = options("--keep-float", &|each| Some(each.float));
    let int16 = options("--int16", &|each| each.int16);
    if float.is_empty() && int16.is_empty() {
        writeln!(out, "none of them by itself brings back more than 0.1 dB")?;
    }
    for (options, what) in [(float, ""), (int16, " --mode int8")] {
        if !options.is_empty() {
            writeln!(out, "for `demilite quantize{what}`: {options}")?;
        }
    }
    Ok(())
}
