//! Which kernels were measured to be the fastest, and the file that keeps them from one process to the next.

mod record;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::cache_file::{plain, replace};
use crate::options::Tune;
use record::{Choice, Record};

/// A kernel that was measured to be faster than the one that suits adapters of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TunedKernel {
    /// The layers that it computes: their elements and, rounded up, their sizes.
    pub layers: String,
    /// The kernel.
    pub kernel: String,
    /// The kernel that these layers would have had.
    pub instead_of: String,
}

/// Hears how many classes of layers were measured, and how many there are to measure.
type Observer = Box<dyn Fn(usize, usize) + Send + Sync>;

/// The choices of a device.
pub(crate) struct Choices {
    tune: Tune,
    /// The adapter, its driver and this crate's version, in one line.
    adapter: String,
    /// Where they are kept, if they are.
    path: Option<PathBuf>,
    kept: Mutex<Record>,
    taken: Mutex<BTreeMap<String, TunedKernel>>,
    /// Held by the thread that measures: others would disturb it.
    search: Mutex<()>,
    observer: OnceLock<Observer>,
}

impl Choices {
    /// Those kept for this adapter in `directory`: none where there is no file yet, or one that is not whole.
    pub(crate) fn open(adapter: &wgpu::AdapterInfo, directory: Option<&Path>, tune: Tune) -> Self {
        let path = directory.map(|directory| directory.join(file_name(adapter)));
        let adapter = identity(adapter);
        let kept = path
            .as_deref()
            .and_then(|path| record::read(path, &adapter));
        Choices {
            tune,
            adapter,
            path,
            kept: Mutex::new(kept.unwrap_or_default()),
            taken: Mutex::default(),
            search: Mutex::default(),
            observer: OnceLock::new(),
        }
    }

    /// Whether anything is measured, or was.
    pub(crate) fn matter(&self) -> bool {
        self.tune != Tune::Off || !locked(&self.kept).is_empty()
    }

    /// Whether a class is to be measured.
    pub(crate) fn is_open(&self, class: &str) -> bool {
        let kept = locked(&self.kept);
        let effort = kept.get(class).map_or(Tune::Off, |choice| choice.effort);
        effort < self.tune
    }

    /// The name of the kernel kept for a class.
    pub(crate) fn kept(&self, class: &str) -> Option<String> {
        let kept = locked(&self.kept);
        kept.get(class).map(|choice| choice.kernel.clone())
    }

    /// Keeps the fastest kernel of a class.
    pub(crate) fn keep(&self, class: &str, kernel: &str) {
        let choice = Choice {
            kernel: kernel.to_owned(),
            effort: self.tune,
        };
        locked(&self.kept).insert(class.to_owned(), choice);
    }

    /// Writes the file anew, with what other processes have kept since. A failure costs time in the next process alone, and is
    /// logged.
    pub(crate) fn save(&self) {
        let Some(path) = &self.path else { return };
        let mut kept = locked(&self.kept);
        if let Some(others) = record::read(path, &self.adapter) {
            record::merge(&mut kept, others);
        }
        if let Err(error) = replace(path, record::text(&kept, &self.adapter).as_bytes()) {
            tracing::warn!(path = %path.display(), %error, "the measured kernels are not saved");
        }
    }

    /// Waits until nobody else measures.
    pub(crate) fn begin_search(&self) -> MutexGuard<'_, ()> {
        locked(&self.search)
    }

    /// Tells the observer how many of `all` classes are measured.
    pub(crate) fn tell(&self, measured: usize, all: usize) {
        if let Some(observer) = self.observer.get() {
            observer(measured, all);
        }
    }

    /// Has searches tell `observer` how far they are, unless they tell another one already.
    pub(crate) fn observe(&self, observer: Observer) {
        let _ = self.observer.set(observer);
    }

    /// Notes that a program has a kernel that it would not have had.
    pub(crate) fn note_taken(&self, kernel: TunedKernel) {
        locked(&self.taken).insert(kernel.layers.clone(), kernel);
    }

    /// What programs have by choice.
    pub(crate) fn taken(&self) -> Vec<TunedKernel> {
        locked(&self.taken).values().cloned().collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name for what the driver and its version determine.
fn file_name(adapter: &wgpu::AdapterInfo) -> String {
    format!(
        "kernels_{}_{:x}_{:x}_{}_{}",
        adapter.backend,
        adapter.vendor,
        adapter.device,
        plain(&adapter.driver_info),
        env!("CARGO_PKG_VERSION")
    )
}

/// What the fastest kernels depend on, in one line.
fn identity(adapter: &wgpu::AdapterInfo) -> String {
    let words = format!(
        "{} {:x}:{:x} {}, {} {}, demilite {}",
        adapter.backend,
        adapter.vendor,
        adapter.device,
        adapter.name,
        adapter.driver,
        adapter.driver_info,
        env!("CARGO_PKG_VERSION")
    );
    words.replace(char::is_control, " ")
}
