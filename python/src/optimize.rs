//! The optimizer: quantized forms of models, how good they are, and where they lose it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use demilite::optimize::debugging::Debugger;
use demilite::optimize::evaluation::{Evaluation, Subject, Truth};
use demilite::optimize::{OptimizeError, Quantizer, Recipe, Sample};
use demilite::{DataType, Delegate, DelegateChoice, Model, Value, delegates_for};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::Error;

/// A file's path, or its bytes.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

impl Source {
    fn open(&self) -> Result<Arc<Model>, Error> {
        Ok(Arc::new(match self {
            Source::Bytes(bytes) => Model::from_bytes(bytes, "model")?,
            Source::Path(path) => Model::open(path)?,
        }))
    }
}

/// The name of a numpy type, extents, and elements row by row.
type Tensor = (String, Vec<usize>, PyBackedBytes);

/// The inputs of a model, in order or by their names.
#[derive(FromPyObject)]
pub(crate) enum Inputs {
    Named(BTreeMap<String, Tensor>),
    Ordered(Vec<Tensor>),
}

fn value((name, shape, bytes): &Tensor) -> Result<Value, Error> {
    let dtypes = DataType::ALL.iter().copied();
    let dtype = dtypes.into_iter().find(|dtype| dtype.name() == name);
    let dtype = dtype.ok_or_else(|| Error::UnknownType { name: name.clone() })?;
    Ok(Value::from_bytes(dtype, shape.clone(), bytes)?)
}

fn samples(data: &[Inputs]) -> Result<Vec<Sample>, Error> {
    let sample = |inputs: &Inputs| match inputs {
        Inputs::Ordered(tensors) => {
            let values = tensors.iter().map(value);
            Ok(Sample::ordered(values.collect::<Result<_, _>>()?))
        }
        Inputs::Named(tensors) => {
            let values = tensors.iter();
            let values = values.map(|(name, tensor)| Ok((name.clone(), value(tensor)?)));
            Ok(Sample::named(values.collect::<Result<Vec<_>, Error>>()?))
        }
    };
    data.iter().map(sample).collect()
}

fn delegates(choice: DelegateChoice) -> Result<Vec<Arc<dyn Delegate>>, Error> {
    Ok(delegates_for(choice)?.delegates)
}

fn json(report: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(report).map_err(|error| Error::Optimize(error.to_string()))
}

/// Refusals of the optimizer, in its words.
fn refused(error: impl std::fmt::Display) -> Error {
    Error::Optimize(error.to_string())
}

/// A form that is not made. What the library calls by its names has others here.
fn no_such_form(error: &OptimizeError) -> Error {
    match error {
        OptimizeError::NoSamples { .. } => refused(format!("{error} (here `data`)")),
        OptimizeError::OutOfRange { .. } => refused(format!(
            "{error} (here `keep_float`, or `clamp` in a recipe)"
        )),
        _ => refused(error),
    }
}

/// A quantized form of a model: its file, and the report as JSON and as text.
#[pyfunction]
pub(crate) fn quantize<'py>(
    py: Python<'py>,
    model: Source,
    recipe: &str,
    data: Option<Vec<Inputs>>,
) -> Result<(Bound<'py, PyBytes>, String, String), Error> {
    let made = py.detach(|| {
        let model = model.open()?;
        let recipe = Recipe::from_json(recipe).map_err(refused)?;
        let quantizer = Quantizer::new(model).recipe(recipe);
        let quantized = match data {
            None => quantizer.finish(),
            Some(data) => quantizer
                .delegates(delegates(DelegateChoice::Cpu)?)
                .calibrate(samples(&data)?)
                .and_then(|mut calibrated| calibrated.finish()),
        };
        let quantized = quantized.map_err(|error| no_such_form(&error))?;
        let file = quantized.model.to_bytes().map_err(refused)?;
        let report = &quantized.report;
        Ok::<_, Error>((file, json(report)?, report.to_string()))
    });
    let (file, report, text) = made?;
    Ok((PyBytes::new(py, &file), report, text))
}

/// Models side by side on the same samples, each with a name and a delegate: the report as JSON.
#[pyfunction]
pub(crate) fn evaluate(
    py: Python<'_>,
    models: Vec<(String, Source, String)>,
    data: Vec<Inputs>,
    labels: Option<Vec<usize>>,
) -> Result<String, Error> {
    py.detach(|| {
        let samples = Arc::new(samples(&data)?);
        let subjects = models.into_iter().map(|(name, model, delegate)| {
            let delegates = delegates(delegate.parse()?)?;
            Ok(Subject::new(
                name,
                model.open()?,
                delegates,
                samples.clone(),
            ))
        });
        let mut evaluation = Evaluation::new(subjects.collect::<Result<Vec<_>, Error>>()?);
        if let Some(labels) = labels {
            evaluation = evaluation.truth(Truth::Classes(labels));
        }
        json(&evaluation.run().map_err(refused)?)
    })
}

/// What each op of a quantized model loses, and what keeping the worst float would bring back: two reports as JSON.
#[pyfunction]
pub(crate) fn debug(
    py: Python<'_>,
    float: Source,
    quantized: Source,
    data: Vec<Inputs>,
    suggest: usize,
) -> Result<(String, Option<String>), Error> {
    py.detach(|| {
        let delegates = delegates(DelegateChoice::Cpu)?;
        let samples = samples(&data)?;
        let mut debugger = Debugger::new(float.open()?, quantized.open()?, delegates, samples);
        let report = debugger.run().map_err(refused)?;
        let suggestions = match suggest {
            0 => None,
            most => Some(json(&debugger.suggest(&report, most).map_err(refused)?)?),
        };
        Ok((json(&report)?, suggestions))
    })
}
