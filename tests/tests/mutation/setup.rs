//! The devices that mutants are held on: what their kernels differ by.

use std::sync::Arc;

use demilite_conformance::Case;
use demilite_conformance::float_bound::Bound;
use demilite_core::DataType;
use demilite_gpu::{GpuContext, GpuError, GpuOptions, HalfAccess, Precision, ProductMethod};

/// Options of a device, and the cases whose kernels they change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    precision: Precision,
    /// What floats are held to.
    pub(crate) bound: Bound,
    half_access: HalfAccess,
    products: ProductMethod,
    concerns: fn(&Case) -> bool,
}

const FLOAT32: Setup = Setup {
    name: "float32",
    precision: Precision::F32,
    bound: Bound::Float32,
    half_access: HalfAccess::Packed,
    products: ProductMethod::Registers,
    concerns: |_| true,
};

const FLOAT16: Setup = Setup {
    name: "float16",
    precision: Precision::F16,
    bound: Bound::Float16,
    concerns: has_floats,
    ..FLOAT32
};

/// All of them; the first runs every case.
pub(crate) const SETUPS: [Setup; 7] = [
    FLOAT32,
    FLOAT16,
    Setup {
        name: "float16 as the type f16",
        half_access: HalfAccess::Native,
        ..FLOAT16
    },
    Setup {
        name: "float16 by integers",
        half_access: HalfAccess::Integer,
        ..FLOAT16
    },
    Setup {
        name: "tiles of float32",
        products: ProductMethod::Tiles,
        concerns: has_products,
        ..FLOAT32
    },
    Setup {
        name: "tiles of float16",
        products: ProductMethod::Tiles,
        concerns: has_products,
        ..FLOAT16
    },
    Setup {
        name: "cooperative matrices",
        half_access: HalfAccess::Native,
        products: ProductMethod::CooperativeMatrices,
        concerns: has_products,
        ..FLOAT16
    },
];

fn has_floats(case: &Case) -> bool {
    let floats = [DataType::Float32, DataType::Float16];
    let mut tensors = case.graph().tensors().iter();
    tensors.any(|tensor| floats.contains(&tensor.dtype))
}

fn has_products(case: &Case) -> bool {
    let ops = [
        "conv_2d",
        "transpose_conv",
        "fully_connected",
        "batch_matmul",
    ];
    has_floats(case) && ops.contains(&case.op())
}

impl Setup {
    /// Whether the case has other kernels here than elsewhere.
    pub(crate) fn concerns(&self, case: &Case) -> bool {
        (self.concerns)(case)
    }

    /// # Errors
    /// Those of [`GpuContext::open`].
    pub(crate) fn open(&self) -> Result<Arc<GpuContext>, GpuError> {
        GpuContext::open(
            GpuOptions::default()
                .precision(self.precision)
                .half_access(self.half_access)
                .products(self.products)
                .guard_bands(true)
                .timeout(Some(crate::worker::CASE_LIMIT)),
        )
    }
}
