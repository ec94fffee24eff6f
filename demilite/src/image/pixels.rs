//! Images: reading and resizing.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use image::DynamicImage;

use super::decoding::{decode, read_file};
use super::error::ImageError;
use super::resampling::{Rectangle, Samples, resampled};

/// How an image takes on other extents.
///
/// Either way the resizing itself is bilinear: a pixel of the result is the average of the
/// pixels around its centre, with weights that fall linearly to zero at a distance of one pixel
/// when enlarging, and of one pixel of the result when shrinking, so that no pixel is passed over
/// (the rule of Pillow's `BILINEAR` and of `tf.image.resize` with `antialias`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// The largest rectangle of the result's aspect in the middle of the image is resized.
    #[default]
    Crop,
    /// The whole image is resized, whatever its aspect.
    Stretch,
}

/// An image with 8 or 16 bits a channel.
#[derive(Debug, Clone)]
pub struct Image {
    image: DynamicImage,
}

impl Image {
    /// The most bytes that reading an image takes unless another limit is given: 512 MiB.
    pub const DEFAULT_LIMIT: u64 = 512 << 20;

    /// Reads a png, jpeg or bmp file, told apart by their first bytes, and turns it as its
    /// Exif orientation says.
    ///
    /// # Errors
    /// [`ImageError::Io`], [`ImageError::Format`], [`ImageError::Damaged`] for a file that was cut off, or
    /// [`ImageError::TooLarge`] above [`DEFAULT_LIMIT`](Image::DEFAULT_LIMIT).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        Image::open_within(path, Image::DEFAULT_LIMIT)
    }

    /// Reads a file as [`open`](Image::open) does, within `limit` bytes: those of the file, of its pixels, and of all that its
    /// decoder holds beside them. A file whose header asks for more is refused before anything is decoded.
    ///
    /// # Errors
    /// Those of [`open`](Image::open).
    pub fn open_within(path: impl AsRef<Path>, limit: u64) -> Result<Self, ImageError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match std::fs::File::open(path) {
            Ok(file) => Image::read_within(file, &name, limit),
            Err(reason) => Err(ImageError::Io { path: name, reason }),
        }
    }

    /// Reads an image from a file or a pipe, up to its end, as [`open_within`](Image::open_within) does. `name` stands for it
    /// in messages.
    ///
    /// # Errors
    /// Those of [`open`](Image::open).
    pub fn read_within(mut reader: impl Read, name: &str, limit: u64) -> Result<Self, ImageError> {
        let file = read_file(&mut reader, limit).map_err(|reason| ImageError::Io {
            path: name.to_owned(),
            reason,
        })?;
        if file.len() as u64 > limit {
            return Err(ImageError::FileTooLarge {
                path: name.to_owned(),
                limit,
            });
        }
        Image::from_bytes_within(&file, name, limit)
    }

    /// Reads an image from bytes in memory. `name` stands for the file in messages.
    ///
    /// # Errors
    /// Those of [`open`](Image::open) but for [`ImageError::Io`].
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, ImageError> {
        Image::from_bytes_within(bytes, name, Image::DEFAULT_LIMIT)
    }

    /// Reads an image from bytes in memory, within a limit as that of [`open_within`](Image::open_within).
    ///
    /// # Errors
    /// Those of [`open`](Image::open) but for [`ImageError::Io`].
    pub fn from_bytes_within(bytes: &[u8], name: &str, limit: u64) -> Result<Self, ImageError> {
        let image = decode(bytes, name, limit)?;
        Ok(Image { image })
    }

    /// An image of these pixels, row by row from above, red, green and blue in turn; `None` where
    /// they are not `width · height · 3` bytes.
    pub fn from_rgb(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let image = image::RgbImage::from_raw(width, height, pixels)?;
        Some(Image {
            image: DynamicImage::ImageRgb8(image),
        })
    }

    /// The width in pixels.
    pub fn width(&self) -> u32 {
        self.image.width()
    }

    /// The height in pixels.
    pub fn height(&self) -> u32 {
        self.image.height()
    }

    /// The image in other extents, which are not 0.
    pub fn resized(&self, width: u32, height: u32, fit: Fit) -> Self {
        let (left, top, crop_width, crop_height) = match fit {
            Fit::Stretch => (0, 0, self.width(), self.height()),
            Fit::Crop => middle(self.width(), self.height(), width, height),
        };
        let rectangle = Rectangle {
            left,
            top,
            width: crop_width,
            height: crop_height,
        };
        let resized = resized_samples(&self.image, rectangle, (width, height));
        Image {
            // As many samples as the extents say, by `resampled`.
            image: resized.unwrap_or_else(|| DynamicImage::new_rgb8(width, height)),
        }
    }

    /// The pixels, row by row from above, red, green and blue in turn. Transparency is dropped.
    pub fn to_rgb(&self) -> Vec<u8> {
        self.rgb().into_owned()
    }

    /// The pixels, row by row from above, red, green, blue and opacity in turn; 255 is opaque, as is an image without
    /// transparency.
    pub fn to_rgba(&self) -> Vec<u8> {
        self.image.to_rgba8().into_raw()
    }

    /// The brightness of the pixels, row by row from above: the luma of ITU-R BT.601, `0.299 R + 0.587 G + 0.114 B`, as Pillow
    /// computes it, with weights in 65,536ths, and rounded to the nearest.
    pub fn to_luma(&self) -> Vec<u8> {
        const WEIGHTS: [u32; 3] = [19_595, 38_470, 7_471];
        let luma = |pixel: &[u8]| {
            let sum: u32 = std::iter::zip(pixel, WEIGHTS)
                .map(|(&sample, weight)| u32::from(sample) * weight)
                .sum();
            ((sum + (1 << 15)) >> 16) as u8
        };
        self.rgb().chunks_exact(3).map(luma).collect()
    }

    fn rgb(&self) -> Cow<'_, [u8]> {
        match &self.image {
            DynamicImage::ImageRgb8(image) => Cow::Borrowed(image.as_raw()),
            image => Cow::Owned(image.to_rgb8().into_raw()),
        }
    }
}

