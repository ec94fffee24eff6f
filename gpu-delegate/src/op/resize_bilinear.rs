//! RESIZE_BILINEAR.

use demilite_core::op::{ResizeBilinear, nhwc};
use demilite_core::quantization::layer;
use demilite_core::{NodeContext, OpError, Reject, TensorId};
use demilite_shaders::table::{
    self, ResizeBilinearParams, ResizeBilinearQuantizedParams, ResizeBilinearU8Params,
};
use demilite_shaders::{Element, Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::node::check::{self, Numbers, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

/// Sizes and sampling.
pub(super) enum ResizePlan {
    /// In single precision.
    Float(ResizeBilinearParams),
    /// With ten bits of fraction.
    Quantized(ResizeBilinearQuantizedParams),
    /// Of unsigned bytes as in single precision, with the samples of rows and columns.
    Unsigned(ResizeBilinearU8Params, Vec<Sample>),
}

/// A place of the output along an axis: the lower and the upper one of the input, and the bits of their weights.
type Sample = [u32; 4];

/// Elements along an axis of which coordinates with ten bits of fraction, and their scales, fit in 32 bits.
const MAX_ELEMENTS: usize = 1 << 20;

impl GpuOp for ResizeBilinear {
    type Plan = ResizePlan;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<ResizePlan, Reject> {
        let shape = |error| rule(OpError::Shape(error));
        if self.align_corners && self.half_pixel_centers {
            return Err(Reject::invalid(
                "align_corners and half_pixel_centers exclude each other",
            ));
        }
        let numbers = check::numbers(node)?;
        let image = check::data(node, 0, numbers, device)?;
        let [_, height, width, channels] = nhwc(image, "image").map_err(shape)?;
        let output = check::output(node, device)?;
        let [_, output_height, output_width, _] = nhwc(output, "output").map_err(shape)?;
        let scale = |input: usize, output: usize| match self.align_corners && output > 1 {
            true => (input - 1) as f32 / (output - 1) as f32,
            false => input as f32 / output as f32,
        };
        let params = ResizeBilinearParams {
            length: word(output.elements())?,
            channels: word(channels)?,
            input_height: word(height)?,
            input_width: word(width)?,
            output_height: word(output_height)?,
            output_width: word(output_width)?,
            scale_height: scale(height, output_height),
            scale_width: scale(width, output_width),
            half_pixel_centers: self.half_pixel_centers.into(),
        };
        match numbers {
            Numbers::Float => Ok(ResizePlan::Float(params)),
            Numbers::Half => Err(check::no_kernel(node)),
            Numbers::Quantized(Element::U8) => Ok(unsigned(params)),
            Numbers::Quantized(_) => quantized(self, params, node),
        }
    }

    fn lower(
        &self,
        plan: ResizePlan,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let (kernel, length, channels, params) = match &plan {
            ResizePlan::Float(p) => (&table::RESIZE_BILINEAR, p.length, p.channels, p.bytes()),
            ResizePlan::Quantized(p) => (
                &table::RESIZE_BILINEAR_QUANTIZED,
                p.length,
                p.channels,
                p.bytes(),
            ),
            ResizePlan::Unsigned(p, _) => {
                (&table::RESIZE_BILINEAR_U8, p.length, p.channels, p.bytes())
            }
        };
        let (input, output) = lowering.same_element(node, length as usize)?;
        let mut operands = vec![(Role::Input, input)];
        if let ResizePlan::Unsigned(_, samples) = &plan {
            let bytes: &[u8] = bytemuck::cast_slice(samples);
            let elements = samples.len() * QUAD_ELEMENTS;
            let table = lowering.table("samples", bytes, elements, Element::I32, 0)?;
            operands.push((Role::Weight, table));
        }
        lowering.dispatch(Dispatch {
            kernel,
            rows: Rows::Aligned,
            constants: vec![("quads", channels.is_multiple_of(QUAD).into())],
            params,
            output,
            operands,
            workgroups: line(length.div_ceil(QUAD) as usize, 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::WITHIN
    }
}

/// A whole number as a place; one below 0 is 0.
#[allow(clippy::cast_possible_truncation, reason = "casts saturate")]
fn saturated(place: f32) -> u32 {
    place as u32
}

/// The plan of unsigned bytes, with all that is known of floats before they are blended.
fn unsigned(sizes: ResizeBilinearParams) -> ResizePlan {
    let samples = |input: u32, output: u32, scale: f32| {
        (0..output).map(move |index| {
            let position = match sizes.half_pixel_centers {
                0 => index as f32 * scale,
                _ => (index as f32 + 0.5) * scale - 0.5,
            };
            let (lower, upper) = (saturated(position.floor()), saturated(position.ceil()));
            let (lower, upper) = (lower.min(input - 1), upper.min(input - 1));
            let part = position - lower as f32;
            [lower, upper, (1.0 - part).to_bits(), part.to_bits()]
        })
    };
    let rows = samples(sizes.input_height, sizes.output_height, sizes.scale_height);
    let columns = samples(sizes.input_width, sizes.output_width, sizes.scale_width);
    let params = ResizeBilinearU8Params {
        length: sizes.length,
        channels: sizes.channels,
        input_height: sizes.input_height,
        input_width: sizes.input_width,
        output_height: sizes.output_height,
        output_width: sizes.output_width,
    };
    ResizePlan::Unsigned(params, rows.chain(columns).collect())
}

fn quantized(
    op: &ResizeBilinear,
    sizes: ResizeBilinearParams,
    node: &NodeContext<'_>,
) -> Result<ResizePlan, Reject> {
    let extents = [
        sizes.input_height,
        sizes.input_width,
        sizes.output_height,
        sizes.output_width,
    ];
    if let Some(extent) = extents
        .into_iter()
        .find(|&extent| extent as usize > MAX_ELEMENTS)
    {
        return Err(Reject::unsupported(format!(
            "{extent} rows or columns, and the maximum is {MAX_ELEMENTS}"
        )));
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "1024 times an extent of the input, which is below the most elements"
    )]
    let scale = |input: u32, output: u32| {
        let (input, output) = (i64::from(input), i64::from(output));
        let scale = match op.align_corners && output > 1 {
            true => (1024 * (input - 1) + (output - 1) / 2) / (output - 1),
            false => (1024 * input + output / 2) / output,
        };
        scale as i32
    };
    let (smallest, largest) = layer::range(node.output(0))?;
    Ok(ResizePlan::Quantized(ResizeBilinearQuantizedParams {
        length: sizes.length,
        channels: sizes.channels,
        input_height: sizes.input_height,
        input_width: sizes.input_width,
        output_height: sizes.output_height,
        output_width: sizes.output_width,
        scale_height: scale(sizes.input_height, sizes.output_height),
        scale_width: scale(sizes.input_width, sizes.output_width),
        half_pixel_centers: sizes.half_pixel_centers,
        smallest,
        largest,
    }))
}
