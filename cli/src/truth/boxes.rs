//! Boxes in a file as COCO has them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use demilite::optimize::Samples;
use demilite::optimize::evaluation::{ReadBoxes, Truth};
use demilite::optimize::metrics::{Found, Region, TrueBox};
use demilite::post::detections;
use serde::Deserialize;

use crate::data::Joined;
use crate::failure::Failure;

/// The part of the format that is read.
#[derive(Deserialize)]
struct Annotated {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Image {
    id: i64,
    file_name: String,
    width: f32,
    height: f32,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: i64,
    category_id: i64,
    /// The left and upper edge, the width and the height, in pixels.
    bbox: [f32; 4],
    #[serde(default)]
    iscrowd: u8,
}

/// The boxes of the samples, as fractions of their images; `offset` makes classes of categories.
pub(super) fn open(path: &Path, offset: i64, samples: &Joined) -> Result<Truth, Failure> {
    let invalid = |reason: String| Failure::Invalid(format!("{}: {reason}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| invalid(error.to_string()))?;
    let boxes = of_images(&text, offset).map_err(invalid)?;
    let of_sample = |index| {
        let name = samples.name(index);
        let own = boxes.get(&name).cloned();
        own.ok_or_else(|| invalid(format!("it has no image {name}")))
    };
    let boxes = (0..samples.count()).map(of_sample);
    Ok(Truth::Boxes {
        boxes: boxes.collect::<Result<_, _>>()?,
        read: reader(),
    })
}

/// Reads the outputs of detection post-processing.
fn reader() -> ReadBoxes {
    Arc::new(|outputs| {
        let found = detections(outputs).map_err(|error| error.to_string())?;
        let found = found.iter().map(|found| Found {
            class: found.class,
            score: found.score,
            region: Region {
                top: found.top,
                left: found.left,
                bottom: found.bottom,
                right: found.right,
            },
        });
        Ok(found.collect())
    })
}

/// The boxes of each image by the name of its file.
fn of_images(text: &str, offset: i64) -> Result<BTreeMap<String, Vec<TrueBox>>, String> {
    let annotated: Annotated = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let by_id: BTreeMap<i64, &Image> = annotated
        .images
        .iter()
        .map(|image| (image.id, image))
        .collect();
    let names = annotated.images.iter();
    let mut boxes: BTreeMap<String, Vec<TrueBox>> = names
        .map(|image| (image.file_name.clone(), Vec::new()))
        .collect();
    for annotation in &annotated.annotations {
        let image = by_id.get(&annotation.image_id);
        let image = image
            .ok_or_else(|| format!("a box is of image {}, which it lacks", annotation.image_id))?;
        let class = annotation.category_id.checked_add(offset);
        let class = class
            .and_then(|class| usize::try_from(class).ok())
            .ok_or_else(|| {
                format!(
                    "category {} is below 0 with --label-offset {offset}",
                    annotation.category_id
                )
            })?;
        let [left, top, width, height] = annotation.bbox;
        let is_sound = width >= 0.0 && height >= 0.0 && image.width > 0.0 && image.height > 0.0;
        if !is_sound {
            return Err(format!("a box of {} has no extent", image.file_name));
        }
        let region = Region {
            top: top / image.height,
            left: left / image.width,
            bottom: (top + height) / image.height,
            right: (left + width) / image.width,
        };
        boxes
            .entry(image.file_name.clone())
            .or_default()
            .push(TrueBox {
                class,
                region,
                is_crowd: annotation.iscrowd != 0,
            });
    }
    Ok(boxes)
}

#[cfg(test)]
mod tests {
    use super::of_images;

    const TEXT: &str = r#"{
        "images": [{"id": 7, "file_name": "a.png", "width": 200, "height": 100},
                   {"id": 8, "file_name": "b.png", "width": 10, "height": 10}],
        "annotations": [{"image_id": 7, "category_id": 3, "bbox": [50, 25, 100, 50], "iscrowd": 1}],
        "categories": [{"id": 3, "name": "car"}]
    }"#;

    #[test]
    fn boxes_are_fractions_of_their_image() {
        let boxes = of_images(TEXT, -1).unwrap();
        assert!(boxes["b.png"].is_empty());
        let own = boxes["a.png"][0];
        assert_eq!((own.class, own.is_crowd), (2, true));
        let region = own.region;
        assert_eq!((region.top, region.left), (0.25, 0.25));
        assert_eq!((region.bottom, region.right), (0.75, 0.75));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert!(
            of_images(TEXT, -4)
                .unwrap_err()
                .contains("--label-offset -4")
        );
        let stray = TEXT.replace("\"image_id\": 7", "\"image_id\": 9");
        assert!(of_images(&stray, 0).unwrap_err().contains("image 9"));
        let inverted = TEXT.replace("[50, 25, 100, 50]", "[50, 25, -1, 50]");
        assert!(
            of_images(&inverted, 0)
                .unwrap_err()
                .contains("a box of a.png")
        );
        assert!(of_images("{}", 0).is_err());
    }
}
