//! A folder of images.

use std::fs;
use std::path::{Path, PathBuf};

use demilite::Model;
use demilite::image::{Fit, Image, ImageInput, ModelMetadata, Normalization};
use demilite::optimize::{Sample, Samples};

use crate::failure::Failure;
use crate::inputs::image_words;

/// Extensions of files that are images.
const EXTENSIONS: &[&str] = &["png", "jpg", "jpeg", "bmp"];

/// The images of a folder in the order of their names, read when their turn comes.
pub(super) struct Images {
    files: Vec<PathBuf>,
    input: ImageInput,
    fit: Fit,
    signature: Option<String>,
}

impl Images {
    pub(super) fn open(
        folder: &Path,
        model: &Model,
        graph_index: usize,
        rule: Option<Normalization>,
        fit: Fit,
        signature: Option<&str>,
    ) -> Result<Self, Failure> {
        let name = folder.display();
        let input = ImageInput::of(&model.graphs()[graph_index]).map_err(|error| {
            Failure::Usage(format!(
                "{name} is a folder of images, and {error}: give an .npz archive"
            ))
        })?;
        let input = match rule {
            Some(rule) => input.normalized(rule)?,
            None => match ModelMetadata::of(model)?.filter(|_| graph_index == 0) {
                Some(metadata) => match metadata.inputs.first() {
                    Some(description) => input.described(description)?,
                    None => input,
                },
                None => input,
            },
        };
        let unreadable = |error| Failure::Invalid(format!("{name}: {error}"));
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            let extension = extension.map(str::to_ascii_lowercase);
            if extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str())) {
                files.push(path);
            }
        }
        if files.is_empty() {
            let extensions = EXTENSIONS.join(", ");
            return Err(Failure::Invalid(format!(
                "{name} has no images ({extensions})"
            )));
        }
        files.sort();
        Ok(Images {
            files,
            input,
            fit,
            signature: signature.map(str::to_owned),
        })
    }
}

impl Images {
    /// How images become inputs, in words.
    pub(super) fn preparation(&self) -> String {
        image_words(&self.input, self.fit)
    }
}

impl Samples for Images {
    fn count(&self) -> usize {
        self.files.len() / self.input.batch()
    }

    fn sample(&self, index: usize) -> Result<Sample, String> {
        let batch = self.input.batch();
        let files = &self.files[index * batch..][..batch];
        let images = files.iter().map(Image::open);
        let images: Vec<Image> = images
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        let value = self.input.value(&images, self.fit);
        let value = value.map_err(|error| format!("{}: {error}", files[0].display()))?;
        let mut sample = Sample::ordered(vec![value]);
        sample.signature.clone_from(&self.signature);
        Ok(sample)
    }

    fn name(&self, index: usize) -> String {
        super::file_name(&self.files[index * self.input.batch()])
    }
}
