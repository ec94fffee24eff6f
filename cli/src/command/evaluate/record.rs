//! `--resume`: what is done, so that an interrupted run goes on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use demilite::optimize::evaluation::Outcome;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::subjects::Candidate;
use crate::failure::Failure;

/// A file with a line of what is evaluated, and one for each sample that is done.
pub(super) struct Record {
    path: PathBuf,
    file: File,
    done: BTreeMap<usize, Vec<Outcome>>,
}

/// The first line: what is evaluated, with what, by what.
#[derive(Serialize, Deserialize, PartialEq)]
struct Heading {
    version: u32,
    /// The digest of each model, and its delegates.
    models: Vec<(String, Vec<String>, String)>,
    samples: usize,
    /// Data and what is right, in words, and the digests of files that say it.
    from: Vec<String>,
}

/// A sample that is done.
#[derive(Serialize, Deserialize)]
struct Line {
    sample: usize,
    outcomes: Vec<Outcome>,
}

impl Record {
    /// Opens a file that there is, or begins one.
    pub(super) fn open<'a>(
        path: &Path,
        candidates: &[Candidate],
        files: impl Iterator<Item = &'a Path>,
        words: impl Iterator<Item = String>,
        samples: usize,
    ) -> Result<Self, Failure> {
        let mut from: Vec<String> = words.collect();
        for file in files {
            let bytes = fs::read(file)
                .map_err(|error| Failure::Invalid(format!("{}: {error}", file.display())))?;
            from.extend(
                Sha256::digest(&bytes)
                    .iter()
                    .map(|byte| format!("{byte:02x}")),
            );
        }
        let models = candidates.iter().map(|candidate| {
            let Candidate {
                sha256,
                delegates,
                preparation,
                ..
            } = candidate;
            (sha256.clone(), delegates.clone(), preparation.clone())
        });
        let heading = Heading {
            version: 1,
            models: models.collect(),
            samples,
            from,
        };
        let unwritable = |error| Failure::unwritable(path, &error);
        let done = read(path, &heading)?;
        // A line that was cut off goes, and the others stay.
        let mut text = serde_json::to_string(&heading)? + "\n";
        for (&sample, outcomes) in &done {
            text += &line(sample, outcomes)?;
        }
        demilite::output::write(path, text.as_bytes()).map_err(unwritable)?;
        let file = File::options()
            .append(true)
            .open(path)
            .map_err(unwritable)?;
        Ok(Record {
            path: path.to_owned(),
            file,
            done,
        })
    }

    /// What was done before.
    pub(super) fn take_done(&mut self) -> BTreeMap<usize, Vec<Outcome>> {
        std::mem::take(&mut self.done)
    }

    /// Keeps what came of a sample.
    pub(super) fn keep(&mut self, sample: usize, outcomes: &[Outcome]) -> Result<(), Failure> {
        let line = line(sample, outcomes)?;
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|error| Failure::unwritable(&self.path, &error))
    }
}

fn line(sample: usize, outcomes: &[Outcome]) -> Result<String, Failure> {
    let line = Line {
        sample,
        outcomes: outcomes.to_vec(),
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

/// What a file says is done; nothing where there is none.
fn read(path: &Path, heading: &Heading) -> Result<BTreeMap<usize, Vec<Outcome>>, Failure> {
    let name = path.display();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Failure::Invalid(format!("{name}: {error}"))),
    };
    let mut lines = BufReader::new(file).lines();
    let first = lines.next().and_then(Result::ok);
    let found = first.and_then(|line| serde_json::from_str::<Heading>(&line).ok());
    match found {
        Some(found) if found == *heading => {}
        Some(_) => {
            return Err(Failure::Usage(format!(
                "{name} is of an evaluation of other models, samples or labels: give another file, or remove it"
            )));
        }
        None => {
            return Err(Failure::Usage(format!(
                "{name} is not what --resume writes: give another file"
            )));
        }
    }
    let lines = lines.map_while(Result::ok);
    let lines = lines.map_while(|line| serde_json::from_str::<Line>(&line).ok());
    Ok(lines.map(|line| (line.sample, line.outcomes)).collect())
}
