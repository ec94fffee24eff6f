//! Why a form of a model is not made.

use demilite_core::schema::SchemaError;
use demilite_core::{CompileError, DataType, GraphError, RunError};

use crate::mode::Mode;
use crate::place::{NodePlace, TensorPlace};
use crate::report::Kept;
use crate::training::error::TrainingError;

/// Why a form of a model is not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptimizeError {
    /// The model is no float model.
    #[error("{place} is {what}: the model is quantized already, and a float32 model is needed")]
    AlreadyQuantized {
        /// The first tensor that shows it.
        place: TensorPlace,
        /// What it is instead of float32.
        what: String,
    },
    /// A constant that no quantized form can hold.
    #[error("{place} holds {value} at element {element}: the model is damaged, export it again")]
    NotFinite {
        /// The constant.
        place: TensorPlace,
        /// The first such element.
        element: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// A constant beyond float16.
    #[error(
        "{place} holds {value} at element {element}, beyond float16's ±65504: `clamp` takes the nearest value, and `keep_float` leaves its ops in float32"
    )]
    OutOfRange {
        /// The constant.
        place: TensorPlace,
        /// The first such element.
        element: usize,
        /// The value.
        value: f32,
    },
    /// A pattern that names no node.
    #[error("{pattern:?} names no node; ops here are {ops}")]
    NoSuchNode {
        /// The pattern.
        pattern: String,
        /// The operators of the model.
        ops: String,
    },
    /// Nothing in the model takes the form.
    #[error("nothing in the model becomes {mode}: {reason}")]
    NothingToConvert {
        /// The form.
        mode: Mode,
        /// Why.
        reason: String,
    },
    /// A mode with integer activations, and no samples.
    #[error(
        "{mode} needs representative inputs: give some tens to hundreds of them to `calibrate`"
    )]
    NoSamples {
        /// The form.
        mode: Mode,
    },
    /// Samples, and nothing to run them with.
    #[error("calibration runs the float model: give at least one delegate")]
    NoDelegates,
    /// No samples to compare models on.
    #[error("there is no sample to compare the models on")]
    NothingToCompare,
    /// Two models of which none is a form of the other.
    #[error(
        "no op of {quantized} is one of {float}: a float model and a quantized form of it are needed, in this order"
    )]
    NotForms {
        /// The float model.
        float: String,
        /// The other one.
        quantized: String,
    },
    /// A sample that cannot be read.
    #[error("sample {index}: {reason}")]
    Sample {
        /// The sample.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A sample whose tensors have other names than the inputs.
    #[error("{what}; inputs are {available}")]
    SampleName {
        /// What is wrong.
        what: String,
        /// The names of the inputs.
        available: String,
    },
    /// Nodes without an integer form, where there is to be nothing else.
    #[error("{} without an integer form, which {mode} does not allow:{}", counted(nodes.len()), listed(nodes))]
    NotInteger {
        /// The form.
        mode: Mode,
        /// All such nodes.
        nodes: Vec<Kept>,
    },
    /// A rule for int16 activations in a form that has no int8 ones.
    #[error(
        "a rule has {rule} take int16 activations, which {mode} does not know: `{}` and `{}` do, and `{}` has them everywhere",
        Mode::Int8,
        Mode::Int8Only,
        Mode::Int16x8
    )]
    Int16Rule {
        /// The form.
        mode: Mode,
        /// What the rule names.
        rule: String,
    },
    /// Nodes without a form with int16 activations, which a rule asks for.
    #[error(
        "{} without a form with int16 activations, which a rule asks for:{} leave them out of the rule, or keep them float",
        counted(nodes.len()), listed(nodes)
    )]
    NoInt16 {
        /// All such nodes.
        nodes: Vec<Kept>,
    },
    /// A tensor that stays as it is, where there is to be nothing but integers.
    #[error("{place} stays {dtype}, which {mode} does not allow: `{}` does", fallback(*mode))]
    FloatRemains {
        /// The form.
        mode: Mode,
        /// The tensor of the new model.
        place: TensorPlace,
        /// Its type.
        dtype: DataType,
    },
    /// The model cannot be compiled.
    #[error("the model cannot be run: {0}")]
    Session(CompileError),
    /// The model fails on a sample.
    #[error("the model fails on a sample: {0}")]
    Run(RunError),
    /// A model with some ops float and others quantized breaks a rule.
    #[error("the model with some ops float breaks a rule of the graph: {source}")]
    Mixed {
        /// The rule.
        source: GraphError,
    },
    /// The edited graph breaks a rule.
    #[error("the {mode} form breaks a rule of the graph: {source}")]
    Graph {
        /// The form.
        mode: Mode,
        /// The rule.
        source: GraphError,
    },
    /// A share of weights beyond all of them.
    #[error("a sparsity of {sparsity} is no share of the weights: give one from 0 to below 1")]
    Sparsity {
        /// What was asked for.
        sparsity: f64,
    },
    /// A pattern of zeros that has a sparsity of its own.
    #[error(
        "{structure} has a sparsity of {own}, and {asked} was asked for: leave one of them out"
    )]
    SparsityOfStructure {
        /// The pattern of zeros.
        structure: String,
        /// Its sparsity.
        own: f64,
        /// What was asked for.
        asked: f64,
    },
    /// Weights that pruning would have more values than clustering gave them.
    #[error(
        "the weights of {place} have few values, as clustering gives them, and pruning would change that: prune first, then cluster, which \
         keeps zeros"
    )]
    Clustered {
        /// The layer.
        place: NodePlace,
    },
    /// A number of clusters that is none.
    #[error("weights cannot have {clusters} values: give a number from 2 to 256")]
    Clusters {
        /// What was asked for.
        clusters: usize,
    },
    /// No weights that can be changed.
    #[error("no weights can be {what}:{}", listed(kept))]
    NoWeights {
        /// What was to become of them.
        what: &'static str,
        /// The layers, each with the reason.
        kept: Vec<Kept>,
    },
    /// No channels that can be taken out.
    #[error(
        "no channels can be taken out: between a layer that makes them and one that reads them, which both may change, there must be nothing but \
         elementwise ops, depthwise convolutions, pooling and reshaping"
    )]
    NoChannels,
    /// No weights that a table of values makes smaller.
    #[error(
        "no weights have so few values that indices into a table of 128 at most are smaller: cluster them for a layer, not for each channel, or \
         quantize what was clustered for each channel"
    )]
    NoCodebook,
    /// A method that needs samples, and none.
    #[error("{method} needs representative inputs: give some tens to hundreds of them")]
    NoEvidence {
        /// The method.
        method: &'static str,
    },
    /// The model is not trained.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The changed graph breaks a rule.
    #[error("the changed model breaks a rule of the graph: {0}")]
    ChangedGraph(GraphError),
    /// The format cannot hold the changed model.
    #[error("the changed model cannot be written: {0}")]
    ChangedSchema(SchemaError),
    /// The format cannot hold the result.
    #[error("the {mode} form cannot be written: {source}")]
    Schema {
        /// The form.
        mode: Mode,
        /// What the format cannot hold.
        source: SchemaError,
    },
}

/// The mode that allows floats.
fn fallback(mode: Mode) -> Mode {
    match mode {
        Mode::Int16x8Only => Mode::Int16x8,
        _ => Mode::Int8,
    }
}

fn counted(nodes: usize) -> String {
    match nodes {
        1 => "1 node is".to_owned(),
        nodes => format!("{nodes} nodes are"),
    }
}

fn listed(nodes: &[Kept]) -> String {
    let nodes = nodes.iter();
    nodes
        .map(|kept| format!(" {}: {};", kept.node, kept.reason))
        .collect()
}
