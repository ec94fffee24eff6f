//! `--outputs`: the outputs of all answers as an archive.

use std::io::Write;
use std::path::{Path, PathBuf};

use demilite::npz::NpzWriter;
use demilite::post::scores;
use demilite::{Graph, Strings, Value, output};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::model::Names;
use crate::streams;

/// Where the archive goes.
pub(super) enum Destination {
    /// Standard output, where nothing else is written then.
    Stream,
    /// A file, a pipe or a device.
    File(PathBuf),
}

impl Destination {
    /// That of a path, which can be written as far as that can be told before.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        if streams::is_standard(path) || is_standard_output(path) {
            return Ok(Destination::Stream);
        }
        match output::check(path) {
            Ok(()) => Ok(Destination::File(path.to_owned())),
            Err(error) => Err(Failure::unwritable(path, &error)),
        }
    }

    /// Writes `out0`, `out1`, …, and each under its name in the signature too.
    pub(super) fn write(
        &self,
        answers: &[Answer],
        names: &Names,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let values = joined(answers)?;
        let numbers: Vec<String> = (0..values.len())
            .map(|index| format!("out{index}"))
            .collect();
        let path = match self {
            Destination::Stream => Path::new("standard output"),
            Destination::File(path) => path,
        };
        let mut archive = NpzWriter::in_memory(path);
        let mut taken = numbers.clone();
        for (number, value) in std::iter::zip(&numbers, &values) {
            archive.add(number, value).map_err(unwritten)?;
        }
        for (name, value) in std::iter::zip(&names.outputs, &values) {
            match name {
                Some(name) if !taken.contains(name) => {
                    archive.add(name, value).map_err(unwritten)?;
                    taken.push(name.clone());
                }
                _ => {}
            }
        }
        let bytes = archive.into_bytes().map_err(unwritten)?;
        match self {
            Destination::Stream => {
                out.write_all(&bytes)?;
                Ok(out.flush()?)
            }
            Destination::File(path) => {
                output::write(path, &bytes).map_err(|error| Failure::unwritable(path, &error))
            }
        }
    }
}

fn unwritten(error: demilite::npz::NpzError) -> Failure {
    Failure::Run(format!("cannot write the outputs: {error}"))
}

/// Whether a path is another name of standard output.
fn is_standard_output(path: &Path) -> bool {
    ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .map(Path::new)
        .contains(&path)
}

/// The reals that quantized outputs stand for, as 32-bit floats; outputs without a scale as they are.
pub(super) fn dequantized(graph: &Graph, outputs: Vec<Value>) -> Result<Vec<Value>, Failure> {
    let pairs = std::iter::zip(outputs, graph.outputs());
    pairs
        .map(|(value, &id)| {
            let tensor = graph.tensor(id);
            let quantization = tensor.quantization.as_ref();
            let has_scale = quantization.is_some_and(|scales| scales.as_per_tensor().is_some());
            if !has_scale || value.dtype().quantized_range().is_none() {
                return Ok(value);
            }
            let reals = scores(&value, tensor)?;
            Value::from_slice(value.shape().clone(), &reals)
                .map_err(|error| Failure::Run(error.to_string()))
        })
        .collect()
}

/// Each output of all answers, one after the other along the first dimension.
fn joined(answers: &[Answer]) -> Result<Vec<Value>, Failure> {
    let [first, others @ ..] = answers else {
        return Ok(Vec::new());
    };
    let mut joined = first.outputs.clone();
    if others.is_empty() {
        return Ok(joined);
    }
    for (index, value) in joined.iter_mut().enumerate() {
        let parts = answers.iter().map(|answer| &answer.outputs[index]);
        let mut extents = value.shape().to_vec();
        let equal = parts.clone().all(|part| part.shape() == value.shape());
        let (true, Some(extent)) = (equal, extents.first_mut()) else {
            return Err(Failure::Run(format!(
                "the outputs out{index} of several images do not join along a first dimension: \
                 run them one by one"
            )));
        };
        *extent *= answers.len();
        let strings: Result<Vec<Strings<'_>>, _> = parts.clone().map(Value::strings).collect();
        let all = match strings {
            Ok(strings) => Value::from_strings(extents, strings.iter().flat_map(Strings::iter)),
            Err(_) => {
                let bytes: Vec<u8> = parts.flat_map(|part| part.bytes()).copied().collect();
                Value::from_bytes(value.dtype(), extents, &bytes)
            }
        };
        *value = all.map_err(|error| Failure::Run(error.to_string()))?;
    }
    Ok(joined)
}
