//! What is fed to a model: images or tensors of an archive.

mod images;
mod size;
mod tensors;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use demilite::audio::AudioInput;
use demilite::image::{Fit, Image, ImageInput, ModelMetadata, Normalization};
use demilite::{Graph, Model, Shape, Value};

use crate::failure::Failure;
use crate::model::{Names, in_brackets, tensor_words};
use crate::streams;
use crate::words::counted;
use images::ImageFeeds;

pub(crate) use images::{image_words, normalization_words};
pub(crate) use size::{Size, image_shape};

/// Images or tensors, and how images become tensors.
#[derive(Args)]
#[command(next_help_heading = "What it is fed")]
pub(crate) struct InputOptions {
    /// A png, jpeg or bmp image, or - for standard input; given several times, each gives an answer
    #[arg(long = "image", value_name = "FILE", conflicts_with = "inputs")]
    images: Vec<PathBuf>,
    /// A WAV file, for a model that takes samples or features of a sound at 16 kHz, or at --audio-rate
    #[arg(long, value_name = "FILE.wav", conflicts_with_all = ["inputs", "images"])]
    audio: Option<PathBuf>,
    /// Samples a second that the model takes of --audio
    #[arg(long, value_name = "HZ", requires = "audio", value_parser = clap::value_parser!(u32).range(1..))]
    audio_rate: Option<u32>,
    /// Tensors in0, in1, … in the order of the model's inputs, or by their names in the signature; -
    /// for standard input
    #[arg(long, value_name = "FILE.npz")]
    inputs: Option<PathBuf>,
    /// Makes integers of floats in --inputs where the model takes quantized integers: round(x /
    /// scale) + zero point
    #[arg(long, requires = "inputs")]
    quantize_inputs: bool,
    /// Subtracted from pixels of 0 to 255: a number, or one a channel; together with --std.
    /// Without, what the file's metadata says, then 127.5 for floats, and pixels as they are for
    /// 8-bit inputs and integers without a scale
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        requires = "std",
        conflicts_with = "inputs",
        allow_negative_numbers = true,
        value_parser = finite
    )]
    mean: Vec<f32>,
    /// Divides what is left after --mean: a number other than 0, or one a channel
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        requires = "mean",
        conflicts_with = "inputs",
        allow_negative_numbers = true,
        value_parser = divisor
    )]
    std: Vec<f32>,
    /// How an image takes the input's height and width, bilinearly either way
    #[arg(long, value_name = "HOW", default_value = "crop")]
    resize: Resize,
    /// The height and width of the input where the file leaves them open; without, those of the image
    #[arg(long, value_name = "HxW", conflicts_with = "inputs")]
    size: Option<Size>,
    /// The most memory that reading an image may take, in MiB: for its file, its pixels and its decoder
    #[arg(long, value_name = "MIB", default_value_t = Image::DEFAULT_LIMIT >> 20)]
    image_limit: u64,
}

/// `--resize`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resize {
    /// The middle of the image, in the aspect of the input
    Crop,
    /// The whole image, whatever its aspect
    Stretch,
}

impl Resize {
    pub(crate) fn fit(self) -> Fit {
        match self {
            Resize::Crop => Fit::Crop,
            Resize::Stretch => Fit::Stretch,
        }
    }
}

/// The inputs of one invocation.
#[derive(Default)]
pub(crate) struct Feed {
    /// What they come from: as many as the invocation gives answers.
    pub(crate) sources: Vec<Source>,
    /// What the invocation takes at once, of which some may have no source.
    pub(crate) batch: usize,
    /// A tensor for each input of the graph; none where nothing is left to run.
    pub(crate) values: Vec<Value>,
    /// What could not be read.
    pub(crate) refused: Vec<Refusal>,
}

/// Where an input comes from.
#[derive(Clone)]
pub(crate) struct Source {
    /// The file.
    pub(crate) name: String,
    /// Its place in the batch.
    pub(crate) place: usize,
}

/// A file that is not run.
pub(crate) struct Refusal {
    /// The file.
    pub(crate) source: String,
    /// Why.
    pub(crate) failure: Failure,
}

/// The inputs of all invocations, one after the other.
pub(crate) enum Feeds {
    /// Tensors of an archive, once.
    Tensors(Option<Feed>),
    /// Images.
    Images(Box<ImageFeeds>),
}

impl Feeds {
    /// How images become tensors, in words.
    pub(crate) fn preparation(&self) -> Option<String> {
        match self {
            Feeds::Tensors(_) => None,
            Feeds::Images(images) => Some(images.preparation()),
        }
    }
}

impl Iterator for Feeds {
    type Item = Result<Feed, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Feeds::Tensors(feed) => feed.take().map(Ok),
            Feeds::Images(images) => images.next(),
        }
    }
}

impl InputOptions {
    /// Whether there is one image, or tensors, so that nothing is left where that cannot be read.
    pub(crate) fn is_single(&self) -> bool {
        self.images.len() < 2
    }

