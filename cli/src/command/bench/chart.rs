//! A chart of where the time goes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use demilite_conformance::report::page;
use maud::html;

use super::report::{OpTime, Report};
use crate::chart;
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
const NAMES: f64 = 240.0;
const FIGURES: f64 = 190.0;
/// Characters of a line of a heading, and of a name, at most.
const HEADING_LETTERS: usize = 110;
const NAME_LETTERS: usize = 27;

/// Colours that are told apart on a screen and in grey print.
const COLOURS: [&str; 6] = [
    "#3b6ea5", "#d98b2b", "#5a9367", "#a94f6d", "#7d6fb0", "#8a8a8a",
];

/// Writes bars of ops together, and of each node.
pub(super) fn write(report: &Report, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
    let chart = match format {
        Format::Svg => svg(report),
        Format::Html => html(report),
    };
    Ok(out.write_all(chart.as_bytes())?)
}

/// What is drawn.
fn heading(report: &Report) -> String {
    format!(
        "{}: median {:.3} ms ({:.3} to {:.3} ms) on {}",
        report.model,
        report.median_ms,
        report.min_ms,
        report.max_ms,
        report.delegate.join(", ")
    )
}

/// The ops with the same name: how many there are, and their time, the longest first.
fn kinds(report: &Report) -> Vec<(&str, usize, f64)> {
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
    kinds
}

fn name_of_kind(op: &str, count: usize) -> String {
    format!("{op} × {count}")
}

fn figures_of_kind(report: &Report, time: f64) -> String {
    let total: f64 = report.ops.iter().map(|op| op.median_ms).sum();
    let share = 100.0 * time / total.max(f64::MIN_POSITIVE);
    format!("{time:.3} ms, {share:.1} %")
}

fn name_of_node(op: &OpTime) -> String {
    match op.node {
        Some(node) => format!("#{node} {}", op.op),
        None => op.op.clone(),
    }
}

fn html(report: &Report) -> String {
    let kinds = kinds(report);
    let kinds = kinds.into_iter().map(|(op, count, time)| {
        let name = name_of_kind(op, count);
        (name, time, figures_of_kind(report, time))
    });
    let nodes = report.ops.iter();
    let nodes = nodes.map(|op| (name_of_node(op), op.median_ms, figures(op)));
    let body = html! {
        h1 { code { (heading(report)) } }
        h2 { "Ops together" }
        (chart::relative_bars(&kinds.collect::<Vec<_>>()))
        h2 { "Node by node" }
        (chart::relative_bars(&nodes.collect::<Vec<_>>()))
    };
    page(&report.model, &body)
}

fn svg(report: &Report) -> String {
    let kinds = kinds(report);
    let colour = |op: &str| {
        let place = kinds.iter().position(|kind| kind.0 == op).unwrap_or(0);
        COLOURS[place.min(COLOURS.len() - 1)]
    };
    let most_of_kinds = kinds.iter().map(|kind| kind.2).fold(0.0, f64::max);
    let most_of_nodes = report.ops.iter().map(|op| op.median_ms).fold(0.0, f64::max);

    let mut bars = Bars::default();
    bars.heading(&heading(report));
    bars.heading("Ops together");
    for &(op, count, time) in &kinds {
        let figures = figures_of_kind(report, time);
        let length = time / most_of_kinds;
        bars.bar(&name_of_kind(op, count), length, colour(op), &figures);
    }
    bars.heading("Node by node");
    for op in &report.ops {
        let length = op.median_ms / most_of_nodes;
        bars.bar(&name_of_node(op), length, colour(&op.op), &figures(op));
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
        self.height += ROW;
        for line in wrapped(text, HEADING_LETTERS) {
            self.height += ROW;
            let _ = writeln!(
                self.rows,
                "<text x=\"8\" y=\"{}\" font-weight=\"bold\">{}</text>",
                self.height - 0.4 * ROW,
                escaped(&line)
            );
        }
    }

    fn bar(&mut self, name: &str, length: f64, colour: &str, figures: &str) {
        let length = (WIDTH - NAMES - FIGURES) * if length.is_finite() { length } else { 0.0 };
        let (top, base) = (self.height + 0.1 * ROW, self.height + 0.72 * ROW);
        let _ = writeln!(
            self.rows,
            "<rect x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"{}\" \
             fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{base}\">{figures}</text>",
            0.8 * ROW,
            NAMES + length + 6.0,
        );
        for line in wrapped(name, NAME_LETTERS) {
            let _ = writeln!(
                self.rows,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                NAMES - 6.0,
                self.height + 0.72 * ROW,
                escaped(&line),
            );
            self.height += ROW;
        }
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

/// The text in lines of `most` characters at most, which end behind what separates words where that is possible.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let ends_word = |letter: &char| matches!(letter, ' ' | '/' | '\\' | '-' | '_' | '.');
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > most {
        let end = rest[..most].iter().rposition(ends_word);
        let line = rest.drain(..end.map_or(most, |end| end + 1));
        lines.push(line.collect());
    }
    lines.push(rest.into_iter().collect());
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_names_take_several_lines_and_lose_nothing() {
        let path = "a/folder/whose-name/is_long.and/has parts/model.tflite";
        let unbroken = "x".repeat(70);
        for text in [path, &unbroken, "short", ""] {
            for most in [8, 20, 27] {
                let lines = wrapped(text, most);
                assert_eq!(lines.concat(), text);
                assert!(lines.iter().all(|line| line.chars().count() <= most));
            }
        }
        assert_eq!(wrapped(path, 27)[0], "a/folder/whose-name/is_");
    }
}
