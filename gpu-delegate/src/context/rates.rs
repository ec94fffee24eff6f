//! What a device can do at most, measured on it.

use std::sync::Arc;
use std::time::Duration;

use demilite_shaders::table::{
    self, MATRICES_PER_ROUND, MATRIX_RATE_SUBGROUPS, MULTIPLY_ADDS_PER_ROUND, MatrixRateParams,
    MultiplyAddRateParams,
};
use demilite_shaders::{Element, MatrixSize, Params, Rows};

use crate::device::Device;
use crate::error::GpuError;
use crate::program::{Dispatch, ProgramBuilder, line};

/// How long a measurement goes on at least, so that the start of a submission is not part of it.
const LEAST: Duration = Duration::from_millis(30);
/// Measurements of a rate, of which the best counts.
const ATTEMPTS: usize = 3;
/// The most bytes of each of the two buffers of a copy: more than caches hold.
const COPIED_BYTES: u64 = 128 << 20;
/// Elements whose products and sums are measured, and rounds of them in a dispatch.
const PRODUCT_ELEMENTS: u32 = 1 << 20;
const ROUNDS: u32 = 256;
/// Workgroups whose products of matrices are measured.
const MATRIX_WORKGROUPS: u32 = 1024;

/// The rates that the kernels of a network cannot surpass.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// Bytes a second that a kernel reads and writes, both counted, where it only copies.
    pub copied_bytes: f64,
    /// Products of 32-bit floats a second that a kernel sums up, where it only does that. A product and its sum are two
    /// floating-point operations.
    pub multiply_adds: f64,
    /// The same of products of 16-bit floats by cooperative matrices, where the device has them and the context uses them.
    pub matrix_multiply_adds: Option<f64>,
}

impl Rates {
    /// Measures the rates of `device`.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`], [`GpuError::DeviceLost`], [`GpuError::TimedOut`].
    pub(super) fn measure(device: &Arc<Device>) -> Result<Self, GpuError> {
        Ok(Rates {
            copied_bytes: best(device, copy)?,
            multiply_adds: best(device, products)?,
            matrix_multiply_adds: match device.tuning().matrices {
                Some(_) => Some(best(device, matrix_products)?),
                None => None,
            },
        })
    }
}

/// The best rate of a program that `add` puts together, a dispatch at a time; it says how much work each is.
fn best(
    device: &Arc<Device>,
    add: fn(&mut ProgramBuilder, usize) -> Result<f64, GpuError>,
) -> Result<f64, GpuError> {
    let mut dispatches = 1;
    loop {
        let mut builder = ProgramBuilder::new(Arc::clone(device));
        let work = add(&mut builder, dispatches)? * dispatches as f64;
        let mut program = builder.finish()?.instantiate(&[])?;
        // The first run compiles what drivers compile late.
        program.time()?;
        let elapsed = program.time()?;
        if elapsed < LEAST && dispatches < 1 << 16 {
            dispatches *= 2;
            continue;
        }
        let mut least = elapsed;
        for _ in 1..ATTEMPTS {
            least = least.min(program.time()?);
        }
        return Ok(work / least.as_secs_f64());
    }
}

/// Dispatches that copy a buffer; the bytes that each reads and writes.
fn copy(builder: &mut ProgramBuilder, dispatches: usize) -> Result<f64, GpuError> {
    let limit = builder.device().limits.max_storage_buffer_binding_size;
    let bytes = limit.min(COPIED_BYTES) as usize;
    let elements = bytes / Element::F32.bytes();
    let source = builder.shared(elements, Element::F32)?;
    let target = builder.shared(elements, Element::F32)?;
    for _ in 0..dispatches {
        builder.copy(source, target)?;
    }
    Ok(2.0 * bytes as f64)
}

/// Dispatches that multiply and add; the products that each sums up.
fn products(builder: &mut ProgramBuilder, dispatches: usize) -> Result<f64, GpuError> {
    let output = builder.shared(PRODUCT_ELEMENTS as usize, Element::F32)?;
    let invocations = PRODUCT_ELEMENTS as usize / 4;
    let params = MultiplyAddRateParams {
        length: PRODUCT_ELEMENTS,
        rounds: ROUNDS,
        // Sums approach 1, whatever they start from.
        factor: 0.5,
        summand: 0.5,
    };
    for _ in 0..dispatches {
        builder.dispatch(Dispatch {
            kernel: &table::MULTIPLY_ADD_RATE,
            rows: Rows::Aligned,
            constants: Vec::new(),
            params: params.bytes(),
            output,
            operands: Vec::new(),
            workgroups: line(invocations, 64),
        });
    }
    Ok(invocations as f64 * f64::from(ROUNDS * MULTIPLY_ADDS_PER_ROUND))
}

/// Dispatches that multiply cooperative matrices; the products of elements that each sums up.
fn matrix_products(builder: &mut ProgramBuilder, dispatches: usize) -> Result<f64, GpuError> {
    let Some(matrices) = builder.device().tuning().matrices else {
        return Ok(0.0);
    };
    let subgroups = MATRIX_WORKGROUPS * MATRIX_RATE_SUBGROUPS;
    let output = builder.shared(4 * subgroups as usize, Element::F16)?;
    let params = MatrixRateParams {
        rounds: ROUNDS,
        value: 1.0 / 16.0,
    };
    for _ in 0..dispatches {
        builder.dispatch(Dispatch {
            kernel: match matrices.size {
                MatrixSize::Eight => &table::MATRIX_RATE_8,
                MatrixSize::Sixteen => &table::MATRIX_RATE_16,
            },
            rows: Rows::Aligned,
            constants: vec![(
                "workgroup_size",
                MATRIX_RATE_SUBGROUPS * matrices.subgroup_size,
            )],
            params: params.bytes(),
            output,
            operands: Vec::new(),
            workgroups: [MATRIX_WORKGROUPS, 1, 1],
        });
    }
    let products = f64::from(subgroups) * f64::from(ROUNDS * MATRICES_PER_ROUND);
    Ok(products * f64::from(matrices.size.extent().pow(3)))
}
