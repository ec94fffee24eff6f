//! The goldens of a folder.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use demilite::npz::NpzReader;
use walkdir::WalkDir;

/// What lies in a folder of goldens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The path from the folder without the extension; `NAME` for `NAME/NAME.tflite`.
    pub name: String,
    /// The model, or why there is none that can be run.
    pub model: Result<PathBuf, String>,
    /// The kernels that made the golden, where a `MANIFEST.tsv` says so.
    pub kernels: Option<String>,
}

/// The archives of a golden's arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archives {
    /// Where `in0`, … lie.
    pub inputs: PathBuf,
    /// Where `out0`, … lie.
    pub outputs: PathBuf,
}

impl Archives {
    fn are_there(&self) -> bool {
        self.inputs.is_file() && self.outputs.is_file()
    }
}

/// The archives that belong to a model: `NAME.npz` beside `NAME.tflite`, or where that is absent, and the model is called
/// `model.tflite`, `inputs.npz` and `expected.npz`. They need not exist.
pub fn archives(model: &Path) -> Archives {
    let pair = Archives {
        inputs: model.with_file_name("inputs.npz"),
        outputs: model.with_file_name("expected.npz"),
    };
    let own = model.with_extension("npz");
    let is_pair = model.file_stem() == Some(OsStr::new(PAIR)) && pair.are_there();
    match is_pair && !own.is_file() {
        true => pair,
        false => Archives {
            inputs: own.clone(),
            outputs: own,
        },
    }
}

/// What a model is called whose inputs and outputs lie in two archives.
const PAIR: &str = "model";

/// The models of a folder, and of the folders in it, that have [`archives`] beside them, sorted.
///
/// # Errors
/// The operating system's, where a folder cannot be read.
pub fn goldens_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let found = find(folder)?.into_iter();
    Ok(found.filter_map(|found| found.model.ok()).collect())
}

/// Everything in a folder, and in the folders in it, that is a golden or part of one, sorted: a model
/// without an `.npz`, an `.npz` with `in0` or `out0` without a model, and what cannot be read are
/// among it. A model file in place of a folder is found alone.
///
/// # Errors
/// The operating system's, where the folder itself cannot be read.
pub fn find(folder: &Path) -> io::Result<Vec<Found>> {
    fs::metadata(folder)?;
    let mut kernels = Kernels::default();
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(error.into()),
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                found.push(Found {
                    name: name(folder, path),
                    model: Err(error.to_string()),
                    kernels: None,
                });
                continue;
            }
        };
        let path = entry.path();
        if !entry.file_type().is_file() {
            continue;
        }
        let model = match path.extension().and_then(OsStr::to_str) {
            Some("tflite") if archives(path).are_there() => Ok(path.to_owned()),
            Some("tflite") => Err(format!(
                "{} has no {} beside it",
                path.display(),
                file_name(&path.with_extension("npz"))
            )),
            Some("npz") if !has_model(path) && is_golden(path) => Err(format!(
                "{} has no {} beside it",
                path.display(),
                file_name(&path.with_extension("tflite"))
            )),
            _ => continue,
        };
        found.push(Found {
            name: name(folder, path),
            model,
            kernels: kernels.of(path),
        });
    }
    Ok(found)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether a model lies beside an archive that reads it.
fn has_model(npz: &Path) -> bool {
    let pair = npz.with_file_name(PAIR).with_extension("tflite");
    let Archives { inputs, outputs } = archives(&pair);
    let is_of_pair = pair.is_file() && (npz == inputs || npz == outputs);
    is_of_pair || npz.with_extension("tflite").is_file()
}

/// Whether an archive without a model is meant for one: it has an input or output, or is damaged.
fn is_golden(npz: &Path) -> bool {
    let reader = NpzReader::open(npz);
    reader.is_ok_and(|reader| {
        let names = reader.names();
        names.iter().any(|name| name == "in0" || name == "out0")
    })
}

/// `NAME` for `folder/NAME.tflite`, `folder/NAME/NAME.tflite` and `folder/NAME/model.tflite`, `A/NAME` for `folder/A/NAME.tflite`.
fn name(folder: &Path, path: &Path) -> String {
    let inside = match path.strip_prefix(folder) {
        Ok(inside) if !inside.as_os_str().is_empty() => inside.with_extension(""),
        _ => PathBuf::from(path.file_stem().unwrap_or_default()),
    };
    let parent = inside.parent().unwrap_or(Path::new(""));
    let is_alone = !parent.as_os_str().is_empty() && inside.ends_with(PAIR);
    let own = match is_alone || parent.file_name() == inside.file_name() {
        true => parent,
        false => &inside,
    };
    let parts: Vec<_> = own.iter().map(OsStr::to_string_lossy).collect();
    parts.join("/")
}

/// What manifests say of the kernels that made goldens, by folder and name.
#[derive(Default)]
struct Kernels {
    manifests: BTreeMap<PathBuf, BTreeMap<String, String>>,
}

impl Kernels {
    /// What the manifest in a model's folder or in the one above says.
    fn of(&mut self, model: &Path) -> Option<String> {
        let id = model.file_stem()?.to_str()?;
        model.ancestors().skip(1).take(2).find_map(|folder| {
            let manifest = self.manifests.entry(folder.to_owned());
            let manifest = manifest.or_insert_with(|| read(&folder.join("MANIFEST.tsv")));
            manifest.get(id).cloned()
        })
    }
}

/// The column `golden_kernels` by the column `id`; nothing where the file is absent or lacks one.
fn read(manifest: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let mut lines = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let headings = lines.next().unwrap_or_default();
    let column = |name: &str| headings.iter().position(|heading| *heading == name);
    let (Some(id), Some(kernels)) = (column("id"), column("golden_kernels")) else {
        return BTreeMap::new();
    };
    let cells = lines.filter_map(|line| {
        let cell = |at: usize| line.get(at).map(|cell| (*cell).to_owned());
        cell(id).zip(cell(kernels))
    });
    cells.collect()
}
