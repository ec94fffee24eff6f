//! Why a model is not trained.

use demilite_core::GraphError;

use crate::place::{NodePlace, TensorPlace};

/// Why a model is not trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// A node that gradients do not pass.
    #[error("{place} cannot be trained through: {reason}; {remedy}")]
    Gradient {
        /// The node.
        place: NodePlace,
        /// Why.
        reason: String,
        /// What would help: the layers to freeze, as patterns name them.
        remedy: String,
    },
    /// Nobody to run what lies before the layers that are trained, which gradients do not pass.
    #[error(
        "what lies before the layers that are trained has no gradients and runs as it is: give at least one delegate"
    )]
    NoDelegates,
    /// A tensor before the layers that are trained that is not what it should be.
    #[error("what lies before the layers that are trained gives {0}")]
    Front(String),
    /// The graph breaks a rule.
    #[error("the model breaks a rule of the graph: {0}")]
    Graph(GraphError),
    /// No layer whose weights can change.
    #[error("no layer has float32 weights that training may change")]
    NothingToTrain,
    /// An output that no trained layer bears on.
    #[error("no layer that is trained bears on {place}: freeze fewer layers")]
    Still {
        /// The output, or what it is made of.
        place: TensorPlace,
    },
    /// A shape that only running the model shows.
    #[error(
        "the shape of {place} is not known before the model runs: export the model with fixed shapes"
    )]
    OpenShape {
        /// The tensor.
        place: TensorPlace,
    },
    /// A tensor without elements.
    #[error("{place} has no elements, and nothing can be learned from it")]
    Empty {
        /// The tensor.
        place: TensorPlace,
    },
    /// Tensors that take too much memory.
    #[error("with {place} the tensors of one sample take more than {limit} bytes")]
    TooLarge {
        /// The tensor.
        place: TensorPlace,
        /// The most that they may take.
        limit: usize,
    },
    /// An input that is no tensor of floats.
    #[error("{place} is an input of {dtype}, and training feeds float32 alone")]
    InputType {
        /// The input.
        place: TensorPlace,
        /// Its type.
        dtype: demilite_core::DataType,
    },
    /// Outputs of which none is a tensor of floats.
    #[error("no output of the model is float32, and a loss needs one")]
    NoOutput,
    /// An input without rows and columns.
    #[error("{place} is no image of height, width and channels, and cannot be flipped or moved")]
    NoImage {
        /// The input.
        place: TensorPlace,
    },
    /// More than one row of classes, or more than one output.
    #[error(
        "labels fit a model of one output with one row of classes; this one has {outputs} outputs, the first with {rows} rows"
    )]
    LabelsOfRows {
        /// Float outputs.
        outputs: usize,
        /// Rows of the first.
        rows: usize,
    },
    /// A class that the model does not know.
    #[error("sample {sample} has the label {label}, and the model knows {classes} classes, from 0")]
    Label {
        /// The sample.
        sample: String,
        /// Its label.
        label: usize,
        /// Classes of the model.
        classes: usize,
    },
    /// Labels that are all the same.
    #[error("all samples have the label {label}: a classifier learns nothing from one class")]
    OneClass {
        /// The label.
        label: usize,
    },
    /// More or fewer labels than samples.
    #[error("there are {labels} labels for {samples} samples")]
    LabelCount {
        /// Labels.
        labels: usize,
        /// Samples.
        samples: usize,
    },
    /// No samples to train on.
    #[error("{samples} samples leave none to train on where a share of {held_out} is held out")]
    NoSamples {
        /// Samples.
        samples: usize,
        /// The share that is held out.
        held_out: f64,
    },
    /// A setting out of its range.
    #[error("{name} is {value}: give {accepted}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        accepted: &'static str,
    },
    /// A sample that cannot be read, or does not fit.
    #[error("sample {sample}: {reason}")]
    Sample {
        /// The sample.
        sample: String,
        /// Why.
        reason: String,
    },
    /// A loss that is no number any more.
    #[error(
        "the loss is {loss} at step {step}, and {place} is the first layer whose results are not finite: lower the learning rate"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// The loss.
        loss: f64,
        /// The first node with results that are not finite.
        place: NodePlace,
    },
    /// A checkpoint that is none, or of another run.
    #[error("the checkpoint {reason}")]
    Checkpoint {
        /// What is wrong.
        reason: String,
    },
    /// The caller ended the run.
    #[error("the run was stopped after step {step}")]
    Stopped {
        /// Steps that were done.
        step: usize,
    },
    /// The threads could not be started.
    #[error("the threads could not be started: {0}")]
    Threads(String),
}
