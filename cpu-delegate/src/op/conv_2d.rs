//! CONV_2D.

use demilite_core::geometry::{Extent, Window};
use demilite_core::op::{self, nhwc};
use demilite_core::quantization::RowQuantization;
use demilite_core::{DataType, NodeContext};
use demilite_executor::{Prepared, Unprepared};

use crate::layers::bands::Banded;
use crate::layers::border::Border;
use crate::layers::dynamic_range::DynamicRangeLayer;
use crate::layers::float::FloatLayer;
use crate::layers::integer::{IntegerLayer, Scaling};
use crate::layers::packed::PackedLayer;
use crate::layers::wide::WideLayer;
use crate::machine::Machine;
use crate::product::dynamic_range::ScaleOrder;
use crate::product::geometry::Geometry;
use demilite_core::quantization::layer::{
    channel_multipliers, channel_scales, expect_bias, expect_symmetric, sums_are_wide,
};

fn geometry(op: &op::Conv2d, node: &NodeContext<'_>) -> Result<Geometry, Unprepared> {
    let [batches, height, width, input_channels] = nhwc(node.shape(0)?, "image")?;
    let filter = nhwc(node.shape(1)?, "filter")?;
    let [rows, columns] = op.windows(filter);
    Ok(Geometry {
        window: Window {
            batches,
            rows: Extent::new(height, rows, op.padding)?,
            columns: Extent::new(width, columns, op.padding)?,
        },
        input_channels,
        output_channels: filter[0],
        groups: input_channels / filter[3],
    })
}

fn float(
    op: &op::Conv2d,
    node: &NodeContext<'_>,
    geometry: Geometry,
    machine: Machine,
) -> Result<PackedLayer<FloatLayer>, Unprepared> {
    FloatLayer::prepare(geometry, op.activation, node, machine)
}

fn integer(
    op: &op::Conv2d,
    node: &NodeContext<'_>,
    geometry: Geometry,
    machine: Machine,
) -> Result<PackedLayer<IntegerLayer>, Unprepared> {
    let multipliers = channel_multipliers(node, 0, geometry.output_channels, 0)?;
    let scaling = Scaling::FixedPoint(multipliers);
    IntegerLayer::prepare(geometry, scaling, op.activation, node, machine)
}

fn wide(
    op: &op::Conv2d,
    node: &NodeContext<'_>,
    geometry: Geometry,
    machine: Machine,
) -> Result<PackedLayer<WideLayer>, Unprepared> {
    WideLayer::prepare(geometry, op.activation, node, machine)
}

/// The kernel of a node that [`prepare`] takes, where it computes band by band. Its images have a border beside what it adds.
pub(crate) fn banded(
    op: &op::Conv2d,
    node: &NodeContext<'_>,
    border: Border,
    machine: Machine,
) -> Result<Option<Box<dyn Banded>>, Unprepared> {
    let geometry = geometry(op, node)?;
    let Some(window) = border.outside(geometry.window) else {
        return Ok(None);
    };
    let geometry = Geometry { window, ..geometry };
    let [input, filter] = [node.required(0)?.dtype, node.required(1)?.dtype];
    Ok(match (input, filter) {
        (DataType::Float32, DataType::Float32) => {
            Some(Box::new(float(op, node, geometry, machine)?))
        }
        (DataType::Int8 | DataType::UInt8, _) => {
            Some(Box::new(integer(op, node, geometry, machine)?))
        }
        (DataType::Int16, _) => Some(Box::new(wide(op, node, geometry, machine)?)),
        _ => None,
    })
}

pub(crate) fn prepare(op: &op::Conv2d, node: &NodeContext<'_>, machine: Machine) -> Prepared {
    use DataType::{Float32, Int4, Int8, Int16, Int32, Int64, UInt8};
    let types = [
        node.required(0)?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    match types {
        [Float32, Float32, Float32] => {
            expect_bias(node, 2, Float32)?;
            Ok(Box::new(float(op, node, geometry(op, node)?, machine)?))
        }
        [Int8, Int8 | Int4, Int8] | [UInt8, UInt8, UInt8] => {
            expect_bias(node, 2, Int32)?;
            Ok(Box::new(integer(op, node, geometry(op, node)?, machine)?))
        }
        [Int16, Int8 | Int4, Int16] if sums_are_wide(node, 2, op.quantized_bias_type)? => {
            expect_bias(node, 2, Int64)?;
            Ok(Box::new(wide(op, node, geometry(op, node)?, machine)?))
        }
        [Float32, Int8 | UInt8 | Int4, Float32] => {
            expect_bias(node, 2, Float32)?;
            let filter = node.required(1)?;
            expect_symmetric(filter)?;
            let geometry = geometry(op, node)?;
            let scales = channel_scales(filter, geometry.output_channels, 0)?;
            // Groups have an arithmetic of their own only per channel.
            let is_per_channel =
                scales.windows(2).any(|pair| pair[0] != pair[1]) || geometry.groups > 1;
            let (quantization, order) = if is_per_channel {
                (RowQuantization::Asymmetric, ScaleOrder::WeightsFirst)
            } else {
                (RowQuantization::Symmetric, ScaleOrder::ScalesFirst)
            };
            let rows = geometry.window.batches;
            DynamicRangeLayer::prepare(
                geometry,
                scales,
                (rows, quantization, order),
                op.activation,
                node,
                machine,
            )
        }
        _ => Err(Unprepared::types(node)),
    }
}
