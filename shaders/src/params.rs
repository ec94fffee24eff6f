//! The small structs that hold a dispatch's sizes, as the host writes them.

/// A field of a params struct: where it lies in its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, the same in WGSL.
    pub name: &'static str,
    /// Bytes from the start of the struct.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
}

/// A struct that a kernel reads from its binding of params.
pub trait Params {
    /// The fields, in order.
    const FIELDS: &'static [Field];
    /// The bytes of that binding, little endian, a multiple of 16.
    fn bytes(&self) -> Vec<u8>;
}

/// A type that a field of a params struct may have. All have an alignment of four bytes but four-element vectors and
/// arrays of them, which are only used at the start of a struct, and pairs of words, which lie at multiples of eight bytes.
pub(crate) trait FieldType {
    const SIZE: usize;
    fn write(&self, bytes: &mut Vec<u8>);
}

impl FieldType for u32 {
    const SIZE: usize = 4;
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl FieldType for i32 {
    const SIZE: usize = 4;
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl FieldType for f32 {
    const SIZE: usize = 4;
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl<T: FieldType, const N: usize> FieldType for [T; N] {
    const SIZE: usize = N * T::SIZE;
    fn write(&self, bytes: &mut Vec<u8>) {
        self.iter().for_each(|value| value.write(bytes));
    }
}

/// Declares a params struct and its layout: the fields follow each other without gaps.
macro_rules! params {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[allow(missing_docs, reason = "each field is the one of the same name in the kernel's WGSL struct")]
        pub struct $name { $(pub $field: $type,)* }

        impl $crate::params::Params for $name {
            const FIELDS: &'static [$crate::params::Field] = {
                const SIZES: &[(&str, usize)] = &[
                    $((stringify!($field), <$type as $crate::params::FieldType>::SIZE),)*
                ];
                const FIELDS: [$crate::params::Field; SIZES.len()] = $crate::params::layout(SIZES);
                &FIELDS
            };
            fn bytes(&self) -> Vec<u8> {
                let mut bytes = Vec::new();
                $($crate::params::FieldType::write(&self.$field, &mut bytes);)*
                bytes.resize(bytes.len().next_multiple_of(16), 0);
                bytes
            }
        }
    };
}
pub(crate) use params;

/// Fields one after the other, from their names and sizes.
pub(crate) const fn layout<const N: usize>(sizes: &[(&'static str, usize)]) -> [Field; N] {
    let mut fields = [Field {
        name: "",
        offset: 0,
        size: 0,
    }; N];
    let mut offset = 0;
    let mut i = 0;
    while i < N {
        fields[i] = Field {
            name: sizes[i].0,
            offset,
            size: sizes[i].1,
        };
        offset += sizes[i].1;
        i += 1;
    }
    fields
}
