//! `--codebook`: weights as indices into tables of their values.

use std::path::{Path, PathBuf, absolute};

use clap::Args;
use demilite::Model;
use demilite::optimize::{Codebook, Codebooks};

use crate::destination::Destination;
use crate::failure::Failure;
use crate::terminal::note;

/// A second file, for tflite-micro.
#[derive(Args)]
pub(crate) struct CodebookOptions {
    /// Writes the model a second time, with weights of few values as indices into tables, for tflite-micro where it is built with
    /// compression; labels and other files behind the model do not come along
    #[arg(long, value_name = "FILE")]
    codebook: Option<PathBuf>,
}

impl CodebookOptions {
    /// The file to write, checked before any work is done; none where it is not asked for, and of a dry run.
    pub(crate) fn destination(
        &self,
        input: &Path,
        output: Option<&Path>,
        is_dry_run: bool,
    ) -> Result<Option<Destination>, Failure> {
        let Some(path) = self.codebook.as_deref().filter(|_| !is_dry_run) else {
            return Ok(None);
        };
        let is_output = |output: &Path| match (absolute(output), absolute(path)) {
            (Ok(output), Ok(path)) => output == path,
            _ => output == path,
        };
        if output.is_some_and(is_output) {
            return Err(Failure::Usage(format!(
                "{} is the file that the model itself goes to: give --codebook another one",
                path.display()
            )));
        }
        Destination::new(path, input).map(Some)
    }

    /// The model so, where it is asked for; says how large it is.
    pub(crate) fn of(&self, model: &Model) -> Result<Option<Codebooks>, Failure> {
        if self.codebook.is_none() {
            return Ok(None);
        }
        let codebooks = Codebooks::of(model)
            .map_err(|error| Failure::Invalid(format!("--codebook: {error}")))?;
        let sum = |bytes: fn(&Codebook) -> usize| codebooks.constants.iter().map(bytes).sum();
        let (before, after): (usize, usize) =
            (sum(|each| each.bytes_before), sum(|each| each.bytes_after));
        note!(
            "with codebooks {} bytes: {before} of weights become {after} in {} tensors",
            codebooks.bytes.len(),
            codebooks.constants.len()
        );
        Ok(Some(codebooks))
    }
}
