//! Images that become inputs, as many at once as the model takes.

use std::path::{Path, PathBuf};

use demilite::pictures::{Fit, Layout, Picture, PictureError, PictureInput, PixelValues};

use super::{Feed, Refusal, Source};
use crate::failure::Failure;
use crate::streams;

/// Images of files, read when their turn comes.
pub(crate) struct ImageFeeds {
    pub(super) input: PictureInput,
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
        let mut pictures: Vec<Option<Picture>> = Vec::new();
        for path in self.files.by_ref().take(self.input.batch()) {
            let name = streams::name(&path);
            match read(&path, self.limit) {
                Ok(picture) => {
                    feed.sources.push(Source {
                        name,
                        place: pictures.len(),
                    });
                    pictures.push(Some(picture));
                }
                Err(error) => {
                    feed.refused.push(Refusal {
                        source: name,
                        failure: error.into(),
                    });
                    pictures.push(None);
                }
            }
        }
        if pictures.is_empty() {
            return None;
        }
        feed.batch = pictures.len();
        let Some(first) = pictures.iter().flatten().next() else {
            return Some(Ok(feed));
        };
        let input = match self.sized(first, &pictures, &feed) {
            Ok(input) => input,
            Err(failure) => return Some(Err(failure)),
        };
        let stand_in = match feed.refused.is_empty() {
            true => None,
            false => Some(first.clone()),
        };
        let whole = pictures.into_iter();
        let whole: Vec<Picture> = whole
            .filter_map(|picture| picture.or_else(|| stand_in.clone()))
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
        first: &Picture,
        pictures: &[Option<Picture>],
        feed: &Feed,
    ) -> Result<PictureInput, Failure> {
        let size = |picture: &Picture| (picture.width(), picture.height());
        let is_open = self.input.height().is_none() || self.input.width().is_none();
        let input = self.input.clone().sized_for(first)?;
        let mut others = pictures.iter().flatten();
        if is_open && others.any(|picture| size(picture) != size(first)) {
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
        let input = &self.input;
        let how = match self.fit {
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
            PixelValues::Normalized(rule) => {
                format!(
                    "(pixel - {}) / {}",
                    numbers(rule.mean()),
                    numbers(rule.std())
                )
            }
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
}

fn read(path: &Path, limit: u64) -> Result<Picture, PictureError> {
    let name = streams::name(path);
    match streams::open(path) {
        Ok(stream) => Picture::read_within(stream, &name, limit),
        Err(source) => Err(PictureError::Io { path: name, source }),
    }
}

fn numbers(numbers: &[f32]) -> String {
    let words: Vec<String> = numbers.iter().map(f32::to_string).collect();
    match words.len() {
        1 => words.concat(),
        _ => format!("[{}]", words.join(", ")),
    }
}
