//! The edits that make mutants of a WGSL file.
//!
//! They are those of the mutation testing literature: operators replaced, operands and arguments swapped, constants a step off,
//! conditions fixed, statements dropped, and what WGSL has besides: swizzles, fields of the params struct, clamps and `select`.
//! Left alone is what no variant shows, the defaults of `override` constants, which every pipeline sets, and what makes a loop
//! endless, the update of a `for` and the bound of a `while`.

mod expression;
mod number;
mod source;
mod statement;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::mutant::Mutant;
use source::Source;

/// Places in the file, and what comes in their place.
type Edits = Vec<(Range<usize>, String)>;

/// All mutants of the file `text` at `file`, in the order of their places.
pub(crate) fn mutants(file: &str, text: &str) -> Vec<Mutant> {
    let source = Source::new(text);
    let mut mutants: Vec<Mutant> = Vec::new();
    for at in 0..source.tokens.len() {
        if source.is_declaration(at) {
            continue;
        }
        let edits = [
            source.operator(at),
            source.operands(at),
            source.prefix(at),
            source.word(at),
            source.number(at),
            source.call(at),
            source.condition(at),
            source.swizzle(at),
            source.field(at),
            source.statement(at),
        ];
        for (span, replacement) in edits.into_iter().flatten() {
            mutants.push(Mutant::new(file, text, span, &replacement));
        }
    }
    let mut seen = BTreeSet::new();
    mutants.retain(|mutant| mutant.text != text && seen.insert(mutant.text.clone()));
    mutants
}
