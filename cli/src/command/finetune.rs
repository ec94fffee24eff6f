//! `demilite finetune`: a model that was trained on.

use std::fs;
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use demilite::optimize::{
    FakeQuantForm, Finetuned, Finetuner, OptimizeError, Optimizer, Pattern, PruningScope,
    RangeRule, SparsitySchedule, Structure, TrainingError, TrainingProgress,
};
use demilite::{DelegateChoice, Model, output};
use indicatif::{ProgressBar, ProgressStyle};

use crate::data::{DataOptions, Joined};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::hardware::single_threaded;
use crate::labels::classes;
use crate::outcome;

/// How often a checkpoint is written within an epoch.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Arguments {
    /// The float .tflite file
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write, whole or not at all
    #[arg(value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    labels: LabelOptions,
    #[command(flatten)]
    course: CourseOptions,
    #[command(flatten)]
    form: FormOptions,
    /// Keeps in this file how far the run is, and goes on from there where it was interrupted
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Threads that share the work. Without, one for each core
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Reports as JSON
    #[arg(long)]
    json: bool,
    /// Reports what would be done, and writes nothing
    #[arg(long)]
    dry_run: bool,
}

/// What the model is to say.
#[derive(Args)]
#[command(next_help_heading = "What is learned")]
struct LabelOptions {
    /// The class of each sample: a .tsv or .csv table whose columns have names, of which `file` or `row` names the sample; an .npy array,
    /// or the array y of an .npz archive, in the order of the samples. Without, the model learns to say what it said before
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The column of the table that has the class; without, the first of label_index, class and label
    #[arg(long, value_name = "NAME", requires = "labels")]
    label_column: Option<String>,
    /// Added to each label: 1 for models whose class 0 is the background
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    label_offset: i64,
    /// How much of the loss is the distance to what the model said before, from 0 to 1; the rest are labels
    /// [default: 0 with --labels, else 1]
    #[arg(long, value_name = "SHARE")]
    distillation: Option<f64>,
    /// The share of the samples that is held out, to tell which epoch is the best, or that none is better than the model was, unless zeros
    /// come on the way; with 0 the last one is taken
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    held_out: f64,
    /// Mirrors half of the images, left for right
    #[arg(long)]
    flip: bool,
    /// Moves images by up to so many pixels along each side
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    crop: usize,
}

/// How it is learned.
#[derive(Args)]
#[command(next_help_heading = "Training")]
struct CourseOptions {
    /// How often each sample is met
    #[arg(long, value_name = "N", default_value_t = 10)]
    epochs: usize,
    /// Samples that a step takes
    #[arg(long, value_name = "N", default_value_t = 32)]
    batch: usize,
    /// The learning rate at its highest; it rises over the first steps and falls along a cosine [default: 0.0001, and 0.001 for sgd]
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// The share of the steps in which the learning rate rises
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    warm_up: f64,
    /// How weights follow their gradients: adam or sgd
    #[arg(long, value_name = "OPTIMIZER", default_value = "adam")]
    optimizer: Optimizer,
    /// How much of the last change each step repeats
    #[arg(long, value_name = "SHARE", default_value_t = 0.9)]
    momentum: f64,
    /// The share of each weight that goes in a step of rate 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    weight_decay: f64,
    /// What all that is drawn follows from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Ends once so many epochs were no better than the best
    #[arg(long, value_name = "EPOCHS")]
    patience: Option<usize>,
    /// Leaves the weights of layers as they are: by op (`FULLY_CONNECTED`), by output (`block_1/*`) or by index (`#12`); may be given more
    /// than once
    #[arg(long, value_name = "PATTERN")]
    freeze: Vec<Pattern>,
}

