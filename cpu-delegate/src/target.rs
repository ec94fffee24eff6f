//! Outputs that several threads write to.

/// Where outputs go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<T> {
    /// The first row's first output channel.
    pub(crate) first: *mut T,
    /// Elements from one row to the next.
    pub(crate) stride: usize,
}

impl<T> Target<T> {
    /// The first row's first output channel. A method, so that closures capture the whole of it.
    pub(crate) fn first(&self) -> *mut T {
        self.first
    }
}

// SAFETY: who writes to it does so to rows or channels that nobody else touches.
unsafe impl<T: Send> Send for Target<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Target<T> {}
