//! Files in memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::aligned_bytes::AlignedBytes;

/// What a file or a pipe holds.
pub(super) fn read(path: &Path) -> io::Result<AlignedBytes> {
    let mut file = File::open(path)?;
    // What a file says of its length is where to begin: a pipe says 0.
    let stated = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut bytes = AlignedBytes::default();
    bytes.try_resize(stated)?;
    let mut filled = 0;
    loop {
        let room = &mut bytes.as_mut_slice()[filled..];
        let wanted = room.len();
        let read = read_up_to(&mut file, room)?;
        filled += read;
        if read < wanted {
            bytes.try_resize(filled)?;
            return Ok(bytes);
        }
        let mut more = [0; 4096];
        let read = read_up_to(&mut file, &mut more)?;
        if read == 0 {
            bytes.try_resize(filled)?;
            return Ok(bytes);
        }
        // Whatever else follows has as much room again.
        bytes.try_resize((2 * filled).max(filled + read))?;
        bytes.as_mut_slice()[filled..][..read].copy_from_slice(&more[..read]);
        filled += read;
    }
}

/// Reads until the buffer is full or nothing is left, and gives how much that was.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::read;

    #[test]
    fn whole_files_are_read_whatever_their_length() {
        let path = std::env::temp_dir().join(format!("demilite-read-{}", std::process::id()));
        for length in [0, 1, 15, 16, 4095, 4096, 10_001] {
            let content: Vec<u8> = (0..length).map(|index| index as u8).collect();
            fs::write(&path, &content).unwrap();
            assert_eq!(read(&path).unwrap().as_slice(), content);
        }
        fs::remove_file(&path).unwrap();
    }

    /// Files of `/proc` say that they are empty.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_states_no_length_is_read_to_its_end() {
        let expected = fs::read("/proc/self/limits").unwrap();
        let read = read(std::path::Path::new("/proc/self/limits")).unwrap();
        assert_eq!(read.as_slice(), expected);
    }
}
