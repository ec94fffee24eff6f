//! Everything, for programs.

use serde::Serialize;

use super::{Counts, Record, Report};

#[derive(Serialize)]
struct Document<'a> {
    command: &'a str,
    is_clean: bool,
    counts: Counts,
    reports: &'a [Report],
}

pub(super) fn text(record: &Record<'_>) -> String {
    let document = Document {
        command: record.command,
        is_clean: record.reports.iter().all(Report::is_clean),
        counts: Counts::of(record.reports),
        reports: record.reports,
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("maps have names as keys, and numbers are written or null") + "\n"
}
