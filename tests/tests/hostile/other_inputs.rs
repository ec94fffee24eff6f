//! Damaged images, archives of tensors, and metadata with the archive of labels behind a model.

use std::cell::Cell;
use std::fs;
use std::io::{Cursor, Write};

use demilite_core::schema;
use proptest::prelude::*;
use proptest::sample::Index;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::calls::calling_models;
use super::described::described;
use super::inputs::{is_image, labels_in, tensors_in};
use super::mutation::damage;
use super::original::Original;
use super::{place, runner, seed};

/// Damaged files that one run of each test tries.
const FILES: u32 = 2000;

/// Damages each file and reads it; some are still read, and some are not.
fn every_input_holds(files: Vec<Vec<u8>>, is_read: impl Fn(&[u8]) -> bool) {
    assert!(files.iter().all(|file| is_read(file)), "an original");
    let originals: Vec<Original> = files.into_iter().map(Original::opaque).collect();
    let [refused, read] = [Cell::new(0_u32), Cell::new(0_u32)];
    let damages = prop::collection::vec(damage(), 1..4);
    let result = runner(FILES).run(&(any::<Index>(), damages), |(index, damages)| {
        let original = &originals[index.index(originals.len())];
        let count = match is_read(&original.damaged(&damages)) {
            true => &read,
            false => &refused,
        };
        count.set(count.get() + 1);
        Ok(())
    });
    let counts = format!("{} refused, {} read", refused.get(), read.get());
    println!("{counts}");
    result.unwrap_or_else(|error| panic!("DEMILITE_SEED={}: {error}", seed()));
    assert!(refused.get() > 0 && read.get() > 0, "{counts}");
}

/// A small image in each format that is read, and those that lie beside the tests of image files: every kind of each format.
fn images() -> Vec<Vec<u8>> {
    let star = place::repository().join("models/shapes/images/star.png");
    let star = fs::read(star).expect("a bundled image");
    let small = image::load_from_memory(&star).expect("an image");
    let small = small.thumbnail(19, 17).to_rgb8();
    let formats = [
        image::ImageFormat::Png,
        image::ImageFormat::Jpeg,
        image::ImageFormat::Bmp,
    ];
    let written = formats.map(|format| {
        let mut file = Cursor::new(Vec::new());
        small.write_to(&mut file, format).expect("memory holds it");
        file.into_inner()
    });
    let folder = place::repository().join("demilite/tests/images");
    let files = fs::read_dir(folder).expect("the folder of images");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let files = paths.iter().map(|path| fs::read(path).expect("an image"));
    written.into_iter().chain(files).collect()
}

#[test]
fn damaged_images_give_errors_or_images() {
    every_input_holds(images(), is_image);
}

/// An archive with two arrays as NumPy writes them.
fn archive() -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let arrays: [(&str, &str, &[u8]); 2] = [
        (
            "in0.npy",
            "'<f4', 'fortran_order': False, 'shape': (2, 3)",
            &[0; 24],
        ),
        (
            "in1.npy",
            "'|i1', 'fortran_order': True, 'shape': (2, 1)",
            &[7; 2],
        ),
    ];
    for (name, header, data) in arrays {
        let header = format!("{{'descr': {header}, }}\n");
        let added = archive.start_file(name, SimpleFileOptions::default());
        added.expect("a name of a file");
        let length = (header.len() as u16).to_le_bytes();
        for part in [
            b"\x93NUMPY\x01\0".as_slice(),
            &length,
            header.as_bytes(),
            data,
        ] {
            archive.write_all(part).expect("memory holds it");
        }
    }
    archive.finish().expect("memory holds it").into_inner()
}

#[test]
fn damaged_archives_give_errors_or_tensors() {
    every_input_holds(vec![archive()], |file| {
        tensors_in(file).is_some_and(|count| count > 0)
    });
}

#[test]
fn damaged_metadata_and_labels_give_errors_or_labels() {
    let models = calling_models();
    let described = models
        .iter()
        .map(|(_, file)| described(schema::read(file).expect("it is in order")));
    let files: Vec<Vec<u8>> = described.collect();
    assert_eq!(labels_in(&files[0]), Some(4));
    every_input_holds(files, |file| labels_in(file).is_some());
}
