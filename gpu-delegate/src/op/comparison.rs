//! EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL.

use demilite_core::op::Comparison;
use demilite_core::op::comparison::ComparisonKind;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{DataType, NodeContext, Reject, TensorId};
use demilite_shaders::table::{
    self, ComparisonFloatParams, ComparisonInt64Params, ComparisonIntegerParams,
};
use demilite_shaders::{Element, Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, rule, word};
use crate::node::effect::{Effect, Range};
use crate::node::geometry::{broadcast_dims, broadcast_quads, rows};
use crate::node::quantized;
use crate::program::{Dispatch, line};

/// How two tensors broadcast, and what is compared.
pub(super) struct ComparisonPlan {
    dims: Vec<[usize; 4]>,
    length: usize,
    numbers: Compared,
}

/// What is compared.
enum Compared {
    /// Floats.
    Floats,
    /// Integers as they are.
    Integers,
    /// Integers of 64 bits.
    Int64,
    /// Bools, true if they are not 0.
    Bools,
    /// Quantized integers, each operand with its zero point and the factor that it is brought to reals by.
    Quantized([(i32, QuantizedMultiplier); 2]),
}

impl GpuOp for Comparison {
    type Plan = ComparisonPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<ComparisonPlan, Reject> {
        let [left, right] = [
            check::readable(node, 0, device)?,
            check::readable(node, 1, device)?,
        ];
        let output = check::known_output(node, 0)?;
        let plan = ComparisonPlan {
            dims: broadcast_dims(&[left, right], output),
            length: output.elements(),
            numbers: compared(self.kind, node)?,
        };
        if matches!(plan.numbers, Compared::Int64) {
            for (what, shape) in [("input 0", left), ("input 1", right)] {
                check::binding(what, 2 * shape.elements(), Element::I32, device)?;
            }
        }
        rows::<6>(plan.dims.clone())?;
        Ok(plan)
    }

    fn lower(
        &self,
        plan: ComparisonPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        // Rounded to 16 bits first, floats that differ might be equal.
        let mut operands = [
            lowering.stored_input(node, 0)?,
            lowering.stored_input(node, 1)?,
        ];
        let mut dims = plan.dims;
        let (relation, reversed) = relation(self.kind);
        if reversed {
            operands.reverse();
            dims.iter_mut().for_each(|dim| dim.swap(1, 2));
        }
        let (quads, [left_quads, right_quads, _]) = broadcast_quads(&dims);
        let (kernel, params, choices) = kernel(&plan.numbers, dims, plan.length, reversed)?;
        let constants = [
            ("left_quads", left_quads.into()),
            ("right_quads", right_quads.into()),
            ("relation", relation),
        ];
        // Integers of 64 bits are read one by one.
        let is_wide = matches!(plan.numbers, Compared::Int64);
        let output = lowering.output_of(node, plan.length, Element::U8)?;
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: constants
                .into_iter()
                .chain([("quads", (quads || is_wide).into())])
                .chain(choices)
                .collect(),
            params,
            output,
            operands: vec![(Role::Weight, operands[0]), (Role::Bias, operands[1])],
            workgroups: line(plan.length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        // What it chooses or gives in integers depends on the last digit.
        Effect::exact(Range::Within)
    }
}

/// The relation's number in the kernels, and whether it is that of the operands in the other order.
fn relation(kind: ComparisonKind) -> (u32, bool) {
    match kind {
        ComparisonKind::Equal => (0, false),
        ComparisonKind::NotEqual => (1, false),
        ComparisonKind::Less => (2, false),
        ComparisonKind::LessEqual => (3, false),
        ComparisonKind::Greater => (2, true),
        ComparisonKind::GreaterEqual => (3, true),
    }
}

fn compared(kind: ComparisonKind, node: &NodeContext<'_>) -> Result<Compared, Reject> {
    let tests_equality = matches!(kind, ComparisonKind::Equal | ComparisonKind::NotEqual);
    let [left, right] = [0, 1].map(|index| node.required(index).map_err(rule));
    let (left, right) = (left?, right?);
    if left.dtype != right.dtype {
        return Err(Reject::invalid(format!(
            "{} is compared with {}",
            left.dtype, right.dtype
        )));
    }
    match left.dtype {
        DataType::Float32 | DataType::Float16 => Ok(Compared::Floats),
        DataType::Int32 => Ok(Compared::Integers),
        DataType::Int64 => Ok(Compared::Int64),
        DataType::Bool if tests_equality => Ok(Compared::Bools),
        // 16-bit numbers are rescaled for equality alone, and ordered as they are.
        DataType::Int16 if !tests_equality || left.quantization.is_none() => Ok(Compared::Integers),
        DataType::Int8 | DataType::UInt8 | DataType::Int16 => {
            let operand = |index| {
                let (scale, zero_point) = quantized::of_input(node, index)?;
                Ok((
                    zero_point,
                    QuantizedMultiplier::from_factor(f64::from(scale)),
                ))
            };
            Ok(Compared::Quantized([operand(0)?, operand(1)?]))
        }
        dtype => Err(Reject::unsupported(format!(
            "the inputs are {dtype}, and the GPU delegate compares float32, int8, uint8, int16, int32, int64 and bool"
        ))),
    }
}

type Choices = Vec<(&'static str, u32)>;

/// The kernel, its params, and what it is told of integers.
fn kernel(
    numbers: &Compared,
    dims: Vec<[usize; 4]>,
    length: usize,
    reversed: bool,
) -> Result<(&'static Kernel, Vec<u8>, Choices), Reject> {
    let (dims, rank) = rows(dims)?;
    let length = word(length)?;
    let sizes = ComparisonIntegerParams {
        dims,
        rank,
        length,
        ..ComparisonIntegerParams::default()
    };
    let integers = |params: ComparisonIntegerParams, choices| {
        (&table::COMPARISON_INTEGER, params.bytes(), choices)
    };
    Ok(match numbers {
        Compared::Floats => {
            let params = ComparisonFloatParams { dims, rank, length };
            (&table::COMPARISON_FLOAT, params.bytes(), Vec::new())
        }
        Compared::Integers => integers(sizes, Vec::new()),
        Compared::Int64 => {
            let params = ComparisonInt64Params { dims, rank, length };
            (&table::COMPARISON_INT64, params.bytes(), Vec::new())
        }
        Compared::Bools => integers(sizes, vec![("boolean", 1)]),
        Compared::Quantized([first, second]) => {
            let (left, right) = match reversed {
                false => (first, second),
                true => (second, first),
            };
            let params = ComparisonIntegerParams {
                left_zero_point: left.0,
                left_multiplier: left.1.multiplier,
                left_exponent: left.1.shift,
                right_zero_point: right.0,
                right_multiplier: right.1.multiplier,
                right_exponent: right.1.shift,
                ..sizes
            };
            integers(params, vec![("rescaled", 1)])
        }
    })
}
