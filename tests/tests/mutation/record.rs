//! What came of all mutants, as `tests/MUTATION.md` shows it.

use std::collections::BTreeMap;

use crate::known::Known;
use crate::mutant::Mutant;
use crate::pool::Fate;

/// How many mutants of a file met which fate.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    rejected: usize,
    killed: usize,
    equivalent: usize,
    survived: usize,
    unreached: usize,
}

impl Count {
    fn row(&self, name: &str) -> String {
        let Count {
            rejected,
            killed,
            equivalent,
            survived,
            unreached,
        } = self;
        let all = rejected + killed + equivalent + survived + unreached;
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

`scripts/mutation` writes this page, `scripts/mutation 65` of 65 in each thousand mutants. `cargo test -p demilite-conformance --test
mutation` draws a few of those and fails where one survives that no list has.
";

const COLUMNS: &str = "\
| file | mutants | rejected by naga | killed | equivalent | survivors | not run |
|---|---|---|---|---|---|---|
";

/// The page.
pub(crate) fn page(
    drawn: &str,
    mutants: &[Mutant],
    fates: &[Fate],
    is_reached: &dyn Fn(&Mutant) -> bool,
    equivalent: &Known,
) -> String {
    let mut files: BTreeMap<&str, Count> = BTreeMap::new();
    let mut total = Count::default();
    for (mutant, fate) in mutants.iter().zip(fates) {
        let file = files.entry(&mutant.file).or_default();
        for count in [file, &mut total] {
            *match fate {
                _ if !is_reached(mutant) => &mut count.unreached,
                Fate::Rejected => &mut count.rejected,
                Fate::Killed(..) => &mut count.killed,
                Fate::Survived if equivalent.reason(mutant).is_some() => &mut count.equivalent,
                Fate::Survived => &mut count.survived,
            } += 1;
        }
    }
    let mut page = format!(
        "{HEAD}\n## By file\n\n{drawn}\n\n{COLUMNS}{}",
        total.row("**all**")
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
