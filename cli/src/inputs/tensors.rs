//! Tensors of an archive.

use std::io::{Read, Seek};
use std::path::Path;

use demilite::npz::{NpzError, NpzReader};
use demilite::{DataType, Graph, Shape, State, Tensor, TensorId, Value};

use crate::failure::Failure;
use crate::model::{Names, tensor_words};
use crate::streams;

/// A tensor for each input: `in0`, `in1`, … in the order of the inputs, or where there is no such array that of the input's name in
/// the signature. A variable that has no array begins as it would without a caller. What the graph does not take is refused by its
/// header; floats for quantized integers are not where `is_quantizing`.
pub(super) fn read(
    path: &Path,
    graph: &Graph,
    names: &Names,
    is_quantizing: bool,
) -> Result<Vec<Value>, Failure> {
    let source = streams::name(path);
    let pipe = streams::read_pipe(path).map_err(|error| NpzError::Io {
        path: source.clone(),
        reason: error,
    })?;
    let arrays = Arrays {
        source: &source,
        graph,
        names,
        is_quantizing,
    };
    match pipe {
        Some(bytes) => arrays.read(NpzReader::from_bytes(&bytes, &source)?),
        None => arrays.read(NpzReader::open(path)?),
    }
}

/// What a variable holds before anything is written to it. One that is an input too need not be fed.
fn before(id: TensorId, variable: &Tensor) -> Result<Value, Failure> {
    let value = State::default().take_variable(0, id, variable);
    value.map_err(|error| Failure::Run(error.to_string()))
}

/// What is read of an archive.
struct Arrays<'a> {
    source: &'a str,
    graph: &'a Graph,
    names: &'a Names,
    is_quantizing: bool,
}

impl Arrays<'_> {
    fn read<R: Read + Seek>(&self, mut archive: NpzReader<R>) -> Result<Vec<Value>, Failure> {
        let there = archive.names();
        let names = self.names.inputs.iter().enumerate();
        let wanted: Vec<String> = names
            .map(|(index, name)| {
                let number = format!("in{index}");
                match name {
                    Some(name) if !there.contains(&number) && there.contains(name) => name.clone(),
                    _ => number,
                }
            })
            .collect();
        let is_unfed = |name: &String, tensor: &Tensor| tensor.is_variable && !there.contains(name);
        let inputs = || std::iter::zip(&wanted, self.graph.inputs());
        // All headers first: elements may be many.
        for (name, &id) in inputs() {
            let tensor = self.graph.tensor(id);
            if !is_unfed(name, tensor) {
                let (dtype, shape) = archive.header(name)?;
                self.check(name, tensor, dtype, &shape)?;
            }
        }
        let values = inputs().map(|(name, &id)| {
            let tensor = self.graph.tensor(id);
            match is_unfed(name, tensor) {
                true => before(id, tensor),
                false => Ok(archive.value(name)?),
            }
        });
        values.collect()
    }

    fn check(
        &self,
        name: &str,
        tensor: &Tensor,
        dtype: DataType,
        shape: &Shape,
    ) -> Result<(), Failure> {
        let is_real = parameters(tensor).is_some() && is_float(dtype);
        let remedy = if dtype != tensor.dtype && !(is_real && self.is_quantizing) {
            match is_real {
                true => {
                    "`--quantize-inputs` makes integers of reals, round(x / scale) + zero point"
                        .to_owned()
                }
                false => format!("write it as {}", numpy_name(tensor.dtype)),
            }
        } else if *shape != tensor.shape && !is_open(tensor.shape_signature.as_deref(), shape) {
            format!("reshape it to {}", tensor.shape)
        } else {
            return Ok(());
        };
        Err(Failure::Invalid(format!(
            "{}: {name} is {dtype} {shape}, and the model's input is {}: {remedy}",
            self.source,
            tensor_words(tensor)
        )))
    }
}

/// Floats for quantized inputs become the integers that stand for them.
pub(super) fn quantize(
    graph: &Graph,
    values: Vec<Value>,
    source: &str,
) -> Result<Vec<Value>, Failure> {
    let pairs = std::iter::zip(values, graph.inputs()).enumerate();
    let quantized = pairs.map(|(index, (value, &id))| {
        let tensor = graph.tensor(id);
        match parameters(tensor) {
            Some((scale, zero_point)) if is_float(value.dtype()) => {
                let integers = quantized(&value, tensor.dtype, scale, zero_point);
                integers
                    .map_err(|reason| Failure::Invalid(format!("{source}: in{index}: {reason}")))
            }
            _ => Ok(value),
        }
    });
    quantized.collect()
}

