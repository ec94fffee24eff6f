//! Files of images: how much memory they take, and how those that were cut off are refused.

#[path = "../../tests/tests/hostile/allocation.rs"]
mod allocation;

use std::io::Cursor;

use demilite::image::{Image, ImageError};
use image::{DynamicImage, ImageFormat};

/// Small files of every kind that the formats have, by name.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    macro_rules! files {
        ($($name:literal),+ $(,)?) => {
            vec![$(($name, include_bytes!(concat!("images/", $name)).to_vec())),+]
        };
    }
    let mut files = files![
        "bits.png",
        "cmyk.jpg",
        "grey.jpg",
        "interlaced.png",
        "palette.png",
        "progressive.jpg",
        "restarts.jpg",
        "sequential.jpg",
        "transparent.png",
        "turned.jpg",
    ];
    let image = drawn(21, 14);
    let deep = DynamicImage::ImageRgb16(image.to_rgb16());
    files.extend([
        ("deep.png", encoded(&deep, ImageFormat::Png)),
        ("colour.bmp", encoded(&image, ImageFormat::Bmp)),
        ("run_lengths.bmp", run_lengths(21, 14)),
    ]);
    files
}

/// An image whose pixels all differ.
fn drawn(width: u32, height: u32) -> DynamicImage {
    let image = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([x as u8, y as u8, (x * y) as u8])
    });
    DynamicImage::ImageRgb8(image)
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A bitmap of 256 colours whose rows are run lengths.
fn run_lengths(width: u8, height: u8) -> Vec<u8> {
    let row = [width, height, 0, 0];
    let mut runs = row.repeat(height.into());
    runs.extend([0, 1]);
    let start = 54 + 4 * 256;
    let mut file = b"BM".to_vec();
    for word in [start + runs.len() as u32, 0, start, 40] {
        file.extend(word.to_le_bytes());
    }
    file.extend(i32::from(width).to_le_bytes());
    file.extend(i32::from(height).to_le_bytes());
    file.extend([1, 0, 8, 0]);
    for word in [1, runs.len() as u32, 0, 0, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend((0..=255).flat_map(|grey| [grey, grey, grey, 0]));
    file.extend(runs);
    file
}

/// A baseline or progressive JPEG of one grey component that has as much coded data as its size takes: zeros.
fn jpeg(width: u16, height: u16, is_progressive: bool, coded: usize) -> Vec<u8> {
    let frame = if is_progressive { 0xc2 } else { 0xc0 };
    let mut file = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    file.extend([1; 64]);
    file.extend([0xff, frame, 0, 11, 8]);
    file.extend([height, width].map(u16::to_be_bytes).concat());
    file.extend(b"\x01\x01\x11\0");
    for table in [0x00, 0x10] {
        file.extend([0xff, 0xc4, 0, 20, table, 1]);
        file.extend([0; 16]);
    }
    let last = if is_progressive { 0 } else { 63 };
    file.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, last, 0]);
    file.extend(vec![0; coded]);
    file.extend(b"\xff\xd9");
    file
}

#[test]
fn every_file_is_read_whole_and_refused_cut_off() {
    for (name, file) in files() {
        Image::from_bytes(&file, name).unwrap_or_else(|error| panic!("{error}"));
        for length in 0..file.len() {
            let read = Image::from_bytes(&file[..length], name);
            assert!(read.is_err(), "{name} of {length} bytes of {}", file.len());
        }
    }
}

/// The least limit under which a file is read.
fn needed(file: &[u8], name: &str) -> u64 {
    let mut limit = 0;
    loop {
        match Image::from_bytes_within(file, name, limit) {
            Err(ImageError::TooLarge { needed, .. }) => {
                assert!(needed > limit, "{name}: {needed} bytes with {limit}");
                limit = needed;
            }
            _ => return limit,
        }
    }
}

/// What the header asks for is what is needed, and never less than what decoding takes.
#[test]
fn no_image_takes_more_than_its_limit() {
    let mut files = files();
    let large = drawn(500, 301);
    let deep = DynamicImage::ImageRgba16(large.to_rgba16());
    let wide = drawn(60_000, 3);
    let tall = drawn(2, 60_000);
    files.extend([
        ("large.png", encoded(&large, ImageFormat::Png)),
        ("deep.png", encoded(&deep, ImageFormat::Png)),
        ("large.jpg", encoded(&large, ImageFormat::Jpeg)),
        ("large.bmp", encoded(&large, ImageFormat::Bmp)),
        ("wide.png", encoded(&wide, ImageFormat::Png)),
        ("wide.jpg", encoded(&wide, ImageFormat::Jpeg)),
        ("wide.bmp", encoded(&wide, ImageFormat::Bmp)),
        ("tall.png", encoded(&tall, ImageFormat::Png)),
        ("tall.jpg", encoded(&tall, ImageFormat::Jpeg)),
        ("zeros.jpg", jpeg(3000, 2000, false, 30_000)),
        ("progressive_zeros.jpg", jpeg(3000, 2000, true, 30_000)),
    ]);
    let mut tested = 0;
    for (name, file) in files {
        let needed = needed(&file, name);
        let (_, peak) = allocation::peak_bytes(|| Image::from_bytes_within(&file, name, needed));
        let peak = (peak + file.len()) as u64;
        assert!(peak <= needed, "{name}: {peak} bytes of {needed}");
        let refused = Image::from_bytes_within(&file, name, needed - 1);
        assert!(matches!(refused, Err(ImageError::TooLarge { .. })));
        tested += 1;
    }
    assert_eq!(tested, 24);
}

/// Hardly any data, and extents below the limit: it is refused before it is decoded.
#[test]
fn an_image_whose_data_cannot_fill_it_is_refused() {
    for is_progressive in [false, true] {
        let file = jpeg(63_248, 2_816, is_progressive, 100);
        let (refused, peak) = allocation::peak_bytes(|| Image::from_bytes(&file, "a.jpg"));
        assert!(matches!(refused, Err(ImageError::Damaged { .. })));
        assert!(peak < 1 << 20, "{peak}");
    }
    let file = jpeg(65_500, 65_500, false, 100);
    assert!(Image::from_bytes(&file, "a.jpg").is_err());
}

#[test]
fn a_file_larger_than_the_limit_is_not_read_on() {
    let file = encoded(&drawn(64, 64), ImageFormat::Bmp);
    let endless = std::io::Read::chain(&file[..], std::io::repeat(0));
    let (refused, peak) =
        allocation::peak_bytes(|| Image::read_within(endless, "endless.bmp", 1 << 16));
    let error = refused.unwrap_err();
    assert!(
        matches!(error, ImageError::FileTooLarge { limit: 65_536, .. }),
        "{error}"
    );
    assert!(peak < 1 << 19, "{peak}");
    let zeros = Image::read_within(std::io::repeat(0), "zeros", u64::MAX);
    assert!(matches!(zeros, Err(ImageError::Format { .. })));
}

/// `(19595 R + 38470 G + 7471 B + 32768) / 65536`: 76.2, 149.7 and 29.1 of pure red, green and blue.
#[test]
fn brightness_is_that_of_bt_601() {
    let primaries = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 20, 30];
    let image = Image::from_rgb(5, 1, primaries.to_vec()).unwrap();
    assert_eq!(image.to_luma(), [76, 150, 29, 255, 18]);
}
