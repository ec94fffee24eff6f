//! FULLY_CONNECTED: a convolution of one element over rows.

mod words;

use demilite_core::quantization::RowQuantization;
use demilite_core::{DataType, NodeContext, Reject, op};
use demilite_executor::{Prepared, Unprepared};

use crate::layers::dynamic_range::DynamicRangeLayer;
use crate::layers::float::FloatLayer;
use crate::layers::integer::{IntegerLayer, Scaling};
use crate::machine::Machine;
use crate::product::dynamic_range::ScaleOrder;
use crate::product::geometry::Geometry;
use demilite_core::quantization::layer::{
    channel_scales, expect_bias, expect_symmetric, per_tensor, sums_are_wide,
};

fn geometry(node: &NodeContext<'_>) -> Result<Geometry, Unprepared> {
    let (input, weights) = (node.shape(0)?, node.shape(1)?);
    let &[outputs, depth] = &weights[..] else {
        let rule = format!("weights of shape {weights} where two dimensions are needed");
        return Err(Reject::invalid(rule).into());
    };
    Ok(Geometry::matrix(
        input.elements().checked_div(depth).unwrap_or(0),
        depth,
        outputs,
    ))
}

pub(crate) fn prepare(
    op: &op::FullyConnected,
    node: &NodeContext<'_>,
    machine: Machine,
) -> Prepared {
    use DataType::{Float32, Int4, Int8, Int16, Int32, Int64, UInt8};
    if op.weights_format != 0 {
        return Err(Reject::unsupported("no kernel for weights shuffled in 4×16 blocks").into());
    }
    let filter = node.required(1)?;
    if filter.blocks.is_some() || filter.sparsity.is_some() {
        return Err(Reject::unsupported(
            "no fast kernel for weights in blocks, or stored sparsely",
        )
        .into());
    }
    let types = [node.required(0)?.dtype, filter.dtype, node.output(0).dtype];
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, 2, Float32)?;
            let layer = FloatLayer::prepare(geometry(node)?, op.activation, node, machine)?;
            Ok(Box::new(layer))
        }
        [Int8, Int8 | Int4, Int8] | [UInt8, UInt8, UInt8] => {
            expect_bias(node, 2, Int32)?;
            let geometry = geometry(node)?;
            let (input_scale, _) = per_tensor(node.required(0)?)?;
            let (output_scale, _) = per_tensor(node.output(0))?;
            let scales = channel_scales(filter, geometry.output_channels, 0)?.into_iter();
            let factor =
                |scale| f64::from(input_scale) * f64::from(scale) / f64::from(output_scale);
            let scaling = Scaling::Real(scales.map(factor).collect());
            let layer = IntegerLayer::prepare(geometry, scaling, op.activation, node, machine)?;
            Ok(Box::new(layer))
        }
        [Int16, Int8 | Int4, Int16] => {
            let is_wide = sums_are_wide(node, 2, op.quantized_bias_type)?;
            expect_bias(node, 2, if is_wide { Int64 } else { Int32 })?;
            words::prepare(&geometry(node)?, op.activation, is_wide, node, machine)
        }
        [Float32, Int8 | UInt8 | Int4, Float32] => {
            expect_bias(node, 2, Float32)?;
            expect_symmetric(filter)?;
            let geometry = geometry(node)?;
            let scales = channel_scales(filter, geometry.output_channels, 0)?;
            let quantization = if op.asymmetric_quantize_inputs {
                RowQuantization::Asymmetric
            } else {
                RowQuantization::Symmetric
            };
            let rows = (
                geometry.window.outputs(),
                quantization,
                ScaleOrder::ScalesFirst,
            );
            DynamicRangeLayer::prepare(geometry, scales, rows, op.activation, node, machine)
        }
        _ => Err(Unprepared::types(node)),
    }
}
