//! Attributes of operators that make values: constants, ranges and random numbers.

use crate::schema::table::table;

table! {
    /// Attributes of `FILL`: none.
    FillOptions {}

    /// Attributes of `ZEROS_LIKE`: none.
    ZerosLikeOptions {}

    /// Attributes of `RANGE`: none.
    RangeOptions {}

    /// Attributes of `RANDOM_UNIFORM`, `RANDOM_STANDARD_NORMAL` and `MULTINOMIAL`.
    RandomOptions {
        /// First half of the seed.
        0 seed: i64 = 0,
        /// Second half of the seed; both 0 ask for a seed by chance.
        1 seed2: i64 = 0,
    }
}