/// A rectangle of an image in other extents, with the same channels.
fn resized_samples(
    image: &DynamicImage,
    rectangle: Rectangle,
    extents: (u32, u32),
) -> Option<DynamicImage> {
    let (width, height) = extents;
    /// Resamples the samples of `$image` and makes an image of the same kind of them.
    macro_rules! resampled_as {
        ($image:expr, $variant:ident, $channels:literal, $sample:ty) => {{
            let source = Samples {
                samples: $image.as_raw().as_slice(),
                width: $image.width() as usize,
                channels: $channels,
            };
            let round = |sum: f32| sum.clamp(0.0, <$sample>::MAX.into()).round() as $sample;
            let samples = resampled(source, rectangle, extents, round);
            image::ImageBuffer::from_raw(width, height, samples).map(DynamicImage::$variant)
        }};
    }
    match image {
        DynamicImage::ImageLuma8(image) => resampled_as!(image, ImageLuma8, 1, u8),
        DynamicImage::ImageLumaA8(image) => resampled_as!(image, ImageLumaA8, 2, u8),
        DynamicImage::ImageRgb8(image) => resampled_as!(image, ImageRgb8, 3, u8),
        DynamicImage::ImageRgba8(image) => resampled_as!(image, ImageRgba8, 4, u8),
        DynamicImage::ImageLuma16(image) => resampled_as!(image, ImageLuma16, 1, u16),
        DynamicImage::ImageLumaA16(image) => resampled_as!(image, ImageLumaA16, 2, u16),
        DynamicImage::ImageRgb16(image) => resampled_as!(image, ImageRgb16, 3, u16),
        DynamicImage::ImageRgba16(image) => resampled_as!(image, ImageRgba16, 4, u16),
        // Of none of the formats that are read.
        other => {
            let image = other.to_rgb8();
            resampled_as!(image, ImageRgb8, 3, u8)
        }
    }
}

/// The largest rectangle of the aspect `width : height` in the middle of `from_width` by
/// `from_height`, as left, top, width and height, rounded to whole pixels and down to the left and
/// above.
fn middle(from_width: u32, from_height: u32, width: u32, height: u32) -> (u32, u32, u32, u32) {
    let scaled = |extent: u32, numerator: u32, denominator: u32, most: u32| {
        let rounded = (u64::from(extent) * u64::from(numerator) + u64::from(denominator) / 2)
            / u64::from(denominator);
        u32::try_from(rounded).unwrap_or(most).clamp(1, most)
    };
    let crop_width = scaled(from_height, width, height, from_width.max(1));
    let crop_height = scaled(from_width, height, width, from_height.max(1));
    let left = (from_width - crop_width.min(from_width)) / 2;
    let top = (from_height - crop_height.min(from_height)) / 2;
    (left, top, crop_width, crop_height)
}

