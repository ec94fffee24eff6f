//! SVDF: a fully connected layer over a window of time, factored into features and their past.

use super::version::is_dynamic_range;
use super::{Activation, Attributes};
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, SVDFOptions};
use crate::shape::Shape;

/// Inputs: `[batch, input]`; feature weights `[filters, input]`; time weights `[filters, memory]`;
/// an optional bias `[units]`; the state `[batch, filters · memory]`, a variable. The output is
/// `[batch, units]`, where `filters = units · rank`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Svdf {
    /// The filters that are added up for each unit.
    pub rank: usize,
    /// What is applied to the result.
    pub activation: Activation,
    /// Whether a float input that meets integer weights is quantized with a zero point.
    pub asymmetric_quantize_inputs: bool,
}

impl Svdf {
    /// The input that is a variable.
    pub const STATE: usize = 4;

    fn units(&self, filters: usize) -> Result<usize, OpError> {
        match filters.checked_rem(self.rank) {
            Some(0) => Ok(filters / self.rank),
            _ => Err(OpError::rule(format!(
                "{filters} filters are not a multiple of the rank {}",
                self.rank
            ))),
        }
    }
}

impl Attributes for Svdf {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, SVDFOptions)?;
        let rank = usize::try_from(options.rank).map_err(|_| OpError::Attribute {
            attribute: "rank",
            value: options.rank.into(),
        })?;
        Ok(Svdf {
            rank,
            activation: Activation::from_code(options.fused_activation_function)?,
            asymmetric_quantize_inputs: options.asymmetric_quantize_inputs,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = SVDFOptions {
            rank: self.rank as i32,
            fused_activation_function: self.activation.code(),
            asymmetric_quantize_inputs: self.asymmetric_quantize_inputs,
        };
        (BuiltinOperator::Svdf, BuiltinOptions::SVDFOptions(options))
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(3..=5, 1..=1)?;
        node.expect_variable(Self::STATE)
    }

    fn state_inputs(&self) -> &'static [usize] {
        &[Self::STATE]
    }

    fn least_version(&self, node: &NodeContext<'_>) -> i32 {
        match node.input_type(0) {
            Some(DataType::Int8) => 3,
            _ if !is_dynamic_range(node, 1) => 1,
            _ if self.asymmetric_quantize_inputs => 4,
            _ => 2,
        }
    }

    fn infer(&self, node: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        let [input, features, time] = [node.shape(0)?, node.shape(1)?, node.shape(2)?];
        let (&[batch, length], &[filters, width], &[rows, _]) =
            (&input[..], &features[..], &time[..])
        else {
            return Err(OpError::rule(format!(
                "shapes {input}, {features}, {time} where matrices are needed"
            )));
        };
        if (length, rows) != (width, filters) {
            return Err(OpError::rule(format!(
                "an input of shape {input} meets weights of shapes {features} and {time}"
            )));
        }
        Ok(vec![Shape::from([batch, self.units(filters)?])])
    }
}