fn is_float(dtype: DataType) -> bool {
    use DataType::{Float16, Float32, Float64};
    [Float16, Float32, Float64].contains(&dtype)
}

/// The scale and zero point of a tensor of integers.
fn parameters(tensor: &Tensor) -> Option<(f32, i32)> {
    tensor.dtype.quantized_range()?;
    tensor.quantization.as_ref()?.as_per_tensor()
}

/// `round(x / scale) + zero_point`, halves away from zero, held within the type, as TFLite's QUANTIZE computes it.
fn quantized(value: &Value, dtype: DataType, scale: f32, zero_point: i32) -> Result<Value, String> {
    let reals: Vec<f32> = match value.dtype() {
        DataType::Float64 => value
            .as_slice::<f64>()
            .map(|reals| reals.iter().map(|&real| real as f32).collect()),
        DataType::Float16 => value
            .as_slice::<half::f16>()
            .map(|reals| reals.iter().map(|real| real.to_f32()).collect()),
        _ => value.as_slice::<f32>().map(<[f32]>::to_vec),
    }
    .map_err(|error| error.to_string())?;
    if reals.iter().any(|real| real.is_nan()) {
        return Err("it has NaN, for which no integer stands".to_owned());
    }
    let integers = reals
        .iter()
        .map(|real| (real / scale).round() + zero_point as f32);
    let shape = value.shape().clone();
    let made = match dtype {
        DataType::Int8 => Value::from_slice(shape, &integers.map(|q| q as i8).collect::<Vec<_>>()),
        DataType::UInt8 => Value::from_slice(shape, &integers.map(|q| q as u8).collect::<Vec<_>>()),
        DataType::Int16 => {
            Value::from_slice(shape, &integers.map(|q| q as i16).collect::<Vec<_>>())
        }
        DataType::Int32 => {
            Value::from_slice(shape, &integers.map(|q| q as i32).collect::<Vec<_>>())
        }
        _ => return Err(format!("no array is of type {dtype}")),
    };
    made.map_err(|error| error.to_string())
}

/// The name of an element type in NumPy.
fn numpy_name(dtype: DataType) -> &'static str {
    match dtype {
        DataType::Bool => "bool_",
        DataType::String => "str_ or bytes_",
        other => other.name(),
    }
}

/// Whether a shape differs from the file's only where the file leaves the extent open.
fn is_open(signature: Option<&[Option<usize>]>, shape: &Shape) -> bool {
    signature.is_some_and(|signature| {
        signature.len() == shape.rank()
            && std::iter::zip(signature, shape.iter())
                .all(|(stated, extent)| stated.is_none_or(|stated| stated == *extent))
    })
}

#[cfg(test)]
mod tests {
    use demilite::{DataType, Shape, Value};

    use super::{is_open, quantized};

    #[test]
    fn only_extents_that_the_file_leaves_open_may_differ() {
        let signature = [None, Some(224), Some(3)];
        let fits = |extents: &[usize]| is_open(Some(&signature), &Shape::new(extents));
        assert!(fits(&[7, 224, 3]) && fits(&[1, 224, 3]));
        assert!(!fits(&[7, 192, 3]) && !fits(&[7, 224]));
        assert!(!is_open(None, &Shape::new([1])));
    }

    #[test]
    fn reals_become_the_nearest_integers_within_the_type() {
        let reals = [0.0, 0.24, 0.25, -0.25, 100.0, -100.0, f32::INFINITY];
        let value = Value::from_slice([7], &reals).unwrap();
        let made = quantized(&value, DataType::Int8, 0.5, 3).unwrap();
        assert_eq!(made.as_slice::<i8>().unwrap(), [3, 3, 4, 2, 127, -128, 127]);
        let nan = Value::from_slice([1], &[f32::NAN]).unwrap();
        assert!(quantized(&nan, DataType::UInt8, 0.5, 3).is_err());
    }
}
