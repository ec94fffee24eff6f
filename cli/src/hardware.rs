//! The options that say what a model runs on.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use demilite::cpu::{CpuOptions, Fusion, InstructionSet};
use demilite::gpu::{AdapterChoice, AdapterKind, GpuOptions, Precision, ProductMethod, Tune};
use demilite::schema::BuiltinOperator;
use demilite::{
    DelegateChoice, DelegateOptions, DeviceFault, Model, OnDeviceFault, PartitionOptions,
    Selection, SelectionError, Session, SessionBuilder, delegates_with,
};

use crate::failure::Failure;
use crate::terminal::note;
use crate::tuning::{TuneArgument, show_search};

/// Delegates and the adapter.
#[derive(Args, Default)]
#[command(next_help_heading = "What it runs on")]
pub(crate) struct DeviceOptions {
    /// Delegates, the first preferred: auto is the GPU where there is one, then the CPU; gpu the GPU
    /// or a software adapter, the rest on the CPU; cpu the fast CPU delegate, the rest on the
    /// reference backend; reference that alone
    #[arg(long, value_name = "CHOICE", default_value = "auto")]
    pub(crate) delegate: DelegateArgument,
    /// The adapter of the GPU: its index or a part of its name, as in `demilite devices`
    #[arg(long, value_name = "NAME|INDEX")]
    device: Option<String>,
    /// What the GPU keeps between ops: auto is 32-bit floats for models without float16 weights, and
    /// for those with them 16-bit floats where they hold, node by node; f16 and f32 are one of both
    /// for all nodes. Without, auto
    #[arg(long, value_name = "FLOAT")]
    activations: Option<Activations>,
    /// Has the GPU and the fast CPU delegate compute each node by itself, and write what lies between them to memory
    #[arg(long)]
    no_fusion: bool,
    /// How the GPU multiplies matrices of floats: by what is fastest on the adapter, from memory
    /// straight to registers, by tiles in workgroup memory, or by cooperative matrices (tensor cores)
    #[arg(long, value_name = "METHOD")]
    products: Option<Products>,
    /// Whether the GPU's kernels are measured on the adapter: quick tries a few for each class of layers
    /// that --pipeline-cache has none for, full all of them. Without, off: those in --pipeline-cache, and
    /// else what suits adapters of the kind
    #[arg(long, value_name = "SEARCH")]
    tune: Option<TuneArgument>,
    /// A folder in which compiled pipelines and measured kernels of the GPU stay for the next time; nobody
    /// else must be able to write to it
    #[arg(long, value_name = "FOLDER")]
    pipeline_cache: Option<PathBuf>,
    /// How long the GPU may take for one submission before it counts as hung. Without, 60, and on a
    /// software adapter more, in proportion to the work
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: Option<u64>,
    /// Threads that share the work of each op on the CPU. Without, one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// The widest instructions that the CPU delegate uses. Without, the widest that the processor has
    #[arg(long, value_name = "SET", value_parser = instruction_sets())]
    instructions: Option<InstructionSet>,
}

/// Delegates, the adapter, and how the graph is split.
#[derive(Args)]
#[command(next_help_heading = "What it runs on")]
pub(crate) struct HardwareOptions {
    #[command(flatten)]
    pub(crate) device: DeviceOptions,
    /// The only ops that the preferred delegate may take, such as CONV_2D,ADD
    #[arg(long, value_name = "OP", value_delimiter = ',')]
    allow: Vec<String>,
    /// Ops that the preferred delegate may not take
    #[arg(long, value_name = "OP", value_delimiter = ',')]
    deny: Vec<String>,
    /// The least nodes that a partition of the preferred delegate has
    #[arg(long, value_name = "N")]
    min_nodes_per_partition: Option<usize>,
    /// The most partitions that the preferred delegate gets; the largest stay
    #[arg(long, value_name = "N")]
    max_partitions: Option<usize>,
    /// What becomes of a model whose GPU fails: fail ends the command; cpu continues on the CPU from
    /// where the GPU failed, and says so
    #[arg(long, value_name = "POLICY", default_value = "fail")]
    on_fault: FaultArgument,
    /// The most rounds that the loops of a model make in one invocation, all together: a loop that
    /// never ends is an error
    #[arg(long, value_name = "N", default_value_t = ROUND_LIMIT)]
    round_limit: u64,
}

