//! An evaluation as text.

use std::io::Write;

use demilite::optimize::evaluation::{Report, Score, SubjectReport};
use demilite::optimize::metrics::Classification;

use super::Document;
use crate::failure::Failure;
use crate::table::{bytes, table};
use crate::terminal::one_line;
use crate::words::counted;

/// Rows that are shown of a list that may be long.
const SHOWN: usize = 5;

pub(super) fn write(document: &Document<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let report = document.report;
    let truth = document.truth.as_deref().unwrap_or("no labels");
    writeln!(
        out,
        "{} of {}; {}",
        counted(report.samples, "sample"),
        one_line(&document.data),
        one_line(truth)
    )?;
    for model in document.models {
        writeln!(
            out,
            "{} on {}\n  input: {}",
            one_line(&model.name),
            model.delegates.join(", "),
            model.preparation
        )?;
    }
    let columns = columns(report);
    let mut headings = vec!["model", "bytes"];
    headings.extend(columns.iter().map(|column| column.heading));
    let right: Vec<usize> = (1..headings.len()).collect();
    let mut rows = table(&headings, &right);
    for subject in &report.subjects {
        let mut cells = vec![subject.name.clone(), bytes(subject.file_bytes as u64)];
        cells.extend(columns.iter().map(|column| (column.cell)(subject)));
        rows.add_row(cells);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    for subject in &report.subjects {
        details(subject, out)?;
    }
    for warning in &report.warnings {
        writeln!(out, "warning: {}", one_line(warning))?;
    }
    Ok(())
}

/// A column of the table of models.
pub(super) struct Column {
    pub(super) heading: &'static str,
    pub(super) cell: fn(&SubjectReport) -> String,
}

/// The columns that some model has something for.
pub(super) fn columns(report: &Report) -> Vec<Column> {
    let all = [
        Column {
            heading: "top-1",
            cell: |subject| of_classes(subject, |score| Some(percent(score.top1))),
        },
        Column {
            heading: "top-5",
            cell: |subject| of_classes(subject, |score| score.top5.map(percent)),
        },
        Column {
            heading: "mean abs. error",
            cell: |subject| match &subject.score {
                Some(Score::Regression { mean_absolute, .. }) => format!("{mean_absolute:.4}"),
                _ => String::new(),
            },
        },
        Column {
            heading: "RMSE",
            cell: |subject| match &subject.score {
                Some(Score::Regression {
                    root_mean_square, ..
                }) => format!("{root_mean_square:.4}"),
                _ => String::new(),
            },
        },
        Column {
            heading: "R²",
            cell: |subject| match &subject.score {
                Some(Score::Regression {
                    r_squared: Some(r_squared),
                    ..
                }) => format!("{r_squared:.4}"),
                _ => String::new(),
            },
        },
        Column {
            heading: "mAP@0.5",
            cell: |subject| match &subject.score {
                Some(Score::Detection(score)) => percent(score.at_50),
                _ => String::new(),
            },
        },
        Column {
            heading: "mAP@0.5:0.95",
            cell: |subject| match &subject.score {
                Some(Score::Detection(score)) => percent(score.at_50_to_95),
                _ => String::new(),
            },
        },
        Column {
            heading: "WER",
            cell: |subject| match &subject.score {
                Some(Score::Transcription {
                    word_error_rate, ..
                }) => percent(*word_error_rate),
                _ => String::new(),
            },
        },
        Column {
            heading: "CER",
            cell: |subject| match &subject.score {
                Some(Score::Transcription {
                    character_error_rate,
                    ..
                }) => percent(*character_error_rate),
                _ => String::new(),
            },
        },
        Column {
            heading: "F1",
            cell: |subject| match &subject.score {
                Some(Score::Spans(score)) => percent(score.f1),
                _ => String::new(),
            },
        },
        Column {
            heading: "exact match",
            cell: |subject| match &subject.score {
                Some(Score::Spans(score)) => percent(score.exact),
                _ => String::new(),
            },
        },
        Column {
            heading: "agreement",
            cell: |subject| {
                let agreement = subject.likeness.as_ref().and_then(|own| own.agreement);
                agreement.map_or_else(String::new, percent)
            },
        },
        Column {
            heading: "SQNR dB",
            cell: |subject| {
                let own = subject.likeness.as_ref();
                own.map_or_else(String::new, |own| format!("{:.1}", own.sqnr))
            },
        },
        Column {
            heading: "KL",
            cell: |subject| {
                let divergence = subject.likeness.as_ref().and_then(|own| own.divergence);
                divergence.map_or_else(String::new, |divergence| format!("{divergence:.2e}"))
            },
        },
    ];
    let is_used = |column: &Column| {
        let mut subjects = report.subjects.iter();
        subjects.any(|subject| !(column.cell)(subject).is_empty())
    };
    all.into_iter().filter(is_used).collect()
}

fn of_classes(subject: &SubjectReport, cell: impl Fn(&Classification) -> Option<String>) -> String {
    match &subject.score {
        Some(Score::Classification(score)) => cell(score).unwrap_or_default(),
        _ => String::new(),
    }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What a model takes for what else, and the samples whose outputs are furthest off.
fn details(subject: &SubjectReport, out: &mut dyn Write) -> Result<(), Failure> {
    if let Some(Score::Classification(score)) = &subject.score
        && score.confusions.iter().any(|confused| confused.samples > 1)
    {
        let repeated = score
            .confusions
            .iter()
            .filter(|confused| confused.samples > 1);
        let confusions = repeated.take(SHOWN).map(|confused| {
            format!(
                "{} for {} ({})",
                confused.answer, confused.class, confused.samples
            )
        });
        let confusions: Vec<String> = confusions.collect();
        writeln!(
            out,
            "{} takes most often: {}",
            one_line(&subject.name),
            confusions.join(", ")
        )?;
    }
    if let Some(likeness) = &subject.likeness {
        let worst = likeness.worst.iter().take(SHOWN);
        let worst = worst.map(|worst| format!("{} ({:.1} dB)", worst.sample, worst.sqnr));
        let worst: Vec<String> = worst.collect();
        writeln!(
            out,
            "{} is furthest off on: {}",
            one_line(&subject.name),
            one_line(&worst.join(", "))
        )?;
    }
    Ok(())
}
