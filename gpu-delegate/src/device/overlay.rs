//! Devices laid over another, for tests that ask which WGSL files something runs, and whether anybody would notice
//! if a file were wrong. Nothing else replaces a kernel's text.

use std::sync::Arc;

use demilite_shaders::{Kernel, Variant, WgslFile};

use super::Device;
use super::pipeline::Pipelines;

/// Another text in place of a WGSL file's.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Replacement {
    /// The file, as [`demilite_shaders::WgslFile::path`] has it.
    pub path: String,
    /// What stands in all kernels that have the file. It is not trusted: wgpu adds all checks that it has.
    pub text: String,
}

impl Replacement {
    fn touches(&self, kernel: &Kernel, variant: &Variant) -> bool {
        kernel.files(variant).any(|file| file.path == self.path)
    }

    fn source(&self, kernel: &Kernel, variant: &Variant) -> String {
        let files = kernel.files(variant);
        let text = |file: WgslFile| match file.path == self.path {
            true => &*self.text,
            false => file.text,
        };
        files.map(text).collect()
    }
}

/// What a device that is laid over another takes from there.
pub(crate) struct Overlay {
    pub(crate) beneath: Arc<Device>,
    replacement: Option<Replacement>,
}

impl Overlay {
    /// The text of a kernel with the replacement in it; `None` where it is the same as beneath.
    pub(crate) fn source(&self, kernel: &Kernel, variant: &Variant) -> Option<String> {
        let replacement = self.replacement.as_ref()?;
        let touched = replacement.touches(kernel, variant);
        touched.then(|| replacement.source(kernel, variant))
    }
}

impl Device {
    /// The same device once more. It takes pipelines from this one, but for those of kernels with the replaced file.
    pub(crate) fn overlay(self: &Arc<Self>, replacement: Option<Replacement>) -> Arc<Self> {
        Arc::new(Device {
            handle: self.handle.clone(),
            queue: self.queue.clone(),
            limits: self.limits.clone(),
            pipelines: Pipelines::default(),
            pipeline_cache: None,
            adapter: self.adapter.clone(),
            options: self.options.clone(),
            halves: self.halves,
            params: self.params,
            has_native_halves: self.has_native_halves,
            tuning: self.tuning,
            choices: self.choices.clone(),
            health: self.health.clone(),
            overlay: Some(Overlay {
                beneath: self.clone(),
                replacement,
            }),
        })
    }
}
