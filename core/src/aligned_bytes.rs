//! Memory that starts at a multiple of 64 bytes.

use std::collections::TryReserveError;

/// What guards are filled with: as floats large negative numbers.
const GUARD_BYTE: u8 = 0xf5;

/// A line of the cache, which no two tensors share.
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([u8; AlignedBytes::ALIGNMENT]);

const ZEROS: Line = Line([0; AlignedBytes::ALIGNMENT]);

/// Bytes that start at a multiple of [`AlignedBytes::ALIGNMENT`], which suits every element type and the
/// widest vectors of processors.
#[derive(Debug, Clone, Default)]
pub struct AlignedBytes {
    lines: Vec<Line>,
    len: usize,
    /// Lines behind the bytes that nobody is to write.
    guard_lines: usize,
}

impl AlignedBytes {
    /// What the address of the first byte is a multiple of.
    pub const ALIGNMENT: usize = 64;

    /// A copy of bytes that are in memory already.
    pub fn copied(bytes: &[u8]) -> Self {
        let mut aligned = AlignedBytes {
            lines: vec![ZEROS; bytes.len().div_ceil(Self::ALIGNMENT)],
            len: bytes.len(),
            guard_lines: 0,
        };
        aligned.as_mut_slice().copy_from_slice(bytes);
        aligned
    }

    /// No bytes, where as many as one likes could start.
    pub fn none<'a>() -> &'a mut [u8] {
        bytemuck::cast_slice_mut::<Line, u8>(&mut [])
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }

    /// The bytes, for writing.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }

    /// Where the bytes lie.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut u8 {
        self.lines.as_mut_ptr().cast()
    }

    /// Changes the length, keeping the memory when it is large enough. Contents are unspecified.
    ///
    /// # Errors
    /// [`TryReserveError`] where the machine does not have the memory.
    pub fn try_resize(&mut self, len: usize) -> Result<(), TryReserveError> {
        let lines = len.div_ceil(Self::ALIGNMENT) + self.guard_lines;
        self.lines
            .try_reserve_exact(lines.saturating_sub(self.lines.len()))?;
        self.lines.resize(lines, ZEROS);
        self.len = len;
        self.fill_guard();
        Ok(())
    }

    /// Keeps a guard of 64 bytes or more behind the bytes from now on.
    pub(crate) fn try_guard(&mut self) -> Result<(), TryReserveError> {
        self.guard_lines = 1;
        self.try_resize(self.len)
    }

    /// Whether the guard is as it was filled; true where there is none.
    pub(crate) fn is_guard_intact(&self) -> bool {
        self.guard().iter().all(|&byte| byte == GUARD_BYTE)
    }

    /// What lies behind the bytes, where they are guarded.
    fn guard(&self) -> &[u8] {
        match self.guard_lines {
            0 => &[],
            _ => &bytemuck::cast_slice(&self.lines)[self.len..],
        }
    }

    fn fill_guard(&mut self) {
        if self.guard_lines > 0 {
            bytemuck::cast_slice_mut(&mut self.lines)[self.len..].fill(GUARD_BYTE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_lies_at_a_multiple_of_64() {
        for len in [1, 63, 64, 65, 1000] {
            let bytes = AlignedBytes::copied(&vec![7; len]);
            assert_eq!(bytes.as_slice().as_ptr().addr() % 64, 0);
            assert_eq!(bytes.as_slice(), vec![7; len]);
        }
    }

    #[test]
    fn a_byte_behind_the_last_one_is_noticed() {
        let mut bytes = AlignedBytes::copied(&[1, 2, 3]);
        bytes.try_guard().unwrap();
        assert!(bytes.is_guard_intact());
        bytemuck::cast_slice_mut(&mut bytes.lines)[3] = 0_u8;
        assert!(!bytes.is_guard_intact());
    }
}
