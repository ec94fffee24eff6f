//! A chart of where the time goes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use demilite_conformance::report::page;
use maud::{PreEscaped, html};

use super::report::{OpTime, Report};
use crate::failure::Failure;

/// The kind of file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Svg,
    Html,
}

impl Format {
    /// The format that the name of a file asks for.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_ascii_lowercase().as_str() {
            "svg" => Ok(Format::Svg),
            "html" | "htm" => Ok(Format::Html),
            _ => Err(Failure::Usage(format!(
                "--report {}: the name must end in .svg or .html",
                path.display()
            ))),
        }
    }
}

const WIDTH: f64 = 960.0;
const ROW: f64 = 20.0;
const NAMES: f64 = 230.0;
const FIGURES: f64 = 190.0;

/// Colours that are told apart on a screen and in grey print.
const COLOURS: [&str; 6] = [
    "#3b6ea5", "#d98b2b", "#5a9367", "#a94f6d", "#7d6fb0", "#8a8a8a",
];

/// Writes bars of ops together, and of each node.
pub(super) fn write(report: &Report, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
    let chart = svg(report);
    match format {
        Format::Svg => out.write_all(chart.as_bytes())?,
        Format::Html => {
            let body = html! { (PreEscaped(chart)) };
            out.write_all(page(&report.model, &body).as_bytes())?;
        }
    }
    Ok(())
}

fn svg(report: &Report) -> String {
    let mut kinds: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for op in &report.ops {
        let (count, time) = kinds.entry(&op.op).or_default();
        *count += 1;
        *time += op.median_ms;
    }
    let mut kinds: Vec<(&str, usize, f64)> = kinds
        .into_iter()
        .map(|(op, (count, time))| (op, count, time))
        .collect();
    kinds.sort_by(|a, b| b.2.total_cmp(&a.2));
    let colour = |op: &str| {
        let place = kinds.iter().position(|kind| kind.0 == op).unwrap_or(0);
        COLOURS[place.min(COLOURS.len() - 1)]
    };
    let total: f64 = report.ops.iter().map(|op| op.median_ms).sum();
    let most_of_kinds = kinds.iter().map(|kind| kind.2).fold(0.0, f64::max);
    let most_of_nodes = report.ops.iter().map(|op| op.median_ms).fold(0.0, f64::max);

    let mut bars = Bars::default();
    bars.heading(&format!(
        "{}: median {:.3} ms ({:.3} to {:.3} ms) on {}",
        report.model,
        report.median_ms,
        report.min_ms,
        report.max_ms,
        report.delegate.join(", ")
    ));
    bars.heading("Ops together");
    for &(op, count, time) in &kinds {
        let share = 100.0 * time / total.max(f64::MIN_POSITIVE);
        let figures = format!("{time:.3} ms, {share:.1} %");
        let name = format!("{op} × {count}");
        bars.bar(&name, time / most_of_kinds, colour(op), &figures);
    }
    bars.heading("Node by node");
    for op in &report.ops {
        let name = match op.node {
            Some(node) => format!("#{node} {}", op.op),
            None => op.op.clone(),
        };
        let length = op.median_ms / most_of_nodes;
        bars.bar(&name, length, colour(&op.op), &figures(op));
    }
    bars.finish()
}

fn figures(op: &OpTime) -> String {
    let mut figures = format!("{:.3} ms", op.median_ms);
    if let Some(gflops) = op.gflops {
        let _ = write!(figures, ", {gflops:.1} GFLOP/s");
    } else if let Some(rate) = op.gigabytes_per_second {
        let _ = write!(figures, ", {rate:.1} GB/s");
    }
    figures
}

/// Rows of a chart, from the top.
#[derive(Default)]
struct Bars {
    rows: String,
    height: f64,
}

impl Bars {
    fn heading(&mut self, text: &str) {
        self.height += 2.0 * ROW;
        let _ = writeln!(
            self.rows,
            "<text x=\"8\" y=\"{}\" font-weight=\"bold\">{}</text>",
            self.height - 0.4 * ROW,
            escaped(text)
        );
    }

    fn bar(&mut self, name: &str, length: f64, colour: &str, figures: &str) {
        let length = (WIDTH - NAMES - FIGURES) * if length.is_finite() { length } else { 0.0 };
        let (top, base) = (self.height + 0.1 * ROW, self.height + 0.72 * ROW);
        let _ = writeln!(
            self.rows,
            "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"{}\" \
             fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{base}\">{figures}</text>",
            NAMES - 6.0,
            escaped(name),
            0.8 * ROW,
            NAMES + length + 6.0,
        );
        self.height += ROW;
    }

    fn finish(self) -> String {
        let height = self.height + ROW;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.rows
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
