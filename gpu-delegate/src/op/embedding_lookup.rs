//! EMBEDDING_LOOKUP: rows of a table, chosen by indices; rows of signed integers become floats, by a scale of their own or of each
//! block. Integers of 4 and 2 bits stay packed in the table.

use demilite_core::op::EmbeddingLookup;
use demilite_core::{DataType, NodeContext, Reject, Tensor, TensorId};
use demilite_shaders::table::{self, DequantizeBlocksParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::movement::slices::{GatherPlan, Slices};
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, Storage, line};

/// The place of the table among the inputs.
const TABLE: usize = 1;

/// The rows that are taken, and what they stand for.
pub(super) struct EmbeddingPlan {
    rows: GatherPlan,
    /// Of a table of signed integers.
    integers: Option<Integers>,
}

/// Integers of rows.
struct Integers {
    bits: usize,
    rows: usize,
    /// Integers of a row, and of a block.
    columns: usize,
    block: usize,
    scales: Scales,
}

/// The scales of the blocks of all rows.
enum Scales {
    /// A row is a block.
    OfRows(Vec<f32>),
    /// This constant.
    OfBlocks(TensorId),
}

impl GpuOp for EmbeddingLookup {
    type Plan = EmbeddingPlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<EmbeddingPlan, Reject> {
        let slices = || {
            let (table, indices) = (node.shape(TABLE)?, node.shape(0)?);
            let inner = table[1..].iter().product();
            Ok(Slices {
                named: vec![[table[0], inner]],
                inner,
                count: indices.elements(),
                group_rows: 1,
                row_step: 0,
            })
        };
        let table = node.required(TABLE).map_err(rule)?;
        let bits = match table.dtype {
            DataType::Int8 => Some(8),
            DataType::Int4 => Some(4),
            DataType::Int2 => Some(2),
            _ => None,
        };
        let is_float = matches!(node.output(0).dtype, DataType::Float32 | DataType::Float16);
        let Some(bits) = bits.filter(|_| is_float) else {
            let rows = GatherPlan::new(node, [TABLE, 0], device, slices)?;
            return Ok(EmbeddingPlan {
                rows,
                integers: None,
            });
        };
        let shape = check::readable(node, TABLE, device)?;
        check::output(node, device)?;
        let integers = Integers::new(table, bits, shape)?;
        let numbers = Moved::Bits(Element::I8, 1);
        Ok(EmbeddingPlan {
            rows: GatherPlan::of(numbers, node, [TABLE, 0], device, slices)?,
            integers: Some(integers),
        })
    }

    fn lower(
        &self,
        plan: EmbeddingPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let EmbeddingPlan { rows, integers } = plan;
        let Some(integers) = integers else {
            return rows.lower(node, lowering);
        };
        let table = integers.table(node, lowering)?;
        let scales = integers.scales(lowering)?;
        let (rows, coordinates) = rows.named(node, lowering)?;
        let bytes = rows.of_elements(word(integers.columns * integers.bits / 8)?);
        let taken = lowering.intermediate(bytes.length(), lowering.element(table))?;
        bytes.dispatch([table, coordinates], taken, lowering);

        let blocks = rows.of_elements(word(integers.columns / integers.block)?);
        let stage = lowering.intermediate(blocks.length(), lowering.element(scales))?;
        blocks.dispatch(
            [as_moved(scales, lowering), coordinates],
            as_moved(stage, lowering),
            lowering,
        );

        let length = rows.length();
        let output = match node.output(0).dtype {
            DataType::Float16 => lowering.output(node, 0, length)?,
            // 16-bit floats would not hold the reals.
            _ => lowering.output_of(node, length, Element::F32)?,
        };
        let params = DequantizeBlocksParams {
            length: word(length)?,
            bits: word(integers.bits)?,
            byte_integers: word(8 / integers.bits)?,
            block: word(integers.block)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::DEQUANTIZE_BLOCKS,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, taken), (Role::Bias, stage)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::LAYER
    }
}

/// A tensor under the name by which its bits are moved.
fn as_moved(floats: Storage, lowering: &Lowering<'_>) -> Storage {
    match lowering.element(floats) {
        Element::F16 | Element::F16Packed => floats.seen_as(Element::I16),
        _ => floats,
    }
}

impl Integers {
    fn new(table: &Tensor, bits: usize, shape: &[usize]) -> Result<Self, Reject> {
        let (rows, columns) = (shape[0], shape[1..].iter().product::<usize>());
        if !(columns * bits).is_multiple_of(8) {
            return Err(Reject::unsupported(format!(
                "rows of {columns} elements of {bits} bits, which end within a byte"
            )));
        }
        if bits < 8 && table.constant_view().is_none() {
            return Err(Reject::unsupported("the table is not a dense constant"));
        }
        let (block, scales) = match &table.blocks {
            None => (columns, Scales::OfRows(row_scales(table, rows)?)),
            Some(blocks) if blocks.zero_points.is_none() => {
                (blocks.size, Scales::OfBlocks(blocks.scales))
            }
            Some(_) => return Err(Reject::unsupported("blocks with zero points")),
        };
        Ok(Integers {
            bits,
            rows,
            columns,
            block,
            scales,
        })
    }

    fn table(
        &self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<Storage, LowerError> {
        match self.bits {
            8 => lowering.stored_input(node, TABLE),
            _ => {
                let (layout, rows) = (WeightLayout::File, Channels::all(self.rows));
                lowering.packed_weights(node, TABLE, Element::U8, layout, rows)
            }
        }
    }

    fn scales(&self, lowering: &mut Lowering<'_>) -> Result<Storage, LowerError> {
        match &self.scales {
            Scales::OfRows(scales) => {
                let contents = bytemuck::cast_slice(scales);
                lowering.table("scales", contents, scales.len(), Element::F32, 0)
            }
            Scales::OfBlocks(scales) => {
                lowering.block_scales(*scales, WeightLayout::File, Channels::all(self.rows))
            }
        }
    }
}

/// The scale of each of a table's rows.
fn row_scales(table: &Tensor, rows: usize) -> Result<Vec<f32>, Reject> {
    let quantization = table.quantization.as_ref().filter(|quantization| {
        let is_by_row = quantization.scale.len() == rows && quantization.quantized_dimension == 0;
        let mut zero_points = quantization.zero_point.iter();
        (is_by_row || quantization.scale.len() == 1)
            && zero_points.all(|&zero_point| zero_point == 0)
    });
    let quantization = quantization.ok_or_else(|| {
        Reject::invalid(format!(
            "its table {:?} needs one scale, or one for each row, and zero point 0",
            table.name
        ))
    })?;
    Ok((0..rows).map(|row| quantization.scale_of(row)).collect())
}
