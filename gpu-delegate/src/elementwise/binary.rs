//! Elementwise operations of two tensors.

use demilite_core::op::Activation;
use demilite_core::quantization::layer;
use demilite_core::quantization::{CommonScale, PowerOfTwoScale};
use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_shaders::table::{
    self, BinaryInt64Params, BinaryIntegerParams, BinaryParams, BinaryQuantizedParams,
};
use demilite_shaders::{Element, Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use crate::device::Device;
use crate::elementwise::sum::QuantizedSum;
use crate::elementwise::whole_numbers::{narrowed, whole_numbers};
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::float_constant;
use crate::node::check::{self, Moved, Numbers, rule, word};
use crate::node::geometry::{broadcast_dims, broadcast_quads, rows};
use crate::node::quantized;
use crate::program::{Dispatch, ValueCheck, line};

/// The interval of all floats.
pub(crate) const EVERYTHING: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

/// What is computed of each two elements.
pub(crate) enum Arithmetic {
    /// Of floats, with the interval of the fused activation.
    Float(&'static Kernel, (f32, f32)),
    /// Of quantized integers; the sizes are still to come.
    Quantized(&'static Kernel, Element, BinaryQuantizedParams),
    /// Of 32-bit floats, which come out as such: rounded to 16 bits, they would step over whole numbers.
    Single(&'static Kernel),
    /// Of integers that stand for themselves, with the interval of the fused activation.
    Integer(&'static Kernel, Element, (i32, i32)),
    /// The same of integers of 64 bits.
    Int64(&'static Kernel, (i64, i64)),
}

/// How a node broadcasts, and what it computes.
pub(crate) struct BinaryPlan {
    dims: Vec<[usize; 4]>,
    length: usize,
    arithmetic: Arithmetic,
    /// Whether input 1 is the kernel's first operand.
    is_swapped: bool,
    /// What every invocation checks of input 1.
    check: Option<ValueCheck>,
}

/// Checks a node of two inputs that broadcast; `arithmetic` gives what is computed of numbers of a kind.
pub(crate) fn plan(
    node: &NodeContext<'_>,
    device: &Device,
    arithmetic: impl FnOnce(Numbers) -> Result<Arithmetic, Reject>,
) -> Result<BinaryPlan, Reject> {
    plan_beside(node, device, |numbers| numbers, arithmetic)
}

/// As [`plan`], where `other` gives the second input's numbers by those of the first and of the output.
pub(crate) fn plan_beside(
    node: &NodeContext<'_>,
    device: &Device,
    other: impl FnOnce(Numbers) -> Numbers,
    arithmetic: impl FnOnce(Numbers) -> Result<Arithmetic, Reject>,
) -> Result<BinaryPlan, Reject> {
    let numbers = check::numbers(node)?;
    let output = check::output(node, device)?;
    let left = check::data(node, 0, numbers, device)?;
    let right = check::data(node, 1, other(numbers), device)?;
    let plan = BinaryPlan {
        dims: broadcast_dims(&[left, right], output),
        length: output.elements(),
        arithmetic: arithmetic(numbers)?,
        is_swapped: false,
        check: None,
    };
    rows::<6>(plan.dims.clone())?;
    Ok(plan)
}

/// Checks a node of two inputs that broadcast, of integers that stand for themselves or of bools.
pub(crate) fn plan_integers(
    node: &NodeContext<'_>,
    device: &Device,
    kernel: &'static Kernel,
    activation: Activation,
) -> Result<BinaryPlan, Reject> {
    let Moved::Bits(element, 1) = check::moved(node, [0, 1], device)? else {
        return Err(check::no_kernel(node));
    };
    let (smallest, largest) = check::range(activation)?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "infinite bounds saturate to the ends of the type"
    )]
    let bounds = (smallest as i32, largest as i32);
    plan_moved(node, Arithmetic::Integer(kernel, element, bounds))
}

/// The same of integers of 64 bits.
pub(crate) fn plan_int64(
    node: &NodeContext<'_>,
    device: &Device,
    kernel: &'static Kernel,
    activation: Activation,
) -> Result<BinaryPlan, Reject> {
    check::moved(node, [0, 1], device)?;
    let (smallest, largest) = check::range(activation)?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "infinite bounds saturate to the ends of the type"
    )]
    let bounds = (smallest as i64, largest as i64);
    plan_moved(node, Arithmetic::Int64(kernel, bounds))
}

/// The plan of a node whose tensors are known to be on the device.
fn plan_moved(node: &NodeContext<'_>, arithmetic: Arithmetic) -> Result<BinaryPlan, Reject> {
    let output = check::known_output(node, 0)?;
    let [left, right] = [0, 1].map(|index| node.shape(index).map_err(rule));
    let plan = BinaryPlan {
        dims: broadcast_dims(&[left?, right?], output),
        length: output.elements(),
        arithmetic,
        is_swapped: false,
        check: None,
    };
    rows::<6>(plan.dims.clone())?;
    Ok(plan)
}

impl BinaryPlan {
    /// The sum that a plan of ADD is, where it is one of two tensors of quantized integers and neither repeats.
    pub(crate) fn quantized_sum(&self) -> Option<QuantizedSum> {
        let Arithmetic::Quantized(kernel, _, params) = &self.arithmetic else {
            return None;
        };
        let is_whole = matches!(self.dims[..], [] | [[_, 1, 1, _]]);
        let power_of_two = kernel.name == table::ADD_POWER_OF_TWO.name;
        is_whole.then(|| QuantizedSum::new(power_of_two, params))
    }

    /// Hands the operands to the kernel in the other order.
    pub(crate) fn swapped(self) -> Self {
        BinaryPlan {
            is_swapped: true,
            ..self
        }
    }

    /// Has input 1, of floats, checked for zeros: a constant at once, others in every invocation.
    pub(crate) fn with_divisor(mut self, node: &NodeContext<'_>) -> Result<Self, Reject> {
        let constant = node
            .input_id(1)
            .and_then(|id| float_constant(node.graph(), id)?.view());
        let Some(constant) = constant else {
            self.check = Some(ValueCheck::FloatDivisor);
            return Ok(self);
        };
        let width = if constant.dtype() == DataType::Float16 {
            2
        } else {
            4
        };
        let is_zero = |bytes: &[u8]| {
            let (high, low) = (bytes[width - 1], &bytes[..width - 1]);
            // The highest bit is the sign.
            high & 0x7f == 0 && low.iter().all(|&byte| byte == 0)
        };
        match constant.bytes().chunks_exact(width).any(is_zero) {
            true => Err(Reject::unsupported("a divisor is 0")),
            false => Ok(self),
        }
    }

    /// Has the quantized integers of input 1, less their zero point, checked in every invocation.
    pub(crate) fn checked_less_zero_point(self, check: ValueCheck) -> Self {
        BinaryPlan {
            check: Some(check),
            ..self
        }
    }

    /// Has input 1 checked: a constant at once, other integers in every invocation.
    pub(crate) fn checked(
        mut self,
        check: ValueCheck,
        node: &NodeContext<'_>,
    ) -> Result<Self, Reject> {
        match node.indices(1) {
            Ok(values) => {
                // No divisor beyond 32 bits is 0, and other constants have no more.
                let values = values
                    .into_iter()
                    .filter_map(|value| i32::try_from(value).ok());
                check.check(values).map_err(Reject::unsupported)?;
                Ok(self)
            }
            Err(OpError::Unknown { .. }) => {
                self.check = Some(check);
                Ok(self)
            }
            Err(error) => Err(rule(error)),
        }
    }
}

/// The clamp, zero points and factors of two quantized inputs that are brought to a common scale.
pub(crate) fn common_scale(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<CommonScale, Reject> {
    let output = node.output(0);
    let left_shift = if output.dtype == DataType::Int16 {
        15
    } else {
        20
    };
    let inputs = [quantized::of_input(node, 0)?, quantized::of_input(node, 1)?];
    let clamp = layer::quantized_clamp(activation, output)?;
    Ok(CommonScale::new(
        left_shift,
        inputs,
        layer::per_tensor(output)?,
        clamp,
    ))
}

/// The params of [`common_scale`].
pub(crate) fn common_scale_params(scale: &CommonScale) -> BinaryQuantizedParams {
    BinaryQuantizedParams {
        activation_min: scale.clamp.0,
        activation_max: scale.clamp.1,
        left_shift: scale.left_shift,
        left_zero_point: scale.zero_points[0],
        left_multiplier: scale.multipliers[0].multiplier,
        left_exponent: scale.multipliers[0].shift,
        right_zero_point: scale.zero_points[1],
        right_multiplier: scale.multipliers[1].multiplier,
        right_exponent: scale.multipliers[1].shift,
        output_zero_point: scale.output_zero_point,
        output_multiplier: scale.output_multiplier.multiplier,
        output_exponent: scale.output_multiplier.shift,
        ..BinaryQuantizedParams::default()
    }
}

/// The params of 16-bit inputs whose scales are powers of two; none where one is not.
pub(crate) fn power_of_two_params(
    activation: Activation,
    node: &NodeContext<'_>,
) -> Result<Option<BinaryQuantizedParams>, Reject> {
    let inputs = [
        quantized::of_input(node, 0)?.0,
        quantized::of_input(node, 1)?.0,
    ];
    let output = layer::per_tensor(node.output(0))?.0;
    let Some(right_shifts) = PowerOfTwoScale::right_shifts(inputs, output) else {
        return Ok(None);
    };
    if !PowerOfTwoScale::allows(right_shifts) {
        return Err(Reject::invalid(
            "with scales that are powers of two, one 16-bit input needs the output's scale, and the other one no greater",
        ));
    }
    let (activation_min, activation_max) = layer::quantized_clamp(activation, node.output(0))?;
    Ok(Some(BinaryQuantizedParams {
        activation_min,
        activation_max,
        left_exponent: right_shifts[0],
        right_exponent: right_shifts[1],
        ..BinaryQuantizedParams::default()
    }))
}

/// Adds the dispatch.
pub(crate) fn lower(
    plan: BinaryPlan,
    node: &NodeContext<'_>,
    lowering: &mut Lowering<'_>,
) -> Result<(), LowerError> {
    let constant = |index| {
        node.input_id(index)
            .is_some_and(|id| lowering.is_constant(id))
    };
    let is_float = matches!(plan.arithmetic, Arithmetic::Float(..));
    let is_single = matches!(plan.arithmetic, Arithmetic::Single(_));
    // The kernel's second operand may have any float element, so that a constant goes there.
    let reversed = is_float && constant(0) && !constant(1);
    let [input_index, other_index] = if reversed { [1, 0] } else { [0, 1] };
    let input = match is_float {
        true => lowering.input(node, input_index)?,
        false if is_single => lowering.single_input(node, input_index)?,
        false => lowering.stored_input(node, input_index)?,
    };
    let other = match is_single {
        true => lowering.single_input(node, other_index)?,
        false => lowering.stored_input(node, other_index)?,
    };
    if let Some(check) = plan.check {
        let count = node.shape(1).map_err(rule)?.elements();
        let checked = match &plan.arithmetic {
            Arithmetic::Quantized(_, _, params) => {
                whole_numbers(other, count, params.right_zero_point, lowering)?
            }
            Arithmetic::Int64(..) => narrowed(other, count, lowering)?,
            Arithmetic::Float(..) | Arithmetic::Integer(..) | Arithmetic::Single(_) => other,
        };
        lowering.check_values(checked, count, check);
    }

    let mut dims = plan.dims;
    if reversed {
        dims.iter_mut().for_each(|dim| dim.swap(1, 2));
    }
    let (quads, [input_quads, other_quads, _]) = broadcast_quads(&dims);
    let (dims, rank) = rows(dims)?;
    let length = word(plan.length)?;
    let mut constants = vec![
        ("quads", quads.into()),
        ("input_quads", input_quads.into()),
        ("other_quads", other_quads.into()),
        ("reversed", (reversed != plan.is_swapped).into()),
    ];
    let mut words = plan.length;
    let (kernel, params, output) = match plan.arithmetic {
        Arithmetic::Float(kernel, (activation_min, activation_max)) => {
            let params = BinaryParams {
                dims,
                rank,
                length,
                activation_min,
                activation_max,
            };
            (
                kernel,
                params.bytes(),
                lowering.output(node, 0, plan.length)?,
            )
        }
        Arithmetic::Quantized(kernel, element, params) => {
            let params = BinaryQuantizedParams {
                dims,
                rank,
                length,
                ..params
            };
            let output = lowering.output_of(node, plan.length, element)?;
            (kernel, params.bytes(), output)
        }
        Arithmetic::Single(kernel) => {
            let (activation_min, activation_max) = EVERYTHING;
            let params = BinaryParams {
                dims,
                rank,
                length,
                activation_min,
                activation_max,
            };
            let output = lowering.output_of(node, plan.length, Element::F32)?;
            (kernel, params.bytes(), output)
        }
        Arithmetic::Integer(kernel, element, (activation_min, activation_max)) => {
            let params = BinaryIntegerParams {
                dims,
                rank,
                length,
                activation_min,
                activation_max,
                bits: word(8 * element.bytes())?,
            };
            let output = lowering.output_of(node, plan.length, element)?;
            (kernel, params.bytes(), output)
        }
        Arithmetic::Int64(kernel, (least, greatest)) => {
            words = 2 * plan.length;
            let params = BinaryInt64Params {
                dims,
                rank,
                length: word(words)?,
                activation_min: both_words(least),
                activation_max: both_words(greatest),
            };
            // Each integer is read by itself.
            constants = Vec::new();
            let output = lowering.output_of(node, words, Element::I32)?;
            (kernel, params.bytes(), output)
        }
    };
    lowering.dispatch(Dispatch {
        kernel,
        rows: Rows::Aligned,
        constants,
        params,
        output,
        operands: vec![(Role::Input, input), (Role::Weight, other)],
        workgroups: line(words.div_ceil(QUAD_ELEMENTS), 64),
    });
    Ok(())
}

/// The low and the high word of an integer.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the other word has the rest"
)]
fn both_words(integer: i64) -> [u32; 2] {
    [integer as u32, (integer >> 32) as u32]
}
