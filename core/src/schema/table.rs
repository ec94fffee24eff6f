//! The declarative form of the schema's tables.

/// Declares tables of the schema as structs.
///
/// A field is `slot name: Type = default`, where scalars have the schema's default and references,
/// being optional, none. Each table gets its struct, its `Default` (the schema's), and its reading
/// and writing.
macro_rules! table {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? {
            $( $(#[$field_doc:meta])* $slot:literal $field:ident: $ty:ty $(= $default:expr)?, )*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name $(<$life>)? {
            $(
                $(#[$field_doc])*
                #[doc = concat!(
                    "Slot ", $slot, " of `", stringify!($name), "`", $(", default ", stringify!($default),)? "."
                )]
                pub $field: $ty,
            )*
        }

        impl $(<$life>)? Default for $name $(<$life>)? {
            fn default() -> Self {
                Self { $( $field: table!(@default $($default)?), )* }
            }
        }

        impl<'a> $crate::schema::field::Referenced<'a> for $name $(<$life>)? {
            #[allow(unused_variables, reason = "some tables have no fields")]
            fn read(
                reader: &mut $crate::schema::reader::Reader<'a, '_>,
                at: usize,
            ) -> Result<Self, $crate::schema::SchemaError> {
                const SLOTS: usize = $crate::schema::table::slot_count(&[$($slot),*]);
                let positions: [Option<usize>; SLOTS] = reader.fields(at)?;
                Ok(Self { $(
                    $field: $crate::schema::field::Field::read(
                        reader, &positions[$slot..], table!(@default $($default)?),
                    )
                    .map_err(|error| error.within(concat!(".", stringify!($field))))?,
                )* })
            }

            #[allow(unused_variables, reason = "some tables have no fields")]
            fn write(
                &self,
                writer: &mut $crate::schema::writer::Writer,
            ) -> Result<$crate::schema::writer::Offset, $crate::schema::SchemaError> {
                $(
                    let $field = $crate::schema::field::Field::store(&self.$field, writer)
                        .map_err(|error| error.within(concat!(".", stringify!($field))))?;
                )*
                writer.table(|writer| { $(
                    <$ty as $crate::schema::field::Field>::put(
                        $field, writer, $slot, table!(@default $($default)?),
                    );
                )* })
            }
        }

        impl<'a> $crate::schema::field::Element<'a> for $name $(<$life>)? {
            const SIZE: usize = size_of::<flatbuffers::UOffsetT>();

            fn read(
                reader: &mut $crate::schema::reader::Reader<'a, '_>,
                at: usize,
            ) -> Result<Self, $crate::schema::SchemaError> {
                let target = reader.follow(at)?;
                $crate::schema::field::Referenced::read(reader, target)
            }

            fn write_vector(
                elements: &[Self],
                writer: &mut $crate::schema::writer::Writer,
            ) -> Result<$crate::schema::writer::Offset, $crate::schema::SchemaError> {
                let mut offsets = Vec::with_capacity(elements.len());
                for (index, element) in elements.iter().enumerate() {
                    let offset = $crate::schema::field::Referenced::write(element, writer);
                    offsets.push(offset.map_err(|error| error.within(format_args!("[{index}]")))?);
                }
                writer.vector(&offsets)
            }
        }

        #[cfg(test)]
        impl $(<$life>)? $crate::schema::sample::Sample for $name $(<$life>)? {
            #[allow(unused_variables, reason = "some tables have no fields")]
            fn sample(seed: &mut $crate::schema::sample::Seed, _default: Self) -> Self {
                Self { $(
                    $field: $crate::schema::sample::Sample::sample(seed, table!(@default $($default)?)),
                )* }
            }
        }
    )*};
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
}

/// One more than the last slot that a table with fields in `slots` can use, a union being in two of
/// them.
pub(super) const fn slot_count(slots: &[usize]) -> usize {
    match slots {
        [] => 0,
        [.., last] => *last + 2,
    }
}

pub(super) use table;
