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
use demilite::optimize::Samples;

use crate::failure::Failure;
use crate::model::Names;
use crate::terminal::note;

use joined::Joined;

/// Representative inputs.
#[derive(Args)]
#[command(next_help_heading = "Representative inputs")]
pub(crate) struct DataOptions {
    /// A folder of images; an .npz archive (by input name, or in0, in1, …) or an .npy array whose first axis runs over samples; a folder
    /// of such files with one sample each; KEY=PATH for a signature, given once for each; `random` for tests alone
    #[arg(long, value_name = "PATH")]
    data: Vec<Data>,
    /// At most this many samples of each
    #[arg(long, value_name = "N", default_value_t = 500)]
    samples: usize,
    /// Subtracted from pixels of 0 to 255; together with --std
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
}

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
    /// The samples; none where no data is given.
    pub(crate) fn open(&self, model: &Arc<Model>) -> Result<Option<Joined>, Failure> {
        let mut sources = Vec::new();
        for data in &self.data {
            sources.push(self.source(data, model)?);
        }
        Ok((!sources.is_empty()).then(|| Joined::new(sources)))
    }

    fn source(&self, data: &Data, model: &Arc<Model>) -> Result<Box<dyn Samples>, Failure> {
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
            return Ok(Box::new(random::Random::new(graph, key, self.samples)));
        }
        if path.is_dir() {
            let files = files::Files::open(path, graph, names, key, self.samples)?;
            if let Some(files) = files {
                return Ok(Box::new(files));
            }
            let rule = match self.mean.is_empty() {
                true => None,
                false => Some(
                    Normalization::new(self.mean.clone(), self.std.clone()).ok_or_else(|| {
                        Failure::Usage(
                            "--mean and --std must be finite, and --std must not be 0".to_owned(),
                        )
                    })?,
                ),
            };
            let images = images::Images::open(path, model, graph_index, rule, key, self.samples)?;
            return Ok(Box::new(images));
        }
        let arrays = arrays::Arrays::open(path, graph, &names, key, self.samples)?;
        Ok(Box::new(arrays))
    }
}
