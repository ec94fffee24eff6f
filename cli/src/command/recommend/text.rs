//! A recommendation as text.

use std::io::Write;

use demilite::optimize::recommendation::{CandidateReport, Limits, Report};

use super::Document;
use crate::failure::Failure;
use crate::table::{bytes, table};
use crate::terminal::one_line;
use crate::words::counted;

pub(super) fn write(document: &Document<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let report = document.report;
    writeln!(out, "{}", one_line(&sources(document)))?;
    writeln!(out, "{}", limits(report))?;
    let headings: Vec<&str> = HEADINGS.iter().map(|heading| heading.0).collect();
    let right: Vec<usize> = (1..headings.len() - 1).collect();
    let mut rows = table(&headings, &right);
    for candidate in &report.candidates {
        rows.add_row(cells(candidate));
    }
    writeln!(out, "\n{}\n", rows.trim_fmt())?;
    for pick in &report.picks {
        let name = &report.candidates[pick.candidate].name;
        writeln!(out, "{}: {name}\n  {}", pick.goal.name(), pick.why)?;
    }
    if report.picks.is_empty() {
        writeln!(out, "no candidate keeps the limits: {}", nearest(report))?;
    }
    for left_out in &report.left_out {
        let (name, reason) = (&left_out.name, one_line(&left_out.reason));
        writeln!(out, "left out: {name}: {reason}")?;
    }
    Ok(())
}

/// Where figures come from.
pub(super) fn sources(document: &Document<'_>) -> String {
    let [calibration, evaluation] = document.report.samples;
    let truth = document.truth.as_deref();
    format!(
        "{} of {} calibrate, {} are measured on; {}; times on {}",
        counted(calibration, "sample"),
        document.data,
        evaluation,
        truth.unwrap_or("no labels, held against the float model"),
        document.timed_on.join(", ")
    )
}

/// What picks keep, in words.
pub(super) fn limits(report: &Report) -> String {
    let Limits {
        size,
        loss,
        latency,
        ..
    } = report.limits;
    let most_loss = loss.unwrap_or(report.measure.usual_limit());
    let mut words = format!(
        "for {}, a loss of at most {most_loss:.1} {}",
        report.hardware,
        report.measure.words()
    );
    if let Some(size) = size {
        words += &format!(", at most {} bytes", bytes(size as u64));
    }
    if let Some(latency) = latency {
        words += &format!(", at most {latency} ms");
    }
    words
}

/// The columns of the table of candidates, and whether they are figures.
pub(super) const HEADINGS: [(&str, bool); 9] = [
    ("candidate", false),
    ("bytes", true),
    ("deflated", true),
    ("score", true),
    ("loss", true),
    ("SQNR dB", true),
    ("ms", true),
    ("memory", true),
    ("exceeds", false),
];

/// The cells of a candidate's row. Those of the float model have no loss.
pub(super) fn cells(candidate: &CandidateReport) -> [String; 9] {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    [
        candidate.name.clone(),
        bytes(candidate.size.bytes as u64),
        bytes(candidate.size.deflated as u64),
        candidate
            .score
            .or(candidate.agreement)
            .map_or_else(String::new, percent),
        // Not −0.0.
        format!("{:.1}", candidate.loss + 0.0),
        format!("{:.1}", candidate.sqnr),
        format!("{:.2}", candidate.latency),
        bytes(candidate.memory),
        candidate.exceeds.join(", "),
    ]
}

/// What comes nearest to the limit of loss, and what is smallest.
pub(super) fn nearest(report: &Report) -> String {
    let candidates = || report.candidates.iter().skip(1);
    let closest = candidates().min_by(|a, b| a.loss.total_cmp(&b.loss));
    let smallest = candidates().min_by_key(|candidate| candidate.size.bytes);
    match (closest, smallest) {
        (Some(closest), Some(smallest)) => format!(
            "{} loses least, {:.1}, and {} is smallest, {} bytes",
            closest.name,
            closest.loss,
            smallest.name,
            bytes(smallest.size.bytes as u64)
        ),
        _ => "none was made".to_owned(),
    }
}
