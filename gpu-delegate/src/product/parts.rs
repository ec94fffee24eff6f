//! Layers whose weights no shader may see at once: parts of their output channels are computed one after the other, each from
//! weights of its own, and joined. So are groups whose channels no invocation computes side by side, each from a slice of the input.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, Conv2dParams};
use demilite_shaders::{Element, QUAD_ELEMENTS};

use super::float::MatrixProduct;
use super::zero_padding::ZeroPadding;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::buffer::{check_binding, storage_bytes};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::movement::join::ConcatenationPlan;
use crate::movement::take::Places;
use crate::node::check::{Moved, word};
use crate::product::operands::Operands;
use crate::program::Storage;

/// Output channels that parts have a multiple of where that many fit: whole workgroups of every kernel.
const PART_CHANNELS: usize = 64;

/// Groups that are computed one after the other at most.
const MAX_APART: usize = 64;

/// The groups of a convolution as parts, where an invocation's block of channels would not end with a group.
pub(crate) fn groups_apart(sizes: &Conv2dParams) -> Option<Vec<Channels>> {
    let (count, all) = (sizes.group_channels, sizes.output_channels as usize);
    let is_apart = count as usize != all && !count.is_multiple_of(table::CONV_2D_CHANNELS);
    let count = count as usize;
    let groups = || (0..all).step_by(count);
    let parts = groups().map(|first| Channels { first, count, all });
    is_apart.then(|| parts.collect())
}

/// Checks that groups which are computed one after the other are not too many.
pub(crate) fn check_groups(parts: &[Channels]) -> Result<(), Reject> {
    if parts.len() <= MAX_APART {
        return Ok(());
    }
    Err(Reject::unsupported(format!(
        "{} groups of {} output channels, which is not a multiple of {}, and the maximum is {MAX_APART} such groups",
        parts.len(),
        parts[0].count,
        table::CONV_2D_CHANNELS
    )))
}

/// Adds the dispatch that takes channels `first` to `first + depth` of `pixels` pixels of `channels` each.
pub(crate) fn channel_slice(
    input: Storage,
    [pixels, channels]: [usize; 2],
    [first, depth]: [usize; 2],
    lowering: &mut Lowering<'_>,
) -> Result<Storage, LowerError> {
    let places = Places::new(&[pixels, depth], Moved::Float, 0.0, |axis, index| {
        Some(match axis {
            0 => index * channels,
            _ => first + index,
        })
    })?;
    places.taken(input, lowering)
}

/// The parts of the output channels of a layer, as few as the device's limit allows. Where not even a quad of channels fits, and
/// where channels are grouped, there is one part, which is as large as the limit says that it must not be.
pub(crate) fn channel_parts(
    sizes: &Conv2dParams,
    layout: WeightLayout,
    element: Element,
    device: &Device,
) -> Vec<Channels> {
    if let Some(groups) = groups_apart(sizes) {
        return groups;
    }
    let all = sizes.output_channels as usize;
    let is_grouped = sizes.group_channels != sizes.output_channels;
    let fits = |count: &usize| {
        let elements = layout.with_outputs(*count).elements(0);
        check_binding(device, "", storage_bytes(elements, element)).is_ok()
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
pub(crate) fn join(
    positions: usize,
    parts: &[(Channels, Storage)],
    output: Storage,
    lowering: &mut Lowering<'_>,
) -> Result<(), Reject> {
    let counts: Vec<usize> = parts.iter().map(|(channels, _)| channels.count).collect();
    let storages: Vec<Storage> = parts.iter().map(|&(_, storage)| storage).collect();
    let plan = ConcatenationPlan::new(Moved::Float, positions, &counts)?;
    plan.join(&storages, output, lowering);
    Ok(())
}

/// A product of floats with constant weights, in parts.
pub(crate) struct ProductParts {
    parts: Vec<(Channels, MatrixProduct)>,
    /// Whether each part has input channels of its own.
    is_apart: bool,
    operands: Operands,
}

impl ProductParts {
    /// Checks a product, whose filter has the element `filter`, against what the kernels can do.
    pub(crate) fn new(
        sizes: Conv2dParams,
        filter: Element,
        operands: Operands,
        device: &Device,
    ) -> Result<Self, Reject> {
        let layout = MatrixProduct::layout(&sizes);
        let parts = channel_parts(&sizes, layout, filter, device);
        let is_whole = parts.len() == 1;
        let is_apart = groups_apart(&sizes).is_some();
        if is_apart {
            check_groups(&parts)?;
        }
        let parts = parts.into_iter().map(|channels| {
            let part = match is_whole {
                true => sizes,
                false => Conv2dParams {
                    output_channels: word(channels.count)?,
                    group_channels: word(channels.count)?,
                    input_channels: match is_apart {
                        true => sizes.filter_channels,
                        false => sizes.input_channels,
                    },
                    ..sizes
                },
            };
            Ok((
                channels,
                MatrixProduct::new(part, filter, operands, device)?,
            ))
        });
        Ok(ProductParts {
            parts: parts.collect::<Result<_, Reject>>()?,
            is_apart,
            operands,
        })
    }

    /// Whether the padding around input 0 folds into the kernels.
    pub(crate) fn folds(&self) -> bool {
        self.parts.iter().all(|(_, product)| product.folds())
    }

    /// Folds that padding into the kernels.
    pub(crate) fn fold(&mut self, padding: ZeroPadding) {
        for (_, product) in &mut self.parts {
            product.fold(padding);
        }
    }

    /// Adds the dispatches from `input` to `output`; the bias is the node's, or zeros where `biased` is not set.
    pub(crate) fn dispatch(
        &self,
        node: &NodeContext<'_>,
        input: Storage,
        biased: bool,
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let element = lowering.element(output);
        let mut outputs = Vec::new();
        for (index, &(channels, ref product)) in self.parts.iter().enumerate() {
            let input = match self.is_apart {
                true => {
                    let [pixels, depth] = product.input_extents();
                    let extents = [pixels, depth * self.parts.len()];
                    channel_slice(input, extents, [index * depth, depth], lowering)?
                }
                false => input,
            };
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
            join(positions, &outputs, output, lowering)?;
        }
        Ok(())
    }

    /// Adds the dispatches from the node's input to its output.
    pub(crate) fn lower(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let activation = lowering.activation_element();
        let mut parts = self.parts.iter();
        let reads_any = !self.is_apart
            && parts.all(|(_, product)| product.reads_any_float(activation, lowering.device()));
        let input = match reads_any {
            true => lowering.float_input(node, self.operands.input)?,
            false => lowering.input(node, self.operands.input)?,
        };
        let elements = self.parts.iter().map(|(_, product)| product.elements());
        let output = lowering.output(node, 0, elements.sum())?;
        self.dispatch(node, input, true, output, lowering)
    }
}
