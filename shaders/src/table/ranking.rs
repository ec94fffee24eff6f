//! Running sums, the largest elements, and buckets.

use super::{BIAS, INPUT, LINE, OUTPUT, PARAMS, QUADS, WEIGHT, WORKGROUP_SIZE};
use crate::binding::Tunable;
use crate::element::{Element, Elements};
use crate::kernel::{Kernel, Part, file};
use crate::params::{Params, params};

params! {
    /// Sizes of [`CUMSUM`].
    CumsumParams {
        length: u32,
        extent: u32,
        inner: u32,
    }
}

/// Running sums along an axis; those of integers wrap.
pub const CUMSUM: Kernel = Kernel {
    name: "cumsum",
    parts: &[
        Part::Activation,
        Part::Input,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/cumsum")),
    ],
    elements: Elements {
        activation: &[Element::F32, Element::F16, Element::F16Packed, Element::I32],
        weight: &[],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, INPUT],
    params: CumsumParams::FIELDS,
    tunables: &[
        QUADS,
        Tunable {
            name: "exclusive",
            values: &[0, 1],
        },
        Tunable {
            name: "reverse",
            values: &[0, 1],
        },
        WORKGROUP_SIZE,
    ],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`ROW_RANKS_FLOAT`] and [`ROW_RANKS_INTEGER`].
    RowRanksParams {
        length: u32,
        row_length: u32,
    }
}

macro_rules! row_ranks {
    ($(#[$doc:meta])* $constant:ident, $name:literal, $order:literal, $elements:expr) => {
        $(#[$doc])*
        pub const $constant: Kernel = Kernel {
            name: $name,
            parts: &[
                Part::Activation,
                Part::Weight,
                Part::File(file!("prelude/quads")),
                Part::File(file!($order)),
                Part::File(file!("kernel/row_ranks")),
            ],
            elements: Elements {
                activation: &[Element::I32],
                weight: $elements,
                bias: &[],
            },
            bindings: &[OUTPUT, PARAMS, WEIGHT],
            params: RowRanksParams::FIELDS,
            tunables: &[QUADS, WORKGROUP_SIZE],
            workgroup: LINE,
            workgroup_arrays: &[],
        };
    };
}

row_ranks!(
    /// How many floats of its row come before each when the largest comes first.
    ROW_RANKS_FLOAT,
    "row_ranks_float",
    "prelude/order_float",
    Element::FLOATS
);
row_ranks!(
    /// How many integers of its row come before each when the largest comes first.
    ROW_RANKS_INTEGER,
    "row_ranks_integer",
    "prelude/order_integer",
    &[Element::I8, Element::U8, Element::I16, Element::I32]
);

params! {
    /// Sizes of [`RANKED_PLACES`].
    RankedPlacesParams {
        length: u32,
        row_length: u32,
        count: u32,
    }
}

/// Where in each row the elements of the first ranks are.
pub const RANKED_PLACES: Kernel = Kernel {
    name: "ranked_places",
    parts: &[
        Part::Activation,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/ranked_places")),
    ],
    elements: Elements {
        activation: &[Element::I16, Element::I32],
        weight: &[Element::I32],
        bias: &[],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT],
    params: RankedPlacesParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};

params! {
    /// Sizes of [`BUCKETIZE`].
    BucketizeParams {
        length: u32,
        count: u32,
    }
}

/// The bucket between ascending boundaries that each float falls into.
pub const BUCKETIZE: Kernel = Kernel {
    name: "bucketize",
    parts: &[
        Part::Activation,
        Part::Weight,
        Part::File(file!("prelude/quads")),
        Part::File(file!("kernel/bucketize")),
    ],
    elements: Elements {
        activation: &[Element::I32],
        weight: Element::FLOATS,
        bias: &[Element::F32],
    },
    bindings: &[OUTPUT, PARAMS, WEIGHT, BIAS],
    params: BucketizeParams::FIELDS,
    tunables: &[QUADS, WORKGROUP_SIZE],
    workgroup: LINE,
    workgroup_arrays: &[],
};
