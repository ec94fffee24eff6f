//! `-` for standard input, and pipes in place of files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The name of a stream in messages.
pub(crate) const STANDARD_INPUT: &str = "standard input";

/// The most bytes that are read from a pipe of tensors: 2 GiB.
const PIPE_LIMIT: usize = 2 << 30;

/// Whether a path stands for standard input or standard output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// A path as messages name it.
pub(crate) fn name(path: &Path) -> String {
    match is_standard(path) {
        true => STANDARD_INPUT.to_owned(),
        false => path.display().to_string(),
    }
}

/// Opens a file, a pipe, or standard input.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    match is_standard(path) {
        true => Ok(Box::new(io::stdin().lock())),
        false => Ok(Box::new(File::open(path)?)),
    }
}

/// The bytes of what cannot be read in any order; `None` for a file.
pub(crate) fn read_pipe(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if !is_standard(path) && fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut stream = open(path)?;
    let mut bytes = Vec::new();
    let mut part = [0; 1 << 16];
    loop {
        let length = match stream.read(&mut part) {
            Ok(0) => return Ok(Some(bytes)),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.len() + length > PIPE_LIMIT {
            let words = format!("more than {PIPE_LIMIT} bytes from a pipe: give a file");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
        }
        if bytes.capacity() - bytes.len() < length {
            let more = bytes.len().max(part.len());
            bytes
                .try_reserve(more)
                .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        }
        bytes.extend_from_slice(&part[..length]);
    }
}
