//! The networks that are measured, and what runs them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use demilite_core::{Delegate, Model, Session};
use demilite_cpu::{CpuDelegate, CpuOptions};
use demilite_needs::Need;

use crate::place;

/// The bundled networks.
pub(crate) fn bundled() -> Vec<PathBuf> {
    let folder = place::repository().join("models/shapes");
    let names = ["shapes_f32", "shapes_f16", "shapes_int8"];
    let paths = names.map(|name| folder.join(name).with_extension("tflite"));
    paths.to_vec()
}

/// The bundled networks, and the real ones of more than one op.
pub(crate) fn all() -> Vec<PathBuf> {
    let mut networks = bundled();
    let folder = place::models();
    let Ok(entries) = folder.read_dir() else {
        let missing = format!("no folder {}", folder.display());
        demilite_needs::skip(Need::Models, missing);
        return networks;
    };
    for entry in entries {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("plain names");
        let path = folder.join(name).join(format!("{name}.tflite"));
        if !name.starts_with("op_") && path.exists() {
            networks.push(path);
        }
    }
    networks
}

/// A session of the fast delegate, with the reference behind it.
pub(crate) fn session(network: &Path) -> Session {
    // The queue of a pool of threads grows and shrinks.
    let options = CpuOptions::default().with_threads(NonZeroUsize::MIN);
    let model = Arc::new(Model::open(network).expect("a model"));
    let delegates: [Arc<dyn Delegate>; 2] = [
        Arc::new(CpuDelegate::new(&options).expect("a processor")),
        Arc::new(demilite_custom_ops::reference()),
    ];
    let session = Session::builder(model).delegates(delegates).build();
    session.unwrap_or_else(|error| panic!("{}: {error}", network.display()))
}
