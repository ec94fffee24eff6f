//! Reductions over any dimensions.

use demilite_core::op::mean::reduced_axes;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::{NodeContext, Reject, Shape};
use demilite_shaders::table::{self, MeanQuantizedParams, ReduceParams};
use demilite_shaders::{Kernel, Params, QUAD_ELEMENTS, Role, Rows};

use super::check::{self, Moved, rule};
use super::geometry::{merged, rows};
use super::quantized;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::{Dispatch, line};

/// Sizes, and how the work is shared.
pub(super) struct ReducePlan {
    params: ReduceParams,
    is_quads: bool,
    /// Whether every axis is reduced, and folds that start with an element start with the first.
    is_whole: bool,
    /// Quads of output of a workgroup, and invocations that share a quad.
    workgroup: [u32; 2],
}

/// What becomes of a sum of quantized integers.
pub(super) struct Rescaling {
    input_zero_point: i32,
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    range: (i32, i32),
}

impl Rescaling {
    /// The rescaling of sums, each divided by `divisor`.
    pub(super) fn new(node: &NodeContext<'_>, divisor: usize) -> Result<Self, Reject> {
        Self::of(node, |input, output| {
            let multiplier = QuantizedMultiplier::from_factor(input / output);
            match divisor {
                1 => multiplier,
                _ => multiplier.divided_by(divisor as i64),
            }
        })
    }

    /// The rescaling of each product on the way to one of `count` numbers.
    pub(super) fn of_products(node: &NodeContext<'_>, count: usize) -> Result<Self, Reject> {
        Self::of(node, |input, output| {
            QuantizedMultiplier::from_factor(input / output.powf(1.0 / count as f64))
        })
    }

    fn of(
        node: &NodeContext<'_>,
        multiplier: impl FnOnce(f64, f64) -> QuantizedMultiplier,
    ) -> Result<Self, Reject> {
        let (input_scale, input_zero_point) = quantized::of_input(node, 0)?;
        let (output_scale, output_zero_point) = quantized::per_tensor(node.output(0))?;
        Ok(Rescaling {
            input_zero_point,
            multiplier: multiplier(input_scale.into(), output_scale.into()),
            output_zero_point,
            range: quantized::range(node.output(0))?,
        })
    }

    fn params(&self, sizes: ReduceParams) -> MeanQuantizedParams {
        MeanQuantizedParams {
            kept: sizes.kept,
            reduced: sizes.reduced,
            kept_rank: sizes.kept_rank,
            reduced_rank: sizes.reduced_rank,
            length: sizes.length,
            count: sizes.count,
            input_zero_point: self.input_zero_point,
            multiplier: self.multiplier.multiplier,
            exponent: self.multiplier.shift,
            output_zero_point: self.output_zero_point,
            smallest: self.range.0,
            largest: self.range.1,
        }
    }
}

impl ReducePlan {
    /// Checks a node of a tensor and the axes that it reduces.
    pub(super) fn new(node: &NodeContext<'_>, context: &GpuContext) -> Result<Self, Reject> {
        let numbers = check::numbers(node)?;
        let input = check::data(node, 0, numbers, context)?;
        Self::of(node, input, check::output(node, context)?)
    }

    /// Checks a node of a tensor of integers that stand for themselves, or of bools, and the axes that it reduces.
    pub(super) fn integers(node: &NodeContext<'_>, context: &GpuContext) -> Result<Self, Reject> {
        let Moved::Bits(_, 1) = check::moved(node, [0], context)? else {
            return Err(check::no_kernel(node));
        };
        let input = node.shape(0).map_err(rule)?;
        Self::of(node, input, check::known_output(node, 0)?)
    }

