//! A FlatBuffer in the making that refuses, instead of panicking, to outgrow the format.

use std::collections::HashMap;

use bytemuck::{NoUninit, TransparentWrapper};
use flatbuffers::{
    FLATBUFFERS_MAX_BUFFER_SIZE, FlatBufferBuilder, Push, PushAlignment, UnionWIPOffset, VOffsetT,
    WIPOffset, field_index_to_field_offset,
};

use super::error::SchemaError;

/// Where something that lies outside of its table was written.
pub(super) type Offset = WIPOffset<UnionWIPOffset>;

/// Alignment of the bytes of a buffer, `force_align` in the schema.
pub(super) const DATA_ALIGNMENT: usize = 16;

/// Enough for the inline part and the vtable of any table, with padding.
const TABLE_ROOM: usize = 1 << 10;

/// Writes tables, vectors and strings from the end of the file to its start.
pub(super) struct Writer {
    builder: FlatBufferBuilder<'static>,
    /// The vectors of scalars so far, by the size of an element and the bytes.
    scalars: HashMap<(usize, Vec<u8>), Offset>,
}

impl Writer {
    /// A writer with room for `capacity` bytes before it has to grow.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.min(FLATBUFFERS_MAX_BUFFER_SIZE);
        Self {
            builder: FlatBufferBuilder::with_capacity(capacity),
            scalars: HashMap::new(),
        }
    }

    /// Checks that `length` more bytes fit into the file.
    fn reserve(&self, length: usize) -> Result<(), SchemaError> {
        let used = self.builder.unfinished_data().len();
        // Twice the room of a table: the table itself, and the header of the file.
        let size = used.saturating_add(length).saturating_add(2 * TABLE_ROOM);
        if size > FLATBUFFERS_MAX_BUFFER_SIZE {
            return Err(SchemaError::TooLarge {
                path: String::new(),
            });
        }
        Ok(())
    }

    /// Writes a string.
    pub(super) fn string(&mut self, text: &str) -> Result<Offset, SchemaError> {
        self.reserve(text.len())?;
        Ok(WIPOffset::new(self.builder.create_string(text).value()))
    }

    /// Writes a vector of scalars: once for all that are equal, as per-axis zero points mostly are.
    pub(super) fn scalars<T: Push<Output: 'static> + NoUninit>(
        &mut self,
        elements: &[T],
    ) -> Result<Offset, SchemaError> {
        let key = (size_of::<T>(), bytemuck::cast_slice(elements).to_vec());
        if let Some(&offset) = self.scalars.get(&key) {
            return Ok(offset);
        }
        let offset = self.vector(elements)?;
        self.scalars.insert(key, offset);
        Ok(offset)
    }

    /// Writes a vector of scalars or offsets.
    pub(super) fn vector<T: Push<Output: 'static>>(
        &mut self,
        elements: &[T],
    ) -> Result<Offset, SchemaError> {
        self.reserve(elements.len().saturating_mul(T::size()))?;
        Ok(WIPOffset::new(self.builder.create_vector(elements).value()))
    }

    /// Writes the bytes of a buffer, aligned to [`DATA_ALIGNMENT`] bytes from the start of the
    /// file.
    pub(super) fn data(&mut self, bytes: &[u8]) -> Result<Offset, SchemaError> {
        self.vector(DataByte::wrap_slice(bytes))
    }

    /// Writes a table whose fields `put` adds with [`Writer::field`].
    pub(super) fn table(&mut self, put: impl FnOnce(&mut Self)) -> Result<Offset, SchemaError> {
        self.reserve(TABLE_ROOM)?;
        let start = self.builder.start_table();
        put(self);
        Ok(WIPOffset::new(self.builder.end_table(start).value()))
    }

    /// Adds a field to the table in the making, unless it has its default value.
    pub(super) fn field<T: Push + PartialEq>(&mut self, slot: usize, value: T, default: T) {
        self.builder.push_slot(
            field_index_to_field_offset(slot as VOffsetT),
            value,
            default,
        );
    }

    /// Adds an offset to the table in the making.
    pub(super) fn offset(&mut self, slot: usize, offset: Offset) {
        self.builder
            .push_slot_always(field_index_to_field_offset(slot as VOffsetT), offset);
    }

    /// Writes the header and hands the file out.
    pub(super) fn finish(mut self, root: Offset, identifier: &str) -> Vec<u8> {
        self.builder.finish(root, Some(identifier));
        let (mut bytes, start) = self.builder.collapse();
        bytes.drain(..start);
        bytes
    }
}

/// A byte whose vector starts at a multiple of [`DATA_ALIGNMENT`].
#[derive(TransparentWrapper)]
#[repr(transparent)]
struct DataByte(u8);

impl Push for DataByte {
    type Output = u8;

    unsafe fn push(&self, dst: &mut [u8], _written_len: usize) {
        dst[0] = self.0;
    }

    fn alignment() -> PushAlignment {
        PushAlignment::new(DATA_ALIGNMENT)
    }
}
