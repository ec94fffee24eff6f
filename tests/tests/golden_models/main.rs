//! Real models on both backends: one test for each model and backend.
//!
//! `DEMILITE_MODELS` names the folder, `../shared/models` beside the repository where it is not set.

mod cpu;
mod dynamic_range;
mod integers;
#[path = "../place/mod.rs"]
mod place;
mod placement;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, OnceLock};

use demilite_conformance::compare::{Tolerance, compare};
use demilite_conformance::golden::{
    Golden, MissingOp, ModelTruth, goldens_in, is_dynamic_range, model_tolerance,
};
use demilite_core::{Counters, DataType, Delegate, Graph, Node, Op, TensorId, Value};
use demilite_gpu::{GpuContext, GpuDelegate, GpuOptions, Precision};
use demilite_needs::Need;
use libtest_mimic::{Arguments, Failed, Trial};
use placement::Placement;

/// Goldens that no reference kernels made, with the distance that is allowed and why.
const OTHER_KERNELS: &[(&str, f64, &str)] = &[(
    "mp_selfie_segmentation_f16",
    1e-4,
    "made with optimized kernels, since the reference resolver lacks one of its ops",
)];

/// Models that lack something although every op of theirs is typed, each with what it lacks.
const INCOMPLETE: &[(&str, &str)] = &[];

/// Networks whose float16 logits on the GPU are held to those of their float32 twin on the
/// reference, and the distance that is allowed.
const FLOAT16_LOGITS: &[&str] = &["mobilenet_v1_1.0_224", "mobilenet_v2_1.0_224"];
const LOGIT_DISTANCE: f64 = 0.15;

/// Models of float32 whose values do not fit float16 activations, which they get on request alone: by itself the GPU keeps
/// float32 for them. Each with the reason.
const NOT_IN_FLOAT16: &[(&str, &str)] = &[
    (
        "kwt1_keyword_transformer_f32",
        "the power spectrum goes down to 10⁻¹⁷, which is 0 in float16 and has no logarithm",
    ),
    (
        "op_litert_simple_group_norm_op",
        "groups of one element, whose rounding is divided by the root of an epsilon of 10⁻⁵",
    ),
];

/// Models that do not run wholly on the GPU, but for the ops that have no place there, each with the reason.
const PARTLY_ON_GPU: &[(&str, &str)] = &[];

fn reference() -> Arc<dyn Delegate> {
    Arc::new(demilite_custom_ops::reference())
}

/// Devices of each precision; the message where there is none.
static GPU: LazyLock<Result<[Arc<GpuContext>; 3], String>> = LazyLock::new(|| {
    let open = |precision| {
        let options = GpuOptions::default().precision(precision);
        GpuContext::open(options).map_err(|error| error.to_string())
    };
    Ok([
        open(Precision::Auto)?,
        open(Precision::F32)?,
        open(Precision::F16)?,
    ])
});

fn gpu(precision: Precision) -> Result<Arc<dyn Delegate>, Failed> {
    let contexts = GPU.as_ref().map_err(Failed::from)?;
    let [auto, single, half] = contexts;
    let context = match precision {
        Precision::Auto => auto,
        Precision::F32 => single,
        Precision::F16 => half,
    };
    Ok(Arc::new(GpuDelegate::new(Arc::clone(context))))
}

