//! Whether a device packs and unpacks 16-bit floats right.
//!
//! WGSL leaves open what `pack2x16float` gives beyond the greatest 16-bit float, and there are drivers that give NaN.

use std::num::FpCategory;
use std::sync::Arc;

use demilite_shaders::Element;
use half::f16;

use crate::device::Device;
use crate::error::GpuError;
use crate::program::ProgramBuilder;

/// How far apart the 16-bit floats are that are tried, in steps of the last place.
const STRIDE: u16 = 37;

/// Whether the device's functions give the nearest 16-bit float, ties to even, infinity beyond the greatest one, and the float of
/// each of them. Those below the least normal one may count as zero.
///
/// # Errors
/// What the device says to the kernel.
pub(crate) fn probe(device: &Arc<Device>) -> Result<bool, GpuError> {
    let floats = floats();
    let packed: Vec<f16> = floats.iter().copied().map(f16::from_f32).collect();
    let mut program = ProgramBuilder::new(Arc::clone(device));
    let bytes: Vec<u8> = floats.iter().flat_map(|v| v.to_le_bytes()).collect();
    let source = program.constant("floats", &bytes, floats.len(), Element::F32, bytes.len())?;
    let halves = program.converted(source, Element::F16Packed)?;
    program.output_as_stored(halves);
    let bytes: Vec<u8> = packed.iter().flat_map(|v| v.to_le_bytes()).collect();
    let source = program.constant(
        "16-bit floats",
        &bytes,
        packed.len(),
        Element::F16Packed,
        bytes.len(),
    )?;
    let unpacked = program.converted(source, Element::F32)?;
    program.output_as_stored(unpacked);
    let mut halves = vec![0; packed.len() * 2];
    let mut unpacked = vec![0; packed.len() * 4];
    let mut outputs: [&mut [u8]; 2] = [&mut halves, &mut unpacked];
    let values = program.finish()?.instantiate(&[])?.run(&[], &mut outputs)?;
    let halves = halves.chunks_exact(2);
    let mut halves = halves.map(|bytes| f16::from_le_bytes([bytes[0], bytes[1]]));
    let unpacked = unpacked.chunks_exact(4);
    let mut unpacked =
        unpacked.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let are_packed = packed
        .iter()
        .all(|&v| halves.next().is_some_and(|given| is_same(given, v)));
    let are_unpacked = packed.iter().all(|v| {
        let given = unpacked.next().map(f16::from_f32);
        given.is_some_and(|given| is_same(given, *v))
    });
    Ok(values.is_ok() && are_packed && are_unpacked)
}

/// Whether a device may give `given` for `meant`.
fn is_same(given: f16, meant: f16) -> bool {
    let is_flushed = meant.classify() == FpCategory::Subnormal && given == f16::ZERO;
    given.to_bits() == meant.to_bits() || is_flushed || (given.is_nan() && meant.is_nan())
}

/// 16-bit floats of every size, what lies halfway to the next ones and on either side of that, and what is beyond them.
fn floats() -> Vec<f32> {
    let beyond = [65519.996, 65520.0, 1e30, f32::MAX, f32::INFINITY, f32::NAN];
    let infinity = f16::INFINITY.to_bits();
    let within = (0..infinity - 1)
        .step_by(usize::from(STRIDE))
        .flat_map(|bits| {
            let [low, high] = [bits, bits + 1].map(|bits| f16::from_bits(bits).to_f32());
            let halfway = (low + high) / 2.0;
            [low, halfway, halfway.next_up(), halfway.next_down()]
        });
    let positive = within.chain(beyond);
    positive.flat_map(|v| [v, -v]).collect()
}
