//! Images that become inputs, as many at once as the model takes.

use std::path::{Path, PathBuf};

use demilite::image::{Fit, Image, ImageError, ImageInput, Layout, Normalization, PixelValues};

use super::{Feed, Refusal, Source};
use crate::failure::Failure;
use crate::streams;

/// Images of files, read when their turn comes.
pub(crate) struct ImageFeeds {
    pub(super) input: ImageInput,
    pub(super) fit: Fit,
    /// The most bytes that an image may take.
    pub(super) limit: u64,
    /// Files, the next one first.
    pub(super) files: std::vec::IntoIter<PathBuf>,
}

impl ImageFeeds {
    /// The next invocation; nothing after the last one.
    ///
    /// An image that cannot be read is refused, and the others of its batch are run: one of them takes its place.
    pub(super) fn next(&mut self) -> Option<Result<Feed, Failure>> {
        let mut feed = Feed::default();
        let mut images: Vec<Option<Image>> = Vec::new();
        for path in self.files.by_ref().take(self.input.batch()) {
            let name = streams::name(&path);
            match read(&path, self.limit) {
                Ok(image) => {
                    feed.sources.push(Source {
                        name,
                        place: images.len(),
                    });
                    images.push(Some(image));
                }
                Err(error) => {
                    feed.refused.push(Refusal {
                        source: name,
                        failure: error.into(),
                    });
                    images.push(None);
                }
            }
        }
        if images.is_empty() {
            return None;
        }
        feed.batch = images.len();
        let Some(first) = images.iter().flatten().next() else {
            return Some(Ok(feed));
        };
        let input = match self.sized(first, &images, &feed) {
            Ok(input) => input,
            Err(failure) => return Some(Err(failure)),
        };
        let stand_in = match feed.refused.is_empty() {
            true => None,
            false => Some(first.clone()),
        };
        let whole = images.into_iter();
        let whole: Vec<Image> = whole
            .filter_map(|image| image.or_else(|| stand_in.clone()))
            .collect();
        match input.value(&whole, self.fit) {
            Ok(value) => feed.values = vec![value],
            Err(error) => return Some(Err(error.into())),
        }
        Some(Ok(feed))
    }

    /// The input in the size of the first image, where it is open, which is that of all others too. It stays within the limit,
    /// whoever chose its size.
    fn sized(
        &self,
        first: &Image,
        images: &[Option<Image>],
        feed: &Feed,
    ) -> Result<ImageInput, Failure> {
        let size = |image: &Image| (image.width(), image.height());
        let is_open = self.input.height().is_none() || self.input.width().is_none();
        let input = self.input.clone().sized_for(first)?;
        let mut others = images.iter().flatten();
        if is_open && others.any(|image| size(image) != size(first)) {
            return Err(Failure::Usage(
                "the images of one batch differ in size, which the model leaves open: --size HxW \
                 gives all of them one"
                    .to_owned(),
            ));
        }
        let elements = input.shape().checked_elements();
        let bytes = elements.and_then(|elements| input.dtype().bytes_for(elements));
        if bytes.is_none_or(|bytes| bytes as u64 > self.limit) {
            let name = feed.sources.first().map_or("", |source| &source.name);
            let (whose, remedy) = match is_open {
                true => ("of its own size, ", "--size HxW makes it smaller, "),
                false => ("", ""),
            };
            return Err(Failure::Invalid(format!(
                "{name}: an input {whose}{} {} takes more than the limit of {} bytes: \
                 {remedy}--image-limit raises the limit",
                input.dtype(),
                input.shape(),
                self.limit
            )));
        }
        Ok(input)
    }

    /// How images become tensors, in words.
    pub(super) fn preparation(&self) -> String {
        image_words(&self.input, self.fit)
    }
}

/// How images become an input, in words.
pub(crate) fn image_words(input: &ImageInput, fit: Fit) -> String {
    let how = match fit {
        Fit::Crop => "cropped in the middle",
        Fit::Stretch => "stretched",
    };
    let colours = match input.channels() {
        1 => "grey",
        3 => "RGB",
        _ => "RGBA",
    };
    let values = match input.pixel_values() {
        PixelValues::AsTheyAre => "pixels as they are".to_owned(),
        PixelValues::Normalized(rule) => normalization_words("pixel", rule),
    };
    let size = match (input.width(), input.height()) {
        (Some(width), Some(height)) => format!("{width} × {height} {colours}, {how}"),
        (None, None) => format!("each image's own size, {colours}"),
        (Some(width), None) => format!("{width} × each image's height {colours}, {how}"),
        (None, Some(height)) => format!("each image's width × {height} {colours}, {how}"),
    };
    let layout = match input.layout() {
        Layout::Nchw | Layout::Chw => ", channels first",
        _ => "",
    };
    format!("{size}, {values}, as {}{layout}", input.dtype())
}

/// What becomes of numbers, in words.
pub(crate) fn normalization_words(what: &str, rule: &Normalization) -> String {
    format!(
        "({what} - {}) / {}",
        numbers(rule.mean()),
        numbers(rule.std())
    )
}

fn read(path: &Path, limit: u64) -> Result<Image, ImageError> {
    let name = streams::name(path);
    match streams::open(path) {
        Ok(stream) => Image::read_within(stream, &name, limit),
        Err(reason) => Err(ImageError::Io { path: name, reason }),
    }
}

fn numbers(numbers: &[f32]) -> String {
    let words: Vec<String> = numbers.iter().map(f32::to_string).collect();
    match words.len() {
        1 => words.concat(),
        _ => format!("[{}]", words.join(", ")),
    }
}
