//! The declarative form of the schema's unions.

/// Declares a union of tables as an enum, from the members' codes and tables.
///
/// A member's variant has the name of its table. `None` stands for code 0, and for a code without a
/// table, which tells nothing either. Members whose tables are many times larger than the rest can
/// be boxed.
macro_rules! union {
    (
        $(#[$doc:meta])*
        $name:ident { $( $code:literal $member:ident $(in $box:ident)?, )* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub enum $name {
            /// Code 0: nothing.
            #[default]
            None,
            $(
                #[doc = concat!("Code ", $code, ".")]
                $member(union!(@type $member $($box)?)),
            )*
            /// A member that this schema does not know. Its table is not kept.
            Unknown(u8),
        }

        impl $name {
            /// Code of the member in the file.
            pub fn code(&self) -> u8 {
                match self {
                    Self::None => 0,
                    $( Self::$member(_) => $code, )*
                    Self::Unknown(code) => *code,
                }
            }

            /// Name of the member in the schema.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::None => "NONE",
                    $( Self::$member(_) => stringify!($member), )*
                    Self::Unknown(_) => "unknown",
                }
            }
        }

        $(
            impl From<$member> for $name {
                fn from(table: $member) -> Self {
                    Self::$member(table.into())
                }
            }
        )*

        impl<'a> $crate::schema::field::Field<'a> for $name {
            type Stored = (u8, Option<$crate::schema::writer::Offset>);

            fn read(
                reader: &mut $crate::schema::reader::Reader<'a, '_>,
                positions: &[Option<usize>],
                _default: Self,
            ) -> Result<Self, $crate::schema::SchemaError> {
                let code: u8 = $crate::schema::field::Field::read(reader, positions, 0)?;
                let Some(at) = positions[1] else { return Ok(Self::None) };
                Ok(match code {
                    0 => Self::None,
                    $( $code => {
                        let target = reader.follow(at)?;
                        Self::$member($crate::schema::field::Referenced::read(reader, target)?)
                    } )*
                    code => Self::Unknown(code),
                })
            }

            fn store(
                &self,
                writer: &mut $crate::schema::writer::Writer,
            ) -> Result<Self::Stored, $crate::schema::SchemaError> {
                Ok((self.code(), match self {
                    Self::None => None,
                    $( Self::$member(table) => {
                        Some($crate::schema::field::Referenced::write(table, writer)?)
                    } )*
                    Self::Unknown(code) => {
                        return Err($crate::schema::SchemaError::UnknownUnionMember {
                            path: String::new(),
                            union_name: stringify!($name),
                            code: *code,
                        });
                    }
                }))
            }

            fn put(
                (code, table): Self::Stored,
                writer: &mut $crate::schema::writer::Writer,
                slot: usize,
                _default: Self,
            ) {
                writer.field(slot, code, 0);
                $crate::schema::field::Field::put(table, writer, slot + 1, None::<String>);
            }
        }

        #[cfg(test)]
        impl $name {
            /// Each member once with its defaults, and once with other values in all fields.
            pub(in crate::schema) fn samples(seed: &mut $crate::schema::sample::Seed) -> Vec<Self> {
                vec![$(
                    $member::default().into(),
                    <$member as $crate::schema::sample::Sample>::sample(seed, Default::default()).into(),
                )*]
            }
        }

        #[cfg(test)]
        impl $crate::schema::sample::Sample for $name {
            fn sample(seed: &mut $crate::schema::sample::Seed, _default: Self) -> Self {
                Self::samples(seed).pop().expect("a union has members")
            }
        }
    };
    (@type $member:ident) => { $member };
    (@type $member:ident Box) => { Box<$member> };
}

pub(super) use union;
