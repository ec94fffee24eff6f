//! Every real model, held to its golden: what LiteRT's reference kernels give without a delegate.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use demilite::{Delegate, DelegateChoice, Model, Session, Value, delegates_for};
use demilite_needs::Need;

use crate::runtime::Runtime;

/// Where a real folder of models has fewer that run, something is wrong with the test.
const LEAST: usize = 100;

/// Runs every model of at most so many bytes on a backend.
///
/// Integers have the golden's bytes. Floats have those of a session of demilite's own where the delegate runs the whole graph, and lie
/// within the tolerance of `models.py` where LiteRT runs a part of it.
pub(crate) fn run(choice: DelegateChoice, largest: u64) {
    let Some(runtime) = Runtime::find() else {
        return;
    };
    let Some(models) = models(largest) else {
        return;
    };
    let outputs = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("litert-{choice}"));
    if outputs.exists() {
        fs::remove_dir_all(&outputs).expect("a folder of this test");
    }
    fs::create_dir_all(&outputs).expect("a folder in the target folder");
    let options = format!("{{\"backend\": \"{choice}\"}}");
    let mut arguments: Vec<&OsStr> = vec![options.as_ref(), outputs.as_os_str()];
    arguments.extend(models.iter().map(|path| path.as_os_str()));
    let said = runtime
        .run("models.py", &arguments)
        .unwrap_or_else(|error| panic!("{error}"));
    let lines = said.lines().filter_map(|line| line.split_once('\t'));
    let lines: BTreeMap<&str, &str> = lines.collect();
    let delegates = delegates_for(choice).expect("the delegates").delegates;
    let (mut faults, mut ran, mut claimed, mut nodes) = (Vec::new(), 0, 0, 0);
    for path in &models {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let line = lines.get(&*name).copied().unwrap_or("no answer");
        let [its, all, _, verdict] = line.split('\t').collect::<Vec<_>>()[..] else {
            println!("{name}: {line}");
            continue;
        };
        let [its, all] = [its, all].map(|count| count.parse::<usize>().expect("a count"));
        (ran, claimed, nodes) = (ran + 1, claimed + its, nodes + all);
        let fault = match verdict {
            "same" => None,
            // Integers that differ are a fault, whoever else gives the same.
            differing if differing.contains("differs in") => Some(differing.to_owned()),
            _ if its == all => own_outputs_differ(path, &outputs.join(&*name), &delegates),
            "close" => None,
            differing => Some(differing.to_owned()),
        };
        faults.extend(fault.map(|fault| format!("{name}: {fault}")));
    }
    println!(
        "{choice}: {ran} of {} models run, {claimed} of {nodes} nodes are claimed",
        models.len()
    );
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(
        ran >= LEAST.min(models.len()),
        "{ran} of {} models run: {lines:#?}",
        models.len()
    );
}

/// The models of at most so many bytes that have a golden; none where there is no folder of them.
fn models(largest: u64) -> Option<Vec<PathBuf>> {
    let folder = demilite_needs::models();
    let Ok(folders) = fs::read_dir(&folder) else {
        demilite_needs::skip(Need::Models, format!("no folder {}", folder.display()));
        return None;
    };
    let models = folders.filter_map(|entry| {
        let folder = entry.ok()?.path();
        let model = folder
            .join(folder.file_name()?)
            .with_added_extension("tflite");
        let has_golden = model.with_extension("npz").is_file();
        (has_golden && model.is_file()).then_some(model)
    });
    let (models, larger): (Vec<PathBuf>, Vec<PathBuf>) =
        models.partition(|model| fs::metadata(model).is_ok_and(|file| file.len() <= largest));
    if !larger.is_empty() {
        demilite_needs::leave_out(format!(
            "{} models of more than {largest} bytes",
            larger.len()
        ));
    }
    Some(models)
}

/// What differs between the outputs that a delegate gave, beside `stem`, and those of a session of demilite's own for the same inputs.
fn own_outputs_differ(
    model: &Path,
    stem: &Path,
    delegates: &[Arc<dyn Delegate>],
) -> Option<String> {
    let elements = |name: String| fs::read(stem.with_added_extension(name)).expect("elements");
    let model = Model::open(model).expect("a model");
    let mut session = Session::builder(Arc::new(model))
        .delegates(delegates.iter().cloned())
        .build()
        .expect("a session");
    let graph = session.graph();
    let inputs = graph.inputs().iter().enumerate().map(|(index, &id)| {
        let tensor = graph.tensor(id);
        Value::from_bytes(
            tensor.dtype,
            tensor.shape.clone(),
            &elements(format!("in{index}")),
        )
    });
    let inputs: Vec<Value> = match inputs.collect() {
        Ok(inputs) => inputs,
        Err(error) => return Some(format!("its golden has inputs of other shapes: {error}")),
    };
    let own = session.run(&inputs).expect("outputs");
    let differing = own
        .iter()
        .enumerate()
        .find(|(index, output)| output.bytes() != elements(format!("out{index}")));
    differing.map(|(index, _)| format!("output {index} is not that of a session of demilite's own"))
}
