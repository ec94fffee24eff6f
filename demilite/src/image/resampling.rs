//! Bilinear resampling.

/// Columns whose sums are taken together.
const BLOCK: usize = 64;
/// The most samples of a pixel.
const CHANNELS: usize = 4;

/// Samples of an image, row by row from above, the channels of a pixel in turn.
#[derive(Clone, Copy)]
pub(super) struct Samples<'a, T> {
    pub(super) samples: &'a [T],
    /// The width of the image in pixels.
    pub(super) width: usize,
    /// Samples of a pixel, 1 to 4.
    pub(super) channels: usize,
}

/// A rectangle in pixels, which is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The pixels along one dimension that a pixel of the result is the average of.
struct Window {
    from: usize,
    to: usize,
    centre: f32,
    reach: f32,
    sum: f32,
}

impl Window {
    /// Those of each of `count` pixels made of `extent`.
    fn along(extent: u32, count: u32) -> Vec<Self> {
        let ratio = extent as f32 / count as f32;
        let reach = ratio.max(1.0);
        let windows = (0..count).map(|index| {
            let centre = (index as f32 + 0.5) * ratio;
            let from = ((centre - reach).floor() as i64).clamp(0, i64::from(extent) - 1);
            let to = ((centre + reach).ceil() as i64).clamp(from + 1, i64::from(extent));
            let mut window = Window {
                from: from as usize,
                to: to as usize,
                centre: centre - 0.5,
                reach,
                sum: 1.0,
            };
            window.sum = (window.from..window.to).map(|at| window.weight(at)).sum();
            window
        });
        windows.collect()
    }

    /// The weight of a pixel: it falls linearly to zero at a distance of `reach`; all of them come to 1.
    fn weight(&self, at: usize) -> f32 {
        let distance = ((at as f32 - self.centre) / self.reach).abs();
        (1.0 - distance).max(0.0) / self.sum
    }
}

/// The samples of a rectangle in other extents, which are not 0, each rounded by `round`.
///
/// Sums run down the columns of a window first and then along them. Nothing is kept but the result.
pub(super) fn resampled<T: Copy + Into<f32>>(
    source: Samples<'_, T>,
    rectangle: Rectangle,
    (width, height): (u32, u32),
    round: impl Fn(f32) -> T,
) -> Vec<T> {
    let Samples {
        samples, channels, ..
    } = source;
    let row = |y: usize| {
        let start = (rectangle.top as usize + y) * source.width + rectangle.left as usize;
        &samples[start * channels..][..rectangle.width as usize * channels]
    };
    if (rectangle.width, rectangle.height) == (width, height) {
        return (0..height as usize).flat_map(row).copied().collect();
    }
    let columns = Window::along(rectangle.width, width);
    let mut result = Vec::with_capacity(width as usize * height as usize * channels);
    for rows in &Window::along(rectangle.height, height) {
        for window in &columns {
            let mut pixel = [0.0_f32; CHANNELS];
            let mut from = window.from;
            while from < window.to {
                let to = window.to.min(from + BLOCK);
                let mut sums = [0.0_f32; BLOCK * CHANNELS];
                for y in rows.from..rows.to {
                    let weight = rows.weight(y);
                    let block = &row(y)[from * channels..to * channels];
                    for (sum, &sample) in std::iter::zip(&mut sums, block) {
                        *sum += sample.into() * weight;
                    }
                }
                for (x, sums) in std::iter::zip(from..to, sums.chunks_exact(channels)) {
                    let weight = window.weight(x);
                    for (sum, column) in std::iter::zip(&mut pixel, sums) {
                        *sum += column * weight;
                    }
                }
                from = to;
            }
            result.extend(pixel[..channels].iter().map(|&sum| round(sum)));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use image::imageops::{self, FilterType};

    use super::{Rectangle, Samples, resampled};

    /// The crate that decodes images resizes them too, with much memory: the same samples come out.
    #[test]
    fn it_gives_what_the_image_crate_gives() {
        let (width, height) = (37_u32, 23_u32);
        let mut state = 1_u32;
        let image = image::RgbaImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgba(state.to_be_bytes())
        });
        let source = Samples {
            samples: image.as_raw(),
            width: width as usize,
            channels: 4,
        };
        for (left, top, w, h) in [(0, 0, width, height), (3, 5, 20, 11), (36, 22, 1, 1)] {
            let rectangle = Rectangle {
                left,
                top,
                width: w,
                height: h,
            };
            let cropped = imageops::crop_imm(&image, left, top, w, h).to_image();
            for extents in [(1, 1), (7, 5), (37, 23), (36, 24), (90, 3), (100, 200)] {
                let expected =
                    imageops::resize(&cropped, extents.0, extents.1, FilterType::Triangle);
                let round = |sum: f32| sum.clamp(0.0, 255.0).round() as u8;
                let found = resampled(source, rectangle, extents, round);
                assert_eq!(found, expected.into_raw(), "{rectangle:?} to {extents:?}");
            }
        }
    }

    /// One row of very many pixels: neither its weights nor its sums are kept.
    #[test]
    fn long_rows_are_averaged() {
        let samples = vec![7_u8; 1 << 20];
        let source = Samples {
            samples: &samples,
            width: samples.len(),
            channels: 1,
        };
        let rectangle = Rectangle {
            left: 0,
            top: 0,
            width: 1 << 20,
            height: 1,
        };
        let found = resampled(source, rectangle, (2, 3), |sum| sum.round() as u8);
        assert_eq!(found, [7; 6]);
    }
}
