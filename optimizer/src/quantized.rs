//! Models in their new form.

use demilite_core::{Model, ModelParts};

use crate::error::OptimizeError;
use crate::metadata;
use crate::mode::Mode;
use crate::report::Report;
use crate::trained::Source;

/// A model in its new form.
#[derive(Debug, Clone)]
pub struct Quantized {
    /// The model.
    pub model: Model,
    /// What was done.
    pub report: Report,
}

/// A model whose parts are changed, with the report of it.
pub(crate) fn made(
    source: &Source,
    mode: Mode,
    convert: impl FnOnce(&mut ModelParts, &mut Report) -> Result<(), OptimizeError>,
) -> Result<Quantized, OptimizeError> {
    let mut report = Report::new(mode);
    report.bytes_before = source.bytes;
    report.equalized = source.equalized;
    report.warnings.clone_from(&source.warnings);
    let model = &source.model;
    let mut parts = (**model).clone().into_parts();
    convert(&mut parts, &mut report)?;
    if let Some(before) = model.graphs().first() {
        metadata::update(before, &mut parts, &mut report);
    }
    let graph = |source| OptimizeError::Graph { mode, source };
    let model = parts.into_model().map_err(graph)?;
    report.bytes_after = bytes(&model, mode)?;
    Ok(Quantized { model, report })
}

/// Bytes of the file that a model takes.
pub(crate) fn bytes(model: &Model, mode: Mode) -> Result<usize, OptimizeError> {
    let bytes = model.to_bytes();
    let bytes = bytes.map_err(|source| OptimizeError::Schema { mode, source })?;
    Ok(bytes.len())
}
