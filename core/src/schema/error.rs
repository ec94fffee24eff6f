//! What can be wrong with the bytes of a model, and with a model to be written.

use std::fmt;

use flatbuffers::InvalidFlatbuffer;

/// Why a `.tflite` file could not be read, or a model not be written.
///
/// `path` fields name the place in terms of the schema, such as
/// `Model.subgraphs[0].tensors[3].name`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The file ends before the root offset and the identifier.
    #[error(
        "{length} bytes are too few for a .tflite model: its header alone takes 8; fetch the file again"
    )]
    TooShort {
        /// Length of the file in bytes.
        length: usize,
    },
    /// Bytes 4 to 7 of the file are not `TFL3`.
    #[error(
        "not a .tflite model: its identifier is \"{}\", expected \"TFL3\"{}",
        identifier.escape_ascii(), Resemblance(*looks_like)
    )]
    WrongIdentifier {
        /// Bytes 4 to 7 of the file.
        identifier: [u8; 4],
        /// What the first bytes are known to stand for, where they are.
        looks_like: Option<&'static str>,
    },
    /// An offset or a length leads to a place where the file cannot hold what it should.
    #[error("the model is damaged at {path}: {fault}; fetch or convert it again")]
    Malformed {
        /// The table and field.
        path: String,
        /// What is wrong there.
        fault: Fault,
    },
    /// A union member that this schema does not know was read as its code alone, so that it cannot
    /// be written.
    #[error(
        "cannot write {path}: member {code} of the union {union_name} is not known to this schema"
    )]
    UnknownUnionMember {
        /// The table and field.
        path: String,
        /// Name of the union in the schema.
        union_name: &'static str,
        /// Code of the member.
        code: u8,
    },
    /// Bytes that lie beyond the FlatBuffer of the file that was read have no place in another file.
    #[error(
        "cannot write {path}: its bytes lie beyond the FlatBuffer they were read from; \
         take them from that file into the model first"
    )]
    DetachedBytes {
        /// The field that says where the bytes start.
        path: String,
    },
    /// Offsets within a FlatBuffer have 31 bits.
    #[error("cannot write {path}: the file would be larger than 2 GiB, the limit of the format")]
    TooLarge {
        /// The table and field that did not fit.
        path: String,
    },
}

/// What is wrong with a place in a FlatBuffer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A value lies past the end of the file.
    #[error("bytes {start} to {end} lie outside the file")]
    OutOfBounds {
        /// First byte of the value.
        start: usize,
        /// The byte after the value's last.
        end: usize,
    },
    /// A table or an offset does not lie at a multiple of its size.
    #[error("an offset or a table starts at byte {position}, which is not aligned")]
    Unaligned {
        /// Where it starts.
        position: usize,
    },
    /// Values that share their bytes would take far more memory than the file is long.
    #[error("values overlap so much that they take many times the size of the file")]
    Expanding,
    /// Any other finding of the FlatBuffers verifier.
    #[error("{0}")]
    Other(String),
}

impl SchemaError {
    /// A fault at a place that the callers name with [`SchemaError::within`].
    pub(super) fn malformed(fault: Fault) -> Self {
        Self::Malformed {
            path: String::new(),
            fault,
        }
    }

    /// Puts a step in front of the path: `Model`, `.tensors` or `[3]`.
    pub(super) fn within(mut self, step: impl fmt::Display) -> Self {
        match &mut self {
            Self::Malformed { path, .. }
            | Self::UnknownUnionMember { path, .. }
            | Self::DetachedBytes { path }
            | Self::TooLarge { path } => *path = format!("{step}{path}"),
            Self::TooShort { .. } | Self::WrongIdentifier { .. } => {}
        }
        self
    }
}

impl From<InvalidFlatbuffer> for SchemaError {
    fn from(finding: InvalidFlatbuffer) -> Self {
        Self::malformed(match finding {
            InvalidFlatbuffer::RangeOutOfBounds { range, .. } => Fault::OutOfBounds {
                start: range.start,
                end: range.end,
            },
            InvalidFlatbuffer::SignedOffsetOutOfBounds {
                soffset, position, ..
            } => {
                let vtable = position.saturating_add_signed((soffset as isize).saturating_neg());
                Fault::OutOfBounds {
                    start: vtable,
                    end: vtable.saturating_add(4),
                }
            }
            InvalidFlatbuffer::Unaligned { position, .. } => Fault::Unaligned { position },
            InvalidFlatbuffer::TooManyTables | InvalidFlatbuffer::ApparentSizeTooLarge => {
                Fault::Expanding
            }
            other => Fault::Other(other.to_string().trim_end().to_owned()),
        })
    }
}

/// The end of the sentence about a wrong identifier.
struct Resemblance(Option<&'static str>);

impl fmt::Display for Resemblance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(kind) => write!(f, "; the file looks like {kind}"),
            None => Ok(()),
        }
    }
}

/// Names the kind of a file by its first bytes, where they tell.
pub(super) fn resemblance(bytes: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 10] = [
        (
            b"PK\x03\x04",
            "a zip archive (a .keras or PyTorch model, or a bundle to unpack first)",
        ),
        (
            b"\x89HDF\r\n\x1a\n",
            "an HDF5 file (a Keras model: convert it to .tflite)",
        ),
        (b"\x1f\x8b", "a gzip archive: unpack it first"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"\x80\x02", "a Python pickle (a PyTorch checkpoint)"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer: fetch the file itself with `git lfs pull`",
        ),
        (b"<", "an HTML or XML page"),
        (b"{", "JSON text"),
        (
            b"\x08\x01\x12",
            "a TensorFlow SavedModel: convert it to .tflite",
        ),
        (b"GGUF", "a GGUF model"),
    ];
    if let Some((_, kind)) = SIGNATURES
        .iter()
        .find(|(signature, _)| bytes.starts_with(signature))
    {
        return Some(kind);
    }
    // A `ModelProto` begins with ir_version (field 1), then a string: producer_name (2), domain (4)
    // or a later field.
    matches!(bytes, [0x08, 3..=32, 0x12 | 0x1a | 0x22 | 0x3a | 0x42, ..])
        .then_some("an ONNX model: convert it to .tflite")
}
