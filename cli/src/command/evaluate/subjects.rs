//! Models and delegates side by side.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use demilite::Model;
use demilite::optimize::evaluation::Subject;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::data::{DataOptions, Joined};
use crate::failure::Failure;
use crate::hardware::{DelegateArgument, single_threaded};

/// Models, and what runs them.
#[derive(Args)]
pub(super) struct SubjectOptions {
    /// The .tflite files; the first is the one that others are compared with
    #[arg(value_name = "MODEL", required = true)]
    models: Vec<PathBuf>,
    /// Delegates, each of which runs each model: auto, gpu, cpu or reference
    #[arg(
        long,
        value_name = "CHOICE",
        value_delimiter = ',',
        default_value = "cpu"
    )]
    delegate: Vec<DelegateArgument>,
}

/// A model on a choice of delegates.
#[derive(Serialize)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) delegates: Vec<String>,
    /// How samples become its inputs, in words.
    pub(super) preparation: String,
    /// The digest of its file.
    pub(super) sha256: String,
}

impl SubjectOptions {
    /// Each model on each delegate, with the samples as it takes them.
    #[expect(
        clippy::type_complexity,
        reason = "two lists of the same length, said once"
    )]
    pub(super) fn open(
        &self,
        data: &DataOptions,
    ) -> Result<(Vec<Candidate>, Vec<(Subject, Arc<Joined>)>), Failure> {
        let mut selections = Vec::new();
        for delegate in &self.delegate {
            selections.push(single_threaded(delegate.choice())?);
        }
        let (mut candidates, mut subjects) = (Vec::new(), Vec::new());
        for (path, name) in std::iter::zip(&self.models, self.names()) {
            if path.is_dir() {
                return Err(Failure::Invalid(format!(
                    "{} is a folder: give the .tflite file",
                    path.display()
                )));
            }
            let model = Arc::new(Model::open(path)?);
            let bytes = fs::read(path)
                .map_err(|error| Failure::Invalid(format!("{}: {error}", path.display())))?;
            let sha256 = Sha256::digest(&bytes);
            let samples = data.open(&model, usize::MAX)?.ok_or_else(|| {
                Failure::Usage("there is nothing to evaluate with: give --data".to_owned())
            })?;
            let samples = Arc::new(samples);
            for (choice, selection) in std::iter::zip(&self.delegate, &selections) {
                let name = match selections.len() {
                    1 => name.clone(),
                    _ => format!("{name} on {}", choice.choice()),
                };
                candidates.push(Candidate {
                    name: name.clone(),
                    path: path.display().to_string(),
                    delegates: selection
                        .delegates
                        .iter()
                        .map(|delegate| delegate.name().to_owned())
                        .collect(),
                    preparation: samples.preparation(),
                    sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
                });
                let delegates = selection.delegates.iter().cloned();
                let subject = Subject::new(
                    name,
                    Arc::clone(&model),
                    delegates,
                    Arc::clone(&samples) as _,
                );
                subjects.push((subject, Arc::clone(&samples)));
            }
        }
        Ok((candidates, subjects))
    }

    /// The names of the files without folder and extension, or whole paths where two of them are the same.
    fn names(&self) -> Vec<String> {
        let stem = |path: &PathBuf| {
            let stem = path.file_stem().unwrap_or_default();
            stem.to_string_lossy().into_owned()
        };
        let stems: Vec<String> = self.models.iter().map(stem).collect();
        let paths = std::iter::zip(&self.models, &stems);
        let names = paths.map(|(path, stem)| {
            let is_unique = stems.iter().filter(|other| *other == stem).count() == 1;
            match is_unique {
                true => stem.clone(),
                false => path.display().to_string(),
            }
        });
        names.collect()
    }
}
