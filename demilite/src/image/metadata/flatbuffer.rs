//! Bounds-checked reading of the few kinds of values that metadata is made of.

use flatbuffers::{
    InvalidFlatbuffer, VOffsetT, Verifier, VerifierOptions, field_index_to_field_offset,
};

/// Fields of a table by their slots: the position of each that is present.
pub(super) type Fields<const SLOTS: usize> = [Option<usize>; SLOTS];

/// Reads values out of a FlatBuffer.
pub(super) struct Reader<'a, 'limits> {
    bytes: &'a [u8],
    verifier: Verifier<'limits, 'a>,
}

/// Limits for the verifier that grow with the buffer, so that a small one cannot ask for much work.
pub(super) fn limits(length: usize) -> VerifierOptions {
    VerifierOptions {
        max_depth: 16,
        max_tables: length / 4,
        max_apparent_size: length.saturating_mul(16),
        ignore_missing_null_terminator: true,
    }
}

impl<'a, 'limits> Reader<'a, 'limits> {
    pub(super) fn new(bytes: &'a [u8], limits: &'limits VerifierOptions) -> Self {
        Reader {
            bytes,
            verifier: Verifier::new(limits, bytes),
        }
    }

    /// Where the offset at `at` leads to.
    pub(super) fn follow(&mut self, at: usize) -> Result<usize, InvalidFlatbuffer> {
        let offset = self.verifier.get_uoffset(at)?;
        Ok(at.saturating_add(offset as usize))
    }

    /// The fields of the table at `at`.
    pub(super) fn fields<const SLOTS: usize>(
        &mut self,
        at: usize,
    ) -> Result<Fields<SLOTS>, InvalidFlatbuffer> {
        let mut table = self.verifier.visit_table(at)?;
        let mut positions = [None; SLOTS];
        for (slot, position) in positions.iter_mut().enumerate() {
            *position = table.deref(field_index_to_field_offset(slot as VOffsetT))?;
        }
        table.finish();
        Ok(positions)
    }

    /// A byte field, 0 where it is absent.
    pub(super) fn byte(&mut self, field: Option<usize>) -> Result<u8, InvalidFlatbuffer> {
        field.map_or(Ok(0), |at| self.verifier.get_u8(at))
    }

    /// A string field; what is not UTF-8 in it is replaced by U+FFFD.
    pub(super) fn string(
        &mut self,
        field: Option<usize>,
    ) -> Result<Option<String>, InvalidFlatbuffer> {
        let bytes = self.vector(field, 1)?;
        Ok(bytes.map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned()))
    }

    /// A field that is a vector of floats, empty where it is absent.
    pub(super) fn floats(&mut self, field: Option<usize>) -> Result<Vec<f32>, InvalidFlatbuffer> {
        let vector = self.vector(field, size_of::<f32>())?;
        let (chunks, _) = vector.unwrap_or_default().0.as_chunks();
        Ok(chunks
            .iter()
            .map(|&chunk| f32::from_le_bytes(chunk))
            .collect())
    }

    /// A field that is a vector of tables, each read by `read` from its position.
    pub(super) fn tables<T>(
        &mut self,
        field: Option<usize>,
        mut read: impl FnMut(&mut Self, usize) -> Result<T, InvalidFlatbuffer>,
    ) -> Result<Vec<T>, InvalidFlatbuffer> {
        let Some((bytes, start)) = self.vector(field, size_of::<u32>())? else {
            return Ok(Vec::new());
        };
        (0..bytes.len() / size_of::<u32>())
            .map(|index| {
                let at = self.follow(start + index * size_of::<u32>())?;
                read(self, at)
            })
            .collect()
    }

    /// The bytes of a vector of elements of `size` bytes, and the position of the first.
    fn vector(
        &mut self,
        field: Option<usize>,
        size: usize,
    ) -> Result<Option<(&'a [u8], usize)>, InvalidFlatbuffer> {
        let Some(field) = field else {
            return Ok(None);
        };
        let at = self.follow(field)?;
        let length = (self.verifier.get_uoffset(at)? as usize).saturating_mul(size);
        let start = at.saturating_add(size_of::<u32>());
        self.verifier.range_in_buffer(start, length)?;
        Ok(Some((&self.bytes[start..start + length], start)))
    }
}
