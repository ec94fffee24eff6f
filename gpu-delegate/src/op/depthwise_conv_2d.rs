//! DEPTHWISE_CONV_2D.

mod grid;

use demilite_core::op::{DepthwiseConv2d, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject, TensorId};
use demilite_shaders::table::{self, DepthwiseConv2dParams, DepthwiseConv2dQuantizedParams};
use demilite_shaders::{Element, Params, QUAD, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::device::tuning::depthwise_class;
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::node::check::{self, Numbers, rule, word};
use crate::node::effect::Effect;
use crate::node::quantized;
use crate::product::dynamic_range::{self, DynamicRange, RowArithmetic, UNCLAMPED};
use crate::product::operands::Operands;
use crate::product::output_stage::{self, Factors};
use crate::product::zero_padding::ZeroPadding;
use crate::program::{Dispatch, Storage, line};
use grid::Grid;

/// Invocations of a workgroup of [`table::DEPTHWISE_CONV_2D`] along channels and along columns.
const WORKGROUP: [u32; 2] = [8, 8];

/// The same of [`table::DEPTHWISE_CONV_2D_QUANTIZED`].
const INTEGER_WORKGROUP: [u32; 2] = [8, 4];

/// Most taps of which 64-bit sums are made: products of 16-bit integers and bytes add up in 32 bits.
const MAX_WIDE_TAPS: usize = 511;

/// What the dispatch of a node needs to know.
pub(super) enum DepthwisePlan {
    /// Of floats.
    Float(FloatPlan),
    /// Of quantized integers.
    Integer(IntegerPlan),
    /// Of floats that are quantized on the way with weights that are integers.
    DynamicRange(FloatPlan, DynamicRange),
}

/// The sizes, and the grids of kernels for whole quads where any take them, the usual one first.
pub(super) struct FloatPlan {
    params: DepthwiseConv2dParams,
    grids: Vec<Grid>,
}

/// The sizes, and what becomes of a sum.
pub(super) struct IntegerPlan {
    params: DepthwiseConv2dQuantizedParams,
    grids: Vec<Grid>,
    element: Element,
    wide: bool,
    biases: Vec<i64>,
    factors: Factors,
}

impl GpuOp for DepthwiseConv2d {
    type Plan = DepthwisePlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<DepthwisePlan, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        let numbers = check::numbers(node)?;
        let image = check::data(node, 0, numbers, device)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let weights = node.shape(1).map_err(rule)?;
        let output = check::output(node, device)?;
        let [batch, output_height, output_width, outputs] =
            nhwc(output, "output").map_err(shape)?;
        let [rows, columns] = self.windows(nhwc(weights, "filter").map_err(shape)?);
        let vertical = rows.place(height, self.padding).map_err(shape)?;
        let horizontal = columns.place(width, self.padding).map_err(shape)?;
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        // Four elements one after the other, or a block of four columns.
        check::iterations(4 * (rows.size * (columns.size + 1) + 2))?;
        let params = DepthwiseConv2dParams {
            length: word(output.elements())?,
            input_height: word(height)?,
            input_width: word(width)?,
            input_channels: word(channels)?,
            filter_height: word(rows.size)?,
            filter_width: word(columns.size)?,
            output_height: word(output_height)?,
            output_width: word(output_width)?,
            output_channels: word(outputs)?,
            depth_multiplier: word(outputs / channels)?,
            stride_height: word(rows.stride)?,
            stride_width: word(columns.stride)?,
            dilation_height: word(rows.dilation)?,
            dilation_width: word(columns.dilation)?,
            pad_top: word(vertical.padding_before)?,
            pad_left: word(horizontal.padding_before)?,
            activation_min,
            activation_max,
        };
        match numbers {
            Numbers::Float if dynamic_range::is_dynamic_range(node) => {
                let grids = Grid::all(&params, batch, WORKGROUP, device);
                let scales = dynamic_range::filter_scales(node, outputs, 3)?;
                let arithmetic = RowArithmetic {
                    rows: batch,
                    symmetric: false,
                    together: true,
                };
                let clamp = (activation_min, activation_max);
                let range =
                    DynamicRange::new(node, Operands::FIRST, arithmetic, &scales, clamp, device)?;
                let params = DepthwiseConv2dParams {
                    activation_min: UNCLAMPED.0,
                    activation_max: UNCLAMPED.1,
                    ..params
                };
                Ok(DepthwisePlan::DynamicRange(
                    FloatPlan { params, grids },
                    range,
                ))
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, device)?;
                check::binding("the filter", weights.elements(), element, device)?;
                check::bias(node, 2, device)?;
                let grids = Grid::all(&params, batch, WORKGROUP, device);
                Ok(DepthwisePlan::Float(FloatPlan { params, grids }))
            }
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(element) => {
                check::binding("the filter", weights.elements(), element, device)?;
                let grids = Grid::all(&params, batch, INTEGER_WORKGROUP, device);
                IntegerPlan::new(self, (params, grids), element, node).map(DepthwisePlan::Integer)
            }
        }
    }

    fn lower(
        &self,
        plan: DepthwisePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        match plan {
            DepthwisePlan::Float(plan) => plan.lower(node, lowering),
            DepthwisePlan::Integer(plan) => plan.lower(node, lowering),
            DepthwisePlan::DynamicRange(plan, range) => {
                range.lower(node, lowering, |input, output, lowering| {
                    let weights = lowering.weights(node, 1, WeightLayout::File)?;
                    let bias = lowering.zeros(plan.params.output_channels as usize)?;
                    plan.dispatch([input, weights, bias], output, lowering)
                })
            }
        }
    }

    fn folds(&self, plan: &DepthwisePlan) -> bool {
        match plan {
            DepthwisePlan::Float(_) | DepthwisePlan::Integer(_) => true,
            // Rows are quantized with their padding.
            DepthwisePlan::DynamicRange(..) => false,
        }
    }

    fn fold(&self, plan: &mut DepthwisePlan, padding: ZeroPadding) {
        let (size, pad) = match plan {
            DepthwisePlan::Float(FloatPlan { params: p, .. }) => (
                (&mut p.input_height, &mut p.input_width),
                (&mut p.pad_top, &mut p.pad_left),
            ),
            DepthwisePlan::Integer(IntegerPlan { params: p, .. }) => (
                (&mut p.input_height, &mut p.input_width),
                (&mut p.pad_top, &mut p.pad_left),
            ),
            DepthwisePlan::DynamicRange(..) => return,
        };
        padding.fold(size.0, size.1, pad.0, pad.1);
    }

    fn takes_steps(&self, plan: &DepthwisePlan) -> bool {
        matches!(plan, DepthwisePlan::Float(_))
    }

    fn takes_sum(&self, plan: &DepthwisePlan) -> bool {
        match plan {
            // Invocations of several rows write in several places, and drivers take minutes to compile so many sums.
            DepthwisePlan::Integer(plan) => !plan.grids.first().is_some_and(|grid| grid.walks),
            DepthwisePlan::Float(_) | DepthwisePlan::DynamicRange(..) => false,
        }
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::LAYER.clamped(self.activation)
    }
}

