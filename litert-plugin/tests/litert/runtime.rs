//! A Python with a runtime, and the library that it is to load.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use demilite_needs::Need;

/// A Python with LiteRT, tflite-runtime or TensorFlow.
pub(crate) struct Runtime {
    python: PathBuf,
}

/// The delegate's library, which cargo builds for the tests of its package.
pub(crate) fn library() -> PathBuf {
    demilite_needs::wheel::library("demilite_litert")
}

impl Runtime {
    /// The Python that `DEMILITE_PYTHON` names, or that of the virtual environment; `None` where there is no LiteRT and it need not
    /// be there.
    pub(crate) fn find() -> Option<Self> {
        let python = match env::var_os("DEMILITE_PYTHON") {
            Some(python) => PathBuf::from(python),
            None => demilite_needs::repository().join(".venv/bin/python"),
        };
        let script = demilite_needs::package().join("tests/python");
        let import = Command::new(&python)
            .args(["-c", "import runtime"])
            .env("PYTHONPATH", script)
            .output();
        if import.is_ok_and(|output| output.status.success()) {
            return Some(Runtime { python });
        }
        demilite_needs::skip(Need::Litert, format!("no LiteRT in {}", python.display()));
        None
    }

    /// The interpreter that has the runtime.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// Runs a script with the library as its first argument, and gives what it prints.
    ///
    /// # Errors
    /// What it says where it fails.
    pub(crate) fn run(&self, script: &str, arguments: &[&OsStr]) -> Result<String, String> {
        let script = demilite_needs::package().join("tests/python").join(script);
        let output = Command::new(&self.python)
            .arg(script)
            .arg(library())
            .args(arguments)
            .output();
        let output = output.map_err(|error| error.to_string())?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.success() {
            true => Ok(printed),
            false => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                Err(format!("{printed}{complaint}{}", output.status))
            }
        }
    }
}
