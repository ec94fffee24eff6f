//! `demilite` alone: the bundled model on a bundled image, on the GPU and on the CPU.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use demilite::image::{Fit, Image, ImageInput};
use demilite::post::Labels;
use demilite::{DelegateChoice, Model, Session, Value, delegates_for};
use demilite_models::shapes;

use crate::answer::{Answer, top_words};
use crate::failure::Failure;
use crate::inputs::Source;
use crate::model::plan_words;
use crate::remedy::with_remedy;
use crate::table::bytes;

const MODEL_NAME: &str = "shapes_f16.tflite";
const IMAGE_NAME: &str = "star.png";
/// Invocations behind the time that is shown.
const RUNS: u32 = 10;

pub(crate) fn execute(out: &mut dyn Write) -> Result<(), Failure> {
    let model = Arc::new(Model::from_static(shapes::F16, MODEL_NAME)?);
    let labels = Labels::from_bytes(shapes::LABELS, "labels.txt")?;
    let image = Image::from_bytes(shapes::STAR, IMAGE_NAME)?;
    let input = ImageInput::of(&model.graphs()[0])?.value(&[image], Fit::Crop)?;
    writeln!(
        out,
        "demilite {}: the bundled {MODEL_NAME} ({}, float16 weights) on the bundled {IMAGE_NAME}",
        env!("CARGO_PKG_VERSION"),
        bytes(shapes::F16.len() as u64)
    )?;
    let automatic = delegates_for(DelegateChoice::Auto)?;
    match &automatic.without_gpu {
        None => show(out, &model, &automatic, &labels, &input)?,
        Some(error) => writeln!(out, "\nThe GPU is left out: {}", with_remedy(error))?,
    }
    show(
        out,
        &model,
        &delegates_for(DelegateChoice::Cpu)?,
        &labels,
        &input,
    )?;
    writeln!(
        out,
        "\nYour own: demilite run MODEL --image FILE. More: demilite --help"
    )?;
    Ok(())
}

/// Runs the model on these delegates and shows the partition, the times and the answer.
fn show(
    out: &mut dyn Write,
    model: &Arc<Model>,
    selection: &demilite::Selection,
    labels: &Labels,
    input: &Value,
) -> Result<(), Failure> {
    let builder = Session::builder(model.clone()).delegates(selection.delegates.iter().cloned());
    let mut session = builder
        .build()
        .map_err(|error| Failure::compile(model, error))?;
    let mut times = Vec::new();
    let mut outputs = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let result = session.run(std::slice::from_ref(input));
        times.push(started.elapsed());
        outputs = result.map_err(|error| Failure::run(model, error))?;
    }
    let source = Source {
        name: IMAGE_NAME.to_owned(),
        place: 0,
    };
    let answers = Answer::split(&[source], 1, &outputs)?;
    writeln!(out, "\n{}", plan_words(&session, selection).join("; "))?;
    let median = {
        times.sort();
        times[times.len() / 2]
    };
    writeln!(out, "median of {RUNS} runs: {:.2} ms", milliseconds(median))?;
    for answer in answers {
        let top = answer.top(session.graph(), Some(labels), 3)?;
        writeln!(out, "{}", top_words(&top))?;
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
