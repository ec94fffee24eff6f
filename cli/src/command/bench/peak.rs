//! What hardware was measured to do where it does nothing else, and which share of it an op reaches.

use demilite::cpu::Rates as CpuRates;
use demilite::gpu::Rates as GpuRates;
use demilite::{DataType, NodeId, Session};
use serde::Serialize;

/// What the adapter of the GPU does. A product and its sum are two operations.
#[derive(Serialize)]
pub(super) struct AdapterPeak {
    /// Of 16-bit floats by cooperative matrices where they are used, else of 32-bit floats.
    gflops: f64,
    /// Bytes read and bytes written.
    gigabytes_per_second: f64,
}

/// What the CPU does on the threads and instructions of its delegate.
#[derive(Serialize)]
pub(super) struct ProcessorPeak {
    /// Of 32-bit floats.
    gflops: f64,
    /// Of 8-bit integers.
    byte_gops: f64,
    /// Of 16-bit integers.
    word_gops: f64,
    /// Bytes read and bytes written.
    gigabytes_per_second: f64,
}

/// The elements whose products a node sums up.
enum Products {
    Floats,
    Bytes,
    Words,
}

impl Products {
    /// Those of a node of the session.
    fn of(session: &Session, node: NodeId) -> Self {
        let graph = session.graph();
        let operands = graph.node(node).inputs.iter().flatten().take(2);
        let types: Vec<DataType> = operands.map(|&id| graph.tensor(id).dtype).collect();
        let has = |wanted: &[DataType]| types.iter().any(|dtype| wanted.contains(dtype));
        if has(&[DataType::Int16]) {
            Products::Words
        } else if has(&[
            DataType::Int8,
            DataType::UInt8,
            DataType::Int4,
            DataType::Int2,
        ]) {
            Products::Bytes
        } else {
            Products::Floats
        }
    }
}

impl AdapterPeak {
    pub(super) fn new(rates: GpuRates) -> Self {
        let products = rates.matrix_multiply_adds.unwrap_or(rates.multiply_adds);
        AdapterPeak {
            gflops: 2e-9 * products,
            gigabytes_per_second: 1e-9 * rates.copied_bytes,
        }
    }

    /// The greater of an op's rates as a share of this.
    pub(super) fn share(&self, gops: Option<f64>, gigabytes: Option<f64>) -> Option<f64> {
        let rates = [(gops, self.gflops), (gigabytes, self.gigabytes_per_second)];
        let shares = rates.into_iter();
        let shares = shares.filter_map(|(rate, peak)| Some(rate? / peak));
        shares.reduce(f64::max)
    }

    pub(super) fn words(&self) -> String {
        format!(
            "measured on the adapter: products and sums {:.1} GFLOP/s, copies {:.1} GB/s",
            self.gflops, self.gigabytes_per_second
        )
    }
}

impl ProcessorPeak {
    pub(super) fn new(rates: CpuRates) -> Self {
        ProcessorPeak {
            gflops: 2e-9 * rates.float_multiply_adds,
            byte_gops: 2e-9 * rates.byte_multiply_adds,
            word_gops: 2e-9 * rates.word_multiply_adds,
            gigabytes_per_second: 1e-9 * rates.copied_bytes,
        }
    }

    /// The node's rate of products as a share of this. Tensors may lie in caches, which move bytes faster than memory does: copies
    /// are not bound of them.
    pub(super) fn share(&self, session: &Session, node: NodeId, gops: Option<f64>) -> Option<f64> {
        let peak = match Products::of(session, node) {
            Products::Floats => self.gflops,
            Products::Bytes => self.byte_gops,
            Products::Words => self.word_gops,
        };
        Some(gops? / peak)
    }

    pub(super) fn words(&self) -> String {
        format!(
            "measured on the processor: products and sums of floats {:.1} GFLOP/s, of 8-bit integers {:.1} GOP/s, of 16-bit \
             integers {:.1} GOP/s, copies {:.1} GB/s",
            self.gflops, self.byte_gops, self.word_gops, self.gigabytes_per_second
        )
    }
}
