//! The wheel, built around the library of this test, and an environment that it is installed into.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use demilite_needs::Need;
use demilite_needs::wheel::{Wheels, library};

/// The package, installed.
pub(crate) struct Installed {
    /// The wheel.
    pub(crate) wheel: PathBuf,
    /// The Python of an environment that has the package and numpy.
    pub(crate) python: PathBuf,
    /// A folder that has the package alone, for the Python that has LiteRT.
    pub(crate) site: PathBuf,
    /// The Python that has LiteRT.
    pub(crate) litert: PathBuf,
}

impl Installed {
    /// The package, built and installed once for all tests; `None` where that takes what is not there.
    pub(crate) fn get() -> Option<&'static Self> {
        static INSTALLED: OnceLock<Option<Installed>> = OnceLock::new();
        let installed = INSTALLED.get_or_init(Installed::new).as_ref();
        if installed.is_none() {
            demilite_needs::skip(Need::Litert, "the wheel is not installed");
        }
        installed
    }

    fn new() -> Option<Self> {
        let litert = demilite_needs::repository().join(".venv/bin/python");
        if !litert.is_file() {
            return None;
        }
        let wheels = Wheels::new(
            &litert,
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("demilite-wheel"),
        );
        let library = library("demilite_python");
        let wheel = wheels.build(
            &demilite_needs::package(),
            "DEMILITE_PYTHON_LIBRARY",
            &library,
        )?;
        Some(Installed {
            python: wheels.environment(&[wheel.as_os_str()])?,
            site: wheels.install(&wheel),
            wheel,
            litert,
        })
    }
}
