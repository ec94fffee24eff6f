//! ADD of tensors of one shape.

use demilite_core::quantization::{CommonScale, QuantizedMultiplier};
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::layers::float_clamp;
use crate::machine::Machine;
use crate::vectors;
use crate::weights::bytes_of;
use demilite_core::quantization::layer::{per_tensor, quantized_clamp};

/// A factor whose shift goes one way, so that a loop over elements has no branch.
#[derive(Debug, Clone, Copy)]
struct Factor {
    multiplier: i64,
    right: i32,
    mask: i32,
}

impl Factor {
    /// `None` where the factor is not below 1.
    fn new(multiplier: QuantizedMultiplier) -> Option<Self> {
        let right = u32::try_from(-multiplier.shift)
            .ok()
            .filter(|&right| right < 32)?;
        let mask = ((1_i64 << right) - 1) as i32;
        Some(Factor {
            multiplier: multiplier.multiplier.into(),
            right: right as i32,
            mask,
        })
    }

    /// The product, rounded twice. The first rounding, half away from zero, is a shift of the product plus a half.
    #[inline(always)]
    fn apply(self, value: i32) -> i32 {
        let product = ((i64::from(value) * self.multiplier + (1 << 30)) >> 31) as i32;
        let threshold = (self.mask >> 1) + i32::from(product < 0);
        (product >> self.right) + i32::from((product & self.mask) > threshold)
    }
}

/// The arithmetic of [`CommonScale`] for 8-bit numbers.
#[derive(Debug, Clone, Copy)]
struct Sum {
    zero_points: [i32; 2],
    inputs: [Factor; 2],
    output: Factor,
    output_zero_point: i32,
    clamp: (i32, i32),
}

impl Sum {
    #[inline(always)]
    fn of(&self, left: i32, right: i32) -> i32 {
        let rescale = |input: usize, value: i32| {
            self.inputs[input].apply((value - self.zero_points[input]) << 20)
        };
        let sum = rescale(0, left).wrapping_add(rescale(1, right));
        self.output
            .apply(sum)
            .wrapping_add(self.output_zero_point)
            .clamp(self.clamp.0, self.clamp.1)
    }
}

pub(crate) fn prepare(op: &op::Add, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    let tensors = [node.required(0)?, node.required(1)?, node.output(0)];
    if node.shape(0)? != node.shape(1)? {
        return Err(Reject::unsupported("no fast kernel for operands that are broadcast").into());
    }
    let output = tensors[2];
    match tensors.map(|tensor| tensor.dtype) {
        [DataType::Float32, DataType::Float32, DataType::Float32] => {
            let (low, high) = float_clamp(op.activation)?;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let inputs = [io.input::<f32>(0)?, io.input::<f32>(1)?];
                vectors::zip(
                    machine,
                    inputs,
                    io.output()?,
                    #[inline(always)]
                    |left, right| (left + right).clamp(low, high),
                );
                Ok(())
            }))
        }
        types @ ([DataType::Int8, DataType::Int8, DataType::Int8]
        | [DataType::UInt8, DataType::UInt8, DataType::UInt8]) => {
            let scale = CommonScale::new(
                20,
                [per_tensor(tensors[0])?, per_tensor(tensors[1])?],
                per_tensor(output)?,
                quantized_clamp(op.activation, output)?,
            );
            let factors = [
                scale.multipliers[0],
                scale.multipliers[1],
                scale.output_multiplier,
            ]
            .map(Factor::new);
            let [Some(left), Some(right), Some(out)] = factors else {
                let reason = "its output scale is too fine for the scales of its inputs";
                return Err(Reject::invalid(reason).into());
            };
            let sum = Sum {
                zero_points: scale.zero_points,
                inputs: [left, right],
                output: out,
                output_zero_point: scale.output_zero_point,
                clamp: scale.clamp,
            };
            let signed = types[0] == DataType::Int8;
            Ok(Box::new(move |io: &mut KernelIo<'_>| {
                let inputs = [io.view(0)?.bytes(), io.view(1)?.bytes()];
                let output = bytes_of(io)?;
                if signed {
                    vectors::zip(
                        machine,
                        inputs,
                        output,
                        #[inline(always)]
                        move |left: u8, right: u8| {
                            sum.of((left as i8).into(), (right as i8).into()) as u8
                        },
                    );
                } else {
                    vectors::zip(
                        machine,
                        inputs,
                        output,
                        #[inline(always)]
                        move |left: u8, right: u8| sum.of(left.into(), right.into()) as u8,
                    );
                }
                Ok(())
            }))
        }
        _ => Err(Unprepared::types(node)),
    }
}