impl FloatPlan {
    fn lower(self, node: &NodeContext<'_>, lowering: &mut Lowering<'_>) -> Result<(), LowerError> {
        let p = &self.params;
        let input = lowering.input(node, 0)?;
        let weights = lowering.weights(node, 1, WeightLayout::File)?;
        let bias = lowering.bias(node, 2, Channels::all(p.output_channels as usize))?;
        let output = lowering.output(node, 0, p.length as usize)?;
        self.dispatch([input, weights, bias], output, lowering)
    }

    /// Adds the dispatch over input, weights and bias.
    fn dispatch(
        &self,
        [input, weights, bias]: [Storage; 3],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let p = &self.params;
        let columns = [p.filter_width, p.stride_width, p.dilation_width];
        let operands = vec![
            (Role::Input, input),
            (Role::Weight, weights),
            (Role::Bias, bias),
        ];
        let dispatch = |kernel, constants, workgroups| Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params: p.bytes(),
            output,
            operands: operands.clone(),
            workgroups,
        };
        let on_grid = |grid: &Grid| {
            let kernel = match grid.walks {
                true => &table::DEPTHWISE_CONV_2D_ROWS,
                false => &table::DEPTHWISE_CONV_2D,
            };
            grid.candidate(dispatch(kernel, grid.constants(columns), grid.workgroups))
        };
        let Some((usual, rivals)) = self.grids.split_first() else {
            let (kernel, workgroups) = (&table::DEPTHWISE_CONV_2D_ANY, any_grid(p.length));
            lowering.dispatch(dispatch(kernel, vec![("quads", 0)], workgroups));
            return Ok(());
        };
        let [read, filter, written] =
            [input, weights, output].map(|operand| lowering.element(operand));
        let elements = format!("{read:?} {filter:?} to {written:?}");
        let class = depthwise_class(&elements, [p.length, p.output_channels, p.stride_width]);
        lowering.dispatch_fastest(class, on_grid(usual), rivals.iter().map(on_grid));
        Ok(())
    }
}

