//! Files that are written whole or not at all.
//!
//! A file is written beside its place under another name and then renamed, so that whoever reads it sees what was there before
//! or all that came after. Pipes, devices and open descriptors, such as `/dev/stdout`, are written straight.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How a path is written.
enum Place {
    /// A new file beside it takes its place; with the permissions of the one that is there.
    Beside(PathBuf, Option<fs::Permissions>),
    /// The file there, whose folder takes no other.
    Within(PathBuf),
    /// A pipe or a device.
    Straight(PathBuf),
}

/// Whether a file can be written, as far as that can be told before: its folder is there and takes files, and it is itself no
/// folder and not write-protected. Nothing is changed.
///
/// # Errors
/// The operating system's.
pub fn check(path: impl AsRef<Path>) -> io::Result<()> {
    place(path.as_ref()).map(|_| ())
}

/// Writes a file, replacing one that is there. Where that fails a file that was there is as it was, unless its folder takes no
/// file beside it.
///
/// # Errors
/// The operating system's.
pub fn write(path: impl AsRef<Path>, bytes: &[u8]) -> io::Result<()> {
    match place(path.as_ref())? {
        Place::Beside(path, permissions) => {
            let mut file = beside(&path)?;
            file.write_all(bytes)?;
            file.flush()?;
            if let Some(permissions) = permissions {
                file.as_file().set_permissions(permissions)?;
            }
            file.persist(path).map(|_| ()).map_err(|error| error.error)
        }
        Place::Within(path) => fs::write(path, bytes),
        Place::Straight(path) => {
            let mut file = File::options().write(true).open(path)?;
            file.write_all(bytes)?;
            file.flush()
        }
    }
}

fn place(path: &Path) -> io::Result<Place> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes
        .last()
        .is_some_and(|&last| std::path::is_separator(last.into()))
    {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if path.file_name().is_none() {
        return Err(io::ErrorKind::InvalidFilename.into());
    }
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A link to nowhere is written where it leads.
            let path = fs::read_link(path).map_or_else(
                |_| path.to_owned(),
                |link| path.parent().unwrap_or(Path::new("")).join(link),
            );
            beside(&path)?;
            return Ok(Place::Beside(path, None));
        }
        Err(error) => return Err(error),
    };
    if found.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !found.is_file() || is_descriptor(path) {
        return Ok(Place::Straight(path.to_owned()));
    }
    File::options().write(true).open(path)?;
    let path = fs::canonicalize(path)?;
    match beside(&path) {
        Ok(_) => Ok(Place::Beside(path, Some(found.permissions()))),
        Err(_) => Ok(Place::Within(path)),
    }
}

/// Whether a path names an open descriptor of this process, whatever that is open on.
fn is_descriptor(path: &Path) -> bool {
    let folders = ["/dev/fd", "/proc/self/fd"].map(Path::new);
    let streams = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].map(Path::new);
    streams.contains(&path) || folders.iter().any(|folder| path.starts_with(folder))
}

/// A new file in the folder of `path`, which goes again unless it is kept.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // Where it is absent, the operating system says so in its own words.
    fs::metadata(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".demilite-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As the umask of the process narrows it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(without_name)
}

/// The operating system's error without the name of the file beside the one that is meant.
fn without_name(error: io::Error) -> io::Error {
    let kind = error.kind();
    let inner = error.into_inner();
    let source = inner.as_ref().and_then(|inner| inner.source());
    let source = source.and_then(|source| source.downcast_ref::<io::Error>());
    match source.and_then(io::Error::raw_os_error) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => kind.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{check, write};

    fn names(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_written_and_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        check(&path).unwrap();
        assert!(names(folder.path()).is_empty());
        for bytes in [&b"first"[..], b"second"] {
            write(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_cannot_be_written_is_noticed_before() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("absent").join("a");
        assert_eq!(
            check(&absent).unwrap_err().kind(),
            std::io::ErrorKind::NotFound
        );
        assert!(check(&absent).unwrap_err().raw_os_error().is_some());
        assert!(write(&absent, b"x").is_err());
        for name in ["", "/", "..", "new/"] {
            assert!(check(folder.path().join(name)).is_err(), "{name}");
        }
        assert!(check("").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay_and_devices_are_written_straight() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let [path, link, ahead] = ["a", "link", "ahead"].map(|name| folder.path().join(name));
        write(&path, b"first").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        write(&link, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        symlink("new", &ahead).unwrap();
        write(&ahead, b"third").unwrap();
        assert_eq!(fs::read(folder.path().join("new")).unwrap(), b"third");
        check("/dev/null").unwrap();
        write("/dev/null", b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error() {
        let error = write("/dev/full", &[0; 100_000]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }
}
