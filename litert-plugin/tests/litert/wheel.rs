//! The wheel, built around the library of this test and run as its README says.

use std::path::Path;
use std::process::Command;

use demilite_needs::wheel::{Wheels, expect_success};

use crate::runtime::{Runtime, library};

/// The lines of the wheel's README, run on the bundled model in the runtime that there is.
const README: &str = "
import pathlib, re, sys
from runtime import RUNTIME
text = pathlib.Path(sys.argv[1]).read_text()
code = re.search(r'```python\\n(.*?)```', text, re.DOTALL).group(1)
code = code.replace('ai_edge_litert.interpreter', RUNTIME.__name__)
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
    let source = demilite_needs::package().join("python");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wheel");
    let wheels = Wheels::new(runtime.python(), folder);
    let Some(wheel) = wheels.build(&source, "DEMILITE_LITERT_LIBRARY", &library()) else {
        return;
    };
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    let expected = concat!("demilite_litert-", env!("CARGO_PKG_VERSION"), "-py3-none-");
    assert!(name.starts_with(expected), "{name}");
    let site = wheels.install(&wheel);
    let paths = [&site, &demilite_needs::package().join("tests/python")];
    let paths = std::env::join_paths(paths).expect("folders without a colon");
    let mut run = Command::new(runtime.python());
    run.args(["-c", README])
        .args([
            &source.join("README.md"),
            &demilite_needs::repository().join("models/shapes/shapes_int8.tflite"),
            &site,
        ])
        .env("PYTHONPATH", paths);
    expect_success(&mut run);
}
