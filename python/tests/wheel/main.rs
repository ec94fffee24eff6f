//! The package `demilite` as a wheel, in an environment that has numpy and nothing else, and beside LiteRT.

mod installed;
mod models;
mod parity;

use std::path::Path;
use std::process::Command;

use demilite_needs::wheel::expect_success;
use demilite_needs::{package, repository};

use installed::Installed;

/// Runs the Python lines of a section of a page, one block after the other, in a folder that has the files that they name.
const PAGE: &str = "
import pathlib, re, sys
text = pathlib.Path(sys.argv[1]).read_text()
text = text[text.index(sys.argv[2]) + 1:].split('\\n## ')[0]
blocks = re.findall(r'```python\\n(.*?)```', text, re.DOTALL)
assert blocks, 'no lines of Python'
names = {}
for block in blocks:
    exec(block, names)
";

/// Runs the lines of a section beside a model that they call `model.tflite` and an input that they call `image.npy`.
fn run_page(page: &Path, heading: &str) {
    let Some(installed) = Installed::get() else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).expect("a folder in the target folder");
    let model = repository().join("models/shapes/shapes_f32.tflite");
    std::fs::copy(model, folder.join("model.tflite")).expect("a file");
    let image = "import numpy; numpy.save('image.npy', numpy.zeros((1, 96, 96, 3), numpy.float32))";
    expect_success(
        Command::new(&installed.python)
            .args(["-c", image])
            .current_dir(&folder),
    );
    expect_success(
        Command::new(&installed.python)
            .args(["-c", PAGE])
            .arg(page)
            .arg(heading)
            .current_dir(&folder),
    );
}

#[test]
fn the_lines_of_the_readmes_run() {
    run_page(&package().join("README.md"), "# demilite");
    run_page(&repository().join("README.md"), "## Call it from Python");
}

#[test]
fn the_interpreter_does_what_litert_s_does() {
    let Some(installed) = Installed::get() else {
        return;
    };
    let small = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small-models");
    models::write(&small);
    let mut tests = Command::new(&installed.python);
    tests
        .args(["-m", "unittest", "test_interpreter", "test_optimize"])
        .current_dir(package().join("tests/python"))
        .env("DEMILITE_SHAPES", repository().join("models/shapes"))
        .env("DEMILITE_SMALL", small);
    expect_success(&mut tests);
}

#[test]
fn the_table_of_calls_is_up_to_date() {
    let Some(installed) = Installed::get() else {
        return;
    };
    let page = repository().join("docs/from-litert.md");
    let mut script = Command::new(&installed.litert);
    script
        .arg(package().join("tests/python/api_table.py"))
        .arg(&page)
        .env("PYTHONPATH", &installed.site);
    let expected = expect_success(&mut script);
    if std::env::var_os("DEMILITE_WRITE_DOCS").is_some() {
        std::fs::write(&page, &expected).expect("the page");
    }
    let written = std::fs::read_to_string(&page).expect("the page");
    assert!(
        written == expected,
        "docs/from-litert.md is not what the packages are: DEMILITE_WRITE_DOCS=1 writes it anew"
    );
}

#[test]
fn the_wheel_is_for_every_python() {
    let Some(installed) = Installed::get() else {
        return;
    };
    let name = installed
        .wheel
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let expected = concat!("demilite-", env!("CARGO_PKG_VERSION"), "-cp39-abi3-");
    assert!(name.starts_with(expected), "{name}");
}
