//! From the bytes of a file to pixels, within a limit.

use std::io::{self, Cursor, Read};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::error::ImageError;
use super::format::{self, Damage};

/// Reads to the end, or to one byte beyond `limit`; no further than its first bytes where they belong to no image.
pub(super) fn read_file(reader: &mut impl Read, limit: u64) -> io::Result<Vec<u8>> {
    /// As many bytes as tell formats apart.
    const HEAD: u64 = 64;
    let mut file = Vec::new();
    reader.take(HEAD.min(limit)).read_to_end(&mut file)?;
    if image::guess_format(&file).is_ok() {
        let rest = limit.saturating_sub(file.len() as u64).saturating_add(1);
        reader.take(rest).read_to_end(&mut file)?;
    }
    Ok(file)
}

/// The pixels of a file, turned as its orientation says, within a limit of bytes for all that decoding holds. `name` stands for the
/// file in messages.
pub(super) fn decode(file: &[u8], name: &str, limit: u64) -> Result<DynamicImage, ImageError> {
    let path = || name.to_owned();
    let unreadable = |reason| ImageError::Format {
        path: path(),
        reason,
    };
    let format = image::guess_format(file).map_err(unreadable)?;
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(format::ancillary_bytes(format, file));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let line_bytes = u64::from(width) * u64::from(decoder.color_type().bytes_per_pixel());
    let within_limit = |working_bytes: u64, pixels: u64| {
        let needed = [file.len() as u64, working_bytes, pixels];
        let needed = needed.into_iter().fold(0, u64::saturating_add);
        if needed <= limit {
            return Ok(());
        }
        Err(ImageError::TooLarge {
            path: path(),
            width,
            height,
            needed,
            limit,
        })
    };
    let pixels = decoder.total_bytes();
    within_limit(0, pixels)?;
    let working_bytes = format::working_bytes(format, file, (width, height), line_bytes);
    let working_bytes = working_bytes.map_err(|Damage(reason)| ImageError::Damaged {
        path: path(),
        reason,
    })?;
    let orientation = decoder.orientation().map_err(unreadable)?;
    let copies = if is_turned(orientation) { 2 } else { 1 };
    within_limit(working_bytes, pixels.saturating_mul(copies))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether an orientation makes a row a column, for which the pixels are copied.
fn is_turned(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}
