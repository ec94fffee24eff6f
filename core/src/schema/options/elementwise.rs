//! Attributes of arithmetic element by element.

use crate::schema::table::table;

table! {
    /// Attributes of `ADD`.
    AddOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// Whether scales of 16-bit operands are powers of two.
        1 pot_scale_int16: bool = true,
    }

    /// Attributes of `SUB`.
    SubOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
        /// Whether scales of 16-bit operands are powers of two.
        1 pot_scale_int16: bool = true,
    }

    /// Attributes of `MUL`.
    MulOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
    }

    /// Attributes of `DIV`.
    DivOptions {
        /// `ActivationFunctionType` code of what is applied to the result.
        0 fused_activation_function: i8 = 0,
    }

    /// Attributes of `ADD_N`: none.
    AddNOptions {}

    /// Attributes of `FLOOR_DIV`: none.
    FloorDivOptions {}

    /// Attributes of `FLOOR_MOD`: none.
    FloorModOptions {}

    /// Attributes of `POW`: none.
    PowOptions {}

    /// Attributes of `SQUARED_DIFFERENCE`: none.
    SquaredDifferenceOptions {}

    /// Attributes of `MAXIMUM` and `MINIMUM`: none.
    MaximumMinimumOptions {}

    /// Attributes of `ABS`: none.
    AbsOptions {}

    /// Attributes of `NEG`: none.
    NegOptions {}

    /// Attributes of `SIGN`: none.
    SignOptions {}

    /// Attributes of `EXP`: none.
    ExpOptions {}

    /// Attributes of `COS`: none.
    CosOptions {}

    /// Attributes of `SQUARE`: none.
    SquareOptions {}

    /// Attributes of `ATAN2`: none.
    ATan2Options {}

    /// Attributes of `BITWISE_XOR`: none.
    BitwiseXorOptions {}

    /// Attributes of `RIGHT_SHIFT`: none.
    RightShiftOptions {}
}
