//! `demilite bench`: how long a model takes.

mod chart;
mod feed;
mod measurement;
mod peak;
mod report;
mod trace;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use clap::Args;
use demilite::cpu::CpuDelegate;
use demilite::gpu::GpuContext;
use demilite::image::ImageInput;
use demilite::{Graph, Plan, Session, Shape, output};
use indicatif::ProgressBar;

use crate::failure::Failure;
use crate::hardware::{HardwareOptions, note_faults};
use crate::inputs::{Size, image_shape};
use crate::model::{ModelOptions, note_remainder, plan_words};
use crate::terminal::{note, one_line};
use crate::tuning::TunedReport;
use measurement::{Measurement, Runner, measure, profile};
use peak::{AdapterPeak, ProcessorPeak};
use report::Report;

/// What `demilite bench` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    /// Invocations that are measured
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Invocations before those
    #[arg(long, value_name = "N", default_value_t = 3)]
    warmup: u32,
    /// Makes the first extent of every input N times as large
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// The height and width of an image input whose file leaves them open
    #[arg(long, value_name = "HxW")]
    size: Option<Size>,
    /// Sessions that run at once, each in a thread of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    sessions: u32,
    /// Measures each op too, in as many further invocations
    #[arg(long)]
    profile: bool,
    /// Writes the last measured invocation, op by op, as a trace that chrome://tracing and Perfetto
    /// show; implies --profile
    #[arg(long, value_name = "F.json")]
    trace: Option<PathBuf>,
    /// Draws where the time goes, as F.svg or F.html; implies --profile
    #[arg(long, value_name = "F")]
    report: Option<PathBuf>,
    /// Writes a JSON object with `model`, `delegate`, `threads`, `sessions`, `median_ms`, `min_ms`, `max_ms`,
    /// `runs`, `host_us` and `ops`
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    hardware: HardwareOptions,
}

