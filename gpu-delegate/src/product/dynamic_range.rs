//! Dynamic range: layers of floats whose weights are integers. The input is quantized row by row, and stays in 32-bit floats: whole
//! numbers, whose products with weights and their sums the kernels of floats compute.

use demilite_core::quantization::layer;
use demilite_core::{DataType, NodeContext, Reject};
use demilite_shaders::table::{self, DynamicRangeStageParams, QuantizeRowsParams, RowRangesParams};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::constant::{float_constant, is_whole};
use crate::node::check::{self, rule, word};
use crate::product::operands::Operands;
use crate::program::{Dispatch, Storage, line};

/// Invocations that share a row.
const WORKGROUP_SIZE: u32 = 256;

/// The interval of sums that are yet to be scaled.
pub(crate) const UNCLAMPED: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

/// How rows are quantized, and in which order sums are scaled.
#[derive(Clone, Copy)]
pub(crate) struct RowArithmetic {
    /// How many rows there are; each has a scale of its own.
    pub(crate) rows: usize,
    /// Whether their zero point is 0.
    pub(crate) symmetric: bool,
    /// Whether the scales of row and channel are multiplied first, or the sum with the channel's and then with the row's.
    pub(crate) together: bool,
}

/// What surrounds the product of a layer.
pub(crate) struct DynamicRange {
    operands: Operands,
    arithmetic: RowArithmetic,
    input_length: usize,
    output_length: usize,
    /// Of each channel the scale and the bias.
    stage: Vec<[f32; 4]>,
    /// Bytes of the bias in the file.
    bias_bytes: usize,
    clamp: (f32, f32),
}

/// Whether a layer of floats has integers as weights.
pub(crate) fn is_dynamic_range(node: &NodeContext<'_>) -> bool {
    node.input(1).is_some_and(|filter| {
        let is_integer = matches!(
            filter.dtype,
            DataType::Int8 | DataType::UInt8 | DataType::Int4 | DataType::Int2
        );
        is_integer && filter.constant.is_some()
    })
}

/// The scale of each output channel of a filter whose channels lie along `dimension`. Its zero point is 0, of uint8 too: those are
/// the bits of int8.
pub(crate) fn filter_scales(
    node: &NodeContext<'_>,
    channels: usize,
    dimension: usize,
) -> Result<Vec<f32>, Reject> {
    let filter = node.required(1).map_err(rule)?;
    if !is_whole(filter) {
        return Err(Reject::unsupported("input 1 is not a dense constant"));
    }
    layer::expect_symmetric(filter)?;
    layer::channel_scales(filter, channels, dimension)
}

impl DynamicRange {
    /// Checks a layer whose channels have these scales.
    pub(crate) fn new(
        node: &NodeContext<'_>,
        operands: Operands,
        arithmetic: RowArithmetic,
        scales: &[f32],
        clamp: (f32, f32),
        device: &Device,
    ) -> Result<Self, Reject> {
        let input_length = node.shape(operands.input).map_err(rule)?.elements();
        let row_length = input_length / arithmetic.rows;
        check::iterations(row_length.div_ceil(WORKGROUP_SIZE as usize) + WORKGROUP_SIZE as usize)?;
        check::bias(node, operands.bias, device)?;
        let (biases, bias_bytes) = biases(node, operands.bias, scales.len())?;
        let stage = scales.iter().zip(biases);
        Ok(DynamicRange {
            operands,
            arithmetic,
            input_length,
            output_length: check::output(node, device)?.elements(),
            stage: stage
                .map(|(&scale, bias)| [scale, bias, 0.0, 0.0])
                .collect(),
            bias_bytes,
            clamp,
        })
    }

    /// The same layer with an input of this many elements.
    pub(crate) fn of_input_length(self, input_length: usize) -> Self {
        DynamicRange {
            input_length,
            ..self
        }
    }

    /// Adds the dispatches; `product` adds those from whole numbers to their sums.
    pub(crate) fn lower(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
        product: impl FnOnce(Storage, Storage, &mut Lowering<'_>) -> Result<(), LowerError>,
    ) -> Result<(), LowerError> {
        let source = lowering.stored_input(node, self.operands.input)?;
        self.lower_from(source, node, lowering, product)
    }

    /// As [`DynamicRange::lower`], from rows of floats that lie in `source`.
    pub(crate) fn lower_from(
        &self,
        source: Storage,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
        product: impl FnOnce(Storage, Storage, &mut Lowering<'_>) -> Result<(), LowerError>,
    ) -> Result<(), LowerError> {
        let RowArithmetic {
            rows,
            symmetric,
            together,
        } = self.arithmetic;
        let row_length = word(self.input_length / rows)?;
        let ranges = lowering.intermediate(rows * QUAD_ELEMENTS, Element::F32)?;
        lowering.dispatch(Dispatch {
            kernel: &table::ROW_RANGES,
            rows: Rows::Aligned,
            constants: vec![("workgroup_size", WORKGROUP_SIZE)],
            params: RowRangesParams {
                rows: word(rows)?,
                row_length,
                symmetric: symmetric.into(),
            }
            .bytes(),
            output: ranges,
            operands: vec![(Role::Weight, source)],
            workgroups: line(rows, 1),
        });
        let is_quads = |length: u32| u32::from(length.is_multiple_of(QUAD));
        let quantized = lowering.intermediate(self.input_length, Element::F32)?;
        lowering.dispatch(Dispatch {
            kernel: &table::QUANTIZE_ROWS,
            rows: Rows::Aligned,
            constants: vec![("quads", is_quads(row_length))],
            params: QuantizeRowsParams {
                length: word(self.input_length)?,
                row_length,
            }
            .bytes(),
            output: quantized,
            operands: vec![(Role::Weight, source), (Role::Bias, ranges)],
            workgroups: line(self.input_length.div_ceil(QUAD_ELEMENTS), 64),
        });
        let sums = lowering.intermediate(self.output_length, Element::F32)?;
        product(quantized, sums, lowering)?;

        let channels = self.stage.len();
        let bytes: &[u8] = bytemuck::cast_slice(&self.stage);
        let (elements, file_bytes) = (channels * QUAD_ELEMENTS, self.bias_bytes);
        let stage = lowering.table("a stage", bytes, elements, Element::F32, file_bytes)?;
        let output = lowering.output_of(node, self.output_length, Element::F32)?;
        lowering.dispatch(Dispatch {
            kernel: &table::DYNAMIC_RANGE_STAGE,
            rows: Rows::Aligned,
            constants: vec![("quads", is_quads(word(channels)?))],
            params: DynamicRangeStageParams {
                length: word(self.output_length)?,
                channels: word(channels)?,
                row_length: word(self.output_length / rows)?,
                together: together.into(),
                activation_min: self.clamp.0,
                activation_max: self.clamp.1,
            }
            .bytes(),
            output,
            operands: vec![
                (Role::Input, sums),
                (Role::Weight, ranges),
                (Role::Bias, stage),
            ],
            workgroups: line(self.output_length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }
}

/// The bias of each channel, and its bytes in the file.
fn biases(
    node: &NodeContext<'_>,
    index: usize,
    channels: usize,
) -> Result<(Vec<f32>, usize), Reject> {
    let Some(id) = node.input_id(index) else {
        return Ok((vec![0.0; channels], 0));
    };
    let constant = float_constant(node.graph(), id)
        .filter(|constant| !constant.is_half())
        .and_then(|constant| constant.view()?.as_slice::<f32>().ok())
        .ok_or_else(|| Reject::unsupported("the bias is not a float32 constant"))?;
    Ok((constant.to_vec(), size_of_val(constant)))
}
