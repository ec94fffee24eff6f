//! Whether a device multiplies cooperative matrices right.
//!
//! wgpu's feature is experimental: it declares Vulkan's memory model and does not say of the accesses to workgroup memory which
//! of them other invocations are to see (gfx-rs/wgpu#8805). Drivers have given barriers the meaning that WGSL has all the same;
//! whether one does, and multiplies matrices of the sizes that it lists, a product tells that has to come out exactly.

use std::sync::Arc;

use demilite_shaders::Element;
use demilite_shaders::table::Conv2dParams;

use crate::device::Device;
use crate::device::cooperative_matrices::CooperativeMatrices;
use crate::device::tuning::{ProductKernel, REGISTERS, SUBGROUPS};
use crate::error::GpuError;
use crate::memory::weight_layout::WeightLayout;
use crate::product::kernel::dispatch;
use crate::program::ProgramBuilder;

/// A convolution of more positions, channels and steps than a tile has, none of them a multiple of a matrix's.
const SIZES: Conv2dParams = Conv2dParams {
    input_height: 9,
    input_width: 11,
    input_channels: 12,
    filter_height: 3,
    filter_width: 3,
    filter_channels: 12,
    output_height: 9,
    output_width: 11,
    output_channels: 76,
    group_channels: 76,
    positions: 9 * 11,
    stride_height: 1,
    stride_width: 1,
    dilation_height: 1,
    dilation_width: 1,
    pad_top: 1,
    pad_left: 1,
    spread_height: 1,
    spread_width: 1,
    activation_min: f32::MIN,
    activation_max: f32::MAX,
};

/// Whether cooperative matrices give the bytes that sums in registers give, where all sums are whole numbers that 16-bit floats
/// hold.
///
/// # Errors
/// What the device says to their kernel.
pub(crate) fn probe(device: &Arc<Device>, matrices: CooperativeMatrices) -> Result<bool, GpuError> {
    let layout = WeightLayout::Matrix {
        outputs: SIZES.output_channels as usize,
        taps: (SIZES.filter_height * SIZES.filter_width) as usize,
        inputs: SIZES.filter_channels as usize,
    };
    let pixels = (SIZES.input_height * SIZES.input_width) as usize;
    let image = whole_numbers(pixels * SIZES.input_channels as usize, 3);
    let filter = whole_numbers(layout.elements(0), 5);
    let mut program = ProgramBuilder::new(Arc::clone(device));
    let mut half = |what, contents: &[u8]| {
        let elements = contents.len() / Element::F16.bytes();
        program.constant(what, contents, elements, Element::F16, 0)
    };
    let (input, weights) = (half("an image", &image)?, half("a filter", &filter)?);
    let bias = program.zeros(SIZES.output_channels as usize)?;
    let elements = (SIZES.positions * SIZES.output_channels) as usize;
    let [large, small] = SUBGROUPS.map(|subgroups| ProductKernel::CooperativeMatrices {
        matrices,
        subgroups,
    });
    for kernel in [REGISTERS, small, large] {
        let output = program.shared(elements, Element::F16)?;
        program.dispatch(dispatch(kernel, &SIZES, [input, weights, bias], output));
        program.output(output)?;
    }
    let mut sums = vec![vec![0; elements * Element::F32.bytes()]; 3];
    let mut outputs: Vec<&mut [u8]> = sums.iter_mut().map(Vec::as_mut_slice).collect();
    let values = program.finish()?.instantiate(&[])?.run(&[], &mut outputs)?;
    let is_all_zero = sums[0].iter().all(|&byte| byte == 0);
    Ok(values.is_ok() && !is_all_zero && sums.windows(2).all(|pair| pair[0] == pair[1]))
}

/// The bytes of 16-bit floats from -2 to 2 without a pattern that a wrong place would repeat.
fn whole_numbers(count: usize, seed: u32) -> Vec<u8> {
    let numbers = (0_u32..).take(count).map(|index| {
        let mixed = (index + 1).wrapping_mul(seed.wrapping_mul(0x9e37_79b9)) >> 16;
        half::f16::from_f32((mixed % 5) as f32 - 2.0)
    });
    numbers.flat_map(half::f16::to_le_bytes).collect()
}
