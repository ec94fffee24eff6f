//! What TFLite's metadata says of inputs and outputs, brought up to their new types.
//!
//! The schema is `metadata_schema.fbs` of TFLite Support. Names, descriptions, content, labels and normalization hold for every type: they
//! speak of reals, which an input's own scale and zero point quantize afterwards. The least and greatest values (`Stats`) are those of the
//! tensor's elements, and follow its type.

mod flatbuffer;

use demilite_core::{Constant, Graph, ModelParts, Tensor, TensorId};

use crate::report::Report;
use flatbuffer::{Damaged, FlatBuffer};

/// The name that metadata has in a model.
const NAME: &str = "TFLITE_METADATA";

/// Bytes 4 to 7 of the metadata's FlatBuffer.
const IDENTIFIER: &[u8] = b"M001";

/// How many times larger metadata may become.
const MOST: usize = 4;

/// Slots of the tables.
const SUBGRAPHS: usize = 3;
const INPUTS: usize = 2;
const OUTPUTS: usize = 3;
const STATS: usize = 5;
const MAX: usize = 0;
const MIN: usize = 1;

/// Brings the metadata of the first graph up to its new inputs and outputs. Metadata of another kind, and damaged metadata, stays as it is.
pub(crate) fn update(before: &Graph, parts: &mut ModelParts, report: &mut Report) {
    let Some(after) = parts.graphs.first() else {
        return;
    };
    let mut entries = parts.metadata.iter_mut();
    let Some(entry) = entries.find(|entry| entry.name == NAME) else {
        return;
    };
    let bytes = entry.bytes.bytes();
    if bytes.get(4..8) != Some(IDENTIFIER) {
        return;
    }
    match updated(bytes, before, after) {
        Ok(Some(updated)) => entry.bytes = Constant::copied(&updated),
        Ok(None) => {}
        Err(Damaged) => report.warnings.push(format!(
            "the metadata {NAME} is damaged and stays as it was"
        )),
    }
}

/// The metadata with other statistics; `None` where none change.
fn updated(bytes: &[u8], before: &Graph, after: &Graph) -> Result<Option<Vec<u8>>, Damaged> {
    let mut buffer = FlatBuffer::new(bytes);
    let root = buffer.root()?;
    let Some(subgraph) = buffer.elements(root, SUBGRAPHS)?.first().copied() else {
        return Ok(None);
    };
    let mut has_changed = false;
    for (slot, old, new) in [
        (INPUTS, before.inputs(), after.inputs()),
        (OUTPUTS, before.outputs(), after.outputs()),
    ] {
        let described = buffer.elements(subgraph, slot)?;
        for (table, (&old, &new)) in std::iter::zip(described, std::iter::zip(old, new)) {
            if let Some(quantize) = change((before, old), (after, new)) {
                has_changed |= update_statistics(&mut buffer, table, &quantize)?;
                // Tensors that share large statistics would each get their own.
                if buffer.len() > MOST * bytes.len() {
                    return Err(Damaged);
                }
            }
        }
    }
    Ok(has_changed.then(|| buffer.into_bytes()))
}

/// From an element of a tensor to what it is in the tensor's new type; `None` where the type stays.
fn change<'a>(
    (before, old): (&Graph, TensorId),
    (after, new): (&'a Graph, TensorId),
) -> Option<impl Fn(f32) -> f32 + use<'a>> {
    let (old, new): (&Tensor, &'a Tensor) = (before.tensor(old), after.tensor(new));
    if old.dtype == new.dtype {
        return None;
    }
    let quantization = new.quantization.as_ref()?;
    let (least, greatest) = new.dtype.quantized_range()?;
    Some(move |real: f32| {
        let step = quantization.quantize(real, 0);
        step.clamp(least.into(), greatest.into()) as f32
    })
}

/// Gives a `TensorMetadata` the statistics of the new type; whether it had any. The old ones may be another tensor's too, and stay.
fn update_statistics(
    buffer: &mut FlatBuffer,
    table: usize,
    quantize: &dyn Fn(f32) -> f32,
) -> Result<bool, Damaged> {
    let Some(field) = buffer.field(table, STATS)? else {
        return Ok(false);
    };
    let stats = buffer.follow(field)?;
    let of = |slot| -> Result<Vec<f32>, Damaged> {
        let reals = buffer.floats(stats, slot)?.into_iter();
        Ok(reals.map(quantize).collect())
    };
    let statistics = [of(MAX)?, of(MIN)?];
    buffer.append_floats(field, &statistics)?;
    Ok(true)
}
