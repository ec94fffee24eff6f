//! What a session takes and gives.

use super::Session;
use crate::dtype::DataType;
use crate::error::{RunError, ValueError};
use crate::quantization::Quantization;
use crate::shape::Shape;
use crate::tensor::TensorId;
use crate::value::Value;

/// What is known of an input or output of a session before an invocation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TensorInfo {
    /// The name in the signature, or without one, the tensor's.
    pub name: String,
    /// The tensor of [`Session::graph`].
    pub id: TensorId,
    /// The element type.
    pub dtype: DataType,
    /// The shape; `None` where only an invocation shows it.
    pub shape: Option<Shape>,
    /// How integers stand for reals.
    pub quantization: Option<Quantization>,
}

impl Session {
    /// What [`Session::run`] takes, in that order: the graph's inputs without those that a delegate holds.
    pub fn inputs(&self) -> Vec<TensorInfo> {
        self.infos(self.graph().inputs(), &self.names.inputs)
    }

    /// What [`Session::run`] gives, in that order: the graph's outputs without those that a delegate holds.
    pub fn outputs(&self) -> Vec<TensorInfo> {
        self.infos(self.graph().outputs(), &self.names.outputs)
    }

    /// One of [`Session::inputs`].
    pub fn input_info(&self, index: usize) -> Option<TensorInfo> {
        self.inputs().into_iter().nth(index)
    }

    /// One of [`Session::outputs`].
    pub fn output_info(&self, index: usize) -> Option<TensorInfo> {
        self.outputs().into_iter().nth(index)
    }

    /// Zeros of the type and shape of input `index`, to be filled.
    ///
    /// # Errors
    /// [`RunError::NoSuch`] for an input that is not there, [`RunError::Value`] for one larger than memory.
    pub fn input_zeros(&self, index: usize) -> Result<Value, RunError> {
        let inputs = self.inputs();
        let info = inputs.get(index).ok_or(RunError::NoSuch {
            what: "input",
            index,
            count: inputs.len(),
        })?;
        let shape = info.shape.clone().unwrap_or_default();
        Ok(Value::zeros(info.dtype, shape)?)
    }

    /// The reals that the elements of output `index` stand for: floats as they are, quantized integers as
    /// `scale · (q − zero_point)`, integers without quantization as their values.
    ///
    /// # Errors
    /// [`RunError::NoSuch`] for an output that is not there, [`RunError::Value`] for elements that do not stand for reals.
    pub fn reals(&self, index: usize, output: &Value) -> Result<Vec<f32>, RunError> {
        let outputs = self.outputs();
        let info = outputs.get(index).ok_or(RunError::NoSuch {
            what: "output",
            index,
            count: outputs.len(),
        })?;
        Ok(output.to_reals(info.quantization.as_ref())?)
    }

    /// The names of the inputs in the graph's order, without those that a delegate holds: those of
    /// the signature, or without one, of the tensors.
    pub fn input_names(&self) -> &[String] {
        &self.names.inputs
    }

    /// The names of the outputs in the graph's order, as for [`Session::input_names`].
    pub fn output_names(&self) -> &[String] {
        &self.names.outputs
    }

    fn infos(&self, ids: &[TensorId], names: &[String]) -> Vec<TensorInfo> {
        let ids = ids.iter().filter(|id| !self.compiled.held.contains(**id));
        let info = |(&id, name): (&TensorId, &String)| {
            let tensor = self.graph().tensor(id);
            TensorInfo {
                name: name.clone(),
                id,
                dtype: tensor.dtype,
                shape: self.compiled.shapes[id.0].clone(),
                quantization: tensor.quantization.clone(),
            }
        };
        std::iter::zip(ids, names).map(info).collect()
    }
}

impl Value {
    /// The reals that the elements stand for under these parameters: floats as they are, quantized integers as
    /// `scale · (q − zero_point)`, integers without quantization as their values, bool as 0 and 1.
    ///
    /// # Errors
    /// [`ValueError::NoReals`] for types that do not stand for real numbers.
    pub fn to_reals(&self, quantization: Option<&Quantization>) -> Result<Vec<f32>, ValueError> {
        let integers: Vec<i64> = match self.dtype() {
            DataType::Float32 => return Ok(self.as_slice::<f32>()?.to_vec()),
            DataType::Float16 => {
                let halves = self.as_slice::<half::f16>()?;
                return Ok(halves.iter().map(|half| half.to_f32()).collect());
            }
            DataType::Float64 => {
                let doubles = self.as_slice::<f64>()?;
                return Ok(doubles.iter().map(|&double| double as f32).collect());
            }
            DataType::Int8 => self.as_slice::<i8>()?.iter().map(|&q| q.into()).collect(),
            DataType::UInt8 => self.as_slice::<u8>()?.iter().map(|&q| q.into()).collect(),
            DataType::Int16 => self.as_slice::<i16>()?.iter().map(|&q| q.into()).collect(),
            DataType::UInt16 => self.as_slice::<u16>()?.iter().map(|&q| q.into()).collect(),
            DataType::Int32 => self.as_slice::<i32>()?.iter().map(|&q| q.into()).collect(),
            DataType::UInt32 => self.as_slice::<u32>()?.iter().map(|&q| q.into()).collect(),
            DataType::Int64 => self.as_slice::<i64>()?.to_vec(),
            DataType::Bool => self.bytes().iter().map(|&bit| bit.into()).collect(),
            DataType::String
            | DataType::Complex64
            | DataType::Complex128
            | DataType::UInt64
            | DataType::Resource
            | DataType::Variant
            | DataType::Int4
            | DataType::BFloat16
            | DataType::Int2
            | DataType::UInt4
            | DataType::Float8E4M3Fn
            | DataType::Float8E5M2 => {
                return Err(ValueError::NoReals {
                    dtype: self.dtype(),
                });
            }
        };
        Ok(match quantization.filter(|it| !it.scale.is_empty()) {
            Some(quantization) => quantization.dequantize_all(integers, self.shape()),
            None => integers.iter().map(|&integer| integer as f32).collect(),
        })
    }
}
