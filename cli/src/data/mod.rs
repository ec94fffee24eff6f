//! `--data`: representative inputs.

mod arrays;
mod files;
mod images;
mod joined;
mod random;
mod value;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use demilite::Model;
use demilite::image::Normalization;

use crate::failure::Failure;
use crate::inputs::{Resize, normalization_words};
use crate::model::Names;
use crate::terminal::note;

use joined::Source;

pub(crate) use joined::Joined;

/// Representative inputs.
#[derive(Args)]
#[command(next_help_heading = "Representative inputs")]
pub(crate) struct DataOptions {
    /// A folder of images; an .npz archive (by input name, or in0, in1, …) or an .npy array whose first axis runs over samples; a folder
    /// of such files with one sample each; KEY=PATH for a signature, given once for each; `random` for tests alone
    #[arg(long, value_name = "PATH")]
    data: Vec<Data>,
    /// At most this many samples of each; without, 500 to calibrate and all to evaluate
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// Leaves out the first samples of each, such as those that a model was calibrated on
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: usize,
    /// Subtracted from pixels of 0 to 255, and from the numbers of arrays: a number, or one a channel; together with --std
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        requires = "std",
        allow_negative_numbers = true
    )]
    mean: Vec<f32>,
    /// Divides what is left after --mean
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "mean")]
    std: Vec<f32>,
    /// How an image takes the input's height and width, bilinearly either way
    #[arg(long, value_name = "HOW", default_value = "crop")]
    resize: Resize,
}

/// Samples that calibrate unless `--samples` says otherwise.
pub(crate) const CALIBRATION_SAMPLES: usize = 500;

/// Random samples where nobody says how many.
const RANDOM: usize = 500;

/// One `--data`.
#[derive(Clone, Debug)]
struct Data {
    signature: Option<String>,
    path: String,
}

impl FromStr for Data {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (signature, path) = match text.split_once('=') {
            // A path may contain the sign.
            Some((key, path)) if !Path::new(text).exists() => (Some(key.to_owned()), path),
            _ => (None, text),
        };
        match path.is_empty() {
            true => Err("it names no file".to_owned()),
            false => Ok(Data {
                signature,
                path: path.to_owned(),
            }),
        }
    }
}

impl DataOptions {
    /// Whether samples have one source, so that they can be counted.
    pub(crate) fn is_single(&self) -> bool {
        self.data.len() < 2
    }

    /// Whether all of an image is seen, and nothing is cut off.
    pub(crate) fn is_stretched(&self) -> bool {
        self.resize == Resize::Stretch
    }

    /// The sources, as they were given.
    pub(crate) fn words(&self) -> String {
        let paths: Vec<&str> = self.data.iter().map(|data| data.path.as_str()).collect();
        paths.join(", ")
    }

    /// The samples, at most `usual` of each source unless the options say otherwise; none where no data is given.
    pub(crate) fn open(&self, model: &Arc<Model>, usual: usize) -> Result<Option<Joined>, Failure> {
        let most = self.samples.unwrap_or(usual);
        let mut sources = Vec::new();
        for data in &self.data {
            sources.push(self.source(data, model, most)?);
        }
        Ok((!sources.is_empty()).then(|| Joined::new(sources, self.skip, most)))
    }

    fn source(&self, data: &Data, model: &Arc<Model>, most: usize) -> Result<Source, Failure> {
        let key = data.signature.as_deref();
        let graph_index = match key {
            None => 0,
            Some(key) => match model.signature(key) {
                Some(signature) => signature.graph_index,
                None => return Err(crate::model::no_signature(model, key)),
            },
        };
        let graph = &model.graphs()[graph_index];
        let names = Names::new(model, graph_index, key);
        let path = Path::new(&data.path);
        if data.path == "random" {
            note!(
                "--data random cannot calibrate: ranges of random numbers say nothing about a model's inputs"
            );
            let most = self.samples.unwrap_or(most.min(RANDOM));
            let count = self.skip.saturating_add(most);
            return Ok(Source {
                samples: Box::new(random::Random::new(graph, key, count)),
                preparation: "random numbers".to_owned(),
            });
        }
        let rule = self.rule()?;
        let rule = rule.as_ref();
        let as_arrays = || match rule {
            Some(rule) => format!("arrays, {}", normalization_words("number", rule)),
            None => "arrays, numbers as they are".to_owned(),
        };
        if path.is_dir() {
            let files = files::Files::open(path, graph, names, key, rule)?;
            if let Some(files) = files {
                return Ok(Source {
                    samples: Box::new(files),
                    preparation: as_arrays(),
                });
            }
            let fit = self.resize.fit();
            let images = images::Images::open(path, model, graph_index, rule.cloned(), fit, key)?;
            return Ok(Source {
                preparation: images.preparation(),
                samples: Box::new(images),
            });
        }
        let arrays = arrays::Arrays::open(path, graph, &names, key, rule)?;
        Ok(Source {
            samples: Box::new(arrays),
            preparation: as_arrays(),
        })
    }

    /// What `--mean` and `--std` say.
    fn rule(&self) -> Result<Option<Normalization>, Failure> {
        if self.mean.is_empty() {
            return Ok(None);
        }
        let rule = Normalization::new(self.mean.clone(), self.std.clone());
        rule.map(Some).ok_or_else(|| {
            Failure::Usage("--mean and --std must be finite, and --std must not be 0".to_owned())
        })
    }
}

/// The name of a file without its folder.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
