//! Attributes of slices, gathers and scatters.

use crate::schema::table::table;

table! {
    /// Attributes of `SLICE`: none.
    SliceOptions {}

    /// Attributes of `STRIDED_SLICE`.
    StridedSliceOptions {
        /// Bit `i`: dimension `i` starts at its first element.
        0 begin_mask: i32 = 0,
        /// Bit `i`: dimension `i` ends at its last element.
        1 end_mask: i32 = 0,
        /// Bit `i`: entry `i` stands for as many full dimensions as are left.
        2 ellipsis_mask: i32 = 0,
        /// Bit `i`: entry `i` adds a dimension of length 1.
        3 new_axis_mask: i32 = 0,
        /// Bit `i`: dimension `i` is taken at one index and dropped.
        4 shrink_axis_mask: i32 = 0,
        /// Whether `end` counts from `begin`.
        5 offset: bool = false,
    }

    /// Attributes of `DYNAMIC_UPDATE_SLICE`: none.
    DynamicUpdateSliceOptions {}

    /// Attributes of `GATHER`.
    GatherOptions {
        /// Dimension that the indices count along; counts from the end if negative.
        0 axis: i32 = 0,
        /// Leading dimensions that input and indices share.
        1 batch_dims: i32 = 0,
    }

    /// Attributes of `GATHER_ND`: none.
    GatherNdOptions {}

    /// Attributes of `SCATTER_ND`: none.
    ScatterNdOptions {}

    /// Attributes of `SPARSE_TO_DENSE`.
    SparseToDenseOptions {
        /// Whether indices have to be in order and without repetition.
        0 validate_indices: bool = false,
    }

    /// Attributes of `DENSIFY`: none.
    DensifyOptions {}

    /// Attributes of `ONE_HOT`.
    OneHotOptions {
        /// Where the new dimension goes; -1 for the end.
        0 axis: i32 = 0,
    }
}
