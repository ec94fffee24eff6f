//! Reductions over any dimensions.

use demilite_core::op::mean::reduced_axes;
use demilite_core::quantization::QuantizedMultiplier;
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, Reject, Shape};
use demilite_shaders::table::{self, MeanQuantizedParams, ReduceParams};
use demilite_shaders::{Element, Kernel, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::stored_element;
use crate::node::check::{self, Moved, rule, word};
use crate::node::geometry::{merged, rows};
use crate::node::quantized;
use crate::program::{Dispatch, Storage, line};

/// Steps of a part, where many elements fall together and the results are few.
const PART: usize = 1 << 12;

/// Workgroups that parts are shared between at most.
const MAX_WORKGROUPS: usize = 256;

/// Elements from which on more invocations share what falls together.
const MANY: usize = 1 << 12;

/// Sizes, and how the work is shared.
#[derive(Clone)]
pub(crate) struct ReducePlan {
    params: ReduceParams,
    is_quads: bool,
    /// Whether the steps of a whole reduction are four elements each.
    is_lanes: bool,
    /// Whether every axis is reduced, and folds that start with an element start with the first.
    is_whole: bool,
    /// Quads of output of a workgroup, and invocations that share a quad.
    workgroup: [u32; 2],
    /// What reduces parts, whose results lie one after the other, and then those to the output; none where all falls together at
    /// once.
    parts: Option<Box<[ReducePlan; 2]>>,
}

/// What becomes of a sum of quantized integers.
pub(crate) struct Rescaling {
    input_zero_point: i32,
    multiplier: QuantizedMultiplier,
    output_zero_point: i32,
    range: (i32, i32),
}

impl Rescaling {
    /// The rescaling of sums, each divided by `divisor`.
    pub(crate) fn new(node: &NodeContext<'_>, divisor: usize) -> Result<Self, Reject> {
        Self::of(node, |input, output| {
            let multiplier = QuantizedMultiplier::from_factor(input / output);
            match divisor {
                1 => multiplier,
                _ => multiplier.divided_by(divisor as i64),
            }
        })
    }

    /// The rescaling of each product on the way to one of `count` numbers.
    pub(crate) fn of_products(node: &NodeContext<'_>, count: usize) -> Result<Self, Reject> {
        Self::of(node, |input, output| {
            QuantizedMultiplier::from_factor(input / output.powf(1.0 / count as f64))
        })
    }

    fn of(
        node: &NodeContext<'_>,
        multiplier: impl FnOnce(f64, f64) -> QuantizedMultiplier,
    ) -> Result<Self, Reject> {
        let (input_scale, input_zero_point) = quantized::of_input(node, 0)?;
        let (output_scale, output_zero_point) = layer::per_tensor(node.output(0))?;
        Ok(Rescaling {
            input_zero_point,
            multiplier: multiplier(input_scale.into(), output_scale.into()),
            output_zero_point,
            range: layer::range(node.output(0))?,
        })
    }

    fn params(&self, sizes: ReduceParams, wide: bool) -> MeanQuantizedParams {
        let [multiplier, exponent] = quantized::multiplier_words(self.multiplier, wide);
        MeanQuantizedParams {
            kept: sizes.kept,
            reduced: sizes.reduced,
            kept_rank: sizes.kept_rank,
            reduced_rank: sizes.reduced_rank,
            length: sizes.length,
            count: sizes.count,
            part_count: sizes.part_count,
            parts: sizes.parts,
            divisor: sizes.divisor,
            input_zero_point: self.input_zero_point,
            multiplier,
            exponent,
            output_zero_point: self.output_zero_point,
            smallest: self.range.0,
            largest: self.range.1,
        }
    }
}

impl ReducePlan {
    /// Checks a node of a tensor and the axes that it reduces.
    pub(crate) fn new(node: &NodeContext<'_>, device: &Device) -> Result<Self, Reject> {
        let numbers = check::numbers(node)?;
        let input = check::data(node, 0, numbers, device)?;
        Self::of(node, input, check::output(node, device)?)
    }

    /// Checks a node of a tensor of integers that stand for themselves, or of bools, and the axes that it reduces.
    pub(crate) fn integers(node: &NodeContext<'_>, device: &Device) -> Result<Self, Reject> {
        let Moved::Bits(_, 1) = check::moved(node, [0], device)? else {
            return Err(check::no_kernel(node));
        };
        let input = node.shape(0).map_err(rule)?;
        Self::of(node, input, check::known_output(node, 0)?)
    }

    /// Checks a node of a tensor of integers of 64 bits, and the axes that it reduces.
    pub(crate) fn int64(node: &NodeContext<'_>, device: &Device) -> Result<Self, Reject> {
        check::moved(node, [0], device)?;
        let input = node.shape(0).map_err(rule)?;
        let plan = Self::of(node, input, check::known_output(node, 0)?)?;
        plan.one_by_one()?;
        Ok(plan)
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
        let params = ReduceParams {
            kept,
            reduced,
            kept_rank,
            reduced_rank,
            length: word(length)?,
            count: word(count)?,
            part_count: word(count)?,
            parts: 1,
            divisor: word(count)?,
        };
        Ok(ReducePlan {
            params,
            is_quads,
            is_lanes: false,
            is_whole,
            workgroup: workgroup(length, count),
            parts: None,
        })
    }

    /// The same with steps of four elements in a row where all of the input falls together: they may be taken in any order.
    pub(crate) fn in_any_order(mut self) -> Self {
        let p = &mut self.params;
        let [extent, step, ..] = p.reduced[0];
        let is_row = p.kept_rank == 0 && p.reduced_rank == 1 && step == 1;
        if is_row && extent.is_multiple_of(QUAD) {
            p.reduced[0] = [extent / QUAD, QUAD, 0, 0];
            (p.count, p.part_count) = (p.count / QUAD, p.count / QUAD);
            self.workgroup = workgroup(1, p.count as usize);
            (self.is_quads, self.is_lanes) = (true, true);
        }
        self
    }

    /// How many elements fall together.
    pub(crate) fn count(&self) -> usize {
        self.params.divisor as usize
    }

    /// Checks that no invocation runs too long where one dispatch reduces all.
    pub(crate) fn at_once(&self) -> Result<(), Reject> {
        let p = &self.params;
        let slices = self.workgroup[1];
        let steps = p.part_count.div_ceil(slices) as usize;
        let kept = QUAD_ELEMENTS * p.kept_rank as usize;
        check::iterations(steps * (1 + p.reduced_rank as usize) + kept + slices.ilog2() as usize)
    }

    /// The same with parts reduced first where there is much to share.
    pub(crate) fn in_parts_or_at_once(mut self) -> Result<Self, Reject> {
        self.parts = self.split().map(Box::new);
        match &self.parts {
            Some(parts) => parts[0].at_once()?,
            None => self.at_once()?,
        }
        Ok(self)
    }

    /// What reduces parts, whose results lie one after the other, and then those to the output. None where all falls together at
    /// once.
    fn split(&self) -> Option<[ReducePlan; 2]> {
        let p = &self.params;
        let quads = p.length.div_ceil(QUAD);
        let groups = quads.div_ceil(self.workgroup[0]) as usize;
        let parts = (p.count as usize / PART).min(MAX_WORKGROUPS / groups.max(1));
        if parts < 2 {
            return None;
        }
        #[allow(
            clippy::cast_possible_truncation,
            reason = "no more than there are elements"
        )]
        let part_count = p.count.div_ceil(parts as u32);
        let parts = p.count.div_ceil(part_count);
        let mut first = self.clone();
        (first.params.part_count, first.params.parts) = (part_count, parts);
        let mut second = ReducePlan {
            is_quads: true,
            is_lanes: false,
            workgroup: [1, 32],
            ..self.clone()
        };
        let params = &mut second.params;
        (params.kept[0], params.kept_rank) = ([p.length, 1, 0, 0], 1);
        params.reduced[0] = [parts, quads * QUAD, 0, 0];
        params.reduced_rank = 1;
        (params.count, params.part_count) = (parts, parts);
        Some([first, second])
    }

    /// Elements of the output, with those that pad parts to whole quads.
    fn written(&self) -> usize {
        let length = self.params.length as usize;
        match self.params.parts {
            1 => length,
            parts => length.next_multiple_of(QUAD_ELEMENTS) * parts as usize,
        }
    }

    /// Adds the dispatches of `kernel`: of `of_parts` before it where parts are reduced first, floats as 32-bit ones.
    pub(crate) fn lower(
        &self,
        [of_parts, kernel]: [&'static Kernel; 2],
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.params.length as usize;
        let Some([first, second]) = self.parts.as_deref() else {
            let (input, output) = lowering.same_element(node, length)?;
            self.dispatch(kernel, self.params.bytes(), input, output, lowering);
            return Ok(());
        };
        let stored = stored_element(node.output(0).dtype);
        let (input, element) = match stored {
            Some((element, _)) => (lowering.stored_input(node, 0)?, element),
            None => (lowering.single_input(node, 0)?, Element::F32),
        };
        let between = lowering.intermediate(first.written(), element)?;
        first.dispatch(of_parts, first.params.bytes(), input, between, lowering);
        let output = match stored {
            None => lowering.output(node, 0, length)?,
            Some(_) => lowering.output_of(node, length, element)?,
        };
        if lowering.element(output) == element {
            second.dispatch(kernel, second.params.bytes(), between, output, lowering);
            return Ok(());
        }
        let single = lowering.intermediate(length, element)?;
        second.dispatch(kernel, second.params.bytes(), between, single, lowering);
        lowering.copy(single, output)?;
        Ok(())
    }

    /// Invocations that share what falls together in an element, where each takes one element at a time.
    fn slices(&self) -> u32 {
        match self.count() {
            ..64 => 8,
            _ => 64,
        }
    }

    /// Checks that means of 32-bit integers, and reductions of 64-bit ones, do not take an invocation too long.
    pub(crate) fn one_by_one(&self) -> Result<(), Reject> {
        let p = &self.params;
        let steps = p.count.div_ceil(self.slices()) as usize;
        let kept = p.kept_rank as usize;
        // The divisions of a QUAD take one for each bit.
        check::iterations(steps * (1 + p.reduced_rank as usize) + kept + 32 * QUAD_ELEMENTS + 8)
    }

    /// Adds the dispatch of means of 32-bit integers.
    pub(crate) fn lower_means(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.params.length as usize;
        let (input, output) = lowering.same_element(node, length)?;
        lowering.dispatch(Dispatch {
            kernel: &table::MEAN_INTEGER,
            rows: Rows::Aligned,
            constants: vec![("workgroup_slices", self.slices())],
            params: self.params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 1),
        });
        Ok(())
    }

    /// Adds the dispatch of `kernel`, of 64-bit integers.
    pub(crate) fn lower_int64(
        &self,
        kernel: &'static Kernel,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let words = 2 * self.params.length as usize;
        let (input, output) = lowering.same_element(node, words)?;
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: vec![("workgroup_slices", self.slices())],
            params: self.params.bytes(),
            output,
            operands: vec![(Role::Input, input)],
            workgroups: line(words.div_ceil(QUAD_ELEMENTS), 1),
        });
        Ok(())
    }

    /// Adds the dispatch of sums that are rescaled.
    pub(crate) fn lower_rescaled(
        &self,
        rescaling: &Rescaling,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let params = rescaling.params(self.params, false).bytes();
        let (input, output) = lowering.same_element(node, self.params.length as usize)?;
        self.dispatch(&table::MEAN_QUANTIZED, params, input, output, lowering);
        Ok(())
    }

    /// Checks that each output may be computed by one invocation from one input after the other.
    pub(crate) fn in_order(&self) -> Result<(), Reject> {
        let p = &self.params;
        let steps = p.count as usize * (1 + p.reduced_rank as usize) + p.kept_rank as usize;
        check::iterations(QUAD_ELEMENTS * steps)
    }

    /// Adds the dispatch of products that are rescaled, one factor after the other.
    pub(crate) fn lower_products(
        &self,
        rescaling: &Rescaling,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let length = self.params.length as usize;
        let (input, output) = lowering.same_element(node, length)?;
        lowering.dispatch(Dispatch {
            kernel: &table::REDUCE_PROD_QUANTIZED,
            rows: Rows::Aligned,
            constants: vec![("quads", 0)],
            params: rescaling.params(self.params, true).bytes(),
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
        input: Storage,
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) {
        let mut constants = vec![
            ("quads", self.is_quads.into()),
            ("lanes", self.is_lanes.into()),
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
            workgroups: line(self.written().div_ceil(QUAD_ELEMENTS), self.workgroup[0]),
        });
    }
}

/// Quads of output of a workgroup, and invocations that share a quad, where this many elements fall together in each of `length`.
fn workgroup(length: usize, count: usize) -> [u32; 2] {
    match length.div_ceil(QUAD_ELEMENTS) {
        ..8 => [1, 32],
        _ if count > MANY => [8, 32],
        _ => [8, 8],
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
