//! `demilite conformance`: whether delegates compute what they should.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use demilite::gpu::Precision;
use demilite::{DelegateChoice, Selection, output};
use demilite_conformance::expectations::Expectations;
use demilite_conformance::float_bound::Bound;
use demilite_conformance::golden::{self, GoldenOptions};
use demilite_conformance::report::{
    Counts, Entry, Format, Outcome, Record, Report, Subject, distance_words, summary,
};
use demilite_conformance::{Options, case_count, run_observed};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::hardware::DeviceOptions;
use crate::remedy::with_remedy;
use crate::table::table;
use crate::terminal::{note, one_line};

/// What `demilite conformance` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only the cases, or models, whose name contains this text
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    filter: String,
    /// Runs each NAME.tflite in this folder that has a NAME.npz beside it, with the inputs in0,
    /// in1, … and the outputs out0, out1, …, instead of the suite's own cases
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,
    /// Writes a report: .json, .xml (JUnit), .html or .md; may be given several times
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<PathBuf>,
    #[command(flatten)]
    device: DeviceOptions,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let files = arguments.reports.iter();
    let files: Vec<(&Path, Format)> = files
        .map(|path| match Format::of(path) {
            Ok(format) => Ok((path.as_path(), format)),
            Err(error) => Err(Failure::Usage(error.to_string())),
        })
        .collect::<Result<_, _>>()?;
    for (path, _) in &files {
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    let reports = match &arguments.golden {
        Some(folder) => vec![goldens(arguments, folder)?],
        None => suite(arguments)?,
    };
    let record = Record {
        command: &command(std::env::args_os().skip(1)),
        reports: &reports,
    };
    for (path, format) in files {
        let written = output::write(path, record.text(format).as_bytes());
        written.map_err(|error| Failure::unwritable(path, &error))?;
    }
    for report in &reports {
        match report.subject {
            Subject::Cases => by_op(out, report)?,
            Subject::Goldens => by_model(out, report)?,
        }
        for entry in report.failures() {
            writeln!(
                out,
                "{} {}: {}",
                entry.outcome.name(),
                one_line(&entry.name),
                entry.reason
            )?;
        }
        if reports.len() > 1 {
            writeln!(out, "{}: {}\n", report.delegate, Counts::of([report]))?;
        }
    }
    writeln!(out, "{}", Counts::of(&reports))?;
    let failures: Vec<&Entry> = reports.iter().flat_map(Report::failures).collect();
    if failures.is_empty() {
        return Ok(());
    }
    let are_invalid = |entry: &&Entry| entry.outcome == Outcome::Invalid;
    Err(Failure::Said(match failures.iter().all(are_invalid) {
        true => 3,
        false => 1,
    }))
}

/// The cases of the suite on each delegate alone.
fn suite(arguments: &Arguments) -> Result<Vec<Report>, Failure> {
    let cases = case_count(&arguments.filter);
    if cases == 0 {
        return Err(nothing(&arguments.filter, "case"));
    }
    let selection = select(&arguments.device)?;
    let held = match arguments.device.delegate.choice() {
        DelegateChoice::Gpu | DelegateChoice::Cpu => 1,
        DelegateChoice::Auto | DelegateChoice::Reference => selection.delegates.len(),
    };
    let progress = progress(cases * held);
    let reports = selection.delegates.iter().take(held).map(|delegate| {
        let is_gpu = delegate.name() == "gpu";
        let options = Options {
            filter: arguments.filter.clone(),
            expectations: Expectations::known_of(delegate.name()),
            bound: match is_gpu {
                true => bound(&arguments.device),
                false => Bound::Float32,
            },
            ..Options::default()
        };
        run_observed(delegate, &options, &mut |entry| show(&progress, entry))
    });
    let reports = reports.collect();
    progress.finish_and_clear();
    Ok(reports)
}

/// The models of a folder on the delegates together.
fn goldens(arguments: &Arguments, folder: &Path) -> Result<Report, Failure> {
    let found = golden::find(folder);
    let mut found =
        found.map_err(|error| Failure::Invalid(format!("{}: {error}", folder.display())))?;
    if found.is_empty() {
        let folder = folder.display();
        return Err(Failure::Invalid(format!(
            "{folder} holds no model: a golden is NAME.tflite beside NAME.npz"
        )));
    }
    found.retain(|found| found.name.contains(&arguments.filter));
    if found.is_empty() {
        return Err(nothing(&arguments.filter, "model"));
    }
    let selection = select(&arguments.device)?;
    let options = GoldenOptions::new(selection.delegates);
    let progress = progress(found.len());
    let report = golden::run(&found, &options, &mut |entry| show(&progress, entry));
    progress.finish_and_clear();
    Ok(report)
}