/// What weights become on the way.
#[derive(Args)]
#[command(next_help_heading = "What weights become")]
struct FormOptions {
    /// Rounds as integers will: int8 or int16x8; `demilite quantize` then takes the ranges that were trained
    #[arg(long, value_name = "FORM")]
    fake_quant: Option<FakeQuantForm>,
    /// Gives the weights of each layer one scale instead of one for each channel; `demilite quantize` needs it too
    #[arg(long, requires = "fake_quant")]
    per_tensor: bool,
    /// How ranges of activations follow: moving-average or learned
    #[arg(
        long,
        value_name = "RULE",
        default_value = "moving-average",
        requires = "fake_quant"
    )]
    ranges: RangeRule,
    /// Sets weights to zero: unstructured (anywhere), 2:4 (2 of each 4 weights along the input channels stay, or other numbers), or
    /// block:HxW (H output channels by W weights)
    #[arg(long, value_name = "STRUCTURE", num_args = 0..=1, default_missing_value = "unstructured")]
    prune: Option<Structure>,
    /// The share of weights that become zero, from 0 to below 1 [default: 0.5, or what the structure has]
    #[arg(long, value_name = "SHARE", requires = "prune")]
    sparsity: Option<f64>,
    /// What has the sparsity: each layer, or with global all of them together
    #[arg(
        long,
        value_name = "SCOPE",
        default_value = "layer",
        requires = "prune"
    )]
    scope: PruningScope,
    /// How zeros come: constant (all at first) or polynomial (ever fewer, until six tenths of the steps are done)
    /// [default: polynomial, or constant where the structure has a sparsity]
    #[arg(long, value_name = "SCHEDULE", requires = "prune")]
    schedule: Option<SparsitySchedule>,
    /// Gives the weights of a layer so many values at most, which are trained, 16 unless a number is given; zeros stay
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "16")]
    cluster: Option<usize>,
    /// Gives each output channel values of its own instead of those of its layer
    #[arg(long, requires = "cluster")]
    per_channel: bool,
    /// Leaves layers without zeros or clusters, as --freeze names them; they are trained nevertheless
    #[arg(long, value_name = "PATTERN")]
    keep: Vec<Pattern>,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let destination = match &arguments.output {
        Some(path) if !arguments.dry_run => Some(Destination::new(path, &arguments.input)?),
        _ => None,
    };
    if let Some(path) = &arguments.checkpoint {
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    let model = Arc::new(Model::open(&arguments.input)?);
    let samples = arguments
        .data
        .open(&model, usize::MAX)?
        .ok_or_else(|| Failure::Usage("there is nothing to train on: give --data".to_owned()))?;
    let finetuned = finetuned(arguments, &model, samples)?;
    if let Some(destination) = destination {
        destination.write(&finetuned.model, &arguments.input)?;
    }
    outcome::write(&finetuned.report, arguments.json, arguments.dry_run, out)
}

fn finetuned(
    arguments: &Arguments,
    model: &Arc<Model>,
    samples: Joined,
) -> Result<Finetuned, Failure> {
    let Arguments {
        labels,
        course,
        form,
        ..
    } = arguments;
    let mut finetuner = form.apply(course.apply(Finetuner::new(Arc::clone(model))));
    if let Some(path) = &labels.labels {
        if !arguments.data.is_single() {
            return Err(Failure::Usage(
                "--data is given several times, and --labels are of one source: give that"
                    .to_owned(),
            ));
        }
        let column = labels.label_column.as_deref();
        finetuner = finetuner.labels(classes(path, column, labels.label_offset, &samples)?);
    }
    if let Some(share) = labels.distillation {
        finetuner = finetuner.distillation(share);
    }
    finetuner = finetuner
        .samples(samples)
        .delegates(single_threaded(DelegateChoice::Cpu)?.delegates)
        .held_out(labels.held_out)
        .flip(labels.flip)
        .crop(labels.crop)
        .threads(arguments.threads.map_or(0, NonZeroUsize::get));
    if let Some(bytes) = arguments
        .checkpoint
        .as_deref()
        .map(read)
        .transpose()?
        .flatten()
    {
        finetuner = finetuner.resume(bytes);
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta} {msg}");
    bar.set_style(style.expect("a template without mistakes"));
    let mut keeper = arguments.checkpoint.as_deref().map(Keeper::new);
    let mut unkept = None;
    let finetuned = finetuner.finish_with(&mut |progress| {
        bar.set_length(progress.steps as u64);
        bar.set_position(progress.step as u64);
        if let Some(epoch) = progress.epoch {
            bar.set_message(epoch.to_string());
        }
        match keeper
            .as_mut()
            .map_or(Ok(()), |keeper| keeper.keep(progress))
        {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                unkept = Some(failure);
                ControlFlow::Break(())
            }
        }
    });
    bar.finish_and_clear();
    match unkept {
        Some(failure) => Err(failure),
        None => finetuned.map_err(|error| refused(model.name(), &error)),
    }
}

