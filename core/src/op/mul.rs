//! MUL: elementwise product, with broadcasting.

use super::version::is_scaled;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, MulOptions};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Inputs: two tensors that broadcast together. Output: their common shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mul {
    /// Applied to the product.
    pub activation: Activation,
}

impl Attributes for Mul {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, MulOptions)?;
        Ok(Mul {
            activation: Activation::from_code(options.fused_activation_function)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = MulOptions {
            fused_activation_function: self.activation.code(),
        };
        (BuiltinOperator::Mul, BuiltinOptions::MulOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=2, 1..=1)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        let scale = |tensor: Option<&Tensor>| {
            let quantization = tensor.and_then(|tensor| tensor.quantization.as_ref());
            quantization.and_then(|quantization| Some(quantization.as_per_tensor()?.0))
        };
        let factor = || {
            let product = scale(node.input(0))? * scale(node.input(1))?;
            Some(product / scale(Some(node.output(0)))?)
        };
        match node.input_type(0) {
            Some(DataType::Float16) => 8,
            Some(DataType::UInt32) => 7,
            Some(DataType::Int16) if !is_scaled(node.input(0)) => 7,
            Some(DataType::Complex64) => 6,
            Some(DataType::Int64) => 5,
            Some(DataType::Int16) => 4,
            _ if factor().is_some_and(|factor| factor >= 1.0) => 3,
            Some(DataType::Int8) => 2,
            _ => 1,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![node.shape(0)?.broadcast(node.shape(1)?)?])
    }
}
