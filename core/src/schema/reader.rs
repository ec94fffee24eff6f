//! Bounds-checked access to the bytes of a FlatBuffer.

use flatbuffers::{VOffsetT, Verifier, VerifierOptions, field_index_to_field_offset};

use super::error::{Fault, SchemaError};

/// Memory that reading may take, in multiples of the length of the file, and beyond that in bytes.
///
/// The densest honest file is a vector of empty tables: 8 bytes become one `Buffer`.
const MEMORY_PER_BYTE: usize = 16;
const MEMORY_BASE: usize = 64 << 10;

/// Limits for the verifier that grow with the file, so that a small file cannot ask for much work.
pub(super) fn limits(length: usize) -> VerifierOptions {
    VerifierOptions {
        max_depth: 16,
        // Each visit to a table comes by an offset of 4 bytes.
        max_tables: length / 4,
        max_apparent_size: length
            .saturating_mul(MEMORY_PER_BYTE)
            .min(isize::MAX as usize / 2),
        ignore_missing_null_terminator: true,
    }
}

/// Reads values out of a file and keeps account of the memory that they take.
pub(super) struct Reader<'a, 'limits> {
    bytes: &'a [u8],
    verifier: Verifier<'limits, 'a>,
    memory_left: usize,
}

impl<'a, 'limits> Reader<'a, 'limits> {
    /// A reader of `bytes` under the given limits.
    pub(super) fn new(bytes: &'a [u8], limits: &'limits VerifierOptions) -> Self {
        Self {
            bytes,
            verifier: Verifier::new(limits, bytes),
            memory_left: bytes
                .len()
                .saturating_mul(MEMORY_PER_BYTE)
                .saturating_add(MEMORY_BASE),
        }
    }

    /// Positions of the fields in slots `0..SLOTS` of the table at `at`; `None` for absent ones.
    pub(super) fn fields<const SLOTS: usize>(
        &mut self,
        at: usize,
    ) -> Result<[Option<usize>; SLOTS], SchemaError> {
        let mut table = self.verifier.visit_table(at)?;
        let mut positions = [None; SLOTS];
        for (slot, position) in positions.iter_mut().enumerate() {
            *position = table.deref(field_index_to_field_offset(slot as VOffsetT))?;
        }
        table.finish();
        Ok(positions)
    }

    /// Where the offset at `at` leads to.
    pub(super) fn follow(&mut self, at: usize) -> Result<usize, SchemaError> {
        let offset = self.verifier.get_uoffset(at)?;
        Ok(at.saturating_add(offset as usize))
    }

    /// Length and start of the elements of the vector at `at`, each of them `size` bytes long.
    pub(super) fn vector(&mut self, at: usize, size: usize) -> Result<(usize, usize), SchemaError> {
        let length = self.verifier.get_uoffset(at)? as usize;
        let start = at.saturating_add(4);
        self.slice(start, length.saturating_mul(size))?;
        Ok((length, start))
    }

    /// `length` bytes from `at`.
    pub(super) fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], SchemaError> {
        let end = at.saturating_add(length);
        let bytes = self.bytes.get(at..end);
        bytes.ok_or_else(|| SchemaError::malformed(Fault::OutOfBounds { start: at, end }))
    }

    /// `N` bytes from `at`, at any alignment.
    pub(super) fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], SchemaError> {
        let end = at.saturating_add(N);
        let bytes = self.bytes.get(at..).and_then(|tail| tail.first_chunk());
        bytes
            .copied()
            .ok_or_else(|| SchemaError::malformed(Fault::OutOfBounds { start: at, end }))
    }

    /// Takes memory for `count` values of type `T` off the account, before they are allocated.
    pub(super) fn charge<T>(&mut self, count: usize) -> Result<(), SchemaError> {
        let left = self
            .memory_left
            .checked_sub(count.saturating_mul(size_of::<T>()));
        self.memory_left = left.ok_or_else(|| SchemaError::malformed(Fault::Expanding))?;
        Ok(())
    }
}
