//! The wheel, built around the library of this test and run as its README says.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use demilite_needs::Need;

use crate::runtime::{Runtime, library, repository};

/// The lines of the wheel's README, run on the bundled model.
const README: &str = "
import pathlib, re, sys
text = pathlib.Path(sys.argv[1]).read_text()
code = re.search(r'```python\\n(.*?)```', text, re.DOTALL).group(1)
exec(code.replace('model.tflite', sys.argv[2]).replace('\"gpu\"', '\"cpu\", strict=True, deny=[\"SVDF\"]'))
interpreter.allocate_tensors()
interpreter.invoke()
assert demilite_litert.library().parent == pathlib.Path(sys.argv[3]) / 'demilite_litert'
";

#[test]
fn the_wheel_finds_its_own_library() {
    let Some(runtime) = Runtime::find() else {
        return;
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wheel");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    let pip = |arguments: &[&std::ffi::OsStr]| -> Output {
        let mut pip = Command::new(runtime.python());
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"])
            .args(arguments);
        pip.env("DEMILITE_LITERT_LIBRARY", library())
            .output()
            .expect("Python")
    };
    // Setuptools leaves what it builds beside the sources.
    let copy = folder.join("source");
    copy_folder(&source, &copy);
    let wheels = folder.join("wheels");
    let built = pip(&[
        "wheel".as_ref(),
        "--no-deps".as_ref(),
        "--wheel-dir".as_ref(),
        wheels.as_ref(),
        copy.as_ref(),
    ]);
    let complaint = String::from_utf8_lossy(&built.stderr);
    if complaint.contains("No matching distribution") {
        return demilite_needs::skip(Need::Litert, "setuptools is not to be had from here");
    }
    assert!(built.status.success(), "{complaint}");
    let wheel = fs::read_dir(&wheels)
        .expect("a folder")
        .next()
        .expect("a wheel")
        .expect("a wheel")
        .path();
    let name = wheel
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let expected = concat!("demilite_litert-", env!("CARGO_PKG_VERSION"), "-py3-none-");
    assert!(name.starts_with(expected), "{name}");
    let site = folder.join("site");
    let installed = pip(&[
        "install".as_ref(),
        "--no-deps".as_ref(),
        "--target".as_ref(),
        site.as_ref(),
        wheel.as_ref(),
    ]);
    assert!(
        installed.status.success(),
        "{}",
        String::from_utf8_lossy(&installed.stderr)
    );
    let run = Command::new(runtime.python())
        .args(["-c", README])
        .args([
            source.join("README.md"),
            repository().join("models/shapes/shapes_int8.tflite"),
            site.clone(),
        ])
        .env("PYTHONPATH", &site)
        .output()
        .expect("Python");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in the target folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        match source.is_dir() {
            true => copy_folder(&source, &target),
            false => drop(fs::copy(source, target).expect("a file")),
        }
    }
}
