//! The matrix products of integers behind CONV_2D and FULLY_CONNECTED.

use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table::{self, Conv2dParams, Conv2dQuantizedParams};
use demilite_shaders::{Element, Params, QUAD, Role, Rows};

use super::output_stage::{self, Factors};
use super::parts::{channel_parts, channel_slice, check_groups, groups_apart, join};
use super::zero_padding::ZeroPadding;
use crate::device::Device;
use crate::device::tuning::{ProductKernel, Registers, rival_registers};
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::node::check::{self, rule, word};
use crate::node::quantized;
use crate::product::operands::Operands;
use crate::program::{Candidate, Dispatch, Storage};

/// The bits that a 64-bit bias may have where the factor is a double.
const MAX_BIAS_BITS: u32 = 40;

/// What an op says of its integers.
pub(crate) struct Quantities {
    /// The element of input and output.
    pub(crate) element: Element,
    /// The zero point of the filter.
    pub(crate) filter_zero_point: i32,
    /// The code of the type that an absent bias stands for.
    pub(crate) bias_type: i8,
    /// The bounds of the activation, as integers of the output.
    pub(crate) clamp: (i32, i32),
    /// The factor of each output channel.
    pub(crate) factors: Factors,
}

/// A product of integers, by the sizes of its convolution.
pub(crate) struct IntegerProduct {
    params: Conv2dQuantizedParams,
    operands: Operands,
    layout: WeightLayout,
    parts: Vec<Channels>,
    /// Whether each part has input channels of its own.
    is_apart: bool,
    element: Element,
    wide: bool,
    biases: Vec<i64>,
    factors: Factors,
}

impl IntegerProduct {
    /// Checks a product whose sizes are those of a convolution of floats.
    pub(crate) fn new(
        sizes: Conv2dParams,
        quantities: Quantities,
        operands: Operands,
        node: &NodeContext<'_>,
        device: &Device,
    ) -> Result<Self, Reject> {
        let Quantities {
            element,
            filter_zero_point,
            bias_type,
            clamp,
            factors,
        } = quantities;
        quantized::weights(node)?;
        let wide = layer::sums_are_wide(node, operands.bias, bias_type)?;
        let outputs = sizes.output_channels as usize;
        let biases =
            quantized::bias(node, operands.bias, wide)?.unwrap_or_else(|| vec![0; outputs]);
        if matches!(factors, Factors::Real(_))
            && biases
                .iter()
                .any(|bias| bias.unsigned_abs() >> MAX_BIAS_BITS != 0)
        {
            return Err(Reject::unsupported(format!(
                "a bias of more than {MAX_BIAS_BITS} bits"
            )));
        }
        let layout = WeightLayout::Words {
            outputs,
            taps: (sizes.filter_height * sizes.filter_width) as usize,
            inputs: sizes.filter_channels as usize,
        };
        let parts = channel_parts(&sizes, layout, Element::I8, device);
        let largest = layout.with_outputs(parts[0].count);
        check::binding("the filter", largest.elements(0), Element::I8, device)?;
        check::binding("the output stage", 4 * outputs + 16, Element::I32, device)?;
        let is_apart = groups_apart(&sizes).is_some();
        if is_apart {
            check_groups(&parts)?;
        }
        // Each tap loops over the positions of the invocation's block, and then along the depth.
        let block = table::CONV_2D_MOST_POSITIONS as usize + 1;
        let words = sizes.filter_channels.div_ceil(QUAD) as usize;
        let taps = (sizes.filter_height * sizes.filter_width) as usize;
        check::iterations(taps * (block + words + 2) + sizes.filter_height as usize + 1 + block)?;
        let product = IntegerProduct {
            params: Conv2dQuantizedParams {
                input_height: sizes.input_height,
                input_width: sizes.input_width,
                input_channels: sizes.input_channels,
                filter_height: sizes.filter_height,
                filter_width: sizes.filter_width,
                filter_channels: sizes.filter_channels,
                output_height: sizes.output_height,
                output_width: sizes.output_width,
                output_channels: sizes.output_channels,
                group_channels: sizes.group_channels,
                positions: sizes.positions,
                stride_height: sizes.stride_height,
                stride_width: sizes.stride_width,
                dilation_height: sizes.dilation_height,
                dilation_width: sizes.dilation_width,
                pad_top: sizes.pad_top,
                pad_left: sizes.pad_left,
                spread_height: sizes.spread_height,
                spread_width: sizes.spread_width,
                input_zero_point: quantized::of_input(node, operands.input)?.1
                    - signed_offset(element),
                filter_zero_point: filter_zero_point - signed_offset(element),
                output_zero_point: layer::per_tensor(node.output(0))?.1,
                activation_min: clamp.0,
                activation_max: clamp.1,
            },
            operands,
            layout,
            parts,
            is_apart,
            element,
            wide,
            biases,
            factors,
        };
        workgroups(registers(&product.params, device), &product.params)?;
        Ok(product)
    }

    /// The biases with whatever the input's zero point adds to a sum, which the kernel takes over the bytes as they are.
    fn folded_biases(&self, node: &NodeContext<'_>) -> Result<Vec<i64>, Reject> {
        let p = &self.params;
        let weights = quantized::filter_bytes(node)?;
        let flip = match node.required(1).map_err(rule)?.dtype {
            DataType::UInt8 => 0x80,
            _ => 0,
        };
        let depth = weights.len() / self.biases.len();
        let zero_point = i64::from(p.filter_zero_point);
        // A 16-bit element is 128 more than what its two signed bytes come to.
        let offset = match self.element {
            Element::I16 => 128,
            _ => -i64::from(p.input_zero_point),
        };
        let filters = weights.chunks_exact(depth);
        let folded = filters.zip(&self.biases).map(|(weights, bias)| {
            let weight = |&byte: &u8| i64::from((byte ^ flip) as i8) - zero_point;
            bias.wrapping_add(offset * weights.iter().map(weight).sum::<i64>())
        });
        Ok(folded.collect())
    }

