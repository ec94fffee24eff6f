//! Attributes of padding and of operators that move elements to other places.

use crate::schema::table::table;

table! {
    /// Attributes of `PAD`: none.
    PadOptions {}

    /// Attributes of `PADV2`: none.
    PadV2Options {}

    /// Attributes of `MIRROR_PAD`.
    MirrorPadOptions {
        /// `MirrorPadMode` code: 0 is `REFLECT`, 1 is `SYMMETRIC`.
        0 mode: i8 = 0,
    }

    /// Attributes of `TRANSPOSE`: none.
    TransposeOptions {}

    /// Attributes of `SPACE_TO_BATCH_ND`: none.
    SpaceToBatchNDOptions {}

    /// Attributes of `BATCH_TO_SPACE_ND`: none.
    BatchToSpaceNDOptions {}

    /// Attributes of `SPACE_TO_DEPTH`.
    SpaceToDepthOptions {
        /// Length of the square block that becomes channels, or the other way round.
        0 block_size: i32 = 0,
    }

    /// Attributes of `DEPTH_TO_SPACE`.
    DepthToSpaceOptions {
        /// Length of the square block that becomes channels, or the other way round.
        0 block_size: i32 = 0,
    }

    /// Attributes of `REVERSE_V2`: none.
    ReverseV2Options {}

    /// Attributes of `REVERSE_SEQUENCE`.
    ReverseSequenceOptions {
        /// Dimension to reverse.
        0 seq_dim: i32 = 0,
        /// Dimension along which the sequence lengths vary.
        1 batch_dim: i32 = 0,
    }
}
