//! What a model weighs.

use std::fs;
use std::io::Write;
use std::path::Path;

use demilite::Model;
use demilite::optimize::{Compressed, Sizes};

use crate::failure::Failure;
use crate::table::{shortened, table};
use crate::terminal::one_line;

/// Tensors that are shown, the largest first.
const SHOWN: usize = 20;

/// Characters of a tensor's name that are shown.
const NAME: usize = 48;

pub(super) fn write(
    model: &Model,
    path: &Path,
    is_json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let bytes =
        fs::read(path).map_err(|error| Failure::Invalid(format!("{}: {error}", path.display())))?;
    let sizes = Sizes::of(model, &bytes).map_err(|error| Failure::Run(error.to_string()))?;
    if is_json {
        writeln!(out, "{}", serde_json::to_string_pretty(&sizes)?)?;
        return Ok(());
    }
    writeln!(
        out,
        "{}: {} bytes, gzip -9 {}, zstd -19 {}",
        one_line(model.name()),
        sizes.file.plain,
        packed(sizes.file.gzip, sizes.file),
        packed(sizes.file.zstd, sizes.file)
    )?;
    let mut rows = table(
        &["read by", "constants", "bytes", "gzip -9", "zstd -19"],
        &[1, 2, 3, 4],
    );
    for op in &sizes.ops {
        rows.add_row([
            op.op.clone(),
            op.tensors.to_string(),
            op.bytes.plain.to_string(),
            packed(op.bytes.gzip, op.bytes),
            packed(op.bytes.zstd, op.bytes),
        ]);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    let headings = [
        "tensor",
        "name",
        "type",
        "bytes",
        "gzip -9",
        "zstd -19",
        "bits each",
        "distinct",
        "zeros",
    ];
    let mut rows = table(&headings, &[3, 4, 5, 6, 7, 8]);
    for tensor in sizes.tensors.iter().take(SHOWN) {
        rows.add_row([
            format!("t{}", tensor.tensor.tensor),
            shortened(&tensor.tensor.name, NAME),
            tensor.dtype.to_owned(),
            tensor.bytes.plain.to_string(),
            packed(tensor.bytes.gzip, tensor.bytes),
            packed(tensor.bytes.zstd, tensor.bytes),
            format!("{:.2}", tensor.entropy),
            tensor.distinct.to_string(),
            format!("{:.1} %", 100.0 * tensor.zeros),
        ]);
    }
    writeln!(out, "\n{}", rows.trim_fmt())?;
    if sizes.tensors.len() > SHOWN {
        writeln!(out, "and {} more (--json)", sizes.tensors.len() - SHOWN)?;
    }
    Ok(())
}

/// Packed bytes, and which share of all they are.
fn packed(bytes: u64, of: Compressed) -> String {
    format!(
        "{bytes} ({:.0} %)",
        100.0 * bytes as f64 / of.plain.max(1) as f64
    )
}