    /// Reads tensors; images are read when their turn comes.
    pub(crate) fn read(
        &self,
        model: &Arc<Model>,
        graph_index: usize,
        names: &Names,
    ) -> Result<Feeds, Failure> {
        let graph = &model.graphs()[graph_index];
        if let Some(path) = &self.inputs {
            let name = streams::name(path);
            let mut values = tensors::read(path, graph, names, self.quantize_inputs)?;
            if self.quantize_inputs {
                values = tensors::quantize(graph, values, &name)?;
            }
            return Ok(Feeds::Tensors(Some(Feed {
                sources: vec![Source { name, place: 0 }],
                batch: 1,
                values,
                refused: Vec::new(),
            })));
        }
        if let Some(path) = &self.audio {
            return self.audio(path, model, graph_index);
        }
        if self.images.is_empty() {
            return Err(wanted(model, graph, names));
        }
        let streams = self.images.iter().filter(|path| streams::is_standard(path));
        if streams.count() > 1 {
            return Err(Failure::Usage(
                "--image - is given several times, and standard input holds one image".to_owned(),
            ));
        }
        self.images(model, graph_index)
            .map(|images| Feeds::Images(Box::new(images)))
    }

    /// The features of a sound, which is one inference.
    fn audio(&self, path: &Path, model: &Model, graph_index: usize) -> Result<Feeds, Failure> {
        let input = AudioInput::of(&model.graphs()[graph_index])
            .map_err(|error| Failure::Invalid(format!("{}: {error}", model.name())))?;
        let input = match self.audio_rate {
            Some(rate) => input.rate(rate),
            None => input,
        };
        let name = streams::name(path);
        let value = input
            .open(path)
            .map_err(|error| Failure::Invalid(error.to_string()))?;
        Ok(Feeds::Tensors(Some(Feed {
            sources: vec![Source { name, place: 0 }],
            batch: 1,
            values: vec![value],
            refused: Vec::new(),
        })))
    }

    fn images(&self, model: &Model, graph_index: usize) -> Result<ImageFeeds, Failure> {
        let in_file =
            |error: &dyn std::fmt::Display| Failure::Invalid(format!("{}: {error}", model.name()));
        let input = ImageInput::of(&model.graphs()[graph_index])
            .map_err(|error| in_file(&format_args!("{error} (`--inputs FILE.npz`)")))?;
        let input = self
            .normalized(input, model, graph_index)
            .map_err(|error| in_file(&error))?;
        let input = match self.size {
            None => input,
            Some(Size { height, width }) => input
                .sized(height, width)
                .map_err(|error| Failure::Usage(format!("--size: {}: {error}", model.name())))?,
        };
        let batch = input.batch();
        if !self.images.len().is_multiple_of(batch) {
            return Err(Failure::Usage(format!(
                "{} takes {batch} images at once, and {} is not a multiple of that",
                model.name(),
                self.images.len()
            )));
        }
        Ok(ImageFeeds {
            input,
            fit: self.resize.fit(),
            limit: self.image_limit.saturating_mul(1 << 20),
            files: self.images.clone().into_iter(),
        })
    }

    /// The input with the normalization that the options give, or else the file's metadata.
    fn normalized(
        &self,
        input: ImageInput,
        model: &Model,
        graph_index: usize,
    ) -> Result<ImageInput, Box<dyn std::error::Error>> {
        if !self.mean.is_empty() {
            let rule = Normalization::new(self.mean.clone(), self.std.clone())
                .ok_or("--mean and --std must be finite, and --std must not be 0")?;
            return Ok(input.normalized(rule)?);
        }
        let metadata = match graph_index {
            0 => ModelMetadata::of(model)?,
            _ => None,
        };
        match metadata
            .as_ref()
            .and_then(|metadata| metadata.inputs.first())
        {
            Some(description) => Ok(input.described(description)?),
            None => Ok(input),
        }
    }
}

/// A finite number.
fn finite(text: &str) -> Result<f32, String> {
    match text.trim().parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err("it is not a finite number".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A finite number other than 0.
fn divisor(text: &str) -> Result<f32, String> {
    match finite(text)? {
        0.0 => Err("pixels cannot be divided by 0".to_owned()),
        number => Ok(number),
    }
}

/// What the model wants, for those who gave it nothing.
fn wanted(model: &Model, graph: &Graph, names: &Names) -> Failure {
    let inputs = std::iter::zip(graph.inputs(), &names.inputs).enumerate();
    let inputs: Vec<String> = inputs
        .map(|(index, (&id, name))| {
            let name = in_brackets(name.as_ref());
            format!("in{index}{name}: {}", tensor_words(graph.tensor(id)))
        })
        .collect();
    let how = match ImageInput::of(graph) {
        Ok(_) => "--image FILE or --inputs FILE.npz",
        Err(_) => "--inputs FILE.npz",
    };
    Failure::Unfed {
        message: format!(
            "{} takes {}: give {how}",
            model.name(),
            counted(inputs.len(), "input")
        ),
        inputs,
    }
}

/// The shapes that a session's inputs take for these values, by the place of the input.
pub(crate) fn resized(values: &[Value]) -> Vec<(usize, Shape)> {
    let shapes = values.iter().map(|value| value.shape().clone());
    shapes.enumerate().collect()
}

#[cfg(test)]
mod tests {
    use super::{divisor, finite};

    #[test]
    fn numbers_that_nothing_can_be_divided_by_are_refused() {
        assert_eq!(divisor("127.5"), Ok(127.5));
        assert_eq!(divisor("-1"), Ok(-1.0));
        assert_eq!(finite("0"), Ok(0.0));
        for text in ["0", "-0", "0.0", "nan", "inf", "-inf", "1e99", "", "x"] {
            assert!(divisor(text).is_err(), "{text}");
        }
    }
}
