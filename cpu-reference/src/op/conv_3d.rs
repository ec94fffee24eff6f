//! CONV_3D and CONV_3D_TRANSPOSE: each output is the sum of input · weight over the taps along depth,
//! height and width that lie inside and over the input channels, in that order.

use std::iter::zip;

use demilite_core::geometry::Extent;
use demilite_core::op::conv_3d::{Conv3dExtents, Conv3dKind};
use demilite_core::op::{self, Padding};
use demilite_core::quantization::layer::expect_bias;
use demilite_core::{DataType, NodeContext, ShapeError};
use demilite_executor::{KernelIo, Prepared, Unprepared};

use crate::product::output_stage::FloatOutputStage;
use crate::product::spread::SpreadExtent;
use crate::quantized::tensor_parameters::float_clamp;

/// How a window lies along one axis.
#[derive(Debug, Clone)]
enum Axis {
    /// It slides over the input.
    Slid(Extent),
    /// It is spread over the output.
    Spread(SpreadExtent),
}

impl Axis {
    /// Puts the pairs of filter position and input position that meet at `output` into `taps`.
    fn put_taps(&self, output: usize, taps: &mut Vec<(usize, usize)>) {
        taps.clear();
        match self {
            Axis::Slid(extent) => taps.extend(extent.taps(output)),
            Axis::Spread(extent) => taps.extend(extent.taps(output)),
        }
    }
}

/// How windows lie over volumes.
#[derive(Debug, Clone)]
pub struct Volumes {
    extents: Conv3dExtents,
    axes: [Axis; 3],
}

impl Volumes {
    /// Windows that slide over the input, or are spread over the output.
    ///
    /// # Errors
    /// [`ShapeError::Rule`] where a window does not fit.
    pub fn new(
        kind: Conv3dKind,
        extents: Conv3dExtents,
        padding: Padding,
    ) -> Result<Self, ShapeError> {
        let along = |axis: usize| -> Result<Axis, ShapeError> {
            let (input, output) = (extents.input[axis], extents.output[axis]);
            let window = extents.windows[axis];
            Ok(match kind {
                Conv3dKind::Conv3d => Axis::Slid(Extent::new(input, window, padding)?),
                Conv3dKind::Conv3dTranspose => {
                    Axis::Spread(SpreadExtent::new(input, output, window, padding)?)
                }
            })
        };
        let axes = [along(0)?, along(1)?, along(2)?];
        Ok(Volumes { extents, axes })
    }
}

/// Sums of float products; `filter` is `[depth, height, width, input channel, output channel]`.
pub fn conv_3d(
    volumes: &Volumes,
    input: &[f32],
    filter: &[f32],
    stage: &FloatOutputStage<'_>,
    output: &mut [f32],
) {
    let Volumes { extents, axes } = volumes;
    let outputs = extents.output_channels;
    if output.is_empty() {
        return;
    }
    let mut sums = vec![0.0_f32; outputs];
    let mut results = output.chunks_exact_mut(outputs);
    let [mut planes, mut rows, mut columns] = [Vec::new(), Vec::new(), Vec::new()];
    for batch in 0..extents.batches {
        for plane in 0..extents.output[0] {
            axes[0].put_taps(plane, &mut planes);
            for row in 0..extents.output[1] {
                axes[1].put_taps(row, &mut rows);
                for (column, result) in (0..extents.output[2]).zip(&mut results) {
                    axes[2].put_taps(column, &mut columns);
                    sums.fill(0.0);
                    let taps = (&planes[..], &rows[..], &columns[..]);
                    add_products(extents, batch, taps, (input, filter), &mut sums);
                    for (channel, (result, &sum)) in zip(result, &sums).enumerate() {
                        *result = stage.apply(channel, sum);
                    }
                }
            }
        }
    }
}

/// Pairs of filter position and input position.
type Taps<'a> = &'a [(usize, usize)];

