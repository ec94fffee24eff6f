//! What a `.tflite` file says of its inputs and outputs.
//!
//! A file may carry, under the name `TFLITE_METADATA`, a FlatBuffer with the identifier `M001`
//! (the schema is `metadata_schema.fbs` of TFLite Support): names, descriptions, normalization,
//! and the names of files, such as labels, which lie in a zip archive behind the model's own bytes.

mod associated_file;
mod flatbuffer;
#[cfg(test)]
mod tests;

use flatbuffers::InvalidFlatbuffer;

use demilite_core::Model;

use super::normalization::Normalization;
use flatbuffer::{Fields, Reader};

pub use associated_file::{associated_file, associated_file_in, with_associated_files};

/// The name that metadata has in a model.
const NAME: &str = "TFLITE_METADATA";
/// Bytes 4 to 7 of the metadata's FlatBuffer.
const IDENTIFIER: &[u8] = b"M001";
/// The code of `NormalizationOptions` in the union `ProcessUnitOptions`.
const NORMALIZATION_OPTIONS: u8 = 1;

/// Why metadata, or a file that it names, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// Metadata of another kind than TFLite's.
    #[error("{model}: its metadata is not TFLite's: it lacks the identifier M001")]
    WrongIdentifier {
        /// The model.
        model: String,
    },
    /// An offset or a length leads outside.
    #[error("{model}: its metadata is damaged: {reason}")]
    Malformed {
        /// The model.
        model: String,
        /// What is wrong, and where.
        reason: InvalidFlatbuffer,
    },
    /// The model file cannot be read again.
    #[error("{path}: {reason}")]
    Io {
        /// The model file.
        path: String,
        /// The operating system's reason.
        reason: std::io::Error,
    },
    /// The file that metadata names is not in the archive behind the model, or damaged.
    #[error("{path} names {name:?} in its metadata and does not carry it: {reason}")]
    AssociatedFile {
        /// The model file.
        path: String,
        /// The file within.
        name: String,
        /// What is wrong with the archive.
        reason: zip::result::ZipError,
    },
    /// The archive behind the model is damaged.
    #[error("{path} carries files behind its model, and they are damaged: {reason}")]
    Archive {
        /// The model file.
        path: String,
        /// What is wrong with the archive.
        reason: zip::result::ZipError,
    },
    /// A file in the archive that is larger than any label file.
    #[error("{path}: {name:?} in its metadata takes more than {limit} bytes")]
    TooLarge {
        /// The model file.
        path: String,
        /// The file within.
        name: String,
        /// The most that is read.
        limit: u64,
    },
}

/// What a file says of a model.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ModelMetadata {
    /// The model's name.
    pub name: String,
    /// What the model does.
    pub description: String,
    /// The model's version.
    pub version: String,
    /// Who made it.
    pub author: String,
    /// Under what conditions.
    pub license: String,
    /// The inputs of the first graph, in its order.
    pub inputs: Vec<TensorMetadata>,
    /// The outputs of the first graph, in its order.
    pub outputs: Vec<TensorMetadata>,
}

/// What a file says of an input or an output.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct TensorMetadata {
    /// The tensor's name.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// How raw values are normalized.
    pub normalization: Option<Normalization>,
    /// The least elements, in the tensor's own type: one, or one for each channel; empty where the file says nothing.
    pub min: Vec<f32>,
    /// The greatest elements, as `min`.
    pub max: Vec<f32>,
    /// Files that belong to it, such as labels.
    pub associated_files: Vec<AssociatedFile>,
}

/// A file in the archive behind a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssociatedFile {
    /// Its name in the archive.
    pub name: String,
    /// What it is.
    pub kind: AssociatedFileType,
}

/// What an associated file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssociatedFileType {
    /// Labels of the indices along an axis: for each score of an output what it is the score of.
    AxisLabels,
    /// Labels of the values themselves.
    ValueLabels,
    /// Anything else.
    Other,
}

