//! What a command says of the model that it made.

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::say;

/// Writes a report, as JSON or in words, and says where it is of a dry run.
pub(crate) fn write(
    report: &(impl Serialize + Display),
    is_json: bool,
    is_dry_run: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match is_json {
        true => writeln!(out, "{}", serde_json::to_string(report)?)?,
        false => write!(out, "{report}")?,
    }
    if is_dry_run {
        say(format_args!("note: a dry run: nothing was written"));
    }
    Ok(())
}
