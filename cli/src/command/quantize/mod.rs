//! `demilite quantize`: a quantized form of a float model.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use demilite::optimize::{
    Calibrator, Mode, OptimizeError, Pattern, Quantized, Quantizer, Recipe, Rule, Samples,
    UnknownCalibrator,
};
use demilite::{DataType, DelegateChoice, Model};
use indicatif::ProgressBar;

use crate::codebook::CodebookOptions;
use crate::data::{CALIBRATION_SAMPLES, DataOptions};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::hardware::single_threaded;
use crate::outcome;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The float .tflite file
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, whole or not at all
    #[arg(value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// The form: float16 (half the size), dynamic (int8 weights), int8 and int16x8 (integers, and floats for the rest), int8-only and
    /// int16x8-only (integers or nothing); those with integer activations need --data
    #[arg(long, value_name = "MODE", required_unless_present = "recipe")]
    mode: Option<Mode>,
    /// What to do, as --write-recipe writes it, or as a list of rules in the format of ai-edge-quantizer; other options go before it
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// Writes what was done as a recipe, with the calibrator that was chosen
    #[arg(long, value_name = "FILE")]
    write_recipe: Option<PathBuf>,
    /// Leaves ops float: by name (`SOFTMAX`), by output (`block_1/*`) or by index (`#12`); may be given more than once
    #[arg(long, value_name = "PATTERN")]
    keep_float: Vec<Pattern>,
    /// With int8 and int8-only: gives ops int16 activations, named as with --keep-float, which goes before it; may be given more than once
    #[arg(long, value_name = "PATTERN")]
    int16: Vec<Pattern>,
    /// With float16: values beyond ±65504 become that instead of an error
    #[arg(long)]
    clamp: bool,
    /// With dynamic: weights of fewer elements stay float; 1024 unless said otherwise
    #[arg(long, value_name = "N")]
    min_elements: Option<usize>,
    /// The type of inputs and outputs: float, int8, uint8 or int16; without, float, or the activations' own of integers alone
    #[arg(long, value_name = "TYPE", value_parser = io_type)]
    io: Option<DataType>,
    /// How ranges follow from samples: min-max, headroom, moving-average, percentile, mse, entropy, or auto, which tries those that
    /// may help and keeps the best [default: auto]
    #[arg(long, value_name = "HOW", value_parser = calibrator)]
    calibrator: Option<Choice>,
    /// Leaves biases as they are, which otherwise make up for the rounding of weights and for what layers before theirs lost as integers
    #[arg(long)]
    no_bias_correction: bool,
    /// Rounds each weight to the nearest integer, not those of a channel together so that their errors cancel
    #[arg(long)]
    round_nearest: bool,
    /// Gives all weights of a layer one scale, for hardware that knows no other, instead of one for each output channel
    #[arg(long)]
    per_tensor: bool,
    /// Leaves the channels of layers as they are, which otherwise are brought to like magnitudes where that helps
    #[arg(long)]
    no_equalization: bool,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    codebook: CodebookOptions,
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
    let recipe_file = match &arguments.write_recipe {
        Some(path) if !arguments.dry_run => Some(Destination::new(path, &arguments.input)?),
        _ => None,
    };
    let codebook_file = arguments.codebook.destination(
        &arguments.input,
        arguments.output.as_deref(),
        arguments.dry_run,
    )?;
    let model = Arc::new(Model::open(&arguments.input)?);
    let mut recipe = recipe(arguments)?;
    let quantized = quantized(arguments, &model, &recipe)?;
    let codebooks = arguments.codebook.of(&quantized.model)?;
    if let Some(destination) = destination {
        destination.write(&quantized.model, &arguments.input)?;
    }
    if let (Some(file), Some(codebooks)) = (codebook_file, codebooks) {
        file.write_bytes(&codebooks.bytes)?;
    }
    if let Some(file) = recipe_file {
        if let Some(calibration) = &quantized.report.calibration {
            recipe.calibrator = Some(calibration.calibrator);
            recipe.equalize &= recipe.per_tensor || calibration.equalized;
            recipe.correct_bias &= calibration.repaired;
            recipe.round_together &= calibration.repaired;
            if calibration.float_softmax {
                recipe.rules.insert(0, Rule::float_softmax());
            }
        }
        file.write_text(&recipe.to_json())?;
    }
    outcome::write(&quantized.report, arguments.json, arguments.dry_run, out)
}

