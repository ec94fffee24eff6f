//! `--labels` and its like: what is right for each sample.

mod boxes;

use std::path::{Path, PathBuf};

use clap::Args;
use demilite::optimize::evaluation::Truth;
use demilite::optimize::metrics::TokenSpan;
use demilite::post::Labels;

use crate::data::Joined;
use crate::failure::Failure;
use crate::labels::{Table, arrays, classes, indices};

/// What is right.
#[derive(Args)]
#[command(next_help_heading = "What is right")]
pub(crate) struct TruthOptions {
    /// The class of each sample: a .tsv or .csv table whose columns have names, of which `file` or `row` names the sample; an .npy array,
    /// or the array y of an .npz archive, in the order of the samples
    #[arg(long, value_name = "FILE", group = "truth")]
    labels: Option<PathBuf>,
    /// The column of the table that has the class; without, the first of label_index, class and label
    #[arg(long, value_name = "NAME", requires = "labels")]
    label_column: Option<String>,
    /// Added to each label, or category of --boxes: 1 for models whose class 0 is the background
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    label_offset: i64,
    /// The numbers of each sample: an .npy array, or the array y of an .npz archive, whose first axis runs over samples
    #[arg(long, value_name = "FILE", group = "truth")]
    targets: Option<PathBuf>,
    /// The boxes of each image in a file as COCO has them, for models that end in detection post-processing; with --resize stretch
    #[arg(long, value_name = "F.json", group = "truth")]
    boxes: Option<PathBuf>,
    /// The text of each sample: a table with the column text, for models that give scores of characters for frames
    #[arg(long, value_name = "FILE", group = "truth", requires = "alphabet")]
    transcripts: Option<PathBuf>,
    /// What each class stands for, one a line; an empty line is a blank between words
    #[arg(long, value_name = "FILE", requires = "transcripts")]
    alphabet: Option<PathBuf>,
    /// The class that stands for nothing; without, the last
    #[arg(long, value_name = "N", requires = "transcripts")]
    blank: Option<usize>,
    /// The answer of each sample: a table with the columns first and last, which count tokens from 0; with several rows for a sample any
    /// of them is right
    #[arg(long, value_name = "FILE", group = "truth")]
    spans: Option<PathBuf>,
    /// The most tokens that an answer has
    #[arg(long, value_name = "N", default_value_t = 30)]
    longest_span: usize,
}

impl TruthOptions {
    /// The files that say what is right.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let files = [
            &self.labels,
            &self.targets,
            &self.boxes,
            &self.transcripts,
            &self.alphabet,
            &self.spans,
        ];
        files.into_iter().flatten().map(PathBuf::as_path)
    }

    /// What is right, in words; none where nothing says it.
    pub(crate) fn words(&self) -> Option<String> {
        let path = self.files().next()?.display();
        let column = self.label_column.as_ref();
        let column = column.map_or_else(String::new, |name| format!(", column {name}"));
        Some(if self.labels.is_some() {
            format!("labels of {path}{column}, offset {}", self.label_offset)
        } else if self.boxes.is_some() {
            format!(
                "boxes of {path}, offset of categories {}",
                self.label_offset
            )
        } else if self.spans.is_some() {
            format!("spans of {path}, of at most {} tokens", self.longest_span)
        } else {
            let what = if self.targets.is_some() {
                "targets"
            } else {
                "transcripts"
            };
            format!("{what} of {path}")
        })
    }

    /// What is right for these samples.
    pub(crate) fn open(&self, samples: &Joined) -> Result<Option<Truth>, Failure> {
        Ok(Some(if let Some(path) = &self.labels {
            Truth::Classes(classes(
                path,
                self.label_column.as_deref(),
                self.label_offset,
                samples,
            )?)
        } else if let Some(path) = &self.targets {
            let rows = arrays::rows(path)?;
            let indices = indices(path, rows.len(), samples)?;
            Truth::Numbers(indices.into_iter().map(|row| rows[row].clone()).collect())
        } else if let Some(path) = &self.boxes {
            boxes::open(path, self.label_offset, samples)?
        } else if let (Some(path), Some(alphabet)) = (&self.transcripts, &self.alphabet) {
            self.texts(path, alphabet, samples)?
        } else if let Some(path) = &self.spans {
            self.token_spans(path, samples)?
        } else {
            return Ok(None);
        }))
    }

    fn texts(&self, path: &Path, alphabet: &Path, samples: &Joined) -> Result<Truth, Failure> {
        let labels = Labels::open(alphabet)?;
        let lines = (0..labels.len()).map(|class| match labels.get(class) {
            None | Some("") => " ".to_owned(),
            Some(character) => character.to_owned(),
        });
        let lines: Vec<String> = lines.collect();
        let blank = self.blank.unwrap_or(lines.len().saturating_sub(1));
        if blank >= lines.len() {
            return Err(Failure::Usage(format!(
                "--blank {blank}: {} has {} lines, and classes count from 0",
                alphabet.display(),
                lines.len()
            )));
        }
        let table = Table::open(path)?;
        let column = table.column(&["text"], "the column of the text")?;
        let cells = table.of_samples(column, samples)?;
        Ok(Truth::Texts {
            texts: cells.iter().map(|cells| cells[0].text.to_owned()).collect(),
            alphabet: lines,
            blank,
        })
    }

    fn token_spans(&self, path: &Path, samples: &Joined) -> Result<Truth, Failure> {
        let table = Table::open(path)?;
        let ends = ["first", "last"].map(|name| table.column(&[name], "the column of a token"));
        let [first, last] = ends;
        let (first, last) = (
            table.of_samples(first?, samples)?,
            table.of_samples(last?, samples)?,
        );
        let spans = std::iter::zip(&first, &last).map(|(first, last)| {
            let spans = std::iter::zip(first, last).map(|(first, last)| {
                let (from, to) = (first.integer("token")?, last.integer("token")?);
                let places = (usize::try_from(from).ok(), usize::try_from(to).ok());
                match places {
                    (Some(first), Some(last)) if first <= last => Ok(TokenSpan { first, last }),
                    _ => Err(Failure::Invalid(format!(
                        "{}: tokens from {from} to {to} are no span",
                        path.display()
                    ))),
                }
            });
            spans.collect()
        });
        Ok(Truth::Spans {
            spans: spans.collect::<Result<_, Failure>>()?,
            longest: self.longest_span,
        })
    }
}