#[cfg(test)]
mod tests {
    use super::{Fit, Image, ImageError, middle};

    /// An image of one row whose pixels are grey.
    fn row(greys: &[u8]) -> Image {
        let pixels = greys.iter().flat_map(|&grey| [grey; 3]).collect();
        Image::from_rgb(greys.len() as u32, 1, pixels).unwrap()
    }

    fn greys(image: &Image) -> Vec<u8> {
        image
            .to_rgb()
            .chunks_exact(3)
            .map(|pixel| pixel[0])
            .collect()
    }

    #[test]
    fn the_crop_lies_in_the_middle() {
        assert_eq!(middle(512, 341, 224, 224), (85, 0, 341, 341));
        assert_eq!(middle(341, 512, 224, 224), (0, 85, 341, 341));
        assert_eq!(middle(100, 100, 200, 100), (0, 25, 100, 50));
        assert_eq!(middle(1, 1000, 1000, 1), (0, 499, 1, 1));
    }

    #[test]
    fn cropping_drops_the_sides_and_stretching_does_not() {
        let image = row(&[0, 80, 160, 240]);
        assert_eq!(greys(&image.resized(1, 1, Fit::Crop)), [80]);
        assert_eq!(greys(&image.resized(1, 1, Fit::Stretch)), [120]);
    }

    /// Centres at 1 and 3 of the old pixels' borders; weights 1/4, 3/4, 3/4, 1/4 of the centres at
    /// 0.5, 1.5, 2.5, 3.5 within a distance of 2, at the border without those outside:
    /// (3·0 + 3·80 + 160) / 7 and (80 + 3·160 + 3·240) / 7.
    #[test]
    fn shrinking_averages_over_the_result_s_pixel() {
        let image = row(&[0, 80, 160, 240]);
        assert_eq!(greys(&image.resized(2, 1, Fit::Stretch)), [57, 183]);
    }

    /// Centres at 0.25, 0.75, 1.25, 1.75: the outer ones see one pixel, the inner ones lie a
    /// quarter of the way to the other.
    #[test]
    fn enlarging_interpolates() {
        let image = row(&[0, 200]);
        assert_eq!(greys(&image.resized(4, 1, Fit::Stretch)), [0, 50, 150, 200]);
    }

    #[test]
    fn equal_extents_keep_the_pixels() {
        let image = row(&[3, 1, 4, 1, 5]);
        assert_eq!(greys(&image.resized(5, 1, Fit::Crop)), [3, 1, 4, 1, 5]);
    }

    #[test]
    fn bytes_that_are_no_image_are_refused() {
        let error = Image::from_bytes(b"hello", "greeting.png").unwrap_err();
        let words = error.to_string();
        assert!(words.starts_with("greeting.png is not an image"), "{words}");
        let truncated = &demilite_models::shapes::STAR[..5000];
        assert!(Image::from_bytes(truncated, "star.png").is_err());
    }

    /// The header of a PNG of this width and height.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend([width, height].map(u32::to_be_bytes).concat());
        chunk.extend([8, 2, 0, 0, 0]);
        let mut check = !0_u32;
        for &byte in &chunk {
            check ^= u32::from(byte);
            for _ in 0..8 {
                check = (check >> 1) ^ (0xedb8_8320 & (check & 1).wrapping_neg());
            }
        }
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        file.extend(chunk);
        file.extend((!check).to_be_bytes());
        file
    }

    #[test]
    fn images_that_claim_enormous_extents_are_refused() {
        let mut png = png_header(100_000, 100_000);
        png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        // A baseline JPEG of three channels: its frame header alone says how large it is.
        let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x11\0\x02\x11\0\x03\x11\0\
            \xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0\xff\xd9";
        let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bmp.extend([60_000_i32, 60_000].map(i32::to_le_bytes).concat());
        bmp.extend(b"\x01\0\x18\0");
        bmp.extend([0; 24]);
        let files: [(&[u8], &str); 3] = [(&png, "a.png"), (jpeg, "a.jpg"), (&bmp, "a.bmp")];
        for (bytes, name) in files {
            let error = Image::from_bytes(bytes, name).unwrap_err();
            assert!(matches!(error, ImageError::TooLarge { .. }), "{error}");
        }
    }
}
