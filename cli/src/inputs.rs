//! What is fed to a model: pictures or tensors of an archive.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use demilite::npz::read_numbered;
use demilite::pictures::{Fit, ModelMetadata, Normalization, Picture, PictureInput, PixelValues};
use demilite::{DataType, Graph, Model, Shape, Value};

use crate::failure::Failure;
use crate::model::{counted, tensor_words};

/// Pictures or tensors, and how pictures become tensors.
#[derive(Args)]
#[command(next_help_heading = "What it is fed")]
pub(crate) struct InputOptions {
    /// A png, jpeg or bmp picture; several give an answer each
    #[arg(long = "image", value_name = "FILE", num_args = 1.., conflicts_with = "inputs")]
    images: Vec<PathBuf>,
    /// Tensors in0, in1, … in the order of the model's inputs
    #[arg(long, value_name = "FILE.npz")]
    inputs: Option<PathBuf>,
    /// Subtracted from pixels of 0 to 255: a number, or one a channel; together with --std.
    /// Without, what the file's metadata says, then 127.5 for floats, and pixels as they are for
    /// 8-bit inputs
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        requires = "std",
        conflicts_with = "inputs",
        allow_negative_numbers = true
    )]
    mean: Vec<f32>,
    /// Divides what is left after --mean: a number, or one a channel
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        requires = "mean",
        conflicts_with = "inputs",
        allow_negative_numbers = true
    )]
    std: Vec<f32>,
    /// How a picture takes the input's height and width, bilinearly either way
    #[arg(long, value_name = "HOW", default_value = "crop")]
    resize: Resize,
    /// The most memory that reading an image may take, in MiB: for its file, its pixels and its decoder
    #[arg(long, value_name = "MIB", default_value_t = Picture::DEFAULT_LIMIT >> 20)]
    image_limit: u64,
}

/// `--resize`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Resize {
    /// The middle of the picture, in the aspect of the input
    Crop,
    /// The whole picture, whatever its aspect
    Stretch,
}

/// The inputs of one invocation.
pub(crate) struct Feed {
    /// What they come from: as many files as the invocation gives answers.
    pub(crate) sources: Vec<String>,
    /// A tensor for each input of the graph.
    pub(crate) values: Vec<Value>,
}

/// The inputs of all invocations.
pub(crate) struct Feeds {
    /// The invocations, in their order.
    pub(crate) feeds: Vec<Feed>,
    /// How pictures became tensors, in words.
    pub(crate) preparation: Option<String>,
}

impl InputOptions {
    /// Reads the files and makes tensors of them.
    pub(crate) fn read(&self, model: &Arc<Model>, graph_index: usize) -> Result<Feeds, Failure> {
        let graph = &model.graphs()[graph_index];
        if let Some(path) = &self.inputs {
            let values = read_numbered(path, "in", graph.inputs().len())?;
            let source = path.display().to_string();
            check_tensors(graph, &values, &source)?;
            return Ok(Feeds {
                feeds: vec![Feed {
                    sources: vec![source],
                    values,
                }],
                preparation: None,
            });
        }
        if self.images.is_empty() {
            return Err(Failure::Usage(wanted(model, graph)));
        }
        self.pictures(model, graph_index)
    }

    fn pictures(&self, model: &Model, graph_index: usize) -> Result<Feeds, Failure> {
        let in_file =
            |error: &dyn std::fmt::Display| Failure::Invalid(format!("{}: {error}", model.name()));
        let input = PictureInput::of(&model.graphs()[graph_index])
            .map_err(|error| in_file(&format_args!("{error} (`--inputs FILE.npz`)")))?;
        let input = self
            .normalized(input, model, graph_index)
            .map_err(|error| in_file(&error))?;
        let batch = input.batch();
        if !self.images.len().is_multiple_of(batch) {
            return Err(Failure::Usage(format!(
                "{} takes {batch} pictures at once, and {} are no multiple of that",
                model.name(),
                self.images.len()
            )));
        }
        let fit = match self.resize {
            Resize::Crop => Fit::Crop,
            Resize::Stretch => Fit::Stretch,
        };
        let feeds = self.images.chunks(batch).map(|images| {
            let limit = self.image_limit.saturating_mul(1 << 20);
            let pictures = images.iter().map(|path| Picture::open_within(path, limit));
            let pictures: Vec<Picture> = pictures.collect::<Result<_, _>>()?;
            Ok(Feed {
                sources: images
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect(),
                values: vec![input.value(&pictures, fit)?],
            })
        });
        Ok(Feeds {
            feeds: feeds.collect::<Result<_, Failure>>()?,
            preparation: Some(preparation_words(&input, fit)),
        })
    }

