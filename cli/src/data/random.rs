//! Random numbers in place of samples, for tests.

use demilite::optimize::{Sample, Samples};
use demilite::{DataType, Graph, Shape, Value};

/// Numbers of both signs up to 1, and small integers; the same each time.
pub(super) struct Random {
    inputs: Vec<(DataType, Shape)>,
    signature: Option<String>,
    count: usize,
}

impl Random {
    pub(super) fn new(graph: &Graph, signature: Option<&str>, count: usize) -> Self {
        let tensors = graph.inputs().iter().map(|&id| graph.tensor(id));
        Random {
            inputs: tensors
                .map(|tensor| (tensor.dtype, tensor.shape.clone()))
                .collect(),
            signature: signature.map(str::to_owned),
            count,
        }
    }
}

impl Samples for Random {
    fn count(&self) -> usize {
        self.count
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        // xorshift: https://www.jstatsoft.org/article/view/v008i14
        let mut state = 0x9e37_79b9_7f4a_7c15 ^ (index as u64 + 1);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let values = self.inputs.iter().map(|(dtype, shape)| {
            let elements = shape.elements();
            let value = match dtype {
                DataType::Float32 => {
                    let reals = (0..elements).map(|_| (next() >> 40) as f32 / 8_388_608.0 - 1.0);
                    Value::from_slice(shape.clone(), &reals.collect::<Vec<f32>>())
                }
                _ => Value::zeros(*dtype, shape.clone()),
            };
            value.map_err(|error| error.to_string())
        });
        let mut sample = Sample::ordered(values.collect::<Result<_, _>>()?);
        sample.signature.clone_from(&self.signature);
        Ok(sample)
    }
}
