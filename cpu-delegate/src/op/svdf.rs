//! SVDF of 8-bit integers: features of the newest input join those of the past, which time weights add up.

use std::iter::zip;

use demilite_core::op::{Activation, Svdf};
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer::per_tensor;
use demilite_core::{DataType, NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use crate::dot;
use crate::machine::Machine;
use crate::vectors::dispatch;

/// A step.
struct IntegerSvdf {
    /// Elements of a row of the input.
    inputs: usize,
    filters: usize,
    /// Features of a filter.
    memory: usize,
    /// Filters of a unit.
    rank: usize,
    input_zero_point: i32,
    /// From sums over the input to features.
    feature: QuantizedMultiplier,
    /// From sums over the features to outputs.
    output: QuantizedMultiplier,
    output_zero_point: i32,
    machine: Machine,
}

impl IntegerSvdf {
    #[inline(always)]
    fn step(
        &self,
        (input, features): (&[i8], &[i8]),
        (time, bias): (&[i16], Option<&[i32]>),
        state: &mut [i16],
        output: &mut [i8],
    ) {
        let &IntegerSvdf { memory, rank, .. } = self;
        // All features move one step into the past, and the newest take the last places.
        state.copy_within(1.., 0);
        let filters = features.chunks_exact(self.inputs);
        let newest = state.iter_mut().skip(memory - 1).step_by(memory);
        for (filter, newest) in zip(filters, newest) {
            let sum = dot::bytes(filter, input, self.input_zero_point);
            let feature = self.feature.apply(sum);
            *newest = feature.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
        let units = zip(
            state.chunks_exact(memory * rank),
            time.chunks_exact(memory * rank),
        );
        for (unit, (output, (features, weights))) in zip(output, units).enumerate() {
            let bias = bias.map_or(0, |bias| bias[unit]);
            let sum = dot::words(features, weights).wrapping_add(bias);
            let shifted = self.output.apply(sum).wrapping_add(self.output_zero_point);
            *output = shifted.clamp(i8::MIN.into(), i8::MAX.into()) as i8;
        }
    }
}

impl Kernel for IntegerSvdf {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let (input, features) = (io.input::<i8>(0)?, io.input(1)?);
        let weights = (io.input(2)?, io.optional_input(3)?);
        let (state, output) = io.variable_and_output::<i16, i8>(Svdf::STATE)?;
        let states = state.chunks_exact_mut(self.filters * self.memory);
        let outputs = output.chunks_exact_mut(self.filters / self.rank);
        for (input, (state, output)) in zip(input.chunks_exact(self.inputs), zip(states, outputs)) {
            dispatch(
                self.machine.set,
                #[inline(always)]
                || self.step((input, features), weights, state, output),
            );
        }
        Ok(())
    }
}

/// Expects input `index` to have as many elements as these extents come to, where it is there.
fn expect_elements(
    node: &NodeContext<'_>,
    index: usize,
    extents: &[usize],
) -> Result<(), Unprepared> {
    let elements: usize = extents.iter().product();
    if node.input(index).is_none() || node.shape(index)?.elements() == elements {
        return Ok(());
    }
    let rule = format!("its input {index} needs {elements} elements");
    Err(Reject::invalid(rule).into())
}

pub(crate) fn prepare(op: &Svdf, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    use DataType::{Int8, Int16, Int32};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.required(2)?.dtype,
        node.input(3).map_or(Int32, |bias| bias.dtype),
        node.required(Svdf::STATE)?.dtype,
        node.output(0).dtype,
    ];
    if types != [Int8, Int8, Int16, Int32, Int16, Int8] {
        return Err(Unprepared::types(node));
    }
    if op.activation != Activation::Relu {
        let reason = "no integer kernel for another fused activation than RELU";
        return Err(Reject::unsupported(reason).into());
    }
    let (input, features, time) = (node.shape(0)?, node.shape(1)?, node.shape(2)?);
    let (&[batches, inputs], &[filters, _], &[_, memory]) = (&input[..], &features[..], &time[..])
    else {
        return Err(Reject::invalid("its inputs are no matrices").into());
    };
    let rank = op.rank;
    if [inputs, filters, memory, rank].contains(&0) || filters % rank != 0 {
        let reason = "no fast kernel for units of no filter, or of a part of one";
        return Err(Reject::unsupported(reason).into());
    }
    expect_elements(node, 1, &[filters, inputs])?;
    expect_elements(node, 2, &[filters, memory])?;
    expect_elements(node, 3, &[filters / rank])?;
    expect_elements(node, Svdf::STATE, &[batches, filters, memory])?;
    let (input_scale, input_zero_point) = per_tensor(node.required(0)?)?;
    let (output_scale, output_zero_point) = per_tensor(node.output(0))?;
    let scale = |index: usize| Ok::<f32, Unprepared>(per_tensor(node.required(index)?)?.0);
    let state_scale = scale(Svdf::STATE)?;
    let feature = input_scale * scale(1)? / state_scale;
    let output = state_scale * scale(2)? / output_scale;
    Ok(Box::new(IntegerSvdf {
        inputs,
        filters,
        memory,
        rank,
        input_zero_point,
        feature: QuantizedMultiplier::from_factor(feature.into()),
        output: QuantizedMultiplier::from_factor(output.into()),
        output_zero_point,
        machine,
    }))
}
