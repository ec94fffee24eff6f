//! `demilite quantize`: a quantized form of a float model.

mod destination;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use demilite::Model;
use demilite::optimize::{Mode, OptimizeError, Pattern, Quantizer, Recipe};

use crate::failure::Failure;
use crate::terminal::say;
use destination::Destination;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The float .tflite file
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, whole or not at all
    #[arg(value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// The form: float16 (half the size), dynamic (int8 weights)
    #[arg(long, value_name = "MODE")]
    mode: Mode,
    /// Leaves ops float: by name (`SOFTMAX`), by output (`block_1/*`) or by index (`#12`); may be given more than once
    #[arg(long, value_name = "PATTERN")]
    keep_float: Vec<Pattern>,
    /// With float16: values beyond ±65504 become that instead of an error
    #[arg(long)]
    clamp: bool,
    /// With dynamic: weights of fewer elements stay float
    #[arg(long, value_name = "N", default_value_t = 1024)]
    min_elements: usize,
    /// Reports as JSON
    #[arg(long)]
    json: bool,
    /// Reports what would be done, and writes nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let destination = match &arguments.output {
        Some(path) if !arguments.dry_run => Some(Destination::new(path, &arguments.input)?),
        _ => None,
    };
    let model = Model::open(&arguments.input)?;
    let name = model.name().to_owned();
    let quantized = Quantizer::new(model)
        .recipe(recipe(arguments))
        .finish()
        .map_err(|error| refused(&name, &error))?;
    if let Some(destination) = destination {
        destination.write(&quantized.model)?;
    }
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string(&quantized.report)?)?,
        false => write!(out, "{}", quantized.report)?,
    }
    if arguments.dry_run {
        say(format_args!("note: a dry run: nothing was written"));
    }
    Ok(())
}

fn recipe(arguments: &Arguments) -> Recipe {
    let mut recipe = Recipe::new(arguments.mode);
    recipe.keep_float.clone_from(&arguments.keep_float);
    recipe.clamp = arguments.clamp;
    recipe.min_elements = arguments.min_elements;
    recipe
}

/// A form that is not made. What the library calls by its names has others here.
fn refused(model: &str, error: &OptimizeError) -> Failure {
    match error {
        OptimizeError::OutOfRange { .. } => Failure::Invalid(format!(
            "{model}: {error} (here `--clamp` and `--keep-float`)"
        )),
        OptimizeError::NoSuchNode { .. } => Failure::Usage(format!("{model}: {error}")),
        _ => Failure::Invalid(format!("{model}: {error}")),
    }
}