impl IntegerPlan {
    /// The plan of a node whose sizes are those of a convolution of floats.
    fn new(
        op: &DepthwiseConv2d,
        (sizes, grids): (DepthwiseConv2dParams, Vec<Grid>),
        element: Element,
        node: &NodeContext<'_>,
    ) -> Result<Self, Reject> {
        quantized::weights(node)?;
        let wide = layer::sums_are_wide(node, 2, 0)?;
        let taps = (sizes.filter_height * sizes.filter_width) as usize;
        if wide && taps > MAX_WIDE_TAPS {
            return Err(Reject::unsupported(format!(
                "{taps} taps, and 64-bit sums are made of at most {MAX_WIDE_TAPS}"
            )));
        }
        let outputs = sizes.output_channels as usize;
        let (activation_min, activation_max) =
            layer::quantized_clamp(op.activation, node.output(0))?;
        let filter = node.required(1).map_err(rule)?;
        let params = DepthwiseConv2dQuantizedParams {
            length: sizes.length,
            input_height: sizes.input_height,
            input_width: sizes.input_width,
            input_channels: sizes.input_channels,
            filter_height: sizes.filter_height,
            filter_width: sizes.filter_width,
            output_height: sizes.output_height,
            output_width: sizes.output_width,
            output_channels: sizes.output_channels,
            depth_multiplier: sizes.depth_multiplier,
            stride_height: sizes.stride_height,
            stride_width: sizes.stride_width,
            dilation_height: sizes.dilation_height,
            dilation_width: sizes.dilation_width,
            pad_top: sizes.pad_top,
            pad_left: sizes.pad_left,
            input_zero_point: quantized::of_input(node, 0)?.1,
            filter_zero_point: layer::filter_zero_point(filter)?,
            output_zero_point: layer::per_tensor(node.output(0))?.1,
            activation_min,
            activation_max,
        };
        Ok(IntegerPlan {
            params,
            grids,
            element,
            wide,
            biases: quantized::bias(node, 2, wide)?.unwrap_or_else(|| vec![0; outputs]),
            factors: Factors::FixedPoint(layer::channel_multipliers(node, 0, outputs, 3)?),
        })
    }

    fn lower(self, node: &NodeContext<'_>, lowering: &mut Lowering<'_>) -> Result<(), LowerError> {
        let p = &self.params;
        let input = lowering.stored_input(node, 0)?;
        let weights = lowering.weights(node, 1, WeightLayout::File)?;
        let stage = output_stage::lower(node, 2, &self.biases, &self.factors, self.wide, lowering)?;
        let output = lowering.output_of(node, p.length as usize, self.element)?;
        let columns = [p.filter_width, p.stride_width, p.dilation_width];
        let wide = ("wide", self.wide.into());
        let operands = vec![
            (Role::Input, input),
            (Role::Weight, weights),
            (Role::Bias, stage),
        ];
        let dispatch = |kernel, constants, workgroups| Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params: p.bytes(),
            output,
            operands: operands.clone(),
            workgroups,
        };
        let on_grid = |grid: &Grid| {
            let kernel = match grid.walks {
                true => &table::DEPTHWISE_CONV_2D_ROWS_QUANTIZED,
                false => &table::DEPTHWISE_CONV_2D_QUANTIZED,
            };
            let constants = [wide].into_iter().chain(grid.constants(columns)).collect();
            grid.candidate(dispatch(kernel, constants, grid.workgroups))
        };
        let Some((usual, rivals)) = self.grids.split_first() else {
            let kernel = &table::DEPTHWISE_CONV_2D_ANY_QUANTIZED;
            let constants = vec![("quads", 0), wide];
            lowering.dispatch(dispatch(kernel, constants, any_grid(p.length)));
            return Ok(());
        };
        let elements = format!("{:?}{}", self.element, if self.wide { " wide" } else { "" });
        let class = depthwise_class(&elements, [p.length, p.output_channels, p.stride_width]);
        lowering.dispatch_fastest(class, on_grid(usual), rivals.iter().map(on_grid));
        Ok(())
    }
}

/// The workgroups of the kernels for any channels.
fn any_grid(length: u32) -> [u32; 3] {
    line(length.div_ceil(QUAD) as usize, 64)
}
