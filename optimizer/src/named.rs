//! Choices that have names on the command line.

/// An enum whose variants have names, and the error for a name that none has.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $unknown:ident, $what:literal, { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        /// A name that none has.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("there is no {} {name:?}; there is {}", $what, [$($text),+].join(", "))]
        pub struct $unknown {
            /// The name.
            pub name: String,
        }

        impl std::str::FromStr for $name {
            type Err = $unknown;

            fn from_str(name: &str) -> Result<Self, $unknown> {
                match name {
                    $($text => Ok($name::$variant),)+
                    _ => Err($unknown { name: name.to_owned() }),
                }
            }
        }
    };
}
pub(crate) use named;
