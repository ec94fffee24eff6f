//! Arrays whose first axis runs over samples.

use std::path::Path;

use demilite::image::Normalization;
use demilite::npz::{NpzReader, read_npy};
use demilite::optimize::{Sample, Samples};
use demilite::{Graph, Shape, Tensor, Value};

use super::value::{in_type, shape_of_sample};
use crate::failure::Failure;
use crate::model::Names;

/// An array for each input of a graph.
pub(super) struct Arrays {
    arrays: Vec<Input>,
    count: usize,
    signature: Option<String>,
    rule: Option<Normalization>,
}

/// The samples of one input.
struct Input {
    values: Value,
    /// What the model takes.
    tensor: Tensor,
    shape: Shape,
}

impl Arrays {
    pub(super) fn open(
        path: &Path,
        graph: &Graph,
        names: &Names,
        signature: Option<&str>,
        rule: Option<&Normalization>,
    ) -> Result<Self, Failure> {
        let mut arrays = Vec::new();
        let name = path.display();
        for (place, (values, &id)) in
            std::iter::zip(read(path, graph, names)?, graph.inputs()).enumerate()
        {
            let tensor = graph.tensor(id);
            let shape = values.shape().get(1..).and_then(|of_one| shape_of_sample(of_one, &tensor.shape)).ok_or_else(|| {
                Failure::Invalid(format!(
                    "{name}: the array for input {place} {:?} has shape {}, whose first axis does not run over samples of shape {}",
                    tensor.name,
                    values.shape(),
                    tensor.shape
                ))
            })?;
            arrays.push(Input {
                values,
                tensor: tensor.clone(),
                shape,
            });
        }
        let counts: Vec<usize> = arrays.iter().map(|input| input.values.shape()[0]).collect();
        let count = counts.first().copied().unwrap_or(0);
        if counts.iter().any(|other| *other != count) {
            return Err(Failure::Invalid(format!(
                "{name}: its arrays have {counts:?} samples, and each input needs as many"
            )));
        }
        Ok(Arrays {
            arrays,
            count,
            signature: signature.map(str::to_owned),
            rule: rule.cloned(),
        })
    }
}

/// The arrays in the order of the graph's inputs.
pub(super) fn read(path: &Path, graph: &Graph, names: &Names) -> Result<Vec<Value>, Failure> {
    let is_array = path.extension().is_some_and(|extension| extension == "npy");
    if is_array {
        if graph.inputs().len() != 1 {
            return Err(Failure::Usage(format!(
                "{} is one array, and the model takes {} inputs: give an .npz archive",
                path.display(),
                graph.inputs().len()
            )));
        }
        return Ok(vec![read_npy(path)?]);
    }
    let mut archive = NpzReader::open(path)?;
    let available = archive.names();
    let inputs = std::iter::zip(graph.inputs(), &names.inputs).enumerate();
    let values = inputs.map(|(place, (&id, signature_name))| {
        let numbered = format!("in{place}");
        let tensor_name = &graph.tensor(id).name;
        let candidates = [signature_name.as_ref(), Some(tensor_name), Some(&numbered)];
        let mut candidates = candidates.into_iter().flatten();
        match candidates.find(|name| available.contains(name)) {
            Some(name) => Ok(archive.value(name)?),
            // The usual name where an archive has labels too.
            None if graph.inputs().len() == 1 && available.iter().any(|name| name == "x") => {
                Ok(archive.value("x")?)
            }
            // The one array of an archive needs no name.
            None if graph.inputs().len() == 1 && available.len() == 1 => {
                Ok(archive.value(&available[0])?)
            }
            None => Err(Failure::Usage(format!(
                "{} has no array for input {place}: give it the name {tensor_name:?} or {numbered:?}; it has {}",
                path.display(),
                available.join(", ")
            ))),
        }
    });
    values.collect()
}

impl Samples for Arrays {
    fn count(&self) -> usize {
        self.count
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        let values = self
            .arrays
            .iter()
            .map(|input| input.sample(index, self.rule.as_ref()));
        let mut sample = Sample::ordered(values.collect::<Result<_, _>>()?);
        sample.signature.clone_from(&self.signature);
        Ok(sample)
    }
}

impl Input {
    fn sample(&self, index: usize, rule: Option<&Normalization>) -> Result<Value, String> {
        let (values, elements) = (&self.values, self.shape.elements());
        let bits = values
            .dtype()
            .bits()
            .ok_or("arrays of strings are not samples")?;
        let bytes = elements * bits / 8;
        let own = &values.bytes()[index * bytes..][..bytes];
        let own = Value::from_bytes(values.dtype(), self.shape.clone(), own);
        let own = own.map_err(|error| error.to_string())?;
        in_type(own, &self.tensor, rule)
    }
}
