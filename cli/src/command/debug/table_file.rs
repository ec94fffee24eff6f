//! The table that TensorFlow's quantization debugger writes.

use demilite::optimize::debugging::Report;

use crate::failure::Failure;

/// A row for each op with the columns of `QuantizationDebugger.layer_statistics_dump`: errors are those of the op alone, or with what was
/// lost before where it does not run alone.
pub(super) fn bytes(report: &Report) -> Result<Vec<u8>, Failure> {
    let failed = |error: csv::Error| Failure::Run(format!("a table cannot be written: {error}"));
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record([
            "op_name",
            "tensor_idx",
            "num_elements",
            "stddev",
            "mean_error",
            "max_abs_error",
            "mean_squared_error",
            "scale",
            "zero_point",
            "tensor_name",
        ])
        .map_err(failed)?;
    for layer in &report.layers {
        let errors = layer.alone.unwrap_or(layer.accumulated);
        let elements = errors.elements / report.samples.max(1) as u64;
        let number = |number: Option<f32>| number.map_or_else(String::new, |it| it.to_string());
        table
            .write_record([
                layer.node.op.clone(),
                layer.tensor.tensor.to_string(),
                elements.to_string(),
                errors.standard_deviation.to_string(),
                errors.mean.to_string(),
                errors.greatest.to_string(),
                errors.mean_square.to_string(),
                number(layer.scale),
                layer
                    .zero_point
                    .map_or_else(String::new, |zero_point| zero_point.to_string()),
                layer.tensor.name.clone(),
            ])
            .map_err(failed)?;
    }
    table
        .into_inner()
        .map_err(|error| Failure::Run(format!("a table cannot be written: {error}")))
}
