//! Integers whose blocks have scales of their own.

use crate::dtype::DataType;
use crate::shape::Shape;
use crate::tensor::{Tensor, TensorId};

/// Symmetric parameters of blocks along the innermost dimension: `real = scale · q`, as the schema's `BlockwiseQuantization` has
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blockwise {
    /// The constant of the scales, float16 or float32: of the tensor's shape, but for the innermost dimension, which
    /// counts blocks.
    pub scales: TensorId,
    /// The constant of the zero points, if the file has one.
    pub zero_points: Option<TensorId>,
    /// Elements of a block; positive in a validated graph, and the innermost dimension has whole blocks.
    pub size: usize,
    /// The lengths of a block as the file adds them; may be empty.
    pub shape: Vec<i32>,
}

impl Blockwise {
    /// Checks the parameters of a tensor of this shape against those that the graph has.
    pub(crate) fn check(&self, shape: &Shape, tensors: &[Tensor]) -> Result<(), String> {
        let Some((&innermost, outer)) = shape.split_last() else {
            return Err("it has blocks, and is a scalar".to_owned());
        };
        if self.size == 0 || !innermost.is_multiple_of(self.size) {
            return Err(format!(
                "blocks of {} elements in a dimension of {innermost}",
                self.size
            ));
        }
        let named = |id: TensorId, what: &str| {
            let missing = || format!("{what} of its blocks are tensor {id}, and there is none");
            tensors.get(id.0).ok_or_else(missing)
        };
        if let Some(id) = self.zero_points {
            named(id, "the zero points")?;
        }
        let scales = named(self.scales, "the scales")?;
        let elements = outer.iter().product::<usize>() * (innermost / self.size);
        let is_float = matches!(scales.dtype, DataType::Float16 | DataType::Float32);
        if !is_float || scales.constant_view().is_none() || scales.shape.elements() != elements {
            return Err(format!(
                "the scales of its blocks, {:?}, are {} of shape {} where {elements} constant floats are needed",
                scales.name, scales.dtype, scales.shape
            ));
        }
        Ok(())
    }

    /// The scale of each block, in the order of the tensor's elements; empty where the scales are not a dense constant.
    pub fn scales_in(&self, tensors: &[Tensor]) -> Vec<f32> {
        let scales = tensors.get(self.scales.0);
        let Some(view) = scales.and_then(Tensor::constant_view) else {
            return Vec::new();
        };
        match (view.as_slice::<f32>(), view.as_slice::<half::f16>()) {
            (Ok(floats), _) => floats.to_vec(),
            (_, Ok(halves)) => halves.iter().map(|half| half.to_f32()).collect(),
            _ => Vec::new(),
        }
    }
}
