//! PNG: a signature and chunks, the last of them IEND (PNG specification, clause 5).

use super::{BUFFERS, Cursor, Damage};

/// The signature before the first chunk.
const SIGNATURE: usize = 8;
/// Rows that the decoder holds at once before they are filtered.
const ROWS: u64 = 8;

/// Whether every chunk is there up to IEND.
pub(super) fn check(file: &[u8]) -> Result<(), Damage> {
    let mut cursor = Cursor::new(file, SIGNATURE);
    loop {
        let chunk = chunk(&mut cursor).ok_or(Damage("it ends before its chunk IEND does"))?;
        if chunk == b"IEND" {
            return Ok(());
        }
    }
}

/// The type of the next chunk: its length, type, data and check sum are there.
fn chunk<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = cursor.take(4)?.try_into().ok().map(u32::from_be_bytes)?;
    let kind = cursor.take(4)?;
    cursor.take(usize::try_from(length).ok()?)?;
    cursor.take(4)?;
    Some(kind)
}

/// Rows that are inflated and not yet filtered, in a buffer that grows by doubling, the row before them, and chunks beside the
/// pixels.
pub(super) fn working_bytes(file: &[u8], height: u32, line_bytes: u64) -> u64 {
    let rows = 3 * ROWS.min(u64::from(height)) + 3;
    let rows = (line_bytes + 1).saturating_mul(rows);
    rows.saturating_add(ancillary_bytes(file))
        .saturating_add(BUFFERS)
}

/// The most that the decoder may take for a row, and for chunks beside the pixels.
pub(super) fn ancillary_bytes(file: &[u8]) -> u64 {
    /// A colour profile, inflated.
    const PROFILE: u64 = 4 << 20;
    /// The most bytes of a pixel.
    const PIXEL: u64 = 8;
    // The width is the first word of IHDR, the first chunk.
    let width = Cursor::new(file, SIGNATURE + 8).take(4);
    let width = width.and_then(|bytes| bytes.try_into().ok());
    let width = width.map_or(0, u32::from_be_bytes);
    2 * file.len() as u64 + PIXEL * u64::from(width) + PROFILE
}
