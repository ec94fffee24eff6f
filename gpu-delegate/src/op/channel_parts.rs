//! Layers whose weights no shader may see at once: parts of their output channels are computed one after the other, each from
//! weights of its own, and joined.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::Conv2dParams;
use demilite_shaders::{Element, QUAD_ELEMENTS};

use super::check::Moved;
use super::concatenation::ConcatenationPlan;
use super::matrix_product::{MatrixProduct, Operands};
use super::pad::Border;
use crate::context::GpuContext;
use crate::lowering::{LowerError, Lowering};
use crate::program::Storage;
use crate::storage::{check_binding, storage_bytes};
use crate::weight_layout::{Channels, WeightLayout};

/// Output channels that parts have a multiple of where so many fit: whole workgroups of every kernel.
const PART_CHANNELS: usize = 64;

/// The parts of the output channels of a layer, as few as the device's limit allows. Where not even a quad of channels fits, and
/// where channels are grouped, there is one part, which is as large as the limit says that it must not be.
pub(super) fn channel_parts(
    sizes: &Conv2dParams,
    layout: WeightLayout,
    element: Element,
    context: &GpuContext,
) -> Vec<Channels> {
    let all = sizes.output_channels as usize;
    let is_grouped = sizes.group_channels != sizes.output_channels;
    let fits = |count: &usize| {
        let elements = layout.with_outputs(*count).elements(0);
        check_binding(context, "", storage_bytes(elements, element)).is_ok()
    };
    if is_grouped || fits(&all) {
        return vec![Channels::all(all)];
    }
    let most = |step: usize| {
        let counts = (1..=all / step).map(|steps| steps * step);
        counts.take_while(fits).last()
    };
    let Some(count) = most(PART_CHANNELS).or_else(|| most(QUAD_ELEMENTS)) else {
        return vec![Channels::all(all)];
    };
    let first = (0..all).step_by(count);
    first
        .map(|first| Channels {
            first,
            count: count.min(all - first),
            all,
        })
        .collect()
}

/// Joins the outputs of parts, `positions` rows of their channels each, to the output of the layer.
pub(super) fn join(
    positions: usize,
    parts: &[(Channels, Storage)],
    output: Storage,
    lowering: &mut Lowering<'_>,
) {
    let counts: Vec<usize> = parts.iter().map(|(channels, _)| channels.count).collect();
    let storages: Vec<Storage> = parts.iter().map(|&(_, storage)| storage).collect();
    ConcatenationPlan::new(Moved::Float, positions, &counts).join(&storages, output, lowering);
}

/// A product of floats with constant weights, in parts.
pub(super) struct ProductParts {
    parts: Vec<(Channels, MatrixProduct)>,
    operands: Operands,
}

impl ProductParts {
    /// Checks a product, whose filter has the element `filter`, against what the kernels can do.
    pub(super) fn new(
        sizes: Conv2dParams,
        filter: Element,
        operands: Operands,
        context: &GpuContext,
    ) -> Result<Self, Reject> {
        let layout = MatrixProduct::layout(&sizes);
        let parts = channel_parts(&sizes, layout, filter, context);
        let is_whole = parts.len() == 1;
        let parts = parts.into_iter().map(|channels| {
            let part = match is_whole {
                true => sizes,
                false => Conv2dParams {
                    output_channels: channels.count as u32,
                    group_channels: channels.count as u32,
                    ..sizes
                },
            };
            Ok((
                channels,
                MatrixProduct::new(part, filter, operands, context)?,
            ))
        });
        Ok(ProductParts {
            parts: parts.collect::<Result<_, Reject>>()?,
            operands,
        })
    }

    /// Has positions outside of the picture stand for a border around it; whether they can.
    pub(super) fn fold(&mut self, border: Border) -> bool {
        let mut parts = self.parts.iter_mut();
        parts.all(|(_, product)| product.fold(border))
    }

    /// Adds the dispatches from `input` to `output`; the bias is the node's, or zeros where `biased` is not set.
    pub(super) fn dispatch(
        &self,
        node: &NodeContext<'_>,
        input: Storage,
        biased: bool,
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let element = lowering.element(output);
        let mut outputs = Vec::new();
        for &(channels, ref product) in &self.parts {
            let weights = lowering.weights_of(node, 1, product.weights(), channels)?;
            let bias = match biased {
                true => lowering.bias(node, self.operands.bias, channels)?,
                false => lowering.zeros(channels.count)?,
            };
            let part = match channels.is_all() {
                true => output,
                false => lowering.intermediate(product.elements(), element)?,
            };
            product.dispatch([input, weights, bias], part, lowering)?;
            outputs.push((channels, part));
        }
        if outputs.len() > 1 {
            let positions = self.parts[0].1.positions();
            join(positions, &outputs, output, lowering);
        }
        Ok(())
    }

    /// Adds the dispatches from the node's input to its output.
    pub(super) fn lower(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.input(node, self.operands.input)?;
        let elements = self.parts.iter().map(|(_, product)| product.elements());
        let output = lowering.output(node, 0, elements.sum())?;
        self.dispatch(node, input, true, output, lowering)
    }
}
