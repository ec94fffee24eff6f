//! What tests need that a machine may lack, and how a test says that it was skipped.
//!
//! A test that passes says nothing: what it prints is captured. So a skip goes past the capture to the standard error, and
//! as a line `TEST<tab>REASON<tab>NEED` to the end of the file that `DEMILITE_SKIPPED` names, by which `scripts/test` counts and `.ci/run`
//! knows which tests to run again where there are models. What is left out for another reason has no need.

pub mod wheel;

use std::env;
use std::fmt::{self, Display};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// What a test needs beyond the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// An adapter that wgpu finds.
    Gpu,
    /// The folder of real models that [`models`] names.
    Models,
    /// LiteRT in the virtual environment that `scripts/test` makes.
    Litert,
}

impl Need {
    /// The variable that makes a test fail where this is missing, when it is `1`.
    pub const fn variable(self) -> &'static str {
        match self {
            Need::Gpu => "DEMILITE_REQUIRE_GPU",
            Need::Models => "DEMILITE_REQUIRE_MODELS",
            Need::Litert => "DEMILITE_REQUIRE_LITERT",
        }
    }

    /// Its name in the list of what was skipped.
    const fn name(self) -> &'static str {
        match self {
            Need::Gpu => "gpu",
            Need::Models => "models",
            Need::Litert => "litert",
        }
    }

    /// Whether a test fails where this is missing.
    pub fn is_required(self) -> bool {
        env::var_os(self.variable()).is_some_and(|value| value == "1")
    }
}

/// Says that the running test is skipped, wholly or in part, since `need` is missing for this `reason`.
///
/// # Panics
/// Where [`Need::is_required`].
#[track_caller]
pub fn skip(need: Need, reason: impl Display) {
    assert!(
        !need.is_required(),
        "{reason}, and {} is set",
        need.variable()
    );
    leave_out_for(need.name(), reason);
}

/// Says that the running test is left out, wholly or in part, for a reason that is not a lack: it does not fit this adapter, or
/// not what was asked for.
pub fn leave_out(reason: impl Display) {
    leave_out_for("", reason);
}

fn leave_out_for(need: &str, reason: impl Display) {
    let test = Test::running();
    // `eprintln!` would be captured.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
    if let Some(list) = env::var_os("DEMILITE_SKIPPED") {
        let opened = OpenOptions::new().create(true).append(true).open(&list);
        let line = format!("{test}\t{reason}\t{need}\n");
        opened
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .unwrap_or_else(|error| panic!("DEMILITE_SKIPPED={}: {error}", list.display()));
    }
}

/// The folder of the package whose test runs.
///
/// It is looked up when the test runs: tests may be built in one clone and run in another.
pub fn package() -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => folder.into(),
        None => env::current_dir().expect("the folder that the test runs in"),
    }
}

/// The folder of the workspace around [`package`].
///
/// # Panics
/// Where the test runs outside of a workspace.
pub fn repository() -> PathBuf {
    let package = package();
    let mut folders = package.ancestors();
    let repository = folders.find(|folder| folder.join("Cargo.lock").is_file());
    let outside = || panic!("{} is in no workspace", package.display());
    repository.unwrap_or_else(outside).to_owned()
}

/// The folder of real models, `DEMILITE_MODELS` or `shared/models` beside the repository. It need not exist.
pub fn models() -> PathBuf {
    match env::var_os("DEMILITE_MODELS") {
        Some(folder) => folder.into(),
        None => repository().with_file_name("shared").join("models"),
    }
}

/// The name of a test: that of its file, then its own.
struct Test {
    file: String,
    name: String,
}

impl Test {
    /// The test of this thread, which libtest calls after it.
    fn running() -> Self {
        let program = env::current_exe().unwrap_or_default();
        let stem = program.file_stem().unwrap_or_default().to_string_lossy();
        let file = stem.rsplit_once('-').map_or(&*stem, |(file, _hash)| file);
        Test {
            file: file.to_owned(),
            name: std::thread::current().name().unwrap_or("main").to_owned(),
        }
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file, self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Runs a test of this file that is ignored, with what it reads of the environment.
    fn run(test: &str, environment: &[(&str, &str)]) -> bool {
        let this = env::current_exe().expect("this program");
        let mut command = Command::new(this);
        command.args(["--exact", test, "--ignored", "--test-threads=2"]);
        for variable in ["DEMILITE_REQUIRE_GPU", "DEMILITE_SKIPPED"] {
            command.env_remove(variable);
        }
        command.envs(environment.iter().copied());
        let output = command.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("running 1 test"), "{said}");
        output.status.success()
    }

    #[test]
    #[ignore = "the tests below run it"]
    fn lacks_a_gpu() {
        skip(Need::Gpu, "no adapter");
    }

    #[test]
    fn a_skip_stands_on_the_list() {
        let list = env::temp_dir().join(format!("demilite-skipped-{}", std::process::id()));
        let environment = [("DEMILITE_SKIPPED", list.to_str().expect("a path in UTF-8"))];
        assert!(run("tests::lacks_a_gpu", &environment));
        let lines = std::fs::read_to_string(&list).expect("the list");
        std::fs::remove_file(&list).expect("the list");
        assert_eq!(
            lines,
            "demilite_needs tests::lacks_a_gpu\tno adapter\tgpu\n"
        );
    }

    #[test]
    fn a_skip_fails_where_the_need_is_required() {
        assert!(run("tests::lacks_a_gpu", &[]));
        assert!(run("tests::lacks_a_gpu", &[("DEMILITE_REQUIRE_GPU", "0")]));
        assert!(!run("tests::lacks_a_gpu", &[("DEMILITE_REQUIRE_GPU", "1")]));
    }
}
