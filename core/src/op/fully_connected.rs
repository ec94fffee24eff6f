//! FULLY_CONNECTED: every output weighs every input.

use super::conv_2d::expect_bias;
use super::version::{are, is_per_axis};
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, FullyConnectedOptions};
use crate::shape::Shape;
use crate::work::output_elements;

/// Inputs: any shape with a multiple of `I` elements, weights `[O,I]`, optional bias `[O]`.
/// Output: `[batch,O]`, or the input's shape with `O` innermost under `keep_num_dims`.
#[derive(Debug, Clone, PartialEq)]
pub struct FullyConnected {
    /// Applied to the sum and its bias.
    pub activation: Activation,
    /// 0 for plain weights; 1 for weights shuffled in 4×16 blocks.
    pub weights_format: i8,
    /// Whether the output keeps the input's outer dimensions.
    pub keep_num_dims: bool,
    /// Whether dynamic-range inputs are quantized with a zero point.
    pub asymmetric_quantize_inputs: bool,
    /// Code of the bias type that the converter chose for 16-bit activations; 0 leaves it open.
    pub quantized_bias_type: i8,
}

impl Attributes for FullyConnected {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, FullyConnectedOptions)?;
        Ok(FullyConnected {
            activation: Activation::from_code(options.fused_activation_function)?,
            weights_format: options.weights_format,
            keep_num_dims: options.keep_num_dims,
            asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
            quantized_bias_type: options.quantized_bias_type,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = FullyConnectedOptions {
            fused_activation_function: self.activation.code(),
            weights_format: self.weights_format,
            keep_num_dims: self.keep_num_dims,
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
            quantized_bias_type: self.quantized_bias_type,
            ..FullyConnectedOptions::default()
        };
        (
            BuiltinOperator::FullyConnected,
            BuiltinOptions::FullyConnectedOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(2..=3, 1..=2)
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        use DataType::{Float32, Int2, Int4, Int8, Int16};
        let is_sparse = node
            .input(1)
            .is_some_and(|weights| weights.sparsity.is_some());
        let is_dynamic_range = are(node, &[Float32, Int8], Float32);
        if node.input_type(1) == Some(Int2) {
            14
        } else if are(node, &[Int16, Int4], Int16) {
            13
        } else if is_dynamic_range && is_per_axis(node.input(1)) {
            12
        } else if are(node, &[Int16, Int8], Int16) && self.quantized_bias_type != 0 {
            11
        } else if is_sparse {
            8
        } else if are(node, &[Int16, Int16], Int16) {
            7
        } else if node.input_count() == 2 {
            6
        } else if self.keep_num_dims {
            5
        } else if are(node, &[Int8, Int8], Int8) {
            4
        } else if are(node, &[Int8, Int4], Int8) {
            10
        } else if is_dynamic_range {
            if self.asymmetric_quantize_inputs {
                9
            } else {
                3
            }
        } else if self.weights_format != 0 {
            2
        } else {
            1
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let input = node.shape(0)?;
        let weights = node.shape(1)?;
        let &[outputs, inputs] = &weights[..] else {
            return Err(OpError::rule(format!(
                "weights of shape {weights} where two dimensions are needed"
            )));
        };
        if inputs == 0 || !input.elements().is_multiple_of(inputs) {
            return Err(OpError::rule(format!(
                "an input of shape {input} does not divide into rows of {inputs} elements"
            )));
        }
        expect_bias(node, 2, outputs)?;
        if self.keep_num_dims {
            if input.last() != Some(&inputs) {
                return Err(OpError::rule(format!(
                    "an input of shape {input} with keep_num_dims does not end in {inputs}"
                )));
            }
            let outer = input[..input.rank() - 1].iter().copied();
            return Ok(vec![outer.chain([outputs]).collect()]);
        }
        Ok(vec![Shape::from([input.elements() / inputs, outputs])])
    }

    fn multiply_adds(&self, node: &NodeContext<'_>) -> Result<u64, OpError> {
        let inputs = node.shape(1)?.last().copied().unwrap_or(1);
        Ok(output_elements(node)?.saturating_mul(inputs as u64))
    }
}
