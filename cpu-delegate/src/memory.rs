//! Memory that begins at a cache line.

use bytemuck::{Pod, Zeroable};

/// One cache line.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Elements whose first lies at an address that is a multiple of 64 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Aligned<T> {
    lines: Vec<Line>,
    length: usize,
    element: std::marker::PhantomData<T>,
}

impl<T: Pod> Aligned<T> {
    /// `length` elements of zero.
    pub(crate) fn zeroed(length: usize) -> Self {
        let lines = (length * size_of::<T>()).div_ceil(64);
        Aligned {
            lines: vec![Line::zeroed(); lines],
            length,
            element: std::marker::PhantomData,
        }
    }

    /// The elements.
    pub(crate) fn as_slice(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }

    /// The elements.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.length]
    }
}