impl CourseOptions {
    fn apply(&self, finetuner: Finetuner) -> Finetuner {
        let mut finetuner = finetuner
            .epochs(self.epochs)
            .batch(self.batch)
            .warm_up(self.warm_up)
            .optimizer(self.optimizer)
            .momentum(self.momentum)
            .weight_decay(self.weight_decay)
            .seed(self.seed);
        if let Some(rate) = self.learning_rate {
            finetuner = finetuner.learning_rate(rate);
        }
        if let Some(epochs) = self.patience {
            finetuner = finetuner.patience(epochs);
        }
        let patterns = self.freeze.iter().cloned();
        patterns.fold(finetuner, Finetuner::freeze)
    }
}

impl FormOptions {
    fn apply(&self, mut finetuner: Finetuner) -> Finetuner {
        if let Some(form) = self.fake_quant {
            finetuner = finetuner
                .fake_quant(form)
                .per_tensor(self.per_tensor)
                .ranges(self.ranges);
        }
        if let Some(structure) = self.prune {
            finetuner = finetuner
                .prune(structure, self.sparsity)
                .sparsity_scope(self.scope);
        }
        if let Some(schedule) = self.schedule {
            finetuner = finetuner.sparsity_schedule(schedule);
        }
        if let Some(clusters) = self.cluster {
            finetuner = finetuner.cluster(clusters, self.per_channel);
        }
        self.keep.iter().cloned().fold(finetuner, Finetuner::keep)
    }
}

/// The bytes of a file; none where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Invalid(format!("{}: {error}", path.display()))),
    }
}

/// Who writes checkpoints.
struct Keeper<'a> {
    path: &'a Path,
    last: Instant,
}

impl<'a> Keeper<'a> {
    fn new(path: &'a Path) -> Self {
        Keeper {
            path,
            last: Instant::now(),
        }
    }

    /// Writes how far a run is, at the end of an epoch or where that was long ago.
    fn keep(&mut self, progress: &TrainingProgress<'_>) -> Result<(), Failure> {
        if progress.epoch.is_none() && self.last.elapsed() < BETWEEN_CHECKPOINTS {
            return Ok(());
        }
        self.last = Instant::now();
        let written = output::write(self.path, &progress.checkpoint());
        written.map_err(|error| Failure::unwritable(self.path, &error))
    }
}

/// A model that is not trained. What the library calls by its names has others here.
fn refused(model: &str, error: &OptimizeError) -> Failure {
    let message = format!("{model}: {error}");
    match error {
        OptimizeError::Training(error) => match error {
            TrainingError::Setting { .. } | TrainingError::NoImage { .. } => {
                Failure::Usage(message)
            }
            TrainingError::NoSamples { .. } => Failure::Usage(format!(
                "{message} (here `--held-out`, `--samples` and `--skip`)"
            )),
            TrainingError::Checkpoint { .. } => {
                Failure::Usage(format!("{message} (here `--checkpoint`)"))
            }
            TrainingError::Label { .. } => {
                Failure::Invalid(format!("{message} (here `--label-offset`)"))
            }
            TrainingError::Gradient { .. } => {
                Failure::Invalid(format!("{message} (here `--freeze`)"))
            }
            TrainingError::Still { .. } | TrainingError::NothingToTrain => {
                Failure::Usage(format!("{message} (here `--freeze`)"))
            }
            TrainingError::Diverged { .. } => {
                Failure::Run(format!("{message} (here `--learning-rate`)"))
            }
            TrainingError::Threads(_) | TrainingError::Stopped { .. } => Failure::Run(message),
            _ => Failure::Invalid(message),
        },
        OptimizeError::NoSuchNode { .. } => Failure::Usage(message),
        OptimizeError::AlreadyQuantized { .. } => Failure::Invalid(format!(
            "{message}: train the float model, then `demilite quantize` takes what was trained"
        )),
        _ => Failure::Invalid(message),
    }
}