/// Adds to the sum of each output channel the products at the taps along depth, height and width.
fn add_products(
    extents: &Conv3dExtents,
    batch: usize,
    (planes, rows, columns): (Taps<'_>, Taps<'_>, Taps<'_>),
    (input, filter): (&[f32], &[f32]),
    sums: &mut [f32],
) {
    let (inputs, outputs) = (extents.input_channels, sums.len());
    let [depth, height, width] = extents.input;
    let [_, filter_height, filter_width] = extents.windows.map(|window| window.size);
    for &(filter_plane, plane) in planes {
        for &(filter_row, row) in rows {
            let place = ((batch * depth + plane) * height + row) * width;
            let tap = (filter_plane * filter_height + filter_row) * filter_width;
            for &(filter_column, column) in columns {
                let pixel = &input[(place + column) * inputs..][..inputs];
                let weights = &filter[(tap + filter_column) * inputs * outputs..];
                for (&value, weights) in zip(pixel, weights.chunks_exact(outputs)) {
                    for (sum, weight) in zip(&mut *sums, weights) {
                        *sum += value * weight;
                    }
                }
            }
        }
    }
}

/// The weights `[taps, output channel, input channel]` as `[taps, input channel, output channel]`.
fn with_outputs_innermost(filter: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    let taps = filter.chunks_exact((inputs * outputs).max(1));
    taps.flat_map(|tap| {
        (0..inputs).flat_map(move |input| tap.iter().skip(input).step_by(inputs).copied())
    })
    .collect()
}

pub(crate) fn prepare(op: &op::Conv3d, node: &NodeContext<'_>) -> Prepared {
    let types = [
        node.required(op.volume())?.dtype,
        node.required(1)?.dtype,
        node.output(0).dtype,
    ];
    if types != [DataType::Float32; 3] {
        return Err(Unprepared::types(node));
    }
    expect_bias(node, op.bias(), DataType::Float32)?;
    let volumes = Volumes::new(op.kind, op.extents(node)?, op.padding)?;
    let clamp = float_clamp(op.activation)?;
    let (kind, volume, bias) = (op.kind, op.volume(), op.bias());
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let stage = FloatOutputStage {
            bias: io.optional_input(bias)?,
            clamp,
        };
        let input = io.input(volume)?;
        let filter = io.input(1)?;
        let laid_out;
        let filter = match kind {
            Conv3dKind::Conv3d => filter,
            Conv3dKind::Conv3dTranspose => {
                let extents = &volumes.extents;
                let (inputs, outputs) = (extents.input_channels, extents.output_channels);
                laid_out = with_outputs_innermost(filter, inputs, outputs);
                &laid_out
            }
        };
        conv_3d(&volumes, input, filter, &stage, io.output()?);
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use demilite_core::op::Window;

    use super::*;

    /// One channel along depth; height and width are 1.
    fn along_depth(kind: Conv3dKind, input: usize, output: usize, window: Window) -> Volumes {
        let single = Window {
            size: 1,
            stride: 1,
            dilation: 1,
        };
        let extents = Conv3dExtents {
            batches: 1,
            input: [input, 1, 1],
            input_channels: 1,
            output: [output, 1, 1],
            output_channels: 1,
            windows: [window, single, single],
        };
        Volumes::new(kind, extents, Padding::Valid).unwrap()
    }

    const STAGE: FloatOutputStage<'static> = FloatOutputStage {
        bias: Some(&[0.5]),
        clamp: (f32::MIN, f32::MAX),
    };

    #[test]
    fn windows_slide_along_depth() {
        let window = Window {
            size: 2,
            stride: 1,
            dilation: 2,
        };
        let volumes = along_depth(Conv3dKind::Conv3d, 4, 2, window);
        let mut output = [0.0; 2];
        let input = [1.0, 2.0, 3.0, 4.0];
        conv_3d(&volumes, &input, &[1.0, 10.0], &STAGE, &mut output);
        assert_eq!(output, [31.5, 42.5]);
    }

    #[test]
    fn volumes_spread_along_depth() {
        let window = Window {
            size: 2,
            stride: 1,
            dilation: 2,
        };
        let volumes = along_depth(Conv3dKind::Conv3dTranspose, 2, 4, window);
        let mut output = [0.0; 4];
        conv_3d(&volumes, &[1.0, 2.0], &[1.0, 10.0], &STAGE, &mut output);
        assert_eq!(output, [1.5, 2.5, 10.5, 20.5]);
    }

    #[test]
    fn channels_change_places() {
        let filter = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let laid_out = with_outputs_innermost(&filter, 3, 2);
        assert_eq!(laid_out, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