    fn of(node: &NodeContext<'_>, input: &Shape, output: &Shape) -> Result<Self, Reject> {
        let reduced = reduced_axes(input, &check::indices(node, 1)?).map_err(rule)?;
        let is_whole = reduced.iter().all(|&reduced| reduced);
        let dims = dims(input, &reduced);
        let is_quads = dims
            .last()
            .is_none_or(|&(extent, _, reduced)| !reduced && extent.is_multiple_of(QUAD_ELEMENTS));
        let side = |which: bool| {
            let dims = dims.iter().filter(|dim| dim.2 == which);
            rows(
                dims.map(|&(extent, step, _)| [extent, step, 0, 0])
                    .collect(),
            )
        };
        let ((kept, kept_rank), (reduced, reduced_rank)) = (side(false)?, side(true)?);
        let length = output.elements();
        let count = input.elements() / length;
        let workgroup = if length.div_ceil(QUAD_ELEMENTS) < 8 {
            [1, 32]
        } else {
            [8, 8]
        };
        let steps = count.div_ceil(workgroup[1] as usize);
        check::iterations(
            steps * (1 + reduced_rank as usize) + 4 * kept_rank as usize + workgroup[1] as usize,
        )?;
        let params = ReduceParams {
            kept,
            reduced,
            kept_rank,
            reduced_rank,
            length: length as u32,
            count: count as u32,
        };
        Ok(ReducePlan {
            params,
            is_quads,
            is_whole,
            workgroup,
        })
    }

    /// How many elements fall together.
    pub(super) fn count(&self) -> usize {
        self.params.count as usize
    }

    /// Adds the dispatch of `kernel`.
    pub(super) fn lower(
        &self,
        kernel: &'static Kernel,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        self.dispatch(kernel, self.params.bytes(), node, lowering)
    }

    /// Adds the dispatch of means of 32-bit integers, of which each invocation sums up all that fall together.
    pub(super) fn lower_means(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        self.dispatch_in_order(&table::MEAN_INTEGER, self.params.bytes(), node, lowering)
    }

    /// Adds the dispatch of sums that are rescaled.
    pub(super) fn lower_rescaled(
        &self,
        rescaling: &Rescaling,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let params = rescaling.params(self.params).bytes();
        self.dispatch(&table::MEAN_QUANTIZED, params, node, lowering)
    }

    /// Checks that each output may be computed by one invocation from one input after the other.
    pub(super) fn in_order(&self) -> Result<(), Reject> {
        let p = &self.params;
        let steps = p.count as usize * (1 + p.reduced_rank as usize) + p.kept_rank as usize;
        check::iterations(QUAD_ELEMENTS * steps)
    }

    /// Adds the dispatch of products that are rescaled, one factor after the other.
    pub(super) fn lower_products(
        &self,
        rescaling: &Rescaling,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        self.dispatch_in_order(
            &table::REDUCE_PROD_QUANTIZED,
            rescaling.params(self.params).bytes(),
            node,
            lowering,
        )
    }

    /// Adds the dispatch of a kernel whose invocations each take one input after the other.
    fn dispatch_in_order(
        &self,
        kernel: &'static Kernel,
        params: Vec<u8>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.params.length as usize;
        let (input, output) = lowering.same_element(node, length)?;
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params,
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn dispatch(
        &self,
        kernel: &'static Kernel,
        params: Vec<u8>,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.params.length as usize;
        let (input, output) = lowering.same_element(node, length)?;
        let mut constants = vec![
            ("quads", self.is_quads.into()),
            ("workgroup_quads", self.workgroup[0]),
            ("workgroup_slices", self.workgroup[1]),
        ];
        let extremes = [table::REDUCE_MAX.name, table::REDUCE_MIN.name];
        if extremes.contains(&kernel.name) {
            constants.push(("starts_with_first", self.is_whole.into()));
        }
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params,
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), self.workgroup[0]),
        });
        Ok(())
    }
}

/// Extent, step and whether it is reduced of each dimension, outermost first, merged.
fn dims(shape: &Shape, reduced: &[bool]) -> Vec<(usize, usize, bool)> {
    let steps = shape.strides();
    let dims = (0..shape.rank())
        .filter(|&dim| shape[dim] != 1)
        .map(|dim| (shape[dim], steps[dim], reduced[dim]));
    merged(dims, |outer, inner| {
        (outer.2 == inner.2).then_some((outer.0 * inner.0, inner.1, inner.2))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spatial_mean_reduces_one_dimension() {
        let dims = dims(&Shape::from([2, 5, 7, 11]), &[false, true, true, false]);
        assert_eq!(dims, [(2, 385, false), (35, 11, true), (11, 1, false)]);
    }

    #[test]
    fn dimensions_of_extent_one_vanish() {
        let dims = dims(&Shape::from([1, 5, 1, 7]), &[false, true, false, true]);
        assert_eq!(dims, [(35, 1, true)]);
    }
}
