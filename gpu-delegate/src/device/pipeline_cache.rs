//! Compiled pipelines on disk, so that the next process need not compile them.

use std::fs;
use std::path::{Path, PathBuf};

use super::cache_file::{plain, replace};

/// The driver's own cache, and the file that it is kept in.
pub(crate) struct PipelineCache {
    cache: wgpu::PipelineCache,
    path: PathBuf,
}

impl PipelineCache {
    /// The cache of this adapter in `directory`, empty where there is no file yet or one of another driver; `None` where the
    /// device has no caches, or wgpu rejects the file's contents.
    pub(crate) fn open(
        device: &wgpu::Device,
        adapter: &wgpu::AdapterInfo,
        directory: &Path,
    ) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let path = directory.join(file_name(adapter)?);
        let data = fs::read(&path).ok();
        // SAFETY: the bytes are what `save` wrote, or the caller's breach of what `GpuOptions::pipeline_cache` asks for; wgpu
        // compares their header with the driver's identity and starts empty where it differs.
        let cache = unsafe {
            device.create_pipeline_cache(&wgpu::PipelineCacheDescriptor {
                label: Some("demilite"),
                data: data.as_deref(),
                fallback: true,
            })
        };
        Some(PipelineCache { cache, path })
    }

    /// What pipelines are compiled with.
    pub(crate) fn cache(&self) -> &wgpu::PipelineCache {
        &self.cache
    }

    /// Writes the file anew, whole or not at all. A failure costs time in the next process alone, and is logged.
    pub(crate) fn save(&self) {
        if let Some(data) = self.cache.get_data()
            && let Err(error) = replace(&self.path, &data)
        {
            tracing::warn!(path = %self.path.display(), %error, "the pipeline cache is not saved");
        }
    }
}

/// A name for what the driver, its version and the shaders of this crate's version determine.
fn file_name(adapter: &wgpu::AdapterInfo) -> Option<String> {
    let key = wgpu::util::pipeline_cache_key(adapter)?;
    let driver = plain(&adapter.driver_info);
    Some(format!("{key}_{driver}_{}", env!("CARGO_PKG_VERSION")))
}
