//! What is right, in tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use demilite::optimize::Samples;

use crate::data::Joined;
use crate::failure::Failure;

/// Names of a column that says which sample a row is of.
const KEY_COLUMNS: [&str; 4] = ["file", "row", "sample", "index"];

/// A table whose columns have names.
pub(crate) struct Table {
    path: PathBuf,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A cell, with its place for messages.
pub(crate) struct Cell<'a> {
    pub(crate) text: &'a str,
    /// The row, from 1 on.
    row: usize,
    table: &'a Table,
}

impl Table {
    /// Reads a .csv file, or with tabs one of any other name.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let invalid = |error: csv::Error| Failure::Invalid(format!("{}: {error}", path.display()));
        let is_csv = path.extension().is_some_and(|extension| extension == "csv");
        let reader = csv::ReaderBuilder::new()
            .delimiter(if is_csv { b',' } else { b'\t' })
            .from_path(path);
        let mut reader = reader.map_err(invalid)?;
        let cells = |record: &csv::StringRecord| -> Vec<String> {
            record.iter().map(|cell| cell.trim().to_owned()).collect()
        };
        let headings = cells(reader.headers().map_err(invalid)?);
        let rows = reader
            .records()
            .map(|record| record.as_ref().map(cells).map_err(|_| ()));
        let mut read = Vec::new();
        for (place, row) in rows.enumerate() {
            read.push(row.map_err(|()| {
                Failure::Invalid(format!(
                    "{}: row {} has another number of columns than the first line, or is no text",
                    path.display(),
                    place + 1
                ))
            })?);
        }
        Ok(Table {
            path: path.to_owned(),
            headings,
            rows: read,
        })
    }

    /// The place of the first of these columns that there is.
    pub(crate) fn column(&self, names: &[&str], option: &str) -> Result<usize, Failure> {
        let place = |name: &&str| self.headings.iter().position(|heading| heading == name);
        names.iter().find_map(place).ok_or_else(|| {
            Failure::Usage(format!(
                "{}: no column is called {}: {option} is one of {}",
                self.path.display(),
                names.join(" or "),
                self.headings.join(", ")
            ))
        })
    }

    /// The cells of a column for each sample, by the names of samples where a column has them, else in their order.
    pub(crate) fn of_samples(
        &self,
        column: usize,
        samples: &Joined,
    ) -> Result<Vec<Vec<Cell<'_>>>, Failure> {
        let cell = |row: usize| Cell {
            text: self.rows[row].get(column).map_or("", String::as_str),
            row: row + 1,
            table: self,
        };
        let place = |name: &&str| self.headings.iter().position(|heading| heading == name);
        let Some(key) = KEY_COLUMNS.iter().find_map(place) else {
            let indices = indices(&self.path, self.rows.len(), samples)?;
            return Ok(indices.into_iter().map(|row| vec![cell(row)]).collect());
        };
        let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, cells) in self.rows.iter().enumerate() {
            named.entry(&cells[key]).or_default().push(row);
        }
        let of_sample = |index| {
            let name = samples.name(index);
            let rows = named.get(name.as_str()).ok_or_else(|| {
                Failure::Invalid(format!(
                    "{} has no row for the sample {name}",
                    self.path.display()
                ))
            })?;
            Ok(rows.iter().map(|&row| cell(row)).collect())
        };
        (0..samples.count()).map(of_sample).collect()
    }
}

impl Cell<'_> {
    /// The integer that it holds.
    pub(crate) fn integer(&self, what: &str) -> Result<i64, Failure> {
        self.text.parse().map_err(|_| {
            Failure::Invalid(format!(
                "{}: {:?} in row {} is no {what}, which is a whole number",
                self.table.path.display(),
                self.text,
                self.row
            ))
        })
    }
}

/// The places of the samples that are evaluated among all that there are, of which a file says what is right.
pub(crate) fn indices(path: &Path, given: usize, samples: &Joined) -> Result<Vec<usize>, Failure> {
    let all = samples.count_in_sources();
    if given != all {
        return Err(Failure::Invalid(format!(
            "{} says what is right for {given} samples, and there are {all}",
            path.display()
        )));
    }
    Ok((0..samples.count())
        .map(|index| samples.index_in_source(index))
        .collect())
}