/// Rounds beyond which a loop is taken for one without an end.
const ROUND_LIMIT: u64 = 1_000_000;

/// `--on-fault`.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FaultArgument {
    #[default]
    Fail,
    Cpu,
}

/// `--delegate`.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DelegateArgument {
    #[default]
    Auto,
    Gpu,
    Cpu,
    Reference,
}

impl DelegateArgument {
    pub(crate) fn choice(self) -> DelegateChoice {
        match self {
            DelegateArgument::Auto => DelegateChoice::Auto,
            DelegateArgument::Gpu => DelegateChoice::Gpu,
            DelegateArgument::Cpu => DelegateChoice::Cpu,
            DelegateArgument::Reference => DelegateChoice::Reference,
        }
    }
}

/// `--activations`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Activations {
    Auto,
    F16,
    F32,
}

/// `--products`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Products {
    Fastest,
    Registers,
    Tiles,
    Cooperative,
}

impl Products {
    fn method(self) -> ProductMethod {
        match self {
            Products::Fastest => ProductMethod::Fastest,
            Products::Registers => ProductMethod::Registers,
            Products::Tiles => ProductMethod::Tiles,
            Products::Cooperative => ProductMethod::CooperativeMatrices,
        }
    }
}

/// The names of sets of instructions, for `--instructions`.
fn instruction_sets() -> impl TypedValueParser<Value = InstructionSet> {
    let names = InstructionSet::ALL.map(InstructionSet::name);
    PossibleValuesParser::new(names).map(|name| {
        let mut sets = InstructionSet::ALL.into_iter();
        let named = sets.find(|set| set.name() == name);
        named.unwrap_or(InstructionSet::Portable)
    })
}

impl DeviceOptions {
    /// What the GPU keeps between ops.
    pub(crate) fn precision(&self) -> Precision {
        match self.activations {
            Some(Activations::F16) => Precision::F16,
            Some(Activations::F32) => Precision::F32,
            Some(Activations::Auto) | None => Precision::Auto,
        }
    }

    /// Opens the device, where the choice has one in it, and gives the delegates.
    pub(crate) fn select(&self) -> Result<Selection, Failure> {
        let mut options = GpuOptions::default()
            .precision(self.precision())
            .fusion(!self.no_fusion)
            .products(
                self.products
                    .map_or_else(ProductMethod::default, Products::method),
            )
            .tune(self.tune.map_or_else(Tune::default, TuneArgument::tune))
            .pipeline_cache(self.pipeline_cache.clone())
            .timeout(self.time_limit.map(Duration::from_secs));
        if let Some(device) = &self.device {
            options.adapter = device.parse().map_or_else(
                |_| AdapterChoice::Name(device.clone()),
                AdapterChoice::Index,
            );
        }
        let is_gpu_possible = matches!(
            self.delegate,
            DelegateArgument::Auto | DelegateArgument::Gpu
        );
        let concerns_gpu = self.device.is_some()
            || self.activations.is_some()
            || self.products.is_some()
            || self.tune.is_some()
            || self.pipeline_cache.is_some()
            || self.time_limit.is_some();
        if !is_gpu_possible && concerns_gpu {
            return Err(Failure::Usage(format!(
                "--device, --activations, --products, --tune, --pipeline-cache and --time-limit concern \
                 the GPU, which --delegate {} leaves out",
                self.delegate.choice()
            )));
        }
        let concerns_cpu = self.threads.is_some() || self.instructions.is_some() || self.no_fusion;
        if self.delegate == DelegateArgument::Reference && concerns_cpu {
            return Err(Failure::Usage(
                "--threads, --instructions and --no-fusion concern the fast delegates, which --delegate reference leaves out"
                    .to_owned(),
            ));
        }
        let mut cpu = CpuOptions::default();
        cpu.threads = self
            .threads
            .and_then(|threads| NonZeroUsize::new(threads.into()));
        cpu.instruction_set = self.instructions;
        if self.no_fusion {
            cpu.fusion = Fusion::Off;
        }
        let options = DelegateOptions::default().gpu(options).cpu(cpu);
        let selection = delegates_with(self.delegate.choice(), options)?;
        if let Some(context) = &selection.context {
            show_search(context);
        }
        Ok(selection)
    }
}

