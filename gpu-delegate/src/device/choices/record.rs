//! Measured choices as a file has them: a line each.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::options::Tune;

/// The first line, with the version of the format.
const HEADING: &str = "demilite kernels 1";

/// The most bytes of a file that are read.
const MAX_BYTES: u64 = 1 << 20;

/// The kernel of a class of layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) kernel: String,
    /// How it was found.
    pub(super) effort: Tune,
}

/// The choices by the classes that they are for. Neither is more than a name here: one that no dispatch asks for does nothing.
pub(super) type Record = BTreeMap<String, Choice>;

/// What a file keeps, if it is whole and of this adapter.
pub(super) fn read(path: &Path, adapter: &str) -> Option<Record> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let record = parse(&text, adapter);
    if record.is_none() {
        tracing::info!(path = %path.display(), "measured kernels of another adapter, driver or format are left out");
    }
    record
}

fn parse(text: &str, adapter: &str) -> Option<Record> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    if lines.next() != Some(HEADING) || lines.next() != Some(adapter) {
        return None;
    }
    let choice = |line: &str| {
        let mut fields = line.split('\t');
        let effort = match fields.next()? {
            "quick" => Tune::Quick,
            "full" => Tune::Full,
            _ => return None,
        };
        let (class, kernel) = (fields.next()?.to_owned(), fields.next()?.to_owned());
        let is_whole = fields.next().is_none();
        is_whole.then_some((class, Choice { kernel, effort }))
    };
    lines.map(choice).collect()
}

/// The contents of a file of this adapter.
pub(super) fn text(record: &Record, adapter: &str) -> String {
    let mut text = format!("{HEADING}\n{adapter}\n");
    for (class, Choice { kernel, effort }) in record {
        let effort = match effort {
            Tune::Off | Tune::Quick => "quick",
            Tune::Full => "full",
        };
        text += &format!("{effort}\t{class}\t{kernel}\n");
    }
    text
}

/// Takes over what took others more effort.
pub(super) fn merge(record: &mut Record, others: Record) {
    for (class, other) in others {
        let own = record.get(&class).map_or(Tune::Off, |choice| choice.effort);
        if other.effort > own {
            record.insert(class, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADAPTER: &str = "vulkan 1:2 A card, driver 1.0";

    fn record(choices: &[(&str, &str, Tune)]) -> Record {
        let choices = choices.iter().map(|&(class, kernel, effort)| {
            let kernel = kernel.to_owned();
            (class.to_owned(), Choice { kernel, effort })
        });
        choices.collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let all = record(&[
            ("product F16 3x3 64x64x8", "tiles 8x16", Tune::Quick),
            ("product F32 pointwise 64x64x8", "registers 8x4", Tune::Full),
        ]);
        for record in [all, Record::default()] {
            assert_eq!(parse(&text(&record, ADAPTER), ADAPTER), Some(record));
        }
    }

    #[test]
    fn other_drivers_and_files_that_are_not_whole_are_left_out() {
        let choices = [("a", "tiles", Tune::Full), ("b", "vector", Tune::Quick)];
        let text = text(&record(&choices), ADAPTER);
        assert!(parse(&text, ADAPTER).is_some());
        assert_eq!(parse(&text, "vulkan 1:2 A card, driver 1.1"), None);
        assert_eq!(
            parse(&text.replace("kernels 1", "kernels 2"), ADAPTER),
            None
        );
        assert_eq!(parse(&text.replace("quick", "slow"), ADAPTER), None);
        assert_eq!(parse(&text.replace("\tvector", ""), ADAPTER), None);
        assert_eq!(
            parse(&text.replace("vector", "vector\tmore"), ADAPTER),
            None
        );
        for end in 0..text.len() {
            let cut = parse(&text[..end], ADAPTER);
            let is_shorter = cut.is_none_or(|cut| cut.len() < 2 && text[..end].ends_with('\n'));
            assert!(is_shorter, "{:?}", &text[..end]);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kernels");
        assert_eq!(read(&path, ADAPTER), None);
        std::fs::write(&path, [0xff; 16]).unwrap();
        assert_eq!(read(&path, ADAPTER), None);
        let record = record(&[("a", "tiles", Tune::Full)]);
        std::fs::write(&path, text(&record, ADAPTER)).unwrap();
        assert_eq!(read(&path, ADAPTER), Some(record));
    }

    #[test]
    fn the_greater_effort_stays() {
        let mut own = record(&[("a", "tiles", Tune::Quick), ("b", "tiles", Tune::Full)]);
        merge(
            &mut own,
            record(&[
                ("a", "vector", Tune::Full),
                ("b", "vector", Tune::Full),
                ("c", "vector", Tune::Quick),
            ]),
        );
        let merged = record(&[
            ("a", "vector", Tune::Full),
            ("b", "tiles", Tune::Full),
            ("c", "vector", Tune::Quick),
        ]);
        assert_eq!(own, merged);
    }
}
