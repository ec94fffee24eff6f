//! Attributes that several ops share.

use crate::error::OpError;

/// An enum of the operators that one attribute struct serves; variants have the names of
/// [`BuiltinOperator`](crate::schema::BuiltinOperator).
macro_rules! operator_kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every kind, in the order of their names.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The operator that a file states this kind with.
            pub fn operator(self) -> BuiltinOperator {
                match self {
                    $($name::$variant => BuiltinOperator::$variant,)+
                }
            }

            /// The kind of an operator of this family.
            fn of(operator: BuiltinOperator) -> Result<Self, OpError> {
                match operator {
                    $(BuiltinOperator::$variant => Ok($name::$variant),)+
                    _ => Err(OpError::Attribute {
                        attribute: "operator",
                        value: operator.code().into(),
                    }),
                }
            }
        }
    };
}

macro_rules! coded_enum {
    ($(#[$doc:meta])* $name:ident ($what:literal) { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $code,)+
        }

        impl $name {
            /// The attribute with this code in the schema.
            ///
            /// # Errors
            /// [`OpError::Attribute`] for a code that the schema does not have.
            pub fn from_code(code: i8) -> Result<Self, OpError> {
                match code {
                    $($code => Ok($name::$variant),)+
                    _ => Err(OpError::Attribute {
                        attribute: $what,
                        value: code.into(),
                    }),
                }
            }

            /// The code of the schema.
            pub fn code(self) -> i8 {
                self as i8
            }
        }
    };
}

coded_enum! {
    /// The function that an op applies to its result before it is stored.
    Activation("fused_activation_function") {
        /// Nothing.
        #[default]
        None = 0,
        /// `max(x, 0)`.
        Relu = 1,
        /// `min(max(x, −1), 1)`.
        ReluN1To1 = 2,
        /// `min(max(x, 0), 6)`.
        Relu6 = 3,
        /// The hyperbolic tangent.
        Tanh = 4,
        /// 1 where the sign bit is set, else 0.
        SignBit = 5,
    }
}

impl Activation {
    /// The interval that a clamping activation keeps reals in; `None` for one that is not a clamp.
    pub fn range(self) -> Option<(f32, f32)> {
        match self {
            Activation::None => Some((f32::NEG_INFINITY, f32::INFINITY)),
            Activation::Relu => Some((0.0, f32::INFINITY)),
            Activation::ReluN1To1 => Some((-1.0, 1.0)),
            Activation::Relu6 => Some((0.0, 6.0)),
            Activation::Tanh | Activation::SignBit => None,
        }
    }
}

coded_enum! {
    /// What lies around an image when a window reaches over its edge.
    Padding("padding") {
        /// Enough zeros that a stride of 1 keeps the extent; an odd one goes to the end.
        #[default]
        Same = 0,
        /// Nothing: windows stay inside.
        Valid = 1,
    }
}
