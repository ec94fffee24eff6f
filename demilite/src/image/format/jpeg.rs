//! JPEG: marker segments and entropy-coded scans between SOI and EOI (ITU-T T.81, annex B).

use super::{BUFFERS, Cursor, Damage};

const TEM: u8 = 0x01;
const DHT: u8 = 0xc4;
const JPG: u8 = 0xc8;
const DAC: u8 = 0xcc;
const RST0: u8 = 0xd0;
const RST7: u8 = 0xd7;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const SOF0: u8 = 0xc0;
const SOF2: u8 = 0xc2;
const SOF15: u8 = 0xcf;

const CUT_OFF: Damage = Damage("it ends before its end-of-image marker");

/// The extents of a frame and how each of its components is sampled.
struct Frame {
    width: u64,
    height: u64,
    is_progressive: bool,
    /// The horizontal and vertical sampling factor of each component.
    sampling: Vec<(u64, u64)>,
}

/// What the scans of a file come to.
#[derive(Default)]
struct Scans {
    /// Components of the first scan.
    components: usize,
    /// Bytes of entropy-coded data.
    bytes: u64,
}

/// The most bytes that the decoder takes beside the file and the pixels: its own copy of the file, rows of samples, and all
/// coefficients where a scan does not bring whole pixels.
pub(super) fn working_bytes(file: &[u8], extents: (u32, u32)) -> Result<u64, Damage> {
    let (frame, scans) = outline(file)?;
    let Some(frame) = frame else {
        return Ok(BUFFERS);
    };
    if (frame.width, frame.height) != (extents.0.into(), extents.1.into()) {
        return Err(Damage("it states several sizes"));
    }
    if scans.bytes.saturating_mul(8) < frame.min_bits() {
        return Err(Damage(
            "it has less coded data than an image of its size takes",
        ));
    }
    let is_held_whole = frame.is_progressive || scans.components != frame.sampling.len();
    let coefficients = if is_held_whole {
        frame.coefficient_bytes()
    } else {
        0
    };
    Ok(BUFFERS + file.len() as u64 + frame.row_bytes() + coefficients)
}

/// Walks over the segments up to EOI.
fn outline(file: &[u8]) -> Result<(Option<Frame>, Scans), Damage> {
    let mut cursor = Cursor::new(file, 2);
    let (mut frame, mut scans) = (None, Scans::default());
    loop {
        let marker = next_marker(&mut cursor).ok_or(CUT_OFF)?;
        match marker {
            EOI => return Ok((frame, scans)),
            TEM | RST0..=RST7 | SOI => continue,
            _ => {}
        }
        let length = cursor.take(2).ok_or(CUT_OFF)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let length = length.checked_sub(2);
        let length = length.ok_or(Damage("a segment has no length"))?;
        let segment = cursor.take(length).ok_or(CUT_OFF)?;
        match marker {
            DHT | JPG | DAC => {}
            SOF0..=SOF15 if frame.is_none() => frame = Frame::read(marker, segment),
            SOS => {
                if scans.bytes == 0 {
                    scans.components = usize::from(segment.first().copied().unwrap_or(0));
                }
                let start = cursor.at;
                pass_over_scan(&mut cursor).ok_or(CUT_OFF)?;
                scans.bytes += (cursor.at - start) as u64;
            }
            _ => {}
        }
    }
}

/// The next marker, past fill bytes and whatever else lies before it.
fn next_marker(cursor: &mut Cursor<'_>) -> Option<u8> {
    loop {
        while cursor.byte()? != 0xff {}
        let mut code = 0xff;
        while code == 0xff {
            code = cursor.byte()?;
        }
        if code != 0 {
            return Some(code);
        }
    }
}

/// Goes to the marker behind entropy-coded data, in which 0xff is followed by 0 or a restart.
fn pass_over_scan(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        let start = cursor.at;
        let marker = next_marker(cursor)?;
        if !(RST0..=RST7).contains(&marker) {
            // Right before the marker, whose fill bytes are none of the data.
            cursor.at = cursor.at.saturating_sub(2).max(start);
            return Some(());
        }
    }
}

impl Frame {
    /// A frame header; none where it is too short to be one, which the decoder refuses.
    fn read(marker: u8, segment: &[u8]) -> Option<Self> {
        let [_, h1, h0, w1, w0, components, rest @ ..] = segment else {
            return None;
        };
        let sampling: Vec<(u64, u64)> = rest
            .chunks_exact(3)
            .take(usize::from(*components))
            .map(|component| (component[1] >> 4, component[1] & 15))
            .map(|(horizontal, vertical)| (horizontal.max(1).into(), vertical.max(1).into()))
            .collect();
        (!sampling.is_empty()).then(|| Frame {
            width: u16::from_be_bytes([*w1, *w0]).into(),
            height: u16::from_be_bytes([*h1, *h0]).into(),
            is_progressive: marker == SOF2,
            sampling,
        })
    }

    /// The greatest sampling factors.
    fn most(&self) -> (u64, u64) {
        let horizontal = self.sampling.iter().map(|factors| factors.0).max();
        let vertical = self.sampling.iter().map(|factors| factors.1).max();
        (horizontal.unwrap_or(1), vertical.unwrap_or(1))
    }

    /// The least bits that code the frame: for each block of 8 x 8 samples a code for its mean, and in sequential frames one for
    /// the end of its block.
    fn min_bits(&self) -> u64 {
        let (h_most, v_most) = self.most();
        let blocks = self.sampling.iter().map(|&(horizontal, vertical)| {
            let columns = (self.width * horizontal).div_ceil(8 * h_most);
            columns * (self.height * vertical).div_ceil(8 * v_most)
        });
        let codes = if self.is_progressive { 1 } else { 2 };
        blocks.sum::<u64>() * codes
    }

    /// 16 bits for each coefficient of whole MCUs.
    fn coefficient_bytes(&self) -> u64 {
        let (h_most, v_most) = self.most();
        let units = self.width.div_ceil(8 * h_most) * self.height.div_ceil(8 * v_most);
        let blocks = self.sampling.iter().map(|factors| factors.0 * factors.1);
        units * blocks.sum::<u64>() * 64 * 2
    }

    /// 16 bits for each sample of a row of MCUs, as it is decoded and as it is enlarged to pixels, and of the rows around it.
    fn row_bytes(&self) -> u64 {
        let (h_most, v_most) = self.most();
        let columns = self.width.div_ceil(8 * h_most) * 8 * h_most;
        columns * 8 * v_most * 2 * 4 * self.sampling.len() as u64
    }
}
