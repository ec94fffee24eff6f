//! Where files lie, what they are called, and how long they are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use demilite_core::for_each_op;

/// Files over [`LONG`] lines, each with the reason why it is not two files.
const LONG_FILES: &[(&str, &str)] = &[];

/// Lines that a file may have without a reason.
const LONG: usize = 500;

/// Lines that no file may have.
const TOO_LONG: usize = 1000;

/// Names that tell no job.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "manager", "misc", "common",
];

/// Folders of what runs a model where there is no clock, as on wasm32-unknown-unknown.
const WITHOUT_CLOCK: &[&str] = &[
    "core/src",
    "executor/src",
    "cpu-reference/src",
    "custom-ops/src",
    "shaders/src",
    "demilite/src",
];

/// Folders in which each op has a file.
const FOLDERS_OF_OPS: [&str; 4] = [
    "core/src/op",
    "cpu-reference/src/op",
    "gpu-delegate/src/op",
    "tests/src/cases",
];

/// Extensions of files that people write.
const WRITTEN: &[&str] = &[
    "rs", "wgsl", "py", "sh", "md", "toml", "c", "h", "cpp", "hpp",
];

fn root() -> PathBuf {
    demilite_needs::repository()
}

/// Files of the repository, from its root; what git ignores is left out.
fn files() -> Vec<PathBuf> {
    let root = root();
    let walk = ignore::WalkBuilder::new(&root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let files: Vec<PathBuf> = walk
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| {
            let path = entry.path().strip_prefix(&root).expect("a file inside");
            path.to_owned()
        })
        .collect();
    assert!(
        files.len() > 100,
        "only {} files were found: the walk went wrong",
        files.len()
    );
    files
}

fn is_written(path: &Path) -> bool {
    match path.extension().and_then(OsStr::to_str) {
        Some(extension) => WRITTEN.contains(&extension),
        None => path.starts_with("scripts") || path.starts_with(".ci"),
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

#[test]
fn files_are_short() {
    let mut faults = Vec::new();
    let mut listed: Vec<&str> = LONG_FILES.iter().map(|(path, _)| *path).collect();
    for path in files().iter().filter(|path| is_written(path)) {
        let lines = text(path).lines().count();
        let name = path.to_string_lossy();
        let place = listed.iter().position(|listed| *listed == name);
        let reason = place.map(|place| listed.swap_remove(place));
        if lines > TOO_LONG || lines > LONG && reason.is_none() {
            faults.push(format!("{name} has {lines} lines"));
        } else if lines <= LONG && reason.is_some() {
            faults.push(format!(
                "{name} has {lines} lines and needs no place on the list"
            ));
        }
    }
    faults.extend(listed.iter().map(|path| format!("{path} is not there")));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn names_tell_a_job() {
    let tells_nothing = |part: &OsStr| {
        let stem = Path::new(part).file_stem().and_then(OsStr::to_str);
        stem.is_some_and(|stem| EMPTY_NAMES.contains(&stem))
    };
    let empty: Vec<PathBuf> = files()
        .into_iter()
        .filter(|path| path.iter().any(tells_nothing))
        .collect();
    assert!(empty.is_empty(), "{empty:#?}");
}

/// The stems of the files of every op.
fn op_files() -> Vec<&'static str> {
    macro_rules! stems {
        ($($variant:ident, $file:ident, [$($operator:ident),+];)+) => {
            vec![$(stringify!($file)),+]
        };
    }
    for_each_op!(stems)
}

#[test]
fn an_op_has_the_files_that_contributors_are_told_of() {
    let root = root();
    let told = text(Path::new("CONTRIBUTING.md"));
    let told = told
        .split("## ")
        .find(|part| part.starts_with("Adding an op"));
    let told = told.expect("a section on adding an op");
    let folders: Vec<&str> = told
        .lines()
        .filter_map(|line| Some(line.strip_prefix("- `")?.split_once("/<op>.rs`")?.0))
        .collect();
    assert_eq!(folders, FOLDERS_OF_OPS);
    let missing: Vec<String> = op_files()
        .iter()
        .flat_map(|op| folders.iter().map(move |folder| format!("{folder}/{op}")))
        .filter(|path| {
            let forms = [format!("{path}.rs"), format!("{path}/mod.rs")];
            !forms.iter().any(|path| root.join(path).is_file())
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_folder_of_ops_has_nothing_but_ops() {
    let ops = op_files();
    // Beside them the list, and on the GPU the ops without kernels and those outside the schema.
    let folders: [(&str, &[&str]); 2] = [
        ("cpu-reference/src/op", &["mod"]),
        ("gpu-delegate/src/op", &["mod", "absent", "custom"]),
    ];
    let strangers: Vec<PathBuf> = files()
        .into_iter()
        .filter(|path| {
            folders.iter().any(|(folder, beside)| {
                let inside = path.strip_prefix(folder);
                let first = inside.ok().and_then(|path| path.iter().next());
                let stem = first.and_then(|first| Path::new(first).file_stem()?.to_str());
                stem.is_some_and(|stem| !ops.contains(&stem) && !beside.contains(&stem))
            })
        })
        .collect();
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let places = ["/root/", "/home/", "/Users/", "/tmp/", "/work/", "C:\\"];
    let begins_a_path = |text: &str, at: usize| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '/'))
    };
    let mut found = Vec::new();
    let this = Path::new("tests/tests/tidy.rs");
    for path in files()
        .iter()
        .filter(|path| is_written(path) && *path != this)
    {
        for (number, line) in text(path).lines().enumerate() {
            for place in places {
                let mut hits = line.match_indices(place);
                if hits.any(|(at, _)| begins_a_path(line, at)) {
                    found.push(format!("{}:{}: {place}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_clock_is_read_only_where_it_was_asked_for() {
    let clocks = ["Instant::now", "SystemTime::now"];
    let mut read = Vec::new();
    for path in files() {
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        let mut folders = WITHOUT_CLOCK.iter();
        if !is_rust || !folders.any(|folder| path.starts_with(folder)) {
            continue;
        }
        for (number, line) in text(&path).lines().enumerate() {
            // Of an `Option` that is there while profiling is on.
            let line = line.replace(".is_some().then(Instant::now)", "");
            if clocks.iter().any(|clock| line.contains(clock)) {
                read.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(
        read.is_empty(),
        "a clock is read without being asked: {read:#?}"
    );
}