    /// The input with the normalization that the options give, or else the file's metadata.
    fn normalized(
        &self,
        input: PictureInput,
        model: &Model,
        graph_index: usize,
    ) -> Result<PictureInput, Box<dyn std::error::Error>> {
        if !self.mean.is_empty() {
            let rule = Normalization::new(self.mean.clone(), self.std.clone())
                .ok_or("--mean and --std are finite, and no --std is 0")?;
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

fn preparation_words(input: &PictureInput, fit: Fit) -> String {
    let how = match fit {
        Fit::Crop => "cropped in the middle",
        Fit::Stretch => "stretched",
    };
    let colours = match input.channels() {
        1 => "grey",
        _ => "RGB",
    };
    let values = match input.pixel_values() {
        PixelValues::AsTheyAre => "pixels as they are".to_owned(),
        PixelValues::Normalized(rule) => {
            format!(
                "(pixel - {}) / {}",
                numbers(rule.mean()),
                numbers(rule.std())
            )
        }
    };
    let (width, height) = (input.width(), input.height());
    format!(
        "{width} × {height} {colours}, {how}, {values}, as {}",
        input.dtype()
    )
}

fn numbers(numbers: &[f32]) -> String {
    let words: Vec<String> = numbers.iter().map(f32::to_string).collect();
    match words.len() {
        1 => words.concat(),
        _ => format!("[{}]", words.join(", ")),
    }
}

/// What the model wants, for those who gave it nothing.
fn wanted(model: &Model, graph: &Graph) -> String {
    let inputs = graph.inputs().iter().enumerate();
    let inputs: Vec<String> = inputs
        .map(|(index, &id)| format!("\n  in{index}: {}", tensor_words(graph.tensor(id))))
        .collect();
    let how = match PictureInput::of(graph) {
        Ok(_) => "--image FILE or --inputs FILE.npz",
        Err(_) => "--inputs FILE.npz",
    };
    format!(
        "{} takes {}: give {how}{}",
        model.name(),
        counted(inputs.len(), "input"),
        inputs.concat()
    )
}

/// Tensors that the graph does not take are refused before a device is opened.
fn check_tensors(graph: &Graph, values: &[Value], source: &str) -> Result<(), Failure> {
    for (index, (value, &id)) in std::iter::zip(values, graph.inputs()).enumerate() {
        let tensor = graph.tensor(id);
        let (dtype, shape) = (value.dtype(), value.shape());
        let remedy = if dtype != tensor.dtype {
            format!("write it as {}", numpy_name(tensor.dtype))
        } else if *shape != tensor.shape && !is_open(tensor.shape_signature.as_deref(), shape) {
            format!("reshape it to {}", tensor.shape)
        } else {
            continue;
        };
        return Err(Failure::Invalid(format!(
            "{source}: in{index} is {dtype} {shape}, and the model's input is {}: {remedy}",
            tensor_words(tensor)
        )));
    }
    Ok(())
}

/// The name of an element type in NumPy.
fn numpy_name(dtype: DataType) -> &'static str {
    match dtype {
        DataType::Bool => "bool_",
        other => other.name(),
    }
}

/// The shapes to resize a session's inputs to, for tensors whose extents the file leaves open.
pub(crate) fn resized(graph: &Graph, values: &[Value]) -> Vec<(usize, Shape)> {
    let inputs = std::iter::zip(values, graph.inputs()).enumerate();
    inputs
        .filter(|(_, (value, id))| *value.shape() != graph.tensor(**id).shape)
        .map(|(index, (value, _))| (index, value.shape().clone()))
        .collect()
}

/// Whether a shape differs from the file's only where the file leaves the extent open.
fn is_open(signature: Option<&[Option<usize>]>, shape: &Shape) -> bool {
    signature.is_some_and(|signature| {
        signature.len() == shape.rank()
            && std::iter::zip(signature, shape.iter())
                .all(|(stated, extent)| stated.is_none_or(|stated| stated == *extent))
    })
}

#[cfg(test)]
mod tests {
    use demilite::Shape;

    use super::is_open;

    #[test]
    fn only_extents_that_the_file_leaves_open_may_differ() {
        let signature = [None, Some(224), Some(3)];
        let fits = |extents: &[usize]| is_open(Some(&signature), &Shape::new(extents));
        assert!(fits(&[7, 224, 3]) && fits(&[1, 224, 3]));
        assert!(!fits(&[7, 192, 3]) && !fits(&[7, 224]));
        assert!(!is_open(None, &Shape::new([1])));
    }
}
