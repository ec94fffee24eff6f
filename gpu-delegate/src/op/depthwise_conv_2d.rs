//! DEPTHWISE_CONV_2D.

use demilite_core::op::{DepthwiseConv2d, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject, TensorId};
use demilite_shaders::table::{self, DepthwiseConv2dParams, DepthwiseConv2dQuantizedParams};
use demilite_shaders::{Element, Params, QUAD, Role, Rows};

use super::GpuOp;
use crate::device::Device;
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

/// Invocations of a workgroup of [`table::DEPTHWISE_CONV_2D`] along channels and along columns.
const WORKGROUP: [u32; 2] = [8, 8];

/// The same of [`table::DEPTHWISE_CONV_2D_QUANTIZED`].
const INTEGER_WORKGROUP: [u32; 2] = [8, 4];

/// The same of the kernels whose invocations have several rows, at most.
const ROWS_WORKGROUP: [u32; 2] = [8, 4];

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

/// The sizes, and the grid of a kernel for whole quads where one takes them.
pub(super) struct FloatPlan {
    params: DepthwiseConv2dParams,
    grid: Option<Grid>,
}

/// The sizes, and what becomes of a sum.
pub(super) struct IntegerPlan {
    params: DepthwiseConv2dQuantizedParams,
    grid: Option<Grid>,
    element: Element,
    wide: bool,
    biases: Vec<i64>,
    factors: Factors,
}

/// How the invocations of a kernel for whole quads lie over the output.
#[derive(Clone, Copy)]
struct Grid {
    /// Whether each has several rows.
    walks: bool,
    /// Along channels and along columns.
    workgroup: [u32; 2],
    workgroups: [u32; 3],
}

impl Grid {
    /// The grid over the outputs of `batch` images, or none where no such kernel takes them. `workgroup` is that of kernels whose
    /// invocations have one row each.
    fn new(
        sizes: &DepthwiseConv2dParams,
        batch: usize,
        workgroup: [u32; 2],
        device: &Device,
    ) -> Option<Self> {
        let channels = sizes.output_channels;
        if sizes.depth_multiplier != 1 || !channels.is_multiple_of(QUAD) {
            return None;
        }
        let walks = device.tuning().walks_rows(sizes);
        let columns = sizes.output_width.div_ceil(table::DEPTHWISE_COLUMNS);
        let (workgroup, strips) = if walks {
            let [along_channels, most] = ROWS_WORKGROUP;
            // What lies beyond the last column is computed for nothing.
            let waste = columns.next_multiple_of(most) - columns;
            let along_columns = if waste > columns / 16 { most / 2 } else { most };
            let strips = sizes.output_height.div_ceil(table::DEPTHWISE_ROWS);
            ([along_channels, along_columns], strips)
        } else {
            (workgroup, sizes.output_height)
        };
        let strips = u32::try_from(batch * strips as usize).ok()?;
        (strips as usize <= check::MAX_WORKGROUPS).then(|| Grid {
            walks,
            workgroup,
            workgroups: [
                channels.div_ceil(workgroup[0] * QUAD),
                columns.div_ceil(workgroup[1]),
                strips,
            ],
        })
    }

    /// The constants of its kernel, given the filter's columns, their stride and dilation.
    fn constants(self, [filter, stride, dilation]: [u32; 3]) -> Vec<(&'static str, u32)> {
        let reads_once = filter == 3 && dilation == 1 && matches!(stride, 1 | 2);
        vec![
            ("workgroup_channels", self.workgroup[0]),
            ("workgroup_columns", self.workgroup[1]),
            ("stride_of_three", if reads_once { stride } else { 0 }),
        ]
    }
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
                let grid = Grid::new(&params, batch, WORKGROUP, device);
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
                    FloatPlan { params, grid },
                    range,
                ))
            }
            Numbers::Float => {
                let (_, element) = check::weights(node, 1, device)?;
                check::binding("the filter", weights.elements(), element, device)?;
                check::bias(node, 2, device)?;
                let grid = Grid::new(&params, batch, WORKGROUP, device);
                Ok(DepthwisePlan::Float(FloatPlan { params, grid }))
            }
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(element) => {
                check::binding("the filter", weights.elements(), element, device)?;
                let grid = Grid::new(&params, batch, INTEGER_WORKGROUP, device);
                IntegerPlan::new(self, (params, grid), element, node).map(DepthwisePlan::Integer)
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
            DepthwisePlan::Integer(plan) => !plan.grid.is_some_and(|grid| grid.walks),
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
        let (kernel, constants, workgroups) = match self.grid {
            Some(grid) => {
                let kernel = match grid.walks {
                    true => &table::DEPTHWISE_CONV_2D_ROWS,
                    false => &table::DEPTHWISE_CONV_2D,
                };
                (kernel, grid.constants(columns), grid.workgroups)
            }
            None => (
                &table::DEPTHWISE_CONV_2D_ANY,
                vec![("quads", 0)],
                line(p.length.div_ceil(QUAD) as usize, 64),
            ),
        };
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params: p.bytes(),
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, weights),
                (Role::Bias, bias),
            ],
            workgroups,
        });
        Ok(())
    }
}

impl IntegerPlan {
    /// The plan of a node whose sizes are those of a convolution of floats.
    fn new(
        op: &DepthwiseConv2d,
        (sizes, grid): (DepthwiseConv2dParams, Option<Grid>),
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
            grid,
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
        let (kernel, constants, workgroups) = match self.grid {
            Some(grid) => {
                let kernel = match grid.walks {
                    true => &table::DEPTHWISE_CONV_2D_ROWS_QUANTIZED,
                    false => &table::DEPTHWISE_CONV_2D_QUANTIZED,
                };
                let constants = [wide].into_iter().chain(grid.constants(columns)).collect();
                (kernel, constants, grid.workgroups)
            }
            None => (
                &table::DEPTHWISE_CONV_2D_ANY_QUANTIZED,
                vec![("quads", 0), wide],
                line(p.length.div_ceil(QUAD) as usize, 64),
            ),
        };
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants,
            params: p.bytes(),
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, weights),
                (Role::Bias, stage),
            ],
            workgroups,
        });
        Ok(())
    }
}
