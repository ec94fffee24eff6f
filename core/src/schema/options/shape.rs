//! Attributes of operators that change or tell the shape of a tensor.

use crate::schema::table::table;

table! {
    /// Attributes of `RESHAPE`.
    ReshapeOptions {
        /// The shape, -1 for the dimension to be computed; a second input takes precedence.
        0 new_shape: Option<Vec<i32>>,
    }

    /// Attributes of `SQUEEZE`.
    SqueezeOptions {
        /// Dimensions of length 1 to drop; all of them if empty.
        0 squeeze_dims: Option<Vec<i32>>,
    }

    /// Attributes of `EXPAND_DIMS`: none.
    ExpandDimsOptions {}

    /// Attributes of `SHAPE`.
    ShapeOptions {
        /// `TensorType` code of the shape.
        0 out_type: i8 = 0,
    }

    /// Attributes of `RANK`: none.
    RankOptions {}

    /// Attributes of `CONCATENATION`.
    ConcatenationOptions {
        /// Dimension to join along; counts from the end if negative.
        0 axis: i32 = 0,
        /// `ActivationFunctionType` code of what is applied to the result.
        1 fused_activation_function: i8 = 0,
    }

    /// Attributes of `SPLIT`.
    SplitOptions {
        /// Number of outputs.
        0 num_splits: i32 = 0,
    }

    /// Attributes of `SPLIT_V`.
    SplitVOptions {
        /// Number of outputs.
        0 num_splits: i32 = 0,
    }

    /// Attributes of `PACK`.
    PackOptions {
        /// Number of inputs.
        0 values_count: i32 = 0,
        /// Where the new dimension goes; counts from the end if negative.
        1 axis: i32 = 0,
    }

    /// Attributes of `UNPACK`.
    UnpackOptions {
        /// Number of outputs.
        0 num: i32 = 0,
        /// Dimension to take apart; counts from the end if negative.
        1 axis: i32 = 0,
    }

    /// Attributes of `TILE`: none.
    TileOptions {}

    /// Attributes of `BROADCAST_TO`: none.
    BroadcastToOptions {}
}
