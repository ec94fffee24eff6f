//! Attributes of reductions, scans and rankings.

use crate::schema::table::table;

table! {
    /// Attributes of `MEAN`, `SUM`, `REDUCE_PROD`, `REDUCE_MAX`, `REDUCE_MIN`, `REDUCE_ANY` and
    /// `REDUCE_ALL`.
    ReducerOptions {
        /// Whether reduced dimensions stay, with length 1.
        0 keep_dims: bool = false,
    }

    /// Attributes of `ARG_MAX`.
    ArgMaxOptions {
        /// `TensorType` code of the indices.
        0 output_type: i8 = 0,
    }

    /// Attributes of `ARG_MIN`.
    ArgMinOptions {
        /// `TensorType` code of the indices.
        0 output_type: i8 = 0,
    }

    /// Attributes of `TOPK_V2`: none.
    TopKV2Options {}

    /// Attributes of `CUMSUM`.
    CumsumOptions {
        /// Whether an element's sum leaves out the element itself.
        0 exclusive: bool = false,
        /// Whether to add up from the end.
        1 reverse: bool = false,
    }

    /// Attributes of `UNIQUE`.
    UniqueOptions {
        /// `TensorType` code of the indices, 2 being `INT32`.
        0 idx_out_type: i8 = 2,
    }

    /// Attributes of `BUCKETIZE`.
    BucketizeOptions {
        /// Bounds of the buckets in ascending order.
        0 boundaries: Option<Vec<f32>>,
    }

    /// Attributes of `SEGMENT_SUM`: none.
    SegmentSumOptions {}

    /// Attributes of `UNSORTED_SEGMENT_SUM`: none.
    UnsortedSegmentSumOptions {}

    /// Attributes of `UNSORTED_SEGMENT_PROD`: none.
    UnsortedSegmentProdOptions {}

    /// Attributes of `UNSORTED_SEGMENT_MAX`: none.
    UnsortedSegmentMaxOptions {}

    /// Attributes of `UNSORTED_SEGMENT_MIN`: none.
    UnsortedSegmentMinOptions {}
}
