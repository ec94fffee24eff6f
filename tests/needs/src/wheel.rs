//! Wheels of this workspace, built around libraries that cargo built for a test.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{Need, skip};

/// A Python, and a folder that a test may fill.
#[derive(Debug, Clone)]
pub struct Wheels {
    python: PathBuf,
    folder: PathBuf,
}

/// The library that cargo built for the tests of its package, by the package's name with underscores.
///
/// # Panics
/// Where there is none.
pub fn library(name: &str) -> PathBuf {
    let test = env::current_exe().expect("this program");
    let folder = test.parent().expect("the folder of this program");
    let (prefix, suffix) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let library = folder.join(format!("{prefix}{name}{suffix}"));
    assert!(library.is_file(), "there is no {}", library.display());
    library
}

impl Wheels {
    /// Empties a folder, for wheels that this Python builds.
    ///
    /// # Panics
    /// Where the folder cannot be emptied.
    pub fn new(python: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        let (python, folder) = (python.into(), folder.into());
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("a folder of this test");
        }
        fs::create_dir_all(&folder).expect("a folder in the target folder");
        Wheels { python, folder }
    }

    /// Builds the wheel of a folder with a `setup.py`, with a variable that names the library to put in. `None` where setuptools is not to
    /// be had.
    ///
    /// # Panics
    /// Where the wheel does not build.
    pub fn build(&self, source: &Path, variable: &str, library: &Path) -> Option<PathBuf> {
        // Setuptools leaves what it builds beside the sources.
        let copy = self.folder.join("source");
        copy_folder(source, &copy);
        let wheels = self.folder.join("wheels");
        let mut command = self.pip(&["wheel", "--no-deps", "--wheel-dir"]);
        command.args([&wheels, &copy]).env(variable, library);
        let built = command.output().expect("Python");
        let complaint = String::from_utf8_lossy(&built.stderr);
        if complaint.contains("No matching distribution") {
            skip(Need::Litert, "setuptools is not to be had from here");
            return None;
        }
        assert!(built.status.success(), "{complaint}");
        let mut wheels = fs::read_dir(&wheels).expect("a folder");
        Some(wheels.next().expect("a wheel").expect("a wheel").path())
    }

    /// Installs a wheel alone into a folder, and gives the folder.
    ///
    /// # Panics
    /// Where it does not install.
    pub fn install(&self, wheel: &Path) -> PathBuf {
        let site = self.folder.join("site");
        let mut command = self.pip(&["install", "--no-deps", "--target"]);
        expect_success(command.args([&site, wheel]));
        site
    }

    /// Makes a virtual environment with these requirements alone, and gives its Python. `None` where they are not to be had.
    ///
    /// # Panics
    /// Where there is no such environment.
    pub fn environment(&self, requirements: &[&OsStr]) -> Option<PathBuf> {
        let environment = self.folder.join("environment");
        let mut make = Command::new(&self.python);
        expect_success(make.args(["-m", "venv"]).arg(&environment));
        let bin = if cfg!(windows) { "Scripts" } else { "bin" };
        let python = environment.join(bin).join("python");
        let inside = Wheels {
            python: python.clone(),
            folder: self.folder.clone(),
        };
        let mut install = inside.pip(&["install", "--prefer-binary"]);
        let installed = install.args(requirements).output().expect("Python");
        let complaint = String::from_utf8_lossy(&installed.stderr);
        if complaint.contains("No matching distribution") {
            skip(Need::Litert, "numpy is not to be had from here");
            return None;
        }
        assert!(installed.status.success(), "{complaint}");
        Some(python)
    }

    fn pip(&self, arguments: &[&str]) -> Command {
        let mut pip = Command::new(&self.python);
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        pip.args(arguments);
        pip
    }
}

/// Runs a command, and gives what it printed.
///
/// # Panics
/// Where it fails, with what it said.
pub fn expect_success(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("a program that runs");
    let printed = String::from_utf8_lossy(&stdout).into_owned();
    let complaint = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{printed}{complaint}{status}");
    printed
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
