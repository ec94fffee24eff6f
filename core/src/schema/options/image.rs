//! Attributes of operators on images and signals.

use crate::schema::table::table;

table! {
    /// Attributes of `RESIZE_BILINEAR`. Slots 0 and 1 are no longer used.
    ResizeBilinearOptions {
        /// Whether the centers of the corner pixels of input and output coincide.
        2 align_corners: bool = false,
        /// Whether pixels are sampled at their centers, half a pixel in.
        3 half_pixel_centers: bool = false,
    }

    /// Attributes of `RESIZE_NEAREST_NEIGHBOR`.
    ResizeNearestNeighborOptions {
        /// Whether the centers of the corner pixels of input and output coincide.
        0 align_corners: bool = false,
        /// Whether pixels are sampled at their centers, half a pixel in.
        1 half_pixel_centers: bool = false,
    }

    /// Attributes of `NON_MAX_SUPPRESSION_V4`: none.
    NonMaxSuppressionV4Options {}

    /// Attributes of `NON_MAX_SUPPRESSION_V5`: none.
    NonMaxSuppressionV5Options {}

    /// Attributes of `RFFT2D`: none.
    Rfft2dOptions {}
}
