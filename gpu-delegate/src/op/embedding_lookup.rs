//! EMBEDDING_LOOKUP: rows of a table, chosen by indices; rows of signed bytes become floats, each by its own scale.

use demilite_core::op::EmbeddingLookup;
use demilite_core::quantization::layer::expect_no_blocks;
use demilite_core::{DataType, NodeContext, Reject, Tensor, TensorId};
use demilite_shaders::table::{self, DequantizeSlicesParams};
use demilite_shaders::{Element, Params, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::movement::slices::{GatherPlan, Slices};
use crate::node::check::{self, Moved, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

/// The place of the table among the inputs.
const TABLE: usize = 1;

/// The rows that are taken, and what they stand for.
pub(super) struct EmbeddingPlan {
    rows: GatherPlan,
    /// Of each row of a table of bytes the scale.
    scales: Option<Vec<[f32; QUAD_ELEMENTS]>>,
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
        if [table.dtype, node.output(0).dtype] != [DataType::Int8, DataType::Float32] {
            let rows = GatherPlan::new(node, [TABLE, 0], device, slices)?;
            return Ok(EmbeddingPlan { rows, scales: None });
        }
        let shape = check::readable(node, TABLE, device)?;
        check::output(node, device)?;
        let bytes = Moved::Bits(Element::I8, 1);
        Ok(EmbeddingPlan {
            rows: GatherPlan::of(bytes, node, [TABLE, 0], device, slices)?,
            scales: Some(row_scales(table, shape[0])?),
        })
    }

    fn lower(
        &self,
        plan: EmbeddingPlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let EmbeddingPlan { rows, scales } = plan;
        let Some(scales) = scales else {
            return rows.lower(node, lowering);
        };
        let input = lowering.stored_input(node, TABLE)?;
        let (rows, coordinates) = rows.named(node, lowering)?;
        let length = rows.length();
        let bytes = lowering.intermediate(length, Element::I8)?;
        rows.dispatch([input, coordinates], bytes, lowering);

        let quads = rows.of_quads();
        let elements = scales.len() * QUAD_ELEMENTS;
        let contents = bytemuck::cast_slice(&scales);
        let scales = lowering.table("scales", contents, elements, Element::F32, 0)?;
        let stage = lowering.intermediate(quads.length(), Element::F32)?;
        quads.dispatch([scales, coordinates], stage, lowering);

        let slices = quads.length() / QUAD_ELEMENTS;
        let output = lowering.output_of(node, length, Element::F32)?;
        let params = DequantizeSlicesParams {
            length: word(length)?,
            step: word(length / slices)?,
            slices: word(slices)?,
        };
        lowering.dispatch(Dispatch {
            kernel: &table::DEQUANTIZE_SLICES,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params: params.bytes(),
            output,
            operands: vec![(Role::Weight, bytes), (Role::Bias, stage)],
            workgroups: line(length.div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::LAYER
    }
}

/// The scale of each of a table's rows.
fn row_scales(table: &Tensor, rows: usize) -> Result<Vec<[f32; QUAD_ELEMENTS]>, Reject> {
    expect_no_blocks(table)?;
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
    let scales = (0..rows).map(|row| [quantization.scale_of(row), 0.0, 0.0, 0.0]);
    Ok(scales.collect())
}