    /// Whether the padding around input 0 folds into the kernel. A filter of one tap may be multiplied without a look at where it
    /// lies.
    pub(crate) fn folds(&self) -> bool {
        self.params.filter_height * self.params.filter_width != 1
    }

    /// Folds that padding into the kernel.
    pub(crate) fn fold(&mut self, padding: ZeroPadding) {
        let p = &mut self.params;
        let (height, width) = (&mut p.input_height, &mut p.input_width);
        padding.fold(height, width, &mut p.pad_top, &mut p.pad_left);
    }

    /// Adds the dispatches.
    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.stored_input(node, self.operands.input)?;
        let biases = self.folded_biases(node)?;
        let positions = self.params.positions as usize;
        let output = lowering.output_of(node, positions * biases.len(), self.element)?;
        let mut outputs = Vec::new();
        let p = &self.params;
        let images = p.positions / (p.output_height * p.output_width);
        let pixels = (images * p.input_height * p.input_width) as usize;
        let (all, depth) = (p.input_channels as usize, p.filter_channels as usize);
        for (index, &channels) in self.parts.iter().enumerate() {
            let input = match self.is_apart {
                true => channel_slice(input, [pixels, all], [index * depth, depth], lowering)?,
                false => input,
            };
            let layout = self.layout.with_outputs(channels.count);
            let weights = lowering.weights_of(node, 1, layout, channels)?;
            let stage = output_stage::lower(
                node,
                self.operands.bias,
                channels.slice(&biases),
                &self.factors.of(channels),
                self.wide,
                lowering,
            )?;
            let part = match channels.is_all() {
                true => output,
                false => lowering.intermediate(positions * channels.count, self.element)?,
            };
            self.dispatch([input, weights, stage], part, channels, lowering)?;
            outputs.push((channels, part));
        }
        if outputs.len() > 1 {
            join(positions, &outputs, output, lowering)?;
        }
        Ok(())
    }

    /// Adds the dispatch of a part over input, weights and output stage.
    fn dispatch(
        &self,
        [input, weights, stage]: [Storage; 3],
        output: Storage,
        channels: Channels,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let mut p = self.params;
        if !channels.is_all() {
            p.output_channels = word(channels.count)?;
            p.group_channels = p.output_channels;
        }
        if self.is_apart {
            p.input_channels = p.filter_channels;
        }
        let is_quads = |count: u32| count.is_multiple_of(QUAD);
        let rows = if is_quads(p.output_channels) || p.positions == 1 {
            Rows::Aligned
        } else {
            Rows::Scattered
        };
        let input_quads = is_quads(p.input_channels) && is_quads(p.filter_channels);
        let constants = [
            ("input_quads", input_quads.into()),
            ("spread", (p.spread_height * p.spread_width != 1).into()),
            ("wide", self.wide.into()),
            ("filter_offset", (p.filter_zero_point != 0).into()),
        ];
        let kernel = match self.factors {
            Factors::FixedPoint(_) => &table::CONV_2D_QUANTIZED,
            Factors::Real(_) => &table::FULLY_CONNECTED_QUANTIZED,
        };
        let device = lowering.device();
        let usual = registers(&p, device);
        let others = rival_registers(p.output_channels).filter(|&registers| registers != usual);
        let rivals =
            others.filter_map(|registers| Some((registers, workgroups(registers, &p).ok()?)));
        let elements = format!("{:?}{}", self.element, if self.wide { " wide" } else { "" });
        let class = device
            .tuning()
            .product_class(&format!("{} {elements}", kernel.name), &sizes(&p));
        let candidate = |(registers, workgroups): (Registers, [u32; 3])| Candidate {
            name: registers.to_string(),
            dispatch: Dispatch {
                kernel,
                rows,
                constants: constants.into_iter().chain(registers.constants()).collect(),
                params: p.bytes(),
                output,
                operands: vec![
                    (Role::Input, input),
                    (Role::Weight, weights),
                    (Role::Bias, stage),
                ],
                workgroups,
            },
            takes_sum: true,
        };
        let usual = candidate((usual, workgroups(usual, &p)?));
        lowering.dispatch_fastest(class, usual, rivals.map(candidate));
        Ok(())
    }
}

fn registers(params: &Conv2dQuantizedParams, device: &Device) -> Registers {
    (device.tuning()).registers(params.output_channels, params.positions)
}

/// The sizes of the same product of floats.
fn sizes(params: &Conv2dQuantizedParams) -> Conv2dParams {
    Conv2dParams {
        filter_height: params.filter_height,
        filter_width: params.filter_width,
        filter_channels: params.filter_channels,
        output_channels: params.output_channels,
        group_channels: params.group_channels,
        positions: params.positions,
        stride_height: params.stride_height,
        stride_width: params.stride_width,
        pad_top: params.pad_top,
        pad_left: params.pad_left,
        spread_height: params.spread_height,
        spread_width: params.spread_width,
        ..Conv2dParams::default()
    }
}

fn workgroups(registers: Registers, params: &Conv2dQuantizedParams) -> Result<[u32; 3], Reject> {
    let [x, y, _] = ProductKernel::Registers(registers).workgroups(&sizes(params));
    check::workgroups(x as usize)?;
    check::workgroups(y as usize)?;
    Ok([x, y, 1])
}

/// What unsigned bytes lose to become signed.
fn signed_offset(element: Element) -> i32 {
    if element == Element::U8 { 128 } else { 0 }
}
