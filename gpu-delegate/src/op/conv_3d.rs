//! CONV_3D and CONV_3D_TRANSPOSE.

use demilite_core::op::Conv3d;
use demilite_core::op::conv_3d::Conv3dKind;
use demilite_core::{NodeContext, OpError, Reject, TensorId};
use demilite_shaders::table::{self, Conv3dParams};
use demilite_shaders::{Params, QUAD, QUAD_ELEMENTS, Role, Rows};

use super::GpuOp;
use crate::device::Device;
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::node::check::{self, Numbers, rule, word};
use crate::node::effect::Effect;
use crate::program::{Dispatch, line};

impl GpuOp for Conv3d {
    type Plan = Conv3dParams;

    fn plan(&self, node: &NodeContext<'_>, device: &Device) -> Result<Conv3dParams, Reject> {
        if check::numbers(node)? != Numbers::Float {
            return Err(check::no_kernel(node));
        }
        check::data(node, self.volume(), Numbers::Float, device)?;
        let output = check::output(node, device)?;
        let (filter, element) = check::weights(node, 1, device)?;
        check::binding("the filter", filter.elements(), element, device)?;
        check::bias(node, self.bias(), device)?;
        let extents = self.extents(node).map_err(rule)?;
        let large = match self.kind {
            Conv3dKind::Conv3d => extents.input,
            Conv3dKind::Conv3dTranspose => extents.output,
        };
        let mut padding = [0; 4];
        let (mut taps, mut strides, mut dilations) = ([1; 4], [1; 4], [1; 4]);
        for axis in 0..3 {
            let window = extents.windows[axis];
            let placement = window.place(large[axis], self.padding);
            let placement = placement.map_err(|error| rule(OpError::Shape(error)))?;
            padding[axis] = word(placement.padding_before)?;
            taps[axis] = word(window.size)?;
            strides[axis] = word(window.stride)?;
            dilations[axis] = word(window.dilation)?;
        }
        // Four elements one after the other.
        let steps = extents.windows.iter().fold(1_usize, |steps, window| {
            steps.saturating_mul(window.size + 1)
        });
        let channels = extents.input_channels + 1;
        check::iterations(QUAD_ELEMENTS.saturating_mul(steps.saturating_mul(channels)))?;
        let with_channels = |[depth, height, width]: [usize; 3], channels| {
            Ok::<_, Reject>([word(depth)?, word(height)?, word(width)?, word(channels)?])
        };
        let (activation_min, activation_max) = check::float_range(self.activation)?;
        Ok(Conv3dParams {
            input_extents: with_channels(extents.input, extents.input_channels)?,
            output_extents: with_channels(extents.output, extents.output_channels)?,
            taps,
            strides,
            dilations,
            padding,
            length: word(output.elements())?,
            activation_min,
            activation_max,
        })
    }

    fn lower(
        &self,
        params: Conv3dParams,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let [.., outputs] = params.output_extents;
        let input = lowering.input(node, self.volume())?;
        let weights = lowering.weights(node, 1, WeightLayout::File)?;
        let bias = lowering.bias(node, self.bias(), Channels::all(outputs as usize))?;
        let output = lowering.output(node, 0, params.length as usize)?;
        let is_spread = self.kind == Conv3dKind::Conv3dTranspose;
        // Where the window is spread, the weights of neighbouring output channels lie apart.
        let quads = outputs.is_multiple_of(QUAD) && !is_spread;
        lowering.dispatch(Dispatch {
            kernel: &table::CONV_3D,
            rows: Rows::Aligned,
            constants: vec![("quads", quads.into()), ("spread", is_spread.into())],
            params: params.bytes(),
            output,
            operands: vec![
                (Role::Input, input),
                (Role::Weight, weights),
                (Role::Bias, bias),
            ],
            workgroups: line((params.length as usize).div_ceil(QUAD_ELEMENTS), 64),
        });
        Ok(())
    }

    fn effect(&self, _node: &NodeContext<'_>, _is_bounded: &dyn Fn(TensorId) -> bool) -> Effect {
        Effect::LAYER.clamped(self.activation)
    }
}