impl ModelMetadata {
    /// The metadata of a model; `None` where it has none.
    ///
    /// # Errors
    /// [`MetadataError::WrongIdentifier`] or [`MetadataError::Malformed`].
    pub fn of(model: &Model) -> Result<Option<Self>, MetadataError> {
        let Some(bytes) = model.metadata(NAME) else {
            return Ok(None);
        };
        if bytes.get(4..8) != Some(IDENTIFIER) {
            return Err(MetadataError::WrongIdentifier {
                model: model.name().to_owned(),
            });
        }
        let limits = flatbuffer::limits(bytes.len());
        let mut reader = Reader::new(bytes, &limits);
        let metadata = reader
            .follow(0)
            .and_then(|root| ModelMetadata::read(&mut reader, root));
        metadata
            .map(Some)
            .map_err(|reason| MetadataError::Malformed {
                model: model.name().to_owned(),
                reason,
            })
    }

    fn read(reader: &mut Reader<'_, '_>, at: usize) -> Result<Self, InvalidFlatbuffer> {
        let [name, description, version, subgraphs, author, license]: Fields<6> =
            reader.fields(at)?;
        let subgraphs = reader.tables(subgraphs, |reader, at| {
            let [_, _, inputs, outputs]: Fields<4> = reader.fields(at)?;
            Ok((
                reader.tables(inputs, TensorMetadata::read)?,
                reader.tables(outputs, TensorMetadata::read)?,
            ))
        })?;
        let (inputs, outputs) = subgraphs.into_iter().next().unwrap_or_default();
        Ok(ModelMetadata {
            name: reader.string(name)?.unwrap_or_default(),
            description: reader.string(description)?.unwrap_or_default(),
            version: reader.string(version)?.unwrap_or_default(),
            author: reader.string(author)?.unwrap_or_default(),
            license: reader.string(license)?.unwrap_or_default(),
            inputs,
            outputs,
        })
    }
}

impl TensorMetadata {
    /// The first associated file with labels of the indices.
    pub fn axis_labels(&self) -> Option<&AssociatedFile> {
        let mut files = self.associated_files.iter();
        files.find(|file| file.kind == AssociatedFileType::AxisLabels)
    }

    fn read(reader: &mut Reader<'_, '_>, at: usize) -> Result<Self, InvalidFlatbuffer> {
        let [
            name,
            description,
            _,
            _,
            process_units,
            stats,
            associated_files,
        ]: Fields<7> = reader.fields(at)?;
        let [max, min]: Fields<2> = match stats {
            Some(stats) => {
                let stats = reader.follow(stats)?;
                reader.fields(stats)?
            }
            None => [None; 2],
        };
        let units = reader.tables(process_units, normalization)?;
        Ok(TensorMetadata {
            name: reader.string(name)?.unwrap_or_default(),
            description: reader.string(description)?.unwrap_or_default(),
            normalization: units.into_iter().flatten().next(),
            min: reader.floats(min)?,
            max: reader.floats(max)?,
            associated_files: reader.tables(associated_files, AssociatedFile::read)?,
        })
    }
}

/// The rule in a table `ProcessUnit`, where that is what it holds and the rule can be applied.
fn normalization(
    reader: &mut Reader<'_, '_>,
    at: usize,
) -> Result<Option<Normalization>, InvalidFlatbuffer> {
    let [kind, options]: Fields<2> = reader.fields(at)?;
    let (NORMALIZATION_OPTIONS, Some(options)) = (reader.byte(kind)?, options) else {
        return Ok(None);
    };
    let options = reader.follow(options)?;
    let [mean, std]: Fields<2> = reader.fields(options)?;
    Ok(Normalization::new(
        reader.floats(mean)?,
        reader.floats(std)?,
    ))
}

impl AssociatedFile {
    fn read(reader: &mut Reader<'_, '_>, at: usize) -> Result<Self, InvalidFlatbuffer> {
        let [name, _, kind]: Fields<3> = reader.fields(at)?;
        Ok(AssociatedFile {
            name: reader.string(name)?.unwrap_or_default(),
            kind: match reader.byte(kind)? {
                2 => AssociatedFileType::AxisLabels,
                3 => AssociatedFileType::ValueLabels,
                _ => AssociatedFileType::Other,
            },
        })
    }
}