fn quantized(
    arguments: &Arguments,
    model: &Arc<Model>,
    recipe: &Recipe,
) -> Result<Quantized, Failure> {
    let failed = |error| refused(model.name(), &error);
    let quantizer = Quantizer::new(Arc::clone(model)).recipe(recipe.clone());
    let Some(samples) = arguments.data.open(model, CALIBRATION_SAMPLES)? else {
        return quantizer.finish().map_err(failed);
    };
    let delegates = single_threaded(DelegateChoice::Cpu)?.delegates;
    let bar = ProgressBar::new(samples.count() as u64);
    let calibrated = quantizer
        .delegates(delegates)
        .calibrate_with(samples, &mut |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        });
    bar.finish_and_clear();
    calibrated
        .and_then(|mut calibrated| calibrated.finish())
        .map_err(failed)
}

/// `--calibrator`; none is `auto`.
#[derive(Clone, Copy, Debug)]
struct Choice(Option<Calibrator>);

fn calibrator(text: &str) -> Result<Choice, UnknownCalibrator> {
    match text {
        "auto" => Ok(Choice(None)),
        name => name.parse().map(|calibrator| Choice(Some(calibrator))),
    }
}

fn io_type(text: &str) -> Result<DataType, String> {
    match text {
        "float" => Ok(DataType::Float32),
        "int8" => Ok(DataType::Int8),
        "uint8" => Ok(DataType::UInt8),
        "int16" => Ok(DataType::Int16),
        _ => Err("it is float, int8, uint8 or int16".to_owned()),
    }
}

/// The recipe of the file, if there is one, with what the other options say.
fn recipe(arguments: &Arguments) -> Result<Recipe, Failure> {
    let mut recipe = match &arguments.recipe {
        Some(path) => read(path)?,
        // There is a mode where there is no file.
        None => Recipe::new(arguments.mode.unwrap_or(Mode::Float16)),
    };
    recipe.mode = arguments.mode.unwrap_or(recipe.mode);
    let int16 = arguments.int16.iter().cloned().map(Rule::int16);
    recipe.rules.extend(int16);
    let keep_float = arguments.keep_float.iter().cloned().map(Rule::keep_float);
    recipe.rules.extend(keep_float);
    recipe.clamp |= arguments.clamp;
    recipe.min_elements = arguments.min_elements.unwrap_or(recipe.min_elements);
    recipe.io = arguments.io.or(recipe.io);
    if let Some(Choice(calibrator)) = arguments.calibrator {
        recipe.calibrator = calibrator;
    }
    recipe.correct_bias &= !arguments.no_bias_correction;
    recipe.round_together &= !arguments.round_nearest;
    recipe.per_tensor |= arguments.per_tensor;
    recipe.equalize &= !arguments.no_equalization;
    Ok(recipe)
}

fn read(path: &Path) -> Result<Recipe, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| Failure::Invalid(format!("{name}: {error}")))?;
    Recipe::from_json(&text).map_err(|error| Failure::Invalid(format!("{name}: {error}")))
}

/// A form that is not made. What the library calls by its names has others here.
fn refused(model: &str, error: &OptimizeError) -> Failure {
    match error {
        OptimizeError::OutOfRange { .. } => Failure::Invalid(format!(
            "{model}: {error} (here `--clamp` and `--keep-float`)"
        )),
        OptimizeError::NoSamples { .. } => {
            Failure::Usage(format!("{model}: {error} (here `--data`)"))
        }
        OptimizeError::NoInt16 { .. } => Failure::Invalid(format!(
            "{model}: {error} (here `--int16` and `--keep-float`)"
        )),
        OptimizeError::NoSuchNode { .. } | OptimizeError::Int16Rule { .. } => {
            Failure::Usage(format!("{model}: {error}"))
        }
        _ => Failure::Invalid(format!("{model}: {error}")),
    }
}
