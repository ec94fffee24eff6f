//! Tables: with lines and as wide as the terminal, or plain where output goes elsewhere.

use std::io::IsTerminal;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, presets};

use crate::terminal::one_line;

/// Rows of cells of one line each.
pub(crate) struct Rows(Table);

impl Rows {
    /// Adds a row below the others.
    pub(crate) fn add_row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter();
        let cells: Vec<String> = cells
            .map(|cell| one_line(cell.as_ref()).into_owned())
            .collect();
        self.0.add_row(cells);
    }

    /// The table without blanks at the ends of lines.
    pub(crate) fn trim_fmt(&self) -> String {
        self.0.trim_fmt()
    }
}

/// A table with these headings; the columns in `right` hold numbers.
pub(crate) fn table(headings: &[&str], right: &[usize]) -> Rows {
    let mut table = Table::new();
    if std::io::stdout().is_terminal() {
        table
            .load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─')))
            .set_content_arrangement(ContentArrangement::Dynamic);
    } else {
        table.load_style(presets::NOTHING);
    }
    table.set_header(headings);
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Rows(table)
}

/// Bytes in the unit that keeps the number short.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut amount = bytes as f64;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{amount:.1} {}", UNITS[unit]),
    }
}

/// A text cut to `width` characters.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .collect()
}

/// A bar of `share` of `width` columns, in eighths of a column.
pub(crate) fn bar(share: f32, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * (width * 8) as f32).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::{bar, bytes, shortened};

    #[test]
    fn bytes_take_the_unit_that_fits() {
        let words = [0, 1023, 1024, 1536, 5 << 20, 3 << 40].map(bytes);
        let expected = [
            "0 B",
            "1023 B",
            "1.0 KiB",
            "1.5 KiB",
            "5.0 MiB",
            "3072.0 GiB",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }

    #[test]
    fn bars_grow_in_eighths() {
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.28125, 4), "█▏");
        assert_eq!(bar(2.0, 2), "██");
        assert_eq!(bar(f32::NAN, 2), "");
    }
}
