//! What an encoded image says of itself before it is decoded: whether the file is whole, and what its decoder will take.

mod bmp;
mod jpeg;
mod png;

use image::ImageFormat;

/// What makes a file one that is not decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage(pub(super) &'static str);

/// The most bytes that the decoder of this format takes for the file beside the file's own and the pixels that it gives.
///
/// `width` and `height` are the extents in pixels that the decoder read, and `line_bytes` are the bytes of a row of its pixels.
///
/// # Errors
/// A [`Damage`] where the file ends before its image does.
pub(super) fn working_bytes(
    format: ImageFormat,
    file: &[u8],
    (width, height): (u32, u32),
    line_bytes: u64,
) -> Result<u64, Damage> {
    match format {
        ImageFormat::Jpeg => jpeg::working_bytes(file, (width, height)),
        ImageFormat::Png => {
            png::check(file)?;
            Ok(png::working_bytes(file, height, line_bytes))
        }
        ImageFormat::Bmp => {
            bmp::check(file)?;
            Ok(BUFFERS + line_bytes)
        }
        _ => Ok(BUFFERS),
    }
}

/// The most bytes that the decoder may take before the extents are known, of those that [`working_bytes`] counts.
pub(super) fn ancillary_bytes(format: ImageFormat, file: &[u8]) -> u64 {
    match format {
        ImageFormat::Png => png::ancillary_bytes(file),
        _ => BUFFERS + file.len() as u64,
    }
}

/// Tables, palettes and buffers of fixed size.
const BUFFERS: u64 = 256 << 10;

/// Reads through a file; nothing behind its end.
struct Cursor<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(file: &'a [u8], at: usize) -> Self {
        Cursor { file, at }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let bytes = self.file.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }
}
