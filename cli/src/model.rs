//! The options that say which graph of which model, and the model in words.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use demilite::cpu::CpuDelegate;
use demilite::{
    Delegate, Graph, Model, Plan, Quantization, Reject, Selection, Session, Tensor, TensorId,
};

use crate::activations::Activations;
use crate::failure::Failure;
use crate::hardware::adapter_words;
use crate::remedy::with_remedy;
use crate::terminal::{note, one_line};
use crate::words::counted;

/// A graph of a model file.
#[derive(Args)]
pub(crate) struct ModelOptions {
    /// The .tflite file
    #[arg(value_name = "MODEL")]
    path: PathBuf,
    /// The signature whose graph is meant, instead of the first graph
    #[arg(long, value_name = "KEY")]
    signature: Option<String>,
}

impl ModelOptions {
    /// Reads the file and finds the graph.
    pub(crate) fn open(&self) -> Result<(Arc<Model>, usize), Failure> {
        if self.path.is_dir() {
            return Err(Failure::Invalid(format!(
                "{} is a folder: give the .tflite file",
                self.path.display()
            )));
        }
        let model = Model::open(&self.path)?;
        let graph_index = match &self.signature {
            None => 0,
            Some(key) => match model.signature(key) {
                Some(signature) => signature.graph_index,
                None => return Err(no_signature(&model, key)),
            },
        };
        Ok((Arc::new(model), graph_index))
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the signature asked for, or else the first one of the graph, calls inputs and outputs.
    pub(crate) fn names(&self, model: &Model, graph_index: usize) -> Names {
        Names::new(model, graph_index, self.signature.as_deref())
    }
}

/// What a signature calls the inputs and outputs of a graph, in the graph's order; nothing where it does not name them.
pub(crate) struct Names {
    pub(crate) inputs: Vec<Option<String>>,
    pub(crate) outputs: Vec<Option<String>>,
}

impl Names {
    pub(crate) fn new(model: &Model, graph_index: usize, key: Option<&str>) -> Self {
        let mut signatures = model.signatures().iter();
        let signature = signatures.find(|signature| match key {
            Some(key) => signature.key == key,
            None => signature.graph_index == graph_index,
        });
        let names = |ids: &[TensorId], named: Option<&Vec<(String, TensorId)>>| {
            let names = ids.iter().map(|id| {
                let mut named = named?.iter();
                let (name, _) = named.find(|(_, named)| named == id)?;
                Some(name.clone())
            });
            names.collect()
        };
        let graph = &model.graphs()[graph_index];
        Names {
            inputs: names(graph.inputs(), signature.map(|of| &of.inputs)),
            outputs: names(graph.outputs(), signature.map(|of| &of.outputs)),
        }
    }
}

/// The name that a signature has for an input or output, to stand behind its number.
pub(crate) fn in_brackets(name: Option<&String>) -> String {
    name.map_or_else(String::new, |name| format!(" ({})", one_line(name)))
}

/// A signature that the model does not have, and those that it has.
pub(crate) fn no_signature(model: &Model, key: &str) -> Failure {
    let keys: Vec<String> = model
        .signatures()
        .iter()
        .map(|signature| format!("{:?}", signature.key))
        .collect();
    let available = match keys.is_empty() {
        true => "none: run it without --signature".to_owned(),
        false => keys.join(", "),
    };
    Failure::Usage(format!(
        "{} has no signature {key:?}; it has {available}",
        model.name()
    ))
}

/// A tensor in a few words: its name, type, shape and, where it has one scale, quantization.
pub(crate) fn tensor_words(tensor: &Tensor) -> String {
    let mut words = format!("{:?} {} {}", tensor.name, tensor.dtype, tensor.shape);
    if let Some(quantization) = &tensor.quantization {
        words.push(' ');
        words.push_str(&quantization_words(quantization));
    }
    words
}

/// Quantization parameters in a few words; empty where there are none.
pub(crate) fn quantization_words(quantization: &Quantization) -> String {
    match quantization.as_per_tensor() {
        Some((scale, zero_point)) => format!("scale {scale}, zero point {zero_point}"),
        None if quantization.scale.is_empty() => String::new(),
        None => format!(
            "{} scales along dimension {}",
            quantization.scale.len(),
            quantization.quantized_dimension
        ),
    }
}

/// Who runs how much, a line for each delegate, with the floats that the GPU's nodes keep.
pub(crate) fn plan_words(session: &Session, selection: &Selection) -> Vec<String> {
    let plan = session.plan();
    let delegates = plan.delegates.iter().enumerate();
    delegates
        .map(|(index, name)| {
            let partitions = plan.partitions.iter();
            let partitions = partitions
                .filter(|partition| partition.delegate == index)
                .count();
            let nodes = plan.compute_nodes(index);
            let adapter = adapter_words(selection).filter(|_| index == 0);
            let processor = selection.cpu.as_ref().filter(|cpu| cpu.name() == name);
            let place = adapter.or_else(|| processor.map(processor_words));
            let place = place.map_or_else(String::new, |place| format!(" ({place})"));
            let is_gpu = selection.context.is_some() && index == 0;
            let activations = Activations::of(session).filter(|_| is_gpu);
            let activations =
                activations.map_or_else(String::new, |types| format!("; {}", types.words()));
            format!(
                "{name}{place}: {} in {}{activations}",
                counted(nodes, "node"),
                counted(partitions, "partition")
            )
        })
        .collect()
}

/// What the fast CPU delegate runs on.
fn processor_words(cpu: &CpuDelegate) -> String {
    let threads = counted(cpu.threads(), "thread");
    format!("{}, {threads}", cpu.instruction_set())
}

/// Says on standard error why the GPU was left out or is none, and which nodes it left to the CPU.
pub(crate) fn note_remainder(graph: &Graph, plan: &Plan, selection: &Selection) {
    if let Some(error) = &selection.without_gpu {
        note!("on the CPU alone: {}", with_remedy(error));
    }
    if let Some(adapter) = &selection.adapter
        && adapter.is_software
    {
        note!(
            "{} is software on the CPU: `--delegate cpu` may be faster",
            adapter.name
        );
    }
    let mut left: Vec<(&str, &Reject)> = Vec::new();
    for (node, placement) in std::iter::zip(graph.nodes(), &plan.placements) {
        let Some((_, reject)) = placement.rejections.first() else {
            continue;
        };
        if placement.partitions.is_empty() || placement.is_constant_expansion {
            continue;
        }
        left.push((node.op.name(), reject));
    }
    if let (Some((op, reject)), Some(first)) = (left.first(), plan.delegates.first()) {
        let others = left.len() - 1;
        let others = if others == 0 {
            String::new()
        } else {
            format!(", and {others} more: see `demilite inspect`")
        };
        note!(
            "{} not on {first}: {op} ({reject}){others}",
            counted(left.len(), "node")
        );
    }
}
