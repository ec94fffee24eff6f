//! What came of all mutants, as `tests/MUTATION.md` shows it.
//!
//! Of files that are as they were, mutants that were killed stay so: cases are added. What such files had is read from the page.

use std::collections::BTreeMap;

use crate::known::Known;
use crate::mutant::Mutant;
use crate::pool::Fate;

/// How many mutants of a file met which fate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    rejected: usize,
    killed: usize,
    equivalent: usize,
    survived: usize,
    unreached: usize,
}

impl Count {
    /// The row of a file, as [`Count::row`] writes it.
    fn read(row: &str) -> Option<(String, Count)> {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let name = cells.next()?.to_owned();
        let numbers: Result<Vec<usize>, _> = cells.map(str::parse).collect();
        let [_, rejected, killed, equivalent, survived, unreached] = numbers.ok()?[..] else {
            return None;
        };
        let count = Count {
            rejected,
            killed,
            equivalent,
            survived,
            unreached,
        };
        Some((name, count))
    }

    fn all(&self) -> usize {
        self.rejected + self.killed + self.equivalent + self.survived + self.unreached
    }

    /// Whether some mutants had no case to run on.
    pub(crate) fn has_unreached(&self) -> bool {
        self.unreached > 0
    }

    /// The mutants of `before`, of which those that were listed were held again, and are these.
    fn among(&self, before: &Count) -> Count {
        let others = before.rejected + self.equivalent + self.survived;
        Count {
            rejected: before.rejected,
            killed: before.all() - others,
            ..*self
        }
    }

    fn add(&mut self, other: &Count) {
        self.rejected += other.rejected;
        self.killed += other.killed;
        self.equivalent += other.equivalent;
        self.survived += other.survived;
        self.unreached += other.unreached;
    }

    fn row(&self, name: &str) -> String {
        let Count {
            rejected,
            killed,
            equivalent,
            survived,
            unreached,
        } = self;
        let all = self.all();
        format!(
            "| {name} | {all} | {rejected} | {killed} | {equivalent} | {survived} | {unreached} |\n"
        )
    }
}

const HEAD: &str = "\
# Mutation of the kernels

Each WGSL file of [shaders/wgsl](../shaders/wgsl) gets one small edit after the other (an operator replaced, operands or arguments
swapped, a constant a step off, a condition fixed, a statement or a clamp dropped, another field, another component of a vector),
and the cases of the conformance suite that have the file compiled run on each such mutant, with float32 and float16 activations,
each way that 16-bit floats are reached and products are computed, between guard bytes. A mutant is killed when a case fails, when
a kernel comes to no end, or when the driver crashes. What survives is a hole in the suite, or the same kernel in other words.

`scripts/mutation` writes this page, `scripts/mutation 65` of 65 in each thousand mutants. Of files that are as they were it holds
those again that survived. `cargo test -p demilite-conformance --test mutation` draws a few of those that were killed and fails where
one survives that no list has.
";

/// The name of the row of all files.
const TOTAL: &str = "**all**";

const COLUMNS: &str = "\
| file | mutants | rejected by naga | killed | equivalent | survivors | not run |
|---|---|---|---|---|---|---|
";

/// What each file had when the page was written.
pub(crate) fn read(page: &str) -> BTreeMap<String, Count> {
    let rows = page.lines().filter_map(Count::read);
    rows.filter(|(name, _)| name != TOTAL).collect()
}

/// What came of the mutants that were held, by file; `before` has the files of which only those were held that survived.
pub(crate) fn counts(
    mutants: &[Mutant],
    fates: &[Fate],
    is_reached: &dyn Fn(&Mutant) -> bool,
    equivalent: &Known,
    before: BTreeMap<String, Count>,
) -> BTreeMap<String, Count> {
    let mut files: BTreeMap<String, Count> = BTreeMap::new();
    for (mutant, fate) in mutants.iter().zip(fates) {
        let count = files.entry(mutant.file.clone()).or_default();
        *match fate {
            _ if !is_reached(mutant) => &mut count.unreached,
            Fate::Rejected => &mut count.rejected,
            Fate::Killed(..) => &mut count.killed,
            Fate::Survived if equivalent.reason(mutant).is_some() => &mut count.equivalent,
            Fate::Survived => &mut count.survived,
        } += 1;
    }
    for (file, before) in before {
        let count = files.entry(file).or_default();
        *count = count.among(&before);
    }
    files
}

/// The page.
pub(crate) fn page(of: &str, files: &BTreeMap<String, Count>) -> String {
    let mut total = Count::default();
    files.values().for_each(|count| total.add(count));
    let mut page = format!(
        "{HEAD}\n## By file\n\n{} {of}\n\n{COLUMNS}{}",
        total.all(),
        total.row(TOTAL)
    );
    for (file, count) in files {
        page.push_str(&count.row(file));
    }
    page.push_str(
        "\nEquivalent mutants stand with their reasons in [equivalent_mutants.txt](expectations/equivalent_mutants.txt), survivors in \
         [surviving_mutants.txt](expectations/surviving_mutants.txt). What is not run are kernels of devices that the machine did \
         not have, or of what no case asks for.\n",
    );
    page
}