impl HardwareOptions {
    /// Opens the device, where the choice has one in it, and gives the delegates.
    pub(crate) fn select(&self) -> Result<Selection, Failure> {
        self.device.select()
    }

    /// A session of one of the model's graphs on these delegates.
    pub(crate) fn session(
        &self,
        model: &Arc<Model>,
        graph_index: usize,
        selection: &Selection,
    ) -> Result<Session, Failure> {
        let built = self.builder(model, graph_index, selection)?.build();
        built.map_err(|error| Failure::compile(model, error))
    }

    /// What a session is made of.
    pub(crate) fn builder(
        &self,
        model: &Arc<Model>,
        graph_index: usize,
        selection: &Selection,
    ) -> Result<SessionBuilder, Failure> {
        let builder = Session::builder(model.clone());
        Ok(builder
            .graph(graph_index)
            .delegates(selection.delegates.iter().cloned())
            .partition_options(self.partition_options(model)?)
            .round_limit(self.round_limit)
            .on_device_fault(match self.on_fault {
                FaultArgument::Fail => OnDeviceFault::Fail,
                FaultArgument::Cpu => OnDeviceFault::NextDelegate,
            }))
    }

    fn partition_options(&self, model: &Model) -> Result<PartitionOptions, Failure> {
        let mut options = PartitionOptions::default();
        if !self.allow.is_empty() {
            options.allow = Some(op_names(&self.allow, model)?);
        }
        options.deny = op_names(&self.deny, model)?;
        if let Some(min_nodes_per_partition) = self.min_nodes_per_partition {
            options.min_nodes_per_partition = min_nodes_per_partition;
        }
        if let Some(max_partitions) = self.max_partitions {
            options.max_partitions = max_partitions;
        }
        Ok(options)
    }
}

/// Names of operators as the schema or the model's custom ops spell them, in any case.
fn op_names(given: &[String], model: &Model) -> Result<BTreeSet<String>, Failure> {
    let nodes = model.graphs().iter().flat_map(|graph| graph.nodes());
    let used: BTreeSet<&str> = nodes.map(|node| node.op.name()).collect();
    let builtin = BuiltinOperator::ALL.iter().map(|operator| operator.name());
    let known: Vec<&str> = used.iter().copied().chain(builtin).collect();
    given
        .iter()
        .map(|name| {
            let found = known
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name.trim()));
            found.map(|&known| known.to_owned()).ok_or_else(|| {
                let used: Vec<&str> = used.iter().copied().collect();
                Failure::Usage(format!(
                    "{name:?} is not an operator; {} has {}",
                    model.name(),
                    used.join(", ")
                ))
            })
        })
        .collect()
}

/// Says on standard error which devices failed and what went on elsewhere.
pub(crate) fn note_faults(faults: &[DeviceFault]) {
    for fault in faults {
        note!("{fault}");
    }
}

/// The adapter of the GPU delegate in a few words, if there is one.
pub(crate) fn adapter_words(selection: &Selection) -> Option<String> {
    let adapter = selection.adapter.as_ref()?;
    let context = selection.context.as_ref()?;
    let matrices = match context.has_cooperative_matrices() {
        true => ", cooperative matrices",
        false => "",
    };
    let (name, kind) = (&adapter.name, kind_words(context.adapter().kind));
    Some(format!("{name}, {kind}{matrices}"))
}

/// What an adapter is, in a word or two.
pub(crate) fn kind_words(kind: AdapterKind) -> &'static str {
    match kind {
        AdapterKind::Discrete => "discrete",
        AdapterKind::Integrated => "integrated",
        AdapterKind::Virtual => "virtual",
        AdapterKind::Cpu => "software",
        AdapterKind::Other => "other",
    }
}

/// The delegates of a choice, where samples share the cores, so that ops need not.
pub(crate) fn single_threaded(choice: DelegateChoice) -> Result<Selection, SelectionError> {
    let mut cpu = CpuOptions::default();
    cpu.threads = Some(NonZeroUsize::MIN);
    delegates_with(choice, DelegateOptions::default().cpu(cpu))
}
