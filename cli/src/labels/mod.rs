//! `--labels`: the class of each sample, and other files that say what is right.

pub(crate) mod arrays;
mod table;

use std::path::Path;

use demilite::optimize::Samples;

use crate::data::Joined;
use crate::failure::Failure;

pub(crate) use table::{Table, indices};

/// Names of a column with classes.
const CLASS_COLUMNS: [&str; 3] = ["label_index", "class", "label"];

/// The class of each sample, from a table or an array; the table's column is the named one, or the first of the usual names.
pub(crate) fn classes(
    path: &Path,
    column: Option<&str>,
    offset: i64,
    samples: &Joined,
) -> Result<Vec<usize>, Failure> {
    let labels: Vec<i64> = match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy" | "npz") => {
            let labels = arrays::integers(path)?;
            let indices = indices(path, labels.len(), samples)?;
            indices.into_iter().map(|index| labels[index]).collect()
        }
        _ => {
            let table = Table::open(path)?;
            let named: Vec<&str> = column.into_iter().collect();
            let names = if named.is_empty() {
                &CLASS_COLUMNS[..]
            } else {
                &named
            };
            let column = table.column(names, "--label-column")?;
            let cells = table.of_samples(column, samples)?;
            let labels = cells.iter().map(|cells| cells[0].integer("class"));
            labels.collect::<Result<_, _>>()?
        }
    };
    let labels = labels.iter().enumerate().map(|(index, label)| {
        let moved = label.checked_add(offset);
        let moved = moved.and_then(|label| usize::try_from(label).ok());
        moved.ok_or_else(|| {
            Failure::Invalid(format!(
                "{}: sample {} has the label {label}, which --label-offset {} takes below 0",
                path.display(),
                samples.name(index),
                offset
            ))
        })
    });
    labels.collect()
}