pub(crate) fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let chart = arguments.report.as_deref().map(chart::Format::of);
    let chart = chart.transpose()?;
    for path in arguments.trace.iter().chain(&arguments.report) {
        output::check(path).map_err(|error| Failure::unwritable(path, &error))?;
    }
    let (model, graph_index) = arguments.model.open()?;
    let graph = &model.graphs()[graph_index];
    let sized = image_shape(graph, arguments.size)?;
    let selection = arguments.hardware.select()?;
    let builder = arguments
        .hardware
        .builder(&model, graph_index, &selection)?;
    let shapes = batched(graph, sized, arguments.batch)?;
    let builder = std::iter::zip(0.., shapes).fold(builder, |builder, (index, shape)| {
        builder.input_shape(index, shape)
    });
    let started = Instant::now();
    let mut session = builder
        .build()
        .map_err(|error| Failure::compile(&model, error))?;
    let compile_time = started.elapsed();
    note_remainder(session.graph(), session.plan(), &selection);
    note_open_size(graph, arguments.size);

    let inputs = feed::inputs(session.graph(), session.input_shapes())?;
    let is_profiled = arguments.profile || arguments.trace.is_some() || arguments.report.is_some();
    let profiled = if is_profiled { arguments.runs } else { 0 };
    let each = u64::from(arguments.warmup) + u64::from(arguments.runs);
    let progress = ProgressBar::new(u64::from(arguments.sessions) * each + u64::from(profiled));
    let mut others = (1..arguments.sessions)
        .map(|_| session.sibling())
        .map(|sibling| sibling.map_err(|error| Failure::compile(&model, error)))
        .collect::<Result<Vec<Session>, _>>()?;
    let (runs, warmup) = (arguments.runs, arguments.warmup);
    let device = selection.context.as_deref();
    let device = device.filter(|_| others.is_empty() && is_on_gpu(session.plan()));
    let measurement = thread::scope(|scope| {
        let run = |session| {
            let runner = Runner {
                session,
                inputs: &inputs,
                device,
                progress: &progress,
            };
            measure(runner, warmup, runs)
        };
        let others: Vec<_> = others
            .iter_mut()
            .map(|session| scope.spawn(move || run(session)))
            .collect();
        let mut measurement = run(&mut session)?;
        for other in others {
            let other = other.join().map_err(|_| {
                Failure::Run(format!(
                    "{}: a thread of the benchmark panicked",
                    model.name()
                ))
            })?;
            measurement.latencies.extend(other?.latencies);
        }
        Ok::<Measurement, Failure>(measurement)
    })?;
    let profile = profile(&mut session, &inputs, profiled, &progress)?;
    let context = selection.context.as_ref().filter(|_| is_profiled);
    let rates = context.map(GpuContext::measure_rates).transpose();
    let rates = rates.map_err(|error| Failure::Run(error.to_string()))?;
    let processor = selection.cpu.as_ref().filter(|_| is_profiled);
    let processor = processor.map(CpuDelegate::measure_rates);
    progress.finish_and_clear();
    for session in std::iter::once(&session).chain(&others) {
        note_faults(session.faults());
    }

    let mut report = Report::new(
        &session,
        selection.cpu.as_ref().map_or(1, CpuDelegate::threads),
        arguments.sessions,
        arguments.batch,
        compile_time,
        &measurement,
        &profile,
    );
    report.tuned_kernels = TunedReport::all(&selection);
    if let Some(rates) = rates {
        report.compare_with_adapter(AdapterPeak::new(rates));
    }
    if let Some(rates) = processor {
        report.compare_with_processor(&session, ProcessorPeak::new(rates));
    }
    if let Some(path) = &arguments.trace {
        write(path, |file| trace::write(&session, &profile, file))?;
    }
    if let (Some(path), Some(format)) = (&arguments.report, chart) {
        write(path, |file| chart::write(&report, format, file))?;
    }
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    writeln!(out, "{}", one_line(model.name()))?;
    for line in plan_words(&session, &selection) {
        writeln!(out, "  {line}")?;
    }
    for tuned in &report.tuned_kernels {
        writeln!(out, "  {}", tuned.words())?;
    }
    report.show(out)
}

/// Whether the GPU runs everything.
fn is_on_gpu(plan: &Plan) -> bool {
    let mut partitions = plan.partitions.iter();
    partitions.all(|partition| plan.delegates[partition.delegate] == "gpu")
}

/// Says that the file leaves the size of images open, where nobody named one.
fn note_open_size(graph: &Graph, size: Option<Size>) {
    let Ok(input) = ImageInput::of(graph) else {
        return;
    };
    if size.is_none() && (input.height().is_none() || input.width().is_none()) {
        let shape = input.shape();
        note!("the file leaves the height and width of {shape} open: --size HxW names others");
    }
}

/// The shapes of the inputs, the first one `sized` if it is there, with a first extent `batch` times as large.
fn batched(graph: &Graph, sized: Option<Shape>, batch: u32) -> Result<Vec<Shape>, Failure> {
    let inputs = graph.inputs().iter();
    let shapes = inputs.map(|&id| graph.tensor(id).shape.clone());
    let shapes = sized.into_iter().chain(shapes).take(graph.inputs().len());
    std::iter::zip(graph.inputs(), shapes)
        .map(|(&id, shape)| {
            let tensor = graph.tensor(id);
            let mut extents = shape.to_vec();
            match extents.first_mut() {
                Some(first) => *first = first.saturating_mul(batch as usize),
                None if batch > 1 => {
                    return Err(Failure::Usage(format!(
                        "--batch {batch}: the input {:?} has no dimension to make larger",
                        tensor.name
                    )));
                }
                None => {}
            }
            Ok(Shape::from(extents))
        })
        .collect()
}

/// A file whose contents are made before it is touched.
fn write(
    path: &Path,
    contents: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    contents(&mut bytes)?;
    output::write(path, &bytes).map_err(|error| Failure::unwritable(path, &error))
}
