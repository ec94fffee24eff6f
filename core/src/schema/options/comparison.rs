//! Attributes of comparisons, logic and selection.

use crate::schema::table::table;

table! {
    /// Attributes of `EQUAL`: none.
    EqualOptions {}

    /// Attributes of `NOT_EQUAL`: none.
    NotEqualOptions {}

    /// Attributes of `GREATER`: none.
    GreaterOptions {}

    /// Attributes of `GREATER_EQUAL`: none.
    GreaterEqualOptions {}

    /// Attributes of `LESS`: none.
    LessOptions {}

    /// Attributes of `LESS_EQUAL`: none.
    LessEqualOptions {}

    /// Attributes of `LOGICAL_AND`: none.
    LogicalAndOptions {}

    /// Attributes of `LOGICAL_OR`: none.
    LogicalOrOptions {}

    /// Attributes of `LOGICAL_NOT`: none.
    LogicalNotOptions {}

    /// Attributes of `SELECT`: none.
    SelectOptions {}

    /// Attributes of `SELECT_V2`: none.
    SelectV2Options {}

    /// Attributes of `WHERE`: none.
    WhereOptions {}
}
