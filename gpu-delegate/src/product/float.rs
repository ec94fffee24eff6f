//! Products of matrices of floats.

use demilite_core::{NodeContext, Reject};
use demilite_shaders::table::{self, Conv2dParams};
use demilite_shaders::{Element, QUAD_ELEMENTS};

use super::kernel;
use super::operands::Operands;
use super::zero_padding::ZeroPadding;
use crate::device::Device;
use crate::device::tuning::ProductKernel;
use crate::lowering::{LowerError, Lowering};
use crate::memory::weight_layout::{Channels, WeightLayout};
use crate::movement::take::Places;
use crate::node::check::{self, Moved};
use crate::program::{Candidate, Storage};

/// A product of floats, by the sizes of its convolution.
pub(crate) struct MatrixProduct {
    params: Conv2dParams,
    operands: Operands,
    layout: WeightLayout,
    filter: Element,
    /// From weights that are computed to their layout, if they are.
    computed: Option<Places>,
}

impl MatrixProduct {
    /// How the filter lies.
    pub(crate) fn layout(params: &Conv2dParams) -> WeightLayout {
        WeightLayout::Matrix {
            outputs: params.output_channels as usize,
            taps: (params.filter_height * params.filter_width) as usize,
            inputs: params.filter_channels as usize,
        }
    }

    /// How the filter lies.
    pub(crate) fn weights(&self) -> WeightLayout {
        self.layout
    }

    /// Checks a product, whose filter has the element `filter`, against what the kernels can do.
    pub(crate) fn new(
        params: Conv2dParams,
        filter: Element,
        operands: Operands,
        device: &Device,
    ) -> Result<Self, Reject> {
        let layout = MatrixProduct::layout(&params);
        check::binding("the filter", layout.elements(0), filter, device)?;
        let is_grouped = params.group_channels != params.output_channels;
        if is_grouped
            && !params
                .group_channels
                .is_multiple_of(table::CONV_2D_CHANNELS)
        {
            return Err(Reject::unsupported(format!(
                "groups of {} output channels, which is not a multiple of {}",
                params.group_channels,
                table::CONV_2D_CHANNELS
            )));
        }
        // A kernel for 32-bit floats leaves one for every element.
        usual(&params, [Element::F32, filter], device)?;
        Ok(MatrixProduct {
            params,
            operands,
            layout,
            filter,
            computed: None,
        })
    }

    /// The same product with weights `[output channel][input channel]` that are computed.
    pub(crate) fn with_computed_weights(self) -> Result<Self, Reject> {
        let (outputs, depth) = (self.outputs(), self.params.filter_channels as usize);
        let extents = [depth, outputs].map(|extent| extent.next_multiple_of(QUAD_ELEMENTS));
        let places = Places::new(&extents, Moved::Float, 0.0, |axis, index| match axis {
            0 => (index < depth).then_some(index),
            _ => (index < outputs).then_some(index * depth),
        })?;
        Ok(MatrixProduct {
            computed: Some(places),
            ..self
        })
    }

    /// Whether the padding around input 0 folds into the kernel. A filter of one tap may be multiplied without a look at where it
    /// lies.
    pub(crate) fn folds(&self) -> bool {
        self.params.filter_height * self.params.filter_width != 1
    }

    /// Folds that padding into the kernel.
    pub(crate) fn fold(&mut self, padding: ZeroPadding) {
        let p = &mut self.params;
        let (height, width) = (&mut p.input_height, &mut p.input_width);
        padding.fold(height, width, &mut p.pad_top, &mut p.pad_left);
    }

    pub(crate) fn lower(
        self,
        node: &NodeContext<'_>,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let input = lowering.input(node, self.operands.input)?;
        let weights = match &self.computed {
            Some(places) => places.taken(lowering.input(node, 1)?, lowering)?,
            None => lowering.weights(node, 1, self.layout)?,
        };
        let bias = lowering.bias(node, self.operands.bias, Channels::all(self.outputs()))?;
        let output = lowering.output(node, 0, self.elements())?;
        self.dispatch([input, weights, bias], output, lowering)
    }

    /// Whether the kernel of a node whose floats have the element `activation` reads its input with any element.
    pub(crate) fn reads_any_float(&self, activation: Element, device: &Device) -> bool {
        let kernel = usual(&self.params, [activation, self.filter], device);
        kernel.is_ok_and(|kernel| !matches!(kernel, ProductKernel::CooperativeMatrices { .. }))
    }

    /// Output channels.
    pub(crate) fn outputs(&self) -> usize {
        self.params.output_channels as usize
    }

    /// Pixels of the input, and the channels of each.
    pub(crate) fn input_extents(&self) -> [usize; 2] {
        let p = &self.params;
        let images = p.positions / (p.output_height * p.output_width);
        let pixels = images * p.input_height * p.input_width;
        [pixels as usize, p.input_channels as usize]
    }

    /// Output positions.
    pub(crate) fn positions(&self) -> usize {
        self.params.positions as usize
    }

    /// Elements of the output.
    pub(crate) fn elements(&self) -> usize {
        self.params.positions as usize * self.outputs()
    }

    /// Adds the dispatch over input, weights and bias.
    pub(crate) fn dispatch(
        &self,
        [input, weights, bias]: [Storage; 3],
        output: Storage,
        lowering: &mut Lowering<'_>,
    ) -> Result<(), LowerError> {
        let [read, filter, written] =
            [input, weights, output].map(|operand| lowering.element(operand));
        // Kernels that multiply halves alone write them too.
        let read = if read == written { read } else { Element::F32 };
        let (sizes, device) = (&self.params, lowering.device());
        let usual = usual(sizes, [read, filter], device)?;
        let can = |kernel| check_size(kernel, sizes).is_ok();
        let rivals = device.tuning().rivals(usual, sizes, [read, filter], can);
        let elements = format!("{read:?} {filter:?} to {written:?}");
        let class = device.tuning().product_class(&elements, sizes);
        let candidate = |kernel: ProductKernel| Candidate {
            name: kernel.to_string(),
            dispatch: kernel::dispatch(kernel, sizes, [input, weights, bias], output),
            takes_sum: true,
        };
        lowering.dispatch_fastest(class, candidate(usual), rivals.into_iter().map(candidate));
        Ok(())
    }
}

/// The kernel of a product whose input and filter have these elements, if nothing is known of the adapter but its kind.
fn usual(
    sizes: &Conv2dParams,
    elements: [Element; 2],
    device: &Device,
) -> Result<ProductKernel, Reject> {
    let can = |kernel| check_size(kernel, sizes).is_ok();
    let kernel = device.tuning().kernel(sizes, elements, can);
    check_size(kernel, sizes).map(|()| kernel)
}

/// Checks the loops and workgroups of a kernel.
fn check_size(kernel: ProductKernel, sizes: &Conv2dParams) -> Result<(), Reject> {
    check::iterations(kernel.iterations(sizes))?;
    let mut workgroups = kernel.workgroups(sizes).into_iter();
    workgroups.try_for_each(|count| check::workgroups(count as usize).map(drop))
}