fn skips_gpu() -> bool {
    GPU.is_err()
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = place::models();
    let models: Vec<PathBuf> = match goldens_in(&folder) {
        Ok(models) => models,
        Err(error) => {
            let folder = folder.display();
            let reason = format!("{folder}: {error}; DEMILITE_MODELS names a folder");
            demilite_needs::skip(Need::Models, reason);
            Vec::new()
        }
    };
    if let (false, Err(error)) = (models.is_empty(), &*GPU) {
        demilite_needs::skip(Need::Gpu, error);
    }
    let mut trials = Vec::new();
    for path in models {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        trials.extend(trials_of(&name, path));
    }
    for name in FLOAT16_LOGITS {
        let [half, single] = ["f16", "f32"].map(|precision| {
            let name = format!("{name}_{precision}");
            folder.join(&name).join(format!("{name}.tflite"))
        });
        if half.is_file() {
            let test = move || logits_are_close(&half, &single);
            trials.push(
                Trial::test(format!("gpu F16 logits {name}"), test).with_ignored_flag(skips_gpu()),
            );
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The tests of one model. Where it lacks ops, the one on the reference is ignored and names them.
fn trials_of(name: &str, path: PathBuf) -> Vec<Trial> {
    let golden = match Golden::open(&path) {
        Ok(golden) => Arc::new(golden),
        Err(error) => {
            let failed = move || Err(Failed::from(error.to_string()));
            return vec![Trial::test(format!("reference {name}"), failed)];
        }
    };
    let missing = match golden.missing_ops(&demilite_custom_ops::reference()) {
        Ok(missing) => missing,
        Err(error) => {
            let failed = move || Err(Failed::from(error.to_string()));
            return vec![Trial::test(format!("reference {name}"), failed)];
        }
    };
    if let Some(lacking) = lacking(name, &missing) {
        let ignored = Trial::test(format!("reference {name} [{lacking}]"), || Ok(()));
        return vec![ignored.with_ignored_flag(true)];
    }
    let mut trials = Vec::new();
    let held = Arc::clone(&golden);
    trials.push(Trial::test(format!("reference {name}"), move || {
        on_reference(&held)
    }));
    let truth: Arc<OnceLock<Result<ModelTruth, String>>> = Arc::default();
    let (held, shared) = (Arc::clone(&golden), Arc::clone(&truth));
    trials.push(Trial::test(format!("cpu {name}"), move || {
        cpu::hold(&held, reference(), &shared)
    }));
    if placement::is_integer(golden.model()) {
        let held = Arc::clone(&golden);
        let test = move || integers::hold(&held, gpu(Precision::Auto)?, reference());
        trials
            .push(Trial::test(format!("gpu integers {name}"), test).with_ignored_flag(skips_gpu()));
    }
    // On two backends the floats of a dynamic-range model differ by more than roundings.
    if is_dynamic_range(golden.graph()) {
        for precision in [Precision::Auto, Precision::F16] {
            let held = Arc::clone(&golden);
            let test = move || dynamic_range::hold(&held, gpu(precision)?, reference());
            let name = format!("gpu {precision:?} dynamic range {name}");
            trials.push(Trial::test(name, test).with_ignored_flag(skips_gpu()));
        }
        return trials;
    }
    // Without float16 weights all nodes keep float32, which the trial by itself checks.
    let is_half = has_float16_weights(golden.graph());
    let single = is_half.then_some(Precision::F32);
    let precisions = [Precision::Auto, Precision::F16].into_iter().chain(single);
    for precision in precisions {
        let is_float16 = precision == Precision::F16;
        if is_float16 && !is_float(golden.graph()) {
            continue;
        }
        let (held, truth) = (Arc::clone(&golden), Arc::clone(&truth));
        let test = move || on_gpu(&held, precision, &truth);
        let trial = Trial::test(format!("gpu {precision:?} {name}"), test);
        let is_unfit = NOT_IN_FLOAT16
            .iter()
            .any(|(model, _)| *model == golden.name());
        trials.push(trial.with_ignored_flag(skips_gpu() || is_float16 && is_unfit));
    }
    trials
}

/// What a model lacks to run, if that is known: ops without a typed form, or what the list says.
/// Anything else that is not taken is left to fail, and so is a listed model that lacks nothing.
fn lacking(name: &str, missing: &[MissingOp]) -> Option<String> {
    let untyped: Vec<&str> = missing
        .iter()
        .filter(|missing| !missing.is_typed)
        .map(|missing| missing.op.as_str())
        .collect();
    if !untyped.is_empty() {
        return Some(format!("needs {}", untyped.join(", ")));
    }
    let listed = INCOMPLETE.iter().find(|(model, _)| *model == name)?;
    (!missing.is_empty()).then(|| listed.1.to_owned())
}

/// Whether there are constants of float16.
fn has_float16_weights(graph: &Graph) -> bool {
    let mut constants = graph
        .tensors()
        .iter()
        .filter(|tensor| tensor.constant.is_some());
    constants.any(|constant| constant.dtype == DataType::Float16)
}

/// Whether activations are floats and weights are floats.
fn is_float(graph: &Graph) -> bool {
    let is_float = |dtype| matches!(dtype, DataType::Float32 | DataType::Float16);
    let mut computed = graph.nodes().iter().flat_map(|node| {
        let inputs = node.inputs.iter().flatten();
        inputs.chain(&node.outputs).map(|&id| graph.tensor(id))
    });
    computed.all(|tensor| {
        is_float(tensor.dtype) || tensor.constant.is_some() && tensor.dtype == DataType::Int32
    })
}

fn on_reference(golden: &Golden) -> Result<(), Failed> {
    if INCOMPLETE.iter().any(|(model, _)| *model == golden.name()) {
        return Err("it lacks nothing, and stands on the list of those that do".into());
    }
    let tolerance = match OTHER_KERNELS
        .iter()
        .find(|(name, ..)| *name == golden.name())
    {
        Some((_, distance, _)) => Tolerance::absolute(*distance),
        None => model_tolerance(golden.model()),
    };
    golden.check(&[reference()], tolerance)?;
    Ok(())
}

/// The outputs lie no further from the reference's, which have a test of their own, than roundings put them.
fn on_gpu(
    golden: &Golden,
    precision: Precision,
    truth: &OnceLock<Result<ModelTruth, String>>,
) -> Result<(), Failed> {
    let delegates = [gpu(precision)?, reference()];
    let may_round = match precision {
        Precision::Auto => has_float16_weights(golden.graph()),
        Precision::F32 => false,
        Precision::F16 => true,
    };
    let mut session = golden.session(&delegates).build()?;
    let outputs = session.run(golden.inputs())?;
    let types = session.activation_types();
    let mut rounded = types.iter().filter(|kept| kept.dtype == DataType::Float16);
    if !may_round && rounded.next().is_some() {
        return Err("nodes keep float16 where float32 was to be kept".into());
    }
    let truth = truth
        .get_or_init(|| ModelTruth::new(golden, &reference()).map_err(|error| error.to_string()));
    let truth = truth.as_ref().map_err(Failed::from)?;
    truth.bound(golden, &types)?.hold(golden, &outputs)?;
    let placement = Placement::new(golden.model(), session.plan());
    let listed = PARTLY_ON_GPU
        .iter()
        .find(|(model, _)| *model == golden.name());
    match (listed, placement.elsewhere.is_empty()) {
        (None, false) => {
            let elsewhere = placement.elsewhere;
            return Err(format!("{elsewhere:?} do not run on the GPU").into());
        }
        (Some((_, reason)), true) => {
            return Err(format!("all of it runs on the GPU, where {reason}").into());
        }
        (Some(_), false) => {}
        (None, true) => holds_float16_as_it_lies(golden.graph(), session.counters())?,
    }
    Ok(())
}

/// The device holds the float16 bytes of the file, and nothing was expanded on the way.
fn holds_float16_as_it_lies(graph: &Graph, counters: Vec<Counters>) -> Result<(), Failed> {
    let mut held = Counters::default();
    counters.into_iter().for_each(|counters| held += counters);
    let halves = graph
        .tensors()
        .iter()
        .filter(|tensor| tensor.dtype == DataType::Float16);
    let in_file: usize = halves
        .filter_map(|tensor| Some(tensor.constant.as_ref()?.bytes().len()))
        .sum();
    if held.float16_weight_bytes != in_file as u64 || held.expanded_float32_bytes != 0 {
        return Err(
            format!("{in_file} bytes of float16 in the file, and on the device {held:?}").into(),
        );
    }
    Ok(())
}

/// What goes into the last SOFTMAX, from one inference.
fn logits(
    golden: &Golden,
    inputs: &[Value],
    delegates: &[Arc<dyn Delegate>],
) -> Result<Value, Failed> {
    let is_softmax = |node: &&Node| matches!(node.op, Op::Softmax(_));
    let softmax = golden.graph().nodes().iter().rev().find(is_softmax);
    let tensor: TensorId = softmax
        .and_then(|node| node.inputs[0])
        .ok_or("it has no SOFTMAX")?;
    let mut session = golden.session(delegates).keep(tensor).build()?;
    session.run(inputs)?;
    Ok(session
        .kept(tensor)
        .ok_or("the logits were not kept")?
        .clone())
}

fn logits_are_close(half: &Path, single: &Path) -> Result<(), Failed> {
    let (half, single) = (Golden::open(half)?, Golden::open(single)?);
    let inputs = half.inputs();
    let on_gpu = logits(&half, inputs, &[gpu(Precision::F16)?, reference()])?;
    let expected = logits(&single, inputs, &[reference()])?;
    compare(
        on_gpu.view(),
        expected.view(),
        Tolerance::absolute(LOGIT_DISTANCE),
    )?;
    Ok(())
}
