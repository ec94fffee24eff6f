//! BMP: two headers, a palette, and rows of pixels, run-length encoded in some files.

use super::Damage;

/// The compressions BI_RLE8 and BI_RLE4.
const RUN_LENGTHS: [u32; 2] = [1, 2];

/// Whether run lengths are there up to their end.
///
/// The decoder reads every byte of other rows. Run lengths may end early by design, so that only their stated size
/// (`biSizeImage`, which BITMAPINFOHEADER demands of compressed rows) tells a file that was cut off.
pub(super) fn check(file: &[u8]) -> Result<(), Damage> {
    let word = |at: usize| {
        let bytes = file.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let (Some(start), Some(compression), Some(size)) = (word(10), word(30), word(34)) else {
        return Ok(());
    };
    let end = u64::from(start) + u64::from(size);
    if RUN_LENGTHS.contains(&compression) && end > file.len() as u64 {
        return Err(Damage("it ends before its run lengths do"));
    }
    Ok(())
}