fn nothing(filter: &str, what: &str) -> Failure {
    Failure::Usage(format!("no {what} has {filter:?} in its name"))
}

fn select(device: &DeviceOptions) -> Result<Selection, Failure> {
    let selection = device.select()?;
    if let Some(error) = &selection.without_gpu {
        note!("on the CPU alone: {}", with_remedy(error));
    }
    Ok(selection)
}

/// What the floats of the GPU are held to.
fn bound(device: &DeviceOptions) -> Bound {
    match device.precision() {
        Precision::Auto => Bound::ByWeights,
        Precision::F16 => Bound::Float16,
        Precision::F32 => Bound::Float32,
    }
}

/// A bar with the name of what is done last; nothing where there is no terminal.
fn progress(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    let bar = ProgressBar::new(length as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn show(progress: &ProgressBar, entry: &Entry) {
    progress.set_message(one_line(&entry.name).into_owned());
    progress.inc(1);
}

/// The command as it can be typed again; bytes of arguments that are not UTF-8 are escaped as bash reads them.
fn command(arguments: impl Iterator<Item = OsString>) -> String {
    let words = arguments.map(|word| typed(&word));
    std::iter::once("demilite".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

fn typed(word: &OsStr) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=,:+".contains(c);
    match word.to_str() {
        Some(word) if !word.is_empty() && word.chars().all(is_plain) => word.to_owned(),
        Some(word) if !word.chars().any(char::is_control) => {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
        _ => {
            let bytes = word.as_encoded_bytes().iter();
            let escaped: String = bytes
                .map(|&byte| match byte {
                    b'\'' | b'\\' => format!("\\{}", char::from(byte)),
                    b' '..=b'~' => char::from(byte).to_string(),
                    _ => format!("\\x{byte:02x}"),
                })
                .collect();
            format!("$'{escaped}'")
        }
    }
}

fn by_op(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    let headings = [
        "op",
        "precision",
        "cases",
        "exact",
        "within tolerance",
        "worst error",
        "rejected",
        "failed",
        "why",
    ];
    let mut rows = table(&headings, &[2, 3, 4, 5, 6, 7]);
    for row in summary(report) {
        rows.add_row([
            row.op,
            row.precision,
            row.cases.to_string(),
            row.exact.to_string(),
            row.within_tolerance.to_string(),
            match row.worst.is_exact() {
                true => String::new(),
                false => distance_words(row.worst),
            },
            row.rejected.to_string(),
            row.failed.to_string(),
            row.reasons.join("; "),
        ]);
    }
    writeln!(out, "{}\n\n{}\n", report.delegate, rows.trim_fmt())?;
    Ok(())
}

fn by_model(out: &mut dyn Write, report: &Report) -> Result<(), Failure> {
    let mut rows = table(&["model", "precision", "ran on", "verdict"], &[]);
    for entry in &report.entries {
        rows.add_row([
            entry.name.clone(),
            entry.precision.clone(),
            entry.ran_on.clone().unwrap_or_default(),
            match entry.is_expected {
                true => entry.verdict(),
                false => entry.outcome.name().to_owned(),
            },
        ]);
    }
    writeln!(out, "{}\n", rows.trim_fmt())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::{command, typed};

    #[test]
    fn commands_can_be_typed_again() {
        let words = ["conformance", "--filter", "add/int8", "a b", "it's", ""];
        let typed = command(words.into_iter().map(OsString::from));
        let expected = "demilite conformance --filter add/int8 'a b' 'it'\\''s' ''";
        assert_eq!(typed, expected);
    }
    #[cfg(unix)]
    #[test]
    fn any_bytes_can_be_typed_again() {
        use std::os::unix::ffi::OsStrExt;

        let word = OsStr::from_bytes(b"g\xff'\\\n");
        assert_eq!(typed(word), r"$'g\xff\'\\\x0a'");
    }
}
